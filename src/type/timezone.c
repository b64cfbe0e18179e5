/* timezone.c: zone ids, zone files, and the rules behind the last transition of a file.
 *
 * A zone is a list of transitions (the instant, the offset from then on). Instants behind the last one follow the file's
 * footer, a POSIX TZ rule, evaluated per year. A fixed offset is a zone without transitions.
 */
#include "type/timezone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/status.h"
#include "type/calendar.h"

#ifndef VONK_ZONEINFO
#define VONK_ZONEINFO "/usr/share/zoneinfo"
#endif

enum {
  FILE_MAX = 1 << 20,
  ID_MAX = 100,
  TRANSITIONS_MAX = 10000,
  TYPES_MAX = 256,
  ABBREVIATIONS_MAX = 4096,
  OFFSET_MAX = 18 * 3600,
  DAY = 86400,
};

/* Far beyond all times; sums with offsets stay in 64 bits. */
#define INSTANT_MAX ((int64_t)1 << 60)

struct local_type {
  int32_t offset;
  bool daylight;
  struct vonk_str abbreviation;
};

/* When in a year a POSIX rule changes the clock: M (month, week, weekday), J (1..365, no leap day) or n (0..365). */
struct change {
  char kind;
  int month, week, weekday, day;
  int32_t time; /* seconds of local time */
};

struct vonk_timezone {
  struct vonk_str id;
  size_t transition_count;
  const int64_t *transitions;
  const uint8_t *indexes;  /* of types, from each transition on */
  const struct local_type *types;
  uint32_t first_type;     /* before the first transition */
  bool has_rule;           /* two changes a year behind the last transition */
  struct local_type standard, daylight;
  struct change to_daylight, to_standard;
};

static const struct local_type utc_types[] = {{0, false, {"UTC", 3}}};
const struct vonk_timezone vonk_timezone_utc = {.id = {"UTC", 3}, .types = utc_types};

/* --- POSIX TZ rules --- */

struct cursor {
  struct vonk_str text;
  size_t at;
  bool failed;
};

static char peek(const struct cursor *c) { return c->at < c->text.size ? c->text.data[c->at] : 0; }
static bool accept(struct cursor *c, char wanted) {
  if (peek(c) != wanted) return false;
  c->at++;
  return true;
}

static int read_number(struct cursor *c, int max) {
  int value = 0, digits = 0;
  while (peek(c) >= '0' && peek(c) <= '9' && digits < 4) {
    value = value * 10 + (peek(c) - '0');
    c->at++;
    digits++;
  }
  if (digits == 0 || value > max) c->failed = true;
  return value;
}

/* [+-]h[h[h]][:mm[:ss]] in seconds. */
static int32_t read_time(struct cursor *c) {
  int sign = accept(c, '-') ? -1 : 1;
  if (sign > 0) accept(c, '+');
  int32_t seconds = read_number(c, 167) * 3600;
  if (accept(c, ':')) seconds += read_number(c, 59) * 60;
  if (accept(c, ':')) seconds += read_number(c, 59);
  return sign * seconds;
}

/* Letters, or anything but '>' in angle brackets. */
static struct vonk_str read_name(struct cursor *c) {
  bool bracket = accept(c, '<');
  size_t start = c->at;
  while (c->at < c->text.size) {
    char p = peek(c);
    if (bracket ? p == '>' : !((p | 32) >= 'a' && (p | 32) <= 'z')) break;
    c->at++;
  }
  struct vonk_str name = vonk_str_slice(c->text, start, c->at);
  if (bracket && !accept(c, '>')) c->failed = true;
  if (name.size < 1) c->failed = true;
  return name;
}

static struct change read_change(struct cursor *c) {
  struct change change = {.kind = 'n', .time = 2 * 3600};
  if (accept(c, 'M')) {
    change.kind = 'M';
    change.month = read_number(c, 12);
    if (!accept(c, '.')) c->failed = true;
    change.week = read_number(c, 5);
    if (!accept(c, '.')) c->failed = true;
    change.weekday = read_number(c, 6);
    if (change.month < 1 || change.week < 1) c->failed = true;
  } else {
    if (accept(c, 'J')) change.kind = 'J';
    change.day = read_number(c, 365);
    if (change.kind == 'J' && change.day < 1) c->failed = true;
  }
  if (accept(c, '/')) change.time = read_time(c);
  return change;
}

