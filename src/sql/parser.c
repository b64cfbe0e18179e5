/* parser.c: the doors of the parser, its tokens, places and errors. */
#include "sql/parser_internal.h"

bool at_text(const struct parser *p, uint32_t ahead, const char *text) {
  const struct token *token = peek_at(p, ahead);
  return token->kind == TOKEN_WORD && vonk_str_equal_nocase(token_text(p, token), vonk_str_of(text));
}

/* --- places and errors --- */

static void fill_origin(const struct parser *p, const struct token *from, uint32_t stop, struct vonk_origin *origin) {
  *origin = (struct vonk_origin){.text = p->text, .start = from->start, .stop = stop > from->start ? stop : from->start,
                                 .line = from->line, .column = from->column, .object_type = p->options.object_type,
                                 .object_name = p->options.object_name};
}

static uint32_t last_stop(const struct parser *p) { return p->position ? p->tokens[p->position - 1].stop : 0; }

const struct vonk_origin *place(struct parser *p, uint32_t first) {
  struct vonk_origin *origin = ARENA_NEW(p->arena, struct vonk_origin);
  fill_origin(p, &p->tokens[first], last_stop(p), origin);
  return origin;
}

struct vonk_str source_text(const struct parser *p, uint32_t first) {
  uint32_t start = p->tokens[first].start, stop = last_stop(p);
  return vonk_str_slice(p->text, start, stop > start ? stop : start);
}

STATUS fail_syntax_hint(struct parser *p, struct vonk_str hint) {
  const struct token *token = peek(p);
  struct vonk_origin origin;
  fill_origin(p, token, token->stop, &origin);
  struct vonk_str error = token->kind == TOKEN_END ? STR("end of input") : vonk_str_format(p->arena, "'" STR_FMT "'", STR_ARG(token_text(p, token)));
  return vonk_raise(p->task, VONK_PARSE_SYNTAX_ERROR, &origin, "error", error, "hint", hint, NULL);
}

STATUS fail_syntax(struct parser *p) { return fail_syntax_hint(p, STR("")); }

STATUS fail(struct parser *p, uint32_t first, enum vonk_condition condition, const char *name, struct vonk_str value) {
  struct vonk_origin origin;
  const struct token *from = &p->tokens[first];
  fill_origin(p, from, last_stop(p) > from->stop ? last_stop(p) : from->stop, &origin);
  return vonk_raise(p->task, condition, &origin, name, value, NULL);
}

STATUS fail_unsupported(struct parser *p, uint32_t first, const char *feature) {
  return fail(p, first, VONK_UNSUPPORTED_FEATURE, "feature", vonk_str_of(feature));
}

STATUS fail_duplicate(struct parser *p, uint32_t first, const char *clause) {
  return fail(p, first, VONK_DUPLICATE_CLAUSES, "clauseName", vonk_str_of(clause));
}

STATUS expect_word(struct parser *p, enum keyword word) { return accept_word(p, word) ? VONK_OK : fail_syntax(p); }

STATUS expect_symbol(struct parser *p, enum symbol symbol) {
  if (accept_symbol(p, symbol)) return VONK_OK;
  if (symbol == SYMBOL_CLOSE && at_end(p)) return fail_syntax_hint(p, STR(": missing ')'"));
  return fail_syntax(p);
}

/* --- depth --- */

static STATUS fail_complex(struct parser *p) { return fail(p, p->position, VONK_FAILED_TO_PARSE_TOO_COMPLEX, NULL, STR("")); }

STATUS enter(struct parser *p, struct level *level) {
  const char *here = __builtin_frame_address(0);
  size_t used = here > p->stack ? (size_t)(here - p->stack) : (size_t)(p->stack - here);
  level->height = p->height;
  p->height = 0;
  p->depth++;
  return p->depth > VONK_NODE_DEPTH_MAX || used > PARSER_STACK_MAX ? fail_complex(p) : VONK_OK;
}

void leave(struct parser *p, const struct level *level) {
  if (level->height > p->height) p->height = level->height;
  p->depth--;
}

STATUS grow(struct parser *p) {
  p->height++;
  return p->height + p->depth > VONK_NODE_DEPTH_MAX ? fail_complex(p) : VONK_OK;
}

/* --- doors --- */

static void match_parentheses(struct parser *p) {
  ARRAY_OF(uint32_t) open = {0};
  p->close = ARENA_ARRAY(p->arena, uint32_t, p->count);
  for (uint32_t i = 0; i < p->count; i++) {
    p->close[i] = p->count - 1;
    if (is_symbol(&p->tokens[i], SYMBOL_OPEN)) *ARRAY_PUSH(p->arena, &open) = i;
    else if (is_symbol(&p->tokens[i], SYMBOL_CLOSE) && open.count) p->close[open.items[--open.count]] = i;
  }
}

/* All tokens of the text; a hint opens only where a comment is closed later. */
static STATUS read_tokens(struct parser *p) {
  ARRAY_OF(struct token) tokens = {0};
  struct lexer lexer;
  vonk_sql_lexer_init(&lexer, p->text, p->options.double_quoted_names);
  do {
    struct token token = vonk_sql_lexer_next(&lexer);
    *ARRAY_PUSH(p->arena, &tokens) = token;
  } while (tokens.items[tokens.count - 1].kind != TOKEN_END);
  p->tokens = tokens.items;
  p->count = (uint32_t)tokens.count;
  match_parentheses(p);
  if (!lexer.unclosed_comment) return VONK_OK;
  struct vonk_origin origin;
  fill_origin(p, &lexer.comment, lexer.comment.stop, &origin);
  return vonk_raise(p->task, VONK_UNCLOSED_BRACKETED_COMMENT, &origin, NULL);
}

