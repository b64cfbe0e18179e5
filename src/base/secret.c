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
