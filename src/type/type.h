/* type.h: Spark SQL's types.
 *
 * A type is an immutable struct on an arena (or one of the static singletons); compare with vonk_type_equal, never by
 * pointer. The logical type says what a value means; how wide it travels is the column's physical type (column/column.h).
 */
#ifndef VONK_TYPE_TYPE_H
#define VONK_TYPE_TYPE_H

#include "base/arena.h"
#include "base/str.h"

enum vonk_type_id {
  VONK_TYPE_VOID,
  VONK_TYPE_BOOLEAN,
  VONK_TYPE_BYTE,
  VONK_TYPE_SHORT,
  VONK_TYPE_INT,
  VONK_TYPE_LONG,
  VONK_TYPE_FLOAT,
  VONK_TYPE_DOUBLE,
  VONK_TYPE_DECIMAL,       /* precision 1..38, scale 0..precision */
  VONK_TYPE_STRING,        /* collation */
  VONK_TYPE_CHAR,          /* length; appears in table schemas only, read as STRING */
  VONK_TYPE_VARCHAR,       /* length; the same */
  VONK_TYPE_BINARY,
  VONK_TYPE_DATE,          /* days since 1970-01-01, proleptic Gregorian */
  VONK_TYPE_TIMESTAMP,     /* microseconds since the epoch, UTC */
  VONK_TYPE_TIMESTAMP_NTZ, /* microseconds of local time */
  VONK_TYPE_TIME,          /* nanoseconds since midnight, precision 0..6 */
  VONK_TYPE_INTERVAL_YM,   /* months; start..end field */
  VONK_TYPE_INTERVAL_DT,   /* microseconds; start..end field */
  VONK_TYPE_INTERVAL,      /* CalendarInterval: months, days, microseconds */
  VONK_TYPE_ARRAY,
  VONK_TYPE_MAP,
  VONK_TYPE_STRUCT,
  VONK_TYPE_VARIANT,       /* value and metadata bytes of the Parquet variant encoding */
  VONK_TYPE_COUNT
};

enum vonk_interval_field { VONK_FIELD_YEAR, VONK_FIELD_MONTH, VONK_FIELD_DAY, VONK_FIELD_HOUR, VONK_FIELD_MINUTE, VONK_FIELD_SECOND };

struct vonk_type_field {
  struct vonk_str name;
  const struct vonk_type *type;
  bool nullable;
  struct vonk_str metadata; /* JSON object text, empty when none */
};

struct vonk_type {
  enum vonk_type_id id;
  uint8_t precision;                /* DECIMAL, TIME */
  uint8_t scale;                    /* DECIMAL */
  uint8_t start_field, end_field;   /* intervals */
  uint32_t length;                  /* CHAR, VARCHAR */
  struct vonk_str collation;        /* STRING; empty = UTF8_BINARY */
  const struct vonk_type *element;  /* ARRAY; MAP: the value */
  const struct vonk_type *key;      /* MAP */
  bool contains_null;               /* ARRAY elements, MAP values */
  const struct vonk_type_field *fields; /* STRUCT */
  uint32_t field_count;
};

/* Singletons of the types without parameters. */
extern const struct vonk_type vonk_type_void, vonk_type_boolean, vonk_type_byte, vonk_type_short, vonk_type_int,
    vonk_type_long, vonk_type_float, vonk_type_double, vonk_type_string, vonk_type_binary, vonk_type_date,
    vonk_type_timestamp, vonk_type_timestamp_ntz, vonk_type_interval_ym, vonk_type_interval_dt, vonk_type_interval,
    vonk_type_variant, vonk_type_decimal_default /* (10,0) */;

enum { VONK_DECIMAL_PRECISION_MAX = 38, VONK_TYPE_DEPTH_MAX = 64 };

const struct vonk_type *vonk_type_decimal(struct vonk_arena *arena, int precision, int scale);
const struct vonk_type *vonk_type_collated(struct vonk_arena *arena, struct vonk_str collation);
const struct vonk_type *vonk_type_char(struct vonk_arena *arena, uint32_t length);
const struct vonk_type *vonk_type_varchar(struct vonk_arena *arena, uint32_t length);
const struct vonk_type *vonk_type_time(struct vonk_arena *arena, int precision);
const struct vonk_type *vonk_type_interval_of(struct vonk_arena *arena, enum vonk_interval_field start, enum vonk_interval_field end);
const struct vonk_type *vonk_type_array(struct vonk_arena *arena, const struct vonk_type *element, bool contains_null);
const struct vonk_type *vonk_type_map(struct vonk_arena *arena, const struct vonk_type *key, const struct vonk_type *value,
                                      bool value_contains_null);
