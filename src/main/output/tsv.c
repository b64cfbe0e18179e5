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
  struct vonk_cell line = vonk_statement_row_text(output->statement);
  fwrite(line.text, 1, line.size, output->file);
  putc_unlocked('\n', output->file);
}

static void end(struct vonk_output *output) { (void)output; }

const struct vonk_output_type vonk_output_tsv = {.name = "tsv", .begin = begin, .row = row, .end = end};
