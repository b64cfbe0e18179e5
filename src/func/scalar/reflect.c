/* reflect.c: reflect, java_method, try_reflect: they call static methods of Java classes, of which there are none here. What Spark says of their
 * arguments is said here, too, and then that the class was not found.
 */
#include "func/bind_call.h"
#include "func/constant.h"

/* A constant text. */
static STATUS text_of(struct vonk_bind_call *call, uint32_t index, const char *name, struct vonk_str *out) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_expr *argument = call->arguments.items[index];
  struct vonk_value value = vonk_value_null(&vonk_type_string);
  bool found = vonk_type_is_string(argument->type);
  if (found) TRY(vonk_bind_find_constant(call, index, &value, &found));
  *out = value.text;
  if (found && !value.is_null) return VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__NON_FOLDABLE_INPUT, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr), "inputName",
                    vonk_str_of(name), "inputType", STR("\"STRING\""), "inputExpr", vonk_bind_quote_expr(arena, argument), NULL);
}

static STATUS bind_reflect(struct vonk_bind_call *call) {
  struct vonk_str class_name, method;
  TRY(text_of(call, 0, "`class`", &class_name));
  TRY(text_of(call, 1, "`method`", &method));
  for (uint32_t i = 2; i < call->arguments.count; i++) {
    const struct vonk_type *type = call->arguments.items[i]->type;
    bool plain = vonk_type_is_numeric(type) && type->id != VONK_TYPE_DECIMAL;
    if (plain || type->id == VONK_TYPE_BOOLEAN || vonk_type_is_string(type)) continue;
    return vonk_bind_unexpected(call, i, "(\"BOOLEAN\" or \"TINYINT\" or \"SMALLINT\" or \"INT\" or \"BIGINT\" or \"FLOAT\" or \"DOUBLE\" or \"STRING\")");
  }
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__UNEXPECTED_CLASS_TYPE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(call->task->arena, call->expr),
                    "className", class_name, NULL);
}

#define REFLECT(row_name) \
  {.name = row_name, .signature = "(any, any, any*) -> string", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_INTERNAL, .bind = bind_reflect, .group = "misc_funcs"}

const struct vonk_function vonk_functions_reflect[] = {REFLECT("reflect"), REFLECT("java_method"), REFLECT("try_reflect"), {0}};
