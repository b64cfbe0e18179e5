/* encode.c: types and values as messages. Fields without presence are left out when they are zero, as clients' libraries do. */
#include "server/connect/encode.h"

#include "session/cache.h"

#include "server/connect/user_type.h"
#include "session/cache.h"
#include "type/decimal.h"
#include "type/value.h"
#include "wire/protobuf.h"

static void put_true(struct vonk_text *text, uint32_t number, bool value) {
  if (value) vonk_protobuf_put_bool(text, number, true);
}
static void put_text(struct vonk_text *text, uint32_t number, struct vonk_str value) {
  if (value.size) vonk_protobuf_put_bytes(text, number, value);
}
static void put_type_field(struct vonk_text *text, uint32_t number, const struct vonk_type *type) {
  size_t begun = vonk_protobuf_begin(text, number);
  vonk_connect_put_type(text, type);
  vonk_protobuf_end(text, begun);
}

/* --- types --- */

static void put_user_type(struct vonk_text *text, const struct user_type *user, const struct vonk_type *type) {
  enum { TYPE = 1, JVM_CLASS = 2, PYTHON_CLASS = 3, SERIALIZED_CLASS = 4, SQL_TYPE = 5, DATA_TYPE_UDT = 23 };
  size_t begun = vonk_protobuf_begin(text, DATA_TYPE_UDT);
  vonk_protobuf_put_bytes(text, TYPE, STR("udt"));
  if (user->jvm_class.data) vonk_protobuf_put_bytes(text, JVM_CLASS, user->jvm_class);
  if (user->python_class.data) vonk_protobuf_put_bytes(text, PYTHON_CLASS, user->python_class);
  if (user->serialized_class.data) vonk_protobuf_put_bytes(text, SERIALIZED_CLASS, user->serialized_class);
  put_type_field(text, SQL_TYPE, type);
  vonk_protobuf_end(text, begun);
}

static void put_field(struct vonk_text *text, const struct vonk_type_field *field) {
  enum { NAME = 1, TYPE = 2, NULLABLE = 3, METADATA = 4 };
  struct user_type user;
  put_text(text, NAME, field->name);
  if (user_type_recall(text->arena, field->metadata, &user)) {
    size_t begun = vonk_protobuf_begin(text, TYPE);
    put_user_type(text, &user, field->type);
    vonk_protobuf_end(text, begun);
  } else {
    put_type_field(text, TYPE, field->type);
  }
  put_true(text, NULLABLE, field->nullable);
  put_text(text, METADATA, user.metadata);
}

static void put_interval(struct vonk_text *text, const struct vonk_type *type, enum vonk_interval_field first) {
  enum { START = 1, END = 2 };
  vonk_protobuf_put_i64(text, START, (int64_t)type->start_field - (int64_t)first);
  vonk_protobuf_put_i64(text, END, (int64_t)type->end_field - (int64_t)first);
}

static void put_nested(struct vonk_text *text, const struct vonk_type *type) {
  enum { ELEMENT = 1, CONTAINS_NULL = 2, KEY = 1, VALUE = 2, VALUE_CONTAINS_NULL = 3, FIELDS = 1 };
  if (type->id == VONK_TYPE_ARRAY) {
    put_type_field(text, ELEMENT, type->element);
    put_true(text, CONTAINS_NULL, type->contains_null);
  } else if (type->id == VONK_TYPE_MAP) {
    put_type_field(text, KEY, type->key);
    put_type_field(text, VALUE, type->element);
    put_true(text, VALUE_CONTAINS_NULL, type->contains_null);
  } else {
    for (uint32_t i = 0; i < type->field_count; i++) {
      size_t begun = vonk_protobuf_begin(text, FIELDS);
      put_field(text, &type->fields[i]);
      vonk_protobuf_end(text, begun);
    }
  }
}

