/* select.h: masks to index vectors and back. */
#ifndef VONK_KERNEL_SELECT_H
#define VONK_KERNEL_SELECT_H

#include "base/bits.h"

/* The rows of the set bits in rising order; NULL means all. ROWS has room for COUNT rounded up to whole words. Returns their number. */
uint32_t vonk_select_rows(const uint64_t *mask, uint32_t count, uint32_t *rows);

#endif
