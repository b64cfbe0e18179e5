/* text_decode.c: sixteen bytes at a time for line ends; encodings unit by unit. */
#include "format/text_decode.h"

#include "base/array.h"
#include "base/byte_mask.h"

size_t vonk_text_find_line_end(struct vonk_str text, size_t from) {
  return from + vonk_bytes_find(text.data + from, text.size - from, '\n', '\r');
}

uint32_t vonk_text_split_lines(struct vonk_str text, struct vonk_str *lines, uint32_t count, size_t *used) {
  size_t from = 0;
  uint32_t n = 0;
  while (n < count && from < text.size) {
    size_t at = vonk_text_find_line_end(text, from);
    lines[n++] = vonk_str_slice(text, from, at);
    from = at + (at < text.size);
    if (at + 1 < text.size && text.data[at] == '\r' && text.data[at + 1] == '\n') from++;
  }
  *used = from;
  return n;
}

/* --- encodings --- */

STATUS vonk_text_line_end(struct vonk_task *task, const struct vonk_option *items, uint32_t count, struct vonk_str *out) {
  *out = vonk_scan_option(items, count, STR("lineSep"));
  if (!out->data || out->size) return VONK_OK;
  return vonk_raise(task, VONK__REQUIREMENT_FAILED, NULL, "message", STR("'lineSep' cannot be an empty string."), NULL);
}

STATUS vonk_text_rules_read(struct vonk_task *task, const char *reader, const struct vonk_option *items, uint32_t count, struct vonk_text_rules *out) {
  static const struct {
    const char *name;
    enum vonk_encoding_name encoding;
  } names[] = {{"utf-8", VONK_ENCODING_UTF8},       {"utf8", VONK_ENCODING_UTF8},         {"iso-8859-1", VONK_ENCODING_LATIN1}, {"us-ascii", VONK_ENCODING_ASCII},
               {"utf-16", VONK_ENCODING_UTF16},     {"utf-16be", VONK_ENCODING_UTF16BE},  {"utf-16le", VONK_ENCODING_UTF16LE},
               {"utf-32", VONK_ENCODING_UTF32},     {"utf-32be", VONK_ENCODING_UTF32BE},  {"utf-32le", VONK_ENCODING_UTF32LE}};
  struct vonk_str name = vonk_scan_option(items, count, STR("encoding"));
  if (!name.data) name = vonk_scan_option(items, count, STR("charset"));
  *out = (struct vonk_text_rules){0};
  TRY(vonk_text_line_end(task, items, count, &out->line_end));
  if (!name.data) return VONK_OK;
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (!vonk_str_equal_nocase(name, vonk_str_of(names[i].name))) continue;
    out->encoding = names[i].encoding;
    return VONK_OK;
  }
  return vonk_raise(task, VONK_INVALID_PARAMETER_VALUE__CHARSET, NULL, "functionName", vonk_str_format(task->arena, "`%s`", reader), "parameter", STR("`charset`"), "charset", name, "charsets",
                    STR("iso-8859-1, us-ascii, utf-16, utf-16be, utf-16le, utf-32, utf-8"), NULL);
}

static uint32_t unit_at(const uint8_t *bytes, int size, bool little) {
  uint32_t unit = 0;
  for (int i = 0; i < size; i++) unit |= (uint32_t)bytes[i] << 8 * (little ? i : size - 1 - i);
  return unit;
}

bool vonk_text_skip_mark(enum vonk_encoding_name encoding, const struct vonk_buffer *coded, size_t *at) {
  const uint8_t *bytes = coded->data;
  *at = 0;
  if (encoding == VONK_ENCODING_UTF16LE || encoding == VONK_ENCODING_UTF32LE) return true;
  if (encoding == VONK_ENCODING_UTF16 && coded->size >= 2) {
    bool little = bytes[0] == 0xFF && bytes[1] == 0xFE;
    if (little || (bytes[0] == 0xFE && bytes[1] == 0xFF)) *at = 2;
    return little;
  }
  if (encoding == VONK_ENCODING_UTF32 && coded->size >= 4) {
    bool little = unit_at(bytes, 4, true) == 0xFEFF;
    if (little || unit_at(bytes, 4, false) == 0xFEFF) *at = 4;
    return little;
  }
  return false;
}

/* One character of UTF-16 at BYTES; its bytes, 0 when they are not all there. */
static size_t take_utf16(const uint8_t *bytes, size_t left, bool little, bool is_all, uint32_t *out) {
  if (left < 2) return 0;
  *out = unit_at(bytes, 2, little);
  if (*out < 0xD800 || *out > 0xDFFF) return 2;
  if (left < 4 && !is_all && *out < 0xDC00) return 0;
  uint32_t low = left >= 4 ? unit_at(bytes + 2, 2, little) : 0;
  if (*out >= 0xDC00 || low < 0xDC00 || low > 0xDFFF) {
    *out = 0xFFFD;
    return 2;
  }
  *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
  return 4;
}

size_t vonk_text_decode(enum vonk_encoding_name encoding, bool little, struct vonk_str coded, bool is_all, char *out, size_t room, size_t *used) {
  const uint8_t *bytes = (const uint8_t *)coded.data;
  size_t at = 0, made = 0;
  while (at < coded.size && made + 4 <= room) {
    uint32_t point = bytes[at];
    size_t size = 1;
    switch (encoding) {
      case VONK_ENCODING_ASCII: point = point < 0x80 ? point : 0xFFFD; break;
      case VONK_ENCODING_LATIN1: break;
      case VONK_ENCODING_UTF32:
      case VONK_ENCODING_UTF32BE:
      case VONK_ENCODING_UTF32LE:
        size = coded.size - at < 4 ? 0 : 4;
        if (size) point = unit_at(bytes + at, 4, little);
        if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) point = 0xFFFD;
        break;
      default: size = take_utf16(bytes + at, coded.size - at, little, is_all, &point); break;
    }
    if (!size && !is_all) break;
    if (!size) {
      point = 0xFFFD;
      size = coded.size - at;
    }
    made += vonk_utf8_encode(point, out + made);
    at += size;
  }
  *used = at;
  return made;
}
