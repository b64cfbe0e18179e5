/* json_tree.c: recursive descent; a node for each value. */
#include "text/json_tree.h"

#include <math.h>

#include "base/array.h"
#include "type/json.h"
#include "type/real_text.h"

const struct vonk_json_rules vonk_json_rules_of_functions = {.single_quotes = true};

struct reader {
  struct vonk_arena *arena;
  const struct vonk_json_rules *rules;
  struct vonk_str text;
  size_t at;
  uint32_t depth;
};

static bool read_value(struct reader *r, struct vonk_json_node *out);

/* Behind // or at the start of a comment: past its end. False when nothing there begins one, or it never ends. */
static bool skip_comment(struct reader *r) {
  struct vonk_str rest = vonk_str_slice(r->text, r->at, r->text.size);
  size_t end;
  if (!r->rules->comments) return false;
  if (vonk_str_starts_with(rest, STR("//"))) {
    const char *line = memchr(rest.data, '\n', rest.size);
    r->at = line ? (size_t)(line - r->text.data) + 1 : r->text.size;
    return true;
  }
  if (!vonk_str_starts_with(rest, STR("/*")) || (end = vonk_str_find(rest, STR("*/"), 2)) == SIZE_MAX) return false;
  r->at += end + 2;
  return true;
}

static void skip_blanks(struct reader *r) {
  for (; r->at < r->text.size; r->at++) {
    char c = r->text.data[r->at];
    while (c == '/' && skip_comment(r)) c = r->at < r->text.size ? r->text.data[r->at] : 'x';
    if (c != ' ' && (c < '\t' || c > '\r')) return;
  }
}

static bool accept(struct reader *r, char c) {
  skip_blanks(r);
  if (r->at >= r->text.size || r->text.data[r->at] != c) return false;
  r->at++;
  return true;
}

static bool read_code(struct reader *r, uint32_t *out) {
  *out = 0;
  if (r->text.size - r->at < 4) return false;
  for (int i = 0; i < 4; i++) {
    char c = r->text.data[r->at++], low = (char)(c | 0x20);
    bool digit = c >= '0' && c <= '9';
    if (!digit && (low < 'a' || low > 'f')) return false;
    *out = *out * 16 + (uint32_t)(digit ? c - '0' : low - 'a' + 10);
  }
  return true;
}

/* Behind a backslash. */
static bool read_escape(struct reader *r, struct vonk_text *out) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  char bytes[4];
  uint32_t code, second;
  if (r->at >= r->text.size) return false;
  char c = r->text.data[r->at++];
  const char *found = c ? strchr(from, c) : NULL;
  if (found || (c != 'u' && (r->rules->any_escape || (c == '\'' && r->rules->single_quotes)))) {
    vonk_text_add_char(out, found ? to[found - from] : c);
    return true;
  }
  if (c != 'u' || !read_code(r, &code)) return false;
  bool pair = code >= 0xD800 && code < 0xDC00 && r->text.size - r->at >= 6 && r->text.data[r->at] == '\\' && r->text.data[r->at + 1] == 'u';
  if (pair) {
    r->at += 2;
    if (!read_code(r, &second)) return false;
    code = 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
  }
  if ((code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) code = '?';
  vonk_text_add(out, vonk_str_make(bytes, vonk_utf8_encode(code, bytes)));
  return true;
}

static bool ends_text(const struct reader *r, char quote) {
  char c = r->text.data[r->at];
  return c == quote || c == '\\' || ((unsigned char)c < ' ' && !r->rules->control_characters);
}

static bool read_text(struct reader *r, struct vonk_str *out) {
  char quote;
  skip_blanks(r);
  if (r->at >= r->text.size || ((quote = r->text.data[r->at]) != '"' && (quote != '\'' || !r->rules->single_quotes))) return false;
  size_t from = ++r->at;
  while (r->at < r->text.size && !ends_text(r, quote)) r->at++;
  *out = vonk_str_slice(r->text, from, r->at);
  if (r->at < r->text.size && r->text.data[r->at] == quote) return r->at++, true;
  struct vonk_text text;
  vonk_text_init(&text, r->arena);
  vonk_text_add(&text, *out);
  for (; r->at < r->text.size; r->at++) {
    if (!ends_text(r, quote)) {
      vonk_text_add_char(&text, r->text.data[r->at]);
      continue;
    }
    char c = r->text.data[r->at++];
    if (c == quote) {
      *out = text.size ? vonk_text_str(&text) : STR("");
      return true;
    }
    if (c != '\\' || !read_escape(r, &text)) return false;
    r->at--;
  }
  return false;
}

