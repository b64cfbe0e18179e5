/* json_infer.h: the schema that JSON texts have, as schema_of_json and the JSON source find it. */
#ifndef VONK_TEXT_JSON_INFER_H
#define VONK_TEXT_JSON_INFER_H

#include "text/json_options.h"
#include "type/type.h"

struct vonk_json_inference;

STATUS vonk_json_inference_create(struct vonk_task *task, const struct vonk_json_options *options, struct vonk_json_inference **out);
/* Takes NULL. */
void vonk_json_inference_destroy(struct vonk_json_inference *inference);
/* The type of one value, VOID where nothing is known yet; fields are sorted by name. On ARENA. NULL when TEXT is not JSON; blanks alone are VOID. */
const struct vonk_type *vonk_json_infer(struct vonk_json_inference *inference, struct vonk_arena *arena, struct vonk_str text);
/* The type that holds values of both. On ARENA or one of them. */
const struct vonk_type *vonk_json_infer_merge(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b);
/* What is still VOID becomes STRING (or goes, by dropFieldIfAllNull), empty structs and fields without a name go. NULL: nothing is left. */
const struct vonk_type *vonk_json_infer_finish(const struct vonk_json_options *options, struct vonk_arena *arena, const struct vonk_type *type);
/* The schema of records that are TYPE (merged, or NULL for none): a STRUCT. MALFORMED: some records were not JSON objects, so with PERMISSIVE a
 * column takes their text. */
const struct vonk_type *vonk_json_infer_schema(const struct vonk_json_options *options, struct vonk_arena *arena, const struct vonk_type *type, bool malformed);

#endif
