/* snappy_fuzz.c: any bytes as a Snappy block: the library must agree on whether they are one, and on what they give. */
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "wire/snappy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  size_t told = 0;
  if (snappy_uncompressed_length((const char *)data, size, &told) != SNAPPY_OK || told > OUT_MAX) return 0;
  uint8_t *ours = malloc(told + 1), *theirs = malloc(told + 1);
  size_t made = told;
  bool fine = vonk_snappy_decompress(data, size, ours, told);
  bool expected = snappy_uncompress((const char *)data, size, (char *)theirs, &made) == SNAPPY_OK;
  ASSERT(fine == expected);
  ASSERT(!fine || memcmp(ours, theirs, told) == 0);
  free(ours), free(theirs);
  return 0;
}
