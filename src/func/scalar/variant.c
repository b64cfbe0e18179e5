/* variant.c: functions of VARIANT: parse_json, variant_get, to_variant_object, schema_of_variant, is_variant_null, variant_explode.
 *
 * Casts from and to VARIANT are functions, too (func/bind_call.c).
 */
#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/datetime.h"
#include "func/rows.h"
#include "func/variant_cast.h"
#include "func/variant_schema.h"

static struct vonk_variant variant_at(const struct vonk_column *column, uint32_t row) {
  uint32_t index = vonk_column_index(column, row);
  return (struct vonk_variant){vonk_read_str(&column->children[0], index), vonk_read_str(&column->children[1], index)};
}

static STATUS add_variant(struct vonk_frame *frame, const struct vonk_variant *variant) {
  TRY(vonk_builder_add_bytes(frame->task, &frame->builder->children[0], variant->metadata.data, variant->metadata.size));
  TRY(vonk_builder_add_bytes(frame->task, &frame->builder->children[1], variant->value.data, variant->value.size));
  return vonk_builder_end_struct(frame->task, frame->builder);
}

static bool is_try(const struct vonk_frame *frame) { return strncmp(EXPR_AS(frame->expr, call)->function->name, "try_", 4) == 0; }

static STATUS malformed(struct vonk_frame *frame) { return vonk_raise(frame->task, VONK_MALFORMED_VARIANT, frame->expr->node.origin, NULL); }

static STATUS bind_variant(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  return type->id == VONK_TYPE_VARIANT || type->id == VONK_TYPE_VOID ? VONK_OK : vonk_bind_unexpected(call, 0, "\"VARIANT\"");
}

/* --- parse_json --- */

