/* clock.c: clock_gettime. */
#include "base/clock.h"

#include <time.h>

static uint64_t read_ns(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t vonk_clock_monotonic_ns(void) { return read_ns(CLOCK_MONOTONIC); }
int64_t vonk_clock_wall_micros(void) { return (int64_t)(read_ns(CLOCK_REALTIME) / 1000); }
