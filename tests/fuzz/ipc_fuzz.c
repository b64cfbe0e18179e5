/* ipc_fuzz.c: any bytes as an Arrow stream or file: what can be read must be whole, which writing it again shows. */
#include "column/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Columns without bytes of their own have many rows for little input. */
enum { BATCHES_MAX = 64, MEMORY_MAX = 256 << 20 };

static enum vonk_status write_again(struct vonk_task *task, struct vonk_ipc_writer *writer, const struct vonk_batch *batch) {
  for (uint32_t position = 0; position < batch->live_count;) {
    struct vonk_ipc_piece *piece;
    TRY(vonk_ipc_writer_append(task, writer, batch, &position));
    TRY(vonk_ipc_writer_take(task, writer, &piece));
    vonk_ipc_piece_destroy(piece);
  }
  return VONK_OK;
}

static enum vonk_status read_all(struct vonk_task *task, struct vonk_ipc_reader *reader, struct vonk_ipc_writer *writer) {
  struct vonk_owned_batch *batch = NULL;
  for (int i = 0; i < BATCHES_MAX; i++) {
    TRY(vonk_ipc_reader_next(task, reader, &batch));
    if (!batch) return VONK_OK;
    enum vonk_status status = write_again(task, writer, &batch->batch);
    vonk_owned_batch_destroy(batch);
    TRY(status);
  }
  return VONK_OK;
}

/* The same rows as slices, from the last to the first. */
static enum vonk_status read_slices(struct vonk_task *task, struct vonk_str data) {
  struct vonk_ipc_table *table;
  TRY(vonk_ipc_table_create(task, data, &table));
  uint32_t count = vonk_ipc_table_slice_count(table);
  for (uint32_t i = count; i > 0 && i + BATCHES_MAX > count; i--) {
    struct vonk_owned_batch *batch;
    TRY(vonk_ipc_table_read(task, table, i - 1, &batch));
    ASSERT(batch->batch.row_count == vonk_ipc_table_row_count(table, i - 1));
    vonk_owned_batch_destroy(batch);
  }
  return VONK_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vonk_error error;
  struct vonk_budget *budget = vonk_budget_create(NULL, "fuzz", MEMORY_MAX);
  vonk_error_init(&error);
  struct vonk_task task = {.arena = vonk_arena_create(budget), .error = &error, .budget = budget};
  struct vonk_ipc_reader *reader = NULL;
  struct vonk_ipc_writer *writer = NULL;
  struct vonk_ipc_options options = {0};
  enum vonk_status status = vonk_ipc_reader_create(&task, vonk_str_make((const char *)data, size), &reader);
  if (status == VONK_OK) status = vonk_ipc_writer_create(&task, vonk_ipc_reader_type(reader), &options, &writer);
  if (status == VONK_OK) status = read_all(&task, reader, writer);
  ASSERT(status != VONK_FAILED || error.set);
  status = read_slices(&task, vonk_str_make((const char *)data, size));
  ASSERT(status != VONK_FAILED || error.set);
  vonk_ipc_writer_destroy(writer);
  vonk_ipc_reader_destroy(reader);
  vonk_arena_destroy(task.arena);
  vonk_budget_destroy(budget);
  vonk_error_deinit(&error);
  return 0;
}
