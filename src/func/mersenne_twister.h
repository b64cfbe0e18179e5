/* mersenne_twister.h: the generator MT19937 (Matsumoto and Nishimura 1998), seeded by a long as Apache Commons Math does it. */
#ifndef VONK_FUNC_MERSENNE_TWISTER_H
#define VONK_FUNC_MERSENNE_TWISTER_H

#include <stdint.h>

enum { VONK_MERSENNE_SIZE = 624, VONK_MERSENNE_SHIFT = 397 };

struct vonk_mersenne {
  uint32_t words[VONK_MERSENNE_SIZE];
  uint32_t at;
};

static inline void vonk_mersenne_seed(struct vonk_mersenne *m, int64_t seed) {
  const uint32_t key[2] = {(uint32_t)((uint64_t)seed >> 32), (uint32_t)seed};
  uint32_t *w = m->words, i = 1, k;
  w[0] = 19650218;
  for (k = 1; k < VONK_MERSENNE_SIZE; k++) w[k] = 1812433253U * (w[k - 1] ^ w[k - 1] >> 30) + k;
  for (k = 0; k < VONK_MERSENNE_SIZE; k++) {
    w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1664525U) + key[k & 1] + (k & 1);
    if (++i == VONK_MERSENNE_SIZE) w[0] = w[VONK_MERSENNE_SIZE - 1], i = 1;
  }
  for (k = 1; k < VONK_MERSENNE_SIZE; k++) {
    w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1566083941U) - i;
    if (++i == VONK_MERSENNE_SIZE) w[0] = w[VONK_MERSENNE_SIZE - 1], i = 1;
  }
  w[0] = UINT32_C(0x80000000);
  m->at = VONK_MERSENNE_SIZE;
}

static inline uint32_t vonk_mersenne_next(struct vonk_mersenne *m, int bits) {
  uint32_t *w = m->words;
  for (uint32_t k = 0; m->at == VONK_MERSENNE_SIZE && k < VONK_MERSENNE_SIZE; k++) {
    uint32_t y = (w[k] & UINT32_C(0x80000000)) | (w[(k + 1) % VONK_MERSENNE_SIZE] & UINT32_C(0x7fffffff));
    w[k] = w[(k + VONK_MERSENNE_SHIFT) % VONK_MERSENNE_SIZE] ^ y >> 1 ^ (y & 1 ? UINT32_C(0x9908b0df) : 0);
  }
  if (m->at == VONK_MERSENNE_SIZE) m->at = 0;
  uint32_t y = w[m->at++];
  y ^= y >> 11;
  y ^= y << 7 & UINT32_C(0x9d2c5680);
  y ^= y << 15 & UINT32_C(0xefc60000);
  y ^= y >> 18;
  return y >> (32 - bits);
}

/* 0 to LIMIT - 1; LIMIT at most 2^31 - 1. */
static inline uint32_t vonk_mersenne_below(struct vonk_mersenne *m, uint32_t limit) {
  uint32_t bits, value;
  if ((limit & (limit - 1)) == 0) return (uint32_t)((uint64_t)limit * vonk_mersenne_next(m, 31) >> 31);
  do {
    bits = vonk_mersenne_next(m, 31);
    value = bits % limit;
  } while (bits - value + (limit - 1) > INT32_MAX);
  return value;
}

#endif