static STATUS parse_row(struct vonk_frame *frame, uint32_t row) {
  static const struct vonk_json_rules rules = {0};
  struct vonk_str text = vonk_row_str(frame, 0, row), name;
  struct vonk_variant variant;
  const struct vonk_json_node *node = vonk_json_parse(frame->state, &rules, text);
  bool good = node && vonk_variant_from_json(frame->state, node, false, &variant, &name);
  if (!good && !is_try(frame)) {
    return vonk_raise(frame->task, VONK_MALFORMED_RECORD_IN_PARSING__WITHOUT_SUGGESTION, frame->expr->node.origin, "badRecord", text, "failFastMode",
                      STR("FAILFAST"), NULL);
  }
  TRY(good ? add_variant(frame, &variant) : vonk_row_add_null(frame));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS parse_json(struct vonk_frame *frame) { return vonk_rows_build(frame, parse_row); }

/* --- variant_get --- */

/* One step of a path from *AT on: a NAME, or an INDEX where the name's data is NULL. */
static bool read_step(struct vonk_str path, size_t *at, struct vonk_str *name, int64_t *index) {
  char kind = path.data[(*at)++];
  size_t from = *at;
  *name = (struct vonk_str){0};
  if (kind == '.') {
    while (*at < path.size && path.data[*at] != '.' && path.data[*at] != '[') ++*at;
    *name = vonk_str_slice(path, from, *at);
    return *at > from;
  }
  if (kind != '[' || from >= path.size) return false;
  char quote = path.data[from];
  bool quoted = quote == '\'' || quote == '"';
  struct vonk_str end = quoted ? (quote == '"' ? STR("\"]") : STR("']")) : STR("]");
  size_t close = vonk_str_find(path, end, from + quoted);
  if (close == SIZE_MAX) return false;
  *at = close + end.size;
  struct vonk_str inner = vonk_str_slice(path, from + quoted, close);
  if (quoted) return *name = inner, true;
  return inner.size && inner.data[0] >= '0' && inner.data[0] <= '9' && vonk_str_to_int64(inner, index);
}

/* *FOUND is false where the path leads nowhere; false for what is no path. */
static bool follow(struct vonk_variant *variant, struct vonk_str path, bool *found) {
  *found = true;
  if (!path.size || path.data[0] != '$') return false;
  for (size_t at = 1; at < path.size;) {
    struct vonk_str name;
    int64_t index = 0;
    if (!read_step(path, &at, &name, &index)) return false;
    if (!*found) continue;
    struct vonk_variant_view view = vonk_variant_read(variant);
    struct vonk_variant parent = *variant;
    if (name.data) *found = view.kind == VONK_VARIANT_OBJECT && vonk_variant_field(&parent, &view, name, variant);
    else *found = view.kind == VONK_VARIANT_ARRAY && index < view.count && vonk_variant_child(&parent, &view, (uint32_t)index, &name, variant);
  }
  return true;
}

static STATUS put_value(struct vonk_frame *frame, uint32_t row, const struct vonk_value *value) {
  if (frame->builder) return vonk_builder_add_value(frame->task, frame->builder, value);
  if (value->is_null) vonk_row_put_null(frame, row);
  else if (vonk_type_is_fractional(value->type)) vonk_result_put_real(frame, row, value->real);
  else vonk_result_put_integer(frame, row, value->type->id == VONK_TYPE_DECIMAL ? value->decimal : value->integer);
  return VONK_OK;
}

static STATUS bad_cast(struct vonk_frame *frame, const struct vonk_variant *variant) {
  struct vonk_text text;
  vonk_text_init(&text, frame->task->arena);
  if (!vonk_variant_add_json(&text, variant, NULL)) return malformed(frame);
  return vonk_raise(frame->task, VONK_INVALID_VARIANT_CAST, NULL, "value", vonk_text_str(&text), "dataType",
                    vonk_bind_quote_type(frame->task->arena, frame->expr->type), NULL);
}

static STATUS get_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_variant variant = variant_at(&frame->arguments[0], row);
  struct vonk_str path = vonk_row_str(frame, 1, row);
  struct vonk_value value = vonk_value_null(frame->expr->type);
  const struct vonk_timezone *zone;
  bool found;
  TRY(vonk_zone_of(frame->task, frame->expr, &zone));
  if (!follow(&variant, path, &found)) {
    return vonk_raise(frame->task, VONK_INVALID_VARIANT_GET_PATH, NULL, "path", path, "functionName",
                      vonk_str_format(frame->task->arena, "`%s`", EXPR_AS(frame->expr, call)->function->name), NULL);
  }
  if (found && !vonk_variant_cast(frame->state, zone, &variant, frame->expr->type, &value)) {
    if (!is_try(frame)) return bad_cast(frame, &variant);
    value = vonk_value_null(frame->expr->type);
  }
  TRY(put_value(frame, row, &value));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS variant_get(struct vonk_frame *frame) {
  return frame->builder ? vonk_rows_build(frame, get_row) : vonk_rows_each(frame, get_row);
}

static STATUS bind_get(struct vonk_bind_call *call) {
  struct vonk_value text;
  TRY(bind_variant(call));
  call->expr->type = &vonk_type_variant;
  call->expr->nullable = true;
  if (call->arguments.count < 3) return VONK_OK;
  TRY(vonk_bind_constant(call, 2, &text));
  return text.is_null || !call->parse_type ? VONK_OK : call->parse_type(call->task, text.text, &call->expr->type);
}

/* --- casts --- */

static STATUS cast_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_variant variant = variant_at(&frame->arguments[0], row);
  struct vonk_value value = vonk_value_null(frame->expr->type);
  const struct vonk_timezone *zone;
  TRY(vonk_zone_of(frame->task, frame->expr, &zone));
  if (!vonk_variant_cast(frame->state, zone, &variant, frame->expr->type, &value)) {
    if (!is_try(frame)) return bad_cast(frame, &variant);
    value = vonk_value_null(frame->expr->type);
  }
  TRY(put_value(frame, row, &value));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS cast_variant(struct vonk_frame *frame) {
  return frame->builder ? vonk_rows_build(frame, cast_row) : vonk_rows_each(frame, cast_row);
}

static STATUS to_variant_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_value value = vonk_column_get(&frame->arguments[0], row, frame->state);
  struct vonk_variant variant;
  if (!vonk_variant_from_value(frame->state, &value, &variant)) return malformed(frame);
  TRY(add_variant(frame, &variant));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS to_variant(struct vonk_frame *frame) { return vonk_rows_build(frame, to_variant_row); }

static STATUS bind_object(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *type = call->arguments.items[0]->type;
  bool nested = type->id == VONK_TYPE_ARRAY || type->id == VONK_TYPE_MAP || type->id == VONK_TYPE_STRUCT;
  if (nested && vonk_variant_holds(type, true)) return VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__CAST_WITHOUT_SUGGESTION, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr), "srcType",
                    vonk_bind_quote_type(arena, type), "targetType", STR("\"VARIANT\""), NULL);
}

