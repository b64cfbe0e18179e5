/* table.c: a drawn table for people: numbers to the right, the rest to the left.
 *
 * The first rows are kept until the widths are known; behind them longer cells push their line's edge, so that a result of
 * any length is written in bounded memory.
 */
#include "main/printer.h"

enum { ROWS_KEPT = 1000 };

struct cell {
  struct vonk_str text;
  size_t width;
};
struct state {
  size_t *widths;
  struct cell *cells; /* ROWS_KEPT rows */
  struct cell *line;  /* one more, behind them */
  size_t kept;
  bool drawn;
};

static void put_rule(struct vonk_printer *output) {
  struct state *state = output->state;
  for (size_t i = 0; i < output->column_count; i++) {
    putc('+', output->file);
    for (size_t at = 0; at < state->widths[i] + 2; at++) putc('-', output->file);
  }
  fputs("+\n", output->file);
}

static void put_cell(FILE *file, const struct cell *cell, size_t width, bool right) {
  size_t blanks = cell->width < width ? width - cell->width : 0;
  fputs("| ", file);
  for (size_t i = 0; right && i < blanks; i++) putc_unlocked(' ', file);
  for (size_t i = 0; i < cell->text.size; i++) {
    /* Control characters would tear the drawing, and could steer the terminal. */
    unsigned char c = (unsigned char)cell->text.data[i];
    putc_unlocked(c < 0x20 || c == 0x7f ? '?' : c, file);
  }
  for (size_t i = 0; !right && i < blanks; i++) putc_unlocked(' ', file);
  putc_unlocked(' ', file);
}

static void put_line(struct vonk_printer *output, const struct cell *cells) {
  struct state *state = output->state;
  for (size_t i = 0; i < output->column_count; i++) {
    put_cell(output->file, &cells[i], state->widths[i], vonk_statement_column(output->statement, i).numeric);
  }
  fputs("|\n", output->file);
}

static struct cell header_cell(struct vonk_printer *output, size_t column) {
  struct vonk_str name = vonk_str_of(vonk_statement_column(output->statement, column).name);
  return (struct cell){name, vonk_printer_width(name.data, name.size)};
}

static void draw(struct vonk_printer *output) {
  struct state *state = output->state;
  for (size_t i = 0; i < output->column_count; i++) state->line[i] = header_cell(output, i);
  put_rule(output);
  put_line(output, state->line);
  put_rule(output);
  for (size_t i = 0; i < state->kept; i++) put_line(output, state->cells + i * output->column_count);
  state->drawn = true;
}

static void begin(struct vonk_printer *output) {
  struct state *state = ARENA_NEW(output->arena, struct state);
  size_t count = output->column_count;
  state->widths = ARENA_ARRAY(output->arena, size_t, count);
  state->cells = ARENA_ARRAY(output->arena, struct cell, count * ROWS_KEPT);
  state->line = ARENA_ARRAY(output->arena, struct cell, count);
  output->state = state;
  for (size_t i = 0; i < count; i++) state->widths[i] = header_cell(output, i).width;
}

static void row(struct vonk_printer *output) {
  struct state *state = output->state;
  struct cell *line = state->drawn ? state->line : state->cells + state->kept * output->column_count;
  for (size_t i = 0; i < output->column_count; i++) {
    struct vonk_cell cell = vonk_statement_cell(output->statement, i, VONK_CELL_HIVE);
    struct vonk_str text = vonk_str_make(cell.text, cell.size);
    line[i].text = state->drawn ? text : vonk_str_copy(output->arena, text);
    line[i].width = vonk_printer_width(cell.text, cell.size);
    if (!state->drawn && line[i].width > state->widths[i]) state->widths[i] = line[i].width;
  }
  if (state->drawn) {
    put_line(output, line);
  } else if (++state->kept == ROWS_KEPT) {
    draw(output);
  }
}

static void end(struct vonk_printer *output) {
  struct state *state = output->state;
  if (!state->drawn) draw(output);
  put_rule(output);
}

const struct vonk_printer_type vonk_printer_table = {.name = "table", .begin = begin, .row = row, .end = end};
