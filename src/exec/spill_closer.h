/* spill_closer.h: closes temporary files in the background.
 *
 * The last reference to an unlinked file of some hundred megabytes takes the system milliseconds to give up, and a query that
 * spilled has many: a cancelled statement must not wait for that. A thread closes them; what is left when the process ends goes to
 * a child that holds the files a moment longer, so that the process does not wait either.
 */
#ifndef VONK_EXEC_SPILL_CLOSER_H
#define VONK_EXEC_SPILL_CLOSER_H

#include <stdint.h>

struct vonk_spill_closer;

/* Its thread starts with the first large file. */
struct vonk_spill_closer *vonk_spill_closer_create(void);
/* Takes NULL. */
void vonk_spill_closer_destroy(struct vonk_spill_closer *closer);
/* Takes DESCRIPTOR, of a file of BYTE_SIZE bytes; small ones are closed at once. Any thread. */
void vonk_spill_closer_take(struct vonk_spill_closer *closer, int descriptor, uint64_t byte_size);

#endif
