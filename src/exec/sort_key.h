/* sort_key.h: values as bytes that compare (memcmp, shorter first) as ORDER BY does.
 *
 * Per key a byte for null, then the value: integers big-endian with the sign flipped, floats with NaN largest and one zero,
 * strings with 00 escaped as 00 FF and ended by 00 00, arrays and structs item by item. Descending keys are inverted.
 */
#ifndef VONK_EXEC_SORT_KEY_H
#define VONK_EXEC_SORT_KEY_H

#include "column/column.h"

struct vonk_sort_key {
  bool descending, nulls_last;
};

/* Adds the key of ROW of COLUMN to TEXT. */
void vonk_sort_key_add(struct vonk_text *text, const struct vonk_sort_key *key, const struct vonk_column *column, uint32_t row);

#endif