/* "CET-1CEST,M3.5.0,M10.5.0/3": POSIX offsets count west. */
static bool read_rule(struct vonk_timezone *zone, struct vonk_str text) {
  struct cursor c = {.text = text};
  zone->standard = (struct local_type){.abbreviation = read_name(&c)};
  zone->standard.offset = -read_time(&c);
  if (c.at == text.size) return !c.failed;
  zone->daylight = (struct local_type){.abbreviation = read_name(&c), .daylight = true, .offset = zone->standard.offset + 3600};
  if (peek(&c) != ',') zone->daylight.offset = -read_time(&c);
  if (!accept(&c, ',')) return false;
  zone->to_daylight = read_change(&c);
  if (!accept(&c, ',')) return false;
  zone->to_standard = read_change(&c);
  zone->has_rule = !c.failed && c.at == text.size;
  return zone->has_rule;
}

/* Local seconds since the epoch of a change in YEAR, by the clock before it. */
static int64_t change_in_year(const struct change *change, int64_t year) {
  int64_t first = vonk_calendar_days(year, 1, 1), day;
  if (change->kind == 'M') {
    day = vonk_calendar_days(year, change->month, 1);
    int weekday = vonk_calendar_day_of_week(day) % 7; /* Sunday 0 */
    day += (change->weekday - weekday + 7) % 7 + 7 * (change->week - 1);
    int64_t end = vonk_calendar_days(year, change->month, 1) + vonk_calendar_month_length(year, change->month);
    while (day >= end) day -= 7;
  } else {
    day = first + change->day;
    if (change->kind == 'J') day -= !(vonk_calendar_is_leap(year) && change->day >= 60);
  }
  return day * DAY + change->time;
}

/* --- zone files --- */

/* Counts of a header, in the order of the file. */
struct counts {
  uint32_t is_utc, is_standard, leap, transition, type, character;
};

static bool read_header(struct vonk_bytes *bytes, uint8_t *version, struct counts *counts) {
  struct vonk_str magic = vonk_bytes_str(bytes, 4);
  if (!vonk_str_equal(magic, STR("TZif"))) return false;
  *version = vonk_bytes_u8(bytes);
  vonk_bytes_skip(bytes, 15);
  counts->is_utc = vonk_bytes_u32_big(bytes);
  counts->is_standard = vonk_bytes_u32_big(bytes);
  counts->leap = vonk_bytes_u32_big(bytes);
  counts->transition = vonk_bytes_u32_big(bytes);
  counts->type = vonk_bytes_u32_big(bytes);
  counts->character = vonk_bytes_u32_big(bytes);
  return !bytes->failed && counts->is_utc <= TYPES_MAX && counts->is_standard <= TYPES_MAX && counts->leap <= TRANSITIONS_MAX &&
         counts->transition <= TRANSITIONS_MAX && counts->type >= 1 && counts->type <= TYPES_MAX &&
         counts->character >= 1 && counts->character <= ABBREVIATIONS_MAX;
}

static void skip_block(struct vonk_bytes *bytes, const struct counts *n, size_t time_size) {
  vonk_bytes_skip(bytes, n->transition * (time_size + 1) + n->type * 6 + n->character + n->leap * (time_size + 4) +
                             n->is_standard + n->is_utc);
}

static bool read_types(struct vonk_arena *arena, struct vonk_timezone *zone, struct vonk_bytes *bytes, const struct counts *n) {
  struct vonk_bytes types = vonk_bytes_sub(bytes, n->type * 6);
  struct vonk_str names = vonk_str_copy(arena, vonk_bytes_str(bytes, n->character));
  if (bytes->failed) return false;
  struct local_type *list = ARENA_ARRAY(arena, struct local_type, n->type);
  for (uint32_t i = 0; i < n->type; i++) {
    list[i].offset = (int32_t)vonk_bytes_u32_big(&types);
    list[i].daylight = vonk_bytes_u8(&types) != 0;
    uint8_t name = vonk_bytes_u8(&types);
    if (list[i].offset < -2 * DAY || list[i].offset > 2 * DAY || name >= names.size) return false;
    list[i].abbreviation = vonk_str_make(names.data + name, strnlen(names.data + name, names.size - name));
  }
  zone->types = list;
  return true;
}

