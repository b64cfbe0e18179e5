/* join_cost.c: rows and cost of joining two sets of units, and the join itself. */
#include <math.h>

#include "opt/join_graph.h"
#include "opt/statistics.h"

const struct opt_unit *opt_dependent(const struct opt_join_graph *graph, uint64_t set) {
  if (set & (set - 1)) return NULL;
  const struct opt_unit *unit = &graph->units[__builtin_ctzll(set)];
  return unit->join ? unit : NULL;
}

bool opt_predicate_is_new(const struct opt_join_graph *graph, const struct opt_predicate *predicate, uint64_t left, uint64_t right) {
  uint64_t units = predicate->units;
  if (units & ~(left | right) || !(units & ~left)) return false;
  return (units & ~right) || opt_dependent(graph, right);
}

/* Distinct values that the wider side of an equality may have: the fewer, the closer to what the whole class has. */
static double wider_distinct(struct opt *o, const struct vonk_expr *equality) {
  return fmax(opt_distinct(o, opt_argument(equality, 0), 1e18), opt_distinct(o, opt_argument(equality, 1), 1e18));
}

static uint64_t base_of(struct opt *o, const struct vonk_expr *expr) {
  const struct vonk_expr_column *column = EXPR_AS(expr, column);
  return column ? opt_stats_of(o, column->id).base_id : 0;
}

/* Sides of P that come from relations which others of LIST come from too: such keys belong together. */
static uint32_t company(struct opt *o, const struct opt_predicates *list, const struct opt_predicate *p, size_t self) {
  uint32_t count = 0;
  for (size_t i = 0; i < list->count; i++) {
    for (uint32_t side = 0; side < 4 && i != self && list->items[i]->class_id; side++) {
      uint64_t base = base_of(o, opt_argument(p->expr, side & 1));
      count += base && base == base_of(o, opt_argument(list->items[i]->expr, side >> 1));
    }
  }
  return count;
}

/* Among the equalities of one class that join the same sets, those whose columns stand beside the other keys. */
static void choose_company(const struct opt_join_graph *graph, struct opt_predicates *list, uint64_t left, uint64_t right) {
  for (size_t k = 0; k < list->count && list->count > 1; k++) {
    uint32_t best = list->items[k]->class_id ? company(graph->o, list, list->items[k], k) : 0;
    for (size_t i = 0; i < graph->predicates.count && list->items[k]->class_id; i++) {
      const struct opt_predicate *p = &graph->predicates.items[i];
      if (p->class_id != list->items[k]->class_id || !opt_predicate_is_new(graph, p, left, right)) continue;
      uint32_t count = company(graph->o, list, p, k);
      if (count <= best) continue;
      best = count;
      list->items[k] = p;
    }
  }
}

struct opt_predicates opt_join_predicates(const struct opt_join_graph *graph, uint64_t left, uint64_t right) {
  struct opt *o = graph->o;
  struct opt_predicates list = {0};
  bool dependent = opt_dependent(graph, right) != NULL;
  for (size_t i = 0; i < graph->predicates.count; i++) {
    const struct opt_predicate *p = &graph->predicates.items[i];
    if (!opt_predicate_is_new(graph, p, left, right)) continue;
    size_t k = dependent || !p->class_id ? list.count : 0;
    while (k < list.count && list.items[k]->class_id != p->class_id) k++;
    if (k == list.count) *ARRAY_PUSH(o->arena, &list) = p;
    else if (wider_distinct(o, p->expr) < wider_distinct(o, list.items[k]->expr)) list.items[k] = p;
  }
  if (!dependent) choose_company(graph, &list, left, right);
  return list;
}

static struct opt_set columns_of(const struct opt_join_graph *graph, uint64_t set) {
  struct opt_set all = {0};
  for (uint64_t rest = set; rest; rest &= rest - 1) opt_set_add_set(graph->o, &all, graph->units[__builtin_ctzll(rest)].columns);
  return all;
}

static double dependent_rows(struct opt *o, const struct opt_unit *unit, double left_rows) {
  const struct vonk_relation_join_on *join = unit->join;
  double matches = unit->rows * opt_selectivity(o, join->residual);
  uint32_t count = join->left_keys.count;
  if (count) matches *= opt_key_selectivity(o, join->left_keys.items, join->right_keys.items, count);
  double part = opt_matched_part(o, join->right_keys.items, count, matches);
  if (join->join_type == VONK_JOIN_SEMI) return left_rows * part;
  if (join->join_type == VONK_JOIN_ANTI) return left_rows * fmax(1 - part, 0.1);
  if (join->join_type == VONK_JOIN_LEFT) return left_rows * fmax(1, matches);
  return left_rows;
}

