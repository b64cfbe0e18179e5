/* json_writer.c: walks the rows of nested columns. Fields that are null are left out where the options say so. */
#include "text/json_writer.h"

#include "base/base64.h"
#include "type/calendar.h"
#include "type/json.h"
#include "type/text.h"

struct vonk_json_writer {
  const struct vonk_json_options *options;
  struct vonk_arena *arena, *record;
  struct vonk_text out;
  uint32_t depth;
  const struct vonk_datetime_format *date_format, *timestamp_format, *ntz_format, *time_format;
};

static void write_row(struct vonk_json_writer *w, const struct vonk_column *column, uint32_t row);

/* --- scalars --- */

static void write_text(struct vonk_json_writer *w, struct vonk_str text) {
  if (!w->options->ascii) {
    vonk_json_quote(&w->out, text);
    return;
  }
  struct vonk_text quoted;
  vonk_text_init(&quoted, w->record);
  vonk_json_quote(&quoted, text);
  struct vonk_str all = vonk_text_str(&quoted);
  for (size_t at = 0; at < all.size;) {
    uint32_t code = vonk_utf8_decode(all, &at);
    if (code < 0x80) vonk_text_add_char(&w->out, (char)code);
    else if (code < 0x10000) vonk_text_addf(&w->out, "\\u%04X", code);
    else vonk_text_addf(&w->out, "\\u%04X\\u%04X", 0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF));
  }
}

static void write_bytes(struct vonk_json_writer *w, struct vonk_str bytes) {
  char *text = vonk_arena_alloc(w->record, vonk_base64_size(bytes.size, true));
  write_text(w, vonk_str_make(text, vonk_base64_encode(bytes, true, text)));
}

static void write_formatted(struct vonk_json_writer *w, const struct vonk_datetime_format *format, const struct vonk_timezone *zone, int64_t micros) {
  char *text = vonk_arena_alloc(w->record, vonk_datetime_format_max(format));
  write_text(w, vonk_str_make(text, vonk_datetime_format_print(format, zone, micros, text)));
}

static void write_timestamp(struct vonk_json_writer *w, int64_t micros, bool zoned) {
  const struct vonk_datetime_format *format = zoned ? w->timestamp_format : w->ntz_format;
  if (format) {
    write_formatted(w, format, zoned ? w->options->zone : &vonk_timezone_utc, micros);
    return;
  }
  int64_t local = zoned ? vonk_timezone_to_local(w->options->zone, micros) : micros, of_day = vonk_calendar_micros_of_day(local);
  char date[VONK_TEXT_DATE_MAX], offset[VONK_TIMEZONE_OFFSET_TEXT_MAX];
  int size = vonk_format_date(vonk_calendar_micros_to_days(local), date);
  vonk_text_addf(&w->out, "\"%.*sT%02d:%02d:%02d.%03d", size, date, (int)(of_day / VONK_MICROS_PER_HOUR), (int)(of_day / VONK_MICROS_PER_MINUTE % 60),
                 (int)(of_day / VONK_MICROS_PER_SECOND % 60), (int)(of_day / 1000 % 1000));
  int32_t seconds = zoned ? vonk_timezone_offset(w->options->zone, vonk_calendar_floor_div(micros, VONK_MICROS_PER_SECOND)) : 0;
  if (zoned) vonk_text_add(&w->out, vonk_str_make(offset, (size_t)vonk_timezone_format_offset(seconds, true, offset)));
  vonk_text_add_char(&w->out, '"');
}

/* As CAST(x AS STRING), which numbers and booleans take over as they are. */
static void write_scalar(struct vonk_json_writer *w, const struct vonk_value *value) {
  struct vonk_format_options options = {.form = VONK_TEXT_CAST, .zone = w->options->zone};
  struct vonk_text text;
  int64_t micros;
  switch (value->type->id) {
    case VONK_TYPE_VARIANT: vonk_format_value(&w->out, value, &options); return;
    case VONK_TYPE_BINARY: write_bytes(w, value->text); return;
    case VONK_TYPE_TIMESTAMP: write_timestamp(w, value->integer, true); return;
    case VONK_TYPE_TIMESTAMP_NTZ: write_timestamp(w, value->integer, false); return;
    case VONK_TYPE_DATE:
      if (!w->date_format || !vonk_calendar_days_to_micros(value->integer, &micros)) break;
      write_formatted(w, w->date_format, &vonk_timezone_utc, micros);
      return;
    case VONK_TYPE_TIME:
      if (!w->time_format) break;
      write_formatted(w, w->time_format, &vonk_timezone_utc, value->integer / 1000);
      return;
    default: break;
  }
  vonk_text_init(&text, w->record);
  vonk_format_value(&text, value, &options);
  struct vonk_str shown = text.size ? vonk_text_str(&text) : STR("");
  bool special = vonk_type_is_fractional(value->type) && !((shown.data[shown.size - 1] >= '0' && shown.data[shown.size - 1] <= '9'));
  bool plain = (vonk_type_is_numeric(value->type) && !special) || value->type->id == VONK_TYPE_BOOLEAN;
  if (plain) vonk_text_add(&w->out, shown);
  else write_text(w, shown);
}

/* --- nested --- */

/* Pretty: objects have a line for each member, lists stand in one line. */
static void new_line(struct vonk_json_writer *w) {
  vonk_text_add_char(&w->out, '\n');
  for (uint32_t i = 0; i < w->depth; i++) vonk_text_add(&w->out, STR("  "));
}

