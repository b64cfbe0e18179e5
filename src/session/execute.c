/* execute.c: parse, then either a command or a query. */
#include "session/execute.h"

#include "base/clock.h"

STATUS vonk_statement_execute(struct vonk_statement *statement) {
  return vonk_unsupported(&statement->task, NULL, "running statements");
}

STATUS vonk_statement_next_batch(struct vonk_statement *statement, struct vonk_batch *out) {
  (void)statement;
  *out = (struct vonk_batch){0};
  return VONK_OK;
}

void vonk_statement_progress(const struct vonk_statement *statement, struct vonk_progress *out) {
  *out = (struct vonk_progress){.elapsed_ns = vonk_clock_monotonic_ns() - statement->start_ns,
                                .memory_bytes = vonk_budget_used(statement->budget)};
}

void vonk_statement_close(struct vonk_statement *statement) {
  if (!statement) return;
  struct vonk_budget *budget = statement->budget;
  vonk_conf_release(statement->conf);
  vonk_arena_destroy(statement->cells);
  vonk_arena_destroy(statement->arena);
  vonk_budget_destroy(budget);
}
