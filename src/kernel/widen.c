/* widen.c: encodings and widths of columns: flatten, widen and narrow, concatenate. */
#include "base/bits.h"
#include "kernel/gather.h"

/* One entry for COUNT rows. */
static STATUS repeat(struct vonk_task *task, struct vonk_scratch *scratch, struct vonk_column from, uint32_t count, struct vonk_column *out) {
  void *rows;
  from.encoding = VONK_FLAT;
  *out = from;
  if (from.physical == VONK_PHYSICAL_NONE) return VONK_OK;
  TRY(vonk_scratch_take_rows(task, scratch, count, 4, &rows));
  memset(rows, 0, 4 * (size_t)count);
  return vonk_column_gather(task, scratch, &from, rows, count, out);
}

STATUS vonk_column_flatten(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *column,
                           uint32_t row_count, struct vonk_column *out) {
  const struct vonk_column from = *column;
  *out = from;
  if (from.encoding == VONK_FLAT) return VONK_OK;
  if (from.encoding == VONK_CONST) return repeat(task, scratch, from, row_count, out);
  struct vonk_column entries = from.dictionary->entries;
  if (from.dictionary->entry_count == 0) {
    /* All rows are null: any readable data does. */
    void *data;
    TRY(vonk_scratch_take_rows(task, scratch, row_count, 16, &data));
    memset(data, 0, 16 * (size_t)row_count);
    entries.data = data;
    *out = entries;
  } else {
    TRY(vonk_column_gather(task, scratch, &entries, from.codes, row_count, out));
  }
  out->type = from.type;
  out->valid = from.valid;
  return VONK_OK;
}

#define CONVERT(from_type, to_type)                                                             \
  do {                                                                                          \
    const from_type *a = from;                                                                  \
    to_type *b = to;                                                                            \
    for (uint32_t i = 0; i < count; i++) b[i] = (to_type)a[i];                                  \
  } while (0)
#define CONVERT_FROM(from_type)                                        \
  switch (to_physical) {                                               \
    case VONK_PHYSICAL_I8: CONVERT(from_type, int8_t); return;         \
    case VONK_PHYSICAL_I16: CONVERT(from_type, int16_t); return;       \
    case VONK_PHYSICAL_I32: CONVERT(from_type, int32_t); return;       \
    case VONK_PHYSICAL_I64: CONVERT(from_type, int64_t); return;       \
    case VONK_PHYSICAL_I128: CONVERT(from_type, vonk_int128); return;  \
    case VONK_PHYSICAL_F32: CONVERT(from_type, float); return;         \
    case VONK_PHYSICAL_F64: CONVERT(from_type, double); return;        \
    default: break;                                                    \
  }                                                                    \
  break

/* Also integers to reals, as a C conversion does it. Reals to integers is the business of casts. */
void vonk_widen_values(const void *from, enum vonk_physical from_physical, void *to, enum vonk_physical to_physical, uint32_t count) {
  switch (from_physical) {
    case VONK_PHYSICAL_I8: CONVERT_FROM(int8_t);
    case VONK_PHYSICAL_I16: CONVERT_FROM(int16_t);
    case VONK_PHYSICAL_I32: CONVERT_FROM(int32_t);
    case VONK_PHYSICAL_I64: CONVERT_FROM(int64_t);
    case VONK_PHYSICAL_I128: CONVERT_FROM(vonk_int128);
    case VONK_PHYSICAL_F32: if (to_physical == VONK_PHYSICAL_F64) { CONVERT(float, double); return; } break;
    case VONK_PHYSICAL_F64: if (to_physical == VONK_PHYSICAL_F32) { CONVERT(double, float); return; } break;
    default: break;
  }
  ASSERT(from_physical == to_physical);
  memcpy(to, from, (size_t)count * vonk_physical_size[from_physical]);
}

STATUS vonk_column_widen(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *column,
                         uint32_t row_count, enum vonk_physical physical, struct vonk_column *out) {
  void *data;
  *out = *column;
  if (column->physical == physical) return VONK_OK;
  ASSERT(column->encoding != VONK_DICT);
  uint32_t count = column->encoding == VONK_CONST ? 1 : row_count;
  TRY(vonk_scratch_take_rows(task, scratch, count, vonk_physical_size[physical], &data));
  vonk_widen_values(column->data, column->physical, data, physical, count);
  out->data = data;
  out->physical = (uint8_t)physical;
  return VONK_OK;
}

static bool is_integer(enum vonk_physical physical) { return physical >= VONK_PHYSICAL_I8 && physical <= VONK_PHYSICAL_I128; }

