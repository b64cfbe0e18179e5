/* show.c: show_string, html_string: what DataFrame.show prints, as one row. The rows are asked for while binding.
 *
 * Widths are Spark's: a Java char is one wide, those of East Asian scripts two; cells are cut by Java chars.
 */
#include "bind/rewrite.h"

#include "type/text.h"
#include "type/timezone.h"

struct grid {
  struct vonk_str *cells;   /* names first, then rows */
  uint32_t columns, rows;   /* rows without the names */
  int64_t asked;
  bool has_more;
};

/* --- Java chars --- */

static bool is_wide(uint32_t p) {
  static const struct { uint32_t from, to; } ranges[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
                                                         {0xFE30, 0xFE4F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}};
  for (size_t i = 0; i < COUNT_OF(ranges); i++) {
    if (p >= ranges[i].from && p <= ranges[i].to) return true;
  }
  return false;
}

static uint32_t chars_of(uint32_t point) { return point > 0xFFFF ? 2 : 1; }

static int64_t count_chars(struct vonk_str text) {
  int64_t count = 0;
  for (size_t i = 0; i < text.size;) count += chars_of(vonk_utf8_decode(text, &i));
  return count;
}

static int64_t width_of(struct vonk_str text) {
  int64_t width = 0;
  for (size_t i = 0; i < text.size;) {
    uint32_t point = vonk_utf8_decode(text, &i);
    width += chars_of(point) + is_wide(point);
  }
  return width;
}

/* The first COUNT chars; half of a pair is written as a question mark. */
static void add_chars(struct vonk_text *out, struct vonk_str text, int64_t count) {
  for (size_t i = 0; i < text.size && count > 0;) {
    size_t from = i;
    uint32_t chars = chars_of(vonk_utf8_decode(text, &i));
    if (chars > count) vonk_text_add_char(out, '?');
    else vonk_text_add(out, vonk_str_slice(text, from, i));
    count -= chars;
  }
}

/* --- cells --- */

static struct vonk_str escape(struct binder *b, struct vonk_str text) {
  static const char from[] = "\n\r\t\f\b\v\a", to[] = "nrtfbva";
  struct vonk_text out;
  vonk_text_init(&out, b->arena);
  for (size_t i = 0; i < text.size; i++) {
    const char *found = text.data[i] ? strchr(from, text.data[i]) : NULL;
    if (found) vonk_text_add_char(&out, '\\');
    vonk_text_add_char(&out, found ? to[found - from] : text.data[i]);
  }
  return vonk_text_str(&out);
}

static struct vonk_str cut(struct binder *b, struct vonk_str text, int64_t most) {
  struct vonk_text out;
  if (most <= 0 || count_chars(text) <= most) return text;
  vonk_text_init(&out, b->arena);
  add_chars(&out, text, most < 4 ? most : most - 3);
  if (most >= 4) vonk_text_add(&out, STR("..."));
  return vonk_text_str(&out);
}

static enum vonk_binary_style binary_style(const struct binder *b) {
  static const struct { const char *name; enum vonk_binary_style style; } styles[] = {
      {"UTF-8", VONK_BINARY_UTF8}, {"BASIC", VONK_BINARY_BASIC}, {"BASE64", VONK_BINARY_BASE64}, {"HEX", VONK_BINARY_HEX}};
  struct vonk_str wanted = vonk_conf_text(b->conf, VONK_CONF_BINARY_OUTPUT_STYLE);
  for (size_t i = 0; i < COUNT_OF(styles); i++) {
    if (vonk_str_equal_nocase(wanted, vonk_str_of(styles[i].name))) return styles[i].style;
  }
  return VONK_BINARY_HEX_DISCRETE;
}

static STATUS ask(struct binder *b, struct vonk_relation *input, int64_t rows, const struct bind_scope *outer, struct vonk_bind_rows *out) {
  struct vonk_relation_limit *limit = RELATION_NEW(b->arena, limit, NULL);
  struct vonk_relation *limited;
  limit->input = input;
  limit->count = make_int(b, rows + 1);
  TRY(bind_rewritten(b, &limit->relation, outer, &limited));
  return bind_run(b, limited, (uint32_t)rows + 1, out);
}

