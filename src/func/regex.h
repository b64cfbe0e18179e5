/* regex.h: Java's regular expressions (java.util.regex.Pattern) by PCRE2 with its JIT compiler.
 *
 * The pattern is translated where the two languages differ: \uXXXX, \0 octal, POSIX and java classes of \p{...}, nested
 * classes and intersections. Line ends are \n, \r and \r\n. Texts are UTF-8; malformed ones do not match.
 */
#ifndef VONK_FUNC_REGEX_H
#define VONK_FUNC_REGEX_H

#include "base/task.h"

struct vonk_regex;

enum { VONK_REGEX_GROUPS_MAX = 64 };

/* Byte offsets; from == SIZE_MAX: the group took no part. groups[0] is the match. */
struct vonk_regex_match {
  uint32_t group_count; /* with the match itself */
  struct {
    size_t from, to;
  } groups[VONK_REGEX_GROUPS_MAX];
};

/* *OUT is NULL when the pattern is not valid (no error is set). Free with vonk_regex_close. One worker each. */
STATUS vonk_regex_open(struct vonk_task *task, struct vonk_str pattern, struct vonk_regex **out);
void vonk_regex_close(struct vonk_regex *regex);
/* Groups in the pattern, without the match itself. */
uint32_t vonk_regex_group_count(const struct vonk_regex *regex);
/* The number of a named group, 0 when there is none. */
uint32_t vonk_regex_group_number(const struct vonk_regex *regex, struct vonk_str name);
/* The first match that starts at or behind byte FROM. */
STATUS vonk_regex_find(struct vonk_task *task, struct vonk_regex *regex, struct vonk_str text, size_t from, struct vonk_regex_match *match,
                       bool *found);
/* Is there one? The cheapest question. */
STATUS vonk_regex_test(struct vonk_task *task, struct vonk_regex *regex, struct vonk_str text, bool *found);
/* Where to look for the match behind MATCH: one character on after an empty one, SIZE_MAX at the end. */
size_t vonk_regex_next(struct vonk_str text, const struct vonk_regex_match *match);

/* PCRE2's text of a Java pattern. */
struct vonk_str vonk_regex_translate(struct vonk_arena *arena, struct vonk_str pattern);

#endif