/* Fields of DataType, by our types. */
static const uint8_t kinds[VONK_TYPE_COUNT] = {
    [VONK_TYPE_VOID] = 1,          [VONK_TYPE_BINARY] = 2,        [VONK_TYPE_BOOLEAN] = 3,        [VONK_TYPE_BYTE] = 4,
    [VONK_TYPE_SHORT] = 5,         [VONK_TYPE_INT] = 6,           [VONK_TYPE_LONG] = 7,           [VONK_TYPE_FLOAT] = 8,
    [VONK_TYPE_DOUBLE] = 9,        [VONK_TYPE_DECIMAL] = 10,      [VONK_TYPE_STRING] = 11,        [VONK_TYPE_CHAR] = 12,
    [VONK_TYPE_VARCHAR] = 13,      [VONK_TYPE_DATE] = 14,         [VONK_TYPE_TIMESTAMP] = 15,     [VONK_TYPE_TIMESTAMP_NTZ] = 16,
    [VONK_TYPE_INTERVAL] = 17,     [VONK_TYPE_INTERVAL_YM] = 18,  [VONK_TYPE_INTERVAL_DT] = 19,   [VONK_TYPE_ARRAY] = 20,
    [VONK_TYPE_STRUCT] = 21,       [VONK_TYPE_MAP] = 22,          [VONK_TYPE_VARIANT] = 25,       [VONK_TYPE_TIME] = 28,
};

void vonk_connect_put_type(struct vonk_text *text, const struct vonk_type *type) {
  enum { SCALE = 1, PRECISION = 2, LENGTH = 1, COLLATION = 2, TIME_PRECISION = 1 };
  size_t begun = vonk_protobuf_begin(text, kinds[type->id]);
  switch (type->id) {
    case VONK_TYPE_DECIMAL:
      vonk_protobuf_put_i64(text, SCALE, type->scale);
      vonk_protobuf_put_i64(text, PRECISION, type->precision);
      break;
    case VONK_TYPE_STRING:
      if (type->collation.size) vonk_protobuf_put_bytes(text, COLLATION, type->collation);
      break;
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: vonk_protobuf_put_i64(text, LENGTH, type->length); break;
    case VONK_TYPE_TIME: vonk_protobuf_put_i64(text, TIME_PRECISION, type->precision); break;
    case VONK_TYPE_INTERVAL_YM: put_interval(text, type, VONK_FIELD_YEAR); break;
    case VONK_TYPE_INTERVAL_DT: put_interval(text, type, VONK_FIELD_DAY); break;
    case VONK_TYPE_ARRAY:
    case VONK_TYPE_MAP:
    case VONK_TYPE_STRUCT: put_nested(text, type); break;
    default: break;
  }
  vonk_protobuf_end(text, begun);
}

/* --- values --- */

/* Members of Literal. */
enum {
  LITERAL_NULL = 1, LITERAL_BINARY = 2, LITERAL_BOOLEAN = 3, LITERAL_BYTE = 4, LITERAL_SHORT = 5, LITERAL_INTEGER = 6, LITERAL_LONG = 7,
  LITERAL_FLOAT = 10, LITERAL_DOUBLE = 11, LITERAL_DECIMAL = 12, LITERAL_STRING = 13, LITERAL_DATE = 16, LITERAL_TIMESTAMP = 17,
  LITERAL_TIMESTAMP_NTZ = 18, LITERAL_CALENDAR_INTERVAL = 19, LITERAL_YEAR_MONTH_INTERVAL = 20, LITERAL_DAY_TIME_INTERVAL = 21,
  LITERAL_ARRAY = 22, LITERAL_MAP = 23, LITERAL_STRUCT = 24, LITERAL_TIME = 26,
};

static void put_literal_field(struct vonk_text *text, uint32_t number, const struct vonk_value *value) {
  size_t begun = vonk_protobuf_begin(text, number);
  vonk_connect_put_literal(text, value);
  vonk_protobuf_end(text, begun);
}

static void put_decimal(struct vonk_text *text, const struct vonk_value *value) {
  enum { VALUE = 1, PRECISION = 2, SCALE = 3 };
  char digits[VONK_DECIMAL_TEXT_MAX];
  int size = vonk_decimal_format(value->decimal, value->type->scale, digits);
  size_t begun = vonk_protobuf_begin(text, LITERAL_DECIMAL);
  vonk_protobuf_put_bytes(text, VALUE, vonk_str_make(digits, (size_t)size));
  vonk_protobuf_put_i64(text, PRECISION, value->type->precision);
  vonk_protobuf_put_i64(text, SCALE, value->type->scale);
  vonk_protobuf_end(text, begun);
}

