/* values.c: decimals are variable-length integers of up to 128 bits; timestamps count from 2015 on the clock of their writer's zone. */
#include "format/orc/values.h"

#include <string.h>

#include "base/int128.h"
#include "type/calendar.h"
#include "type/decimal.h"
#include "type/julian.h"

#define BASE_SECONDS INT64_C(1420070400) /* 2015-01-01 00:00:00 */
#define WINTER_SECONDS INT64_C(1767225600) /* 2026-01-01 */
#define SUMMER_SECONDS INT64_C(1782864000) /* 2026-07-01 */
#define ANCIENT_MICROS INT64_C(-2208988800000000) /* 1900-01-01 */
#define SECONDS_MAX INT64_C(9223371000000) /* leaves room for offsets of zones */
#define NANOS_MAX INT64_C(999999999)
#define HIGH_BITS UINT64_C(0x8080808080808080)

enum { VARINT_BYTES_MAX = 19 };

/* --- decimals --- */

static STATUS read_wide(struct vonk_task *task, struct orc_stream *stream, vonk_int128 *out) {
  vonk_uint128 value = 0;
  for (uint32_t i = 0; i < VARINT_BYTES_MAX; i++) {
    uint8_t byte;
    TRY(orc_stream_byte(task, stream, &byte));
    value |= (vonk_uint128)(byte & 0x7F) << (7 * i);
    if (byte >= 0x80) continue;
    *out = (vonk_int128)(value >> 1) ^ -(vonk_int128)(value & 1);
    return VONK_OK;
  }
  return orc_stream_fail(task, stream, "a decimal is too long");
}

/* Up to 8 bytes of 7 bits at once; false when the number is longer. BYTES are readable that far. */
static inline bool read_narrow(const uint8_t **bytes, int64_t *out) {
  uint64_t word;
  memcpy(&word, *bytes, 8);
  uint64_t ends = ~word & HIGH_BITS;
  if (!ends) return false;
  uint32_t size = ((uint32_t)__builtin_ctzll(ends) + 1) / 8;
  word &= ~(uint64_t)0 >> (64 - 8 * size);
  word &= ~HIGH_BITS;
  word = (word & UINT64_C(0x007F007F007F007F)) | (word & UINT64_C(0x7F007F007F007F00)) >> 1;
  word = (word & UINT64_C(0x00003FFF00003FFF)) | (word & UINT64_C(0x3FFF00003FFF0000)) >> 2;
  word = (word & UINT64_C(0x000000000FFFFFFF)) | (word & UINT64_C(0x0FFFFFFF00000000)) >> 4;
  *out = (int64_t)(word >> 1) ^ -(int64_t)(word & 1);
  *bytes += size;
  return true;
}

static void put(enum vonk_physical physical, void *out, uint32_t i, vonk_int128 value) {
  if (physical == VONK_PHYSICAL_I32) ((int32_t *)out)[i] = (int32_t)value;
  else if (physical == VONK_PHYSICAL_I64) ((int64_t *)out)[i] = (int64_t)value;
  else ((vonk_int128 *)out)[i] = value;
}

static STATUS read_one(struct vonk_task *task, struct orc_stream *stream, int64_t scale, const struct vonk_type *type, vonk_int128 *value) {
  struct vonk_decimal_shape shape = {type->precision, type->scale};
  TRY(read_wide(task, stream, value));
  bool fits = scale >= -VONK_DECIMAL_PRECISION_MAX && scale <= VONK_DECIMAL_PRECISION_MAX && vonk_decimal_rescale(*value, (int)scale, shape, value);
  if (!fits) return orc_stream_fail(task, stream, "a decimal has more digits than its type");
  return VONK_OK;
}

/* As many as are short, of the type's own scale, and lie in the chunk. */
static uint32_t read_short(struct orc_stream *stream, const int64_t *scales, uint32_t count, const struct vonk_type *type, enum vonk_physical physical, void *out) {
  int64_t limit = type->precision <= 18 ? (int64_t)vonk_pow10_128[type->precision] : INT64_MAX;
  uint32_t i = 0;
  for (; i < count; i++) {
    const uint8_t *at = stream->at;
    int64_t value;
    if (scales[i] != type->scale || stream->limit - at < 8 || !read_narrow(&at, &value) || value >= limit || value <= -limit) break;
    stream->at = at;
    put(physical, out, i, value);
  }
  return i;
}

STATUS orc_decimals_read(struct vonk_task *task, struct orc_stream *stream, const int64_t *scales, uint32_t count, const struct vonk_type *type, void *out) {
  enum vonk_physical physical = vonk_physical_of(type);
  uint8_t *to = out;
  for (uint32_t i = 0; i < count; i++) {
    vonk_int128 value = 0;
    i += read_short(stream, scales + i, count - i, type, physical, to + (size_t)i * vonk_physical_size[physical]);
    if (i == count) break;
    TRY(read_one(task, stream, scales[i], type, &value));
    put(physical, out, i, value);
  }
  return VONK_OK;
}

