/* xml.c: see xml.h. */
#include "wire/xml.h"

#include "base/arena.h"

void vonk_xml_init(struct vonk_xml *xml, struct vonk_arena *arena, struct vonk_str input) {
  *xml = (struct vonk_xml){.arena = arena, .input = input};
}

/* The code point that "#65", "#x41" or "amp" stands for; 0 when it is none. */
static uint32_t reference(struct vonk_str name) {
  static const struct {
    struct vonk_str name;
    char c;
  } known[] = {{STR("amp"), '&'}, {STR("lt"), '<'}, {STR("gt"), '>'}, {STR("quot"), '"'}, {STR("apos"), '\''}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (vonk_str_equal(name, known[i].name)) return (uint32_t)known[i].c;
  }
  if (name.size < 2 || name.data[0] != '#') return 0;
  bool hex = name.data[1] == 'x';
  uint32_t value = 0;
  for (size_t i = hex ? 2 : 1; i < name.size; i++) {
    char c = name.data[i], low = (char)(c | 32);
    int digit = c >= '0' && c <= '9' ? c - '0' : hex && low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
    if (digit < 0) return 0;
    value = value * (hex ? 16 : 10) + (uint32_t)digit;
    if (value > 0x10FFFF) return 0;
  }
  return value;
}

static bool unescape(struct vonk_xml *xml, struct vonk_str raw) {
  xml->text = raw;
  if (vonk_str_find(raw, STR("&"), 0) == SIZE_MAX) return true;
  char *bytes = vonk_arena_alloc(xml->arena, raw.size + 4);
  size_t size = 0;
  for (size_t i = 0; i < raw.size; i++) {
    if (raw.data[i] != '&') {
      bytes[size++] = raw.data[i];
      continue;
    }
    size_t end = vonk_str_find(raw, STR(";"), i);
    uint32_t point = end == SIZE_MAX ? 0 : reference(vonk_str_slice(raw, i + 1, end));
    if (point == 0) return false;
    size += vonk_utf8_encode(point, bytes + size); /* never longer than the reference */
    i = end;
  }
  xml->text = vonk_str_make(bytes, size);
  return true;
}

/* Behind END from AT on; false when it is not there. */
static bool pass(struct vonk_xml *xml, struct vonk_str end) {
  size_t found = vonk_str_find(xml->input, end, xml->at);
  if (found == SIZE_MAX) return false;
  xml->at = found + end.size;
  return true;
}

static bool here(const struct vonk_xml *xml, struct vonk_str text) {
  return vonk_str_starts_with(vonk_str_slice(xml->input, xml->at, xml->input.size), text);
}

/* The name behind "<" or "</", without the prefix of its name space. */
static struct vonk_str take_name(struct vonk_xml *xml) {
  size_t start = xml->at;
  for (; xml->at < xml->input.size; xml->at++) {
    char c = xml->input.data[xml->at];
    if (c == ':') start = xml->at + 1;
    if (c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\r' || c == '\n') break;
  }
  return vonk_str_slice(xml->input, start, xml->at);
}

/* A tag at AT. True when an element ended with it. */
static bool take_tag(struct vonk_xml *xml) {
  bool closing = here(xml, STR("</"));
  xml->at += closing ? 2 : 1;
  struct vonk_str name = take_name(xml);
  size_t from = xml->at;
  if (name.size == 0 || !pass(xml, STR(">"))) {
    xml->malformed = true;
    return false;
  }
  if (closing) {
    xml->malformed = xml->depth == 0 || !vonk_str_equal(xml->names[xml->depth - 1], name);
    xml->ended = true;
    return !xml->malformed;
  }
  xml->text = STR("");
  xml->malformed = xml->depth == VONK_XML_DEPTH_MAX;
  if (xml->malformed) return false;
  xml->names[xml->depth++] = name;
  xml->ended = xml->at - 2 >= from && xml->input.data[xml->at - 2] == '/';
  return xml->ended;
}

/* A text up to the next tag; only white space may stand outside of the elements. */
static void take_text(struct vonk_xml *xml) {
  size_t end = vonk_str_find(xml->input, STR("<"), xml->at);
  if (end == SIZE_MAX) end = xml->input.size;
  struct vonk_str raw = vonk_str_slice(xml->input, xml->at, end);
  xml->at = end;
  if (xml->depth) xml->malformed = !unescape(xml, raw);
  else xml->malformed = vonk_str_trim(raw).size > 0;
}

bool vonk_xml_next(struct vonk_xml *xml) {
  if (xml->ended) {
    xml->depth--;
    xml->ended = false;
    xml->text = STR("");
  }
  if (vonk_str_starts_with(xml->input, STR("\xef\xbb\xbf")) && xml->at == 0) xml->at = 3;
  while (!xml->malformed && xml->at < xml->input.size) {
    if (xml->input.data[xml->at] != '<') take_text(xml);
    else if (here(xml, STR("<?"))) xml->malformed = !pass(xml, STR("?>"));
    else if (here(xml, STR("<!--"))) xml->malformed = !pass(xml, STR("-->"));
    else if (here(xml, STR("<!"))) xml->malformed = true;
    else if (take_tag(xml)) return true;
  }
  xml->malformed |= xml->depth > 0;
  return false;
}

bool vonk_xml_is(const struct vonk_xml *xml, const char *path) {
  struct vonk_str left = vonk_str_of(path);
  for (uint32_t level = xml->depth; level-- > 0;) {
    size_t slash = left.size;
    while (slash > 0 && left.data[slash - 1] != '/') slash--;
    if (!vonk_str_equal(xml->names[level], vonk_str_slice(left, slash, left.size))) return false;
    if (slash == 0) return true;
    left.size = slash - 1;
  }
  return false;
}
