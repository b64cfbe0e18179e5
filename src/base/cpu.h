/* cpu.h: what the machine offers: cores, instruction level, memory. Values are found once and then constant. */
#ifndef VONK_BASE_CPU_H
#define VONK_BASE_CPU_H

#include <stdint.h>

enum vonk_cpu_level {
  VONK_CPU_BASELINE = 0, /* x86-64-v2; everything on other architectures */
  VONK_CPU_AVX2 = 1,     /* x86-64-v3: AVX2, BMI2, FMA */
  VONK_CPU_AVX512 = 2,   /* x86-64-v4 and VBMI, VBMI2 */
};

/* The environment variable VONK_CPU_LEVEL (0, 1, 2) lowers it, for tests; it never raises it. */
enum vonk_cpu_level vonk_cpu_level(void);
/* Cores this process may use: affinity mask and the cgroup's quota, rounded up; at least 1. */
int vonk_cpu_count(void);
/* Memory this process may use: the smaller of the machine's and the cgroup's. */
uint64_t vonk_cpu_memory_bytes(void);

#endif
