/* binder_internal.h: what the binder's files share.
 *
 * One struct binder per text being bound (a query, a view's text): its settings, CTEs and named windows in reach. Scopes
 * say which columns names may mean; they chain outward through the queries around a subquery.
 */
#ifndef VONK_BIND_BINDER_INTERNAL_H
#define VONK_BIND_BINDER_INTERNAL_H

#include "bind/binder.h"
#include "column/column.h"
#include "func/bind_call.h"
#include "sql/parser.h"

struct bind_cte;      /* cte.c */

/* A WINDOW clause; they chain outward. */
struct bind_windows {
  const struct bind_windows *outer;
  const struct vonk_exprs *definitions;
};

/* What lies below a relation: plan_id.c. */
struct bind_traces {
  struct bind_trace **items;
  size_t count, capacity;
};
struct bind_trace {
  struct bind_trace *above;              /* of the relation that is bound over it; NULL at the top of a query or subquery */
  const struct vonk_node *unresolved;    /* knows the plan id */
  const struct vonk_relation *relation;  /* bound; NULL while it is being bound */
  const struct vonk_relation *renewed;   /* the same columns as the relation above sees them, under new ids; NULL when these are the same */
  struct bind_traces inputs;
};

/* What df.observe has named. */
struct bind_observations {
  const struct vonk_relation_collect_metrics **items;
  size_t count, capacity;
};

struct binder {
  struct vonk_task *task;
  struct vonk_arena *arena;
  const struct vonk_bind_context *context;
  const struct vonk_conf *conf;
  bool ansi, case_sensitive;
  struct vonk_str time_zone;
  uint64_t *next_id;                     /* shared by the binders of one query */
  const struct vonk_origin *query_origin; /* of the SELECT being bound */
  bool permanent;               /* in the text of a permanent view: names mean no temporary views */
  struct vonk_str database;              /* of a view's text: what its names were relative to; else empty */
  const struct bind_cte *ctes;
  const struct bind_windows *windows;
  struct bind_trace *trace;              /* of the relation being bound */
  uint32_t depth, view_depth;
  bool limit_all;                        /* LIMIT ALL stands above */
  bool sees_metadata;                    /* the text may name _metadata: scans have it */
  bool *folds;                           /* shared: a call was bound that is a constant of the query */
  struct bind_observations *observations; /* shared: those bound so far */
};

enum { BIND_DEPTH_MAX = 2000, BIND_VIEW_DEPTH_MAX = 100, BIND_COLUMNS_MAX = 100000, BIND_ROWS_MAX = 1000000 };

struct bind_columns {
  const struct vonk_plan_column *items;
  uint32_t count;
};

/* An earlier item of the select list, which later ones may name. */
struct bind_alias {
  struct vonk_str name;
  struct vonk_expr *expr;
};
struct bind_aliases {
  struct bind_alias *items;
  size_t count, capacity;
  bool are_lateral;                      /* names of expressions show that */
};

struct bind_scope {
  const struct bind_scope *outer;        /* of the query around; NULL at the top */
  struct bind_columns columns;
  struct vonk_expr **exprs;              /* what stands for each of columns; NULL: references to them */
  struct bind_columns added;             /* windows of time that the block asks for (time_window.c): looked at when nothing else has the name */
  struct bind_columns below;             /* ORDER BY, HAVING: looked at when columns have no such name */
  const struct bind_aliases *aliases;    /* select list: looked at after the columns */
  const struct vonk_exprs *keys;         /* HAVING: a name in `below` comes first when it is one of these, or inside an aggregate */
  const struct bind_lambda *lambda;      /* parameters of the lambdas around */
  struct bind_missing *missing;          /* filters and sorts of DataFrames: where lost columns are looked for; else NULL */
  bool in_aggregate;                     /* inside the arguments of an aggregate: `below` comes first */
  bool over;                             /* the function under OVER, whose arguments may hold aggregates */
  bool takes_time_windows;               /* window() and the like stand at the top of what is bound */
};

/* Columns that are used but were lost below. */
struct bind_missing {
  struct bind_trace *from;               /* the level to begin with; NULL: nothing is looked for */
  struct { uint64_t *items; size_t count, capacity; } ids;
};

