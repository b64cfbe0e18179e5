/* distribution.c: from the sources up. */
#include "exec/distribution.h"

#define SINGLE ((struct vonk_distribution){.kind = VONK_DISTRIBUTION_SINGLE, .count = 1})
#define UNKNOWN ((struct vonk_distribution){0})

/* The columns BY hold plain columns of RELATION. */
static struct vonk_distribution by_keys(struct vonk_arena *arena, const struct vonk_exprs *keys, uint32_t count) {
  uint64_t *ids = ARENA_ARRAY(arena, uint64_t, keys->count + 1);
  for (uint32_t i = 0; i < keys->count; i++) {
    const struct vonk_expr_column *column = EXPR_AS(keys->items[i], column);
    if (!column) return UNKNOWN;
    ids[i] = column->id;
  }
  return (struct vonk_distribution){VONK_DISTRIBUTION_HASH, count, {ids, keys->count}};
}

static struct vonk_distribution of_partition(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation_partition *plan) {
  uint32_t count = plan->count > 0 ? (uint32_t)plan->count : 0;
  if (count == 1) return SINGLE;
  if (!plan->shuffle || plan->by_range) return UNKNOWN;
  if (plan->rebalance || plan->direct) return UNKNOWN;
  if (!count && !rules->merges) count = rules->shuffle_partitions;
  if (plan->by.count) return by_keys(arena, &plan->by, count);
  return (struct vonk_distribution){VONK_DISTRIBUTION_DEALT, count, {NULL, 0}};
}

/* Where the columns of D, if it has any, stand in a projection. */
static struct vonk_distribution through_project(struct vonk_arena *arena, const struct vonk_relation_project *project, struct vonk_distribution d) {
  uint64_t *ids = ARENA_ARRAY(arena, uint64_t, d.by.count + 1);
  for (uint32_t k = 0; k < d.by.count; k++) {
    uint32_t i = 0;
    for (; i < project->expressions.count; i++) {
      const struct vonk_expr_column *column = EXPR_AS(project->expressions.items[i], column);
      if (column && column->id == d.by.items[k]) break;
    }
    if (i == project->expressions.count) return UNKNOWN;
    ids[k] = project->relation.columns[i].id;
  }
  d.by.items = ids;
  return d;
}

static struct vonk_distribution of_group(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation_group *group) {
  if (!group->keys.count) return SINGLE;
  uint64_t *ids = ARENA_ARRAY(arena, uint64_t, group->keys.count);
  for (uint32_t i = 0; i < group->keys.count; i++) ids[i] = group->relation.columns[i].id;
  return (struct vonk_distribution){VONK_DISTRIBUTION_HASH, rules->merges ? 0 : rules->shuffle_partitions, {ids, group->keys.count}};
}

static struct vonk_distribution of_window(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation_window_of *window) {
  const struct vonk_expr *expr = window->calls.items[0];
  while (EXPR_IS(expr, alias)) expr = ((const struct vonk_expr_alias *)expr)->child;
  const struct vonk_expr_window_call *call = EXPR_AS(expr, window_call);
  if (!call->partition.count) return SINGLE;
  return by_keys(arena, &call->partition, rules->merges ? 0 : rules->shuffle_partitions);
}

static struct vonk_distribution of_join(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation_join_on *join) {
  bool single = vonk_distribution_of(arena, rules, join->left).kind == VONK_DISTRIBUTION_SINGLE &&
                vonk_distribution_of(arena, rules, join->right).kind == VONK_DISTRIBUTION_SINGLE;
  return single ? SINGLE : UNKNOWN;
}

static struct vonk_distribution of_union(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation_union_all *all) {
  struct vonk_distribution d = vonk_distribution_common(arena, rules, all);
  uint64_t *ids = ARENA_ARRAY(arena, uint64_t, d.by.count + 1);
  for (uint32_t k = 0; k < d.by.count; k++) {
    const struct vonk_relation *first = all->inputs.items[0];
    for (uint32_t i = 0; i < first->column_count; i++) {
      if (first->columns[i].id == d.by.items[k]) ids[k] = all->relation.columns[i].id;
    }
  }
  d.by.items = ids;
  return d;
}

struct vonk_distribution vonk_distribution_of(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation *relation) {
  const struct vonk_relation_range_of *range = RELATION_AS(relation, range_of);
  const struct vonk_relation_project *project = RELATION_AS(relation, project);
  const struct vonk_relation_select *select = RELATION_AS(relation, select);
  const struct vonk_relation_order *order = RELATION_AS(relation, order);
  const struct vonk_relation_generate *generate = RELATION_AS(relation, generate);
  const struct vonk_relation_sample_of *sample = RELATION_AS(relation, sample_of);
  const struct vonk_relation_observe *observe = RELATION_AS(relation, observe);
  if (range) return (range->partitions > 0 ? range->partitions : (int64_t)rules->leaf_parallelism) == 1 && range->start != range->end ? SINGLE : UNKNOWN;
  if (project) return through_project(arena, project, vonk_distribution_of(arena, rules, project->input));
  if (select) return vonk_distribution_of(arena, rules, select->input);
  if (generate) return vonk_distribution_of(arena, rules, generate->input);
  if (sample) return vonk_distribution_of(arena, rules, sample->input);
  if (observe) return vonk_distribution_of(arena, rules, observe->input);
  if (order && !order->is_global) return vonk_distribution_of(arena, rules, order->input);
  if (order) return order->limit >= 0 ? SINGLE : UNKNOWN;
  if (RELATION_IS(relation, slice)) return SINGLE;
  if (RELATION_IS(relation, partition)) return of_partition(arena, rules, (const struct vonk_relation_partition *)relation);
  if (RELATION_IS(relation, group)) return of_group(arena, rules, (const struct vonk_relation_group *)relation);
  if (RELATION_IS(relation, window_of)) return of_window(arena, rules, (const struct vonk_relation_window_of *)relation);
  if (RELATION_IS(relation, join_on)) return of_join(arena, rules, (const struct vonk_relation_join_on *)relation);
  if (RELATION_IS(relation, union_all)) return of_union(arena, rules, (const struct vonk_relation_union_all *)relation);
  return UNKNOWN;
}

static uint32_t place_of(const struct vonk_relation *relation, uint64_t id) {
  uint32_t i = 0;
  while (i < relation->column_count && relation->columns[i].id != id) i++;
  return i;
}

struct vonk_distribution vonk_distribution_common(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation_union_all *all) {
  const struct vonk_relation *const first = all->inputs.items[0];
  struct vonk_distribution common = vonk_distribution_of(arena, rules, first);
  for (uint32_t i = 1; i < all->inputs.count && common.kind; i++) {
    struct vonk_distribution d = vonk_distribution_of(arena, rules, all->inputs.items[i]);
    bool same = d.kind == common.kind && d.count == common.count && d.by.count == common.by.count;
    for (uint32_t k = 0; k < d.by.count && same; k++) same = place_of(first, common.by.items[k]) == place_of(all->inputs.items[i], d.by.items[k]);
    if (!same) return UNKNOWN;
  }
  return common;
}
