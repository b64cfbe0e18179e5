/* cpu.c: asks cpuid, sched_getaffinity and the cgroup files (version 2, then 1). */
#include "base/cpu.h"

#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/thread.h"

static struct vonk_once once = VONK_ONCE_INIT;
static enum vonk_cpu_level level;
static int core_count;
static uint64_t memory_bytes;

static enum vonk_cpu_level find_level(void) {
  int found = VONK_CPU_BASELINE;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
      __builtin_cpu_supports("fma")) {
    found = VONK_CPU_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2")) {
      found = VONK_CPU_AVX512;
    }
  }
#endif
  const char *wanted = getenv("VONK_CPU_LEVEL");
  if (wanted && wanted[0] >= '0' && wanted[0] <= '2' && !wanted[1] && wanted[0] - '0' < found) found = wanted[0] - '0';
  return (enum vonk_cpu_level)found;
}

/* The first line of a small file; false when there is none. */
static bool read_line(const char *path, char *line, int size) {
  FILE *file = fopen(path, "re");
  if (!file) return false;
  bool read = fgets(line, size, file) != NULL;
  fclose(file);
  return read;
}

/* The path of this process below the cgroup mount: "/" inside most containers. CONTROLLER "" asks for version 2. */
static bool cgroup_path(const char *controller, char *path, size_t size) {
  FILE *file = fopen("/proc/self/cgroup", "re");
  if (!file) return false;
  char line[1024];
  bool found = false;
  while (!found && fgets(line, sizeof line, file)) {
    char *names = strchr(line, ':'), *rest = names ? strchr(names + 1, ':') : NULL;
    if (!rest) continue;
    *rest++ = 0;
    rest[strcspn(rest, "\n")] = 0;
    if (controller[0] ? strstr(names + 1, controller) != NULL : names[1] == 0) {
      snprintf(path, size, "%s", rest);
      found = true;
    }
  }
  fclose(file);
  return found;
}

/* Calls TAKE with the line of FILE in the process's cgroup and in each one above it: every one of them limits. */
static void each_cgroup(const char *mount, const char *controller, const char *file, void (*take)(const char *line)) {
  char path[1024], name[2048], line[128];
  if (!cgroup_path(controller, path, sizeof path)) return;
  for (;;) {
    snprintf(name, sizeof name, "%s%s/%s", mount, strcmp(path, "/") == 0 ? "" : path, file);
    if (read_line(name, line, sizeof line)) take(line);
    char *slash = strrchr(path, '/');
    if (!slash || path[1] == 0) return;
    slash[slash == path] = 0;
  }
}

static void take_memory(const char *line) {
  uint64_t bytes;
  if (sscanf(line, "%" SCNu64, &bytes) == 1 && bytes > 0 && bytes < memory_bytes) memory_bytes = bytes;
}

static void take_quota(const char *line) {
  long long quota, period;
  if (sscanf(line, "%lld %lld", &quota, &period) != 2 || quota <= 0 || period <= 0) return;
  long long cores = (quota + period - 1) / period;
  if (cores < core_count) core_count = (int)cores;
}

static void find_all(void) {
  level = find_level();
  cpu_set_t *set = CPU_ALLOC(4096);
  size_t set_size = CPU_ALLOC_SIZE(4096);
  core_count = set && sched_getaffinity(0, set_size, set) == 0 ? CPU_COUNT_S(set_size, set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
  if (set) CPU_FREE(set);
  each_cgroup("/sys/fs/cgroup", "", "cpu.max", take_quota);
  if (core_count < 1) core_count = 1;
  memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
  each_cgroup("/sys/fs/cgroup", "", "memory.max", take_memory);
  each_cgroup("/sys/fs/cgroup/memory", "memory", "memory.limit_in_bytes", take_memory);
}

enum vonk_cpu_level vonk_cpu_level(void) {
  vonk_once_call(&once, find_all);
  return level;
}

int vonk_cpu_count(void) {
  vonk_once_call(&once, find_all);
  return core_count;
}

uint64_t vonk_cpu_memory_bytes(void) {
  vonk_once_call(&once, find_all);
  return memory_bytes;
}
