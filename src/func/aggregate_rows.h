/* aggregate_rows.h: the loops of aggregates: rows into states.
 *
 * A family writes what one value does to one state; these walk the live rows. Steps and physical types are constants where
 * they are called, so every loop is compiled for its width. Of a CONST argument all rows read entry 0.
 */
#ifndef VONK_FUNC_AGGREGATE_ROWS_H
#define VONK_FUNC_AGGREGATE_ROWS_H

#include "expr/function.h"

/* What the value at INDEX does to STATE. FLAG is a constant of the loop. */
typedef void vonk_state_step(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag);

/* The first argument's value of each live row to its state: STATES[row], or ONE when STATES is NULL. */
VONK_INLINE void vonk_states_step(const struct vonk_frame *frame, void *const *states, void *one, vonk_state_step step,
                                  enum vonk_physical physical, bool flag) {
  const struct vonk_column *column = &frame->arguments[0];
  const void *data = column->data;
  uint32_t count = frame->row_count, stride = column->encoding != VONK_CONST;
  if (!frame->live) {
    for (uint32_t row = 0; row < count; row++) step(states ? states[row] : one, data, physical, row * stride, flag);
    return;
  }
  for (uint32_t word = 0; word < vonk_bits_words(count); word++) {
    uint64_t left = (word + 1) * 64 > count ? frame->live[word] & vonk_bits_tail(count) : frame->live[word];
    for (; left; left &= left - 1) {
      uint32_t row = word * 64 + (uint32_t)__builtin_ctzll(left);
      step(states ? states[row] : one, data, physical, row * stride, flag);
    }
  }
}
/* The same for any width of integers and reals. */
VONK_INLINE void vonk_states_step_numbers(const struct vonk_frame *frame, void *const *states, void *one, vonk_state_step step, bool flag) {
  switch (frame->arguments[0].physical) {
    case VONK_PHYSICAL_BOOL: vonk_states_step(frame, states, one, step, VONK_PHYSICAL_BOOL, flag); break;
    case VONK_PHYSICAL_I8: vonk_states_step(frame, states, one, step, VONK_PHYSICAL_I8, flag); break;
    case VONK_PHYSICAL_I16: vonk_states_step(frame, states, one, step, VONK_PHYSICAL_I16, flag); break;
    case VONK_PHYSICAL_I32: vonk_states_step(frame, states, one, step, VONK_PHYSICAL_I32, flag); break;
    case VONK_PHYSICAL_I64: vonk_states_step(frame, states, one, step, VONK_PHYSICAL_I64, flag); break;
    case VONK_PHYSICAL_I128: vonk_states_step(frame, states, one, step, VONK_PHYSICAL_I128, flag); break;
    case VONK_PHYSICAL_F32: vonk_states_step(frame, states, one, step, VONK_PHYSICAL_F32, flag); break;
    case VONK_PHYSICAL_F64: vonk_states_step(frame, states, one, step, VONK_PHYSICAL_F64, flag); break;
    default: break;
  }
}

static inline uint32_t vonk_frame_live_count(const struct vonk_frame *frame) {
  return (uint32_t)vonk_bits_count(frame->live, frame->row_count);
}

/* Result ROW: VALUE at the width of the result's type. */
static inline void vonk_result_put_integer(struct vonk_frame *frame, uint32_t row, vonk_int128 value) {
  switch (frame->expr->physical) {
    case VONK_PHYSICAL_BOOL: vonk_bits_put(frame->data, row, value != 0); break;
    case VONK_PHYSICAL_I8: ((int8_t *)frame->data)[row] = (int8_t)value; break;
    case VONK_PHYSICAL_I16: ((int16_t *)frame->data)[row] = (int16_t)value; break;
    case VONK_PHYSICAL_I32: ((int32_t *)frame->data)[row] = (int32_t)value; break;
    case VONK_PHYSICAL_I64: ((int64_t *)frame->data)[row] = (int64_t)value; break;
    default: ((vonk_int128 *)frame->data)[row] = value; break;
  }
}
static inline void vonk_result_put_real(struct vonk_frame *frame, uint32_t row, double value) {
  if (frame->expr->physical == VONK_PHYSICAL_F32) ((float *)frame->data)[row] = (float)value;
  else ((double *)frame->data)[row] = value;
}

#endif
