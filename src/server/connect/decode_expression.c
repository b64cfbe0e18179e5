/* decode_expression.c: Expression messages to unresolved expressions. Functions keep the names that clients give them. */
#include "server/connect/decode_internal.h"

#include "sql/parser.h"

struct vonk_expr *decode_constant(struct decoder *d, struct vonk_value value) {
  struct vonk_expr_literal *literal = EXPR_NEW(d->arena, literal, d->origin);
  literal->value = value;
  literal->zone = d->options->zone;
  return &literal->expr;
}

static STATUS decode_literal(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  struct vonk_value value;
  TRY(decode_value(d, message, &value));
  *out = decode_constant(d, value);
  return VONK_OK;
}

static int64_t plan_id_at(const struct vonk_protobuf *message, uint32_t number) {
  return vonk_protobuf_has(message, number) ? vonk_protobuf_i64(message, number) : -1;
}

static STATUS decode_attribute(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { NAME = 1, PLAN_ID = 2, IS_METADATA = 3 };
  struct vonk_expr_attribute *attribute = EXPR_NEW(d->arena, attribute, d->origin);
  TRY(decode_attribute_name(d, vonk_protobuf_text(message, NAME), &attribute->name));
  attribute->expr.node.plan_id = plan_id_at(message, PLAN_ID);
  attribute->is_metadata = vonk_protobuf_bool(message, IS_METADATA);
  *out = &attribute->expr;
  return VONK_OK;
}

struct vonk_expr_function *decode_function_of(struct decoder *d, struct vonk_str name) {
  struct vonk_expr_function *function = EXPR_NEW(d->arena, function, d->origin);
  struct vonk_str *part = ARENA_NEW(d->arena, struct vonk_str);
  *part = name;
  function->name = (struct vonk_name){part, 1};
  return function;
}

/* 0, 1, ... over all rows in their order (zipWithIndex, indexes of pandas on Spark): count(1) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND
 * CURRENT ROW) - 1. Spark knows the name, too, in what its clients send alone; an argument says that its rows may be kept meanwhile. */
static struct vonk_expr *sequence_id(struct decoder *d) {
  struct vonk_expr_window *window = EXPR_NEW(d->arena, window, d->origin);
  struct vonk_expr_function *count = decode_function_of(d, STR("count")), *minus = decode_function_of(d, STR("-"));
  struct vonk_expr *one = decode_constant(d, vonk_value_integer(&vonk_type_int, 1));
  count->arguments = (struct vonk_exprs){ARENA_NEW(d->arena, struct vonk_expr *), 1};
  count->arguments.items[0] = one;
  window->function = &count->expr;
  window->frame_unit = VONK_FRAME_ROWS;
  window->lower = VONK_BOUND_UNBOUNDED;
  window->upper = VONK_BOUND_CURRENT;
  minus->arguments = (struct vonk_exprs){ARENA_ARRAY(d->arena, struct vonk_expr *, 2), 2};
  minus->arguments.items[0] = &window->expr;
  minus->arguments.items[1] = one;
  return &minus->expr;
}

static STATUS decode_function(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { NAME = 1, ARGUMENTS = 2, IS_DISTINCT = 3, IS_USER_DEFINED = 4 };
  struct vonk_str name = vonk_protobuf_text(message, NAME);
  struct vonk_expr_function *function = decode_function_of(d, name);
  if (vonk_protobuf_bool(message, IS_USER_DEFINED)) TRY(vonk_sql_parse_name(d->task, name, &function->name));
  TRY(decode_expressions(d, message, ARGUMENTS, &function->arguments));
  function->distinct = vonk_protobuf_bool(message, IS_DISTINCT);
  bool is_sequence = vonk_str_equal(name, STR("distributed_sequence_id"));
  *out = is_sequence ? sequence_id(d) : &function->expr;
  return VONK_OK;
}

/* A function by a name as SQL writes it. */
static STATUS decode_call(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { NAME = 1, ARGUMENTS = 2 };
  struct vonk_expr_function *function = EXPR_NEW(d->arena, function, d->origin);
  TRY(vonk_sql_parse_name(d->task, vonk_protobuf_text(message, NAME), &function->name));
  TRY(decode_expressions(d, message, ARGUMENTS, &function->arguments));
  *out = &function->expr;
  return VONK_OK;
}

