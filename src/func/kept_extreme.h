/* kept_extreme.h: min and max of values of variable size; min and max become these when they are bound over such. */
#ifndef VONK_FUNC_KEPT_EXTREME_H
#define VONK_FUNC_KEPT_EXTREME_H

#include "expr/function.h"

extern const struct vonk_function vonk_kept_min, vonk_kept_max;

#endif
