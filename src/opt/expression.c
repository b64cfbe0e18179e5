/* expression.c: questions about bound expressions, and small new ones. */
#include "func/bind_call.h"
#include "opt/optimizer_internal.h"

struct vonk_exprs opt_exprs_of(const opt_expr_list *list) {
  return (struct vonk_exprs){list->items, (uint32_t)list->count};
}

void opt_add_all(struct opt *o, opt_expr_list *list, struct vonk_exprs exprs) {
  for (uint32_t i = 0; i < exprs.count; i++) *ARRAY_PUSH(o->arena, list) = exprs.items[i];
}

bool opt_is_call(const struct vonk_expr *expr, const char *name) {
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  return call && call->function && strcmp(call->function->name, name) == 0;
}

struct vonk_expr *opt_argument(const struct vonk_expr *expr, uint32_t n) {
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  ASSERT(call && n < call->arguments.count);
  return call->arguments.items[n];
}

/* --- building --- */

struct vonk_expr *opt_call_list(struct opt *o, const char *name, struct vonk_exprs arguments) {
  struct vonk_bind_options options = {.ansi = true, .case_sensitive = true, .conf = o->conf};
  const struct vonk_function *function = vonk_function_lookup(vonk_str_of(name));
  struct vonk_expr *out;
  ASSERT(function);
  if (vonk_bind_function(o->task, &options, function, &arguments, &out) != VONK_OK) ASSERT(!"a rule calls a function wrongly");
  return out;
}

struct vonk_expr *opt_call(struct opt *o, const char *name, const struct vonk_type *type, bool nullable, uint32_t count, ...) {
  struct vonk_exprs arguments = {ARENA_ARRAY(o->arena, struct vonk_expr *, count), count};
  va_list list;
  va_start(list, count);
  for (uint32_t i = 0; i < count; i++) arguments.items[i] = va_arg(list, struct vonk_expr *);
  va_end(list);
  struct vonk_expr *out = opt_call_list(o, name, arguments);
  ASSERT(vonk_type_same(out->type, type));
  out->nullable = nullable;
  return out;
}

struct vonk_expr *opt_with_arguments(struct opt *o, const struct vonk_expr *expr, struct vonk_exprs arguments) {
  struct vonk_expr_call *call = EXPR_AS(vonk_node_clone(o->arena, &expr->node), call);
  ASSERT(call);
  call->arguments = arguments;
  call->expr.can_raise = vonk_expr_may_raise(&call->expr);
  return &call->expr;
}

struct vonk_expr *opt_not(struct opt *o, struct vonk_expr *expr) {
  if (opt_is_call(expr, "not")) return opt_argument(expr, 0);
  return opt_call(o, "not", &vonk_type_boolean, expr->nullable, 1, expr);
}

static struct vonk_expr *connect(struct opt *o, const char *name, struct vonk_exprs exprs) {
  struct vonk_expr *all = exprs.items[0];
  for (uint32_t i = 1; i < exprs.count; i++) {
    all = opt_call(o, name, &vonk_type_boolean, all->nullable || exprs.items[i]->nullable, 2, all, exprs.items[i]);
  }
  return all;
}

struct vonk_expr *opt_and(struct opt *o, struct vonk_exprs conjuncts) {
  return conjuncts.count ? connect(o, "and", conjuncts) : opt_bool(o, true);
}

struct vonk_expr *opt_or(struct opt *o, struct vonk_exprs disjuncts) {
  return disjuncts.count ? connect(o, "or", disjuncts) : opt_bool(o, false);
}

struct vonk_expr *opt_long(struct opt *o, int64_t value, const struct vonk_type *type) {
  struct vonk_value literal = vonk_value_integer(type, value);
  return vonk_expr_literal_of(o->arena, &literal, NULL);
}

struct vonk_expr *opt_bool(struct opt *o, bool value) { return opt_long(o, value, &vonk_type_boolean); }

struct vonk_expr *opt_null(struct opt *o, const struct vonk_type *type) {
  struct vonk_value literal = vonk_value_null(type);
  return vonk_expr_literal_of(o->arena, &literal, NULL);
}

struct vonk_expr *opt_reference(struct opt *o, const struct vonk_plan_column *column) {
  struct vonk_expr *expr = vonk_expr_column_of(o->arena, column->id, column->name, column->type, column->nullable);
  expr->range = column->range;
  return expr;
}

