/* coercion.c: common types. Follows the tables of Spark's documentation of ANSI compliance and of type coercion. */
#include "func/coercion.h"

#include "type/decimal.h"

typedef const struct vonk_type *common_rule(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b, bool ansi);

static const struct vonk_type *decimal_of(struct vonk_arena *arena, struct vonk_decimal_shape shape) {
  return vonk_type_decimal(arena, shape.precision, shape.scale);
}

/* Arrays, maps and structs of the same form, their parts by RULE. */
static const struct vonk_type *complex_common(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b,
                                              bool ansi, common_rule *rule) {
  if (a->id != b->id) return NULL;
  if (a->id == VONK_TYPE_ARRAY) {
    const struct vonk_type *element = rule(arena, a->element, b->element, ansi);
    return element ? vonk_type_array(arena, element, a->contains_null || b->contains_null) : NULL;
  }
  if (a->id == VONK_TYPE_MAP) {
    const struct vonk_type *key = rule(arena, a->key, b->key, ansi), *value = rule(arena, a->element, b->element, ansi);
    return key && value ? vonk_type_map(arena, key, value, a->contains_null || b->contains_null) : NULL;
  }
  if (a->id != VONK_TYPE_STRUCT || a->field_count != b->field_count) return NULL;
  struct vonk_type_field *fields = vonk_arena_copy(arena, a->fields, sizeof *fields * a->field_count);
  for (uint32_t i = 0; i < a->field_count; i++) {
    if (!vonk_str_equal_nocase(a->fields[i].name, b->fields[i].name)) return NULL;
    fields[i].type = rule(arena, a->fields[i].type, b->fields[i].type, ansi);
    fields[i].nullable = a->fields[i].nullable || b->fields[i].nullable;
    if (!fields[i].type) return NULL;
  }
  return vonk_type_struct(arena, fields, a->field_count);
}

static const struct vonk_type *tightest_number(const struct vonk_type *a, const struct vonk_type *b, bool ansi) {
  if (a->id != VONK_TYPE_DECIMAL && b->id != VONK_TYPE_DECIMAL) {
    const struct vonk_type *wide = a->id > b->id ? a : b;
    /* With ANSI an integer next to a FLOAT makes both DOUBLE: a FLOAT would lose digits. */
    return ansi && wide->id == VONK_TYPE_FLOAT ? &vonk_type_double : wide;
  }
  const struct vonk_type *decimal = a->id == VONK_TYPE_DECIMAL ? a : b, *other = decimal == a ? b : a;
  if (!vonk_type_is_integral(other)) return NULL;
  return vonk_decimal_shape_holds(vonk_decimal_shape_of(decimal), vonk_decimal_shape_of(other)) ? decimal : NULL;
}

const struct vonk_type *vonk_coercion_tightest(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b, bool ansi) {
  if (vonk_type_equal(a, b)) return a;
  if (a->id == VONK_TYPE_VOID) return b;
  if (b->id == VONK_TYPE_VOID) return a;
  if (vonk_type_is_numeric(a) && vonk_type_is_numeric(b)) return a->id == b->id ? NULL : tightest_number(a, b, ansi);
  if (vonk_type_is_string(a) && vonk_type_is_string(b)) return a->collation.size ? a : b->collation.size ? b : &vonk_type_string;
  if (vonk_type_is_datetime(a) && vonk_type_is_datetime(b)) {
    return a->id == VONK_TYPE_TIMESTAMP || b->id == VONK_TYPE_TIMESTAMP ? &vonk_type_timestamp : &vonk_type_timestamp_ntz;
  }
  if (a->id == b->id && (a->id == VONK_TYPE_INTERVAL_YM || a->id == VONK_TYPE_INTERVAL_DT)) {
    uint8_t start = a->start_field < b->start_field ? a->start_field : b->start_field;
    uint8_t end = a->end_field > b->end_field ? a->end_field : b->end_field;
    return vonk_type_interval_of(arena, start, end);
  }
  if (a->id == VONK_TYPE_TIME && b->id == VONK_TYPE_TIME) return a->precision > b->precision ? a : b;
  return complex_common(arena, a, b, ansi, vonk_coercion_tightest);
}

static const struct vonk_type *wider_decimal(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b) {
  if (!vonk_type_is_numeric(a) || !vonk_type_is_numeric(b)) return NULL;
  if (a->id != VONK_TYPE_DECIMAL && b->id != VONK_TYPE_DECIMAL) return NULL;
  if (vonk_type_is_fractional(a) || vonk_type_is_fractional(b)) return &vonk_type_double;
  return decimal_of(arena, vonk_decimal_wider_shape(vonk_decimal_shape_of(a), vonk_decimal_shape_of(b), false));
}