/* Parameters of one lambda, bound. */
struct bind_lambda {
  const struct bind_lambda *outer;
  const struct vonk_exprs *parameters;   /* lambda_variable */
};

/* --- binder.c --- */
void bind_use_conf(struct binder *b, const struct vonk_conf *conf);
struct vonk_sql_options bind_sql_options(struct binder *b, const struct vonk_conf *conf);
/* insert.c */
/* The cells of a row of VALUES: one in parentheses is a "struct", anything else is one column. */
struct vonk_exprs bind_row_items(struct vonk_node **row);
STATUS bind_insert_defaults(struct binder *b, struct vonk_relation *query, const struct vonk_bind_insert *insert);
STATUS bind_insert(struct binder *b, struct vonk_relation *query, const struct vonk_bind_insert *insert, struct vonk_relation **out);

/* --- relation.c --- */
/* A relation that is bound already stays as it is. */
STATUS bind_relation(struct binder *b, struct vonk_node *unresolved, const struct bind_scope *outer, struct vonk_relation **out);
/* What a kind stands for, said in other kinds over relations that are bound already. */
STATUS bind_rewritten(struct binder *b, struct vonk_relation *rewritten, const struct bind_scope *outer, struct vonk_relation **out);
/* One function for each kind of relation that doors make, in the file of its family. */
#define VONK_BIND(kind) \
  STATUS bind_##kind(struct binder *b, const struct vonk_relation_##kind *unresolved, const struct bind_scope *outer, struct vonk_relation **out);
#include "bind/registry.def"
#undef VONK_BIND
uint64_t bind_new_id(struct binder *b);
struct bind_columns bind_columns_of(const struct vonk_relation *relation);
/* RELATION with other columns (same count and meaning): a copy of the top node. */
struct vonk_relation *bind_over_columns(struct binder *b, struct vonk_relation *relation, const struct vonk_plan_column *columns);
/* A projection; COLUMNS and EXPRESSIONS are parallel. */
struct vonk_relation *bind_project(struct binder *b, struct vonk_relation *input, const struct vonk_plan_column *columns,
                                   struct vonk_expr **exprs, uint32_t count, const struct vonk_origin *origin);
struct vonk_relation *bind_select_where(struct binder *b, struct vonk_relation *input, struct vonk_expr *condition,
                                        const struct vonk_origin *origin);
/* A relation over the same columns as INPUT's. */
void bind_take_columns(struct vonk_relation *relation, const struct vonk_relation *input);
/* One row without columns. */
struct vonk_relation *bind_one_row(struct binder *b, const struct vonk_origin *origin);
/* RELATION with new ids for columns that OTHER has too. */
struct vonk_relation *bind_without_conflicts(struct binder *b, const struct vonk_relation *other, struct vonk_relation *relation);
/* RELATION whose columns are cast to TYPES where they differ; nullable as in NULLABLE (may be NULL). */
STATUS bind_cast_columns(struct binder *b, struct vonk_relation *relation, const struct vonk_type *const *types, struct vonk_relation **out);

/* --- name.c --- */
bool bind_same_name(const struct binder *b, struct vonk_str a, struct vonk_str c);
/* Does QUALIFIER end with NAME's parts? */
bool bind_qualifier_matches(const struct binder *b, struct vonk_name qualifier, struct vonk_name name);
STATUS bind_name(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_attribute *attribute, struct vonk_expr **out);
/* The same without an error when there is none: *out NULL. Ambiguity is an error. */
STATUS bind_name_try(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_attribute *attribute, struct vonk_expr **out);
/* The column of COLUMNS with a simple NAME, hidden ones left out; *index UINT32_MAX when none. */
STATUS bind_find_column(struct binder *b, struct bind_columns columns, struct vonk_str name, const struct vonk_origin *origin, uint32_t *index);
STATUS bind_unresolved_column(struct binder *b, struct vonk_name name, struct bind_columns columns, const struct vonk_origin *origin);
/* "`a`, `b`": names like NAME, nearest first. */
struct vonk_str bind_suggestions(struct binder *b, struct vonk_name name, struct bind_columns columns);
/* All names, sorted, in the same form. */
struct vonk_str bind_sorted_names(struct binder *b, struct bind_columns columns);
/* a.b, parts in backquotes where they must be */
struct vonk_str bind_join_name(struct vonk_arena *arena, struct vonk_name name);
struct vonk_expr *bind_reference(struct binder *b, const struct vonk_plan_column *column, const struct vonk_origin *origin);
/* "\"(a + 1)\"": an expression as error messages show it. */
struct vonk_str bind_quote_expr(struct binder *b, const struct vonk_expr *expr);
struct vonk_str bind_quote_type(struct binder *b, const struct vonk_type *type);

