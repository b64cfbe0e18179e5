/* thrift_fuzz.c: any bytes as Parquet metadata, page header and page indexes. */
#include "format/parquet/metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_str bytes = {(const char *)data, size};
  struct parquet_metadata metadata;
  struct parquet_page_header header;
  struct parquet_offset_index offsets;
  struct parquet_column_index columns;
  size_t used;
  (void)parquet_metadata_read(arena, bytes, &metadata);
  (void)parquet_page_header_read(data, size, &header, &used);
  (void)parquet_offset_index_read(arena, bytes, &offsets);
  (void)parquet_column_index_read(arena, bytes, &columns);
  vonk_arena_destroy(arena);
  return 0;
}
