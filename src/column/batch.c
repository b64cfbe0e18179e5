/* batch.c: deep copies of batches.
 *
 * Columns are gathered by the row numbers of the live rows (NULL = all, in order), recursively: a list gathers its
 * children by the element numbers of its live entries. Entries of null rows are not looked at, they may be anything.
 */
#include "column/batch.h"

#include "base/bits.h"
#include "column/batch_internal.h"

struct copy {
  struct vonk_task *task;
  struct vonk_owned_batch *owned;
};

/* A buffer of the copy with SIZE bytes in use. */
static STATUS new_buffer(struct copy *copy, size_t size, void **data) {
  return vonk_owned_batch_buffer(copy->task, copy->owned, size, data);
}

/* Room for COUNT values of SIZE, in whole words of 64 rows; the rows behind COUNT are zero. */
static STATUS new_values(struct copy *copy, size_t count, size_t size, void **data) {
  return vonk_owned_batch_values(copy->task, copy->owned, count, size, data);
}

static inline uint32_t row_at(const uint32_t *rows, uint32_t i) { return rows ? rows[i] : i; }

static STATUS copy_bits(struct copy *copy, const uint64_t *bits, const uint32_t *rows, uint32_t count, const uint64_t **out) {
  void *data;
  TRY(new_buffer(copy, vonk_bits_words(count) * 8, &data));
  *out = data;
  if (!rows) {
    vonk_bits_copy(bits, count, data);
    return VONK_OK;
  }
  memset(data, 0, vonk_bits_words(count) * 8);
  for (uint32_t i = 0; i < count; i++) ((uint64_t *)data)[i >> 6] |= (uint64_t)vonk_bits_get(bits, rows[i]) << (i & 63);
  return VONK_OK;
}

#define GATHER(T)                                                                 \
  do {                                                                            \
    for (uint32_t i = 0; i < count; i++) ((T *)to)[i] = ((const T *)from)[rows[i]]; \
  } while (0)

struct bytes16 {
  uint64_t low, high;
};

static void gather(void *to, const void *from, size_t size, const uint32_t *rows, uint32_t count) {
  if (!rows) {
    if (count) memcpy(to, from, size * count);
    return;
  }
  switch (size) {
    case 1: GATHER(uint8_t); break;
    case 2: GATHER(uint16_t); break;
    case 4: GATHER(uint32_t); break;
    case 8: GATHER(uint64_t); break;
    default: ASSERT(size == 16); GATHER(struct bytes16); break;
  }
}

static STATUS copy_views(struct copy *copy, const struct vonk_column *from, const uint32_t *rows, uint32_t count, struct vonk_column *to) {
  const struct vonk_view *views = from->data;
  struct vonk_view *copies;
  size_t heap_size = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = row_at(rows, i);
    if (vonk_bits_get(from->valid, row) && views[row].size > VONK_VIEW_INLINE) heap_size += views[row].size;
  }
  void *data, *heap = NULL;
  TRY(new_values(copy, count, sizeof *copies, &data));
  if (heap_size) TRY(new_buffer(copy, heap_size, &heap));
  copies = data;
  to->data = copies;
  char *at = heap;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = row_at(rows, i);
    copies[i] = vonk_bits_get(from->valid, row) ? views[row] : (struct vonk_view){0};
    if (copies[i].size <= VONK_VIEW_INLINE) continue;
    memcpy(at, copies[i].pointer, copies[i].size);
    copies[i].pointer = at;
    at += copies[i].size;
  }
  return VONK_OK;
}

static STATUS copy_column(struct copy *copy, const struct vonk_column *from, const uint32_t *rows, uint32_t count, struct vonk_column *to);

static STATUS copy_lists(struct copy *copy, const struct vonk_column *from, const uint32_t *rows, uint32_t count, struct vonk_column *to) {
  const struct vonk_list *lists = from->data;
  size_t total = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = row_at(rows, i);
    if (vonk_bits_get(from->valid, row)) total += lists[row].length;
  }
  if (total > UINT32_MAX) return VONK_NO_MEMORY;
  struct vonk_buffer *scratch;
  void *data;
  TRY(new_values(copy, count, sizeof *lists, &data));
  TRY(vonk_buffer_create(copy->task->budget, total * sizeof(uint32_t), &scratch));
  uint32_t *elements = (uint32_t *)(void *)scratch->data, at = 0;
  struct vonk_list *copies = data;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = row_at(rows, i);
    uint32_t length = vonk_bits_get(from->valid, row) ? lists[row].length : 0;
    copies[i] = (struct vonk_list){at, length};
    for (uint32_t k = 0; k < length; k++) elements[at++] = lists[row].offset + k;
  }
  to->data = copies;
  to->child_count = at;
  enum vonk_status status = VONK_OK;
  for (uint32_t k = 0, width = vonk_type_child_count(from->type); k < width && status == VONK_OK; k++) {
    status = copy_column(copy, &from->children[k], elements, at, &to->children[k]);
  }
  vonk_buffer_release(scratch);
  return status;
}

