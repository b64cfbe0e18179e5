/* decode_type.c: DataType messages. A user-defined type is the type it is stored as; a struct's field remembers what it was in
 * its metadata (user_type.h). */
#include "server/connect/decode_internal.h"

#include "text/json_tree.h"
#include "server/connect/user_type.h"
#include "sql/parser.h"

/* Fields of DataType. */
enum kind {
  KIND_NULL = 1, KIND_BINARY, KIND_BOOLEAN, KIND_BYTE, KIND_SHORT, KIND_INTEGER, KIND_LONG, KIND_FLOAT, KIND_DOUBLE, KIND_DECIMAL, KIND_STRING,
  KIND_CHAR, KIND_VARCHAR, KIND_DATE, KIND_TIMESTAMP, KIND_TIMESTAMP_NTZ, KIND_CALENDAR_INTERVAL, KIND_YEAR_MONTH_INTERVAL,
  KIND_DAY_TIME_INTERVAL, KIND_ARRAY, KIND_STRUCT, KIND_MAP, KIND_USER_DEFINED, KIND_UNPARSED, KIND_VARIANT, KIND_GEOMETRY, KIND_GEOGRAPHY,
  KIND_TIME, KIND_END,
};

static STATUS fail_kind(struct decoder *d, const char *kind) {
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__DATA_TYPE_UNSUPPORTED_PROTO_TO_CATALYST, d->origin, "kindCase", vonk_str_of(kind), NULL);
}

static STATUS decode_decimal_type(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type **out) {
  enum { SCALE = 1, PRECISION = 2, DEFAULT_PRECISION = 10 };
  bool given = vonk_protobuf_has(message, PRECISION);
  int32_t precision = given ? vonk_protobuf_i32(message, PRECISION) : DEFAULT_PRECISION;
  int32_t scale = given ? vonk_protobuf_i32(message, SCALE) : 0;
  if (precision > VONK_DECIMAL_PRECISION_MAX) {
    return vonk_raise(d->task, VONK_DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION, d->origin, "precision", vonk_str_format(d->arena, "%d", precision),
                      "maxPrecision", vonk_str_format(d->arena, "%d", VONK_DECIMAL_PRECISION_MAX), NULL);
  }
  if (scale < 0 || precision < 1 || scale > precision) return fail_kind(d, "DECIMAL");
  *out = vonk_type_decimal(d->arena, precision, scale);
  return VONK_OK;
}

static const struct vonk_type *decode_string_type(struct decoder *d, const struct vonk_protobuf *message) {
  enum { COLLATION = 2 };
  struct vonk_str collation = vonk_protobuf_text(message, COLLATION);
  if (collation.size == 0 || vonk_str_equal_nocase(collation, STR("UTF8_BINARY"))) return &vonk_type_string;
  return vonk_type_collated(d->arena, vonk_str_upper(d->arena, collation));
}

static STATUS decode_sized_type(struct decoder *d, const struct vonk_protobuf *message, bool varying, const struct vonk_type **out) {
  enum { LENGTH = 1 };
  int32_t length = vonk_protobuf_i32(message, LENGTH);
  if (length <= 0) return fail_kind(d, varying ? "VAR_CHAR" : "CHAR");
  *out = varying ? vonk_type_varchar(d->arena, (uint32_t)length) : vonk_type_char(d->arena, (uint32_t)length);
  return VONK_OK;
}

/* Fields count from FIRST; what is not given is the whole range for both, or the same field for the end. */
static STATUS decode_interval_type(struct decoder *d, const struct vonk_protobuf *message, enum vonk_interval_field first,
                                   enum vonk_interval_field last, const struct vonk_type **out) {
  enum { START = 1, END = 2 };
  bool has_start = vonk_protobuf_has(message, START), has_end = vonk_protobuf_has(message, END);
  int64_t start = has_start ? (int64_t)first + vonk_protobuf_i32(message, START) : (int64_t)first;
  int64_t end = has_end ? (int64_t)first + vonk_protobuf_i32(message, END) : has_start ? start : (int64_t)last;
  if (start < (int64_t)first || end > (int64_t)last || start > end) {
    return fail_kind(d, first == VONK_FIELD_YEAR ? "YEAR_MONTH_INTERVAL" : "DAY_TIME_INTERVAL");
  }
  *out = vonk_type_interval_of(d->arena, (enum vonk_interval_field)start, (enum vonk_interval_field)end);
  return VONK_OK;
}

