/* project.c: expressions over each batch. Live masks and encodings pass through; nothing is copied. */
#include "exec/execution_internal.h"
#include "expr/program.h"

struct project {
  struct vonk_operator op;
  struct vonk_program *program;
  uint32_t column_count;
};

struct project_worker {
  struct vonk_program_worker *program;
  struct vonk_column *columns;
};

static STATUS project_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                           struct vonk_operator **out) {
  const struct vonk_relation_project *plan = (const struct vonk_relation_project *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_project, relation, VONK_SHAPE_TRANSFORM, sizeof(struct project));
  struct project *project = (struct project *)op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  project->column_count = plan->expressions.count;
  TRY(vonk_program_compile(task, &plan->expressions, vonk_relation_ids(task->arena, plan->input), &project->program));
  *out = op;
  return VONK_OK;
}

static STATUS project_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct project *project = (struct project *)op;
  struct project_worker *w = ARENA_NEW(context->task.arena, struct project_worker);
  *state = w;
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, project->column_count + 1);
  return vonk_program_open_worker(&context->task, project->program, &w->program);
}

static void project_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  if (state && ((struct project_worker *)state)->program) vonk_program_close_worker(((struct project_worker *)state)->program);
}

static STATUS project_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                           struct vonk_batch *out, enum vonk_step *step) {
  struct project *project = (struct project *)op;
  struct project_worker *w = state;
  *out = *in;
  out->columns = w->columns;
  out->column_count = project->column_count;
  *step = VONK_STEP_NEED_INPUT;
  return vonk_program_eval(&context->task, w->program, in, w->columns);
}

const struct vonk_operator_type vonk_operator_project = {
    .name = "Project",
    .relation = &vonk_relation_project_type,
    .open = project_open,
    .open_worker = project_open_worker,
    .close_worker = project_close_worker,
    .push = project_push,
};
