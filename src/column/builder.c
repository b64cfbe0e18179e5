/* builder.c: columns that grow row by row.
 *
 * Fixed-width data and validity are buffers that double; strings longer than a view holds go to heap chunks that never
 * move. A validity bitmap is kept from the start and left out of the finished column when no null came.
 */
#include "column/builder.h"

#include "base/bits.h"
#include "column/load.h"

enum { FIRST_ROWS = 64, HEAP_FIRST = 4 << 10, HEAP_MAX = 1 << 20 };

static void init_in(struct vonk_builder *builder, const struct vonk_type *type, struct vonk_arena *arena) {
  *builder = (struct vonk_builder){.type = type, .physical = vonk_physical_of(type), .arena = arena};
  builder->child_count = vonk_type_child_count(type);
  builder->children = ARENA_ARRAY(arena, struct vonk_builder, builder->child_count);
  builder->finished = ARENA_ARRAY(arena, struct vonk_column, builder->child_count);
  for (uint32_t i = 0; i < builder->child_count; i++) init_in(&builder->children[i], vonk_type_child(type, i), arena);
}

STATUS vonk_builder_init(struct vonk_task *task, struct vonk_builder *builder, const struct vonk_type *type) {
  init_in(builder, type, vonk_arena_create(task->budget));
  builder->owns_arena = true;
  return VONK_OK;
}

static void release_buffers(struct vonk_builder *builder) {
  vonk_buffer_release(builder->data);
  vonk_buffer_release(builder->validity);
  for (uint32_t i = 0; i < builder->heap_count; i++) vonk_buffer_release(builder->heaps[i]);
  for (uint32_t i = 0; i < builder->child_count; i++) release_buffers(&builder->children[i]);
}

void vonk_builder_deinit(struct vonk_builder *builder) {
  release_buffers(builder);
  if (builder->owns_arena) vonk_arena_destroy(builder->arena);
  *builder = (struct vonk_builder){0};
}

void vonk_builder_reset(struct vonk_builder *builder) {
  builder->row_count = 0;
  builder->list_end = 0;
  builder->has_nulls = false;
  builder->heap_current = 0;
  for (uint32_t i = 0; i < builder->heap_count; i++) builder->heaps[i]->size = 0;
  for (uint32_t i = 0; i < builder->child_count; i++) vonk_builder_reset(&builder->children[i]);
}

/* Grows to SIZE bytes; what is new is zero, since rows behind the last one must be initialised. */
static STATUS grow_zeroed(struct vonk_task *task, struct vonk_buffer **buffer, size_t size) {
  if (!*buffer) {
    TRY(vonk_buffer_create(task->budget, size, buffer));
  } else if (size > (*buffer)->capacity) {
    TRY(vonk_buffer_grow(buffer, size));
  }
  if (size > (*buffer)->size) {
    memset((*buffer)->data + (*buffer)->size, 0, size - (*buffer)->size);
    (*buffer)->size = size;
  }
  return VONK_OK;
}

static STATUS grow_rows(struct vonk_task *task, struct vonk_builder *builder, size_t rows) {
  size_t size = vonk_physical_size[builder->physical];
  size_t data_bytes = builder->physical == VONK_PHYSICAL_BOOL ? rows / 8 : rows * size;
  if (data_bytes) TRY(grow_zeroed(task, &builder->data, data_bytes));
  TRY(grow_zeroed(task, &builder->validity, rows / 8));
  builder->row_capacity = (uint32_t)rows;
  return VONK_OK;
}

static STATUS reserve_row(struct vonk_task *task, struct vonk_builder *builder) {
  if (LIKELY(builder->row_count < builder->row_capacity)) return VONK_OK;
  if (builder->row_capacity > UINT32_MAX / 4) return VONK_NO_MEMORY;
  return grow_rows(task, builder, builder->row_capacity ? 2 * (size_t)builder->row_capacity : FIRST_ROWS);
}

STATUS vonk_builder_reserve(struct vonk_task *task, struct vonk_builder *builder, uint32_t rows) {
  uint64_t wanted = (uint64_t)builder->row_count + rows, doubled = 2 * (uint64_t)builder->row_capacity;
  if (wanted > builder->row_capacity) {
    if (wanted > UINT32_MAX / 2) return VONK_NO_MEMORY;
    if (wanted < doubled && doubled <= UINT32_MAX / 2) wanted = doubled;
    TRY(grow_rows(task, builder, (size_t)(wanted + FIRST_ROWS - 1) / FIRST_ROWS * FIRST_ROWS));
  }
  if (builder->physical != VONK_PHYSICAL_STRUCT) return VONK_OK;
  for (uint32_t i = 0; i < builder->child_count; i++) TRY(vonk_builder_reserve(task, &builder->children[i], rows));
  return VONK_OK;
}

