/* timezone.h: time zones by the ids Java and Spark accept, from the system's compiled zone files (RFC 8536).
 *
 * Ids: region ids ("Europe/Berlin", "UTC", "EST5EDT"), Java's short ids ("PST", "JST"; "EST", "MST", "HST" are fixed), "Z",
 * offsets "+8", "+08:00", "-0530", "+05:30:15", Spark's "+8:00" and "+08:5", and "UTC", "GMT" or "UT" before an offset.
 * Region ids keep their case. Offsets are seconds east of UTC.
 */
#ifndef VONK_TYPE_TIMEZONE_H
#define VONK_TYPE_TIMEZONE_H

#include "base/arena.h"
#include "base/str.h"

struct vonk_timezone;

/* Never changes. */
extern const struct vonk_timezone vonk_timezone_utc;

/* False when there is no such zone. Memory on ARENA; may be shared by threads. */
bool vonk_timezone_load(struct vonk_arena *arena, struct vonk_str id, const struct vonk_timezone **out);
/* The same from the bytes of a compiled zone file. */
bool vonk_timezone_read(struct vonk_arena *arena, struct vonk_str id, struct vonk_str file, const struct vonk_timezone **out);
/* "Z", "+08:00", "UTC", "GMT-3": ids that are an offset; no zone file is read. */
bool vonk_timezone_parse_offset(struct vonk_str id, int32_t *offset);
/* The zone of the machine: TZ, else /etc/localtime, else UTC. */
struct vonk_str vonk_timezone_system_id(struct vonk_arena *arena);
/* The id it was loaded by. */
struct vonk_str vonk_timezone_id(const struct vonk_timezone *zone);
/* True when it has one offset for ever. */
bool vonk_timezone_is_fixed(const struct vonk_timezone *zone);

/* From..to (exclusive) in seconds since the epoch, UTC, where one offset holds: cache it over the rows of a batch. */
struct vonk_timezone_span {
  int64_t from, to;
  int32_t offset;
  bool daylight;
};
struct vonk_timezone_span vonk_timezone_span_at(const struct vonk_timezone *zone, int64_t utc_seconds);
int32_t vonk_timezone_offset(const struct vonk_timezone *zone, int64_t utc_seconds);

/* The same for local time: in an overlap the earlier instant; a local time in a gap moves forward by the gap's length
 * (java.time.ZonedDateTime.ofLocal). */
int32_t vonk_timezone_local_offset(const struct vonk_timezone *zone, int64_t local_seconds);

/* Micros; results past the ends of int64 stop there. */
int64_t vonk_timezone_to_local(const struct vonk_timezone *zone, int64_t utc_micros);
int64_t vonk_timezone_to_utc(const struct vonk_timezone *zone, int64_t local_micros);

/* The short name as Java gives it: today's name for standard or daylight time, also long ago: "PST", "CEST"; "+02:00" for
 * offsets. Lives as long as the zone. */
struct vonk_str vonk_timezone_name(const struct vonk_timezone *zone, bool daylight);

enum { VONK_TIMEZONE_OFFSET_TEXT_MAX = 16 };
/* "+02:00", "-00:30:15"; Z for 0 when ZULU. Returns the length. */
int vonk_timezone_format_offset(int32_t offset, bool zulu, char out[VONK_TIMEZONE_OFFSET_TEXT_MAX]);

#endif
