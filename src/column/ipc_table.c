/* ipc_table.c: a stream's record batches, kept as checked arrays that are cut into batches when they are asked for. */
#include <stdlib.h>

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

/* --- nulls where the schema has none --- */

static bool may_be_null(const struct ArrowSchema *field) { return (field->flags & ARROW_FLAG_NULLABLE) || field->format[0] == 'd'; /* decimals, as on Spark */ }

/* A field that is never null has one somewhere, be it below a null. */
static bool any_nulls(const struct ArrowSchema *schema, const struct ArrowArray *array) {
  for (int64_t i = 0; i < array->n_children; i++) {
    bool null = !may_be_null(schema->children[i]) && array->children[i]->null_count != 0;
    if (null || any_nulls(schema->children[i], array->children[i])) return true;
  }
  return false;
}

static bool is_null(const struct ArrowArray *array, int64_t row) {
  const uint8_t *bits = array->null_count && array->n_buffers ? array->buffers[0] : NULL;
  return bits && !(bits[row >> 3] >> (row & 7) & 1);
}

/* Messages need not be aligned. */
static int64_t offset_at(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row) {
  int64_t wide;
  int32_t narrow;
  if (schema->format[1] == 'w') return row * strtoll(schema->format + 3, NULL, 10);
  const char *offsets = array->buffers[1];
  if (schema->format[1] == 'L') return memcpy(&wide, offsets + 8 * row, 8), wide;
  return memcpy(&narrow, offsets + 4 * row, 4), narrow;
}

/* Does ROW, which is not null, hold a null that may not be? */
static bool holds_null(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row) {
  bool is_list = schema->format[0] == '+' && schema->format[1] != 's';
  int64_t first = is_list ? offset_at(schema, array, row) : row, end = is_list ? offset_at(schema, array, row + 1) : row + 1;
  for (int64_t i = 0; i < array->n_children; i++) {
    for (int64_t k = first; k < end; k++) {
      bool null = is_null(array->children[i], k);
      if (null ? !may_be_null(schema->children[i]) : holds_null(schema->children[i], array->children[i], k)) return true;
    }
  }
  return false;
}

static STATUS check_nulls(struct vonk_task *task, const struct ArrowSchema *schema, const struct ArrowArray *array) {
  if (!any_nulls(schema, array)) return VONK_OK;
  for (int64_t row = 0; row < array->length; row++) {
    if (holds_null(schema, array, row)) return vonk_raise(task, VONK__NULL_VALUE, NULL, NULL);
  }
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
    TRY(check_nulls(task, &table->reader->schema, array));
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
