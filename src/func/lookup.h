/* lookup.h: all functions by name. */
#ifndef VONK_FUNC_LOOKUP_H
#define VONK_FUNC_LOOKUP_H

#include "expr/function.h"

/* Any case; NULL when there is none. Internal ones are found too: the binder looks at their flag. */
const struct vonk_function *vonk_function_lookup(struct vonk_str name);
/* All of them: calls VISIT for each row, family by family. */
void vonk_function_each(void (*visit)(void *object, const struct vonk_function *function), void *object);

#endif
