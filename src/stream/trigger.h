/* trigger.h: when batches run. */
#ifndef VONK_STREAM_TRIGGER_H
#define VONK_STREAM_TRIGGER_H

#include "base/task.h"

enum vonk_stream_trigger_kind {
  VONK_STREAM_PROCESSING_TIME, /* at multiples of the interval; 0: as soon as there is something */
  VONK_STREAM_ONCE,            /* one batch of all there is */
  VONK_STREAM_AVAILABLE_NOW,   /* batches until all is done that was there at the start */
};
struct vonk_stream_trigger {
  enum vonk_stream_trigger_kind kind;
  int64_t interval_ms;
};

/* "5 seconds", "interval 1 minute". Raises INVALID_INTERVAL_FORMAT.*, and for months and negative times. */
STATUS vonk_stream_trigger_interval(struct vonk_task *task, struct vonk_str text, int64_t *out);
/* When the trigger after the one of NOW_MS is due. */
int64_t vonk_stream_trigger_next(const struct vonk_stream_trigger *trigger, int64_t now_ms);

#endif
