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
  bool guessed;
  return fmax(opt_distinct(o, opt_argument(equality, 0), 1e18, &guessed), opt_distinct(o, opt_argument(equality, 1), 1e18, &guessed));
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
  return list;
}

/* Rows of the unit that all of EXPRS come from, before its filters; ROWS when they come from several. */
static double rows_behind(const struct opt_join_graph *graph, struct vonk_expr *const *exprs, uint32_t count, double rows) {
  struct opt_set used = {0};
  for (uint32_t i = 0; i < count; i++) opt_set_add_expr(graph->o, &used, exprs[i]);
  for (uint32_t u = 0; u < graph->unit_count; u++) {
    if (opt_set_includes(graph->units[u].columns, used)) return graph->units[u].base_rows;
  }
  return rows;
}

static struct opt_set columns_of(const struct opt_join_graph *graph, uint64_t set) {
  struct opt_set all = {0};
  for (uint64_t rest = set; rest; rest &= rest - 1) opt_set_add_set(graph->o, &all, graph->units[__builtin_ctzll(rest)].columns);
  return all;
}

static double dependent_rows(struct opt *o, const struct opt_join_graph *graph, const struct opt_unit *unit, double left_rows) {
  const struct vonk_relation_join_on *join = unit->join;
  double matches = unit->rows * opt_selectivity(o, join->residual);
  uint32_t count = join->left_keys.count;
  if (count) {
    double left_base = rows_behind(graph, join->left_keys.items, count, left_rows);
    matches *= opt_key_selectivity(o, join->left_keys.items, join->right_keys.items, count, left_base, unit->base_rows);
  }
  double part = fmin(1, matches);
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
  if (dependent) estimate.rows = dependent_rows(o, graph, dependent, left_rows);
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
  if (count) {
    double left_base = rows_behind(graph, left_keys.items, count, left_rows), right_base = rows_behind(graph, right_keys.items, count, right_rows);
    estimate.rows *= opt_key_selectivity(o, left_keys.items, right_keys.items, count, left_base, right_base);
  }
  estimate.rows *= opt_selectivity(o, opt_exprs_of(&others));
  estimate.rows = fmax(estimate.rows, 1);
  return estimate;
}

double opt_join_cost(double left_rows, double right_rows, double rows) { return left_rows + 2.5 * right_rows + rows; }

struct vonk_relation *opt_join_build(struct opt_join_graph *graph, struct vonk_relation *left, struct vonk_relation *right, uint64_t left_set,
                                     uint64_t right_set, double left_rows, double right_rows) {
  struct opt *o = graph->o;
  const struct opt_unit *dependent = opt_dependent(graph, right_set);
  struct vonk_relation_join_on *join;
  opt_expr_list above = {0};
  if (dependent) {
    struct vonk_relation *inputs[2] = {left, right};
    join = RELATION_AS(opt_with_inputs(o, (struct vonk_relation *)(uintptr_t)&dependent->join->relation, inputs), join_on);
    bool may_swap = (join->join_type == VONK_JOIN_LEFT || join->join_type == VONK_JOIN_SEMI || join->join_type == VONK_JOIN_ANTI) &&
                    join->left_keys.count && !join->null_aware;
    join->build_side = may_swap && left_rows * 2 < right_rows;
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
