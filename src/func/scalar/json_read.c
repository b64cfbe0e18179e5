/* json_read.c: from_json and schema_of_json, over the readers of text/. */
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/rows.h"
#include "func/text_arguments.h"
#include "text/json_infer.h"
#include "text/json_reader.h"

/* --- from_json --- */

static STATUS open_from_json(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct vonk_json_reader *reader = NULL;
  TRY(vonk_json_reader_create(task, EXPR_AS(expr, call)->data, expr->type, false, &reader));
  *out = reader;
  return VONK_OK;
}
static void close_from_json(void *state) { vonk_json_reader_destroy(state); }

static STATUS from_json_row(struct vonk_frame *frame, uint32_t row) {
  uint32_t added;
  TRY(vonk_json_reader_add(frame->task, frame->state, vonk_row_str(frame, 0, row), frame->builder, &added));
  return added ? VONK_OK : vonk_row_add_null(frame);
}
static STATUS from_json(struct vonk_frame *frame) { return vonk_rows_build(frame, from_json_row); }

static STATUS bad_schema(struct vonk_bind_call *call, const struct vonk_type *schema, enum vonk_condition condition) {
  struct vonk_arena *arena = call->task->arena;
  return vonk_raise(call->task, condition, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr), "schema",
                    vonk_bind_quote_type(arena, schema), NULL);
}

/* Maps anywhere in the schema have text keys. */
static STATUS check_maps(struct vonk_bind_call *call, const struct vonk_type *schema, const struct vonk_type *type) {
  if (type->id == VONK_TYPE_MAP && !vonk_type_is_string(type->key)) return bad_schema(call, schema, VONK_DATATYPE_MISMATCH__INVALID_JSON_MAP_KEY_TYPE);
  if (type->id == VONK_TYPE_MAP || type->id == VONK_TYPE_ARRAY) return check_maps(call, schema, type->element);
  for (uint32_t i = 0; type->id == VONK_TYPE_STRUCT && i < type->field_count; i++) TRY(check_maps(call, schema, type->fields[i].type));
  return VONK_OK;
}

static STATUS bind_from_json(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_json_options *options = ARENA_NEW(arena, struct vonk_json_options);
  struct vonk_text_options given;
  struct vonk_text_defaults defaults;
  const struct vonk_type *schema;
  TRY(vonk_bind_schema_argument(call, 1, &schema));
  TRY(vonk_bind_text_options(call, 2, &given));
  TRY(vonk_bind_text_defaults(call, &defaults));
  TRY(vonk_json_options_read(call->task, arena, &given, &defaults, options));
  TRY(vonk_bind_check_mode(call, options->mode));
  struct vonk_expr_call *expr = EXPR_AS(call->expr, call);
  if (schema->id == VONK_TYPE_MAP) expr->shown = STR("entries");
  bool readable = schema->id == VONK_TYPE_STRUCT || schema->id == VONK_TYPE_ARRAY || schema->id == VONK_TYPE_MAP || schema->id == VONK_TYPE_VARIANT;
  if (!readable) return bad_schema(call, schema, VONK_DATATYPE_MISMATCH__INVALID_JSON_SCHEMA);
  TRY(check_maps(call, schema, schema));
  TRY(vonk_bind_check_corrupt(call, schema, options->corrupt_name));
  expr->expr.type = schema;
  expr->data = options;
  return VONK_OK;
}

/* --- schema_of_json --- */

static STATUS open_schema_of(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct vonk_json_inference *inference = NULL;
  TRY(vonk_json_inference_create(task, EXPR_AS(expr, call)->data, &inference));
  *out = inference;
  return VONK_OK;
}
static void close_schema_of(void *state) { vonk_json_inference_destroy(state); }

/* What is left of a type at the end: no fields, no elements. */
static const struct vonk_type *finish(const struct vonk_json_options *options, struct vonk_arena *arena, const struct vonk_type *type) {
  const struct vonk_type *found, *nothing = vonk_type_struct(arena, NULL, 0);
  bool structs = type->id == VONK_TYPE_ARRAY && type->element->id == VONK_TYPE_STRUCT;
  found = vonk_json_infer_finish(options, arena, type);
  if (found) return found;
  if (structs) return vonk_type_array(arena, nothing, true);
  return type->id == VONK_TYPE_STRUCT ? nothing : &vonk_type_string;
}

static STATUS schema_of_json_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_arena *arena = frame->task->arena;
  const struct vonk_type *type = vonk_json_infer(frame->state, arena, vonk_row_str(frame, 0, row));
  if (!type) {
    return vonk_raise(frame->task, VONK__LEGACY_ERROR_TEMP_0064, frame->expr->node.origin, "msg", STR("The example is not JSON."), NULL);
  }
  return vonk_row_add_str(frame, vonk_type_sql(arena, finish(EXPR_AS(frame->expr, call)->data, arena, type)));
}
static STATUS schema_of_json(struct vonk_frame *frame) { return vonk_rows_build(frame, schema_of_json_row); }

static STATUS bind_schema_of(struct vonk_bind_call *call) {
  TRY(vonk_bind_json_options(call));
  return vonk_bind_example(call, "json");
}

const struct vonk_function vonk_functions_json_read[] = {
    {.name = "from_json", .signature = "(string!, any, [any]) -> bind", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .eval = from_json,
     .bind = bind_from_json, .open = open_from_json, .close = close_from_json, .shown = "from_json($1$_)|from_json($1$_$_)", .group = "json_funcs",
     .doc = "A JSON text as a value of a schema, with options.",
     .example = "SELECT from_json('{\"a\": 1, \"b\": [0.8]}', 'a INT, b ARRAY<DOUBLE>')"},
    {.name = "schema_of_json", .signature = "(string!, [any]) -> string", .nulls = VONK_NULLS_STRICT, .eval = schema_of_json, .bind = bind_schema_of,
     .open = open_schema_of, .close = close_schema_of, .shown = "schema_of_json($1)|schema_of_json($1$_)", .group = "json_funcs",
     .doc = "The schema of an example of JSON, as DDL.", .example = "SELECT schema_of_json('{\"a\": 1, \"b\": [0.8]}')"},
    {0},
};
