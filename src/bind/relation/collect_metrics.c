/* collect_metrics.c: df.observe: aggregates over the rows that pass.
 *
 * The metrics are bound as the select list of an aggregate over the input, which is then taken apart: what it would group are the
 * aggregates of the observing relation, what its projection would compute are the results.
 */
#include "bind/rewrite.h"

struct metric {
  struct binder *b;
  const struct vonk_expr *bound;
  const struct vonk_expr_alias *alias;   /* NULL: it names itself */
};

/* The metric as the error shows it, with the name it gets. */
static STATUS refuse(const struct metric *metric, enum vonk_condition condition) {
  struct vonk_arena *arena = metric->b->arena;
  struct vonk_str sql = vonk_expr_sql(arena, metric->bound), name = metric->alias ? metric->alias->names.parts[0] : sql;
  const struct vonk_origin *origin = metric->bound->node.origin;
  if (!metric->alias && EXPR_IS(metric->bound, column)) return vonk_raise(metric->b->task, condition, origin, "expr", bind_quote_expr(metric->b, metric->bound), NULL);
  return vonk_raise(metric->b->task, condition, origin, "expr",
                    vonk_str_format(arena, "\"" STR_FMT " AS " STR_FMT "\"", STR_ARG(sql), STR_ARG(vonk_type_quote_name(arena, name))), NULL);
}

static STATUS check_outside(void *object, struct vonk_node *node);

static STATUS check_inside(void *object, struct vonk_node *node) {
  if (EXPR_IS(node, window_call)) return refuse(object, VONK_INVALID_OBSERVED_METRICS__WINDOW_EXPRESSIONS_UNSUPPORTED);
  if (EXPR_IS(node, aggregate)) return refuse(object, VONK_INVALID_OBSERVED_METRICS__NESTED_AGGREGATES_UNSUPPORTED);
  return node->type->node_class == VONK_CLASS_EXPR ? vonk_node_children(node, check_inside, object) : check_outside(object, node);
}

static STATUS check_aggregate(struct metric *metric, struct vonk_expr_aggregate *aggregate) {
  if (aggregate->distinct) return refuse(metric, VONK_INVALID_OBSERVED_METRICS__AGGREGATE_EXPRESSION_WITH_DISTINCT_UNSUPPORTED);
  if (aggregate->filter) return refuse(metric, VONK_INVALID_OBSERVED_METRICS__AGGREGATE_EXPRESSION_WITH_FILTER_UNSUPPORTED);
  return vonk_node_children(&aggregate->expr.node, check_inside, metric);
}

static STATUS check_outside(void *object, struct vonk_node *node) {
  const struct metric *metric = object;
  struct vonk_expr_aggregate *aggregate = EXPR_AS(node, aggregate);
  const struct vonk_expr *expr = (const struct vonk_expr *)(void *)node;
  if (node->type->node_class != VONK_CLASS_EXPR) return vonk_unsupported(metric->b->task, node->origin, "a subquery in an observed metric");
  if (EXPR_IS(node, window_call)) return refuse(object, VONK_INVALID_OBSERVED_METRICS__WINDOW_EXPRESSIONS_UNSUPPORTED);
  if (aggregate) return check_aggregate(object, aggregate);
  if (EXPR_IS(node, column)) return refuse(object, VONK_INVALID_OBSERVED_METRICS__NON_AGGREGATE_FUNC_ARG_IS_ATTRIBUTE);
  if (!expr->deterministic && !bind_find(node, false, bind_test_aggregate, NULL)) {
    return refuse(object, VONK_INVALID_OBSERVED_METRICS__NON_AGGREGATE_FUNC_ARG_IS_NON_DETERMINISTIC);
  }
  return vonk_node_children(node, check_outside, object);
}

static STATUS check_metric(struct binder *b, const struct bind_scope *scope, struct vonk_expr *unresolved) {
  struct metric metric = {.b = b};
  struct vonk_expr *bound;
  TRY(bind_expand_text(b, unresolved, &unresolved));
  metric.alias = EXPR_AS(unresolved, alias);
  TRY(bind_expr(b, scope, metric.alias ? metric.alias->child : unresolved, &bound));
  metric.bound = bound;
  return check_outside(&metric, &bound->node);
}

/* One name is one set of metrics, though it may stand in several places. */
static STATUS check_name(struct binder *b, const struct vonk_relation_collect_metrics *collect) {
  const struct vonk_origin *origin = collect->relation.node.origin;
  if (!collect->name.size) {
    return vonk_raise(b->task, VONK_INVALID_OBSERVED_METRICS__MISSING_NAME, origin, "operator", STR("CollectMetrics"), NULL);
  }
  struct bind_observations *seen = b->observations;
  for (size_t i = 0; i < seen->count; i++) {
    if (!vonk_str_equal(seen->items[i]->name, collect->name) || vonk_node_equal(&seen->items[i]->relation.node, &collect->relation.node)) continue;
    return vonk_raise(b->task, VONK_DUPLICATED_METRICS_NAME, origin, "metricName", collect->name, NULL);
  }
  *ARRAY_PUSH(b->arena, seen) = collect;
  return VONK_OK;
}

/* TOP is the projection over the group that metrics are bound as. */
static STATUS take_apart(struct binder *b, const struct vonk_relation *top, struct vonk_relation_observe *observe) {
  const struct vonk_relation_project *project = RELATION_AS(top, project);
  const struct vonk_relation_group *group = project ? RELATION_AS(project->input, group) : NULL;
  if (!group) return vonk_unsupported(b->task, observe->relation.node.origin, "a generator in an observed metric");
  uint32_t count = group->aggregates.count, width = project->expressions.count;
  uint64_t *ids = ARENA_ARRAY(b->arena, uint64_t, count + 1);
  struct vonk_str *keys = ARENA_ARRAY(b->arena, struct vonk_str, width + 1);
  for (uint32_t i = 0; i < count; i++) ids[i] = group->relation.columns[i].id;
  for (uint32_t i = 0; i < width; i++) keys[i] = project->relation.columns[i].name;
  observe->aggregates = group->aggregates;
  observe->aggregate_ids = (struct vonk_ids){ids, count};
  observe->results = project->expressions;
  observe->keys = (struct vonk_name){keys, width};
  return VONK_OK;
}

STATUS bind_collect_metrics(struct binder *b, const struct vonk_relation_collect_metrics *collect, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_origin *origin = collect->relation.node.origin;
  struct vonk_relation_observe *observe = RELATION_NEW(b->arena, observe, origin);
  struct vonk_relation *top;
  TRY(bind_relation(b, &collect->input->node, outer, &observe->input));
  TRY(check_name(b, collect));
  struct bind_scope scope = {.outer = outer, .columns = bind_columns_of(observe->input), .over = true};
  for (uint32_t i = 0; i < collect->metrics.count; i++) TRY(check_metric(b, &scope, collect->metrics.items[i]));
  TRY(bind_rewritten(b, make_aggregate(b, observe->input, (struct vonk_exprs){0}, collect->metrics, origin), outer, &top));
  TRY(take_apart(b, top, observe));
  observe->name = collect->name;
  observe->relation.node.plan_id = collect->relation.node.plan_id;
  bind_take_columns(&observe->relation, observe->input);
  *out = &observe->relation;
  return VONK_OK;
}
