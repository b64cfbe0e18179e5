/* json.c: the small JSON reader of json.h. */
#include "type/json.h"

char vonk_json_peek(struct vonk_json *json) {
  while (json->position < json->text.size) {
    char c = json->text.data[json->position];
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return json->failed ? 0 : c;
    json->position++;
  }
  return 0;
}

bool vonk_json_accept(struct vonk_json *json, char c) {
  if (vonk_json_peek(json) != c || c == 0) return false;
  json->position++;
  return true;
}

void vonk_json_expect(struct vonk_json *json, char c) {
  if (!vonk_json_accept(json, c)) json->failed = true;
}

/* Four hex digits behind \u. */
static uint32_t read_hex4(struct vonk_json *json) {
  uint32_t value = 0;
  for (int i = 0; i < 4; i++) {
    char c = json->position < json->text.size ? json->text.data[json->position++] : 0;
    int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
    if (digit < 0) json->failed = true;
    value = value << 4 | ((uint32_t)digit & 15);
  }
  return value;
}

static void read_unicode_escape(struct vonk_json *json, struct vonk_text *out) {
  uint32_t code = read_hex4(json);
  if (code >= 0xD800 && code < 0xDC00 && json->position + 1 < json->text.size && json->text.data[json->position] == '\\' &&
      json->text.data[json->position + 1] == 'u') {
    json->position += 2;
    uint32_t low = read_hex4(json);
    if (low < 0xDC00 || low > 0xDFFF) json->failed = true;
    code = 0x10000 + ((code - 0xD800) << 10) + ((low - 0xDC00) & 0x3FF);
  }
  char bytes[4];
  vonk_text_add(out, vonk_str_make(bytes, vonk_utf8_encode(code, bytes)));
}

static void read_escape(struct vonk_json *json, struct vonk_text *out) {
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  char c = json->position < json->text.size ? json->text.data[json->position++] : 0;
  if (c == 'u') {
    read_unicode_escape(json, out);
    return;
  }
  const char *name = c ? strchr(names, c) : NULL;
  if (name) vonk_text_add_char(out, values[name - names]);
  else json->failed = true;
}

struct vonk_str vonk_json_string(struct vonk_json *json) {
  vonk_json_expect(json, '"');
  struct vonk_text out;
  vonk_text_init(&out, json->arena);
  while (!json->failed) {
    size_t start = json->position;
    while (json->position < json->text.size && (unsigned char)json->text.data[json->position] >= 0x20 &&
           json->text.data[json->position] != '"' && json->text.data[json->position] != '\\') {
      json->position++;
    }
    vonk_text_add(&out, vonk_str_slice(json->text, start, json->position));
    char c = json->position < json->text.size ? json->text.data[json->position++] : 0;
    if (c == '"') return out.size ? vonk_text_str(&out) : STR("");
    if (c == '\\') read_escape(json, &out);
    else json->failed = true;
  }
  return STR("");
}

static bool accept_word(struct vonk_json *json, struct vonk_str word) {
  vonk_json_peek(json);
  if (json->failed || !vonk_str_starts_with(vonk_str_slice(json->text, json->position, json->text.size), word)) return false;
  json->position += word.size;
  return true;
}

bool vonk_json_bool(struct vonk_json *json) {
  if (accept_word(json, STR("true"))) return true;
  if (!accept_word(json, STR("false"))) json->failed = true;
  return false;
}

bool vonk_json_next_element(struct vonk_json *json, uint32_t *count) {
  if (json->failed) return false;
  if (vonk_json_accept(json, ']')) return false;
  if ((*count)++ > 0) vonk_json_expect(json, ',');
  return !json->failed;
}

bool vonk_json_next_member(struct vonk_json *json, uint32_t *count, struct vonk_str *key) {
  if (json->failed) return false;
  if (vonk_json_accept(json, '}')) return false;
  if ((*count)++ > 0) vonk_json_expect(json, ',');
  *key = vonk_json_string(json);
  vonk_json_expect(json, ':');
  return !json->failed;
}

static void skip_number(struct vonk_json *json) {
  size_t start = json->position;
  while (json->position < json->text.size && strchr("+-0123456789.eE", json->text.data[json->position]) &&
         json->text.data[json->position]) {
    json->position++;
  }
  double value;
  if (!vonk_str_to_double(vonk_str_slice(json->text, start, json->position), &value)) json->failed = true;
}

static void skip_value(struct vonk_json *json, int depth) {
  struct vonk_str key;
  uint32_t count = 0;
  if (depth > VONK_JSON_DEPTH_MAX) json->failed = true;
  switch (vonk_json_peek(json)) {
    case '{':
      json->position++;
      while (vonk_json_next_member(json, &count, &key)) skip_value(json, depth + 1);
      return;
    case '[':
      json->position++;
      while (vonk_json_next_element(json, &count)) skip_value(json, depth + 1);
      return;
    case '"': vonk_json_string(json); return;
    case 't':
    case 'f': vonk_json_bool(json); return;
    case 'n':
      if (!accept_word(json, STR("null"))) json->failed = true;
      return;
    default: skip_number(json);
  }
}

struct vonk_str vonk_json_skip(struct vonk_json *json) {
  vonk_json_peek(json);
  size_t start = json->position;
  skip_value(json, 0);
  return json->failed ? STR("") : vonk_str_slice(json->text, start, json->position);
}

static bool is_plain(char c) { return (unsigned char)c >= ' ' && c != '"' && c != '\\'; }

void vonk_json_quote(struct vonk_text *out, struct vonk_str text) {
  static const char names[] = "btnvfr"; /* of 8..13 */
  vonk_text_add_char(out, '"');
  for (size_t i = 0; i < text.size; i++) {
    size_t from = i;
    while (i < text.size && is_plain(text.data[i])) i++;
    vonk_text_add(out, vonk_str_slice(text, from, i));
    if (i == text.size) break;
    char c = text.data[i];
    if (c == '"' || c == '\\') vonk_text_addf(out, "\\%c", c);
    else if (c >= 8 && c <= 13 && c != 11) vonk_text_addf(out, "\\%c", names[c - 8]);
    else vonk_text_addf(out, "\\u%04X", (unsigned)c);
  }
  vonk_text_add_char(out, '"');
}
