/* sum.tmpl.h: sums and extremes over one type. Before each inclusion: T (the type), N (suffix of names). Undefined at its end. */

#define NAME(stem) VONK_PASTE(stem, N)

static struct vonk_integer_sum NAME(sum_)(const void *values, uint32_t count) {
  const T *v = values;
  uint64_t sum = 0;
  T magnitude = 0;
  for (uint32_t i = 0; i < count; i++) {
    sum += (uint64_t)(int64_t)v[i];
    magnitude |= (T)(v[i] ^ (v[i] >> (sizeof(T) * 8 - 1)));
  }
  return (struct vonk_integer_sum){(int64_t)sum, (uint64_t)magnitude};
}

static int64_t NAME(smallest_)(const void *values, uint32_t count) {
  const T *v = values;
  T out = v[0];
  for (uint32_t i = 1; i < count; i++) out = v[i] < out ? v[i] : out;
  return out;
}

static int64_t NAME(largest_)(const void *values, uint32_t count) {
  const T *v = values;
  T out = v[0];
  for (uint32_t i = 1; i < count; i++) out = v[i] > out ? v[i] : out;
  return out;
}

#undef NAME
#undef T
#undef N
