/* substitute.c: variables in SQL text, as Spark's: ${name}, ${spark:key}, ${hivevar:x}, ${hiveconf:x}, ${env:X}, ${system:x}.
 *
 * What is not known is empty; behind a prefix that is not known, or env: and system:, it stays as it is written. A value may hold variables again, to a bounded depth.
 */
#include <stdlib.h>

#include "session/session.h"

enum { DEPTH_MAX = 20 };

static bool is_word(struct vonk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return text.size > 0;
}

static bool look_up(struct vonk_arena *arena, const struct vonk_conf *conf, struct vonk_str reference, struct vonk_str *out) {
  size_t colon = vonk_str_find(reference, STR(":"), 0);
  struct vonk_str prefix = STR(""), name = reference;
  if (colon != SIZE_MAX && is_word(vonk_str_slice(reference, 0, colon))) {
    prefix = vonk_str_slice(reference, 0, colon);
    name = vonk_str_slice(reference, colon + 1, reference.size);
  }
  if (vonk_str_equal(prefix, STR("env"))) {
    const char *value = getenv(vonk_str_copy(arena, name).data);
    *out = vonk_str_of(value);
    return value != NULL;
  }
  bool from_conf = prefix.size == 0 || vonk_str_equal(prefix, STR("spark")) || vonk_str_equal(prefix, STR("sparkconf")) ||
                   vonk_str_equal(prefix, STR("hivevar")) || vonk_str_equal(prefix, STR("hiveconf"));
  if (from_conf && !vonk_conf_get(conf, name, out)) *out = STR("");
  return from_conf;
}

static void expand(struct vonk_text *out, const struct vonk_conf *conf, struct vonk_str sql, int depth) {
  size_t from = 0;
  for (;;) {
    size_t start = vonk_str_find(sql, STR("${"), from);
    size_t stop = start == SIZE_MAX ? SIZE_MAX : vonk_str_find(sql, STR("}"), start);
    if (stop == SIZE_MAX) break;
    vonk_text_add(out, vonk_str_slice(sql, from, start));
    struct vonk_str value;
    if (depth < DEPTH_MAX && look_up(out->arena, conf, vonk_str_slice(sql, start + 2, stop), &value)) {
      expand(out, conf, value, depth + 1);
      from = stop + 1;
    } else {
      vonk_text_add(out, STR("${"));
      from = start + 2;
    }
  }
  vonk_text_add(out, vonk_str_slice(sql, from, sql.size));
}

struct vonk_str vonk_session_substitute(struct vonk_arena *arena, const struct vonk_conf *conf, struct vonk_str sql) {
  if (!vonk_conf_bool(conf, VONK_CONF_VARIABLE_SUBSTITUTE) || vonk_str_find(sql, STR("${"), 0) == SIZE_MAX) {
    return vonk_str_copy(arena, sql);
  }
  struct vonk_text text;
  vonk_text_init(&text, arena);
  expand(&text, conf, sql, 0);
  vonk_text_add_char(&text, 0);
  return vonk_str_make(text.data, text.size - 1);
}
