/* cast.c: CAST. Numbers go through loops of their own; everything else value by value (cast_value.c). */
#include "expr/cast.h"

#include "base/bits.h"
#include "expr/cast_internal.h"
#include "kernel/gather.h"
#include "type/decimal.h"

/* --- rules --- */

static bool is_numeric_or_boolean(const struct vonk_type *t) { return vonk_type_is_numeric(t) || t->id == VONK_TYPE_BOOLEAN; }

static bool nested_allowed(const struct vonk_type *from, const struct vonk_type *to, enum vonk_cast_mode mode) {
  if (from->id != to->id) return false;
  if (from->id == VONK_TYPE_ARRAY) return vonk_cast_allowed(from->element, to->element, mode);
  if (from->id == VONK_TYPE_MAP) return vonk_cast_allowed(from->key, to->key, mode) && vonk_cast_allowed(from->element, to->element, mode);
  if (from->field_count != to->field_count) return false;
  for (uint32_t i = 0; i < from->field_count; i++) {
    if (!vonk_cast_allowed(from->fields[i].type, to->fields[i].type, mode)) return false;
  }
  return true;
}

bool vonk_cast_allowed(const struct vonk_type *from, const struct vonk_type *to, enum vonk_cast_mode mode) {
  bool ansi = mode != VONK_CAST_LEGACY;
  if (vonk_type_same(from, to) || from->id == VONK_TYPE_VOID || vonk_type_is_string(to)) return true;
  if (vonk_type_is_nested(from) || vonk_type_is_nested(to)) return nested_allowed(from, to, mode);
  if (vonk_type_is_string(from)) return to->id != VONK_TYPE_VOID && to->id != VONK_TYPE_VARIANT;
  if (from->id == VONK_TYPE_BINARY || to->id == VONK_TYPE_BINARY) return !ansi && vonk_type_is_integral(from);
  if (is_numeric_or_boolean(from) && is_numeric_or_boolean(to)) return true;
  if (vonk_type_is_datetime(from) && vonk_type_is_datetime(to)) return true;
  if (from->id == VONK_TYPE_TIMESTAMP) return is_numeric_or_boolean(to) && (!ansi || vonk_type_is_numeric(to));
  if (to->id == VONK_TYPE_TIMESTAMP) return is_numeric_or_boolean(from) && (!ansi || vonk_type_is_numeric(from));
  if (from->id == VONK_TYPE_DATE) return !ansi && is_numeric_or_boolean(to);
  if (from->id == VONK_TYPE_TIME) return to->id == VONK_TYPE_TIME || vonk_type_is_integral(to) || to->id == VONK_TYPE_DECIMAL;
  if (from->id == to->id && vonk_type_is_interval(from)) return true;
  bool from_interval = from->id == VONK_TYPE_INTERVAL_YM || from->id == VONK_TYPE_INTERVAL_DT;
  bool to_interval = to->id == VONK_TYPE_INTERVAL_YM || to->id == VONK_TYPE_INTERVAL_DT;
  return (from_interval && (vonk_type_is_integral(to) || to->id == VONK_TYPE_DECIMAL)) ||
         (to_interval && (vonk_type_is_integral(from) || from->id == VONK_TYPE_DECIMAL));
}

