/* type.c: making, copying and comparing types. */
#include "type/type.h"

#include "base/status.h"

#define SINGLETON(name, ID) const struct vonk_type vonk_type_##name = {.id = VONK_TYPE_##ID}
SINGLETON(void, VOID);
SINGLETON(boolean, BOOLEAN);
SINGLETON(byte, BYTE);
SINGLETON(short, SHORT);
SINGLETON(int, INT);
SINGLETON(long, LONG);
SINGLETON(float, FLOAT);
SINGLETON(double, DOUBLE);
SINGLETON(string, STRING);
SINGLETON(binary, BINARY);
SINGLETON(date, DATE);
SINGLETON(timestamp, TIMESTAMP);
SINGLETON(timestamp_ntz, TIMESTAMP_NTZ);
SINGLETON(interval, INTERVAL);
SINGLETON(variant, VARIANT);
#undef SINGLETON
const struct vonk_type vonk_type_interval_ym = {
    .id = VONK_TYPE_INTERVAL_YM, .start_field = VONK_FIELD_YEAR, .end_field = VONK_FIELD_MONTH};
const struct vonk_type vonk_type_interval_dt = {
    .id = VONK_TYPE_INTERVAL_DT, .start_field = VONK_FIELD_DAY, .end_field = VONK_FIELD_SECOND};
const struct vonk_type vonk_type_decimal_default = {.id = VONK_TYPE_DECIMAL, .precision = 10, .scale = 0};

static struct vonk_type *make(struct vonk_arena *arena, enum vonk_type_id id) {
  struct vonk_type *type = ARENA_NEW(arena, struct vonk_type);
  type->id = id;
  return type;
}

const struct vonk_type *vonk_type_decimal(struct vonk_arena *arena, int precision, int scale) {
  ASSERT(precision >= 1 && precision <= VONK_DECIMAL_PRECISION_MAX);
  ASSERT(scale >= 0 && scale <= precision);
  struct vonk_type *type = make(arena, VONK_TYPE_DECIMAL);
  type->precision = (uint8_t)precision;
  type->scale = (uint8_t)scale;
  return type;
}

const struct vonk_type *vonk_type_collated(struct vonk_arena *arena, struct vonk_str collation) {
  if (collation.size == 0 || vonk_str_equal_nocase(collation, STR("UTF8_BINARY"))) return &vonk_type_string;
  struct vonk_type *type = make(arena, VONK_TYPE_STRING);
  type->collation = vonk_str_copy(arena, collation);
  return type;
}

const struct vonk_type *vonk_type_char(struct vonk_arena *arena, uint32_t length) {
  struct vonk_type *type = make(arena, VONK_TYPE_CHAR);
  type->length = length;
  return type;
}

const struct vonk_type *vonk_type_varchar(struct vonk_arena *arena, uint32_t length) {
  struct vonk_type *type = make(arena, VONK_TYPE_VARCHAR);
  type->length = length;
  return type;
}

const struct vonk_type *vonk_type_time(struct vonk_arena *arena, int precision) {
  ASSERT(precision >= 0 && precision <= 6);
  struct vonk_type *type = make(arena, VONK_TYPE_TIME);
  type->precision = (uint8_t)precision;
  return type;
}

const struct vonk_type *vonk_type_interval_of(struct vonk_arena *arena, enum vonk_interval_field start, enum vonk_interval_field end) {
  ASSERT(start <= end);
  ASSERT((start <= VONK_FIELD_MONTH) == (end <= VONK_FIELD_MONTH));
  struct vonk_type *type = make(arena, start <= VONK_FIELD_MONTH ? VONK_TYPE_INTERVAL_YM : VONK_TYPE_INTERVAL_DT);
  type->start_field = (uint8_t)start;
  type->end_field = (uint8_t)end;
  return type;
}

const struct vonk_type *vonk_type_array(struct vonk_arena *arena, const struct vonk_type *element, bool contains_null) {
  struct vonk_type *type = make(arena, VONK_TYPE_ARRAY);
  type->element = element;
  type->contains_null = contains_null;
  return type;
}

const struct vonk_type *vonk_type_map(struct vonk_arena *arena, const struct vonk_type *key, const struct vonk_type *value,
                                      bool value_contains_null) {
  struct vonk_type *type = make(arena, VONK_TYPE_MAP);
  type->key = key;
  type->element = value;
  type->contains_null = value_contains_null;
  return type;
}

const struct vonk_type *vonk_type_struct(struct vonk_arena *arena, const struct vonk_type_field *fields, uint32_t field_count) {
  struct vonk_type *type = make(arena, VONK_TYPE_STRUCT);
  type->fields = vonk_arena_copy(arena, fields, field_count * sizeof *fields);
  type->field_count = field_count;
  return type;
}

static const struct vonk_type *struct_copy(struct vonk_arena *arena, const struct vonk_type *type) {
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, type->field_count);
  for (uint32_t i = 0; i < type->field_count; i++) {
    fields[i] = type->fields[i];
    fields[i].name = vonk_str_copy(arena, fields[i].name);
    fields[i].type = vonk_type_copy(arena, fields[i].type);
    if (fields[i].metadata.size) fields[i].metadata = vonk_str_copy(arena, fields[i].metadata);
  }
  struct vonk_type *copy = make(arena, VONK_TYPE_STRUCT);
  copy->fields = fields;
  copy->field_count = type->field_count;
  return copy;
}

