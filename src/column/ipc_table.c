/* ipc_table.c: a stream's record batches, kept as checked arrays that are cut into batches when they are asked for. */
#include "base/array.h"
#include "column/ipc_internal.h"

struct slice {
  const struct ArrowArray *array;
  int64_t first;
  uint32_t count;
};

struct vonk_ipc_table {
  struct vonk_ipc_reader *reader;
  struct vonk_str data;
  ARRAY_OF(struct slice) slices;
};

static void destroy_reader(void *reader) { vonk_ipc_reader_destroy(reader); }
static void release_buffer(void *buffer) { vonk_buffer_release(buffer); }

/* Reading no rows brings in the dictionaries, of which threads may then only find those that are there. */
static STATUS read_dictionaries(struct vonk_task *task, struct vonk_ipc_reader *reader, const struct ArrowArray *array) {
  struct vonk_owned_batch *nothing;
  if (!reader->values.count) return VONK_OK;
  TRY(arrow_read_rows(task, &reader->arrow, array, 0, 0, &nothing));
  vonk_owned_batch_destroy(nothing);
  return VONK_OK;
}

static STATUS read_batches(struct vonk_task *task, struct vonk_ipc_table *table) {
  while (true) {
    struct ArrowArray *array = ARENA_NEW(task->arena, struct ArrowArray);
    struct vonk_buffer *body;
    bool found;
    enum vonk_status status = ipc_next_batch(task, table->reader, task->arena, &body, array, &found);
    if (body) vonk_arena_on_reset(task->arena, release_buffer, body);
    TRY(status);
    if (!found) return VONK_OK;
    TRY(read_dictionaries(task, table->reader, array));
    for (int64_t first = 0; first < array->length; first += VONK_BATCH_ROWS) {
      int64_t left = array->length - first;
      *ARRAY_PUSH(task->arena, &table->slices) = (struct slice){array, first, left < VONK_BATCH_ROWS ? (uint32_t)left : VONK_BATCH_ROWS};
    }
    if (table->slices.count > UINT32_MAX) return vonk_unsupported(task, NULL, "Arrow data with that many rows");
  }
}

STATUS vonk_ipc_table_create(struct vonk_task *task, struct vonk_str data, struct vonk_ipc_table **out) {
  struct vonk_ipc_table *table = ARENA_NEW(task->arena, struct vonk_ipc_table);
  TRY(vonk_ipc_reader_create(task, data, &table->reader));
  vonk_arena_on_reset(task->arena, destroy_reader, table->reader);
  table->reader->keeps_dictionaries = true;
  table->data = data;
  *out = table;
  return read_batches(task, table);
}

const struct vonk_type *vonk_ipc_table_type(const struct vonk_ipc_table *table) { return table->reader->arrow.type; }

void vonk_ipc_table_set_type(struct vonk_ipc_table *table, const struct vonk_type *type) { table->reader->arrow.type = type; }

struct vonk_str vonk_ipc_table_data(const struct vonk_ipc_table *table) { return table->data; }

uint32_t vonk_ipc_table_slice_count(const struct vonk_ipc_table *table) { return (uint32_t)table->slices.count; }

uint32_t vonk_ipc_table_row_count(const struct vonk_ipc_table *table, uint32_t slice) { return table->slices.items[slice].count; }

STATUS vonk_ipc_table_read(struct vonk_task *task, struct vonk_ipc_table *table, uint32_t index, struct vonk_owned_batch **out) {
  const struct slice *slice = &table->slices.items[index];
  return arrow_read_rows(task, &table->reader->arrow, slice->array, slice->first, slice->count, out);
}
