/* scratch.h: memory for the results of kernels, reused batch after batch.
 *
 * Pieces are 64-byte aligned, padded like buffers, charged to the task's budget, and all live until vonk_scratch_reset.
 * After a few batches a reset and the takes that follow allocate nothing. One worker each; zero-initialised is empty.
 */
#ifndef VONK_KERNEL_SCRATCH_H
#define VONK_KERNEL_SCRATCH_H

#include "base/buffer.h"
#include "base/task.h"

struct vonk_scratch {
  struct vonk_buffer *first, *current; /* chunks, each linked to the next through its first bytes */
  size_t used;                         /* bytes of the current chunk */
};

/* SIZE undefined bytes; readable and writable to the next multiple of 64 and 64 more. */
STATUS vonk_scratch_take(struct vonk_task *task, struct vonk_scratch *scratch, size_t size, void **out);
/* Room for COUNT values of SIZE bytes, in whole words of 64 rows; what lies behind COUNT is zero. SIZE 0: bits. */
STATUS vonk_scratch_take_rows(struct vonk_task *task, struct vonk_scratch *scratch, size_t count, size_t size, void **out);
/* Keeps the memory. */
void vonk_scratch_reset(struct vonk_scratch *scratch);
void vonk_scratch_deinit(struct vonk_scratch *scratch);

#endif
