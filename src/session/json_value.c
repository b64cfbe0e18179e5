/* json_value.c: a value as JSON: numbers as numbers (decimals with their zeros, reals without NaN and infinity, which are
 * strings), structs and maps as objects, dates and the rest as Spark's text in a string, binary in base64. */
#include "session/statement.h"
#include "type/json.h"

static struct vonk_str plain_text(struct vonk_arena *arena, const struct vonk_value *value, const struct vonk_timezone *zone) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  enum vonk_text_form form = value->type->id == VONK_TYPE_BINARY ? VONK_TEXT_SHOW : VONK_TEXT_CAST;
  struct vonk_format_options options = {.form = form, .binary = VONK_BINARY_BASE64, .zone = zone};
  vonk_format_value(&text, value, &options);
  return vonk_text_str(&text);
}

/* 2024-01-31T12:00:00.5Z: Spark's text with a T, and UTC named where the value is a moment. */
static struct vonk_str iso_timestamp(struct vonk_arena *arena, const struct vonk_value *value) {
  bool moment = value->type->id == VONK_TYPE_TIMESTAMP;
  struct vonk_str text = plain_text(arena, value, NULL);
  size_t space = vonk_str_find(text, STR(" "), 0);
  if (space == SIZE_MAX) return text;
  return vonk_str_format(arena, STR_FMT "T" STR_FMT "%s", STR_ARG(vonk_str_slice(text, 0, space)), STR_ARG(vonk_str_slice(text, space + 1, text.size)), moment ? "Z" : "");
}

static void put_nested(struct vonk_text *out, const struct vonk_value *value, enum vonk_json_form form, const struct vonk_timezone *zone) {
  const struct vonk_type *type = value->type;
  const struct vonk_value *items = value->nested.items;
  bool list = type->id == VONK_TYPE_ARRAY;
  uint32_t count = type->id == VONK_TYPE_STRUCT ? type->field_count : value->nested.count;
  vonk_text_add_char(out, list ? '[' : '{');
  for (uint32_t i = 0; i < count; i++) {
    if (i) vonk_text_add_char(out, ',');
    if (type->id == VONK_TYPE_STRUCT) vonk_json_quote(out, type->fields[i].name);
    if (type->id == VONK_TYPE_MAP) vonk_json_quote(out, plain_text(out->arena, &items[2 * i], zone));
    if (!list) vonk_text_add_char(out, ':');
    vonk_json_put(out, type->id == VONK_TYPE_MAP ? &items[2 * i + 1] : &items[i], form, zone);
  }
  vonk_text_add_char(out, list ? ']' : '}');
}

void vonk_json_put(struct vonk_text *out, const struct vonk_value *value, enum vonk_json_form form, const struct vonk_timezone *zone) {
  if (value->is_null) {
    vonk_text_add(out, STR("null"));
    return;
  }
  const struct vonk_type *type = value->type;
  if (vonk_type_is_nested(type)) {
    put_nested(out, value, form, zone);
  } else if (form == VONK_JSON_ISO && (type->id == VONK_TYPE_TIMESTAMP || type->id == VONK_TYPE_TIMESTAMP_NTZ)) {
    vonk_json_quote(out, iso_timestamp(out->arena, value));
  } else if (type->id == VONK_TYPE_VARIANT) {
    vonk_text_add(out, plain_text(out->arena, value, zone));
  } else if (type->id == VONK_TYPE_BOOLEAN || vonk_type_is_integral(type) || type->id == VONK_TYPE_DECIMAL) {
    vonk_text_add(out, plain_text(out->arena, value, zone));
  } else if (vonk_type_is_fractional(type)) {
    struct vonk_str text = plain_text(out->arena, value, zone);
    char last = text.data[text.size - 1];
    if (last >= '0' && last <= '9') {
      vonk_text_add(out, text);
    } else {
      vonk_json_quote(out, text);
    }
  } else {
    vonk_json_quote(out, plain_text(out->arena, value, zone));
  }
}
