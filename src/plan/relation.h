/* relation.h: relations, unresolved and resolved.
 *
 * The first list is what doors make (Spark Connect's Relation kinds and the forms only SQL has, marked own). The binder
 * turns it into the second list, in which every relation has `columns` (unique ids, names, types) and all expressions are
 * bound. The optimiser works on the second list only; the physical planner (exec/) reads it.
 */
#ifndef VONK_PLAN_RELATION_H
#define VONK_PLAN_RELATION_H

#include "expr/expr.h"

/* An output column of a resolved relation. */
struct vonk_plan_column {
  uint64_t id;
  struct vonk_str name;
  const struct vonk_type *type;
  bool nullable;
  bool hidden;                    /* not in `*`; only its table's name before it reaches it */
  bool is_metadata;               /* what files tell of themselves (_metadata): hidden, and found by its name alone when nothing else has it */
  uint64_t same_as;               /* id of the column of the relation that this repeats (SELECT a, a): a name means either; else 0; for the binder */
  uint32_t char_length;           /* of a CHAR column of a table, else 0; for the binder */
  struct vonk_name qualifier;     /* alias or catalog.database.table; for the binder */
  struct vonk_str metadata;       /* JSON, empty when none */
  struct vonk_range range;        /* proven by statistics */
};

struct vonk_relation {
  struct vonk_node node;
  const struct vonk_plan_column *columns; /* resolved relations only */
  uint32_t column_count;
  double estimated_rows;                  /* set by the optimiser; < 0 unknown */
};

struct vonk_relations {
  struct vonk_relation **items;
  uint32_t count;
};

#define VONK_RELATION_KINDS(X)                                                                                          \
  /* unresolved */                                                                                                      \
  X(read) X(project_star) X(filter) X(join) X(set_op) X(sort) X(limit) X(offset) X(tail) X(aggregate) X(sql)            \
  X(local_relation) X(sample) X(deduplicate) X(range) X(subquery_alias) X(repartition) X(to_df) X(hint) X(unpivot)      \
  X(pivot) X(with_cte) X(lateral_view) X(lateral_join) X(table_function) X(values) X(window_clause) X(having)           \
  X(with_columns) X(with_columns_renamed) X(drop) X(to_schema) X(show_string) X(html_string) X(fill_na) X(drop_na)      \
  X(replace) X(summary) X(describe) X(crosstab) X(cov) X(corr) X(approx_quantile) X(freq_items) X(sample_by)            \
  X(transpose) X(as_of_join) X(nearest_by_join) X(collect_metrics) X(parse) X(map_partitions) X(group_map)              \
  X(co_group_map) X(cached_remote_relation) X(catalog) X(view)                                                          \
  /* resolved */                                                                                                        \
  X(scan) X(rows) X(project) X(select) X(join_on) X(group) X(window_of) X(order) X(slice) X(union_all) X(expand)        \
  X(generate) X(sample_of) X(range_of) X(partition) X(shared) X(set_of) X(unique)           \
  X(recursion) X(working) X(ranged) X(python) X(observe) X(stream)

#define X(kind)                                                  \
  struct vonk_relation_##kind;                                   \
  extern const struct vonk_node_type vonk_relation_##kind##_type;
VONK_RELATION_KINDS(X)
#undef X
#define RELATION_IS(relation, kind) (((const struct vonk_node *)(relation))->type == &vonk_relation_##kind##_type)
#define RELATION_AS(relation, kind) ((struct vonk_relation_##kind *)(RELATION_IS((relation), kind) ? (void *)(relation) : NULL))
#define RELATION_NEW(arena, kind, origin) ((struct vonk_relation_##kind *)(void *)vonk_relation_create((arena), &vonk_relation_##kind##_type, (origin)))

/* Of unknown rows. */
struct vonk_relation *vonk_relation_create(struct vonk_arena *arena, const struct vonk_node_type *type, const struct vonk_origin *origin);

