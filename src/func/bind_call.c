/* bind_call.c: binds calls. The defaults are set first, then the function's own bind may change them. */
#include "func/bind_call.h"

#include "column/column.h"
#include "conf/conf.h"
#include "expr/range.h"
#include "func/signature.h"
#include "func/variant_cast.h"
#include "type/decimal.h"
#include "type/text.h"

struct vonk_str vonk_bind_quote_expr(struct vonk_arena *arena, const struct vonk_expr *expr) {
  struct vonk_str text = vonk_expr_sql(arena, expr);
  return vonk_str_format(arena, "\"" STR_FMT "\"", STR_ARG(text));
}

struct vonk_str vonk_bind_quote_type(struct vonk_arena *arena, const struct vonk_type *type) {
  struct vonk_str text = vonk_type_sql(arena, type);
  return vonk_str_format(arena, "\"" STR_FMT "\"", STR_ARG(text));
}

static struct vonk_str ordinal(uint32_t index) {
  static const char *const words[] = {"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"};
  return index < COUNT_OF(words) ? vonk_str_of(words[index]) : STR("next");
}

static STATUS unexpected(struct vonk_task *task, const struct vonk_expr *call, const struct vonk_expr *argument, uint32_t index,
                         struct vonk_str required) {
  struct vonk_arena *arena = task->arena;
  return vonk_raise(task, VONK_DATATYPE_MISMATCH__UNEXPECTED_INPUT_TYPE, call->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call),
                    "paramIndex", ordinal(index), "requiredType", required, "inputSql", vonk_bind_quote_expr(arena, argument),
                    "inputType", argument->type ? vonk_bind_quote_type(arena, argument->type) : STR("\"VOID\""), NULL);
}

static struct vonk_exprs *arguments_of(struct vonk_expr *expr) {
  return EXPR_IS(expr, call) ? &EXPR_AS(expr, call)->arguments : &EXPR_AS(expr, aggregate)->arguments;
}

STATUS vonk_bind_unexpected(struct vonk_bind_call *call, uint32_t index, const char *required) {
  return unexpected(call->task, call->expr, call->arguments.items[index], index, vonk_str_of(required));
}

STATUS vonk_bind_orderable(struct vonk_bind_call *call, uint32_t index) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *type = call->arguments.items[index]->type;
  if (type->id == VONK_TYPE_ARRAY) type = type->element;
  if (vonk_type_is_orderable(type)) return VONK_OK;
  const struct vonk_function *function = EXPR_IS(call->expr, call) ? EXPR_AS(call->expr, call)->function : EXPR_AS(call->expr, aggregate)->function;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__INVALID_ORDERING_TYPE, call->expr->node.origin, "sqlExpr",
                    vonk_bind_quote_expr(arena, call->expr), "functionName", vonk_str_format(arena, "`%s`", function->name), "dataType",
                    vonk_bind_quote_type(arena, type), NULL);
}

STATUS vonk_bind_diff_types(struct vonk_bind_call *call, const struct vonk_type *const *types, uint32_t count, bool alternatives) {
  struct vonk_arena *arena = call->task->arena;
  const char *name = EXPR_AS(call->expr, call)->function->name;
  struct vonk_text shown;
  vonk_text_init(&shown, arena);
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_str one = vonk_bind_quote_type(arena, types[i]);
    vonk_text_addf(&shown, "%s" STR_FMT, i ? alternatives ? " or " : ", " : alternatives ? "(" : "[", STR_ARG(one));
  }
  vonk_text_add_char(&shown, alternatives ? ')' : ']');
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__DATA_DIFF_TYPES, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                    "functionName", vonk_str_format(arena, "`%s`", strcmp(name, "when") == 0 ? "casewhen" : name), "dataType", vonk_text_str(&shown), NULL);
}

/* --- casts --- */

