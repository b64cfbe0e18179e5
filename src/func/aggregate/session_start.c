/* session_start.c: an aggregate of the binder's (bind/session_group.c) over the frame of the rows before and the row itself: where the session begins that the
 * row belongs to. Rows come in the order of their starts; one that begins where the session so far has ended still joins it.
 */
#include "func/aggregate_rows.h"

struct session {
  int64_t start, end;
  bool is_open;
};

static uint32_t session_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct session);
}

static void add_row(const struct vonk_frame *frame, uint32_t row, struct session *session) {
  int64_t start = vonk_read_int(&frame->arguments[0], row), end = vonk_read_int(&frame->arguments[1], row);
  if (!session->is_open || start > session->end) *session = (struct session){start, end, true};
  else if (end > session->end) session->end = end;
}

static STATUS session_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (vonk_bits_get(frame->live, row)) add_row(frame, row, states[row]);
  }
  return VONK_OK;
}

static STATUS session_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct session *session = states[i];
    if (session->is_open) vonk_result_put_integer(frame, i, session->start);
    else vonk_bits_clear(frame->valid, i);
  }
  return VONK_OK;
}

static const struct vonk_aggregate_type session_type = {.state_size = session_size, .update = session_update, .finalize = session_finalize};

const struct vonk_function vonk_functions_session_start[] = {
    {.name = "session_start", .kind = VONK_AGGREGATE, .signature = "(timestamp, timestamp) -> timestamp | (timestamp_ntz, timestamp_ntz) -> timestamp_ntz",
     .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_INTERNAL | VONK_FN_ORDERED, .aggregate = &session_type, .group = "agg_funcs"},
    {0},
};
