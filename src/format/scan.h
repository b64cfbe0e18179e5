/* scan.h: the one way in for data: what a source of batches promises its readers.
 *
 * Life: a format answers the schema and statistics of a list of files (infer_schema), then opens a scan over them
 * (open_scan) with wanted columns and filters. The scan has a list of units, fixed by the files alone and in order; workers
 * take units in any order and each reads its own with a reader, one batch at a time.
 *
 * Columns are numbered through: first the fields of the data schema, then those of the partition schema. Data columns are
 * matched to each file's by name; one that a file lacks is null there, one that the file has narrower is widened.
 *
 * Filters are conjuncts over one column. A reader may use a filter to skip units, pages and rows; after open_scan each
 * says whether it is EXACT (no surviving row fails it, the caller may drop it), INEXACT or NONE. Rows that survive keep
 * their position: batch.first_row (and row_origin) count from the first row of the unit, whatever was skipped before.
 */
#ifndef VONK_FORMAT_SCAN_H
#define VONK_FORMAT_SCAN_H

#include <stdatomic.h>

#include "column/batch.h"
#include "conf/conf.h"
#include "expr/node.h"
#include "type/value.h"

struct vonk_timezone;
struct vonk_sink_type;
struct vonk_footer_cache;
struct vonk_page_cache;

struct vonk_scan_file {
  struct vonk_str path;
  uint64_t byte_size;
  int64_t mtime_ns;
  uint64_t inode;
  const struct vonk_value *partition_values; /* one per field of the partition schema; NULL when there is none */
};

/* Dates and timestamps before the Gregorian calendar, in files that do not say which calendar they were written by. */
enum vonk_scan_rebase { VONK_SCAN_REBASE_CORRECTED, VONK_SCAN_REBASE_LEGACY, VONK_SCAN_REBASE_EXCEPTION };

/* What bind stamps into a scan; nothing below reads settings. Zero means what Spark's defaults mean, save where said. */
struct vonk_scan_options {
  const struct vonk_option *items; /* OPTIONS (...) as given, then the settings that the format names; the first of equal keys counts, letters without case */
  uint32_t item_count;
  const struct vonk_timezone *zone; /* of the session */
  bool case_sensitive;
  bool binary_as_string;
  bool timestamp_without_zone_as_timestamp; /* inferTimestampNTZ.enabled = false */
  bool merge_schema;
  bool field_ids;                /* columns whose metadata has an id are matched by it, not by name */
  bool field_ids_may_lack;       /* a file without any ids has none of those columns; else it is an error */
  bool verify_checksums;         /* of pages that have one */
  enum vonk_scan_rebase rebase_datetime, rebase_int96;
  const struct vonk_timezone *int96_zone; /* INT96 timestamps of others than parquet-mr are local times there; NULL: UTC, as all are */
  bool ignore_corrupt_files, ignore_missing_files;
  struct vonk_footer_cache *footers; /* where what files tell of themselves is kept (format/footer_cache.h); NULL: nowhere */
  struct vonk_page_cache *pages;     /* where decompressed pages are kept (format/page_cache.h); NULL: nowhere */
};

/* Of one column over all files. */
struct vonk_scan_statistics {
  bool has_min, has_max;         /* of the non-null values; strings may be cut (then not exact) */
  bool is_exact;                 /* min and max are values that occur */
  struct vonk_value min, max;
  bool has_null_count;
  uint64_t null_count;
  uint64_t distinct_count;       /* about so many distinct values; 0 = not known */
  uint64_t byte_size;            /* decoded, as the file tells; 0 = not known */
};

struct vonk_scan_info {
  const struct vonk_type *schema; /* STRUCT; every field nullable, as Spark reads files */
  bool has_row_count;
  uint64_t row_count;
  uint64_t byte_size;                              /* of the files */
  const struct vonk_scan_statistics *columns;      /* one per field of schema, or NULL */
};

/* Evaluates a conjunct on COLUMN: bit i of MASK = row i passes. Only rows of LIVE (NULL = all) need an answer; bits at and
 * behind ROW_COUNT are written 0. COLUMN may be the entries of a dictionary, so the call must not raise for values that
 * no row has and must depend on nothing but the value. ROW_COUNT <= VONK_BATCH_ROWS. */
typedef enum vonk_status vonk_scan_keep(struct vonk_task *task, void *object, const struct vonk_column *column,
                                        uint32_t row_count, const uint64_t *live, uint64_t *mask);