static inline void end_row(struct vonk_builder *builder, bool valid) {
  vonk_bits_put((uint64_t *)(void *)builder->validity->data, builder->row_count, valid);
  builder->has_nulls |= !valid;
  builder->row_count++;
}

static inline void *entry(const struct vonk_builder *builder) {
  return builder->data->data + (size_t)builder->row_count * vonk_physical_size[builder->physical];
}

STATUS vonk_builder_add_null(struct vonk_task *task, struct vonk_builder *builder) {
  TRY(reserve_row(task, builder));
  switch (builder->physical) {
    case VONK_PHYSICAL_NONE: break;
    case VONK_PHYSICAL_BOOL: vonk_bits_clear((uint64_t *)(void *)builder->data->data, builder->row_count); break;
    case VONK_PHYSICAL_STRUCT:
      for (uint32_t i = 0; i < builder->child_count; i++) TRY(vonk_builder_add_null(task, &builder->children[i]));
      break;
    case VONK_PHYSICAL_LIST: *(struct vonk_list *)entry(builder) = (struct vonk_list){builder->list_end, 0}; break;
    default: memset(entry(builder), 0, vonk_physical_size[builder->physical]); break;
  }
  end_row(builder, false);
  return VONK_OK;
}

STATUS vonk_builder_add_bool(struct vonk_task *task, struct vonk_builder *builder, bool value) {
  KERNEL_ASSERT(builder->physical == VONK_PHYSICAL_BOOL);
  TRY(reserve_row(task, builder));
  vonk_bits_put((uint64_t *)(void *)builder->data->data, builder->row_count, value);
  end_row(builder, true);
  return VONK_OK;
}

STATUS vonk_builder_add_integer(struct vonk_task *task, struct vonk_builder *builder, vonk_int128 value) {
  TRY(reserve_row(task, builder));
  void *to = entry(builder);
  switch (builder->physical) {
    case VONK_PHYSICAL_I8: *(int8_t *)to = (int8_t)value; break;
    case VONK_PHYSICAL_I16: *(int16_t *)to = (int16_t)value; break;
    case VONK_PHYSICAL_I32: *(int32_t *)to = (int32_t)value; break;
    case VONK_PHYSICAL_I64: *(int64_t *)to = (int64_t)value; break;
    default:
      KERNEL_ASSERT(builder->physical == VONK_PHYSICAL_I128);
      *(vonk_int128 *)to = value;
      break;
  }
  end_row(builder, true);
  return VONK_OK;
}

STATUS vonk_builder_add_real(struct vonk_task *task, struct vonk_builder *builder, double value) {
  TRY(reserve_row(task, builder));
  if (builder->physical == VONK_PHYSICAL_F32) {
    *(float *)entry(builder) = (float)value;
  } else {
    KERNEL_ASSERT(builder->physical == VONK_PHYSICAL_F64);
    *(double *)entry(builder) = value;
  }
  end_row(builder, true);
  return VONK_OK;
}

STATUS vonk_builder_add_interval(struct vonk_task *task, struct vonk_builder *builder, struct vonk_interval value) {
  KERNEL_ASSERT(builder->physical == VONK_PHYSICAL_INTERVAL);
  TRY(reserve_row(task, builder));
  *(struct vonk_interval *)entry(builder) = value;
  end_row(builder, true);
  return VONK_OK;
}

/* --- strings --- */

static STATUS add_heap(struct vonk_task *task, struct vonk_builder *builder, size_t size) {
  if (builder->heap_count == builder->heap_capacity) {
    uint32_t capacity = builder->heap_capacity ? 2 * builder->heap_capacity : 4;
    struct vonk_buffer **heaps = ARENA_ARRAY(builder->arena, struct vonk_buffer *, capacity);
    if (builder->heap_count) memcpy(heaps, builder->heaps, builder->heap_count * sizeof *heaps);
    builder->heaps = heaps;
    builder->heap_capacity = capacity;
  }
  size_t wanted = builder->heap_count ? 2 * builder->heaps[builder->heap_count - 1]->capacity : HEAP_FIRST;
  if (wanted > HEAP_MAX) wanted = HEAP_MAX;
  TRY(vonk_buffer_create(task->budget, wanted > size ? wanted : size, &builder->heaps[builder->heap_count]));
  builder->heap_current = builder->heap_count++;
  return VONK_OK;
}

