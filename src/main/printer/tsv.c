/* tsv.c: what spark-sql prints: Hive's text, tabs between columns, no header unless asked for. */
#include "main/printer.h"

static void begin(struct vonk_printer *output) {
  if (!output->header) return;
  for (size_t i = 0; i < output->column_count; i++) {
    fprintf(output->file, "%s%s", i ? "\t" : "", vonk_statement_column(output->statement, i).name);
  }
  putc('\n', output->file);
}

static void row(struct vonk_printer *output) {
  struct vonk_cell line = vonk_statement_row_text(output->statement);
  fwrite(line.text, 1, line.size, output->file);
  putc_unlocked('\n', output->file);
}

static void end(struct vonk_printer *output) { (void)output; }

const struct vonk_printer_type vonk_printer_tsv = {.name = "tsv", .begin = begin, .row = row, .end = end};
