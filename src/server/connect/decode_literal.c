/* decode_literal.c: Literal messages to values.
 *
 * A literal says its type itself, or in data_type, or (nested ones) has it from the array, map or struct around it; so the
 * type comes first and guides the reading of the value.
 */
#include "server/connect/decode_internal.h"

#include "type/decimal.h"

enum literal_member {
  LITERAL_NULL = 1, LITERAL_BINARY = 2, LITERAL_BOOLEAN = 3, LITERAL_BYTE = 4, LITERAL_SHORT = 5, LITERAL_INTEGER = 6, LITERAL_LONG = 7,
  LITERAL_FLOAT = 10, LITERAL_DOUBLE = 11, LITERAL_DECIMAL = 12, LITERAL_STRING = 13, LITERAL_DATE = 16, LITERAL_TIMESTAMP = 17,
  LITERAL_TIMESTAMP_NTZ = 18, LITERAL_CALENDAR_INTERVAL = 19, LITERAL_YEAR_MONTH_INTERVAL = 20, LITERAL_DAY_TIME_INTERVAL = 21,
  LITERAL_ARRAY = 22, LITERAL_MAP = 23, LITERAL_STRUCT = 24, LITERAL_SPECIALIZED_ARRAY = 25, LITERAL_TIME = 26,
};
enum { LITERAL_DATA_TYPE = 100 };

/* What a literal with a member is of, and the name of the member in messages. TYPE is NULL where it needs a look inside. */
static const struct literal_kind {
  struct member member;
  const struct vonk_type *type;
  enum vonk_type_id id;
} kinds[] = {
    {{LITERAL_NULL, "NULL"}, NULL, VONK_TYPE_VOID},
    {{LITERAL_BINARY, "BINARY"}, &vonk_type_binary, VONK_TYPE_BINARY},
    {{LITERAL_BOOLEAN, "BOOLEAN"}, &vonk_type_boolean, VONK_TYPE_BOOLEAN},
    {{LITERAL_BYTE, "BYTE"}, &vonk_type_byte, VONK_TYPE_BYTE},
    {{LITERAL_SHORT, "SHORT"}, &vonk_type_short, VONK_TYPE_SHORT},
    {{LITERAL_INTEGER, "INTEGER"}, &vonk_type_int, VONK_TYPE_INT},
    {{LITERAL_LONG, "LONG"}, &vonk_type_long, VONK_TYPE_LONG},
    {{LITERAL_FLOAT, "FLOAT"}, &vonk_type_float, VONK_TYPE_FLOAT},
    {{LITERAL_DOUBLE, "DOUBLE"}, &vonk_type_double, VONK_TYPE_DOUBLE},
    {{LITERAL_DECIMAL, "DECIMAL"}, NULL, VONK_TYPE_DECIMAL},
    {{LITERAL_STRING, "STRING"}, &vonk_type_string, VONK_TYPE_STRING},
    {{LITERAL_DATE, "DATE"}, &vonk_type_date, VONK_TYPE_DATE},
    {{LITERAL_TIMESTAMP, "TIMESTAMP"}, &vonk_type_timestamp, VONK_TYPE_TIMESTAMP},
    {{LITERAL_TIMESTAMP_NTZ, "TIMESTAMP_NTZ"}, &vonk_type_timestamp_ntz, VONK_TYPE_TIMESTAMP_NTZ},
    {{LITERAL_CALENDAR_INTERVAL, "CALENDAR_INTERVAL"}, &vonk_type_interval, VONK_TYPE_INTERVAL},
    {{LITERAL_YEAR_MONTH_INTERVAL, "YEAR_MONTH_INTERVAL"}, &vonk_type_interval_ym, VONK_TYPE_INTERVAL_YM},
    {{LITERAL_DAY_TIME_INTERVAL, "DAY_TIME_INTERVAL"}, &vonk_type_interval_dt, VONK_TYPE_INTERVAL_DT},
    {{LITERAL_ARRAY, "ARRAY"}, NULL, VONK_TYPE_ARRAY},
    {{LITERAL_MAP, "MAP"}, NULL, VONK_TYPE_MAP},
    {{LITERAL_STRUCT, "STRUCT"}, NULL, VONK_TYPE_STRUCT},
    {{LITERAL_SPECIALIZED_ARRAY, "SPECIALIZED_ARRAY"}, NULL, VONK_TYPE_ARRAY},
    {{LITERAL_TIME, "TIME"}, NULL, VONK_TYPE_TIME},
};

/* NULL when none is set. */
static const struct literal_kind *kind_of(const struct vonk_protobuf *message) { return DECODE_MEMBER(message, kinds); }