STATUS vonk_builder_reserve_bytes(struct vonk_task *task, struct vonk_builder *builder, size_t size, char **out) {
  KERNEL_ASSERT(builder->physical == VONK_PHYSICAL_VIEW);
  if (size > UINT32_MAX) return VONK_NO_MEMORY;
  TRY(reserve_row(task, builder));
  while (builder->heap_current < builder->heap_count) {
    const struct vonk_buffer *heap = builder->heaps[builder->heap_current];
    if (heap->capacity - heap->size >= size) break;
    builder->heap_current++;
  }
  if (builder->heap_current >= builder->heap_count) TRY(add_heap(task, builder, size));
  struct vonk_buffer *heap = builder->heaps[builder->heap_current];
  *out = (char *)heap->data + heap->size;
  return VONK_OK;
}

STATUS vonk_builder_commit_bytes(struct vonk_task *task, struct vonk_builder *builder, size_t used) {
  (void)task;
  struct vonk_buffer *heap = builder->heaps[builder->heap_current];
  KERNEL_ASSERT(used <= heap->capacity - heap->size);
  vonk_view_put((struct vonk_view *)entry(builder), (const char *)heap->data + heap->size, (uint32_t)used);
  if (used > VONK_VIEW_INLINE) heap->size += used;
  end_row(builder, true);
  return VONK_OK;
}

STATUS vonk_builder_add_bytes(struct vonk_task *task, struct vonk_builder *builder, const char *data, size_t size) {
  if (size <= VONK_VIEW_INLINE) {
    KERNEL_ASSERT(builder->physical == VONK_PHYSICAL_VIEW);
    TRY(reserve_row(task, builder));
    struct vonk_view view = {.size = (uint32_t)size};
    if (size) memcpy(view.inlined, data, size);
    *(struct vonk_view *)entry(builder) = view;
    end_row(builder, true);
    return VONK_OK;
  }
  char *room;
  TRY(vonk_builder_reserve_bytes(task, builder, size, &room));
  memcpy(room, data, size);
  return vonk_builder_commit_bytes(task, builder, size);
}

/* --- nested --- */

STATUS vonk_builder_end_list(struct vonk_task *task, struct vonk_builder *builder) {
  KERNEL_ASSERT(builder->physical == VONK_PHYSICAL_LIST);
  TRY(reserve_row(task, builder));
  uint32_t end = builder->children[0].row_count;
  KERNEL_ASSERT(builder->child_count == 1 || builder->children[1].row_count == end);
  *(struct vonk_list *)entry(builder) = (struct vonk_list){builder->list_end, end - builder->list_end};
  builder->list_end = end;
  end_row(builder, true);
  return VONK_OK;
}

STATUS vonk_builder_end_struct(struct vonk_task *task, struct vonk_builder *builder) {
  KERNEL_ASSERT(builder->physical == VONK_PHYSICAL_STRUCT);
  TRY(reserve_row(task, builder));
  for (uint32_t i = 0; i < builder->child_count; i++) ASSERT(builder->children[i].row_count == builder->row_count + 1);
  end_row(builder, true);
  return VONK_OK;
}

static STATUS add_nested_value(struct vonk_task *task, struct vonk_builder *builder, const struct vonk_value *value) {
  uint32_t count = vonk_value_item_count(value), width = builder->child_count;
  for (uint32_t i = 0; i < count; i++) TRY(vonk_builder_add_value(task, &builder->children[i % width], &value->nested.items[i]));
  return builder->physical == VONK_PHYSICAL_LIST ? vonk_builder_end_list(task, builder) : vonk_builder_end_struct(task, builder);
}

STATUS vonk_builder_add_value(struct vonk_task *task, struct vonk_builder *builder, const struct vonk_value *value) {
  if (value->is_null) return vonk_builder_add_null(task, builder);
  switch (builder->physical) {
    case VONK_PHYSICAL_NONE: return vonk_builder_add_null(task, builder);
    case VONK_PHYSICAL_BOOL: return vonk_builder_add_bool(task, builder, value->integer != 0);
    case VONK_PHYSICAL_F32:
    case VONK_PHYSICAL_F64: return vonk_builder_add_real(task, builder, value->real);
    case VONK_PHYSICAL_VIEW: return vonk_builder_add_bytes(task, builder, value->text.data, value->text.size);
    case VONK_PHYSICAL_INTERVAL: return vonk_builder_add_interval(task, builder, value->interval);
    case VONK_PHYSICAL_LIST:
    case VONK_PHYSICAL_STRUCT: return add_nested_value(task, builder, value);
    default:
      return vonk_builder_add_integer(task, builder, value->type->id == VONK_TYPE_DECIMAL ? value->decimal : value->integer);
  }
}

