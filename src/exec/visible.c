/* visible.c: sizes are estimated as Spark does where it has no statistics, from the bytes of files and the widths of columns. */
#include "exec/visible.h"

#include "catalog/source.h"
#include "column/stored_batches.h"
#include "exec/distribution.h"
#include "func/bind_call.h"

static const struct vonk_bind_options bind_options = {.ansi = true, .case_sensitive = true};

/* --- sizes --- */

static double row_width(const struct vonk_relation *relation) {
  double width = 8;
  for (uint32_t i = 0; i < relation->column_count; i++) width += vonk_type_default_size(relation->columns[i].type);
  return width;
}

static double size_of(const struct vonk_relation *relation);

/* The rows of INPUT with other columns. */
static double resized(const struct vonk_relation *relation, const struct vonk_relation *input) { return size_of(input) * row_width(relation) / row_width(input); }

static double size_of_scan(const struct vonk_relation_scan *scan) {
  double all = 8;
  for (uint32_t i = 0; i < scan->source->schema->field_count; i++) all += vonk_type_default_size(scan->source->schema->fields[i].type);
  return (double)scan->source->byte_size * row_width(&scan->relation) / all;
}

static double size_of_rows(const struct vonk_relation_rows *rows) {
  const struct vonk_stored_batches *batches = rows->batches;
  double count = rows->rows.count;
  for (uint32_t b = 0; batches && b < batches->count; b++) count += vonk_stored_batches_rows(batches, b);
  return count * row_width(&rows->relation);
}

static double size_of_join(const struct vonk_relation_join_on *join) {
  bool left_only = join->join_type == VONK_JOIN_SEMI || join->join_type == VONK_JOIN_ANTI || join->join_type == VONK_JOIN_MARK;
  return left_only ? resized(&join->relation, join->left) : size_of(join->left) * size_of(join->right);
}

static double size_of_inputs(const struct vonk_relations *inputs) {
  double size = 0;
  for (uint32_t i = 0; i < inputs->count; i++) size += size_of(inputs->items[i]);
  return size;
}

struct first_input {
  const struct vonk_relation *found;
};

static STATUS find_input(void *object, struct vonk_node *child) {
  struct first_input *first = object;
  if (!first->found && child->type->node_class == VONK_CLASS_RELATION) first->found = (const struct vonk_relation *)(void *)child;
  return VONK_OK;
}

static double size_of(const struct vonk_relation *relation) {
  const struct vonk_relation_range_of *range = RELATION_AS(relation, range_of);
  const struct vonk_relation_group *group = RELATION_AS(relation, group);
  const struct vonk_relation_slice *slice = RELATION_AS(relation, slice);
  struct first_input first = {NULL};
  if (RELATION_IS(relation, scan)) return size_of_scan((const struct vonk_relation_scan *)relation);
  if (RELATION_IS(relation, rows)) return size_of_rows((const struct vonk_relation_rows *)relation);
  if (RELATION_IS(relation, join_on)) return size_of_join((const struct vonk_relation_join_on *)relation);
  if (RELATION_IS(relation, union_all)) return size_of_inputs(&((const struct vonk_relation_union_all *)relation)->inputs);
  if (range) return 8 * ((double)range->end - (double)range->start) / (double)range->step;
  if (group && !group->keys.count) return row_width(relation);
  if (slice && slice->limit >= 0) return (double)slice->limit * row_width(relation);
  if (vonk_node_children(&relation->node, find_input, &first) != VONK_OK || !first.found) return row_width(relation);
  return resized(relation, first.found);
}

/* --- joins --- */

enum side { NEITHER, LEFT, RIGHT };

