/* cell.c: a statement's rows one by one, as text. */
#include "session/statement.h"

enum { PADDED_WIDTH = 20 }; /* code points of a cell of DESCRIBE */

struct vonk_cell vonk_statement_cell(struct vonk_statement *statement, size_t column, enum vonk_cell_form form) {
  ASSERT(statement->row_started && column < statement->schema->field_count);
  struct vonk_value own;
  const struct vonk_value *value = &own;
  if (statement->execution) {
    own = vonk_column_get(&statement->batch.columns[column], statement->row, statement->cells);
  } else {
    value = &statement->values[column];
  }
  struct vonk_text text;
  vonk_text_init(&text, statement->cells);
  if (form == VONK_CELL_JSON) {
    vonk_json_put(&text, value, VONK_JSON_SPARK, statement->zone);
  } else {
    struct vonk_format_options options = {.form = form == VONK_CELL_HIVE ? VONK_TEXT_HIVE : VONK_TEXT_SHOW, .zone = statement->zone};
    vonk_format_value(&text, value, &options);
  }
  vonk_text_add_char(&text, 0);
  return (struct vonk_cell){text.data, text.size - 1, value->is_null};
}

static void put_padded(struct vonk_text *text, struct vonk_cell cell) {
  if (!cell.null) vonk_text_add(text, vonk_str_make(cell.text, cell.size));
  for (size_t i = cell.null ? 0 : vonk_utf8_count(vonk_str_make(cell.text, cell.size)); i < PADDED_WIDTH; i++) vonk_text_add_char(text, ' ');
}

struct vonk_cell vonk_statement_row_text(struct vonk_statement *statement) {
  size_t first = statement->form == VONK_ANSWER_NAMES ? 1 : 0;
  size_t count = statement->form == VONK_ANSWER_NAMES ? 2 : statement->schema->field_count;
  struct vonk_text text;
  vonk_text_init(&text, statement->cells);
  for (size_t i = first; i < count; i++) {
    struct vonk_cell cell = vonk_statement_cell(statement, i, VONK_CELL_HIVE);
    if (i > first) vonk_text_add_char(&text, '\t');
    if (statement->form == VONK_ANSWER_PADDED) {
      put_padded(&text, cell);
    } else {
      vonk_text_add(&text, vonk_str_make(cell.text, cell.size));
    }
  }
  vonk_text_add_char(&text, 0);
  return (struct vonk_cell){text.data, text.size - 1, false};
}

static STATUS step(struct vonk_statement *statement, bool *found) {
  struct vonk_batch *batch = &statement->batch;
  *found = true;
  if (!statement->execution) {
    *found = statement->answer_at < statement->answer.rows.count;
    if (*found) statement->values = statement->answer.rows.items[statement->answer_at++];
    return VONK_OK;
  }
  for (;;) {
    if (statement->row_started) statement->row++;
    while (statement->row < batch->row_count && !vonk_batch_row_live(batch, statement->row)) statement->row++;
    if (statement->row < batch->row_count) return VONK_OK;
    statement->row = 0;
    statement->row_started = false;
    TRY(vonk_statement_next_batch(statement, batch));
    if (batch->row_count == 0) {
      *found = false;
      return VONK_OK;
    }
  }
}

int vonk_statement_next_row(struct vonk_statement *statement) {
  if (statement->ended) return VONK_RUN_END;
  bool found;
  vonk_arena_reset(statement->cells);
  enum vonk_status status = step(statement, &found);
  statement->row_started = status == VONK_OK && found;
  statement->ended = !statement->row_started;
  if (status != VONK_OK) return vonk_problem_code(&statement->session->problem, &statement->task, status);
  return found ? VONK_RUN_ROW : VONK_RUN_END;
}
