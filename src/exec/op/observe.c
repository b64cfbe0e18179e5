/* observe.c: passes rows on and keeps aggregates of them: a row of states per worker, brought together when the query has ended. */
#include "exec/aggregate_calls.h"
#include "exec/execution_internal.h"
#include "exec/observed.h"

struct observe {
  struct vonk_operator op;
  struct vonk_aggregate_calls calls;
  struct vonk_mutex lock;
  struct worker *workers;
};

struct worker {
  struct worker *next;
  struct vonk_arena *arena;
  struct vonk_aggregate_worker aggregates;
  uint8_t *states;
};

static STATUS observe_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation, struct vonk_operator **out) {
  const struct vonk_relation_observe *plan = (const struct vonk_relation_observe *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_observe, relation, VONK_SHAPE_TRANSFORM, sizeof(struct observe));
  struct observe *observe = (struct observe *)op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  vonk_mutex_init(&observe->lock);
  *out = op;
  TRY(vonk_aggregate_calls_init(task, &observe->calls, NULL, &plan->aggregates, plan->input, 0));
  op->order_use[0] = observe->calls.order_use == VONK_ORDER_USED ? VONK_ORDER_USED : VONK_ORDER_PASSED_ON;
  return VONK_OK;
}

static STATUS observe_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct observe *observe = (struct observe *)op;
  struct vonk_arena *arena = vonk_arena_create(context->task.budget);
  struct worker *w = ARENA_NEW(arena, struct worker);
  w->arena = arena;
  w->states = vonk_arena_alloc(arena, observe->calls.state_size + 16);
  vonk_aggregate_init_states(&observe->calls, w->states);
  vonk_mutex_lock(&observe->lock);
  w->next = observe->workers;
  observe->workers = w;
  vonk_mutex_unlock(&observe->lock);
  *state = w;
  return vonk_aggregate_worker_open(&context->task, &observe->calls, arena, arena, &w->aggregates);
}

/* The states stay. */
static void observe_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  if (state) vonk_aggregate_worker_close(&((struct worker *)state)->aggregates);
}

static STATUS observe_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, struct vonk_batch *out,
                           enum vonk_step *step) {
  (void)context;
  const struct observe *observe = (const struct observe *)op;
  struct worker *w = state;
  uint64_t tag;
  *step = VONK_STEP_NEED_INPUT;
  TRY(vonk_aggregate_eval(&w->aggregates, in, &tag));
  for (uint32_t i = 0; i < observe->calls.count; i++) {
    const struct vonk_aggregate_call *call = &observe->calls.items[i];
    const struct vonk_column *results = w->aggregates.results;
    const struct vonk_column *filter = call->filter == UINT32_MAX ? NULL : &results[call->filter];
    TRY(vonk_aggregate_update(&w->aggregates, i, in, results + call->first_argument, filter, NULL, w->states, tag));
  }
  *out = *in;
  return VONK_OK;
}

static void observe_close(struct vonk_operator *op) {
  struct observe *observe = (struct observe *)op;
  for (struct worker *w = observe->workers, *next; w; w = next) {
    next = w->next;
    vonk_aggregate_worker_close(&w->aggregates);
    vonk_arena_destroy(w->arena);
  }
  vonk_mutex_deinit(&observe->lock);
}

/* --- what it has seen --- */

/* RESULTS of the plan over COLUMNS, the one row of aggregates. */
static STATUS compute_results(struct vonk_task *task, const struct vonk_relation_observe *plan, struct vonk_column *columns, struct vonk_value *values) {
  struct vonk_batch row = {.columns = columns, .column_count = plan->aggregates.count, .row_count = 1, .live_count = 1};
  struct vonk_column *results = ARENA_ARRAY(task->arena, struct vonk_column, plan->results.count + 1);
  struct vonk_program *program;
  struct vonk_program_worker *worker;
  TRY(vonk_program_compile(task, &plan->results, plan->aggregate_ids, &program));
  TRY(vonk_program_open_worker(task, program, &worker));
  enum vonk_status status = vonk_program_eval(task, worker, &row, results);
  for (uint32_t i = 0; i < plan->results.count && status == VONK_OK; i++) values[i] = vonk_column_get(&results[i], 0, task->arena);
  vonk_program_close_worker(worker);
  return status;
}