static bool is_atomic(const struct vonk_type *t) {
  return t->id != VONK_TYPE_VOID && t->id < VONK_TYPE_ARRAY && t->id != VONK_TYPE_INTERVAL;
}

static const struct vonk_type *promote_string(const struct vonk_type *a, const struct vonk_type *b, bool ansi) {
  const struct vonk_type *other = vonk_type_is_string(a) ? b : vonk_type_is_string(b) ? a : NULL;
  if (!other || !is_atomic(other)) return NULL;
  if (ansi) {
    /* Which of the intervals it should become cannot be said. */
    if (vonk_type_is_interval(other)) return NULL;
    if (vonk_type_is_integral(other)) return &vonk_type_long;
    return vonk_type_is_numeric(other) ? &vonk_type_double : other;
  }
  return other->id == VONK_TYPE_BINARY || other->id == VONK_TYPE_BOOLEAN ? NULL : &vonk_type_string;
}

const struct vonk_type *vonk_coercion_wider(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b, bool ansi) {
  const struct vonk_type *type = vonk_coercion_tightest(arena, a, b, ansi);
  if (!type) type = wider_decimal(arena, a, b);
  if (!type) type = promote_string(a, b, ansi);
  return type ? type : complex_common(arena, a, b, ansi, vonk_coercion_wider);
}

const struct vonk_type *vonk_coercion_wider_all(struct vonk_arena *arena, const struct vonk_type *const *types, uint32_t count, bool ansi) {
  const struct vonk_type *common = &vonk_type_void;
  /* Strings last, so that the numbers find their common type among themselves first. */
  for (int strings = 0; strings < 2; strings++) {
    for (uint32_t i = 0; i < count && common; i++) {
      if (vonk_type_is_string(types[i]) == (strings == !ansi)) continue;
      common = vonk_coercion_wider(arena, common, types[i], ansi);
    }
  }
  return common;
}

const struct vonk_type *vonk_coercion_comparison(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b, bool ansi) {
  bool left = vonk_type_is_string(a), right = vonk_type_is_string(b);
  if (ansi || left == right) return vonk_coercion_wider(arena, a, b, ansi);
  const struct vonk_type *other = left ? b : a;
  if (other->id == VONK_TYPE_VOID) return left ? a : b;
  if (other->id == VONK_TYPE_DECIMAL) return &vonk_type_double;
  return is_atomic(other) && other->id != VONK_TYPE_INTERVAL_YM && other->id != VONK_TYPE_INTERVAL_DT ? other : NULL;
}

/* Up the ladder of numbers. */
static bool number_widens(const struct vonk_type *from, const struct vonk_type *to) {
  if (to->id != VONK_TYPE_DECIMAL) return from->id != VONK_TYPE_DECIMAL ? from->id < to->id : vonk_type_is_fractional(to);
  return !vonk_type_is_fractional(from) && vonk_decimal_shape_holds(vonk_decimal_shape_of(to), vonk_decimal_shape_of(from));
}

bool vonk_coercion_implicit(const struct vonk_type *from, const struct vonk_type *to, bool literal, bool ansi) {
  if (vonk_type_same(from, to) || from->id == VONK_TYPE_VOID) return true;
  if (vonk_type_is_string(from) && vonk_type_is_string(to)) return true;
  if (from->id == VONK_TYPE_ARRAY && to->id == VONK_TYPE_ARRAY) return vonk_coercion_implicit(from->element, to->element, false, ansi);
  if (from->id == VONK_TYPE_MAP && to->id == VONK_TYPE_MAP) {
    return vonk_coercion_implicit(from->key, to->key, false, ansi) && vonk_coercion_implicit(from->element, to->element, false, ansi);
  }
  if (from->id == to->id && vonk_type_is_interval(from)) return true;
  if (!is_atomic(from) || !is_atomic(to)) return false;
  if (vonk_type_is_datetime(from) && vonk_type_is_datetime(to)) return true;
  if (vonk_type_is_string(to)) return true;
  if (vonk_type_is_numeric(from) && vonk_type_is_numeric(to)) return !ansi || number_widens(from, to) || literal;
  if (!vonk_type_is_string(from)) return false;
  return ansi || (to->id != VONK_TYPE_BOOLEAN && !vonk_type_is_interval(to));
}
