/* tls.h: TLS of servers by OpenSSL: 1.2 and later, the protocol on top by ALPN. OpenSSL's own memory is not charged. */
#ifndef VONK_NET_TLS_H
#define VONK_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/task.h"

struct vonk_tls_context;
struct vonk_tls;

/* What a client that offers protocols must offer. */
enum vonk_tls_protocol { VONK_TLS_HTTP1, VONK_TLS_HTTP2 };

/* PEM files: the certificate with its chain, and its private key. INTERNAL_ERROR_NETWORK says what is wrong with them. */
STATUS vonk_tls_context_create(struct vonk_task *task, struct vonk_str certificate_file, struct vonk_str key_file, enum vonk_tls_protocol protocol,
                               struct vonk_tls_context **out);
/* Takes NULL. */
void vonk_tls_context_destroy(struct vonk_tls_context *context);

/* The server's side of a connection over DESCRIPTOR, which stays the caller's. NULL: no memory. */
struct vonk_tls *vonk_tls_create(struct vonk_tls_context *context, int descriptor);
/* Takes NULL. */
void vonk_tls_destroy(struct vonk_tls *tls);

/* What became of a try to transfer bytes. */
enum vonk_net_state { VONK_NET_DONE, VONK_NET_BLOCKED, VONK_NET_GONE };
enum vonk_net_state vonk_tls_handshake(struct vonk_tls *tls);
/* *SIZE at the most, then how many. */
enum vonk_net_state vonk_tls_read(struct vonk_tls *tls, void *bytes, size_t *size);
enum vonk_net_state vonk_tls_write(struct vonk_tls *tls, const void *bytes, size_t *size);

/* Takes as long whatever the bytes are; the sizes may show. */
bool vonk_tls_secret_equal(struct vonk_str a, struct vonk_str b);

#endif
