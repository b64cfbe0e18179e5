/* reshape.c: TABLESAMPLE, PIVOT and UNPIVOT. */
#include "sql/parser_internal.h"

#include "type/real_text.h"

static STATUS parse_ratio(struct parser *p, double *out) {
  const struct token *token = peek(p);
  bool number = token->kind == TOKEN_INTEGER || token->kind == TOKEN_DECIMAL;
  if (!number || !vonk_str_to_double(token_text(p, token), out)) return fail_syntax(p);
  p->position++;
  return VONK_OK;
}

STATUS parse_sample(struct parser *p, struct vonk_relation **relation) {
  uint32_t first = p->position;
  if (!at_word(p, WORD_TABLESAMPLE)) return VONK_OK;
  p->position++;
  if (!accept_word(p, WORD_SYSTEM)) accept_word(p, WORD_BERNOULLI);
  struct vonk_relation_sample *sample = RELATION_NEW(p->arena, sample, NULL);
  sample->input = *relation;
  sample->rows = -1;
  TRY(expect_symbol(p, SYMBOL_OPEN));
  if (accept_word(p, WORD_BUCKET)) {
    double part, whole;
    TRY(parse_ratio(p, &part));
    TRY(expect_word(p, WORD_OUT));
    TRY(expect_word(p, WORD_OF));
    TRY(parse_ratio(p, &whole));
    if (at_word(p, WORD_ON)) return fail_unsupported(p, first, "TABLESAMPLE (BUCKET x OUT OF y ON column)");
    sample->upper_bound = whole > 0 ? part / whole : 0;
  } else {
    double value;
    bool negative = accept_symbol(p, SYMBOL_MINUS);
    if (peek(p)->kind == TOKEN_WORD) return fail_unsupported(p, first, "TABLESAMPLE by bytes");
    TRY(parse_ratio(p, &value));
    if (negative) value = -value;
    if (accept_word(p, WORD_ROWS)) sample->rows = (int64_t)value;
    else if (accept_word(p, WORD_PERCENT)) sample->upper_bound = value / 100;
    else return fail_syntax(p);
  }
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  if (sample->upper_bound < 0 || sample->upper_bound > 1) {
    char text[VONK_REAL_TEXT_MAX];
    int size = vonk_real_format_double(sample->upper_bound, text);
    return fail(p, first, VONK__LEGACY_ERROR_TEMP_0064, "msg",
                vonk_str_format(p->arena, "Sampling fraction (%.*s) must be on interval [0, 1]", size, text));
  }
  if (accept_word(p, WORD_REPEATABLE)) {
    TRY(expect_symbol(p, SYMBOL_OPEN));
    TRY(parse_integer(p, &sample->seed));
    TRY(expect_symbol(p, SYMBOL_CLOSE));
    sample->has_seed = true;
  }
  sample->relation.node.origin = place(p, first);
  *relation = &sample->relation;
  return grow(p);
}

/* a, or (a, b) */
static STATUS parse_columns(struct parser *p, struct vonk_exprs *out) {
  struct expr_list columns = {0};
  bool list = accept_symbol(p, SYMBOL_OPEN);
  do {
    uint32_t at = p->position;
    struct vonk_name name;
    TRY(parse_name(p, &name));
    *ARRAY_PUSH(p->arena, &columns) = attribute_expr(p, name, at);
  } while (list && accept_symbol(p, SYMBOL_COMMA));
  *out = exprs_of(columns);
  return list ? expect_symbol(p, SYMBOL_CLOSE) : VONK_OK;
}

static STATUS parse_named_list(struct parser *p, struct vonk_exprs *out) {
  struct expr_list items = {0};
  do {
    struct vonk_expr *item;
    TRY(parse_named_expression(p, &item));
    *ARRAY_PUSH(p->arena, &items) = item;
  } while (accept_symbol(p, SYMBOL_COMMA));
  *out = exprs_of(items);
  return VONK_OK;
}

STATUS parse_pivot(struct parser *p, struct vonk_relation **relation) {
  uint32_t first = p->position;
  struct vonk_relation_pivot *pivot = RELATION_NEW(p->arena, pivot, NULL);
  pivot->input = *relation;
  p->position += 2;
  TRY(parse_named_list(p, &pivot->aggregates));
  TRY(expect_word(p, WORD_FOR));
  TRY(parse_columns(p, &pivot->column));
  TRY(expect_word(p, WORD_IN));
  TRY(expect_symbol(p, SYMBOL_OPEN));
  TRY(parse_named_list(p, &pivot->values));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  pivot->relation.node.origin = place(p, first);
  for (uint32_t i = 0; i < pivot->column.count; i++) pivot->column.items[i]->node.origin = pivot->relation.node.origin;
  *relation = &pivot->relation;
  return parse_table_alias(p, relation);
}

/* One column of the IN list, or several in parentheses, with an alias. */
static STATUS parse_unpivot_column(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  bool several = at_symbol(p, SYMBOL_OPEN);
  struct vonk_exprs columns;
  TRY(parse_columns(p, &columns));
  *out = columns.items[0];
  if (several) {
    *out = function_expr(p, "struct", first, 0);
    EXPR_AS(*out, function)->arguments = columns;
  }
  bool as = accept_word(p, WORD_AS);
  if (!as && !at_column_alias(p)) return VONK_OK;
  struct vonk_str *name = ARENA_NEW(p->arena, struct vonk_str);
  TRY(parse_identifier(p, name));
  struct vonk_expr_alias *alias = EXPR_NEW(p->arena, alias, place(p, first));
  alias->child = *out;
  alias->names = (struct vonk_name){name, 1};
  *out = &alias->expr;
  return VONK_OK;
}

STATUS parse_unpivot(struct parser *p, struct vonk_relation **relation) {
  uint32_t first = p->position++;
  struct vonk_relation_unpivot *unpivot = RELATION_NEW(p->arena, unpivot, NULL);
  struct expr_list values = {0};
  unpivot->input = *relation;
  if (at_word(p, WORD_INCLUDE) || at_word(p, WORD_EXCLUDE)) {
    unpivot->include_nulls = at_word(p, WORD_INCLUDE);
    p->position++;
    TRY(expect_word(p, WORD_NULLS));
  }
  TRY(expect_symbol(p, SYMBOL_OPEN));
  if (at_symbol(p, SYMBOL_OPEN)) TRY(parse_name_list(p, true, &unpivot->value_columns));
  else TRY(parse_identifier(p, &unpivot->value));
  TRY(expect_word(p, WORD_FOR));
  TRY(parse_identifier(p, &unpivot->variable));
  TRY(expect_word(p, WORD_IN));
  TRY(expect_symbol(p, SYMBOL_OPEN));
  do {
    struct vonk_expr *column;
    TRY(parse_unpivot_column(p, &column));
    *ARRAY_PUSH(p->arena, &values) = column;
  } while (accept_symbol(p, SYMBOL_COMMA));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  unpivot->values = exprs_of(values);
  unpivot->values_given = true;
  unpivot->relation.node.origin = place(p, first);
  *relation = &unpivot->relation;
  return parse_table_alias(p, relation);
}
