/* value_text_fuzz.c: text as values of every scalar type; what was read prints and reads back as the same value. */
#include <stdlib.h>

#include "base/array.h"
#include "type/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_str text = vonk_str_make((const char *)data, size);
  struct vonk_parse_context context = {.zone = &vonk_timezone_utc, .arena = arena};
  const struct vonk_type *types[] = {
      &vonk_type_boolean, &vonk_type_byte, &vonk_type_short, &vonk_type_int, &vonk_type_long, &vonk_type_float, &vonk_type_double,
      vonk_type_decimal(arena, 10, 2), vonk_type_decimal(arena, 38, 38), &vonk_type_date, &vonk_type_timestamp, &vonk_type_timestamp_ntz,
      vonk_type_time(arena, 6), &vonk_type_interval_ym, &vonk_type_interval_dt, &vonk_type_interval};
  for (size_t i = 0; i < COUNT_OF(types); i++) {
    struct vonk_value value, back;
    if (!vonk_parse_value(text, types[i], &context, i % 2, &value)) continue;
    struct vonk_text out;
    vonk_text_init(&out, arena);
    vonk_format_value(&out, &value, &(struct vonk_format_options){.form = VONK_TEXT_CAST});
    /* Years of more digits than may be read are printed all the same; the least day-time interval too. */
    bool far = (types[i]->id >= VONK_TYPE_DATE && types[i]->id <= VONK_TYPE_TIMESTAMP_NTZ) || types[i]->id == VONK_TYPE_INTERVAL;
    bool good = vonk_parse_value(vonk_text_str(&out), types[i], &context, false, &back);
    if (good ? !vonk_value_equal(&value, &back) : !far) abort();
  }
  vonk_arena_destroy(arena);
  return 0;
}
