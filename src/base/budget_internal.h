/* budget_internal.h: what budgets and the buffer allocator know of each other. */
#ifndef VONK_BASE_BUDGET_INTERNAL_H
#define VONK_BASE_BUDGET_INTERNAL_H

#include <stdint.h>

/* Bytes the process holds for buffers beyond what is charged: free blocks, the rest of slabs. */
uint64_t vonk_buffer_held_bytes(void);
/* Gives free blocks back to the system until at most KEPT_BYTES are held, as far as that is possible. */
void vonk_buffer_trim(uint64_t kept_bytes);

#endif
