/* metadata.h: the tail of an ORC file and the parts of its stripes that describe others, as the ORC v1 specification has them.
 *
 * Decoded from protobuf; texts point into the bytes they came from. Statistics stay encoded until somebody asks (statistics.h).
 */
#ifndef VONK_FORMAT_ORC_METADATA_H
#define VONK_FORMAT_ORC_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* Numbers as the format has them. */
enum orc_kind {
  ORC_BOOLEAN = 0,
  ORC_BYTE = 1,
  ORC_SHORT = 2,
  ORC_INT = 3,
  ORC_LONG = 4,
  ORC_FLOAT = 5,
  ORC_DOUBLE = 6,
  ORC_STRING = 7,
  ORC_BINARY = 8,
  ORC_TIMESTAMP = 9,
  ORC_LIST = 10,
  ORC_MAP = 11,
  ORC_STRUCT = 12,
  ORC_UNION = 13,
  ORC_DECIMAL = 14,
  ORC_DATE = 15,
  ORC_VARCHAR = 16,
  ORC_CHAR = 17,
  ORC_TIMESTAMP_INSTANT = 18,
};
enum orc_compression { ORC_NONE = 0, ORC_ZLIB = 1, ORC_SNAPPY = 2, ORC_LZO = 3, ORC_LZ4 = 4, ORC_ZSTD = 5, ORC_BROTLI = 6 };
enum orc_stream_kind {
  ORC_STREAM_PRESENT = 0,
  ORC_STREAM_DATA = 1,
  ORC_STREAM_LENGTH = 2,
  ORC_STREAM_DICTIONARY_DATA = 3,
  ORC_STREAM_SECONDARY = 5,
  ORC_STREAM_ROW_INDEX = 6,
  ORC_STREAM_BLOOM_FILTER = 7,
  ORC_STREAM_BLOOM_FILTER_UTF8 = 8,
};
enum { ORC_STREAM_COUNT = 9 };
enum orc_encoding { ORC_DIRECT = 0, ORC_DICTIONARY = 1, ORC_DIRECT_V2 = 2, ORC_DICTIONARY_V2 = 3 };

/* The sizes at the very end of a file. */
struct orc_postscript {
  uint64_t footer_size, metadata_size;
  int32_t compression;
  uint64_t block_size;           /* of decompressed chunks at the most */
  uint32_t writer_version;
  uint32_t byte_size;            /* of itself, without the byte that tells it */
};

struct orc_type {
  int32_t kind;
  uint32_t *children;            /* ids of types */
  uint32_t child_count;
  struct vonk_str *names;        /* STRUCT: of its children */
  uint32_t name_count;
  uint32_t length, precision, scale;
  struct vonk_str catalyst_type; /* Spark's own note; empty: none */
};

struct orc_stripe {
  uint64_t offset, index_size, data_size, footer_size, row_count;
  const struct vonk_str *statistics; /* encoded, per type; NULL: none */
};

/* What is kept of a file from query to query. */
struct orc_metadata {
  uint64_t number;               /* of the file's state, a key of cached pages */
  struct orc_postscript postscript;
  const struct orc_type *types;  /* by id, in the order of a walk from the root, each before its children */
  uint32_t type_count;
  const struct orc_stripe *stripes;
  uint32_t stripe_count;
  uint64_t row_count;            /* the sum over the stripes */
  uint64_t row_stride;           /* rows of an entry of row indexes; 0: there are none */
  const struct vonk_str *statistics; /* of the file, encoded, per type; NULL: none */
  bool is_proleptic;             /* old dates are Gregorian */
  bool is_java;                  /* written by ORC's Java library, which has Spark's and Hive's habits */
  bool is_encrypted;
};

struct orc_stream_place {
  uint64_t offset, size;         /* in the file; SIZE 0: the column has no such stream */
};

struct orc_column_place {
  int32_t encoding;
  uint32_t dictionary_size;
  struct orc_stream_place streams[ORC_STREAM_COUNT];
};

struct orc_stripe_footer {
  const struct orc_column_place *columns; /* per type */
  struct vonk_str writer_zone;            /* empty: not told */
};

/* One column's row index of a stripe. */
struct orc_index_entry {
  const uint64_t *positions;
  uint32_t position_count;
  struct vonk_str statistics;    /* encoded */
};
struct orc_row_index {
  const struct orc_index_entry *entries;
  uint32_t entry_count;
};

/* All answer false for bytes that are malformed. Memory on ARENA. BYTES: the end of the file. */
bool orc_postscript_read(struct vonk_str bytes, struct orc_postscript *out);
bool orc_footer_read_message(struct vonk_arena *arena, struct vonk_str bytes, struct orc_metadata *out);
/* The file's stripe statistics, into the stripes of METADATA, which has the footer. */
bool orc_stripe_statistics_read(struct vonk_arena *arena, struct vonk_str bytes, struct orc_metadata *metadata);
bool orc_stripe_footer_read(struct vonk_arena *arena, struct vonk_str bytes, const struct orc_metadata *metadata, const struct orc_stripe *stripe,
                            struct orc_stripe_footer *out);
bool orc_row_index_read(struct vonk_arena *arena, struct vonk_str bytes, struct orc_row_index *out);

#endif
