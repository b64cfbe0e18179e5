/* encode.h: types and values as Spark Connect's messages. What is written goes to a text that the caller wraps: these put the
 * fields of the message, without a header. */
#ifndef VONK_SERVER_CONNECT_ENCODE_H
#define VONK_SERVER_CONNECT_ENCODE_H

#include "base/str.h"

struct vonk_storage_level;         /* session/cache.h */
struct vonk_type;
struct vonk_value;

/* DataType. */
void vonk_connect_put_type(struct vonk_text *text, const struct vonk_type *type);
/* Expression.Literal; nested values say their types. */
void vonk_connect_put_literal(struct vonk_text *text, const struct vonk_value *value);
/* StorageLevel. */
void vonk_connect_put_storage_level(struct vonk_text *text, const struct vonk_storage_level *level);

/* SCHEMA as it stands before Arrow data: fields of a struct that share a name get a number behind it (a_0, a_1), since readers want names
 * to be unique. The columns themselves keep theirs; clients have the true names from the schema. */
const struct vonk_type *connect_arrow_schema(struct vonk_arena *arena, const struct vonk_type *schema);

#endif
