/* local_relation_test.c: many rows sent along as an Arrow stream, run as a query. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "column/builder.h"
#include "column/ipc.h"
#include "session/execute.h"
#include "session/query.h"

enum { ROWS = 100000 };

/* Row i: i, "number i and more", and {i / 2} or NULL for every seventh, on memory of its own. */
static struct vonk_buffer *make_stream(struct vonk_task *task) {
  struct vonk_type_field part = {STR("half"), &vonk_type_int, true, {0}};
  struct vonk_type_field fields[] = {{STR("n"), &vonk_type_long, false, {0}}, {STR("s"), &vonk_type_string, true, {0}},
                                     {STR("t"), vonk_type_struct(task->arena, &part, 1), true, {0}}};
  const struct vonk_type *type = vonk_type_struct(task->arena, fields, 3);
  struct vonk_ipc_options options = {0};
  struct vonk_ipc_writer *writer;
  struct vonk_ipc_piece *piece;
  assert_int_equal(vonk_ipc_writer_create(task, type, &options, &writer), VONK_OK);
  for (int64_t first = 0; first < ROWS; first += VONK_BATCH_ROWS) {
    struct vonk_builder builders[3];
    struct vonk_column columns[3];
    uint32_t count = ROWS - first < VONK_BATCH_ROWS ? (uint32_t)(ROWS - first) : VONK_BATCH_ROWS, position = 0;
    for (int c = 0; c < 3; c++) assert_int_equal(vonk_builder_init(task, &builders[c], fields[c].type), VONK_OK);
    for (int64_t i = first; i < first + count; i++) {
      struct vonk_value half = {.type = &vonk_type_int, .integer = i / 2};
      struct vonk_value pair = {.type = fields[2].type, .is_null = i % 7 == 0, .nested = {.items = &half, .count = 1}};
      struct vonk_str text = vonk_str_format(task->arena, "number %lld and more", (long long)i);
      assert_int_equal(vonk_builder_add_integer(task, &builders[0], i), VONK_OK);
      assert_int_equal(vonk_builder_add_bytes(task, &builders[1], text.data, text.size), VONK_OK);
      assert_int_equal(vonk_builder_add_value(task, &builders[2], &pair), VONK_OK);
    }
    for (int c = 0; c < 3; c++) assert_int_equal(vonk_builder_finish(task, &builders[c], &columns[c]), VONK_OK);
    struct vonk_batch batch = {.columns = columns, .column_count = 3, .row_count = count, .live_count = count};
    assert_int_equal(vonk_ipc_writer_append(task, writer, &batch, &position), VONK_OK);
    for (int c = 0; c < 3; c++) vonk_builder_deinit(&builders[c]);
  }
  assert_int_equal(vonk_ipc_writer_take(task, writer, &piece), VONK_OK);
  struct vonk_buffer *buffer;
  assert_int_equal(vonk_buffer_create(NULL, piece->byte_size, &buffer), VONK_OK);
  for (uint32_t i = 0; i < piece->part_count; i++) {
    memcpy(buffer->data + buffer->size, piece->parts[i].data, piece->parts[i].size);
    buffer->size += piece->parts[i].size;
  }
  vonk_ipc_piece_destroy(piece);
  vonk_ipc_writer_destroy(writer);
  return buffer;
}

/* The rows of the stream under SCHEMA, in their order. */
static void run(struct vonk_session *session, struct vonk_buffer *stream, const char *schema) {
  struct vonk_statement *statement = vonk_statement_create(session, NULL, NULL);
  struct vonk_relation_local_relation *local = RELATION_NEW(statement->arena, local_relation, NULL);
  local->arrow = vonk_str_make((const char *)stream->data, stream->size);
  local->memory = stream;
  local->schema = vonk_str_of(schema);
  assert_int_equal(vonk_statement_execute_node(statement, &local->relation.node), VONK_OK);
  int64_t n = 0;
  while (true) {
    struct vonk_batch batch;
    assert_int_equal(vonk_statement_next_batch(statement, &batch), VONK_OK);
    if (batch.row_count == 0) break;
    for (uint32_t i = 0; i < batch.row_count; i++) {
      if (!vonk_batch_row_live(&batch, i)) continue;
      struct vonk_value number = vonk_column_get(&batch.columns[0], i, statement->arena), text = vonk_column_get(&batch.columns[1], i, statement->arena);
      struct vonk_value pair = vonk_column_get(&batch.columns[2], i, statement->arena);
      assert_int_equal(number.integer, n);
      assert_true(vonk_str_equal(text.text, vonk_str_format(statement->arena, "number %lld and more", (long long)n)));
      assert_int_equal(pair.is_null, n % 7 == 0);
      if (!pair.is_null) assert_int_equal(pair.nested.items[0].integer, n / 2);
      n++;
    }
  }
  assert_int_equal(n, ROWS);
  vonk_statement_close(statement);
}

static void test_local_relation__runs(void **state) {
  (void)state;
  struct vonk_error error;
  struct vonk_budget *budget = vonk_budget_create(NULL, "test", 0);
  vonk_error_init(&error);
  struct vonk_task task = {.arena = vonk_arena_create(budget), .error = &error, .budget = budget};
  struct vonk_instance *instance;
  struct vonk_session *session;
  assert_int_equal(vonk_instance_open(NULL, &instance), 0);
  assert_int_equal(vonk_session_open(instance, NULL, &session), 0);
  struct vonk_buffer *stream = make_stream(&task);
  run(session, stream, NULL);
  run(session, stream, "a BIGINT, b STRING, c STRUCT<d: INT>");
  run(session, stream, "a INT, b STRING, c STRUCT<d: BIGINT>");
  vonk_buffer_release(stream);
  vonk_session_close(session);
  vonk_instance_close(instance);
  vonk_arena_destroy(task.arena);
  vonk_budget_destroy(budget);
  vonk_error_deinit(&error);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_local_relation__runs)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