/* The functions that do what a cast does not. */
static const char *instead_of_cast(const struct vonk_type *from, const struct vonk_type *to) {
  if (vonk_type_is_numeric(from) && to->id == VONK_TYPE_DATE) return "`DATE_FROM_UNIX_DATE`";
  if (vonk_type_is_numeric(from) && to->id == VONK_TYPE_TIMESTAMP) return "`TIMESTAMP_SECONDS`/`TIMESTAMP_MILLIS`/`TIMESTAMP_MICROS`";
  if (from->id == VONK_TYPE_DATE && vonk_type_is_numeric(to)) return "`UNIX_DATE`";
  if (from->id == VONK_TYPE_TIMESTAMP && vonk_type_is_numeric(to)) return "`UNIX_SECONDS`/`UNIX_MILLIS`/`UNIX_MICROS`";
  return NULL;
}

static STATUS raise_cast(struct vonk_task *task, const struct vonk_expr_cast *cast) {
  struct vonk_arena *arena = task->arena;
  const char *instead = instead_of_cast(cast->child->type, cast->target);
  if (instead) {
    return vonk_raise(task, VONK_DATATYPE_MISMATCH__CAST_WITH_FUNC_SUGGESTION, cast->expr.node.origin, "sqlExpr", vonk_bind_quote_expr(arena, &cast->expr),
                      "srcType", vonk_bind_quote_type(arena, cast->child->type), "targetType", vonk_bind_quote_type(arena, cast->target), "functionNames",
                      vonk_str_of(instead), NULL);
  }
  if (cast->mode == VONK_CAST_ANSI && vonk_cast_allowed(cast->child->type, cast->target, VONK_CAST_LEGACY)) {
    return vonk_raise(task, VONK_DATATYPE_MISMATCH__CAST_WITH_CONF_SUGGESTION, cast->expr.node.origin, "sqlExpr",
                      vonk_bind_quote_expr(arena, &cast->expr), "srcType", vonk_bind_quote_type(arena, cast->child->type), "targetType",
                      vonk_bind_quote_type(arena, cast->target), "config", STR("\"spark.sql.ansi.enabled\""), "configVal", STR("'false'"), NULL);
  }
  return vonk_raise(task, VONK_DATATYPE_MISMATCH__CAST_WITHOUT_SUGGESTION, cast->expr.node.origin, "sqlExpr",
                    vonk_bind_quote_expr(arena, &cast->expr), "srcType", vonk_bind_quote_type(arena, cast->child->type), "targetType",
                    vonk_bind_quote_type(arena, cast->target), NULL);
}

/* Spark's schemas say nullable of casts that gave NULL before ANSI, whatever the mode (Cast.forceNullable). */
static bool shows_nullable(const struct vonk_type *from, const struct vonk_type *to) {
  if (from->id == VONK_TYPE_VOID) return false;
  if (from->id == to->id) return to->id == VONK_TYPE_DECIMAL && !vonk_decimal_shape_holds(vonk_decimal_shape_of(to), vonk_decimal_shape_of(from));
  bool real = from->id == VONK_TYPE_DOUBLE || from->id == VONK_TYPE_FLOAT;
  if (vonk_type_is_string(to)) return false;
  if (vonk_type_is_string(from)) return to->id != VONK_TYPE_BINARY;
  if (from->id == VONK_TYPE_TIMESTAMP || from->id == VONK_TYPE_TIMESTAMP_NTZ) return to->id == VONK_TYPE_BYTE || to->id == VONK_TYPE_SHORT || to->id == VONK_TYPE_INT;
  if (to->id == VONK_TYPE_TIMESTAMP) return real;
  if (to->id == VONK_TYPE_DATE || to->id == VONK_TYPE_INTERVAL) return true;
  if (to->id == VONK_TYPE_DECIMAL) {
    return real || (vonk_type_is_integral(from) && !vonk_decimal_shape_holds(vonk_decimal_shape_of(to), vonk_decimal_shape_of(from)));
  }
  return vonk_type_is_integral(to) && (real || from->id == VONK_TYPE_DECIMAL);
}