static STATUS decode_time_type(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type **out) {
  enum { PRECISION = 1, PRECISION_MAX = 6 };
  int32_t precision = vonk_protobuf_has(message, PRECISION) ? vonk_protobuf_i32(message, PRECISION) : PRECISION_MAX;
  if (precision < 0 || precision > PRECISION_MAX) {
    return vonk_raise(d->task, VONK_UNSUPPORTED_TIME_PRECISION, d->origin, "precision", vonk_str_format(d->arena, "%d", precision), NULL);
  }
  *out = vonk_type_time(d->arena, precision);
  return VONK_OK;
}

STATUS decode_metadata(struct decoder *d, struct vonk_str json, struct vonk_str *out) {
  *out = STR("");
  if (json.size == 0) return VONK_OK;
  const struct vonk_json_node *tree = vonk_json_parse(d->arena, &vonk_json_rules_of_functions, json);
  if (!tree || tree->kind != VONK_JSON_RECORD) return decode_fail_assertion(d, "Metadata is a JSON object.");
  struct vonk_text text;
  vonk_text_init(&text, d->arena);
  vonk_json_write(&text, tree);
  if (tree->first) *out = vonk_text_str(&text);
  return VONK_OK;
}

static STATUS decode_field(struct decoder *d, const struct vonk_protobuf *message, struct vonk_type_field *out) {
  enum { NAME = 1, TYPE = 2, NULLABLE = 3, METADATA = 4 };
  *out = (struct vonk_type_field){.name = vonk_protobuf_text(message, NAME), .nullable = vonk_protobuf_bool(message, NULLABLE)};
  TRY(decode_type_at(d, message, TYPE, &out->type));
  struct vonk_str metadata = vonk_protobuf_text(message, METADATA);
  TRY(decode_metadata(d, metadata, &out->metadata));
  struct vonk_protobuf type = vonk_protobuf_message(message, TYPE);
  if (vonk_protobuf_has(&type, KIND_USER_DEFINED)) {
    struct vonk_protobuf user = vonk_protobuf_message(&type, KIND_USER_DEFINED);
    out->metadata = user_type_remember(d->arena, &user, out->metadata);
  }
  return VONK_OK;
}

static STATUS decode_struct_type(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type **out) {
  enum { FIELDS = 1 };
  size_t count = vonk_protobuf_count(message, FIELDS);
  struct vonk_type_field *fields = ARENA_ARRAY(d->arena, struct vonk_type_field, count);
  struct vonk_protobuf_field at = {0};
  for (size_t i = 0; i < count; i++) {
    struct vonk_protobuf field;
    vonk_protobuf_each_message(message, FIELDS, &at, &field);
    TRY(decode_field(d, &field, &fields[i]));
  }
  *out = vonk_type_struct(d->arena, fields, (uint32_t)count);
  return VONK_OK;
}

static STATUS decode_array_type(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type **out) {
  enum { ELEMENT = 1, CONTAINS_NULL = 2 };
  const struct vonk_type *element;
  TRY(decode_type_at(d, message, ELEMENT, &element));
  *out = vonk_type_array(d->arena, element, vonk_protobuf_bool(message, CONTAINS_NULL));
  return VONK_OK;
}

static STATUS decode_map_type(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type **out) {
  enum { KEY = 1, VALUE = 2, CONTAINS_NULL = 3 };
  const struct vonk_type *key, *value;
  TRY(decode_type_at(d, message, KEY, &key));
  TRY(decode_type_at(d, message, VALUE, &value));
  *out = vonk_type_map(d->arena, key, value, vonk_protobuf_bool(message, CONTAINS_NULL));
  return VONK_OK;
}

static STATUS decode_user_type(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type **out) {
  enum { TYPE = 1, JVM_CLASS = 2, PYTHON_CLASS = 3, SERIALIZED_CLASS = 4, SQL_TYPE = 5 };
  struct vonk_str type = vonk_protobuf_text(message, TYPE);
  if (!vonk_str_equal(type, STR("udt"))) {
    return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__UDT_TYPE_FIELD_INVALID, d->origin, "udtType", type, NULL);
  }
  bool python = vonk_protobuf_has(message, PYTHON_CLASS) && vonk_protobuf_has(message, SERIALIZED_CLASS);
  if (!vonk_protobuf_has(message, SQL_TYPE) || (!python && !vonk_protobuf_has(message, JVM_CLASS))) {
    return decode_fail(d, VONK_CONNECT_INVALID_PLAN__PYTHON_UDT_MISSING_FIELDS);
  }
  return decode_type_at(d, message, SQL_TYPE, out);
}

