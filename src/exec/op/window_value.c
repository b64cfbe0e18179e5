/* window_value.c: ranking functions, and functions that answer a value of another row: lag, lead, first, last, nth. */
#include "base/bits.h"
#include "exec/op/window.h"
#include "kernel/gather.h"

static int32_t bucket(uint64_t row, uint64_t rows, uint64_t buckets) {
  uint64_t size = rows / buckets, larger = rows % buckets, in_larger = larger * (size + 1);
  return (int32_t)(1 + (row < in_larger ? row / (size + 1) : larger + (row - in_larger) / size));
}

static int32_t count_of(const struct vonk_window_call *call, const struct vonk_window_batch *b, uint32_t i) {
  uint64_t row = b->first + i - b->partition[i];
  switch (call->kind) {
    case VONK_WINDOW_ROW_NUMBER: return (int32_t)(row + 1);
    case VONK_WINDOW_RANK: return (int32_t)(b->peers[i] - b->partition[i] + 1);
    case VONK_WINDOW_DENSE_RANK: return (int32_t)b->dense_rank[i];
    default: return bucket(row, b->partition_end[i] - b->partition[i], (uint64_t)call->number);
  }
}

static double share_of(const struct vonk_window_call *call, const struct vonk_window_batch *b, uint32_t i) {
  uint64_t rows = b->partition_end[i] - b->partition[i];
  if (call->kind == VONK_WINDOW_CUME_DIST) return (double)(b->peers_end[i] - b->partition[i]) / (double)rows;
  return rows > 1 ? (double)(b->peers[i] - b->partition[i]) / (double)(rows - 1) : 0;
}

STATUS vonk_window_rank(struct vonk_task *task, const struct vonk_window_call *call, const struct vonk_window_batch *b,
                        struct vonk_scratch *scratch, struct vonk_column *out) {
  bool share = call->kind == VONK_WINDOW_PERCENT_RANK || call->kind == VONK_WINDOW_CUME_DIST;
  void *data;
  TRY(vonk_scratch_take_rows(task, scratch, b->count, share ? sizeof(double) : sizeof(int32_t), &data));
  for (uint32_t i = 0; i < b->count; i++) {
    if (share) ((double *)data)[i] = share_of(call, b, i);
    else ((int32_t *)data)[i] = count_of(call, b, i);
  }
  *out = (struct vonk_column){.type = call->expr->expr.type, .encoding = VONK_FLAT, .data = data,
                              .physical = share ? VONK_PHYSICAL_F64 : VONK_PHYSICAL_I32};
  return VONK_OK;
}

/* ---- values ---- */

/* The last set bit in LOW..BEFORE-1, or NO_ROW. */
static uint64_t previous(const uint64_t *bits, uint64_t low, uint64_t before) {
  while (before > low) {
    uint64_t word = (before - 1) >> 6, left = bits[word];
    if (before & 63) left &= ~(uint64_t)0 >> (64 - (before & 63));
    if (left) {
      uint64_t found = word * 64 + 63 - (uint64_t)__builtin_clzll(left);
      return found >= low ? found : VONK_WINDOW_NO_ROW;
    }
    before = word * 64;
  }
  return VONK_WINDOW_NO_ROW;
}

static uint64_t next(const uint64_t *bits, uint64_t from, uint64_t end) {
  uint64_t found = vonk_bits_next(bits, end, from);
  return found < end ? found : VONK_WINDOW_NO_ROW;
}

/* The COUNT-th row with a value before ROW (negative: behind). */
static uint64_t offset_row(const uint64_t *not_null, uint64_t row, int64_t count, uint64_t from, uint64_t end) {
  if (!not_null || count == 0) {
    if (count >= 0) return row - from >= (uint64_t)count ? row - (uint64_t)count : VONK_WINDOW_NO_ROW;
    return end - row > -(uint64_t)count ? row + -(uint64_t)count : VONK_WINDOW_NO_ROW;
  }
  for (; count > 0 && row != VONK_WINDOW_NO_ROW; count--) row = previous(not_null, from, row);
  for (; count < 0 && row != VONK_WINDOW_NO_ROW; count++) row = next(not_null, row + 1, end);
  return row;
}

