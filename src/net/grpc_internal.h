/* grpc_internal.h: server, connections and calls among each other.
 *
 * Locks: a connection's lock guards its HTTP/2 session, its socket and its calls; the server's lock guards the counters and
 * the count of connections, and is taken inside a connection's. The list of connections belongs to the loop's thread.
 */
#ifndef VONK_NET_GRPC_INTERNAL_H
#define VONK_NET_GRPC_INTERNAL_H

#include <stdatomic.h>

#include "base/thread.h"
#include "net/acceptor.h"
#include "net/grpc.h"
#include "net/pool.h"

struct vonk_grpc_server {
  struct vonk_arena *arena;
  struct vonk_grpc_options options;
  struct vonk_loop *loop;
  struct vonk_acceptor acceptor;
  struct grpc_connection *connections; /* of the loop's thread */
  struct vonk_buffer *input;           /* what is read goes here first; of the loop's thread */
  bool listens;                        /* the system took the acceptor */
  bool is_stopped;                     /* of whoever stops */

  struct vonk_pool *pool;              /* serves calls */

  struct vonk_mutex lock;
  struct vonk_condition_variable changed; /* fewer connections */
  struct vonk_grpc_counters counters;
};

struct grpc_connection {
  struct vonk_loop_watch watch; /* first */
  struct vonk_loop_timer timer; /* of the loop's thread */
  struct vonk_arena *arena;
  struct vonk_grpc_server *server;
  struct grpc_connection *next, *previous;
  atomic_uint references;       /* the loop's, and one for each call with the service */
  struct vonk_mutex lock;
  struct vonk_socket socket;
  struct vonk_http2 *http2;     /* NULL once closed */
  bool is_secure;               /* TLS is set up */
  uint64_t opened_ns, active_ns; /* active: last event of a call */
  struct vonk_grpc_call *calls; /* open streams' */
};

struct vonk_grpc_call {
  struct vonk_pool_job job;            /* first */
  struct vonk_grpc_server *server;
  struct grpc_connection *connection;
  struct vonk_http2_stream *stream;    /* whose arena the call lives on */
  struct vonk_grpc_call *next, *previous; /* of the connection */
  struct vonk_grpc_request request;
  struct vonk_grpc_reader reader;
  uint64_t deadline_ns;                /* 0: none */
  uint64_t message_due_ns;             /* while the next message is waited for; 0: it is not */
  uint64_t write_due_ns;               /* while the service waits for the client to take more; 0: it does not */
  struct vonk_condition_variable changed;
  struct vonk_buffer *message;         /* given to the service; of its thread */
  struct vonk_grpc_message next_message; /* complete, not yet given */
  struct vonk_buffer *backlog;         /* bytes behind next_message, as they came; not consumed: bounded by the stream's window */
  size_t backlog_used;
  void (*on_gone)(void *object);
  void *gone_object;
  atomic_bool gone;
  bool is_dispatched, is_served, is_ended; /* ended: the client will send no more */
  bool has_responded, is_finished;
};

/* --- grpc_server.c --- */

/* Adds to a counter: COUNT(server, calls). */
#define COUNT(server, name) (vonk_mutex_lock(&(server)->lock), (server)->counters.name++, vonk_mutex_unlock(&(server)->lock))
/* Gives the call to the pool; false: too many. */
bool grpc_server_dispatch(struct vonk_grpc_server *server, struct vonk_grpc_call *call);
/* A connection has been freed. */
void grpc_server_forget(struct vonk_grpc_server *server);

/* --- grpc_connection.c --- */

/* Takes the socket. On the loop's thread. */
void grpc_connection_open(struct vonk_grpc_server *server, struct vonk_socket socket);
/* Sends what there is. The lock is held. */
void grpc_connection_send(struct grpc_connection *connection);
/* No new calls; closes when the last has ended. On the loop's thread. */
void grpc_connection_drain(struct grpc_connection *connection);
/* On the loop's thread. */
void grpc_connection_close(struct grpc_connection *connection);
void grpc_connection_release(struct grpc_connection *connection);
/* Looks at the time again when DUE_NS passes. With the lock, on the loop's thread. */
void grpc_connection_wake_at(struct grpc_connection *connection, uint64_t due_ns);

/* --- grpc_call.c: the lock of the connection is held in all of these --- */

void grpc_call_open(struct grpc_connection *connection, struct vonk_http2_stream *stream, bool ended);
void grpc_call_data(struct vonk_grpc_call *call, const uint8_t *bytes, size_t size);
void grpc_call_end(struct vonk_grpc_call *call);
void grpc_call_closed(struct vonk_grpc_call *call, uint32_t error_code);
/* Some of what the call writes has left. */
void grpc_call_sent(struct vonk_grpc_call *call);
/* Ends calls that are late; the earliest time to look again, or UINT64_MAX. */
uint64_t grpc_call_check_time(struct vonk_grpc_call *call, uint64_t now_ns);
/* Serves the call on this thread, which does not hold the lock. The call is gone afterwards. */
void grpc_call_serve(struct vonk_grpc_call *call);

#endif
