/* lexer_internal.h: tokens of Spark SQL.
 *
 * White space and comments are dropped. Names and strings keep their quotes; literal.c takes them off. A byte that starts
 * nothing becomes a TOKEN_UNKNOWN, so that the parser reports it where it stands (and SET may contain anything).
 */
#ifndef VONK_SQL_LEXER_INTERNAL_H
#define VONK_SQL_LEXER_INTERNAL_H

#include "base/task.h"

enum token_kind {
  TOKEN_END,
  TOKEN_WORD,      /* unquoted name or keyword; `word` says which keyword */
  TOKEN_NAME,      /* `quoted`, or "quoted" when double quotes make names */
  TOKEN_STRING,    /* 'x', "x", r'x', R"x" */
  TOKEN_INTEGER,   /* 1 */
  TOKEN_DECIMAL,   /* 1.5 */
  TOKEN_EXPONENT,  /* 1e5 */
  TOKEN_TINYINT,   /* 1Y */
  TOKEN_SMALLINT,  /* 1S */
  TOKEN_BIGINT,    /* 1L */
  TOKEN_FLOAT,     /* 1F */
  TOKEN_DOUBLE,    /* 1D */
  TOKEN_BIGDECIMAL,/* 1BD */
  TOKEN_SYMBOL,    /* `word` says which */
  TOKEN_UNKNOWN,
};

enum keyword_flag { KEYWORD_RESERVED = 1, KEYWORD_JOIN = 2, KEYWORD_CLAUSE = 4 };

enum keyword {
  WORD_NONE,
#define VONK_KEYWORD(word, flags) WORD_##word,
#include "sql/keyword.def"
#undef VONK_KEYWORD
  WORD_COUNT
};

enum symbol {
  SYMBOL_NONE, SYMBOL_OPEN, SYMBOL_CLOSE, SYMBOL_OPEN_BRACKET, SYMBOL_CLOSE_BRACKET, SYMBOL_COMMA, SYMBOL_DOT, SYMBOL_SEMICOLON,
  SYMBOL_PLUS, SYMBOL_MINUS, SYMBOL_STAR, SYMBOL_SLASH, SYMBOL_PERCENT, SYMBOL_TILDE, SYMBOL_AMPERSAND, SYMBOL_PIPE, SYMBOL_CARET,
  SYMBOL_CONCAT, SYMBOL_EQUAL, SYMBOL_NULL_SAFE, SYMBOL_NOT_EQUAL, SYMBOL_LESS_GREATER, SYMBOL_LESS, SYMBOL_LESS_EQUAL,
  SYMBOL_GREATER, SYMBOL_GREATER_EQUAL, SYMBOL_SHIFT_LEFT, SYMBOL_SHIFT_RIGHT, SYMBOL_SHIFT_RIGHT_UNSIGNED, SYMBOL_COLON, SYMBOL_CAST, SYMBOL_ARROW,
  SYMBOL_FAT_ARROW, SYMBOL_QUESTION, SYMBOL_HINT_OPEN, SYMBOL_HINT_CLOSE, SYMBOL_PIPE_GREATER, SYMBOL_BANG, SYMBOL_BRACE_OPEN, SYMBOL_BRACE_CLOSE
};

struct token {
  uint8_t kind;
  uint16_t word;        /* enum keyword of a TOKEN_WORD, enum symbol of a TOKEN_SYMBOL */
  uint32_t start, stop; /* bytes */
  uint32_t line, column;/* 1-based, 0-based characters */
};

struct lexer {
  struct vonk_str text;
  bool double_quoted_names;
  uint32_t position, line;
  uint32_t line_start;    /* byte where the line begins */
  uint32_t continuation;  /* UTF-8 continuation bytes since then */
  bool in_hint;
  bool unclosed_comment;  /* a bracketed comment ran into the end, at: */
  struct token comment;
};

void vonk_sql_lexer_init(struct lexer *lexer, struct vonk_str text, bool double_quoted_names);
/* TOKEN_END at the end, again and again. */
struct token vonk_sql_lexer_next(struct lexer *lexer);
int vonk_sql_keyword_flags(enum keyword word);

#endif
