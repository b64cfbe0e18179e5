/* vonk.h: the engine from C: open, run SQL, fetch rows as text or through the Arrow C data interface, cancel.
 *
 *   struct vonk_instance *instance;
 *   struct vonk_session *session;
 *   struct vonk_statement *statement;
 *   if (vonk_instance_open(NULL, &instance) || vonk_session_open(instance, NULL, &session)) ...
 *   if (vonk_session_run(session, "SELECT 1 AS a", 13, NULL, &statement) == VONK_RUN_OK)
 *     while (vonk_statement_next_row(statement) == VONK_RUN_ROW) { vonk_statement_cell(statement, 0, ...); ... }
 *   vonk_statement_close(statement); vonk_session_close(session); vonk_instance_close(instance);
 *
 * Handles are opaque. An instance is the engine at work: memory, threads, catalog; it may serve sessions of several
 * threads. A session and its statements belong to one thread at a time, except that vonk_session_cancel may be called from
 * any thread or signal handler. Options structs start with their own size, so that they can grow: set it with
 * VONK_OPTIONS_INIT. Text handed out ends with a NUL that its size does not count, and may hold NULs; it is UTF-8 unless the
 * data is not.
 */
#ifndef VONK_VONK_H
#define VONK_VONK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The Arrow C data interface, as its specification gives it. */
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

/* "0.1.0". */
const char *vonk_version(void);

enum vonk_run_code {
  VONK_RUN_OK = 0,
  VONK_RUN_FAILED = 1,    /* the problem of the handle says why */
  VONK_RUN_CANCELLED = 2, /* the same, after vonk_session_cancel */
  VONK_RUN_ROW = 100,     /* a row or an array is there */
  VONK_RUN_END = 101,     /* there are no more */
};

/* What went wrong, in Spark's terms. Belongs to the handle; valid until the next call with it. */
struct vonk_problem {
  const char *condition;  /* "UNRESOLVED_COLUMN.WITH_SUGGESTION" */
  const char *sqlstate;   /* "42703", or "" */
  const char *message;    /* "[CONDITION] sentence SQLSTATE: 42703", one line */
  const char *sentence;   /* the sentence alone */
  const char *rendered;   /* the same and, when the place is known, the line of SQL with carets under it */
  const char *const *parameter_names;
  const char *const *parameter_values;
  size_t parameter_count;
  uint32_t line, column;  /* 1-based, in the statement's own text; 0 when not known or inside a view's text */
};

#define VONK_OPTIONS_INIT(type) ((type){.struct_size = sizeof(type)})

/* ---- instance: one per process is usual ---- */

struct vonk_instance;

/* Settings by Spark's keys, as in spark-defaults.conf: "spark.driver.memory", "spark.master", ... */
struct vonk_setting {
  const char *key, *value;
};

struct vonk_instance_options {
  size_t struct_size;
  const struct vonk_setting *settings; /* the last of equal keys counts */
  size_t setting_count;
  const char *properties_file;         /* read before them; NULL for none */
  const char *defaults_file;           /* read before that; NULL for none */
};

/* OPTIONS may be NULL. *OUT is set even on failure, so that its problem can be read; close it in any case. */
int vonk_instance_open(const struct vonk_instance_options *options, struct vonk_instance **out);
/* All sessions must have been closed. Takes NULL. */
void vonk_instance_close(struct vonk_instance *instance);
const struct vonk_problem *vonk_instance_problem(const struct vonk_instance *instance);

struct vonk_instance_facts {
  uint64_t memory_limit_bytes;   /* what the settings and the machine allow */
  uint64_t memory_machine_bytes; /* of the machine or cgroup */
  uint64_t memory_used_bytes, memory_peak_bytes;
  uint32_t worker_count;
  const char *local_dir;         /* of temporary files */
  const char *warehouse_dir;
  const char *cpu_level;         /* "portable", "avx2", "avx512" */
};
/* Fills FACTS as far as FACTS_SIZE goes; text belongs to the instance. */
void vonk_instance_describe(struct vonk_instance *instance, struct vonk_instance_facts *facts, size_t facts_size);

/* ---- session: settings, current database, temporary views ---- */

struct vonk_session;

struct vonk_session_options {
  size_t struct_size;
  const struct vonk_setting *settings; /* runtime settings of this session */
  size_t setting_count;
  const char *database;                /* NULL is "default" */
};

