/* lists.h: what functions over arrays and maps share: entries, values of columns by row (compared by kernel/compare.h). */
#ifndef VONK_FUNC_LISTS_H
#define VONK_FUNC_LISTS_H

#include "kernel/compare.h"

/* The entry of ROW of a LIST column, FLAT or CONST. */
static inline struct vonk_list vonk_list_at(const struct vonk_column *column, uint32_t row) {
  return ((const struct vonk_list *)column->data)[vonk_column_index(column, row)];
}

/* Row INDEX of FROM, of fixed width and valid, to OUT[ROW] at PHYSICAL. */
void vonk_list_copy_fixed(const struct vonk_column *from, uint32_t index, void *out, enum vonk_physical physical, uint32_t row);
/* Sorts COUNT row numbers of COLUMN, equal ones by number. */
void vonk_list_sort(const struct vonk_column *column, uint32_t *rows, uint32_t count, bool descending, bool nulls_last);
/* Equal values (vonk_compare_nullable_rows == 0) have equal hashes. */
uint64_t vonk_list_hash(const struct vonk_column *column, uint32_t row);

#endif