static bool read_name(struct reader *r, struct vonk_str *out) {
  skip_blanks(r);
  size_t from = r->at;
  while (r->rules->bare_names && r->at < r->text.size) {
    char c = r->text.data[r->at], low = (char)(c | 0x20);
    bool letter = (low >= 'a' && low <= 'z') || c == '_' || c == '$' || (unsigned char)c >= 0x80 || (r->at > from && c >= '0' && c <= '9');
    if (!letter && !(r->at > from && (c == '-' || c == '#' || c == '@' || c == '*' || c == '+'))) break;
    r->at++;
  }
  *out = vonk_str_slice(r->text, from, r->at);
  return r->at > from || read_text(r, out);
}

static size_t digits_at(const struct reader *r, size_t at) {
  size_t i = at;
  while (i < r->text.size && r->text.data[i] >= '0' && r->text.data[i] <= '9') i++;
  return i - at;
}

static bool read_number(struct reader *r, struct vonk_json_node *out) {
  size_t from = r->at, at = from;
  if (r->text.data[at] == '-') at++;
  size_t whole = digits_at(r, at), part;
  if (whole == 0 || (whole > 1 && r->text.data[at] == '0' && !r->rules->leading_zeros)) return false;
  size_t zeros = 0;
  while (zeros + 1 < whole && r->text.data[at + zeros] == '0') zeros++;
  at += whole;
  out->kind = VONK_JSON_INTEGER;
  if (at < r->text.size && r->text.data[at] == '.') {
    if ((part = digits_at(r, at + 1)) == 0) return false;
    at += 1 + part;
    out->kind = VONK_JSON_REAL;
  }
  if (at < r->text.size && (r->text.data[at] | 0x20) == 'e') {
    at++;
    if (at < r->text.size && (r->text.data[at] == '+' || r->text.data[at] == '-')) at++;
    if ((part = digits_at(r, at)) == 0) return false;
    at += part;
    out->kind = VONK_JSON_REAL;
  }
  const char *sign = r->text.data[from] == '-' ? "-" : "";
  struct vonk_str digits = vonk_str_slice(r->text, from + strlen(sign) + zeros, at);
  out->text = zeros ? vonk_str_format(r->arena, "%s" STR_FMT, sign, STR_ARG(digits)) : vonk_str_slice(r->text, from, at);
  r->at = at;
  return at == r->text.size || strchr(" \t\n\r\v\f,]}", r->text.data[at]) || (r->text.data[at] == '/' && r->rules->comments);
}

static bool read_word(struct reader *r, struct vonk_json_node *out) {
  static const struct { const char *word; enum vonk_json_kind kind; } words[] = {
      {"null", VONK_JSON_NULL},      {"true", VONK_JSON_TRUE},     {"false", VONK_JSON_FALSE},    {"NaN", VONK_JSON_NAN},
      {"Infinity", VONK_JSON_NAN},   {"-Infinity", VONK_JSON_NAN}, {"+Infinity", VONK_JSON_NAN}, {"-INF", VONK_JSON_NAN},
      {"+INF", VONK_JSON_NAN}};
  struct vonk_str rest = vonk_str_slice(r->text, r->at, r->text.size);
  for (size_t i = 0; i < COUNT_OF(words) && (i < 3 || r->rules->nan); i++) {
    if (!vonk_str_starts_with(rest, vonk_str_of(words[i].word))) continue;
    out->text = vonk_str_slice(rest, 0, strlen(words[i].word));
    r->at += out->text.size;
    out->kind = words[i].kind;
    return true;
  }
  return false;
}

