/* program.c: compilation into steps, workers, and the two ways to run one. */
#include "expr/program_internal.h"

#include "base/bits.h"
#include "expr/lambda.h"

struct compiler {
  struct vonk_task *task;
  struct vonk_arena *arena;
  struct vonk_ids inputs;
  ARRAY_OF(struct vonk_step) steps;
};

static STATUS compile(struct compiler *c, const struct vonk_expr *expr, uint32_t *out);

/* A column, or a variable of a lambda around, whose values come as a column too. */
static STATUS compile_input(struct compiler *c, const struct vonk_expr *expr, struct vonk_step *step) {
  uint64_t id = vonk_lambda_input_id(expr);
  step->kind = VONK_STEP_COLUMN;
  for (uint32_t i = 0; i < c->inputs.count; i++) {
    if (c->inputs.items[i] != id) continue;
    step->ordinal = i;
    return VONK_OK;
  }
  return vonk_raisef(c->task, VONK_INTERNAL_ERROR, expr->node.origin, "message", "no column " STR_FMT "#%llu in the input",
                     STR_ARG(vonk_expr_sql(c->arena, expr)), (unsigned long long)id);
}

static uint8_t lazy_kind(const char *name) {
  static const struct { const char *name; uint8_t kind; } kinds[] = {
      {"and", VONK_STEP_AND}, {"or", VONK_STEP_OR}, {"when", VONK_STEP_WHEN}, {"if", VONK_STEP_WHEN},
      {"coalesce", VONK_STEP_COALESCE}, {"nvl", VONK_STEP_COALESCE}, {"ifnull", VONK_STEP_COALESCE},
      {"nullif", VONK_STEP_NULLIF}, {"nvl2", VONK_STEP_NVL2},
  };
  for (size_t i = 0; i < COUNT_OF(kinds); i++) {
    if (strcmp(name, kinds[i].name) == 0) return kinds[i].kind;
  }
  ASSERT(!"a lazy function that the evaluator knows");
  return 0;
}

static STATUS compile_list(struct compiler *c, struct vonk_expr *const *items, uint32_t count, struct vonk_step *step) {
  step->arguments = ARENA_ARRAY(c->arena, uint32_t, count);
  step->argument_count = count;
  step->constant = step->expr->deterministic;
  for (uint32_t i = 0; i < count; i++) {
    TRY(compile(c, items[i], &step->arguments[i]));
    step->constant &= c->steps.items[step->arguments[i]].constant;
  }
  return VONK_OK;
}

/* Behind a call's own arguments stands what its lambdas use from around them. */
static STATUS compile_arguments(struct compiler *c, const struct vonk_exprs *arguments, struct vonk_step *step) {
  struct vonk_exprs captures = vonk_lambda_captures(c->arena, arguments);
  if (captures.count == 0) return compile_list(c, arguments->items, arguments->count, step);
  struct vonk_expr **items = ARENA_ARRAY(c->arena, struct vonk_expr *, (size_t)arguments->count + captures.count);
  memcpy(items, arguments->items, arguments->count * sizeof *items);
  memcpy(items + arguments->count, captures.items, captures.count * sizeof *items);
  return compile_list(c, items, arguments->count + captures.count, step);
}

/* Equal deterministic expressions share a step. */
static bool find(struct compiler *c, const struct vonk_expr *expr, uint32_t *out) {
  for (uint32_t i = 0; i < c->steps.count; i++) {
    const struct vonk_expr *other = c->steps.items[i].expr;
    if (other != expr && (!expr->deterministic || !vonk_node_equal(&other->node, &expr->node))) continue;
    if (other != expr && !vonk_type_equal(other->type, expr->type)) continue;
    *out = i;
    return true;
  }
  return false;
}

static STATUS compile(struct compiler *c, const struct vonk_expr *expr, uint32_t *out) {
  const struct vonk_expr_alias *alias = EXPR_AS(expr, alias);
  if (alias) return compile(c, alias->child, out);
  if (find(c, expr, out)) return VONK_OK;
  struct vonk_step step = {.expr = expr};
  struct vonk_expr_call *call = EXPR_AS(expr, call);
  struct vonk_expr_cast *cast = EXPR_AS(expr, cast);
  if (vonk_lambda_input_id(expr)) {
    TRY(compile_input(c, expr, &step));
  } else if (EXPR_IS(expr, literal)) {
    step.kind = VONK_STEP_LITERAL;
    step.constant = true;
  } else if (EXPR_IS(expr, lambda)) {
    step.kind = VONK_STEP_LAMBDA;
  } else if (cast) {
    step.kind = VONK_STEP_CAST;
    TRY(compile_list(c, &cast->child, 1, &step));
  } else if (call) {
    step.function = call->function;
    step.kind = call->function->flags & VONK_FN_LAZY ? lazy_kind(call->function->name) : VONK_STEP_CALL;
    TRY(compile_arguments(c, &call->arguments, &step));
  } else {
    return vonk_raisef(c->task, VONK_INTERNAL_ERROR, expr->node.origin, "message", "an expression %s cannot be evaluated", expr->node.type->name);
  }
  *ARRAY_PUSH(c->arena, &c->steps) = step;
  *out = (uint32_t)c->steps.count - 1;
  return VONK_OK;
}

