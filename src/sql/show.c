/* show.c: SHOW and DESCRIBE. */
#include "sql/parser_internal.h"

/* [(FROM | IN) name] */
static STATUS parse_in(struct parser *p, struct vonk_name *out) {
  if (accept_word(p, WORD_FROM) || accept_word(p, WORD_IN)) return parse_name(p, out);
  return VONK_OK;
}

/* [[LIKE] 'pattern'] */
static STATUS parse_pattern(struct parser *p, struct vonk_str *out) {
  bool like = accept_word(p, WORD_LIKE);
  if (like || peek(p)->kind == TOKEN_STRING) return parse_string(p, out);
  return VONK_OK;
}

static STATUS parse_show_table(struct parser *p, struct vonk_command_show *show) {
  show->kind = VONK_SHOW_TABLE_EXTENDED;
  TRY(expect_word(p, WORD_EXTENDED));
  TRY(parse_in(p, &show->name));
  TRY(expect_word(p, WORD_LIKE));
  TRY(parse_string(p, &show->pattern));
  return parse_partition(p, &show->partition);
}

/* SHOW COLUMNS (FROM | IN) t [(FROM | IN) database] */
static STATUS parse_show_columns(struct parser *p, struct vonk_command_show *show) {
  show->kind = VONK_SHOW_COLUMNS;
  if (!accept_word(p, WORD_FROM)) TRY(expect_word(p, WORD_IN));
  TRY(parse_placed_name(p, &show->name, &show->at));
  return parse_in(p, &show->database);
}

static STATUS parse_show_functions(struct parser *p, struct vonk_command_show *show) {
  show->kind = VONK_SHOW_FUNCTIONS;
  /* SHOW [USER | SYSTEM | ALL] FUNCTIONS */
  if (!accept_word(p, WORD_FUNCTIONS)) {
    show->key = vonk_str_lower(p->arena, token_text(p, peek(p)));
    p->position++;
    TRY(expect_word(p, WORD_FUNCTIONS));
  }
  TRY(parse_in(p, &show->name));
  bool like = accept_word(p, WORD_LIKE);
  if (peek(p)->kind == TOKEN_STRING) return parse_string(p, &show->pattern);
  if (!like && (at_end(p) || at_symbol(p, SYMBOL_SEMICOLON))) return VONK_OK;
  uint32_t first = p->position;
  struct vonk_name name;
  TRY(parse_name(p, &name));
  show->pattern = name.count == 1 ? name.parts[0] : source_text(p, first);
  return VONK_OK;
}

static STATUS parse_show_properties(struct parser *p, struct vonk_command_show *show) {
  show->kind = VONK_SHOW_TBLPROPERTIES;
  TRY(parse_placed_name(p, &show->name, &show->at));
  if (!accept_symbol(p, SYMBOL_OPEN)) return VONK_OK;
  uint32_t first = p->position;
  if (peek(p)->kind == TOKEN_STRING) {
    TRY(parse_string(p, &show->key));
  } else {
    struct vonk_name name;
    TRY(parse_name(p, &name));
    show->key = source_text(p, first);
  }
  return expect_symbol(p, SYMBOL_CLOSE);
}

static STATUS parse_show_what(struct parser *p, struct vonk_command_show *show) {
  enum keyword word = peek(p)->kind == TOKEN_WORD ? peek(p)->word : WORD_NONE;
  if (word == WORD_FUNCTIONS || is_word(peek_at(p, 1), WORD_FUNCTIONS)) return parse_show_functions(p, show);
  skip(p);
  switch (word) {
    case WORD_DATABASES:
    case WORD_SCHEMAS:
    case WORD_NAMESPACES:
      show->kind = VONK_SHOW_DATABASES;
      TRY(parse_in(p, &show->name));
      return parse_pattern(p, &show->pattern);
    case WORD_TABLES:
    case WORD_VIEWS:
      show->kind = word == WORD_TABLES ? VONK_SHOW_TABLES : VONK_SHOW_VIEWS;
      TRY(parse_in(p, &show->name));
      return parse_pattern(p, &show->pattern);
    case WORD_CATALOGS:
      show->kind = VONK_SHOW_CATALOGS;
      return parse_pattern(p, &show->pattern);
    case WORD_TABLE: return parse_show_table(p, show);
    case WORD_COLUMNS: return parse_show_columns(p, show);
    case WORD_TBLPROPERTIES: return parse_show_properties(p, show);
    case WORD_PARTITIONS:
      show->kind = VONK_SHOW_PARTITIONS;
      TRY(parse_placed_name(p, &show->name, &show->at));
      return parse_partition(p, &show->partition);
    case WORD_CREATE:
      show->kind = VONK_SHOW_CREATE_TABLE;
      TRY(expect_word(p, WORD_TABLE));
      TRY(parse_placed_name(p, &show->name, &show->at));
      if (accept_word(p, WORD_AS)) TRY(expect_word(p, WORD_SERDE));
      return VONK_OK;
    case WORD_CURRENT:
      show->kind = VONK_SHOW_CURRENT_NAMESPACE;
      if (accept_word(p, WORD_DATABASE) || accept_word(p, WORD_SCHEMA)) return VONK_OK;
      return expect_word(p, WORD_NAMESPACE);
    default:
      /* SHOW name FUNCTIONS is what could follow a name. */
      if (!is_name(p, &p->tokens[p->position - 1])) p->position--;
      return fail_syntax(p);
  }
}

