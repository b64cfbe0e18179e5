/* window_frame.c: where the partition, the peers and the frame of each row of a batch begin and end. Frames move forward with the
 * rows, so bounds are found by looking on from the last ones. */
#include "base/bits.h"
#include "exec/op/window.h"

/* State goes from the last row of the batch before to the first of the next. */
STATUS vonk_window_batch_next(struct vonk_task *task, struct vonk_window_rows *rows, uint64_t first, struct vonk_window_batch *b) {
  uint64_t left = rows->count - first;
  const uint64_t *partitions = vonk_window_bits(rows->partitions), *peers = vonk_window_bits(rows->peers);
  uint32_t last = b->count ? b->count - 1 : 0;
  uint64_t partition = b->partition[last], partition_end = b->partition_end[last], group = b->peers[last], group_end = b->peers_end[last];
  uint32_t dense_rank = b->dense_rank[last];
  b->first = first;
  b->count = left < VONK_BATCH_ROWS ? (uint32_t)left : VONK_BATCH_ROWS;
  vonk_window_rows_let_go(rows);
  for (uint32_t i = 0; i < b->count; i++) {
    uint64_t row = first + i;
    TRY(vonk_window_rows_hold(task, rows, row, &b->rows[i]));
    if (vonk_bits_get(partitions, row)) {
      partition = row;
      partition_end = vonk_bits_next(partitions, rows->count, row + 1);
      dense_rank = 0;
    }
    if (vonk_bits_get(peers, row)) {
      group = row;
      group_end = vonk_bits_next(peers, rows->count, row + 1);
      dense_rank++;
    }
    b->partition[i] = partition;
    b->partition_end[i] = partition_end;
    b->peers[i] = group;
    b->peers_end[i] = group_end;
    b->dense_rank[i] = dense_rank;
  }
  return VONK_OK;
}

/* ROW + OFFSET, at least FROM and at the most TO. */
static uint64_t moved(uint64_t row, int64_t offset, uint64_t from, uint64_t to) {
  if (offset < 0) {
    uint64_t back = -(uint64_t)offset;
    return row - from < back ? from : row - back < to ? row - back : to;
  }
  uint64_t on = (uint64_t)offset;
  return on > to || row > to - on ? to : row + on > from ? row + on : from;
}

static void count_rows(const struct vonk_window_call *call, struct vonk_window_batch *b, bool is_upper) {
  uint64_t *bounds = is_upper ? b->upper : b->lower;
  int64_t offset = is_upper ? call->upper_offset : call->lower_offset;
  for (uint32_t i = 0; i < b->count; i++) {
    uint64_t row = b->first + i;
    if (is_upper) bounds[i] = offset == INT64_MAX ? b->partition_end[i] : moved(row, offset + 1, b->partition[i], b->partition_end[i]);
    else bounds[i] = moved(row, offset, b->partition[i], b->partition_end[i]);
  }
}

static struct vonk_str order_key(const struct vonk_sorter *sorter, const uint8_t *row) {
  struct vonk_str key = vonk_view_str(vonk_sorter_key(sorter, row));
  return vonk_str_slice(key, vonk_sorter_boundary(sorter, row), key.size);
}

static bool is_before(struct vonk_str key, struct vonk_str bound, bool or_equal) {
  int order = memcmp(key.data, bound.data, key.size < bound.size ? key.size : bound.size);
  if (!order) order = key.size < bound.size ? -1 : key.size > bound.size;
  return or_equal ? order <= 0 : order < 0;
}

/* The order key of each row and an offset make the bound; the frame begins or ends at the first row that is not before it (not
 * behind it). */
static STATUS search(struct vonk_context *context, const struct vonk_window *window, const struct vonk_window_call *call, struct vonk_window_rows *rows,
                     struct vonk_window_range *range, struct vonk_scratch *scratch, struct vonk_window_batch *b, bool is_upper) {
  const struct vonk_sorter *sorter = &window->sorter;
  struct vonk_column bounds;
  TRY(vonk_row_gather(&context->task, rows->layout, is_upper ? call->upper_slot : call->lower_slot, scratch, b->rows, b->count, &bounds));
  /* A sum of decimals has a digit more than the key; it fits the key's width. */
  bounds.type = ((const struct vonk_expr_sort_order *)call->expr->order.items[0])->child->type;
  struct vonk_arena *arena = vonk_arena_create(context->task.budget);
  struct vonk_window_cursor *cursor = is_upper ? &range->upper : &range->lower;
  uint64_t *at = is_upper ? &range->upper_at : &range->lower_at, *out = is_upper ? b->upper : b->lower;
  enum vonk_status status = VONK_OK;
  for (uint32_t i = 0; i < b->count && status == VONK_OK; i++) {
    bool same = i > 0 && b->peers[i] == b->peers[i - 1];
    if (b->partition[i] > *at || (i == 0 && b->first == b->partition[0])) *at = b->partition[i];
    struct vonk_text text;
    if (!same) {
      vonk_arena_reset(arena);
      vonk_text_init(&text, arena);
      vonk_sort_key_add(&text, &sorter->keys[sorter->boundary_count], &bounds, i);
    }
    while (!same && *at < b->partition_end[i]) {
      const uint8_t *row;
      if ((status = vonk_window_rows_look(&context->task, rows, cursor, *at, &row)) != VONK_OK) break;
      if (!is_before(order_key(sorter, row), vonk_str_make(text.data, text.size), is_upper)) break;
      if ((++*at & 0xFFFF) == 0 && (status = vonk_task_check(&context->task)) != VONK_OK) break;
    }
    out[i] = *at;
  }
  vonk_arena_destroy(arena);
  return status;
}

static STATUS find_bound(struct vonk_context *context, const struct vonk_window *window, const struct vonk_window_call *call, struct vonk_window_rows *rows,
                         struct vonk_window_range *range, struct vonk_scratch *scratch, struct vonk_window_batch *b, bool is_upper) {
  size_t size = b->count * sizeof(uint64_t);
  bool by_rows = call->expr->frame_unit == VONK_FRAME_ROWS;
  switch (is_upper ? call->expr->upper : call->expr->lower) {
    case VONK_BOUND_UNBOUNDED: memcpy(is_upper ? b->upper : b->lower, is_upper ? b->partition_end : b->partition, size); return VONK_OK;
    case VONK_BOUND_CURRENT:
      if (by_rows) count_rows(call, b, is_upper);
      else memcpy(is_upper ? b->upper : b->lower, is_upper ? b->peers_end : b->peers, size);
      return VONK_OK;
    default:
      if (!by_rows) return search(context, window, call, rows, range, scratch, b, is_upper);
      count_rows(call, b, is_upper);
      return VONK_OK;
  }
}

STATUS vonk_window_frames(struct vonk_context *context, const struct vonk_window *window, const struct vonk_window_call *call,
                          struct vonk_window_rows *rows, struct vonk_window_range *range, struct vonk_scratch *scratch, struct vonk_window_batch *b) {
  TRY(find_bound(context, window, call, rows, range, scratch, b, false));
  TRY(find_bound(context, window, call, rows, range, scratch, b, true));
  for (uint32_t i = 0; i < b->count; i++) {
    if (b->upper[i] < b->lower[i]) b->upper[i] = b->lower[i];
  }
  return VONK_OK;
}
