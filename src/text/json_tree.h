/* json_tree.h: a JSON text (RFC 8259) as a tree, and back as the shortest text.
 *
 * Rules say what is taken beyond the standard. What follows the value is not looked at. Depth is bounded.
 */
#ifndef VONK_TEXT_JSON_TREE_H
#define VONK_TEXT_JSON_TREE_H

#include "base/arena.h"
#include "base/str.h"

/* NAN: NaN and the infinities, as numbers without quotes. */
enum vonk_json_kind { VONK_JSON_NULL, VONK_JSON_FALSE, VONK_JSON_TRUE, VONK_JSON_INTEGER, VONK_JSON_REAL, VONK_JSON_NAN, VONK_JSON_TEXT, VONK_JSON_LIST, VONK_JSON_RECORD };

struct vonk_json_node {
  enum vonk_json_kind kind;
  struct vonk_str text;                /* TEXT: decoded; numbers: as written */
  struct vonk_str source;              /* as it stands in the text */
  struct vonk_str name;                /* of a member of a record */
  struct vonk_json_node *first, *next; /* children of LIST and RECORD; the next child */
  struct vonk_json_node *earlier;      /* for readers: the member of the same field before this one */
  uint32_t count;
};

enum { VONK_JSON_TREE_DEPTH_MAX = 500 };

struct vonk_json_rules {
  bool comments;           /* as C and C++ have them */
  bool bare_names;         /* {a: 1} */
  bool single_quotes;
  bool leading_zeros;
  bool nan;                /* NaN, Infinity, +INF */
  bool any_escape;         /* a backslash before any character */
  bool control_characters; /* below blank, inside texts */
};
/* What get_json_object and its like accept. */
extern const struct vonk_json_rules vonk_json_rules_of_functions;

/* Nothing but blanks and, where RULES have them, comments: no value at all. */
bool vonk_json_is_nothing(const struct vonk_json_rules *rules, struct vonk_str text);
/* NULL when TEXT does not begin with a value. Nodes and decoded texts live on ARENA, other texts in TEXT. */
struct vonk_json_node *vonk_json_parse(struct vonk_arena *arena, const struct vonk_json_rules *rules, struct vonk_str text);
/* Without blanks; reals as doubles are written, NaN and the like in quotes. */
void vonk_json_write(struct vonk_text *out, const struct vonk_json_node *node);
/* The value of REAL and NAN nodes. */
double vonk_json_real(const struct vonk_json_node *node);

#endif
