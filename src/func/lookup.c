/* lookup.c: walks the families. Some hundred rows: a walk costs microseconds, once for each call in a statement. */
#include "func/lookup.h"

#define VONK_FUNCTION_FAMILY(name) extern const struct vonk_function vonk_functions_##name[];
#include "func/registry.def"
#undef VONK_FUNCTION_FAMILY

static const struct vonk_function *const families[] = {
#define VONK_FUNCTION_FAMILY(name) vonk_functions_##name,
#include "func/registry.def"
#undef VONK_FUNCTION_FAMILY
};

const struct vonk_function *vonk_function_lookup(struct vonk_str name) {
  for (size_t i = 0; i < COUNT_OF(families); i++) {
    for (const struct vonk_function *f = families[i]; f->name; f++) {
      if ((f->name[0] | 32) == (name.size ? name.data[0] | 32 : 0) && vonk_str_equal_nocase(name, vonk_str_of(f->name))) return f;
    }
  }
  return NULL;
}

void vonk_function_each(void (*visit)(void *object, const struct vonk_function *function), void *object) {
  for (size_t i = 0; i < COUNT_OF(families); i++) {
    for (const struct vonk_function *f = families[i]; f->name; f++) visit(object, f);
  }
}
