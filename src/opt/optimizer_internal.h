/* optimizer_internal.h: what rules share: walking and building plans, sets of column ids, expressions.
 *
 * Nodes are never changed: helpers that "change" one give a copy. A rule sees each body of shared relations once
 * (opt_rewrite keeps the answers by body), so all readers keep reading one body.
 */
#ifndef VONK_OPT_OPTIMIZER_INTERNAL_H
#define VONK_OPT_OPTIMIZER_INTERNAL_H

#include "base/map.h"
#include "opt/optimizer.h"

struct opt {
  struct vonk_task *task;
  struct vonk_arena *arena;
  const struct vonk_conf *conf;
  uint64_t next_id;                 /* the last column, mark or shared id in use */
  struct vonk_map bodies;           /* of the running rule: body -> its rewriting */
  struct opt_column_stats *stats;   /* by column id (statistics.h) */
  size_t stats_count;
};

enum { OPT_IDS_MAX = 1 << 24 };

/* --- plan.c: relations --- */
uint64_t opt_new_id(struct opt *o);
/* The direct inputs of RELATION as an array in place; a shared relation's body is not among them. */
struct vonk_relation **opt_inputs(struct vonk_relation *relation, uint32_t *count);
/* A copy of RELATION with other inputs (as many); columns that only pass through are taken from them. */
struct vonk_relation *opt_with_inputs(struct opt *o, struct vonk_relation *relation, struct vonk_relation *const *inputs);

typedef STATUS opt_rewriter(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out);
/* Bottom up: the inputs first, then FN on what results. Bodies of shared relations too, once each. */
STATUS opt_rewrite(struct opt *o, struct vonk_relation *in, opt_rewriter *fn, void *object, struct vonk_relation **out);
/* FN on each input of IN (and a shared body, once): IN itself when nothing changed. */
STATUS opt_rewrite_inputs(struct opt *o, struct vonk_relation *in, opt_rewriter *fn, void *object, struct vonk_relation **out);

typedef STATUS opt_expr_rewriter(struct opt *o, void *object, struct vonk_expr *in, struct vonk_expr **out);
/* FN on each expression that stands directly in RELATION; a copy when one changed. */
STATUS opt_map_exprs(struct opt *o, struct vonk_relation *in, opt_expr_rewriter *fn, void *object, struct vonk_relation **out);
typedef void opt_expr_visitor(void *object, struct vonk_expr *expr);
void opt_each_expr(const struct vonk_relation *relation, opt_expr_visitor *visit, void *object);

/* Sets the columns of a relation that passes its input's through (select, order, join_on, window_of, ...). */
void opt_take_columns(struct opt *o, struct vonk_relation *relation);
const struct vonk_plan_column *opt_column(const struct vonk_relation *relation, uint64_t id);

/* New relations. Conjuncts of none give INPUT itself. */
struct vonk_relation *opt_select(struct opt *o, struct vonk_relation *input, struct vonk_exprs conjuncts);
struct vonk_relation *opt_project(struct opt *o, struct vonk_relation *input, const struct vonk_plan_column *columns, struct vonk_exprs exprs);
/* The columns of INPUT as they are named in COLUMNS, in that order: INPUT itself when it has just these. */
struct vonk_relation *opt_project_columns(struct opt *o, struct vonk_relation *input, const struct vonk_plan_column *columns, uint32_t count);
/* No rows with the columns of LIKE. */
struct vonk_relation *opt_no_rows(struct opt *o, const struct vonk_relation *like);
struct vonk_relation_join_on *opt_join(struct opt *o, struct vonk_relation *left, struct vonk_relation *right, enum vonk_join_type type);
struct vonk_relation *opt_group(struct opt *o, struct vonk_relation *input, struct vonk_exprs keys, struct vonk_exprs aggregates,
                                const struct vonk_plan_column *columns);
/* A deep copy of a plan with new ids for all its columns; TO[i] is the new id of column i of the root. */
struct vonk_relation *opt_copy_plan(struct opt *o, const struct vonk_relation *relation);
/* What a reader of a shared result reads, in its own copy under the reader's column ids. */
struct vonk_relation *opt_inline_shared(struct opt *o, const struct vonk_relation_shared *shared);
/* One reader of BODY with COLUMNS (as many as the body's). */
struct vonk_relation *opt_shared(struct opt *o, struct vonk_relation *body, uint64_t shared_id, const struct vonk_plan_column *columns);
/* No more than this many rows for certain; UINT64_MAX when nothing is known. */
uint64_t opt_max_rows(const struct vonk_relation *relation);

