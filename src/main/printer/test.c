/* test.c: what tests/run reads; the contract is in tests/README.md. */
#include "main/printer.h"

static void put(FILE *file, const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '\n') {
      fputs("\\n", file);
    } else if (text[i] == '\r') {
      fputs("\\r", file);
    } else {
      putc_unlocked(text[i], file);
    }
  }
}

static void begin(struct vonk_printer *output) {
  const char *schema = vonk_statement_schema_text(output->statement);
  fputs("#schema ", output->file);
  put(output->file, schema, strlen(schema));
  putc('\n', output->file);
}

static void row(struct vonk_printer *output) {
  struct vonk_cell line = vonk_statement_row_text(output->statement);
  if (line.size && line.text[0] == '#') putc_unlocked('\\', output->file);
  put(output->file, line.text, line.size);
  putc_unlocked('\n', output->file);
}

static void end(struct vonk_printer *output) {
  fputs("#end\n", output->file);
  fflush(output->file);
}

static void problem(struct vonk_printer *output, const struct vonk_problem *problem) {
  fprintf(output->file, "#error %s %s ", problem->condition, problem->sqlstate[0] ? problem->sqlstate : "-");
  if (problem->line) {
    fprintf(output->file, "%u:%u ", problem->line, problem->column);
  } else {
    fputs("- ", output->file);
  }
  put(output->file, problem->sentence, strlen(problem->sentence));
  putc('\n', output->file);
  end(output);
}

const struct vonk_printer_type vonk_printer_test = {
    .name = "test", .begin = begin, .row = row, .end = end, .problem = problem, .always = true, .own_failures = true};
