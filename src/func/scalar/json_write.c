/* json_write.c: to_json: structs, arrays and maps as JSON texts.
 *
 * Fields that are null are left out. Times have the form of ISO 8601 with milliseconds, bytes that of base64.
 */
#include "func/bind_call.h"
#include "func/datetime.h"
#include "func/json_tree.h"
#include "func/lists.h"
#include "func/rows.h"
#include "type/calendar.h"
#include "type/text.h"

struct writer {
  struct vonk_text *out;
  struct vonk_arena *arena;
  const struct vonk_timezone *zone;
};

static void write_row(struct writer *w, const struct vonk_column *column, uint32_t row);

static void write_bytes(struct writer *w, struct vonk_str bytes) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  vonk_text_add_char(w->out, '"');
  for (size_t i = 0; i < bytes.size; i += 3) {
    size_t left = bytes.size - i;
    uint32_t word = 0;
    for (size_t k = 0; k < 3; k++) word = word << 8 | (k < left ? (unsigned char)bytes.data[i + k] : 0);
    for (size_t k = 0; k < 4; k++) vonk_text_add_char(w->out, k <= left ? digits[word >> (18 - 6 * k) & 63] : '=');
  }
  vonk_text_add_char(w->out, '"');
}

static void write_time(struct writer *w, const struct vonk_value *value) {
  bool zoned = value->type->id == VONK_TYPE_TIMESTAMP;
  int64_t local = zoned ? vonk_timezone_to_local(w->zone, value->integer) : value->integer, of_day = vonk_calendar_micros_of_day(local);
  char date[VONK_TEXT_DATE_MAX], offset[VONK_TIMEZONE_OFFSET_TEXT_MAX];
  int size = vonk_format_date(vonk_calendar_micros_to_days(local), date);
  vonk_text_addf(w->out, "\"%.*sT%02d:%02d:%02d.%03d", size, date, (int)(of_day / VONK_MICROS_PER_HOUR), (int)(of_day / VONK_MICROS_PER_MINUTE % 60),
                 (int)(of_day / VONK_MICROS_PER_SECOND % 60), (int)(of_day / 1000 % 1000));
  int32_t seconds = zoned ? vonk_timezone_offset(w->zone, vonk_calendar_floor_div(value->integer, VONK_MICROS_PER_SECOND)) : 0;
  if (zoned) vonk_text_add(w->out, vonk_str_make(offset, (size_t)vonk_timezone_format_offset(seconds, true, offset)));
  vonk_text_add_char(w->out, '"');
}

/* As CAST(x AS STRING), which numbers and booleans take over as they are. */
static void write_scalar(struct writer *w, const struct vonk_value *value) {
  struct vonk_format_options options = {.form = VONK_TEXT_CAST, .zone = w->zone};
  struct vonk_text text;
  if (value->type->id == VONK_TYPE_BINARY) {
    write_bytes(w, value->text);
    return;
  }
  if (value->type->id == VONK_TYPE_TIMESTAMP || value->type->id == VONK_TYPE_TIMESTAMP_NTZ) {
    write_time(w, value);
    return;
  }
  vonk_text_init(&text, w->arena);
  vonk_format_value(&text, value, &options);
  struct vonk_str shown = text.size ? vonk_text_str(&text) : STR("");
  bool special = vonk_type_is_fractional(value->type) && !((shown.data[shown.size - 1] >= '0' && shown.data[shown.size - 1] <= '9'));
  bool plain = (vonk_type_is_numeric(value->type) && !special) || value->type->id == VONK_TYPE_BOOLEAN;
  if (plain) vonk_text_add(w->out, shown);
  else vonk_json_write_text(w->out, shown);
}

static void write_struct(struct writer *w, const struct vonk_column *column, uint32_t index) {
  bool first = true;
  vonk_text_add_char(w->out, '{');
  for (uint32_t i = 0; i < column->type->field_count; i++) {
    if (!vonk_column_row_valid(&column->children[i], index)) continue;
    if (!first) vonk_text_add_char(w->out, ',');
    first = false;
    vonk_json_write_text(w->out, column->type->fields[i].name);
    vonk_text_add_char(w->out, ':');
    write_row(w, &column->children[i], index);
  }
  vonk_text_add_char(w->out, '}');
}

static void write_list(struct writer *w, const struct vonk_column *column, struct vonk_list list) {
  bool map = column->type->id == VONK_TYPE_MAP;
  vonk_text_add_char(w->out, map ? '{' : '[');
  for (uint32_t i = 0; i < list.length; i++) {
    if (i) vonk_text_add_char(w->out, ',');
    if (map) {
      struct vonk_format_options options = {.form = VONK_TEXT_CAST, .zone = w->zone};
      struct vonk_value key = vonk_column_get(&column->children[0], list.offset + i, w->arena);
      struct vonk_text text;
      vonk_text_init(&text, w->arena);
      vonk_format_value(&text, &key, &options);
      vonk_json_write_text(w->out, vonk_text_str(&text));
      vonk_text_add_char(w->out, ':');
    }
    write_row(w, &column->children[map], list.offset + i);
  }
  vonk_text_add_char(w->out, map ? '}' : ']');
}

static void write_row(struct writer *w, const struct vonk_column *column, uint32_t row) {
  if (!vonk_column_row_valid(column, row)) {
    vonk_text_add(w->out, STR("null"));
    return;
  }
  if (column->type->id == VONK_TYPE_STRUCT) {
    write_struct(w, column, vonk_column_index(column, row));
  } else if (column->type->id == VONK_TYPE_ARRAY || column->type->id == VONK_TYPE_MAP) {
    write_list(w, column, vonk_list_at(column, row));
  } else {
    struct vonk_value value = vonk_column_get(column, row, w->arena);
    value.type = column->type;
    write_scalar(w, &value);
  }
}

static STATUS to_json(struct vonk_frame *frame) {
  struct vonk_text out;
  struct writer writer = {.out = &out, .arena = frame->state};
  TRY(vonk_zone_of(frame->task, frame->expr, &writer.zone));
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) {
      TRY(vonk_row_add_null(frame));
      continue;
    }
    vonk_text_init(&out, frame->state);
    write_row(&writer, &frame->arguments[0], row);
    TRY(vonk_row_add_str(frame, vonk_text_str(&out)));
    vonk_arena_reset(frame->state);
  }
  return VONK_OK;
}

static STATUS bind_to_json(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *type = call->arguments.items[0]->type;
  if (call->arguments.count > 1) return vonk_unsupported(call->task, call->expr->node.origin, "to_json with options");
  if (vonk_type_is_nested(type) || type->id == VONK_TYPE_VOID) return VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__INVALID_JSON_SCHEMA, call->expr->node.origin, "sqlExpr",
                    vonk_bind_quote_expr(arena, call->expr), "schema", vonk_bind_quote_type(arena, type), NULL);
}

const struct vonk_function vonk_functions_json_write[] = {
    {.name = "to_json", .signature = "(any, [any]) -> string", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .eval = to_json, .bind = bind_to_json,
     .open = vonk_rows_open_arena, .close = vonk_rows_close_arena, .group = "json_funcs", .doc = "A struct, array or map as a JSON text.",
     .example = "SELECT to_json(named_struct('a', 1, 'b', array('x', NULL)))"},
    {0},
};
