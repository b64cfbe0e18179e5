/* scan_metadata.c: a struct whose fields are constants, and a counted one. */
#include "exec/op/scan_metadata.h"

STATUS vonk_scan_metadata_open(struct vonk_task *task, bool with_rows, struct vonk_scan_metadata *out) {
  *out = (struct vonk_scan_metadata){.arena = vonk_arena_create(task->budget)};
  return with_rows ? vonk_buffer_create(task->budget, VONK_BATCH_ROWS * sizeof(int64_t), &out->rows) : VONK_OK;
}

void vonk_scan_metadata_close(struct vonk_scan_metadata *metadata) {
  if (metadata->arena) vonk_arena_destroy(metadata->arena);
  vonk_buffer_release(metadata->rows);
}

void vonk_scan_metadata_begin(struct vonk_scan_metadata *metadata, const struct vonk_type *type, const struct vonk_scan_file *file, uint64_t start, uint64_t length,
                              uint64_t file_row) {
  struct vonk_value fields[VONK_METADATA_COUNT];
  vonk_arena_reset(metadata->arena);
  vonk_source_metadata_of_file(metadata->arena, file, fields);
  fields[VONK_METADATA_FILE_BLOCK_START] = vonk_value_integer(&vonk_type_long, (int64_t)start);
  fields[VONK_METADATA_FILE_BLOCK_LENGTH] = vonk_value_integer(&vonk_type_long, (int64_t)length);
  fields[VONK_METADATA_ROW_INDEX] = vonk_value_integer(&vonk_type_long, 0);
  struct vonk_column *children = ARENA_ARRAY(metadata->arena, struct vonk_column, type->field_count);
  for (uint32_t i = 0; i < type->field_count; i++) children[i] = vonk_column_const(metadata->arena, &fields[i]);
  if (metadata->rows) {
    children[VONK_METADATA_ROW_INDEX] = (struct vonk_column){.type = &vonk_type_long, .encoding = VONK_FLAT, .physical = VONK_PHYSICAL_I64, .data = metadata->rows->data};
  }
  metadata->file_row = file_row;
  metadata->column = (struct vonk_column){.type = type, .encoding = VONK_FLAT, .physical = VONK_PHYSICAL_STRUCT, .children = children};
}

void vonk_scan_metadata_fill(struct vonk_scan_metadata *metadata, const struct vonk_batch *batch) {
  if (!metadata->rows) return;
  int64_t *rows = (int64_t *)metadata->rows->data, first = (int64_t)(metadata->file_row + batch->first_row);
  for (uint32_t i = 0; i < batch->row_count; i++) rows[i] = first + (batch->row_origin ? batch->row_origin[i] : i);
}