/* Behind the opening bracket. */
static bool read_children(struct reader *r, struct vonk_json_node *out, bool named) {
  struct vonk_json_node **end = &out->first;
  char close = named ? '}' : ']';
  out->kind = named ? VONK_JSON_RECORD : VONK_JSON_LIST;
  if (accept(r, close)) return true;
  if (++r->depth > VONK_JSON_TREE_DEPTH_MAX) return false;
  do {
    struct vonk_json_node *child = ARENA_NEW(r->arena, struct vonk_json_node);
    if (named && (!read_name(r, &child->name) || !accept(r, ':'))) return false;
    if (!read_value(r, child)) return false;
    *end = child;
    end = &child->next;
    out->count++;
  } while (accept(r, ','));
  r->depth--;
  return accept(r, close);
}

static bool read_kind(struct reader *r, struct vonk_json_node *out, char c) {
  if (c == '{' || c == '[') return r->at++, read_children(r, out, c == '{');
  if (c == '"' || c == '\'') return out->kind = VONK_JSON_TEXT, read_text(r, &out->text);
  bool digit = c == '-' && r->at + 1 < r->text.size && r->text.data[r->at + 1] != 'I';
  return digit || (c >= '0' && c <= '9') ? read_number(r, out) : read_word(r, out);
}

static bool read_value(struct reader *r, struct vonk_json_node *out) {
  skip_blanks(r);
  size_t from = r->at;
  if (from >= r->text.size || !read_kind(r, out, r->text.data[from])) return false;
  out->source = vonk_str_slice(r->text, from, r->at);
  return true;
}

bool vonk_json_is_nothing(const struct vonk_json_rules *rules, struct vonk_str text) {
  struct reader reader = {.rules = rules, .text = text};
  skip_blanks(&reader);
  return reader.at == text.size;
}

struct vonk_json_node *vonk_json_parse(struct vonk_arena *arena, const struct vonk_json_rules *rules, struct vonk_str text) {
  struct reader reader = {.arena = arena, .rules = rules, .text = text};
  struct vonk_json_node *node = ARENA_NEW(arena, struct vonk_json_node);
  return read_value(&reader, node) ? node : NULL;
}

double vonk_json_real(const struct vonk_json_node *node) {
  double value = 0;
  bool minus = node->text.data[0] == '-';
  if (node->kind != VONK_JSON_NAN) return vonk_str_to_double(node->text, &value) ? value : 0;
  if (node->text.data[0] == 'N') return NAN;
  return minus ? -INFINITY : INFINITY;
}

static void write_real(struct vonk_text *out, const struct vonk_json_node *node) {
  char shown[VONK_REAL_TEXT_MAX];
  const char *quote = node->kind == VONK_JSON_NAN ? "\"" : "";
  struct vonk_str text = vonk_str_make(shown, (size_t)vonk_real_format_double(vonk_json_real(node), shown));
  vonk_text_addf(out, "%s" STR_FMT "%s", quote, STR_ARG(text), quote);
}

void vonk_json_write(struct vonk_text *out, const struct vonk_json_node *node) {
  switch (node->kind) {
    case VONK_JSON_NULL: vonk_text_add(out, STR("null")); return;
    case VONK_JSON_FALSE: vonk_text_add(out, STR("false")); return;
    case VONK_JSON_TRUE: vonk_text_add(out, STR("true")); return;
    case VONK_JSON_INTEGER: vonk_text_add(out, node->text); return;
    case VONK_JSON_REAL:
    case VONK_JSON_NAN: write_real(out, node); return;
    case VONK_JSON_TEXT: vonk_json_quote(out, node->text); return;
    default: break;
  }
  bool named = node->kind == VONK_JSON_RECORD;
  vonk_text_add_char(out, named ? '{' : '[');
  for (const struct vonk_json_node *child = node->first; child; child = child->next) {
    if (child != node->first) vonk_text_add_char(out, ',');
    if (named) vonk_json_quote(out, child->name), vonk_text_add_char(out, ':');
    vonk_json_write(out, child);
  }
  vonk_text_add_char(out, named ? '}' : ']');
}
