/* row.c: columns to rows and back, hash and equality of rows. */
#include "exec/row.h"

#include "base/array.h"
#include "base/bits.h"
#include "column/value_bytes.h"
#include "kernel/gather.h"

static uint32_t round_up(uint32_t value, uint32_t to) { return (value + to - 1) / to * to; }

static inline uint32_t slot_size(uint32_t physical) { return physical == VONK_PHYSICAL_BOOL ? 1 : vonk_physical_size[physical]; }

void vonk_row_layout_init(struct vonk_arena *arena, struct vonk_row_layout *layout, const struct vonk_type *const *types,
                          uint32_t column_count, uint32_t extra_size) {
  *layout = (struct vonk_row_layout){.column_count = column_count, .null_words = column_count ? (column_count + 63) / 64 : 0};
  layout->types = ARENA_ARRAY(arena, const struct vonk_type *, column_count + 1);
  layout->physicals = ARENA_ARRAY(arena, uint8_t, column_count + 1);
  layout->nested = ARENA_ARRAY(arena, bool, column_count + 1);
  layout->offsets = ARENA_ARRAY(arena, uint32_t, column_count + 1);
  uint32_t at = layout->null_words * 8;
  for (uint32_t c = 0; c < column_count; c++) {
    enum vonk_physical physical = vonk_physical_of(types[c]);
    layout->types[c] = types[c];
    layout->nested[c] = physical == VONK_PHYSICAL_LIST || physical == VONK_PHYSICAL_STRUCT;
    if (layout->nested[c]) physical = VONK_PHYSICAL_VIEW;
    layout->physicals[c] = (uint8_t)physical;
    layout->has_views |= physical == VONK_PHYSICAL_VIEW;
    uint32_t size = slot_size(physical);
    if (size > 1) at = round_up(at, physical == VONK_PHYSICAL_VIEW || physical == VONK_PHYSICAL_INTERVAL ? 8 : size);
    layout->offsets[c] = at;
    at += size;
  }
  layout->key_size = round_up(at, 8);
  layout->extra_offset = round_up(at, extra_size ? 16 : 8);
  layout->stride = round_up(layout->extra_offset + extra_size, 16);
  if (!layout->stride) layout->stride = 16;
}

void vonk_row_copy_columns(const struct vonk_row_layout *from, const uint8_t *row, const struct vonk_row_layout *layout, uint32_t count, uint8_t *to) {
  for (uint32_t c = 0; c < count; c++) {
    if (vonk_row_is_null(row, c)) {
      ((uint64_t *)to)[c >> 6] |= (uint64_t)1 << (c & 63);
      continue;
    }
    memcpy(to + layout->offsets[c], row + from->offsets[c], slot_size(layout->physicals[c]));
  }
}

/* Values of type T from slots or to slots, by row or by code. */
#define SCATTER(T)                                                                                     \
  do {                                                                                                 \
    const T *from = values;                                                                            \
    if (codes) for (uint32_t i = 0; i < count; i++) *(T *)(slot + (size_t)i * stride) = from[codes[rows ? rows[i] : i]]; \
    else if (constant) for (uint32_t i = 0; i < count; i++) *(T *)(slot + (size_t)i * stride) = from[0]; \
    else if (rows) for (uint32_t i = 0; i < count; i++) *(T *)(slot + (size_t)i * stride) = from[rows[i]]; \
    else for (uint32_t i = 0; i < count; i++) *(T *)(slot + (size_t)i * stride) = from[i];             \
  } while (0)

struct sixteen {
  uint64_t low, high;
};

static void scatter_values(const void *values, const uint32_t *codes, bool constant, const uint32_t *rows, uint32_t count,
                           uint32_t size, uint8_t *slot, uint32_t stride) {
  switch (size) {
    case 1: SCATTER(uint8_t); break;
    case 2: SCATTER(uint16_t); break;
    case 4: SCATTER(uint32_t); break;
    case 8: SCATTER(uint64_t); break;
    default: SCATTER(struct sixteen); break;
  }
}

static void scatter_nulls(const struct vonk_row_layout *layout, uint32_t c, const struct vonk_column *column,
                          const uint32_t *rows, uint32_t count, uint8_t *base) {
  bool all_null = column->physical == VONK_PHYSICAL_NONE;
  if (!column->valid && !all_null) return;
  uint32_t size = slot_size(layout->physicals[c]);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = column->encoding == VONK_CONST ? 0 : rows ? rows[i] : i;
    if (!all_null && vonk_bits_get(column->valid, row)) continue;
    uint8_t *to = base + (size_t)i * layout->stride;
    ((uint64_t *)to)[c >> 6] |= (uint64_t)1 << (c & 63);
    memset(to + layout->offsets[c], 0, size);
  }
}

