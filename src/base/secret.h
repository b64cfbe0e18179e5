/* secret.h: texts that must not be seen: keys, tokens. A struct of its own, so that none is printed by accident; wiped when its arena ends. */
#ifndef VONK_BASE_SECRET_H
#define VONK_BASE_SECRET_H

#include "base/arena.h"
#include "base/str.h"

struct vonk_secret {
  char *bytes;
  size_t size;
};

struct vonk_secret vonk_secret_copy(struct vonk_arena *arena, struct vonk_str text);
/* For the one place that needs the bytes. */
static inline struct vonk_str vonk_secret_reveal(const struct vonk_secret *secret) { return vonk_str_make(secret->bytes, secret->size); }

/* The value of a setting, option or property of that name is none of a reader's business: passwords, secrets, tokens, access keys. */
bool vonk_secret_is_name(struct vonk_str name);
/* What is shown in its place. */
#define VONK_SECRET_SHOWN "*********(redacted)"

/* SCHEME://NAME:PASSWORD@HOST stands somewhere in TEXT. */
bool vonk_secret_has_users(struct vonk_str text);
/* Overwrites NAME:PASSWORD of every SCHEME://NAME:PASSWORD@HOST in a text by stars. */
void vonk_secret_hide_users(char *bytes, size_t size);

#endif
