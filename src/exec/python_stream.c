/* python_stream.c: what a call is told, rows out as Arrow streams, results back beside their rows. */
#include "exec/python_stream.h"

#include "column/batch.h"
#include "kernel/gather.h"

enum { EVAL_AGGREGATE_PANDAS = 202, EVAL_WINDOW_PANDAS = 203, EVAL_AGGREGATE_ARROW = 252, EVAL_WINDOW_ARROW = 253, EVAL_MAP_PANDAS = 205, EVAL_MAP_ARROW = 207, EVAL_GROUP_PANDAS = 201, EVAL_GROUP_ARROW = 209, EVAL_GROUP_ARROW_ITER = 215,
       EVAL_GROUP_PANDAS_ITER = 216, EVAL_CO_GROUP_PANDAS = 206, EVAL_CO_GROUP_ARROW = 210 };

struct kept {
  struct vonk_owned_batch *rows;
  struct kept *next;
};

struct vonk_python_stream {
  const struct vonk_python_spec *spec;
  struct vonk_arena *arena;
  struct vonk_event *wake;
  struct vonk_budget *budget;              /* of what goes through the pool */
  struct vonk_python_worker *worker;       /* NULL: no call runs */
  struct vonk_ipc_writer *writers[2];
  bool table_open, table_has_rows;         /* of the table being sent */
  uint32_t kept_count;
  struct kept *first, *last, *spare;
  uint64_t waiting;                        /* kept rows without result */
  uint32_t kept_at;                        /* of the first's rows */
  struct vonk_buffer *bytes;               /* of the result that is read */
  struct vonk_ipc_reader *reader;
  struct vonk_owned_batch *result;
  uint32_t result_at;
  struct vonk_owned_batch *given;          /* kept rows that the last answer points to */
  struct vonk_arena *reader_arena;         /* types of the result that is read */
  struct vonk_scratch scratch;
  struct vonk_column *columns;
};

/* --- the spec --- */

static void put_number(struct vonk_text *out, uint32_t number) { vonk_text_add(out, (struct vonk_str){(const char *)&number, sizeof number}); }

static void put_bytes(struct vonk_text *out, struct vonk_str bytes) {
  put_number(out, (uint32_t)bytes.size);
  vonk_text_add(out, bytes);
}

/* The functions that are applied one after the other, innermost first. */
static void put_commands(struct vonk_text *out, const struct vonk_expr_python *function) {
  const struct vonk_expr_python *chain[64];
  uint32_t count = 0;
  for (const struct vonk_expr_python *at = function; at && count < COUNT_OF(chain); at = at->arguments.count == 1 ? EXPR_AS(at->arguments.items[0], python) : NULL) {
    chain[count++] = at;
  }
  put_number(out, count);
  while (count) put_bytes(out, chain[--count]->command);
}

static const struct vonk_expr_python *function_of(const struct vonk_expr *expr) {
  const struct vonk_expr_window_call *window = EXPR_AS(expr, window_call);
  return window ? EXPR_AS(window->function, python) : EXPR_AS(expr, python);
}

static void put_settings(struct vonk_text *out, const struct vonk_options *settings, struct vonk_str bounds) {
  put_number(out, settings->count + (bounds.size > 0));
  for (uint32_t i = 0; i < settings->count; i++) {
    put_bytes(out, settings->items[i].key);
    put_bytes(out, settings->items[i].value);
  }
  if (!bounds.size) return;
  put_bytes(out, STR("window_bound_types"));
  put_bytes(out, bounds);
}

static struct vonk_str setting(const struct vonk_options *settings, const char *key) {
  for (uint32_t i = 0; i < settings->count; i++) {
    if (vonk_str_equal(settings->items[i].key, vonk_str_of(key))) return settings->items[i].value;
  }
  return (struct vonk_str){0};
}

