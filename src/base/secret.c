/* secret.c: see secret.h. */
#include "base/secret.h"

static void wipe(void *object) {
  struct vonk_secret *secret = object;
  explicit_bzero(secret->bytes, secret->size);
}

struct vonk_secret vonk_secret_copy(struct vonk_arena *arena, struct vonk_str text) {
  struct vonk_secret *kept = ARENA_NEW(arena, struct vonk_secret);
  *kept = (struct vonk_secret){vonk_arena_copy(arena, text.data, text.size), text.size};
  vonk_arena_on_reset(arena, wipe, kept);
  return *kept;
}

static bool contains(struct vonk_str text, struct vonk_str part) {
  for (size_t i = 0; i + part.size <= text.size; i++) {
    if (vonk_str_equal_nocase(vonk_str_slice(text, i, i + part.size), part)) return true;
  }
  return false;
}

/* As spark.redaction.regex is by default. */
bool vonk_secret_is_name(struct vonk_str name) {
  static const struct vonk_str parts[] = {STR("secret"), STR("password"), STR("token"), STR("access.key"), STR("accesskey"), STR("access_key")};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (contains(name, parts[i])) return true;
  }
  return false;
}

/* NAME:PASSWORD@ at the beginning of TEXT, the @ left out; 0: none. Passwords may hold slashes that their owners forgot to escape, and
 * HOST:PORT/A@B is none. */
static size_t user_size(struct vonk_str text) {
  size_t at = 0, colon = 0;
  bool is_port = true;
  for (; at < text.size && (unsigned char)text.data[at] > ' ' && !strchr("`'\"<>", text.data[at]); at++) {
    char c = text.data[at];
    if (c == '@') return colon ? at : 0;
    if (c == '/' && (!colon || is_port)) return 0;
    if (colon && (c < '0' || c > '9')) is_port = false;
    if (c == ':' && !colon) colon = at;
  }
  return 0;
}

bool vonk_secret_has_users(struct vonk_str text) {
  for (size_t at = vonk_str_find(text, STR("://"), 0); at != SIZE_MAX; at = vonk_str_find(text, STR("://"), at + 3)) {
    if (user_size(vonk_str_slice(text, at + 3, text.size))) return true;
  }
  return false;
}

void vonk_secret_hide_users(char *bytes, size_t size) {
  struct vonk_str text = vonk_str_make(bytes, size), start = STR("://");
  for (size_t at = vonk_str_find(text, start, 0); at != SIZE_MAX; at = vonk_str_find(text, start, at + start.size)) {
    memset(bytes + at + start.size, '*', user_size(vonk_str_slice(text, at + start.size, size)));
  }
}