static bool read_block(struct vonk_arena *arena, struct vonk_timezone *zone, struct vonk_bytes *bytes, const struct counts *n) {
  int64_t *transitions = ARENA_ARRAY(arena, int64_t, n->transition);
  for (uint32_t i = 0; i < n->transition; i++) {
    transitions[i] = (int64_t)vonk_bytes_u64_big(bytes);
    if (i && transitions[i] <= transitions[i - 1]) return false;
    if (transitions[i] < -INSTANT_MAX || transitions[i] > INSTANT_MAX) return false;
  }
  const uint8_t *indexes = vonk_bytes_take(bytes, n->transition);
  if (bytes->failed) return false;
  for (uint32_t i = 0; i < n->transition; i++) {
    if (indexes[i] >= n->type) return false;
  }
  zone->transitions = transitions;
  zone->indexes = vonk_arena_copy(arena, indexes, n->transition);
  zone->transition_count = n->transition;
  if (!read_types(arena, zone, bytes, n)) return false;
  vonk_bytes_skip(bytes, n->leap * 12 + n->is_standard + n->is_utc);
  return !bytes->failed;
}

static bool read_zone(struct vonk_arena *arena, struct vonk_timezone *zone, struct vonk_str file) {
  struct vonk_bytes bytes = vonk_bytes_of(file.data, file.size);
  struct counts counts;
  uint8_t version;
  if (!read_header(&bytes, &version, &counts) || version < '2') return false;
  skip_block(&bytes, &counts, 4);
  if (!read_header(&bytes, &version, &counts) || !read_block(arena, zone, &bytes, &counts)) return false;
  struct vonk_str footer = vonk_bytes_str(&bytes, vonk_bytes_left(&bytes));
  if (footer.size < 2 || footer.data[0] != '\n') return false;
  size_t end = vonk_str_find(footer, STR("\n"), 1);
  if (end == SIZE_MAX) return false;
  footer = vonk_str_slice(footer, 1, end);
  return footer.size == 0 || read_rule(zone, vonk_str_copy(arena, footer));
}

bool vonk_timezone_read(struct vonk_arena *arena, struct vonk_str id, struct vonk_str file, const struct vonk_timezone **out) {
  struct vonk_timezone *zone = ARENA_NEW(arena, struct vonk_timezone);
  if (!read_zone(arena, zone, file)) return false;
  zone->id = vonk_str_copy(arena, id);
  *out = zone;
  return true;
}

static bool read_file(struct vonk_arena *arena, const char *path, struct vonk_str *out) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat info;
  bool good = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= FILE_MAX;
  size_t size = good ? (size_t)info.st_size : 0, got = 0;
  char *bytes = vonk_arena_alloc(arena, size);
  while (good && got < size) {
    ssize_t n = read(fd, bytes + got, size - got);
    if (n < 0 && errno == EINTR) continue;
    good = n > 0;
    if (good) got += (size_t)n;
  }
  close(fd);
  *out = vonk_str_make(bytes, size);
  return good;
}

/* --- ids --- */

