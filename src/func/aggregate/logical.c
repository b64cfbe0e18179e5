/* logical.c: every, some and their like, and bits combined: states of 64 bits. */
#include "func/aggregate_rows.h"
#include "func/bind_call.h"

struct logical_state {
  int64_t value;
  bool seen;
};

enum operation { AND, OR, XOR };

static uint32_t logical_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct logical_state);
}

static enum operation operation_of(const struct vonk_frame *frame) {
  return *(const enum operation *)EXPR_AS(frame->expr, aggregate)->data;
}

VONK_INLINE void combine(struct logical_state *state, int64_t value, enum operation operation) {
  if (!state->seen) state->value = operation == AND ? -1 : 0;
  state->value = operation == AND ? state->value & value : operation == OR ? state->value | value : state->value ^ value;
  state->seen = true;
}

VONK_INLINE void step_and(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  (void)flag;
  combine(state, vonk_load_integer(data, physical, index), AND);
}
VONK_INLINE void step_or(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  (void)flag;
  combine(state, vonk_load_integer(data, physical, index), OR);
}
VONK_INLINE void step_xor(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  (void)flag;
  combine(state, vonk_load_integer(data, physical, index), XOR);
}

VONK_INLINE void combine_rows(const struct vonk_frame *frame, void *const *states, void *one) {
  switch (operation_of(frame)) {
    case AND: vonk_states_step_numbers(frame, states, one, step_and, false); break;
    case OR: vonk_states_step_numbers(frame, states, one, step_or, false); break;
    case XOR: vonk_states_step_numbers(frame, states, one, step_xor, false); break;
  }
}

static STATUS logical_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  combine_rows(frame, states, NULL);
  return VONK_OK;
}

static STATUS logical_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  struct logical_state copy = *(struct logical_state *)state;
  combine_rows(frame, NULL, &copy);
  *(struct logical_state *)state = copy;
  return VONK_OK;
}

static STATUS logical_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct logical_state *state = from[i];
    if (state->seen) combine(into[i], state->value, operation_of(frame));
  }
  return VONK_OK;
}

static STATUS logical_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct logical_state *state = states[i];
    if (state->seen) vonk_result_put_integer(frame, i, state->value);
    else vonk_bits_clear(frame->valid, i);
  }
  return VONK_OK;
}

static const struct vonk_aggregate_type logical_type = {
    .state_size = logical_size, .update = logical_update, .update_one = logical_update_one, .merge = logical_merge,
    .finalize = logical_finalize,
};

static STATUS bind_operation(struct vonk_bind_call *call, enum operation operation) {
  static const enum operation operations[] = {AND, OR, XOR};
  const struct vonk_type *type = call->arguments.items[0]->type;
  EXPR_AS(call->expr, aggregate)->data = &operations[operation];
  call->expr->nullable = true;
  if (call->expr->type) return VONK_OK;
  if (type->id == VONK_TYPE_VOID) TRY(vonk_bind_coerce(call, 0, &vonk_type_int));
  else if (!vonk_type_is_integral(type)) return vonk_bind_unexpected(call, 0, "\"INTEGRAL\"");
  call->expr->type = call->arguments.items[0]->type;
  return VONK_OK;
}

static STATUS bind_and(struct vonk_bind_call *call) { return bind_operation(call, AND); }
static STATUS bind_or(struct vonk_bind_call *call) { return bind_operation(call, OR); }
static STATUS bind_xor(struct vonk_bind_call *call) { return bind_operation(call, XOR); }

#define LOGICAL(row_name, row_signature, row_bind, ...)                                                                    \
  {.name = row_name, .kind = VONK_AGGREGATE, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .aggregate = &logical_type, \
   .bind = row_bind, .group = "agg_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_logical[] = {
    LOGICAL("bool_and", "(boolean) -> boolean", bind_and, .doc = "True when all values are.", .example = "SELECT bool_and(v) FROM VALUES (true), (NULL), (false) AS t(v)"),
    LOGICAL("every", "(boolean) -> boolean", bind_and, .doc = "True when all values are.", .example = "SELECT every(v) FROM VALUES (true), (NULL), (true) AS t(v)"),
    LOGICAL("bool_or", "(boolean) -> boolean", bind_or, .doc = "True when a value is.", .example = "SELECT bool_or(v) FROM VALUES (true), (NULL), (false) AS t(v)"),
    LOGICAL("some", "(boolean) -> boolean", bind_or, .doc = "True when a value is.", .example = "SELECT some(v) FROM VALUES (true), (NULL), (false) AS t(v)"),
    LOGICAL("any", "(boolean) -> boolean", bind_or, .doc = "True when a value is.", .example = "SELECT any(v) FROM VALUES (false), (NULL), (false) AS t(v)"),
    LOGICAL("bit_and", "(any) -> bind", bind_and, .doc = "The bits that all values have.", .example = "SELECT bit_and(v) FROM VALUES (3), (5) AS t(v)"),
    LOGICAL("bit_or", "(any) -> bind", bind_or, .doc = "The bits that a value has.", .example = "SELECT bit_or(v) FROM VALUES (3), (5) AS t(v)"),
    LOGICAL("bit_xor", "(any) -> bind", bind_xor, .doc = "The bits that an odd number of values has.", .example = "SELECT bit_xor(v) FROM VALUES (3), (5) AS t(v)"),
    {0},
};