static STATUS decode_expression_string(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { EXPRESSION = 1 };
  struct vonk_expr_expression_string *string = EXPR_NEW(d->arena, expression_string, d->origin);
  string->text = vonk_protobuf_text(message, EXPRESSION);
  *out = &string->expr;
  return VONK_OK;
}

static STATUS decode_star(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { TARGET = 1, PLAN_ID = 2 };
  struct vonk_expr_star *star = EXPR_NEW(d->arena, star, d->origin);
  struct vonk_str target = vonk_protobuf_text(message, TARGET);
  star->expr.node.plan_id = plan_id_at(message, PLAN_ID);
  *out = &star->expr;
  if (!target.data) return VONK_OK;
  if (vonk_protobuf_has(message, PLAN_ID)) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__UNRESOLVED_STAR_WITH_BOTH_TARGET_AND_PLAN_ID);
  if (!vonk_str_ends_with(target, STR(".*"))) {
    return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__UNRESOLVED_STAR_TARGET_INVALID, d->origin, "target", target, NULL);
  }
  return decode_attribute_name(d, vonk_str_slice(target, 0, target.size - 2), &star->target);
}

/* Where the pattern of "`pattern`" or "qualifier.`pattern`" starts, behind its backquote; 0 for a plain name. */
static size_t find_pattern(struct vonk_str name) {
  if (name.size < 3 || name.data[name.size - 1] != '`') return 0;
  if (name.data[0] == '`') return 1;
  for (size_t at = name.size - 2; at > 2; at--) {
    if (name.data[at - 1] == '`' && name.data[at - 2] == '.') return at;
  }
  return 0;
}

static STATUS decode_regex(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { NAME = 1, PLAN_ID = 2 };
  struct vonk_str name = vonk_protobuf_text(message, NAME);
  size_t start = find_pattern(name);
  if (start == 0) return decode_attribute(d, message, out); /* the same fields */
  struct vonk_expr_regex *regex = EXPR_NEW(d->arena, regex, d->origin);
  regex->pattern = vonk_str_slice(name, start, name.size - 1);
  regex->expr.node.plan_id = plan_id_at(message, PLAN_ID);
  if (start > 1) {
    struct vonk_str *target = ARENA_NEW(d->arena, struct vonk_str);
    *target = vonk_str_slice(name, 0, start - 2);
    regex->target = (struct vonk_name){target, 1};
  }
  *out = &regex->expr;
  return VONK_OK;
}

STATUS decode_alias(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { CHILD = 1, NAMES = 2, METADATA = 3 };
  struct vonk_expr_alias *alias = EXPR_NEW(d->arena, alias, d->origin);
  struct vonk_str metadata = vonk_protobuf_text(message, METADATA);
  alias->names = decode_names(d, message, NAMES);
  if (alias->names.count == 0) return decode_fail_assertion(d, "An alias has a name.");
  if (alias->names.count > 1 && metadata.data) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__ALIAS_WITH_MULTIPLE_IDENTIFIERS_AND_METADATA);
  TRY(decode_metadata(d, metadata, &alias->metadata));
  *out = &alias->expr;
  return decode_expression_at(d, message, CHILD, &alias->child);
}

static STATUS decode_cast(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { CHILD = 1, TYPE = 2, TYPE_TEXT = 3, EVAL_MODE = 4 };
  static const uint32_t targets[] = {TYPE, TYPE_TEXT};
  struct vonk_expr_cast *cast = EXPR_NEW(d->arena, cast, d->origin);
  int32_t mode = vonk_protobuf_i32(message, EVAL_MODE);
  cast->mode = mode >= VONK_CAST_LEGACY && mode <= VONK_CAST_TRY ? mode : VONK_CAST_DEFAULT; /* numbered alike */
  if (vonk_protobuf_which(message, targets, COUNT_OF(targets)) == TYPE) {
    TRY(decode_type_at(d, message, TYPE, &cast->target));
  } else {
    TRY(vonk_sql_parse_type(d->task, vonk_protobuf_text(message, TYPE_TEXT), &cast->target));
  }
  *out = &cast->expr;
  return decode_expression_at(d, message, CHILD, &cast->child);
}

