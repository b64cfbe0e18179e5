/* ipc_write_column.c: rows of batches' columns behind one another, in Arrow's layout.
 *
 * Each value is copied once, from where it stands into the buffer that is sent: whole runs where a FLAT column of the same width
 * has no rows to skip, else through the numbers of the wanted entries. Buffers grow by doubling, or start at what the piece
 * before needed.
 */
#include "base/bits.h"
#include "column/ipc_internal.h"

/* --- buffers --- */

/* Room for MORE bytes behind those in use. */
static STATUS reserve(struct vonk_task *task, struct vonk_buffer **buffer, size_t expected, size_t more) {
  if (!*buffer) return vonk_buffer_create(task->budget, more > expected ? more : expected, buffer);
  size_t wanted = (*buffer)->size + more, doubled = 2 * (*buffer)->capacity;
  if (wanted <= (*buffer)->capacity) return VONK_OK;
  return vonk_buffer_grow(buffer, wanted > doubled ? wanted : doubled);
}

/* The same, and counts them as used. */
static STATUS extend(struct vonk_task *task, struct vonk_buffer **buffer, size_t expected, size_t more, void **data) {
  TRY(reserve(task, buffer, expected, more));
  *data = (*buffer)->data + (*buffer)->size;
  (*buffer)->size += more;
  return VONK_OK;
}

/* A bitmap of the column's rows with COUNT more bits, undefined. */
static STATUS extend_bits(struct vonk_task *task, struct vonk_buffer **buffer, size_t expected, uint64_t row_count, uint32_t count, uint64_t **bits) {
  size_t size = vonk_bits_words(row_count + count) * 8, used = *buffer ? (*buffer)->size : 0;
  void *data;
  TRY(extend(task, buffer, expected, size - used, &data));
  memset(data, 0, size - used); /* so that whole words are sent defined */
  *bits = (uint64_t *)(void *)(*buffer)->data;
  return VONK_OK;
}

/* COUNT numbers for the moment. */
static STATUS scratch_rows(struct vonk_task *task, struct vonk_buffer **buffer, size_t count, uint32_t **out) {
  if (*buffer) (*buffer)->size = 0;
  TRY(reserve(task, buffer, 0, count * sizeof(uint32_t)));
  *out = (uint32_t *)(void *)(*buffer)->data;
  return VONK_OK;
}

void ipc_column_release(struct ipc_column *column) {
  struct vonk_buffer **all[] = {&column->validity, &column->values, &column->bytes, &column->entries, &column->elements};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    vonk_buffer_release(*all[i]);
    *all[i] = NULL;
  }
  for (uint32_t i = 0; i < column->child_count; i++) ipc_column_release(&column->children[i]);
}

/* --- nulls --- */

static void put_bits(const uint64_t *from, struct ipc_rows rows, uint64_t *out, uint64_t at) {
  if (!rows.indexes) {
    vonk_bits_move(from, rows.first, rows.count, out, at);
    return;
  }
  for (uint32_t i = 0; i < rows.count; i++) {
    uint64_t bit = at + i;
    out[bit >> 6] |= (uint64_t)vonk_bits_get(from, rows.indexes[i]) << (bit & 63); /* zero before */
  }
}

static uint64_t count_bits(const uint64_t *bits, uint64_t from, uint32_t count) {
  uint64_t ones = 0;
  for (uint64_t at = from, end = from + count; at < end;) {
    uint64_t take = 64 - (at & 63) < end - at ? 64 - (at & 63) : end - at;
    uint64_t mask = (~(uint64_t)0 >> (64 - take)) << (at & 63);
    ones += (uint64_t)__builtin_popcountll(bits[at >> 6] & mask);
    at += take;
  }
  return ones;
}

/* HAS_NULLS: one of these rows is null. */
static STATUS append_validity(struct vonk_task *task, struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows, bool *has_nulls) {
  uint64_t *bits;
  bool all_null = from->physical == VONK_PHYSICAL_NONE || (from->encoding == VONK_CONST && from->valid && !(from->valid[0] & 1));
  const uint64_t *valid = from->encoding == VONK_CONST ? NULL : from->valid;
  *has_nulls = false;
  if (!column->validity && !valid && !all_null) return VONK_OK;
  if (!column->validity) {
    TRY(extend_bits(task, &column->validity, column->expected[0], 0, (uint32_t)column->row_count, &bits));
    vonk_bits_fill(bits, column->row_count, true);
  }
  TRY(extend_bits(task, &column->validity, 0, column->row_count, rows.count, &bits));
  if (all_null) {
    column->null_count += rows.count;
    *has_nulls = rows.count > 0;
    return VONK_OK;
  }
  if (valid) put_bits(valid, rows, bits, column->row_count);
  else vonk_bits_set_range(bits, column->row_count, column->row_count + rows.count, true);
  uint64_t nulls = valid ? rows.count - count_bits(bits, column->row_count, rows.count) : 0;
  column->null_count += nulls;
  *has_nulls = nulls > 0;
  return VONK_OK;
}