enum vonk_join_type {
  VONK_JOIN_INNER, VONK_JOIN_LEFT, VONK_JOIN_RIGHT, VONK_JOIN_FULL, VONK_JOIN_SEMI, VONK_JOIN_ANTI, VONK_JOIN_CROSS,
  VONK_JOIN_MARK,   /* resolved: left rows and a boolean column: IN/EXISTS with null logic */
  VONK_JOIN_SINGLE, /* resolved: scalar subquery: left outer, more than one match raises */
};
enum vonk_set_op { VONK_SET_UNION, VONK_SET_INTERSECT, VONK_SET_EXCEPT };
enum vonk_grouping { VONK_GROUP_BY, VONK_GROUP_ROLLUP, VONK_GROUP_CUBE, VONK_GROUP_SETS, VONK_GROUP_ALL };

/* ================================ unresolved ================================ */

/* A named table (name), or a source (format, paths, options, schema): also format.`path`. */
struct vonk_relation_read {
  struct vonk_relation relation;
  struct vonk_name name;
  struct vonk_str format;
  struct vonk_name paths;
  struct vonk_options options;
  struct vonk_str schema;                 /* DDL text or JSON, empty = infer */
  bool is_streaming;
  struct vonk_expr *time_travel;          /* own: VERSION/TIMESTAMP AS OF */
  bool by_version;
};
/* Connect's "project": the SELECT list; input NULL = one row without columns. */
struct vonk_relation_project_star { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs expressions; };
struct vonk_relation_filter { struct vonk_relation relation; struct vonk_relation *input; struct vonk_expr *condition; };
struct vonk_relation_join {
  struct vonk_relation relation;
  struct vonk_relation *left, *right;
  int32_t join_type;
  struct vonk_expr *condition;
  struct vonk_name using_columns;
  bool natural;                           /* own */
  bool lateral;                           /* own: the right side may refer to the left */
};
struct vonk_relation_set_op { struct vonk_relation relation; struct vonk_relation *left, *right; int32_t op; bool is_all, by_name, allow_missing_columns; };
struct vonk_relation_sort { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs order; bool is_global; };
struct vonk_relation_limit { struct vonk_relation relation; struct vonk_relation *input; struct vonk_expr *count; };   /* own: any foldable expression; NULL: LIMIT ALL */
struct vonk_relation_offset { struct vonk_relation relation; struct vonk_relation *input; struct vonk_expr *count; };
struct vonk_relation_tail { struct vonk_relation relation; struct vonk_relation *input; int64_t count; };
/* GROUP BY with a SELECT list in `expressions` (SQL, outputs complete) or Connect's (grouping, aggregates): then `expressions` are
 * appended to the grouping columns when `prepend_grouping`. */
