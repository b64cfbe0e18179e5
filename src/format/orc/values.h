/* values.h: kinds whose values take arithmetic: decimals and timestamps. */
#ifndef VONK_FORMAT_ORC_VALUES_H
#define VONK_FORMAT_ORC_VALUES_H

#include "format/orc/column.h"

/* COUNT decimals of the stream, each with its own scale in SCALES, at SCALE to OUT as PHYSICAL. */
STATUS orc_decimals_read(struct vonk_task *task, struct orc_stream *stream, const int64_t *scales, uint32_t count, const struct vonk_type *type, void *out);
STATUS orc_decimals_skip(struct vonk_task *task, struct orc_stream *stream, uint64_t count);
/* SECONDS of the writer's clock and nanoseconds as stored become microseconds, in place of the seconds. */
STATUS orc_timestamps(struct vonk_task *task, const struct orc_column *column, const int64_t *nanos, uint32_t count, int64_t *seconds);
/* Seconds east of UTC without daylight saving, today. */
int32_t orc_standard_offset(const struct vonk_timezone *zone);
/* Days, in place. */
void orc_dates(const struct orc_column *column, uint32_t count, int32_t *days);

#endif
