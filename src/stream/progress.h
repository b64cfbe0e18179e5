/* progress.h: what is told of a query's batches, as the JSON of Spark's StreamingQueryProgress and of its listeners' events. */
#ifndef VONK_STREAM_PROGRESS_H
#define VONK_STREAM_PROGRESS_H

#include "base/str.h"

enum vonk_stream_phase {
  VONK_STREAM_ADD_BATCH, VONK_STREAM_COMMIT_OFFSETS, VONK_STREAM_GET_BATCH, VONK_STREAM_LATEST_OFFSET, VONK_STREAM_QUERY_PLANNING, VONK_STREAM_TRIGGER_EXECUTION,
  VONK_STREAM_WAL_COMMIT, VONK_STREAM_PHASE_COUNT
};

/* Texts are JSON values, or data NULL. */
struct vonk_stream_source_progress {
  struct vonk_str description, start, end, latest;
  uint64_t row_count;
};

struct vonk_stream_progress {
  struct vonk_str id, run_id, name;    /* name data NULL: none */
  int64_t begun_ms, batch_id;
  double input_seconds, processing_seconds; /* since the trigger before (< 0: there was none); of this one */
  int64_t phase_ms[VONK_STREAM_PHASE_COUNT]; /* < 0: did not happen */
  const struct vonk_stream_source_progress *sources;
  uint32_t source_count;
  struct vonk_str sink;
  int64_t output_rows;                 /* -1: nobody counts them */
  struct vonk_str observed;            /* JSON object of df.observe's metrics; data NULL: none */
};
struct vonk_str vonk_stream_progress_json(struct vonk_arena *arena, const struct vonk_stream_progress *progress);

/* 2026-11-23T22:06:37.032Z */
struct vonk_str vonk_stream_time(struct vonk_arena *arena, int64_t ms);

#endif
