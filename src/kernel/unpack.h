/* unpack.h: loops under the decoding of columns: bit-packed numbers, and tables looked up by code. */
#ifndef VONK_KERNEL_UNPACK_H
#define VONK_KERNEL_UNPACK_H

#include <stddef.h>
#include <stdint.h>

/* COUNT numbers of WIDTH <= 32 bits, least significant bit first, from bit BIT of BYTES on, which are readable 64 beyond the last.
 * The answer is the largest. */
uint32_t vonk_unpack_bits(const uint8_t *bytes, uint64_t bit, uint32_t width, uint32_t count, uint32_t *out);
/* The same of WIDTH <= 56 or 64, most significant bit first, from the first bit of BYTES on; 64 only where they begin at whole bytes, as they do here. */
void vonk_unpack_bits_big(const uint8_t *bytes, uint32_t width, uint32_t count, uint64_t *out);
/* Bit i of MASK = (table[codes[i]] != 0); bits of the last word at and behind COUNT are 0. TABLE is readable 3 beyond its end. */
void vonk_unpack_mask(const uint8_t *table, const uint32_t *codes, uint32_t count, uint64_t *mask);
/* out[i] = table[codes[i]] for entries of WIDTH 4, 8 or 16 bytes. */
void vonk_unpack_entries(const void *table, uint32_t width, const uint32_t *codes, uint32_t count, void *out);
/* VALUES begins with COUNT of WIDTH 1, 2, 4, 8 or 16 bytes, one for each of the SLOTS bits of VALID from bit FROM on that is set: each moves to
 * its slot, and the other slots become 0. */
void vonk_unpack_spread(void *values, uint32_t width, const uint64_t *valid, size_t from, uint32_t slots, uint32_t count);

#endif
