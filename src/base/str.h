/* str.h: borrowed byte strings (UTF-8 by convention, length counted, may hold NUL) and a growing string on an arena. */
#ifndef VONK_BASE_STR_H
#define VONK_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct vonk_arena;

/* A borrowed run of bytes; never owned, not NUL-terminated. {NULL, 0} means "absent" where a header says so. */
struct vonk_str {
  const char *data;
  size_t size;
};

#define STR(literal) ((struct vonk_str){"" literal, sizeof(literal) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).size, (s).data

static inline struct vonk_str vonk_str_of(const char *text) { return (struct vonk_str){text, text ? strlen(text) : 0}; }
static inline struct vonk_str vonk_str_make(const char *data, size_t size) { return (struct vonk_str){data, size}; }
static inline bool vonk_str_equal(struct vonk_str a, struct vonk_str b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}
/* Case is folded for ASCII letters only: names, keywords, conf values. */
bool vonk_str_equal_nocase(struct vonk_str a, struct vonk_str b);
/* Byte order; shorter first when one is a prefix. */
int vonk_str_compare(struct vonk_str a, struct vonk_str b);
bool vonk_str_starts_with(struct vonk_str text, struct vonk_str prefix);
bool vonk_str_ends_with(struct vonk_str text, struct vonk_str suffix);
bool vonk_str_starts_with_nocase(struct vonk_str text, struct vonk_str prefix);
/* Index of NEEDLE in TEXT at or after FROM, or SIZE_MAX. */
size_t vonk_str_find(struct vonk_str text, struct vonk_str needle, size_t from);
/* Without ASCII white space at both ends. */
struct vonk_str vonk_str_trim(struct vonk_str text);
static inline struct vonk_str vonk_str_slice(struct vonk_str s, size_t from, size_t to) {
  return (struct vonk_str){s.data + from, to - from};
}
uint64_t vonk_str_hash(struct vonk_str text);
/* ASCII lower case copy / plain copy on the arena (a NUL follows the bytes, so .data may go to C interfaces). */
struct vonk_str vonk_str_lower(struct vonk_arena *arena, struct vonk_str text);
struct vonk_str vonk_str_upper(struct vonk_arena *arena, struct vonk_str text);
struct vonk_str vonk_str_copy(struct vonk_arena *arena, struct vonk_str text);
__attribute__((format(printf, 2, 3))) struct vonk_str vonk_str_format(struct vonk_arena *arena, const char *format, ...);
struct vonk_str vonk_str_vformat(struct vonk_arena *arena, const char *format, va_list arguments);

/* Decimal digits with an optional sign; false unless the whole text is a number that fits. */
bool vonk_str_to_int64(struct vonk_str text, int64_t *out);
bool vonk_str_to_double(struct vonk_str text, double *out);
bool vonk_str_to_float(struct vonk_str text, float *out);

/* A growing string. Bytes live on the arena; text so far is {data, size}. Starts with vonk_text_init. */
struct vonk_text {
  struct vonk_arena *arena;
  char *data;
  size_t size;
  size_t capacity;
};
void vonk_text_init(struct vonk_text *text, struct vonk_arena *arena);
void vonk_text_add(struct vonk_text *text, struct vonk_str piece);
void vonk_text_add_char(struct vonk_text *text, char c);
__attribute__((format(printf, 2, 3))) void vonk_text_addf(struct vonk_text *text, const char *format, ...);
/* PATH as a URI: what may not stand in one is escaped, letters beyond ASCII stay; LOCAL_SCHEME goes before one that has no scheme. */
void vonk_text_add_uri(struct vonk_text *text, struct vonk_str path, struct vonk_str local_scheme);
static inline struct vonk_str vonk_text_str(const struct vonk_text *text) { return (struct vonk_str){text->data, text->size}; }

/* UTF-8. Validates per RFC 3629; counts code points (a malformed byte counts as one); decodes the code point at
 * *POSITION and advances (U+FFFD and one byte for malformed input); encodes into OUT (4 bytes), returning the length. */
bool vonk_utf8_valid(struct vonk_str text);
size_t vonk_utf8_count(struct vonk_str text);
uint32_t vonk_utf8_decode(struct vonk_str text, size_t *position);
size_t vonk_utf8_encode(uint32_t code_point, char out[4]);

#endif
