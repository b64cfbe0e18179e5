/* partition.c: repartition, coalesce, DISTRIBUTE BY: rows move between visible partitions, where anybody can tell.
 *
 * The target of each row is computed by a projection: its hash (Murmur3, seed 42) modulo the targets, the range of its key, its own
 * word, or in turn. Then rows are sorted by target (op/sort.h), stable, which keeps them in the order of the partitions they come from. Before
 * rows are dealt out in turn Spark brings each partition into an order of its own, so that dealing again gives the same.
 */
#include "exec/op/partition.h"

#include "exec/op/sort.h"
#include "exec/partition_key.h"
#include "func/bind_call.h"

static const struct vonk_bind_options bind_options = {.ansi = true, .case_sensitive = true};

struct planning {
  struct vonk_task *task;
  const struct vonk_relation_partition *plan;
  uint32_t target_count;
};

static struct vonk_exprs references(struct vonk_arena *arena, const struct vonk_relation *relation) {
  struct vonk_exprs all = {ARENA_ARRAY(arena, struct vonk_expr *, relation->column_count + 1), relation->column_count};
  for (uint32_t i = 0; i < all.count; i++) {
    const struct vonk_plan_column *column = &relation->columns[i];
    all.items[i] = vonk_expr_column_of(arena, column->id, column->name, column->type, column->nullable);
  }
  return all;
}

/* INPUT with the column `target`, which no plan's id means, behind its own. */
static struct vonk_relation *with_target(struct planning *p, struct vonk_relation *input, struct vonk_expr *target) {
  struct vonk_arena *arena = p->task->arena;
  struct vonk_relation_project *project = RELATION_NEW(arena, project, p->plan->relation.node.origin);
  uint32_t count = input->column_count;
  struct vonk_plan_column *columns = ARENA_ARRAY(arena, struct vonk_plan_column, count + 1);
  if (count) memcpy(columns, input->columns, count * sizeof *columns);
  columns[count] = (struct vonk_plan_column){.id = VONK_TARGET_ID, .name = STR("target"), .type = &vonk_type_int};
  struct vonk_exprs own = references(arena, input);
  own.items[own.count++] = target;
  project->input = input;
  project->expressions = own;
  project->relation.columns = columns;
  project->relation.column_count = count + 1;
  project->relation.estimated_rows = input->estimated_rows;
  return &project->relation;
}

static struct vonk_expr *number_of(struct vonk_arena *arena, uint32_t number) {
  struct vonk_value value = vonk_value_integer(&vonk_type_int, number);
  return vonk_expr_literal_of(arena, &value, NULL);
}

/* Each partition of INPUT in the order of its rows' bytes. */
static STATUS order_for_dealing(struct planning *p, struct vonk_relation *input, struct vonk_relation **out) {
  struct vonk_arena *arena = p->task->arena;
  struct vonk_exprs own = references(arena, input);
  struct vonk_expr *key;
  TRY(vonk_bind_function(p->task, &bind_options, vonk_function_lookup(STR("deal_order")), &own, &key));
  struct vonk_expr_sort_order *item = EXPR_NEW(arena, sort_order, NULL);
  item->child = key;
  item->expr.type = key->type;
  struct vonk_relation_order *order = RELATION_NEW(arena, order, p->plan->relation.node.origin);
  order->relation.columns = input->columns;
  order->relation.column_count = input->column_count;
  order->relation.estimated_rows = input->estimated_rows;
  order->input = input;
  order->limit = -1;
  order->order = (struct vonk_exprs){ARENA_ARRAY(arena, struct vonk_expr *, 1), 1};
  order->order.items[0] = &item->expr;
  *out = &order->relation;
  return VONK_OK;
}

static STATUS deal(struct planning *p, const struct vonk_partitioning *rules, struct vonk_relation **input, struct vonk_expr **target) {
  if (rules->sorts_before_dealing) TRY(order_for_dealing(p, *input, input));
  return vonk_bind_named(p->task, &bind_options, target, "deal_rows", 1, number_of(p->task->arena, p->target_count));
}

static STATUS hash(struct planning *p, struct vonk_expr **target) {
  struct vonk_expr *code;
  TRY(vonk_bind_function(p->task, &bind_options, vonk_function_lookup(STR("hash")), &p->plan->by, &code));
  return vonk_bind_named(p->task, &bind_options, target, "pmod", 2, code, number_of(p->task->arena, p->target_count));
}

