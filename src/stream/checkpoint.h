/* checkpoint.h: what a query writes down so that it goes on where it was, in the layout of Spark 4.2:
 *
 *   metadata      {"id":"UUID"}: the query, whichever run it is
 *   offsets/N     before batch N runs: until where each source is read, or "-" ; and when the batch began, the watermark, settings
 *   commits/N     when the sink has all of batch N
 *   sources/I/    the I-th source's own
 *
 * A batch that stands in offsets and not in commits is run again with the same offsets.
 */
#ifndef VONK_STREAM_CHECKPOINT_H
#define VONK_STREAM_CHECKPOINT_H

#include "conf/conf.h"
#include "expr/node.h"

enum { VONK_STREAM_BATCHES_KEPT = 100 };

struct vonk_stream_checkpoint {
  struct vonk_str folder, offsets, commits, sources;
  struct vonk_str query_id;
};
/* Reads or makes the metadata. Memory on ARENA. Raises STREAMING_CHECKPOINT_MISSING_METADATA_FILE. */
STATUS vonk_stream_checkpoint_open(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str folder, struct vonk_stream_checkpoint *out);

/* An entry of offsets. */
struct vonk_stream_planned {
  int64_t watermark_ms, begun_ms;
  struct vonk_options settings;        /* that the query keeps for its whole life */
  struct vonk_str *offsets;            /* data NULL: nothing of that source yet */
  uint32_t offset_count;
};
/* The settings of CONF that belong into an entry. */
struct vonk_options vonk_stream_kept_settings(struct vonk_arena *arena, const struct vonk_conf *conf);
STATUS vonk_stream_checkpoint_plan(struct vonk_task *task, const struct vonk_stream_checkpoint *checkpoint, int64_t batch, const struct vonk_stream_planned *planned);
/* On the task's arena. */
STATUS vonk_stream_checkpoint_planned(struct vonk_task *task, const struct vonk_stream_checkpoint *checkpoint, int64_t batch, bool *found,
                                      struct vonk_stream_planned *out);
STATUS vonk_stream_checkpoint_commit(struct vonk_task *task, const struct vonk_stream_checkpoint *checkpoint, int64_t batch, int64_t next_watermark_ms);
/* The latest batch that was planned, and the latest that was committed; -1: none. */
STATUS vonk_stream_checkpoint_latest(struct vonk_task *task, const struct vonk_stream_checkpoint *checkpoint, int64_t *planned, int64_t *committed);
/* Lets go of what is older than the VONK_STREAM_BATCHES_KEPT batches before BATCH. */
STATUS vonk_stream_checkpoint_purge(struct vonk_task *task, const struct vonk_stream_checkpoint *checkpoint, int64_t batch);

#endif
