/* output.c: finds an output type by name, and measures text for those that draw. */
#include "main/output.h"

#include <wchar.h>

#include "base/array.h"

static const struct vonk_output_type *const types[] = {
#define VONK_OUTPUT(name) &vonk_output_##name,
#include "main/output/registry.def"
#undef VONK_OUTPUT
};

const struct vonk_output_type *vonk_output_find(const char *name) {
  for (size_t i = 0; i < COUNT_OF(types); i++) {
    if (vonk_str_equal_nocase(vonk_str_of(types[i]->name), vonk_str_of(name))) return types[i];
  }
  return NULL;
}

struct vonk_str vonk_output_names(struct vonk_arena *arena) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (size_t i = 0; i < COUNT_OF(types); i++) vonk_text_addf(&text, "%s%s", i ? ", " : "", types[i]->name);
  return vonk_text_str(&text);
}

size_t vonk_output_width(const char *text, size_t size) {
  size_t width = 0;
  for (size_t at = 0; at < size;) {
    if ((unsigned char)text[at] < 0x80) {
      width++;
      at++;
      continue;
    }
    int columns = wcwidth((wchar_t)vonk_utf8_decode(vonk_str_make(text, size), &at));
    width += columns < 0 ? 1 : (size_t)columns;
  }
  return width;
}