static STATUS copy_flat(struct copy *copy, const struct vonk_column *from, const uint32_t *rows, uint32_t count, struct vonk_column *to) {
  size_t size = vonk_physical_size[from->physical];
  uint32_t width = vonk_type_child_count(from->type);
  void *data;
  if (width) to->children = ARENA_ARRAY(copy->owned->arena, struct vonk_column, width);
  switch (from->physical) {
    case VONK_PHYSICAL_NONE: return VONK_OK;
    case VONK_PHYSICAL_BOOL: {
      const uint64_t *bits;
      TRY(copy_bits(copy, from->data, rows, count, &bits));
      to->data = bits;
      return VONK_OK;
    }
    case VONK_PHYSICAL_VIEW: return copy_views(copy, from, rows, count, to);
    case VONK_PHYSICAL_LIST: return copy_lists(copy, from, rows, count, to);
    case VONK_PHYSICAL_STRUCT:
      for (uint32_t k = 0; k < width; k++) TRY(copy_column(copy, &from->children[k], rows, count, &to->children[k]));
      return VONK_OK;
    default:
      TRY(new_values(copy, count, size, &data));
      gather(data, from->data, size, rows, count);
      to->data = data;
      return VONK_OK;
  }
}

static STATUS copy_dictionary(struct copy *copy, const struct vonk_column *from, const uint32_t *rows, uint32_t count, struct vonk_column *to) {
  void *codes;
  TRY(new_values(copy, count, sizeof(uint32_t), &codes));
  gather(codes, from->codes, sizeof(uint32_t), rows, count);
  to->codes = codes;
  to->dictionary = from->dictionary;
  vonk_owned_batch_keep(copy->owned, vonk_dictionary_retain(from->dictionary));
  return VONK_OK;
}

static STATUS copy_column(struct copy *copy, const struct vonk_column *from, const uint32_t *rows, uint32_t count, struct vonk_column *to) {
  struct vonk_arena *arena = copy->owned->arena;
  if (from->encoding == VONK_CONST) {
    struct vonk_value value = vonk_column_get(from, 0, arena);
    *to = vonk_column_const(arena, &value);
    to->type = vonk_type_copy(arena, from->type);
    return VONK_OK;
  }
  *to = (struct vonk_column){.type = vonk_type_copy(arena, from->type), .encoding = from->encoding, .physical = from->physical};
  if (from->valid) TRY(copy_bits(copy, from->valid, rows, count, &to->valid));
  return from->encoding == VONK_DICT ? copy_dictionary(copy, from, rows, count, to) : copy_flat(copy, from, rows, count, to);
}

static STATUS copy_columns(struct copy *copy, const struct vonk_batch *batch) {
  struct vonk_arena *arena = copy->owned->arena;
  struct vonk_batch *to = &copy->owned->batch;
  uint32_t *rows = NULL;
  *to = *batch;
  to->live = NULL;
  to->file = NULL; /* its owner goes on */
  to->row_count = to->live_count = batch->live ? (uint32_t)vonk_bits_count(batch->live, batch->row_count) : batch->row_count;
  if (to->row_count != batch->row_count) {
    rows = ARENA_ARRAY(arena, uint32_t, batch->row_count);
    vonk_bits_indexes(batch->live, batch->row_count, rows);
  }
  if (rows && batch->row_origin) {
    uint32_t *origin = ARENA_ARRAY(arena, uint32_t, to->row_count);
    for (uint32_t i = 0; i < to->row_count; i++) origin[i] = batch->row_origin[rows[i]];
    to->row_origin = origin;
  } else if (rows || batch->row_origin) {
    to->row_origin = rows ? rows : vonk_arena_copy(arena, batch->row_origin, batch->row_count * sizeof(uint32_t));
  }
  to->columns = ARENA_ARRAY(arena, struct vonk_column, batch->column_count);
  for (uint32_t i = 0; i < batch->column_count; i++) {
    TRY(copy_column(copy, &batch->columns[i], rows, to->row_count, &to->columns[i]));
  }
  return VONK_OK;
}

STATUS vonk_batch_copy(struct vonk_task *task, const struct vonk_batch *batch, struct vonk_owned_batch **out) {
  struct copy copy = {.task = task, .owned = vonk_owned_batch_create(task)};
  enum vonk_status status = copy_columns(&copy, batch);
  if (status != VONK_OK) {
    vonk_owned_batch_destroy(copy.owned);
    copy.owned = NULL;
  }
  *out = copy.owned;
  return status;
}