/* --- numbers --- */

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Little-endian two's complement of any width. */
ALWAYS_INLINE vonk_int128 load(const char *from, size_t size) {
  int8_t i8;
  int16_t i16;
  int32_t i32;
  int64_t i64;
  vonk_int128 i128;
  switch (size) {
    case 1: return memcpy(&i8, from, 1), i8;
    case 2: return memcpy(&i16, from, 2), i16;
    case 4: return memcpy(&i32, from, 4), i32;
    case 8: return memcpy(&i64, from, 8), i64;
    default: return memcpy(&i128, from, 16), i128;
  }
}

/* Sizes are constants where this is inlined. */
ALWAYS_INLINE void copy_sized(const char *from, size_t from_size, char *to, size_t to_size, struct ipc_rows rows) {
  if (!rows.indexes) {
    from += (size_t)rows.first * from_size;
    for (uint32_t i = 0; i < rows.count; i++) {
      vonk_int128 value = load(from + i * from_size, from_size);
      memcpy(to + i * to_size, &value, to_size);
    }
    return;
  }
  for (uint32_t i = 0; i < rows.count; i++) {
    vonk_int128 value = load(from + (size_t)rows.indexes[i] * from_size, from_size);
    memcpy(to + i * to_size, &value, to_size);
  }
}

ALWAYS_INLINE void copy_from(const char *from, size_t from_size, char *to, size_t to_size, struct ipc_rows rows) {
  switch (to_size) {
    case 1: copy_sized(from, from_size, to, 1, rows); return;
    case 2: copy_sized(from, from_size, to, 2, rows); return;
    case 4: copy_sized(from, from_size, to, 4, rows); return;
    case 8: copy_sized(from, from_size, to, 8, rows); return;
    default: copy_sized(from, from_size, to, 16, rows); return;
  }
}

static void copy_values(const char *from, size_t from_size, char *to, size_t to_size, struct ipc_rows rows) {
  if (from_size == to_size && !rows.indexes) {
    if (rows.count) memcpy(to, from + (size_t)rows.first * from_size, (size_t)rows.count * from_size);
    return;
  }
  switch (from_size) {
    case 1: copy_from(from, 1, to, to_size, rows); return;
    case 2: copy_from(from, 2, to, to_size, rows); return;
    case 4: copy_from(from, 4, to, to_size, rows); return;
    case 8: copy_from(from, 8, to, to_size, rows); return;
    default: copy_from(from, 16, to, to_size, rows); return;
  }
}

static STATUS append_values(struct vonk_task *task, struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows) {
  size_t size = ipc_column_value_size(column);
  void *data;
  TRY(extend(task, &column->values, column->expected[1], size * rows.count, &data));
  copy_values(from->data, vonk_physical_size[from->physical], data, size, rows);
  return VONK_OK;
}

static STATUS append_bools(struct vonk_task *task, struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows) {
  uint64_t *bits;
  TRY(extend_bits(task, &column->values, column->expected[1], column->row_count, rows.count, &bits));
  put_bits(from->data, rows, bits, column->row_count);
  return VONK_OK;
}

/* Arrow counts nanoseconds, which reach less far than our microseconds. */
static STATUS append_intervals(struct vonk_task *task, struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows, bool has_nulls) {
  const struct vonk_interval *intervals = from->data;
  const uint64_t *valid = has_nulls ? (const uint64_t *)(const void *)column->validity->data : NULL;
  void *data;
  TRY(extend(task, &column->values, column->expected[1], sizeof *intervals * rows.count, &data));
  struct vonk_interval *to = data;
  for (uint32_t i = 0; i < rows.count; i++) {
    to[i] = (struct vonk_interval){0};
    if (!vonk_bits_get(valid, column->row_count + i)) continue;
    to[i] = intervals[ipc_row_at(rows, i)];
    if (!__builtin_mul_overflow(to[i].micros, 1000, &to[i].micros)) continue;
    return vonk_raise(task, VONK_ARITHMETIC_OVERFLOW, NULL, "message", STR("The microseconds of an interval do not fit Arrow's nanoseconds"),
                      "alternative", STR(""), "config", STR("spark.sql.ansi.enabled"), NULL);
  }
  return VONK_OK;
}