enum vonk_scan_filter_kind {
  VONK_SCAN_FILTER_EQ,
  VONK_SCAN_FILTER_LT,
  VONK_SCAN_FILTER_LE,
  VONK_SCAN_FILTER_GT,
  VONK_SCAN_FILTER_GE,
  VONK_SCAN_FILTER_IN,
  VONK_SCAN_FILTER_IS_NULL,
  VONK_SCAN_FILTER_IS_NOT_NULL,
  VONK_SCAN_FILTER_KEEP,         /* anything else: the callback alone decides */
};

enum vonk_scan_answer { VONK_SCAN_NONE, VONK_SCAN_INEXACT, VONK_SCAN_EXACT };

struct vonk_scan_filter {
  uint32_t column;
  enum vonk_scan_filter_kind kind;
  const struct vonk_value *values; /* of the column's type, none null; IN: VALUE_COUNT of them, comparisons: one */
  uint32_t value_count;
  vonk_scan_keep *keep;            /* KEEP only; called from several workers at once */
  void *object;
  bool keeps_null;                 /* KEEP only: a null row passes */
};

/* Made by a join, sealed before it is published, then immutable. A null never passes. What is not known is absent. */
struct vonk_runtime_filter {
  bool has_range;                  /* min and max of integral, decimal (unscaled), date and timestamp keys */
  vonk_int128 min, max;
  const uint64_t *bitmap;          /* bit (key - min) for all keys from min to max; NULL = none */
  vonk_scan_keep *keep;            /* Bloom filters and the like; NULL = none */
  void *object;
};

/* SLOT is polled at each batch; NULL in it until the filter is sealed. Runtime filters are always INEXACT. */
struct vonk_scan_runtime_slot {
  uint32_t column;
  _Atomic(const struct vonk_runtime_filter *) *slot;
};

/* What a scan is asked for. Borrowed; must outlive the scan. */
struct vonk_scan_spec {
  const struct vonk_scan_file *files;
  uint32_t file_count;
  const struct vonk_type *schema;           /* STRUCT: data columns */
  const struct vonk_type *partition_schema; /* STRUCT or NULL */
  const uint32_t *columns;                  /* wanted, in the order of the batches' columns; may be none */
  uint32_t column_count;
  const struct vonk_scan_filter *filters;   /* on any column, wanted or not */
  uint32_t filter_count;
  const struct vonk_scan_runtime_slot *slots;
  uint32_t slot_count;
  struct vonk_scan_options options;
};

/* Formats of text know their rows only when they have read them. */
#define VONK_SCAN_ROWS_UNKNOWN UINT64_MAX

struct vonk_scan_unit {
  uint32_t file;                 /* index into spec.files */
  uint32_t part;                 /* of the file, the format's own numbering (row group) */
  uint64_t first_row;            /* of the unit, in its part */
  uint64_t row_count;            /* VONK_SCAN_ROWS_UNKNOWN: reading tells */
  uint64_t file_row;             /* of the unit's row 0, in its file: _metadata.row_index */
  uint64_t byte_size;            /* an estimate of what reading costs */
  uint64_t file_middle;          /* the middle of the bytes it is part of (a row group), in the file: the split with it reads the unit */
};

/* The head of every format's scan. */
struct vonk_scan {
  const struct vonk_format_type *type;
  const struct vonk_scan_spec *spec;
  const struct vonk_scan_unit *units; /* in order; those that filters rule out are gone, the others keep their place */
  uint32_t unit_count;
  uint64_t row_count;                 /* sum over the units: exact when there are no filters; or VONK_SCAN_ROWS_UNKNOWN */
  const enum vonk_scan_answer *answers; /* per filter */
};

/* The head of every format's reader. */
struct vonk_reader {
  const struct vonk_scan *scan;
  uint32_t unit;                 /* index into units */
};

/* count(*), count(column), min(column), max(column) from metadata alone. */
enum vonk_scan_aggregate_kind { VONK_SCAN_COUNT_ROWS, VONK_SCAN_COUNT, VONK_SCAN_MIN, VONK_SCAN_MAX };
struct vonk_scan_aggregate {
  enum vonk_scan_aggregate_kind kind;
  uint32_t column;
  bool known;                    /* out */
  struct vonk_value value;       /* out: LONG for counts; null for min and max of nothing; outlives the scan */
};