static STATUS fill(struct binder *b, struct vonk_relation *input, int64_t rows, int64_t truncate, const struct bind_scope *outer, struct grid *out) {
  struct vonk_bind_rows data;
  const struct vonk_timezone *zone = NULL;
  struct vonk_format_options options = {.form = VONK_TEXT_SHOW, .binary = binary_style(b), .decimal_exponent = !b->ansi};
  TRY(bind_alias_columns(b, input, (struct vonk_str){0}, (struct vonk_name){0}, NULL, &input));
  out->asked = rows < 0 ? 0 : rows > INT32_MAX - 16 ? INT32_MAX - 16 : rows;
  TRY(ask(b, input, out->asked, outer, &data));
  if (b->time_zone.size && vonk_timezone_load(b->arena, b->time_zone, &zone)) options.zone = zone;
  out->has_more = data.row_count > out->asked;
  out->rows = out->has_more ? (uint32_t)out->asked : data.row_count;
  out->columns = input->column_count;
  out->cells = ARENA_ARRAY(b->arena, struct vonk_str, ((size_t)out->rows + 1) * out->columns);
  for (uint32_t i = 0; i < out->columns; i++) out->cells[i] = escape(b, input->columns[i].name);
  for (size_t i = 0; i < (size_t)out->rows * out->columns; i++) {
    struct vonk_text text;
    vonk_text_init(&text, b->arena);
    if (data.values[i].is_null) vonk_text_add(&text, STR("NULL"));
    else vonk_format_value(&text, &data.values[i], &options);
    out->cells[out->columns + i] = cut(b, escape(b, vonk_text_str(&text)), truncate);
  }
  return VONK_OK;
}

/* --- the three forms --- */

static void repeat(struct vonk_text *out, char c, int64_t count) {
  for (int64_t i = 0; i < count; i++) vonk_text_add_char(out, c);
}

static void add_footer(struct vonk_text *out, const struct grid *grid) {
  if (grid->has_more) vonk_text_addf(out, "only showing top %lld %s", (long long)grid->asked, grid->asked == 1 ? "row" : "rows");
}

static void add_line(struct vonk_text *out, const int64_t *widths, uint32_t count) {
  vonk_text_add_char(out, '+');
  for (uint32_t i = 0; i < count; i++) {
    if (i) vonk_text_add_char(out, '+');
    repeat(out, '-', widths[i]);
  }
  vonk_text_add(out, STR("+\n"));
}

static void add_table(struct binder *b, struct vonk_text *out, const struct grid *grid, bool right) {
  int64_t *widths = ARENA_ARRAY(b->arena, int64_t, grid->columns);
  for (uint32_t i = 0; i < grid->columns; i++) widths[i] = 3;
  for (size_t i = 0; i < ((size_t)grid->rows + 1) * grid->columns; i++) {
    int64_t width = width_of(grid->cells[i]);
    if (width > widths[i % grid->columns]) widths[i % grid->columns] = width;
  }
  add_line(out, widths, grid->columns);
  for (uint32_t r = 0; r <= grid->rows; r++) {
    vonk_text_add_char(out, '|');
    for (uint32_t i = 0; i < grid->columns; i++) {
      struct vonk_str cell = grid->cells[(size_t)r * grid->columns + i];
      int64_t pad = widths[i] - width_of(cell);
      if (i) vonk_text_add_char(out, '|');
      if (right) repeat(out, ' ', pad);
      vonk_text_add(out, cell);
      if (!right) repeat(out, ' ', pad);
    }
    vonk_text_add(out, STR("|\n"));
    if (r == 0) add_line(out, widths, grid->columns);
  }
  add_line(out, widths, grid->columns);
  add_footer(out, grid);
}

static int64_t widest(const struct grid *grid, size_t from, size_t to) {
  int64_t widest = 3;
  for (size_t i = from; i < to; i++) {
    int64_t width = width_of(grid->cells[i]);
    if (width > widest) widest = width;
  }
  return widest;
}