static const struct {
  const char *name, *id;
} short_ids[] = {
    {"ACT", "Australia/Darwin"},     {"AET", "Australia/Sydney"},    {"AGT", "America/Argentina/Buenos_Aires"},
    {"ART", "Africa/Cairo"},         {"AST", "America/Anchorage"},   {"BET", "America/Sao_Paulo"},
    {"BST", "Asia/Dhaka"},           {"CAT", "Africa/Harare"},       {"CNT", "America/St_Johns"},
    {"CST", "America/Chicago"},      {"CTT", "Asia/Shanghai"},       {"EAT", "Africa/Addis_Ababa"},
    {"ECT", "Europe/Paris"},         {"EST", "-05:00"},              {"HST", "-10:00"},
    {"IET", "America/Indiana/Indianapolis"}, {"IST", "Asia/Kolkata"}, {"JST", "Asia/Tokyo"},
    {"MIT", "Pacific/Apia"},         {"MST", "-07:00"},              {"NET", "Asia/Yerevan"},
    {"NST", "Pacific/Auckland"},     {"PLT", "Asia/Karachi"},        {"PNT", "America/Phoenix"},
    {"PRT", "America/Puerto_Rico"},  {"PST", "America/Los_Angeles"}, {"SST", "Pacific/Guadalcanal"},
    {"VST", "Asia/Ho_Chi_Minh"},
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int two_digits(struct vonk_str text, size_t at) {
  if (at + 2 > text.size || !is_digit(text.data[at]) || !is_digit(text.data[at + 1])) return -1;
  return (text.data[at] - '0') * 10 + (text.data[at + 1] - '0');
}

/* +h, +hh, +h:mm, +hh:m, +hh:mm, +hhmm, +hh:mm:ss, +hhmmss; up to 18 hours. */
static bool parse_offset(struct vonk_str text, int32_t *out) {
  if (text.size < 2 || (text.data[0] != '+' && text.data[0] != '-')) return false;
  int sign = text.data[0] == '-' ? -1 : 1, hours, minutes = 0, seconds = 0;
  struct vonk_str rest;
  if (is_digit(text.data[1]) && (text.size == 2 || text.data[2] == ':')) {
    hours = text.data[1] - '0';
    rest = vonk_str_slice(text, 2, text.size);
  } else {
    hours = two_digits(text, 1);
    if (hours < 0) return false;
    rest = vonk_str_slice(text, 3, text.size);
  }
  if (rest.size == 2 && rest.data[0] == ':' && is_digit(rest.data[1])) {
    minutes = rest.data[1] - '0';
  } else if (rest.size) {
    size_t colon = rest.data[0] == ':';
    minutes = two_digits(rest, colon);
    rest = vonk_str_slice(rest, colon + 2 < rest.size ? colon + 2 : rest.size, rest.size);
    if (rest.size) {
      if ((rest.data[0] == ':') != (colon == 1)) return false;
      seconds = two_digits(rest, colon);
      if (rest.size != colon + 2) return false;
    }
  }
  if (minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return false;
  *out = sign * (hours * 3600 + minutes * 60 + seconds);
  return *out >= -OFFSET_MAX && *out <= OFFSET_MAX;
}

static const struct vonk_timezone *fixed_zone(struct vonk_arena *arena, struct vonk_str id, int32_t offset) {
  struct vonk_timezone *zone = ARENA_NEW(arena, struct vonk_timezone);
  struct local_type *type = ARENA_NEW(arena, struct local_type);
  char text[VONK_TIMEZONE_OFFSET_TEXT_MAX];
  int size = vonk_timezone_format_offset(offset, true, text);
  type->offset = offset;
  type->abbreviation = vonk_str_copy(arena, vonk_str_make(text, (size_t)size));
  zone->id = vonk_str_copy(arena, id);
  zone->types = type;
  return zone;
}

/* Letters, digits and ~/._+- behind a letter, no part "..": a name that stays inside the folder. */
static bool is_region(struct vonk_str id) {
  if (id.size < 2 || id.size > ID_MAX || !((id.data[0] | 32) >= 'a' && (id.data[0] | 32) <= 'z')) return false;
  for (size_t i = 0; i < id.size; i++) {
    char c = id.data[i];
    bool letter = ((c | 32) >= 'a' && (c | 32) <= 'z') || is_digit(c);
    if (!letter && !memchr("~/._+-", c, 6)) return false;
  }
  static const char *const refused[] = {"posix/", "right/", "localtime", "posixrules", "Factory"};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    if (vonk_str_starts_with(id, vonk_str_of(refused[i]))) return false;
  }
  return vonk_str_find(id, STR(".."), 0) == SIZE_MAX;
}

static bool load_region(struct vonk_arena *arena, struct vonk_str id, const struct vonk_timezone **out) {
  if (!is_region(id)) return false;
  char path[256];
  snprintf(path, sizeof path, "%s/" STR_FMT, VONK_ZONEINFO, STR_ARG(id));
  struct vonk_str file;
  if (!read_file(arena, path, &file)) return false;
  return vonk_timezone_read(arena, id, file, out);
}

bool vonk_timezone_parse_offset(struct vonk_str id, int32_t *offset) {
  static const char *const prefixes[] = {"UTC", "GMT", "UT"};
  *offset = 0;
  if (vonk_str_equal(id, STR("Z"))) return true;
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
    struct vonk_str prefix = vonk_str_of(prefixes[i]);
    if (!vonk_str_starts_with(id, prefix)) continue;
    struct vonk_str rest = vonk_str_slice(id, prefix.size, id.size);
    return rest.size == 0 || parse_offset(rest, offset);
  }
  return parse_offset(id, offset);
}

