/* equals.h: which columns are equal in all rows of a plan, by the equalities of its inner joins and filters. */
#ifndef VONK_OPT_EQUALS_H
#define VONK_OPT_EQUALS_H

#include "opt/optimizer_internal.h"

/* Column ids in classes; starts zeroed. */
struct opt_equals {
  struct opt_equal {
    uint64_t id, class_id;           /* the class is named by one of its columns */
  } *items;
  size_t count, capacity;
};

/* "a == b" of two columns of one type; false when EXPR is anything else. */
bool opt_is_column_equality(const struct vonk_expr *expr, uint64_t *a, uint64_t *b);
void opt_equals_add(struct opt *o, struct opt_equals *equals, uint64_t a, uint64_t b);
/* The key pairs of JOIN, whatever its type. */
void opt_equals_add_keys(struct opt *o, struct opt_equals *equals, const struct vonk_relation_join_on *join);
/* What holds for all rows of RELATION. */
void opt_equals_add_relation(struct opt *o, struct opt_equals *equals, const struct vonk_relation *relation);
/* The column that names ID's class; 0 when it has none. */
uint64_t opt_equals_class(const struct opt_equals *equals, uint64_t id);
static inline bool opt_equals_same(const struct opt_equals *equals, uint64_t a, uint64_t b) {
  uint64_t class_id = opt_equals_class(equals, a);
  return class_id && class_id == opt_equals_class(equals, b);
}

#endif
