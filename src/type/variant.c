/* variant.c: header bytes say the form; numbers are little-endian. */
#include "type/variant.h"

#include <math.h>

#include "base/base64.h"
#include "type/decimal.h"
#include "type/json.h"
#include "type/real_text.h"
#include "type/text.h"

enum { BASIC_PRIMITIVE, BASIC_SHORT_STRING, BASIC_OBJECT };

/* WIDTH bytes (1 to 4) at AT; false out of bounds. */
static bool read_word(struct vonk_str bytes, size_t at, uint32_t width, uint32_t *out) {
  *out = 0;
  if (at > bytes.size || bytes.size - at < width) return false;
  for (uint32_t i = 0; i < width; i++) *out |= (uint32_t)(uint8_t)bytes.data[at + i] << 8 * i;
  return true;
}

static bool read_integer(struct vonk_str bytes, size_t at, uint32_t width, vonk_int128 *out) {
  vonk_uint128 word = 0;
  if (at > bytes.size || bytes.size - at < width) return false;
  for (uint32_t i = 0; i < width; i++) word |= (vonk_uint128)(uint8_t)bytes.data[at + i] << 8 * i;
  uint32_t unused = 128 - 8 * width;
  *out = (vonk_int128)(word << unused) >> unused;
  return true;
}

static struct vonk_variant_view broken(void) { return (struct vonk_variant_view){.kind = VONK_VARIANT_BROKEN}; }

static struct vonk_variant_view read_long(struct vonk_str value, enum vonk_variant_kind kind, uint32_t width) {
  struct vonk_variant_view out = {.kind = kind};
  vonk_int128 integer;
  if (!read_integer(value, 1, width, &integer)) return broken();
  out.integer = (int64_t)integer;
  return out;
}

static struct vonk_variant_view read_decimal(struct vonk_str value, uint32_t width) {
  struct vonk_variant_view out = {.kind = VONK_VARIANT_DECIMAL};
  if (value.size < 2 || !read_integer(value, 2, width, &out.decimal)) return broken();
  out.scale = (uint8_t)value.data[1];
  bool good = out.scale <= VONK_DECIMAL_PRECISION_MAX && vonk_decimal_fits(out.decimal, VONK_DECIMAL_PRECISION_MAX);
  return good ? out : broken();
}

static struct vonk_variant_view read_real(struct vonk_str value, bool single) {
  struct vonk_variant_view out = {.kind = single ? VONK_VARIANT_FLOAT : VONK_VARIANT_DOUBLE};
  float narrow;
  if (value.size < (single ? 5 : 9)) return broken();
  if (single) memcpy(&narrow, value.data + 1, sizeof narrow), out.real = (double)narrow;
  else memcpy(&out.real, value.data + 1, sizeof out.real);
  return out;
}

static struct vonk_variant_view read_text(struct vonk_str value, enum vonk_variant_kind kind, size_t from, uint32_t size) {
  if (value.size - from < size) return broken();
  return (struct vonk_variant_view){.kind = kind, .text = vonk_str_slice(value, from, from + size)};
}

static struct vonk_variant_view read_primitive(struct vonk_str value, uint32_t form) {
  uint32_t size;
  switch (form) {
    case 0: return (struct vonk_variant_view){.kind = VONK_VARIANT_NULL};
    case 1:
    case 2: return (struct vonk_variant_view){.kind = VONK_VARIANT_BOOLEAN, .integer = form == 1};
    case 3:
    case 4:
    case 5:
    case 6: return read_long(value, VONK_VARIANT_LONG, 1U << (form - 3));
    case 7: return read_real(value, false);
    case 8:
    case 9:
    case 10: return read_decimal(value, 4U << (form - 8));
    case 11: return read_long(value, VONK_VARIANT_DATE, 4);
    case 12: return read_long(value, VONK_VARIANT_TIMESTAMP, 8);
    case 13: return read_long(value, VONK_VARIANT_TIMESTAMP_NTZ, 8);
    case 14: return read_real(value, true);
    case 15:
    case 16:
      if (!read_word(value, 1, 4, &size)) return broken();
      return read_text(value, form == 15 ? VONK_VARIANT_BINARY : VONK_VARIANT_STRING, 5, size);
    case 20: return read_text(value, VONK_VARIANT_UUID, 1, 16);
    default: return broken();
  }
}