struct vonk_plan_column opt_new_column(struct opt *o, struct vonk_str name, const struct vonk_expr *expr) {
  return (struct vonk_plan_column){.id = opt_new_id(o), .name = name, .type = expr->type, .nullable = expr->nullable, .range = expr->range};
}

/* --- questions --- */

bool opt_is_true(const struct vonk_expr *expr) {
  const struct vonk_expr_literal *literal = EXPR_AS(expr, literal);
  return literal && !literal->value.is_null && literal->value.type->id == VONK_TYPE_BOOLEAN && literal->value.integer;
}

bool opt_is_false_or_null(const struct vonk_expr *expr) {
  const struct vonk_expr_literal *literal = EXPR_AS(expr, literal);
  return literal && (literal->value.is_null || (literal->value.type->id == VONK_TYPE_BOOLEAN && !literal->value.integer));
}

bool opt_is_movable(const struct vonk_expr *expr) { return expr->deterministic && !expr->can_raise && !opt_has_subquery(expr); }

static STATUS find_subquery(void *object, struct vonk_node *node) {
  bool *found = object;
  if (EXPR_IS(node, subquery)) *found = true;
  if (*found || node->type->node_class != VONK_CLASS_EXPR) return VONK_OK;
  return vonk_node_children(node, find_subquery, object);
}

bool opt_has_subquery(const struct vonk_expr *expr) {
  bool found = false;
  if (find_subquery(&found, (struct vonk_node *)(uintptr_t)expr) != VONK_OK) ASSERT(!"a walk cannot fail");
  return found;
}

static STATUS find_column(void *object, struct vonk_node *node) {
  bool *found = object;
  if (EXPR_IS(node, column) || EXPR_IS(node, subquery) || EXPR_IS(node, lambda_variable) || EXPR_IS(node, python)) *found = true;
  return *found ? VONK_OK : vonk_node_children(node, find_column, object);
}

bool opt_is_constant(const struct vonk_expr *expr) {
  bool found = false;
  if (!expr->deterministic) return false;
  if (find_column(&found, (struct vonk_node *)(uintptr_t)expr) != VONK_OK) ASSERT(!"a walk cannot fail");
  return !found;
}

static bool all_in(const struct vonk_expr *expr, struct opt_set set) {
  const struct vonk_expr_column *column = EXPR_AS(expr, column);
  return column && opt_set_has(set, column->id);
}

bool opt_null_on_null(const struct vonk_expr *expr, struct opt_set set) {
  if (all_in(expr, set)) return true;
  const struct vonk_expr_literal *literal = EXPR_AS(expr, literal);
  if (literal) return literal->value.is_null;
  const struct vonk_expr_cast *cast = EXPR_AS(expr, cast);
  if (cast) return opt_null_on_null(cast->child, set);
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  if (!call || !call->function || call->function->nulls != VONK_NULLS_STRICT || (call->function->flags & VONK_FN_LAZY)) return false;
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    if (opt_null_on_null(call->arguments.items[i], set)) return true;
  }
  return false;
}

bool opt_rejects_null(const struct vonk_expr *expr, struct opt_set set) {
  if (opt_is_false_or_null(expr)) return true;
  if (opt_is_call(expr, "and")) return opt_rejects_null(opt_argument(expr, 0), set) || opt_rejects_null(opt_argument(expr, 1), set);
  if (opt_is_call(expr, "or")) return opt_rejects_null(opt_argument(expr, 0), set) && opt_rejects_null(opt_argument(expr, 1), set);
  if (opt_is_call(expr, "isnotnull")) return opt_null_on_null(opt_argument(expr, 0), set);
  if (opt_is_call(expr, "in")) return opt_null_on_null(opt_argument(expr, 0), set);
  if (opt_is_call(expr, "not") && opt_is_call(opt_argument(expr, 0), "isnull")) {
    return opt_null_on_null(opt_argument(opt_argument(expr, 0), 0), set);
  }
  return opt_null_on_null(expr, set);
}

/* --- replacing columns --- */

void opt_map_add(struct opt *o, struct opt_mappings *mappings, uint64_t from, struct vonk_expr *to) {
  *ARRAY_PUSH(o->arena, mappings) = (struct opt_mapping){from, to};
}

