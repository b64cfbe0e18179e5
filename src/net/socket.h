/* socket.h: listening and connected TCP sockets, non-blocking, plain or under TLS. */
#ifndef VONK_NET_SOCKET_H
#define VONK_NET_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/task.h"
#include "net/tls.h"

enum { VONK_LISTENER_SOCKETS = 4 };

/* A host may have several addresses (localhost has two): one socket each, all of the same port. */
struct vonk_listener {
  int descriptors[VONK_LISTENER_SOCKETS]; /* -1: given to somebody else */
  uint32_t count;
  uint16_t port;
};

/* PORT 0: the system chooses. INTERNAL_ERROR_NETWORK says why not: host unknown, port taken, not allowed. */
STATUS vonk_listen(struct vonk_task *task, struct vonk_str host, uint16_t port, struct vonk_listener *out);
void vonk_listener_close(struct vonk_listener *listener);
/* HOST is reached from this machine only: localhost, 127.0.0.0/8, ::1. */
bool vonk_net_is_loopback(struct vonk_str host);

struct vonk_socket {
  int descriptor;       /* -1: closed */
  struct vonk_tls *tls; /* NULL: plain */
};

/* The next connection. BLOCKED: none waits; GONE: the system refuses for now (no descriptors), try again later. TLS may be NULL. */
enum vonk_net_state vonk_socket_accept(int listener, struct vonk_tls_context *tls, struct vonk_socket *out);
/* Until DONE, whenever the socket is ready. */
enum vonk_net_state vonk_socket_handshake(struct vonk_socket *socket);
/* Some bytes: *SIZE at the most, then how many. GONE at the end too. */
enum vonk_net_state vonk_socket_read(struct vonk_socket *socket, void *bytes, size_t *size);
/* Some of the bytes, *SIZE says how many. After BLOCKED the next call begins with the same bytes. */
enum vonk_net_state vonk_socket_write(struct vonk_socket *socket, const struct iovec *vectors, uint32_t count, size_t *size);
/* Nothing is read or written any more, what was written still leaves; wakes the loop that watches it. From any thread. */
void vonk_socket_shutdown(struct vonk_socket *socket);
void vonk_socket_close(struct vonk_socket *socket);

#endif
