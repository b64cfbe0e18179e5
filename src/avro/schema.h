/* schema.h: Avro schemas (Avro 1.12, "Schema Declaration"): JSON to a tree whose named types may refer to themselves. */
#ifndef VONK_AVRO_SCHEMA_H
#define VONK_AVRO_SCHEMA_H

#include "text/json_tree.h"

/* In the order of the specification; those up to STRING are primitive. */
enum vonk_avro_kind {
  VONK_AVRO_KIND_NULL,
  VONK_AVRO_KIND_BOOLEAN,
  VONK_AVRO_KIND_INT,
  VONK_AVRO_KIND_LONG,
  VONK_AVRO_KIND_FLOAT,
  VONK_AVRO_KIND_DOUBLE,
  VONK_AVRO_KIND_BYTES,
  VONK_AVRO_KIND_STRING,
  VONK_AVRO_KIND_RECORD,
  VONK_AVRO_KIND_ENUM,
  VONK_AVRO_KIND_ARRAY,
  VONK_AVRO_KIND_MAP,
  VONK_AVRO_KIND_UNION,
  VONK_AVRO_KIND_FIXED,
};

/* Those that mean another SQL type; one that does not fit its schema is as if it were not there. CUSTOM_DECIMAL is Spark's, of longs. */
enum vonk_avro_logical {
  VONK_AVRO_PLAIN,
  VONK_AVRO_DATE,
  VONK_AVRO_TIME_MICROS,
  VONK_AVRO_TIMESTAMP_MILLIS,
  VONK_AVRO_TIMESTAMP_MICROS,
  VONK_AVRO_LOCAL_MILLIS,
  VONK_AVRO_LOCAL_MICROS,
  VONK_AVRO_DECIMAL,
  VONK_AVRO_CUSTOM_DECIMAL,
  VONK_AVRO_OTHER,     /* any other known one: its numbers are just numbers */
};

struct vonk_avro_schema;

struct vonk_avro_field {
  struct vonk_str name;
  const struct vonk_str *aliases;
  uint32_t alias_count;
  const struct vonk_avro_schema *schema;
  const struct vonk_json_node *default_value; /* NULL: none */
};

struct vonk_avro_schema {
  enum vonk_avro_kind kind;
  enum vonk_avro_logical logical;
  int32_t precision, scale;            /* of decimals */
  struct vonk_str name;                /* RECORD, ENUM, FIXED: with its namespace; others: the type's */
  const struct vonk_str *aliases;      /* with their namespaces */
  uint32_t alias_count;
  uint32_t size;                       /* FIXED */
  const struct vonk_avro_field *fields; /* RECORD */
  const struct vonk_avro_schema *const *branches; /* UNION; one of ARRAY (elements) and MAP (values) */
  const struct vonk_str *symbols;      /* ENUM */
  uint32_t count;                      /* of fields, branches or symbols */
  int32_t default_symbol;              /* ENUM; -1: none */
  struct vonk_str catalyst_type;       /* the property spark.sql.catalyst.type; data NULL: none */
  bool is_java_string;                 /* avro.java.string = String: Spark's maps order such keys otherwise */
  uint32_t least_size;                 /* bytes of its shortest value; 0 also where it is not known yet */
};

/* What JSON says; NULL, and a REASON, when that is not a schema. All of it is on ARENA and may point into JSON. */
const struct vonk_avro_schema *vonk_avro_schema_parse(struct vonk_arena *arena, struct vonk_str json, struct vonk_str *reason);

/* The name without its namespace. */
struct vonk_str vonk_avro_short_name(const struct vonk_avro_schema *schema);
/* The branches of a union that are not null; how many, and when OUT is not NULL, which. */
uint32_t vonk_avro_value_branches(const struct vonk_avro_schema *schema, const struct vonk_avro_schema **out);

/* A default VALUE of SCHEMA as bytes behind OUT; false when it is none. */
bool vonk_avro_encode_default(struct vonk_text *out, const struct vonk_avro_schema *schema, const struct vonk_json_node *value);

#endif
