/* clock.h: the two clocks. */
#ifndef VONK_BASE_CLOCK_H
#define VONK_BASE_CLOCK_H

#include <stdint.h>

/* Never goes back; for durations and deadlines. */
uint64_t vonk_clock_monotonic_ns(void);
/* Microseconds since 1970-01-01 UTC; for what users see. */
int64_t vonk_clock_wall_micros(void);

#endif