/* The singleton of a type without parameters, so that copies of the common types cost nothing. */
static const struct vonk_type *singleton_of(const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_VOID: return &vonk_type_void;
    case VONK_TYPE_BOOLEAN: return &vonk_type_boolean;
    case VONK_TYPE_BYTE: return &vonk_type_byte;
    case VONK_TYPE_SHORT: return &vonk_type_short;
    case VONK_TYPE_INT: return &vonk_type_int;
    case VONK_TYPE_LONG: return &vonk_type_long;
    case VONK_TYPE_FLOAT: return &vonk_type_float;
    case VONK_TYPE_DOUBLE: return &vonk_type_double;
    case VONK_TYPE_STRING: return type->collation.size ? NULL : &vonk_type_string;
    case VONK_TYPE_BINARY: return &vonk_type_binary;
    case VONK_TYPE_DATE: return &vonk_type_date;
    case VONK_TYPE_TIMESTAMP: return &vonk_type_timestamp;
    case VONK_TYPE_TIMESTAMP_NTZ: return &vonk_type_timestamp_ntz;
    case VONK_TYPE_INTERVAL: return &vonk_type_interval;
    case VONK_TYPE_VARIANT: return &vonk_type_variant;
    default: return NULL;
  }
}

const struct vonk_type *vonk_type_as_nullable(struct vonk_arena *arena, const struct vonk_type *type) {
  if (type->id == VONK_TYPE_ARRAY) return vonk_type_array(arena, vonk_type_as_nullable(arena, type->element), true);
  if (type->id == VONK_TYPE_MAP) return vonk_type_map(arena, vonk_type_as_nullable(arena, type->key), vonk_type_as_nullable(arena, type->element), true);
  if (type->id != VONK_TYPE_STRUCT) return type;
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, type->field_count);
  for (uint32_t i = 0; i < type->field_count; i++) {
    fields[i] = type->fields[i];
    fields[i].type = vonk_type_as_nullable(arena, fields[i].type);
    fields[i].nullable = true;
  }
  return vonk_type_struct(arena, fields, type->field_count);
}

const struct vonk_type *vonk_type_copy(struct vonk_arena *arena, const struct vonk_type *type) {
  const struct vonk_type *shared = singleton_of(type);
  if (shared) return shared;
  if (type->id == VONK_TYPE_STRUCT) return struct_copy(arena, type);
  struct vonk_type *copy = vonk_arena_copy(arena, type, sizeof *type);
  if (type->collation.size) copy->collation = vonk_str_copy(arena, type->collation);
  if (type->element) copy->element = vonk_type_copy(arena, type->element);
  if (type->key) copy->key = vonk_type_copy(arena, type->key);
  return copy;
}

static bool equal(const struct vonk_type *a, const struct vonk_type *b, bool strict) {
  if (a == b) return true;
  if (a->id != b->id || a->precision != b->precision || a->scale != b->scale || a->length != b->length ||
      a->start_field != b->start_field || a->end_field != b->end_field || a->field_count != b->field_count) {
    return false;
  }
  if (!vonk_str_equal_nocase(a->collation, b->collation)) return false;
  if (strict && a->contains_null != b->contains_null) return false;
  if (a->element && !equal(a->element, b->element, strict)) return false;
  if (a->key && !equal(a->key, b->key, strict)) return false;
  for (uint32_t i = 0; i < a->field_count; i++) {
    const struct vonk_type_field *x = &a->fields[i], *y = &b->fields[i];
    if (!vonk_str_equal(x->name, y->name) || !equal(x->type, y->type, strict)) return false;
    if (strict && (x->nullable != y->nullable || !vonk_str_equal(x->metadata, y->metadata))) return false;
  }
  return true;
}

bool vonk_type_equal(const struct vonk_type *a, const struct vonk_type *b) { return equal(a, b, true); }
bool vonk_type_same(const struct vonk_type *a, const struct vonk_type *b) { return equal(a, b, false); }

bool vonk_type_is_orderable(const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_MAP:
    case VONK_TYPE_VARIANT:
    case VONK_TYPE_INTERVAL: return false;
    case VONK_TYPE_ARRAY: return vonk_type_is_orderable(type->element);
    case VONK_TYPE_STRUCT:
      for (uint32_t i = 0; i < type->field_count; i++) {
        if (!vonk_type_is_orderable(type->fields[i].type)) return false;
      }
      return true;
    default: return true;
  }
}

double vonk_type_default_size(const struct vonk_type *type) {
  double size = 0;
  switch (type->id) {
    case VONK_TYPE_VOID:
    case VONK_TYPE_BOOLEAN:
    case VONK_TYPE_BYTE: return 1;
    case VONK_TYPE_SHORT: return 2;
    case VONK_TYPE_INT:
    case VONK_TYPE_FLOAT:
    case VONK_TYPE_DATE:
    case VONK_TYPE_INTERVAL_YM: return 4;
    case VONK_TYPE_DECIMAL: return type->precision > 18 ? 16 : 8;
    case VONK_TYPE_STRING: return 20;
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: return type->length;
    case VONK_TYPE_BINARY: return 100;
    case VONK_TYPE_INTERVAL: return 16;
    case VONK_TYPE_VARIANT: return 2048;
    case VONK_TYPE_ARRAY: return vonk_type_default_size(type->element);
    case VONK_TYPE_MAP: return vonk_type_default_size(type->key) + vonk_type_default_size(type->element);
    case VONK_TYPE_STRUCT:
      for (uint32_t i = 0; i < type->field_count; i++) size += vonk_type_default_size(type->fields[i].type);
      return size;
    default: return 8;
  }
}
