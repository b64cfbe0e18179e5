/* call.c: function calls, and the forms that look like calls but have a grammar of their own. */
#include "sql/parser_internal.h"

static struct vonk_name one_part(struct parser *p, const char *text) {
  struct vonk_str *part = ARENA_NEW(p->arena, struct vonk_str);
  *part = vonk_str_of(text);
  return (struct vonk_name){part, 1};
}

/* TABLE(query), TABLE t: an argument of a table function. */
static STATUS parse_table_argument(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position++;
  struct vonk_relation *relation;
  bool open = accept_symbol(p, SYMBOL_OPEN);
  if (open && at_query(p, 0)) {
    TRY(parse_query(p, &relation));
  } else {
    uint32_t at = p->position;
    struct vonk_name name;
    TRY(parse_name(p, &name));
    struct vonk_relation_read *read = RELATION_NEW(p->arena, read, place(p, at));
    read->name = name;
    relation = &read->relation;
  }
  if (open) TRY(expect_symbol(p, SYMBOL_CLOSE));
  if (at_word(p, WORD_PARTITION) || at_word(p, WORD_ORDER) || at_word(p, WORD_WITH)) {
    return fail_unsupported(p, first, "PARTITION BY and ORDER BY of a TABLE argument");
  }
  struct vonk_expr_subquery *subquery = EXPR_NEW(p->arena, subquery, place(p, first));
  subquery->kind = VONK_SUBQUERY_TABLE_ARGUMENT;
  subquery->plan = &relation->node;
  *out = &subquery->expr;
  return VONK_OK;
}

static STATUS parse_argument(struct parser *p, bool named, struct vonk_expr **out) {
  uint32_t first = p->position;
  if (at_word(p, WORD_TABLE) && (is_symbol(peek_at(p, 1), SYMBOL_OPEN) || is_name(p, peek_at(p, 1)))) return parse_table_argument(p, out);
  if (is_name(p, peek(p)) && is_symbol(peek_at(p, 1), SYMBOL_FAT_ARROW)) {
    struct vonk_str name;
    struct vonk_expr *value;
    TRY(parse_identifier(p, &name));
    p->position++;
    TRY(parse_argument(p, false, &value));
    struct vonk_expr_named_argument *argument = EXPR_NEW(p->arena, named_argument, place(p, first));
    argument->name = name;
    argument->value = value;
    *out = &argument->expr;
    return VONK_OK;
  }
  return named ? parse_named_expression(p, out) : parse_expression(p, out);
}

static int32_t accept_nulls(struct parser *p) {
  if (at_text(p, 1, "nulls")) {
    if (accept_word(p, WORD_IGNORE)) return p->position++, 2;
    if (accept_word(p, WORD_RESPECT)) return p->position++, 1;
  }
  return 0;
}

/* What may follow the closing parenthesis. */
static STATUS parse_call_tail(struct parser *p, uint32_t first, struct vonk_expr_function *function, struct vonk_expr **out) {
  if (at_text(p, 0, "within") && is_word(peek_at(p, 1), WORD_GROUP)) {
    p->position += 2;
    TRY(expect_symbol(p, SYMBOL_OPEN));
    TRY(expect_word(p, WORD_ORDER));
    TRY(expect_word(p, WORD_BY));
    TRY(parse_sort_items(p, &function->within_group));
    TRY(expect_symbol(p, SYMBOL_CLOSE));
  }
  if (at_word(p, WORD_FILTER) && is_symbol(peek_at(p, 1), SYMBOL_OPEN)) {
    p->position += 2;
    TRY(expect_word(p, WORD_WHERE));
    TRY(parse_expression(p, &function->filter));
    TRY(expect_symbol(p, SYMBOL_CLOSE));
  }
  int32_t nulls = accept_nulls(p);
  if (nulls) function->nulls = nulls;
  function->expr.node.origin = place(p, first);
  *out = &function->expr;
  bool over = at_word(p, WORD_OVER) && (is_symbol(peek_at(p, 1), SYMBOL_OPEN) || is_name(p, peek_at(p, 1)));
  return over ? parse_over(p, *out, out) : VONK_OK;
}

/* The call from behind its first arguments on: ARGUMENTS are those read so far, and a comma or the end is next. */
static STATUS finish_call(struct parser *p, struct vonk_name name, uint32_t first, struct expr_list *arguments, bool distinct,
                          bool named, struct vonk_expr **out) {
  struct vonk_expr_function *function = EXPR_NEW(p->arena, function, NULL);
  function->name = name;
  function->distinct = distinct;
  while (arguments->count && accept_symbol(p, SYMBOL_COMMA)) {
    struct vonk_expr *argument;
    TRY(parse_argument(p, named, &argument));
    *ARRAY_PUSH(p->arena, arguments) = argument;
  }
  function->nulls = accept_nulls(p);
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  TRY(grow(p));
  function->arguments = exprs_of(*arguments);
  return parse_call_tail(p, first, function, out);
}

