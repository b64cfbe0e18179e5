/* nested_loop.c: inner joins without equal keys, when the build side is long: each row of the probe side, as constants, beside
 * each batch of the build side, so that the conditions run over whole batches. (A short build side is one chain of the hash join.)
 */
#include "exec/execution_internal.h"
#include "exec/unit_batches.h"
#include "expr/program.h"
#include "kernel/gather.h"
#include "kernel/select.h"

enum { BUILD_ROWS_MIN = VONK_BATCH_ROWS / 2 };

struct nested_loop {
  struct vonk_operator op;
  const struct vonk_relation_join_on *plan;
  bool build_left;
  struct vonk_program *residual;
  struct vonk_unit_batches build;
};

struct probe {
  struct vonk_program_worker *residual;
  struct vonk_batch in;
  uint32_t rows[VONK_BATCH_ROWS + 64];
  uint32_t row_count, at;          /* of `rows`; the one that is joined */
  size_t batch;                    /* of the build side that comes next */
  struct vonk_column *columns;     /* left's, then right's */
  struct vonk_scratch row, output; /* memory of the row's constants; of what goes out */
  uint64_t mask[VONK_BATCH_WORDS];
};

static bool nested_loop_accepts(const struct vonk_relation *relation) {
  const struct vonk_relation_join_on *plan = (const struct vonk_relation_join_on *)relation;
  const struct vonk_relation *build = plan->build_side == 1 ? plan->left : plan->right;
  bool pairs = plan->join_type == VONK_JOIN_INNER || plan->join_type == VONK_JOIN_CROSS;
  return pairs && !plan->left_keys.count && build->estimated_rows >= BUILD_ROWS_MIN;
}

static STATUS nested_loop_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                               struct vonk_operator **out) {
  const struct vonk_relation_join_on *plan = (const struct vonk_relation_join_on *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_nested_loop, relation, VONK_SHAPE_JOIN, sizeof(struct nested_loop));
  struct nested_loop *join = (struct nested_loop *)op;
  *out = op;
  join->plan = plan;
  join->build_left = plan->build_side == 1;
  op->probe_child = join->build_left;
  vonk_unit_batches_init(&join->build, execution->budget);
  vonk_operator_set_inputs(op, (struct vonk_relation *[]){plan->left, plan->right}, 2);
  return plan->residual.count ? vonk_program_compile(task, &plan->residual, vonk_relation_ids(task->arena, relation), &join->residual) : VONK_OK;
}

static STATUS nested_loop_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                                 enum vonk_step *step) {
  (void)state;
  *step = VONK_STEP_NEED_INPUT;
  return vonk_unit_batches_add(&context->task, &((struct nested_loop *)op)->build, in);
}

static STATUS nested_loop_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  (void)context;
  if (part == VONK_FINISH_END) vonk_unit_batches_sort(&((struct nested_loop *)op)->build);
  return VONK_OK;
}

static STATUS nested_loop_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  struct nested_loop *join = (struct nested_loop *)op;
  if (role != VONK_ROLE_TRANSFORM) return VONK_OK;
  struct probe *w = ARENA_NEW(context->task.arena, struct probe);
  *state = w;
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, op->relation->column_count + 1);
  return join->residual ? vonk_program_open_worker(&context->task, join->residual, &w->residual) : VONK_OK;
}

static void nested_loop_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  struct probe *w = state;
  if (!w) return;
  if (w->residual) vonk_program_close_worker(w->residual);
  vonk_scratch_deinit(&w->row);
  vonk_scratch_deinit(&w->output);
}

/* A column of one row is a constant. */
static STATUS fix_row(struct vonk_context *context, const struct nested_loop *join, struct probe *w) {
  struct vonk_column *columns = w->columns + (join->build_left ? join->plan->left->column_count : 0);
  vonk_scratch_reset(&w->row);
  for (uint32_t c = 0; c < w->in.column_count; c++) {
    TRY(vonk_column_gather(&context->task, &w->row, &w->in.columns[c], &w->rows[w->at], 1, &columns[c]));
    TRY(vonk_column_flatten(&context->task, &w->row, &columns[c], 1, &columns[c]));
    columns[c].encoding = VONK_CONST;
  }
  return VONK_OK;
}

/* The row that is fixed beside one batch; OUT stays empty when no pair passes. */
static STATUS join_batch(struct vonk_context *context, const struct nested_loop *join, struct probe *w, struct vonk_batch *out) {
  const struct vonk_batch *build = &join->build.list.items[w->batch++].batch->batch;
  memcpy(w->columns + (join->build_left ? 0 : join->plan->left->column_count), build->columns, build->column_count * sizeof *build->columns);
  struct vonk_batch pairs = *out;
  pairs.columns = w->columns;
  pairs.column_count = join->op.relation->column_count;
  pairs.row_count = pairs.live_count = build->row_count;
  if (w->residual) {
    TRY(vonk_program_filter(&context->task, w->residual, &pairs, w->mask, &pairs.live_count));
    if (!pairs.live_count) return VONK_OK;
    if (pairs.live_count < pairs.row_count) pairs.live = w->mask;
  }
  if (pairs.live && pairs.live_count * 2 < pairs.row_count) return vonk_batch_compact(&context->task, &w->output, &pairs, out);
  *out = pairs;
  return VONK_OK;
}

static STATUS nested_loop_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                               struct vonk_batch *out, enum vonk_step *step) {
  struct nested_loop *join = (struct nested_loop *)op;
  struct probe *w = state;
  if (in) {
    w->in = *in;
    w->row_count = vonk_select_rows(in->live, in->row_count, w->rows);
    w->at = 0;
    w->batch = 0;
  }
  vonk_scratch_reset(&w->output);
  *step = VONK_STEP_HAVE_OUTPUT;
  while (w->at < w->row_count && join->build.list.count) {
    TRY(vonk_task_check(&context->task));
    if (w->batch == 0) TRY(fix_row(context, join, w));
    TRY(join_batch(context, join, w, out));
    if (w->batch == join->build.list.count) {
      w->batch = 0;
      w->at++;
    }
    if (out->row_count) return VONK_OK;
  }
  *step = VONK_STEP_NEED_INPUT;
  return VONK_OK;
}

static void nested_loop_close(struct vonk_operator *op) { vonk_unit_batches_deinit(&((struct nested_loop *)op)->build); }

const struct vonk_operator_type vonk_operator_nested_loop = {
    .name = "NestedLoopJoin",
    .relation = &vonk_relation_join_on_type,
    .accepts = nested_loop_accepts,
    .open = nested_loop_open,
    .open_worker = nested_loop_open_worker,
    .close_worker = nested_loop_close_worker,
    .push = nested_loop_push,
    .absorb = nested_loop_absorb,
    .finish = nested_loop_finish,
    .close = nested_loop_close,
};