bool vonk_cast_can_fail(const struct vonk_type *from, const struct vonk_type *to, enum vonk_cast_mode mode) {
  bool ansi = mode != VONK_CAST_LEGACY;
  if (vonk_type_same(from, to) || from->id == VONK_TYPE_VOID) return false;
  if (vonk_type_is_string(to)) return false;
  if (vonk_type_is_string(from)) return to->id != VONK_TYPE_BINARY;
  if (to->id == VONK_TYPE_BOOLEAN || to->id == VONK_TYPE_FLOAT || to->id == VONK_TYPE_DOUBLE) return from->id == VONK_TYPE_DATE;
  if (from->id == VONK_TYPE_BOOLEAN) return to->id == VONK_TYPE_DECIMAL && to->precision == to->scale;
  if (vonk_type_is_integral(from) && vonk_type_is_integral(to)) return ansi && from->id > to->id;
  if (vonk_type_is_numeric(from) && vonk_type_is_integral(to)) return ansi;
  if (vonk_type_is_numeric(from) && to->id == VONK_TYPE_DECIMAL) {
    if (vonk_type_is_fractional(from)) return true;
    struct vonk_decimal_shape shape = vonk_decimal_shape_of(from);
    return to->precision - to->scale < shape.precision - shape.scale + (to->scale < shape.scale);
  }
  if (vonk_type_is_datetime(from) && vonk_type_is_datetime(to)) return false;
  return true;
}

/* --- loops of numbers --- */

static void put_integer(struct vonk_frame *frame, uint32_t row, vonk_int128 value) {
  switch (frame->expr->physical) {
    case VONK_PHYSICAL_I8: ((int8_t *)frame->data)[row] = (int8_t)value; return;
    case VONK_PHYSICAL_I16: ((int16_t *)frame->data)[row] = (int16_t)value; return;
    case VONK_PHYSICAL_I32: ((int32_t *)frame->data)[row] = (int32_t)value; return;
    case VONK_PHYSICAL_I64: ((int64_t *)frame->data)[row] = (int64_t)value; return;
    default: ((vonk_int128 *)frame->data)[row] = value;
  }
}

static bool is_exact(const struct vonk_type *t) { return vonk_type_is_integral(t) || t->id == VONK_TYPE_DECIMAL; }
static int scale_of(const struct vonk_type *t) { return t->id == VONK_TYPE_DECIMAL ? t->scale : 0; }

/* Integers and decimals where the range is proven or nothing can be lost: widen, then multiply. */
static STATUS cast_exact_safe(struct vonk_frame *frame, int raise) {
  const struct vonk_column *a = &frame->arguments[0];
  uint32_t count = frame->row_count;
  if (raise == 0) {
    if (a->encoding == VONK_FLAT) {
      vonk_widen_values(a->data, a->physical, frame->data, frame->expr->physical, count);
      return VONK_OK;
    }
    for (uint32_t i = 0; i < count; i++) put_integer(frame, i, vonk_read_int128(a, i));
    return VONK_OK;
  }
  vonk_int128 factor = vonk_pow10_128[raise];
  if (frame->expr->physical == VONK_PHYSICAL_I64 && a->physical != VONK_PHYSICAL_I128) {
    for (uint32_t i = 0; i < count; i++) ((int64_t *)frame->data)[i] = (int64_t)((uint64_t)vonk_read_int(a, i) * (uint64_t)factor);
    return VONK_OK;
  }
  for (uint32_t i = 0; i < count; i++) put_integer(frame, i, (vonk_int128)((vonk_uint128)vonk_read_int128(a, i) * (vonk_uint128)factor));
  return VONK_OK;
}

static STATUS cast_exact(struct vonk_frame *frame, enum vonk_cast_mode mode) {
  const struct vonk_type *from = ((const struct vonk_expr_cast *)(const void *)frame->expr)->child->type, *to = frame->expr->type;
  const struct vonk_column *a = &frame->arguments[0];
  int from_scale = scale_of(from), to_scale = scale_of(to);
  bool safe = frame->expr->range.known || (!vonk_cast_can_fail(from, to, VONK_CAST_ANSI) && to_scale >= from_scale);
  if (safe && to_scale >= from_scale) return cast_exact_safe(frame, to_scale - from_scale);
  struct vonk_decimal_shape shape = {to->precision, to->scale};
  for (uint32_t i = 0; i < frame->row_count; i++) {
    if (!vonk_bits_get(frame->live, i)) continue;
    vonk_int128 value = vonk_read_int128(a, i), out = 0;
    bool fits = to->id == VONK_TYPE_DECIMAL ? vonk_decimal_rescale(value, from_scale, shape, &out)
                                            : vonk_cast_to_integer(value / vonk_pow10_128[from_scale], to, mode, &out);
    if (fits) put_integer(frame, i, out);
    else vonk_bits_set(frame->bad, i);
  }
  return VONK_OK;
}

