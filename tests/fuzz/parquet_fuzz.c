/* parquet_fuzz.c: any bytes as a Parquet file (scan_fuzz.h). Seeds: any small Parquet files. */
#include "scan_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_scan(vonk_format_find(STR("parquet")), data, size);
  return 0;
}
