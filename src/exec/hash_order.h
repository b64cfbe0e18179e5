/* hash_order.h: rows in the order of their hashes: one that depends on the rows alone, not on who met them first. */
#ifndef VONK_EXEC_HASH_ORDER_H
#define VONK_EXEC_HASH_ORDER_H

#include "base/buffer.h"
#include "base/task.h"

struct vonk_hash_entry {
  uint64_t hash; /* evenly spread over all 64 bits, but for the upper COMMON_BITS, which are the same in all */
  uint8_t *row;
};

/* Sorts COUNT entries; different rows of one hash, which are as good as never met, stay in any order. */
STATUS vonk_hash_order(struct vonk_task *task, struct vonk_hash_entry *entries, uint64_t count, uint32_t common_bits);

#endif
