/* text_breaks.c: a machine for sentences, whose states are named after what was seen, and a small grammar for words. */
#include "func/text_breaks.h"

#include <unicode/uchar.h>

/* --- what code points are --- */

enum sentence_class { SENTENCE_PLAIN, LOWER, UPPER, BLANK, OPENING, QUOTE, CLOSING, TERMINATOR, PERIOD, DANDA, PARAGRAPH, SIGN, SENTENCE_IGNORED };
enum word_class {
  WORD_PLAIN, LETTER, DIGIT, MARK, IN_WORD, IN_NUMBER, IN_BOTH, POINT, BEFORE_NUMBER, BEHIND_NUMBER, WORD_BLANK, RETURN, LINE_END, WORD_DANDA, KANJI, KATAKANA,
  HIRAGANA, KANA_MARK, WORD_IGNORED
};

static bool is_one_of(uint32_t c, const char *list) { return c < 128 && c && strchr(list, (int)c); }

static int ascii_category(uint32_t c) {
  if (c >= 'a' && c <= 'z') return U_LOWERCASE_LETTER;
  if (c >= 'A' && c <= 'Z') return U_UPPERCASE_LETTER;
  if (c >= '0' && c <= '9') return U_DECIMAL_DIGIT_NUMBER;
  if (c == ' ') return U_SPACE_SEPARATOR;
  if (c < ' ' || c == 127) return U_CONTROL_CHAR;
  if (c == '$') return U_CURRENCY_SYMBOL;
  if (c == '-') return U_DASH_PUNCTUATION;
  if (c == '_') return U_CONNECTOR_PUNCTUATION;
  if (is_one_of(c, "([{")) return U_START_PUNCTUATION;
  if (is_one_of(c, ")]}")) return U_END_PUNCTUATION;
  if (is_one_of(c, "+<=>|~")) return U_MATH_SYMBOL;
  return is_one_of(c, "^`") ? U_MODIFIER_SYMBOL : U_OTHER_PUNCTUATION;
}

static bool is_letter(int category) { return category >= U_UPPERCASE_LETTER && category <= U_OTHER_LETTER; }
static bool is_number(int category) { return category >= U_DECIMAL_DIGIT_NUMBER && category <= U_OTHER_NUMBER; }

static enum sentence_class sentence_class(uint32_t c, int category) {
  if (c == 0x2029) return PARAGRAPH;
  if (c == 0x964 || c == 0x965) return DANDA;
  if (is_one_of(c, "!?") || c == 0x3002 || c == 0xff01 || c == 0xff1f) return TERMINATOR;
  if (c == '.' || c == 0xff0e) return PERIOD;
  if (is_one_of(c, "\t\r\f\n") || c == 0x2028 || category == U_SPACE_SEPARATOR) return BLANK;
  if (is_one_of(c, "\"'")) return QUOTE;
  if (c == ',' || is_number(category)) return SENTENCE_PLAIN;
  if (is_letter(category)) return category == U_LOWERCASE_LETTER ? LOWER : UPPER;
  switch (category) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR: return SENTENCE_IGNORED;
    case U_START_PUNCTUATION:
    case U_INITIAL_PUNCTUATION: return OPENING;
    case U_END_PUNCTUATION:
    case U_FINAL_PUNCTUATION: return CLOSING;
    default: return SIGN;
  }
}

static enum word_class script_class(uint32_t c) {
  if (c == 0x964 || c == 0x965) return WORD_DANDA;
  if (c == 0x3005 || (c >= 0x4e00 && c <= 0x9fa5) || (c >= 0xf900 && c <= 0xfa2d)) return KANJI;
  if (c >= 0x30a1 && c <= 0x30fa) return KATAKANA;
  if (c >= 0x3041 && c <= 0x3094) return HIRAGANA;
  if ((c >= 0x3099 && c <= 0x309c) || c == 0x30fb || c == 0x30fc) return KANA_MARK;
  return WORD_PLAIN;
}

