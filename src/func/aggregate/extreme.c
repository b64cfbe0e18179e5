/* extreme.c: min and max of every type that has an order.
 *
 * States by type: up to 64 bits, 128 bits, reals (NaN is largest, the first of equal values stays). Texts and nested values
 * are another function's (func/kept_extreme.h).
 */
#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "func/kept_extreme.h"
#include "kernel/sum.h"

enum kind { INTEGER, WIDE, REAL, NOTHING };

struct plan {
  enum kind kind;
  bool largest;
};

struct integer_state {
  int64_t value;
  bool seen;
};
struct wide_state {
  vonk_int128 value;
  bool seen;
};
struct real_state {
  double value;
  bool seen;
};
static const struct plan *plan_of(const struct vonk_frame *frame) { return EXPR_AS(frame->expr, aggregate)->data; }

static uint32_t extreme_size(const struct vonk_expr_aggregate *call) {
  switch (((const struct plan *)call->data)->kind) {
    case INTEGER: return sizeof(struct integer_state);
    case WIDE: return sizeof(struct wide_state);
    case REAL: return sizeof(struct real_state);
    default: return 1;
  }
}

/* ---- one value; FLAG: the largest is wanted ---- */

VONK_INLINE void step_integer(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  struct integer_state *s = state;
  int64_t value = vonk_load_integer(data, physical, index);
  bool better = flag ? value > s->value : value < s->value;
  if (better | !s->seen) s->value = value;
  s->seen = true;
}
VONK_INLINE void step_wide(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  struct wide_state *s = state;
  vonk_int128 value = vonk_load_wide(data, physical, index);
  bool better = flag ? value > s->value : value < s->value;
  if (better | !s->seen) s->value = value;
  s->seen = true;
}
VONK_INLINE void step_real(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  struct real_state *s = state;
  double value = vonk_load_real(data, physical, index);
  bool better = flag ? value > s->value || (value != value && s->value == s->value) : value < s->value || (s->value != s->value && value == value);
  if (better | !s->seen) s->value = value;
  s->seen = true;
}

VONK_INLINE void step_rows(const struct vonk_frame *frame, void *const *states, void *one, bool largest) {
  switch (plan_of(frame)->kind) {
    case INTEGER: vonk_states_step_numbers(frame, states, one, step_integer, largest); break;
    case WIDE: vonk_states_step_numbers(frame, states, one, step_wide, largest); break;
    case REAL: vonk_states_step_numbers(frame, states, one, step_real, largest); break;
    default: break;
  }
}

static STATUS extreme_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  const struct plan *plan = plan_of(frame);
  if (plan->largest) step_rows(frame, states, NULL, true);
  else step_rows(frame, states, NULL, false);
  return VONK_OK;
}

static STATUS extreme_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  const struct plan *plan = plan_of(frame);
  const struct vonk_column *column = &frame->arguments[0];
  if (plan->kind == NOTHING) return VONK_OK;
  if (plan->kind == INTEGER && !frame->live && column->encoding == VONK_FLAT && column->physical >= VONK_PHYSICAL_I8 &&
      column->physical <= VONK_PHYSICAL_I64 && frame->row_count) {
    int64_t value = vonk_integers_extreme(column->physical, column->data, frame->row_count, plan->largest);
    step_integer(state, &value, VONK_PHYSICAL_I64, 0, plan->largest);
    return VONK_OK;
  }
  /* A copy may stay in registers. */
  union { struct integer_state integer; struct wide_state wide; struct real_state real; } copy;
  size_t size = plan->kind == WIDE ? sizeof copy.wide : sizeof copy.integer;
  memcpy(&copy, state, size);
  if (plan->largest) step_rows(frame, NULL, &copy, true);
  else step_rows(frame, NULL, &copy, false);
  memcpy(state, &copy, size);
  return VONK_OK;
}