struct vonk_relation_aggregate {
  struct vonk_relation relation;
  struct vonk_relation *input;
  int32_t grouping;
  struct vonk_exprs group;                /* for SETS/ROLLUP/CUBE as written, flattened; nested sets as function "grouping_set"(...) */
  struct vonk_exprs listed;               /* own: of GROUP BY a, b GROUPING SETS (...): keys even where no set has them */
  struct vonk_exprs expressions;
  bool prepend_grouping;
  struct vonk_expr *having;               /* own */
};
struct vonk_relation_having { struct vonk_relation relation; struct vonk_relation *input; struct vonk_expr *condition; }; /* HAVING without GROUP BY */
/* ARGUMENTS are named when there are names, else positional. */
struct vonk_relation_sql { struct vonk_relation relation; struct vonk_str text; struct vonk_exprs arguments; struct vonk_name argument_names; };
/* MEMORY is what `arrow` stands on when that is counted; NULL: it lives as long as the plan. */
struct vonk_relation_local_relation { struct vonk_relation relation; struct vonk_str arrow; struct vonk_buffer *memory; struct vonk_str schema; };
struct vonk_relation_sample {
  struct vonk_relation relation;
  struct vonk_relation *input;
  double lower_bound, upper_bound;
  bool with_replacement, has_seed;
  int64_t seed;
  int64_t rows;                           /* own: TABLESAMPLE (n ROWS); -1 otherwise */
  bool deterministic_order;               /* each partition is sorted first, by all columns that have an order */
};
struct vonk_relation_deduplicate { struct vonk_relation relation; struct vonk_relation *input; struct vonk_name column_names; bool all_columns; };
struct vonk_relation_range { struct vonk_relation relation; int64_t start, end, step, partitions; /* 0 = default */ };
struct vonk_relation_subquery_alias { struct vonk_relation relation; struct vonk_relation *input; struct vonk_str alias; struct vonk_name column_aliases; };
struct vonk_relation_repartition { struct vonk_relation relation; struct vonk_relation *input; int64_t count; bool shuffle; struct vonk_exprs by; bool by_range; };
struct vonk_relation_to_df { struct vonk_relation relation; struct vonk_relation *input; struct vonk_name column_names; };
struct vonk_relation_hint { struct vonk_relation relation; struct vonk_relation *input; struct vonk_str name; struct vonk_exprs parameters; };
/* Ids that are not given are all columns that are no values; values that are not given, all that are no ids. */
struct vonk_relation_unpivot {
  struct vonk_relation relation;
  struct vonk_relation *input;
  struct vonk_exprs ids, values;
  bool ids_given, values_given;
  struct vonk_str variable, value;
  bool include_nulls;                     /* always, when ids are given */
  struct vonk_name value_columns;         /* own: several value columns; then `values` are "struct" functions and `value` is empty */
};
/* GROUP is what df.groupBy was given; when it is not (SQL), all columns that are not used here group. */
struct vonk_relation_pivot {
  struct vonk_relation relation;
  struct vonk_relation *input;
  struct vonk_exprs group;
  bool group_given;
  struct vonk_exprs aggregates, column;   /* several columns: a struct of them */
  struct vonk_exprs values;               /* none: what the column holds */
};
/* own: WITH. Definitions are subquery_alias relations, in order. */
struct vonk_relation_with_cte { struct vonk_relation relation; struct vonk_nodes definitions; struct vonk_relation *body; bool recursive; int64_t max_depth; };
struct vonk_relation_lateral_view { struct vonk_relation relation; struct vonk_relation *input; struct vonk_expr *generator; bool is_outer; struct vonk_str table_alias; struct vonk_name column_aliases; };
struct vonk_relation_lateral_join { struct vonk_relation relation; struct vonk_relation *left, *right; int32_t join_type; struct vonk_expr *condition; };
struct vonk_relation_table_function { struct vonk_relation relation; struct vonk_expr *call; };              /* range(10), explode(...) in FROM */
struct vonk_relation_values { struct vonk_relation relation; struct vonk_nodes rows; /* each an expr function "struct" or a single expr */ };
/* own: WINDOW name AS (...) for the SELECT above; definitions are expr alias of expr window without function. */
struct vonk_relation_window_clause { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs definitions; };

/* ---- unresolved, of DataFrames: names in them are column names as the protocol gives them, unparsed ---- */

