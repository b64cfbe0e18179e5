/* write_internal.h: the steps of a plan of writing: write_plan.c makes them, write.c runs them. */
#ifndef VONK_AVRO_WRITE_INTERNAL_H
#define VONK_AVRO_WRITE_INTERNAL_H

#include "avro/write.h"

enum avro_write_kind {
  AVRO_WRITE_NULL,
  AVRO_WRITE_BOOLEAN,
  AVRO_WRITE_INTEGER,                  /* INT and LONG are written alike */
  AVRO_WRITE_FLOAT,
  AVRO_WRITE_DOUBLE,
  AVRO_WRITE_DATE,
  AVRO_WRITE_MICROS,
  AVRO_WRITE_MILLIS,
  AVRO_WRITE_LOCAL_MILLIS,
  AVRO_WRITE_MICROS_OF_NANOS,
  AVRO_WRITE_DECIMAL,                  /* bytes, or fixed when SIZE is not 0 */
  AVRO_WRITE_BYTES,
  AVRO_WRITE_FIXED,
  AVRO_WRITE_ENUM,
  AVRO_WRITE_RECORD,
  AVRO_WRITE_ARRAY,
  AVRO_WRITE_MAP,
  AVRO_WRITE_MEMBERS,                  /* the member that is not null, of a STRUCT */
};

enum { AVRO_WRITE_NO_BRANCH = -1 };

struct avro_write_step;

struct avro_write_field {
  uint32_t column;                     /* UINT32_MAX: the SQL type has none, null is written */
  struct vonk_str name;
  const struct avro_write_step *step;
};

struct avro_write_step {
  enum avro_write_kind kind;
  int32_t value_branch, null_branch;   /* of the union around it; NO_BRANCH */
  uint32_t size;                       /* FIXED, DECIMAL */
  uint32_t count;                      /* RECORD: fields; MEMBERS: members */
  const struct vonk_avro_schema *schema; /* the union, if there is one */
  const struct avro_write_field *fields; /* RECORD */
  const struct avro_write_step *const *items; /* ARRAY, MAP: one; MEMBERS */
  const struct vonk_str *symbols;      /* ENUM: COUNT of them */
};

struct vonk_avro_write_plan {
  const struct vonk_avro_write_spec *spec;
  const struct avro_write_step *root;
};

#endif
