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

#endif
