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

static struct vonk_integer_sum NAME(sum_masked_)(const void *values, const uint64_t *mask, uint32_t count) {
  uint64_t sum = 0, magnitude = 0;
  for (uint32_t word = 0; word < (count + 63) / 64; word++) {
    const T *v = (const T *)values + word * 64;
    uint64_t bits = mask[word];
    if (!bits) continue;
    for (uint64_t k = 0; k < 64; k++) {
      uint64_t kept = -(bits >> k & 1);
      int64_t value = (int64_t)v[k];
      sum += (uint64_t)value & kept;
      magnitude |= (uint64_t)(value ^ (value >> 63)) & kept;
    }
  }
  return (struct vonk_integer_sum){(int64_t)sum, magnitude};
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
