/* kept_value.c: see the header. */
#include "func/kept_value.h"

#include "base/bits.h"
#include "column/value_bytes.h"
#include "kernel/compare.h"

/* Room for SIZE bytes; what was kept is lost. */
static char *reserve(struct vonk_task *task, struct vonk_kept *kept, size_t size) {
  kept->set = true;
  kept->null = false;
  kept->size = (uint32_t)size;
  if (!kept->outside && size <= VONK_KEPT_INLINE) return kept->inlined;
  if (!kept->outside || kept->capacity < size) {
    kept->capacity = size + size / 2;
    kept->piece = vonk_arena_alloc(task->arena, kept->capacity);
    kept->outside = true;
  }
  return kept->piece;
}

void vonk_kept_put_bytes(struct vonk_task *task, struct vonk_kept *kept, const char *bytes, size_t size) {
  memcpy(reserve(task, kept, size), bytes, size);
}

void vonk_kept_put(struct vonk_task *task, struct vonk_kept *kept, const struct vonk_column *column, uint32_t row) {
  if (!vonk_column_row_valid(column, row)) {
    kept->set = kept->null = true;
    return;
  }
  size_t size = vonk_value_bytes_size(column, row);
  vonk_value_bytes_write(column, row, reserve(task, kept, size));
}

static int compare(const struct vonk_type *type, const char *a, const char *b) { return vonk_value_bytes_compare(type, &a, &b); }

STATUS vonk_kept_compare_row(struct vonk_frame *frame, const struct vonk_kept *kept, const struct vonk_column *column, uint32_t row, int *order) {
  char few[VONK_KEPT_INLINE];
  void *bytes = few;
  if (column->physical == VONK_PHYSICAL_VIEW) {
    const char *at = vonk_kept_bytes(kept) + 4;
    struct vonk_view view = vonk_view_make(at, kept->size - 4);
    *order = vonk_compare_views((const struct vonk_view *)vonk_column_values(column) + vonk_column_index(column, row), &view);
    return VONK_OK;
  }
  if (column->physical == VONK_PHYSICAL_LIST || column->physical == VONK_PHYSICAL_STRUCT) {
    TRY(vonk_scratch_take(frame->task, frame->scratch, vonk_value_bytes_size(column, row), &bytes));
  }
  vonk_value_bytes_write(column, row, bytes);
  *order = compare(column->type, bytes, vonk_kept_bytes(kept));
  return VONK_OK;
}

int vonk_kept_compare(const struct vonk_type *type, const struct vonk_kept *a, const struct vonk_kept *b) {
  return compare(type, vonk_kept_bytes(a), vonk_kept_bytes(b));
}

STATUS vonk_result_put_null(struct vonk_frame *frame, uint32_t row) {
  if (frame->builder) return vonk_builder_add_null(frame->task, frame->builder);
  vonk_bits_clear(frame->valid, row);
  return VONK_OK;
}

STATUS vonk_result_put_bytes(struct vonk_frame *frame, uint32_t row, const char *bytes) {
  enum vonk_physical physical = vonk_physical_of(frame->expr->type);
  if (frame->builder) return vonk_value_bytes_read(frame->task, frame->builder, &bytes);
  if (physical == VONK_PHYSICAL_BOOL) vonk_bits_put(frame->data, row, *bytes != 0);
  else memcpy((char *)frame->data + (size_t)row * vonk_physical_size[physical], bytes, vonk_physical_size[physical]);
  return VONK_OK;
}

STATUS vonk_kept_result(struct vonk_frame *frame, uint32_t row, const struct vonk_kept *kept) {
  if (!kept->set || kept->null) return vonk_result_put_null(frame, row);
  return vonk_result_put_bytes(frame, row, vonk_kept_bytes(kept));
}

static bool has_bytes(const struct vonk_kept *kept) { return kept->set && !kept->null; }

size_t vonk_kept_saved_size(const struct vonk_kept *kept) { return 5 + (has_bytes(kept) ? kept->size : 0); }

char *vonk_kept_save(const struct vonk_kept *kept, char *to) {
  uint32_t size = has_bytes(kept) ? kept->size : 0;
  *to = (char)(kept->set + 2 * kept->null);
  memcpy(to + 1, &size, 4);
  memcpy(to + 5, vonk_kept_bytes(kept), size);
  return to + 5 + size;
}

const char *vonk_kept_load(struct vonk_task *task, const char *from, struct vonk_kept *kept) {
  uint32_t size;
  *kept = (struct vonk_kept){0};
  memcpy(&size, from + 1, 4);
  if (*from == 1) vonk_kept_put_bytes(task, kept, from + 5, size);
  kept->set = *from & 1;
  kept->null = *from & 2;
  return from + 5 + size;
}
