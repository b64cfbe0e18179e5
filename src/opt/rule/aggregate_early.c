/* aggregate_early.c: rows of one side of a join are aggregated before they are joined, when that leaves far fewer of them.
 *
 *   group by L's columns, sum(R.x)           group by L's columns, sum(s)
 *     L join R on L.k = R.k          ->        L join (group R by R.k, sum(x) as s) on L.k = R.k
 *
 * The group above stays and merges, since a row of R may belong to several of L's. Inner and left joins on equal keys alone; sums,
 * counts, minima and maxima over R's columns. (Yan, Larson: Eager Aggregation and Lazy Aggregation, VLDB 1995.)
 */
#include "func/bind_call.h"
#include "opt/statistics.h"

enum { ROWS_PER_GROUP_MIN = 4 };

struct early {
  struct opt *o;
  struct vonk_relation_group *group;
  struct vonk_relation_join_on *join;
  const struct vonk_relation_project *between; /* may be NULL */
  struct vonk_relation *left, *right;          /* right: the side that is aggregated */
  struct vonk_exprs left_keys, right_keys, keys;
  struct vonk_expr **aggregates;               /* as they are over the join */
};

/* --- may it be done? --- */

static bool merges(const struct vonk_expr_aggregate *call) {
  static const char *const names[] = {"sum", "count", "min", "max"};
  bool plain = !call->distinct && !call->filter && !call->order.count && call->arguments.count == 1;
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (plain && strcmp(call->function->name, names[i]) == 0) return true;
  }
  return false;
}

static bool is_count(const struct vonk_expr *aggregate) { return strcmp(EXPR_AS(aggregate, aggregate)->function->name, "count") == 0; }

/* Merged sums have the type of the sums: that is so for integers and reals, and for decimals at their widest. */
static bool keeps_type(const struct vonk_expr_aggregate *call) {
  if (strcmp(call->function->name, "sum") != 0) return true;
  const struct vonk_type *type = call->expr.type;
  return type->id == VONK_TYPE_LONG || type->id == VONK_TYPE_DOUBLE || (type->id == VONK_TYPE_DECIMAL && type->precision == 38);
}

static bool is_over(struct opt *o, const struct vonk_expr *expr, const struct vonk_relation *relation, bool or_none) {
  struct opt_set used = opt_set_of_expr(o, expr);
  return (or_none || !opt_set_is_empty(used)) && opt_set_includes(opt_set_of_columns(o, relation), used);
}

static bool aggregates_fit(struct early *e) {
  bool outer = e->join->join_type == VONK_JOIN_LEFT;
  for (uint32_t i = 0; i < e->group->aggregates.count; i++) {
    const struct vonk_expr_aggregate *call = EXPR_AS(e->aggregates[i], aggregate);
    if (!call || !merges(call) || !keeps_type(call) || !opt_is_movable(call->arguments.items[0])) return false;
    bool constant = opt_is_constant(call->arguments.items[0]);
    if (constant && (outer || !is_count(&call->expr))) return false; /* a row without a partner counts too */
    if (!is_over(e->o, call->arguments.items[0], e->right, true)) return false;
  }
  return e->group->aggregates.count > 0;
}

static bool keys_fit(const struct early *e) {
  for (uint32_t i = 0; i < e->keys.count; i++) {
    if (!opt_is_movable(e->keys.items[i]) || !is_over(e->o, e->keys.items[i], e->left, true)) return false;
  }
  for (uint32_t i = 0; i < e->right_keys.count; i++) {
    if (!opt_is_movable(e->right_keys.items[i]) || opt_join_null_safe(e->join, i)) return false;
  }
  return e->keys.count > 0 && e->right_keys.count > 0 && !e->join->residual.count && !e->join->null_aware;
}

/* Few groups, and most rows would be joined anyway. */
static bool pays(const struct early *e) {
  double rows = opt_estimate(e->o, e->right), joined = opt_estimate(e->o, &e->join->relation), groups = 1;
  for (uint32_t i = 0; i < e->right_keys.count; i++) groups *= opt_distinct(e->o, e->right_keys.items[i], rows);
  return groups * ROWS_PER_GROUP_MIN <= rows && joined >= rows / 2;
}

/* --- doing it --- */

/* Group expressions in terms of the join's columns. */
static void look_through(struct early *e) {
  struct opt_mappings mappings = {0};
  struct opt *o = e->o;
  for (uint32_t i = 0; e->between && i < e->between->expressions.count; i++) {
    opt_map_add(o, &mappings, e->between->relation.columns[i].id, e->between->expressions.items[i]);
  }
  e->keys = (struct vonk_exprs){ARENA_ARRAY(o->arena, struct vonk_expr *, e->group->keys.count), e->group->keys.count};
  for (uint32_t i = 0; i < e->keys.count; i++) e->keys.items[i] = opt_substitute(o, e->group->keys.items[i], &mappings);
  e->aggregates = ARENA_ARRAY(o->arena, struct vonk_expr *, e->group->aggregates.count);
  for (uint32_t i = 0; i < e->group->aggregates.count; i++) e->aggregates[i] = opt_substitute(o, e->group->aggregates.items[i], &mappings);
}

