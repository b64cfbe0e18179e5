/* compare_mask.h: 64 comparisons as one word, by the vector instructions of a CPU level. For arith.level.c.
 *
 * HAS_MASK says for which types there is one; the others, and level 0, pack bytes.
 */
#ifndef VONK_KERNEL_COMPARE_MASK_H
#define VONK_KERNEL_COMPARE_MASK_H

#include "kernel/kernel_internal.h"

#if VONK_LEVEL == 2
#include <immintrin.h>

VONK_INLINE uint64_t hold_i32(enum vonk_compare op, __m512i x, __m512i y) {
  switch (op) {
    case VONK_COMPARE_EQ: return _mm512_cmpeq_epi32_mask(x, y);
    case VONK_COMPARE_NE: return _mm512_cmpneq_epi32_mask(x, y);
    case VONK_COMPARE_LT: return _mm512_cmplt_epi32_mask(x, y);
    case VONK_COMPARE_LE: return _mm512_cmple_epi32_mask(x, y);
    case VONK_COMPARE_GT: return _mm512_cmpgt_epi32_mask(x, y);
    default: return _mm512_cmpge_epi32_mask(x, y);
  }
}
VONK_INLINE uint64_t hold_i64(enum vonk_compare op, __m512i x, __m512i y) {
  switch (op) {
    case VONK_COMPARE_EQ: return _mm512_cmpeq_epi64_mask(x, y);
    case VONK_COMPARE_NE: return _mm512_cmpneq_epi64_mask(x, y);
    case VONK_COMPARE_LT: return _mm512_cmplt_epi64_mask(x, y);
    case VONK_COMPARE_LE: return _mm512_cmple_epi64_mask(x, y);
    case VONK_COMPARE_GT: return _mm512_cmpgt_epi64_mask(x, y);
    default: return _mm512_cmpge_epi64_mask(x, y);
  }
}
/* NaN equals NaN and is the largest. */
VONK_INLINE uint64_t equal_f64(__m512d x, __m512d y) {
  return _mm512_cmp_pd_mask(x, y, _CMP_EQ_OQ) | (_mm512_cmp_pd_mask(x, x, _CMP_UNORD_Q) & _mm512_cmp_pd_mask(y, y, _CMP_UNORD_Q));
}
VONK_INLINE uint64_t less_f64(__m512d x, __m512d y) { return _mm512_cmp_pd_mask(x, y, _CMP_NGE_UQ) & _mm512_cmp_pd_mask(x, x, _CMP_ORD_Q); }
VONK_INLINE uint64_t hold_f64(enum vonk_compare op, __m512d x, __m512d y) {
  switch (op) {
    case VONK_COMPARE_EQ: return equal_f64(x, y);
    case VONK_COMPARE_NE: return equal_f64(x, y) ^ 0xFF;
    case VONK_COMPARE_LT: return less_f64(x, y);
    case VONK_COMPARE_LE: return less_f64(y, x) ^ 0xFF;
    case VONK_COMPARE_GT: return less_f64(y, x);
    default: return less_f64(x, y) ^ 0xFF;
  }
}

VONK_INLINE uint64_t mask_i32(enum vonk_compare op, const int32_t *a, uint32_t a_step, const int32_t *b, uint32_t b_step) {
  uint64_t out = 0;
  for (uint32_t k = 0; k < 64; k += 16) {
    __m512i x = a_step ? _mm512_loadu_si512(a + k) : _mm512_set1_epi32(*a), y = b_step ? _mm512_loadu_si512(b + k) : _mm512_set1_epi32(*b);
    out |= hold_i32(op, x, y) << k;
  }
  return out;
}
VONK_INLINE uint64_t mask_i64(enum vonk_compare op, const int64_t *a, uint32_t a_step, const int64_t *b, uint32_t b_step) {
  uint64_t out = 0;
  for (uint32_t k = 0; k < 64; k += 8) {
    __m512i x = a_step ? _mm512_loadu_si512(a + k) : _mm512_set1_epi64(*a), y = b_step ? _mm512_loadu_si512(b + k) : _mm512_set1_epi64(*b);
    out |= hold_i64(op, x, y) << k;
  }
  return out;
}
VONK_INLINE uint64_t mask_f64(enum vonk_compare op, const double *a, uint32_t a_step, const double *b, uint32_t b_step) {
  uint64_t out = 0;
  for (uint32_t k = 0; k < 64; k += 8) {
    __m512d x = a_step ? _mm512_loadu_pd(a + k) : _mm512_set1_pd(*a), y = b_step ? _mm512_loadu_pd(b + k) : _mm512_set1_pd(*b);
    out |= hold_f64(op, x, y) << k;
  }
  return out;
}

/* Of 64 views those whose first half (all of it when WHOLE) is CONSTANT's. */
VONK_INLINE uint64_t mask_views(const struct vonk_view *a, const struct vonk_view *constant, bool whole) {
  const __m512i wanted = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)constant));
  uint64_t out = 0;
  for (uint32_t k = 0; k < 64; k += 4) {
    uint32_t halves = _mm512_cmpeq_epi64_mask(_mm512_loadu_si512(a + k), wanted);
    if (whole) halves &= halves >> 1;
    out |= (uint64_t)_pext_u32(halves, 0x55) << k;
  }
  return out;
}
#elif VONK_LEVEL == 1
#include <immintrin.h>