static STATUS fail_unknown(struct decoder *d) {
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__UNSUPPORTED_LITERAL_TYPE, d->origin, "typeInfo", STR("LITERALTYPE_NOT_SET(0)"), NULL);
}

/* --- types --- */

static int32_t digit_count(struct vonk_str text) {
  int32_t count = 0;
  for (size_t i = 0; i < text.size && (text.data[i] | 32) != 'e'; i++) count += text.data[i] >= '0' && text.data[i] <= '9';
  return count;
}

/* At least what the digits need, at least what is asked for. */
static STATUS decimal_type(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type **out) {
  enum { VALUE = 1, PRECISION = 2, SCALE = 3 };
  struct vonk_protobuf decimal = vonk_protobuf_message(message, LITERAL_DECIMAL);
  struct vonk_str text = vonk_protobuf_text(&decimal, VALUE);
  struct vonk_decimal_shape shape = {0};
  vonk_int128 unscaled;
  enum vonk_decimal_parse parsed = vonk_decimal_parse_natural(text, &unscaled, &shape);
  if (parsed == VONK_DECIMAL_MALFORMED) {
    return vonk_raise(d->task, VONK_CAST_INVALID_INPUT, d->origin, "expression", vonk_str_format(d->arena, "'" STR_FMT "'", STR_ARG(text)), "sourceType",
                      STR("\"STRING\""), "targetType", STR("\"DECIMAL\""), NULL);
  }
  int32_t precision = vonk_protobuf_i32(&decimal, PRECISION), scale = vonk_protobuf_i32(&decimal, SCALE);
  if (precision < shape.precision) precision = shape.precision;
  if (scale < shape.scale) scale = shape.scale;
  if (precision < scale) precision = scale;
  if (parsed == VONK_DECIMAL_OVERFLOW) precision = digit_count(text);
  if (precision > VONK_DECIMAL_PRECISION_MAX) {
    return vonk_raise(d->task, VONK_DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION, d->origin, "precision", vonk_str_format(d->arena, "%d", precision),
                      "maxPrecision", vonk_str_format(d->arena, "%d", VONK_DECIMAL_PRECISION_MAX), NULL);
  }
  *out = vonk_type_decimal(d->arena, precision, scale);
  return VONK_OK;
}

/* The types that nested literals had before there was data_type. */
static STATUS nested_type(struct decoder *d, const struct vonk_protobuf *message, const struct literal_kind *kind, const struct vonk_type **out) {
  enum { ELEMENT_TYPE = 1, KEY_TYPE = 1, VALUE_TYPE = 2, STRUCT_TYPE = 1 };
  struct vonk_protobuf nested = vonk_protobuf_message(message, kind->member.number);
  const struct vonk_type *key, *element;
  switch ((enum literal_member)kind->member.number) {
    case LITERAL_ARRAY:
      if (!vonk_protobuf_has(&nested, ELEMENT_TYPE)) break;
      TRY(decode_type_at(d, &nested, ELEMENT_TYPE, &element));
      *out = vonk_type_array(d->arena, element, true);
      return VONK_OK;
    case LITERAL_MAP:
      if (!vonk_protobuf_has(&nested, KEY_TYPE) || !vonk_protobuf_has(&nested, VALUE_TYPE)) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__MAP_LITERAL_MISSING_DATA_TYPE);
      TRY(decode_type_at(d, &nested, KEY_TYPE, &key));
      TRY(decode_type_at(d, &nested, VALUE_TYPE, &element));
      *out = vonk_type_map(d->arena, key, element, true);
      return VONK_OK;
    case LITERAL_STRUCT:
      if (!vonk_protobuf_has(&nested, STRUCT_TYPE)) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__STRUCT_LITERAL_MISSING_DATA_TYPE);
      TRY(decode_type_at(d, &nested, STRUCT_TYPE, out));
      return decode_check_struct(d, *out);
    default: break;
  }
  return decode_fail(d, VONK_CONNECT_INVALID_PLAN__ARRAY_LITERAL_MISSING_DATA_TYPE);
}

static STATUS time_type(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type **out) {
  enum { PRECISION = 2, PRECISION_MAX = 6 };
  struct vonk_protobuf time = vonk_protobuf_message(message, LITERAL_TIME);
  int32_t precision = vonk_protobuf_has(&time, PRECISION) ? vonk_protobuf_i32(&time, PRECISION) : PRECISION_MAX;
  if (precision < 0 || precision > PRECISION_MAX) {
    return vonk_raise(d->task, VONK_UNSUPPORTED_TIME_PRECISION, d->origin, "precision", vonk_str_format(d->arena, "%d", precision), NULL);
  }
  *out = vonk_type_time(d->arena, precision);
  return VONK_OK;
}