/* --- strings --- */

/* Returns the end. Writes up to 12 bytes behind it, which the buffer's padding or the next value takes. */
ALWAYS_INLINE char *put_view(char *to, const struct vonk_view *view) {
  uint32_t size = view->size;
  if (size <= VONK_VIEW_INLINE) {
    memcpy(to, view->inlined, VONK_VIEW_INLINE);
  } else if (size <= 16) {
    /* Two halves that overlap are quicker than a call. */
    memcpy(to, view->pointer, 8);
    memcpy(to + size - 8, view->pointer + size - 8, 8);
  } else if (size <= 32) {
    memcpy(to, view->pointer, 16);
    memcpy(to + size - 16, view->pointer + size - 16, 16);
  } else {
    memcpy(to, view->pointer, size);
  }
  return to + size;
}

struct text_run {
  const struct vonk_view *views;
  struct ipc_rows rows;
  const uint64_t *valid; /* of the column written, from VALID_FROM on, or BY_ROW of the one read; NULL: no nulls */
  uint64_t valid_from;
  bool by_row;
};

ALWAYS_INLINE void put_views(const struct text_run *run, char *start, char *to, void *offsets, bool large) {
  for (uint32_t i = 0; i < run->rows.count; i++) {
    if (vonk_bits_get(run->valid, run->valid_from + i)) to = put_view(to, &run->views[ipc_row_at(run->rows, i)]);
    if (large) ((int64_t *)offsets)[i] = to - start;
    else ((int32_t *)offsets)[i] = (int32_t)(to - start);
  }
}

static uint64_t sum_views(const struct text_run *run) {
  uint64_t total = 0;
  if (!run->valid && !run->rows.indexes) {
    const struct vonk_view *views = run->views + run->rows.first;
    for (uint32_t i = 0; i < run->rows.count; i++) total += views[i].size;
    return total;
  }
  for (uint32_t i = 0; i < run->rows.count; i++) {
    uint32_t row = ipc_row_at(run->rows, i);
    if (vonk_bits_get(run->valid, run->by_row ? row : run->valid_from + i)) total += run->views[row].size;
  }
  return total;
}

/* The offset in front of the first row. */
static STATUS start_offsets(struct vonk_task *task, struct ipc_column *column) {
  size_t size = ipc_column_value_size(column);
  void *data;
  if (column->values) return VONK_OK;
  TRY(extend(task, &column->values, column->expected[1], size, &data));
  memset(data, 0, size);
  return VONK_OK;
}

static STATUS append_strings(struct vonk_task *task, struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows, bool has_nulls) {
  bool large = column->kind == KIND_LARGE_UTF8 || column->kind == KIND_LARGE_BINARY;
  struct text_run run = {.views = from->data, .rows = rows, .valid_from = column->row_count};
  if (has_nulls) run.valid = (const uint64_t *)(const void *)column->validity->data;
  uint64_t total = sum_views(&run);
  size_t used = column->bytes ? column->bytes->size : 0;
  void *offsets, *bytes;
  if (!large && used + total > INT32_MAX) return vonk_unsupported(task, NULL, "an Arrow batch with more than 2 GiB of strings in a column");
  TRY(start_offsets(task, column));
  TRY(extend(task, &column->values, 0, (large ? 8 : 4) * (size_t)rows.count, &offsets));
  TRY(extend(task, &column->bytes, column->expected[2], total, &bytes));
  char *start = (char *)column->bytes->data;
  if (large) put_views(&run, start, bytes, offsets, true);
  else put_views(&run, start, bytes, offsets, false);
  return VONK_OK;
}

/* --- nested --- */

