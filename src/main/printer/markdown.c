/* markdown.c: a pipe table, numbers to the right; bars are escaped and line feeds become <br>. */
#include "main/printer.h"

static void put(FILE *file, const char *text, size_t size) {
  putc_unlocked(' ', file);
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '\n') {
      fputs("<br>", file);
      continue;
    }
    if (text[i] == '|') putc_unlocked('\\', file);
    if (text[i] != '\r') putc_unlocked(text[i], file);
  }
  fputs(" |", file);
}

static void begin(struct vonk_printer *output) {
  putc('|', output->file);
  for (size_t i = 0; i < output->column_count; i++) {
    const char *name = vonk_statement_column(output->statement, i).name;
    put(output->file, name, strlen(name));
  }
  fputs("\n|", output->file);
  for (size_t i = 0; i < output->column_count; i++) {
    fputs(vonk_statement_column(output->statement, i).numeric ? "---:|" : "---|", output->file);
  }
  putc('\n', output->file);
}

static void row(struct vonk_printer *output) {
  putc('|', output->file);
  for (size_t i = 0; i < output->column_count; i++) {
    struct vonk_cell cell = vonk_statement_cell(output->statement, i, VONK_CELL_HIVE);
    put(output->file, cell.text, cell.size);
  }
  putc('\n', output->file);
}

static void end(struct vonk_printer *output) { putc('\n', output->file); }

const struct vonk_printer_type vonk_printer_markdown = {.name = "markdown", .begin = begin, .row = row, .end = end};