STATUS parse_call(struct parser *p, struct vonk_name name, uint32_t first, struct vonk_expr **out) {
  struct expr_list arguments = {0};
  bool named = name.count == 1 && vonk_str_equal_nocase(name.parts[0], STR("struct"));
  if (named) name = one_part(p, "struct");
  TRY(expect_symbol(p, SYMBOL_OPEN));
  bool distinct = at_word(p, WORD_DISTINCT) && !is_symbol(peek_at(p, 1), SYMBOL_COMMA) && !is_symbol(peek_at(p, 1), SYMBOL_CLOSE);
  if (distinct) p->position++;
  else if (at_word(p, WORD_ALL) && !is_symbol(peek_at(p, 1), SYMBOL_CLOSE)) p->position++;
  if (!at_symbol(p, SYMBOL_CLOSE)) {
    struct vonk_expr *argument;
    TRY(parse_argument(p, named, &argument));
    *ARRAY_PUSH(p->arena, &arguments) = argument;
  }
  return finish_call(p, name, first, &arguments, distinct, named, out);
}

/* --- special forms: p->position is at the word, an opening parenthesis follows --- */

static STATUS parse_cast(struct parser *p, int32_t mode, struct vonk_expr **out) {
  uint32_t first = p->position;
  struct vonk_expr *child;
  const struct vonk_type *type;
  p->position += 2;
  TRY(parse_expression(p, &child));
  TRY(expect_word(p, WORD_AS));
  TRY(parse_type(p, &type));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  struct vonk_expr_cast *cast = EXPR_NEW(p->arena, cast, place(p, first));
  cast->child = child;
  cast->target = type;
  cast->mode = mode;
  *out = &cast->expr;
  return VONK_OK;
}

static STATUS parse_extract(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position, at = first + 2;
  struct vonk_expr *source;
  p->position += 3;
  struct vonk_expr *field = string_expr(p, unquote_name(p, &p->tokens[at]), at);
  TRY(expect_word(p, WORD_FROM));
  TRY(parse_operand(p, &source));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  *out = function_expr(p, "extract", first, 2, field, source);
  return VONK_OK;
}

/* SUBSTRING(x FROM a FOR b), CEIL(x TO s), POSITION(x IN y), OVERLAY(x PLACING y FROM p FOR l): JOINTS are the words between
 * the arguments, the first LEAST of them needed. Without the first word it is an ordinary call. */
static STATUS parse_jointed(struct parser *p, const char *name, const enum keyword *joints, uint32_t least, struct vonk_expr **out) {
  uint32_t first = p->position, count = 0;
  struct vonk_str written = token_text(p, peek(p));
  struct expr_list arguments = {0};
  struct vonk_expr *argument;
  p->position += 2;
  bool empty = at_symbol(p, SYMBOL_CLOSE);
  if (!empty) {
    /* x IN y is a predicate, so the argument before IN must be less than an expression. */
    if (joints[0] == WORD_IN) TRY(parse_operand(p, &argument));
    else TRY(parse_expression(p, &argument));
    *ARRAY_PUSH(p->arena, &arguments) = argument;
  }
  if (empty || !at_word(p, joints[0])) {
    struct vonk_str *part = ARENA_NEW(p->arena, struct vonk_str);
    *part = written;
    return finish_call(p, (struct vonk_name){part, 1}, first, &arguments, false, false, out);
  }
  for (; joints[count] != WORD_NONE; count++) {
    if (count >= least && !at_word(p, joints[count])) break;
    TRY(expect_word(p, joints[count]));
    TRY(parse_operand(p, &argument));
    *ARRAY_PUSH(p->arena, &arguments) = argument;
  }
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  *out = function_expr(p, name, first, 0);
  EXPR_AS(*out, function)->arguments = exprs_of(arguments);
  return VONK_OK;
}

/* TRIM([BOTH | LEADING | TRAILING] [characters] FROM source), or an ordinary call. */
static STATUS parse_trim(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  struct expr_list arguments = {0};
  struct vonk_expr *characters = NULL, *source;
  const char *name = "trim";
  p->position += 2;
  bool side = at_word(p, WORD_BOTH) || at_word(p, WORD_LEADING) || at_word(p, WORD_TRAILING);
  const struct token *next = peek_at(p, 1);
  side = side && !is_symbol(next, SYMBOL_CLOSE) && !is_symbol(next, SYMBOL_COMMA) && !is_symbol(next, SYMBOL_DOT);
  if (side) {
    name = at_word(p, WORD_LEADING) ? "ltrim" : at_word(p, WORD_TRAILING) ? "rtrim" : "trim";
    p->position++;
  }
  if (!(side && at_word(p, WORD_FROM)) && !at_symbol(p, SYMBOL_CLOSE)) {
    TRY(parse_expression(p, &characters));
    *ARRAY_PUSH(p->arena, &arguments) = characters;
  }
  if (!side && !at_word(p, WORD_FROM)) return finish_call(p, one_part(p, name), first, &arguments, false, false, out);
  TRY(expect_word(p, WORD_FROM));
  TRY(parse_operand(p, &source));
  *ARRAY_PUSH(p->arena, &arguments) = source;
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  *out = function_expr(p, name, first, 0);
  EXPR_AS(*out, function)->arguments = exprs_of(arguments);
  return VONK_OK;
}

