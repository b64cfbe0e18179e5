/* http.h: HTTP requests to others: many at once on one background thread, over libcurl.
 *
 *   struct vonk_http_call call = {.request = {.method = "GET", .url = url, ...}, .policy = {.tries_max = 8}};
 *   vonk_http_start(client, &call);
 *   TRY(vonk_http_wait(task, &call));          // cancel is seen within 20 ms
 *   ... call.end, call.status, vonk_http_answer_header(&call, STR("etag")), call.body ...
 *   vonk_http_call_deinit(&call);
 *
 * Failed tries (connection, time, 408, 429, 500, 502, 503, 504) are repeated after a random, growing delay, which Retry-After lengthens.
 * Redirects are not followed: who calls decides what may go to another host. libcurl is opened at the first client.
 */
#ifndef VONK_NET_HTTP_H
#define VONK_NET_HTTP_H

#include "base/array.h"
#include "base/buffer.h"
#include "base/task.h"
#include "base/thread.h"

struct vonk_http_client;

/* Starts the thread. UNSUPPORTED_FEATURE where libcurl is missing. */
STATUS vonk_http_client_create(struct vonk_task *task, struct vonk_http_client **out);
/* Ends what is under way as CANCELLED. Takes NULL. */
void vonk_http_client_destroy(struct vonk_http_client *client);

enum vonk_http_end {
  VONK_HTTP_UNDER_WAY,
  VONK_HTTP_ANSWERED,    /* with any status */
  VONK_HTTP_UNREACHABLE, /* nothing was sent */
  VONK_HTTP_BROKEN,      /* the connection ended early */
  VONK_HTTP_TIMED_OUT,
  VONK_HTTP_TOO_LARGE,   /* more bytes than there is room for */
  VONK_HTTP_REFUSED,     /* TLS, or a malformed address or answer */
  VONK_HTTP_NO_MEMORY,
  VONK_HTTP_CANCELLED,
};

/* Borrowed until the call has ended. */
struct vonk_http_request {
  const char *method;
  struct vonk_str url;          /* escaped as it is to be sent */
  struct vonk_str body;         /* sent when data is not NULL */
  void *into;                   /* the body of a 2xx answer goes here when it is not NULL, at most INTO_SIZE bytes */
  size_t into_size;
  size_t body_limit;            /* else to the call's body, at most so many bytes; of errors the first 64 KiB are kept in any case */
  bool direct;                  /* past any proxy of the environment */
};

struct vonk_http_policy {
  uint32_t tries_max;           /* 0 is 1: then the request is sent once at the most */
  uint32_t connect_timeout_ms;  /* 0: 10 s */
  uint32_t stall_timeout_ms;    /* without a byte either way; 0: 60 s */
  uint32_t total_timeout_ms;    /* of one try; 0: none */
  bool counts_tries;            /* a connection of its own for each try, so that libcurl does not quietly send twice: `tries` of the call is right */
  uint32_t calls_max;           /* it waits while the client has so many under way, of whomever; 0: no bound */
};

struct vonk_http_call {
  struct vonk_http_request request;
  struct vonk_http_policy policy;
  struct vonk_budget *budget;   /* charged for the body; may be NULL */
  /* Optional, on the client's thread before each try: adds headers (vonk_http_add_header). Must not wait. */
  void (*prepare)(struct vonk_http_call *call);
  /* Optional, on the client's thread, the last to touch the call; nobody waits for such a call. */
  void (*done)(struct vonk_http_call *call);
  void *object;                 /* of prepare */
  void *waiter;                 /* of done */

  /* The answer. */
  enum vonk_http_end end;
  int status;
  struct vonk_buffer *body;     /* NULL when nothing came, or it went to INTO */
  size_t received;              /* bytes of the body */
  uint32_t tries;
  char reason[256];             /* why it did not end as ANSWERED */

  /* The client's. */
  struct vonk_http_client *client;
  struct vonk_arena *arena;     /* headers of both ways */
  struct curl_slist *headers;
  struct vonk_text answer_headers;
  void *easy;
  uint64_t due_ns;
  atomic_bool cancelled;
  bool finished;
  struct vonk_http_call *next;
};

/* A call that will be started by another thread than the client's: headers may be added before as well. */
void vonk_http_call_init(struct vonk_http_call *call);
/* For prepare, or before start; both are copied, and wiped when the call ends. */
void vonk_http_add_header(struct vonk_http_call *call, struct vonk_str name, struct vonk_str value);
void vonk_http_start(struct vonk_http_client *client, struct vonk_http_call *call);
/* Until it has ended, or the task is cancelled: then the call has ended, too, as CANCELLED. Fails for nothing else. */
STATUS vonk_http_wait(struct vonk_task *task, struct vonk_http_call *call);
/* Ends soon. Any thread. */
void vonk_http_cancel(struct vonk_http_call *call);
/* After the end; frees the answer. */
void vonk_http_call_deinit(struct vonk_http_call *call);

/* The value of a header of the answer, by its name in any case; data NULL when it has none. */
struct vonk_str vonk_http_answer_header(const struct vonk_http_call *call, struct vonk_str name);
static inline bool vonk_http_is_success(const struct vonk_http_call *call) {
  return call->end == VONK_HTTP_ANSWERED && call->status >= 200 && call->status < 300;
}
static inline struct vonk_str vonk_http_body(const struct vonk_http_call *call) {
  return call->body ? vonk_str_make((const char *)call->body->data, call->body->size) : STR("");
}
/* "Sun, 06 Nov 1994 08:49:37 GMT"; 0 when it is none. */
int64_t vonk_http_date_ns(struct vonk_str text);
/* Appends TEXT escaped as RFC 3986 wants it: letters, digits, "-._~" stay, and slashes when KEEP_SLASH. */
void vonk_http_escape(struct vonk_text *out, struct vonk_str text, bool keep_slash);
/* The opposite; a plus is a space when PLUS. Malformed escapes stay as they are. */
struct vonk_str vonk_http_unescape(struct vonk_arena *arena, struct vonk_str text, bool plus);

#endif
