/* exception.h: which exception of Spark's a condition is: clients choose their own by its name. */
#ifndef VONK_SERVER_CONNECT_EXCEPTION_H
#define VONK_SERVER_CONNECT_EXCEPTION_H

#include "base/error.h"

/* "org.apache.spark.sql.AnalysisException". Constant text. */
const char *connect_exception_class(const struct vonk_error *error);
/* The same with those it extends, nearest first, as a JSON array of texts. */
struct vonk_str connect_exception_classes(struct vonk_arena *arena, const char *class_name);
/* The class NUMBER above CLASS_NAME, 0 itself; NULL behind the last. */
const char *connect_exception_ancestor(const char *class_name, uint32_t number);
/* FetchErrorDetailsResponse.Error as field NUMBER. */
void connect_exception_put(struct vonk_text *out, uint32_t number, const struct vonk_error *error, const char *class_name);

/* Some errors of Spark's are plain Java exceptions with a message alone: clients are not told a condition then. */
bool connect_exception_is_plain(const struct vonk_error *error);
struct vonk_str connect_exception_message(struct vonk_arena *arena, const struct vonk_error *error);

#endif
