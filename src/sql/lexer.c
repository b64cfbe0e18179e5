/* lexer.c: text to tokens, longest match first, as Spark's lexer has it.
 *
 * Digits may start a name (1a), a number followed by a letter, digit or underscore is not one, comments nest, and a
 * hint opens like a comment with a plus.
 */
#include "sql/lexer_internal.h"

#include "base/array.h"

static const struct {
  const char *text;
  uint8_t size, flags;
} keywords[] = {
    {"", 0, 0},
#define VONK_KEYWORD(word, flags) {#word, sizeof #word - 1, flags},
#include "sql/keyword.def"
#undef VONK_KEYWORD
};
_Static_assert(COUNT_OF(keywords) == WORD_COUNT, "one row per keyword");

/* Longest first. */
static const struct {
  char text[4];
  uint8_t size;
  uint16_t symbol;
} symbols[] = {
    {">>>", 3, SYMBOL_SHIFT_RIGHT_UNSIGNED}, {"<=>", 3, SYMBOL_NULL_SAFE}, {"<<", 2, SYMBOL_SHIFT_LEFT}, {">>", 2, SYMBOL_SHIFT_RIGHT},
    {"<>", 2, SYMBOL_LESS_GREATER}, {"!=", 2, SYMBOL_NOT_EQUAL}, {"<=", 2, SYMBOL_LESS_EQUAL}, {"!>", 2, SYMBOL_LESS_EQUAL},
    {">=", 2, SYMBOL_GREATER_EQUAL}, {"!<", 2, SYMBOL_GREATER_EQUAL}, {"==", 2, SYMBOL_EQUAL}, {"=>", 2, SYMBOL_FAT_ARROW},
    {"||", 2, SYMBOL_CONCAT}, {"|>", 2, SYMBOL_PIPE_GREATER}, {"::", 2, SYMBOL_CAST}, {"->", 2, SYMBOL_ARROW}, {"=", 1, SYMBOL_EQUAL},
    {"<", 1, SYMBOL_LESS}, {">", 1, SYMBOL_GREATER}, {"(", 1, SYMBOL_OPEN}, {")", 1, SYMBOL_CLOSE}, {"[", 1, SYMBOL_OPEN_BRACKET},
    {"]", 1, SYMBOL_CLOSE_BRACKET}, {",", 1, SYMBOL_COMMA}, {".", 1, SYMBOL_DOT}, {";", 1, SYMBOL_SEMICOLON}, {"+", 1, SYMBOL_PLUS},
    {"-", 1, SYMBOL_MINUS}, {"*", 1, SYMBOL_STAR}, {"/", 1, SYMBOL_SLASH}, {"%", 1, SYMBOL_PERCENT}, {"~", 1, SYMBOL_TILDE},
    {"&", 1, SYMBOL_AMPERSAND}, {"|", 1, SYMBOL_PIPE}, {"^", 1, SYMBOL_CARET}, {":", 1, SYMBOL_COLON}, {"?", 1, SYMBOL_QUESTION},
    {"!", 1, SYMBOL_BANG}, {"{", 1, SYMBOL_BRACE_OPEN}, {"}", 1, SYMBOL_BRACE_CLOSE},
};

int vonk_sql_keyword_flags(enum keyword word) { return keywords[word].flags; }

void vonk_sql_lexer_init(struct lexer *lexer, struct vonk_str text, bool double_quoted_names) {
  *lexer = (struct lexer){.text = text, .double_quoted_names = double_quoted_names, .line = 1};
}

