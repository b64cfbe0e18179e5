/* format.c: the table of formats. */
#include "base/array.h"
#include "format/scan.h"

#define VONK_FORMAT(name) extern const struct vonk_format_type vonk_format_##name;
#include "format/registry.def"
#undef VONK_FORMAT

static const struct vonk_format_type *const formats[] = {
#define VONK_FORMAT(name) &vonk_format_##name,
#include "format/registry.def"
#undef VONK_FORMAT
};

const struct vonk_format_type *vonk_format_find(struct vonk_str name) {
  for (size_t i = 0; i < COUNT_OF(formats); i++) {
    if (vonk_str_equal_nocase(name, vonk_str_of(formats[i]->name))) return formats[i];
  }
  return NULL;
}
