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

void vonk_select_mask(const uint32_t *rows, uint32_t row_count, uint64_t *mask, uint32_t count) {
  memset(mask, 0, vonk_bits_words(count) * 8);
  for (uint32_t i = 0; i < row_count; i++) vonk_bits_set(mask, rows[i]);
}
