/* python_rows.c: functions in Python over rows as they stream by: values of scalar functions (EVAL), and tables of tables (MAP).
 *
 * EVAL: each worker has a process of its own, which it sends rows to while results of earlier ones are on their way back; they come
 * out beside their rows, in order, all of them at the end of a unit. Functions over iterators get a unit at a time.
 * MAP: a call for each visible partition, one behind the other.
 */
#include "exec/python_arguments.h"
#include "expr/program.h"

enum { EVAL_PANDAS_ITER = 204, EVAL_ARROW_ITER = 251, ROWS_WAITING_MAX = 65536 };

struct python_rows {
  struct vonk_operator op;
  struct vonk_python_spec spec;
  struct vonk_program *program;      /* the arguments */
  uint32_t argument_count;
  bool maps, iterates;               /* MAP; a function over an iterator */
};

struct worker {
  struct vonk_program_worker *program;
  struct vonk_python_stream *stream;
  struct vonk_column *arguments;
  struct vonk_batch in;              /* being taken */
  bool has_in, is_flushed, is_ended; /* the call's input has */
  uint32_t position;                 /* rows of it that have been sent */
  uint32_t partition;                /* of the call */
  uint64_t given;                    /* MAP: rows that came out of the unit */
};

static STATUS open_map(struct vonk_task *task, struct vonk_execution *execution, struct python_rows *rows, const struct vonk_relation_python *plan) {
  const struct vonk_relation *input = plan->input;
  struct vonk_exprs exprs = {ARENA_ARRAY(task->arena, struct vonk_expr *, input->column_count + 1), input->column_count};
  struct vonk_str *names = ARENA_ARRAY(task->arena, struct vonk_str, input->column_count + 1);
  struct vonk_python_argument argument = {0}, *arguments = &argument;
  uint32_t one = 1;
  for (uint32_t i = 0; i < input->column_count; i++) {
    const struct vonk_plan_column *column = &input->columns[i];
    names[i] = column->name;
    exprs.items[i] = vonk_expr_column_of(task->arena, column->id, column->name, column->type, column->nullable);
  }
  const struct vonk_type *type = vonk_python_type_of(task->arena, exprs, names);
  rows->maps = true;
  rows->op.one_worker = rows->op.uses_partitions = true;
  rows->op.order_use[0] = VONK_ORDER_USED;
  rows->argument_count = exprs.count;
  TRY(vonk_program_compile(task, &exprs, vonk_relation_ids(task->arena, input), &rows->program));
  return vonk_python_spec_init(task, execution, plan, &type, 1, &arguments, &one, &rows->spec);
}

static STATUS python_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation, struct vonk_operator **out) {
  const struct vonk_relation_python *plan = (const struct vonk_relation_python *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_python_rows, relation, VONK_SHAPE_TRANSFORM, sizeof(struct python_rows));
  struct python_rows *rows = (struct python_rows *)op;
  struct vonk_python_columns columns;
  *out = op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  if (plan->mode == VONK_PYTHON_MAP) return open_map(task, execution, rows, plan);
  vonk_python_collect(task->arena, &plan->functions, NULL, &columns);
  rows->argument_count = columns.exprs.count;
  TRY(vonk_program_compile(task, &columns.exprs, vonk_relation_ids(task->arena, plan->input), &rows->program));
  TRY(vonk_python_spec_init(task, execution, plan, &columns.type, 1, columns.arguments, columns.argument_counts, &rows->spec));
  rows->iterates = rows->spec.eval_type == EVAL_PANDAS_ITER || rows->spec.eval_type == EVAL_ARROW_ITER;
  return VONK_OK;
}

static STATUS python_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct python_rows *rows = (struct python_rows *)op;
  struct worker *w = ARENA_NEW(context->task.arena, struct worker);
  *state = w;
  w->arguments = ARENA_ARRAY(context->task.arena, struct vonk_column, rows->argument_count + 1);
  TRY(vonk_python_stream_create(context, &rows->spec, rows->maps ? 0 : rows->spec.plan->input->column_count, &w->stream));
  return vonk_program_open_worker(&context->task, rows->program, &w->program);
}

static void python_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  struct worker *w = state;
  if (!w) return;
  if (w->program) vonk_program_close_worker(w->program);
  vonk_python_stream_destroy(w->stream);
}

static STATUS end_call(struct vonk_context *context, struct worker *w) {
  if (w->is_ended) return VONK_OK;
  w->is_ended = true;
  TRY(vonk_python_end_table(context, w->stream, 0));
  return vonk_python_end(context, w->stream);
}

