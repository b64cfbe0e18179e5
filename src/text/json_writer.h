/* json_writer.h: rows of columns as JSON texts, as to_json and the JSON source write them.
 *
 * Times have the form of ISO 8601 with milliseconds unless a pattern is given, bytes that of base64; NaN and infinities stand in quotes.
 */
#ifndef VONK_TEXT_JSON_WRITER_H
#define VONK_TEXT_JSON_WRITER_H

#include "column/column.h"
#include "text/json_options.h"

struct vonk_json_writer;

/* OPTIONS are borrowed. Raises for patterns that are none. */
STATUS vonk_json_writer_create(struct vonk_task *task, const struct vonk_json_options *options, struct vonk_json_writer **out);
/* Takes NULL. */
void vonk_json_writer_destroy(struct vonk_json_writer *writer);
/* Row ROW of COLUMN (FLAT or CONST; STRUCT, ARRAY, MAP or VARIANT) as one text, which lives until the next call. */
struct vonk_str vonk_json_writer_row(struct vonk_json_writer *writer, const struct vonk_column *column, uint32_t row);

#endif