static STATUS merge(const struct observe *observe, struct vonk_aggregate_worker *aggregates, uint8_t *states) {
  for (struct worker *w = observe->workers; w; w = w->next) TRY(vonk_aggregate_merge(aggregates, &w->states, &states, 1));
  return VONK_OK;
}

static STATUS collect(struct vonk_task *task, const struct observe *observe, struct vonk_value *values) {
  const struct vonk_relation_observe *plan = (const struct vonk_relation_observe *)observe->op.relation;
  struct vonk_column *columns = ARENA_ARRAY(task->arena, struct vonk_column, observe->calls.count + 1);
  uint8_t *states = vonk_arena_alloc(task->arena, observe->calls.state_size + 16);
  struct vonk_aggregate_worker aggregates = {0};
  vonk_aggregate_init_states(&observe->calls, states);
  enum vonk_status status = vonk_aggregate_worker_open(task, &observe->calls, task->arena, task->arena, &aggregates);
  if (status == VONK_OK) status = merge(observe, &aggregates, states);
  if (status == VONK_OK) status = vonk_aggregate_finalize(&aggregates, &states, 1, columns);
  if (status == VONK_OK) status = compute_results(task, plan, columns, values);
  vonk_aggregate_worker_close(&aggregates);
  return status;
}

static void end_error(void *error) { vonk_error_deinit(error); }

/* An error of the metrics is told in place of them. */
static STATUS collect_or_fail(struct vonk_task *task, const struct observe *observe, struct vonk_observed *out) {
  const struct vonk_relation_observe *plan = (const struct vonk_relation_observe *)observe->op.relation;
  struct vonk_value *values = ARENA_ARRAY(task->arena, struct vonk_value, plan->keys.count + 1);
  struct vonk_error *error = ARENA_NEW(task->arena, struct vonk_error);
  struct vonk_task own = *task;
  vonk_error_init(error);
  vonk_arena_on_reset(task->arena, end_error, error);
  own.error = error;
  enum vonk_status status = collect(&own, observe, values);
  if (status == VONK_FAILED && error->set) out->error = error;
  else out->values = values;
  return out->error ? VONK_OK : status;
}

static bool is_known(const struct vonk_observed_list *list, struct vonk_str name) {
  for (size_t i = 0; i < list->count; i++) {
    if (vonk_str_equal(list->items[i].name, name)) return true;
  }
  return false;
}

STATUS vonk_execution_observed(struct vonk_task *task, struct vonk_execution *execution, struct vonk_observed_list *out) {
  bool any = false;
  for (struct vonk_operator *op = execution->operators; op; op = op->next) any |= op->type == &vonk_operator_observe;
  if (!any) return VONK_OK;
  TRY(vonk_execution_run(task, execution));
  for (struct vonk_operator *op = execution->operators; op; op = op->next) {
    const struct vonk_relation_observe *plan = (const struct vonk_relation_observe *)op->relation;
    if (op->type != &vonk_operator_observe || is_known(out, plan->name)) continue;
    struct vonk_observed observed = {.name = vonk_str_copy(task->arena, plan->name), .plan_id = plan->relation.node.plan_id};
    struct vonk_str *keys = ARENA_ARRAY(task->arena, struct vonk_str, plan->keys.count + 1);
    for (uint32_t i = 0; i < plan->keys.count; i++) keys[i] = vonk_str_copy(task->arena, plan->keys.parts[i]);
    observed.keys = (struct vonk_name){keys, plan->keys.count};
    TRY(collect_or_fail(task, (const struct observe *)op, &observed));
    *ARRAY_PUSH(task->arena, out) = observed;
  }
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_observe = {
    .name = "CollectMetrics",
    .relation = &vonk_relation_observe_type,
    .open = observe_open,
    .open_worker = observe_open_worker,
    .close_worker = observe_close_worker,
    .push = observe_push,
    .close = observe_close,
};
