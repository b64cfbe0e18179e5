/* interrupt.c: the one place with state outside of objects, for a signal handler has no other way to find its session. */
#include "main/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "main/command.h"
#include "vonk/vonk.h"

static struct vonk_session *_Atomic watched;
static atomic_int pending;

static void on_interrupt(int number) {
  (void)number;
  if (atomic_fetch_add(&pending, 1) >= 2) _exit(VONK_EXIT_CANCELLED);
  struct vonk_session *session = atomic_load(&watched);
  if (session) vonk_session_cancel(session);
}

void vonk_interrupt_watch(struct vonk_session *session) {
  atomic_store(&watched, session);
  /* No SA_RESTART: a prompt that waits for a key must return. */
  struct sigaction action = {.sa_handler = session ? on_interrupt : SIG_DFL};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
}

bool vonk_interrupt_take(void) { return atomic_exchange(&pending, 0) > 0; }