static void put_calendar_interval(struct vonk_text *text, struct vonk_interval interval) {
  enum { MONTHS = 1, DAYS = 2, MICROSECONDS = 3 };
  size_t begun = vonk_protobuf_begin(text, LITERAL_CALENDAR_INTERVAL);
  vonk_protobuf_put_i64(text, MONTHS, interval.months);
  vonk_protobuf_put_i64(text, DAYS, interval.days);
  vonk_protobuf_put_i64(text, MICROSECONDS, interval.micros);
  vonk_protobuf_end(text, begun);
}

static void put_time(struct vonk_text *text, const struct vonk_value *value) {
  enum { NANO = 1, PRECISION = 2 };
  size_t begun = vonk_protobuf_begin(text, LITERAL_TIME);
  vonk_protobuf_put_i64(text, NANO, value->integer);
  vonk_protobuf_put_i64(text, PRECISION, value->type->precision);
  vonk_protobuf_end(text, begun);
}

static void put_array(struct vonk_text *text, const struct vonk_value *value) {
  enum { ELEMENT_TYPE = 1, ELEMENTS = 2 };
  size_t begun = vonk_protobuf_begin(text, LITERAL_ARRAY);
  put_type_field(text, ELEMENT_TYPE, value->type->element);
  for (uint32_t i = 0; i < value->nested.count; i++) put_literal_field(text, ELEMENTS, &value->nested.items[i]);
  vonk_protobuf_end(text, begun);
}

static void put_map(struct vonk_text *text, const struct vonk_value *value) {
  enum { KEY_TYPE = 1, VALUE_TYPE = 2, KEYS = 3, VALUES = 4 };
  size_t begun = vonk_protobuf_begin(text, LITERAL_MAP);
  put_type_field(text, KEY_TYPE, value->type->key);
  put_type_field(text, VALUE_TYPE, value->type->element);
  for (uint32_t i = 0; i < value->nested.count; i++) put_literal_field(text, KEYS, &value->nested.items[2 * (size_t)i]);
  for (uint32_t i = 0; i < value->nested.count; i++) put_literal_field(text, VALUES, &value->nested.items[2 * (size_t)i + 1]);
  vonk_protobuf_end(text, begun);
}

static void put_struct(struct vonk_text *text, const struct vonk_value *value) {
  enum { STRUCT_TYPE = 1, ELEMENTS = 2 };
  size_t begun = vonk_protobuf_begin(text, LITERAL_STRUCT);
  put_type_field(text, STRUCT_TYPE, value->type);
  for (uint32_t i = 0; i < value->type->field_count; i++) put_literal_field(text, ELEMENTS, &value->nested.items[i]);
  vonk_protobuf_end(text, begun);
}

