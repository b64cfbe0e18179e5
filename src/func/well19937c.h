/* well19937c.h: the generator of random numbers WELL19937c (F. Panneton, P. L'Ecuyer, M. Matsumoto, Improved long-period generators
 * based on linear recurrences modulo 2, 2006), tempered as Matsumoto and Kurita say and seeded as Spark's samplers with
 * replacement have it seeded: results that depend on it must be the same. */
#ifndef VONK_FUNC_WELL19937C_H
#define VONK_FUNC_WELL19937C_H

#include <stdint.h>

enum { VONK_WELL_WORDS = 624 };

struct vonk_well {
  uint32_t words[VONK_WELL_WORDS];
  uint32_t at;
};

static inline void vonk_well_seed(struct vonk_well *well, int64_t seed) {
  well->words[0] = (uint32_t)((uint64_t)seed >> 32);
  well->words[1] = (uint32_t)seed;
  for (uint32_t i = 2; i < VONK_WELL_WORDS; i++) {
    int64_t before = (int32_t)well->words[i - 2];
    well->words[i] = (uint32_t)(1812433253u * (uint64_t)(before ^ before >> 30) + i);
  }
  well->at = 0;
}

/* The next BITS <= 32 bits. */
static inline uint32_t vonk_well_next(struct vonk_well *well, int bits) {
  uint32_t *v = well->words, at = well->at;
  uint32_t before = (at + VONK_WELL_WORDS - 1) % VONK_WELL_WORDS, second = (at + VONK_WELL_WORDS - 2) % VONK_WELL_WORDS;
  uint32_t m1 = v[(at + 70) % VONK_WELL_WORDS], m2 = v[(at + 179) % VONK_WELL_WORDS], m3 = v[(at + 449) % VONK_WELL_WORDS];
  uint32_t z0 = (v[before] & 0x80000000u) ^ (v[second] & 0x7fffffffu);
  uint32_t z1 = v[at] ^ v[at] << 25 ^ m1 ^ m1 >> 27;
  uint32_t z2 = m2 >> 9 ^ m3 ^ m3 >> 1;
  uint32_t z3 = z1 ^ z2;
  uint32_t z4 = z0 ^ z1 ^ z1 << 9 ^ z2 ^ z2 << 21 ^ z3 ^ z3 >> 21;
  v[at] = z3;
  v[before] = z4;
  v[second] &= 0x80000000u;
  well->at = before;
  z4 ^= z4 << 7 & 0xe46e1700u;
  z4 ^= z4 << 15 & 0x9b868000u;
  return z4 >> (32 - bits);
}

static inline double vonk_well_double(struct vonk_well *well) {
  uint64_t high = (uint64_t)vonk_well_next(well, 26) << 26;
  return (double)(high | vonk_well_next(well, 26)) * 0x1p-52;
}

#endif