/* "unbounded" or "bounded" for each function of a window. */
static struct vonk_str window_bounds(struct vonk_arena *arena, const struct vonk_relation_python *plan) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  for (uint32_t i = 0; plan->mode == VONK_PYTHON_WINDOW && i < plan->functions.count; i++) {
    const struct vonk_expr_window_call *call = EXPR_AS(plan->functions.items[i], window_call);
    bool is_whole = call->lower == VONK_BOUND_UNBOUNDED && call->upper == VONK_BOUND_UNBOUNDED;
    if (i) vonk_text_add_char(&out, ',');
    vonk_text_add(&out, is_whole ? STR("unbounded") : STR("bounded"));
  }
  return vonk_text_str(&out);
}

static struct vonk_str pack_call(struct vonk_task *task, const struct vonk_python_spec *spec, struct vonk_python_argument *const *arguments,
                                 const uint32_t *argument_counts) {
  const struct vonk_relation_python *plan = spec->plan;
  struct vonk_text out;
  vonk_text_init(&out, task->arena);
  put_number(&out, (uint32_t)spec->eval_type);
  put_number(&out, 0);
  put_bytes(&out, function_of(plan->functions.items[0])->python_version);
  put_bytes(&out, vonk_python_pool_folder(spec->pool));
  put_settings(&out, &plan->settings, window_bounds(task->arena, plan));
  put_number(&out, 1);
  put_bytes(&out, STR("input_type"));
  put_bytes(&out, vonk_type_json(task->arena, spec->inputs[0]));
  put_bytes(&out, vonk_type_json(task->arena, spec->output));
  put_number(&out, plan->functions.count);
  for (uint32_t i = 0; i < plan->functions.count; i++) {
    put_number(&out, argument_counts[i]);
    for (uint32_t k = 0; k < argument_counts[i]; k++) {
      put_number(&out, (uint32_t)arguments[i][k].column);
      put_bytes(&out, arguments[i][k].name);
    }
    put_commands(&out, function_of(plan->functions.items[i]));
  }
  return vonk_text_str(&out);
}

static bool wraps_input(int64_t eval_type) {
  return eval_type == EVAL_MAP_PANDAS || eval_type == EVAL_MAP_ARROW || eval_type == EVAL_GROUP_ARROW || eval_type == EVAL_GROUP_ARROW_ITER;
}

static bool wraps_output(int64_t eval_type) {
  return wraps_input(eval_type) || eval_type == EVAL_GROUP_PANDAS || eval_type == EVAL_GROUP_PANDAS_ITER || eval_type == EVAL_CO_GROUP_PANDAS ||
         eval_type == EVAL_CO_GROUP_ARROW;
}

/* Of an aggregate over a window: another type than over a group. 0: there is none. */
static int64_t eval_type_of(const struct vonk_relation_python *plan) {
  int64_t type = function_of(plan->functions.items[0])->eval_type;
  if (plan->mode != VONK_PYTHON_WINDOW) return type;
  return type == EVAL_AGGREGATE_PANDAS ? EVAL_WINDOW_PANDAS : type == EVAL_AGGREGATE_ARROW ? EVAL_WINDOW_ARROW : 0;
}

static const struct vonk_type *wrapped(struct vonk_arena *arena, const struct vonk_type *type) {
  struct vonk_type_field field = {.name = STR("struct"), .type = type};
  return vonk_type_struct(arena, &field, 1);
}