void vonk_connect_put_literal(struct vonk_text *text, const struct vonk_value *value) {
  if (value->is_null) {
    put_type_field(text, LITERAL_NULL, value->type);
    return;
  }
  switch (value->type->id) {
    case VONK_TYPE_BOOLEAN: vonk_protobuf_put_bool(text, LITERAL_BOOLEAN, value->integer != 0); break;
    case VONK_TYPE_BYTE: vonk_protobuf_put_i64(text, LITERAL_BYTE, value->integer); break;
    case VONK_TYPE_SHORT: vonk_protobuf_put_i64(text, LITERAL_SHORT, value->integer); break;
    case VONK_TYPE_INT: vonk_protobuf_put_i64(text, LITERAL_INTEGER, value->integer); break;
    case VONK_TYPE_LONG: vonk_protobuf_put_i64(text, LITERAL_LONG, value->integer); break;
    case VONK_TYPE_FLOAT: vonk_protobuf_put_float(text, LITERAL_FLOAT, (float)value->real); break;
    case VONK_TYPE_DOUBLE: vonk_protobuf_put_double(text, LITERAL_DOUBLE, value->real); break;
    case VONK_TYPE_DECIMAL: put_decimal(text, value); break;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: vonk_protobuf_put_bytes(text, LITERAL_STRING, value->text); break;
    case VONK_TYPE_BINARY: vonk_protobuf_put_bytes(text, LITERAL_BINARY, value->text); break;
    case VONK_TYPE_DATE: vonk_protobuf_put_i64(text, LITERAL_DATE, value->integer); break;
    case VONK_TYPE_TIMESTAMP: vonk_protobuf_put_i64(text, LITERAL_TIMESTAMP, value->integer); break;
    case VONK_TYPE_TIMESTAMP_NTZ: vonk_protobuf_put_i64(text, LITERAL_TIMESTAMP_NTZ, value->integer); break;
    case VONK_TYPE_TIME: put_time(text, value); break;
    case VONK_TYPE_INTERVAL_YM: vonk_protobuf_put_i64(text, LITERAL_YEAR_MONTH_INTERVAL, value->integer); break;
    case VONK_TYPE_INTERVAL_DT: vonk_protobuf_put_i64(text, LITERAL_DAY_TIME_INTERVAL, value->integer); break;
    case VONK_TYPE_INTERVAL: put_calendar_interval(text, value->interval); break;
    case VONK_TYPE_ARRAY: put_array(text, value); break;
    case VONK_TYPE_MAP: put_map(text, value); break;
    case VONK_TYPE_STRUCT: put_struct(text, value); break;
    case VONK_TYPE_VOID:
    case VONK_TYPE_VARIANT:
    case VONK_TYPE_COUNT: put_type_field(text, LITERAL_NULL, &vonk_type_void); break; /* a VARIANT has no literal */
  }
}

void vonk_connect_put_storage_level(struct vonk_text *text, const struct vonk_storage_level *level) {
  enum { USE_DISK = 1, USE_MEMORY = 2, USE_OFF_HEAP = 3, DESERIALIZED = 4, REPLICATION = 5 };
  put_true(text, USE_DISK, level->use_disk);
  put_true(text, USE_MEMORY, level->use_memory);
  put_true(text, USE_OFF_HEAP, level->use_off_heap);
  put_true(text, DESERIALIZED, level->deserialized);
  if (level->replication) vonk_protobuf_put_i64(text, REPLICATION, level->replication);
}

/* --- names in Arrow data --- */

static const struct vonk_type *with_unique_names(struct vonk_arena *arena, const struct vonk_type *type);

static const struct vonk_type *struct_with_unique_names(struct vonk_arena *arena, const struct vonk_type *type) {
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, type->field_count);
  for (uint32_t i = 0; i < type->field_count; i++) {
    uint32_t before = 0, all = 0;
    for (uint32_t k = 0; k < type->field_count; k++) {
      if (!vonk_str_equal(type->fields[k].name, type->fields[i].name)) continue;
      before += k < i;
      all++;
    }
    fields[i] = type->fields[i];
    fields[i].type = with_unique_names(arena, fields[i].type);
    if (all > 1) fields[i].name = vonk_str_format(arena, STR_FMT "_%u", STR_ARG(fields[i].name), before);
  }
  return vonk_type_struct(arena, fields, type->field_count);
}

static const struct vonk_type *with_unique_names(struct vonk_arena *arena, const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_STRUCT: return struct_with_unique_names(arena, type);
    case VONK_TYPE_ARRAY: return vonk_type_array(arena, with_unique_names(arena, type->element), type->contains_null);
    case VONK_TYPE_MAP:
      return vonk_type_map(arena, with_unique_names(arena, type->key), with_unique_names(arena, type->element), type->contains_null);
    default: return type;
  }
}

const struct vonk_type *connect_arrow_schema(struct vonk_arena *arena, const struct vonk_type *schema) {
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, schema->field_count + 1);
  bool nested = false;
  for (uint32_t i = 0; i < schema->field_count; i++) {
    fields[i] = schema->fields[i];
    nested |= vonk_type_is_nested(fields[i].type);
    fields[i].type = with_unique_names(arena, fields[i].type);
  }
  return nested ? vonk_type_struct(arena, fields, schema->field_count) : schema;
}
