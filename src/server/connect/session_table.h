/* session_table.h: the sessions of the service's clients, by user and session id, and what each keeps beside the engine's
 * session: operations, artifacts, errors whose details may be asked for.
 *
 * Sessions are counted: a call holds the one it works with. A closed session takes no more calls; its id is remembered for a
 * while, so that its client hears that it was closed.
 */
#ifndef VONK_SERVER_CONNECT_SESSION_TABLE_H
#define VONK_SERVER_CONNECT_SESSION_TABLE_H

#include <stdatomic.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/task.h"
#include "base/thread.h"
#include "vonk/vonk.h"

struct connect_operation;

enum { CONNECT_ERRORS_KEPT = 32, CONNECT_CLOSED_KEPT = 1024, CONNECT_ENDED_KEPT = 256, CONNECT_RUNNING_MAX = 1024 };

struct connect_kept_error {
  char id[40];
  bool set;
  struct vonk_error error;
  const char *class_name;          /* see exception.h */
};
/* How an operation that is gone ended. */
struct connect_ended {
  char id[40];
  int32_t state;                   /* enum connect_state */
};

struct connect_session {
  atomic_uint references;
  struct connect_sessions *table;
  struct vonk_arena *arena;
  uint64_t hash;                   /* of user and id */
  struct vonk_str user, id;
  struct vonk_str server_id;       /* the same for the life of the session: tells a client that the server is another one */
  struct vonk_session *session;
  atomic_bool closed;
  _Atomic uint64_t used_ns;        /* when it was last asked for */

  struct vonk_mutex lock;          /* of all below */
  ARRAY_OF(struct connect_operation *) operations;
  struct connect_kept_error errors[CONNECT_ERRORS_KEPT];
  uint32_t error_next;
  struct connect_ended ended[CONNECT_ENDED_KEPT];
  uint32_t ended_next;
  struct vonk_map artifacts;       /* struct vonk_buffer, by name */
};

struct connect_sessions {
  struct vonk_instance *instance;
  struct vonk_arena *arena;
  struct vonk_mutex lock;
  ARRAY_OF(struct connect_session *) items;
  uint64_t closed[CONNECT_CLOSED_KEPT]; /* hashes */
  uint32_t closed_next;
  uint64_t last_closed_ns;
  uint32_t running;                /* threads of operations */
  uint64_t started;                /* of them, ever */
  struct vonk_condition_variable quiet; /* none of them is left */
};

void connect_sessions_init(struct connect_sessions *sessions, struct vonk_instance *instance);
/* Closes all, and waits for what runs. */
void connect_sessions_deinit(struct connect_sessions *sessions);

struct connect_session_key {
  struct vonk_str user, id;
  struct vonk_str server_id;       /* that the client has seen; data NULL: none */
};
/* The session, held; CREATE: made when there is none. Raises INVALID_HANDLE.FORMAT, .SESSION_CLOSED, .SESSION_NOT_FOUND,
 * .SESSION_CHANGED. */
STATUS connect_session_find(struct vonk_task *task, struct connect_sessions *sessions, const struct connect_session_key *key, bool create,
                            struct connect_session **out);
/* A new session of the same user with FROM's settings, temporary views and current database. ID may be absent. */
STATUS connect_session_clone(struct vonk_task *task, struct connect_sessions *sessions, struct connect_session *from, struct vonk_str id,
                             struct connect_session **out);
void connect_session_release(struct connect_session *session);
/* Cancels its operations; it goes when the last one that holds it lets go. FORGET: its id may be used again. */
void connect_session_close(struct connect_sessions *sessions, struct connect_session *session, bool forget);
/* Closes those that nobody has used for TIMEOUT_NS and that run nothing. */
void connect_sessions_expire(struct connect_sessions *sessions, uint64_t timeout_ns);
/* Calls DO(OBJECT, session) for each. */
void connect_sessions_each(struct connect_sessions *sessions, void (*call)(void *object, struct connect_session *session), void *object);

/* A thread of an operation begins (false: as many as the server takes), and has done with everything. */
bool connect_sessions_enter(struct connect_sessions *sessions);
void connect_sessions_leave(struct connect_sessions *sessions);

/* Keeps a copy of ERROR for FetchErrorDetails; the id is written to ID. */
void connect_session_keep_error(struct connect_session *session, const struct vonk_error *error, const char *class_name, char id[40]);

#endif
