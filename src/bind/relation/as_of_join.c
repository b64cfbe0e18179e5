/* as_of_join.c: each left row with the nearest right row before, after or around it.
 *
 * For each left row a scalar subquery takes the right row of the least distance as a struct; inner joins leave out the rows
 * without one.
 */
#include "bind/rewrite.h"

struct as_of {
  const struct vonk_relation_as_of_join *node;
  const struct bind_scope *outer;
  struct vonk_relation *left, *right;
  struct vonk_expr *left_as_of, *right_as_of; /* bound; left columns are marked as those of the query around */
  struct vonk_expr *condition;
  struct vonk_expr *distance;
};

static STATUS both_columns(struct binder *b, const struct as_of *j, struct bind_columns *out) {
  uint32_t left = j->left->column_count, right = j->right->column_count;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, (size_t)left + right);
  memcpy(columns, j->left->columns, left * sizeof *columns);
  memcpy(columns + left, j->right->columns, right * sizeof *columns);
  *out = (struct bind_columns){columns, left + right};
  return VONK_OK;
}

struct marking {
  struct binder *b;
  const struct vonk_relation *left;
};

/* The left columns are those of the query around the subquery. */
static STATUS mark_left(void *object, struct vonk_node *node, struct vonk_node **out) {
  const struct marking *m = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  *out = node;
  for (uint32_t i = 0; column && i < m->left->column_count; i++) {
    if (m->left->columns[i].id == column->id) *out = &bind_mark_outer(m->b, (struct vonk_expr *)(void *)node, 1)->node;
  }
  return VONK_OK;
}

static STATUS bind_side(struct binder *b, struct as_of *j, struct vonk_expr *unresolved, struct vonk_expr **out) {
  struct bind_scope scope = {.outer = j->outer};
  struct marking marking = {b, j->left};
  struct vonk_expr *bound;
  struct vonk_node *marked;
  TRY(both_columns(b, j, &scope.columns));
  TRY(bind_expr(b, &scope, unresolved, &bound));
  TRY(vonk_node_transform(b->task, &bound->node, false, mark_left, &marking, &marked));
  *out = (struct vonk_expr *)(void *)marked;
  return VONK_OK;
}

static void also(struct binder *b, struct as_of *j, struct vonk_expr *condition) {
  j->condition = j->condition ? make_call(b, "and", j->condition, condition) : condition;
}

static STATUS add_using(struct binder *b, struct as_of *j) {
  struct vonk_name names = j->node->using_columns;
  for (uint32_t i = 0; i < names.count; i++) {
    struct marking marking = {b, j->left};
    struct vonk_expr *l, *r;
    struct vonk_node *marked;
    TRY(bind_named_column(b, j->left, names.parts[i], j->node->relation.node.origin, &l));
    TRY(bind_named_column(b, j->right, names.parts[i], j->node->relation.node.origin, &r));
    TRY(vonk_node_transform(b->task, &l->node, false, mark_left, &marking, &marked));
    also(b, j, make_call(b, "==", (struct vonk_expr *)(void *)marked, r));
  }
  return VONK_OK;
}

/* Raises for a constant below zero. */
static STATUS check_tolerance(struct binder *b, const struct as_of *j, struct vonk_expr *tolerance) {
  struct vonk_value value;
  if (vonk_expr_references(b->arena, tolerance).count) {
    return vonk_raise(b->task, VONK_AS_OF_JOIN__TOLERANCE_IS_UNFOLDABLE, j->node->relation.node.origin, NULL);
  }
  TRY(bind_fold(b, tolerance, &value));
  struct vonk_value zero = {.type = value.type};
  bool ordered = !value.is_null && (vonk_type_is_numeric(value.type) || vonk_type_is_interval(value.type)) && value.type->id != VONK_TYPE_INTERVAL;
  if (!ordered || vonk_value_compare(&value, &zero) >= 0) return VONK_OK;
  return vonk_raise(b->task, VONK_AS_OF_JOIN__TOLERANCE_IS_NON_NEGATIVE, j->node->relation.node.origin, NULL);
}

static STATUS add_direction(struct binder *b, struct as_of *j) {
  struct vonk_str direction = vonk_str_lower(b->arena, j->node->direction);
  struct vonk_expr *l = j->left_as_of, *r = j->right_as_of, *tolerance = NULL;
  bool exact = j->node->allow_exact_matches, backward = vonk_str_equal(direction, STR("backward")), forward = vonk_str_equal(direction, STR("forward"));
  bool nearest = vonk_str_equal(direction, STR("nearest"));
  if (!backward && !forward && !nearest) {
    return vonk_raise(b->task, VONK_AS_OF_JOIN__UNSUPPORTED_DIRECTION, j->node->relation.node.origin, "direction", j->node->direction, "supported",
                      STR("'forward', 'backward', 'nearest'"), NULL);
  }
  if (j->node->tolerance) {
    TRY(bind_expr(b, NULL, j->node->tolerance, &tolerance));
    TRY(check_tolerance(b, j, tolerance));
  }
  if (backward) also(b, j, make_call(b, exact ? ">=" : ">", l, r));
  if (forward) also(b, j, make_call(b, exact ? "<=" : "<", l, r));
  if (nearest && !exact) also(b, j, make_call(b, "not", make_call(b, "==", l, r)));
  if (tolerance && (backward || nearest)) also(b, j, make_call(b, ">=", r, make_call(b, "-", l, tolerance)));
  if (tolerance && (forward || nearest)) also(b, j, make_call(b, "<=", r, make_call(b, "+", l, tolerance)));
  j->distance = backward ? make_call(b, "-", l, r) : make_call(b, "-", r, l);
  if (nearest) j->distance = make_call(b, "when", make_call(b, ">", l, r), make_call(b, "-", l, r), make_call(b, "-", r, l));
  return VONK_OK;
}

