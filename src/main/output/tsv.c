/* tsv.c: what spark-sql prints: Hive's text, tabs between columns, no header unless asked for. */
#include "main/output.h"

static void begin(struct vonk_output *output) {
  if (!output->header) return;
  for (size_t i = 0; i < output->column_count; i++) {
    fprintf(output->file, "%s%s", i ? "\t" : "", vonk_statement_column(output->statement, i).name);
  }
  putc('\n', output->file);
}

static void row(struct vonk_output *output) {
  for (size_t i = 0; i < output->column_count; i++) {
    struct vonk_cell cell = vonk_statement_cell(output->statement, i, VONK_CELL_HIVE);
    if (i) putc_unlocked('\t', output->file);
    fwrite(cell.text, 1, cell.size, output->file);
  }
  putc_unlocked('\n', output->file);
}

static void end(struct vonk_output *output) { (void)output; }

const struct vonk_output_type vonk_output_tsv = {.name = "tsv", .begin = begin, .row = row, .end = end};
