/* join.c: joins: conditions cut into equal pairs and the rest, USING and NATURAL, LATERAL. */
#include "bind/binder_internal.h"

#include "expr/function.h"

static bool in_columns(struct bind_columns columns, uint64_t id) {
  for (uint32_t i = 0; i < columns.count; i++) {
    if (columns.items[i].id == id) return true;
  }
  return false;
}

static bool test_outer_or_plan(const void *object, const struct vonk_node *node) {
  (void)object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  return (column && column->outer) || EXPR_IS(node, subquery);
}

/* Columns of one side only, at least one, nothing from outside. */
static bool belongs_to(struct binder *b, const struct vonk_expr *expr, struct bind_columns columns) {
  struct vonk_ids ids = vonk_expr_references(b->arena, expr);
  if (ids.count == 0 || !expr->deterministic || bind_find(&expr->node, false, test_outer_or_plan, NULL)) return false;
  for (uint32_t i = 0; i < ids.count; i++) {
    if (!in_columns(columns, ids.items[i])) return false;
  }
  return true;
}

static void set_condition(struct binder *b, struct vonk_relation_join_on *join, struct vonk_expr *condition) {
  struct vonk_exprs conjuncts;
  struct bind_columns left = bind_columns_of(join->left), right = bind_columns_of(join->right);
  vonk_expr_split_and(b->arena, condition, &conjuncts);
  uint64_t *null_safe = ARENA_ARRAY(b->arena, uint64_t, conjuncts.count);
  join->left_keys.items = ARENA_ARRAY(b->arena, struct vonk_expr *, conjuncts.count);
  join->right_keys.items = ARENA_ARRAY(b->arena, struct vonk_expr *, conjuncts.count);
  join->residual.items = ARENA_ARRAY(b->arena, struct vonk_expr *, conjuncts.count);
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    struct vonk_expr *conjunct = conjuncts.items[i];
    struct vonk_expr_call *call = EXPR_AS(conjunct, call);
    bool equal = call && strcmp(call->function->name, "==") == 0, safe = call && strcmp(call->function->name, "<=>") == 0;
    struct vonk_expr *l = equal || safe ? call->arguments.items[0] : NULL, *r = equal || safe ? call->arguments.items[1] : NULL;
    if (l && belongs_to(b, l, right) && belongs_to(b, r, left)) {
      struct vonk_expr *swap = l;
      l = r;
      r = swap;
    }
    if (!l || !belongs_to(b, l, left) || !belongs_to(b, r, right)) {
      join->residual.items[join->residual.count++] = conjunct;
      continue;
    }
    null_safe[join->left_keys.count] = safe;
    join->left_keys.items[join->left_keys.count++] = l;
    join->right_keys.items[join->right_keys.count++] = r;
  }
  join->null_safe = (struct vonk_ids){null_safe, join->left_keys.count};
}

static void set_columns(struct binder *b, struct vonk_relation_join_on *join) {
  uint32_t left = join->left->column_count, right = join->right->column_count;
  int32_t type = join->join_type;
  bool left_only = type == VONK_JOIN_SEMI || type == VONK_JOIN_ANTI;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, (size_t)left + right);
  if (left) memcpy(columns, join->left->columns, left * sizeof *columns);
  if (right && !left_only) memcpy(columns + left, join->right->columns, right * sizeof *columns);
  for (uint32_t i = 0; i < left; i++) columns[i].nullable |= type == VONK_JOIN_RIGHT || type == VONK_JOIN_FULL;
  for (uint32_t i = left; i < left + right && !left_only; i++) columns[i].nullable |= type == VONK_JOIN_LEFT || type == VONK_JOIN_FULL;
  join->relation.columns = columns;
  join->relation.column_count = left_only ? left : left + right;
}

static struct vonk_relation_join_on *new_join(struct binder *b, struct vonk_relation *left, struct vonk_relation *right, int32_t type, const struct vonk_origin *origin) {
  struct vonk_relation_join_on *join = RELATION_NEW(b->arena, join_on, origin);
  join->left = left;
  join->right = right;
  join->join_type = type;
  return join;
}

/* Both sides' columns, as a condition sees them. */
static struct bind_columns both(struct binder *b, const struct vonk_relation *left, const struct vonk_relation *right) {
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, (size_t)left->column_count + right->column_count);
  if (left->column_count) memcpy(columns, left->columns, left->column_count * sizeof *columns);
  if (right->column_count) memcpy(columns + left->column_count, right->columns, right->column_count * sizeof *columns);
  return (struct bind_columns){columns, left->column_count + right->column_count};
}

static STATUS finish_on(struct binder *b, struct vonk_relation_join_on *join, struct vonk_expr *unresolved, const struct bind_scope *outer) {
  if (unresolved) {
    struct bind_scope scope = {.outer = outer, .columns = both(b, join->left, join->right)};
    struct vonk_expr *condition;
    TRY(bind_condition(b, &scope, unresolved, "ON", NULL, &condition));
    if (bind_find(&condition->node, false, bind_test_aggregate, NULL)) {
      return vonk_raise(b->task, VONK_UNSUPPORTED_EXPR_FOR_OPERATOR, condition->node.origin, "invalidExprSqls", bind_quote_expr(b, condition), NULL);
    }
    set_condition(b, join, condition);
  }
  set_columns(b, join);
  return VONK_OK;
}

/* --- USING, NATURAL --- */

