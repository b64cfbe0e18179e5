/* text_given.h: options of scans and sinks as the readers and writers of text/ take them. */
#ifndef VONK_FORMAT_TEXT_GIVEN_H
#define VONK_FORMAT_TEXT_GIVEN_H

#include "format/scan.h"
#include "text/options.h"

/* ITEMS hold the format's settings too: columnNameOfCorruptRecord, timestampType and ignoreNullFields of the session are the defaults. On ARENA. */
void vonk_text_given(struct vonk_arena *arena, const struct vonk_option *items, uint32_t count, const struct vonk_timezone *zone,
                     struct vonk_text_options *options, struct vonk_text_defaults *defaults);
/* Raises INVALID_CORRUPT_RECORD_TYPE when SCHEMA has a column NAME that is no string. */
STATUS vonk_text_check_corrupt(struct vonk_task *task, const struct vonk_type *schema, struct vonk_str name);
/* Raises when the column NAME is the only one of the COLUMNS of SCHEMA that are wanted: Spark has no answer to that. */
STATUS vonk_text_check_wanted(struct vonk_task *task, const struct vonk_type *schema, const uint32_t *columns, uint32_t count, struct vonk_str name);

#endif
