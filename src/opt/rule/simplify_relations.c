/* simplify_relations.c: relations that do nothing go: projections on projections, sorts that nobody sees, limits that never
 * cut, DISTINCT of what is distinct, and whatever only works on no rows.
 *
 * Bottom up, looking at one relation and its inputs.
 */
#include "expr/function.h"
#include "opt/optimizer_internal.h"

/* --- projections --- */

struct reference_count {
  uint64_t id;
  uint32_t count;
};

static STATUS count_reference(void *object, struct vonk_node *node) {
  struct reference_count *count = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  if (column && column->id == count->id) count->count++;
  return vonk_node_children(node, count_reference, object);
}

static uint32_t references(const struct vonk_exprs *exprs, uint64_t id) {
  struct reference_count count = {id, 0};
  for (uint32_t i = 0; i < exprs->count; i++) {
    if (count_reference(&count, &exprs->items[i]->node) != VONK_OK) ASSERT(!"a walk cannot fail");
  }
  return count.count;
}

static bool is_plain(const struct vonk_expr *expr) { return EXPR_IS(expr, column) || EXPR_IS(expr, literal); }

static bool all_deterministic(const struct vonk_exprs *exprs) {
  for (uint32_t i = 0; i < exprs->count; i++) {
    if (!exprs->items[i]->deterministic) return false;
  }
  return true;
}

/* Nothing that the lower one computes would be computed twice. */
static bool may_merge(const struct vonk_relation_project *upper, const struct vonk_relation_project *lower) {
  if (!all_deterministic(&lower->expressions)) return false;
  for (uint32_t i = 0; i < lower->expressions.count; i++) {
    if (!is_plain(lower->expressions.items[i]) && references(&upper->expressions, lower->relation.columns[i].id) > 1) return false;
  }
  return true;
}

static struct vonk_relation *merge_projects(struct opt *o, struct vonk_relation_project *upper) {
  struct vonk_relation_project *lower = RELATION_AS(upper->input, project);
  struct opt_mappings mappings = {0};
  if (!lower || !may_merge(upper, lower)) return &upper->relation;
  for (uint32_t i = 0; i < lower->expressions.count; i++) opt_map_add(o, &mappings, lower->relation.columns[i].id, lower->expressions.items[i]);
  struct vonk_exprs exprs = {ARENA_ARRAY(o->arena, struct vonk_expr *, upper->expressions.count), upper->expressions.count};
  for (uint32_t i = 0; i < exprs.count; i++) exprs.items[i] = opt_substitute(o, upper->expressions.items[i], &mappings);
  return opt_project(o, lower->input, upper->relation.columns, exprs);
}

/* The same columns in the same order. */
static bool does_nothing(const struct vonk_relation_project *project) {
  if (project->relation.column_count != project->input->column_count) return false;
  for (uint32_t i = 0; i < project->expressions.count; i++) {
    const struct vonk_expr_column *column = EXPR_AS(project->expressions.items[i], column);
    if (!column || column->id != project->relation.columns[i].id || column->id != project->input->columns[i].id) return false;
  }
  return true;
}

static struct vonk_relation *simplify_project(struct opt *o, struct vonk_relation_project *project) {
  if (does_nothing(project)) return project->input;
  return merge_projects(o, project);
}

/* --- sorts --- */

/* RELATION without a sort at its top, where order does not matter above. */
static struct vonk_relation *without_order(struct opt *o, struct vonk_relation *relation) {
  struct vonk_relation_order *order = RELATION_AS(relation, order);
  struct vonk_relation_project *project = RELATION_AS(relation, project);
  struct vonk_relation_select *select = RELATION_AS(relation, select);
  if (order && order->limit < 0 && !order->offset) return without_order(o, order->input);
  if ((project && all_deterministic(&project->expressions)) || (select && all_deterministic(&select->conjuncts))) {
    struct vonk_relation *old = project ? project->input : select->input, *input = without_order(o, old);
    return input == old ? relation : opt_with_inputs(o, relation, &input);
  }
  return relation;
}

static bool depends_on_order(const struct vonk_relation_group *group) {
  for (uint32_t i = 0; i < group->aggregates.count; i++) {
    const struct vonk_expr_aggregate *call = EXPR_AS(group->aggregates.items[i], aggregate);
    bool real = call->expr.type->id == VONK_TYPE_FLOAT || call->expr.type->id == VONK_TYPE_DOUBLE;
    if (real || call->function->flags & VONK_FN_ORDERED) return true;
  }
  return false;
}

