/* write.h: columns to values in Avro's binary encoding, by a schema (Spark's AvroSerializer). */
#ifndef VONK_AVRO_WRITE_H
#define VONK_AVRO_WRITE_H

#include "avro/read.h"

struct vonk_avro_write_spec {
  const struct vonk_avro_schema *schema;
  const struct vonk_type *type;
  bool case_sensitive;
  bool positional;                     /* fields are found by their places */
  enum vonk_avro_calendar calendar;    /* that old dates are written by; CALENDAR_UNKNOWN: writing one is refused */
  const struct vonk_timezone *zone;    /* of HYBRID timestamps */
};

struct vonk_avro_write_plan;           /* does not change */

/* On ARENA; SPEC's schema and type are borrowed. NULL, and a PROBLEM, when the type cannot be written by the schema. */
const struct vonk_avro_write_plan *vonk_avro_write_plan_make(struct vonk_arena *arena, const struct vonk_avro_write_spec *spec, struct vonk_str *problem);

enum vonk_avro_written {
  VONK_AVRO_WRITTEN,
  VONK_AVRO_NULL_FIELD,                /* PROBLEM is the field's name, SCHEMA its type */
  VONK_AVRO_OLD,                       /* CALENDAR_UNKNOWN, and a date before 1582 */
  VONK_AVRO_UNFIT,                     /* PROBLEM says what the schema cannot hold */
  VONK_AVRO_FULL,                      /* memory */
};

/* Memory for one thread. Zero-initialise, then set the plan. */
struct vonk_avro_writer {
  const struct vonk_avro_write_plan *plan;
  struct vonk_buffer *order;           /* of maps */
  struct vonk_str problem;
  const struct vonk_avro_schema *schema;
};
void vonk_avro_writer_deinit(struct vonk_avro_writer *writer);

/* The value in row ROW of COLUMN behind what OUT holds; what fails may leave a part of it there. */
enum vonk_avro_written vonk_avro_write(struct vonk_avro_writer *writer, const struct vonk_column *column, uint32_t row, struct vonk_buffer **out);

#endif