bool vonk_timezone_load(struct vonk_arena *arena, struct vonk_str id, const struct vonk_timezone **out) {
  int32_t offset;
  *out = NULL;
  for (size_t i = 0; i < sizeof short_ids / sizeof *short_ids; i++) {
    if (!vonk_str_equal(id, vonk_str_of(short_ids[i].name))) continue;
    id = vonk_str_of(short_ids[i].id);
    break;
  }
  if (vonk_str_equal(id, STR("UTC"))) {
    *out = &vonk_timezone_utc;
    return true;
  }
  if (!vonk_timezone_parse_offset(id, &offset)) return load_region(arena, id, out);
  *out = fixed_zone(arena, id, offset);
  return true;
}

struct vonk_str vonk_timezone_system_id(struct vonk_arena *arena) {
  const struct vonk_timezone *zone;
  const char *name = getenv("TZ");
  if (name && name[0] == ':') name++;
  if (name && name[0] && vonk_timezone_load(arena, vonk_str_of(name), &zone)) return vonk_str_copy(arena, vonk_str_of(name));
  char target[256];
  ssize_t size = readlink("/etc/localtime", target, sizeof target - 1);
  struct vonk_str path = vonk_str_make(target, size > 0 ? (size_t)size : 0);
  size_t at = vonk_str_find(path, STR("zoneinfo/"), 0);
  if (at != SIZE_MAX) {
    struct vonk_str id = vonk_str_slice(path, at + strlen("zoneinfo/"), path.size);
    if (vonk_timezone_load(arena, id, &zone)) return vonk_str_copy(arena, id);
  }
  return STR("UTC");
}

struct vonk_str vonk_timezone_id(const struct vonk_timezone *zone) { return zone->id; }
bool vonk_timezone_is_fixed(const struct vonk_timezone *zone) { return zone->transition_count == 0 && !zone->has_rule; }

/* --- offsets --- */