/* The number itself, modulo the targets; a null goes to the first. */
static STATUS given(struct planning *p, struct vonk_expr **target) {
  struct vonk_arena *arena = p->task->arena;
  TRY(vonk_bind_named(p->task, &bind_options, target, "pmod", 2, p->plan->by.items[0], number_of(arena, p->target_count)));
  return vonk_bind_named(p->task, &bind_options, target, "coalesce", 2, *target, number_of(arena, 0));
}

/* Keys by source and target, or by target alone. */
static STATUS sort_by_target(struct planning *p, struct vonk_execution *execution, struct vonk_relation *input, bool merged, struct vonk_operator **out) {
  struct vonk_arena *arena = p->task->arena;
  const struct vonk_relation *relation = &p->plan->relation;
  struct vonk_sort_plan sort = {.type = &vonk_operator_partition, .relation = relation, .input = input, .limit = -1,
                                .kind = merged ? VONK_SORT_MERGED : VONK_SORT_PARTITIONS,
                                .target_count = p->target_count, .target_column = relation->column_count};
  sort.order.items = ARENA_ARRAY(arena, struct vonk_expr *, 2);
  if (merged) sort.order.items[sort.order.count++] = vonk_partition_key(arena, vonk_partition_id(arena));
  struct vonk_expr *target = vonk_expr_column_of(arena, VONK_TARGET_ID, STR("target"), &vonk_type_int, false);
  sort.order.items[sort.order.count++] = vonk_partition_key(arena, target);
  TRY(vonk_sort_create(p->task, execution, &sort, out));
  (*out)->uses_partitions |= merged;
  if (p->plan->by_range) (*out)->order_use[0] = VONK_ORDER_USED; /* rows are stored on the way */
  return VONK_OK;
}

static STATUS exchange(struct planning *p, struct vonk_execution *execution, struct vonk_operator **out) {
  const struct vonk_relation_partition *plan = p->plan;
  const struct vonk_partitioning *rules = &execution->partitioning;
  struct vonk_relation *input = plan->input;
  struct vonk_expr *target;
  bool merged = rules->merges && (plan->rebalance || plan->count <= 0);
  p->target_count = plan->count > 0 ? (uint32_t)plan->count : rules->shuffle_partitions;
  if (p->target_count == 1) return sort_by_target(p, execution, with_target(p, input, number_of(p->task->arena, 0)), false, out);
  if (plan->by_range) return sort_by_target(p, execution, vonk_ranged(p->task->arena, plan, p->target_count), merged, out);
  if (!plan->by.count) TRY(deal(p, rules, &input, &target));
  else if (plan->direct) TRY(given(p, &target));
  else TRY(hash(p, &target));
  return sort_by_target(p, execution, with_target(p, input, target), merged, out);
}

/* Of two repartitions in a row the upper alone counts, unless it puts partitions of the lower together. */
static const struct vonk_relation *collapse(struct vonk_arena *arena, const struct vonk_relation_partition *plan) {
  struct vonk_relation_partition *copy = ARENA_NEW(arena, struct vonk_relation_partition);
  const struct vonk_relation_partition *below = RELATION_AS(plan->input, partition);
  *copy = *plan;
  if (below && !plan->shuffle && below->shuffle) return plan->count >= below->count && below->count > 0 && !below->rebalance ? &below->relation : NULL;
  if (!below) return NULL;
  copy->input = below->input;
  return &copy->relation;
}

static STATUS partition_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                             struct vonk_operator **out) {
  struct planning p = {.task = task, .plan = (const struct vonk_relation_partition *)relation};
  bool told = execution->ordered || execution->partitioned, idle = p.plan->rebalance && !execution->partitioning.adapts;
  const struct vonk_relation *collapsed = collapse(task->arena, p.plan);
  if (!told || idle) return vonk_operator_make(task, execution, p.plan->input, out);
  if (collapsed) return vonk_operator_make(task, execution, collapsed, out);
  if (!p.plan->shuffle) return vonk_coalesce_open(task, execution, p.plan, out);
  return exchange(&p, execution, out);
}

const struct vonk_operator_type vonk_operator_partition = {
    .name = "Exchange", .relation = &vonk_relation_partition_type, .open = partition_open, VONK_SORT_FUNCTIONS};