STATUS vonk_python_spec_init(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation_python *plan,
                             const struct vonk_type *const *inputs, uint32_t input_count, struct vonk_python_argument *const *arguments,
                             const uint32_t *argument_counts, struct vonk_python_spec *out) {
  const struct vonk_relation *relation = &plan->relation;
  bool has_input = plan->mode == VONK_PYTHON_EVAL || plan->mode == VONK_PYTHON_WINDOW;
  uint32_t passed = has_input ? plan->input->column_count : plan->mode == VONK_PYTHON_AGGREGATE ? plan->keys.count : 0;
  int64_t rows = 0;
  *out = (struct vonk_python_spec){.pool = execution->options.python, .plan = plan, .eval_type = eval_type_of(plan)};
  if (!out->pool) return vonk_unsupported(task, relation->node.origin, "Python functions outside of a session");
  if (!out->eval_type) return vonk_unsupported(task, relation->node.origin, "a Python aggregate over iterators in a window");
  out->wraps_input = wraps_input(out->eval_type);
  out->wraps_output = wraps_output(out->eval_type);
  struct vonk_type_field *fields = ARENA_ARRAY(task->arena, struct vonk_type_field, relation->column_count + 1);
  for (uint32_t i = passed; i < relation->column_count; i++) {
    fields[i - passed] = (struct vonk_type_field){.name = relation->columns[i].name, .type = relation->columns[i].type, .nullable = true};
  }
  out->output = vonk_type_struct(task->arena, fields, relation->column_count - passed);
  if (vonk_str_to_int64(setting(&plan->settings, "spark.sql.execution.arrow.maxRecordsPerBatch"), &rows) && rows > 0) out->ipc.row_limit = (uint64_t)rows;
  out->ipc.byte_limit = 64 << 20;
  out->ipc.zone_id = setting(&plan->settings, "spark.sql.session.timeZone");
  out->ipc.large_offsets = vonk_str_equal_nocase(setting(&plan->settings, "spark.sql.execution.arrow.useLargeVarTypes"), STR("true"));
  for (uint32_t i = 0; i < input_count; i++) {
    out->inputs[i] = inputs[i];
    TRY(vonk_ipc_schema(task, out->wraps_input ? wrapped(task->arena, inputs[i]) : inputs[i], &out->ipc, &out->schemas[i]));
  }
  out->call = pack_call(task, out, arguments, argument_counts);
  return VONK_OK;
}

/* --- the stream --- */

static struct vonk_task pool_task(struct vonk_context *context, const struct vonk_python_stream *stream) {
  struct vonk_task task = context->task;
  task.budget = stream->budget;
  return task;
}

STATUS vonk_python_stream_create(struct vonk_context *context, const struct vonk_python_spec *spec, uint32_t kept_count, struct vonk_python_stream **out) {
  struct vonk_arena *arena = vonk_arena_create(context->task.budget);
  struct vonk_python_stream *stream = ARENA_NEW(arena, struct vonk_python_stream);
  stream->arena = arena;
  stream->spec = spec;
  stream->wake = &context->execution->wake;
  stream->budget = vonk_python_pool_budget(spec->pool);
  stream->kept_count = kept_count;
  stream->columns = ARENA_ARRAY(arena, struct vonk_column, (size_t)kept_count + spec->output->field_count + 1);
  *out = stream;
  return VONK_OK;
}

static void drop_result(struct vonk_python_stream *stream) {
  vonk_owned_batch_destroy(stream->result);
  stream->result = NULL;
}

static void drop_reader(struct vonk_python_stream *stream) {
  drop_result(stream);
  vonk_ipc_reader_destroy(stream->reader);
  vonk_buffer_release(stream->bytes);
  if (stream->reader_arena) vonk_arena_destroy(stream->reader_arena);
  stream->reader = NULL;
  stream->bytes = NULL;
  stream->reader_arena = NULL;
}

void vonk_python_stream_destroy(struct vonk_python_stream *stream) {
  if (!stream) return;
  vonk_python_give_back(stream->worker);
  drop_reader(stream);
  vonk_owned_batch_destroy(stream->given);
  for (struct kept *k = stream->first; k; k = k->next) vonk_owned_batch_destroy(k->rows);
  for (uint32_t i = 0; i < COUNT_OF(stream->writers); i++) vonk_ipc_writer_destroy(stream->writers[i]);
  vonk_scratch_deinit(&stream->scratch);
  vonk_arena_destroy(stream->arena);
}

bool vonk_python_is_running(const struct vonk_python_stream *stream) { return stream->worker != NULL; }
bool vonk_python_has_room(struct vonk_python_stream *stream) { return !vonk_python_is_full(stream->worker); }
uint64_t vonk_python_waiting(const struct vonk_python_stream *stream) { return stream->waiting; }

STATUS vonk_python_begin(struct vonk_context *context, struct vonk_python_stream *stream, uint32_t partition) {
  struct vonk_task task = pool_task(context, stream);
  ASSERT(!stream->worker);
  TRY(vonk_python_take(&task, stream->spec->pool, stream->wake, &stream->worker));
  char *call = vonk_arena_copy(stream->arena, stream->spec->call.data, stream->spec->call.size);
  memcpy(call + sizeof(uint32_t), &partition, sizeof partition);
  return vonk_python_send(&task, stream->worker, VONK_PYTHON_SEND_CALL, (struct vonk_str){call, stream->spec->call.size});
}

