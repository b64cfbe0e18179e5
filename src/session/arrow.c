/* arrow.c: a statement's result through the Arrow C data interface. */
#include "column/arrow.h"

#include "column/builder.h"
#include "session/statement.h"

static struct vonk_arrow_options options_of(const struct vonk_statement *statement) {
  return (struct vonk_arrow_options){.zone_id = vonk_timezone_id(statement->zone)};
}

int vonk_statement_arrow_schema(struct vonk_statement *statement, struct ArrowSchema *out) {
  struct vonk_arrow_options options = options_of(statement);
  enum vonk_status status = vonk_arrow_export_schema(&statement->task, statement->schema, &options, out);
  return vonk_problem_code(&statement->session->problem, &statement->task, status);
}

/* The next rows of a command's answer as an array. */
static STATUS export_answer(struct vonk_statement *statement, struct ArrowArray *out) {
  struct vonk_task *task = &statement->task;
  uint32_t width = statement->schema->field_count;
  size_t from = statement->answer_at, left = statement->answer.rows.count - from;
  uint32_t count = left < VONK_BATCH_ROWS ? (uint32_t)left : VONK_BATCH_ROWS;
  struct vonk_builder *builders = ARENA_ARRAY(statement->arena, struct vonk_builder, width);
  struct vonk_column *columns = ARENA_ARRAY(statement->arena, struct vonk_column, width);
  enum vonk_status status = VONK_OK;
  uint32_t made = 0;
  for (; made < width && status == VONK_OK; made++) {
    status = vonk_builder_init(task, &builders[made], statement->schema->fields[made].type);
    for (uint32_t row = 0; row < count && status == VONK_OK; row++) {
      status = vonk_builder_add_value(task, &builders[made], &statement->answer.rows.items[from + row][made]);
    }
    if (status == VONK_OK) status = vonk_builder_finish(task, &builders[made], &columns[made]);
  }
  if (status == VONK_OK) {
    struct vonk_arrow_options options = options_of(statement);
    struct vonk_batch batch = {.columns = columns, .column_count = width, .row_count = count, .live_count = count};
    status = vonk_arrow_export_batch(task, &batch, &options, out);
    statement->answer_at += count;
  }
  for (uint32_t i = 0; i < made; i++) vonk_builder_deinit(&builders[i]);
  return status;
}

static STATUS export_next(struct vonk_statement *statement, struct ArrowArray *out, bool *found) {
  if (!statement->execution) {
    *found = statement->answer_at < statement->answer.rows.count;
    return *found ? export_answer(statement, out) : VONK_OK;
  }
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
