/* query.c: the life of an execution. */
#include "exec/execution_internal.h"
#include "exec/recursion.h"

struct vonk_operator *vonk_operator_create(struct vonk_execution *execution, const struct vonk_operator_type *type,
                                           const struct vonk_relation *relation, enum vonk_operator_shape shape, size_t size) {
  struct vonk_operator *op = vonk_arena_alloc(execution->arena, size);
  op->type = type;
  op->execution = execution;
  op->relation = relation;
  op->shape = shape;
  op->partition_count = 1;
  op->ordered = execution->ordered;
  op->partitioned = execution->partitioned;
  atomic_store(&op->unit_count, 1);
  op->is_timed = execution->options.analyze || execution->options.timed;
  if (execution->options.analyze) op->budget = vonk_budget_create(execution->budget, type->name, 0);
  op->next = execution->operators;
  execution->operators = op;
  return op;
}

void vonk_operator_set_inputs(struct vonk_operator *op, struct vonk_relation *const *inputs, uint32_t count) {
  op->inputs = vonk_arena_copy(op->execution->arena, inputs, count * sizeof *inputs);
  op->child_count = count;
}

struct vonk_ids vonk_relation_ids(struct vonk_arena *arena, const struct vonk_relation *relation) {
  uint64_t *ids = ARENA_ARRAY(arena, uint64_t, relation->column_count + 1);
  for (uint32_t i = 0; i < relation->column_count; i++) ids[i] = relation->columns[i].id;
  return (struct vonk_ids){ids, relation->column_count};
}

void vonk_execution_fail(struct vonk_execution *execution, enum vonk_status status, const struct vonk_error *error) {
  vonk_mutex_lock(&execution->lock);
  if (!atomic_load(&execution->failed)) {
    execution->status = status;
    vonk_error_copy(&execution->error, error);
    atomic_store(&execution->failed, true);
  }
  vonk_mutex_unlock(&execution->lock);
  vonk_event_signal(&execution->wake);
  vonk_event_signal(&execution->changed);
}

static bool all_ended(void *object) { return atomic_load(&((struct vonk_execution *)object)->ended); }

void vonk_execution_pipeline_ended(struct vonk_execution *execution, struct vonk_pipeline *pipeline) {
  vonk_mutex_lock(&execution->lock);
  enum vonk_status status = VONK_OK;
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = execution->arena, .error = &error, .budget = execution->budget, .cancel = &execution->cancel, .files = execution->files};
  for (uint32_t i = 0; i < pipeline->dependent_count; i++) {
    struct vonk_pipeline *next = pipeline->dependents[i];
    if (--next->waiting_for || atomic_load(&execution->failed) || status != VONK_OK) continue;
    execution->open_pipelines++;
    status = vonk_pipeline_start(&task, next);
    if (status != VONK_OK) execution->open_pipelines--;
  }
  bool last = --execution->open_pipelines == 0;
  vonk_mutex_unlock(&execution->lock);
  if (status != VONK_OK) vonk_execution_fail(execution, status, &error);
  vonk_error_deinit(&error);
  vonk_event_signal(&execution->wake);
  /* The reader may free the execution as soon as it sees `ended`: the signal comes first. */
  if (!last) {
    vonk_event_signal(&execution->changed);
    return;
  }
  vonk_engine_end(execution->engine, &execution->changed, &execution->ended);
}

static STATUS start_first(struct vonk_task *task, struct vonk_execution *execution) {
  vonk_mutex_lock(&execution->lock);
  enum vonk_status status = VONK_OK;
  for (struct vonk_pipeline *p = execution->pipelines; p && status == VONK_OK; p = p->next) execution->open_pipelines += !p->waiting_for;
  for (struct vonk_pipeline *p = execution->pipelines; p && status == VONK_OK; p = p->next) {
    if (!p->waiting_for && !p->started) {
      p->started = true;
      status = vonk_pipeline_start(task, p);
    }
  }
  vonk_mutex_unlock(&execution->lock);
  return status;
}

