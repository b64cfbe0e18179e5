/* logic.c: and, or, not, and the conditionals. The lazy ones have no eval: the evaluator (expr/program.c) narrows the live
 * rows for their branches. coalesce, nvl, ifnull, nullif, nvl2 are brought to `when` and `coalesce` at binding. */
#include "func/bind_call.h"
#include "func/coercion.h"

static STATUS eval_not(struct vonk_frame *frame) {
  const struct vonk_column *a = &frame->arguments[0];
  uint64_t *out = frame->data;
  for (uint32_t w = 0, words = (frame->row_count + 63) / 64; w < words; w++) {
    out[w] = a->encoding == VONK_CONST ? -(uint64_t)!vonk_read_bool(a, 0) : ~((const uint64_t *)a->data)[w];
  }
  return VONK_OK;
}

static STATUS bind_logic(struct vonk_bind_call *call) {
  bool nullable = false;
  for (uint32_t i = 0; i < call->arguments.count; i++) nullable |= call->arguments.items[i]->nullable;
  call->expr->nullable = nullable;
  return VONK_OK;
}

/* Brings the arguments FROM, FROM + STEP, ... and the last one (ELSE) to their common type. */
static STATUS unify(struct vonk_bind_call *call, const uint32_t *indexes, uint32_t count, bool alternatives) {
  const struct vonk_type **types = ARENA_ARRAY(call->task->arena, const struct vonk_type *, count);
  for (uint32_t i = 0; i < count; i++) types[i] = call->arguments.items[indexes[i]]->type;
  const struct vonk_type *common = vonk_coercion_wider_all(call->task->arena, types, count, call->ansi);
  if (common) {
    for (uint32_t i = 0; i < count; i++) TRY(vonk_bind_coerce(call, indexes[i], common));
    call->expr->type = common;
    return VONK_OK;
  }
  return vonk_bind_diff_types(call, types, count, alternatives);
}

static bool is_true(const struct vonk_expr *condition) {
  const struct vonk_expr_literal *literal = EXPR_AS(condition, literal);
  return literal && condition->type->id == VONK_TYPE_BOOLEAN && !literal->value.is_null && literal->value.integer != 0;
}

/* when(c1, v1, c2, v2, ..., [else]) and if(c, a, b). Values behind a condition that is the literal true cannot be reached, which
 * counts for the nullability of CASE, not for that of if. */
static STATUS bind_when(struct vonk_bind_call *call) {
  uint32_t count = call->arguments.count, values = 0;
  uint32_t *indexes = ARENA_ARRAY(call->task->arena, uint32_t, count);
  bool nullable = false, decided = false, is_case = EXPR_AS(call->expr, call)->function->name[0] == 'w';
  for (uint32_t i = 0; i < count; i++) {
    bool condition = i % 2 == 0 && i + 1 < count;
    if (!condition) {
      indexes[values++] = i;
      nullable |= !decided && call->arguments.items[i]->nullable;
      decided |= is_case && i % 2 == 1 && is_true(call->arguments.items[i - 1]);
    } else if (call->arguments.items[i]->type->id == VONK_TYPE_VOID) {
      TRY(vonk_bind_coerce(call, i, &vonk_type_boolean));
    } else if (call->arguments.items[i]->type->id != VONK_TYPE_BOOLEAN) {
      return vonk_bind_unexpected(call, i, "\"BOOLEAN\"");
    }
  }
  TRY(unify(call, indexes, values, false));
  call->expr->nullable = nullable || (count % 2 == 0 && !decided);
  return VONK_OK;
}

static STATUS bind_coalesce(struct vonk_bind_call *call) {
  uint32_t *indexes = ARENA_ARRAY(call->task->arena, uint32_t, call->arguments.count);
  bool nullable = true;
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    indexes[i] = i;
    nullable &= call->arguments.items[i]->nullable;
  }
  TRY(unify(call, indexes, call->arguments.count, true));
  call->expr->nullable = nullable;
  return VONK_OK;
}

static STATUS bind_nullif(struct vonk_bind_call *call) {
  const struct vonk_type *first = call->arguments.items[0]->type;
  const struct vonk_type *common = vonk_coercion_comparison(call->task->arena, first, call->arguments.items[1]->type, call->ansi);
  if (!common) return vonk_bind_unexpected(call, 1, "the type of the first");
  TRY(vonk_bind_coerce(call, 0, common));
  TRY(vonk_bind_coerce(call, 1, common));
  call->expr->type = common;
  call->expr->nullable = true;
  return VONK_OK;
}

