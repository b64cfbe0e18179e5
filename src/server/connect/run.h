/* run.h: what the thread of an operation does: decode its plan, run it, and make responses of what comes. */
#ifndef VONK_SERVER_CONNECT_RUN_H
#define VONK_SERVER_CONNECT_RUN_H

#include "server/connect/operation.h"

struct vonk_connect_decoder;
struct vonk_statement;

/* On failure the operation's error is set. */
STATUS connect_run_plan(struct connect_operation *operation);

/* DECODER over STATEMENT's task and SESSION's artifacts. */
void connect_run_decoder(struct connect_session *session, struct vonk_statement *statement, struct vonk_connect_decoder *out);

/* A command about streams: PLAN says which. */
struct vonk_connect_plan;
STATUS connect_run_stream(struct connect_operation *operation, struct vonk_statement *statement, const struct vonk_connect_plan *plan);

/* How often clients want to hear of progress (spark.connect.progress.reportInterval). */
uint64_t connect_progress_interval_ns(struct connect_session *session);
/* A response that tells how far OPERATION is, with the id of response LAST, which went before it; false when nothing is known of that yet. */
bool connect_progress(struct vonk_arena *arena, struct connect_operation *operation, uint64_t last, struct vonk_str *out);

#endif
