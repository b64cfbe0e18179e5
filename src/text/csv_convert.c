/* csv_convert.c: one loop a type. What the short loops over digits do not take goes to the parsers of casts, held to what Java's parsers take. */
#include "text/csv_convert.h"

#include "base/bits.h"
#include "text/digits.h"
#include "type/decimal.h"
#include "type/interval.h"
#include "type/real_text.h"

static inline bool is_null(const struct vonk_csv_options *o, const struct vonk_csv_token *t) {
  if (LIKELY(t->size != o->null_value.size)) return !t->data;
  return !t->data || memcmp(t->data, o->null_value.data, t->size) == 0;
}

static inline struct vonk_str text_of(const struct vonk_csv_token *t) { return vonk_str_make(t->data, t->size); }

/* Java's parsers of numbers take no blanks around them. */
static bool has_blank_ends(const struct vonk_csv_token *t) {
  return t->size && ((unsigned char)t->data[0] <= ' ' || (unsigned char)t->data[t->size - 1] <= ' ');
}

static inline bool take_long(const struct vonk_csv_token *t, int64_t *out) {
  if (LIKELY(vonk_text_integer(text_of(t), out))) return true;
  return t->size > 18 && !has_blank_ends(t) && vonk_parse_integer(text_of(t), false, out);
}

static bool take_integer(const struct vonk_csv_converter *c, const struct vonk_csv_token *t, int64_t *out) {
  if (!take_long(t, out)) return false;
  switch (c->type->id) {
    case VONK_TYPE_BYTE: return *out == (int8_t)*out;
    case VONK_TYPE_SHORT: return *out == (int16_t)*out;
    case VONK_TYPE_INT: return *out == (int32_t)*out;
    default: return true;
  }
}

enum { LONG_DIGITS = 18 }; /* that any 64-bit integer takes */

static bool take_decimal(const struct vonk_csv_converter *c, const struct vonk_csv_token *t, struct vonk_arena *arena, vonk_int128 *out) {
  struct vonk_decimal_shape shape = {c->type->precision, c->type->scale};
  uint64_t value;
  int scale;
  bool minus;
  bool is_short = vonk_text_digits(text_of(t), &value, &scale, &minus) && scale <= shape.scale;
  if (LIKELY(is_short && shape.precision <= LONG_DIGITS)) {
    uint64_t scaled;
    if (__builtin_mul_overflow(value, (uint64_t)vonk_pow10_128[shape.scale - scale], &scaled) || scaled >= (uint64_t)vonk_pow10_128[shape.precision]) return false;
    *out = minus ? -(int64_t)scaled : (int64_t)scaled;
    return true;
  }
  if (is_short) {
    vonk_int128 wide = (vonk_int128)value * vonk_pow10_128[shape.scale - scale];
    *out = minus ? -wide : wide;
    return vonk_decimal_fits(*out, shape.precision);
  }
  struct vonk_str text = text_of(t);
  if (memchr(text.data, ',', text.size)) {
    char *plain = vonk_arena_alloc(arena, text.size);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
      if (text.data[i] != ',') plain[size++] = text.data[i];
    }
    text = vonk_str_make(plain, size);
  }
  return !has_blank_ends(t) && vonk_decimal_parse(text, shape, out) == VONK_DECIMAL_OK;
}

/* Words for infinities are those of the options, and Java's own. */
static bool take_word(const struct vonk_csv_options *o, struct vonk_str text, double *out) {
  static const double nan = __builtin_nan(""), infinity = __builtin_inf();
  if (vonk_str_equal(text, o->nan)) *out = nan;
  else if (vonk_str_equal(text, o->negative_inf)) *out = -infinity;
  else if (vonk_str_equal(text, o->positive_inf)) *out = infinity;
  else return false;
  return true;
}

/* Java's parser spells its words one way only. */
static bool is_java_real(struct vonk_str text) {
  text = vonk_str_trim(text);
  if (text.size && (text.data[0] == '-' || text.data[0] == '+')) text = vonk_str_slice(text, 1, text.size);
  if (!text.size) return false;
  char c = text.data[0];
  if (c != 'i' && c != 'I' && c != 'n' && c != 'N') return true;
  return vonk_str_equal(text, STR("NaN")) || vonk_str_equal(text, STR("Infinity"));
}

static bool take_double(const struct vonk_csv_options *o, const struct vonk_csv_token *t, double *out) {
  if (LIKELY(vonk_text_real(text_of(t), out))) return true;
  struct vonk_str text = text_of(t);
  return take_word(o, text, out) || (is_java_real(text) && vonk_real_parse_double(text, out));
}

static bool take_float(const struct vonk_csv_options *o, const struct vonk_csv_token *t, float *out) {
  struct vonk_str text = text_of(t);
  double word;
  if (take_word(o, text, &word)) {
    *out = (float)word;
    return true;
  }
  return is_java_real(text) && vonk_real_parse_float(text, out);
}

static bool take_boolean(struct vonk_str text, bool *out) {
  *out = vonk_str_equal_nocase(text, STR("true"));
  return *out || vonk_str_equal_nocase(text, STR("false"));
}

