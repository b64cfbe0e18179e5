/* csv.c: from_csv, schema_of_csv and to_csv, over the readers and the writer of text/. */
#include "column/batch.h"
#include "func/bind_call.h"
#include "func/rows.h"
#include "func/text_arguments.h"
#include "text/csv_infer.h"
#include "text/csv_reader.h"
#include "text/csv_writer.h"

static STATUS bind_options(struct vonk_bind_call *call, uint32_t index, struct vonk_csv_options **out) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_text_options *given = ARENA_NEW(arena, struct vonk_text_options);
  struct vonk_text_defaults defaults;
  *out = ARENA_NEW(arena, struct vonk_csv_options);
  TRY(vonk_bind_text_options(call, index, given));
  TRY(vonk_bind_text_defaults(call, &defaults));
  EXPR_AS(call->expr, call)->data = *out;
  return vonk_csv_options_read(call->task, arena, given, &defaults, *out);
}

/* Values of nested types have no place in a record. */
static STATUS check_type(struct vonk_bind_call *call, const struct vonk_type *type) {
  if (!vonk_type_is_nested(type) && type->id != VONK_TYPE_VARIANT) return VONK_OK;
  return vonk_raise(call->task, VONK_UNSUPPORTED_DATATYPE, call->expr->node.origin, "typeName", vonk_bind_quote_type(call->task->arena, type), NULL);
}

/* --- from_csv --- */

static STATUS open_from_csv(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  uint32_t count = expr->type->field_count;
  uint32_t *wanted = ARENA_ARRAY(task->arena, uint32_t, count);
  struct vonk_csv_reader *reader = NULL;
  for (uint32_t i = 0; i < count; i++) wanted[i] = i;
  TRY(vonk_csv_reader_open(task, EXPR_AS(expr, call)->data, expr->type, wanted, count, &reader));
  *out = reader;
  return VONK_OK;
}
static void close_from_csv(void *state) { vonk_csv_reader_close(state); }

static STATUS add_records(struct vonk_frame *frame, const struct vonk_batch *batch, uint32_t from, uint32_t stop) {
  uint32_t record = 0;
  for (uint32_t row = from; row < stop; row++) {
    if (!vonk_bits_get(frame->live, row)) {
      TRY(vonk_row_add_null(frame));
      continue;
    }
    for (uint32_t i = 0; i < batch->column_count; i++) {
      TRY(vonk_builder_add_row(frame->task, &frame->builder->children[i], &batch->columns[i], record));
    }
    TRY(vonk_builder_end_struct(frame->task, frame->builder));
    record++;
  }
  return VONK_OK;
}

static STATUS from_csv(struct vonk_frame *frame) {
  void *memory;
  TRY(vonk_scratch_take(frame->task, frame->scratch, sizeof(struct vonk_str) * VONK_BATCH_ROWS, &memory));
  struct vonk_str *records = memory;
  for (uint32_t from = 0; from < frame->row_count; from += VONK_BATCH_ROWS) {
    uint32_t stop = frame->row_count - from > VONK_BATCH_ROWS ? from + VONK_BATCH_ROWS : frame->row_count, count = 0;
    struct vonk_batch batch = {0};
    for (uint32_t row = from; row < stop; row++) {
      if (vonk_bits_get(frame->live, row)) records[count++] = vonk_row_str(frame, 0, row);
    }
    if (count) TRY(vonk_csv_reader_read(frame->task, frame->state, records, count, false, &batch));
    TRY(add_records(frame, &batch, from, stop));
  }
  return VONK_OK;
}

static STATUS bind_from_csv(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_csv_options *options;
  const struct vonk_type *schema;
  TRY(vonk_bind_schema_argument(call, 1, &schema));
  if (schema->id != VONK_TYPE_STRUCT) {
    return vonk_raise(call->task, VONK_INVALID_SCHEMA__NON_STRUCT_TYPE, call->expr->node.origin, "inputSchema",
                      vonk_bind_quote_expr(arena, call->arguments.items[1]), "dataType", vonk_bind_quote_type(arena, schema), NULL);
  }
  TRY(bind_options(call, 2, &options));
  TRY(vonk_bind_check_mode(call, options->mode));
  TRY(vonk_bind_check_corrupt(call, schema, options->corrupt_name));
  for (uint32_t i = 0; i < schema->field_count; i++) TRY(check_type(call, schema->fields[i].type));
  call->expr->type = schema;
  return VONK_OK;
}

/* --- schema_of_csv --- */

