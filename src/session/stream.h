/* stream.h: streaming queries as a session runs them: plans whose streams become, batch by batch, the rows that came.
 *
 * A query runs in a clone of its session, so settings, views and the current database stay as they were when it started. Its plan is kept as
 * it was made, and bound anew for each batch: now() is the batch's, static tables are read as they are then.
 */
#ifndef VONK_SESSION_STREAM_H
#define VONK_SESSION_STREAM_H

#include "bind/binder.h"
#include "session/query.h"
#include "stream/manager.h"

/* DataStreamWriter.start and toTable; *OUT is held. */
STATUS vonk_stream_start(struct vonk_statement *statement, const struct vonk_command_write_stream *command, struct vonk_stream_query **out);
/* Does RESOLVED read a stream? */
bool vonk_stream_is_in(const struct vonk_relation *resolved);

/* --- for vonk_statement_bind_context --- */

/* What the streams of a plan are while it is bound. */
struct vonk_stream_binding {
  const struct vonk_stream_batch *batch;     /* NULL: their columns alone */
  const struct vonk_type *const *schemas;    /* one a source, as at the start */
  struct vonk_stream_seen *seen;             /* of one binding */
};
/* The object is a struct vonk_statement. */
STATUS vonk_stream_find(void *object, struct vonk_task *task, const struct vonk_relation_read *read, struct vonk_bind_stream *out);
int64_t vonk_stream_now_micros(const struct vonk_statement *statement);
bool vonk_stream_batch_runs(const struct vonk_statement *statement);

#endif
