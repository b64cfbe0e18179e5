/* statement.c: which statement it is; EXPLAIN, USE, CACHE, REFRESH, TRUNCATE, COMMENT, ANALYZE and what is known but not done yet. */
#include "sql/parser_internal.h"

static STATUS parse_explain(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_explain *explain = COMMAND_NEW(p->arena, explain, NULL);
  static const struct { enum keyword word; int32_t mode; } modes[] = {{WORD_EXTENDED, VONK_EXPLAIN_EXTENDED}, {WORD_FORMATTED, VONK_EXPLAIN_FORMATTED},
      {WORD_COST, VONK_EXPLAIN_COST}, {WORD_CODEGEN, VONK_EXPLAIN_CODEGEN}, {WORD_ANALYZE, VONK_EXPLAIN_ANALYZE}};
  for (size_t i = 0; i < COUNT_OF(modes); i++) {
    if (!at_word(p, modes[i].word)) continue;
    p->position++;
    explain->mode = modes[i].mode;
    break;
  }
  TRY(parse_statement(p, &explain->statement));
  explain->node.origin = place(p, first);
  *out = &explain->node;
  return VONK_OK;
}

static STATUS parse_use(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_use *use = COMMAND_NEW(p->arena, use, NULL);
  bool word = at_word(p, WORD_NAMESPACE) || at_word(p, WORD_DATABASE) || at_word(p, WORD_SCHEMA);
  if (word && is_name(p, peek_at(p, 1))) p->position++;
  TRY(parse_name(p, &use->name));
  use->node.origin = place(p, first);
  *out = &use->node;
  return VONK_OK;
}

static STATUS parse_cache(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_cache *cache = COMMAND_NEW(p->arena, cache, NULL);
  cache->lazy = accept_word(p, WORD_LAZY);
  TRY(expect_word(p, WORD_TABLE));
  TRY(parse_placed_name(p, &cache->name, &cache->at));
  if (accept_word(p, WORD_OPTIONS)) TRY(parse_options(p, &cache->options));
  if (accept_word(p, WORD_AS) || at_query(p, 0)) {
    uint32_t query = p->position;
    TRY(parse_query(p, &cache->query));
    cache->query_text = source_text(p, query);
  }
  cache->node.origin = place(p, first);
  *out = &cache->node;
  return VONK_OK;
}

/* UNCACHE TABLE [IF EXISTS] t; CLEAR CACHE */
static STATUS parse_uncache(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position;
  struct vonk_command_uncache *uncache = COMMAND_NEW(p->arena, uncache, NULL);
  uncache->all = accept_word(p, WORD_CLEAR);
  if (uncache->all) {
    TRY(expect_word(p, WORD_CACHE));
  } else {
    p->position++;
    TRY(expect_word(p, WORD_TABLE));
    TRY(parse_if_exists(p, &uncache->if_exists));
    TRY(parse_placed_name(p, &uncache->name, &uncache->at));
  }
  uncache->node.origin = place(p, first);
  *out = &uncache->node;
  return VONK_OK;
}

static STATUS parse_refresh(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_refresh *refresh = COMMAND_NEW(p->arena, refresh, NULL);
  refresh->function = accept_word(p, WORD_FUNCTION);
  if (refresh->function || accept_word(p, WORD_TABLE)) {
    TRY(parse_placed_name(p, &refresh->name, &refresh->at));
  } else if (peek(p)->kind == TOKEN_STRING) {
    TRY(parse_string(p, &refresh->path));
  } else {
    /* Anything up to the end is a path. */
    if (at_end(p)) return fail_syntax(p);
    uint32_t from = p->position;
    while (!at_end(p) && !at_symbol(p, SYMBOL_SEMICOLON)) p->position++;
    refresh->path = source_text(p, from);
  }
  refresh->node.origin = place(p, first);
  *out = &refresh->node;
  return VONK_OK;
}

static STATUS parse_truncate(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_truncate *truncate = COMMAND_NEW(p->arena, truncate, NULL);
  TRY(expect_word(p, WORD_TABLE));
  TRY(parse_placed_name(p, &truncate->name, &truncate->at));
  TRY(parse_partition(p, &truncate->partition));
  truncate->node.origin = place(p, first);
  *out = &truncate->node;
  return VONK_OK;
}

/* COMMENT ON (TABLE | DATABASE) x IS (text | NULL) */
static STATUS parse_comment(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_comment *comment = COMMAND_NEW(p->arena, comment, NULL);
  TRY(expect_word(p, WORD_ON));
  comment->on_database = at_word(p, WORD_DATABASE) || at_word(p, WORD_SCHEMA) || at_word(p, WORD_NAMESPACE);
  if (at_word(p, WORD_COLUMN)) return fail_unsupported(p, first, "COMMENT ON COLUMN");
  if (comment->on_database) p->position++;
  else TRY(expect_word(p, WORD_TABLE));
  TRY(parse_placed_name(p, &comment->name, &comment->at));
  TRY(expect_word(p, WORD_IS));
  if (!accept_word(p, WORD_NULL)) TRY(parse_string(p, &comment->comment));
  comment->node.origin = place(p, first);
  *out = &comment->node;
  return VONK_OK;
}