/* The aggregated side: its keys and partial results. */
static struct vonk_relation *aggregate_right(struct early *e, struct vonk_plan_column **columns) {
  struct opt *o = e->o;
  uint32_t keys = e->right_keys.count, count = e->group->aggregates.count;
  *columns = ARENA_ARRAY(o->arena, struct vonk_plan_column, keys + count);
  for (uint32_t i = 0; i < keys; i++) (*columns)[i] = opt_new_column(o, STR("key"), e->right_keys.items[i]);
  for (uint32_t i = 0; i < count; i++) (*columns)[keys + i] = opt_new_column(o, STR("partial"), e->aggregates[i]);
  return opt_group(o, e->right, e->right_keys, (struct vonk_exprs){e->aggregates, count}, *columns);
}

/* Counts are summed, everything else merges with itself. */
static struct vonk_expr *merge_call(struct opt *o, struct vonk_expr *partial, const struct vonk_plan_column *column, bool outer) {
  struct vonk_expr *argument = opt_reference(o, column);
  const struct vonk_expr_aggregate *call = EXPR_AS(partial, aggregate);
  if (!is_count(partial)) {
    argument->nullable |= outer;
    struct vonk_expr_aggregate *copy = EXPR_AS(vonk_node_clone(o->arena, &partial->node), aggregate);
    copy->arguments = (struct vonk_exprs){ARENA_NEW(o->arena, struct vonk_expr *), 1};
    copy->arguments.items[0] = argument;
    copy->expr.nullable |= outer;
    return &copy->expr;
  }
  if (outer) argument = opt_call(o, "coalesce", call->expr.type, false, 2, argument, opt_long(o, 0, call->expr.type));
  struct vonk_expr *sum = opt_call_list(o, "sum", (struct vonk_exprs){&argument, 1});
  sum->nullable = false;
  return sum;
}

static struct vonk_relation *rewrite(struct early *e) {
  struct opt *o = e->o;
  struct vonk_plan_column *partials;
  struct vonk_relation *aggregated = aggregate_right(e, &partials);
  bool outer = e->join->join_type == VONK_JOIN_LEFT;
  uint32_t keys = e->right_keys.count, count = e->group->aggregates.count;
  struct vonk_relation_join_on *join = opt_join(o, e->left, aggregated, outer ? VONK_JOIN_LEFT : VONK_JOIN_INNER);
  for (uint32_t i = 0; i < keys; i++) opt_join_add_keys(o, join, e->left_keys.items[i], opt_reference(o, &partials[i]), false);
  join->build_side = opt_estimate(o, e->left) * 1.2 < opt_estimate(o, aggregated);
  struct vonk_exprs merged = {ARENA_ARRAY(o->arena, struct vonk_expr *, count), count};
  for (uint32_t i = 0; i < count; i++) merged.items[i] = merge_call(o, e->aggregates[i], &partials[keys + i], outer);
  return opt_group(o, &join->relation, e->keys, merged, e->group->relation.columns);
}

/* With the right or the left side of the join aggregated. */
static struct vonk_relation *try_side(struct early *e, bool swapped) {
  e->left = swapped ? e->join->right : e->join->left;
  e->right = swapped ? e->join->left : e->join->right;
  e->left_keys = swapped ? e->join->right_keys : e->join->left_keys;
  e->right_keys = swapped ? e->join->left_keys : e->join->right_keys;
  return keys_fit(e) && aggregates_fit(e) && pays(e) ? rewrite(e) : NULL;
}

static STATUS aggregate(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  struct early e = {.o = o, .group = RELATION_AS(in, group)};
  (void)object;
  *out = in;
  if (!e.group) return VONK_OK;
  e.between = RELATION_AS(e.group->input, project);
  e.join = RELATION_AS(e.between ? e.between->input : e.group->input, join_on);
  if (!e.join || (e.join->join_type != VONK_JOIN_INNER && e.join->join_type != VONK_JOIN_LEFT)) return VONK_OK;
  look_through(&e);
  struct vonk_relation *better = try_side(&e, false);
  if (!better && e.join->join_type == VONK_JOIN_INNER) better = try_side(&e, true);
  if (better) *out = better;
  return VONK_OK;
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) { return opt_rewrite(o, in, aggregate, NULL, out); }

const struct vonk_rule opt_rule_aggregate_early = {
    .name = "aggregate_early",
    .doc = "One side of a join is aggregated before it is joined, when that leaves far fewer rows.",
    .apply = apply,
};
