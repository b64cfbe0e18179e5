/* split.c: a script cut into statements. */
#include "sql/parser_internal.h"

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The white space between FROM and TO is passed; LINE and COLUMN follow. */
static size_t skip_space(struct vonk_str script, size_t from, size_t to, uint32_t *line, uint32_t *column) {
  for (; from < to && is_space(script.data[from]); from++) {
    bool feed = script.data[from] == '\n';
    *line += feed;
    *column = feed ? 0 : *column + 1;
  }
  return from;
}

STATUS vonk_sql_split(struct vonk_task *task, struct vonk_str script, bool double_quoted_names, struct vonk_sql_pieces *out) {
  ARRAY_OF(struct vonk_sql_piece) pieces = {0};
  struct lexer lexer;
  vonk_sql_lexer_init(&lexer, script, double_quoted_names);
  bool ended = false;
  *out = (struct vonk_sql_pieces){0};
  if (script.size > UINT32_MAX - 2) return vonk_raise(task, VONK_FAILED_TO_PARSE_TOO_COMPLEX, NULL, NULL);
  while (!ended) {
    size_t from = lexer.position, token_count = 0;
    uint32_t line = lexer.line, column = lexer.position - lexer.line_start - lexer.continuation;
    struct token token;
    do {
      TRY(vonk_task_check(task));
      token = vonk_sql_lexer_next(&lexer);
      token_count++;
    } while (token.kind != TOKEN_END && !(token.kind == TOKEN_SYMBOL && token.word == SYMBOL_SEMICOLON));
    ended = token.kind == TOKEN_END;
    size_t to = ended ? script.size : token.start;
    from = skip_space(script, from, to, &line, &column);
    if (ended && from == to) break;
    *ARRAY_PUSH(task->arena, &pieces) = (struct vonk_sql_piece){
        .text = vonk_str_slice(script, from, to), .offset = from, .line = line, .column = column,
        .terminated = !ended, .blank = token_count == 1};
  }
  *out = (struct vonk_sql_pieces){pieces.items, pieces.count};
  return VONK_OK;
}