/* FOUND: frames move forward, so an answer that is still in the frame is still the first. */
static uint64_t first_row(const uint64_t *not_null, uint64_t lower, uint64_t upper, uint64_t *found) {
  if (lower >= upper) return VONK_WINDOW_NO_ROW;
  if (!not_null) return lower;
  if (*found < lower) *found = vonk_bits_next(not_null, upper, lower);
  else if (*found >= upper || !vonk_bits_get(not_null, *found)) *found = vonk_bits_next(not_null, upper, *found);
  return *found < upper ? *found : VONK_WINDOW_NO_ROW;
}

static uint64_t nth_row(const uint64_t *not_null, uint64_t lower, uint64_t upper, uint64_t n, uint64_t *found) {
  if (!not_null) return upper - lower >= n ? lower + n - 1 : VONK_WINDOW_NO_ROW;
  uint64_t row = first_row(not_null, lower, upper, found);
  while (--n > 0 && row != VONK_WINDOW_NO_ROW) row = next(not_null, row + 1, upper);
  return row;
}

/* FOUND: one more than the last row with a value, and where the search has come to. */
static uint64_t last_row(const uint64_t *not_null, uint64_t lower, uint64_t upper, uint64_t *found) {
  if (lower >= upper) return VONK_WINDOW_NO_ROW;
  if (!not_null) return upper - 1;
  uint64_t row = previous(not_null, lower > found[1] ? lower : found[1], upper);
  if (row != VONK_WINDOW_NO_ROW) found[0] = row + 1;
  found[1] = upper;
  return found[0] > lower ? found[0] - 1 : VONK_WINDOW_NO_ROW;
}

static uint64_t target(const struct vonk_window_call *call, const uint64_t *not_null, const struct vonk_window_batch *b, uint32_t i, uint64_t *found) {
  switch (call->kind) {
    case VONK_WINDOW_OFFSET: return offset_row(not_null, b->first + i, call->number, b->partition[i], b->partition_end[i]);
    case VONK_WINDOW_FIRST: return first_row(not_null, b->lower[i], b->upper[i], found);
    case VONK_WINDOW_NTH: return nth_row(not_null, b->lower[i], b->upper[i], (uint64_t)call->number, found);
    default: return last_row(not_null, b->lower[i], b->upper[i], found);
  }
}

/* Where ROWS is NULL the default of the row itself stands. */
static STATUS put_defaults(struct vonk_task *task, const struct vonk_window_call *call, const struct vonk_row_layout *layout, const struct vonk_window_batch *b,
                           const uint8_t *const *rows, struct vonk_scratch *scratch, struct vonk_column *out) {
  struct vonk_column both[2] = {*out}, all;
  TRY(vonk_row_gather(task, layout, call->otherwise, scratch, b->rows, b->count, &both[1]));
  uint32_t counts[2] = {b->count, b->count}, select[VONK_BATCH_ROWS];
  TRY(vonk_column_concat(task, scratch, both, counts, 2, &all));
  for (uint32_t i = 0; i < b->count; i++) select[i] = rows[i] ? i : b->count + i;
  return vonk_column_gather(task, scratch, &all, select, b->count, out);
}

STATUS vonk_window_value(struct vonk_task *task, const struct vonk_window_call *call, struct vonk_window_rows *rows, const uint64_t *not_null,
                         const struct vonk_window_batch *b, uint64_t *found, struct vonk_scratch *scratch, struct vonk_column *out) {
  const uint8_t *from[VONK_BATCH_ROWS];
  bool missing = false;
  for (uint32_t i = 0; i < b->count; i++) {
    uint64_t row = target(call, not_null, b, i, found);
    from[i] = NULL;
    missing |= row == VONK_WINDOW_NO_ROW;
    if (row != VONK_WINDOW_NO_ROW) TRY(vonk_window_rows_hold(task, rows, row, &from[i]));
  }
  TRY(vonk_row_gather(task, rows->layout, call->value, scratch, from, b->count, out));
  if (!missing || call->otherwise == VONK_WINDOW_NONE) return VONK_OK;
  return put_defaults(task, call, rows->layout, b, from, scratch, out);
}