struct opt_join_estimate opt_join_estimate_rows(const struct opt_join_graph *graph, uint64_t left, uint64_t right, double left_rows, double right_rows) {
  struct opt *o = graph->o;
  const struct opt_unit *dependent = opt_dependent(graph, right);
  struct opt_join_estimate estimate = {left_rows * right_rows, dependent != NULL};
  opt_expr_list left_keys = {0}, right_keys = {0}, others = {0};
  struct opt_set left_columns = {0}, right_columns = {0};
  if (dependent) estimate.rows = dependent_rows(o, dependent, left_rows);
  struct opt_predicates tested = opt_join_predicates(graph, left, right);
  for (size_t i = 0; i < tested.count; i++) {
    const struct opt_predicate *p = tested.items[i];
    struct vonk_expr *a, *b;
    bool null_safe;
    estimate.connected = true;
    if (!left_columns.word_count) {
      left_columns = columns_of(graph, left);
      right_columns = columns_of(graph, right);
    }
    if (!dependent && opt_split_equality(o, p->expr, left_columns, right_columns, &a, &b, &null_safe)) {
      *ARRAY_PUSH(o->arena, &left_keys) = a;
      *ARRAY_PUSH(o->arena, &right_keys) = b;
    } else {
      *ARRAY_PUSH(o->arena, &others) = p->expr;
    }
  }
  uint32_t count = (uint32_t)left_keys.count;
  if (count) estimate.rows *= opt_key_selectivity(o, left_keys.items, right_keys.items, count);
  estimate.rows *= opt_selectivity(o, opt_exprs_of(&others));
  estimate.rows = fmax(estimate.rows, 1);
  return estimate;
}

/* May the left side be built although the join keeps its rows? */
static bool may_swap(const struct vonk_relation_join_on *join) {
  bool kind = join->join_type == VONK_JOIN_LEFT || join->join_type == VONK_JOIN_SEMI || join->join_type == VONK_JOIN_ANTI;
  return kind && join->left_keys.count && !join->null_aware;
}

/* Does an equality find the rows that match? Else all pairs are looked at. */
static bool has_keys(const struct opt_join_graph *graph, uint64_t left, uint64_t right) {
  const struct opt_unit *dependent = opt_dependent(graph, right);
  if (dependent) return dependent->join->left_keys.count > 0;
  for (size_t i = 0; i < graph->predicates.count; i++) {
    const struct opt_predicate *p = &graph->predicates.items[i];
    bool is_equality = opt_is_call(p->expr, "==") || opt_is_call(p->expr, "<=>");
    if (is_equality && opt_predicate_is_new(graph, p, left, right)) return true;
  }
  return false;
}

double opt_join_cost(const struct opt_join_graph *graph, uint64_t left, uint64_t right, double left_rows, double right_rows, double rows) {
  static const double per_pair = 0.1; /* pairs are looked at in columns */
  const struct opt_unit *dependent = opt_dependent(graph, right);
  double build = right & (right - 1) ? 4 : 2.5; /* what joins give may be more than was thought */
  double cost = left_rows + build * right_rows;
  if (!has_keys(graph, left, right)) cost += per_pair * left_rows * right_rows;
  if (dependent && may_swap(dependent->join)) cost = fmin(cost, 3 * left_rows + right_rows); /* its rows are looked at once more */
  return cost + rows;
}

struct vonk_relation *opt_join_build(struct opt_join_graph *graph, struct vonk_relation *left, struct vonk_relation *right, uint64_t left_set,
                                     uint64_t right_set, double left_rows, double right_rows) {
  struct opt *o = graph->o;
  const struct opt_unit *dependent = opt_dependent(graph, right_set);
  struct vonk_relation_join_on *join;
  opt_expr_list above = {0};
  if (dependent) {
    struct vonk_relation *inputs[2] = {left, right};
    join = RELATION_AS(opt_with_inputs(o, (struct vonk_relation *)(uintptr_t)&dependent->join->relation, inputs), join_on);
    join->build_side = may_swap(join) && 3 * left_rows + right_rows < left_rows + 2.5 * right_rows;
  } else {
    join = opt_join(o, left, right, VONK_JOIN_CROSS);
  }
  struct opt_predicates tested = opt_join_predicates(graph, left_set, right_set);
  for (size_t i = 0; i < tested.count; i++) {
    if (dependent) *ARRAY_PUSH(o->arena, &above) = tested.items[i]->expr;
    else opt_join_add(o, join, tested.items[i]->expr);
  }
  return opt_select(o, &join->relation, opt_exprs_of(&above));
}
