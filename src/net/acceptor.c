/* acceptor.c: see acceptor.h. */
#include "net/acceptor.h"

#include <stddef.h>

#include "base/clock.h"

static const uint64_t retry_ns = 100000000u; /* after the system had no descriptors */

static void accept_all(struct vonk_acceptor_watch *watch) {
  struct vonk_acceptor *acceptor = watch->acceptor;
  for (;;) {
    struct vonk_socket socket;
    enum vonk_net_state state = vonk_socket_accept(watch->watch.descriptor, acceptor->tls, &socket);
    if (state == VONK_NET_GONE) vonk_loop_arm(acceptor->loop, &watch->retry, vonk_clock_monotonic_ns() + retry_ns);
    if (state != VONK_NET_DONE) return;
    acceptor->accepted(acceptor->object, socket);
  }
}

static bool on_ready(struct vonk_loop_watch *watch) {
  accept_all((struct vonk_acceptor_watch *)watch);
  return false;
}

static void on_retry(struct vonk_loop_timer *timer) { accept_all((struct vonk_acceptor_watch *)((char *)timer - offsetof(struct vonk_acceptor_watch, retry))); }

bool vonk_acceptor_start(struct vonk_acceptor *acceptor) {
  for (uint32_t i = 0; i < acceptor->listener.count; i++) {
    struct vonk_acceptor_watch *watch = &acceptor->watches[i];
    watch->watch = (struct vonk_loop_watch){.descriptor = acceptor->listener.descriptors[i], .ready = on_ready};
    watch->retry.fire = on_retry;
    watch->acceptor = acceptor;
    if (!vonk_loop_add(acceptor->loop, &watch->watch)) return false;
  }
  return true;
}

void vonk_acceptor_stop(struct vonk_acceptor *acceptor) {
  for (uint32_t i = 0; i < acceptor->listener.count; i++) {
    vonk_loop_remove(acceptor->loop, &acceptor->watches[i].watch);
    vonk_loop_disarm(acceptor->loop, &acceptor->watches[i].retry);
  }
  vonk_listener_close(&acceptor->listener);
}
