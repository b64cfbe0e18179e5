/* arith.tmpl.h: arithmetic and comparison over one type. Before each inclusion: T (the type), U (unsigned or itself, for wrapping),
 * N (suffix of names), IS_REAL; MASK where
 * compare_mask.h has one. Undefined at its end. */

#define NAME(stem) VONK_PASTE(stem, N)

/* One loop for all shapes: steps are constants where it is called. */
static inline __attribute__((always_inline)) void NAME(arith_loop_)(enum vonk_arith op, const T *a, uint32_t a_step, const T *b,
                                                                    uint32_t b_step, uint32_t count, T *out) {
  for (uint32_t i = 0; i < count; i++) {
    U x = (U)a[i * a_step], y = (U)b[i * b_step];
    out[i] = (T)(op == VONK_ARITH_ADD ? x + y : op == VONK_ARITH_SUBTRACT ? x - y : x * y);
  }
}

static inline __attribute__((always_inline)) void NAME(arith_shape_)(enum vonk_arith op, const struct vonk_arith_inputs *in, uint32_t count, T *out) {
  if (in->a_step && in->b_step) NAME(arith_loop_)(op, in->a, 1, in->b, 1, count, out);
  else if (in->a_step) NAME(arith_loop_)(op, in->a, 1, in->b, 0, count, out);
  else if (in->b_step) NAME(arith_loop_)(op, in->a, 0, in->b, 1, count, out);
  else NAME(arith_loop_)(op, in->a, 0, in->b, 0, count, out);
}

static void NAME(arith_)(enum vonk_arith op, const struct vonk_arith_inputs *in, uint32_t count, void *out) {
  switch (op) {
    case VONK_ARITH_ADD: NAME(arith_shape_)(VONK_ARITH_ADD, in, count, out); return;
    case VONK_ARITH_SUBTRACT: NAME(arith_shape_)(VONK_ARITH_SUBTRACT, in, count, out); return;
    default: NAME(arith_shape_)(VONK_ARITH_MULTIPLY, in, count, out);
  }
}

#if !IS_REAL
/* Sets the sign of the result, or any bit for products, where a row passes the width; there the row is looked at again. */
static inline __attribute__((always_inline)) T NAME(checked_row_)(enum vonk_arith op, T x, T y, T *out) {
  if (op == VONK_ARITH_MULTIPLY) {
    int64_t product = (int64_t)x * (int64_t)y;
    *out = (T)product;
    return product != *out ? (T)-1 : 0;
  }
  *out = (T)(op == VONK_ARITH_ADD ? (U)x + (U)y : (U)x - (U)y);
  return (T)(op == VONK_ARITH_ADD ? (x ^ *out) & (y ^ *out) : (x ^ y) & (x ^ *out));
}

static inline __attribute__((always_inline)) uint64_t NAME(checked_word_)(enum vonk_arith op, const T *a, uint32_t a_step, const T *b, uint32_t b_step,
                                                                          uint32_t count, T *out) {
  uint64_t word = 0;
  for (uint32_t k = 0; k < count; k++) {
    T x = a[k * a_step], y = b[k * b_step], z;
    bool over = op == VONK_ARITH_ADD        ? __builtin_add_overflow(x, y, &z)
                : op == VONK_ARITH_SUBTRACT ? __builtin_sub_overflow(x, y, &z)
                                            : __builtin_mul_overflow(x, y, &z);
    out[k] = z;
    word |= (uint64_t)over << k;
  }
  return word;
}

/* Blocks without an overflow, nearly all, run without a branch a row. Products of 64 bits and more need the slow way, unless both
 * factors have half the bits. OUT may be A or B, so a block is computed aside. */
static inline __attribute__((always_inline)) void NAME(checked_loop_)(enum vonk_arith op, const T *a, uint32_t a_step, const T *b, uint32_t b_step,
                                                                      uint32_t count, T *out, uint64_t *bad) {
  for (uint32_t from = 0; from < count; from += 64) {
    const T *x = a + (size_t)from * a_step, *y = b + (size_t)from * b_step;
    uint32_t stop = count - from < 64 ? count - from : 64;
    T block[64], over = 0;
    bool slow = stop < 64;
    if (!slow && sizeof(T) >= 8 && op == VONK_ARITH_MULTIPLY) {
      T bits = 0;
      for (uint32_t k = 0; k < 64; k++) {
        T p = x[k * a_step], q = y[k * b_step];
        bits |= (p ^ (p >> (sizeof(T) * 8 - 1))) | (q ^ (q >> (sizeof(T) * 8 - 1)));
        block[k] = (T)((U)p * (U)q);
      }
      slow = bits >> (sizeof(T) * 4 - 1) != 0;
    } else if (!slow) {
      for (uint32_t k = 0; k < 64; k++) over |= NAME(checked_row_)(op, x[k * a_step], y[k * b_step], &block[k]);
      slow = over < 0;
    }
    if (slow) bad[from >> 6] |= NAME(checked_word_)(op, x, a_step, y, b_step, stop, out + from);
    else memcpy(out + from, block, sizeof block);
  }
}

