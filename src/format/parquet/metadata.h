/* metadata.h: the Parquet file's footer and page headers as structs (parquet-format 2.12), decoded from untrusted bytes.
 *
 * Strings borrow from the bytes read. Numbers are checked for sign and against each other by whoever uses them; counts of
 * lists are bounded by the bytes they came from.
 */
#ifndef VONK_FORMAT_PARQUET_METADATA_H
#define VONK_FORMAT_PARQUET_METADATA_H

#include "base/task.h"
#include "wire/thrift.h"

enum parquet_physical { PARQUET_BOOLEAN, PARQUET_INT32, PARQUET_INT64, PARQUET_INT96, PARQUET_FLOAT, PARQUET_DOUBLE, PARQUET_BYTE_ARRAY, PARQUET_FIXED };
enum parquet_repetition { PARQUET_REQUIRED, PARQUET_OPTIONAL, PARQUET_REPEATED };
enum parquet_encoding {
  PARQUET_PLAIN = 0,
  PARQUET_PLAIN_DICTIONARY = 2,
  PARQUET_RLE = 3,
  PARQUET_BIT_PACKED = 4,
  PARQUET_DELTA_BINARY_PACKED = 5,
  PARQUET_DELTA_LENGTH_BYTE_ARRAY = 6,
  PARQUET_DELTA_BYTE_ARRAY = 7,
  PARQUET_RLE_DICTIONARY = 8,
  PARQUET_BYTE_STREAM_SPLIT = 9,
};
enum parquet_page_kind { PARQUET_DATA_PAGE = 0, PARQUET_INDEX_PAGE = 1, PARQUET_DICTIONARY_PAGE = 2, PARQUET_DATA_PAGE_V2 = 3 };

/* The older annotation; -1 = none. */
enum parquet_converted {
  PARQUET_UTF8, PARQUET_MAP, PARQUET_MAP_KEY_VALUE, PARQUET_LIST, PARQUET_ENUM, PARQUET_DECIMAL, PARQUET_DATE, PARQUET_TIME_MILLIS,
  PARQUET_TIME_MICROS, PARQUET_TIMESTAMP_MILLIS, PARQUET_TIMESTAMP_MICROS, PARQUET_UINT_8, PARQUET_UINT_16, PARQUET_UINT_32,
  PARQUET_UINT_64, PARQUET_INT_8, PARQUET_INT_16, PARQUET_INT_32, PARQUET_INT_64, PARQUET_JSON, PARQUET_BSON, PARQUET_INTERVAL,
};
/* Field ids of the union LogicalType; 0 = none. */
enum parquet_logical {
  PARQUET_LOGICAL_STRING = 1, PARQUET_LOGICAL_MAP = 2, PARQUET_LOGICAL_LIST = 3, PARQUET_LOGICAL_ENUM = 4, PARQUET_LOGICAL_DECIMAL = 5,
  PARQUET_LOGICAL_DATE = 6, PARQUET_LOGICAL_TIME = 7, PARQUET_LOGICAL_TIMESTAMP = 8, PARQUET_LOGICAL_INTEGER = 10, PARQUET_LOGICAL_UNKNOWN = 11,
  PARQUET_LOGICAL_JSON = 12, PARQUET_LOGICAL_BSON = 13, PARQUET_LOGICAL_UUID = 14, PARQUET_LOGICAL_FLOAT16 = 15,
  PARQUET_LOGICAL_VARIANT = 16, PARQUET_LOGICAL_GEOMETRY = 17, PARQUET_LOGICAL_GEOGRAPHY = 18,
};
enum parquet_unit { PARQUET_MILLIS = 1, PARQUET_MICROS = 2, PARQUET_NANOS = 3 };

struct parquet_element {
  struct vonk_str name;
  int32_t physical;              /* -1: a group */
  int32_t type_length;
  int32_t repetition;
  int32_t child_count;
  int32_t converted;             /* -1: none */
  int32_t scale, precision;
  int32_t logical;               /* enum parquet_logical, 0: none */
  int32_t field_id;              /* -1: none */
  int32_t unit;                  /* enum parquet_unit of TIME and TIMESTAMP */
  bool adjusted_to_utc;
  int32_t bit_width;             /* INTEGER */
  bool is_signed;
};

struct parquet_statistics {
  bool has_min, has_max, has_null_count, has_distinct_count;
  bool min_inexact, max_inexact; /* said to be so */
  bool deprecated;               /* min and max come from the old fields, whose order is signed bytes */
  struct vonk_str min, max;
  int64_t null_count, distinct_count;
};

struct parquet_chunk {
  bool has_metadata, is_encrypted;
  struct vonk_str external_file;
  int32_t physical, codec;
  int64_t value_count, compressed_size, uncompressed_size;
  int64_t data_offset, dictionary_offset; /* 0: none */
  int64_t bloom_offset, bloom_size;
  int64_t offset_index_offset, column_index_offset;
  int32_t offset_index_size, column_index_size;
  uint32_t encodings;            /* bit per encoding */
  bool all_dictionary;           /* encoding_stats: all data pages are dictionary-encoded */
  struct parquet_statistics statistics;
};

struct parquet_row_group {
  struct parquet_chunk *chunks;
  uint32_t chunk_count;
  int64_t row_count, byte_size, compressed_size; /* compressed_size 0: not told */
};

struct parquet_metadata {
  uint64_t number;               /* of this state of the file (format/page_cache.h) */
  int32_t version;
  struct parquet_element *elements; /* depth first; the first is the root */
  uint32_t element_count;
  int64_t row_count;
  struct parquet_row_group *row_groups;
  uint32_t row_group_count;
  struct vonk_str created_by;
  struct vonk_str spark_schema;  /* value of org.apache.spark.sql.parquet.row.metadata */
  struct vonk_str spark_version, spark_zone; /* values of org.apache.spark.version and .timeZone */
  bool legacy_datetime, legacy_int96; /* Spark 2's hybrid calendar */
  bool is_encrypted;
  bool signed_order_only;        /* no column orders: only signed statistics can be trusted */
};

struct parquet_page_header {
  int32_t kind;                  /* enum parquet_page_kind */
  int32_t compressed_size, uncompressed_size;
  bool has_crc;
  uint32_t crc;
  int32_t value_count, null_count, row_count; /* the last two of version 2 */
  int32_t encoding, definition_encoding, repetition_encoding;
  int32_t definition_bytes, repetition_bytes; /* version 2 */
  bool is_compressed;            /* version 2 */
};

/* False: malformed. Arrays lie on ARENA. */
bool parquet_metadata_read(struct vonk_arena *arena, struct vonk_str bytes, struct parquet_metadata *out);
/* USED: bytes of the header. False: malformed, or more bytes are needed (bytes.failed at the end). */
bool parquet_page_header_read(const uint8_t *bytes, size_t size, struct parquet_page_header *out, size_t *used);

/* Where the data pages of a chunk lie. */
struct parquet_page_place {
  int64_t offset, first_row;
  int32_t byte_size;
};
struct parquet_offset_index {
  struct parquet_page_place *pages;
  uint32_t page_count;
};
bool parquet_offset_index_read(struct vonk_arena *arena, struct vonk_str bytes, struct parquet_offset_index *out);

struct parquet_column_index {
  bool *null_pages;
  struct vonk_str *mins, *maxs;
  int64_t *null_counts;          /* NULL: not told */
  uint32_t page_count;
};
bool parquet_column_index_read(struct vonk_arena *arena, struct vonk_str bytes, struct parquet_column_index *out);

#endif
