/* value.h: one scalar value with its type: literals, constants, partition values, statistics. Never per row. */
#ifndef VONK_TYPE_VALUE_H
#define VONK_TYPE_VALUE_H

#include "base/int128.h"
#include "type/type.h"

/* CalendarInterval. */
struct vonk_interval {
  int32_t months;
  int32_t days;
  int64_t micros;
};

/* IS_NULL leaves the union undefined. BOOLEAN and all integral types, DATE, TIMESTAMPs, TIME, YM and DT intervals are in
 * integer; DECIMAL unscaled in decimal; FLOAT and DOUBLE in real; STRING and BINARY in text (borrowed from the value's
 * arena); VARIANT: items[0] metadata, items[1] value, both BINARY. ARRAY: items[count]; MAP: items[2 * count], key then
 * value; STRUCT: items[field_count]. */
struct vonk_value {
  const struct vonk_type *type;
  bool is_null;
  union {
    int64_t integer;
    vonk_int128 decimal;
    double real;
    struct vonk_str text;
    struct vonk_interval interval;
    struct {
      const struct vonk_value *items;
      uint32_t count;
    } nested;
  };
};

struct vonk_value vonk_value_null(const struct vonk_type *type);
struct vonk_value vonk_value_integer(const struct vonk_type *type, int64_t integer);
struct vonk_value vonk_value_text(const struct vonk_type *type, struct vonk_str text);
/* Items of a nested value as the union's comment counts them: 2 * count for MAP, 2 for VARIANT; 0 for scalars. */
uint32_t vonk_value_item_count(const struct vonk_value *value);
struct vonk_value vonk_value_copy(struct vonk_arena *arena, const struct vonk_value *value);
/* NULLs equal; NaN equals NaN; -0.0 equals 0.0. */
bool vonk_value_equal(const struct vonk_value *a, const struct vonk_value *b);
/* SQL order of two non-null values of the same orderable type: NaN largest. */
int vonk_value_compare(const struct vonk_value *a, const struct vonk_value *b);
uint64_t vonk_value_hash(const struct vonk_value *value);
/* As Spark's Literal.sql, e.g. 'x', 1L, DATE '2020-01-01', 1.50BD: for EXPLAIN and column names. TIMESTAMPs are shown in
 * ZONE (type/timezone.h); the first form shows UTC. */
struct vonk_timezone;
struct vonk_str vonk_value_sql(struct vonk_arena *arena, const struct vonk_value *value);
struct vonk_str vonk_value_sql_in(struct vonk_arena *arena, const struct vonk_value *value, const struct vonk_timezone *zone);

#endif