/* Casts from and to VARIANT are calls, which read like the CAST that they stand for. */
static STATUS bind_variant_cast(struct vonk_task *task, const struct vonk_bind_options *options, const struct vonk_expr_cast *cast, struct vonk_expr **out) {
  bool from = cast->child->type->id == VONK_TYPE_VARIANT;
  const char *name = !from ? "cast_to_variant" : cast->mode == VONK_CAST_TRY ? "try_cast_variant" : "cast_variant";
  if (!(from ? vonk_variant_casts_to(cast->target) : vonk_variant_holds(cast->child->type, false))) return raise_cast(task, cast);
  TRY(vonk_bind_named(task, options, out, name, 1, cast->child));
  EXPR_AS(*out, call)->shown = vonk_expr_sql(task->arena, vonk_type_is_nested(cast->target) && from ? cast->child : &cast->expr);
  (*out)->type = cast->target;
  (*out)->physical = (uint8_t)vonk_physical_of(cast->target);
  return VONK_OK;
}

STATUS vonk_bind_cast(struct vonk_task *task, const struct vonk_bind_options *options, struct vonk_expr *child,
                      const struct vonk_type *type, enum vonk_cast_mode mode, bool implicit, struct vonk_expr **out) {
  *out = child;
  if (implicit && vonk_type_equal(child->type, type)) return VONK_OK;
  if (mode == VONK_CAST_DEFAULT) mode = options->ansi ? VONK_CAST_ANSI : VONK_CAST_LEGACY;
  const struct vonk_expr_literal *literal = EXPR_AS(child, literal);
  if (implicit && literal && literal->value.is_null) {
    struct vonk_value null = vonk_value_null(type);
    *out = vonk_expr_literal_of(task->arena, &null, child->node.origin);
    return VONK_OK;
  }
  struct vonk_expr_cast *cast = EXPR_NEW(task->arena, cast, options->origin ? options->origin : child->node.origin);
  cast->child = child;
  cast->target = cast->expr.type = type;
  cast->mode = mode;
  cast->implicit = implicit;
  cast->time_zone = options->time_zone;
  bool from_variant = child->type->id == VONK_TYPE_VARIANT, to_variant = type->id == VONK_TYPE_VARIANT;
  if (from_variant != to_variant && child->type->id != VONK_TYPE_VOID) return bind_variant_cast(task, options, cast, out);
  if (!vonk_cast_allowed(child->type, type, mode)) return raise_cast(task, cast);
  bool fails = vonk_cast_can_fail(child->type, type, mode);
  cast->expr.nullable = child->nullable || (fails && mode != VONK_CAST_ANSI) || shows_nullable(child->type, type);
  cast->expr.raises = fails && mode == VONK_CAST_ANSI;
  cast->expr.deterministic = child->deterministic;
  cast->expr.physical = (uint8_t)vonk_physical_of(type);
  vonk_expr_set_range(&cast->expr);
  *out = &cast->expr;
  return VONK_OK;
}

STATUS vonk_bind_coerce(struct vonk_bind_call *call, uint32_t index, const struct vonk_type *type) {
  struct vonk_bind_options options = {.ansi = call->ansi, .case_sensitive = call->case_sensitive, .time_zone = call->time_zone, .conf = call->conf,
                                      .origin = call->expr->node.origin};
  TRY(vonk_bind_cast(call->task, &options, call->arguments.items[index], type, VONK_CAST_DEFAULT, true, &call->arguments.items[index]));
  return VONK_OK;
}

/* --- calls --- */

