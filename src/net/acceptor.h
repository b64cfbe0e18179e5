/* acceptor.h: listening sockets watched by a loop, which hand out connections. */
#ifndef VONK_NET_ACCEPTOR_H
#define VONK_NET_ACCEPTOR_H

#include "net/loop.h"
#include "net/socket.h"

struct vonk_acceptor_watch {
  struct vonk_loop_watch watch;  /* first */
  struct vonk_loop_timer retry;  /* after the system refused */
  struct vonk_acceptor *acceptor;
};

struct vonk_acceptor {
  struct vonk_loop *loop;
  struct vonk_listener listener;
  struct vonk_tls_context *tls;  /* NULL: plain */
  void (*accepted)(void *object, struct vonk_socket socket); /* takes the socket; on the loop's thread */
  void *object;
  struct vonk_acceptor_watch watches[VONK_LISTENER_SOCKETS];
};

/* Watches the listener. False: the system refuses. On the loop's thread, as the other. */
bool vonk_acceptor_start(struct vonk_acceptor *acceptor);
/* Closes the listener. */
void vonk_acceptor_stop(struct vonk_acceptor *acceptor);

#endif