static STATUS bind_nvl2(struct vonk_bind_call *call) {
  const uint32_t values[2] = {1, 2};
  TRY(unify(call, values, 2, false));
  call->expr->nullable = call->arguments.items[1]->nullable || call->arguments.items[2]->nullable;
  return VONK_OK;
}

static void range_union(struct vonk_range *out, const struct vonk_expr *branch) {
  const struct vonk_expr_literal *literal = EXPR_AS(branch, literal);
  if (literal && literal->value.is_null) return;
  if (!branch->range.known) {
    out->known = false;
    out->low = 1;
    out->high = 0;
  } else if (out->known) {
    if (branch->range.low < out->low) out->low = branch->range.low;
    if (branch->range.high > out->high) out->high = branch->range.high;
  } else if (out->low == 0 && out->high == 0) {
    *out = branch->range;
  }
}

/* OUT starts as {unknown, 0, 0}; a branch without a range makes it {unknown, 1, 0} for good. */
static void range_when(const struct vonk_expr_call *call, struct vonk_range *out) {
  *out = (struct vonk_range){0};
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    if (i % 2 == 1 || i + 1 == call->arguments.count) range_union(out, call->arguments.items[i]);
  }
}

static void range_coalesce(const struct vonk_expr_call *call, struct vonk_range *out) {
  *out = (struct vonk_range){0};
  for (uint32_t i = 0; i < call->arguments.count; i++) range_union(out, call->arguments.items[i]);
}

const struct vonk_function vonk_functions_logic[] = {
    {.name = "and", .signature = "(boolean, boolean) -> boolean", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_LAZY, .bind = bind_logic,
     .group = "predicate_funcs", .doc = "True when both are true.", .example = "SELECT true and false"},
    {.name = "or", .signature = "(boolean, boolean) -> boolean", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_LAZY, .bind = bind_logic,
     .group = "predicate_funcs", .doc = "True when one of them is true.", .example = "SELECT true or false"},
    {.name = "not", .signature = "(boolean) -> boolean", .nulls = VONK_NULLS_STRICT, .eval = eval_not,
     .group = "predicate_funcs", .doc = "True becomes false and false true.", .example = "SELECT not true"},
    {.name = "!", .signature = "(boolean) -> boolean", .nulls = VONK_NULLS_STRICT, .eval = eval_not,
     .group = "predicate_funcs", .doc = "The same as NOT.", .example = "SELECT ! true"},
    {.name = "when", .signature = "(any, any, any*) -> bind", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_LAZY, .bind = bind_when,
     .range = range_when, .group = "conditional_funcs", .doc = "The value behind the first condition that is true.",
     .example = "SELECT CASE WHEN 1 > 0 THEN 1 ELSE 2 END"},
    {.name = "if", .signature = "(any, any, any) -> bind", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_LAZY, .bind = bind_when,
     .range = range_when, .group = "conditional_funcs", .doc = "The second where the first is true, else the third.", .example = "SELECT if(1 < 2, 'a', 'b')"},
    {.name = "coalesce", .signature = "(any...) -> bind", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_LAZY, .bind = bind_coalesce,
     .range = range_coalesce, .group = "conditional_funcs", .doc = "The first argument that is not null.", .example = "SELECT coalesce(NULL, 1, NULL)"},
    {.name = "nvl", .signature = "(any, any) -> bind", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_LAZY, .bind = bind_coalesce,
     .range = range_coalesce, .group = "conditional_funcs", .doc = "The first, or the second where it is null.", .example = "SELECT nvl(NULL, 2)"},
    {.name = "ifnull", .signature = "(any, any) -> bind", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_LAZY, .bind = bind_coalesce,
     .range = range_coalesce, .group = "conditional_funcs", .doc = "The first, or the second where it is null.", .example = "SELECT ifnull(NULL, 2)"},
    {.name = "nullif", .signature = "(any, any) -> bind", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_LAZY, .bind = bind_nullif,
     .group = "conditional_funcs", .doc = "Null where both are equal, else the first.", .example = "SELECT nullif(2, 2)"},
    {.name = "nvl2", .signature = "(any, any, any) -> bind", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_LAZY, .bind = bind_nvl2,
     .group = "conditional_funcs", .doc = "The second where the first is not null, else the third.", .example = "SELECT nvl2(NULL, 2, 1)"},
    {0},
};