/* DataType's members, by our types. */
static const char *const type_kinds[VONK_TYPE_COUNT] = {
    [VONK_TYPE_VOID] = "NULL",           [VONK_TYPE_BOOLEAN] = "BOOLEAN",       [VONK_TYPE_BYTE] = "BYTE",
    [VONK_TYPE_SHORT] = "SHORT",         [VONK_TYPE_INT] = "INTEGER",           [VONK_TYPE_LONG] = "LONG",
    [VONK_TYPE_FLOAT] = "FLOAT",         [VONK_TYPE_DOUBLE] = "DOUBLE",         [VONK_TYPE_DECIMAL] = "DECIMAL",
    [VONK_TYPE_STRING] = "STRING",       [VONK_TYPE_CHAR] = "CHAR",             [VONK_TYPE_VARCHAR] = "VAR_CHAR",
    [VONK_TYPE_BINARY] = "BINARY",       [VONK_TYPE_DATE] = "DATE",             [VONK_TYPE_TIMESTAMP] = "TIMESTAMP",
    [VONK_TYPE_TIMESTAMP_NTZ] = "TIMESTAMP_NTZ", [VONK_TYPE_TIME] = "TIME",     [VONK_TYPE_INTERVAL_YM] = "YEAR_MONTH_INTERVAL",
    [VONK_TYPE_INTERVAL_DT] = "DAY_TIME_INTERVAL", [VONK_TYPE_INTERVAL] = "CALENDAR_INTERVAL", [VONK_TYPE_ARRAY] = "ARRAY",
    [VONK_TYPE_MAP] = "MAP",             [VONK_TYPE_STRUCT] = "STRUCT",         [VONK_TYPE_VARIANT] = "VARIANT",
};

static STATUS check_kind(struct decoder *d, const struct literal_kind *kind, const struct vonk_type *type) {
  enum vonk_type_id id = vonk_type_is_string(type) ? VONK_TYPE_STRING : type->id;
  if (kind->member.number == LITERAL_NULL || kind->id == id) return VONK_OK;
  if (type->id == VONK_TYPE_VOID) {
    return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__EXPECTED_NULL_VALUE, d->origin, "literalTypeCase", vonk_str_of(kind->member.name), NULL);
  }
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__INCOMPATIBLE_LITERAL_DATA_TYPE, d->origin, "dataTypeKindCase",
                    vonk_str_of(type_kinds[type->id]), "literalTypeCase", vonk_str_of(kind->member.name), NULL);
}

static STATUS literal_type(struct decoder *d, const struct vonk_protobuf *message, const struct literal_kind *kind, const struct vonk_type **out) {
  if (vonk_protobuf_has(message, LITERAL_DATA_TYPE)) {
    TRY(decode_type_at(d, message, LITERAL_DATA_TYPE, out));
    return check_kind(d, kind, *out);
  }
  *out = kind->type;
  if (kind->type) return VONK_OK;
  switch ((enum literal_member)kind->member.number) {
    case LITERAL_NULL: return decode_type_at(d, message, LITERAL_NULL, out);
    case LITERAL_DECIMAL: return decimal_type(d, message, out);
    case LITERAL_TIME: return time_type(d, message, out);
    default: return nested_type(d, message, kind, out);
  }
}

/* --- values --- */

static STATUS read_value(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type *type, struct vonk_value *out);

static STATUS read_decimal(struct decoder *d, const struct vonk_protobuf *message, struct vonk_value *out) {
  enum { VALUE = 1 };
  struct vonk_protobuf decimal = vonk_protobuf_message(message, LITERAL_DECIMAL);
  struct vonk_str text = vonk_protobuf_text(&decimal, VALUE);
  if (vonk_decimal_parse(text, (struct vonk_decimal_shape){out->type->precision, out->type->scale}, &out->decimal) == VONK_DECIMAL_OK) return VONK_OK;
  return vonk_raise(d->task, VONK_CAST_INVALID_INPUT, d->origin, "expression", vonk_str_format(d->arena, "'" STR_FMT "'", STR_ARG(text)), "sourceType",
                    STR("\"STRING\""), "targetType", vonk_str_format(d->arena, "\"" STR_FMT "\"", STR_ARG(vonk_type_sql(d->arena, out->type))), NULL);
}

