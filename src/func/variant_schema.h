/* variant_schema.h: schemas of variants, as types: objects are structs, and VARIANT stands where several do not go together. */
#ifndef VONK_FUNC_VARIANT_SCHEMA_H
#define VONK_FUNC_VARIANT_SCHEMA_H

#include "type/variant.h"

/* On ARENA; names of fields are the variant's. NULL: the bytes are not valid. */
const struct vonk_type *vonk_variant_schema(struct vonk_arena *arena, const struct vonk_variant *variant);
/* What both A and B are. */
const struct vonk_type *vonk_variant_merge_types(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b);
/* As SQL writes it, but that structs are called OBJECT. */
void vonk_variant_add_schema(struct vonk_text *out, const struct vonk_type *type);

#endif
