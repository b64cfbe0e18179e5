/* grpc.h: a gRPC server with a blocking interface: each call is served by a thread of a pool.
 *
 * One thread runs the event loop; a call begins when its first message is complete (or its client has ended the request), so
 * a slow client holds no thread before. What a service writes goes to the socket from the thread that writes; the loop
 * takes over when the client is slow. Services must look at vonk_grpc_call_gone (or be told by vonk_grpc_call_on_gone) while they work: a
 * client may hang up, its deadline may pass, the server may stop.
 */
#ifndef VONK_NET_GRPC_H
#define VONK_NET_GRPC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/task.h"
#include "wire/grpc.h"
#include "wire/http2.h"

struct vonk_grpc_call;
struct vonk_grpc_server;

/* Every bound of the server in one place. vonk_grpc_limits_default fills in what is said here. */
struct vonk_grpc_limits {
  uint64_t message_bytes;         /* 128 MiB; of a request's message, packed and unpacked: RESOURCE_EXHAUSTED */
  uint64_t queued_bytes;          /* 4 MiB; copied and waiting for a slow client, per call: writing blocks */
  uint32_t connection_count;      /* 1024; more are closed at once */
  uint32_t call_count;            /* 512; calls being served, which is threads; more get RESOURCE_EXHAUSTED */
  uint64_t handshake_ns;          /* 10 s until TLS and HTTP/2 are set up; else closed */
  uint64_t idle_ns;               /* 30 min without a call; then GOAWAY */
  uint64_t message_ns;            /* 10 min for the client to send the next message that is waited for; else reset */
  uint64_t write_ns;              /* 30 min for the client to take more of what a call writes; else reset as UNAVAILABLE, which
                                     clients that can go on later try again */
  struct vonk_http2_limits http2; /* 256 streams, 32 KiB of fields, windows of 4 MiB per stream and 16 MiB per connection, frames
                                     of 1 MiB, 500 resets and 50 more per second, 500 controls and 100 more per second */
};
struct vonk_grpc_limits vonk_grpc_limits_default(void);

/* SERVE answers one call on a thread of the pool and may block; the call is invalid when it returns. A call it has not finished
 * then ends with INTERNAL. */
struct vonk_grpc_service {
  void (*serve)(void *object, struct vonk_grpc_call *call);
  void *object;
};

struct vonk_grpc_options {
  struct vonk_str host;               /* absent: every address of this machine */
  uint16_t port;                      /* 0: the system chooses */
  struct vonk_str certificate_file;   /* PEM; with KEY_FILE: TLS. Both absent: plain text */
  struct vonk_str key_file;
  struct vonk_str token;              /* not empty: calls without "authorization: Bearer TOKEN" get UNAUTHENTICATED */
  struct vonk_budget *budget;         /* charged with messages; borrowed */
  struct vonk_grpc_limits limits;
  struct vonk_grpc_service service;
};

/* Listens and serves. INTERNAL_ERROR_NETWORK: the port is taken, a certificate is bad, and so on. Strings are copied. */
STATUS vonk_grpc_server_create(struct vonk_task *task, const struct vonk_grpc_options *options, struct vonk_grpc_server **out);
uint16_t vonk_grpc_server_port(const struct vonk_grpc_server *server);
/* Accepts no more, tells clients (GOAWAY), waits for calls up to DEADLINE_NS (of vonk_clock_monotonic_ns), cuts what is left, and
 * returns when the last call has. */
void vonk_grpc_server_stop(struct vonk_grpc_server *server, uint64_t deadline_ns);
/* Stops at once when that has not been done, and frees. Takes NULL. */
void vonk_grpc_server_destroy(struct vonk_grpc_server *server);

/* Since the start; a snapshot. */
struct vonk_grpc_counters {
  uint64_t connections, connections_refused; /* the latter: beyond connection_count */
  uint64_t connections_open;                 /* now */
  uint64_t connections_idle;                 /* ended beyond idle_ns */
  uint64_t handshakes_failed;                /* ended before HTTP/2 was set up: TLS that failed, too late, other protocols */
  uint64_t calls, calls_running;             /* given to the service; of these, now */
  uint64_t calls_refused;                    /* RESOURCE_EXHAUSTED: beyond call_count, message_bytes, or memory */
  uint64_t calls_unauthenticated;
  uint64_t calls_malformed;                  /* wrong method, content type, encoding, damaged messages */
  uint64_t calls_gone;                       /* reset by the client, or cut */
  uint64_t calls_late;                       /* beyond their deadline, message_ns or write_ns */
  uint64_t streams_refused;                  /* beyond stream_count */
  uint64_t fields_refused;                   /* beyond header_bytes */
  uint64_t faults_protocol, faults_resets, faults_controls, faults_fields; /* connections ended for these */
};
void vonk_grpc_server_counters(struct vonk_grpc_server *server, struct vonk_grpc_counters *out);

/* --- calls: only within serve, and, but for gone, from one thread at a time --- */

/* A service may run before vonk_grpc_server_create has returned: this is how it finds its server. */
struct vonk_grpc_server *vonk_grpc_call_server(const struct vonk_grpc_call *call);
/* Strings live as long as the call. */
struct vonk_str vonk_grpc_call_path(const struct vonk_grpc_call *call);
struct vonk_str vonk_grpc_call_metadata(const struct vonk_grpc_call *call, struct vonk_str name);
const struct vonk_grpc_request *vonk_grpc_call_request(const struct vonk_grpc_call *call);
/* Of vonk_clock_monotonic_ns; 0: none. */
uint64_t vonk_grpc_call_deadline_ns(const struct vonk_grpc_call *call);

/* The next message, valid until the next read or the end of the call. False: the client has ended the request, or is gone. */
bool vonk_grpc_call_read(struct vonk_grpc_call *call, struct vonk_str *message);
/* One message, of at most 4 GiB - 1 in COUNT parts. Large parts are sent from where they are, and the call waits until they have
 * left; small messages are copied and the call waits while more than queued_bytes are waiting. The parts are the caller's
 * again when it returns. False: the client is gone. */
bool vonk_grpc_call_write(struct vonk_grpc_call *call, const struct vonk_str *parts, uint32_t count);
/* Ends the response; does not wait. MESSAGE and DETAILS (a serialized google.rpc.Status) may be empty. Clients take some 8 KiB of both,
 * the details as base64: a longer message is cut, details of more than 5 KiB are left out (see vonk_grpc_trailers). */
void vonk_grpc_call_finish(struct vonk_grpc_call *call, enum vonk_grpc_code code, struct vonk_str message, struct vonk_str details);
/* Nobody waits for an answer any more. From any thread. */
bool vonk_grpc_call_gone(struct vonk_grpc_call *call);
/* Calls GONE(OBJECT) once, when the client goes, or right now if it has. It runs under the connection's lock: it must not block nor
 * call back here, and no lock it takes may be held around calls of this interface. NULL and finish take it back; after that it
 * does not run. */
void vonk_grpc_call_on_gone(struct vonk_grpc_call *call, void (*gone)(void *object), void *object);

#endif
