/* error.h: Spark's error conditions and the error object of a task.
 *
 * A condition is one row of condition.def: Spark's name, SQLSTATE, and a message of our own whose <parameters> are named
 * as Spark names them. Setting an error copies the parameter values; the message is rendered only when asked for.
 */
#ifndef VONK_BASE_ERROR_H
#define VONK_BASE_ERROR_H

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

enum vonk_condition {
#define VONK_CONDITION(name, sqlstate, message) VONK_##name,
#include "base/condition.def"
#undef VONK_CONDITION
  VONK_CONDITION_COUNT
};

/* Where in a text something stands. Offsets are 0-based bytes into TEXT, STOP is one past the end; LINE is 1-based.
 * An absent origin has text.data == NULL and an empty fragment. Origins chain outward: a node inside a view names the view's own text. */
struct vonk_origin {
  struct vonk_str text;        /* the whole statement or the view's text */
  uint32_t start, stop;
  uint32_t line, column;       /* 1-based line, 0-based column, of START */
  struct vonk_str object_type; /* "VIEW" or empty */
  struct vonk_str object_name;
  struct vonk_str fragment;    /* of DataFrames: the function that was called, and where ("file.py:12"); else empty */
  struct vonk_str call_site;
};

struct vonk_error_parameter {
  struct vonk_str name, value;
};

enum { VONK_ERROR_PARAMETERS_MAX = 12 };

struct vonk_error {
  bool set;
  enum vonk_condition condition;
  struct vonk_error_parameter parameters[VONK_ERROR_PARAMETERS_MAX];
  size_t parameter_count;
  struct vonk_origin origin;   /* text copied to the error's arena */
  struct vonk_arena *arena;    /* owned; created with the error */
};

void vonk_error_init(struct vonk_error *error);
void vonk_error_deinit(struct vonk_error *error);
void vonk_error_clear(struct vonk_error *error);
/* TO becomes a deep copy of FROM. */
void vonk_error_copy(struct vonk_error *to, const struct vonk_error *from);

/* "DIVIDE_BY_ZERO", "UNRESOLVED_COLUMN.WITH_SUGGESTION"; "22012". */
const char *vonk_condition_name(enum vonk_condition condition);
const char *vonk_condition_sqlstate(enum vonk_condition condition);

/* The message of the condition with its parameters filled in, and nothing around it. */
struct vonk_str vonk_error_sentence(const struct vonk_error *error, struct vonk_arena *arena);
/* One line: "[CONDITION] message SQLSTATE: xxxxx"; then, when the origin is known, the place:
 * "== SQL (line 1, position 8) ==" with the line and carets, or "== DataFrame ==" with the call, as Spark shows it. Text lives on ARENA. */
struct vonk_str vonk_error_message(const struct vonk_error *error, struct vonk_arena *arena);
struct vonk_str vonk_error_render(const struct vonk_error *error, struct vonk_arena *arena);

#endif
