/* equals.c: classes of equal columns. They are few: lists are searched. */
#include "opt/equals.h"

uint64_t opt_equals_class(const struct opt_equals *equals, uint64_t id) {
  for (size_t i = 0; i < equals->count; i++) {
    if (equals->items[i].id == id) return equals->items[i].class_id;
  }
  return 0;
}

static uint64_t class_of(struct opt *o, struct opt_equals *equals, uint64_t id) {
  uint64_t class_id = opt_equals_class(equals, id);
  if (class_id) return class_id;
  *ARRAY_PUSH(o->arena, equals) = (struct opt_equal){id, id};
  return id;
}

void opt_equals_add(struct opt *o, struct opt_equals *equals, uint64_t a, uint64_t b) {
  uint64_t into = class_of(o, equals, a), from = class_of(o, equals, b);
  for (size_t i = 0; i < equals->count && from != into; i++) {
    if (equals->items[i].class_id == from) equals->items[i].class_id = into;
  }
}

static bool are_columns(const struct vonk_expr *left, const struct vonk_expr *right, uint64_t *a, uint64_t *b) {
  const struct vonk_expr_column *x = EXPR_AS(left, column), *y = EXPR_AS(right, column);
  if (!x || !y || x->outer || y->outer || !vonk_type_equal(left->type, right->type)) return false;
  *a = x->id;
  *b = y->id;
  return true;
}

bool opt_is_column_equality(const struct vonk_expr *expr, uint64_t *a, uint64_t *b) {
  return opt_is_call(expr, "==") && are_columns(opt_argument(expr, 0), opt_argument(expr, 1), a, b);
}

static void add_conjuncts(struct opt *o, struct opt_equals *equals, struct vonk_exprs conjuncts) {
  uint64_t a, b;
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    if (opt_is_column_equality(conjuncts.items[i], &a, &b)) opt_equals_add(o, equals, a, b);
  }
}

void opt_equals_add_keys(struct opt *o, struct opt_equals *equals, const struct vonk_relation_join_on *join) {
  uint64_t a, b;
  for (uint32_t i = 0; i < join->left_keys.count; i++) {
    bool plain = !opt_join_null_safe(join, i) && are_columns(join->left_keys.items[i], join->right_keys.items[i], &a, &b);
    if (plain) opt_equals_add(o, equals, a, b);
  }
}

void opt_equals_add_relation(struct opt *o, struct opt_equals *equals, const struct vonk_relation *relation) {
  const struct vonk_relation_join_on *join = RELATION_AS(relation, join_on);
  const struct vonk_relation_select *select = RELATION_AS(relation, select);
  const struct vonk_relation_project *project = RELATION_AS(relation, project);
  if (select) {
    add_conjuncts(o, equals, select->conjuncts);
    opt_equals_add_relation(o, equals, select->input);
  } else if (project) {
    opt_equals_add_relation(o, equals, project->input);
  } else if (join && (join->join_type == VONK_JOIN_INNER || join->join_type == VONK_JOIN_SEMI)) {
    opt_equals_add_keys(o, equals, join);
    add_conjuncts(o, equals, join->residual);
    opt_equals_add_relation(o, equals, join->left);
    opt_equals_add_relation(o, equals, join->right);
  } else if (join && join->join_type != VONK_JOIN_RIGHT && join->join_type != VONK_JOIN_FULL) {
    opt_equals_add_relation(o, equals, join->left);
  }
}