static STATUS fail_quoted_unit(struct parser *p, uint32_t first, struct vonk_str function, struct vonk_str unit) {
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  struct vonk_origin origin = *place(p, first);
  return vonk_raise(p->task, VONK_INVALID_PARAMETER_VALUE__DATETIME_UNIT, &origin, "functionName",
                    vonk_str_format(p->arena, "`" STR_FMT "`", STR_ARG(function)), "parameter", STR("`unit`"), "invalidValue", unit, NULL);
}

/* DATEADD(unit, n, x) and its family, when the first argument is the bare name of a unit. */
static STATUS parse_unit_call(struct parser *p, const char *name, bool *found, struct vonk_expr **out) {
  static const char *const units[] = {"year", "quarter", "month", "week", "day", "dayofyear", "hour", "minute", "second",
                                      "millisecond", "microsecond"};
  bool unit = false, quoted = peek_at(p, 2)->kind == TOKEN_STRING;
  for (size_t i = 0; i < COUNT_OF(units); i++) unit |= at_text(p, 2, units[i]);
  if (!(unit || quoted) || !is_symbol(peek_at(p, 3), SYMBOL_COMMA)) return VONK_OK;
  uint32_t first = p->position, at = first + 2;
  struct vonk_str word = token_text(p, peek_at(p, 2)), written = token_text(p, peek(p));
  struct expr_list arguments = {0};
  *found = true;
  p->position += 3;
  struct vonk_str *part = ARENA_NEW(p->arena, struct vonk_str);
  *part = word;
  struct vonk_expr *column = attribute_expr(p, (struct vonk_name){part, 1}, at);
  if (quoted) {
    p->position--;
    TRY(parse_string_expr(p, &column));
  }
  *ARRAY_PUSH(p->arena, &arguments) = quoted ? column : string_expr(p, vonk_str_upper(p->arena, word), at);
  while (accept_symbol(p, SYMBOL_COMMA)) {
    struct vonk_expr *argument;
    TRY(parse_expression(p, &argument));
    *ARRAY_PUSH(p->arena, &arguments) = argument;
  }
  /* Two arguments: a column that is named like a unit. */
  bool plain = arguments.count == 2;
  if (quoted && arguments.count == 3) return fail_quoted_unit(p, first, written, word);
  if (plain) arguments.items[0] = column;
  struct vonk_str *called = ARENA_NEW(p->arena, struct vonk_str);
  *called = plain ? written : vonk_str_of(name);
  return finish_call(p, (struct vonk_name){called, 1}, first, &arguments, false, false, out);
}

STATUS parse_special_call(struct parser *p, bool *found, struct vonk_expr **out) {
  static const enum keyword substring[] = {WORD_FROM, WORD_FOR, WORD_NONE}, position[] = {WORD_IN, WORD_NONE},
                            overlay[] = {WORD_PLACING, WORD_FROM, WORD_FOR, WORD_NONE}, scale[] = {WORD_TO, WORD_NONE};
  const struct token *argument = peek_at(p, 2);
  *found = true;
  switch (peek(p)->word) {
    case WORD_CAST: return parse_cast(p, VONK_CAST_DEFAULT, out);
    case WORD_TRY_CAST: return parse_cast(p, VONK_CAST_TRY, out);
    case WORD_SUBSTR:
    case WORD_SUBSTRING: return parse_jointed(p, "substring", substring, 1, out);
    case WORD_POSITION: return parse_jointed(p, "locate", position, 1, out);
    case WORD_OVERLAY: return parse_jointed(p, "overlay", overlay, 2, out);
    case WORD_CEIL:
    case WORD_CEILING: return parse_jointed(p, "ceil", scale, 1, out);
    case WORD_FLOOR: return parse_jointed(p, "floor", scale, 1, out);
    case WORD_TRIM: return parse_trim(p, out);
    case WORD_EXTRACT:
      if ((argument->kind == TOKEN_WORD || argument->kind == TOKEN_NAME) && is_word(peek_at(p, 3), WORD_FROM)) return parse_extract(p, out);
      break;
    default: break;
  }
  *found = false;
  if (at_word(p, WORD_DATEADD) || at_word(p, WORD_DATE_ADD) || at_word(p, WORD_TIMESTAMPADD)) return parse_unit_call(p, "timestampadd", found, out);
  if (at_word(p, WORD_DATEDIFF) || at_word(p, WORD_DATE_DIFF) || at_word(p, WORD_TIMESTAMPDIFF) || at_text(p, 0, "timediff")) {
    return parse_unit_call(p, "timestampdiff", found, out);
  }
  return VONK_OK;
}
