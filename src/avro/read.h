/* read.h: values in Avro's binary encoding to columns.
 *
 * A reader is made once for the schema that values were written by, the schema that they are resolved to (Avro 1.12, "Schema Resolution") and
 * the SQL type that they become (Spark's AvroDeserializer); it has a step for each field that is wanted, which writes straight into
 * its column, and passes over the others. Long strings are not copied: columns point into the bytes that were read.
 */
#ifndef VONK_AVRO_READ_H
#define VONK_AVRO_READ_H

#include "avro/sql_type.h"
#include "column/builder.h"

struct vonk_timezone;

/* By which calendar dates before 1582 were written; OLD_DATE: reading one is refused. */
enum vonk_avro_calendar { VONK_AVRO_GREGORIAN, VONK_AVRO_HYBRID, VONK_AVRO_CALENDAR_UNKNOWN };

struct vonk_avro_read_spec {
  const struct vonk_avro_schema *writer;
  const struct vonk_avro_schema *reader; /* what they are resolved to; WRITER itself: nothing to resolve */
  const struct vonk_type *type;        /* of the values; fields are found by name */
  const uint32_t *columns;             /* of TYPE's fields those that are wanted, each once; NULL: all, or TYPE is no STRUCT */
  uint32_t column_count;
  struct vonk_avro_mapping mapping;
  bool case_sensitive;
  bool positional;                     /* fields are found by their places */
  bool allow_incompatible;             /* spark.sql.legacy.avro.allowIncompatibleSchema */
  enum vonk_avro_calendar calendar;
  const struct vonk_timezone *zone;    /* of HYBRID timestamps */
};

struct vonk_avro_reader;

/* What SPEC points to must outlive the reader, which belongs to the budget of TASK. *OUT is NULL, and PROBLEM says why, when the schema does not fit the type. */
STATUS vonk_avro_reader_open(struct vonk_task *task, const struct vonk_avro_read_spec *spec, struct vonk_avro_reader **out, struct vonk_str *problem);
/* Takes NULL. */
void vonk_avro_reader_close(struct vonk_avro_reader *reader);

enum vonk_avro_outcome {
  VONK_AVRO_READ,
  VONK_AVRO_MALFORMED,                 /* or it cannot be resolved: vonk_avro_problem says what is wrong */
  VONK_AVRO_OLD_DATE,                  /* CALENDAR_UNKNOWN */
  VONK_AVRO_REFUSED,                   /* memory */
};

/* So many bytes behind those to be read must be readable. */
enum { VONK_AVRO_PADDING = 16 };

/* Reads ROWS values at *AT, which moves, none of it at or behind END. They stand behind those read since the last reset. What fails leaves those before it. */
enum vonk_avro_outcome vonk_avro_read_rows(struct vonk_task *task, struct vonk_avro_reader *reader, const uint8_t **at, const uint8_t *end, uint32_t rows);
struct vonk_str vonk_avro_problem(const struct vonk_avro_reader *reader);
/* Since the last reset. */
uint32_t vonk_avro_row_count(const struct vonk_avro_reader *reader);
/* Drops the rows. */
void vonk_avro_reader_reset(struct vonk_avro_reader *reader);
/* The values read: a STRUCT's wanted columns, in the order of SPEC's, are OUT's children. Valid until the next call. */
STATUS vonk_avro_reader_finish(struct vonk_task *task, struct vonk_avro_reader *reader, struct vonk_column *out);

#endif