/* (SELECT min_by(struct of the right row, distance) FROM right WHERE condition) */
static struct vonk_expr *nearest_row(struct binder *b, const struct as_of *j) {
  struct make_exprs pairs = {0}, list = {0};
  const struct vonk_origin *origin = j->node->relation.node.origin;
  for (uint32_t i = 0; i < j->right->column_count; i++) {
    *ARRAY_PUSH(b->arena, &pairs) = make_text(b, vonk_str_format(b->arena, "%u", i));
    *ARRAY_PUSH(b->arena, &pairs) = bind_reference(b, &j->right->columns[i], origin);
  }
  *ARRAY_PUSH(b->arena, &list) = make_call(b, "min_by", make_call_list(b, "named_struct", make_list(&pairs)), j->distance);
  struct vonk_relation *rows = j->condition ? make_filter(b, j->right, j->condition, origin) : j->right;
  struct vonk_expr_subquery *subquery = EXPR_NEW(b->arena, subquery, origin);
  subquery->kind = VONK_SUBQUERY_SCALAR;
  subquery->plan = &make_aggregate(b, rows, (struct vonk_exprs){0}, make_list(&list), origin)->node;
  return &subquery->expr;
}

static STATUS put_together(struct binder *b, const struct as_of *j, bool is_inner, struct vonk_relation **out) {
  struct make_exprs list = {0}, columns = {0};
  const struct vonk_origin *origin = j->node->relation.node.origin;
  struct vonk_relation *rows;
  uint32_t left = j->left->column_count;
  for (uint32_t i = 0; i < left; i++) *ARRAY_PUSH(b->arena, &list) = bind_reference(b, &j->left->columns[i], origin);
  *ARRAY_PUSH(b->arena, &list) = make_alias(b, nearest_row(b, j), STR("_right"));
  TRY(bind_rewritten(b, make_project(b, j->left, make_list(&list), origin), j->outer, &rows));
  struct vonk_expr *found = bind_reference(b, &rows->columns[left], origin);
  if (is_inner) TRY(bind_rewritten(b, make_filter(b, rows, make_call(b, "isnotnull", found), origin), j->outer, &rows));
  for (uint32_t i = 0; i < left; i++) *ARRAY_PUSH(b->arena, &columns) = bind_reference(b, &rows->columns[i], origin);
  for (uint32_t i = 0; i < j->right->column_count; i++) {
    struct vonk_expr_extract *extract = EXPR_NEW(b->arena, extract, origin);
    extract->child = found;
    extract->extraction = make_text(b, vonk_str_format(b->arena, "%u", i));
    *ARRAY_PUSH(b->arena, &columns) = make_alias(b, &extract->expr, j->right->columns[i].name);
  }
  TRY(bind_rewritten(b, make_project(b, rows, make_list(&columns), origin), j->outer, out));
  /* The right columns are the same as below, for names by plan and table. */
  struct vonk_plan_column *named = vonk_arena_copy(b->arena, (*out)->columns, (*out)->column_count * sizeof *named);
  for (uint32_t i = 0; i < j->right->column_count; i++) {
    named[left + i].id = j->right->columns[i].id;
    named[left + i].qualifier = j->right->columns[i].qualifier;
  }
  *out = bind_over_columns(b, *out, named);
  return VONK_OK;
}

STATUS bind_as_of_join(struct binder *b, const struct vonk_relation_as_of_join *join, const struct bind_scope *outer, struct vonk_relation **out) {
  struct as_of j = {.node = join, .outer = outer};
  struct vonk_str type = vonk_str_lower(b->arena, join->join_type);
  bool is_left = vonk_str_equal(type, STR("left")) || vonk_str_equal(type, STR("leftouter")) || vonk_str_equal(type, STR("left_outer"));
  bool is_inner = !type.size || vonk_str_equal(type, STR("inner"));
  if (!is_left && !is_inner) {
    return vonk_raise(b->task, VONK_UNSUPPORTED_JOIN_TYPE, join->relation.node.origin, "typ", join->join_type, "supported", STR("'inner', 'leftouter', 'left', 'left_outer'"), NULL);
  }
  TRY(bind_input(b, join->left, outer, &j.left));
  TRY(bind_input(b, join->right, outer, &j.right));
  j.right = bind_without_conflicts(b, j.left, j.right);
  TRY(bind_side(b, &j, join->left_as_of, &j.left_as_of));
  TRY(bind_side(b, &j, join->right_as_of, &j.right_as_of));
  if (join->condition) TRY(bind_side(b, &j, join->condition, &j.condition));
  TRY(add_using(b, &j));
  TRY(add_direction(b, &j));
  return put_together(b, &j, is_inner, out);
}