/* Those of EQ, GT and LT; the caller turns the others round. */
VONK_INLINE uint64_t mask_i32(enum vonk_compare op, const int32_t *a, uint32_t a_step, const int32_t *b, uint32_t b_step) {
  bool equality = op <= VONK_COMPARE_NE, less = op == VONK_COMPARE_LT || op == VONK_COMPARE_GE;
  uint64_t out = 0;
  for (uint32_t k = 0; k < 64; k += 8) {
    __m256i x = a_step ? _mm256_loadu_si256((const __m256i *)(const void *)(a + k)) : _mm256_set1_epi32(*a);
    __m256i y = b_step ? _mm256_loadu_si256((const __m256i *)(const void *)(b + k)) : _mm256_set1_epi32(*b);
    __m256i holds = equality ? _mm256_cmpeq_epi32(x, y) : less ? _mm256_cmpgt_epi32(y, x) : _mm256_cmpgt_epi32(x, y);
    out |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(holds)) << k;
  }
  return op == VONK_COMPARE_NE || op == VONK_COMPARE_LE || op == VONK_COMPARE_GE ? ~out : out;
}
VONK_INLINE uint64_t mask_i64(enum vonk_compare op, const int64_t *a, uint32_t a_step, const int64_t *b, uint32_t b_step) {
  bool equality = op <= VONK_COMPARE_NE, less = op == VONK_COMPARE_LT || op == VONK_COMPARE_GE;
  uint64_t out = 0;
  for (uint32_t k = 0; k < 64; k += 4) {
    __m256i x = a_step ? _mm256_loadu_si256((const __m256i *)(const void *)(a + k)) : _mm256_set1_epi64x(*a);
    __m256i y = b_step ? _mm256_loadu_si256((const __m256i *)(const void *)(b + k)) : _mm256_set1_epi64x(*b);
    __m256i holds = equality ? _mm256_cmpeq_epi64(x, y) : less ? _mm256_cmpgt_epi64(y, x) : _mm256_cmpgt_epi64(x, y);
    out |= (uint64_t)(uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(holds)) << k;
  }
  return op == VONK_COMPARE_NE || op == VONK_COMPARE_LE || op == VONK_COMPARE_GE ? ~out : out;
}
VONK_INLINE __m256d equal_f64(__m256d x, __m256d y) {
  return _mm256_or_pd(_mm256_cmp_pd(x, y, _CMP_EQ_OQ), _mm256_and_pd(_mm256_cmp_pd(x, x, _CMP_UNORD_Q), _mm256_cmp_pd(y, y, _CMP_UNORD_Q)));
}
VONK_INLINE __m256d less_f64(__m256d x, __m256d y) { return _mm256_and_pd(_mm256_cmp_pd(x, y, _CMP_NGE_UQ), _mm256_cmp_pd(x, x, _CMP_ORD_Q)); }
VONK_INLINE uint64_t mask_f64(enum vonk_compare op, const double *a, uint32_t a_step, const double *b, uint32_t b_step) {
  bool equality = op <= VONK_COMPARE_NE, less = op == VONK_COMPARE_LT || op == VONK_COMPARE_GE;
  uint64_t out = 0;
  for (uint32_t k = 0; k < 64; k += 4) {
    __m256d x = a_step ? _mm256_loadu_pd(a + k) : _mm256_set1_pd(*a), y = b_step ? _mm256_loadu_pd(b + k) : _mm256_set1_pd(*b);
    __m256d holds = equality ? equal_f64(x, y) : less ? less_f64(x, y) : less_f64(y, x);
    out |= (uint64_t)(uint32_t)_mm256_movemask_pd(holds) << k;
  }
  return op == VONK_COMPARE_NE || op == VONK_COMPARE_LE || op == VONK_COMPARE_GE ? ~out : out;
}
VONK_INLINE uint64_t mask_views(const struct vonk_view *a, const struct vonk_view *constant, bool whole) {
  const __m256i wanted = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)constant));
  uint64_t out = 0;
  for (uint32_t k = 0; k < 64; k += 2) {
    __m256i equal = _mm256_cmpeq_epi64(_mm256_loadu_si256((const __m256i *)(const void *)(a + k)), wanted);
    uint32_t halves = (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(equal));
    if (whole) halves &= halves >> 1;
    out |= (uint64_t)((halves & 1) | (halves >> 1 & 2)) << k;
  }
  return out;
}
#else
VONK_INLINE uint64_t mask_views(const struct vonk_view *a, const struct vonk_view *constant, bool whole) {
  uint64_t wanted[2], out = 0;
  memcpy(wanted, constant, 16);
  for (uint32_t k = 0; k < 64; k++) {
    uint64_t halves[2];
    memcpy(halves, a + k, 16);
    out |= (uint64_t)(halves[0] == wanted[0] && (!whole || halves[1] == wanted[1])) << k;
  }
  return out;
}
#endif

#endif
