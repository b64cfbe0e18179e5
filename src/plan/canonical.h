/* canonical.h: a resolved plan as bytes that are equal for plans which mean the same, however often a text was bound.
 *
 * Column ids are numbered in the order in which they appear; names, places in the text and hidden fields do not count.
 */
#ifndef VONK_PLAN_CANONICAL_H
#define VONK_PLAN_CANONICAL_H

#include "plan/relation.h"

struct vonk_canonical_options {
  /* Says what RELATION, a scan or rows kept in memory, reads. */
  void (*put_source)(void *object, struct vonk_text *text, const struct vonk_relation *relation);
  void *object;
  /* NODE is another each time it is bound (rand() without a seed). */
  bool (*differs)(const struct vonk_node *node);
};

/* False: some node differs. */
bool vonk_plan_canonical(struct vonk_arena *arena, const struct vonk_relation *plan, const struct vonk_canonical_options *options, struct vonk_str *out);

#endif
