/* cast_value.c: a value of any type as a value of another. */
#include <math.h>

#include "expr/cast_internal.h"
#include "expr/range.h"
#include "type/calendar.h"
#include "type/decimal.h"

bool vonk_cast_to_integer(vonk_int128 value, const struct vonk_type *to, enum vonk_cast_mode mode, vonk_int128 *out) {
  struct vonk_range limit = vonk_range_of_type(to);
  *out = value;
  if (value >= limit.low && value <= limit.high) return true;
  if (mode != VONK_CAST_LEGACY) return false;
  switch (to->id) {
    case VONK_TYPE_BYTE: *out = (int8_t)value; return true;
    case VONK_TYPE_SHORT: *out = (int16_t)value; return true;
    case VONK_TYPE_INT: *out = (int32_t)value; return true;
    default: *out = (int64_t)value; return true;
  }
}

/* As Java's casts: towards zero, stopping at the ends, NaN is 0; bytes and shorts go through int. */
static bool real_to_integer(double real, const struct vonk_type *to, enum vonk_cast_mode mode, vonk_int128 *out) {
  struct vonk_range limit = vonk_range_of_type(to);
  if (mode != VONK_CAST_LEGACY) {
    /* 2^63 as a double is above the largest long, but Spark lets it in and gives the largest. */
    if (!(floor(real) <= (double)limit.high && ceil(real) >= (double)limit.low)) return false;
    *out = real >= 9223372036854775807.0 ? INT64_MAX : (vonk_int128)(int64_t)real;
    return true;
  }
  const struct vonk_type *first = to->id == VONK_TYPE_LONG ? to : &vonk_type_int;
  limit = vonk_range_of_type(first);
  vonk_int128 value = real != real ? 0 : real >= (double)limit.high ? limit.high : real <= (double)limit.low ? limit.low : (vonk_int128)(int64_t)real;
  return vonk_cast_to_integer(value, to, mode, out);
}

static bool number_to_timestamp(struct vonk_caster *caster, const struct vonk_value *v, int64_t *out) {
  if (vonk_type_is_fractional(v->type)) {
    double micros = v->real * 1e6;
    if (!isfinite(v->real)) return false;
    if (caster->mode != VONK_CAST_LEGACY && !(micros >= -9.2233720368547758e18 && micros <= 9.2233720368547758e18)) return false;
    *out = micros >= 9.2233720368547758e18 ? INT64_MAX : micros <= -9.2233720368547758e18 ? INT64_MIN : (int64_t)micros;
    return true;
  }
  if (v->type->id == VONK_TYPE_DECIMAL) {
    vonk_int128 micros;
    if (v->type->scale <= 6) micros = v->decimal * vonk_pow10_128[6 - v->type->scale];
    else micros = v->decimal / vonk_pow10_128[v->type->scale - 6];
    *out = (int64_t)micros;
    return true;
  }
  if (v->type->id == VONK_TYPE_BOOLEAN) {
    *out = v->integer;
    return true;
  }
  if (!__builtin_mul_overflow(v->integer, VONK_MICROS_PER_SECOND, out)) return true;
  *out = v->integer < 0 ? INT64_MIN : INT64_MAX;
  return true;
}

static bool cast_datetime(struct vonk_caster *caster, const struct vonk_value *v, const struct vonk_type *to, int64_t *out) {
  int64_t local = v->integer;
  if (v->type->id == VONK_TYPE_DATE) {
    if (to->id == VONK_TYPE_DATE) return *out = local, true;
    if (!vonk_calendar_days_to_micros(v->integer, &local)) return false;
  } else if (v->type->id == VONK_TYPE_TIMESTAMP) {
    local = vonk_timezone_to_local(caster->zone, v->integer);
  }
  if (to->id == VONK_TYPE_DATE) *out = vonk_calendar_micros_to_days(local);
  else *out = to->id == VONK_TYPE_TIMESTAMP ? vonk_timezone_to_utc(caster->zone, local) : local;
  return true;
}

/* Micros or months of one unit of an interval's last field. */
static int64_t interval_unit(const struct vonk_type *type) {
  switch (type->end_field) {
    case VONK_FIELD_YEAR: return 12;
    case VONK_FIELD_MONTH: return 1;
    case VONK_FIELD_DAY: return VONK_MICROS_PER_DAY;
    case VONK_FIELD_HOUR: return VONK_MICROS_PER_HOUR;
    case VONK_FIELD_MINUTE: return VONK_MICROS_PER_MINUTE;
    default: return VONK_MICROS_PER_SECOND;
  }
}

static bool is_span(const struct vonk_type *t) { return t->id == VONK_TYPE_INTERVAL_YM || t->id == VONK_TYPE_INTERVAL_DT; }

/* The exact number that VALUE is: TIMESTAMPs and TIMEs are seconds, intervals whole units of their last field, seconds with a fraction. */
static bool exact_of(const struct vonk_value *v, vonk_int128 *unscaled, int *scale) {
  *scale = 0;
  if (v->type->id == VONK_TYPE_DECIMAL) *unscaled = v->decimal, *scale = v->type->scale;
  else if (v->type->id == VONK_TYPE_TIMESTAMP) *unscaled = v->integer, *scale = 6;
  else if (v->type->id == VONK_TYPE_TIME) *unscaled = v->integer, *scale = 9;
  else if (v->type->id == VONK_TYPE_INTERVAL_DT && v->type->end_field == VONK_FIELD_SECOND) *unscaled = v->integer, *scale = 6;
  else if (is_span(v->type)) *unscaled = v->integer / interval_unit(v->type);
  else *unscaled = v->integer;
  return v->type->id != VONK_TYPE_DATE;
}

