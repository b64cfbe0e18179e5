/* pattern.h: the patterns of SHOW: "a*|b*", any case; only the star is special. */
#ifndef VONK_SESSION_PATTERN_H
#define VONK_SESSION_PATTERN_H

#include "base/str.h"

bool vonk_pattern_matches(struct vonk_str pattern, struct vonk_str name);

#endif