STATUS orc_decimals_skip(struct vonk_task *task, struct orc_stream *stream, uint64_t count) {
  while (count > 0) {
    while (stream->at == stream->limit) TRY(orc_stream_next_chunk(task, stream));
    for (; count > 0 && stream->at < stream->limit; stream->at++) count -= *stream->at < 0x80;
  }
  return VONK_OK;
}

/* --- dates and timestamps --- */

void orc_dates(const struct orc_column *column, uint32_t count, int32_t *days) {
  if (column->unit->metadata->is_proleptic) return;
  for (uint32_t i = 0; i < count; i++) {
    if (days[i] < VONK_JULIAN_SWITCH_DAY) days[i] = (int32_t)vonk_julian_rebase_days(days[i]);
  }
}

/* The last three bits tell how many zeros were cut off, but for one; -1 for what is none. */
static int64_t nanos_of(int64_t stored) {
  static const int32_t powers[] = {1, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
  int64_t digits = (int64_t)((uint64_t)stored >> 3);
  if (digits < 0 || digits > NANOS_MAX) return -1;
  digits *= powers[stored & 7];
  return digits <= NANOS_MAX ? digits : -1;
}

static bool same_zone(const struct vonk_timezone *a, const struct vonk_timezone *b) {
  if (a == b || vonk_str_equal(vonk_timezone_id(a), vonk_timezone_id(b))) return true;
  return vonk_timezone_is_fixed(a) && vonk_timezone_is_fixed(b) && vonk_timezone_offset(a, 0) == vonk_timezone_offset(b, 0);
}

/* Seconds before 1970 were cut towards zero by their writers, so that those with a fraction are one too late. */
static bool to_micros(int64_t base, int64_t stored_nanos, int64_t *seconds) {
  int64_t nanos = nanos_of(stored_nanos);
  if (nanos < 0 || __builtin_add_overflow(*seconds, base, seconds)) return false;
  if (*seconds < 0 && nanos > 999999) *seconds -= 1;
  if (*seconds < -SECONDS_MAX || *seconds > SECONDS_MAX) return false;
  *seconds = *seconds * VONK_MICROS_PER_SECOND + nanos / VONK_NANOS_PER_MICRO;
  return true;
}

int32_t orc_standard_offset(const struct vonk_timezone *zone) {
  struct vonk_timezone_span span = vonk_timezone_span_at(zone, WINTER_SECONDS);
  return span.daylight ? vonk_timezone_offset(zone, SUMMER_SECONDS) : span.offset;
}

/* java.util's clocks have one offset before 1900, java.time's and ours have the local mean time then. What the one shows is what the other
 * means, by the Gregorian calendar. */
static int64_t rebase(const struct vonk_timezone *zone, int32_t standard, int64_t micros) {
  int64_t local = micros + standard * VONK_MICROS_PER_SECOND, days = vonk_calendar_micros_to_days(local);
  if (!vonk_calendar_days_to_micros(vonk_julian_rebase_days(days), &days)) return micros;
  return vonk_timezone_to_utc(zone, days + vonk_calendar_micros_of_day(local));
}

/* The instant at which READER's clock shows what WRITER's shows at MICROS. */
static int64_t move(const struct orc_unit *unit, int64_t micros) {
  if (micros < ANCIENT_MICROS) return micros + (unit->writer_standard - unit->reader_standard) * VONK_MICROS_PER_SECOND;
  return vonk_timezone_to_utc(unit->reader_zone, vonk_timezone_to_local(unit->writer_zone, micros));
}

STATUS orc_timestamps(struct vonk_task *task, const struct orc_column *column, const int64_t *nanos, uint32_t count, int64_t *seconds) {
  const struct orc_unit *unit = column->unit;
  bool is_instant = column->node->kind == ORC_TIMESTAMP_INSTANT;
  int64_t base = BASE_SECONDS - (is_instant ? 0 : vonk_timezone_local_offset(unit->writer_zone, BASE_SECONDS));
  bool moves = !is_instant && !same_zone(unit->writer_zone, unit->reader_zone), rebases = !unit->metadata->is_proleptic;
  for (uint32_t i = 0; i < count; i++) {
    if (!to_micros(base, nanos[i], &seconds[i])) return orc_stream_fail(task, &column->data, "a timestamp is out of range");
    if (moves) seconds[i] = move(unit, seconds[i]);
    if (rebases && seconds[i] < ANCIENT_MICROS) seconds[i] = rebase(unit->reader_zone, unit->reader_standard, seconds[i]);
  }
  return VONK_OK;
}