/* The side that Spark sends whole to all tasks. */
static enum side broadcast_side(const struct vonk_relation_join_on *join, double limit) {
  bool inner = join->join_type == VONK_JOIN_INNER || join->join_type == VONK_JOIN_CROSS, right = join->join_type == VONK_JOIN_RIGHT;
  double sizes[2] = {size_of(join->left), size_of(join->right)};
  bool may_left = inner || right, may_right = !right && join->join_type != VONK_JOIN_FULL;
  bool left = may_left && sizes[0] <= limit, fits_right = may_right && sizes[1] <= limit;
  if (left && fits_right) return sizes[1] <= sizes[0] ? RIGHT : LEFT;
  if (left || fits_right) return left ? LEFT : RIGHT;
  if (join->left_keys.count || join->join_type == VONK_JOIN_FULL) return NEITHER;
  return may_left && (!may_right || sizes[0] < sizes[1]) ? LEFT : RIGHT;
}

static struct vonk_relation_partition *partition_of(struct vonk_arena *arena, const struct vonk_relation *input, uint32_t count, bool shuffle) {
  struct vonk_relation_partition *partition = RELATION_NEW(arena, partition, input->node.origin);
  partition->relation.columns = input->columns;
  partition->relation.column_count = input->column_count;
  partition->relation.estimated_rows = input->estimated_rows;
  partition->input = (struct vonk_relation *)(uintptr_t)input;
  partition->count = count;
  partition->shuffle = shuffle;
  return partition;
}

/* How many partitions adaptive execution leaves of a shuffle of both sides. */
static uint32_t merged_count(const struct vonk_partitioning *rules, const struct vonk_relation_join_on *join) {
  double bytes = 0;
  for (int side = 0; side < 2; side++) {
    const struct vonk_relation *input = side ? join->right : join->left;
    if (input->estimated_rows > 0) bytes += input->estimated_rows * row_width(input);
  }
  double wanted = bytes / (rules->default_parallelism ? rules->default_parallelism : 1);
  if (wanted > (double)rules->merged_bytes) wanted = (double)rules->merged_bytes;
  if (wanted < (double)rules->merged_bytes_min) wanted = (double)rules->merged_bytes_min;
  double count = wanted > 0 ? bytes / wanted : 1;
  return count >= rules->shuffle_partitions ? rules->shuffle_partitions : count < 1 ? 1 : (uint32_t)count;
}

static STATUS join_keys(struct vonk_task *task, const struct vonk_relation_join_on *join, struct vonk_exprs *out) {
  if (join->join_type != VONK_JOIN_FULL) {
    *out = join->join_type == VONK_JOIN_RIGHT ? join->right_keys : join->left_keys;
    return VONK_OK;
  }
  *out = (struct vonk_exprs){ARENA_ARRAY(task->arena, struct vonk_expr *, join->left_keys.count + 1), join->left_keys.count};
  for (uint32_t i = 0; i < out->count; i++) {
    TRY(vonk_bind_named(task, &bind_options, &out->items[i], "coalesce", 2, join->left_keys.items[i], join->right_keys.items[i]));
  }
  return VONK_OK;
}

static STATUS visible_join(struct vonk_task *task, const struct vonk_partitioning *rules, const struct vonk_relation_join_on *join,
                           const struct vonk_relation **out, const struct vonk_relation **inner) {
  bool single = vonk_distribution_of(task->arena, rules, join->left).kind == VONK_DISTRIBUTION_SINGLE &&
                vonk_distribution_of(task->arena, rules, join->right).kind == VONK_DISTRIBUTION_SINGLE;
  enum side side = broadcast_side(join, rules->broadcast_bytes);
  struct vonk_relation_join_on *copy = RELATION_AS(vonk_node_clone(task->arena, &join->relation.node), join_on);
  if (side != NEITHER) copy->build_side = side == LEFT;
  *out = *inner = &copy->relation;
  if (side != NEITHER || !join->left_keys.count) return VONK_OK;
  if (rules->merges || single) {
    *out = &partition_of(task->arena, &copy->relation, single ? 1 : merged_count(rules, join), false)->relation;
    return VONK_OK;
  }
  struct vonk_relation_partition *partition = partition_of(task->arena, &copy->relation, rules->shuffle_partitions, true);
  *out = &partition->relation;
  return join_keys(task, join, &partition->by);
}

