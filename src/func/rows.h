/* rows.h: the loops of functions that work row by row.
 *
 * A family writes what happens in one row; these walk the live rows. Results of fixed width are stored by index, others go
 * to the builder, one a row, null for rows that are not live.
 *
 * A row function that fails raises before it writes anything. Where the function has VONK_FN_RAISES its row becomes bad, and
 * the row function itself is the function's `raise`: called again it says what is wrong. Others end the call at once.
 */
#ifndef VONK_FUNC_ROWS_H
#define VONK_FUNC_ROWS_H

#include "base/bits.h"
#include "expr/function.h"

typedef STATUS (*vonk_row_function)(struct vonk_frame *frame, uint32_t row);

static inline STATUS vonk_row_failed(struct vonk_frame *frame, uint32_t row, enum vonk_status status) {
  if (status != VONK_FAILED || !frame->bad) return status;
  vonk_error_clear(frame->task->error);
  vonk_bits_set(frame->bad, row);
  return frame->builder ? vonk_builder_add_null(frame->task, frame->builder) : VONK_OK;
}

/* Result of fixed width. */
__attribute__((always_inline)) static inline STATUS vonk_rows_each(struct vonk_frame *frame, vonk_row_function function) {
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    enum vonk_status status = function(frame, row);
    if (UNLIKELY(status != VONK_OK)) TRY(vonk_row_failed(frame, row, status));
  }
  return VONK_OK;
}
/* Result through the builder: FUNCTION adds exactly one row. */
__attribute__((always_inline)) static inline STATUS vonk_rows_build(struct vonk_frame *frame, vonk_row_function function) {
  for (uint32_t row = 0; row < frame->row_count; row++) {
    bool live = vonk_bits_get(frame->live, row);
    enum vonk_status status = live ? function(frame, row) : vonk_builder_add_null(frame->task, frame->builder);
    if (UNLIKELY(status != VONK_OK)) TRY(vonk_row_failed(frame, row, status));
  }
  return VONK_OK;
}

static inline void vonk_row_put_bool(struct vonk_frame *frame, uint32_t row, bool value) {
  vonk_bits_put(frame->data, row, value);
}
static inline void vonk_row_put_int(struct vonk_frame *frame, uint32_t row, int32_t value) { ((int32_t *)frame->data)[row] = value; }
static inline void vonk_row_put_long(struct vonk_frame *frame, uint32_t row, int64_t value) { ((int64_t *)frame->data)[row] = value; }
static inline void vonk_row_put_real(struct vonk_frame *frame, uint32_t row, double value) { ((double *)frame->data)[row] = value; }
static inline void vonk_row_put_null(struct vonk_frame *frame, uint32_t row) { vonk_bits_clear(frame->valid, row); }

static inline struct vonk_str vonk_row_str(const struct vonk_frame *frame, uint32_t argument, uint32_t row) {
  return vonk_read_str(&frame->arguments[argument], row);
}
static inline int64_t vonk_row_int(const struct vonk_frame *frame, uint32_t argument, uint32_t row) {
  return vonk_read_int(&frame->arguments[argument], row);
}
static inline double vonk_row_real(const struct vonk_frame *frame, uint32_t argument, uint32_t row) {
  return vonk_read_real(&frame->arguments[argument], row);
}
static inline bool vonk_row_bool(const struct vonk_frame *frame, uint32_t argument, uint32_t row) {
  return vonk_read_bool(&frame->arguments[argument], row);
}
static inline bool vonk_row_valid(const struct vonk_frame *frame, uint32_t argument, uint32_t row) {
  return vonk_column_row_valid(&frame->arguments[argument], row);
}
static inline STATUS vonk_row_add_str(struct vonk_frame *frame, struct vonk_str text) {
  return vonk_builder_add_bytes(frame->task, frame->builder, text.data, text.size);
}
static inline STATUS vonk_row_add_null(struct vonk_frame *frame) { return vonk_builder_add_null(frame->task, frame->builder); }

/* `open` and `close` of functions whose state is an arena for the work of one row. */
STATUS vonk_rows_open_arena(struct vonk_task *task, const struct vonk_expr *expr, void **out);
void vonk_rows_close_arena(void *state);

/* Results longer than this are refused: Spark's strings end there as well. */
enum { VONK_STRING_SIZE_MAX = INT32_MAX - 15 };

#endif
