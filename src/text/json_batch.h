/* json_batch.h: JSON texts, a record each or a list of records, to batches of columns.
 *
 * Records of plain scalars are read straight into columns; whatever else there is (escapes, nested values, wrong types, malformed texts)
 * goes through json_reader.h, which also says what is right.
 */
#ifndef VONK_TEXT_JSON_BATCH_H
#define VONK_TEXT_JSON_BATCH_H

#include "column/batch.h"
#include "text/json_options.h"

struct vonk_json_batches;

/* Batches of the fields WANTED of the struct SCHEMA; one with the name of options->corrupt_name takes the texts of malformed records. OPTIONS
 * and SCHEMA are borrowed. Raises for patterns that are none. */
STATUS vonk_json_batches_open(struct vonk_task *task, const struct vonk_json_options *options, const struct vonk_type *schema, const uint32_t *wanted,
                              uint32_t wanted_count, struct vonk_json_batches **out);
/* Takes NULL. */
void vonk_json_batches_close(struct vonk_json_batches *batches);

/* Rows of the first USED of COUNT texts, at most VONK_BATCH_ROWS of them: less than COUNT texts are used where their rows do not fit, and none
 * while a text before has more. 64 bytes behind the last text must be readable. OUT's columns are in the order of WANTED and point into the
 * texts and the batches. Raises MALFORMED_RECORD_IN_PARSING where the mode is FAILFAST. */
STATUS vonk_json_batches_read(struct vonk_task *task, struct vonk_json_batches *batches, const struct vonk_str *texts, uint32_t count, uint32_t *used,
                              struct vonk_batch *out);

#endif