static STATUS decode_sort_order(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { CHILD = 1, DIRECTION = 2, NULLS = 3, ASCENDING = 1, NULLS_FIRST = 1 };
  struct vonk_expr_sort_order *order = EXPR_NEW(d->arena, sort_order, d->origin);
  order->descending = vonk_protobuf_i32(message, DIRECTION) != ASCENDING;
  order->nulls = vonk_protobuf_i32(message, NULLS) == NULLS_FIRST ? 1 : 2;
  *out = &order->expr;
  return decode_expression_at(d, message, CHILD, &order->child);
}

static STATUS variable_name(struct decoder *d, const struct vonk_protobuf *message, struct vonk_name *out) {
  enum { NAME_PARTS = 1 };
  *out = decode_names(d, message, NAME_PARTS);
  return out->count ? VONK_OK : decode_fail(d, VONK_CONNECT_INVALID_PLAN__UNRESOLVED_NAMED_LAMBDA_VARIABLE_REQUIRES_NAME_PART);
}

/* A variable where it is used; the binder looks among the lambda's parameters first, as for a name in SQL. */
static STATUS decode_variable(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  struct vonk_expr_attribute *attribute = EXPR_NEW(d->arena, attribute, d->origin);
  *out = &attribute->expr;
  return variable_name(d, message, &attribute->name);
}

static STATUS decode_lambda(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { FUNCTION = 1, ARGUMENTS = 2, ARGUMENTS_MAX = 3 };
  struct vonk_expr_lambda *lambda = EXPR_NEW(d->arena, lambda, d->origin);
  size_t count = vonk_protobuf_count(message, ARGUMENTS);
  if (count == 0 || count > ARGUMENTS_MAX) {
    return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__LAMBDA_FUNCTION_ARGUMENT_COUNT_INVALID, d->origin, "got", vonk_str_format(d->arena, "%zu", count), NULL);
  }
  lambda->parameters = (struct vonk_exprs){ARENA_ARRAY(d->arena, struct vonk_expr *, count), (uint32_t)count};
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf parameter;
  for (size_t i = 0; vonk_protobuf_each_message(message, ARGUMENTS, &at, &parameter); i++) {
    struct vonk_expr_lambda_variable *variable = EXPR_NEW(d->arena, lambda_variable, d->origin);
    TRY(variable_name(d, &parameter, &variable->name));
    lambda->parameters.items[i] = &variable->expr;
  }
  *out = &lambda->expr;
  return decode_expression_at(d, message, FUNCTION, &lambda->body);
}

static STATUS decode_extract(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { CHILD = 1, EXTRACTION = 2 };
  struct vonk_expr_extract *extract = EXPR_NEW(d->arena, extract, d->origin);
  TRY(decode_expression_at(d, message, CHILD, &extract->child));
  *out = &extract->expr;
  return decode_expression_at(d, message, EXTRACTION, &extract->extraction);
}

static STATUS decode_update_fields(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { CHILD = 1, FIELD = 2, VALUE = 3 };
  struct vonk_expr_update_fields *update = EXPR_NEW(d->arena, update_fields, d->origin);
  TRY(decode_expression_at(d, message, CHILD, &update->child));
  update->field = vonk_protobuf_text(message, FIELD);
  *out = &update->expr;
  return decode_optional_expression(d, message, VALUE, &update->value);
}

static STATUS decode_named_argument(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { KEY = 1, VALUE = 2 };
  struct vonk_expr_named_argument *argument = EXPR_NEW(d->arena, named_argument, d->origin);
  argument->name = vonk_protobuf_text(message, KEY);
  *out = &argument->expr;
  return decode_expression_at(d, message, VALUE, &argument->value);
}