static STATUS cast_to_real(struct vonk_frame *frame, const struct vonk_type *from) {
  const struct vonk_column *a = &frame->arguments[0];
  int scale = scale_of(from);
  bool wide = frame->expr->physical == VONK_PHYSICAL_F64;
  if (vonk_type_is_integral(from)) {
    vonk_widen_values(a->data, a->physical, frame->data, frame->expr->physical, a->encoding == VONK_CONST ? 1 : frame->row_count);
    return VONK_OK;
  }
  for (uint32_t i = 0; i < frame->row_count; i++) {
    double value;
    float small;
    if (vonk_type_is_fractional(from)) value = vonk_read_real(a, i), small = (float)value;
    else {
      vonk_int128 unscaled = vonk_read_int128(a, i);
      /* Both exact below 2^53 and 10^22: the quotient is the nearest double. */
      bool exact = unscaled < ((vonk_int128)1 << 53) && unscaled > -((vonk_int128)1 << 53) && scale <= 22;
      value = exact ? (double)(int64_t)unscaled / (double)vonk_pow10_128[scale] : vonk_decimal_to_double(unscaled, scale);
      small = wide ? 0 : vonk_decimal_to_float(unscaled, scale);
    }
    if (wide) ((double *)frame->data)[i] = value;
    else ((float *)frame->data)[i] = small;
  }
  return VONK_OK;
}

/* --- everything else --- */

static STATUS put_value(struct vonk_frame *frame, uint32_t row, const struct vonk_value *value) {
  const struct vonk_type *to = frame->expr->type;
  if (frame->builder) return vonk_builder_add_value(frame->task, frame->builder, value);
  switch (frame->expr->physical) {
    case VONK_PHYSICAL_BOOL: vonk_bits_put(frame->data, row, value->integer != 0); return VONK_OK;
    case VONK_PHYSICAL_F32: ((float *)frame->data)[row] = (float)value->real; return VONK_OK;
    case VONK_PHYSICAL_F64: ((double *)frame->data)[row] = value->real; return VONK_OK;
    case VONK_PHYSICAL_INTERVAL: ((struct vonk_interval *)frame->data)[row] = value->interval; return VONK_OK;
    default: put_integer(frame, row, to->id == VONK_TYPE_DECIMAL ? value->decimal : value->integer); return VONK_OK;
  }
}

static STATUS cast_values(struct vonk_frame *frame, struct vonk_caster *caster) {
  const struct vonk_type *to = frame->expr->type;
  if (frame->expr->physical == VONK_PHYSICAL_BOOL) memset(frame->data, 0, vonk_bits_words(frame->row_count) * 8);
  for (uint32_t i = 0; i < frame->row_count; i++) {
    struct vonk_value in, out = vonk_value_null(to);
    bool live = vonk_bits_get(frame->live, i), fits = true;
    if (live) {
      in = vonk_column_get(&frame->arguments[0], i, caster->arena);
      in.type = ((const struct vonk_expr_cast *)(const void *)frame->expr)->child->type;
      fits = vonk_cast_value(caster, &in, to, &out);
      if (!fits) vonk_bits_set(frame->bad, i);
    }
    if (!live || !fits) out = vonk_value_null(to);
    if (out.is_null) {
      vonk_bits_clear(frame->valid, i);
      if (frame->builder) TRY(vonk_builder_add_null(frame->task, frame->builder));
    } else {
      TRY(put_value(frame, i, &out));
    }
    if (i % 256 == 255) {
      vonk_arena_reset(caster->arena);
      caster->parse.last_id = (struct vonk_str){0};
      caster->parse.last_zone = NULL;
    }
  }
  return VONK_OK;
}