/* Kinds without parts, by their fields; NULL for others. */
static const struct vonk_type *const plain_types[KIND_END] = {
    [KIND_NULL] = &vonk_type_void,           [KIND_BINARY] = &vonk_type_binary, [KIND_BOOLEAN] = &vonk_type_boolean,
    [KIND_BYTE] = &vonk_type_byte,           [KIND_SHORT] = &vonk_type_short,   [KIND_INTEGER] = &vonk_type_int,
    [KIND_LONG] = &vonk_type_long,           [KIND_FLOAT] = &vonk_type_float,   [KIND_DOUBLE] = &vonk_type_double,
    [KIND_DATE] = &vonk_type_date,           [KIND_TIMESTAMP] = &vonk_type_timestamp,
    [KIND_TIMESTAMP_NTZ] = &vonk_type_timestamp_ntz, [KIND_CALENDAR_INTERVAL] = &vonk_type_interval,
    [KIND_VARIANT] = &vonk_type_variant,
};

static STATUS decode_kind(struct decoder *d, enum kind kind, const struct vonk_protobuf *inside, const struct vonk_type **out) {
  enum { UNPARSED_TEXT = 1 };
  switch (kind) {
    case KIND_DECIMAL: return decode_decimal_type(d, inside, out);
    case KIND_STRING: *out = decode_string_type(d, inside); return VONK_OK;
    case KIND_CHAR: return decode_sized_type(d, inside, false, out);
    case KIND_VARCHAR: return decode_sized_type(d, inside, true, out);
    case KIND_YEAR_MONTH_INTERVAL: return decode_interval_type(d, inside, VONK_FIELD_YEAR, VONK_FIELD_MONTH, out);
    case KIND_DAY_TIME_INTERVAL: return decode_interval_type(d, inside, VONK_FIELD_DAY, VONK_FIELD_SECOND, out);
    case KIND_TIME: return decode_time_type(d, inside, out);
    case KIND_ARRAY: return decode_array_type(d, inside, out);
    case KIND_STRUCT: return decode_struct_type(d, inside, out);
    case KIND_MAP: return decode_map_type(d, inside, out);
    case KIND_USER_DEFINED: return decode_user_type(d, inside, out);
    case KIND_UNPARSED: return vonk_sql_parse_type_text(d->task, vonk_protobuf_text(inside, UNPARSED_TEXT), out);
    case KIND_GEOMETRY:
    case KIND_GEOGRAPHY: return decode_fail(d, VONK_UNSUPPORTED_FEATURE__GEOSPATIAL_DISABLED);
    default: return fail_kind(d, "KIND_NOT_SET");
  }
}

STATUS decode_type(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type **out) {
  uint32_t kind = 0;
  for (struct vonk_protobuf_field field = {0}; vonk_protobuf_next(message, &field);) {
    if (field.number < KIND_END) kind = field.number;
  }
  if (++d->type_depth > VONK_TYPE_DEPTH_MAX) return decode_fail(d, VONK_FAILED_TO_PARSE_TOO_COMPLEX);
  if (plain_types[kind]) {
    *out = plain_types[kind];
  } else {
    struct vonk_protobuf inside = vonk_protobuf_message(message, kind);
    TRY(decode_kind(d, (enum kind)kind, &inside, out));
  }
  d->type_depth--;
  return VONK_OK;
}

STATUS decode_type_at(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, const struct vonk_type **out) {
  struct vonk_protobuf type = vonk_protobuf_message(message, number);
  return decode_type(d, &type, out);
}

STATUS decode_check_struct(struct decoder *d, const struct vonk_type *type) {
  if (type->id == VONK_TYPE_STRUCT) return VONK_OK;
  return vonk_raise(d->task, VONK_INVALID_SCHEMA_TYPE_NON_STRUCT, d->origin, "dataType", vonk_type_sql(d->arena, type), NULL);
}
