/* aggregate_all.c: aggregates without GROUP BY: one row of states per worker, merged at the end, one row out. */
#include "exec/aggregate_calls.h"
#include "exec/execution_internal.h"

struct aggregate_all {
  struct vonk_operator op;
  struct vonk_aggregate_calls calls;
  struct vonk_mutex lock;
  struct worker *all;    /* to free */
  struct worker *merged; /* the worker that took the others in */
};

struct worker {
  struct worker *next;
  struct vonk_arena *arena;
  struct vonk_aggregate_worker aggregates;
  uint8_t *states;
  struct vonk_column *columns;
};

static STATUS all_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                       struct vonk_operator **out) {
  const struct vonk_relation_group *plan = (const struct vonk_relation_group *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_aggregate_all, relation, VONK_SHAPE_BREAKER, sizeof(struct aggregate_all));
  struct aggregate_all *agg = (struct aggregate_all *)op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  vonk_mutex_init(&agg->lock);
  *out = op;
  TRY(vonk_aggregate_calls_init(task, &agg->calls, NULL, &plan->aggregates, plan->input, 0));
  op->order_use[0] = agg->calls.order_use;
  return VONK_OK;
}

static STATUS all_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct aggregate_all *agg = (struct aggregate_all *)op;
  struct vonk_arena *arena = vonk_arena_create(context->task.budget);
  struct worker *w = ARENA_NEW(arena, struct worker);
  w->arena = arena;
  w->states = vonk_arena_alloc(arena, agg->calls.state_size + 16);
  w->columns = ARENA_ARRAY(arena, struct vonk_column, agg->calls.count + 1);
  vonk_aggregate_init_states(&agg->calls, w->states);
  vonk_mutex_lock(&agg->lock);
  w->next = agg->all;
  agg->all = w;
  vonk_mutex_unlock(&agg->lock);
  *state = w;
  return vonk_aggregate_worker_open(&context->task, &agg->calls, arena, arena, &w->aggregates);
}

static void all_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  if (state) vonk_aggregate_worker_close(&((struct worker *)state)->aggregates);
}

static STATUS all_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                         enum vonk_step *step) {
  (void)context;
  struct aggregate_all *agg = (struct aggregate_all *)op;
  struct worker *w = state;
  uint64_t tag;
  *step = VONK_STEP_NEED_INPUT;
  TRY(vonk_aggregate_eval(&w->aggregates, in, &tag));
  for (uint32_t i = 0; i < agg->calls.count; i++) {
    const struct vonk_aggregate_call *call = &agg->calls.items[i];
    const struct vonk_column *results = w->aggregates.results;
    const struct vonk_column *filter = call->filter == UINT32_MAX ? NULL : &results[call->filter];
    TRY(vonk_aggregate_update(&w->aggregates, i, in, results + call->first_argument, filter, NULL, w->states, tag));
  }
  return VONK_OK;
}

static STATUS all_combine(struct vonk_context *context, struct vonk_operator *op, void *state) {
  (void)context;
  struct aggregate_all *agg = (struct aggregate_all *)op;
  struct worker *w = state;
  enum vonk_status status = VONK_OK;
  vonk_mutex_lock(&agg->lock);
  if (!agg->merged) agg->merged = w;
  else status = vonk_aggregate_merge(&w->aggregates, &w->states, &agg->merged->states, 1);
  vonk_mutex_unlock(&agg->lock);
  return status;
}

static STATUS all_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  (void)context;
  struct aggregate_all *agg = (struct aggregate_all *)op;
  struct worker *w = state;
  uint8_t *states = agg->merged ? agg->merged->states : w->states;
  TRY(vonk_aggregate_finalize(&w->aggregates, &states, 1, w->columns));
  out->columns = w->columns;
  out->column_count = agg->calls.count;
  out->row_count = out->live_count = 1;
  *step = VONK_STEP_NEED_INPUT;
  return VONK_OK;
}

static void all_close(struct vonk_operator *op) {
  struct aggregate_all *agg = (struct aggregate_all *)op;
  for (struct worker *w = agg->all, *next; w; w = next) {
    next = w->next;
    vonk_aggregate_worker_close(&w->aggregates);
    vonk_arena_destroy(w->arena);
  }
  vonk_mutex_deinit(&agg->lock);
}

const struct vonk_operator_type vonk_operator_aggregate_all = {
    .name = "Aggregate",
    .relation = &vonk_relation_group_type,
    .open = all_open,
    .open_worker = all_open_worker,
    .close_worker = all_close_worker,
    .pull = all_pull,
    .absorb = all_absorb,
    .combine = all_combine,
    .close = all_close,
};
