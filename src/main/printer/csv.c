/* csv.c: RFC 4180 with line feeds: NULL is empty, an empty string is "", nested values are Hive's text. */
#include "main/printer.h"

static void put(struct vonk_printer *output, const char *text, size_t size) {
  bool quote = size == 0;
  for (size_t i = 0; i < size && !quote; i++) {
    quote = text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r';
  }
  if (!quote) {
    fwrite(text, 1, size, output->file);
    return;
  }
  putc_unlocked('"', output->file);
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '"') putc_unlocked('"', output->file);
    putc_unlocked(text[i], output->file);
  }
  putc_unlocked('"', output->file);
}

static void begin(struct vonk_printer *output) {
  if (!output->header) return;
  for (size_t i = 0; i < output->column_count; i++) {
    const char *name = vonk_statement_column(output->statement, i).name;
    if (i) putc(',', output->file);
    put(output, name, strlen(name));
  }
  putc('\n', output->file);
}

static void row(struct vonk_printer *output) {
  for (size_t i = 0; i < output->column_count; i++) {
    struct vonk_cell cell = vonk_statement_cell(output->statement, i, VONK_CELL_HIVE);
    if (i) putc_unlocked(',', output->file);
    if (!cell.null) put(output, cell.text, cell.size);
  }
  putc_unlocked('\n', output->file);
}

static void end(struct vonk_printer *output) { (void)output; }

const struct vonk_printer_type vonk_printer_csv = {.name = "csv", .begin = begin, .row = row, .end = end};
