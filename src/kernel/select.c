/* select.c: chooses the loop for this machine. */
#include "kernel/select.h"

#include "kernel/kernel_internal.h"

uint32_t vonk_select_rows(const uint64_t *mask, uint32_t count, uint32_t *rows) {
  if (!mask) {
    for (uint32_t i = 0; i < count; i++) rows[i] = i;
    return count;
  }
  return vonk_kernel_table()->select_rows(mask, count, rows);
}
