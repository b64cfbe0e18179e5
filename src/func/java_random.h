/* java_random.h: java.util.Random (its documentation gives the recurrence): results that depend on it must be the same. */
#ifndef VONK_FUNC_JAVA_RANDOM_H
#define VONK_FUNC_JAVA_RANDOM_H

#include <stdint.h>

static inline uint64_t vonk_java_random_seed(int64_t seed) { return ((uint64_t)seed ^ 0x5DEECE66DULL) & (((uint64_t)1 << 48) - 1); }
/* The next BITS <= 32 bits. */
static inline int32_t vonk_java_random_next(uint64_t *state, int bits) {
  *state = (*state * 0x5DEECE66DULL + 0xB) & (((uint64_t)1 << 48) - 1);
  return (int32_t)(*state >> (48 - bits));
}
static inline int64_t vonk_java_random_long(uint64_t *state) {
  uint64_t high = (uint64_t)vonk_java_random_next(state, 32) << 32;
  return (int64_t)(high + (uint64_t)(int64_t)vonk_java_random_next(state, 32));
}
/* 0..bound-1; BOUND is not a power of two. */
static inline int32_t vonk_java_random_int(uint64_t *state, int32_t bound) {
  for (;;) {
    int32_t bits = vonk_java_random_next(state, 31), value = bits % bound;
    if ((int64_t)bits - value + (bound - 1) <= INT32_MAX) return value;
  }
}
static inline double vonk_java_random_double(uint64_t *state) {
  int64_t high = vonk_java_random_next(state, 26);
  return (double)((high << 27) + vonk_java_random_next(state, 27)) * 0x1p-53;
}

#endif
