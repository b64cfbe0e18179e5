/* arrow.h: batches through the Arrow C data interface (arrow.apache.org/docs/format/CDataInterface.html), both ways.
 *
 * Types map as Spark maps them: STRING utf8, DECIMAL decimal128, TIMESTAMP microseconds with a zone, TIMESTAMP_NTZ without,
 * DATE days, TIME nanoseconds, YM intervals months, DT durations in microseconds, CalendarInterval month-day-nano, MAP a
 * map with entries (key, value), VARIANT a struct (value, metadata) marked in the field's metadata.
 */
#ifndef VONK_COLUMN_ARROW_H
#define VONK_COLUMN_ARROW_H

#include "column/batch.h"

/* The interface itself, as the specification gives it. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};

#endif

struct vonk_arrow_options {
  struct vonk_str zone_id; /* of TIMESTAMP fields; empty is UTC */
  bool large_offsets;      /* 64-bit offsets for strings and binaries */
};

/* TYPE is a STRUCT whose fields are the columns. OUT is the caller's memory; it lives until its release is called. */
STATUS vonk_arrow_export_schema(struct vonk_task *task, const struct vonk_type *type, const struct vonk_arrow_options *options,
                                struct ArrowSchema *out);
/* The live rows, copied; the struct array's children are the columns, in the layout of the schema with the same options. */
STATUS vonk_arrow_export_batch(struct vonk_task *task, const struct vonk_batch *batch, const struct vonk_arrow_options *options,
                               struct ArrowArray *out);

/* The STRUCT type of a struct schema; raises UNSUPPORTED_FEATURE for formats we do not know. */
STATUS vonk_arrow_import_schema(struct vonk_task *task, const struct ArrowSchema *schema, const struct vonk_type **out);

/* Hands out an array in batches. Arrays are trusted as the specification has it: from the same process, or checked. */
struct vonk_arrow_reader;
/* ARRAY is taken over, also on failure; SCHEMA is borrowed and must outlive the reader, like TASK's arena. */
STATUS vonk_arrow_reader_create(struct vonk_task *task, const struct ArrowSchema *schema, struct ArrowArray *array,
                                struct vonk_arrow_reader **out);
/* The next rows, at most VONK_BATCH_ROWS; NULL at the end. Dictionaries are kept as DICT and shared between batches. */
STATUS vonk_arrow_reader_next(struct vonk_task *task, struct vonk_arrow_reader *reader, struct vonk_owned_batch **out);
const struct vonk_type *vonk_arrow_reader_type(const struct vonk_arrow_reader *reader);
/* Takes NULL. */
void vonk_arrow_reader_destroy(struct vonk_arrow_reader *reader);

#endif