static void add_vertical(struct vonk_text *out, const struct grid *grid) {
  int64_t names = widest(grid, 0, grid->columns), data = widest(grid, grid->columns, ((size_t)grid->rows + 1) * grid->columns);
  for (uint32_t r = 0; r < grid->rows; r++) {
    size_t before = out->size;
    vonk_text_addf(out, "-RECORD %u", r);
    repeat(out, '-', names + data + 5 - (int64_t)(out->size - before));
    vonk_text_add_char(out, '\n');
    for (uint32_t i = 0; i < grid->columns; i++) {
      struct vonk_str cell = grid->cells[((size_t)r + 1) * grid->columns + i];
      vonk_text_addf(out, " " STR_FMT, STR_ARG(grid->cells[i]));
      repeat(out, ' ', names - width_of(grid->cells[i]));
      vonk_text_addf(out, " | " STR_FMT, STR_ARG(cell));
      repeat(out, ' ', data - width_of(cell));
      vonk_text_add(out, STR(" \n"));
    }
  }
  if (!grid->rows) vonk_text_add(out, STR("(0 rows)\n"));
  else add_footer(out, grid);
}

static void add_html_cell(struct vonk_text *out, struct vonk_str cell) {
  for (size_t i = 0; i < cell.size; i++) {
    switch (cell.data[i]) {
      case '&': vonk_text_add(out, STR("&amp;")); break;
      case '<': vonk_text_add(out, STR("&lt;")); break;
      case '>': vonk_text_add(out, STR("&gt;")); break;
      case '"': vonk_text_add(out, STR("&quot;")); break;
      default: vonk_text_add_char(out, cell.data[i]);
    }
  }
}

static void add_html(struct vonk_text *out, const struct grid *grid) {
  vonk_text_add(out, STR("<table border='1'>\n"));
  for (uint32_t r = 0; r <= grid->rows; r++) {
    const char *tag = r ? "td" : "th";
    vonk_text_addf(out, "<tr><%s>", tag);
    for (uint32_t i = 0; i < grid->columns; i++) {
      if (i) vonk_text_addf(out, "</%s><%s>", tag, tag);
      add_html_cell(out, grid->cells[(size_t)r * grid->columns + i]);
    }
    vonk_text_addf(out, "</%s></tr>\n", tag);
  }
  vonk_text_add(out, STR("</table>\n"));
  add_footer(out, grid);
}

static struct vonk_relation *one_text(struct binder *b, struct vonk_str name, struct vonk_text *text, const struct vonk_origin *origin) {
  struct vonk_plan_column *column = ARENA_NEW(b->arena, struct vonk_plan_column);
  struct vonk_value value = vonk_value_text(&vonk_type_string, vonk_text_str(text));
  *column = (struct vonk_plan_column){.name = name, .type = &vonk_type_string};
  return make_rows(b, &value, 1, column, 1, origin);
}

STATUS bind_show_string(struct binder *b, const struct vonk_relation_show_string *show, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  struct grid grid;
  struct vonk_text text;
  TRY(bind_input(b, show->input, outer, &input));
  TRY(fill(b, input, show->rows, show->truncate, outer, &grid));
  vonk_text_init(&text, b->arena);
  if (show->vertical) add_vertical(&text, &grid);
  else add_table(b, &text, &grid, show->truncate > 0);
  *out = one_text(b, STR("show_string"), &text, show->relation.node.origin);
  return VONK_OK;
}

STATUS bind_html_string(struct binder *b, const struct vonk_relation_html_string *html, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  struct grid grid;
  struct vonk_text text;
  TRY(bind_input(b, html->input, outer, &input));
  TRY(fill(b, input, html->rows, html->truncate, outer, &grid));
  vonk_text_init(&text, b->arena);
  add_html(&text, &grid);
  *out = one_text(b, STR("html_string"), &text, html->relation.node.origin);
  return VONK_OK;
}