static bool constant_fits(const struct vonk_column *constant, enum vonk_physical physical) {
  vonk_int128 value;
  vonk_widen_values(constant->data, constant->physical, &value, VONK_PHYSICAL_I128, 1);
  int bits = 8 << (physical - VONK_PHYSICAL_I8);
  return bits == 128 || (value >= -((vonk_int128)1 << (bits - 1)) && value < (vonk_int128)1 << (bits - 1));
}

STATUS vonk_column_match_widths(struct vonk_task *task, struct vonk_scratch *scratch, uint32_t row_count, struct vonk_column sides[2]) {
  if (sides[0].physical == sides[1].physical || !is_integer(sides[0].physical) || !is_integer(sides[1].physical)) return VONK_OK;
  enum vonk_physical physical = sides[0].physical > sides[1].physical ? sides[0].physical : sides[1].physical;
  for (int i = 0; i < 2; i++) {
    if (sides[i].encoding == VONK_CONST && constant_fits(&sides[i], sides[1 - i].physical)) physical = sides[1 - i].physical;
  }
  for (int i = 0; i < 2; i++) TRY(vonk_column_widen(task, scratch, &sides[i], row_count, physical, &sides[i]));
  return VONK_OK;
}

/* --- concatenation --- */

static STATUS concat_children(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *flat,
                              const uint32_t *row_counts, uint32_t column_count, struct vonk_column *out) {
  void *children, *parts, *counts;
  uint32_t fields = vonk_type_child_count(out->type);
  TRY(vonk_scratch_take(task, scratch, sizeof(struct vonk_column) * (fields + 1), &children));
  TRY(vonk_scratch_take(task, scratch, sizeof(struct vonk_column) * column_count, &parts));
  TRY(vonk_scratch_take(task, scratch, sizeof(uint32_t) * column_count, &counts));
  out->children = children;
  for (uint32_t k = 0; k < fields; k++) {
    for (uint32_t c = 0; c < column_count; c++) {
      ((struct vonk_column *)parts)[c] = flat[c].children[k];
      ((uint32_t *)counts)[c] = out->physical == VONK_PHYSICAL_LIST ? flat[c].child_count : row_counts[c];
    }
    TRY(vonk_column_concat(task, scratch, parts, counts, column_count, &out->children[k]));
  }
  return VONK_OK;
}

static void append_rows(const struct vonk_column *part, uint32_t count, uint32_t at, uint32_t child_at, struct vonk_column *out) {
  char *data = (char *)(uintptr_t)out->data;
  size_t size = vonk_physical_size[out->physical];
  if (out->physical == VONK_PHYSICAL_BOOL) vonk_bits_append(part->data, count, (uint64_t *)(void *)data, at);
  else if (size && part->physical != out->physical) vonk_widen_values(part->data, part->physical, data + at * size, out->physical, count);
  else if (size) memcpy(data + at * size, part->data, count * size);
  if (out->physical != VONK_PHYSICAL_LIST) return;
  struct vonk_list *lists = (struct vonk_list *)(void *)data + at;
  for (uint32_t i = 0; i < count; i++) lists[i].offset += child_at;
}

STATUS vonk_column_concat(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *columns,
                          const uint32_t *row_counts, uint32_t column_count, struct vonk_column *out) {
  void *memory, *valid, *data = NULL;
  uint32_t total = 0, at = 0, child_at = 0;
  bool nulls = false;
  ASSERT(column_count > 0);
  TRY(vonk_scratch_take(task, scratch, sizeof(struct vonk_column) * column_count, &memory));
  struct vonk_column *flat = memory;
  for (uint32_t c = 0; c < column_count; c++) {
    TRY(vonk_column_flatten(task, scratch, &columns[c], row_counts[c], &flat[c]));
    total += row_counts[c];
    nulls |= flat[c].valid != NULL;
  }
  *out = flat[0];
  for (uint32_t c = 1; c < column_count; c++) {
    if (flat[c].physical > out->physical) out->physical = flat[c].physical;
  }
  size_t size = vonk_physical_size[out->physical];
  if (size || out->physical == VONK_PHYSICAL_BOOL) TRY(vonk_scratch_take_rows(task, scratch, total, size, &data));
  TRY(vonk_scratch_take_rows(task, scratch, total, 0, &valid));
  out->data = data;
  out->valid = nulls ? valid : NULL;
  for (uint32_t c = 0; c < column_count; c++) {
    append_rows(&flat[c], row_counts[c], at, child_at, out);
    vonk_bits_append(flat[c].valid, row_counts[c], valid, at);
    at += row_counts[c];
    child_at += flat[c].child_count;
  }
  out->child_count = child_at;
  if (!vonk_type_child_count(out->type)) return VONK_OK;
  return concat_children(task, scratch, flat, row_counts, column_count, out);
}