STATUS parse_show(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_show *show = COMMAND_NEW(p->arena, show, NULL);
  TRY(parse_show_what(p, show));
  show->node.origin = place(p, first);
  *out = &show->node;
  return VONK_OK;
}

/* --- DESCRIBE --- */

static STATUS parse_describe_table(struct parser *p, uint32_t first, struct vonk_node **out) {
  struct vonk_command_describe *describe = COMMAND_NEW(p->arena, describe, NULL);
  if (at_word(p, WORD_TABLE) && is_name(p, peek_at(p, 1))) p->position++;
  bool extended = (at_word(p, WORD_EXTENDED) || at_word(p, WORD_FORMATTED)) && is_name(p, peek_at(p, 1));
  if (extended) p->position++;
  describe->extended = extended;
  TRY(parse_placed_name(p, &describe->name, &describe->at));
  TRY(parse_partition(p, &describe->partition));
  if (at_words(p, WORD_AS, WORD_JSON)) {
    p->position += 2;
    describe->as_json = true;
  } else if (is_name(p, peek(p))) {
    TRY(parse_name(p, &describe->column));
  }
  describe->node.origin = place(p, first);
  *out = &describe->node;
  return VONK_OK;
}

STATUS parse_describe(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  bool named = is_name(p, peek_at(p, 1)) || peek_at(p, 1)->kind == TOKEN_STRING || peek_at(p, 1)->kind == TOKEN_SYMBOL;
  if (!at_word(p, WORD_TABLE) && at_query(p, at_word(p, WORD_QUERY))) {
    struct vonk_command_describe_query *query = COMMAND_NEW(p->arena, describe_query, NULL);
    accept_word(p, WORD_QUERY);
    TRY(parse_query(p, &query->query));
    query->node.origin = place(p, first);
    *out = &query->node;
    return VONK_OK;
  }
  if (named && accept_word(p, WORD_FUNCTION)) {
    struct vonk_command_describe_function *function = COMMAND_NEW(p->arena, describe_function, NULL);
    function->extended = accept_word(p, WORD_EXTENDED);
    if (is_name(p, peek(p))) {
      TRY(parse_placed_name(p, &function->name, &function->at));
    } else {
      /* An operator, or a name in quotes. */
      struct vonk_str *part = ARENA_NEW(p->arena, struct vonk_str);
      *part = token_text(p, peek(p));
      if (peek(p)->kind == TOKEN_STRING) TRY(parse_string(p, part));
      else p->position += !at_end(p);
      function->name = (struct vonk_name){part, 1};
    }
    function->node.origin = place(p, first);
    *out = &function->node;
    return VONK_OK;
  }
  if (named && (at_word(p, WORD_DATABASE) || at_word(p, WORD_SCHEMA) || at_word(p, WORD_NAMESPACE))) {
    struct vonk_command_describe_database *database = COMMAND_NEW(p->arena, describe_database, NULL);
    p->position++;
    database->extended = at_word(p, WORD_EXTENDED) && is_name(p, peek_at(p, 1));
    if (database->extended) p->position++;
    TRY(parse_name(p, &database->name));
    database->node.origin = place(p, first);
    *out = &database->node;
    return VONK_OK;
  }
  return parse_describe_table(p, first, out);
}
