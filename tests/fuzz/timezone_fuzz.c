/* timezone_fuzz.c: compiled zone files of any bytes; offsets stay sane at any moment. */
#include <stdlib.h>

#include "type/timezone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const int64_t moments[] = {0, INT64_MIN, INT64_MAX, -9223372036854, 9223372036854, 1700000000, 5000000000, -5000000000};
  struct vonk_arena *arena = vonk_arena_create(NULL);
  const struct vonk_timezone *zone;
  if (vonk_timezone_read(arena, STR("x"), vonk_str_make((const char *)data, size), &zone)) {
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
      struct vonk_timezone_span span = vonk_timezone_span_at(zone, moments[i] / 1000000);
      if (span.offset < -10 * 86400 || span.offset > 10 * 86400 || span.from > moments[i] / 1000000) abort();
      vonk_timezone_to_local(zone, moments[i]);
      vonk_timezone_to_utc(zone, moments[i]);
    }
    vonk_timezone_name(zone, true);
  }
  vonk_arena_destroy(arena);
  return 0;
}
