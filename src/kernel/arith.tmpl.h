/* arith.tmpl.h: arithmetic and comparison over one type. Before each inclusion: T (the type), U (unsigned or itself, for wrapping),
 * N (suffix of names), IS_REAL. Undefined at its end. */

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
static inline __attribute__((always_inline)) void NAME(checked_loop_)(enum vonk_arith op, const struct vonk_arith_inputs *in,
                                                                      uint32_t count, T *out, uint64_t *bad) {
  const T *a = in->a, *b = in->b;
  for (uint32_t from = 0; from < count; from += 64) {
    uint32_t stop = count - from < 64 ? count - from : 64;
    uint64_t word = 0;
    for (uint32_t k = 0; k < stop; k++) {
      T x = a[(from + k) * in->a_step], y = b[(from + k) * in->b_step], z;
      bool over = op == VONK_ARITH_ADD        ? __builtin_add_overflow(x, y, &z)
                  : op == VONK_ARITH_SUBTRACT ? __builtin_sub_overflow(x, y, &z)
                                              : __builtin_mul_overflow(x, y, &z);
      out[from + k] = z;
      word |= (uint64_t)over << k;
    }
    bad[from >> 6] |= word;
  }
}

static void NAME(checked_)(enum vonk_arith op, const struct vonk_arith_inputs *in, uint32_t count, void *out, uint64_t *bad) {
  switch (op) {
    case VONK_ARITH_ADD: NAME(checked_loop_)(VONK_ARITH_ADD, in, count, out, bad); return;
    case VONK_ARITH_SUBTRACT: NAME(checked_loop_)(VONK_ARITH_SUBTRACT, in, count, out, bad); return;
    default: NAME(checked_loop_)(VONK_ARITH_MULTIPLY, in, count, out, bad);
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