struct vonk_relation_with_columns { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs aliases; };
struct vonk_relation_with_columns_renamed { struct vonk_relation relation; struct vonk_relation *input; struct vonk_options renames; /* old, new; in turn */ };
struct vonk_relation_drop { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs columns; struct vonk_name column_names; };
struct vonk_relation_to_schema { struct vonk_relation relation; struct vonk_relation *input; const struct vonk_type *schema; };
/* One row, one column: what DataFrame.show prints. TRUNCATE 0: not at all. */
struct vonk_relation_show_string { struct vonk_relation relation; struct vonk_relation *input; int64_t rows, truncate; bool vertical; };
struct vonk_relation_html_string { struct vonk_relation relation; struct vonk_relation *input; int64_t rows, truncate; };
/* No column names: all whose type fits. One value for all, or one for each name. */
struct vonk_relation_fill_na { struct vonk_relation relation; struct vonk_relation *input; struct vonk_name column_names; struct vonk_exprs values; };
struct vonk_relation_drop_na { struct vonk_relation relation; struct vonk_relation *input; struct vonk_name column_names; int64_t min_non_nulls; /* -1: all */ };
struct vonk_relation_replace { struct vonk_relation relation; struct vonk_relation *input; struct vonk_name column_names; struct vonk_exprs old_values, new_values; };
struct vonk_relation_summary { struct vonk_relation relation; struct vonk_relation *input; struct vonk_name statistics; };
struct vonk_relation_describe { struct vonk_relation relation; struct vonk_relation *input; struct vonk_name column_names; };
struct vonk_relation_crosstab { struct vonk_relation relation; struct vonk_relation *input; struct vonk_str column1, column2; };
struct vonk_relation_cov { struct vonk_relation relation; struct vonk_relation *input; struct vonk_str column1, column2; };
struct vonk_relation_corr { struct vonk_relation relation; struct vonk_relation *input; struct vonk_str column1, column2, method; };
/* PROBABILITIES: literals of type DOUBLE. */
struct vonk_relation_approx_quantile { struct vonk_relation relation; struct vonk_relation *input; struct vonk_name column_names; struct vonk_exprs probabilities; double relative_error; };
struct vonk_relation_freq_items { struct vonk_relation relation; struct vonk_relation *input; struct vonk_name column_names; double support; };
/* STRATA and FRACTIONS (DOUBLE literals) are parallel. */
struct vonk_relation_sample_by { struct vonk_relation relation; struct vonk_relation *input; struct vonk_expr *column; struct vonk_exprs strata, fractions; bool has_seed; int64_t seed; };
struct vonk_relation_transpose { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs index_columns; };
struct vonk_relation_as_of_join {
  struct vonk_relation relation;
  struct vonk_relation *left, *right;
  struct vonk_expr *left_as_of, *right_as_of, *condition, *tolerance;
  struct vonk_name using_columns;
  struct vonk_str join_type, direction;   /* "inner", "left"...; "backward", "forward", "nearest" */
  bool allow_exact_matches;
};
struct vonk_relation_nearest_by_join { struct vonk_relation relation; struct vonk_relation *left, *right; struct vonk_expr *ranking; int64_t results; struct vonk_str join_type, mode, direction; };
/* df.observe: METRICS are aggregates over the rows that pass. */
struct vonk_relation_collect_metrics { struct vonk_relation relation; struct vonk_relation *input; struct vonk_str name; struct vonk_exprs metrics; };
enum vonk_parse_format { VONK_PARSE_CSV = 1, VONK_PARSE_JSON, VONK_PARSE_XML };
struct vonk_relation_parse { struct vonk_relation relation; struct vonk_relation *input; int32_t format; const struct vonk_type *schema; /* NULL: infer */ struct vonk_options options; };
/* FUNCTION is an expr python. */
struct vonk_relation_map_partitions { struct vonk_relation relation; struct vonk_relation *input; struct vonk_expr *function; bool is_barrier; };
struct vonk_relation_group_map { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs grouping, sorting; struct vonk_expr *function; };
struct vonk_relation_co_group_map {
  struct vonk_relation relation;
  struct vonk_relation *input, *other;
  struct vonk_exprs input_grouping, other_grouping, input_sorting, other_sorting;
  struct vonk_expr *function;
};
/* What a checkpoint of the session keeps. */
struct vonk_relation_cached_remote_relation { struct vonk_relation relation; struct vonk_str id; };
/* A call of the catalog API, by its field number in Connect's Catalog message; the session answers it with rows. */
struct vonk_relation_catalog {
  struct vonk_relation relation;
  int64_t call;
  struct vonk_str name, database, pattern;/* data NULL: not given */
  struct vonk_str path, source, description;
  const struct vonk_type *schema;
  struct vonk_options options;            /* properties too */
  bool flag, cascade;                     /* if_exists, if_not_exists, as_serde, no_scan; purge, cascade */
};

