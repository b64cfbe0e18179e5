/* variant.h: the binary form of VARIANT (Parquet's variant encoding, version 1): built from JSON and from values.
 *
 * A value is metadata (a dictionary of field names) and bytes that refer to it.
 */
#ifndef VONK_TEXT_VARIANT_H
#define VONK_TEXT_VARIANT_H

#include "text/json_tree.h"
#include "type/variant.h"

/* Memory on ARENA. False: an object has a field twice and DUPLICATES (the last counts) is not set; *NAME is that field. */
bool vonk_variant_from_json(struct vonk_arena *arena, const struct vonk_json_node *node, bool duplicates, struct vonk_variant *out, struct vonk_str *name);
/* Of any type but intervals, times and maps whose keys are no strings. False: a variant within is not valid, or all is too deep. */
bool vonk_variant_from_value(struct vonk_arena *arena, const struct vonk_value *value, struct vonk_variant *out);

#endif