static struct vonk_relation *drop_sorts_below(struct opt *o, struct vonk_relation *in) {
  uint32_t count;
  struct vonk_relation **olds = opt_inputs(in, &count), *inputs[2];
  const struct vonk_relation_group *group = RELATION_AS(in, group);
  const struct vonk_relation_order *order = RELATION_AS(in, order);
  bool free = (group && !depends_on_order(group)) || RELATION_IS(in, join_on) || RELATION_IS(in, set_of) || (order && order->is_global);
  if (!free) return in;
  for (uint32_t i = 0; i < count; i++) inputs[i] = without_order(o, olds[i]);
  return inputs[0] == olds[0] && (count == 1 || inputs[1] == olds[1]) ? in : opt_with_inputs(o, in, inputs);
}

/* --- no rows --- */

static bool is_empty(const struct vonk_relation *relation) {
  const struct vonk_relation_rows *rows = RELATION_AS(relation, rows);
  return rows && !rows->batches && !rows->rows.count;
}

/* No row can come out of IN because there are none below. */
static bool stays_empty(struct vonk_relation *in) {
  uint32_t count;
  struct vonk_relation **inputs = opt_inputs(in, &count);
  const struct vonk_relation_join_on *join = RELATION_AS(in, join_on);
  const struct vonk_relation_group *group = RELATION_AS(in, group);
  const struct vonk_relation_set_of *set = RELATION_AS(in, set_of);
  if (!count) return false;
  if (join) {
    bool left = is_empty(join->left), right = is_empty(join->right);
    if (join->join_type == VONK_JOIN_FULL) return left && right;
    if (join->join_type == VONK_JOIN_RIGHT) return right;
    if (join->join_type == VONK_JOIN_INNER || join->join_type == VONK_JOIN_CROSS || join->join_type == VONK_JOIN_SEMI) return left || right;
    return left;
  }
  if (set) return is_empty(set->left) || (set->op == VONK_SET_INTERSECT && is_empty(set->right));
  if (group) return group->keys.count && is_empty(group->input);
  if (RELATION_IS(in, union_all)) {
    for (uint32_t i = 0; i < count; i++) {
      if (!is_empty(inputs[i])) return false;
    }
    return true;
  }
  return is_empty(inputs[0]);
}

/* --- what never cuts, what is distinct --- */

static struct vonk_relation *simplify_slice(struct opt *o, struct vonk_relation_slice *slice) {
  if (slice->limit == 0) return opt_no_rows(o, &slice->relation);
  bool cuts = slice->offset > 0 || (slice->limit >= 0 && opt_max_rows(slice->input) > (uint64_t)slice->limit);
  return cuts ? &slice->relation : slice->input;
}

/* No two rows of RELATION agree on all of its columns. */
static bool is_distinct(const struct vonk_relation *relation) {
  const struct vonk_relation_group *group = RELATION_AS(relation, group);
  const struct vonk_relation_unique *unique = RELATION_AS(relation, unique);
  const struct vonk_relation_select *select = RELATION_AS(relation, select);
  const struct vonk_relation_order *order = RELATION_AS(relation, order);
  const struct vonk_relation_slice *slice = RELATION_AS(relation, slice);
  const struct vonk_relation_set_of *set = RELATION_AS(relation, set_of);
  if (select) return is_distinct(select->input);
  if (order) return is_distinct(order->input);
  if (slice) return is_distinct(slice->input);
  return group || unique || (set && !set->is_all) || opt_max_rows(relation) <= 1;
}

static STATUS simplify(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  (void)object;
  TRY(vonk_task_check(o->task));
  *out = drop_sorts_below(o, in);
  if (stays_empty(*out)) {
    *out = opt_no_rows(o, *out);
    return VONK_OK;
  }
  struct vonk_relation_project *project = RELATION_AS(*out, project);
  struct vonk_relation_slice *slice = RELATION_AS(*out, slice);
  struct vonk_relation_unique *unique = RELATION_AS(*out, unique);
  if (project) *out = simplify_project(o, project);
  else if (slice && !slice->from_end) *out = simplify_slice(o, slice);
  else if (unique && !unique->by.count && is_distinct(unique->input)) *out = unique->input;
  return VONK_OK;
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) { return opt_rewrite(o, in, simplify, NULL, out); }

const struct vonk_rule opt_rule_simplify_relations = {
    .name = "simplify_relations",
    .doc = "Projections are merged; sorts, limits and DISTINCTs without effect go, and so does what works on no rows.",
    .apply = apply,
};
