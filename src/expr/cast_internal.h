/* cast_internal.h: casts of single values. */
#ifndef VONK_EXPR_CAST_INTERNAL_H
#define VONK_EXPR_CAST_INTERNAL_H

#include "expr/expr.h"
#include "type/text.h"
#include "type/timezone.h"

struct vonk_caster {
  enum vonk_cast_mode mode;
  struct vonk_arena *arena;          /* of texts and items made */
  const struct vonk_timezone *zone;
  struct vonk_parse_context parse;
};

/* VALUE (not null) as TO; false when it does not convert. */
bool vonk_cast_value(struct vonk_caster *caster, const struct vonk_value *value, const struct vonk_type *to, struct vonk_value *out);
/* An integer in the range of TO; LEGACY wraps. */
bool vonk_cast_to_integer(vonk_int128 value, const struct vonk_type *to, enum vonk_cast_mode mode, vonk_int128 *out);

#endif
