/* check.c: see check.h. A walk over the plan; each kind of relation over a stream has a say. */
#include "stream/check.h"

#include "base/array.h"
#include "expr/function.h"

struct check {
  struct vonk_task *task;
  struct vonk_str mode;
  bool aggregates;                     /* somewhere a stream is grouped */
};

static STATUS look(void *object, struct vonk_node *node) {
  bool *found = object;
  if (*found) return VONK_OK;
  const struct vonk_relation_shared *shared = RELATION_AS(node, shared);
  if (RELATION_IS(node, stream)) *found = true;
  if (shared) TRY(look(object, &shared->body->node));
  return vonk_node_children(node, look, object);
}

bool vonk_stream_reads(const struct vonk_node *node) {
  bool found = false;
  if (look(&found, (struct vonk_node *)(uintptr_t)node) != VONK_OK) ASSERT(!"a search cannot fail");
  return found;
}

static bool streams(const struct vonk_relation *relation) { return vonk_stream_reads(&relation->node); }

static STATUS refuse(struct check *c, const struct vonk_relation *at, const char *message) {
  return vonk_raise(c->task, VONK__LEGACY_ERROR_TEMP_3102, at->node.origin, "msg", vonk_str_of(message), NULL);
}

static STATUS refuse_mode(struct check *c, const struct vonk_relation *at, const char *operation) {
  return vonk_raise(c->task, VONK_STREAMING_OUTPUT_MODE__UNSUPPORTED_OPERATION, at->node.origin, "outputMode", c->mode, "operation", vonk_str_of(operation), NULL);
}

/* --- kinds; each is asked only over a stream --- */

static STATUS check_join(struct check *c, const struct vonk_relation *relation) {
  static const char *const names[] = {[VONK_JOIN_LEFT] = "LeftOuter", [VONK_JOIN_RIGHT] = "RightOuter", [VONK_JOIN_FULL] = "FullOuter",
                                      [VONK_JOIN_SEMI] = "LeftSemi", [VONK_JOIN_ANTI] = "LeftAnti", [VONK_JOIN_MARK] = "ExistenceJoin"};
  const struct vonk_relation_join_on *join = (const struct vonk_relation_join_on *)relation;
  bool left = streams(join->left), right = streams(join->right);
  int32_t type = join->join_type;
  if (left && right) return vonk_unsupported(c->task, relation->node.origin, "joins of two streams");
  if (type == VONK_JOIN_INNER || type == VONK_JOIN_CROSS || type == VONK_JOIN_SINGLE) return VONK_OK;
  if (type == VONK_JOIN_FULL) return refuse(c, relation, left ? "FullOuter joins with streaming DataFrames/Datasets on the left are not supported"
                                                               : "FullOuter joins with streaming DataFrames/Datasets on the right are not supported");
  if ((type == VONK_JOIN_RIGHT ? right : left)) return VONK_OK;
  return vonk_raisef(c->task, VONK__LEGACY_ERROR_TEMP_3102, relation->node.origin, "msg", "%s join with a streaming DataFrame/Dataset on the %s and a static one on the %s is not supported",
                     names[type], left ? "left" : "right", left ? "right" : "left");
}

static STATUS check_group(struct check *c, const struct vonk_relation *relation) {
  const struct vonk_relation_group *group = (const struct vonk_relation_group *)relation;
  for (uint32_t i = 0; i < group->aggregates.count; i++) {
    const struct vonk_expr_aggregate *aggregate = EXPR_AS(group->aggregates.items[i], aggregate);
    if (aggregate && aggregate->distinct) {
      return refuse(c, relation, "Distinct aggregations are not supported on streaming DataFrames/Datasets. Consider using approx_count_distinct() instead.");
    }
  }
  if (vonk_str_equal(c->mode, STR("append"))) return refuse_mode(c, relation, "streaming aggregations without watermark");
  return vonk_unsupported(c->task, relation->node.origin, "aggregations of streams");
}

static STATUS check_order(struct check *c, const struct vonk_relation *relation) {
  return refuse(c, relation, "Sorting is not supported on streaming DataFrames/Datasets, unless it is on aggregated DataFrame/Dataset in Complete output mode");
}

static STATUS check_slice(struct check *c, const struct vonk_relation *relation) {
  const struct vonk_relation_slice *slice = (const struct vonk_relation_slice *)relation;
  if (slice->from_end) return refuse(c, relation, "Tail is not supported on streaming DataFrames/Datasets");
  if (slice->offset > 0) return refuse(c, relation, "Offset is not supported on streaming DataFrames/Datasets");
  if (vonk_str_equal(c->mode, STR("update"))) return refuse(c, relation, "Limits are not supported on streaming DataFrames/Datasets in Update output mode");
  return vonk_unsupported(c->task, relation->node.origin, "limits of streams");
}

static STATUS check_union(struct check *c, const struct vonk_relation *relation) {
  const struct vonk_relation_union_all *all = (const struct vonk_relation_union_all *)relation;
  for (uint32_t i = 0; i < all->inputs.count; i++) {
    if (!streams(all->inputs.items[i])) return refuse(c, relation, "Union between streaming and batch DataFrames/Datasets is not supported");
  }
  return VONK_OK;
}