STATUS vonk_exec_start(struct vonk_task *task, struct vonk_engine *engine, const struct vonk_relation *relation,
                       const struct vonk_exec_options *options, struct vonk_execution **out) {
  struct vonk_budget *budget = options->budget ? options->budget : vonk_budget_create(vonk_engine_budget(engine), "query", options->memory_limit);
  struct vonk_arena *arena = vonk_arena_create(budget);
  struct vonk_execution *execution = ARENA_NEW(arena, struct vonk_execution);
  execution->engine = engine;
  execution->options = *options;
  execution->arena = arena;
  execution->budget = budget;
  execution->files = task->files;
  execution->worker_limit = vonk_engine_thread_count(engine);
  if (options->partitioning) execution->partitioning = *options->partitioning;
  else vonk_partitioning_read(NULL, execution->worker_limit, &execution->partitioning);
  vonk_mutex_init(&execution->lock);
  vonk_error_init(&execution->error);
  vonk_event_init(&execution->changed, engine);
  vonk_event_init(&execution->wake, engine);
  execution->queue.weight = options->weight ? options->weight : 1;
  vonk_engine_add_queue(engine, &execution->queue);

  struct vonk_task own = {.arena = arena, .error = task->error, .budget = budget, .cancel = &execution->cancel, .files = task->files};
  enum vonk_status status = VONK_OK;
  if (!options->plan_only) status = vonk_recursions_run(&own, task, engine, options, relation, &relation);
  if (status == VONK_OK) status = vonk_execution_plan(&own, execution, relation);
  if (status == VONK_OK && !options->plan_only) status = start_first(&own, execution);
  if (options->plan_only) atomic_store(&execution->ended, true);
  if (status != VONK_OK) {
    status = vonk_task_memory_error(task, status);
    if (!execution->open_pipelines) atomic_store(&execution->ended, true);
    vonk_execution_destroy(execution);
    return status;
  }
  *out = execution;
  return VONK_OK;
}

static STATUS copy_failure(struct vonk_task *task, struct vonk_execution *execution) {
  if (!atomic_load(&execution->failed)) return VONK_OK;
  vonk_mutex_lock(&execution->lock);
  if (!task->error->set) vonk_error_copy(task->error, &execution->error);
  enum vonk_status status = execution->status;
  vonk_mutex_unlock(&execution->lock);
  return status;
}

STATUS vonk_execution_next(struct vonk_task *task, struct vonk_execution *execution, struct vonk_batch *out) {
  *out = (struct vonk_batch){0};
  TRY(vonk_result_next(task, execution->result, out));
  return out->row_count ? VONK_OK : copy_failure(task, execution);
}

STATUS vonk_execution_run(struct vonk_task *task, struct vonk_execution *execution) {
  vonk_engine_wait(execution->engine, &execution->changed, all_ended, execution);
  return copy_failure(task, execution);
}

static bool is_numbered(void *object) {
  const struct vonk_execution *execution = object;
  return atomic_load(&execution->last->numbered) || atomic_load(&execution->failed) || atomic_load(&execution->ended);
}

STATUS vonk_execution_partition_count(struct vonk_task *task, struct vonk_execution *execution, uint32_t *out) {
  vonk_engine_wait(execution->engine, &execution->changed, is_numbered, execution);
  *out = atomic_load(&execution->last->numbered) ? execution->last->partition_count : 0;
  return copy_failure(task, execution);
}

void vonk_execution_cancel(struct vonk_execution *execution) {
  atomic_store(&execution->cancel.requested, true);
  vonk_event_signal(&execution->wake);
  vonk_event_signal(&execution->changed);
}

void vonk_execution_destroy(struct vonk_execution *execution) {
  if (!execution) return;
  atomic_store(&execution->cancel.requested, true);
  if (!atomic_load(&execution->ended)) {
    struct vonk_error none;
    vonk_error_init(&none);
    vonk_execution_fail(execution, VONK_CANCELLED, &none);
    vonk_error_deinit(&none);
    vonk_engine_wait(execution->engine, &execution->changed, all_ended, execution);
  }
  vonk_engine_remove_queue(execution->engine, &execution->queue);
  for (struct vonk_operator *op = execution->operators; op; op = op->next) {
    if (op->type->close) op->type->close(op);
  }
  vonk_error_deinit(&execution->error);
  vonk_mutex_deinit(&execution->lock);
  struct vonk_arena *left = vonk_arena_create(NULL); /* budgets outlive what the execution's arena holds */
  ARRAY_OF(struct vonk_budget *) budgets = {0};
  for (struct vonk_operator *op = execution->operators; op; op = op->next) *ARRAY_PUSH(left, &budgets) = op->budget;
  if (!execution->options.budget) *ARRAY_PUSH(left, &budgets) = execution->budget;
  vonk_arena_destroy(execution->arena);
  for (size_t i = 0; i < budgets.count; i++) vonk_budget_destroy(budgets.items[i]);
  vonk_arena_destroy(left);
}

void vonk_execution_progress(const struct vonk_execution *execution, uint64_t *done, uint64_t *total) {
  *done = *total = 0;
  for (const struct vonk_pipeline *p = execution->pipelines; p; p = p->next) {
    uint64_t pipeline_done, pipeline_total;
    vonk_pipeline_progress(p, &pipeline_done, &pipeline_total);
    *done += pipeline_done;
    *total += pipeline_total;
  }
}
