/* group_order.c: what a group is ordered by is computed from its keys once it is known that there are few. */
#include "exec/group_order.h"

#include <stdlib.h>

#include "exec/distribution.h"
#include "exec/group_table.h"
#include "exec/sort_key.h"
#include "func/bind_call.h"
#include "func/lookup.h"

static const struct vonk_bind_options bind_options = {.ansi = true, .case_sensitive = true};

/* --- planning --- */

static bool has_key(const struct vonk_relation_group *plan, uint64_t id) {
  for (uint32_t i = 0; i < plan->keys.count; i++) {
    const struct vonk_expr_column *column = EXPR_AS(plan->keys.items[i], column);
    if (column && column->id == id) return true;
  }
  return false;
}

/* Rows of a group lie in one partition already: nothing is exchanged. */
static bool lies_together(const struct vonk_relation_group *plan, const struct vonk_distribution *input) {
  if (input->kind == VONK_DISTRIBUTION_SINGLE) return true;
  if (input->kind != VONK_DISTRIBUTION_HASH) return false;
  for (uint32_t i = 0; i < input->by.count; i++) {
    if (!has_key(plan, input->by.items[i])) return false;
  }
  return true;
}

/* A value that is kept in the state: Spark's rows hold those of fixed width alone. */
static bool keeps_wide_value(const struct vonk_expr_aggregate *call) {
  static const char *const names[] = {"min", "max", "first", "last", "any_value", "first_value", "last_value", "min_by", "max_by"};
  const struct vonk_type *type = call->expr.type;
  bool wide = vonk_type_is_string(type) || type->id == VONK_TYPE_BINARY || type->id == VONK_TYPE_ARRAY || type->id == VONK_TYPE_MAP || type->id == VONK_TYPE_STRUCT;
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (wide && strcmp(call->function->name, names[i]) == 0) return true;
  }
  return false;
}

static bool sorts(const struct vonk_relation_group *plan) {
  for (uint32_t i = 0; i < plan->aggregates.count; i++) {
    const struct vonk_expr *expr = plan->aggregates.items[i];
    while (EXPR_IS(expr, alias)) expr = ((const struct vonk_expr_alias *)expr)->child;
    if (keeps_wide_value(EXPR_AS(expr, aggregate))) return true;
  }
  return false;
}

/* Rows come in the order of their sources, whoever asks for it or not. COUNTED: files are no sources that know their partitions at no cost. */
static bool keeps_order(const struct vonk_relation *relation, bool counted) {
  for (;;) {
    if (RELATION_IS(relation, project)) relation = ((const struct vonk_relation_project *)relation)->input;
    else if (RELATION_IS(relation, select)) relation = ((const struct vonk_relation_select *)relation)->input;
    else if (RELATION_IS(relation, observe)) relation = ((const struct vonk_relation_observe *)relation)->input;
    else if (RELATION_IS(relation, generate)) relation = ((const struct vonk_relation_generate *)relation)->input;
    else if (RELATION_IS(relation, expand)) relation = ((const struct vonk_relation_expand *)relation)->input;
    else break;
  }
  const struct vonk_relation_union_all *all = RELATION_AS(relation, union_all);
  for (uint32_t i = 0; all && i < all->inputs.count; i++) {
    if (!keeps_order(all->inputs.items[i], counted)) return false;
  }
  return all || (!counted && RELATION_IS(relation, scan)) || RELATION_IS(relation, rows) || RELATION_IS(relation, range_of);
}

/* pmod(hash(keys), partitions) */
static STATUS compile_target(struct vonk_task *task, const struct vonk_relation_group *plan, uint32_t partitions, struct vonk_program **out) {
  struct vonk_arena *arena = task->arena;
  struct vonk_exprs keys = {ARENA_ARRAY(arena, struct vonk_expr *, plan->keys.count + 1), plan->keys.count};
  uint64_t *ids = ARENA_ARRAY(arena, uint64_t, keys.count + 1);
  struct vonk_value count = vonk_value_integer(&vonk_type_int, partitions);
  struct vonk_expr *code, *target;
  for (uint32_t i = 0; i < keys.count; i++) {
    const struct vonk_plan_column *column = &plan->relation.columns[i];
    ids[i] = column->id;
    keys.items[i] = vonk_expr_column_of(arena, column->id, column->name, column->type, true);
  }
  TRY(vonk_bind_function(task, &bind_options, vonk_function_lookup(STR("hash")), &keys, &code));
  TRY(vonk_bind_named(task, &bind_options, &target, "pmod", 2, code, vonk_expr_literal_of(arena, &count, NULL)));
  return vonk_program_compile(task, &(struct vonk_exprs){&target, 1}, (struct vonk_ids){ids, keys.count}, out);
}

static bool can_hash(const struct vonk_type *type) {
  bool can = type->id != VONK_TYPE_MAP && type->id != VONK_TYPE_VARIANT;
  for (uint32_t i = 0; i < vonk_type_child_count(type) && can; i++) can = can_hash(vonk_type_child(type, i));
  return can;
}