/* FIELDS are copied. */
const struct vonk_type *vonk_type_struct(struct vonk_arena *arena, const struct vonk_type_field *fields, uint32_t field_count);
const struct vonk_type *vonk_type_copy(struct vonk_arena *arena, const struct vonk_type *type);

/* TYPE with all in it nullable, but the keys of maps. */
const struct vonk_type *vonk_type_as_nullable(struct vonk_arena *arena, const struct vonk_type *type);

/* Equality of everything; the second ignores nullability inside and field metadata. */
bool vonk_type_equal(const struct vonk_type *a, const struct vonk_type *b);
bool vonk_type_same(const struct vonk_type *a, const struct vonk_type *b);

/* Bytes that Spark guesses a value takes (DataType.defaultSize): exact for types of fixed width. */
double vonk_type_default_size(const struct vonk_type *type);

/* Spark's texts: catalogString/simpleString ("struct<a:int,b:decimal(10,2)>") and sql ("STRUCT<a: INT, b: DECIMAL(10,2)>"). */
struct vonk_str vonk_type_simple_string(struct vonk_arena *arena, const struct vonk_type *type);
struct vonk_str vonk_type_sql(struct vonk_arena *arena, const struct vonk_type *type);
/* Spark's JSON form of a schema (StructType.json), and back; false for text that is not one. */
struct vonk_str vonk_type_json(struct vonk_arena *arena, const struct vonk_type *type);
bool vonk_type_from_json(struct vonk_arena *arena, struct vonk_str json, const struct vonk_type **out);

/* `name`, always in backquotes. */
struct vonk_str vonk_type_quote(struct vonk_arena *arena, struct vonk_str name);
/* NAME as it must be written in SQL: itself, or in backquotes when it is not made of letters, digits and underscores. */
struct vonk_str vonk_type_quote_name(struct vonk_arena *arena, struct vonk_str name);
/* The comment in the field's metadata; data is NULL when it has none. */
struct vonk_str vonk_type_field_comment(struct vonk_arena *arena, const struct vonk_type_field *field);
/* The same of the SQL text of the column's DEFAULT. */
struct vonk_str vonk_type_field_default(struct vonk_arena *arena, const struct vonk_type_field *field);
/* Metadata that says both; data NULL for what there is not. */
struct vonk_str vonk_type_field_metadata(struct vonk_arena *arena, struct vonk_str comment, struct vonk_str default_sql);

static inline bool vonk_type_is_integral(const struct vonk_type *t) { return t->id >= VONK_TYPE_BYTE && t->id <= VONK_TYPE_LONG; }
static inline bool vonk_type_is_fractional(const struct vonk_type *t) { return t->id == VONK_TYPE_FLOAT || t->id == VONK_TYPE_DOUBLE; }
static inline bool vonk_type_is_numeric(const struct vonk_type *t) { return t->id >= VONK_TYPE_BYTE && t->id <= VONK_TYPE_DECIMAL; }
static inline bool vonk_type_is_string(const struct vonk_type *t) { return t->id >= VONK_TYPE_STRING && t->id <= VONK_TYPE_VARCHAR; }
static inline bool vonk_type_is_nested(const struct vonk_type *t) { return t->id >= VONK_TYPE_ARRAY && t->id <= VONK_TYPE_STRUCT; }
static inline bool vonk_type_is_datetime(const struct vonk_type *t) { return t->id >= VONK_TYPE_DATE && t->id <= VONK_TYPE_TIMESTAMP_NTZ; }
static inline bool vonk_type_is_interval(const struct vonk_type *t) { return t->id >= VONK_TYPE_INTERVAL_YM && t->id <= VONK_TYPE_INTERVAL; }
/* ORDER BY, min, comparisons: everything but MAP, VARIANT and CalendarInterval, deep inside too. */
bool vonk_type_is_orderable(const struct vonk_type *type);

#endif