/* The column that the name means by itself, and how many parts that took; *index UINT32_MAX when there is none. */
STATUS bind_match_column(struct binder *b, struct bind_columns columns, const struct vonk_expr_attribute *attribute, uint32_t *index, uint32_t *consumed);
/* EXPR with its columns marked as those of a query LEVELS around. */
struct vonk_expr *bind_mark_outer(struct binder *b, struct vonk_expr *expr, uint8_t levels);

/* --- plan_id.c --- */
void bind_trace_begin(struct binder *b, const struct vonk_node *unresolved);
/* BOUND may be NULL: it failed. */
void bind_trace_end(struct binder *b, const struct vonk_relation *bound);
/* A relation that is bound already stands below the one being bound. */
void bind_trace_resolved(struct binder *b, const struct vonk_relation *relation);
void bind_trace_renew(struct binder *b, const struct vonk_relation *relation, const struct vonk_relation *renewed);
/* df["a"]: a name with a plan id. Raises CANNOT_RESOLVE_DATAFRAME_COLUMN, AMBIGUOUS_COLUMN_REFERENCE. */
STATUS bind_plan_column(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_attribute *attribute, struct vonk_expr **out);
/* The same where no such column is no error (*out NULL), as long as the plan is there or the session is not strict about it. */
STATUS bind_plan_column_try(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_attribute *attribute, struct vonk_expr **out);
/* df["*"]: the columns of the plan with STAR's id. */
STATUS bind_plan_columns(struct binder *b, const struct bind_scope *scope, const struct vonk_node *star, struct bind_columns *out);
/* Where columns are looked for that the one input of the relation being bound has lost. */
void bind_missing_from(struct binder *b, struct bind_missing *out);
/* ATTRIBUTE among the lost columns; *out stays NULL when it is not there. */
STATUS bind_missing_name(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_attribute *attribute, struct vonk_expr **out);
/* The same, with column ID of what lies below; NULL when that cannot be. */
struct vonk_relation *bind_with_column(struct binder *b, struct vonk_relation *relation, uint64_t id);
/* ID, a column of TRACE's relation, as the relation above that sees it. */
uint64_t bind_renewed_id(const struct bind_trace *trace, uint64_t id);
/* RELATION with the lost columns behind its own. */
STATUS bind_pull_up(struct binder *b, const struct bind_missing *missing, struct vonk_relation *relation, struct vonk_relation **out);
struct vonk_relation *bind_first_columns(struct binder *b, struct vonk_relation *relation, uint32_t count);

/* --- expr.c, call.c, extract.c, subquery.c, window.c --- */
STATUS bind_expr(struct binder *b, const struct bind_scope *scope, struct vonk_expr *unresolved, struct vonk_expr **out);
STATUS bind_exprs(struct binder *b, const struct bind_scope *scope, struct vonk_exprs unresolved, struct vonk_exprs *out);
/* An expression of type BOOLEAN, for WHERE, HAVING, ON: WHAT names the place in an error. */
/* Of WHERE, HAVING, ON, FILTER (WHAT); errors point at ORIGIN, at the condition itself when that is NULL. */
STATUS bind_condition(struct binder *b, const struct bind_scope *scope, struct vonk_expr *unresolved, const char *what, const struct vonk_origin *origin,
                      struct vonk_expr **out);
