/* join_order.c: trees of joins are taken apart and joined in the cheapest order, the smaller side built. */
#include "opt/equals.h"
#include "opt/join_graph.h"
#include "opt/statistics.h"

static STATUS order(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out);

/* --- taking apart --- */

static bool all_movable(struct vonk_exprs exprs) {
  for (uint32_t i = 0; i < exprs.count; i++) {
    if (!opt_is_movable(exprs.items[i])) return false;
  }
  return true;
}

static bool is_flat(const struct vonk_relation_join_on *join) {
  return !join->correlated && join->join_type != VONK_JOIN_FULL && all_movable(join->left_keys) && all_movable(join->right_keys) &&
         all_movable(join->residual);
}

/* Nothing but columns under their own ids. */
static bool only_narrows(const struct vonk_relation_project *project) {
  for (uint32_t i = 0; i < project->expressions.count; i++) {
    const struct vonk_expr_column *column = EXPR_AS(project->expressions.items[i], column);
    if (!column || column->id != project->relation.columns[i].id) return false;
  }
  return true;
}

static void add_predicate(struct opt_join_graph *graph, struct vonk_expr *expr) {
  *ARRAY_PUSH(graph->o->arena, &graph->predicates) = (struct opt_predicate){.expr = expr};
}

static STATUS add_unit(struct opt_join_graph *graph, struct vonk_relation *relation, const struct vonk_relation_join_on *join) {
  struct opt *o = graph->o;
  struct opt_unit *unit = &graph->units[graph->unit_count++];
  TRY(order(o, NULL, relation, &relation));
  double rows = opt_estimate(o, relation);
  *unit = (struct opt_unit){.relation = relation, .join = join, .rows = rows};
  if (!join || join->join_type == VONK_JOIN_LEFT || join->join_type == VONK_JOIN_SINGLE) unit->columns = opt_set_of_columns(o, relation);
  if (join && join->join_type == VONK_JOIN_MARK) opt_set_add(o, &unit->columns, join->mark_id);
  if (opt_max_rows(relation) <= 1) unit->rows = 1;
  return VONK_OK;
}

static STATUS take_apart(struct opt_join_graph *graph, struct vonk_relation *in);

static void add_join_predicates(struct opt_join_graph *graph, const struct vonk_relation_join_on *join) {
  struct opt *o = graph->o;
  for (uint32_t i = 0; i < join->left_keys.count; i++) {
    struct vonk_expr *left = join->left_keys.items[i], *right = join->right_keys.items[i];
    bool null_safe = opt_join_null_safe(join, i);
    add_predicate(graph, opt_call(o, null_safe ? "<=>" : "==", &vonk_type_boolean, !null_safe && (left->nullable || right->nullable), 2, left, right));
  }
  for (uint32_t i = 0; i < join->residual.count; i++) add_predicate(graph, join->residual.items[i]);
}

/* A right join is a left one seen from the other side. */
static const struct vonk_relation_join_on *as_left(struct opt *o, const struct vonk_relation_join_on *join) {
  if (join->join_type != VONK_JOIN_RIGHT) return join;
  struct vonk_relation_join_on *copy = RELATION_AS(vonk_node_clone(o->arena, &join->relation.node), join_on);
  copy->left = join->right;
  copy->right = join->left;
  copy->left_keys = join->right_keys;
  copy->right_keys = join->left_keys;
  copy->join_type = VONK_JOIN_LEFT;
  return copy;
}

static STATUS take_join_apart(struct opt_join_graph *graph, const struct vonk_relation_join_on *join) {
  join = as_left(graph->o, join);
  TRY(take_apart(graph, join->left));
  if (join->join_type != VONK_JOIN_INNER && join->join_type != VONK_JOIN_CROSS) return add_unit(graph, join->right, join);
  add_join_predicates(graph, join);
  return take_apart(graph, join->right);
}

static STATUS take_apart(struct opt_join_graph *graph, struct vonk_relation *in) {
  const struct vonk_relation_join_on *join = RELATION_AS(in, join_on);
  const struct vonk_relation_select *select = RELATION_AS(in, select);
  const struct vonk_relation_project *project = RELATION_AS(in, project);
  TRY(vonk_task_check(graph->o->task));
  if (graph->unit_count + 2 < OPT_JOIN_UNITS_MAX / 2) {
    if (join && is_flat(join)) return take_join_apart(graph, join);
    if (select && all_movable(select->conjuncts) && RELATION_IS(select->input, join_on)) {
      for (uint32_t i = 0; i < select->conjuncts.count; i++) add_predicate(graph, select->conjuncts.items[i]);
      return take_apart(graph, select->input);
    }
    if (project && only_narrows(project) && (RELATION_IS(project->input, join_on) || RELATION_IS(project->input, select))) {
      return take_apart(graph, project->input);
    }
  }
  return add_unit(graph, in, NULL);
}

/* --- who needs whom --- */

static uint64_t units_of(const struct opt_join_graph *graph, struct opt_set used) {
  uint64_t units = 0;
  for (uint32_t u = 0; u < graph->unit_count; u++) {
    if (opt_set_intersects(graph->units[u].columns, used)) units |= 1ull << u;
  }
  return units;
}

static uint64_t needs_of(struct opt_join_graph *graph, uint32_t u) {
  struct opt_set used = {0};
  const struct vonk_relation_join_on *join = graph->units[u].join;
  for (uint32_t i = 0; i < join->left_keys.count; i++) opt_set_add_expr(graph->o, &used, join->left_keys.items[i]);
  for (uint32_t i = 0; i < join->residual.count; i++) opt_set_add_expr(graph->o, &used, join->residual.items[i]);
  return units_of(graph, used) & ~(1ull << u);
}