STATUS vonk_program_compile(struct vonk_task *task, const struct vonk_exprs *exprs, struct vonk_ids input_ids, struct vonk_program **out) {
  struct compiler c = {.task = task, .arena = task->arena, .inputs = input_ids};
  struct vonk_program *program = ARENA_NEW(task->arena, struct vonk_program);
  *out = NULL;
  program->arena = task->arena;
  program->results = ARENA_ARRAY(task->arena, uint32_t, exprs->count);
  program->result_count = exprs->count;
  for (uint32_t i = 0; i < exprs->count; i++) TRY(compile(&c, exprs->items[i], &program->results[i]));
  program->steps = c.steps.items;
  program->step_count = (uint32_t)c.steps.count;
  *out = program;
  return VONK_OK;
}

/* --- workers --- */

static STATUS open_step(struct vonk_task *task, struct vonk_program_worker *worker, uint32_t i) {
  const struct vonk_step *step = &worker->program->steps[i];
  struct vonk_register *reg = &worker->registers[i];
  if (step->kind == VONK_STEP_LITERAL) {
    reg->column = vonk_column_const(worker->arena, &((const struct vonk_expr_literal *)(const void *)step->expr)->value);
    reg->kept = true;
  }
  if (step->kind == VONK_STEP_CALL && step->function->open) return step->function->open(task, step->expr, &reg->state);
  return VONK_OK;
}

STATUS vonk_program_open_worker(struct vonk_task *task, const struct vonk_program *program, struct vonk_program_worker **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_program_worker *worker = ARENA_NEW(arena, struct vonk_program_worker);
  *out = NULL;
  worker->program = program;
  worker->arena = arena;
  worker->registers = ARENA_ARRAY(arena, struct vonk_register, program->step_count);
  for (uint32_t i = 0; i < program->step_count; i++) {
    enum vonk_status status = open_step(task, worker, i);
    if (status == VONK_OK) continue;
    vonk_program_close_worker(worker);
    return status;
  }
  *out = worker;
  return VONK_OK;
}

void vonk_program_close_worker(struct vonk_program_worker *worker) {
  if (!worker) return;
  for (uint32_t i = 0; i < worker->program->step_count; i++) {
    struct vonk_register *reg = &worker->registers[i];
    const struct vonk_function *function = worker->program->steps[i].function;
    if (reg->state && function && function->close) function->close(reg->state);
    for (struct vonk_step_builder *b = reg->builders; b; b = b->next) vonk_builder_deinit(&b->builder);
    if (reg->cache.has_builder) vonk_builder_deinit(&reg->cache.builder);
    vonk_scratch_deinit(&reg->cache.scratch);
  }
  vonk_scratch_deinit(&worker->scratch);
  vonk_arena_destroy(worker->arena);
}

static void start_batch(struct vonk_program_worker *worker, const struct vonk_batch *batch) {
  vonk_scratch_reset(&worker->scratch);
  worker->batch = batch;
  worker->row_count = batch->row_count;
  worker->last_live_id = 1;
  for (uint32_t i = 0; i < worker->program->step_count; i++) {
    struct vonk_register *reg = &worker->registers[i];
    reg->live_id = reg->kept ? 1 : 0;
    reg->next_builder = reg->builders;
    for (struct vonk_step_builder *b = reg->builders; b; b = b->next) vonk_builder_reset(&b->builder);
  }
}

STATUS vonk_program_eval(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_batch *batch, struct vonk_column *results) {
  struct vonk_live live = {batch->live, 1, NULL};
  start_batch(worker, batch);
  for (uint32_t i = 0; i < worker->program->result_count; i++) {
    TRY(vonk_step_eval(task, worker, worker->program->results[i], &live, &results[i]));
  }
  return VONK_OK;
}

STATUS vonk_program_filter(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_batch *batch, uint64_t *mask, uint32_t *count) {
  struct vonk_live lives[2] = {{batch->live, 1, NULL}, {NULL, 1, &lives[0]}};
  start_batch(worker, batch);
  vonk_bits_copy(batch->live, batch->row_count, mask);
  *count = batch->live ? batch->live_count : batch->row_count;
  for (uint32_t i = 0; i < worker->program->result_count && *count; i++) {
    struct vonk_column column;
    uint64_t *truth;
    TRY(vonk_step_eval(task, worker, worker->program->results[i], i ? &lives[1] : &lives[0], &column));
    TRY(vonk_step_truth(task, worker, &column, &truth, NULL));
    vonk_bits_and(mask, truth, batch->row_count, mask);
    *count = (uint32_t)vonk_bits_count(mask, batch->row_count);
    /* The mask shrinks in place: what was computed for an earlier, larger one still holds. */
    lives[1].bits = mask;
    lives[1].id = 2;
    worker->last_live_id = worker->last_live_id < 2 ? 2 : worker->last_live_id;
  }
  return VONK_OK;
}

STATUS vonk_expr_fold(struct vonk_task *task, const struct vonk_expr *expr, struct vonk_value *out) {
  struct vonk_program *program;
  struct vonk_program_worker *worker;
  struct vonk_exprs exprs = {(struct vonk_expr **)(uintptr_t)&expr, 1};
  struct vonk_batch batch = {.row_count = 1, .live_count = 1};
  struct vonk_column column;
  TRY(vonk_program_compile(task, &exprs, (struct vonk_ids){0}, &program));
  TRY(vonk_program_open_worker(task, program, &worker));
  enum vonk_status status = vonk_program_eval(task, worker, &batch, &column);
  if (status == VONK_OK) {
    *out = vonk_column_get(&column, 0, task->arena);
    out->type = expr->type;
  }
  vonk_program_close_worker(worker);
  return status;
}
