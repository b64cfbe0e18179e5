/* datetime_format_fuzz.c: patterns of any bytes, printed and parsed by; the first byte says where pattern and text part. */
#include <stdlib.h>

#include "type/datetime_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1) return 0;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  size_t cut = 1 + data[0] % size;
  struct vonk_str pattern = vonk_str_make((const char *)data + 1, cut - 1);
  struct vonk_str text = vonk_str_make((const char *)data + cut, size - cut);
  struct vonk_parse_context context = {.zone = &vonk_timezone_utc, .arena = arena};
  const struct vonk_datetime_format *format;
  int64_t micros;
  if (vonk_datetime_format_compile(arena, pattern, true, &format, NULL) == VONK_DATETIME_GOOD) {
    (void)vonk_datetime_format_parse(format, text, &context, &micros);
    (void)vonk_datetime_format_parse_time(format, text, &context, &micros);
  }
  if (vonk_datetime_format_compile(arena, pattern, false, &format, NULL) == VONK_DATETIME_GOOD) {
    size_t max = vonk_datetime_format_max(format);
    char *out = vonk_arena_alloc(arena, max);
    for (int i = 0; i < 4; i++) {
      static const int64_t moments[] = {0, INT64_MIN, INT64_MAX, 1700000000123456};
      if (vonk_datetime_format_print(format, &vonk_timezone_utc, moments[i], out) > max) abort();
    }
  }
  vonk_arena_destroy(arena);
  return 0;
}