static STATUS replace(void *object, struct vonk_node *node, struct vonk_node **out) {
  const struct opt_mappings *mappings = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  *out = node;
  for (size_t i = 0; column && i < mappings->count; i++) {
    if (mappings->items[i].from != column->id) continue;
    *out = &mappings->items[i].to->node;
    return VONK_OK;
  }
  return VONK_OK;
}

struct vonk_expr *opt_substitute(struct opt *o, struct vonk_expr *expr, const struct opt_mappings *mappings) {
  struct vonk_node *out;
  if (!mappings->count) return expr;
  if (vonk_node_transform(o->task, &expr->node, true, replace, (void *)(uintptr_t)mappings, &out) != VONK_OK) ASSERT(!"cannot fail");
  return (struct vonk_expr *)(void *)out;
}

static STATUS substitute_one(struct opt *o, void *object, struct vonk_expr *in, struct vonk_expr **out) {
  *out = opt_substitute(o, in, object);
  return VONK_OK;
}

struct vonk_relation *opt_substitute_relation(struct opt *o, struct vonk_relation *relation, const struct opt_mappings *mappings) {
  struct vonk_relation *out;
  if (opt_map_exprs(o, relation, substitute_one, (void *)(uintptr_t)mappings, &out) != VONK_OK) ASSERT(!"cannot fail");
  return out;
}

/* --- joins --- */

bool opt_split_equality(struct opt *o, struct vonk_expr *conjunct, struct opt_set left, struct opt_set right, struct vonk_expr **left_key,
                        struct vonk_expr **right_key, bool *null_safe) {
  *null_safe = opt_is_call(conjunct, "<=>");
  if (!*null_safe && !opt_is_call(conjunct, "==")) return false;
  struct vonk_expr *a = opt_argument(conjunct, 0), *b = opt_argument(conjunct, 1);
  if (opt_has_subquery(a) || opt_has_subquery(b) || !a->deterministic || !b->deterministic) return false;
  struct opt_set of_a = opt_set_of_expr(o, a), of_b = opt_set_of_expr(o, b);
  if (opt_set_is_empty(of_a) || opt_set_is_empty(of_b)) return false;
  bool straight = opt_set_includes(left, of_a) && opt_set_includes(right, of_b);
  if (!straight && !(opt_set_includes(left, of_b) && opt_set_includes(right, of_a))) return false;
  *left_key = straight ? a : b;
  *right_key = straight ? b : a;
  return true;
}

static void append(struct opt *o, struct vonk_exprs *list, struct vonk_expr *expr) {
  struct vonk_expr **items = ARENA_ARRAY(o->arena, struct vonk_expr *, list->count + 1);
  if (list->count) memcpy(items, list->items, sizeof *items * list->count);
  items[list->count++] = expr;
  list->items = items;
}

bool opt_join_null_safe(const struct vonk_relation_join_on *join, uint32_t key) {
  return key < join->null_safe.count && join->null_safe.items[key];
}

void opt_join_add_keys(struct opt *o, struct vonk_relation_join_on *join, struct vonk_expr *left, struct vonk_expr *right, bool null_safe) {
  uint64_t *flags = ARENA_ARRAY(o->arena, uint64_t, join->left_keys.count + 1);
  for (uint32_t i = 0; i < join->left_keys.count; i++) flags[i] = opt_join_null_safe(join, i);
  flags[join->left_keys.count] = null_safe;
  append(o, &join->left_keys, left);
  append(o, &join->right_keys, right);
  join->null_safe = (struct vonk_ids){flags, join->left_keys.count};
}

void opt_join_add(struct opt *o, struct vonk_relation_join_on *join, struct vonk_expr *conjunct) {
  struct vonk_expr *left, *right;
  bool null_safe;
  if (opt_split_equality(o, conjunct, opt_set_of_columns(o, join->left), opt_set_of_columns(o, join->right), &left, &right, &null_safe)) {
    opt_join_add_keys(o, join, left, right, null_safe);
  } else {
    append(o, &join->residual, conjunct);
  }
  if (join->join_type == VONK_JOIN_CROSS) join->join_type = VONK_JOIN_INNER;
}