static STATUS scatter_nested(struct vonk_task *task, const struct vonk_row_layout *layout, uint32_t c, struct vonk_scratch *scratch,
                             const struct vonk_column *column, const uint32_t *rows, uint32_t count, uint8_t *base) {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    void *bytes = NULL;
    size_t size = vonk_column_row_valid(column, row) ? vonk_value_bytes_size(column, row) : 0;
    if (size > UINT32_MAX) return VONK_NO_MEMORY;
    TRY(vonk_scratch_take(task, scratch, size, &bytes));
    if (size) vonk_value_bytes_write(column, row, bytes);
    vonk_view_put((struct vonk_view *)(base + (size_t)i * layout->stride + layout->offsets[c]), bytes, (uint32_t)size);
  }
  return VONK_OK;
}

STATUS vonk_row_scatter(struct vonk_task *task, const struct vonk_row_layout *layout, uint32_t c, struct vonk_scratch *scratch,
                        const struct vonk_column *column, const uint32_t *rows, uint32_t count, uint32_t row_count, uint8_t *base) {
  uint8_t *slot = base + layout->offsets[c];
  uint32_t physical = layout->physicals[c], stride = layout->stride;
  struct vonk_column changed;
  if (layout->nested[c]) {
    TRY(scatter_nested(task, layout, c, scratch, column, rows, count, base));
  } else if (column->physical == VONK_PHYSICAL_NONE || physical == VONK_PHYSICAL_NONE) {
    /* nulls only */
  } else if (physical == VONK_PHYSICAL_BOOL) {
    if (column->encoding == VONK_DICT) {
      TRY(vonk_column_flatten(task, scratch, column, row_count, &changed));
      column = &changed;
    }
    bool constant = column->encoding == VONK_CONST;
    for (uint32_t i = 0; i < count; i++) slot[(size_t)i * stride] = vonk_bits_get(column->data, constant ? 0 : rows ? rows[i] : i);
  } else {
    if (column->physical != physical) {
      if (column->encoding == VONK_DICT) {
        TRY(vonk_column_flatten(task, scratch, column, row_count, &changed));
        column = &changed;
      }
      struct vonk_column widened;
      TRY(vonk_column_widen(task, scratch, column, row_count, physical, &widened));
      changed = widened;
      column = &changed;
    }
    scatter_values(vonk_column_values(column), column->encoding == VONK_DICT ? column->codes : NULL, column->encoding == VONK_CONST,
                   rows, count, vonk_physical_size[physical], slot, stride);
  }
  scatter_nulls(layout, c, column, rows, count, base);
  return VONK_OK;
}

STATUS vonk_row_scatter_all(struct vonk_task *task, const struct vonk_row_layout *layout, struct vonk_scratch *scratch,
                            const struct vonk_column *columns, const uint32_t *rows, uint32_t count, uint32_t row_count, uint8_t *base) {
  /* Padding takes part in hash and equality. */
  memset(base, 0, (size_t)count * layout->stride);
  for (uint32_t c = 0; c < layout->column_count; c++) {
    TRY(vonk_row_scatter(task, layout, c, scratch, &columns[c], rows, count, row_count, base));
  }
  return VONK_OK;
}

#define GATHER(T)                                                                                        \
  do {                                                                                                   \
    T *to = data;                                                                                        \
    for (uint32_t i = 0; i < count; i++) to[i] = *(const T *)(pointers[i] ? pointers[i] + offset : zero); \
  } while (0)

static const uint8_t zero[16] __attribute__((aligned(16)));

/* The builder lives as long as the scratch memory: released with the task's arena. */
static void drop_builder(void *builder) { vonk_builder_deinit(builder); }

static STATUS gather_nested(struct vonk_task *task, const struct vonk_row_layout *layout, uint32_t c,
                            const uint8_t *const *pointers, uint32_t count, struct vonk_column *out) {
  struct vonk_builder *builder = ARENA_NEW(task->arena, struct vonk_builder);
  TRY(vonk_builder_init(task, builder, layout->types[c]));
  vonk_arena_on_reset(task->arena, drop_builder, builder);
  for (uint32_t i = 0; i < count; i++) {
    if (!pointers[i] || vonk_row_is_null(pointers[i], c)) {
      TRY(vonk_builder_add_null(task, builder));
      continue;
    }
    const char *at = vonk_view_data((const struct vonk_view *)(pointers[i] + layout->offsets[c]));
    TRY(vonk_value_bytes_read(task, builder, &at));
  }
  return vonk_builder_finish(task, builder, out);
}

