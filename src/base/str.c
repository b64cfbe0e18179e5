/* str.c: comparisons, copies and numbers of byte strings. */
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/status.h"

static inline char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static inline char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 32) : c; }
static inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool vonk_str_equal_nocase(struct vonk_str a, struct vonk_str b) {
  if (a.size != b.size) return false;
  for (size_t i = 0; i < a.size; i++) {
    if (lower(a.data[i]) != lower(b.data[i])) return false;
  }
  return true;
}

int vonk_str_compare(struct vonk_str a, struct vonk_str b) {
  size_t common = a.size < b.size ? a.size : b.size;
  int order = common ? memcmp(a.data, b.data, common) : 0;
  return order ? order : a.size < b.size ? -1 : a.size > b.size;
}

bool vonk_str_starts_with(struct vonk_str text, struct vonk_str prefix) {
  return text.size >= prefix.size && vonk_str_equal(vonk_str_make(text.data, prefix.size), prefix);
}

bool vonk_str_ends_with(struct vonk_str text, struct vonk_str suffix) {
  return text.size >= suffix.size && vonk_str_equal(vonk_str_slice(text, text.size - suffix.size, text.size), suffix);
}

bool vonk_str_starts_with_nocase(struct vonk_str text, struct vonk_str prefix) {
  return text.size >= prefix.size && vonk_str_equal_nocase(vonk_str_make(text.data, prefix.size), prefix);
}

size_t vonk_str_find(struct vonk_str text, struct vonk_str needle, size_t from) {
  if (from > text.size || needle.size > text.size - from) return SIZE_MAX;
  if (needle.size == 0) return from;
  const char *hit = memmem(text.data + from, text.size - from, needle.data, needle.size);
  return hit ? (size_t)(hit - text.data) : SIZE_MAX;
}

struct vonk_str vonk_str_trim(struct vonk_str text) {
  while (text.size && is_space(text.data[text.size - 1])) text.size--;
  while (text.size && is_space(text.data[0])) {
    text.data++;
    text.size--;
  }
  return text;
}

static inline uint64_t mix(uint64_t a, uint64_t b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t vonk_str_hash(struct vonk_str text) {
  const char *p = text.data;
  size_t left = text.size;
  uint64_t hash = 0x9e3779b97f4a7c15u ^ text.size, word = 0;
  for (; left >= 8; p += 8, left -= 8) {
    memcpy(&word, p, 8);
    hash = mix(hash ^ word, 0xd6e8feb86659fd93u);
  }
  word = 0;
  if (left) memcpy(&word, p, left);
  return mix(hash ^ word ^ 0xa0761d6478bd642fu, 0xe7037ed1a0b428dbu);
}

struct vonk_str vonk_str_copy(struct vonk_arena *arena, struct vonk_str text) {
  char *bytes = vonk_arena_alloc(arena, text.size + 1);
  if (text.size) memcpy(bytes, text.data, text.size);
  return (struct vonk_str){bytes, text.size};
}

struct vonk_str vonk_str_lower(struct vonk_arena *arena, struct vonk_str text) {
  char *bytes = vonk_arena_alloc(arena, text.size + 1);
  for (size_t i = 0; i < text.size; i++) bytes[i] = lower(text.data[i]);
  return (struct vonk_str){bytes, text.size};
}

struct vonk_str vonk_str_upper(struct vonk_arena *arena, struct vonk_str text) {
  char *bytes = vonk_arena_alloc(arena, text.size + 1);
  for (size_t i = 0; i < text.size; i++) bytes[i] = upper(text.data[i]);
  return (struct vonk_str){bytes, text.size};
}

struct vonk_str vonk_str_vformat(struct vonk_arena *arena, const char *format, va_list arguments) {
  char room[256];
  va_list again;
  va_copy(again, arguments);
  int size = vsnprintf(room, sizeof room, format, arguments);
  ASSERT(size >= 0);
  char *bytes = vonk_arena_alloc(arena, (size_t)size + 1);
  if ((size_t)size < sizeof room) {
    memcpy(bytes, room, (size_t)size);
  } else {
    vsnprintf(bytes, (size_t)size + 1, format, again);
  }
  va_end(again);
  return (struct vonk_str){bytes, (size_t)size};
}

struct vonk_str vonk_str_format(struct vonk_arena *arena, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  struct vonk_str text = vonk_str_vformat(arena, format, arguments);
  va_end(arguments);
  return text;
}

bool vonk_str_to_int64(struct vonk_str text, int64_t *out) {
  size_t i = text.size && (text.data[0] == '-' || text.data[0] == '+');
  bool negative = i && text.data[0] == '-';
  if (i == text.size) return false;
  int64_t value = 0; /* counts downwards: the negative side holds one more */
  for (; i < text.size; i++) {
    unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
    if (digit > 9) return false;
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, (int64_t)digit, &value)) return false;
  }
  if (!negative && value == INT64_MIN) return false;
  *out = negative ? value : -value;
  return true;
}