struct vonk_format_type {
  const char *name;
  /* Settings whose values scans and sinks get behind their options, under the settings' names. */
  const enum vonk_conf_key *settings;
  uint32_t setting_count;
  const char *hadoop_prefix;           /* settings of any name that starts so go to the sink as well; NULL: none */
  /* The schema of FILES (of the first with one, or merged) and what their metadata says. INFO's memory is on the task's arena. GIVEN
   * (NULL: none) is the schema that somebody gave: a format that must read much to find one need not look, and leaves INFO's empty. */
  STATUS (*infer_schema)(struct vonk_task *task, const struct vonk_scan_file *files, uint32_t file_count,
                         const struct vonk_scan_options *options, const struct vonk_type *given, struct vonk_scan_info *info);
  /* Optional: raises for a schema of data columns that the format cannot read; OPTIONS may be NULL when they do not matter yet. */
  STATUS (*check_schema)(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_scan_options *options);
  /* The scan's own memory is charged to the budget of TASK, which may end before the scan. */
  STATUS (*open_scan)(struct vonk_task *task, const struct vonk_scan_spec *spec, struct vonk_scan **out);
  void (*close_scan)(struct vonk_scan *scan);
  /* A reader belongs to the worker of TASK. Reader memory is charged to the task's budget. */
  STATUS (*open_unit)(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out);
  /* The next rows, at least one live; row_count 0 at the end. OUT borrows from the reader until its next call. A batch
   * without columns (none wanted) has rows all the same, and then as many as the unit has: it may pass VONK_BATCH_ROWS. */
  STATUS (*next)(struct vonk_task *task, struct vonk_reader *reader, struct vonk_batch *out);
  /* Takes NULL. */
  void (*close_unit)(struct vonk_reader *reader);
  /* Optional: answers AGGREGATES over all rows of the scan, those it can; a scan with filters answers none. */
  STATUS (*aggregate)(struct vonk_task *task, const struct vonk_scan *scan, struct vonk_scan_aggregate *aggregates, uint32_t count);
  bool knows_rows;                     /* batches say at which row of their file they stand: _metadata.row_index */
  const struct vonk_sink_type *sink; /* NULL: the format cannot be written (format/sink.h) */
};

/* The value of KEY, letters without case; data is NULL when it has none. */
struct vonk_str vonk_scan_option(const struct vonk_option *items, uint32_t item_count, struct vonk_str key);

/* What is known of the parts added so far; starts zeroed. */
struct vonk_scan_parts {
  uint32_t count;              /* that have values */
  uint32_t at_min, at_max;     /* of those, whose minimum (maximum) is that of all */
  uint64_t most, sum;          /* of their distinct counts */
  bool is_unknown;             /* one did not tell its distinct count */
  bool repeats;                /* in one, values come so often that other parts will have the same ones */
};
/* Adds a part of ROW_COUNT rows to ALL, which starts zeroed with has_null_count as is true of no rows. A part without values says nothing of
 * minimum and maximum. */
void vonk_scan_statistics_add(struct vonk_scan_statistics *all, const struct vonk_scan_statistics *part, uint64_t row_count, struct vonk_scan_parts *parts);
/* Adds to ALL what SCAN's files tell of a column; false when one tells nothing. */
typedef bool vonk_scan_column_statistics(struct vonk_task *task, const struct vonk_scan *scan, uint32_t column, struct vonk_scan_statistics *all,
                                         struct vonk_scan_parts *parts);
/* vonk_format_type.aggregate, out of statistics. */
void vonk_scan_answer_aggregates(struct vonk_task *task, const struct vonk_scan *scan, vonk_scan_column_statistics *read, struct vonk_scan_aggregate *aggregates,
                                 uint32_t count);
/* A's fields, then those of B whose names A has not, letters without case. */
const struct vonk_type *vonk_scan_schemas_merge(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b);

/* True, and the error is gone, when STATUS is a failure of a file that OPTIONS say to pass over. */
bool vonk_scan_may_ignore(struct vonk_task *task, const struct vonk_scan_options *options, enum vonk_status status);

/* The formats of registry.def; NULL for an unknown NAME (letters without case). */
const struct vonk_format_type *vonk_format_find(struct vonk_str name);

static inline const struct vonk_type *vonk_scan_column_type(const struct vonk_scan_spec *spec, uint32_t column) {
  uint32_t data = spec->schema->field_count;
  return column < data ? spec->schema->fields[column].type : spec->partition_schema->fields[column - data].type;
}
static inline STATUS vonk_scan_unit_open(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out) {
  return scan->type->open_unit(task, scan, unit, out);
}
static inline STATUS vonk_reader_next(struct vonk_task *task, struct vonk_reader *reader, struct vonk_batch *out) {
  return reader->scan->type->next(task, reader, out);
}
static inline void vonk_reader_close(struct vonk_reader *reader) {
  if (reader) reader->scan->type->close_unit(reader);
}
static inline void vonk_scan_close(struct vonk_scan *scan) {
  if (scan) scan->type->close_scan(scan);
}

#endif
