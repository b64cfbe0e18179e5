/* kernel.c: the table of the machine's level, found at the first call and constant from then on. */
#include "kernel/kernel_internal.h"

#include "base/cpu.h"

extern const struct vonk_kernel_table vonk_kernel_table_v2;
extern const struct vonk_arith_table vonk_arith_table_v2;
extern const struct vonk_unpack_table vonk_unpack_table_v2;
extern const struct vonk_sum_table vonk_sum_table_v2;
#ifdef __x86_64__
extern const struct vonk_kernel_table vonk_kernel_table_v3, vonk_kernel_table_v4;
extern const struct vonk_arith_table vonk_arith_table_v3, vonk_arith_table_v4;
extern const struct vonk_unpack_table vonk_unpack_table_v3, vonk_unpack_table_v4;
extern const struct vonk_sum_table vonk_sum_table_v3, vonk_sum_table_v4;
#endif

const struct vonk_kernel_table *vonk_kernel_table(void) {
#ifdef __x86_64__
  switch (vonk_cpu_level()) {
    case VONK_CPU_AVX512: return &vonk_kernel_table_v4;
    case VONK_CPU_AVX2: return &vonk_kernel_table_v3;
    case VONK_CPU_BASELINE: break;
  }
#endif
  return &vonk_kernel_table_v2;
}

const struct vonk_arith_table *vonk_arith_table(void) {
#ifdef __x86_64__
  switch (vonk_cpu_level()) {
    case VONK_CPU_AVX512: return &vonk_arith_table_v4;
    case VONK_CPU_AVX2: return &vonk_arith_table_v3;
    case VONK_CPU_BASELINE: break;
  }
#endif
  return &vonk_arith_table_v2;
}

const struct vonk_sum_table *vonk_sum_table(void) {
#ifdef __x86_64__
  switch (vonk_cpu_level()) {
    case VONK_CPU_AVX512: return &vonk_sum_table_v4;
    case VONK_CPU_AVX2: return &vonk_sum_table_v3;
    case VONK_CPU_BASELINE: break;
  }
#endif
  return &vonk_sum_table_v2;
}

const struct vonk_unpack_table *vonk_unpack_table(void) {
#ifdef __x86_64__
  switch (vonk_cpu_level()) {
    case VONK_CPU_AVX512: return &vonk_unpack_table_v4;
    case VONK_CPU_AVX2: return &vonk_unpack_table_v3;
    case VONK_CPU_BASELINE: break;
  }
#endif
  return &vonk_unpack_table_v2;
}