/* The values of repeated Literal messages, each STRIDE after the other; TYPES are one for all, or one for each (a struct's). */
static STATUS read_items(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, const struct vonk_type *type,
                         const struct vonk_type_field *fields, uint32_t stride, struct vonk_value *out) {
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf item;
  for (uint32_t i = 0; vonk_protobuf_each_message(message, number, &at, &item); i++) {
    TRY(read_value(d, &item, fields ? fields[i].type : type, &out[(size_t)i * stride]));
  }
  return VONK_OK;
}

static STATUS read_array(struct decoder *d, const struct vonk_protobuf *message, struct vonk_value *out) {
  enum { ELEMENTS = 2 };
  struct vonk_protobuf array = vonk_protobuf_message(message, LITERAL_ARRAY);
  out->nested.count = (uint32_t)vonk_protobuf_count(&array, ELEMENTS);
  struct vonk_value *items = ARENA_ARRAY(d->arena, struct vonk_value, out->nested.count);
  out->nested.items = items;
  return read_items(d, &array, ELEMENTS, out->type->element, NULL, 1, items);
}

static STATUS read_map(struct decoder *d, const struct vonk_protobuf *message, struct vonk_value *out) {
  enum { KEYS = 3, VALUES = 4 };
  struct vonk_protobuf map = vonk_protobuf_message(message, LITERAL_MAP);
  size_t count = vonk_protobuf_count(&map, KEYS);
  if (count != vonk_protobuf_count(&map, VALUES)) return decode_fail_assertion(d, "A map literal has as many keys as values.");
  struct vonk_value *items = ARENA_ARRAY(d->arena, struct vonk_value, 2 * count);
  out->nested.count = (uint32_t)count;
  out->nested.items = items;
  TRY(read_items(d, &map, KEYS, out->type->key, NULL, 2, items));
  return read_items(d, &map, VALUES, out->type->element, NULL, 2, items + 1);
}

static STATUS read_struct(struct decoder *d, const struct vonk_protobuf *message, struct vonk_value *out) {
  enum { ELEMENTS = 2 };
  struct vonk_protobuf structure = vonk_protobuf_message(message, LITERAL_STRUCT);
  if (vonk_protobuf_count(&structure, ELEMENTS) != out->type->field_count) return decode_fail_assertion(d, "A struct literal has a value for each field.");
  struct vonk_value *items = ARENA_ARRAY(d->arena, struct vonk_value, out->type->field_count);
  out->nested.items = items;
  out->nested.count = out->type->field_count;
  return read_items(d, &structure, ELEMENTS, NULL, out->type->fields, 1, items);
}

/* Arrays of one kind of number, or of strings: members of SpecializedArray, each with its values as field 1. */
static const struct {
  enum vonk_type_id id;
  enum vonk_protobuf_wire wire;
  uint32_t member;
} arrays[] = {
    {VONK_TYPE_BOOLEAN, VONK_PROTOBUF_VARINT, 1}, {VONK_TYPE_INT, VONK_PROTOBUF_VARINT, 2},     {VONK_TYPE_LONG, VONK_PROTOBUF_VARINT, 3},
    {VONK_TYPE_FLOAT, VONK_PROTOBUF_FIXED32, 4},  {VONK_TYPE_DOUBLE, VONK_PROTOBUF_FIXED64, 5}, {VONK_TYPE_STRING, VONK_PROTOBUF_BYTES, 6},
};

static struct vonk_value number_value(const struct vonk_type *type, uint64_t bits) {
  struct vonk_value value = {.type = type};
  switch (type->id) {
    case VONK_TYPE_FLOAT: value.real = vonk_protobuf_float_of(bits); break;
    case VONK_TYPE_DOUBLE: value.real = vonk_protobuf_double_of(bits); break;
    case VONK_TYPE_BOOLEAN: value.integer = bits != 0; break;
    case VONK_TYPE_INT: value.integer = (int32_t)bits; break;
    default: value.integer = (int64_t)bits; break;
  }
  return value;
}

static STATUS read_specialized_array(struct decoder *d, const struct vonk_protobuf *message, struct vonk_value *out) {
  enum { VALUES = 1 };
  const struct vonk_type *element = out->type->element;
  struct vonk_protobuf array = vonk_protobuf_message(message, LITERAL_SPECIALIZED_ARRAY);
  size_t i = 0;
  while (i < COUNT_OF(arrays) && !(arrays[i].id == element->id && vonk_protobuf_has(&array, arrays[i].member))) i++;
  if (i == COUNT_OF(arrays)) return decode_fail_assertion(d, "The values of an array literal are not of its type.");
  struct vonk_protobuf list = vonk_protobuf_message(&array, arrays[i].member);
  ARRAY_OF(struct vonk_value) items = {0};
  if (arrays[i].wire == VONK_PROTOBUF_BYTES) {
    struct vonk_protobuf_field at = {0};
    for (struct vonk_str text; vonk_protobuf_each_text(&list, VALUES, &at, &text);) *ARRAY_PUSH(d->arena, &items) = vonk_value_text(element, text);
  } else {
    struct vonk_protobuf_number at = {0};
    while (vonk_protobuf_each_number(&list, VALUES, arrays[i].wire, &at)) *ARRAY_PUSH(d->arena, &items) = number_value(element, at.value);
  }
  out->nested.items = items.items;
  out->nested.count = (uint32_t)items.count;
  return VONK_OK;
}

