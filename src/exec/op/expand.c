/* expand.c: each row once for each projection: grouping sets. */
#include "exec/execution_internal.h"
#include "expr/program.h"

struct expand {
  struct vonk_operator op;
  struct vonk_program **programs;
  uint32_t count;
};

struct worker {
  struct vonk_program_worker **programs;
  uint32_t opened, next;
  struct vonk_batch in;
  struct vonk_column *columns;
};

static STATUS expand_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                          struct vonk_operator **out) {
  const struct vonk_relation_expand *plan = (const struct vonk_relation_expand *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_expand, relation, VONK_SHAPE_TRANSFORM, sizeof(struct expand));
  struct expand *expand = (struct expand *)op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  expand->count = plan->projections.count;
  expand->programs = ARENA_ARRAY(task->arena, struct vonk_program *, expand->count + 1);
  struct vonk_ids ids = vonk_relation_ids(task->arena, plan->input);
  for (uint32_t i = 0; i < expand->count; i++) {
    const struct vonk_expr_call *set = EXPR_AS(plan->projections.items[i], call);
    ASSERT(set && set->arguments.count == relation->column_count);
    TRY(vonk_program_compile(task, &set->arguments, ids, &expand->programs[i]));
  }
  *out = op;
  return VONK_OK;
}

static STATUS expand_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct expand *expand = (struct expand *)op;
  struct worker *w = ARENA_NEW(context->task.arena, struct worker);
  *state = w;
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, op->relation->column_count + 1);
  w->programs = ARENA_ARRAY(context->task.arena, struct vonk_program_worker *, expand->count + 1);
  for (uint32_t i = 0; i < expand->count; i++) {
    TRY(vonk_program_open_worker(&context->task, expand->programs[i], &w->programs[i]));
    w->opened++;
  }
  return VONK_OK;
}

static void expand_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  struct worker *w = state;
  for (uint32_t i = 0; w && i < w->opened; i++) vonk_program_close_worker(w->programs[i]);
}

static STATUS expand_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                          struct vonk_batch *out, enum vonk_step *step) {
  struct expand *expand = (struct expand *)op;
  struct worker *w = state;
  if (in) w->in = *in, w->next = 0;
  *out = w->in;
  out->columns = w->columns;
  out->column_count = op->relation->column_count;
  TRY(vonk_program_eval(&context->task, w->programs[w->next], &w->in, w->columns));
  *step = ++w->next < expand->count ? VONK_STEP_HAVE_OUTPUT : VONK_STEP_NEED_INPUT;
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_expand = {
    .name = "Expand",
    .relation = &vonk_relation_expand_type,
    .open = expand_open,
    .open_worker = expand_open_worker,
    .close_worker = expand_close_worker,
    .push = expand_push,
};
