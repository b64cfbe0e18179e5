/* printer.c: finds a printer by name, and measures text for those that draw. */
#include "main/printer.h"

#include <wchar.h>

#include "base/array.h"

static const struct vonk_printer_type *const types[] = {
#define VONK_PRINTER(name) &vonk_printer_##name,
#include "main/printer/registry.def"
#undef VONK_PRINTER
};

const struct vonk_printer_type *vonk_printer_find(const char *name) {
  for (size_t i = 0; i < COUNT_OF(types); i++) {
    if (vonk_str_equal_nocase(vonk_str_of(types[i]->name), vonk_str_of(name))) return types[i];
  }
  return NULL;
}

struct vonk_str vonk_printer_names(struct vonk_arena *arena) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (size_t i = 0; i < COUNT_OF(types); i++) vonk_text_addf(&text, "%s%s", i ? ", " : "", types[i]->name);
  return vonk_text_str(&text);
}

size_t vonk_printer_width(const char *text, size_t size) {
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