/* ANALYZE TABLE t [PARTITION (...)] COMPUTE STATISTICS [NOSCAN | FOR COLUMNS a, b | FOR ALL COLUMNS]; ANALYZE TABLES [IN d] ... */
static STATUS parse_analyze(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_analyze *analyze = COMMAND_NEW(p->arena, analyze, NULL);
  analyze->all_tables = accept_word(p, WORD_TABLES);
  if (analyze->all_tables) {
    if (accept_word(p, WORD_FROM) || accept_word(p, WORD_IN)) TRY(parse_placed_name(p, &analyze->name, &analyze->at));
  } else {
    TRY(expect_word(p, WORD_TABLE));
    TRY(parse_placed_name(p, &analyze->name, &analyze->at));
    TRY(parse_partition(p, &analyze->partition));
  }
  TRY(expect_word(p, WORD_COMPUTE));
  TRY(expect_word(p, WORD_STATISTICS));
  if (at_text(p, 0, "noscan")) {
    p->position++;
    analyze->no_scan = true;
  } else if (!analyze->all_tables && accept_word(p, WORD_FOR)) {
    analyze->all_columns = accept_words(p, WORD_ALL, WORD_COLUMNS);
    struct str_list names = {0};
    if (!analyze->all_columns) TRY(expect_word(p, WORD_COLUMNS));
    while (!analyze->all_columns) {
      TRY(parse_identifier(p, ARRAY_PUSH(p->arena, &names)));
      if (!accept_symbol(p, SYMBOL_COMMA)) break;
    }
    analyze->columns = name_of(names);
  }
  analyze->node.origin = place(p, first);
  *out = &analyze->node;
  return VONK_OK;
}

/* WITH ... INSERT: the definitions go around the query that is inserted. */
static STATUS parse_query_or_insert(struct parser *p, struct vonk_node **out) {
  struct vonk_relation *query;
  if (at_word(p, WORD_WITH)) {
    uint32_t first = p->position;
    struct vonk_relation_with_cte *with;
    TRY(parse_with(p, &with));
    if (at_word(p, WORD_INSERT)) return parse_insert(p, with, out);
    p->position = first;
  }
  TRY(parse_query(p, &query));
  *out = &query->node;
  return VONK_OK;
}

/* Statements of Spark that are not here yet. */
static STATUS fail_statement(struct parser *p) {
  static const struct { const char *word, *feature; } known[] = {
      {"merge", "MERGE"}, {"call", "CALL"}, {"begin", "SQL scripting"},
      {"declare", "DECLARE"}, {"execute", "EXECUTE IMMEDIATE"}, {"load", "LOAD DATA"}, 
      {"add", "ADD of files and jars"}, {"list", "LIST of files and jars"}, {"grant", "GRANT"}, {"revoke", "REVOKE"}, {"lock", "LOCK"},
      {"unlock", "UNLOCK"}, {"export", "EXPORT"}, {"import", "IMPORT"}, {"commit", "COMMIT"}, {"rollback", "ROLLBACK"}, {"dfs", "DFS"}};
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    bool word = at_text(p, 0, known[i].word) && (peek_at(p, 1)->kind == TOKEN_WORD || peek_at(p, 1)->kind == TOKEN_NAME);
    if (word) return fail_unsupported(p, p->position, known[i].feature);
  }
  return fail_syntax(p);
}

static STATUS parse_statement_here(struct parser *p, struct vonk_node **out) {
  if (at_symbol(p, SYMBOL_OPEN) || at_query(p, 0)) return parse_query_or_insert(p, out);
  if (peek(p)->kind != TOKEN_WORD) return fail_syntax(p);
  switch (peek(p)->word) {
    case WORD_SELECT:
    case WORD_FROM:
    case WORD_VALUES:
    case WORD_TABLE:
    case WORD_WITH: return parse_query_or_insert(p, out);
    case WORD_CREATE:
    case WORD_REPLACE: return parse_create(p, out);
    case WORD_DROP: return parse_drop(p, out);
    case WORD_ALTER: return parse_alter(p, out);
    case WORD_INSERT: return parse_insert(p, NULL, out);
    case WORD_UPDATE: return parse_update(p, out);
    case WORD_DELETE: return parse_delete(p, out);
    case WORD_SHOW: return parse_show(p, out);
    case WORD_DESC:
    case WORD_DESCRIBE: return parse_describe(p, out);
    case WORD_SET: return parse_set(p, out);
    case WORD_RESET: return parse_reset(p, out);
    case WORD_EXPLAIN: return parse_explain(p, out);
    case WORD_USE: return parse_use(p, out);
    case WORD_CACHE: return parse_cache(p, out);
    case WORD_UNCACHE:
    case WORD_CLEAR: return parse_uncache(p, out);
    case WORD_REFRESH: return parse_refresh(p, out);
    case WORD_TRUNCATE: return parse_truncate(p, out);
    case WORD_COMMENT: return parse_comment(p, out);
    case WORD_ANALYZE: return parse_analyze(p, out);
    case WORD_MSCK:
    case WORD_REPAIR: return parse_repair(p, out);
    default: return fail_statement(p);
  }
}

STATUS parse_statement(struct parser *p, struct vonk_node **out) {
  struct level level;
  TRY(enter(p, &level));
  TRY(parse_statement_here(p, out));
  leave(p, &level);
  return VONK_OK;
}
