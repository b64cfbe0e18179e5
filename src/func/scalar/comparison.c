/* comparison.c: = < <= > >= <=> and their other names.
 *
 * Both sides have one type after binding. Numbers may still travel at different widths: a constant is brought to the width of the
 * column when it fits, else the narrower side is widened. The loops are those of kernel/compare.h.
 */
#include "base/bits.h"
#include "expr/range.h"
#include "func/bind_call.h"
#include "func/operands.h"
#include "kernel/compare.h"
#include "kernel/gather.h"
#include "type/decimal.h"

/* --- evaluation --- */

/* Arrays and structs, of rows where both are valid. */
static void compare_nested(struct vonk_frame *frame, enum vonk_compare op, const struct vonk_column sides[2]) {
  uint64_t *out = frame->data;
  memset(out, 0, vonk_bits_words(frame->row_count) * 8);
  for (size_t i = vonk_bits_next(frame->live, frame->row_count, 0); i < frame->row_count; i = vonk_bits_next(frame->live, frame->row_count, i + 1)) {
    uint32_t row = (uint32_t)i;
    if (!vonk_column_row_valid(&sides[0], row) || !vonk_column_row_valid(&sides[1], row)) continue;
    if (vonk_compare_holds(op, vonk_compare_rows(&sides[0], row, &sides[1], row))) vonk_bits_set(out, i);
  }
}

static STATUS compare(struct vonk_frame *frame, enum vonk_compare op) {
  struct vonk_column sides[2] = {frame->arguments[0], frame->arguments[1]};
  enum vonk_physical physical = sides[0].physical;
  if (physical == VONK_PHYSICAL_LIST || physical == VONK_PHYSICAL_STRUCT || physical == VONK_PHYSICAL_INTERVAL) {
    compare_nested(frame, op, sides);
    return VONK_OK;
  }
  TRY(vonk_column_match_widths(frame->task, frame->scratch, frame->row_count, sides));
  struct vonk_arith_inputs in = {sides[0].data, sides[1].data, sides[0].encoding == VONK_FLAT, sides[1].encoding == VONK_FLAT};
  vonk_compare(op, sides[0].physical, &in, frame->row_count, frame->data);
  return VONK_OK;
}

static STATUS eval_eq(struct vonk_frame *frame) { return compare(frame, VONK_COMPARE_EQ); }
static STATUS eval_lt(struct vonk_frame *frame) { return compare(frame, VONK_COMPARE_LT); }
static STATUS eval_le(struct vonk_frame *frame) { return compare(frame, VONK_COMPARE_LE); }
static STATUS eval_gt(struct vonk_frame *frame) { return compare(frame, VONK_COMPARE_GT); }
static STATUS eval_ge(struct vonk_frame *frame) { return compare(frame, VONK_COMPARE_GE); }

/* Word W of the validity of a column of any encoding. */
static uint64_t valid_word(const struct vonk_column *column, size_t w) {
  if (column->physical == VONK_PHYSICAL_NONE) return 0;
  if (column->encoding == VONK_CONST) return vonk_column_row_valid(column, 0) ? ~(uint64_t)0 : 0;
  return vonk_bits_word(column->valid, w);
}

static STATUS eval_null_safe(struct vonk_frame *frame) {
  const struct vonk_column *a = &frame->arguments[0], *b = &frame->arguments[1];
  uint64_t *out = frame->data;
  if (a->physical == VONK_PHYSICAL_NONE) memset(out, 0, vonk_bits_words(frame->row_count) * 8);
  else TRY(compare(frame, VONK_COMPARE_EQ));
  for (size_t w = 0, words = vonk_bits_words(frame->row_count); w < words; w++) {
    uint64_t x = valid_word(a, w), y = valid_word(b, w);
    out[w] = (out[w] & x & y) | (~x & ~y);
  }
  return VONK_OK;
}

/* --- binding --- */