static inline __attribute__((always_inline)) void NAME(checked_shape_)(enum vonk_arith op, const struct vonk_arith_inputs *in, uint32_t count, T *out,
                                                                       uint64_t *bad) {
  if (in->a_step && in->b_step) NAME(checked_loop_)(op, in->a, 1, in->b, 1, count, out, bad);
  else if (in->a_step) NAME(checked_loop_)(op, in->a, 1, in->b, 0, count, out, bad);
  else NAME(checked_loop_)(op, in->a, in->a_step, in->b, in->b_step, count, out, bad);
}

static void NAME(checked_)(enum vonk_arith op, const struct vonk_arith_inputs *in, uint32_t count, void *out, uint64_t *bad) {
  switch (op) {
    case VONK_ARITH_ADD: NAME(checked_shape_)(VONK_ARITH_ADD, in, count, out, bad); return;
    case VONK_ARITH_SUBTRACT: NAME(checked_shape_)(VONK_ARITH_SUBTRACT, in, count, out, bad); return;
    default: NAME(checked_shape_)(VONK_ARITH_MULTIPLY, in, count, out, bad);
  }
}
#endif

static inline __attribute__((always_inline)) bool NAME(holds_)(enum vonk_compare op, T x, T y) {
#if IS_REAL
  switch (op) {
    case VONK_COMPARE_EQ: return (x == y) | ((x != x) & (y != y));
    case VONK_COMPARE_NE: return !((x == y) | ((x != x) & (y != y)));
    case VONK_COMPARE_LT: return (x < y) | ((y != y) & (x == x));
    case VONK_COMPARE_LE: return (x <= y) | (y != y);
    case VONK_COMPARE_GT: return (y < x) | ((x != x) & (y == y));
    default: return (y <= x) | (x != x);
  }
#else
  switch (op) {
    case VONK_COMPARE_EQ: return x == y;
    case VONK_COMPARE_NE: return x != y;
    case VONK_COMPARE_LT: return x < y;
    case VONK_COMPARE_LE: return x <= y;
    case VONK_COMPARE_GT: return x > y;
    default: return x >= y;
  }
#endif
}

static inline __attribute__((always_inline)) void NAME(compare_loop_)(enum vonk_compare op, const T *a, uint32_t a_step, const T *b,
                                                                      uint32_t b_step, uint32_t count, uint64_t *out) {
  uint8_t bytes[64];
  for (uint32_t from = 0; from < count; from += 64) {
    uint32_t stop = count - from < 64 ? count - from : 64;
    const T *x = a + (size_t)from * a_step, *y = b + (size_t)from * b_step;
#ifdef MASK
    if (stop == 64) {
      out[from >> 6] = NAME(mask_)(op, x, a_step, y, b_step);
      continue;
    }
#endif
    if (stop == 64) {
      for (uint32_t k = 0; k < 64; k++) bytes[k] = NAME(holds_)(op, x[k * a_step], y[k * b_step]);
    } else {
      for (uint32_t k = 0; k < stop; k++) bytes[k] = NAME(holds_)(op, x[k * a_step], y[k * b_step]);
    }
    vonk_bits_pack_bytes(bytes, stop, out + (from >> 6));
  }
}

static inline __attribute__((always_inline)) void NAME(compare_shape_)(enum vonk_compare op, const struct vonk_arith_inputs *in,
                                                                       uint32_t count, uint64_t *out) {
  if (in->a_step && !in->b_step) NAME(compare_loop_)(op, in->a, 1, in->b, 0, count, out);
  else if (in->a_step) NAME(compare_loop_)(op, in->a, 1, in->b, 1, count, out);
  else NAME(compare_loop_)(op, in->a, in->a_step, in->b, in->b_step, count, out);
}

static void NAME(compare_)(enum vonk_compare op, const struct vonk_arith_inputs *in, uint32_t count, uint64_t *out) {
  switch (op) {
    case VONK_COMPARE_EQ: NAME(compare_shape_)(VONK_COMPARE_EQ, in, count, out); return;
    case VONK_COMPARE_NE: NAME(compare_shape_)(VONK_COMPARE_NE, in, count, out); return;
    case VONK_COMPARE_LT: NAME(compare_shape_)(VONK_COMPARE_LT, in, count, out); return;
    case VONK_COMPARE_LE: NAME(compare_shape_)(VONK_COMPARE_LE, in, count, out); return;
    case VONK_COMPARE_GT: NAME(compare_shape_)(VONK_COMPARE_GT, in, count, out); return;
    default: NAME(compare_shape_)(VONK_COMPARE_GE, in, count, out);
  }
}

#undef NAME
#undef T
#undef U
#undef N
#undef IS_REAL
#undef MASK
