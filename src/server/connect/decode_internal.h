/* decode_internal.h: what the decoders of relations, expressions, types and commands share.
 *
 * Each function has the field numbers of its message in an enum of its own. A message handed on is opened; whether its bytes
 * were good is looked at once, at the end (decoder.malformed).
 */
#ifndef VONK_SERVER_CONNECT_DECODE_INTERNAL_H
#define VONK_SERVER_CONNECT_DECODE_INTERNAL_H

#include "base/map.h"
#include "server/connect/decode.h"
#include "wire/protobuf.h"

struct decoder {
  const struct vonk_connect_decoder *options;
  struct vonk_task *task;
  struct vonk_arena *arena;
  const struct vonk_origin *origin; /* of the expression or relation around */
  struct vonk_buffer *memory;       /* of the message; NULL: not counted */
  struct vonk_map references;       /* plan id as text to struct reference: relations that subqueries name */
  uint32_t depth, type_depth;
  bool malformed;
};

/* --- decode.c --- */

/* Pairs around what recurses; a failure needs no leave. */
STATUS decode_enter(struct decoder *d);
static inline void decode_leave(struct decoder *d) { d->depth--; }
/* Takes the Origin in MESSAGE's field NUMBER (absent: none) for what follows; the old one goes to OLD, for the caller to put back. */
void decode_origin_at(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, const struct vonk_origin **old);

/* CONNECT_INVALID_PLAN.*: a oneof of MESSAGE ("Relation") that is not set, one whose member NAME (its FIELD) is beyond us, an enum. */
STATUS decode_fail_unset(struct decoder *d, const char *message, const char *name);
STATUS decode_fail_member(struct decoder *d, const char *message, const char *name, uint32_t field);
STATUS decode_fail_enum(struct decoder *d, const char *type, const char *name, int32_t number);
/* CONNECT_INVALID_PLAN.ASSERTION_FAILURE. */
STATUS decode_fail_assertion(struct decoder *d, const char *message);
/* A condition without parameters. */
STATUS decode_fail(struct decoder *d, enum vonk_condition condition);
/* CONNECT_INVALID_PLAN.NO_HANDLER_FOR_EXTENSION: MESSAGE is a google.protobuf.Any. */
STATUS decode_fail_extension(struct decoder *d, const struct vonk_protobuf *message);

/* A member of a oneof, at the start of the rows of a table. */
struct member {
  uint32_t number;
  const char *name;                 /* in messages */
};
/* The row of the last member that MESSAGE has among COUNT ROWS of SIZE bytes; NULL when it has none. */
const void *decode_member(const struct vonk_protobuf *message, const void *rows, size_t size, size_t count);
#define DECODE_MEMBER(message, rows) decode_member((message), (rows), sizeof (rows)[0], COUNT_OF(rows))

/* Repeated strings; a map<string, string>, the last of equal keys. */
struct vonk_name decode_names(struct decoder *d, const struct vonk_protobuf *message, uint32_t number);
struct vonk_options decode_options(struct decoder *d, const struct vonk_protobuf *message, uint32_t number);
/* "a.`b.c`" as UnresolvedAttribute reads it: any text but unpaired backquotes and empty parts is a name. */
STATUS decode_attribute_name(struct decoder *d, struct vonk_str text, struct vonk_name *out);
/* The artifact cache/HASH; raises MISSING, which takes its hash and perhaps the sessionUUID, when there is none. */
STATUS decode_cached_bytes(struct decoder *d, struct vonk_str hash, enum vonk_condition missing, struct vonk_str *out, struct vonk_buffer **memory);

/* --- types and literals --- */

STATUS decode_type(struct decoder *d, const struct vonk_protobuf *message, const struct vonk_type **out);
STATUS decode_type_at(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, const struct vonk_type **out);
/* INVALID_SCHEMA_TYPE_NON_STRUCT. */
STATUS decode_check_struct(struct decoder *d, const struct vonk_type *type);
/* Metadata of a column as the engine keeps it: JSON, empty when there is none. */
STATUS decode_metadata(struct decoder *d, struct vonk_str json, struct vonk_str *out);
STATUS decode_value(struct decoder *d, const struct vonk_protobuf *message, struct vonk_value *out);

/* --- expressions --- */

STATUS decode_expression(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out);
STATUS decode_expression_at(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_expr **out);
/* NULL when absent. */
STATUS decode_optional_expression(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_expr **out);
STATUS decode_expressions(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_exprs *out);
/* Repeated SortOrder, Literal and Alias messages as expressions. */
STATUS decode_sort_orders(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_exprs *out);
STATUS decode_literals(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_exprs *out);
STATUS decode_alias(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out);
STATUS decode_window(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out);
STATUS decode_subquery(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out);
struct vonk_expr *decode_constant(struct decoder *d, struct vonk_value value);
/* A function of that name, without arguments yet. */
struct vonk_expr_function *decode_function_of(struct decoder *d, struct vonk_str name);

/* A CommonInlineUserDefinedFunction in Python; others are refused. */
STATUS decode_user_function(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out);

/* --- relations and commands --- */

STATUS decode_relation(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out);
/* Of the member that is set: "READ". */
const char *decode_relation_name(const struct vonk_protobuf *message);
STATUS decode_input(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_relation **out);
/* SQL text and its arguments: the SQL message, and SqlCommand's old fields, which have the same numbers. */
STATUS decode_sql(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out);
STATUS decode_command(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out);

/* One kind of Relation: the message inside to a node. */
typedef STATUS decode_relation_kind(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out);
decode_relation_kind decode_read, decode_local_relation, decode_cached_local_relation, decode_chunked_cached_local_relation;
decode_relation_kind decode_join, decode_lateral_join, decode_as_of_join, decode_nearest_by_join, decode_set_operation;
decode_relation_kind decode_aggregate, decode_with_relations, decode_table_function;
decode_relation_kind decode_fill_na, decode_drop_na, decode_replace, decode_summary, decode_describe, decode_crosstab, decode_covariance,
    decode_correlation, decode_approx_quantile, decode_freq_items, decode_sample_by;
decode_relation_kind decode_map_partitions, decode_group_map, decode_co_group_map;
decode_relation_kind decode_catalog;

/* A relation that subqueries name by its plan id; decoded when the first of them does. */
struct reference {
  struct vonk_str message;
  struct vonk_relation *relation;
  bool open;                        /* being decoded: a reference to itself */
};

#endif
