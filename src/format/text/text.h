/* text.h: what reading and writing of plain text share. */
#ifndef VONK_FORMAT_TEXT_TEXT_H
#define VONK_FORMAT_TEXT_TEXT_H

#include "format/sink.h"

extern const struct vonk_format_type vonk_format_text;
extern const struct vonk_sink_type text_sink;

/* Raises UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE for columns that are no strings. */
STATUS text_check_schema(struct vonk_task *task, const struct vonk_type *schema);

#endif
