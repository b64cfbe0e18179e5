/* json_write.c: to_json: structs, arrays and maps as JSON texts, over the writer of text/. */
#include "func/bind_call.h"
#include "func/rows.h"
#include "func/text_arguments.h"
#include "text/json_writer.h"

static STATUS open_to_json(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct vonk_json_writer *writer = NULL;
  TRY(vonk_json_writer_create(task, EXPR_AS(expr, call)->data, &writer));
  *out = writer;
  return VONK_OK;
}
static void close_to_json(void *state) { vonk_json_writer_destroy(state); }

static STATUS to_json_row(struct vonk_frame *frame, uint32_t row) {
  return vonk_row_add_str(frame, vonk_json_writer_row(frame->state, &frame->arguments[0], row));
}
static STATUS to_json(struct vonk_frame *frame) { return vonk_rows_build(frame, to_json_row); }

static STATUS bind_to_json(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *type = call->arguments.items[0]->type;
  TRY(vonk_bind_json_options(call));
  call->expr->nullable = true;
  if (vonk_type_is_nested(type) || type->id == VONK_TYPE_VOID || type->id == VONK_TYPE_VARIANT) return VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__INVALID_JSON_SCHEMA, call->expr->node.origin, "sqlExpr",
                    vonk_bind_quote_expr(arena, call->expr), "schema", vonk_bind_quote_type(arena, type), NULL);
}

const struct vonk_function vonk_functions_json_write[] = {
    {.name = "to_json", .signature = "(any, [any]) -> string", .nulls = VONK_NULLS_STRICT, .eval = to_json, .bind = bind_to_json,
     .open = open_to_json, .close = close_to_json, .shown = "to_json($1)|to_json($1$_)", .group = "json_funcs",
     .doc = "A struct, array or map as a JSON text, with options.", .example = "SELECT to_json(named_struct('a', 1, 'b', array('x', NULL)))"},
    {0},
};
