/* socket.c: non-blocking TCP. */
#include "net/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  BACKLOG = 512,
  KEEPALIVE_IDLE_S = 60, /* silent peers that are gone are found after two minutes */
  KEEPALIVE_INTERVAL_S = 15,
  KEEPALIVE_COUNT = 4,
  RECORD_BYTES = 16 << 10, /* TLS's largest: smaller pieces are gathered, since each record costs */
};

static void set_option(int descriptor, int level, int name, int value) {
  setsockopt(descriptor, level, name, &value, sizeof value); /* one that is refused is done without */
}

static uint16_t port_of(int descriptor) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } address;
  socklen_t size = sizeof address;
  if (getsockname(descriptor, &address.any, &size) != 0) return 0;
  return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

/* -1 with errno. */
static int listen_one(const struct addrinfo *address) {
  int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return -1;
  set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  if (address->ai_family == AF_INET6) set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (bind(descriptor, address->ai_addr, address->ai_addrlen) == 0 && listen(descriptor, BACKLOG) == 0) return descriptor;
  int failure = errno;
  close(descriptor);
  errno = failure;
  return -1;
}

/* One address that cannot be had (a host without IPv6) is no failure as long as another can; a taken port is. */
static int listen_all(struct addrinfo *addresses, uint16_t port, struct vonk_listener *out) {
  int failure = EADDRNOTAVAIL;
  for (struct addrinfo *at = addresses; at && out->count < VONK_LISTENER_SOCKETS; at = at->ai_next) {
    if (out->count && port == 0) {
      if (at->ai_family == AF_INET6) ((struct sockaddr_in6 *)(void *)at->ai_addr)->sin6_port = htons(out->port);
      else ((struct sockaddr_in *)(void *)at->ai_addr)->sin_port = htons(out->port);
    }
    int descriptor = listen_one(at);
    if (descriptor < 0) {
      failure = errno;
      if (failure == EADDRINUSE && port) return failure;
      continue;
    }
    out->descriptors[out->count++] = descriptor;
    out->port = port_of(descriptor);
  }
  return out->count ? 0 : failure;
}

STATUS vonk_listen(struct vonk_task *task, struct vonk_str host, uint16_t port, struct vonk_listener *out) {
  char port_text[8];
  struct vonk_str name = vonk_str_copy(task->arena, host);
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *addresses;
  *out = (struct vonk_listener){0};
  snprintf(port_text, sizeof port_text, "%u", port);
  int failure = getaddrinfo(name.size ? name.data : NULL, port_text, &hints, &addresses);
  if (failure) {
    return vonk_raisef(task, VONK_INTERNAL_ERROR_NETWORK, NULL, "message", "The host " STR_FMT " is not known: %s.", STR_ARG(host),
                       gai_strerror(failure));
  }
  failure = listen_all(addresses, port, out);
  freeaddrinfo(addresses);
  if (!failure) return VONK_OK;
  vonk_listener_close(out);
  char buffer[128];
  const char *reason = failure == EADDRINUSE ? "the port is taken" : strerror_r(failure, buffer, sizeof buffer);
  return vonk_raisef(task, VONK_INTERNAL_ERROR_NETWORK, NULL, "message", "Cannot listen on " STR_FMT " port %u: %s.", STR_ARG(host),
                     port, reason);
}

void vonk_listener_close(struct vonk_listener *listener) {
  while (listener->count) {
    int descriptor = listener->descriptors[--listener->count];
    if (descriptor >= 0) close(descriptor);
  }
}

bool vonk_net_is_loopback(struct vonk_str host) {
  char text[INET6_ADDRSTRLEN];
  struct in_addr v4;
  struct in6_addr v6;
  if (vonk_str_equal_nocase(host, STR("localhost"))) return true;
  if (host.size >= 2 && host.data[0] == '[' && host.data[host.size - 1] == ']') host = vonk_str_slice(host, 1, host.size - 1);
  if (host.size == 0 || host.size >= sizeof text) return false;
  memcpy(text, host.data, host.size);
  text[host.size] = 0;
  if (inet_pton(AF_INET, text, &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return inet_pton(AF_INET6, text, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* --- connections --- */

static bool is_blocked(int failure) { return failure == EAGAIN || failure == EWOULDBLOCK || failure == EINTR; }

enum vonk_net_state vonk_socket_accept(int listener, struct vonk_tls_context *tls, struct vonk_socket *out) {
  int descriptor;
  do {
    descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (descriptor < 0 && (errno == ECONNABORTED || errno == EINTR));
  if (descriptor < 0) return is_blocked(errno) ? VONK_NET_BLOCKED : VONK_NET_GONE;
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
  *out = (struct vonk_socket){.descriptor = descriptor, .tls = tls ? vonk_tls_create(tls, descriptor) : NULL};
  if (!tls || out->tls) return VONK_NET_DONE;
  close(descriptor);
  return VONK_NET_GONE;
}

enum vonk_net_state vonk_socket_handshake(struct vonk_socket *socket) {
  return socket->tls ? vonk_tls_handshake(socket->tls) : VONK_NET_DONE;
}

enum vonk_net_state vonk_socket_read(struct vonk_socket *socket, void *bytes, size_t *size) {
  if (socket->tls) return vonk_tls_read(socket->tls, bytes, size);
  ssize_t got;
  do {
    got = recv(socket->descriptor, bytes, *size, 0);
  } while (got < 0 && errno == EINTR);
  if (got > 0) *size = (size_t)got;
  if (got > 0) return VONK_NET_DONE;
  return got < 0 && is_blocked(errno) ? VONK_NET_BLOCKED : VONK_NET_GONE;
}

static enum vonk_net_state write_tls(struct vonk_tls *tls, const struct iovec *vectors, uint32_t count, size_t *size) {
  char record[RECORD_BYTES];
  size_t gathered = 0;
  if (count && vectors[0].iov_len >= RECORD_BYTES) {
    *size = vectors[0].iov_len;
    return vonk_tls_write(tls, vectors[0].iov_base, size);
  }
  for (uint32_t i = 0; i < count && gathered < RECORD_BYTES; i++) {
    size_t part = vectors[i].iov_len < RECORD_BYTES - gathered ? vectors[i].iov_len : RECORD_BYTES - gathered;
    memcpy(record + gathered, vectors[i].iov_base, part);
    gathered += part;
  }
  *size = gathered;
  return vonk_tls_write(tls, record, size);
}

enum vonk_net_state vonk_socket_write(struct vonk_socket *socket, const struct iovec *vectors, uint32_t count, size_t *size) {
  if (socket->tls) return write_tls(socket->tls, vectors, count, size);
  struct msghdr message = {.msg_iov = (struct iovec *)vectors, .msg_iovlen = count};
  ssize_t put;
  do {
    put = sendmsg(socket->descriptor, &message, MSG_NOSIGNAL);
  } while (put < 0 && errno == EINTR);
  if (put >= 0) *size = (size_t)put;
  if (put >= 0) return VONK_NET_DONE;
  return is_blocked(errno) ? VONK_NET_BLOCKED : VONK_NET_GONE;
}

void vonk_socket_shutdown(struct vonk_socket *socket) {
  if (socket->descriptor >= 0) shutdown(socket->descriptor, SHUT_RDWR);
}

void vonk_socket_close(struct vonk_socket *socket) {
  vonk_tls_destroy(socket->tls);
  if (socket->descriptor >= 0) close(socket->descriptor);
  *socket = (struct vonk_socket){.descriptor = -1};
}