/* --- schema_of_variant --- */

static STATUS schema_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_variant variant = variant_at(&frame->arguments[0], row);
  const struct vonk_type *type = vonk_variant_schema(frame->state, &variant);
  struct vonk_text text;
  if (!type) return malformed(frame);
  vonk_text_init(&text, frame->state);
  vonk_variant_add_schema(&text, type);
  TRY(vonk_row_add_str(frame, vonk_text_str(&text)));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS schema_of_variant(struct vonk_frame *frame) { return vonk_rows_build(frame, schema_row); }

/* --- is_variant_null, variant_explode --- */

static STATUS is_null_row(struct vonk_frame *frame, uint32_t row) {
  bool valid = frame->arguments[0].physical != VONK_PHYSICAL_NONE && vonk_row_valid(frame, 0, row);
  struct vonk_variant variant = valid ? variant_at(&frame->arguments[0], row) : (struct vonk_variant){0};
  vonk_row_put_bool(frame, row, valid && vonk_variant_read(&variant).kind == VONK_VARIANT_NULL);
  return VONK_OK;
}
static STATUS is_variant_null(struct vonk_frame *frame) { return vonk_rows_each(frame, is_null_row); }

static STATUS is_valid_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_variant variant = variant_at(&frame->arguments[0], row);
  struct vonk_text text;
  vonk_text_init(&text, frame->state);
  vonk_row_put_bool(frame, row, vonk_variant_add_json(&text, &variant, NULL));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS is_valid_variant(struct vonk_frame *frame) { return vonk_rows_each(frame, is_valid_row); }

static STATUS add_child(struct vonk_frame *frame, uint32_t index, struct vonk_str name, const struct vonk_variant *child) {
  struct vonk_builder *record = &frame->builder->children[0], *value = &record->children[2];
  TRY(vonk_builder_add_integer(frame->task, &record->children[0], index));
  TRY(name.data ? vonk_builder_add_bytes(frame->task, &record->children[1], name.data, name.size) : vonk_builder_add_null(frame->task, &record->children[1]));
  TRY(vonk_builder_add_bytes(frame->task, &value->children[0], child->metadata.data, child->metadata.size));
  TRY(vonk_builder_add_bytes(frame->task, &value->children[1], child->value.data, child->value.size));
  TRY(vonk_builder_end_struct(frame->task, value));
  return vonk_builder_end_struct(frame->task, record);
}