/* own: a temporary view as it was when the plan was kept, so that a view of the same name may read it. */
struct vonk_catalog_table;
struct vonk_relation_view { struct vonk_relation relation; const struct vonk_catalog_table *table; struct vonk_buffer *memory; };

/* ================================= resolved ================================= */

struct vonk_source; /* catalog/source.h: what a scan reads: format, files, schema, statistics */

struct vonk_relation_scan {
  struct vonk_relation relation;          /* columns: the wanted ones, in order */
  const struct vonk_source *source;
  struct vonk_ids source_columns;         /* for each column its index in the source's schema (partition columns behind the file's), or VONK_SOURCE_METADATA */
  struct vonk_exprs filters;              /* conjuncts that the scan applies, exactly */
  int64_t limit;                          /* -1 = none; hint */
  bool without_row_index;                 /* nobody looks at that field of _metadata */
  struct vonk_name name;                  /* of the source, for people */
};
struct vonk_relation_rows { struct vonk_relation relation; struct vonk_nodes rows; /* literal lists: expr call "struct" of literals; or */ const void *batches; /* struct vonk_stored_batches of column/ */ };
struct vonk_relation_project { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs expressions; /* one a column */ };
struct vonk_relation_select { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs conjuncts; };
struct vonk_relation_join_on {
  struct vonk_relation relation;          /* columns: left's then right's (semi, anti: left's; mark: left's and the mark) */
  struct vonk_relation *left, *right;
  int32_t join_type;
  struct vonk_exprs left_keys, right_keys;/* equal pairs */
  struct vonk_ids null_safe;              /* 1 where the pair is <=> */
  struct vonk_exprs residual;             /* further conjuncts over both sides */
  int32_t build_side;                     /* set by the optimiser: 0 right (default), 1 left */
  bool null_aware;                        /* ANTI/MARK from NOT IN / IN */
  uint64_t mark_id;
  bool correlated;                        /* before unnesting: right refers to left columns as outer */
};
struct vonk_relation_group { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs keys; struct vonk_exprs aggregates; /* columns: keys then aggregates */ bool by_keys; /* groups show in the order of their keys: Spark sorts these */ };
struct vonk_relation_window_of { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs calls; /* window_call, same partition and order; columns: input's then calls' */ };
struct vonk_relation_order { struct vonk_relation relation; struct vonk_relation *input; struct vonk_exprs order; /* sort_order */ bool is_global; int64_t limit; /* top-N, -1 none */ int64_t offset; };
struct vonk_relation_slice { struct vonk_relation relation; struct vonk_relation *input; int64_t offset, limit; /* -1 = all */ bool from_end; /* tail */ };
struct vonk_relation_union_all { struct vonk_relation relation; struct vonk_relations inputs; /* same column count and types */ bool zipped; /* set by exec/: partition by partition */ };
/* Each input row once per projection (grouping sets, count distinct). projections: expr call "struct" per set. */
struct vonk_relation_expand { struct vonk_relation relation; struct vonk_relation *input; struct vonk_nodes projections; };
/* columns: input's (those wanted) then the generator's. */
struct vonk_relation_generate { struct vonk_relation relation; struct vonk_relation *input; struct vonk_expr *generator; bool is_outer; };
struct vonk_relation_sample_of { struct vonk_relation relation; struct vonk_relation *input; double lower, upper; bool with_replacement; int64_t seed; };
struct vonk_relation_range_of { struct vonk_relation relation; int64_t start, end, step, partitions; };
/* Repartition: count 0 is left to the settings; shuffle false is coalesce; by_range: `by` are sort orders; direct: it is the partition's number, an
 * INT; else values to hash, none: in turn. */