static STATUS extreme_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  const struct plan *plan = plan_of(frame);
  for (uint32_t i = 0; i < count; i++) {
    switch (plan->kind) {
      case INTEGER:
        if (((const struct integer_state *)from[i])->seen) step_integer(into[i], from[i], VONK_PHYSICAL_I64, 0, plan->largest);
        break;
      case WIDE:
        if (((const struct wide_state *)from[i])->seen) step_wide(into[i], from[i], VONK_PHYSICAL_I128, 0, plan->largest);
        break;
      case REAL:
        if (((const struct real_state *)from[i])->seen) step_real(into[i], from[i], VONK_PHYSICAL_F64, 0, plan->largest);
        break;
      case NOTHING: break;
    }
  }
  return VONK_OK;
}

static STATUS extreme_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  enum kind kind = plan_of(frame)->kind;
  for (uint32_t i = 0; i < count; i++) {
    const struct integer_state *integer = states[i];
    const struct wide_state *wide = states[i];
    const struct real_state *real = states[i];
    bool seen = kind == INTEGER ? integer->seen : kind == WIDE ? wide->seen : kind == REAL && real->seen;
    if (!seen && frame->builder) TRY(vonk_builder_add_null(frame->task, frame->builder));
    else if (!seen) vonk_bits_clear(frame->valid, i);
    else if (kind == INTEGER) vonk_result_put_integer(frame, i, integer->value);
    else if (kind == WIDE) vonk_result_put_integer(frame, i, wide->value);
    else vonk_result_put_real(frame, i, real->value);
  }
  return VONK_OK;
}

static const struct vonk_aggregate_type extreme_type = {
    .state_size = extreme_size, .update = extreme_update, .update_one = extreme_update_one, .merge = extreme_merge,
    .finalize = extreme_finalize,
};

static STATUS bind_extreme(struct vonk_bind_call *call, bool largest) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *type = call->arguments.items[0]->type;
  struct plan *plan = ARENA_NEW(arena, struct plan);
  plan->largest = largest;
  EXPR_AS(call->expr, aggregate)->data = plan;
  call->expr->nullable = true;
  if (type->id != VONK_TYPE_VOID && !vonk_type_is_orderable(type)) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__INVALID_ORDERING_TYPE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                      "functionName", largest ? STR("`max`") : STR("`min`"), "dataType", vonk_bind_quote_type(arena, type), NULL);
  }
  switch (vonk_physical_of(type)) {
    case VONK_PHYSICAL_NONE: plan->kind = NOTHING; break;
    case VONK_PHYSICAL_I128: plan->kind = WIDE; break;
    case VONK_PHYSICAL_F32:
    case VONK_PHYSICAL_F64: plan->kind = REAL; break;
    case VONK_PHYSICAL_VIEW:
    case VONK_PHYSICAL_LIST:
    case VONK_PHYSICAL_STRUCT: EXPR_AS(call->expr, aggregate)->function = largest ? &vonk_kept_max : &vonk_kept_min; break;
    default: plan->kind = INTEGER; break;
  }
  return VONK_OK;
}

static STATUS bind_min(struct vonk_bind_call *call) { return bind_extreme(call, false); }
static STATUS bind_max(struct vonk_bind_call *call) { return bind_extreme(call, true); }

const struct vonk_function vonk_functions_extreme[] = {
    {.name = "min", .kind = VONK_AGGREGATE, .signature = "(any) -> #1", .nulls = VONK_NULLS_STRICT, .aggregate = &extreme_type, .bind = bind_min,
     .group = "agg_funcs", .doc = "The smallest of a group's values.", .example = "SELECT min(v) FROM VALUES (2), (NULL), (1) AS t(v)"},
    {.name = "max", .kind = VONK_AGGREGATE, .signature = "(any) -> #1", .nulls = VONK_NULLS_STRICT, .aggregate = &extreme_type, .bind = bind_max,
     .group = "agg_funcs", .doc = "The largest of a group's values.", .example = "SELECT max(v) FROM VALUES (2), (NULL), (1) AS t(v)"},
    {0},
};