static STATUS check_set(struct check *c, const struct vonk_relation *relation) {
  const struct vonk_relation_set_of *set = (const struct vonk_relation_set_of *)relation;
  if (set->op == VONK_SET_INTERSECT) return refuse(c, relation, "Intersect of streaming DataFrames/Datasets is not supported");
  if (streams(set->right)) return refuse(c, relation, "Except on a streaming DataFrame/Dataset on the right is not supported");
  return vonk_unsupported(c->task, relation->node.origin, "EXCEPT of streams");
}

static STATUS check_window(struct check *c, const struct vonk_relation *relation) {
  const struct vonk_relation_window_of *window = (const struct vonk_relation_window_of *)relation;
  const struct vonk_expr *call = window->calls.items[0];
  struct vonk_str name = relation->columns[relation->column_count - window->calls.count].name, text = vonk_expr_sql(c->task->arena, call);
  size_t over = vonk_str_find(text, STR(" OVER "), 0);
  struct vonk_str function = over == SIZE_MAX ? text : vonk_str_slice(text, 0, over);
  struct vonk_str spec = over == SIZE_MAX ? STR("") : vonk_str_slice(text, over + sizeof " OVER " - 1, text.size);
  return vonk_raise(c->task, VONK_NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING, relation->node.origin, "windowFunc", vonk_str_upper(c->task->arena, function),
                    "columnName", vonk_type_quote(c->task->arena, name), "windowSpec", spec, NULL);
}

static STATUS check_sample(struct check *c, const struct vonk_relation *relation) {
  return refuse(c, relation, "Sampling is not supported on streaming DataFrames/Datasets");
}

static STATUS check_unique(struct check *c, const struct vonk_relation *relation) {
  return vonk_unsupported(c->task, relation->node.origin, "deduplication of streams");
}

static STATUS check_python(struct check *c, const struct vonk_relation *relation) {
  const struct vonk_relation_python *python = (const struct vonk_relation_python *)relation;
  if (python->mode == VONK_PYTHON_EVAL || python->mode == VONK_PYTHON_MAP) return VONK_OK;
  return vonk_unsupported(c->task, relation->node.origin, "groups of streams in Python");
}

static STATUS check_recursion(struct check *c, const struct vonk_relation *relation) {
  return vonk_unsupported(c->task, relation->node.origin, "recursion over streams");
}

static const struct {
  const struct vonk_node_type *type;
  STATUS (*check)(struct check *c, const struct vonk_relation *relation);
} kinds[] = {
    {&vonk_relation_join_on_type, check_join},     {&vonk_relation_group_type, check_group},       {&vonk_relation_order_type, check_order},
    {&vonk_relation_slice_type, check_slice},      {&vonk_relation_union_all_type, check_union},   {&vonk_relation_set_of_type, check_set},
    {&vonk_relation_window_of_type, check_window}, {&vonk_relation_sample_of_type, check_sample},  {&vonk_relation_unique_type, check_unique},
    {&vonk_relation_python_type, check_python},    {&vonk_relation_recursion_type, check_recursion},
};

/* --- the walk --- */

static STATUS check_expr(struct check *c, const struct vonk_node *node) {
  const struct vonk_expr_subquery *subquery = EXPR_AS(node, subquery);
  const struct vonk_expr_call *call = EXPR_AS(node, call);
  if (subquery && vonk_stream_reads(node)) return vonk_raise(c->task, VONK_INVALID_SUBQUERY_EXPRESSION__STREAMING_QUERY, node->origin, NULL);
  if (call && vonk_str_equal(vonk_str_of(call->function->name), STR("monotonically_increasing_id"))) {
    return vonk_raise(c->task, VONK__LEGACY_ERROR_TEMP_3102, node->origin, "msg",
                      STR("Expression(s): monotonically_increasing_id() is not supported with streaming DataFrames/Datasets"), NULL);
  }
  return VONK_OK;
}

/* Inputs first, as Spark: the lowest that is wrong is told. */
static STATUS walk(void *object, struct vonk_node *node) {
  struct check *c = object;
  const struct vonk_relation_shared *shared = RELATION_AS(node, shared);
  if (node->type->node_class == VONK_CLASS_EXPR) TRY(check_expr(c, node));
  if (shared) TRY(walk(object, &shared->body->node));
  TRY(vonk_node_children(node, walk, object));
  if (node->type->node_class != VONK_CLASS_RELATION || !vonk_stream_reads(node)) return VONK_OK;
  for (size_t i = 0; i < COUNT_OF(kinds); i++) {
    if (kinds[i].type == node->type) return kinds[i].check(c, (const struct vonk_relation *)(const void *)node);
  }
  return VONK_OK;
}

static STATUS find_group(void *object, struct vonk_node *node) {
  struct check *c = object;
  const struct vonk_relation_shared *shared = RELATION_AS(node, shared);
  if (RELATION_IS(node, group) && vonk_stream_reads(node)) c->aggregates = true;
  if (shared) TRY(find_group(object, &shared->body->node));
  return vonk_node_children(node, find_group, object);
}

STATUS vonk_stream_check(struct vonk_task *task, const struct vonk_relation *resolved, struct vonk_str mode) {
  struct check check = {.task = task, .mode = mode};
  struct vonk_node *root = (struct vonk_node *)(uintptr_t)&resolved->node;
  TRY(find_group(&check, root));
  if (!check.aggregates && vonk_str_equal(mode, STR("complete"))) return refuse_mode(&check, resolved, "no streaming aggregations");
  return walk(&check, root);
}