STATUS vonk_cast_eval(struct vonk_frame *frame) {
  const struct vonk_expr_cast *cast = (const struct vonk_expr_cast *)(const void *)frame->expr;
  const struct vonk_type *from = cast->child->type, *to = cast->expr.type;
  if (vonk_type_same(from, to) || (vonk_type_is_string(from) && (vonk_type_is_string(to) || to->id == VONK_TYPE_BINARY))) {
    *frame->result = frame->arguments[0];
    return VONK_OK;
  }
  if (is_exact(from) && is_exact(to)) return cast_exact(frame, cast->mode);
  if (vonk_type_is_fractional(to) && vonk_type_is_numeric(from)) return cast_to_real(frame, from);
  struct vonk_caster caster = {.mode = cast->mode, .arena = vonk_arena_create(frame->task->budget)};
  struct vonk_arena *zone_arena = vonk_arena_create(frame->task->budget);
  enum vonk_status status = VONK_OK;
  caster.zone = &vonk_timezone_utc;
  if (cast->time_zone.size && !vonk_timezone_load(zone_arena, cast->time_zone, &caster.zone)) caster.zone = &vonk_timezone_utc;
  caster.parse = (struct vonk_parse_context){.zone = caster.zone, .arena = caster.arena};
  status = cast_values(frame, &caster);
  vonk_arena_destroy(caster.arena);
  vonk_arena_destroy(zone_arena);
  return status;
}

/* --- errors --- */

static struct vonk_str quote_type(struct vonk_arena *arena, const struct vonk_type *type) {
  struct vonk_str text = vonk_type_sql(arena, type);
  return vonk_str_format(arena, "\"" STR_FMT "\"", STR_ARG(text));
}

STATUS vonk_cast_raise(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_expr_cast *cast = (const struct vonk_expr_cast *)(const void *)frame->expr;
  struct vonk_arena *arena = frame->task->arena;
  const struct vonk_type *from = cast->child->type, *to = cast->expr.type;
  struct vonk_value value = vonk_column_get(&frame->arguments[0], row, arena);
  value.type = from;
  struct vonk_str text = vonk_value_sql(arena, &value), source = quote_type(arena, from), target = quote_type(arena, to);
  if (cast->stored_column.data) {
    return vonk_raise(frame->task, VONK_CAST_OVERFLOW_IN_TABLE_INSERT, NULL, "sourceType", source, "targetType", target, "columnName",
                      vonk_type_quote_name(arena, cast->stored_column), NULL);
  }
  if (vonk_type_is_string(from)) {
    return vonk_raise(frame->task, VONK_CAST_INVALID_INPUT, cast->expr.node.origin, "expression", text, "sourceType", source,
                      "targetType", target, "ansiConfig", STR("\"spark.sql.ansi.enabled\""), NULL);
  }
  if (to->id == VONK_TYPE_DECIMAL) {
    struct vonk_text plain;
    vonk_text_init(&plain, arena);
    vonk_format_value(&plain, &value, &(struct vonk_format_options){.form = VONK_TEXT_CAST});
    return vonk_raise(frame->task, VONK_NUMERIC_VALUE_OUT_OF_RANGE__WITH_SUGGESTION, cast->expr.node.origin, "value", vonk_text_str(&plain),
                      "precision", vonk_str_format(arena, "%d", to->precision), "scale", vonk_str_format(arena, "%d", to->scale),
                      "config", STR("\"spark.sql.ansi.enabled\""), NULL);
  }
  return vonk_raise(frame->task, VONK_CAST_OVERFLOW, cast->expr.node.origin, "value", text, "sourceType", source, "targetType", target, "ansiConfig",
                    STR("\"spark.sql.ansi.enabled\""), NULL);
}
