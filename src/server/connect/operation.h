/* operation.h: one execution: a thread that runs a plan, and the responses it has made.
 *
 * Responses are kept in order until they are released: those of a reattachable operation when the client says so or
 * when enough later ones have been sent, others as soon as they have been sent. The thread waits while more than a bound is kept
 * that has not been sent. A failure comes behind the last response.
 */
#ifndef VONK_SERVER_CONNECT_OPERATION_H
#define VONK_SERVER_CONNECT_OPERATION_H

#include "column/ipc.h"
#include "server/connect/session_table.h"

/* As GetStatus numbers them. */
enum connect_state { CONNECT_UNKNOWN = 1, CONNECT_RUNNING, CONNECT_TERMINATING, CONNECT_SUCCEEDED, CONNECT_FAILED, CONNECT_CANCELLED };

/* Rows that one response carries, or several by parts. */
struct connect_rows {
  atomic_uint references;
  struct vonk_ipc_piece *piece;
};
/* Takes PIECE; one reference. */
struct connect_rows *connect_rows_create(struct vonk_ipc_piece *piece);
void connect_rows_release(struct connect_rows *rows);

/* A response: bytes of an ExecutePlanResponse and, for rows, those that follow them inside it. */
struct connect_response {
  struct connect_response *next;
  struct vonk_arena *arena;        /* which this stands on */
  struct vonk_str *parts;          /* the first is the response's own, the others are ROWS's */
  uint32_t part_count;
  struct connect_rows *rows;       /* may be NULL */
  uint64_t number;                 /* 1 and up */
  uint64_t byte_size;
  atomic_uint references;
};

struct connect_operation {
  atomic_uint references;
  struct vonk_arena *arena;        /* request, plan bytes, texts */
  struct connect_session *session; /* held */
  struct vonk_str id, id_prefix;   /* the latter of its responses */
  struct vonk_buffer *plan;        /* bytes of a Plan message; views that are made from it may outlive the operation */
  struct vonk_str *tags;
  uint32_t tag_count;
  bool reattachable;
  bool may_chunk;                  /* rows may come in parts */
  int64_t chunk_bytes;             /* as the client prefers; 0: it does not say */
  struct vonk_cancel cancel;
  struct vonk_thread *thread;

  struct vonk_mutex lock;          /* of all below */
  struct vonk_condition_variable changed;
  struct vonk_progress progress;   /* the latest heard of */
  struct connect_response *first, *last; /* kept */
  uint64_t made, sent, dropped;    /* numbers of the latest response made, sent, and no longer kept */
  uint64_t unsent_bytes, sent_bytes;
  enum connect_state state;
  bool ended;                      /* the thread makes no more */
  bool abandoned;                  /* nobody will ask any more */
  uint64_t detached_ns;            /* since when nobody reads; 0: somebody does */
  uint32_t reader;                 /* number of the call that reads; an older one ends */
  struct vonk_error error;         /* of FAILED and CANCELLED */
  const char *class_name;
};

struct connect_operation_request {
  struct vonk_str id;              /* absent: a new one */
  struct vonk_str plan;            /* copied */
  const struct vonk_str *tags;
  uint32_t tag_count;
  bool reattachable;
  bool may_chunk;
  int64_t chunk_bytes;
};
/* Starts it, held; RUN is what its thread does. Raises INVALID_HANDLE.OPERATION_ALREADY_EXISTS,
 * UNABLE_TO_ACQUIRE_MEMORY. */
STATUS connect_operation_start(struct vonk_task *task, struct connect_session *session, const struct connect_operation_request *request,
                               STATUS (*run)(struct connect_operation *operation), struct connect_operation **out);
/* Held; raises INVALID_HANDLE.OPERATION_NOT_FOUND. */
STATUS connect_operation_find(struct vonk_task *task, struct connect_session *session, struct vonk_str id, struct connect_operation **out);
void connect_operation_release(struct connect_operation *operation);

/* What all responses begin with, on ARENA; those that are kept have an id besides. */
void connect_operation_begin_response(struct vonk_text *out, struct vonk_arena *arena, const struct connect_operation *operation);
/* The id of response NUMBER; 0: of none, to begin with. */
void connect_operation_put_id(struct vonk_text *out, const struct connect_operation *operation, uint64_t number);

/* --- the thread's side --- */

/* A response with this as its body, a field of the oneof response_type or others. Waits while the client is slow. */
STATUS connect_operation_put(struct connect_operation *operation, struct vonk_str body);
/* The same; the bytes of ROWS from START up to STOP come where BODY ends. */
void connect_operation_put_rows(struct connect_operation *operation, struct vonk_str body, struct connect_rows *rows, uint64_t start, uint64_t stop);
/* How far it is: what vonk_run_options.progress is given. */
void connect_operation_note_progress(void *operation, const struct vonk_progress *progress);

/* --- the readers' side --- */

/* Begins to read behind the response LAST_ID (absent: at the beginning); readers before are told to stop. Raises
 * INVALID_CURSOR.POSITION_NOT_FOUND, .POSITION_NOT_AVAILABLE, .NOT_REATTACHABLE. *NUMBER is the next response's. */
STATUS connect_operation_attach(struct vonk_task *task, struct connect_operation *operation, struct vonk_str last_id, uint32_t *reader, uint64_t *number);
enum connect_next { CONNECT_NEXT_RESPONSE, CONNECT_NEXT_END, CONNECT_NEXT_TIMEOUT, CONNECT_NEXT_DETACHED };
/* Waits until DEADLINE_NS for the response of NUMBER; *OUT is held. GONE (the caller's) is looked at when the wait is woken. */
enum connect_next connect_operation_next(struct connect_operation *operation, uint32_t reader, uint64_t number, uint64_t deadline_ns,
                                         const atomic_bool *gone, struct connect_response **out);
/* The reader goes away. */
void connect_operation_detach(struct connect_operation *operation, uint32_t reader);
/* It has left. */
void connect_operation_sent(struct connect_operation *operation, struct connect_response *response);
void connect_response_release(struct connect_response *response);
/* Wakes readers and the thread. */
void connect_operation_wake(struct connect_operation *operation);
/* Lets go of responses up to the one of ID, or of all and the operation itself when ID is absent. */
void connect_operation_release_responses(struct connect_operation *operation, struct vonk_str id);
/* Any thread. */
void connect_operation_cancel(struct connect_operation *operation);
bool connect_operation_is_abandoned(struct connect_operation *operation);
/* Removes it from its session; it ends when it still runs. */
void connect_operation_abandon(struct connect_operation *operation);

#endif