/* --- what is exchanged by its keys --- */

static struct vonk_expr *reference(struct vonk_arena *arena, const struct vonk_plan_column *column) {
  return vonk_expr_column_of(arena, column->id, column->name, column->type, column->nullable);
}

static bool has_key(const struct vonk_relation_group *group, uint64_t id) {
  for (uint32_t i = 0; i < group->keys.count; i++) {
    const struct vonk_expr_column *column = EXPR_AS(group->keys.items[i], column);
    if (column && column->id == id) return true;
  }
  return false;
}

/* By all keys, unless some of them distribute the input already. */
static struct vonk_exprs group_keys(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation_group *group) {
  struct vonk_distribution below = vonk_distribution_of(arena, rules, group->input);
  bool stays = below.kind == VONK_DISTRIBUTION_HASH && below.count == rules->shuffle_partitions;
  for (uint32_t i = 0; i < below.by.count && stays; i++) stays = has_key(group, below.by.items[i]);
  struct vonk_exprs by = {ARENA_ARRAY(arena, struct vonk_expr *, group->keys.count), 0};
  for (uint32_t k = 0; stays && k < below.by.count; k++) {
    for (uint32_t i = 0; i < group->keys.count; i++) {
      const struct vonk_expr_column *column = EXPR_AS(group->keys.items[i], column);
      if (column && column->id == below.by.items[k] && by.count <= k) by.items[by.count++] = reference(arena, &group->relation.columns[i]);
    }
  }
  for (uint32_t i = 0; !stays && i < group->keys.count; i++) by.items[by.count++] = reference(arena, &group->relation.columns[i]);
  return by;
}

static struct vonk_exprs window_keys(const struct vonk_relation_window_of *window) {
  const struct vonk_expr *expr = window->calls.items[0];
  while (EXPR_IS(expr, alias)) expr = ((const struct vonk_expr_alias *)expr)->child;
  return EXPR_AS(expr, window_call)->partition;
}

static bool is_single(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation *relation) {
  return vonk_distribution_of(arena, rules, relation).kind == VONK_DISTRIBUTION_SINGLE;
}

/* A global sort: by ranges first, then within each. */
static const struct vonk_relation *ranged_sort(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation_order *order) {
  struct vonk_relation_partition *partition = partition_of(arena, order->input, rules->shuffle_partitions, true);
  partition->by_range = true;
  partition->by = order->order;
  struct vonk_relation_order *local = RELATION_AS(vonk_node_clone(arena, &order->relation.node), order);
  local->input = &partition->relation;
  local->is_global = false;
  return &local->relation;
}

STATUS vonk_visible_plan(struct vonk_task *task, const struct vonk_partitioning *rules, const struct vonk_relation *relation,
                         const struct vonk_relation **out, const struct vonk_relation **inner) {
  const struct vonk_relation_group *group = RELATION_AS(relation, group);
  const struct vonk_relation_window_of *window = RELATION_AS(relation, window_of);
  const struct vonk_relation_order *order = RELATION_AS(relation, order);
  struct vonk_exprs by = {NULL, 0};
  *out = *inner = relation;
  if (RELATION_IS(relation, join_on)) return visible_join(task, rules, (const struct vonk_relation_join_on *)relation, out, inner);
  if (rules->merges) return VONK_OK;
  bool sorts = order && order->is_global && order->limit < 0 && !order->offset;
  if (sorts && !is_single(task->arena, rules, order->input)) *out = ranged_sort(task->arena, rules, order);
  if (group && !is_single(task->arena, rules, group->input)) by = group_keys(task->arena, rules, group);
  if (window && !is_single(task->arena, rules, window->input)) by = window_keys(window);
  if (!by.count) return VONK_OK;
  struct vonk_relation_partition *partition = partition_of(task->arena, relation, rules->shuffle_partitions, true);
  partition->by = by;
  *out = &partition->relation;
  return VONK_OK;
}
