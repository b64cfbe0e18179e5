/* number_at.h: a number of any type as a DOUBLE, for functions that work on reals whatever they are given. */
#ifndef VONK_FUNC_NUMBER_AT_H
#define VONK_FUNC_NUMBER_AT_H

#include "expr/function.h"
#include "type/decimal.h"

/* Row ROW of COLUMN, not null. */
static inline double vonk_number_at(const struct vonk_column *column, uint32_t row) {
  if (column->type->id == VONK_TYPE_DECIMAL) return vonk_decimal_to_double(vonk_read_int128(column, row), column->type->scale);
  return column->physical > VONK_PHYSICAL_I128 ? vonk_read_real(column, row) : (double)vonk_read_int(column, row);
}

#endif