static enum word_class word_class(uint32_t c, int category) {
  enum word_class script = script_class(c);
  if (script != WORD_PLAIN) return script;
  if (is_letter(category) || category == U_COMBINING_SPACING_MARK) return LETTER;
  if (is_number(category)) return DIGIT;
  if (is_one_of(c, "\"'")) return IN_BOTH;
  if (c == '.') return POINT;
  if (c == ',' || c == 0x66b) return IN_NUMBER;
  if (category == U_DASH_PUNCTUATION || category == U_CONNECTOR_PUNCTUATION || c == 0xad || c == 0x2027) return IN_WORD;
  if (is_one_of(c, "%&") || c == 0xa2 || c == 0x66a || c == 0x2030 || c == 0x2031) return BEHIND_NUMBER;
  if (c == '#' || category == U_CURRENCY_SYMBOL) return BEFORE_NUMBER;
  if (is_one_of(c, "\n\f") || c == 0x2028 || c == 0x2029) return LINE_END;
  if (c == '\r') return RETURN;
  if (c == '\t' || category == U_SPACE_SEPARATOR) return WORD_BLANK;
  if (category == U_FORMAT_CHAR) return WORD_IGNORED;
  return category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK ? MARK : WORD_PLAIN;
}

STATUS vonk_break_chars(struct vonk_task *task, struct vonk_unicode *unicode, struct vonk_arena *arena, struct vonk_str text, struct vonk_break_char **out,
                        uint32_t *count) {
  struct vonk_break_char *chars = ARENA_ARRAY(arena, struct vonk_break_char, text.size + 1);
  uint32_t n = 0;
  if (!vonk_unicode_is_ascii(text)) TRY(vonk_unicode_open(task, unicode));
  for (size_t at = 0; at < text.size; n++) {
    chars[n].offset = (uint32_t)at;
    uint32_t c = vonk_utf8_decode(text, &at);
    int category = c < 128 ? ascii_category(c) : unicode->category((int32_t)c);
    chars[n].of_sentences = (uint8_t)sentence_class(c, category);
    chars[n].of_words = (uint8_t)word_class(c, category);
    chars[n].is_word = c <= 0xffff && (is_letter(category) || category == U_DECIMAL_DIGIT_NUMBER);
  }
  chars[n].offset = (uint32_t)text.size;
  *out = chars;
  *count = n;
  return VONK_OK;
}

/* --- sentences --- */

/* BODY to ENDED_BLANKS are ends that may go on; those from AT_PERIOD to AT_BLANKS are remembered, and FOUND takes the last of these. */
enum state {
  BODY, ENDED, ENDED_BLANKS, ENDED_WHOLLY, AT_DANDA,
  AT_PERIOD, AT_QUOTE, AT_BLANK, AT_BLANKS,
  AT_SIGN, AT_LAST_SIGN, /* behind a quote or several blanks: nothing but letters may follow */
  FOUND, STOP
};

static enum state from_body(enum sentence_class class) {
  switch (class) {
    case PERIOD: return AT_PERIOD;
    case TERMINATOR: return ENDED;
    case PARAGRAPH: return ENDED_WHOLLY;
    case DANDA: return AT_DANDA;
    default: return BODY;
  }
}

static enum state behind_end(enum state state, enum sentence_class class) {
  if (class == PARAGRAPH) return ENDED_WHOLLY;
  if (class == BLANK) return ENDED_BLANKS;
  bool goes_on = class == TERMINATOR || class == PERIOD || class == CLOSING || class == QUOTE;
  return state == ENDED && goes_on ? ENDED : STOP;
}

/* Behind a period, the periods, quotes and closing signs that follow it, and blanks. */
static enum state behind_period(enum state state, enum sentence_class class) {
  bool blanks = state == AT_BLANK || state == AT_BLANKS, last = state == AT_QUOTE || state == AT_BLANKS;
  if (class == BLANK) return blanks ? AT_BLANKS : AT_BLANK;
  if (class == PARAGRAPH) return ENDED_WHOLLY;
  if (!blanks && (class == PERIOD || class == CLOSING)) return AT_PERIOD;
  if (!blanks && class == QUOTE) return AT_QUOTE;
  if (class == OPENING || class == SIGN || class == DANDA || class == QUOTE) return last ? AT_LAST_SIGN : AT_SIGN;
  if ((last && (class == LOWER || class == UPPER)) || (blanks && class == UPPER)) return FOUND;
  return from_body(class);
}

static enum state behind_sign(enum state state, enum sentence_class class) {
  if (class == OPENING || class == SIGN || class == DANDA || class == QUOTE) return AT_SIGN;
  if (class == LOWER || class == UPPER) return FOUND;
  return state == AT_SIGN ? from_body(class) : STOP;
}

static enum state next_state(enum state state, enum sentence_class class) {
  switch (state) {
    case BODY: return from_body(class);
    case ENDED:
    case ENDED_BLANKS: return behind_end(state, class);
    case AT_DANDA: return class == BLANK ? AT_DANDA : STOP;
    case AT_PERIOD:
    case AT_QUOTE:
    case AT_BLANK:
    case AT_BLANKS: return behind_period(state, class);
    case AT_SIGN:
    case AT_LAST_SIGN: return behind_sign(state, class);
    default: return STOP;
  }
}

