/* counted_rows.h: rows of the columns timestamp and value that count upwards: what both rate sources give. */
#ifndef VONK_STREAM_COUNTED_ROWS_H
#define VONK_STREAM_COUNTED_ROWS_H

#include "stream/source.h"

struct stream_counted_rows {
  int64_t first, end;                  /* values: first up to, not with, end */
  int64_t partitions;                  /* value v lies in partition (v - first) % partitions */
  int64_t start_ms;                    /* timestamp of the first */
  double ms_per_row;                   /* what each adds, rounded */
};

/* STRUCT<timestamp TIMESTAMP, value BIGINT>, on ARENA. */
const struct vonk_type *stream_counted_schema(struct vonk_arena *arena);
struct vonk_relation *stream_counted_relation(struct vonk_arena *arena, const struct stream_counted_rows *rows);
/* The option numPartitions, or as many as Spark has by default. Raises when it is not positive. */
STATUS stream_counted_partitions(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read, int64_t *out);
/* Raises the message of Spark's own: the option KEY must be positive. */
STATUS stream_refuse_option(struct vonk_task *task, const struct vonk_stream_read *read, int64_t value, const char *key, const char *demand);
/* Raises when the user gave a schema. */
STATUS stream_refuse_schema(struct vonk_task *task, const struct vonk_stream_read *read, const char *provider);

#endif
