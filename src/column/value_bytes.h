/* value_bytes.h: single values as bytes, for what keeps them outside columns: rows in blocks, states of aggregates.
 *
 * The bytes of a value that is not null: fixed width as in a FLAT column of its type, strings with a length of four bytes before them,
 * lists with their number of entries, and for each entry, and each field of a struct, a byte 0 (null) or 1 and the value.
 * Equal values of any encoding and width give equal bytes. The bytes are never read from outside.
 */
#ifndef VONK_COLUMN_VALUE_BYTES_H
#define VONK_COLUMN_VALUE_BYTES_H

#include "column/builder.h"

/* ROW of COLUMN must be valid. */
size_t vonk_value_bytes_size(const struct vonk_column *column, uint32_t row);
/* Returns the end of what was written. */
char *vonk_value_bytes_write(const struct vonk_column *column, uint32_t row, char *to);
/* Size of the value of TYPE at BYTES. */
size_t vonk_value_bytes_length(const struct vonk_type *type, const char *bytes);
/* Adds the value at *AT to BUILDER and moves on. */
STATUS vonk_value_bytes_read(struct vonk_task *task, struct vonk_builder *builder, const char **at);
/* SQL order of two values of TYPE; nulls inside are first, NaN is largest. Both move on, to anywhere when they differ. */
int vonk_value_bytes_compare(const struct vonk_type *type, const char **a, const char **b);

#endif
