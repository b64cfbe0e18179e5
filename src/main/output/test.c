/* test.c: what tests/run reads; the contract is in tests/README.md. */
#include "main/output.h"

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

static void begin(struct vonk_output *output) {
  const char *schema = vonk_statement_schema_text(output->statement);
  fputs("#schema ", output->file);
  put(output->file, schema, strlen(schema));
  putc('\n', output->file);
}

static void row(struct vonk_output *output) {
  struct vonk_cell line = vonk_statement_row_text(output->statement);
  if (line.size && line.text[0] == '#') putc_unlocked('\\', output->file);
  put(output->file, line.text, line.size);
  putc_unlocked('\n', output->file);
}

static void end(struct vonk_output *output) {
  fputs("#end\n", output->file);
  fflush(output->file);
}

static void problem(struct vonk_output *output, const struct vonk_problem *problem) {
  fprintf(output->file, "#error %s %s ", problem->condition, problem->sqlstate[0] ? problem->sqlstate : "-");
  if (problem->line) {
    fprintf(output->file, "%u:%u ", problem->line, problem->column);
  } else {
    fputs("- ", output->file);
  }
  put(output->file, problem->message, strlen(problem->message));
  putc('\n', output->file);
  fflush(output->file);
}

const struct vonk_output_type vonk_output_test = {
    .name = "test", .begin = begin, .row = row, .end = end, .problem = problem, .always = true, .own_failures = true};
