/* decode.h: the values of one page (or dictionary) from any encoding to the column's physical form. */
#ifndef VONK_FORMAT_PARQUET_DECODE_H
#define VONK_FORMAT_PARQUET_DECODE_H

#include "format/parquet/schema.h"

/* Where bytes come from, for errors. */
struct parquet_source {
  struct vonk_str path;
  const struct parquet_node *node; /* NULL: the file as a whole */
};
/* FAILED_READ_FILE.NO_HINT with the path, the column and REASON. */
STATUS parquet_malformed(struct vonk_task *task, const struct parquet_source *source, const char *reason);

/* The hybrid of run-length and bit-packed runs: levels, dictionary codes, booleans. BYTES are readable 64 beyond their end. */
struct parquet_hybrid {
  const uint8_t *at, *end;
  uint32_t width;
  uint32_t left;                 /* values of the current run */
  bool is_packed;
  uint32_t value;                /* of a run-length run */
  const uint8_t *packed;
  uint64_t packed_bit;           /* of the next value in PACKED */
};
struct parquet_hybrid parquet_hybrid_of(const uint8_t *bytes, size_t size, uint32_t width);
/* The next COUNT values and the largest of them; false when there are not so many. */
bool parquet_hybrid_read(struct parquet_hybrid *h, uint32_t *out, uint32_t count, uint32_t *largest);
bool parquet_hybrid_skip(struct parquet_hybrid *h, uint32_t count);
/* True when the current run, read on demand, has VALUE for at least COUNT values. */
bool parquet_hybrid_constant(struct parquet_hybrid *h, uint32_t value, uint32_t count);

/* COUNT values of NODE from the SIZE BYTES in ENCODING (not a dictionary's): *VALUES points to them in the node's physical
 * form (booleans a byte each), either into BYTES or into the new buffer *DECODED. Views may point into BYTES. BYTES are readable 8 beyond. */
STATUS parquet_decode(struct vonk_task *task, const struct parquet_source *source, int32_t encoding, const uint8_t *bytes, size_t size,
                      uint32_t count, struct vonk_buffer **decoded, const uint8_t **values);
/* Bytes a value takes in *VALUES. */
uint32_t parquet_value_width(const struct parquet_node *node);

#endif