static void write_name(struct vonk_json_writer *w, struct vonk_str name, bool first) {
  if (!first) vonk_text_add_char(&w->out, ',');
  if (w->options->pretty) new_line(w);
  write_text(w, name);
  vonk_text_add(&w->out, w->options->pretty ? STR(" : ") : STR(":"));
}

static void begin_object(struct vonk_json_writer *w) {
  vonk_text_add_char(&w->out, '{');
  w->depth++;
}

static void end_object(struct vonk_json_writer *w, bool empty) {
  w->depth--;
  if (w->options->pretty && empty) vonk_text_add_char(&w->out, ' ');
  else if (w->options->pretty) new_line(w);
  vonk_text_add_char(&w->out, '}');
}

static void write_struct(struct vonk_json_writer *w, const struct vonk_column *column, uint32_t index) {
  bool first = true;
  begin_object(w);
  for (uint32_t i = 0; i < column->type->field_count; i++) {
    if (w->options->ignore_null_fields && !vonk_column_row_valid(&column->children[i], index)) continue;
    write_name(w, column->type->fields[i].name, first);
    first = false;
    write_row(w, &column->children[i], index);
  }
  end_object(w, first);
}

/* Keys stand for themselves as Spark keeps them: dates as days, timestamps as microseconds, structs as lists. */
static void add_key(struct vonk_json_writer *w, const struct vonk_value *key, struct vonk_text *out) {
  struct vonk_format_options options = {.form = VONK_TEXT_CAST, .zone = w->options->zone};
  bool nested = key->type->id == VONK_TYPE_STRUCT || key->type->id == VONK_TYPE_ARRAY;
  bool counted = vonk_type_is_datetime(key->type) || key->type->id == VONK_TYPE_TIME;
  if (key->is_null) {
    vonk_text_add(out, STR("null"));
  } else if (nested) {
    for (uint32_t i = 0; i < vonk_value_item_count(key); i++) {
      vonk_text_add_char(out, i ? ',' : '[');
      add_key(w, &key->nested.items[i], out);
    }
    vonk_text_add(out, vonk_value_item_count(key) ? STR("]") : STR("[]"));
  } else if (counted) {
    vonk_text_addf(out, "%lld", (long long)key->integer);
  } else {
    vonk_format_value(out, key, &options);
  }
}

static void write_map(struct vonk_json_writer *w, const struct vonk_column *column, struct vonk_list list) {
  begin_object(w);
  for (uint32_t i = 0; i < list.length; i++) {
    struct vonk_value key = vonk_column_get(&column->children[0], list.offset + i, w->record);
    struct vonk_text text;
    vonk_text_init(&text, w->record);
    add_key(w, &key, &text);
    write_name(w, text.size ? vonk_text_str(&text) : STR(""), i == 0);
    write_row(w, &column->children[1], list.offset + i);
  }
  end_object(w, list.length == 0);
}

static void write_list(struct vonk_json_writer *w, const struct vonk_column *column, struct vonk_list list) {
  vonk_text_add(&w->out, w->options->pretty ? STR("[ ") : STR("["));
  for (uint32_t i = 0; i < list.length; i++) {
    if (i) vonk_text_add(&w->out, w->options->pretty ? STR(", ") : STR(","));
    write_row(w, &column->children[0], list.offset + i);
  }
  vonk_text_add(&w->out, w->options->pretty && list.length ? STR(" ]") : STR("]"));
}

static void write_row(struct vonk_json_writer *w, const struct vonk_column *column, uint32_t row) {
  uint32_t index = vonk_column_index(column, row);
  if (!vonk_column_row_valid(column, row)) {
    vonk_text_add(&w->out, STR("null"));
  } else if (column->type->id == VONK_TYPE_STRUCT) {
    write_struct(w, column, index);
  } else if (column->type->id == VONK_TYPE_ARRAY) {
    write_list(w, column, ((const struct vonk_list *)vonk_column_values(column))[index]);
  } else if (column->type->id == VONK_TYPE_MAP) {
    write_map(w, column, ((const struct vonk_list *)vonk_column_values(column))[index]);
  } else {
    struct vonk_value value = vonk_column_get(column, row, w->record);
    value.type = column->type;
    write_scalar(w, &value);
  }
}

struct vonk_str vonk_json_writer_row(struct vonk_json_writer *w, const struct vonk_column *column, uint32_t row) {
  vonk_arena_reset(w->record);
  vonk_text_init(&w->out, w->record);
  w->depth = 0;
  write_row(w, column, row);
  return vonk_text_str(&w->out);
}

STATUS vonk_json_writer_create(struct vonk_task *task, const struct vonk_json_options *options, struct vonk_json_writer **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_json_writer *w = ARENA_NEW(arena, struct vonk_json_writer);
  *w = (struct vonk_json_writer){.options = options, .arena = arena, .record = vonk_arena_create(task->budget)};
  *out = w;
  const struct { struct vonk_str pattern; const struct vonk_datetime_format **format; } all[] = {
      {options->date_pattern, &w->date_format}, {options->timestamp_pattern, &w->timestamp_format},
      {options->ntz_pattern, &w->ntz_format}, {options->time_pattern, &w->time_format}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    if (!all[i].pattern.data) continue;
    enum vonk_status status = vonk_text_pattern(task, arena, NULL, all[i].pattern, false, all[i].format);
    if (status == VONK_OK) continue;
    vonk_json_writer_destroy(w);
    *out = NULL;
    return status;
  }
  return VONK_OK;
}

void vonk_json_writer_destroy(struct vonk_json_writer *w) {
  if (!w) return;
  vonk_arena_destroy(w->record);
  vonk_arena_destroy(w->arena);
}
