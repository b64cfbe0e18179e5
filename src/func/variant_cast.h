/* variant_cast.h: values out of variants, as Spark casts them, and which types go in and come out. */
#ifndef VONK_FUNC_VARIANT_CAST_H
#define VONK_FUNC_VARIANT_CAST_H

#include "text/variant.h"
#include "type/text.h"

/* VARIANT as TYPE, its memory on ARENA or the variant's; false when it does not convert. Timestamps are of ZONE. */
bool vonk_variant_cast(struct vonk_arena *arena, const struct vonk_timezone *zone, const struct vonk_variant *variant, const struct vonk_type *type,
                       struct vonk_value *out);
/* May a variant be cast to TYPE? */
bool vonk_variant_casts_to(const struct vonk_type *type);
/* May TYPE be put into a variant? Maps and structs only where OBJECTS are made (to_variant_object). */
bool vonk_variant_holds(const struct vonk_type *type, bool objects);

#endif