/* Rows of the input go out as far as there is room. */
static STATUS take_input(struct vonk_context *context, const struct python_rows *rows, struct worker *w) {
  struct vonk_batch sent = w->in;
  if (!w->position) {
    if (!vonk_python_is_running(w->stream)) {
      w->partition = w->in.partition;
      w->is_ended = false;
      TRY(vonk_python_begin(context, w->stream, w->partition));
    }
    if (!rows->maps) TRY(vonk_python_keep(context, w->stream, &w->in));
    TRY(vonk_program_eval(&context->task, w->program, &w->in, w->arguments));
  }
  sent.columns = w->arguments;
  sent.column_count = rows->argument_count;
  TRY(vonk_python_append(context, w->stream, 0, &sent, &w->position));
  w->is_flushed = false;
  w->has_in = w->position < sent.live_count;
  return VONK_OK;
}

/* The next rows that have come back. */
static STATUS give(struct vonk_context *context, const struct python_rows *rows, struct worker *w, struct vonk_batch *out, enum vonk_step *step) {
  bool came;
  *step = VONK_STEP_BLOCKED;
  TRY(vonk_python_next(context, w->stream, out, &came));
  if (!came) return VONK_OK;
  *step = VONK_STEP_HAVE_OUTPUT;
  if (!rows->maps) return VONK_OK;
  out->partition = w->partition;
  out->unit = w->in.unit;
  out->first_row = w->given;
  w->given += out->row_count;
  return VONK_OK;
}

/* Whether the input may be taken now; ends the call that has to end first. */
static STATUS may_take(struct vonk_context *context, const struct python_rows *rows, struct worker *w, bool *may) {
  bool runs = vonk_python_is_running(w->stream);
  *may = false;
  if (runs && rows->maps && w->partition != w->in.partition) return vonk_python_has_room(w->stream) ? end_call(context, w) : VONK_OK;
  *may = !runs || (!w->is_ended && vonk_python_has_room(w->stream) && (rows->iterates || vonk_python_waiting(w->stream) < ROWS_WAITING_MAX));
  return VONK_OK;
}

static STATUS python_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, struct vonk_batch *out,
                          enum vonk_step *step) {
  struct python_rows *rows = (struct python_rows *)op;
  struct worker *w = state;
  bool may;
  if (in && !w->has_in) {
    if (w->in.unit != in->unit) w->given = 0;
    w->in = *in;
    w->has_in = true;
    w->position = 0;
  }
  context->wait_event = &context->execution->wake;
  context->wait_ticket = vonk_event_ticket(context->wait_event);
  TRY(give(context, rows, w, out, step));
  if (*step == VONK_STEP_HAVE_OUTPUT) return VONK_OK;
  if (w->has_in) {
    TRY(may_take(context, rows, w, &may));
    if (may) TRY(take_input(context, rows, w));
  }
  if (!w->has_in) *step = VONK_STEP_NEED_INPUT;
  return VONK_OK;
}

static STATUS python_drain(struct vonk_context *context, struct vonk_operator *op, void *state, bool last, struct vonk_batch *out, enum vonk_step *step) {
  struct python_rows *rows = (struct python_rows *)op;
  struct worker *w = state;
  *step = VONK_STEP_NEED_INPUT;
  if (rows->maps && !last) return VONK_OK;
  context->wait_event = &context->execution->wake;
  context->wait_ticket = vonk_event_ticket(context->wait_event);
  if (vonk_python_is_running(w->stream) && vonk_python_has_room(w->stream)) {
    if (last || rows->iterates) {
      TRY(end_call(context, w));
    } else if (!w->is_flushed) {
      TRY(vonk_python_flush(context, w->stream));
      w->is_flushed = true;
    }
  }
  TRY(give(context, rows, w, out, step));
  bool waits = last || rows->iterates ? vonk_python_is_running(w->stream) : vonk_python_waiting(w->stream) > 0;
  if (*step == VONK_STEP_BLOCKED && !waits) *step = VONK_STEP_NEED_INPUT;
  return VONK_OK;
}

static bool accepts(const struct vonk_relation *relation) {
  int32_t mode = ((const struct vonk_relation_python *)relation)->mode;
  return mode == VONK_PYTHON_EVAL || mode == VONK_PYTHON_MAP;
}

const struct vonk_operator_type vonk_operator_python_rows = {
    .name = "PythonRows",
    .relation = &vonk_relation_python_type,
    .accepts = accepts,
    .open = python_open,
    .open_worker = python_open_worker,
    .close_worker = python_close_worker,
    .push = python_push,
    .drain = python_drain,
};
