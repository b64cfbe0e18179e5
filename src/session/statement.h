/* statement.h: one running statement: its snapshot of the session, its task, and where its rows come from. */
#ifndef VONK_SESSION_STATEMENT_H
#define VONK_SESSION_STATEMENT_H

#include "column/batch.h"
#include "exec/observed.h"
#include "fs/files.h"
#include "session/answer.h"
#include "session/session.h"
#include "type/text.h"

struct vonk_execution;
struct vonk_stream_binding;
struct vonk_watch;

/* How spark-sql prints an answer: DESCRIBE pads its cells to 20, SHOW TABLES and SHOW VIEWS give the names alone. */
enum vonk_answer_form { VONK_ANSWER_PLAIN, VONK_ANSWER_PADDED, VONK_ANSWER_NAMES };

struct vonk_statement {
  struct vonk_session *session;
  struct vonk_arena *arena;          /* plan, answer */
  struct vonk_budget *budget;
  struct vonk_error error;
  struct vonk_task task;             /* over the four above and a cancel flag */
  struct vonk_conf *conf;            /* snapshot */
  struct vonk_files files;           /* of the task: the snapshot's */
  const struct vonk_timezone *zone;
  struct vonk_str sql;               /* after substitution */
  struct vonk_run_options options;
  uint64_t start_ns;

  const struct vonk_type *schema;    /* STRUCT; without fields when it answers nothing */
  struct vonk_column_facts *columns; /* the same for the API */
  struct vonk_answer answer;         /* of a command */
  enum vonk_answer_form form;
  struct vonk_execution *execution;  /* of a query; NULL for commands */
  struct vonk_watch *watch;          /* looks after the execution while a fetch waits */
  const struct vonk_stream_binding *stream; /* of a batch (stream.h); NULL: what streams is known by its columns alone */
  struct vonk_observed_list observed; /* by the queries that have ended, the first of each name */
  bool is_timed;                     /* each operator's time is wanted */
  bool ended;

  size_t answer_at;                  /* rows of the answer handed out */
  struct vonk_batch batch;           /* of the execution */
  uint32_t row;                      /* in batch */
  bool row_started;
  struct vonk_arena *cells;          /* of the current row */
  const struct vonk_value *values;   /* the current row, made when a cell is asked for */
};

/* A statement over the session as it is now; what it runs comes with vonk_statement_execute (execute.h). A session may have
 * several at a time, each of one thread; CANCEL is raised by any, and outlives it. End it with vonk_statement_close. */
struct vonk_statement *vonk_statement_create(struct vonk_session *session, struct vonk_cancel *cancel, const struct vonk_run_options *options);
/* The next rows of the query, or of what a command answers; row_count 0 at the end. Valid until the next call. */
STATUS vonk_statement_next_batch(struct vonk_statement *statement, struct vonk_batch *out);
/* Timestamps as Spark's text in ZONE, or as ISO 8601 in UTC. */
enum vonk_json_form { VONK_JSON_SPARK, VONK_JSON_ISO };
/* Appends VALUE as a JSON value. */
void vonk_json_put(struct vonk_text *out, const struct vonk_value *value, enum vonk_json_form form, const struct vonk_timezone *zone);

#endif
