/* constant.h: arguments that must be constants, for `bind` callbacks. */
#ifndef VONK_FUNC_CONSTANT_H
#define VONK_FUNC_CONSTANT_H

#include "expr/function.h"

/* The value of argument INDEX, whatever it is made of; raises NON_FOLDABLE_INPUT when it needs rows. */
STATUS vonk_bind_constant(struct vonk_bind_call *call, uint32_t index, struct vonk_value *out);
/* The same; *FOUND is false when the argument needs rows. */
STATUS vonk_bind_find_constant(struct vonk_bind_call *call, uint32_t index, struct vonk_value *out, bool *found);

#endif