/* Writes the ends of the lists; TOTAL elements, one behind the other from FIRST on when RUN. */
static STATUS append_ends(struct vonk_task *task, struct ipc_column *column, const struct vonk_list *lists, struct ipc_rows rows, const uint64_t *valid,
                          struct ipc_rows *elements, bool *run) {
  void *data;
  TRY(start_offsets(task, column));
  TRY(extend(task, &column->values, 0, 4 * (size_t)rows.count, &data));
  int32_t *ends = data;
  int64_t end = ends[-1];
  uint64_t total = 0, next = 0;
  *run = true;
  *elements = (struct ipc_rows){0};
  for (uint32_t i = 0; i < rows.count; i++) {
    struct vonk_list list = {0};
    if (vonk_bits_get(valid, column->row_count + i)) list = lists[ipc_row_at(rows, i)];
    if (list.length) {
      if (total == 0) elements->first = list.offset;
      else if (list.offset != next) *run = false;
      next = (uint64_t)list.offset + list.length;
      total += list.length;
    }
    if (end + (int64_t)total > INT32_MAX) return vonk_unsupported(task, NULL, "an Arrow batch with more than 2^31 elements in a column");
    ends[i] = (int32_t)(end + (int64_t)total);
  }
  elements->count = (uint32_t)total;
  return VONK_OK;
}

static STATUS append_lists(struct vonk_task *task, struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows, bool has_nulls) {
  const uint64_t *valid = has_nulls ? (const uint64_t *)(const void *)column->validity->data : NULL;
  const struct vonk_list *lists = from->data;
  struct ipc_rows elements;
  bool run;
  TRY(append_ends(task, column, lists, rows, valid, &elements, &run));
  if (!run) {
    uint32_t *indexes, count = 0;
    TRY(scratch_rows(task, &column->elements, elements.count, &indexes));
    for (uint32_t i = 0; i < rows.count; i++) {
      if (!vonk_bits_get(valid, column->row_count + i)) continue;
      struct vonk_list list = lists[ipc_row_at(rows, i)];
      for (uint32_t k = 0; k < list.length; k++) indexes[count++] = list.offset + k;
    }
    elements.indexes = indexes;
  }
  struct ipc_column *child = column->children;
  if (column->kind == KIND_LIST) return ipc_column_append(task, child, &from->children[0], elements);
  for (uint32_t k = 0; k < 2; k++) TRY(ipc_column_append(task, &child->children[k], &from->children[k], elements));
  child->row_count += elements.count;
  return VONK_OK;
}

/* --- columns --- */

/* Where the values of ROWS stand: in *FROM's data after this, at the rows *ENTRIES. */
static STATUS find_entries(struct vonk_task *task, struct ipc_column *column, const struct vonk_column **from, struct ipc_rows rows, struct ipc_rows *entries) {
  const struct vonk_column *source = *from;
  uint32_t *indexes;
  *entries = rows;
  if (source->encoding == VONK_FLAT) return VONK_OK;
  if (source->encoding == VONK_DICT) {
    *from = &source->dictionary->entries;
    *entries = (struct ipc_rows){.indexes = source->codes + rows.first, .count = rows.count};
    if (!rows.indexes) return VONK_OK;
  }
  TRY(scratch_rows(task, &column->entries, rows.count, &indexes));
  entries->indexes = indexes;
  if (source->encoding == VONK_CONST) memset(indexes, 0, rows.count * sizeof *indexes);
  else for (uint32_t i = 0; i < rows.count; i++) indexes[i] = source->codes[rows.indexes[i]];
  return VONK_OK;
}

static STATUS append_entries(struct vonk_task *task, struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows, bool has_nulls) {
  switch (column->kind) {
    case KIND_BOOL: return append_bools(task, column, from, rows);
    case KIND_UTF8:
    case KIND_BINARY:
    case KIND_LARGE_UTF8:
    case KIND_LARGE_BINARY: return append_strings(task, column, from, rows, has_nulls);
    case KIND_LIST:
    case KIND_MAP: return append_lists(task, column, from, rows, has_nulls);
    case KIND_STRUCT:
      for (uint32_t k = 0; k < column->child_count; k++) {
        TRY(ipc_column_append(task, &column->children[k], &from->children[ipc_child_position(column, k)], rows));
      }
      return VONK_OK;
    default:
      if (from->physical == VONK_PHYSICAL_INTERVAL) return append_intervals(task, column, from, rows, has_nulls);
      return append_values(task, column, from, rows);
  }
}