uint32_t vonk_break_sentence(const struct vonk_break_char *chars, uint32_t from, uint32_t count) {
  enum state state = BODY;
  uint32_t end = from + 1, remembered = from, at = from;
  while (at < count) {
    if (chars[at].of_sentences != SENTENCE_IGNORED) state = next_state(state, chars[at].of_sentences);
    if (state == STOP) break;
    at++;
    if (state <= AT_DANDA) end = at;
    else if (state <= AT_BLANKS) remembered = at;
    else if (state == FOUND) end = remembered;
  }
  return state != STOP && remembered == count ? count : end;
}

/* --- words --- */

struct words {
  const struct vonk_break_char *chars;
  uint32_t count;
};

static enum word_class class_at(const struct words *w, uint32_t at) { return at < w->count ? (enum word_class)w->chars[at].of_words : WORD_PLAIN; }

/* Behind the code point at AT and what is ignored; and behind its marks, too. */
static uint32_t pass(const struct words *w, uint32_t at) {
  do at++;
  while (class_at(w, at) == WORD_IGNORED);
  return at;
}
static uint32_t pass_marks(const struct words *w, uint32_t at) {
  at = pass(w, at);
  while (class_at(w, at) == MARK) at = pass(w, at);
  return at;
}

/* Runs of PART, with one sign between two of them. */
static uint32_t runs_of(const struct words *w, uint32_t at, enum word_class part, enum word_class sign) {
  if (class_at(w, at) != part) return at;
  for (;;) {
    while (class_at(w, at) == part) at = pass_marks(w, at);
    enum word_class between = class_at(w, at);
    if (between != sign && between != IN_BOTH && between != POINT) return at;
    uint32_t next = pass(w, at);
    if (class_at(w, next) != part) return at;
    at = next;
  }
}

static uint32_t letters(const struct words *w, uint32_t at) {
  uint32_t end = runs_of(w, at, LETTER, IN_WORD);
  return end > at && class_at(w, end) == WORD_DANDA ? pass_marks(w, end) : end;
}

/* Numbers and words in turn; a number at the end may have a sign behind it. */
static uint32_t numbers(const struct words *w, uint32_t at) {
  for (;;) {
    uint32_t number = runs_of(w, at, DIGIT, IN_NUMBER);
    if (number == at) return at;
    at = letters(w, number);
    if (at == number) return class_at(w, at) == BEHIND_NUMBER ? pass(w, at) : at;
  }
}

/* Chinese characters, katakana or hiragana; the marks of kana belong to either. */
static bool goes_on(enum word_class script, enum word_class next) {
  if (script == KANA_MARK) return next == KANA_MARK || next == KATAKANA || next == HIRAGANA;
  return next == script || (script != KANJI && next == KANA_MARK);
}

static uint32_t east_asian(const struct words *w, uint32_t at) {
  enum word_class script = class_at(w, at), last = script;
  while (goes_on(script, class_at(w, at))) {
    last = class_at(w, at);
    if (script == KANA_MARK) script = last;
    at = pass(w, at);
  }
  while (last != KANA_MARK && class_at(w, at) == MARK) at = pass(w, at);
  return at;
}

static uint32_t blanks(const struct words *w, uint32_t at) {
  while (class_at(w, at) == WORD_BLANK) at = pass_marks(w, at);
  if (class_at(w, at) == RETURN) at = pass(w, at);
  return class_at(w, at) == LINE_END ? pass(w, at) : at;
}

uint32_t vonk_break_word(const struct vonk_break_char *chars, uint32_t from, uint32_t count) {
  struct words w = {chars, count};
  uint32_t at = from;
  while (at < count && chars[at].of_words == WORD_IGNORED) at++;
  if (at == count) return count;
  switch ((enum word_class)chars[at].of_words) {
    case LETTER:
    case DIGIT: return numbers(&w, letters(&w, at));
    case MARK: return pass(&w, at);
    case POINT:
    case BEFORE_NUMBER: {
      uint32_t next = pass(&w, at);
      return class_at(&w, next) == MARK ? pass_marks(&w, at) : numbers(&w, next);
    }
    case WORD_BLANK:
    case RETURN:
    case LINE_END: return blanks(&w, at);
    case KANJI:
    case KATAKANA:
    case HIRAGANA:
    case KANA_MARK: return east_asian(&w, at);
    default: return pass_marks(&w, at);
  }
}