/* Count, ids of objects, offsets, data. */
static struct vonk_variant_view read_container(struct vonk_str value, uint32_t info, bool object) {
  struct vonk_variant_view out = {.kind = object ? VONK_VARIANT_OBJECT : VONK_VARIANT_ARRAY, .offset_width = (info & 3) + 1};
  bool large = object ? info >> 4 & 1 : info >> 2 & 1;
  out.id_width = object ? (info >> 2 & 3) + 1 : 0;
  if (!read_word(value, 1, large ? 4 : 1, &out.count)) return broken();
  out.ids = large ? 5 : 2;
  out.offsets = out.ids + (size_t)out.count * out.id_width;
  out.data = out.offsets + ((size_t)out.count + 1) * out.offset_width;
  return out.data <= value.size ? out : broken();
}

struct vonk_variant_view vonk_variant_read(const struct vonk_variant *variant) {
  struct vonk_str value = variant->value;
  if (!value.size) return broken();
  uint32_t header = (uint8_t)value.data[0], info = header >> 2;
  switch (header & 3) {
    case BASIC_PRIMITIVE: return read_primitive(value, info);
    case BASIC_SHORT_STRING: return read_text(value, VONK_VARIANT_STRING, 1, info);
    default: return read_container(value, info, (header & 3) == BASIC_OBJECT);
  }
}

static bool name_of(struct vonk_str metadata, uint32_t id, struct vonk_str *out) {
  uint32_t count, from, to;
  if (!metadata.size || ((uint8_t)metadata.data[0] & 15) != 1) return false;
  uint32_t width = ((uint8_t)metadata.data[0] >> 6) + 1;
  if (!read_word(metadata, 1, width, &count) || id >= count) return false;
  size_t offsets = 1 + (size_t)width, texts = offsets + ((size_t)count + 1) * width;
  if (!read_word(metadata, offsets + (size_t)id * width, width, &from) || !read_word(metadata, offsets + ((size_t)id + 1) * width, width, &to)) return false;
  if (from > to || texts > metadata.size || to > metadata.size - texts) return false;
  *out = vonk_str_slice(metadata, texts + from, texts + to);
  return true;
}

/* Bytes of the value that begins VALUE. */
static size_t size_of(struct vonk_str value, const struct vonk_variant_view *view) {
  static const uint8_t sizes[] = {1, 1, 1, 2, 3, 5, 9, 9, 6, 10, 18, 5, 9, 9, 5};
  uint32_t form = (uint8_t)value.data[0] >> 2, end;
  if (view->kind == VONK_VARIANT_STRING || view->kind == VONK_VARIANT_BINARY || view->kind == VONK_VARIANT_UUID) {
    return (size_t)(view->text.data + view->text.size - value.data);
  }
  if (view->kind != VONK_VARIANT_ARRAY && view->kind != VONK_VARIANT_OBJECT) return form < sizeof sizes ? sizes[form] : value.size;
  if (!read_word(value, view->offsets + (size_t)view->count * view->offset_width, view->offset_width, &end)) return value.size;
  return end <= value.size - view->data ? view->data + end : value.size;
}

bool vonk_variant_child(const struct vonk_variant *variant, const struct vonk_variant_view *view, uint32_t index, struct vonk_str *name,
                        struct vonk_variant *out) {
  uint32_t id, offset;
  struct vonk_str value = variant->value;
  *name = (struct vonk_str){0};
  if (view->id_width && (!read_word(value, view->ids + (size_t)index * view->id_width, view->id_width, &id) || !name_of(variant->metadata, id, name))) return false;
  if (!read_word(value, view->offsets + (size_t)index * view->offset_width, view->offset_width, &offset) || offset > value.size - view->data) return false;
  *out = (struct vonk_variant){variant->metadata, vonk_str_slice(value, view->data + offset, value.size)};
  struct vonk_variant_view child = vonk_variant_read(out);
  if (child.kind == VONK_VARIANT_BROKEN) return false;
  out->value.size = size_of(out->value, &child);
  return true;
}

bool vonk_variant_field(const struct vonk_variant *variant, const struct vonk_variant_view *view, struct vonk_str name, struct vonk_variant *out) {
  struct vonk_str found;
  for (uint32_t i = 0; i < view->count; i++) {
    if (!vonk_variant_child(variant, view, i, &found, out)) return false;
    if (vonk_str_equal(found, name)) return true;
  }
  return false;
}

/* --- JSON --- */

static void add_quoted(struct vonk_text *out, const struct vonk_type *type, int64_t integer, const struct vonk_timezone *zone) {
  struct vonk_format_options options = {.form = VONK_TEXT_CAST, .zone = zone};
  struct vonk_value value = vonk_value_integer(type, integer);
  vonk_text_add_char(out, '"');
  vonk_format_value(out, &value, &options);
  vonk_text_add_char(out, '"');
}

