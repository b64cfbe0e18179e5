/* simplify.c: casts off literals, common parts out of disjunctions. */
#include "opt/simplify.h"

bool opt_is_false(const struct vonk_expr *expr) {
  const struct vonk_expr_literal *literal = EXPR_AS(expr, literal);
  return literal && !literal->value.is_null && opt_is_false_or_null(expr);
}

/* --- casts --- */

static vonk_int128 power_of_ten(int n) {
  vonk_int128 power = 1;
  while (n-- > 0) power *= 10;
  return power;
}

static bool integral_fits(const struct vonk_type *type, vonk_int128 value) {
  int bits = type->id == VONK_TYPE_BYTE ? 7 : type->id == VONK_TYPE_SHORT ? 15 : type->id == VONK_TYPE_INT ? 31 : 63;
  vonk_int128 limit = (vonk_int128)1 << bits;
  return value >= -limit && value < limit;
}

/* VALUE (of a type that all of FROM's values can be cast to in order) as the largest value of FROM that is not above it. */
static bool floor_to(const struct vonk_type *from, const struct vonk_value *value, struct vonk_value *out, bool *exact) {
  const struct vonk_type *to = value->type;
  vonk_int128 number = to->id == VONK_TYPE_DECIMAL ? value->decimal : value->integer;
  int from_scale = from->id == VONK_TYPE_DECIMAL ? from->scale : 0, to_scale = to->id == VONK_TYPE_DECIMAL ? to->scale : 0;
  if (value->is_null || to_scale < from_scale) return false;
  vonk_int128 unit = power_of_ten(to_scale - from_scale), floored = number / unit;
  *exact = floored * unit == number;
  if (!*exact && number < 0) floored -= 1;
  *out = (struct vonk_value){.type = from};
  if (from->id == VONK_TYPE_DECIMAL) {
    vonk_int128 limit = power_of_ten(from->precision);
    out->decimal = floored;
    return floored < limit && floored > -limit;
  }
  out->integer = (int64_t)floored;
  return integral_fits(from, floored);
}

/* Does the cast keep all values apart and in order? */
static bool keeps_order(const struct vonk_type *from, const struct vonk_type *to) {
  bool from_number = vonk_type_is_integral(from) || from->id == VONK_TYPE_DECIMAL;
  static const uint8_t digits[] = {[VONK_TYPE_BYTE] = 3, [VONK_TYPE_SHORT] = 5, [VONK_TYPE_INT] = 10, [VONK_TYPE_LONG] = 20};
  if (!from_number) return false;
  if (vonk_type_is_integral(from) && vonk_type_is_integral(to)) return to->id >= from->id;
  if (to->id != VONK_TYPE_DECIMAL) return false;
  int whole = from->id == VONK_TYPE_DECIMAL ? from->precision - from->scale : digits[from->id], scale = from->id == VONK_TYPE_DECIMAL ? from->scale : 0;
  return to->scale >= scale && to->precision - to->scale >= whole;
}

static const struct vonk_expr_cast *ordered_cast(const struct vonk_expr *expr) {
  const struct vonk_expr_cast *cast = EXPR_AS(expr, cast);
  return cast && keeps_order(cast->child->type, cast->expr.type) ? cast : NULL;
}

struct vonk_expr *opt_unwrap_cast(struct opt *o, struct vonk_expr *comparison) {
  const struct vonk_expr_cast *cast = ordered_cast(opt_argument(comparison, 0));
  const struct vonk_expr_literal *literal = EXPR_AS(opt_argument(comparison, 1), literal);
  struct vonk_value value;
  bool exact;
  if (!cast || !literal || !floor_to(cast->child->type, &literal->value, &value, &exact)) return comparison;
  const char *name = NULL;
  bool below = opt_is_call(comparison, "<") || opt_is_call(comparison, "<="), above = opt_is_call(comparison, ">") || opt_is_call(comparison, ">=");
  if (!exact && !below && !above) return comparison;
  if (!exact) name = below ? "<=" : ">";
  struct vonk_expr *sides[2] = {cast->child, vonk_expr_literal_of(o->arena, &value, literal->expr.node.origin)};
  if (name) return opt_call(o, name, &vonk_type_boolean, comparison->nullable, 2, sides[0], sides[1]);
  static const char *const names[] = {"<", "<=", ">", ">=", "==", "<=>"};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (opt_is_call(comparison, names[i])) return opt_call(o, names[i], &vonk_type_boolean, comparison->nullable, 2, sides[0], sides[1]);
  }
  return comparison;
}

