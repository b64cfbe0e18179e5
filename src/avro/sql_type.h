/* sql_type.h: which SQL type an Avro schema is read as, and which schema a SQL type is written by (Spark's SchemaConverters). */
#ifndef VONK_AVRO_SQL_TYPE_H
#define VONK_AVRO_SQL_TYPE_H

#include "avro/schema.h"
#include "type/type.h"

enum { VONK_AVRO_RECURSION_MAX = 15 };

/* Options of the mapping, as Spark names them. */
struct vonk_avro_mapping {
  bool stable_ids;                     /* enableStableIdentifiersForUnionType */
  struct vonk_str stable_prefix;       /* stableIdentifierPrefixForUnionType */
  int recursion_max;                   /* recursiveFieldMaxDepth; below 1: a record must not hold itself */
};

/* NULL, and a REASON, when there is none. On ARENA. */
const struct vonk_type *vonk_avro_sql_type(struct vonk_arena *arena, const struct vonk_avro_schema *schema, const struct vonk_avro_mapping *mapping,
                                           bool *nullable, struct vonk_str *reason);

/* The JSON of the schema that values of TYPE are written by; data is NULL, with a REASON, when there is none. SPACE may be empty. */
struct vonk_str vonk_avro_schema_of(struct vonk_arena *arena, const struct vonk_type *type, bool nullable, struct vonk_str name, struct vonk_str space,
                                    struct vonk_str *reason);

/* Of a type: what the property spark.sql.catalyst.type may say of INT and LONG; NULL for others. */
const struct vonk_type *vonk_avro_property_type(struct vonk_arena *arena, const struct vonk_avro_schema *schema);

#endif