static STATUS using_column(struct binder *b, const struct vonk_relation *side, const char *side_name, struct vonk_str name, const struct vonk_origin *origin, uint32_t *index) {
  struct bind_columns columns = bind_columns_of(side);
  for (*index = 0; *index < columns.count; (*index)++) { /* the first of several */
    if (!columns.items[*index].hidden && bind_same_name(b, columns.items[*index].name, name)) return VONK_OK;
  }
  return vonk_raise(b->task, VONK_UNRESOLVED_USING_COLUMN_FOR_JOIN, origin, "colName", vonk_type_quote(b->arena, name), "side", vonk_str_of(side_name), "suggestion",
                    bind_sorted_names(b, columns), NULL);
}

static struct vonk_name natural_names(struct binder *b, const struct vonk_relation *left, const struct vonk_relation *right) {
  struct vonk_str *names = ARENA_ARRAY(b->arena, struct vonk_str, left->column_count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < left->column_count; i++) {
    for (uint32_t j = 0; j < right->column_count && !left->columns[i].hidden; j++) {
      if (right->columns[j].hidden || !bind_same_name(b, left->columns[i].name, right->columns[j].name)) continue;
      names[count++] = left->columns[i].name;
      break;
    }
  }
  return (struct vonk_name){names, count};
}

struct using {
  uint32_t *left, *right;
  uint32_t count;
};

static bool is_using(const uint32_t *list, uint32_t count, uint32_t index) {
  for (uint32_t i = 0; i < count; i++) {
    if (list[i] == index) return true;
  }
  return false;
}

/* The columns of USING once, then the others; the sides' own join columns stay reachable by their table's name. */
static STATUS merge_columns(struct binder *b, struct vonk_relation_join_on *join, const struct using *u, struct vonk_relation **out) {
  const struct vonk_plan_column *all = join->relation.columns;
  uint32_t left = join->left->column_count, total = join->relation.column_count, n = 0;
  int32_t type = join->join_type;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, (size_t)total + u->count);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, (size_t)total + u->count);
  const struct vonk_origin *origin = join->relation.node.origin;
  for (uint32_t i = 0; i < u->count; i++) {
    const struct vonk_plan_column *l = &all[u->left[i]], *r = total > left ? &all[left + u->right[i]] : NULL;
    columns[n] = type == VONK_JOIN_RIGHT ? *r : *l;
    exprs[n] = bind_reference(b, &columns[n], origin);
    if (type == VONK_JOIN_FULL) {
      TRY(bind_call(b, "coalesce", origin, &exprs[n], 2, bind_reference(b, l, origin), bind_reference(b, r, origin)));
      columns[n] = (struct vonk_plan_column){.id = bind_new_id(b), .name = l->name, .type = exprs[n]->type, .nullable = exprs[n]->nullable};
    }
    n++;
  }
  for (uint32_t i = 0; i < total; i++) {
    bool of_left = i < left, named = of_left ? is_using(u->left, u->count, i) : is_using(u->right, u->count, i - left);
    if (named && type != VONK_JOIN_FULL && of_left == (type != VONK_JOIN_RIGHT)) continue;
    columns[n] = all[i];
    columns[n].hidden |= named;
    exprs[n++] = bind_reference(b, &all[i], origin);
  }
  *out = bind_project(b, &join->relation, columns, exprs, n, origin);
  return VONK_OK;
}

static STATUS join_using(struct binder *b, struct vonk_relation_join_on *join, struct vonk_name names, struct vonk_relation **out) {
  const struct vonk_origin *origin = join->relation.node.origin;
  struct using u = {ARENA_ARRAY(b->arena, uint32_t, names.count), ARENA_ARRAY(b->arena, uint32_t, names.count), names.count};
  struct vonk_expr *condition = NULL;
  for (uint32_t i = 0; i < names.count; i++) {
    struct vonk_expr *equal;
    TRY(using_column(b, join->left, "left", names.parts[i], origin, &u.left[i]));
    TRY(using_column(b, join->right, "right", names.parts[i], origin, &u.right[i]));
    TRY(bind_call(b, "==", origin, &equal, 2, bind_reference(b, &join->left->columns[u.left[i]], origin), bind_reference(b, &join->right->columns[u.right[i]], origin)));
    if (condition) TRY(bind_call(b, "and", origin, &condition, 2, condition, equal));
    else condition = equal;
  }
  if (condition) set_condition(b, join, condition);
  set_columns(b, join);
  return merge_columns(b, join, &u, out);
}

STATUS bind_join(struct binder *b, const struct vonk_relation_join *join, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *left, *right;
  TRY(bind_relation(b, &join->left->node, outer, &left));
  struct bind_scope lateral = {.outer = outer, .columns = bind_columns_of(left)};
  TRY(bind_relation(b, &join->right->node, join->lateral ? &lateral : outer, &right));
  right = bind_without_conflicts(b, left, right);
  struct vonk_relation_join_on *bound = new_join(b, left, right, join->join_type, join->relation.node.origin);
  bound->correlated = join->lateral;
  if (join->natural) return join_using(b, bound, natural_names(b, left, right), out);
  if (join->using_columns.count) return join_using(b, bound, join->using_columns, out);
  TRY(finish_on(b, bound, join->condition, outer));
  *out = &bound->relation;
  return VONK_OK;
}

STATUS bind_lateral_join(struct binder *b, const struct vonk_relation_lateral_join *join, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *left, *right;
  TRY(bind_relation(b, &join->left->node, outer, &left));
  struct bind_scope lateral = {.outer = outer, .columns = bind_columns_of(left)};
  TRY(bind_relation(b, &join->right->node, &lateral, &right));
  right = bind_without_conflicts(b, left, right);
  struct vonk_relation_join_on *bound = new_join(b, left, right, join->join_type, join->relation.node.origin);
  bound->correlated = true;
  TRY(finish_on(b, bound, join->condition, outer));
  *out = &bound->relation;
  return VONK_OK;
}