struct vonk_expr *opt_unwrap_in(struct opt *o, struct vonk_expr *in) {
  struct vonk_exprs arguments = EXPR_AS(in, call)->arguments;
  const struct vonk_expr_cast *cast = ordered_cast(arguments.items[0]);
  if (arguments.count == 2 && !opt_has_subquery(arguments.items[1]) && vonk_type_equal(arguments.items[0]->type, arguments.items[1]->type)) {
    struct vonk_expr *equal = opt_call(o, "==", &vonk_type_boolean, in->nullable, 2, arguments.items[0], arguments.items[1]);
    return EXPR_IS(arguments.items[1], literal) ? opt_unwrap_cast(o, equal) : equal;
  }
  if (!cast) return in;
  struct vonk_exprs all = {ARENA_ARRAY(o->arena, struct vonk_expr *, arguments.count), arguments.count};
  all.items[0] = cast->child;
  for (uint32_t i = 1; i < arguments.count; i++) {
    const struct vonk_expr_literal *literal = EXPR_AS(arguments.items[i], literal);
    struct vonk_value value;
    bool exact;
    if (!literal || !floor_to(cast->child->type, &literal->value, &value, &exact) || !exact) return in;
    all.items[i] = vonk_expr_literal_of(o->arena, &value, literal->expr.node.origin);
  }
  return opt_call_list(o, "in", all);
}

/* --- disjunctions --- */

static void split_or(struct opt *o, struct vonk_expr *expr, opt_expr_list *out) {
  if (!opt_is_call(expr, "or")) {
    *ARRAY_PUSH(o->arena, out) = expr;
    return;
  }
  split_or(o, opt_argument(expr, 0), out);
  split_or(o, opt_argument(expr, 1), out);
}

static bool contains(struct vonk_exprs list, const struct vonk_expr *expr) {
  for (uint32_t i = 0; i < list.count; i++) {
    if (vonk_node_equal(&list.items[i]->node, &expr->node)) return true;
  }
  return false;
}

/* The branches of a disjunction, each as conjuncts. False when one of them cannot be moved. */
static bool branches_of(struct opt *o, struct vonk_expr *disjunction, struct vonk_exprs **branches, uint32_t *count) {
  opt_expr_list all = {0};
  split_or(o, disjunction, &all);
  *count = (uint32_t)all.count;
  *branches = ARENA_ARRAY(o->arena, struct vonk_exprs, all.count);
  for (size_t i = 0; i < all.count; i++) {
    if (!opt_is_movable(all.items[i])) return false;
    vonk_expr_split_and(o->arena, all.items[i], &(*branches)[i]);
  }
  return true;
}

struct vonk_expr *opt_factor_or(struct opt *o, struct vonk_expr *disjunction) {
  struct vonk_exprs *branches;
  uint32_t count;
  opt_expr_list common = {0}, rest = {0};
  if (!branches_of(o, disjunction, &branches, &count)) return disjunction;
  for (uint32_t i = 0; i < branches[0].count; i++) {
    bool everywhere = true;
    for (uint32_t b = 1; b < count && everywhere; b++) everywhere = contains(branches[b], branches[0].items[i]);
    if (everywhere) *ARRAY_PUSH(o->arena, &common) = branches[0].items[i];
  }
  if (!common.count) return disjunction;
  bool one_is_empty = false;
  for (uint32_t b = 0; b < count; b++) {
    opt_expr_list left = {0};
    for (uint32_t i = 0; i < branches[b].count; i++) {
      if (!contains(opt_exprs_of(&common), branches[b].items[i])) *ARRAY_PUSH(o->arena, &left) = branches[b].items[i];
    }
    one_is_empty |= !left.count;
    if (left.count) *ARRAY_PUSH(o->arena, &rest) = opt_and(o, opt_exprs_of(&left));
  }
  if (!one_is_empty) *ARRAY_PUSH(o->arena, &common) = opt_or(o, opt_exprs_of(&rest));
  return opt_and(o, opt_exprs_of(&common));
}

struct vonk_expr *opt_implied_by_or(struct opt *o, struct vonk_expr *disjunction, struct opt_set set) {
  struct vonk_exprs *branches;
  uint32_t count;
  opt_expr_list implied = {0};
  if (!opt_is_call(disjunction, "or") || !branches_of(o, disjunction, &branches, &count)) return NULL;
  for (uint32_t b = 0; b < count; b++) {
    opt_expr_list own = {0};
    for (uint32_t i = 0; i < branches[b].count; i++) {
      struct opt_set used = opt_set_of_expr(o, branches[b].items[i]);
      if (!opt_set_is_empty(used) && opt_set_includes(set, used)) *ARRAY_PUSH(o->arena, &own) = branches[b].items[i];
    }
    if (!own.count) return NULL;
    *ARRAY_PUSH(o->arena, &implied) = opt_and(o, opt_exprs_of(&own));
  }
  return opt_or(o, opt_exprs_of(&implied));
}