static STATUS add_list_row(struct vonk_task *task, struct vonk_builder *builder, const struct vonk_column *column, uint32_t i) {
  struct vonk_list list = ((const struct vonk_list *)column->data)[i];
  for (uint32_t k = 0; k < builder->child_count; k++) {
    for (uint32_t row = list.offset; row < list.offset + list.length; row++) {
      TRY(vonk_builder_add_row(task, &builder->children[k], &column->children[k], row));
    }
  }
  return vonk_builder_end_list(task, builder);
}

STATUS vonk_builder_add_row(struct vonk_task *task, struct vonk_builder *builder, const struct vonk_column *column, uint32_t row) {
  if (!vonk_column_row_valid(column, row)) return vonk_builder_add_null(task, builder);
  uint32_t i = vonk_column_index(column, row);
  const struct vonk_column *from = column->encoding == VONK_DICT ? &column->dictionary->entries : column;
  switch (builder->physical) {
    case VONK_PHYSICAL_NONE: return vonk_builder_add_null(task, builder);
    case VONK_PHYSICAL_BOOL: return vonk_builder_add_bool(task, builder, vonk_bits_get(from->data, i));
    case VONK_PHYSICAL_F32: return vonk_builder_add_real(task, builder, (double)((const float *)from->data)[i]);
    case VONK_PHYSICAL_F64: return vonk_builder_add_real(task, builder, ((const double *)from->data)[i]);
    case VONK_PHYSICAL_VIEW: {
      const struct vonk_view *view = &((const struct vonk_view *)from->data)[i];
      return vonk_builder_add_bytes(task, builder, vonk_view_data(view), view->size);
    }
    case VONK_PHYSICAL_INTERVAL:
      return vonk_builder_add_interval(task, builder, ((const struct vonk_interval *)from->data)[i]);
    case VONK_PHYSICAL_LIST: return add_list_row(task, builder, from, i);
    case VONK_PHYSICAL_STRUCT:
      for (uint32_t k = 0; k < builder->child_count; k++) {
        TRY(vonk_builder_add_row(task, &builder->children[k], &from->children[k], i));
      }
      return vonk_builder_end_struct(task, builder);
    default: return vonk_builder_add_integer(task, builder, vonk_load_wide(from->data, from->physical, i));
  }
}

/* --- the finished column --- */

STATUS vonk_builder_finish(struct vonk_task *task, struct vonk_builder *builder, struct vonk_column *out) {
  /* Even an empty column has memory behind its pointers. */
  if (builder->row_capacity == 0) TRY(reserve_row(task, builder));
  *out = (struct vonk_column){
      .type = builder->type,
      .encoding = VONK_FLAT,
      .physical = (uint8_t)builder->physical,
      .valid = builder->has_nulls ? (const uint64_t *)(void *)builder->validity->data : NULL,
      .data = builder->data ? builder->data->data : NULL,
      .children = builder->child_count ? builder->finished : NULL,
  };
  for (uint32_t i = 0; i < builder->child_count; i++) {
    TRY(vonk_builder_finish(task, &builder->children[i], &builder->finished[i]));
  }
  if (builder->physical == VONK_PHYSICAL_LIST) out->child_count = builder->children[0].row_count;
  return VONK_OK;
}

static uint32_t count_buffers(const struct vonk_builder *builder) {
  uint32_t count = (builder->data != NULL) + (builder->validity != NULL) + builder->heap_count;
  for (uint32_t i = 0; i < builder->child_count; i++) count += count_buffers(&builder->children[i]);
  return count;
}

static uint32_t take_buffers(struct vonk_builder *builder, struct vonk_buffer **buffers) {
  uint32_t count = 0;
  if (builder->data) buffers[count++] = builder->data;
  if (builder->validity) buffers[count++] = builder->validity;
  for (uint32_t i = 0; i < builder->heap_count; i++) buffers[count++] = builder->heaps[i];
  for (uint32_t i = 0; i < builder->child_count; i++) count += take_buffers(&builder->children[i], buffers + count);
  builder->data = builder->validity = NULL;
  builder->row_count = builder->row_capacity = builder->list_end = builder->heap_count = builder->heap_current = 0;
  builder->has_nulls = false;
  return count;
}

static void move_children(struct vonk_arena *arena, struct vonk_column *column, uint32_t child_count) {
  if (!child_count) return;
  column->children = vonk_arena_copy(arena, column->children, child_count * sizeof *column->children);
  for (uint32_t i = 0; i < child_count; i++) {
    move_children(arena, &column->children[i], vonk_type_child_count(column->children[i].type));
  }
}

uint32_t vonk_builder_take(struct vonk_builder *builder, struct vonk_arena *arena, struct vonk_column *column,
                           struct vonk_buffer ***buffers) {
  move_children(arena, column, builder->child_count);
  *buffers = ARENA_ARRAY(arena, struct vonk_buffer *, count_buffers(builder));
  return take_buffers(builder, *buffers);
}