static bool has_predicate(const struct opt_join_graph *graph, uint64_t a, uint64_t b) {
  for (size_t i = 0; i < graph->predicates.count; i++) {
    uint64_t x, y;
    if (opt_is_column_equality(graph->predicates.items[i].expr, &x, &y) && ((x == a && y == b) || (x == b && y == a))) return true;
  }
  return false;
}

static const struct vonk_plan_column *column_of(const struct opt_join_graph *graph, uint64_t id) {
  const struct vonk_plan_column *column = NULL;
  for (uint32_t u = 0; u < graph->unit_count && !column; u++) column = opt_column(graph->units[u].relation, id);
  return column;
}

/* a == b and b == c: a == c as well, so that A and C may be joined first. */
static void close_over_equalities(struct opt_join_graph *graph) {
  struct opt *o = graph->o;
  struct opt_equals equals = {0};
  uint64_t a, b;
  for (size_t i = 0; i < graph->predicates.count; i++) {
    if (opt_is_column_equality(graph->predicates.items[i].expr, &a, &b)) opt_equals_add(o, &equals, a, b);
  }
  if (equals.count > OPT_JOIN_UNITS_MAX) return;
  for (size_t i = 0; i < equals.count; i++) {
    for (size_t k = i + 1; k < equals.count; k++) {
      if (equals.items[i].class_id != equals.items[k].class_id || has_predicate(graph, equals.items[i].id, equals.items[k].id)) continue;
      const struct vonk_plan_column *x = column_of(graph, equals.items[i].id), *y = column_of(graph, equals.items[k].id);
      if (!x || !y) continue;
      add_predicate(graph, opt_call(o, "==", &vonk_type_boolean, x->nullable || y->nullable, 2, opt_reference(o, x), opt_reference(o, y)));
    }
  }
  for (size_t i = 0; i < graph->predicates.count; i++) {
    struct opt_predicate *p = &graph->predicates.items[i];
    if (opt_is_column_equality(p->expr, &a, &b)) p->class_id = opt_equals_class(&equals, a);
  }
}

/* Predicates over one core unit alone become its filter. */
static void settle(struct opt_join_graph *graph) {
  struct opt *o = graph->o;
  size_t kept = 0;
  close_over_equalities(graph);
  for (uint32_t u = 0; u < graph->unit_count; u++) {
    if (graph->units[u].join) graph->units[u].needs = needs_of(graph, u);
  }
  for (size_t i = 0; i < graph->predicates.count; i++) {
    struct opt_predicate p = graph->predicates.items[i];
    p.units = units_of(graph, opt_set_of_expr(o, p.expr));
    if (!p.units) p.units = (1ull << graph->unit_count) - 1;
    struct opt_unit *only = p.units & (p.units - 1) ? NULL : &graph->units[__builtin_ctzll(p.units)];
    if (only && !only->join) {
      struct vonk_exprs one = {ARENA_NEW(o->arena, struct vonk_expr *), 1};
      one.items[0] = p.expr;
      only->relation = opt_select(o, only->relation, one);
      only->rows = opt_estimate(o, only->relation);
    } else {
      graph->predicates.items[kept++] = p;
    }
  }
  graph->predicates.count = kept;
}

/* The right side of a dependent join may need all of a left side without being asked: joins without keys keep their place. */
static bool has_loose_dependent(const struct opt_join_graph *graph) {
  for (uint32_t u = 0; u < graph->unit_count; u++) {
    if (!graph->units[u].join || graph->units[u].needs) continue;
    if (graph->units[u].rows > 1) return true;
  }
  return false;
}

static STATUS order_tree(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) {
  struct opt_join_graph *graph = ARENA_NEW(o->arena, struct opt_join_graph);
  graph->o = o;
  TRY(take_apart(graph, in));
  settle(graph);
  if (has_loose_dependent(graph)) {
    for (uint32_t u = 0; u < graph->unit_count; u++) {
      if (graph->units[u].join && !graph->units[u].needs) graph->units[u].needs = (1ull << u) - 1;
    }
  }
  *out = graph->unit_count == 1 ? graph->units[0].relation : opt_join_graph_solve(graph);
  return VONK_OK;
}

static bool is_tree(const struct vonk_relation *in) {
  const struct vonk_relation_join_on *join = RELATION_AS(in, join_on);
  const struct vonk_relation_select *select = RELATION_AS(in, select);
  if (join) return is_flat(join);
  return select && all_movable(select->conjuncts) && RELATION_IS(select->input, join_on) && is_flat(RELATION_AS(select->input, join_on));
}

/* A full join, or one whose keys may raise: which side is built. */
static void choose_build_side(struct opt *o, struct vonk_relation *relation) {
  struct vonk_relation_join_on *join = RELATION_AS(relation, join_on);
  if (!join || join->join_type != VONK_JOIN_INNER) return;
  double left = opt_estimate(o, join->left), right = opt_estimate(o, join->right);
  join->build_side = left * 1.5 < right;
}

static STATUS order(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  TRY(vonk_task_check(o->task));
  if (!is_tree(in)) {
    TRY(opt_rewrite_inputs(o, in, order, object, out));
    if (*out != in) choose_build_side(o, *out);
    return VONK_OK;
  }
  TRY(order_tree(o, in, out));
  *out = opt_project_columns(o, *out, in->columns, in->column_count);
  return VONK_OK;
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) { return order(o, NULL, in, out); }

const struct vonk_rule opt_rule_join_order = {
    .name = "join_order",
    .doc = "Joins run in the order that builds and probes the fewest rows.",
    .apply = apply,
};
