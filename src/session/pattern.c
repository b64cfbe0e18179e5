/* pattern.c: see pattern.h. */
#include "session/pattern.h"

static char fold(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c; }

/* One alternative: only * is special. */
static bool matches(struct vonk_str pattern, struct vonk_str name) {
  size_t p = 0, n = 0, star = SIZE_MAX, resume = 0;
  while (n < name.size) {
    if (p < pattern.size && pattern.data[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size && fold(pattern.data[p]) == fold(name.data[n])) {
      p++;
      n++;
    } else if (star != SIZE_MAX) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size && pattern.data[p] == '*') p++;
  return p == pattern.size;
}

bool vonk_pattern_matches(struct vonk_str pattern, struct vonk_str name) {
  for (size_t from = 0;;) {
    size_t bar = vonk_str_find(pattern, STR("|"), from);
    size_t stop = bar == SIZE_MAX ? pattern.size : bar;
    if (matches(vonk_str_trim(vonk_str_slice(pattern, from, stop)), name)) return true;
    if (bar == SIZE_MAX) return false;
    from = bar + 1;
  }
}
