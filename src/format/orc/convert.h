/* convert.h: values of one type read as another: the conversions of ORC's Java library, which Spark reads with. What does not fit is null. */
#ifndef VONK_FORMAT_ORC_CONVERT_H
#define VONK_FORMAT_ORC_CONVERT_H

#include "column/column.h"
#include "type/timezone.h"

/* Whether values of KIND are stored just as those of TYPE are. */
bool orc_stored_alike(int32_t kind, const struct vonk_type *type);
bool orc_can_convert(const struct vonk_type *from, const struct vonk_type *to);

/* Room for a converted column, used again and again. */
struct orc_converted {
  struct vonk_buffer *values, *valid, *text;
};
void orc_converted_deinit(struct orc_converted *converted);
/* COLUMN, flat or by a dictionary, becomes one of TYPE in the room. ZONE is that of clock times. */
STATUS orc_convert(struct vonk_task *task, struct orc_converted *room, const struct vonk_timezone *zone, const struct vonk_type *type, uint32_t row_count,
                   struct vonk_column *column);

#endif
