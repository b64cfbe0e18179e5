/* range.c: ranges from the leaves upwards. */
#include "expr/range.h"

#include "expr/function.h"
#include "type/decimal.h"

struct vonk_range vonk_range_of_type(const struct vonk_type *type) {
  vonk_int128 edge;
  switch (vonk_physical_of(type)) {
    case VONK_PHYSICAL_I8: edge = INT8_MAX; break;
    case VONK_PHYSICAL_I16: edge = INT16_MAX; break;
    case VONK_PHYSICAL_I32: edge = INT32_MAX; break;
    case VONK_PHYSICAL_I64: edge = INT64_MAX; break;
    case VONK_PHYSICAL_I128: edge = 0; break;
    default: return (struct vonk_range){0};
  }
  if (type->id == VONK_TYPE_DECIMAL) {
    edge = vonk_pow10_128[type->precision] - 1;
    return (struct vonk_range){true, -edge, edge};
  }
  return (struct vonk_range){true, -edge - 1, edge};
}

struct vonk_range vonk_range_of(const struct vonk_expr *expr) {
  return expr->range.known ? expr->range : vonk_range_of_type(expr->type);
}

enum vonk_physical vonk_range_physical(const struct vonk_type *type, const struct vonk_range *range) {
  enum vonk_physical own = vonk_physical_of(type), least;
  if (!range->known || own < VONK_PHYSICAL_I32 || own > VONK_PHYSICAL_I128) return own;
  if (range->low >= INT32_MIN && range->high <= INT32_MAX) least = VONK_PHYSICAL_I32;
  else if (range->low >= INT64_MIN && range->high <= INT64_MAX) least = VONK_PHYSICAL_I64;
  else least = VONK_PHYSICAL_I128;
  return least < own ? least : own;
}

/* A cast keeps the value where it can: integers among themselves, decimals to a scale that is not smaller. */
static void cast_range(struct vonk_expr_cast *cast) {
  const struct vonk_type *from = cast->child->type, *to = cast->expr.type;
  struct vonk_range in = vonk_range_of(cast->child), limit = vonk_range_of_type(to);
  if (!in.known || !limit.known) return;
  bool from_decimal = from->id == VONK_TYPE_DECIMAL, to_decimal = to->id == VONK_TYPE_DECIMAL;
  if (!(from_decimal || vonk_type_is_integral(from)) || !(to_decimal || vonk_type_is_integral(to))) return;
  int raise = (to_decimal ? to->scale : 0) - (from_decimal ? from->scale : 0);
  if (raise < 0) {
    vonk_int128 divisor = vonk_pow10_128[-raise];
    in = (struct vonk_range){true, in.low / divisor - 1, in.high / divisor + 1};
  } else if (raise > 0) {
    vonk_int128 factor = vonk_pow10_128[raise];
    if (__builtin_mul_overflow(in.low, factor, &in.low) || __builtin_mul_overflow(in.high, factor, &in.high)) return;
  }
  if (in.low < limit.low || in.high > limit.high) return;
  cast->expr.range = in;
  cast->expr.raises = false;
}

static void set_range(struct vonk_expr *expr) {
  struct vonk_expr_call *call = EXPR_AS(expr, call);
  if (EXPR_IS(expr, column) || EXPR_IS(expr, literal)) return;
  expr->range.known = false;
  if (call && call->function->range) call->function->range(call, &expr->range);
  if (EXPR_IS(expr, cast)) cast_range(EXPR_AS(expr, cast));
  if (!expr->type) return;
  struct vonk_range limit = vonk_range_of_type(expr->type);
  /* What leaves its type raises or wraps or becomes null: then only the type's own range holds. */
  bool proven = expr->range.known && limit.known && expr->range.low >= limit.low && expr->range.high <= limit.high;
  if (!proven) {
    expr->range.known = false;
    expr->physical = (uint8_t)vonk_physical_of(expr->type);
    return;
  }
  expr->physical = (uint8_t)vonk_range_physical(expr->type, &expr->range);
  if (call && (call->function->flags & VONK_FN_OVERFLOWS)) expr->raises = false;
}

void vonk_expr_set_range(struct vonk_expr *expr) {
  set_range(expr);
  expr->can_raise = vonk_expr_may_raise(expr);
}
