/* value_sql.c: values as SQL literals, as Spark's Literal.sql writes them. */
#include <math.h>

#include "base/status.h"
#include "type/text.h"

struct writer {
  struct vonk_text *out;
  struct vonk_format_options options;
};

static void add_sql(struct writer *w, const struct vonk_value *value);

static void add_plain(struct writer *w, const struct vonk_value *value) { vonk_format_value(w->out, value, &w->options); }

/* 'it\'s' */
static void add_quoted(struct vonk_text *out, struct vonk_str text) {
  vonk_text_add_char(out, '\'');
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] == '\\' || text.data[i] == '\'') vonk_text_add_char(out, '\\');
    vonk_text_add_char(out, text.data[i]);
  }
  vonk_text_add_char(out, '\'');
}

static void add_typed(struct writer *w, const char *word, const struct vonk_value *value) {
  vonk_text_addf(w->out, "%s '", word);
  add_plain(w, value);
  vonk_text_add_char(w->out, '\'');
}

static void add_cast(struct writer *w, struct vonk_str inside, bool quoted, const struct vonk_type *type) {
  const char *quote = quoted ? "'" : "";
  vonk_text_addf(w->out, "CAST(%s" STR_FMT "%s AS " STR_FMT ")", quote, STR_ARG(inside), quote,
                 STR_ARG(vonk_type_sql(w->out->arena, type)));
}

static void add_real(struct writer *w, const struct vonk_value *value) {
  struct vonk_text text;
  vonk_text_init(&text, w->out->arena);
  vonk_format_value(&text, value, &w->options);
  if (value->type->id == VONK_TYPE_FLOAT || !isfinite(value->real)) add_cast(w, vonk_text_str(&text), true, value->type);
  else vonk_text_addf(w->out, STR_FMT "D", STR_ARG(vonk_text_str(&text)));
}

static void add_binary(struct vonk_text *out, struct vonk_str bytes) {
  vonk_text_add(out, STR("X'"));
  for (size_t i = 0; i < bytes.size; i++) vonk_text_addf(out, "%02X", (unsigned char)bytes.data[i]);
  vonk_text_add_char(out, '\'');
}

static void add_nested(struct writer *w, const struct vonk_value *value) {
  static const char *const names[] = {"ARRAY(", "MAP(", "NAMED_STRUCT("};
  vonk_text_add(w->out, vonk_str_of(names[value->type->id - VONK_TYPE_ARRAY]));
  uint32_t count = vonk_value_item_count(value);
  for (uint32_t i = 0; i < count; i++) {
    if (i) vonk_text_add(w->out, STR(", "));
    if (value->type->id == VONK_TYPE_STRUCT) vonk_text_addf(w->out, "'" STR_FMT "', ", STR_ARG(value->type->fields[i].name));
    add_sql(w, &value->nested.items[i]);
  }
  vonk_text_add_char(w->out, ')');
}

static void add_null(struct writer *w, const struct vonk_type *type) {
  if (type->id == VONK_TYPE_VOID || vonk_type_is_nested(type)) vonk_text_add(w->out, STR("NULL"));
  else add_cast(w, STR("NULL"), false, type);
}

static void add_suffixed(struct writer *w, const struct vonk_value *value, const char *suffix) {
  add_plain(w, value);
  vonk_text_add(w->out, vonk_str_of(suffix));
}

static void add_sql(struct writer *w, const struct vonk_value *value) {
  if (value->is_null) {
    add_null(w, value->type);
    return;
  }
  switch (value->type->id) {
    case VONK_TYPE_BYTE: add_suffixed(w, value, "Y"); return;
    case VONK_TYPE_SHORT: add_suffixed(w, value, "S"); return;
    case VONK_TYPE_LONG: add_suffixed(w, value, "L"); return;
    case VONK_TYPE_DECIMAL: add_suffixed(w, value, "BD"); return;
    case VONK_TYPE_FLOAT:
    case VONK_TYPE_DOUBLE: add_real(w, value); return;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR:
      add_quoted(w->out, value->text);
      if (value->type->collation.size) vonk_text_addf(w->out, " collate " STR_FMT, STR_ARG(value->type->collation));
      return;
    case VONK_TYPE_BINARY: add_binary(w->out, value->text); return;
    case VONK_TYPE_DATE: add_typed(w, "DATE", value); return;
    case VONK_TYPE_TIMESTAMP: add_typed(w, "TIMESTAMP", value); return;
    case VONK_TYPE_TIMESTAMP_NTZ: add_typed(w, "TIMESTAMP_NTZ", value); return;
    case VONK_TYPE_TIME: add_typed(w, "TIME", value); return;
    case VONK_TYPE_INTERVAL: add_typed(w, "INTERVAL", value); return;
    case VONK_TYPE_ARRAY:
    case VONK_TYPE_MAP:
    case VONK_TYPE_STRUCT: add_nested(w, value); return;
    default: add_plain(w, value); return;
  }
}

struct vonk_str vonk_value_sql_in(struct vonk_arena *arena, const struct vonk_value *value, const struct vonk_timezone *zone) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  struct writer writer = {.out = &out, .options = {.form = VONK_TEXT_CAST, .decimal_exponent = true, .zone = zone}};
  add_sql(&writer, value);
  return vonk_text_str(&out);
}

struct vonk_str vonk_value_sql(struct vonk_arena *arena, const struct vonk_value *value) {
  return vonk_value_sql_in(arena, value, &vonk_timezone_utc);
}