/* As with the instance, *OUT is set even on failure. */
int vonk_session_open(struct vonk_instance *instance, const struct vonk_session_options *options, struct vonk_session **out);
/* Its statements must have been closed. Takes NULL. */
void vonk_session_close(struct vonk_session *session);
const struct vonk_problem *vonk_session_problem(const struct vonk_session *session);
/* The value of a setting, NULL when it has none; valid until the next call. */
const char *vonk_session_setting(struct vonk_session *session, const char *key);
const char *vonk_session_database(struct vonk_session *session);
/* Any thread, any signal handler: the running statement, if there is one, ends with VONK_RUN_CANCELLED soon. */
void vonk_session_cancel(struct vonk_session *session);

/* ---- script: the statements of a text ---- */

struct vonk_script_piece {
  size_t start, stop;   /* of the statement, without white space around it and the semicolon */
  size_t next;          /* where to go on */
  bool complete;        /* false: the text ends before a semicolon, or inside a string, comment or block */
  bool empty;           /* nothing but white space and comments */
};
/* The first statement of TEXT at or behind FROM; false when only white space is left. */
bool vonk_script_next(const char *text, size_t size, size_t from, struct vonk_script_piece *out);

/* ---- statement: one SQL statement and its result ---- */

struct vonk_statement;

struct vonk_progress {
  uint64_t elapsed_ns;
  uint64_t done_units, total_units; /* of work known so far; total 0 is unknown */
  uint64_t rows_read, bytes_read;
  uint64_t memory_bytes, spilled_bytes;
  uint32_t running_tasks;
};

struct vonk_run_options {
  size_t struct_size;
  /* Called about every PROGRESS_INTERVAL_MS while a run or a fetch waits, from another thread; the call that waits does not
   * return before it has ended. */
  void (*progress)(void *object, const struct vonk_progress *progress);
  void *progress_object;
  uint32_t progress_interval_ms; /* 0 is 100 */
};

/* Parses and starts one statement (a semicolon may end it). A command has been carried out when this returns; a query's
 * rows come with the fetches below. On failure *OUT is NULL and the session's problem says why. OPTIONS may be NULL. */
int vonk_session_run(struct vonk_session *session, const char *sql, size_t size, const struct vonk_run_options *options,
                     struct vonk_statement **out);
/* Ends it if it still runs. Takes NULL. */
void vonk_statement_close(struct vonk_statement *statement);

struct vonk_column_facts {
  const char *name;
  const char *type;     /* Spark's simple string: "array<int>" */
  bool nullable;
  bool numeric;
};
/* 0 for statements that answer nothing. */
size_t vonk_statement_column_count(const struct vonk_statement *statement);
struct vonk_column_facts vonk_statement_column(const struct vonk_statement *statement, size_t column);
/* "struct<a:int,b:string>", never shortened. */
const char *vonk_statement_schema_text(const struct vonk_statement *statement);

/* Steps to the next row: VONK_RUN_ROW, VONK_RUN_END, or a failure, whose problem is the session's. */
int vonk_statement_next_row(struct vonk_statement *statement);

enum vonk_cell_form {
  VONK_CELL_HIVE, /* as spark-sql prints: {"a":1}, [1,2], NULL */
  VONK_CELL_SHOW, /* as DataFrame.show prints: {1}, [1, 2], NULL */
  VONK_CELL_JSON, /* a JSON value: numbers as numbers, structs as objects, null */
};
struct vonk_cell {
  const char *text;
  size_t size;
  bool null;
};
/* A cell of the current row; valid until the next step. */
struct vonk_cell vonk_statement_cell(struct vonk_statement *statement, size_t column, enum vonk_cell_form form);
/* The current row as spark-sql prints it: Hive's text, tabs between columns; DESCRIBE pads, SHOW TABLES gives names alone. */
struct vonk_cell vonk_statement_row_text(struct vonk_statement *statement);

/* The result's schema as an Arrow struct, and its rows array by array (VONK_RUN_ROW, VONK_RUN_END); the caller releases
 * both. Do not mix with vonk_statement_next_row on one statement. */
int vonk_statement_arrow_schema(struct vonk_statement *statement, struct ArrowSchema *out);
int vonk_statement_next_array(struct vonk_statement *statement, struct ArrowArray *out);

/* What it took so far, also after the end. */
void vonk_statement_progress(const struct vonk_statement *statement, struct vonk_progress *out);

#ifdef __cplusplus
}
#endif

#endif
