/* http1.h: requests of HTTP/1.0 and 1.1 as a server reads them (RFC 9110, RFC 9112): bytes in, one request out.
 *
 * Strict, because what two readers of a request understand differently is how requests are smuggled: lines end with CR LF, names of fields
 * are tokens without white space behind them, lengths are given once, a length beside chunks is an error, folded lines are too. What is
 * refused says so by a status. Heads and bodies may hold secrets: they are wiped.
 */
#ifndef VONK_WIRE_HTTP1_H
#define VONK_WIRE_HTTP1_H

#include "base/buffer.h"
#include "base/str.h"

struct vonk_http1;

struct vonk_http1_limits {
  uint32_t head_bytes;           /* request line and fields, trailers too: 431 */
  uint64_t body_bytes;           /* 413 */
};

enum { VONK_HTTP1_FIELDS_MAX = 100 };

struct vonk_http1_field {
  struct vonk_str name, value;
};

/* Strings live as long as the reader. */
struct vonk_http1_request {
  struct vonk_str method;        /* GET, POST, ...; any token */
  struct vonk_str target;        /* as it was sent */
  struct vonk_str body;
  struct vonk_http1_field fields[VONK_HTTP1_FIELDS_MAX];
  uint32_t field_count;
  bool keeps_alive;              /* the client wants to send another behind it */
};

enum vonk_http1_state {
  VONK_HTTP1_MORE,
  VONK_HTTP1_CONTINUE,           /* once: the client waits for "100 Continue" before it sends the body */
  VONK_HTTP1_WHOLE,
  VONK_HTTP1_WRONG
};

/* For one request. BUDGET is charged and borrowed. */
struct vonk_http1 *vonk_http1_create(struct vonk_budget *budget, const struct vonk_http1_limits *limits);
/* Takes bytes to the end of the request at most; *USED says how many. After WHOLE and WRONG it is not called again. */
enum vonk_http1_state vonk_http1_receive(struct vonk_http1 *http1, const uint8_t *bytes, size_t size, size_t *used);
/* Nothing of a request has come yet. */
bool vonk_http1_is_empty(const struct vonk_http1 *http1);
/* The head is complete. */
bool vonk_http1_has_head(const struct vonk_http1 *http1);
/* After WHOLE. */
const struct vonk_http1_request *vonk_http1_request(const struct vonk_http1 *http1);
/* The first value of a field, whatever the case of its name; empty when there is none. */
struct vonk_str vonk_http1_field(const struct vonk_http1_request *request, struct vonk_str name);
/* After WRONG: the status to answer with, and a sentence. */
int vonk_http1_fault(const struct vonk_http1 *http1, const char **sentence);
/* Wipes and frees. Takes NULL. */
void vonk_http1_destroy(struct vonk_http1 *http1);

/* The words for a status: "Not Found". */
const char *vonk_http1_status_words(int status);

#endif
