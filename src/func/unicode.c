/* unicode.c: case mapping. ICU is a large library: it is loaded at the first text that needs it, by the names of the
 * version it was compiled with. */
#include "func/unicode.h"

#include <dlfcn.h>
#include <unicode/ucasemap.h>
#include <unicode/uchar.h>
#include <unicode/uvernum.h>

#define TEXT_OF(name) #name
#define SYMBOL(name) TEXT_OF(name)

bool vonk_unicode_is_ascii(struct vonk_str text) {
  size_t i = 0;
  for (; i + 8 <= text.size; i += 8) {
    uint64_t word;
    memcpy(&word, text.data + i, 8);
    if (word & 0x8080808080808080u) return false;
  }
  for (; i < text.size; i++) {
    if (text.data[i] & 0x80) return false;
  }
  return true;
}

STATUS vonk_unicode_open(struct vonk_task *task, struct vonk_unicode *unicode) {
  if (unicode->case_map) return VONK_OK;
  unicode->library = dlopen("libicuuc.so." U_ICU_VERSION_SHORT, RTLD_NOW | RTLD_LOCAL);
  if (unicode->library) {
    void *(*open_map)(const char *, uint32_t, int *);
    *(void **)&open_map = dlsym(unicode->library, SYMBOL(ucasemap_open));
    *(void **)&unicode->map_lower = dlsym(unicode->library, SYMBOL(ucasemap_utf8ToLower));
    *(void **)&unicode->map_upper = dlsym(unicode->library, SYMBOL(ucasemap_utf8ToUpper));
    *(void **)&unicode->close_map = dlsym(unicode->library, SYMBOL(ucasemap_close));
    *(void **)&unicode->is_upper = dlsym(unicode->library, SYMBOL(u_isupper));
    *(void **)&unicode->is_lower = dlsym(unicode->library, SYMBOL(u_islower));
    *(void **)&unicode->is_digit = dlsym(unicode->library, SYMBOL(u_isdigit));
    *(void **)&unicode->category = dlsym(unicode->library, SYMBOL(u_charType));
    int error = 0;
    bool all = open_map && unicode->map_lower && unicode->map_upper && unicode->close_map;
    if (all && unicode->is_upper && unicode->is_lower && unicode->is_digit && unicode->category) unicode->case_map = open_map("", 0, &error);
  }
  if (!unicode->case_map) return vonk_unsupported(task, NULL, "letters beyond ASCII without libicu");
  return VONK_OK;
}

void vonk_unicode_close(struct vonk_unicode *unicode) {
  if (unicode->case_map) unicode->close_map(unicode->case_map);
  if (unicode->library) dlclose(unicode->library);
  *unicode = (struct vonk_unicode){0};
}

static STATUS map(struct vonk_task *task, struct vonk_unicode *unicode, struct vonk_arena *arena, bool upper, struct vonk_str text,
                  struct vonk_str *out) {
  TRY(vonk_unicode_open(task, unicode));
  if (text.size > INT32_MAX / 4) return vonk_unsupported(task, NULL, "case mapping of texts above 512 MiB");
  int32_t room = (int32_t)text.size * 3 + 16; /* no mapping grows a text more than threefold */
  char *bytes = vonk_arena_alloc(arena, (size_t)room);
  int error = 0;
  int32_t size = (upper ? unicode->map_upper : unicode->map_lower)(unicode->case_map, bytes, room, text.data, (int32_t)text.size, &error);
  ASSERT(error <= 0 && size <= room);
  *out = vonk_str_make(bytes, (size_t)size);
  return VONK_OK;
}

STATUS vonk_unicode_lower(struct vonk_task *task, struct vonk_unicode *unicode, struct vonk_arena *arena, struct vonk_str text,
                          struct vonk_str *out) {
  if (!vonk_unicode_is_ascii(text)) return map(task, unicode, arena, false, text, out);
  *out = vonk_str_lower(arena, text);
  return VONK_OK;
}

STATUS vonk_unicode_upper(struct vonk_task *task, struct vonk_unicode *unicode, struct vonk_arena *arena, struct vonk_str text,
                          struct vonk_str *out) {
  if (!vonk_unicode_is_ascii(text)) return map(task, unicode, arena, true, text, out);
  *out = vonk_str_upper(arena, text);
  return VONK_OK;
}
