/* json.h: a small bounded JSON reader (RFC 8259) for schemas, field metadata and descriptions of tables.
 *
 * A cursor over the text; each function reads one thing and skips white space before it. A failure sets `failed` and
 * sticks. Depth is bounded; strings are unescaped to the arena.
 */
#ifndef VONK_TYPE_JSON_H
#define VONK_TYPE_JSON_H

#include "base/arena.h"
#include "base/str.h"

enum { VONK_JSON_DEPTH_MAX = 200 };

struct vonk_json {
  struct vonk_arena *arena;
  struct vonk_str text;
  size_t position;
  bool failed;
};

/* The next character that is not white space; 0 at the end. */
char vonk_json_peek(struct vonk_json *json);
/* Takes C if it is next. */
bool vonk_json_accept(struct vonk_json *json, char c);
/* The same, and fails if it is not. */
void vonk_json_expect(struct vonk_json *json, char c);
struct vonk_str vonk_json_string(struct vonk_json *json);
bool vonk_json_bool(struct vonk_json *json);
/* Passes over one value of any kind; the text it had. */
struct vonk_str vonk_json_skip(struct vonk_json *json);
/* For loops: false at the closing bracket, which is taken; else the next member's name (objects) is read into KEY.
 * COUNT starts at 0 and counts members. */
bool vonk_json_next_member(struct vonk_json *json, uint32_t *count, struct vonk_str *key);
bool vonk_json_next_element(struct vonk_json *json, uint32_t *count);
/* Writes TEXT quoted and escaped. */
void vonk_json_quote(struct vonk_text *out, struct vonk_str text);

#endif