/* --- id_set.c: sets of column ids --- */
struct opt_set {
  uint64_t *words;
  size_t word_count;
};
void opt_set_add(struct opt *o, struct opt_set *set, uint64_t id);
void opt_set_add_set(struct opt *o, struct opt_set *set, struct opt_set other);
void opt_set_add_columns(struct opt *o, struct opt_set *set, const struct vonk_relation *relation);
/* References of EXPR, outer ones and those of subplans included. */
void opt_set_add_expr(struct opt *o, struct opt_set *set, const struct vonk_expr *expr);
bool opt_set_has(struct opt_set set, uint64_t id);
bool opt_set_is_empty(struct opt_set set);
bool opt_set_intersects(struct opt_set a, struct opt_set b);
bool opt_set_includes(struct opt_set a, struct opt_set b);
struct opt_set opt_set_of_columns(struct opt *o, const struct vonk_relation *relation);
struct opt_set opt_set_of_expr(struct opt *o, const struct vonk_expr *expr);

/* --- expression.c --- */
typedef ARRAY_OF(struct vonk_expr *) opt_expr_list;
struct vonk_exprs opt_exprs_of(const opt_expr_list *list);
void opt_add_all(struct opt *o, opt_expr_list *list, struct vonk_exprs exprs);
/* Is EXPR a call of the function NAME? */
bool opt_is_call(const struct vonk_expr *expr, const char *name);
/* The Nth argument of a call. */
struct vonk_expr *opt_argument(const struct vonk_expr *expr, uint32_t n);
/* A call of a function that is known to be there, whose result has TYPE. */
struct vonk_expr *opt_call(struct opt *o, const char *name, const struct vonk_type *type, bool nullable, uint32_t count, ...);
struct vonk_expr *opt_call_list(struct opt *o, const char *name, struct vonk_exprs arguments);
/* The same call with other arguments. */
struct vonk_expr *opt_with_arguments(struct opt *o, const struct vonk_expr *expr, struct vonk_exprs arguments);
struct vonk_expr *opt_not(struct opt *o, struct vonk_expr *expr);
/* All of CONJUNCTS joined by AND; TRUE for none. */
struct vonk_expr *opt_and(struct opt *o, struct vonk_exprs conjuncts);
struct vonk_expr *opt_or(struct opt *o, struct vonk_exprs disjuncts);
struct vonk_expr *opt_bool(struct opt *o, bool value);
struct vonk_expr *opt_null(struct opt *o, const struct vonk_type *type);
struct vonk_expr *opt_long(struct opt *o, int64_t value, const struct vonk_type *type);
bool opt_is_true(const struct vonk_expr *expr);
bool opt_is_false_or_null(const struct vonk_expr *expr);
struct vonk_expr *opt_reference(struct opt *o, const struct vonk_plan_column *column);
struct vonk_plan_column opt_new_column(struct opt *o, struct vonk_str name, const struct vonk_expr *expr);
/* May EXPR be computed for other rows, earlier or later, than where it stands? */
bool opt_is_movable(const struct vonk_expr *expr);
/* No columns, deterministic. */
bool opt_is_constant(const struct vonk_expr *expr);
bool opt_has_subquery(const struct vonk_expr *expr);

/* What stands for a column: FROM -> TO. Outer references with the id are replaced too. */
struct opt_mapping {
  uint64_t from;
  struct vonk_expr *to;
};
struct opt_mappings {
  struct opt_mapping *items;
  size_t count, capacity;
};
void opt_map_add(struct opt *o, struct opt_mappings *mappings, uint64_t from, struct vonk_expr *to);
struct vonk_expr *opt_substitute(struct opt *o, struct vonk_expr *expr, const struct opt_mappings *mappings);
/* The same in all expressions that stand directly in RELATION (and in their subplans). */
struct vonk_relation *opt_substitute_relation(struct opt *o, struct vonk_relation *relation, const struct opt_mappings *mappings);
/* Splits "a == b" into one side over LEFT and one over RIGHT; false when it is not such. */
bool opt_split_equality(struct opt *o, struct vonk_expr *conjunct, struct opt_set left, struct opt_set right, struct vonk_expr **left_key,
                        struct vonk_expr **right_key, bool *null_safe);
/* EXPR cannot be true when all columns of SET are null. */
bool opt_rejects_null(const struct vonk_expr *expr, struct opt_set set);
/* EXPR is null when all columns of SET are null. */
bool opt_null_on_null(const struct vonk_expr *expr, struct opt_set set);
/* Appends to a join: as a pair of keys when it can be, else as residual. */
void opt_join_add(struct opt *o, struct vonk_relation_join_on *join, struct vonk_expr *conjunct);
void opt_join_add_keys(struct opt *o, struct vonk_relation_join_on *join, struct vonk_expr *left, struct vonk_expr *right, bool null_safe);
bool opt_join_null_safe(const struct vonk_relation_join_on *join, uint32_t key);

#endif