STATUS bind_function_call(struct binder *b, const struct bind_scope *scope, struct vonk_expr_function *call, struct vonk_expr **out);
/* A scalar function over bound arguments. */
STATUS bind_call(struct binder *b, const char *name, const struct vonk_origin *origin, struct vonk_expr **out, uint32_t count, ...);
STATUS bind_call_list(struct binder *b, const char *name, const struct vonk_origin *origin, struct vonk_exprs arguments, struct vonk_expr **out);
STATUS bind_cast(struct binder *b, struct vonk_expr *child, const struct vonk_type *target, bool implicit, struct vonk_expr **out);
STATUS bind_field(struct binder *b, struct vonk_expr *base, struct vonk_str name, const struct vonk_origin *origin, struct vonk_expr **out);
STATUS bind_extract(struct binder *b, const struct bind_scope *scope, struct vonk_expr_extract *extract, struct vonk_expr **out);
STATUS bind_update_fields(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_update_fields *last, struct vonk_expr **out);
/* relation/sql.c: :name, ? */
STATUS bind_parameter(struct binder *b, const struct vonk_expr_parameter *parameter, struct vonk_expr **out);
/* What an expression given as text (or an alias of one) says; anything else stays as it is. */
STATUS bind_expand_text(struct binder *b, struct vonk_expr *unresolved, struct vonk_expr **out);
STATUS bind_subquery(struct binder *b, const struct bind_scope *scope, struct vonk_expr_subquery *subquery, struct vonk_expr **out);
STATUS bind_window(struct binder *b, const struct bind_scope *scope, struct vonk_expr_window *window, struct vonk_expr **out);
STATUS bind_sort_orders(struct binder *b, const struct bind_scope *scope, struct vonk_exprs unresolved, struct vonk_exprs *out);
/* The common type of A and C for set operations and VALUES; *out NULL when there is none. */
STATUS bind_common_type(struct binder *b, const struct vonk_type *a, const struct vonk_type *c, const struct vonk_type **out);
/* A constant: evaluated, cast to TARGET first when that is not NULL. */
STATUS bind_fold(struct binder *b, struct vonk_expr *expr, struct vonk_value *out);
bool bind_is_generator(const struct vonk_expr *expr);
/* What is stamped into an expression at ORIGIN. */
struct vonk_bind_options bind_options(const struct binder *b, const struct vonk_origin *origin);
/* Raises UNRESOLVED_ROUTINE. */
STATUS bind_find_function(struct binder *b, struct vonk_name name, const struct vonk_origin *origin, const struct vonk_function **out);
/* lambda.c: binds the lambdas among the arguments of FUNCTION; the others are bound already. */
STATUS bind_lambdas(struct binder *b, const struct bind_scope *scope, const struct vonk_function *function, struct vonk_exprs *arguments,
                    const struct vonk_origin *origin);
/* fold.c: now(), current_user() and the like become literals. */
STATUS bind_fold_once(struct binder *b, struct vonk_relation *relation, struct vonk_relation **out);
STATUS bind_fold_once_expr(struct binder *b, struct vonk_expr *expr, struct vonk_expr **out);
/* A literal or, with parameters given, a marker's. */
struct vonk_expr *bind_long(struct binder *b, int64_t value, const struct vonk_type *type, const struct vonk_origin *origin);

/* --- star.c --- */
/* Metadata of a column whose name is the text of its expression; clients see it, tables and files do not. */
#define BIND_AUTOMATIC_NAME STR("{\"__autoGeneratedAlias\":\"true\"}")

struct bind_item {
  struct vonk_expr *expr;
  struct vonk_plan_column column;        /* name, qualifier, metadata; id 0 until chosen */
  const struct vonk_origin *origin;
  bool is_alias;                         /* AS gives a column of its own, even by the same name */
  bool hidden;                           /* for ORDER BY only */
};
struct bind_items {
  struct bind_item *items;
  size_t count, capacity;
};
STATUS bind_star(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_star *star, struct bind_items *out);
STATUS bind_regex(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_regex *regex, struct bind_items *out);
/* Arguments of a function with stars expanded. */
STATUS bind_star_arguments(struct binder *b, const struct bind_scope *scope, struct vonk_exprs unresolved, struct vonk_exprs *out);

