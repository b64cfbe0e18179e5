/* gather.c: rows by index vector, dense batches. */
#include "kernel/gather.h"

#include "base/bits.h"
#include "kernel/kernel_internal.h"

static void gather_values(const void *values, size_t size, const uint32_t *rows, uint32_t count, void *out) {
  switch (size) {
    case 1: for (uint32_t i = 0; i < count; i++) ((uint8_t *)out)[i] = ((const uint8_t *)values)[rows[i]]; return;
    case 2: for (uint32_t i = 0; i < count; i++) ((uint16_t *)out)[i] = ((const uint16_t *)values)[rows[i]]; return;
    case 4: vonk_kernel_table()->gather_32(values, rows, count, out); return;
    case 8: vonk_kernel_table()->gather_64(values, rows, count, out); return;
    default: ASSERT(size == 16);
  }
  for (uint32_t i = 0; i < count; i++) memcpy((char *)out + 16 * (size_t)i, (const char *)values + 16 * (size_t)rows[i], 16);
}

static void gather_bits(const uint64_t *bits, const uint32_t *rows, uint32_t count, uint64_t *out) {
  for (uint32_t word = 0; word * 64 < count; word++) {
    uint32_t stop = count - word * 64 < 64 ? count - word * 64 : 64;
    uint64_t made = 0;
    for (uint32_t k = 0; k < stop; k++) {
      uint32_t row = rows[word * 64 + k];
      made |= (bits[row >> 6] >> (row & 63) & 1) << k;
    }
    out[word] = made;
  }
}

static STATUS take_columns(struct vonk_task *task, struct vonk_scratch *scratch, uint32_t count, struct vonk_column **out) {
  void *memory;
  TRY(vonk_scratch_take(task, scratch, sizeof(struct vonk_column) * (count ? count : 1), &memory));
  *out = memory;
  return VONK_OK;
}

static STATUS gather_flat(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *column,
                          const uint32_t *rows, uint32_t count, struct vonk_column *out) {
  void *data = NULL;
  switch (column->physical) {
    case VONK_PHYSICAL_NONE: return VONK_OK;
    case VONK_PHYSICAL_BOOL:
      TRY(vonk_scratch_take_rows(task, scratch, count, 0, &data));
      gather_bits(column->data, rows, count, data);
      break;
    case VONK_PHYSICAL_STRUCT: {
      uint32_t fields = vonk_type_child_count(column->type);
      TRY(take_columns(task, scratch, fields, &out->children));
      for (uint32_t k = 0; k < fields; k++) {
        TRY(vonk_column_gather(task, scratch, &column->children[k], rows, count, &out->children[k]));
      }
      return VONK_OK;
    }
    default:
      TRY(vonk_scratch_take_rows(task, scratch, count, vonk_physical_size[column->physical], &data));
      gather_values(column->data, vonk_physical_size[column->physical], rows, count, data);
  }
  out->data = data;
  return VONK_OK;
}

STATUS vonk_column_gather(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *column,
                          const uint32_t *rows, uint32_t count, struct vonk_column *out) {
  const struct vonk_column from = *column;
  *out = from;
  if (from.encoding == VONK_CONST) return VONK_OK;
  if (from.valid) {
    void *valid;
    TRY(vonk_scratch_take_rows(task, scratch, count, 0, &valid));
    gather_bits(from.valid, rows, count, valid);
    out->valid = valid;
  }
  if (from.encoding == VONK_FLAT) return gather_flat(task, scratch, &from, rows, count, out);
  void *codes;
  TRY(vonk_scratch_take_rows(task, scratch, count, 4, &codes));
  vonk_kernel_table()->gather_32(from.codes, rows, count, codes);
  out->codes = codes;
  return VONK_OK;
}

/* Takes rows 0 instead of the nulls, then clears their validity. */
STATUS vonk_column_gather_nullable(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *column,
                                   const uint32_t *rows, uint32_t count, struct vonk_column *out) {
  void *safe, *valid;
  uint32_t nulls = 0;
  for (uint32_t i = 0; i < count; i++) nulls += rows[i] == VONK_GATHER_NULL;
  if (!nulls) return vonk_column_gather(task, scratch, column, rows, count, out);
  struct vonk_column source = *column;
  bool constant = source.encoding == VONK_CONST;
  if (constant) TRY(vonk_column_flatten(task, scratch, &source, count, &source));
  TRY(vonk_scratch_take_rows(task, scratch, count, 4, &safe));
  TRY(vonk_scratch_take_rows(task, scratch, count, 0, &valid));
  memset(valid, 0, vonk_bits_words(count) * 8);
  for (uint32_t i = 0; i < count; i++) {
    bool real = rows[i] != VONK_GATHER_NULL;
    ((uint32_t *)safe)[i] = !real ? 0 : constant ? i : rows[i];
    if (real) vonk_bits_set(valid, i);
  }
  TRY(vonk_column_gather(task, scratch, &source, safe, count, out));
  if (out->valid) vonk_bits_and(out->valid, valid, count, valid);
  out->valid = valid;
  return VONK_OK;
}

STATUS vonk_batch_compact(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_batch *batch, struct vonk_batch *out) {
  void *rows, *origin;
  *out = *batch;
  if (!batch->live || batch->live_count == batch->row_count) {
    out->live = NULL;
    return VONK_OK;
  }
  TRY(vonk_scratch_take_rows(task, scratch, batch->row_count, 4, &rows));
  uint32_t count = vonk_select_rows(batch->live, batch->row_count, rows);
  ASSERT(count == batch->live_count);
  TRY(take_columns(task, scratch, batch->column_count, &out->columns));
  for (uint32_t c = 0; c < batch->column_count; c++) {
    TRY(vonk_column_gather(task, scratch, &batch->columns[c], rows, count, &out->columns[c]));
  }
  out->live = NULL;
  out->row_count = out->live_count = count;
  out->row_origin = rows;
  if (!batch->row_origin) return VONK_OK;
  TRY(vonk_scratch_take_rows(task, scratch, count, 4, &origin));
  vonk_kernel_table()->gather_32(batch->row_origin, rows, count, origin);
  out->row_origin = origin;
  return VONK_OK;
}
