/* arrow.c: a statement's result through the Arrow C data interface. */
#include "column/arrow.h"

#include "session/statement.h"

static struct vonk_arrow_options options_of(const struct vonk_statement *statement) {
  return (struct vonk_arrow_options){.zone_id = vonk_timezone_id(statement->zone)};
}

int vonk_statement_arrow_schema(struct vonk_statement *statement, struct ArrowSchema *out) {
  struct vonk_arrow_options options = options_of(statement);
  enum vonk_status status = vonk_arrow_export_schema(&statement->task, statement->schema, &options, out);
  return vonk_problem_code(&statement->session->problem, &statement->task, status);
}

static STATUS export_next(struct vonk_statement *statement, struct ArrowArray *out, bool *found) {
  struct vonk_arrow_options options = options_of(statement);
  do {
    TRY(vonk_statement_next_batch(statement, &statement->batch));
    *found = statement->batch.row_count > 0;
  } while (*found && statement->batch.live_count == 0);
  return *found ? vonk_arrow_export_batch(&statement->task, &statement->batch, &options, out) : VONK_OK;
}

int vonk_statement_next_array(struct vonk_statement *statement, struct ArrowArray *out) {
  bool found = false;
  if (statement->ended) return VONK_RUN_END;
  enum vonk_status status = export_next(statement, out, &found);
  statement->ended = status != VONK_OK || !found;
  if (status != VONK_OK) return vonk_problem_code(&statement->session->problem, &statement->task, status);
  return found ? VONK_RUN_ROW : VONK_RUN_END;
}