static STATUS schema_of_csv_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_arena *arena = frame->task->arena;
  struct vonk_csv_options options = *(const struct vonk_csv_options *)EXPR_AS(frame->expr, call)->data;
  struct vonk_str text = vonk_row_str(frame, 0, row), *names;
  struct vonk_csv_inference *inference;
  uint32_t count;
  options.header = false;
  TRY(vonk_csv_column_names(frame->task, &options, text, true, &names, &count));
  TRY(vonk_csv_inference_create(frame->task, &options, count, &inference));
  vonk_csv_inference_add(inference, text, NULL);
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, count);
  for (uint32_t i = 0; i < count; i++) {
    fields[i] = (struct vonk_type_field){.name = names[i], .type = vonk_csv_inference_type(inference, arena, i), .nullable = true};
  }
  struct vonk_str shown = vonk_type_sql(arena, vonk_type_struct(arena, fields, count));
  vonk_csv_inference_destroy(inference);
  return vonk_row_add_str(frame, shown);
}
static STATUS schema_of_csv(struct vonk_frame *frame) { return vonk_rows_build(frame, schema_of_csv_row); }

static STATUS bind_schema_of(struct vonk_bind_call *call) {
  struct vonk_csv_options *options;
  TRY(bind_options(call, 1, &options));
  options->infer_schema = true;
  return vonk_bind_example(call, "csv");
}

/* --- to_csv --- */

struct write_state {
  struct vonk_arena *arena, *record;
  const struct vonk_csv_writer *writer;
};

static STATUS open_to_csv(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct write_state *state = ARENA_NEW(arena, struct write_state);
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  *state = (struct write_state){.arena = arena, .record = vonk_arena_create(task->budget)};
  *out = state;
  return vonk_csv_writer_create(task, arena, call->data, call->arguments.items[0]->type, &state->writer);
}
static void close_to_csv(void *object) {
  struct write_state *state = object;
  vonk_arena_destroy(state->record);
  vonk_arena_destroy(state->arena);
}

static STATUS to_csv_row(struct vonk_frame *frame, uint32_t row) {
  struct write_state *state = frame->state;
  struct vonk_text text;
  vonk_text_init(&text, state->record);
  const struct vonk_column *record = &frame->arguments[0];
  vonk_csv_writer_row(state->writer, record->children, vonk_column_index(record, row), state->record, &text);
  TRY(vonk_row_add_str(frame, text.size ? vonk_text_str(&text) : STR("")));
  vonk_arena_reset(state->record);
  return VONK_OK;
}
static STATUS to_csv(struct vonk_frame *frame) { return vonk_rows_build(frame, to_csv_row); }

static STATUS bind_to_csv(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *type = call->arguments.items[0]->type;
  struct vonk_csv_options *options;
  if (type->id != VONK_TYPE_STRUCT) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__UNSUPPORTED_INPUT_TYPE, call->expr->node.origin, "sqlExpr",
                      vonk_bind_quote_expr(arena, call->expr), "functionName", STR("`to_csv`"), "dataType", vonk_bind_quote_type(arena, type), NULL);
  }
  TRY(bind_options(call, 1, &options));
  call->expr->nullable = true;
  return VONK_OK;
}

const struct vonk_function vonk_functions_csv[] = {
    {.name = "from_csv", .signature = "(string!, any, [any]) -> bind", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .eval = from_csv,
     .bind = bind_from_csv, .open = open_from_csv, .close = close_from_csv, .shown = "from_csv($1$_)|from_csv($1$_$_)", .group = "csv_funcs",
     .doc = "A CSV record as a struct of a schema, with options.", .example = "SELECT from_csv('1, 0.8', 'a INT, b DOUBLE')"},
    {.name = "schema_of_csv", .signature = "(string!, [any]) -> string", .nulls = VONK_NULLS_STRICT, .eval = schema_of_csv, .bind = bind_schema_of,
     .shown = "schema_of_csv($1)|schema_of_csv($1$_)", .group = "csv_funcs", .doc = "The schema of an example of a CSV record, as DDL.",
     .example = "SELECT schema_of_csv('1,abc,2.5')"},
    {.name = "to_csv", .signature = "(any, [any]) -> string", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .eval = to_csv, .bind = bind_to_csv,
     .open = open_to_csv, .close = close_to_csv, .shown = "to_csv($1)|to_csv($1$_)", .group = "csv_funcs", .doc = "A struct as a CSV record, with options.",
     .example = "SELECT to_csv(named_struct('a', 1, 'b', 'x,y'))"},
    {0},
};