STATUS ipc_column_append(struct vonk_task *task, struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows) {
  bool has_nulls;
  struct vonk_column nothing;
  if (column->kind == KIND_NULL) {
    column->null_count += rows.count;
    column->row_count += rows.count;
    return VONK_OK;
  }
  if (from->physical == VONK_PHYSICAL_NONE || (from->encoding == VONK_DICT && from->dictionary->entry_count == 0)) {
    struct vonk_value null = vonk_value_null(column->type);
    nothing = vonk_column_const(task->arena, &null);
    from = &nothing;
  }
  TRY(append_validity(task, column, from, rows, &has_nulls));
  TRY(find_entries(task, column, &from, rows, &rows));
  TRY(append_entries(task, column, from, rows, has_nulls));
  column->row_count += rows.count;
  return VONK_OK;
}

/* --- sizes --- */

uint64_t ipc_column_fixed_bits(const struct ipc_column *column) {
  uint64_t bits = column->nullable + (column->kind == KIND_BOOL) + 8 * (uint64_t)ipc_column_value_size(column);
  for (uint32_t i = 0; column->kind == KIND_STRUCT && i < column->child_count; i++) bits += ipc_column_fixed_bits(&column->children[i]);
  return bits;
}

bool ipc_column_varies(const struct ipc_column *column) {
  bool varies = column->kind == KIND_UTF8 || column->kind == KIND_BINARY || column->kind == KIND_LARGE_UTF8 ||
                column->kind == KIND_LARGE_BINARY || column->kind == KIND_LIST || column->kind == KIND_MAP;
  for (uint32_t i = 0; i < column->child_count && !varies; i++) varies = ipc_column_varies(&column->children[i]);
  return varies;
}

static void add_view_sizes(const struct vonk_column *from, struct ipc_rows rows, uint64_t *sizes, uint32_t step) {
  const struct vonk_view *views = vonk_column_values(from);
  if (from->encoding == VONK_FLAT && !step) {
    struct text_run run = {.views = views, .rows = rows, .valid = from->valid, .by_row = true};
    *sizes += 8 * sum_views(&run);
    return;
  }
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t row = ipc_row_at(rows, i);
    if (vonk_column_row_valid(from, row)) sizes[(size_t)i * step] += 8 * (uint64_t)views[vonk_column_index(from, row)].size;
  }
}

static void add_list_sizes(const struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows, uint64_t *sizes, uint32_t step) {
  const struct vonk_list *lists = vonk_column_values(from);
  const struct vonk_column *children = from->encoding == VONK_DICT ? from->dictionary->entries.children : from->children;
  const struct ipc_column *parts = column->kind == KIND_MAP ? column->children->children : column->children;
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t row = ipc_row_at(rows, i);
    if (!vonk_column_row_valid(from, row)) continue;
    struct vonk_list list = lists[vonk_column_index(from, row)];
    for (uint32_t k = 0, count = column->kind == KIND_MAP ? 2 : 1; k < count; k++) {
      sizes[(size_t)i * step] += list.length * ipc_column_fixed_bits(&parts[k]);
      ipc_column_add_sizes(&parts[k], &children[k], (struct ipc_rows){.first = list.offset, .count = list.length}, &sizes[(size_t)i * step], 0);
    }
  }
}

static void add_struct_sizes(const struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows, uint64_t *sizes, uint32_t step) {
  const struct vonk_column *children = from->encoding == VONK_DICT ? from->dictionary->entries.children : from->children;
  for (uint32_t k = 0; k < column->child_count; k++) {
    const struct ipc_column *child = &column->children[k];
    const struct vonk_column *part = &children[ipc_child_position(column, k)];
    if (from->encoding != VONK_DICT) {
      ipc_column_add_sizes(child, part, rows, sizes, step);
      continue;
    }
    for (uint32_t i = 0; i < rows.count; i++) {
      struct ipc_rows entry = {.first = from->codes[ipc_row_at(rows, i)], .count = 1};
      ipc_column_add_sizes(child, part, entry, &sizes[(size_t)i * step], 0);
    }
  }
}

void ipc_column_add_sizes(const struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows, uint64_t *sizes, uint32_t step) {
  if (rows.count == 0 || from->physical == VONK_PHYSICAL_NONE || !ipc_column_varies(column)) return;
  if (from->encoding == VONK_DICT && from->dictionary->entry_count == 0) return;
  if (column->kind == KIND_STRUCT) add_struct_sizes(column, from, rows, sizes, step);
  else if (column->kind == KIND_LIST || column->kind == KIND_MAP) add_list_sizes(column, from, rows, sizes, step);
  else add_view_sizes(from, rows, sizes, step);
}