static struct vonk_expr *new_call(struct vonk_task *task, const struct vonk_bind_options *options, const struct vonk_function *function,
                                  const struct vonk_exprs *arguments) {
  struct vonk_exprs own = {vonk_arena_copy(task->arena, arguments->items, sizeof *own.items * arguments->count), arguments->count};
  if (function->kind == VONK_AGGREGATE) {
    struct vonk_expr_aggregate *call = EXPR_NEW(task->arena, aggregate, options->origin);
    call->function = function;
    call->arguments = own;
    call->ansi = options->ansi;
    call->time_zone = options->time_zone;
    call->order = options->within_group;
    call->ignore_nulls = options->nulls == 2;
    call->respect_nulls = options->nulls == 1;
    return &call->expr;
  }
  struct vonk_expr_call *call = EXPR_NEW(task->arena, call, options->origin);
  call->function = function;
  call->arguments = own;
  call->ansi = options->ansi;
  call->last_key_wins = options->conf && vonk_str_equal(vonk_conf_text(options->conf, VONK_CONF_MAP_KEY_DEDUP_POLICY), STR("LAST_WIN"));
  call->time_zone = options->time_zone;
  return &call->expr;
}

static STATUS raise_count(struct vonk_task *task, const struct vonk_bind_options *options, const struct vonk_function *function, uint32_t count) {
  return vonk_raise(task, VONK_WRONG_NUM_ARGS__WITHOUT_SUGGESTION, options->origin, "functionName",
                    vonk_str_format(task->arena, "`%s`", function->name), "expectedNum", vonk_signature_counts(task->arena, function->signature),
                    "actualNum", vonk_str_format(task->arena, "%u", count), "docroot", STR("https://spark.apache.org/docs/latest"), NULL);
}

static struct vonk_str required_text(struct vonk_arena *arena, const struct vonk_signature_match *match) {
  struct vonk_str spec = {match->parameter, match->parameter_size};
  if (vonk_str_ends_with(spec, STR("!"))) spec.size--;
  return vonk_str_format(arena, "\"" STR_FMT "\"", STR_ARG(vonk_str_upper(arena, spec)));
}

/* "1", "'x'", "true", "null" of a signature as a literal. */
static struct vonk_expr *default_literal(struct vonk_arena *arena, struct vonk_str text, const struct vonk_type *type, const struct vonk_origin *origin) {
  if (!type) type = &vonk_type_void; /* of "any" */
  struct vonk_value value = vonk_value_null(type);
  int64_t integer = 0;
  struct vonk_decimal_shape shape;
  if (type->id == VONK_TYPE_DECIMAL && vonk_decimal_parse_natural(text, &value.decimal, &shape) == VONK_DECIMAL_OK) value.is_null = false;
  else if (text.data[0] == '\'') value = vonk_value_text(type, vonk_str_slice(text, 1, text.size - 1));
  else if (type->id == VONK_TYPE_BOOLEAN) value = vonk_value_integer(type, text.data[0] == 't');
  else if (vonk_str_to_int64(text, &integer)) value = vonk_value_integer(type, integer);
  return vonk_expr_literal_of(arena, &value, origin);
}

static void add_defaults(struct vonk_arena *arena, const struct vonk_signature_match *match, const struct vonk_origin *origin, struct vonk_exprs *own) {
  if (match->default_count == 0) return;
  struct vonk_expr **items = ARENA_ARRAY(arena, struct vonk_expr *, (size_t)own->count + match->default_count);
  if (own->count) memcpy(items, own->items, own->count * sizeof *items);
  for (uint32_t i = 0; i < match->default_count; i++) {
    items[own->count + i] = default_literal(arena, match->defaults[i], match->default_types[i], origin);
  }
  *own = (struct vonk_exprs){items, own->count + match->default_count};
}

