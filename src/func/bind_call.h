/* bind_call.h: from a function's name and bound arguments to a typed expression: overload, casts, type, nullability. */
#ifndef VONK_FUNC_BIND_CALL_H
#define VONK_FUNC_BIND_CALL_H

#include "expr/cast.h"
#include "expr/function.h"
#include "func/lookup.h"

/* What is stamped into expressions. */
struct vonk_bind_options {
  bool ansi;
  bool case_sensitive;
  struct vonk_str time_zone;
  const void *conf;                  /* struct vonk_conf snapshot */
  STATUS (*parse_type)(struct vonk_task *task, struct vonk_str text, const struct vonk_type **out); /* struct vonk_bind_call */
  const struct vonk_origin *origin;  /* of the call */
  struct vonk_exprs within_group;    /* sort orders of an aggregate */
  int32_t nulls;                     /* of an aggregate: 0 unsaid, 1 RESPECT NULLS, 2 IGNORE NULLS */
};

/* OUT is a call (SCALAR, WINDOW, GENERATOR) or an aggregate, whose distinct, filter and order are the caller's to set. */
STATUS vonk_bind_function(struct vonk_task *task, const struct vonk_bind_options *options, const struct vonk_function *function,
                          const struct vonk_exprs *arguments, struct vonk_expr **out);
/* The function of that name, which must exist; COUNT bound expressions follow. For passes that build expressions. */
STATUS vonk_bind_named(struct vonk_task *task, const struct vonk_bind_options *options, struct vonk_expr **out, const char *name,
                       uint32_t count, ...);
/* CHILD as TYPE: CHILD itself when it has that type. DEFAULT mode becomes ANSI or LEGACY by the options. */
STATUS vonk_bind_cast(struct vonk_task *task, const struct vonk_bind_options *options, struct vonk_expr *child,
                      const struct vonk_type *type, enum vonk_cast_mode mode, bool implicit, struct vonk_expr **out);
/* For `bind` callbacks: argument INDEX becomes TYPE by an implicit cast. */
STATUS vonk_bind_coerce(struct vonk_bind_call *call, uint32_t index, const struct vonk_type *type);
/* For `bind` callbacks: raises DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE for argument INDEX. */
STATUS vonk_bind_unexpected(struct vonk_bind_call *call, uint32_t index, const char *required);
/* For `bind` callbacks: argument INDEX, or the elements of an array, must have an order; raises DATATYPE_MISMATCH.INVALID_ORDERING_TYPE. */
STATUS vonk_bind_orderable(struct vonk_bind_call *call, uint32_t index);
/* For `bind` callbacks that choose among several rows of one name: the call is one of FUNCTION from now on, with its defaults. */
void vonk_bind_use_function(struct vonk_bind_call *call, const struct vonk_function *function);
/* What is stamped into the expressions that a `bind` callback makes. */
struct vonk_bind_options vonk_bind_options_of(const struct vonk_bind_call *call);
/* For `bind` callbacks: OTHER stands for the call and reads like it in column names and messages. */
void vonk_bind_replace(struct vonk_bind_call *call, struct vonk_expr *other);
/* For `bind` callbacks: raises DATATYPE_MISMATCH.DATA_DIFF_TYPES for arguments of these TYPES. ALTERNATIVES: they are shown as
 * ("INT" or "DATE"), else as ["INT", "DATE"]: Spark does either. */
STATUS vonk_bind_diff_types(struct vonk_bind_call *call, const struct vonk_type *const *types, uint32_t count, bool alternatives);
/* "\"(a + 1)\"", "\"INT\"": expressions and types as Spark's messages quote them. */
struct vonk_str vonk_bind_quote_expr(struct vonk_arena *arena, const struct vonk_expr *expr);
struct vonk_str vonk_bind_quote_type(struct vonk_arena *arena, const struct vonk_type *type);

#endif