/* A decimal literal beside an integer is cut to a BIGINT, upwards or downwards so that the answer stays: 1 < 2.5 is 1 < 3. */
struct cut {
  const char *name;
  bool integer_first_up, literal_first_up; /* up when the integer is on the left, when the literal is */
};
static const struct cut cuts[] = {{"<", true, false}, {"<=", false, true}, {">", false, true}, {">=", true, false}};

static const struct vonk_expr_literal *decimal_literal(const struct vonk_expr *expr) {
  const struct vonk_expr_literal *literal = EXPR_AS(expr, literal);
  return literal && !literal->value.is_null && literal->value.type->id == VONK_TYPE_DECIMAL ? literal : NULL;
}

static bool cut_literal(struct vonk_bind_call *call, const char *name) {
  uint32_t at = decimal_literal(call->arguments.items[0]) ? 0 : 1;
  const struct vonk_expr_literal *literal = decimal_literal(call->arguments.items[at]);
  const struct cut *cut = NULL;
  for (size_t i = 0; i < COUNT_OF(cuts); i++) {
    if (strcmp(cuts[i].name, name) == 0) cut = &cuts[i];
  }
  if (!cut || !literal || !vonk_type_is_integral(call->arguments.items[1 - at]->type)) return false;
  bool up = at == 0 ? cut->literal_first_up : cut->integer_first_up;
  vonk_int128 unit = vonk_pow10_128[literal->value.type->scale], value = literal->value.decimal / unit, rest = literal->value.decimal % unit;
  bool beyond = value > INT64_MAX || value < INT64_MIN || (value == INT64_MAX && rest > 0) || (value == INT64_MIN && rest < 0);
  value += up ? rest > 0 : -(rest < 0);
  struct vonk_value whole = vonk_value_integer(&vonk_type_long, (int64_t)value);
  if (beyond) {
    /* No BIGINT is as large: decided without looking. */
    bool large = literal->value.decimal > 0, less = name[0] == '<';
    whole = vonk_value_integer(&vonk_type_boolean, at == 1 ? less == large : less != large);
    call->expr = vonk_expr_literal_of(call->task->arena, &whole, call->expr->node.origin);
    return true;
  }
  call->arguments.items[at] = vonk_expr_literal_of(call->task->arena, &whole, literal->expr.node.origin);
  return false;
}

static STATUS check_orderable(struct vonk_bind_call *call, const char *sign) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  struct vonk_arena *arena = call->task->arena;
  if (type->id == VONK_TYPE_VOID) return VONK_OK;
  if (vonk_type_is_string(type) && type->collation.size) {
    return vonk_unsupported(call->task, call->expr->node.origin, "comparing strings of another collation than UTF8_BINARY");
  }
  if (vonk_type_is_orderable(type)) return VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__INVALID_ORDERING_TYPE, call->expr->node.origin, "sqlExpr",
                    vonk_bind_quote_expr(arena, call->expr), "functionName", vonk_str_format(arena, "`%s`", sign), "dataType",
                    vonk_bind_quote_type(arena, type), NULL);
}

/* Is it a number that is 1 or 0 (*VALUE)? */
static bool truth_literal(const struct vonk_expr *expr, bool *value) {
  const struct vonk_expr_literal *literal = EXPR_AS(expr, literal);
  if (!literal || literal->value.is_null || !vonk_type_is_numeric(literal->value.type)) return false;
  const struct vonk_type *type = literal->value.type;
  double number = type->id == VONK_TYPE_DECIMAL        ? vonk_decimal_to_double(literal->value.decimal, type->scale)
                  : vonk_type_is_fractional(type) ? literal->value.real
                                                  : (double)literal->value.integer;
  *value = number == 1;
  return number == 1 || number == 0;
}