/* With the offset of the zone, as a client reads it. */
static void add_timestamp(struct vonk_text *out, int64_t micros, const struct vonk_timezone *zone) {
  int64_t seconds = micros / 1000000 - (micros % 1000000 < 0);
  int32_t offset = vonk_timezone_offset(zone ? zone : &vonk_timezone_utc, seconds), size = offset < 0 ? -offset : offset;
  add_quoted(out, &vonk_type_timestamp, micros, zone);
  out->size--; /* the quote */
  vonk_text_addf(out, "%c%02d:%02d\"", offset < 0 ? '-' : '+', size / 3600, size / 60 % 60);
}

static void add_bytes(struct vonk_text *out, struct vonk_str bytes) {
  char *text = vonk_arena_alloc(out->arena, vonk_base64_size(bytes.size, true));
  vonk_json_quote(out, vonk_str_make(text, vonk_base64_encode(bytes, true, text)));
}

static void add_uuid(struct vonk_text *out, struct vonk_str bytes) {
  vonk_text_add_char(out, '"');
  for (size_t i = 0; i < bytes.size; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) vonk_text_add_char(out, '-');
    vonk_text_addf(out, "%02x", (unsigned)(uint8_t)bytes.data[i]);
  }
  vonk_text_add_char(out, '"');
}

/* Without zeros at its end. */
static void add_decimal(struct vonk_text *out, vonk_int128 value, int scale) {
  char text[VONK_DECIMAL_TEXT_MAX];
  for (; scale > 0 && value % 10 == 0; scale--) value /= 10;
  vonk_text_add(out, vonk_str_make(text, (size_t)vonk_decimal_format(value, scale, text)));
}

static void add_real(struct vonk_text *out, double value, bool single) {
  char text[VONK_REAL_TEXT_MAX];
  int size = single ? vonk_real_format_float((float)value, text) : vonk_real_format_double(value, text);
  const char *quote = isfinite(value) ? "" : "\"";
  vonk_text_addf(out, "%s%.*s%s", quote, size, text, quote);
}

static bool add_json(struct vonk_text *out, const struct vonk_variant *variant, const struct vonk_timezone *zone, uint32_t depth);

static bool add_container(struct vonk_text *out, const struct vonk_variant *variant, const struct vonk_variant_view *view, const struct vonk_timezone *zone,
                          uint32_t depth) {
  bool object = view->kind == VONK_VARIANT_OBJECT;
  vonk_text_add_char(out, object ? '{' : '[');
  for (uint32_t i = 0; i < view->count; i++) {
    struct vonk_str name;
    struct vonk_variant child;
    if (!vonk_variant_child(variant, view, i, &name, &child)) return false;
    if (i) vonk_text_add_char(out, ',');
    if (object) vonk_json_quote(out, name), vonk_text_add_char(out, ':');
    if (!add_json(out, &child, zone, depth + 1)) return false;
  }
  vonk_text_add_char(out, object ? '}' : ']');
  return true;
}

static bool add_json(struct vonk_text *out, const struct vonk_variant *variant, const struct vonk_timezone *zone, uint32_t depth) {
  struct vonk_variant_view view = vonk_variant_read(variant);
  if (depth > VONK_VARIANT_DEPTH_MAX) return false;
  switch (view.kind) {
    case VONK_VARIANT_NULL: vonk_text_add(out, STR("null")); return true;
    case VONK_VARIANT_BOOLEAN: vonk_text_add(out, view.integer ? STR("true") : STR("false")); return true;
    case VONK_VARIANT_LONG: vonk_text_addf(out, "%lld", (long long)view.integer); return true;
    case VONK_VARIANT_FLOAT:
    case VONK_VARIANT_DOUBLE: add_real(out, view.real, view.kind == VONK_VARIANT_FLOAT); return true;
    case VONK_VARIANT_DECIMAL: add_decimal(out, view.decimal, view.scale); return true;
    case VONK_VARIANT_DATE: add_quoted(out, &vonk_type_date, view.integer, zone); return true;
    case VONK_VARIANT_TIMESTAMP: add_timestamp(out, view.integer, zone); return true;
    case VONK_VARIANT_TIMESTAMP_NTZ: add_quoted(out, &vonk_type_timestamp_ntz, view.integer, zone); return true;
    case VONK_VARIANT_BINARY: add_bytes(out, view.text); return true;
    case VONK_VARIANT_STRING: vonk_json_quote(out, view.text); return true;
    case VONK_VARIANT_UUID: add_uuid(out, view.text); return true;
    case VONK_VARIANT_BROKEN: return false;
    default: return add_container(out, variant, &view, zone, depth);
  }
}

bool vonk_variant_add_json(struct vonk_text *out, const struct vonk_variant *variant, const struct vonk_timezone *zone) {
  return add_json(out, variant, zone, 0);
}