static STATUS explode_row(struct vonk_frame *frame, uint32_t row) {
  bool valid = frame->arguments[0].physical != VONK_PHYSICAL_NONE && vonk_row_valid(frame, 0, row);
  struct vonk_variant variant = valid ? variant_at(&frame->arguments[0], row) : (struct vonk_variant){0};
  struct vonk_variant_view view = vonk_variant_read(&variant);
  bool container = view.kind == VONK_VARIANT_ARRAY || view.kind == VONK_VARIANT_OBJECT;
  for (uint32_t i = 0; container && i < view.count; i++) {
    struct vonk_variant child;
    struct vonk_str name;
    if (!vonk_variant_child(&variant, &view, i, &name, &child)) return malformed(frame);
    TRY(add_child(frame, i, name, &child));
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}
static STATUS variant_explode(struct vonk_frame *frame) { return vonk_rows_build(frame, explode_row); }

static STATUS bind_explode(struct vonk_bind_call *call) {
  const struct vonk_type_field fields[] = {
      {.name = STR("pos"), .type = &vonk_type_int}, {.name = STR("key"), .type = &vonk_type_string, .nullable = true}, {.name = STR("value"), .type = &vonk_type_variant}};
  TRY(bind_variant(call));
  call->expr->type = vonk_type_array(call->task->arena, vonk_type_struct(call->task->arena, fields, 3), false);
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, ...)                                                                                      \
  {.name = row_name, .signature = row_signature, .eval = row_eval, .open = vonk_rows_open_arena, .close = vonk_rows_close_arena,         \
   .group = "variant_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_variant[] = {
    ROW("parse_json", "(string) -> variant", parse_json, .nulls = VONK_NULLS_STRICT, .doc = "A JSON text as a variant.",
        .example = "SELECT parse_json('{\"a\": 1, \"b\": [0.80, \"x\"]}')"),
    ROW("try_parse_json", "(string) -> variant", parse_json, .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL,
        .doc = "A JSON text as a variant, or null.", .example = "SELECT try_parse_json('{\"a\": 1}'), try_parse_json('{')"),
    ROW("variant_get", "(any, string, [string]) -> bind", variant_get, .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .bind = bind_get,
        .shown = "variant_get($1, $2)|variant_get($1, $2$_)", .doc = "What a path finds in a variant, as a type.",
        .example = "SELECT variant_get(parse_json('{\"a\": [1, 2]}'), '$.a[1]', 'int')"),
    ROW("try_variant_get", "(any, string, [string]) -> bind", variant_get, .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .bind = bind_get,
        .shown = "try_variant_get($1, $2)|try_variant_get($1, $2$_)", .doc = "What a path finds in a variant, as a type, or null.",
        .example = "SELECT try_variant_get(parse_json('{\"a\": \"x\"}'), '$.a', 'int')"),
    ROW("to_variant_object", "(any) -> variant", to_variant, .nulls = VONK_NULLS_STRICT, .bind = bind_object, .doc = "An array, a map or a struct as a variant.",
        .example = "SELECT to_json(to_variant_object(named_struct('a', 1, 'b', array(2.5, NULL))))"),
    /* What casts become; the binder sets the type. */
    ROW("cast_to_variant", "(any) -> variant", to_variant, .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_INTERNAL),
    ROW("cast_variant", "(any) -> variant", cast_variant, .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_INTERNAL | VONK_FN_MAY_NULL),
    ROW("try_cast_variant", "(any) -> variant", cast_variant, .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_INTERNAL | VONK_FN_MAY_NULL),
    ROW("schema_of_variant", "(any) -> string", schema_of_variant, .nulls = VONK_NULLS_STRICT, .bind = bind_variant, .doc = "The schema that a variant has.",
        .example = "SELECT schema_of_variant(parse_json('{\"a\": 1, \"b\": [0.8]}'))"),
    ROW("is_variant_null", "(any) -> boolean", is_variant_null, .nulls = VONK_NULLS_NEVER, .bind = bind_variant, .doc = "True for a variant that is JSON's null.",
        .example = "SELECT is_variant_null(parse_json('null')), is_variant_null(parse_json('1'))"),
    ROW("is_valid_variant", "(any) -> boolean", is_valid_variant, .nulls = VONK_NULLS_STRICT, .bind = bind_variant,
        .doc = "True for a variant whose bytes are well formed.", .example = "SELECT is_valid_variant(parse_json('{\"a\": [1, null]}'))"),
    ROW("variant_explode", "(any) -> bind", variant_explode, .kind = VONK_GENERATOR, .nulls = VONK_NULLS_NEVER, .bind = bind_explode,
        .doc = "A row for each child of a variant.", .example = "SELECT pos, key, to_json(value) FROM variant_explode(parse_json('{\"a\": 1, \"b\": [true]}'))"),
    {0},
};