/* --- select.c, group.c, window.c, generate.c --- */
struct bind_generator {
  struct vonk_expr *call;
  bool is_outer;
  struct vonk_plan_column *columns;
  uint32_t column_count;
};
/* One SELECT while it is bound. */
struct bind_block {
  struct binder *b;
  const struct bind_scope *outer;
  struct vonk_relation *relation;        /* what has been built so far */
  struct bind_scope scope;               /* over the FROM clause */
  struct bind_items items;
  struct bind_aliases aliases;
  struct vonk_exprs order;               /* bound sort_order: over output ids and the FROM clause's */
  struct vonk_expr *having;
  const struct vonk_origin *origin;
  /* grouping */
  bool grouped, has_group_by, has_star;
  bool above_list;                       /* what is bound is HAVING or ORDER BY: names are those of the list */
  struct vonk_exprs keys;                /* over the FROM clause */
  struct vonk_plan_column *key_columns;
  uint32_t session;                      /* the key that is a session; UINT32_MAX: none */
  struct { struct vonk_expr **items; size_t count, capacity; } aggregates;
  struct { uint64_t *items; size_t count, capacity; } aggregate_ids;
  const struct bind_sets *sets;          /* grouping sets, NULL for plain GROUP BY */
  /* generators in the select list, each over those before it: their outputs have ids from the start */
  struct { struct bind_generator *items; size_t count, capacity; } generators;
};
/* SELECT (project_star, aggregate, having) with the ORDER BY above it, if any. */
STATUS bind_select(struct binder *b, const struct vonk_node *unresolved, const struct vonk_relation_sort *sort, const struct bind_scope *outer,
                   struct vonk_relation **out);
bool bind_is_select(const struct vonk_node *unresolved);
struct bind_columns bind_items_columns(struct bind_block *block);
/* --- python.c --- */
STATUS bind_python(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_python *python, struct vonk_expr **out);
/* A session's function called by NAME, with CALL's arguments; *out NULL when there is none. */
STATUS bind_session_function(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_function *call, struct vonk_expr **out);
/* GROUP over functions in Python as their relation; itself when there are none of these. */
STATUS bind_python_group(struct binder *b, struct vonk_relation_group *group, struct vonk_relation **out);
/* Is the window's function one in Python? */
bool bind_is_python_window(const struct vonk_expr *call);
struct vonk_relation *bind_python_window(struct binder *b, const struct vonk_relation_window_of *window);

STATUS bind_group(struct bind_block *block, const struct vonk_relation_aggregate *aggregate);
STATUS bind_group_finish(struct bind_block *block);
STATUS bind_extract_windows(struct bind_block *block);
STATUS bind_extract_generator(struct bind_block *block);
/* An item of the list that may be a generator; explode_outer and the like set *is_outer. */
STATUS bind_item_generator(struct bind_block *block, struct vonk_expr *unresolved, struct vonk_expr **call, bool *is_outer);
STATUS bind_add_generator(struct bind_block *block, struct vonk_expr *call, bool is_outer, struct vonk_name names, const struct vonk_origin *origin);
/* generate over INPUT: its columns and then CALL's, named NAMES (or the generator's own) and qualified by ALIAS. */
STATUS bind_generate(struct binder *b, struct vonk_relation *input, struct vonk_expr *call, bool is_outer, struct vonk_name names,
                     struct vonk_str alias, const struct vonk_origin *origin, struct vonk_relation **out);

/* --- time_window.c, session_group.c --- */
/* The calls of window(), session_window() and window_time() in LISTS become references to columns of *RELATION, where they are put first; SCOPE is over the
 * relation as it was and gets them as `added`. ORIGIN is that of the block. */
STATUS bind_time_windows(struct binder *b, struct bind_scope *scope, struct vonk_exprs *const *lists, uint32_t count, const struct vonk_origin *origin,
                         struct vonk_relation **relation);