static STATUS open_parser(struct vonk_task *task, struct vonk_str text, const struct vonk_sql_options *options, struct parser *p) {
  *p = (struct parser){.task = task, .arena = task->arena, .stack = __builtin_frame_address(0)};
  if (options) p->options = *options;
  if (!p->options.ansi) {
    p->options.reserved_keywords = p->options.double_quoted_names = p->options.relation_precedence = false;
  }
  if (text.size > VONK_SQL_TEXT_MAX) return vonk_raise(task, VONK_FAILED_TO_PARSE_TOO_COMPLEX, NULL, NULL);
  p->text = vonk_str_copy(task->arena, text);
  return read_tokens(p);
}

static STATUS expect_end(struct parser *p) {
  while (accept_symbol(p, SYMBOL_SEMICOLON)) continue;
  if (at_end(p)) return VONK_OK;
  return fail_syntax(p);
}

STATUS vonk_sql_parse_statement(struct vonk_task *task, struct vonk_str text, const struct vonk_sql_options *options,
                                struct vonk_node **out) {
  struct parser p;
  TRY(open_parser(task, text, options, &p));
  if (at_end(&p) || (at_symbol(&p, SYMBOL_SEMICOLON) && peek_at(&p, 1)->kind == TOKEN_END)) {
    return fail(&p, 0, VONK_PARSE_EMPTY_STATEMENT, NULL, STR(""));
  }
  TRY(parse_statement(&p, out));
  return expect_end(&p);
}

STATUS vonk_sql_parse_query(struct vonk_task *task, struct vonk_str text, const struct vonk_sql_options *options,
                            struct vonk_relation **out) {
  struct parser p;
  TRY(open_parser(task, text, options, &p));
  if (at_end(&p)) return fail(&p, 0, VONK_PARSE_EMPTY_STATEMENT, NULL, STR(""));
  TRY(parse_query(&p, out));
  return expect_end(&p);
}

STATUS vonk_sql_parse_expression(struct vonk_task *task, struct vonk_str text, const struct vonk_sql_options *options,
                                 struct vonk_expr **out) {
  struct parser p;
  TRY(open_parser(task, text, options, &p));
  if (at_end(&p)) return fail(&p, 0, VONK_PARSE_EMPTY_STATEMENT, NULL, STR(""));
  TRY(parse_named_expression(&p, out));
  return at_end(&p) ? VONK_OK : fail_syntax(&p);
}

STATUS vonk_sql_parse_type(struct vonk_task *task, struct vonk_str text, const struct vonk_type **out) {
  struct parser p;
  TRY(open_parser(task, text, NULL, &p));
  TRY(parse_type(&p, out));
  return at_end(&p) ? VONK_OK : fail_syntax(&p);
}

STATUS vonk_sql_parse_schema(struct vonk_task *task, struct vonk_str text, const struct vonk_type **out) {
  struct parser p;
  TRY(open_parser(task, text, NULL, &p));
  /* "struct<...>" and the like stand alone; a column list begins with two words. */
  bool columns = at_end(&p) || (is_name(&p, peek(&p)) && (is_name(&p, peek_at(&p, 1)) || is_symbol(peek_at(&p, 1), SYMBOL_COLON)));
  if (columns && at_text(&p, 0, "interval") && peek_at(&p, 2)->kind == TOKEN_END) columns = !at_text(&p, 1, "year") && !at_text(&p, 1, "day");
  if (columns) {
    TRY(at_end(&p) ? (*out = vonk_type_struct(p.arena, NULL, 0), VONK_OK) : parse_fields(&p, true, out));
  } else {
    TRY(parse_type(&p, out));
    if ((*out)->id != VONK_TYPE_STRUCT) {
      struct vonk_type_field field = {.name = STR("value"), .type = *out, .nullable = true};
      *out = vonk_type_struct(p.arena, &field, 1);
    }
  }
  return at_end(&p) ? VONK_OK : fail_syntax(&p);
}

/* The text may be a type ("int"), columns ("a int, b string") or JSON; the error is that of the columns. */
STATUS vonk_sql_parse_type_text(struct vonk_task *task, struct vonk_str text, const struct vonk_type **out) {
  if (vonk_str_starts_with(vonk_str_trim(text), STR("{")) || vonk_str_starts_with(vonk_str_trim(text), STR("\""))) {
    if (vonk_type_from_json(task->arena, text, out)) return VONK_OK;
  }
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task attempt = *task;
  attempt.error = &error;
  enum vonk_status status = vonk_sql_parse_type(&attempt, text, out);
  vonk_error_deinit(&error);
  return status == VONK_OK ? VONK_OK : vonk_sql_parse_schema(task, text, out);
}

STATUS vonk_sql_parse_name(struct vonk_task *task, struct vonk_str text, struct vonk_name *out) {
  struct parser p;
  TRY(open_parser(task, text, NULL, &p));
  TRY(parse_name(&p, out));
  return at_end(&p) ? VONK_OK : fail_syntax(&p);
}