static struct vonk_interval read_interval(const struct vonk_protobuf *message) {
  enum { MONTHS = 1, DAYS = 2, MICROSECONDS = 3 };
  struct vonk_protobuf interval = vonk_protobuf_message(message, LITERAL_CALENDAR_INTERVAL);
  return (struct vonk_interval){vonk_protobuf_i32(&interval, MONTHS), vonk_protobuf_i32(&interval, DAYS), vonk_protobuf_i64(&interval, MICROSECONDS)};
}

static STATUS read_time(struct decoder *d, const struct vonk_protobuf *message, struct vonk_value *out) {
  enum { NANO = 1 };
  const int64_t day = 86400000000000;
  struct vonk_protobuf time = vonk_protobuf_message(message, LITERAL_TIME);
  out->integer = vonk_protobuf_i64(&time, NANO);
  return out->integer < 0 || out->integer >= day ? decode_fail_assertion(d, "A time is within a day.") : VONK_OK;
}

/* The scalars; BYTE and SHORT travel as int32. */
static STATUS read_member(struct decoder *d, const struct vonk_protobuf *message, const struct literal_kind *kind, struct vonk_value *out) {
  switch ((enum literal_member)kind->member.number) {
    case LITERAL_NULL: out->is_null = true; return VONK_OK;
    case LITERAL_BINARY: out->text = vonk_protobuf_bytes(message, kind->member.number); return VONK_OK;
    case LITERAL_STRING: out->text = vonk_protobuf_text(message, kind->member.number); return VONK_OK;
    case LITERAL_BOOLEAN: out->integer = vonk_protobuf_bool(message, kind->member.number); return VONK_OK;
    case LITERAL_BYTE: out->integer = (int8_t)vonk_protobuf_i32(message, kind->member.number); return VONK_OK;
    case LITERAL_SHORT: out->integer = (int16_t)vonk_protobuf_i32(message, kind->member.number); return VONK_OK;
    case LITERAL_INTEGER:
    case LITERAL_DATE:
    case LITERAL_YEAR_MONTH_INTERVAL: out->integer = vonk_protobuf_i32(message, kind->member.number); return VONK_OK;
    case LITERAL_LONG:
    case LITERAL_TIMESTAMP:
    case LITERAL_TIMESTAMP_NTZ:
    case LITERAL_DAY_TIME_INTERVAL: out->integer = vonk_protobuf_i64(message, kind->member.number); return VONK_OK;
    case LITERAL_FLOAT: out->real = vonk_protobuf_float(message, kind->member.number); return VONK_OK;
    case LITERAL_DOUBLE: out->real = vonk_protobuf_double(message, kind->member.number); return VONK_OK;
    case LITERAL_CALENDAR_INTERVAL: out->interval = read_interval(message); return VONK_OK;
    case LITERAL_DECIMAL: return read_decimal(d, message, out);
    case LITERAL_TIME: return read_time(d, message, out);
    case LITERAL_ARRAY: return read_array(d, message, out);
    case LITERAL_SPECIALIZED_ARRAY: return read_specialized_array(d, message, out);
    case LITERAL_MAP: return read_map(d, message, out);
    case LITERAL_STRUCT: return read_struct(d, message, out);
  }
  return fail_unknown(d);
}

/* MESSAGE as a value of TYPE; a literal inside another that says nothing is null. */
static STATUS read_value(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type *type, struct vonk_value *out) {
  const struct literal_kind *kind = kind_of(message);
  *out = vonk_value_null(type);
  if (!kind) return VONK_OK;
  TRY(decode_enter(d));
  TRY(check_kind(d, kind, type));
  out->is_null = false;
  TRY(read_member(d, message, kind, out));
  decode_leave(d);
  return VONK_OK;
}

STATUS decode_value(struct decoder *d, const struct vonk_protobuf *message, struct vonk_value *out) {
  const struct literal_kind *kind = kind_of(message);
  const struct vonk_type *type;
  if (!kind) return fail_unknown(d);
  TRY(literal_type(d, message, kind, &type));
  return read_value(d, message, type, out);
}
