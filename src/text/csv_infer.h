/* csv_infer.h: the schema that CSV records have, as schema_of_csv and the CSV source find it. */
#ifndef VONK_TEXT_CSV_INFER_H
#define VONK_TEXT_CSV_INFER_H

#include "text/csv_options.h"

/* Names of COUNT columns, on the task's arena, from the first record: its values (header) or _c0, _c1, ... Raises MALFORMED_CSV_RECORD for a record with too many. What is empty or there twice gets its number as well. */
STATUS vonk_csv_column_names(struct vonk_task *task, const struct vonk_csv_options *options, struct vonk_str first, bool case_sensitive,
                             struct vonk_str **out, uint32_t *count);

struct vonk_csv_inference;
/* Of COLUMN_COUNT columns. OPTIONS are borrowed. Raises for patterns that are none. */
STATUS vonk_csv_inference_create(struct vonk_task *task, const struct vonk_csv_options *options, uint32_t column_count, struct vonk_csv_inference **out);
/* Takes NULL. */
void vonk_csv_inference_destroy(struct vonk_csv_inference *inference);
/* The record at the start of TEXT; its bytes in USED (may be NULL). */
void vonk_csv_inference_add(struct vonk_csv_inference *inference, struct vonk_str text, size_t *used);
/* A column without values is a string. On ARENA. */
const struct vonk_type *vonk_csv_inference_type(const struct vonk_csv_inference *inference, struct vonk_arena *arena, uint32_t column);

#endif