static STATUS decode_shuffle_partition(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { CHILD = 1 };
  struct vonk_expr_shuffle_partition *partition = EXPR_NEW(d->arena, shuffle_partition, d->origin);
  *out = &partition->expr;
  return decode_expression_at(d, message, CHILD, &partition->child);
}

static STATUS refuse_extension(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  (void)out;
  return decode_fail_extension(d, message);
}

typedef STATUS decode_expression_kind(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out);

/* Members of Expression's oneof; without a decoder: refused. */
static const struct kind {
  struct member member;
  decode_expression_kind *decode;
} kinds[] = {
    {{1, "LITERAL"}, decode_literal},
    {{2, "UNRESOLVED_ATTRIBUTE"}, decode_attribute},
    {{3, "UNRESOLVED_FUNCTION"}, decode_function},
    {{4, "EXPRESSION_STRING"}, decode_expression_string},
    {{5, "UNRESOLVED_STAR"}, decode_star},
    {{6, "ALIAS"}, decode_alias},
    {{7, "CAST"}, decode_cast},
    {{8, "UNRESOLVED_REGEX"}, decode_regex},
    {{9, "SORT_ORDER"}, decode_sort_order},
    {{10, "LAMBDA_FUNCTION"}, decode_lambda},
    {{11, "WINDOW"}, decode_window},
    {{12, "UNRESOLVED_EXTRACT_VALUE"}, decode_extract},
    {{13, "UPDATE_FIELDS"}, decode_update_fields},
    {{14, "UNRESOLVED_NAMED_LAMBDA_VARIABLE"}, decode_variable},
    {{15, "COMMON_INLINE_USER_DEFINED_FUNCTION"}, decode_user_function},
    {{16, "CALL_FUNCTION"}, decode_call},
    {{17, "NAMED_ARGUMENT_EXPRESSION"}, decode_named_argument},
    {{19, "MERGE_ACTION"}, NULL},
    {{20, "TYPED_AGGREGATE_EXPRESSION"}, NULL},
    {{21, "SUBQUERY_EXPRESSION"}, decode_subquery},
    {{22, "DIRECT_SHUFFLE_PARTITION_ID"}, decode_shuffle_partition},
    {{999, "EXTENSION"}, refuse_extension},
};

STATUS decode_expression(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { COMMON = 18, ORIGIN = 1 };
  const struct kind *kind = DECODE_MEMBER(message, kinds);
  if (!kind) return decode_fail_unset(d, "Expression", "EXPRTYPE_NOT_SET");
  const struct vonk_origin *old;
  struct vonk_protobuf common = vonk_protobuf_message(message, COMMON), inside = vonk_protobuf_message(message, kind->member.number);
  TRY(decode_enter(d));
  decode_origin_at(d, &common, ORIGIN, &old);
  if (!kind->decode) return decode_fail_member(d, "Expression", kind->member.name, kind->member.number);
  TRY(kind->decode(d, &inside, out));
  d->origin = old;
  decode_leave(d);
  return VONK_OK;
}

STATUS decode_expression_at(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_expr **out) {
  struct vonk_protobuf expression = vonk_protobuf_message(message, number);
  return decode_expression(d, &expression, out);
}

STATUS decode_optional_expression(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_expr **out) {
  *out = NULL;
  return vonk_protobuf_has(message, number) ? decode_expression_at(d, message, number, out) : VONK_OK;
}

static STATUS decode_each(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, decode_expression_kind *decode, struct vonk_exprs *out) {
  size_t count = vonk_protobuf_count(message, number);
  *out = (struct vonk_exprs){ARENA_ARRAY(d->arena, struct vonk_expr *, count), (uint32_t)count};
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf item;
  for (size_t i = 0; vonk_protobuf_each_message(message, number, &at, &item); i++) TRY(decode(d, &item, &out->items[i]));
  return VONK_OK;
}

STATUS decode_expressions(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_exprs *out) {
  return decode_each(d, message, number, decode_expression, out);
}

STATUS decode_sort_orders(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_exprs *out) {
  return decode_each(d, message, number, decode_sort_order, out);
}

STATUS decode_literals(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_exprs *out) {
  return decode_each(d, message, number, decode_literal, out);
}