STATUS vonk_python_begin_group(struct vonk_context *context, struct vonk_python_stream *stream, uint32_t tables) {
  struct vonk_task task = pool_task(context, stream);
  return vonk_python_send(&task, stream->worker, VONK_PYTHON_SEND_GROUP, (struct vonk_str){(const char *)&tables, sizeof tables});
}

static STATUS open_table(struct vonk_task *task, struct vonk_python_stream *stream, uint32_t table) {
  const struct vonk_python_spec *spec = stream->spec;
  if (stream->table_open) return VONK_OK;
  stream->table_open = true;
  stream->table_has_rows = false;
  if (!stream->writers[table]) {
    const struct vonk_type *type = spec->wraps_input ? wrapped(stream->arena, spec->inputs[table]) : spec->inputs[table];
    TRY(vonk_ipc_writer_create(task, type, &spec->ipc, &stream->writers[table]));
  }
  return vonk_python_send(task, stream->worker, VONK_PYTHON_SEND_DATA, spec->schemas[table]);
}

/* What was appended; nothing, too, when EMPTY. */
static STATUS send_rows(struct vonk_task *task, struct vonk_python_stream *stream, uint32_t table, bool empty) {
  struct vonk_ipc_piece *piece;
  if (!empty && !vonk_ipc_writer_row_count(stream->writers[table])) return VONK_OK;
  stream->table_has_rows = true;
  TRY(vonk_ipc_writer_take(task, stream->writers[table], &piece));
  return vonk_python_send_piece(task, stream->worker, piece, 1, piece->part_count - 1); /* without the schema and the end */
}

STATUS vonk_python_append(struct vonk_context *context, struct vonk_python_stream *stream, uint32_t table, const struct vonk_batch *batch, uint32_t *position) {
  struct vonk_task task = pool_task(context, stream);
  struct vonk_batch wrapped = *batch;
  struct vonk_column whole;
  if (stream->spec->wraps_input) {
    whole = (struct vonk_column){.type = stream->spec->inputs[table], .physical = VONK_PHYSICAL_STRUCT, .children = batch->columns};
    wrapped.columns = &whole;
    wrapped.column_count = 1;
  }
  TRY(open_table(&task, stream, table));
  while (*position < batch->live_count && vonk_python_has_room(stream)) {
    TRY(vonk_ipc_writer_append(&task, stream->writers[table], &wrapped, position));
    if (*position < batch->live_count || vonk_ipc_writer_full(stream->writers[table])) TRY(send_rows(&task, stream, table, false));
  }
  return VONK_OK;
}

STATUS vonk_python_flush(struct vonk_context *context, struct vonk_python_stream *stream) {
  struct vonk_task task = pool_task(context, stream);
  for (uint32_t i = 0; i < COUNT_OF(stream->writers); i++) {
    if (stream->writers[i]) TRY(send_rows(&task, stream, i, false));
  }
  return VONK_OK;
}

STATUS vonk_python_end_table(struct vonk_context *context, struct vonk_python_stream *stream, uint32_t table) {
  struct vonk_task task = pool_task(context, stream);
  TRY(open_table(&task, stream, table));
  TRY(send_rows(&task, stream, table, false));
  /* A table of a co-group that has no rows is one batch of none. */
  if (stream->spec->plan->mode == VONK_PYTHON_CO_GROUP && !stream->table_has_rows) TRY(send_rows(&task, stream, table, true));
  stream->table_open = false;
  static const uint32_t end[2] = {UINT32_MAX, 0};
  return vonk_python_send(&task, stream->worker, VONK_PYTHON_SEND_DATA, (struct vonk_str){(const char *)end, sizeof end});
}

STATUS vonk_python_end(struct vonk_context *context, struct vonk_python_stream *stream) {
  struct vonk_task task = pool_task(context, stream);
  return vonk_python_send(&task, stream->worker, VONK_PYTHON_SEND_END, (struct vonk_str){0});
}

