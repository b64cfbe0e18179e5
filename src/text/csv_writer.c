/* csv_writer.c: values as texts, quoted where they must be. */
#include "text/csv_writer.h"

#include "base/array.h"
#include "text/times.h"
#include "type/decimal.h"
#include "type/text.h"
#include "type/value.h"

struct vonk_csv_writer {
  const struct vonk_csv_options *options;
  const struct vonk_type *schema;
  struct vonk_text_times times;
  bool trim_leading, trim_trailing, quote_all;
  char comment;                        /* a first value that starts so is quoted */
  struct vonk_str empty_value;
  bool special[256];                   /* the first byte that may need quotes is one of these */
  bool trigger[256];                   /* bytes that need quotes wherever they stand */
};

STATUS vonk_csv_writer_create(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_csv_options *options, const struct vonk_type *schema,
                              const struct vonk_csv_writer **out) {
  struct vonk_csv_writer *w = ARENA_NEW(arena, struct vonk_csv_writer);
  bool escape_quotes = true;
  struct vonk_str empty = vonk_text_option(options->given, "emptyValue"), line_end = vonk_text_option(options->given, "lineSep");
  w->options = options;
  w->schema = schema;
  w->trim_leading = w->trim_trailing = true;
  w->empty_value = empty.data ? empty : STR("\"\"");
  w->comment = options->comment.size ? options->comment.data[0] : '#';
  TRY(vonk_text_option_bool(task, options->given, "ignoreLeadingWhiteSpace", &w->trim_leading));
  TRY(vonk_text_option_bool(task, options->given, "ignoreTrailingWhiteSpace", &w->trim_trailing));
  TRY(vonk_text_option_bool(task, options->given, "quoteAll", &w->quote_all));
  TRY(vonk_text_option_bool(task, options->given, "escapeQuotes", &escape_quotes));
  for (size_t i = 0; i < line_end.size; i++) w->trigger[(unsigned char)line_end.data[i]] = true;
  w->trigger['\n'] = w->trigger['\r'] = true;
  if (escape_quotes) w->trigger[(unsigned char)options->quote] = true;
  memcpy(w->special, w->trigger, sizeof w->special);
  w->special[(unsigned char)options->quote] = w->special[(unsigned char)options->escape] = true;
  w->special[(unsigned char)options->separator.data[0]] = true;
  TRY(vonk_text_times_open(task, arena, options->given, options->zone, false, &w->times));
  *out = w;
  return VONK_OK;
}

/* --- quoting --- */

static bool is_separator(const struct vonk_csv_options *o, struct vonk_str text, size_t at) {
  return text.size - at >= o->separator.size && memcmp(text.data + at, o->separator.data, o->separator.size) == 0;
}

/* Does what stands at AT or behind it need quotes? */
static bool needs_quotes(const struct vonk_csv_writer *w, struct vonk_str text, size_t at) {
  for (; at < text.size; at++) {
    if (w->trigger[(unsigned char)text.data[at]] || is_separator(w->options, text, at)) return true;
  }
  return false;
}

static bool must_quote(const struct vonk_csv_writer *w, struct vonk_str text, bool is_first) {
  const struct vonk_csv_options *o = w->options;
  if (text.size && (text.data[0] == o->quote || (is_first && text.data[0] == w->comment))) return true;
  for (size_t i = 0; i < text.size; i++) {
    if (!w->special[(unsigned char)text.data[i]]) continue;
    if (text.data[i] == o->quote || text.data[i] == o->escape) return needs_quotes(w, text, i);
    if (w->trigger[(unsigned char)text.data[i]] || is_separator(o, text, i)) return true;
  }
  return false;
}

static void add_escaped(const struct vonk_csv_writer *w, struct vonk_str text, struct vonk_text *out) {
  const struct vonk_csv_options *o = w->options;
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    if (c == o->quote) vonk_text_add_char(out, o->escape);
    else if (c == o->escape && o->escape_escape) vonk_text_add_char(out, o->escape_escape);
    vonk_text_add_char(out, c);
  }
}

static void add_quoted(const struct vonk_csv_writer *w, struct vonk_str text, struct vonk_text *out) {
  vonk_text_add_char(out, w->options->quote);
  add_escaped(w, text, out);
  vonk_text_add_char(out, w->options->quote);
}

/* What stands for NULL and for empty texts: as it is when it has its own quotes. */
static void add_stand_in(const struct vonk_csv_writer *w, struct vonk_str text, bool is_first, struct vonk_text *out) {
  char quote = w->options->quote;
  bool has_quotes = text.size >= 2 && text.data[0] == quote && text.data[text.size - 1] == quote;
  if (has_quotes || !(w->quote_all || must_quote(w, text, is_first))) vonk_text_add(out, text);
  else add_quoted(w, text, out);
}

static void add_value(const struct vonk_csv_writer *w, struct vonk_str text, bool is_first, struct vonk_text *out) {
  if (!text.size) {
    add_stand_in(w, w->empty_value, is_first, out);
    return;
  }
  size_t from = 0, to = text.size;
  while (w->trim_leading && from < to && (unsigned char)text.data[from] <= ' ') from++;
  bool quoted = w->quote_all || must_quote(w, vonk_str_slice(text, from, to), is_first);
  while (w->trim_trailing && to > from && (unsigned char)text.data[to - 1] <= ' ') to--;
  text = vonk_str_slice(text, from, to);
  if (!text.size) {
    add_stand_in(w, w->empty_value, is_first, out);
  } else if (quoted) {
    add_quoted(w, text, out);
  } else {
    vonk_text_add(out, text);
  }
}

/* --- values --- */

static void add_text(const struct vonk_csv_writer *w, const struct vonk_value *value, struct vonk_arena *arena, struct vonk_text *out) {
  struct vonk_format_options options = {.form = VONK_TEXT_CAST, .decimal_exponent = true, .zone = w->times.zone};
  switch (value->type->id) {
    case VONK_TYPE_DATE:
    case VONK_TYPE_TIMESTAMP:
    case VONK_TYPE_TIMESTAMP_NTZ: vonk_text_add_time(&w->times, value->type, value->integer, arena, out); break;
    default: vonk_format_value(out, value, &options); break;
  }
}

void vonk_csv_writer_row(const struct vonk_csv_writer *w, const struct vonk_column *columns, uint32_t row, struct vonk_arena *arena, struct vonk_text *out) {
  for (uint32_t i = 0; i < w->schema->field_count; i++) {
    const struct vonk_column *c = &columns[i];
    if (i) vonk_text_add(out, w->options->separator);
    if (!vonk_column_row_valid(c, row)) {
      add_stand_in(w, w->options->null_value, i == 0, out);
    } else if (c->physical == VONK_PHYSICAL_VIEW) {
      add_value(w, vonk_view_str(&((const struct vonk_view *)vonk_column_values(c))[vonk_column_index(c, row)]), i == 0, out);
    } else {
      struct vonk_value value = vonk_column_get(c, row, arena);
      struct vonk_text text;
      value.type = w->schema->fields[i].type;
      vonk_text_init(&text, arena);
      add_text(w, &value, arena, &text);
      add_value(w, vonk_text_str(&text), i == 0, out);
    }
  }
}

void vonk_csv_writer_header(const struct vonk_csv_writer *w, struct vonk_text *out) {
  for (uint32_t i = 0; i < w->schema->field_count; i++) {
    if (i) vonk_text_add(out, w->options->separator);
    add_value(w, w->schema->fields[i].name, i == 0, out);
  }
}
