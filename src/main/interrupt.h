/* interrupt.h: Ctrl-C cancels the running statement; a third, while that has not ended, ends the process. */
#ifndef VONK_MAIN_INTERRUPT_H
#define VONK_MAIN_INTERRUPT_H

#include <stdbool.h>

struct vonk_session;

/* From now on SIGINT cancels what runs in SESSION. NULL takes the default back. */
void vonk_interrupt_watch(struct vonk_session *session);
/* Was there one since the last call? */
bool vonk_interrupt_take(void);

#endif