STATUS vonk_row_gather(struct vonk_task *task, const struct vonk_row_layout *layout, uint32_t c, struct vonk_scratch *scratch,
                       const uint8_t *const *pointers, uint32_t count, struct vonk_column *out) {
  uint32_t physical = layout->physicals[c], offset = layout->offsets[c];
  if (layout->nested[c]) return gather_nested(task, layout, c, pointers, count, out);
  *out = (struct vonk_column){.type = layout->types[c], .encoding = VONK_FLAT, .physical = (uint8_t)physical};
  if (physical == VONK_PHYSICAL_NONE) return VONK_OK;
  uint32_t size = physical == VONK_PHYSICAL_BOOL ? 0 : vonk_physical_size[physical];
  void *data;
  TRY(vonk_scratch_take_rows(task, scratch, count, size, &data));
  switch (size) {
    case 0:
      for (uint32_t i = 0; i < count; i++) vonk_bits_put(data, i, pointers[i] && pointers[i][offset]);
      break;
    case 1: GATHER(uint8_t); break;
    case 2: GATHER(uint16_t); break;
    case 4: GATHER(uint32_t); break;
    case 8: GATHER(uint64_t); break;
    default: GATHER(struct sixteen); break;
  }
  out->data = data;
  bool nulls = false;
  uint32_t word = (c >> 6) * 8, bit = c & 63;
  for (uint32_t i = 0; i < count && !nulls; i++) nulls = !pointers[i] || *(const uint64_t *)(pointers[i] + word) >> bit & 1;
  if (!nulls) return VONK_OK;
  void *valid;
  TRY(vonk_scratch_take_rows(task, scratch, count, 0, &valid));
  for (uint32_t i = 0; i < count; i++) {
    vonk_bits_put(valid, i, pointers[i] && !(*(const uint64_t *)(pointers[i] + word) >> bit & 1));
  }
  out->valid = valid;
  return VONK_OK;
}

#define HASH_SEED UINT64_C(0x243F6A8885A308D3)
#define HASH_WORD UINT64_C(0x9E3779B97F4A7C15)
#define HASH_END UINT64_C(0xD6E8FEB86659FD93)

static inline uint64_t mix(uint64_t a, uint64_t b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_bytes(const char *bytes, size_t size, uint64_t hash) {
  hash ^= size;
  for (; size >= 8; bytes += 8, size -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    hash = mix(hash ^ word, HASH_WORD);
  }
  if (size) {
    uint64_t word = 0;
    memcpy(&word, bytes, size);
    hash = mix(hash ^ word, HASH_END);
  }
  return hash;
}

static inline uint64_t hash_slot(const uint8_t *slot, uint32_t physical, uint64_t hash) {
  if (physical == VONK_PHYSICAL_I64) return hash_bytes((const char *)slot, 8, hash);
  if (physical != VONK_PHYSICAL_VIEW) return hash_bytes((const char *)slot, slot_size(physical), hash);
  const struct vonk_view *view = (const struct vonk_view *)slot;
  return hash_bytes(vonk_view_data(view), view->size, hash);
}

static inline bool equal_slots(const uint8_t *a, const uint8_t *b, uint32_t physical) {
  if (physical == VONK_PHYSICAL_I64) return memcmp(a, b, 8) == 0;
  if (physical != VONK_PHYSICAL_VIEW) return memcmp(a, b, slot_size(physical)) == 0;
  const struct vonk_view *v = (const struct vonk_view *)a, *w = (const struct vonk_view *)b;
  if (memcmp(v, w, 8) != 0) return false;
  return v->size <= VONK_VIEW_INLINE ? memcmp(v, w, 16) == 0 : memcmp(v->pointer, w->pointer, v->size) == 0;
}

static uint64_t hash_columns(const struct vonk_row_layout *layout, uint32_t count, const uint8_t *row, uint64_t hash) {
  for (uint32_t c = 0; c < count; c++) hash = hash_slot(row + layout->offsets[c], layout->physicals[c], hash);
  return mix(hash, HASH_END);
}

uint64_t vonk_row_hash(const struct vonk_row_layout *layout, const uint8_t *row) {
  if (layout->has_views) {
    return hash_columns(layout, layout->column_count, row, hash_bytes((const char *)row, layout->null_words * 8, HASH_SEED));
  }
  uint64_t hash = HASH_SEED;
  const uint64_t *words = (const uint64_t *)row;
  for (uint32_t i = 0; i < layout->key_size / 8; i++) hash = mix(hash ^ words[i], HASH_WORD);
  return mix(hash, HASH_END);
}

uint64_t vonk_row_hash_columns(const struct vonk_row_layout *layout, uint32_t count, const uint8_t *row) {
  return hash_columns(layout, count, row, HASH_SEED);
}

bool vonk_row_equal(const struct vonk_row_layout *layout, const uint8_t *a, const uint8_t *b) {
  if (!layout->has_views) {
    const uint64_t *x = (const uint64_t *)a, *y = (const uint64_t *)b;
    uint64_t differs = 0;
    for (uint32_t i = 0; i < layout->key_size / 8; i++) differs |= x[i] ^ y[i];
    return !differs;
  }
  return vonk_row_equal_columns(layout, a, layout, b, layout->column_count);
}

bool vonk_row_equal_columns(const struct vonk_row_layout *a_layout, const uint8_t *a, const struct vonk_row_layout *b_layout, const uint8_t *b,
                            uint32_t count) {
  for (uint32_t c = 0; c < count; c++) {
    if (vonk_row_is_null(a, c) != vonk_row_is_null(b, c)) return false;
    if (!equal_slots(a + a_layout->offsets[c], b + b_layout->offsets[c], a_layout->physicals[c])) return false;
  }
  return true;
}
