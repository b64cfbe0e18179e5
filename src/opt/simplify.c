/* simplify.c: casts off literals, common parts out of disjunctions. */
#include "opt/simplify.h"

#include "expr/cast.h"
#include "expr/range.h"

bool opt_is_false(const struct vonk_expr *expr) {
  const struct vonk_expr_literal *literal = EXPR_AS(expr, literal);
  return literal && !literal->value.is_null && opt_is_false_or_null(expr);
}

/* --- casts --- */

static bool is_exact(const struct vonk_type *type) { return vonk_type_is_integral(type) || type->id == VONK_TYPE_DECIMAL; }

static int scale_of(const struct vonk_type *type) { return type->id == VONK_TYPE_DECIMAL ? type->scale : 0; }

/* VALUE (of a type that all of FROM's values can be cast to in order) as the largest value of FROM that is not above it. */
static bool floor_to(const struct vonk_type *from, const struct vonk_value *value, struct vonk_value *out, bool *exact) {
  const struct vonk_type *to = value->type;
  vonk_int128 number = to->id == VONK_TYPE_DECIMAL ? value->decimal : value->integer;
  int from_scale = scale_of(from), to_scale = scale_of(to);
  if (value->is_null || to_scale < from_scale) return false;
  vonk_int128 unit = vonk_pow10_128[to_scale - from_scale], floored = number / unit;
  *exact = floored * unit == number;
  if (!*exact && number < 0) floored -= 1;
  *out = (struct vonk_value){.type = from};
  if (from->id == VONK_TYPE_DECIMAL) out->decimal = floored;
  else out->integer = (int64_t)floored;
  struct vonk_range all = vonk_range_of_type(from);
  return floored >= all.low && floored <= all.high;
}

/* Does the cast keep all values apart and in order? */
static bool keeps_order(const struct vonk_type *from, const struct vonk_type *to) {
  return is_exact(from) && is_exact(to) && scale_of(to) >= scale_of(from) && !vonk_cast_can_fail(from, to, VONK_CAST_ANSI);
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