/* Runs TAKE, which sets ENTRY and says whether it could, for each token that is not null. */
#define EACH(physical_type, take)                                                           \
  do {                                                                                      \
    physical_type *entries = (physical_type *)data + first;                                 \
    for (uint32_t i = 0; i < count; i++) {                                                  \
      const struct vonk_csv_token *t = &tokens[i];                                          \
      physical_type *entry = &entries[i];                                                   \
      bool there = !is_null(c->options, t);                                                 \
      bool fine = there && (take);                                                          \
      if (UNLIKELY(!fine)) {                                                                \
        memset(entry, 0, sizeof *entry);                                                    \
        vonk_bits_clear(valid, first + i);                                                  \
        if (there) vonk_bits_set(bad, first + i);                                           \
      }                                                                                     \
    }                                                                                       \
  } while (0)

static void convert_integers(const struct vonk_csv_converter *c, const struct vonk_csv_token *tokens, uint32_t first, uint32_t count, void *data,
                             uint64_t *valid, uint64_t *bad) {
  int64_t v;
  switch (c->physical) {
    case VONK_PHYSICAL_I8: EACH(int8_t, take_integer(c, t, &v) && (*entry = (int8_t)v, true)); break;
    case VONK_PHYSICAL_I16: EACH(int16_t, take_integer(c, t, &v) && (*entry = (int16_t)v, true)); break;
    case VONK_PHYSICAL_I32: EACH(int32_t, take_long(t, &v) && v == (int32_t)v && (*entry = (int32_t)v, true)); break;
    default: EACH(int64_t, take_long(t, entry)); break;
  }
}

static void convert_decimals(const struct vonk_csv_converter *c, const struct vonk_csv_token *tokens, uint32_t first, uint32_t count, void *data,
                             uint64_t *valid, uint64_t *bad, struct vonk_arena *arena) {
  vonk_int128 v;
  switch (c->physical) {
    case VONK_PHYSICAL_I32: EACH(int32_t, take_decimal(c, t, arena, &v) && (*entry = (int32_t)v, true)); break;
    case VONK_PHYSICAL_I64: EACH(int64_t, take_decimal(c, t, arena, &v) && (*entry = (int64_t)v, true)); break;
    default: EACH(vonk_int128, take_decimal(c, t, arena, entry)); break;
  }
}

static void convert_booleans(const struct vonk_csv_converter *c, const struct vonk_csv_token *tokens, uint32_t first, uint32_t count, uint64_t *data,
                             uint64_t *valid, uint64_t *bad) {
  for (uint32_t i = 0; i < count; i++) {
    bool value = false, there = !is_null(c->options, &tokens[i]), fine = there && take_boolean(text_of(&tokens[i]), &value);
    vonk_bits_put(data, first + i, value);
    if (!fine) vonk_bits_clear(valid, first + i);
    if (there && !fine) vonk_bits_set(bad, first + i);
  }
}

static bool make_view(const struct vonk_csv_token *t, struct vonk_view *out) {
  if (t->size > INT32_MAX) return false;
  vonk_view_put(out, t->data, (uint32_t)t->size);
  return true;
}

static bool take_other(const struct vonk_csv_converter *c, const struct vonk_csv_token *t, struct vonk_value *out) {
  return vonk_parse_value(text_of(t), c->type, &c->times->context, false, out);
}

void vonk_csv_convert(const struct vonk_csv_converter *c, const struct vonk_csv_token *tokens, uint32_t first, uint32_t count, void *data,
                      uint64_t *valid, uint64_t *bad, struct vonk_arena *arena) {
  struct vonk_value v;
  vonk_bits_set_range(valid, first, first + count, true);
  switch (c->type->id) {
    case VONK_TYPE_BOOLEAN: convert_booleans(c, tokens, first, count, data, valid, bad); break;
    case VONK_TYPE_BYTE:
    case VONK_TYPE_SHORT:
    case VONK_TYPE_INT:
    case VONK_TYPE_LONG: convert_integers(c, tokens, first, count, data, valid, bad); break;
    case VONK_TYPE_FLOAT: EACH(float, take_float(c->options, t, entry)); break;
    case VONK_TYPE_DOUBLE: EACH(double, take_double(c->options, t, entry)); break;
    case VONK_TYPE_DECIMAL: convert_decimals(c, tokens, first, count, data, valid, bad, arena); break;
    case VONK_TYPE_DATE: EACH(int32_t, vonk_text_parse_date(c->times, text_of(t), entry)); break;
    case VONK_TYPE_TIMESTAMP: EACH(int64_t, vonk_text_parse_timestamp(c->times, text_of(t), entry)); break;
    case VONK_TYPE_TIMESTAMP_NTZ: EACH(int64_t, vonk_text_parse_ntz(c->times, text_of(t), entry)); break;
    case VONK_TYPE_INTERVAL_YM: EACH(int32_t, take_other(c, t, &v) && (*entry = (int32_t)v.integer, true)); break;
    case VONK_TYPE_TIME:
    case VONK_TYPE_INTERVAL_DT: EACH(int64_t, take_other(c, t, &v) && (*entry = v.integer, true)); break;
    case VONK_TYPE_INTERVAL: EACH(struct vonk_interval, take_other(c, t, &v) && (*entry = v.interval, true)); break;
    default: EACH(struct vonk_view, make_view(t, entry)); break;
  }
}