/* Transitions at or before SECONDS. */
static size_t transitions_until(const struct vonk_timezone *zone, int64_t seconds) {
  size_t low = 0, high = zone->transition_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (zone->transitions[middle] <= seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

static const struct local_type *type_before(const struct vonk_timezone *zone, size_t transition) {
  return &zone->types[transition == 0 ? zone->first_type : zone->indexes[transition - 1]];
}

static struct vonk_timezone_span span_of(int64_t from, int64_t to, const struct local_type *type) {
  return (struct vonk_timezone_span){from, to, type->offset, type->daylight};
}

/* The span of the rule around SECONDS, which no transition of the file follows. */
static struct vonk_timezone_span rule_span(const struct vonk_timezone *zone, int64_t seconds) {
  int64_t floor = zone->transition_count ? zone->transitions[zone->transition_count - 1] : INT64_MIN;
  int64_t year = vonk_calendar_date(vonk_calendar_floor_div(seconds + zone->standard.offset, DAY)).year;
  int64_t from = floor, to = INT64_MAX;
  const struct local_type *type = NULL;
  for (int64_t y = year - 1; y <= year + 1; y++) {
    int64_t starts = change_in_year(&zone->to_daylight, y) - zone->standard.offset;
    int64_t stops = change_in_year(&zone->to_standard, y) - zone->daylight.offset;
    if (starts <= seconds && starts >= from) from = starts, type = &zone->daylight;
    if (stops <= seconds && stops >= from) from = stops, type = &zone->standard;
    if (starts > seconds && starts < to) to = starts;
    if (stops > seconds && stops < to) to = stops;
  }
  /* Between the file's last transition and the first change of the rule the last type goes on. */
  if (!type) type = type_before(zone, zone->transition_count);
  return span_of(from, to, type);
}

struct vonk_timezone_span vonk_timezone_span_at(const struct vonk_timezone *zone, int64_t utc_seconds) {
  size_t before = transitions_until(zone, utc_seconds);
  if (before == zone->transition_count && zone->has_rule) return rule_span(zone, utc_seconds);
  return span_of(before ? zone->transitions[before - 1] : INT64_MIN,
                 before < zone->transition_count ? zone->transitions[before] : INT64_MAX, type_before(zone, before));
}

int32_t vonk_timezone_offset(const struct vonk_timezone *zone, int64_t utc_seconds) {
  return vonk_timezone_span_at(zone, utc_seconds).offset;
}

int32_t vonk_timezone_local_offset(const struct vonk_timezone *zone, int64_t local_seconds) {
  if (vonk_timezone_is_fixed(zone)) return zone->types[zone->first_type].offset;
  /* Offsets are within a day, so the span two days before is at most a few spans away. The first span whose end, on its
   * own clock, lies behind the local time is the one: it wins an overlap, and its offset is the one before a gap. */
  int64_t at = local_seconds > INT64_MIN / 2 ? local_seconds - 2 * DAY : local_seconds;
  for (;;) {
    struct vonk_timezone_span span = vonk_timezone_span_at(zone, at);
    if (span.to == INT64_MAX || local_seconds < span.to + span.offset) return span.offset;
    struct vonk_timezone_span next = vonk_timezone_span_at(zone, span.to);
    /* In a gap: behind the end on the old clock, before the start on the new one. */
    if (local_seconds < span.to + next.offset) return span.offset;
    at = span.to;
  }
}

static int64_t saturating_add(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? INT64_MAX : INT64_MIN;
}

int64_t vonk_timezone_to_local(const struct vonk_timezone *zone, int64_t utc_micros) {
  int64_t seconds = vonk_calendar_floor_div(utc_micros, VONK_MICROS_PER_SECOND);
  return saturating_add(utc_micros, vonk_timezone_offset(zone, seconds) * VONK_MICROS_PER_SECOND);
}

int64_t vonk_timezone_to_utc(const struct vonk_timezone *zone, int64_t local_micros) {
  int64_t seconds = vonk_calendar_floor_div(local_micros, VONK_MICROS_PER_SECOND);
  return saturating_add(local_micros, -vonk_timezone_local_offset(zone, seconds) * VONK_MICROS_PER_SECOND);
}

struct vonk_str vonk_timezone_name(const struct vonk_timezone *zone, bool daylight) {
  if (zone->has_rule) return daylight ? zone->daylight.abbreviation : zone->standard.abbreviation;
  for (size_t i = zone->transition_count; i > 0; i--) {
    const struct local_type *type = &zone->types[zone->indexes[i - 1]];
    if (type->daylight == daylight) return type->abbreviation;
  }
  return zone->types[zone->first_type].abbreviation;
}

int vonk_timezone_format_offset(int32_t offset, bool zulu, char out[VONK_TIMEZONE_OFFSET_TEXT_MAX]) {
  if (offset == 0 && zulu) {
    out[0] = 'Z';
    return 1;
  }
  int magnitude = abs(offset);
  int size = snprintf(out, VONK_TIMEZONE_OFFSET_TEXT_MAX, "%c%02d:%02d", offset < 0 ? '-' : '+', magnitude / 3600, magnitude / 60 % 60);
  if (magnitude % 60) size += snprintf(out + size, (size_t)(VONK_TIMEZONE_OFFSET_TEXT_MAX - size), ":%02d", magnitude % 60);
  return size;
}
