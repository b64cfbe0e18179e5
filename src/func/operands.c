/* operands.c: coercion of two operands. The steps stand in the order of Spark's rules. */
#include "func/operands.h"

#include "conf/conf.h"
#include "func/bind_call.h"
#include "func/coercion.h"
#include "type/decimal.h"

static const struct vonk_type *type_of(const struct vonk_bind_call *call, uint32_t index) { return call->arguments.items[index]->type; }
static bool is_null_type(const struct vonk_type *type) { return type->id == VONK_TYPE_VOID; }

/* The type that both sides have, a string beside another simple type by becoming that: ANSI only. NULL: they differ. */
static const struct vonk_type *shared_type(const struct vonk_bind_call *call) {
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  if (vonk_type_same(a, b)) return a;
  if (!call->ansi || vonk_type_is_string(a) == vonk_type_is_string(b)) return NULL;
  const struct vonk_type *other = vonk_type_is_string(a) ? b : a;
  bool simple = vonk_type_is_datetime(other) || other->id == VONK_TYPE_BOOLEAN || other->id == VONK_TYPE_BINARY || other->id == VONK_TYPE_TIME;
  return simple ? other : NULL;
}

STATUS vonk_operands_refuse(struct vonk_bind_call *call, const char *required) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_str shown = vonk_bind_quote_expr(arena, call->expr), left = vonk_bind_quote_type(arena, type_of(call, 0));
  const struct vonk_type *shared = shared_type(call);
  if (shared) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__BINARY_OP_WRONG_TYPE, call->expr->node.origin, "sqlExpr", shown, "inputType",
                      vonk_str_of(required), "actualDataType", vonk_bind_quote_type(arena, shared), NULL);
  }
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__BINARY_OP_DIFF_TYPES, call->expr->node.origin, "sqlExpr", shown, "left", left, "right",
                    vonk_bind_quote_type(arena, type_of(call, 1)), NULL);
}

/* --- decimals --- */

/* Has the snapshot of CALL picked the fewest digits for integer literals beside decimals? */
static bool picks_fewest_digits(const struct vonk_bind_call *call) {
  return !call->conf || vonk_conf_bool(call->conf, VONK_CONF_LEGACY_LITERAL_MIN_PRECISION);
}

static struct vonk_decimal_shape shape_beside_decimal(const struct vonk_bind_call *call, const struct vonk_expr *integer) {
  const struct vonk_expr_literal *literal = EXPR_AS(integer, literal);
  if (!literal || literal->value.is_null || integer->type->id == VONK_TYPE_BYTE || !picks_fewest_digits(call)) {
    return vonk_decimal_shape_of(integer->type);
  }
  int digits = 1;
  while (digits < 19 && !vonk_decimal_fits(literal->value.integer, digits)) digits++;
  return (struct vonk_decimal_shape){digits, 0};
}

static STATUS join_decimal(struct vonk_bind_call *call) {
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  if ((a->id == VONK_TYPE_DECIMAL) == (b->id == VONK_TYPE_DECIMAL)) return VONK_OK;
  uint32_t decimal = a->id == VONK_TYPE_DECIMAL ? 0 : 1, other = 1 - decimal;
  if (vonk_type_is_fractional(type_of(call, other))) return vonk_bind_coerce(call, decimal, &vonk_type_double);
  if (!vonk_type_is_integral(type_of(call, other))) return VONK_OK;
  struct vonk_decimal_shape shape = shape_beside_decimal(call, call->arguments.items[other]);
  return vonk_bind_coerce(call, other, vonk_type_decimal(call->task->arena, shape.precision, shape.scale));
}

/* --- one type for both --- */

static STATUS coerce_both(struct vonk_bind_call *call, const struct vonk_type *type) {
  TRY(vonk_bind_coerce(call, 0, type));
  return vonk_bind_coerce(call, 1, type);
}

static STATUS join_nulls(struct vonk_bind_call *call, const struct vonk_type *if_both) {
  bool left = is_null_type(type_of(call, 0)), right = is_null_type(type_of(call, 1));
  if (left && right) return coerce_both(call, if_both);
  if (vonk_type_is_interval(type_of(call, left ? 1 : 0))) return VONK_OK;
  if (left) return vonk_bind_coerce(call, 0, type_of(call, 1));
  return right ? vonk_bind_coerce(call, 1, type_of(call, 0)) : VONK_OK;
}

/* A string beside numbers. In the try_ form of an operator what is no number is null. */
static STATUS coerce_string(struct vonk_bind_call *call, uint32_t index, const struct vonk_type *type) {
  struct vonk_bind_options options = vonk_bind_options_of(call);
  bool try = strncmp(EXPR_AS(call->expr, call)->function->name, "try_", 4) == 0;
  struct vonk_expr **argument = &call->arguments.items[index];
  if ((*argument)->node.origin) options.origin = (*argument)->node.origin;
  return vonk_bind_cast(call->task, &options, *argument, type, try ? VONK_CAST_TRY : VONK_CAST_DEFAULT, true, argument);
}

