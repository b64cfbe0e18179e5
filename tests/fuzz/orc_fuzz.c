/* orc_fuzz.c: any bytes as an ORC file (scan_fuzz.h). Seeds: any small ORC files, as in tests/data/orc. */
#include "scan_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_scan(vonk_format_find(STR("orc")), data, size);
  return 0;
}