/* What the rows of FUNCTION say, before its bind looks at it. */
static void set_defaults(struct vonk_expr *expr, const struct vonk_function *function, const struct vonk_exprs *arguments, bool ansi) {
  bool any_null = false;
  expr->deterministic = !(function->flags & VONK_FN_NONDETERMINISTIC);
  expr->raises = (function->flags & VONK_FN_RAISES) && ansi;
  for (uint32_t i = 0; i < arguments->count; i++) {
    const struct vonk_expr *argument = arguments->items[i];
    any_null |= argument->nullable;
    expr->deterministic &= EXPR_IS(argument, lambda) || argument->deterministic;
  }
  bool fails_to_null = (function->flags & VONK_FN_MAY_NULL) || ((function->flags & VONK_FN_RAISES) && !ansi);
  expr->nullable = function->nulls == VONK_NULLS_CUSTOM || (function->nulls == VONK_NULLS_STRICT && (any_null || fails_to_null));
}

void vonk_bind_use_function(struct vonk_bind_call *call, const struct vonk_function *function) {
  EXPR_AS(call->expr, call)->function = function;
  set_defaults(call->expr, function, &call->arguments, call->ansi);
}

struct vonk_bind_options vonk_bind_options_of(const struct vonk_bind_call *call) {
  return (struct vonk_bind_options){.ansi = call->ansi, .case_sensitive = call->case_sensitive, .time_zone = call->time_zone, .conf = call->conf,
                                    .parse_type = call->parse_type, .origin = call->expr->node.origin};
}

void vonk_bind_replace(struct vonk_bind_call *call, struct vonk_expr *other) {
  if (EXPR_IS(other, call)) EXPR_AS(other, call)->shown = vonk_expr_sql(call->task->arena, call->expr);
  call->expr = other;
}

STATUS vonk_bind_function(struct vonk_task *task, const struct vonk_bind_options *options, const struct vonk_function *function,
                          const struct vonk_exprs *arguments, struct vonk_expr **out) {
  struct vonk_signature_match match;
  struct vonk_expr *expr = new_call(task, options, function, arguments);
  struct vonk_exprs *own = arguments_of(expr);
  *out = NULL;
  switch (vonk_signature_match(task->arena, function->signature, arguments, options->ansi, &match)) {
    case VONK_SIGNATURE_OK: break;
    case VONK_SIGNATURE_WRONG_COUNT: return raise_count(task, options, function, arguments->count);
    case VONK_SIGNATURE_WRONG_TYPE:
      return unexpected(task, expr, arguments->items[match.mismatch], match.mismatch, required_text(task->arena, &match));
  }
  for (uint32_t i = 0; i < own->count; i++) {
    if (!match.types[i]) continue;
    TRY(vonk_bind_cast(task, options, own->items[i], match.types[i], VONK_CAST_DEFAULT, true, &own->items[i]));
  }
  add_defaults(task->arena, &match, options->origin, own);
  expr->type = match.result;
  set_defaults(expr, function, own, options->ansi);
  if (function->bind) {
    struct vonk_bind_call call = {task, expr, *own, options->ansi, options->case_sensitive, options->time_zone, options->conf,
                                  options->parse_type};
    TRY(function->bind(&call));
    if (call.expr != expr) {
      *out = call.expr;
      return VONK_OK;
    }
    *own = call.arguments;
  }
  ASSERT(expr->type);
  expr->physical = (uint8_t)vonk_physical_of(expr->type);
  vonk_expr_set_range(expr);
  *out = expr;
  return VONK_OK;
}

STATUS vonk_bind_named(struct vonk_task *task, const struct vonk_bind_options *options, struct vonk_expr **out, const char *name,
                       uint32_t count, ...) {
  const struct vonk_function *function = vonk_function_lookup(vonk_str_of(name));
  struct vonk_exprs arguments = {ARENA_ARRAY(task->arena, struct vonk_expr *, count), count};
  va_list list;
  ASSERT(function);
  va_start(list, count);
  for (uint32_t i = 0; i < count; i++) arguments.items[i] = va_arg(list, struct vonk_expr *);
  va_end(list);
  return vonk_bind_function(task, options, function, &arguments, out);
}