static char at(const struct lexer *lexer, uint32_t position) {
  return position < lexer->text.size ? lexer->text.data[position] : '\0';
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return ((c | 32) >= 'a' && (c | 32) <= 'z') || (unsigned char)c >= 0x80; }
static bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }
static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* White space that is not ASCII but that people paste: no-break space, the widths of typesetting, line separators, ideographic. */
static uint32_t wide_space(const struct lexer *lexer, uint32_t position) {
  const char *bytes = lexer->text.data + position;
  size_t left = lexer->text.size - position;
  if (left >= 2 && memcmp(bytes, "\xC2\xA0", 2) == 0) return 2;
  if (left < 3) return 0;
  if (memcmp(bytes, "\xE2\x80", 2) == 0) {
    unsigned char c = (unsigned char)bytes[2];
    return c <= 0x8A || c == 0xA8 || c == 0xA9 || c == 0xAF ? 3 : 0;
  }
  return memcmp(bytes, "\xE3\x80\x80", 3) == 0 || memcmp(bytes, "\xE2\x81\x9F", 3) == 0 || memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

/* Moves to POSITION and counts the lines passed. */
static void advance(struct lexer *lexer, uint32_t position) {
  for (uint32_t i = lexer->position; i < position; i++) {
    char c = lexer->text.data[i];
    if (c == '\n') {
      lexer->line++;
      lexer->line_start = i + 1;
      lexer->continuation = 0;
    } else if (((unsigned char)c & 0xC0) == 0x80) {
      lexer->continuation++;
    }
  }
  lexer->position = position;
}

/* The end of the comment at POSITION (behind its opening), nested ones included; the text's size when it never ends. */
static uint32_t comment_end(struct lexer *lexer, uint32_t position) {
  uint32_t depth = 1;
  while (position < lexer->text.size) {
    if (at(lexer, position) == '*' && at(lexer, position + 1) == '/') {
      position += 2;
      if (--depth == 0) return position;
    } else if (at(lexer, position) == '/' && at(lexer, position + 1) == '*') {
      position += 2;
      depth++;
    } else {
      position++;
    }
  }
  lexer->unclosed_comment = true;
  return (uint32_t)lexer->text.size;
}

static uint32_t line_comment_end(const struct lexer *lexer, uint32_t position) {
  while (position < lexer->text.size && at(lexer, position) != '\n' && at(lexer, position) != '\r') {
    bool continued = at(lexer, position) == '\\' && at(lexer, position + 1) == '\n';
    position += continued ? 2 : 1;
  }
  return position;
}

static struct token token_here(const struct lexer *lexer, uint8_t kind, uint16_t word, uint32_t stop) {
  return (struct token){.kind = kind, .word = word, .start = lexer->position, .stop = stop, .line = lexer->line,
                        .column = lexer->position - lexer->line_start - lexer->continuation};
}

static void skip_blank(struct lexer *lexer) {
  for (;;) {
    uint32_t position = lexer->position;
    char c = at(lexer, position), next = at(lexer, position + 1);
    uint32_t wide;
    if (position >= lexer->text.size) return;
    if (is_space(c)) {
      advance(lexer, position + 1);
    } else if (c == '-' && next == '-') {
      advance(lexer, line_comment_end(lexer, position + 2));
    } else if (c == '/' && next == '*' && at(lexer, position + 2) != '+') {
      struct token comment = token_here(lexer, TOKEN_UNKNOWN, 0, (uint32_t)lexer->text.size);
      advance(lexer, comment_end(lexer, position + 2));
      if (lexer->unclosed_comment) lexer->comment = comment;
    } else if ((unsigned char)c >= 0x80 && (wide = wide_space(lexer, position)) > 0) {
      advance(lexer, position + wide);
    } else {
      return;
    }
  }
}

/* The end of the quoted text whose opening quote is at POSITION, or 0 when it has none. A doubled quote stays inside. */
static uint32_t quoted_end(const struct lexer *lexer, uint32_t position, bool raw, bool escapes) {
  char quote = at(lexer, position++);
  while (position < lexer->text.size) {
    char c = at(lexer, position);
    if (c == '\\' && escapes) {
      position += 2;
    } else if (c != quote) {
      position++;
    } else if (!raw && at(lexer, position + 1) == quote) {
      position += 2;
    } else {
      return position + 1;
    }
  }
  return 0;
}

static uint32_t digits_end(const struct lexer *lexer, uint32_t position) {
  while (is_digit(at(lexer, position))) position++;
  return position;
}

/* The exponent at POSITION, or POSITION when there is none. */
static uint32_t exponent_end(const struct lexer *lexer, uint32_t position) {
  if ((at(lexer, position) | 32) != 'e') return position;
  uint32_t digits = position + 1;
  if (at(lexer, digits) == '+' || at(lexer, digits) == '-') digits++;
  uint32_t end = digits_end(lexer, digits);
  return end > digits ? end : position;
}

/* A letter behind a number says its type. */
static uint32_t suffix_end(const struct lexer *lexer, uint32_t position, bool whole, uint8_t *kind) {
  char c = at(lexer, position) | 32;
  if (c == 'b' && (at(lexer, position + 1) | 32) == 'd') {
    *kind = TOKEN_BIGDECIMAL;
    return position + 2;
  }
  uint8_t found = c == 'f' ? TOKEN_FLOAT : c == 'd' ? TOKEN_DOUBLE : TOKEN_END;
  if (whole && c == 'l') found = TOKEN_BIGINT;
  if (whole && c == 's') found = TOKEN_SMALLINT;
  if (whole && c == 'y') found = TOKEN_TINYINT;
  if (found == TOKEN_END) return position;
  *kind = found;
  return position + 1;
}

/* A number at the position, or size 0 when what stands there is a name or a dot. */
static struct token number(const struct lexer *lexer) {
  uint32_t start = lexer->position, whole = digits_end(lexer, start), end = whole;
  uint8_t kind = TOKEN_INTEGER;
  if (at(lexer, end) == '.' && (whole > start || is_digit(at(lexer, end + 1)))) {
    uint32_t fraction = digits_end(lexer, end + 1), exponent = exponent_end(lexer, fraction);
    kind = exponent > fraction ? TOKEN_EXPONENT : TOKEN_DECIMAL;
    end = suffix_end(lexer, exponent, false, &kind);
    if (!is_word(at(lexer, end))) return token_here(lexer, kind, 0, end);
    /* 1.a: the dot belongs to a name. */
    kind = TOKEN_INTEGER;
    end = whole;
  }
  if (end == start) return (struct token){0};
  uint32_t exponent = exponent_end(lexer, end);
  if (exponent > end) kind = TOKEN_EXPONENT;
  end = suffix_end(lexer, exponent, exponent == whole, &kind);
  return is_word(at(lexer, end)) ? (struct token){0} : token_here(lexer, kind, 0, end);
}

static enum keyword find_keyword(struct vonk_str word) {
  enum { KEYWORD_SIZE_MAX = 24 };
  char upper[KEYWORD_SIZE_MAX];
  if (word.size >= KEYWORD_SIZE_MAX) return WORD_NONE;
  for (size_t i = 0; i < word.size; i++) {
    char c = word.data[i];
    upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
  }
  size_t low = 1, high = WORD_COUNT;
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = vonk_str_compare(vonk_str_make(upper, word.size), vonk_str_make(keywords[middle].text, keywords[middle].size));
    if (order == 0) return (enum keyword)middle;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return WORD_NONE;
}

static struct token word(const struct lexer *lexer) {
  uint32_t end = lexer->position;
  while (is_word(at(lexer, end)) && !((unsigned char)at(lexer, end) >= 0x80 && wide_space(lexer, end))) end++;
  /* Paths may be written without quotes: s3://bucket/key. */
  if (at(lexer, end) == ':' && at(lexer, end + 1) == '/' && at(lexer, end + 2) == '/') {
    for (end += 3; end < lexer->text.size && (is_word(at(lexer, end)) || strchr("/-.?=&#%", at(lexer, end))); end++) continue;
    return token_here(lexer, TOKEN_WORD, WORD_NONE, end);
  }
  return token_here(lexer, TOKEN_WORD, find_keyword(vonk_str_slice(lexer->text, lexer->position, end)), end);
}

static struct token quoted(const struct lexer *lexer) {
  uint32_t start = lexer->position;
  char c = at(lexer, start);
  bool raw = (c | 32) == 'r';
  char quote = raw ? at(lexer, start + 1) : c;
  bool name = quote == '`' || (quote == '"' && lexer->double_quoted_names && !raw);
  uint32_t end = quoted_end(lexer, start + raw, raw, !raw && quote != '`');
  if (end == 0 || end > lexer->text.size) return token_here(lexer, TOKEN_UNKNOWN, 0, start + 1);
  return token_here(lexer, name ? TOKEN_NAME : TOKEN_STRING, 0, end);
}

static struct token symbol(struct lexer *lexer) {
  struct vonk_str rest = vonk_str_slice(lexer->text, lexer->position, lexer->text.size);
  if (vonk_str_starts_with(rest, STR("/*+"))) {
    lexer->in_hint = true;
    return token_here(lexer, TOKEN_SYMBOL, SYMBOL_HINT_OPEN, lexer->position + 3);
  }
  if (lexer->in_hint && vonk_str_starts_with(rest, STR("*/"))) {
    lexer->in_hint = false;
    return token_here(lexer, TOKEN_SYMBOL, SYMBOL_HINT_CLOSE, lexer->position + 2);
  }
  for (size_t i = 0; i < COUNT_OF(symbols); i++) {
    if (!vonk_str_starts_with(rest, vonk_str_make(symbols[i].text, symbols[i].size))) continue;
    return token_here(lexer, TOKEN_SYMBOL, symbols[i].symbol, lexer->position + symbols[i].size);
  }
  return token_here(lexer, TOKEN_UNKNOWN, 0, lexer->position + 1);
}

struct token vonk_sql_lexer_next(struct lexer *lexer) {
  skip_blank(lexer);
  struct token token;
  char c = at(lexer, lexer->position), next = at(lexer, lexer->position + 1);
  if (lexer->position >= lexer->text.size) return token_here(lexer, TOKEN_END, 0, lexer->position);
  if (c == '\'' || c == '"' || c == '`' || ((c | 32) == 'r' && (next == '\'' || next == '"'))) {
    token = quoted(lexer);
    if (token.kind == TOKEN_UNKNOWN && is_word(c)) token = word(lexer);
  } else {
    token = is_digit(c) || c == '.' ? number(lexer) : (struct token){0};
    if (token.stop == 0) token = is_word(c) ? word(lexer) : symbol(lexer);
  }
  advance(lexer, token.stop);
  return token;
}
