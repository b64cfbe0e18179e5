/* rewrite.h: pieces of unresolved plans, for relations that stand for others.
 *
 * Most kinds of DataFrames are said in simpler ones: their input is bound, then a projection, an aggregate or a filter over it
 * is made and bound in its place (bind_rewritten). Columns of the input stand in it as bound references.
 */
#ifndef VONK_BIND_REWRITE_H
#define VONK_BIND_REWRITE_H

#include "bind/binder_internal.h"

struct make_exprs {
  struct vonk_expr **items;
  size_t count, capacity;
};
static inline struct vonk_exprs make_list(const struct make_exprs *list) { return (struct vonk_exprs){list->items, (uint32_t)list->count}; }

/* NAME(...) over COUNT expressions. */
#define make_call(b, name, ...) make_call_of((b), (name), sizeof((struct vonk_expr *[]){__VA_ARGS__}) / sizeof(struct vonk_expr *), (struct vonk_expr *[]){__VA_ARGS__})
struct vonk_expr *make_call_of(struct binder *b, const char *name, size_t count, struct vonk_expr *const *arguments);
struct vonk_expr *make_call_list(struct binder *b, const char *name, struct vonk_exprs arguments);
struct vonk_expr *make_alias(struct binder *b, struct vonk_expr *child, struct vonk_str name);
struct vonk_expr *make_text(struct binder *b, struct vonk_str text);
struct vonk_expr *make_int(struct binder *b, int64_t value);
struct vonk_expr *make_double(struct binder *b, double value);
struct vonk_expr *make_null(struct binder *b, const struct vonk_type *type);
struct vonk_expr *make_cast(struct binder *b, struct vonk_expr *child, const struct vonk_type *type);
/* A name of one part, as it stands. */
struct vonk_expr *make_name(struct binder *b, struct vonk_str name);
struct vonk_expr *make_lambda(struct binder *b, struct vonk_str parameter, struct vonk_expr *body);
struct vonk_expr *make_sort_order(struct binder *b, struct vonk_expr *child, bool descending);

struct vonk_relation *make_project(struct binder *b, struct vonk_relation *input, struct vonk_exprs expressions, const struct vonk_origin *origin);
/* GROUP BY keys: the keys and then EXPRESSIONS. */
struct vonk_relation *make_aggregate(struct binder *b, struct vonk_relation *input, struct vonk_exprs keys, struct vonk_exprs expressions, const struct vonk_origin *origin);
struct vonk_relation *make_filter(struct binder *b, struct vonk_relation *input, struct vonk_expr *condition, const struct vonk_origin *origin);
/* A bound relation of constant rows: CELLS row by row, COLUMNS without ids. */
struct vonk_relation *make_rows(struct binder *b, const struct vonk_value *cells, uint32_t row_count, struct vonk_plan_column *columns, uint32_t column_count,
                                const struct vonk_origin *origin);
/* Runs a bound RELATION; UNSUPPORTED where queries cannot be run. */
STATUS bind_run(struct binder *b, struct vonk_relation *relation, uint32_t row_limit, struct vonk_bind_rows *out);
/* relation/to_schema.c: COLUMN with the fields of its structs as TYPE has them: in its order, NULL where there are none. */
STATUS bind_fit_fields(struct binder *b, const struct vonk_plan_column *column, const struct vonk_type *type, const struct vonk_origin *origin, struct vonk_expr **out);
/* The input of a DataFrame relation, hidden columns left out. */
STATUS bind_input(struct binder *b, struct vonk_relation *input, const struct bind_scope *outer, struct vonk_relation **out);
/* NAME as a program writes it, with dots and backquotes: an attribute. */
STATUS make_program_name(struct binder *b, struct vonk_str name, const struct vonk_origin *origin, struct vonk_expr **out);
/* The column that NAME (as a program writes it, with dots and backquotes) means; raises UNRESOLVED_COLUMN. */
STATUS bind_named_column(struct binder *b, const struct vonk_relation *input, struct vonk_str name, const struct vonk_origin *origin, struct vonk_expr **out);

#endif