/* Without ANSI a boolean is 1 or 0: b = 1 is b, b = 0 is NOT b, and <=> asks that B is not null too. */
static STATUS bind_boolean(struct vonk_bind_call *call, bool null_safe, bool *done) {
  struct vonk_expr **a = call->arguments.items, *valid;
  struct vonk_bind_options options = vonk_bind_options_of(call);
  uint32_t at = a[0]->type->id == VONK_TYPE_BOOLEAN ? 0 : 1;
  bool value;
  *done = !call->ansi && a[at]->type->id == VONK_TYPE_BOOLEAN && truth_literal(a[1 - at], &value);
  if (!*done) return VONK_OK;
  call->expr = a[at];
  if (!value) TRY(vonk_bind_named(call->task, &options, &call->expr, "not", 1, a[at]));
  if (!null_safe) return VONK_OK;
  TRY(vonk_bind_named(call->task, &options, &valid, "isnotnull", 1, a[at]));
  return vonk_bind_named(call->task, &options, &call->expr, "and", 2, valid, call->expr);
}

static STATUS bind_comparison(struct vonk_bind_call *call) {
  const struct vonk_function *function = EXPR_AS(call->expr, call)->function;
  bool done = false;
  if (cut_literal(call, function->name)) return VONK_OK;
  if (function->eval == eval_eq || function->eval == eval_null_safe) TRY(bind_boolean(call, function->eval == eval_null_safe, &done));
  if (done) return VONK_OK;
  TRY(vonk_operands_to_comparable(call));
  TRY(check_orderable(call, function->eval == eval_eq ? "=" : function->name));
  vonk_bind_use_function(call, function);
  return VONK_OK;
}

/* != and <>: not (a = b). */
static STATUS bind_unequal(struct vonk_bind_call *call) {
  struct vonk_bind_options options = vonk_bind_options_of(call);
  struct vonk_expr *equal;
  TRY(vonk_bind_named(call->task, &options, &equal, "==", 2, call->arguments.items[0], call->arguments.items[1]));
  return vonk_bind_named(call->task, &options, &call->expr, "not", 1, equal);
}

#define COMPARISON(row_name, row_eval, row_doc, row_example)                                                                     \
  {.name = row_name, .signature = "(any, any) -> boolean", .nulls = VONK_NULLS_STRICT, .eval = row_eval, .bind = bind_comparison, \
   .group = "predicate_funcs", .doc = row_doc, .example = row_example}

const struct vonk_function vonk_functions_comparison[] = {
    COMPARISON("==", eval_eq, "True when both sides are equal.", "SELECT 2 == 2"),
    COMPARISON("=", eval_eq, "True when both sides are equal.", "SELECT 2 = 2"),
    COMPARISON("<", eval_lt, "True when the left side is smaller.", "SELECT 1 < 2"),
    COMPARISON("<=", eval_le, "True when the left side is not larger.", "SELECT 2 <= 2"),
    COMPARISON(">", eval_gt, "True when the left side is larger.", "SELECT 2 > 1"),
    COMPARISON(">=", eval_ge, "True when the left side is not smaller.", "SELECT 2 >= 1"),
    {.name = "<=>", .signature = "(any, any) -> boolean", .nulls = VONK_NULLS_NEVER, .eval = eval_null_safe, .bind = bind_comparison,
     .group = "predicate_funcs", .doc = "True when both sides are equal or both are null.", .example = "SELECT NULL <=> NULL"},
    {.name = "equal_null", .signature = "(any, any) -> boolean", .nulls = VONK_NULLS_NEVER, .eval = eval_null_safe, .bind = bind_comparison,
     .group = "predicate_funcs", .doc = "The same as <=>.", .example = "SELECT equal_null(3, 3)"},
    {.name = "!=", .signature = "(any, any) -> bind", .bind = bind_unequal, .group = "predicate_funcs", .doc = "True when both sides differ.",
     .example = "SELECT 1 != 2"},
    {.name = "<>", .signature = "(any, any) -> bind", .bind = bind_unequal, .group = "predicate_funcs", .doc = "True when both sides differ.",
     .example = "SELECT 1 <> 2"},
    {0},
};