static bool to_number(struct vonk_caster *caster, const struct vonk_value *v, const struct vonk_type *to, struct vonk_value *out) {
  vonk_int128 unscaled = 0, integer = 0;
  int scale = 0;
  bool real = vonk_type_is_fractional(v->type);
  if (!real && !exact_of(v, &unscaled, &scale)) return false;
  switch (to->id) {
    case VONK_TYPE_BOOLEAN: out->integer = real ? v->real != 0 : unscaled != 0; return true;
    case VONK_TYPE_FLOAT:
    case VONK_TYPE_DOUBLE:
      out->real = real ? v->real : vonk_decimal_to_double(unscaled, scale);
      if (to->id == VONK_TYPE_FLOAT) out->real = (float)out->real;
      return true;
    case VONK_TYPE_DECIMAL: {
      struct vonk_decimal_shape shape = {to->precision, to->scale};
      return real ? vonk_decimal_from_double(v->real, shape, &out->decimal) : vonk_decimal_rescale(unscaled, scale, shape, &out->decimal);
    }
    default: break;
  }
  if (real) {
    if (!real_to_integer(v->real, to, caster->mode, &integer)) return false;
  } else {
    vonk_int128 whole = unscaled / vonk_pow10_128[scale];
    if (v->type->id == VONK_TYPE_TIMESTAMP && unscaled < 0 && unscaled % vonk_pow10_128[scale]) whole--;
    if (!vonk_cast_to_integer(whole, to, caster->mode, &integer)) return false;
  }
  out->integer = (int64_t)integer;
  return true;
}

static bool cast_items(struct vonk_caster *caster, const struct vonk_value *v, const struct vonk_type *to, struct vonk_value *out) {
  uint32_t count = vonk_value_item_count(v);
  struct vonk_value *items = ARENA_ARRAY(caster->arena, struct vonk_value, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_type *type = to->id == VONK_TYPE_ARRAY ? to->element : to->id == VONK_TYPE_STRUCT ? to->fields[i].type : i % 2 ? to->element : to->key;
    if (v->nested.items[i].is_null) {
      items[i] = vonk_value_null(type);
    } else if (!vonk_cast_value(caster, &v->nested.items[i], type, &items[i])) {
      if (caster->mode == VONK_CAST_ANSI || (to->id == VONK_TYPE_MAP && i % 2 == 0)) return false;
      items[i] = vonk_value_null(type);
    }
  }
  out->nested.items = items;
  out->nested.count = v->nested.count;
  return true;
}

static bool to_text(struct vonk_caster *caster, const struct vonk_value *v, struct vonk_value *out) {
  struct vonk_format_options options = {.form = VONK_TEXT_CAST, .decimal_exponent = caster->mode == VONK_CAST_LEGACY, .zone = caster->zone};
  struct vonk_text text;
  vonk_text_init(&text, caster->arena);
  vonk_format_value(&text, v, &options);
  out->text = vonk_text_str(&text);
  return true;
}

bool vonk_cast_value(struct vonk_caster *caster, const struct vonk_value *v, const struct vonk_type *to, struct vonk_value *out) {
  const struct vonk_type *from = v->type;
  *out = *v;
  out->type = to;
  if (from->id == VONK_TYPE_VOID) {
    out->is_null = true;
    return true;
  }
  if (vonk_type_is_string(to)) return vonk_type_is_string(from) || to_text(caster, v, out);
  if (vonk_type_is_string(from)) {
    if (to->id == VONK_TYPE_BINARY) return true;
    return vonk_parse_value(v->text, to, &caster->parse, caster->mode == VONK_CAST_LEGACY, out);
  }
  if (vonk_type_is_nested(to)) return cast_items(caster, v, to, out);
  if (vonk_type_same(from, to)) return true;
  if (vonk_type_is_datetime(from) && vonk_type_is_datetime(to)) return cast_datetime(caster, v, to, &out->integer);
  if (to->id == VONK_TYPE_TIMESTAMP) return number_to_timestamp(caster, v, &out->integer);
  if (to->id == VONK_TYPE_BINARY) {
    uint32_t size = from->id == VONK_TYPE_BYTE ? 1 : from->id == VONK_TYPE_SHORT ? 2 : from->id == VONK_TYPE_INT ? 4 : 8;
    char *bytes = vonk_arena_alloc(caster->arena, size);
    for (uint32_t i = 0; i < size; i++) bytes[i] = (char)(v->integer >> (8 * (size - 1 - i)));
    out->text = vonk_str_make(bytes, size);
    return true;
  }
  if (is_span(to) && is_span(from)) {
    int64_t unit = interval_unit(to);
    out->integer = v->integer / unit * unit;
    return true;
  }
  if (is_span(to)) {
    vonk_int128 unscaled, whole;
    int scale;
    exact_of(v, &unscaled, &scale);
    if (__builtin_mul_overflow(unscaled, (vonk_int128)interval_unit(to), &whole)) return false;
    vonk_int128 half = to->id == VONK_TYPE_INTERVAL_YM ? vonk_pow10_128[scale] / 2 : 0; /* months are rounded, micros cut to the last field */
    whole = (whole + (whole < 0 ? -half : half)) / vonk_pow10_128[scale];
    if (to->id == VONK_TYPE_INTERVAL_DT && to->end_field != VONK_FIELD_SECOND) whole -= whole % interval_unit(to);
    struct vonk_range limit = vonk_range_of_type(to);
    out->integer = (int64_t)whole;
    return whole >= limit.low && whole <= limit.high;
  }
  if (vonk_type_is_numeric(to) || to->id == VONK_TYPE_BOOLEAN) return to_number(caster, v, to, out);
  return true;
}