STATUS vonk_group_order_init(struct vonk_task *task, const struct vonk_execution *execution, const struct vonk_relation_group *plan,
                             struct vonk_group_order *out) {
  *out = (struct vonk_group_order){.key_count = plan->keys.count};
  if (!execution->ordered || !plan->keys.count || !execution->partitioning.merges) return VONK_OK;
  for (uint32_t i = 0; i < plan->keys.count; i++) {
    if (!can_hash(plan->keys.items[i]->type)) return VONK_OK;
  }
  out->is_wanted = true;
  out->by_keys = plan->by_keys || sorts(plan);
  out->has_arrivals = keeps_order(plan->input, false);
  out->nulls_last = !plan->aggregates.count;
  struct vonk_distribution input = vonk_distribution_of(task->arena, &execution->partitioning, plan->input);
  if (out->by_keys || lies_together(plan, &input)) return VONK_OK;
  out->has_partitions = keeps_order(plan->input, true);
  return compile_target(task, plan, execution->partitioning.shuffle_partitions, &out->target);
}

/* --- ordering --- */

struct place {
  struct vonk_str key;
  bool is_null;
  struct vonk_group_arrival arrival;
  uint32_t target, number;
  uint8_t *row;
};

static int compare_places(const void *left, const void *right) {
  const struct place *a = left, *b = right;
  int order = vonk_str_compare(a->key, b->key);
  if (order) return order;
  if (a->is_null != b->is_null) return a->is_null ? 1 : -1;
  if (a->arrival.partition != b->arrival.partition) return a->arrival.partition < b->arrival.partition ? -1 : 1;
  if (a->target != b->target) return a->target < b->target ? -1 : 1;
  if (a->arrival.number != b->arrival.number) return a->arrival.number < b->arrival.number ? -1 : 1;
  return a->number < b->number ? -1 : a->number > b->number;
}

static void take_keys(struct vonk_arena *arena, const struct vonk_group_order *order, const struct vonk_column *columns, struct place *places, uint32_t count) {
  static const struct vonk_sort_key rising = {0};
  for (uint32_t row = 0; row < count; row++) {
    struct vonk_text key;
    vonk_text_init(&key, arena);
    for (uint32_t k = 0; k < order->key_count; k++) vonk_sort_key_add(&key, &rising, &columns[k], row);
    places[row].key = vonk_text_str(&key);
  }
}

static STATUS take_targets(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_group_order *order, struct vonk_column *columns,
                           struct place *places, uint32_t count) {
  struct vonk_batch batch = {.columns = columns, .column_count = order->key_count, .row_count = count, .live_count = count};
  struct vonk_column target;
  TRY(vonk_program_eval(task, worker, &batch, &target));
  for (uint32_t row = 0; row < count; row++) {
    places[row].target = (uint32_t)vonk_column_get(&target, row, task->arena).integer;
    for (uint32_t k = 0; k < order->key_count && order->nulls_last; k++) places[row].is_null |= !vonk_column_row_valid(&columns[k], row);
  }
  return VONK_OK;
}

static STATUS measure(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_group_order *order, struct vonk_scratch *scratch,
                      struct place *places, uint32_t all) {
  struct vonk_column *columns = ARENA_ARRAY(task->arena, struct vonk_column, order->key_count);
  const uint8_t *rows[VONK_BATCH_ROWS];
  for (uint32_t from = 0, count; from < all; from += count) {
    count = all - from < VONK_BATCH_ROWS ? all - from : VONK_BATCH_ROWS;
    for (uint32_t i = 0; i < count; i++) rows[i] = places[from + i].row;
    vonk_scratch_reset(scratch);
    for (uint32_t k = 0; k < order->key_count; k++) TRY(vonk_row_gather(task, order->layout, k, scratch, rows, count, &columns[k]));
    if (order->by_keys) take_keys(task->arena, order, columns, places + from, count);
    else TRY(take_targets(task, worker, order, columns, places + from, count));
  }
  return VONK_OK;
}

static STATUS measure_all(struct vonk_task *task, const struct vonk_group_order *order, struct place *places, uint32_t count) {
  struct vonk_program_worker *worker = NULL;
  struct vonk_scratch scratch = {0};
  if (!order->by_keys && !order->target) return VONK_OK;
  if (order->target) TRY(vonk_program_open_worker(task, order->target, &worker));
  enum vonk_status status = measure(task, worker, order, &scratch, places, count);
  if (worker) vonk_program_close_worker(worker);
  vonk_scratch_deinit(&scratch);
  return status;
}

STATUS vonk_group_order_apply(struct vonk_task *task, const struct vonk_group_order *order, uint8_t **rows, uint32_t count) {
  ASSERT(count <= VONK_GROUPS_ORDERED_MAX);
  if (count < 2) return VONK_OK;
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_task own = *task;
  own.arena = arena;
  struct place *places = ARENA_ARRAY(arena, struct place, count);
  for (uint32_t i = 0; i < count; i++) {
    places[i] = (struct place){.row = rows[i], .number = i, .arrival.number = *vonk_group_row_hash(order->layout, rows[i])};
    if (order->has_arrivals) places[i].arrival = *vonk_group_arrival(order, rows[i]);
  }
  enum vonk_status status = measure_all(&own, order, places, count);
  if (status == VONK_OK) qsort(places, count, sizeof *places, compare_places);
  for (uint32_t i = 0; i < count && status == VONK_OK; i++) rows[i] = places[i].row;
  vonk_arena_destroy(arena);
  return status;
}