STATUS vonk_python_keep(struct vonk_context *context, struct vonk_python_stream *stream, const struct vonk_batch *batch) {
  struct kept *kept = stream->spare;
  if (kept) stream->spare = kept->next;
  else kept = ARENA_NEW(stream->arena, struct kept);
  *kept = (struct kept){0};
  enum vonk_status status = vonk_batch_copy(&context->task, batch, &kept->rows);
  if (status != VONK_OK) {
    kept->next = stream->spare;
    stream->spare = kept;
    return status;
  }
  if (stream->last) stream->last->next = kept;
  else stream->first = kept;
  stream->last = kept;
  stream->waiting += kept->rows->batch.row_count;
  return VONK_OK;
}

/* --- results --- */

/* May a value of FROM (as Arrow has it) stand for one of TO? Names of fields do not count. */
static bool fits(const struct vonk_type *from, const struct vonk_type *to) {
  if (from->id != to->id) return vonk_type_is_string(from) && vonk_type_is_string(to);
  if (from->id == VONK_TYPE_ARRAY) return fits(from->element, to->element);
  if (from->id == VONK_TYPE_MAP) return fits(vonk_type_child(from, 0), vonk_type_child(to, 0)) && fits(vonk_type_child(from, 1), vonk_type_child(to, 1));
  if (from->id == VONK_TYPE_STRUCT) {
    bool same = from->field_count == to->field_count;
    for (uint32_t i = 0; same && i < from->field_count; i++) same = fits(from->fields[i].type, to->fields[i].type);
    return same;
  }
  return from->id != VONK_TYPE_DECIMAL || (from->precision == to->precision && from->scale == to->scale);
}

static STATUS check_type(struct vonk_task *task, const struct vonk_python_stream *stream, const struct vonk_type *type) {
  const struct vonk_type *own = type;
  if (stream->spec->wraps_output && type->field_count == 1 && type->fields[0].type->id == VONK_TYPE_STRUCT) own = type->fields[0].type;
  if (fits(own, stream->spec->output)) return VONK_OK;
  const struct vonk_expr_python *function = function_of(stream->spec->plan->functions.items[0]);
  return vonk_raise(task, VONK_ARROW_TYPE_MISMATCH, stream->spec->plan->relation.node.origin, "operation",
                    vonk_str_format(task->arena, STR_FMT "()", STR_ARG(function->name.count ? function->name.parts[function->name.count - 1] : STR("function"))),
                    "outputTypes", vonk_type_simple_string(task->arena, stream->spec->output), "actualDataTypes", vonk_type_simple_string(task->arena, own), NULL);
}

static STATUS finish_call(struct vonk_context *context, struct vonk_python_stream *stream) {
  vonk_python_give_back(stream->worker);
  stream->worker = NULL;
  stream->table_open = false;
  if (!stream->waiting) return VONK_OK;
  return vonk_raise(&context->task, VONK_PYTHON_EXCEPTION, NULL, "msg", STR("The Python worker ended without results for all rows"), "traceback",
                    vonk_str_format(context->task.arena, "%llu rows are missing", (unsigned long long)stream->waiting), NULL);
}

/* Another result to read; *CAME false when there is none yet, or the call is through. */
static STATUS receive(struct vonk_context *context, struct vonk_python_stream *stream, bool *came) {
  enum vonk_python_received kind;
  struct vonk_task task = pool_task(context, stream);
  *came = false;
  TRY(vonk_python_receive(&task, stream->worker, &kind, &stream->bytes));
  if (kind == VONK_PYTHON_DONE) return finish_call(context, stream);
  if (kind != VONK_PYTHON_RESULT) return VONK_OK;
  stream->reader_arena = vonk_arena_create(context->task.budget);
  task.arena = stream->reader_arena;
  struct vonk_str data = {(const char *)stream->bytes->data, stream->bytes->size};
  TRY(vonk_ipc_reader_create(&task, data, &stream->reader));
  *came = true;
  return check_type(&context->task, stream, vonk_ipc_reader_type(stream->reader));
}