/* ANSI: a string becomes what stands beside it, a BIGINT beside smaller integers, a DOUBLE beside other numbers. Without ANSI it becomes
 * a DOUBLE. */
static STATUS promote_numbers(struct vonk_bind_call *call) {
  for (uint32_t i = 0; i < 2; i++) {
    const struct vonk_type *other = type_of(call, 1 - i);
    if (!vonk_type_is_string(type_of(call, i))) continue;
    if (!call->ansi && !vonk_type_is_interval(other)) TRY(coerce_string(call, i, &vonk_type_double));
    if (!call->ansi || !vonk_type_is_numeric(other)) continue;
    const struct vonk_type *common = vonk_type_is_integral(other) ? &vonk_type_long : &vonk_type_double;
    TRY(coerce_string(call, i, common));
    TRY(vonk_bind_coerce(call, 1 - i, common));
  }
  return VONK_OK;
}

static STATUS join_numbers(struct vonk_bind_call *call) {
  TRY(promote_numbers(call));
  TRY(join_nulls(call, &vonk_type_double));
  return join_decimal(call);
}

STATUS vonk_operands_to_fractions(struct vonk_bind_call *call) {
  TRY(join_numbers(call));
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  bool numbers = vonk_type_is_numeric(a) && vonk_type_is_numeric(b);
  return numbers && a->id != VONK_TYPE_DECIMAL ? coerce_both(call, &vonk_type_double) : VONK_OK;
}

STATUS vonk_operands_to_numbers(struct vonk_bind_call *call) {
  TRY(join_numbers(call));
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  if (!vonk_type_is_numeric(a) || !vonk_type_is_numeric(b) || a->id == b->id) return VONK_OK;
  const struct vonk_type *common = vonk_coercion_tightest(call->task->arena, a, b, call->ansi);
  return common ? coerce_both(call, common) : VONK_OK;
}

STATUS vonk_operands_to_integers(struct vonk_bind_call *call) {
  TRY(promote_numbers(call));
  TRY(join_nulls(call, &vonk_type_int));
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  if (!vonk_type_is_integral(a) || !vonk_type_is_integral(b) || a->id == b->id) return VONK_OK;
  return coerce_both(call, a->id > b->id ? a : b);
}

/* --- comparisons --- */

/* Names of fields do not count. */
static bool same_structure(const struct vonk_type *a, const struct vonk_type *b) {
  if (a->id != b->id) return false;
  if (a->id == VONK_TYPE_ARRAY) return same_structure(a->element, b->element);
  if (a->id == VONK_TYPE_MAP) return same_structure(a->key, b->key) && same_structure(a->element, b->element);
  if (a->id != VONK_TYPE_STRUCT) return vonk_type_same(a, b);
  if (a->field_count != b->field_count) return false;
  for (uint32_t i = 0; i < a->field_count; i++) {
    if (!same_structure(a->fields[i].type, b->fields[i].type)) return false;
  }
  return true;
}

static const struct vonk_type *common_type(struct vonk_bind_call *call) {
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  struct vonk_arena *arena = call->task->arena;
  if (a->id == VONK_TYPE_DECIMAL && b->id == VONK_TYPE_DECIMAL) {
    struct vonk_decimal_shape shape = vonk_decimal_wider_shape(vonk_decimal_shape_of(a), vonk_decimal_shape_of(b), false);
    return vonk_type_decimal(arena, shape.precision, shape.scale);
  }
  if (vonk_type_is_string(a) != vonk_type_is_string(b)) return vonk_coercion_comparison(arena, a, b, call->ansi);
  /* Without ANSI 1 = true; such comparisons are not of order. */
  const char *name = EXPR_AS(call->expr, call)->function->name;
  bool equality = strcmp(name, "==") == 0 || strcmp(name, "=") == 0 || strcmp(name, "<=>") == 0;
  if (!call->ansi && equality && a->id == VONK_TYPE_BOOLEAN && vonk_type_is_numeric(b)) return b;
  if (!call->ansi && equality && b->id == VONK_TYPE_BOOLEAN && vonk_type_is_numeric(a)) return a;
  return vonk_coercion_tightest(arena, a, b, call->ansi);
}

STATUS vonk_operands_to_comparable(struct vonk_bind_call *call) {
  if (same_structure(type_of(call, 0), type_of(call, 1))) return VONK_OK;
  TRY(join_decimal(call));
  const struct vonk_type *common = common_type(call);
  if (!common) return vonk_operands_refuse(call, "");
  return coerce_both(call, common);
}
