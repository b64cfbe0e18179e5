/* text_arguments.c: folds the arguments and reads what they say. */
#include "func/text_arguments.h"

#include "conf/conf.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "text/json_options.h"

static bool is_map_call(const struct vonk_expr *expr) {
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  return (call && strcmp(call->function->name, "map") == 0) || (EXPR_IS(expr, literal) && expr->type->id == VONK_TYPE_MAP);
}

STATUS vonk_bind_text_options(struct vonk_bind_call *call, uint32_t index, struct vonk_text_options *out) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_value map;
  *out = (struct vonk_text_options){0};
  if (index >= call->arguments.count) return VONK_OK;
  const struct vonk_expr *argument = call->arguments.items[index];
  if (!is_map_call(argument)) return vonk_raise(call->task, VONK_INVALID_OPTIONS__NON_MAP_FUNCTION, call->expr->node.origin, NULL);
  bool empty = EXPR_IS(argument, call) && EXPR_AS(argument, call)->arguments.count == 0;
  if (!empty && (!vonk_type_is_string(argument->type->key) || !vonk_type_is_string(argument->type->element))) {
    return vonk_raise(call->task, VONK_INVALID_OPTIONS__NON_STRING_TYPE, call->expr->node.origin, "mapType", vonk_bind_quote_type(arena, argument->type), NULL);
  }
  TRY(vonk_bind_constant(call, index, &map));
  struct vonk_text_option *items = ARENA_ARRAY(arena, struct vonk_text_option, map.nested.count);
  for (uint32_t i = 0; i < map.nested.count; i++) {
    items[i].name = map.nested.items[2 * i].text;
    if (!map.nested.items[2 * i + 1].is_null) items[i].value = map.nested.items[2 * i + 1].text;
  }
  *out = (struct vonk_text_options){items, map.nested.count};
  return VONK_OK;
}

STATUS vonk_bind_text_defaults(struct vonk_bind_call *call, struct vonk_text_defaults *out) {
  *out = (struct vonk_text_defaults){
      .zone = &vonk_timezone_utc,
      .corrupt_name = vonk_conf_text(call->conf, VONK_CONF_CORRUPT_RECORD_NAME),
      .ignore_null_fields = vonk_conf_bool(call->conf, VONK_CONF_JSON_IGNORE_NULLS),
      .prefer_ntz = vonk_str_equal(vonk_conf_text(call->conf, VONK_CONF_TIMESTAMP_TYPE), STR("TIMESTAMP_NTZ")),
  };
  if (call->time_zone.size == 0 || vonk_timezone_load(call->task->arena, call->time_zone, &out->zone)) return VONK_OK;
  return vonk_raise(call->task, VONK_INVALID_TIMEZONE, call->expr->node.origin, "timeZone", call->time_zone, NULL);
}

STATUS vonk_bind_json_options(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_json_options *options = ARENA_NEW(arena, struct vonk_json_options);
  struct vonk_text_options given;
  struct vonk_text_defaults defaults;
  TRY(vonk_bind_text_options(call, 1, &given));
  TRY(vonk_bind_text_defaults(call, &defaults));
  TRY(vonk_json_options_read(call->task, arena, &given, &defaults, options));
  EXPR_AS(call->expr, call)->data = options;
  return VONK_OK;
}

/* --- schemas --- */

static bool has_char(const struct vonk_type *type) {
  if (type->id == VONK_TYPE_CHAR || type->id == VONK_TYPE_VARCHAR) return true;
  if (type->id == VONK_TYPE_ARRAY || type->id == VONK_TYPE_MAP) return has_char(type->element) || (type->key && has_char(type->key));
  for (uint32_t i = 0; type->id == VONK_TYPE_STRUCT && i < type->field_count; i++) {
    if (has_char(type->fields[i].type)) return true;
  }
  return false;
}

STATUS vonk_bind_schema_argument(struct vonk_bind_call *call, uint32_t index, const struct vonk_type **out) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_expr *argument = call->arguments.items[index];
  struct vonk_value text = vonk_value_null(&vonk_type_string);
  bool found = false;
  if (vonk_type_is_string(argument->type)) TRY(vonk_bind_find_constant(call, index, &text, &found));
  if (!found || text.is_null || !call->parse_type) {
    return vonk_raise(call->task, VONK_INVALID_SCHEMA__NON_STRING_LITERAL, call->expr->node.origin, "inputSchema", vonk_bind_quote_expr(arena, argument), NULL);
  }
  const struct vonk_type *type;
  TRY(call->parse_type(call->task, text.text, &type));
  if (has_char(type)) return vonk_raise(call->task, VONK_UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING, call->expr->node.origin, NULL);
  *out = vonk_type_as_nullable(arena, type);
  return VONK_OK;
}

STATUS vonk_bind_check_mode(struct vonk_bind_call *call, enum vonk_text_mode mode) {
  if (mode != VONK_TEXT_DROP_MALFORMED) return VONK_OK;
  return vonk_raise(call->task, VONK_PARSE_MODE_UNSUPPORTED, call->expr->node.origin, "funcName",
                    vonk_str_format(call->task->arena, "`%s`", EXPR_AS(call->expr, call)->function->name), "mode", STR("DROPMALFORMED"), NULL);
}

STATUS vonk_bind_check_corrupt(struct vonk_bind_call *call, const struct vonk_type *schema, struct vonk_str corrupt_name) {
  struct vonk_arena *arena = call->task->arena;
  for (uint32_t i = 0; schema->id == VONK_TYPE_STRUCT && i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    if (!vonk_str_equal(field->name, corrupt_name) || field->type->id == VONK_TYPE_STRING) continue;
    return vonk_raise(call->task, VONK_INVALID_CORRUPT_RECORD_TYPE, call->expr->node.origin, "columnName", vonk_type_quote(arena, corrupt_name), "actualType",
                      vonk_bind_quote_type(arena, field->type), NULL);
  }
  return VONK_OK;
}

STATUS vonk_bind_example(struct vonk_bind_call *call, const char *name) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_value value;
  bool found;
  TRY(vonk_bind_find_constant(call, 0, &value, &found));
  if (!found) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__NON_FOLDABLE_INPUT, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                      "inputName", vonk_str_format(arena, "`%s`", name), "inputType", STR("\"STRING\""), "inputExpr",
                      vonk_bind_quote_expr(arena, call->arguments.items[0]), NULL);
  }
  if (!value.is_null) return VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__UNEXPECTED_NULL, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                    "exprName", vonk_str_of(name), NULL);
}
