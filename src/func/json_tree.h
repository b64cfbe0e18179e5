/* json_tree.h: a JSON text (RFC 8259) as a tree, and back as the shortest text.
 *
 * Names and texts may also stand in single quotes. What follows the value is not looked at. Depth is bounded.
 */
#ifndef VONK_FUNC_JSON_TREE_H
#define VONK_FUNC_JSON_TREE_H

#include "base/arena.h"
#include "base/str.h"

enum vonk_json_kind { VONK_JSON_NULL, VONK_JSON_FALSE, VONK_JSON_TRUE, VONK_JSON_INTEGER, VONK_JSON_REAL, VONK_JSON_TEXT, VONK_JSON_LIST, VONK_JSON_RECORD };

struct vonk_json_node {
  enum vonk_json_kind kind;
  struct vonk_str text;                /* TEXT: decoded; numbers: as written */
  struct vonk_str name;                /* of a member of a record */
  struct vonk_json_node *first, *next; /* children of LIST and RECORD; the next child */
  uint32_t count;
};

enum { VONK_JSON_DEPTH_MAX = 500 };

/* NULL when TEXT does not begin with a value. Nodes and decoded texts live on ARENA, other texts in TEXT. */
struct vonk_json_node *vonk_json_parse(struct vonk_arena *arena, struct vonk_str text);
/* Without blanks; reals as doubles are written. */
void vonk_json_write(struct vonk_text *out, const struct vonk_json_node *node);
/* TEXT in double quotes, escaped. */
void vonk_json_write_text(struct vonk_text *out, struct vonk_str text);

#endif
