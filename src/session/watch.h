/* watch.h: looks after a running query while its caller waits: passes the cancel flag on, and reports progress.
 *
 * The flag may be raised by a signal handler, which must not take locks; so a thread looks at it every few milliseconds.
 */
#ifndef VONK_SESSION_WATCH_H
#define VONK_SESSION_WATCH_H

#include "base/task.h"

struct vonk_statement;
struct vonk_watch;

/* For STATEMENT, whose execution runs. NULL when the system refuses a thread: then nothing is reported. */
struct vonk_watch *vonk_watch_create(struct vonk_statement *statement);
/* Around each call that waits. */
void vonk_watch_enter(struct vonk_watch *watch);
void vonk_watch_leave(struct vonk_watch *watch);
/* Takes NULL, as do enter and leave. */
void vonk_watch_destroy(struct vonk_watch *watch);

#endif