struct vonk_relation_partition { struct vonk_relation relation; struct vonk_relation *input; int64_t count; bool shuffle, by_range, rebalance, direct; struct vonk_exprs by; };
/* Made by exec/ for repartitions by range: INPUT's rows sampled, or with their range behind the other columns (exec/op/range_bounds.c). */
struct vonk_relation_ranged { struct vonk_relation relation; struct vonk_relation *input; int64_t count; struct vonk_exprs by; bool samples; void *bounds; };
/* A result with several readers (CTE, cache): all `shared` nodes with one `body` pointer read one materialised result. Columns are re-id'd per reader. */
struct vonk_relation_shared { struct vonk_relation relation; struct vonk_relation *body; uint64_t shared_id; };
/* INTERSECT/EXCEPT with all variants (DISTINCT forms may be rewritten to semi/anti joins by the optimiser). */
struct vonk_relation_set_of { struct vonk_relation relation; struct vonk_relation *left, *right; int32_t op; bool is_all; };
/* A recursive CTE: the rows of ANCHOR, then those of STEP over the rows of the round before, until there are none. The
 * working node of the same id in STEP yields these. */
struct vonk_relation_recursion { struct vonk_relation relation; struct vonk_relation *anchor, *step; uint64_t working_id; int64_t level_limit, row_limit; /* errors; -1 none */ int64_t limit; /* rows wanted, -1 all */ };
struct vonk_relation_working { struct vonk_relation relation; uint64_t working_id; };
/* DISTINCT on ids (all columns when none): keeps the first row by order tag. */
struct vonk_relation_unique { struct vonk_relation relation; struct vonk_relation *input; struct vonk_ids by; };

/* Passes rows on and counts along: what AGGREGATES (columns AGGREGATE_IDS) come to over them all, RESULTS over these say, under the
 * names KEYS. The plan id is that of the collect_metrics. */
struct vonk_relation_observe {
  struct vonk_relation relation;
  struct vonk_relation *input;
  struct vonk_str name;
  struct vonk_exprs aggregates, results;
  struct vonk_ids aggregate_ids;
  struct vonk_name keys;
};

/* Rows that come in batches (src/stream): the columns alone are known, so it can be explained and not run. NAME is the source's, for people. */
struct vonk_relation_stream { struct vonk_relation relation; struct vonk_str name; };

/* Functions in Python over the rows of INPUT. FUNCTIONS are expr python with bound arguments: EVAL one value a row each (those
 * with one argument that is such a function itself are applied to its value); AGGREGATE one value a group each; the others have one
 * function, whose arguments are not looked at.
 *   EVAL         columns: input's, then the values
 *   MAP          gets all columns of INPUT, a visible partition at a time; columns: what the function gives
 *   GROUP        gets VALUES of each group of equal KEYS, in ORDER; columns: what the function gives
 *   CO_GROUP     the same for two tables: rows with SIDE 0 belong to the first, which has the first LEFT_COUNT of VALUES, 1 to the second
 *   AGGREGATE    columns: keys, then the values
 *   WINDOW       KEYS are the partition's; FUNCTIONS are window_call over expr python; columns: input's, then the values */
enum vonk_python_mode { VONK_PYTHON_EVAL, VONK_PYTHON_MAP, VONK_PYTHON_GROUP, VONK_PYTHON_CO_GROUP, VONK_PYTHON_AGGREGATE, VONK_PYTHON_WINDOW };
struct vonk_relation_python {
  struct vonk_relation relation;
  struct vonk_relation *input;
  int32_t mode;
  struct vonk_exprs functions, keys, order, values;
  struct vonk_expr *side;
  int64_t left_count;
  struct vonk_options settings;           /* for the worker process */
};

#endif
