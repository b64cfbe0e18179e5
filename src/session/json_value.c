/* json_value.c: a value as JSON: numbers as numbers (decimals with their zeros, reals without NaN and infinity, which are
 * strings), structs and maps as objects, dates and the rest as Spark's text in a string, binary in base64. */
#include "session/statement.h"

static void put_string(struct vonk_text *out, struct vonk_str text) {
  vonk_text_add_char(out, '"');
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    switch (c) {
      case '"': vonk_text_add(out, STR("\\\"")); break;
      case '\\': vonk_text_add(out, STR("\\\\")); break;
      case '\n': vonk_text_add(out, STR("\\n")); break;
      case '\r': vonk_text_add(out, STR("\\r")); break;
      case '\t': vonk_text_add(out, STR("\\t")); break;
      default:
        if (c < 0x20 || c == 0x7f) {
          vonk_text_addf(out, "\\u%04x", c);
        } else {
          vonk_text_add_char(out, (char)c);
        }
    }
  }
  vonk_text_add_char(out, '"');
}

static struct vonk_str plain_text(struct vonk_arena *arena, const struct vonk_value *value, const struct vonk_timezone *zone) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  enum vonk_text_form form = value->type->id == VONK_TYPE_BINARY ? VONK_TEXT_SHOW : VONK_TEXT_CAST;
  struct vonk_format_options options = {.form = form, .binary = VONK_BINARY_BASE64, .zone = zone};
  vonk_format_value(&text, value, &options);
  return vonk_text_str(&text);
}

static void put_nested(struct vonk_text *out, const struct vonk_value *value, const struct vonk_timezone *zone) {
  const struct vonk_type *type = value->type;
  const struct vonk_value *items = value->nested.items;
  bool list = type->id == VONK_TYPE_ARRAY;
  uint32_t count = type->id == VONK_TYPE_STRUCT ? type->field_count : value->nested.count;
  vonk_text_add_char(out, list ? '[' : '{');
  for (uint32_t i = 0; i < count; i++) {
    if (i) vonk_text_add_char(out, ',');
    if (type->id == VONK_TYPE_STRUCT) put_string(out, type->fields[i].name);
    if (type->id == VONK_TYPE_MAP) put_string(out, plain_text(out->arena, &items[2 * i], zone));
    if (!list) vonk_text_add_char(out, ':');
    vonk_json_put(out, type->id == VONK_TYPE_MAP ? &items[2 * i + 1] : &items[i], zone);
  }
  vonk_text_add_char(out, list ? ']' : '}');
}

void vonk_json_put(struct vonk_text *out, const struct vonk_value *value, const struct vonk_timezone *zone) {
  if (value->is_null) {
    vonk_text_add(out, STR("null"));
    return;
  }
  const struct vonk_type *type = value->type;
  if (vonk_type_is_nested(type)) {
    put_nested(out, value, zone);
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
      put_string(out, text);
    }
  } else {
    put_string(out, plain_text(out->arena, value, zone));
  }
}
