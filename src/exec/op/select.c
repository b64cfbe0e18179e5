/* select.c: rows for which all conjuncts are true. Sparse batches are made dense. */
#include "exec/execution_internal.h"
#include "expr/program.h"
#include "kernel/gather.h"

struct select {
  struct vonk_operator op;
  struct vonk_program *program;
};

struct select_worker {
  struct vonk_program_worker *program;
  struct vonk_scratch scratch;
  uint64_t mask[VONK_BATCH_WORDS];
};

static STATUS select_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                          struct vonk_operator **out) {
  const struct vonk_relation_select *plan = (const struct vonk_relation_select *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_select, relation, VONK_SHAPE_TRANSFORM, sizeof(struct select));
  vonk_operator_set_inputs(op, &plan->input, 1);
  TRY(vonk_program_compile(task, &plan->conjuncts, vonk_relation_ids(task->arena, plan->input), &((struct select *)op)->program));
  *out = op;
  return VONK_OK;
}

static STATUS select_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct select_worker *w = ARENA_NEW(context->task.arena, struct select_worker);
  *state = w;
  return vonk_program_open_worker(&context->task, ((struct select *)op)->program, &w->program);
}

static void select_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  struct select_worker *w = state;
  if (!w) return;
  if (w->program) vonk_program_close_worker(w->program);
  vonk_scratch_deinit(&w->scratch);
}

static STATUS select_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                          struct vonk_batch *out, enum vonk_step *step) {
  (void)op;
  struct select_worker *w = state;
  uint32_t count;
  *step = VONK_STEP_NEED_INPUT;
  TRY(vonk_program_filter(&context->task, w->program, in, w->mask, &count));
  if (!count) return VONK_OK;
  struct vonk_batch kept = *in;
  kept.live_count = count;
  kept.live = count == in->row_count ? NULL : w->mask;
  if (kept.live && count < in->row_count / 2) {
    vonk_scratch_reset(&w->scratch);
    return vonk_batch_compact(&context->task, &w->scratch, &kept, out);
  }
  *out = kept;
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_select = {
    .name = "Filter",
    .relation = &vonk_relation_select_type,
    .open = select_open,
    .open_worker = select_open_worker,
    .close_worker = select_close_worker,
    .push = select_push,
};
