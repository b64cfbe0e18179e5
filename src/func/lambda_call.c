/* lambda_call.c: batches of elements go through the lambda's program like rows through any other. */
#include "func/lambda_call.h"

#include "base/bits.h"
#include "expr/lambda.h"
#include "kernel/gather.h"

STATUS vonk_lambda_open(struct vonk_task *task, const struct vonk_expr *expr, uint32_t index, struct vonk_lambda *out) {
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  struct vonk_expr_lambda *lambda = EXPR_AS(call->arguments.items[index], lambda);
  *out = (struct vonk_lambda){.arena = vonk_arena_create(task->budget)};
  ASSERT(lambda);
  struct vonk_exprs captures = vonk_lambda_captures(out->arena, &call->arguments);
  uint32_t count = lambda->parameters.count + captures.count;
  uint64_t *ids = ARENA_ARRAY(out->arena, uint64_t, count);
  for (uint32_t i = 0; i < lambda->parameters.count; i++) ids[i] = vonk_lambda_input_id(lambda->parameters.items[i]);
  for (uint32_t i = 0; i < captures.count; i++) ids[lambda->parameters.count + i] = vonk_lambda_input_id(captures.items[i]);
  out->inputs = ARENA_ARRAY(out->arena, struct vonk_column, count);
  out->parameter_count = lambda->parameters.count;
  out->capture_count = captures.count;
  out->first_capture = call->arguments.count;
  struct vonk_task own = *task;
  struct vonk_program *program;
  struct vonk_exprs bodies = {&lambda->body, 1};
  own.arena = out->arena;
  TRY(vonk_program_compile(&own, &bodies, (struct vonk_ids){ids, count}, &program));
  return vonk_program_open_worker(&own, program, &out->worker);
}

void vonk_lambda_close(struct vonk_lambda *lambda) {
  if (!lambda->arena) return;
  vonk_program_close_worker(lambda->worker);
  if (lambda->has_collected) vonk_builder_deinit(&lambda->collected);
  vonk_scratch_deinit(&lambda->scratch);
  vonk_arena_destroy(lambda->arena);
  *lambda = (struct vonk_lambda){0};
}

static STATUS eval(struct vonk_frame *frame, struct vonk_lambda *lambda, const uint32_t *rows, uint32_t count, struct vonk_column *out) {
  struct vonk_column *captures = lambda->inputs + lambda->parameter_count;
  for (uint32_t i = 0; i < lambda->capture_count; i++) {
    TRY(vonk_column_gather(frame->task, &lambda->scratch, &frame->arguments[lambda->first_capture + i], rows, count, &captures[i]));
  }
  struct vonk_batch batch = {.columns = lambda->inputs, .column_count = lambda->parameter_count + lambda->capture_count,
                             .row_count = count, .live_count = count};
  TRY(vonk_program_eval(frame->task, lambda->worker, &batch, out));
  if (out->physical == VONK_PHYSICAL_NONE) return VONK_OK;
  return vonk_column_flatten(frame->task, &lambda->scratch, out, count, out);
}

STATUS vonk_lambda_eval(struct vonk_frame *frame, struct vonk_lambda *lambda, const struct vonk_column *parameters, const uint32_t *rows,
                        uint32_t count, struct vonk_column *out) {
  vonk_scratch_reset(&lambda->scratch);
  memcpy(lambda->inputs, parameters, sizeof *parameters * lambda->parameter_count);
  return eval(frame, lambda, rows, count, out);
}

STATUS vonk_lambda_elements_init(struct vonk_frame *frame, uint32_t parameter_count, uint64_t count, struct vonk_lambda_elements *out) {
  void *memory;
  *out = (struct vonk_lambda_elements){0};
  if (count > UINT32_MAX / 2) return vonk_unsupported(frame->task, frame->expr->node.origin, "arrays of so many elements in one batch");
  TRY(vonk_scratch_take(frame->task, frame->scratch, (count + 1) * sizeof(uint32_t), &memory));
  out->rows = memory;
  for (uint32_t p = 0; p < parameter_count; p++) {
    TRY(vonk_scratch_take(frame->task, frame->scratch, (count + 1) * sizeof(uint32_t), &memory));
    out->places[p] = memory;
  }
  return VONK_OK;
}

static STATUS eval_chunk(struct vonk_frame *frame, struct vonk_lambda *lambda, const struct vonk_lambda_elements *elements, uint32_t from,
                         uint32_t count, struct vonk_column *out) {
  vonk_scratch_reset(&lambda->scratch);
  for (uint32_t p = 0; p < lambda->parameter_count; p++) {
    const uint32_t *places = elements->places[p] + from;
    if (elements->columns[p]) {
      TRY(vonk_column_gather_nullable(frame->task, &lambda->scratch, elements->columns[p], places, count, &lambda->inputs[p]));
    } else {
      void *memory;
      TRY(vonk_scratch_take_rows(frame->task, &lambda->scratch, count, sizeof *places, &memory));
      memcpy(memory, places, count * sizeof *places);
      lambda->inputs[p] = (struct vonk_column){.type = &vonk_type_int, .physical = VONK_PHYSICAL_I32, .data = memory};
    }
  }
  return eval(frame, lambda, elements->rows + from, count, out);
}

STATUS vonk_lambda_eval_all(struct vonk_frame *frame, struct vonk_lambda *lambda, const struct vonk_lambda_elements *elements,
                            struct vonk_column *out) {
  struct vonk_column part;
  if (elements->count == 0) {
    *out = (struct vonk_column){.type = &vonk_type_void};
    return VONK_OK;
  }
  if (elements->count <= VONK_BATCH_ROWS) return eval_chunk(frame, lambda, elements, 0, elements->count, out);
  if (lambda->has_collected) vonk_builder_reset(&lambda->collected);
  for (uint32_t from = 0; from < elements->count; from += VONK_BATCH_ROWS) {
    uint32_t count = elements->count - from < VONK_BATCH_ROWS ? elements->count - from : VONK_BATCH_ROWS;
    TRY(vonk_task_check(frame->task));
    TRY(eval_chunk(frame, lambda, elements, from, count, &part));
    if (!lambda->has_collected) TRY(vonk_builder_init(frame->task, &lambda->collected, part.type));
    lambda->has_collected = true;
    for (uint32_t i = 0; i < count; i++) TRY(vonk_builder_add_row(frame->task, &lambda->collected, &part, i));
  }
  return vonk_builder_finish(frame->task, &lambda->collected, out);
}
