/* httpd.h: an HTTP/1.1 server, plain or under TLS, with a blocking interface: each request is served by a thread of a pool.
 *
 * One loop reads and writes all connections. A request is given to the service when it is complete, so a slow client holds no thread; what
 * the service answers is sent by the loop. What cannot be read as a request is refused in the service's words, and the connection is closed
 * once the client has had the time to read them.
 */
#ifndef VONK_NET_HTTPD_H
#define VONK_NET_HTTPD_H

#include "base/task.h"

struct vonk_httpd;
struct vonk_httpd_call;

/* Every bound of the server in one place. */
struct vonk_httpd_limits {
  uint32_t head_bytes;           /* 32 KiB; of the request line and the header: 431 */
  uint64_t body_bytes;           /* 16 MiB: 413 */
  uint32_t call_count;           /* 256; requests being served, which is threads: 503 */
  uint32_t connection_count;     /* 1024; more are closed at once */
  uint32_t idle_seconds;         /* 60; for a whole header, for more of a body, to take more of an answer, for the next request */
};
struct vonk_httpd_limits vonk_httpd_limits_default(void);

struct vonk_httpd_service {
  /* Answers one request on a thread of the pool; the call is invalid when it returns. One that it has not answered gets 500. */
  void (*serve)(void *object, struct vonk_httpd_call *call);
  /* Answers, with vonk_httpd_call_answer, for the server: what it does not take as a request (400, 413, 431, ...; there is no request to look
   * at), and requests it has no thread for (503). On the server's thread. */
  void (*refuse)(void *object, struct vonk_httpd_call *call, int status, const char *sentence);
  void *object;
};

struct vonk_httpd_options {
  struct vonk_str host;
  uint16_t port;                 /* 0: the system chooses */
  bool next_ports;               /* a port that is taken moves up, at most by 100 */
  struct vonk_str certificate_file, key_file; /* empty: no TLS */
  struct vonk_budget *budget;    /* charged with requests; borrowed */
  struct vonk_httpd_limits limits;
  struct vonk_httpd_service service;
};

/* Listens and serves. INTERNAL_ERROR_NETWORK: the port is taken, a file is not readable, and so on. */
STATUS vonk_httpd_create(struct vonk_task *task, const struct vonk_httpd_options *options, struct vonk_httpd **out);
uint16_t vonk_httpd_port(const struct vonk_httpd *server);
/* Accepts no more, waits until DEADLINE_NS (of vonk_clock_monotonic_ns) for requests to be answered, tells those that are left that they are
 * gone, waits for them, and frees. Takes NULL. */
void vonk_httpd_close(struct vonk_httpd *server, uint64_t deadline_ns);

/* --- calls: only within serve --- */

/* Strings live as long as the call. */
struct vonk_httpd_request {
  struct vonk_str method;        /* GET, POST, ... */
  struct vonk_str path;          /* without the query, as it was sent */
  struct vonk_str query;         /* behind the question mark, as it was sent */
  struct vonk_str body;
};
const struct vonk_httpd_request *vonk_httpd_call_request(const struct vonk_httpd_call *call);
/* Of the call; empty when there is no such header. */
struct vonk_str vonk_httpd_call_header(const struct vonk_httpd_call *call, const char *name);
struct vonk_arena *vonk_httpd_call_arena(struct vonk_httpd_call *call);
/* Once. STATUS: 200, 404, ... BODY is borrowed: it lies on the call's arena or stays for ever. Besides its length and type an answer says
 * that it is not to be kept or guessed at. */
void vonk_httpd_call_answer(struct vonk_httpd_call *call, int status, const char *content_type, struct vonk_str body);
/* Before the answer: one more header. */
void vonk_httpd_call_add_header(struct vonk_httpd_call *call, const char *name, const char *value);
/* Calls GONE(OBJECT) once, on the server's thread, when the client goes or the server ends; right now if it has. It must not block nor call
 * back here. NULL takes it back, and after that it does not run. */
void vonk_httpd_call_on_gone(struct vonk_httpd_call *call, void (*gone)(void *object), void *object);

#endif
