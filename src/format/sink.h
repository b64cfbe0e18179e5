/* sink.h: the one way out for data: one file written from batches.
 *
 * A writer makes one file under a hidden temporary name beside its place; finish makes it visible at once and durable,
 * abort leaves nothing. What several files together mean (job commit, _SUCCESS, tables) is the caller's.
 */
#ifndef VONK_FORMAT_SINK_H
#define VONK_FORMAT_SINK_H

#include "column/batch.h"
#include "format/scan.h"

struct vonk_sink_options {
  struct vonk_str compression;   /* Spark's name of the codec; empty: the format's default */
  const struct vonk_scan_option *items;
  uint32_t item_count;
  uint64_t row_group_bytes;      /* 0: the format's default */
};

/* What a finished file holds: for commits and statistics. Memory on the arena of the task that finished it. */
struct vonk_sink_result {
  uint64_t row_count;
  uint64_t byte_size;
};

/* The head of every format's writer. */
struct vonk_writer {
  const struct vonk_sink_type *type;
};

struct vonk_sink_type {
  const char *name;
  /* ".snappy.parquet": what follows the file's own name. */
  STATUS (*suffix)(struct vonk_task *task, const struct vonk_sink_options *options, struct vonk_str *out);
  /* Raises for a SCHEMA the format cannot hold. */
  STATUS (*open)(struct vonk_task *task, struct vonk_str path, const struct vonk_type *schema,
                 const struct vonk_sink_options *options, struct vonk_writer **out);
  /* The live rows of BATCH, whose columns are the schema's fields. */
  STATUS (*write)(struct vonk_task *task, struct vonk_writer *writer, const struct vonk_batch *batch);
  /* Both end the writer's life, finish also when it fails (then nothing is left behind). */
  STATUS (*finish)(struct vonk_task *task, struct vonk_writer *writer, struct vonk_sink_result *out);
  void (*abort)(struct vonk_writer *writer);
};

#endif
