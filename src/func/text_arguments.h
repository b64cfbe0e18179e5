/* text_arguments.h: arguments of functions that read and write records as text: a schema, and a map of options; for `bind` callbacks. */
#ifndef VONK_FUNC_TEXT_ARGUMENTS_H
#define VONK_FUNC_TEXT_ARGUMENTS_H

#include "expr/function.h"
#include "text/options.h"

/* The options of argument INDEX, none when there are not so many arguments. Raises INVALID_OPTIONS for what is not a map of strings. */
STATUS vonk_bind_text_options(struct vonk_bind_call *call, uint32_t index, struct vonk_text_options *out);
/* What the session says. */
STATUS vonk_bind_text_defaults(struct vonk_bind_call *call, struct vonk_text_defaults *out);
/* JSON options out of argument 1 and the session, for the call's data. */
STATUS vonk_bind_json_options(struct vonk_bind_call *call);
/* The type that argument INDEX says, as it is read: everything may be null. Raises INVALID_SCHEMA for what is not a constant text. */
STATUS vonk_bind_schema_argument(struct vonk_bind_call *call, uint32_t index, const struct vonk_type **out);
/* The mode of OPTIONS must not drop rows; the column of malformed records must be a STRING. */
STATUS vonk_bind_check_mode(struct vonk_bind_call *call, enum vonk_text_mode mode);
STATUS vonk_bind_check_corrupt(struct vonk_bind_call *call, const struct vonk_type *schema, struct vonk_str corrupt_name);
/* Argument 0 of a schema_of_ function must be a constant, called NAME in messages, and not null. */
STATUS vonk_bind_example(struct vonk_bind_call *call, const char *name);

#endif