/* Rows to give, unless *CAME is false. */
static STATUS ensure_result(struct vonk_context *context, struct vonk_python_stream *stream, bool *came) {
  *came = true;
  while (!stream->result || stream->result_at == stream->result->batch.row_count) {
    drop_result(stream);
    if (!stream->reader) {
      *came = false;
      if (!stream->worker) return VONK_OK;
      TRY(receive(context, stream, came));
      if (!*came) return VONK_OK;
    }
    struct vonk_task task = pool_task(context, stream);
    task.arena = stream->reader_arena;
    TRY(vonk_ipc_reader_next(&task, stream->reader, &stream->result));
    stream->result_at = 0;
    if (!stream->result) drop_reader(stream);
  }
  return VONK_OK;
}

static const struct vonk_column *result_columns(const struct vonk_python_stream *stream) {
  const struct vonk_batch *batch = &stream->result->batch;
  bool is_wrapped = stream->spec->wraps_output && batch->column_count == 1 && batch->columns[0].physical == VONK_PHYSICAL_STRUCT;
  return is_wrapped ? batch->columns[0].children : batch->columns;
}

static STATUS slice(struct vonk_task *task, struct vonk_python_stream *stream, const struct vonk_column *from, uint32_t count, uint32_t at, uint32_t rows,
                    uint32_t all, struct vonk_column *to) {
  uint32_t list[VONK_BATCH_ROWS];
  for (uint32_t i = 0; i < rows; i++) list[i] = at + i;
  for (uint32_t c = 0; c < count; c++) {
    if (rows == all) to[c] = from[c];
    else TRY(vonk_column_gather(task, &stream->scratch, &from[c], list, rows, &to[c]));
  }
  return VONK_OK;
}

/* The rows kept before the results, and where they stand. */
static STATUS give_kept(struct vonk_task *task, struct vonk_python_stream *stream, uint32_t rows, struct vonk_batch *out) {
  const struct vonk_batch *kept = &stream->first->rows->batch;
  TRY(slice(task, stream, kept->columns, stream->kept_count, stream->kept_at, rows, kept->row_count, stream->columns));
  out->partition = kept->partition;
  out->unit = kept->unit;
  out->first_row = kept->first_row + (kept->row_origin ? 0 : stream->kept_at);
  out->row_origin = kept->row_origin ? kept->row_origin + stream->kept_at : NULL;
  stream->kept_at += rows;
  stream->waiting -= rows;
  if (stream->kept_at < kept->row_count) return VONK_OK;
  struct kept *done = stream->first;
  stream->given = done->rows;
  stream->first = done->next;
  if (!stream->first) stream->last = NULL;
  stream->kept_at = 0;
  done->next = stream->spare;
  stream->spare = done;
  return VONK_OK;
}

STATUS vonk_python_next(struct vonk_context *context, struct vonk_python_stream *stream, struct vonk_batch *out, bool *came) {
  struct vonk_task *task = &context->task;
  bool beside = stream->spec->plan->mode == VONK_PYTHON_EVAL || stream->spec->plan->mode == VONK_PYTHON_AGGREGATE || stream->spec->plan->mode == VONK_PYTHON_WINDOW;
  vonk_owned_batch_destroy(stream->given);
  stream->given = NULL;
  vonk_scratch_reset(&stream->scratch);
  TRY(ensure_result(context, stream, came));
  if (!*came) return VONK_OK;
  uint32_t all = stream->result->batch.row_count, rows = all - stream->result_at;
  if (beside) {
    if (!stream->first) {
      return vonk_raise(task, VONK_PYTHON_EXCEPTION, NULL, "msg", STR("The Python worker gave more results than there are rows"), "traceback",
                        vonk_str_format(task->arena, "%u too many", rows), NULL);
    }
    uint32_t left = stream->first->rows->batch.row_count - stream->kept_at;
    if (rows > left) rows = left;
    TRY(give_kept(task, stream, rows, out));
  }
  TRY(slice(task, stream, result_columns(stream), stream->spec->output->field_count, stream->result_at, rows, all, stream->columns + stream->kept_count));
  stream->result_at += rows;
  out->columns = stream->columns;
  out->column_count = stream->kept_count + stream->spec->output->field_count;
  out->row_count = out->live_count = rows;
  return VONK_OK;
}