/* Does one of LIST call one of them? */
bool bind_asks_time_window(struct vonk_exprs list);
/* Does a column of that metadata hold sessions? */
bool bind_is_session(struct vonk_str metadata);
/* A window; TYPE has fields that may be null, whatever these may be. */
STATUS bind_window_value(struct binder *b, const struct vonk_type *type, struct vonk_expr *start, struct vonk_expr *end, struct vonk_expr **out);
/* GROUP, whose key at INDEX is a session: sessions that meet are one. */
STATUS bind_session_group(struct binder *b, struct vonk_relation_group *group, uint32_t index, struct vonk_relation **out);

/* --- join.c, set_op.c, cte.c, table.c, values.c --- */
/* recursion.c: does RELATION read NAME, where no WITH on the way gives the name another meaning? */
bool bind_reads_name(const struct binder *b, const struct vonk_node *relation, struct vonk_str name);
struct bind_recursion {
  const struct vonk_relation_with_cte *with;
  const struct vonk_relation_subquery_alias *definition; /* that reads itself */
  const struct bind_scope *outer;
};
STATUS bind_recursive(struct binder *b, const struct bind_recursion *recursion, struct vonk_relation **out);
/* cte.c: the definitions of WITH come into reach; the caller puts b->ctes back. */
STATUS bind_definitions(struct binder *b, const struct vonk_relation_with_cte *with, const struct bind_scope *outer);
/* In the step of a recursion NAME reads the rows of the round before. */
void bind_push_working(struct binder *b, struct vonk_str name, const struct vonk_relation *anchor, uint64_t working_id);
/* The CTE of NAME, or *out NULL. */
STATUS bind_cte_read(struct binder *b, struct vonk_str name, struct vonk_relation **out);
STATUS bind_scan(struct binder *b, const struct vonk_source *source, struct vonk_name qualifier, const struct vonk_origin *origin,
                 struct vonk_relation **out);
/* Renames the columns (all of them) and qualifies them by ALIAS, which may be empty. */
STATUS bind_alias_columns(struct binder *b, struct vonk_relation *relation, struct vonk_str alias, struct vonk_name names,
                          const struct vonk_origin *origin, struct vonk_relation **out);

/* --- metadata.c: _metadata, the hidden column of files --- */
#define BIND_METADATA STR("_metadata")
/* What clients see of where a column _metadata comes from; tables and files do not. */
#define BIND_METADATA_ORIGIN STR("{\"__file_source_metadata_col\":true,\"__metadata_col\":\"_metadata\"}")
/* May UNRESOLVED, a plan, mean the column somewhere? Where it cannot, it is not there at all. */
bool bind_mentions_metadata(const struct vonk_node *unresolved);
/* The column of SOURCE, under a name that none of COLUMNS has. */
struct vonk_plan_column bind_metadata_column(struct binder *b, const struct vonk_source *source, struct bind_columns columns, struct vonk_name qualifier);
/* RELATION, bound from UNRESOLVED in the trace now open, with the columns _metadata that the relation above may see, without others. */
STATUS bind_carry_metadata(struct binder *b, const struct vonk_node *unresolved, struct vonk_relation *relation, struct vonk_relation **out);

/* --- stream.c --- */
/* READ has a format, or means the default one. */
STATUS bind_stream_read(struct binder *b, const struct vonk_relation_read *read, struct vonk_relation **out);
/* READ names TABLE, which is no view. */
STATUS bind_stream_table(struct binder *b, const struct vonk_relation_read *read, const struct vonk_catalog_table *table, struct vonk_relation **out);

/* --- walk.c --- */
typedef bool bind_test(const void *object, const struct vonk_node *node);
/* The first node, itself or below, subplans included when INTO_PLANS, that passes TEST; NULL when none does. */
struct vonk_node *bind_find(const struct vonk_node *node, bool into_plans, bind_test *test, const void *object);
/* NODE with references to FROM[i] replaced by TO[i], in subplans those marked outer. */
STATUS bind_substitute(struct binder *b, struct vonk_node *node, const uint64_t *from, struct vonk_expr **to, uint32_t count, struct vonk_node **out);

bool bind_test_aggregate(const void *object, const struct vonk_node *node);
bool bind_test_window(const void *object, const struct vonk_node *node);
bool bind_test_generator(const void *object, const struct vonk_node *node);

#endif