/* MANTISSA * 10^EXPONENT is exact in one operation when both factors are exact doubles (Clinger 1990). */
static bool exact_double(uint64_t mantissa, int exponent, double *out) {
  static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (mantissa > (uint64_t)1 << 53 || exponent < -22 || exponent > 22) return false;
  *out = exponent < 0 ? (double)mantissa / powers[-exponent] : (double)mantissa * powers[exponent];
  return true;
}

/* For strtod and strtof, which want a NUL. ROOM has 128 bytes. */
static char *with_nul(struct vonk_str text, char *room) {
  char *copy = text.size < 128 ? room : malloc(text.size + 1);
  ASSERT(copy != NULL);
  memcpy(copy, text.data, text.size);
  copy[text.size] = 0;
  return copy;
}

static bool slow_double(struct vonk_str text, double *out) {
  char room[128], *copy = with_nul(text, room), *end;
  *out = strtod(copy, &end);
  bool whole = end == copy + text.size;
  if (copy != room) free(copy);
  return whole;
}

bool vonk_str_to_double(struct vonk_str text, double *out) {
  size_t i = text.size && (text.data[0] == '-' || text.data[0] == '+');
  bool negative = i && text.data[0] == '-';
  uint64_t mantissa = 0;
  int exponent = 0, digits = 0, significant = 0;
  for (bool point = false; i < text.size; i++) {
    char c = text.data[i];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    digits++;
    if (significant || c != '0') significant++;
    if (significant <= 19) mantissa = mantissa * 10 + (uint64_t)(c - '0');
    exponent -= point;
  }
  if (digits == 0) return false;
  if (i < text.size && (text.data[i] | 32) == 'e') {
    int64_t written;
    if (!vonk_str_to_int64(vonk_str_slice(text, i + 1, text.size), &written)) {
      /* The exponent may be longer than any int: digits are all that is asked of it. */
      size_t j = i + 1 + (i + 1 < text.size && (text.data[i + 1] == '-' || text.data[i + 1] == '+'));
      if (j == text.size) return false;
      for (; j < text.size; j++) {
        if (text.data[j] < '0' || text.data[j] > '9') return false;
      }
      return slow_double(text, out);
    }
    exponent = written > 100000 ? 100000 : written < -100000 ? -100000 : exponent + (int)written;
    i = text.size;
  }
  if (i != text.size) return false;
  if (significant > 19 || !exact_double(mantissa, exponent, out)) return slow_double(text, out);
  if (negative) *out = -*out;
  return true;
}

bool vonk_str_to_float(struct vonk_str text, float *out) {
  double wide;
  if (!vonk_str_to_double(text, &wide)) return false;
  /* Not the double rounded again: that would round twice. */
  char room[128], *copy = with_nul(text, room);
  *out = strtof(copy, NULL);
  if (copy != room) free(copy);
  return true;
}

void vonk_text_init(struct vonk_text *text, struct vonk_arena *arena) { *text = (struct vonk_text){.arena = arena}; }

static void text_reserve(struct vonk_text *text, size_t more) {
  if (text->capacity - text->size >= more) return;
  size_t capacity = text->capacity < 32 ? 64 : text->capacity * 2;
  while (capacity - text->size < more) capacity *= 2;
  char *bigger = vonk_arena_alloc(text->arena, capacity);
  if (text->size) memcpy(bigger, text->data, text->size);
  text->data = bigger;
  text->capacity = capacity;
}

void vonk_text_add(struct vonk_text *text, struct vonk_str piece) {
  if (piece.size == 0) return;
  text_reserve(text, piece.size);
  memcpy(text->data + text->size, piece.data, piece.size);
  text->size += piece.size;
}

void vonk_text_add_char(struct vonk_text *text, char c) {
  text_reserve(text, 1);
  text->data[text->size++] = c;
}

void vonk_text_addf(struct vonk_text *text, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  text_reserve(text, 32);
  size_t room = text->capacity - text->size;
  int size = vsnprintf(text->data + text->size, room, format, arguments);
  ASSERT(size >= 0);
  if ((size_t)size >= room) {
    text_reserve(text, (size_t)size + 1);
    vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
  }
  text->size += (size_t)size;
  va_end(again);
  va_end(arguments);
}

void vonk_text_add_uri(struct vonk_text *text, struct vonk_str path, struct vonk_str local_scheme) {
  static const char plain[] = "-_.!~*'()/;:@&=+$,";
  size_t scheme = vonk_str_find(path, STR("://"), 0);
  if (scheme == SIZE_MAX || scheme == 0 || memchr(path.data, '/', scheme)) vonk_text_add(text, local_scheme);
  for (size_t i = 0; i < path.size; i++) {
    unsigned char c = (unsigned char)path.data[i];
    bool stays = c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr(plain, c));
    if (stays) vonk_text_add_char(text, (char)c);
    else vonk_text_addf(text, "%%%02X", c);
  }
}
