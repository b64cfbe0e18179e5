/* print.h: plans as people read them: a tree with one line for each node.
 *
 *   Join Inner, [id#1 = id#4]
 *   :- Filter (a#2 > 5)
 *   :  +- Relation parquet `t` [id#1, a#2]
 *   +- ...
 *
 * Columns are NAME#ID. Kinds of unresolved nodes start with an apostrophe. A body that several shared nodes read is printed
 * below the first of them; subqueries are children of the node in whose expressions they stand.
 */
#ifndef VONK_PLAN_PRINT_H
#define VONK_PLAN_PRINT_H

#include "plan/relation.h"

/* A relation or command with all below it. WITH_ROWS: the expected rows beside each resolved relation. Ends with a line feed. */
struct vonk_str vonk_plan_tree(struct vonk_arena *arena, const struct vonk_node *plan, bool with_rows);
/* What is to say about RELATION itself beside its kind: "Inner, [id#1 = id#4]". */
struct vonk_str vonk_plan_details(struct vonk_arena *arena, const struct vonk_relation *relation);
/* "[id#1, a#2]" */
struct vonk_str vonk_plan_columns(struct vonk_arena *arena, const struct vonk_plan_column *columns, uint32_t count);

/* Where a line of a tree stands; NULL is the root. */
struct vonk_plan_place {
  const struct vonk_plan_place *above;
  bool is_last;                  /* of its parent's children */
};
void vonk_plan_indent(struct vonk_text *text, const struct vonk_plan_place *place);

#endif
