/* xorshift.h: Spark's generator of random numbers (Marsaglia's xorshift, its seed scrambled by MurmurHash3): results that
 * depend on it must be the same. */
#ifndef VONK_FUNC_XORSHIFT_H
#define VONK_FUNC_XORSHIFT_H

#include <stdint.h>

static inline uint32_t vonk_xorshift_rotate(uint32_t x, int bits) { return x << bits | x >> (32 - bits); }

static inline uint32_t vonk_xorshift_mix(uint32_t hash, uint32_t word) {
  word = vonk_xorshift_rotate(word * 0xcc9e2d51u, 15) * 0x1b873593u;
  return vonk_xorshift_rotate(hash ^ word, 13) * 5 + 0xe6546b64u;
}

/* MurmurHash3 (32 bits) of the eight bytes of VALUE, most significant first, read as little-endian words. */
static inline uint32_t vonk_xorshift_scramble(uint64_t value, uint32_t hash) {
  hash = vonk_xorshift_mix(hash, __builtin_bswap32((uint32_t)(value >> 32)));
  hash = vonk_xorshift_mix(hash, __builtin_bswap32((uint32_t)value)) ^ 8;
  hash = (hash ^ hash >> 16) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return hash ^ hash >> 16;
}

static inline uint64_t vonk_xorshift_seed(int64_t seed) {
  uint32_t low = vonk_xorshift_scramble((uint64_t)seed, 0x3c074a61u), high = vonk_xorshift_scramble((uint64_t)seed, low);
  return (uint64_t)high << 32 | low;
}

/* The next BITS <= 32 bits. */
static inline uint32_t vonk_xorshift_next(uint64_t *state, int bits) {
  uint64_t s = *state ^ *state << 21;
  s ^= s >> 35;
  s ^= s << 4;
  *state = s;
  return (uint32_t)(s & (((uint64_t)1 << bits) - 1));
}

static inline double vonk_xorshift_double(uint64_t *state) {
  uint64_t high = (uint64_t)vonk_xorshift_next(state, 26) << 27;
  return (double)(high + vonk_xorshift_next(state, 27)) * 0x1p-53;
}

/* 0..bound-1, as java.util.Random.nextInt makes it of 31 bits. */
static inline uint32_t vonk_xorshift_int(uint64_t *state, uint32_t bound) {
  uint32_t bits = vonk_xorshift_next(state, 31);
  if ((bound & (bound - 1)) == 0) return (uint32_t)(((uint64_t)bound * bits) >> 31);
  while ((uint64_t)bits - bits % bound + bound - 1 > INT32_MAX) bits = vonk_xorshift_next(state, 31);
  return bits % bound;
}

#endif
