/* rle.h: run-length encodings of streams: bytes, bits, and both versions of integers. */
#ifndef VONK_FORMAT_ORC_RLE_H
#define VONK_FORMAT_ORC_RLE_H

#include "format/orc/stream.h"

struct orc_bytes {
  struct orc_stream *stream;
  uint32_t left;                 /* of the run or the literals */
  bool is_run;
  uint8_t value;                 /* of the run */
};
STATUS orc_bytes_read(struct vonk_task *task, struct orc_bytes *bytes, uint32_t count, uint8_t *out);
STATUS orc_bytes_skip(struct vonk_task *task, struct orc_bytes *bytes, uint64_t count);
/* The stream was moved to where a run begins. */
static inline void orc_bytes_restart(struct orc_bytes *bytes) { bytes->left = 0; }

/* Booleans: bits of bytes, the highest first. */
struct orc_bits {
  struct orc_bytes bytes;
  uint8_t rest;                  /* the bits not yet given, at the top */
  uint8_t rest_count;
};
/* COUNT bits into words as base/bits.h has them; zeros behind them. */
STATUS orc_bits_read(struct vonk_task *task, struct orc_bits *bits, uint32_t count, uint64_t *out);
STATUS orc_bits_skip(struct vonk_task *task, struct orc_bits *bits, uint64_t count);
static inline void orc_bits_restart(struct orc_bits *bits) { bits->bytes.left = 0, bits->rest_count = 0; }

enum { ORC_RUN_MAX = 512 };

struct orc_ints {
  struct orc_stream *stream;
  bool is_v2, is_signed;
  uint32_t at, count;            /* of the run that was read and not yet given */
  int64_t values[ORC_RUN_MAX];
};
/* Unsigned numbers beyond INT64_MAX come out negative. OUT has room for COUNT. */
STATUS orc_ints_read(struct vonk_task *task, struct orc_ints *ints, uint32_t count, int64_t *out);
STATUS orc_ints_skip(struct vonk_task *task, struct orc_ints *ints, uint64_t count);
static inline void orc_ints_restart(struct orc_ints *ints) { ints->at = ints->count = 0; }

#endif
