/* relation.c: the field tables of relations, which is all that walk, copy, equality, hash and print (expr/node.h) know of
 * them. `columns` of resolved relations is no field: it belongs to the relation as a whole. */
#include "plan/relation.h"

struct vonk_relation *vonk_relation_create(struct vonk_arena *arena, const struct vonk_node_type *type, const struct vonk_origin *origin) {
  struct vonk_relation *relation = (struct vonk_relation *)(void *)vonk_node_create(arena, type, origin);
  relation->estimated_rows = -1;
  return relation;
}

#define F(kind, member, field_kind) VONK_FIELD(vonk_relation_##kind, member, VONK_KIND_##field_kind)
#define HIDDEN(kind, member, field_kind) VONK_FIELD_HIDDEN(vonk_relation_##kind, member, VONK_KIND_##field_kind)
/* KIND's fields follow. OWN: not in Spark Connect's vocabulary. */
#define RELATION(kind, shown, is_own, ...)                                                                             \
  static const struct vonk_field kind##_fields[] = {__VA_ARGS__};                                                      \
  const struct vonk_node_type vonk_relation_##kind##_type = {.name = shown,                                            \
                                                             .node_class = VONK_CLASS_RELATION,                        \
                                                             .own = is_own,                                            \
                                                             .size = sizeof(struct vonk_relation_##kind),              \
                                                             .fields = kind##_fields,                                  \
                                                             .field_count = COUNT_OF(kind##_fields)};

/* ================================ unresolved ================================ */

RELATION(read, "read", false, F(read, name, NAME), F(read, format, STR), F(read, paths, NAME), F(read, options, OPTIONS),
         F(read, schema, STR), F(read, is_streaming, BOOL), F(read, time_travel, NODE), F(read, by_version, BOOL))
RELATION(project_star, "project", false, F(project_star, input, NODE), F(project_star, expressions, NODES))
RELATION(filter, "filter", false, F(filter, input, NODE), F(filter, condition, NODE))
RELATION(join, "join", false, F(join, left, NODE), F(join, right, NODE), F(join, join_type, ENUM), F(join, condition, NODE),
         F(join, using_columns, NAME), F(join, natural, BOOL), F(join, lateral, BOOL))
RELATION(set_op, "set_op", false, F(set_op, left, NODE), F(set_op, right, NODE), F(set_op, op, ENUM), F(set_op, is_all, BOOL),
         F(set_op, by_name, BOOL), F(set_op, allow_missing_columns, BOOL))
RELATION(sort, "sort", false, F(sort, input, NODE), F(sort, order, NODES), F(sort, is_global, BOOL))
RELATION(limit, "limit", false, F(limit, input, NODE), F(limit, count, NODE))
RELATION(offset, "offset", false, F(offset, input, NODE), F(offset, count, NODE))
RELATION(tail, "tail", false, F(tail, input, NODE), F(tail, count, INT))
RELATION(aggregate, "aggregate", false, F(aggregate, input, NODE), F(aggregate, grouping, ENUM), F(aggregate, group, NODES), F(aggregate, listed, NODES),
         F(aggregate, expressions, NODES), F(aggregate, prepend_grouping, BOOL), F(aggregate, having, NODE))
RELATION(sql, "sql", false, F(sql, text, STR), F(sql, arguments, NODES), F(sql, argument_names, NAME))
RELATION(local_relation, "local_relation", false, F(local_relation, arrow, BYTES), HIDDEN(local_relation, memory, BUFFER), F(local_relation, schema, STR))
RELATION(sample, "sample", false, F(sample, input, NODE), F(sample, lower_bound, REAL), F(sample, upper_bound, REAL),
         F(sample, with_replacement, BOOL), F(sample, has_seed, BOOL), F(sample, seed, INT), F(sample, rows, INT),
         F(sample, deterministic_order, BOOL))
RELATION(deduplicate, "deduplicate", false, F(deduplicate, input, NODE), F(deduplicate, column_names, NAME),
         F(deduplicate, all_columns, BOOL))
RELATION(range, "range", false, F(range, start, INT), F(range, end, INT), F(range, step, INT), F(range, partitions, INT))
RELATION(subquery_alias, "subquery_alias", false, F(subquery_alias, input, NODE), F(subquery_alias, alias, STR),
         F(subquery_alias, column_aliases, NAME))
RELATION(repartition, "repartition", false, F(repartition, input, NODE), F(repartition, count, INT), F(repartition, shuffle, BOOL),
         F(repartition, by, NODES), F(repartition, by_range, BOOL))
RELATION(to_df, "to_df", false, F(to_df, input, NODE), F(to_df, column_names, NAME))
RELATION(hint, "hint", false, F(hint, input, NODE), F(hint, name, STR), F(hint, parameters, NODES))
RELATION(unpivot, "unpivot", false, F(unpivot, input, NODE), F(unpivot, ids, NODES), F(unpivot, values, NODES),
         F(unpivot, ids_given, BOOL), F(unpivot, values_given, BOOL), F(unpivot, variable, STR), F(unpivot, value, STR),
         F(unpivot, value_columns, NAME), F(unpivot, include_nulls, BOOL))
RELATION(pivot, "pivot", false, F(pivot, input, NODE), F(pivot, group, NODES), F(pivot, group_given, BOOL), F(pivot, aggregates, NODES),
         F(pivot, column, NODES), F(pivot, values, NODES))
RELATION(with_cte, "with_cte", true, F(with_cte, definitions, NODES), F(with_cte, body, NODE), F(with_cte, recursive, BOOL),
         F(with_cte, max_depth, INT))
RELATION(lateral_view, "lateral_view", true, F(lateral_view, input, NODE), F(lateral_view, generator, NODE),
         F(lateral_view, is_outer, BOOL), F(lateral_view, table_alias, STR), F(lateral_view, column_aliases, NAME))
RELATION(lateral_join, "lateral_join", false, F(lateral_join, left, NODE), F(lateral_join, right, NODE),
         F(lateral_join, join_type, ENUM), F(lateral_join, condition, NODE))
RELATION(table_function, "table_function", false, F(table_function, call, NODE))
RELATION(values, "values", true, F(values, rows, NODES))
RELATION(window_clause, "window_clause", true, F(window_clause, input, NODE), F(window_clause, definitions, NODES))
RELATION(having, "having", true, F(having, input, NODE), F(having, condition, NODE))

RELATION(with_columns, "with_columns", false, F(with_columns, input, NODE), F(with_columns, aliases, NODES))
RELATION(with_columns_renamed, "with_columns_renamed", false, F(with_columns_renamed, input, NODE), F(with_columns_renamed, renames, OPTIONS))
RELATION(drop, "drop", false, F(drop, input, NODE), F(drop, columns, NODES), F(drop, column_names, NAME))
RELATION(to_schema, "to_schema", false, F(to_schema, input, NODE), F(to_schema, schema, TYPE))
RELATION(show_string, "show_string", false, F(show_string, input, NODE), F(show_string, rows, INT), F(show_string, truncate, INT),
         F(show_string, vertical, BOOL))
RELATION(html_string, "html_string", false, F(html_string, input, NODE), F(html_string, rows, INT), F(html_string, truncate, INT))
RELATION(fill_na, "fill_na", false, F(fill_na, input, NODE), F(fill_na, column_names, NAME), F(fill_na, values, NODES))
RELATION(drop_na, "drop_na", false, F(drop_na, input, NODE), F(drop_na, column_names, NAME), F(drop_na, min_non_nulls, INT))
RELATION(replace, "replace", false, F(replace, input, NODE), F(replace, column_names, NAME), F(replace, old_values, NODES),
         F(replace, new_values, NODES))
RELATION(summary, "summary", false, F(summary, input, NODE), F(summary, statistics, NAME))
RELATION(describe, "describe", false, F(describe, input, NODE), F(describe, column_names, NAME))
RELATION(crosstab, "crosstab", false, F(crosstab, input, NODE), F(crosstab, column1, STR), F(crosstab, column2, STR))
RELATION(cov, "cov", false, F(cov, input, NODE), F(cov, column1, STR), F(cov, column2, STR))
RELATION(corr, "corr", false, F(corr, input, NODE), F(corr, column1, STR), F(corr, column2, STR), F(corr, method, STR))
RELATION(approx_quantile, "approx_quantile", false, F(approx_quantile, input, NODE), F(approx_quantile, column_names, NAME),
         F(approx_quantile, probabilities, NODES), F(approx_quantile, relative_error, REAL))
RELATION(freq_items, "freq_items", false, F(freq_items, input, NODE), F(freq_items, column_names, NAME), F(freq_items, support, REAL))
RELATION(sample_by, "sample_by", false, F(sample_by, input, NODE), F(sample_by, column, NODE), F(sample_by, strata, NODES),
         F(sample_by, fractions, NODES), F(sample_by, has_seed, BOOL), F(sample_by, seed, INT))
RELATION(transpose, "transpose", false, F(transpose, input, NODE), F(transpose, index_columns, NODES))
RELATION(as_of_join, "as_of_join", false, F(as_of_join, left, NODE), F(as_of_join, right, NODE), F(as_of_join, left_as_of, NODE),
         F(as_of_join, right_as_of, NODE), F(as_of_join, condition, NODE), F(as_of_join, tolerance, NODE), F(as_of_join, using_columns, NAME),
         F(as_of_join, join_type, STR), F(as_of_join, direction, STR), F(as_of_join, allow_exact_matches, BOOL))
RELATION(nearest_by_join, "nearest_by_join", false, F(nearest_by_join, left, NODE), F(nearest_by_join, right, NODE),
         F(nearest_by_join, ranking, NODE), F(nearest_by_join, results, INT), F(nearest_by_join, join_type, STR),
         F(nearest_by_join, mode, STR), F(nearest_by_join, direction, STR))
RELATION(collect_metrics, "collect_metrics", false, F(collect_metrics, input, NODE), F(collect_metrics, name, STR),
         F(collect_metrics, metrics, NODES))
RELATION(parse, "parse", false, F(parse, input, NODE), F(parse, format, ENUM), F(parse, schema, TYPE), F(parse, options, OPTIONS))
RELATION(map_partitions, "map_partitions", false, F(map_partitions, input, NODE), F(map_partitions, function, NODE),
         F(map_partitions, is_barrier, BOOL))
RELATION(group_map, "group_map", false, F(group_map, input, NODE), F(group_map, grouping, NODES), F(group_map, sorting, NODES),
         F(group_map, function, NODE))
RELATION(co_group_map, "co_group_map", false, F(co_group_map, input, NODE), F(co_group_map, other, NODE),
         F(co_group_map, input_grouping, NODES), F(co_group_map, other_grouping, NODES), F(co_group_map, input_sorting, NODES),
         F(co_group_map, other_sorting, NODES), F(co_group_map, function, NODE))
RELATION(cached_remote_relation, "cached_remote_relation", false, F(cached_remote_relation, id, STR))
RELATION(catalog, "catalog", false, F(catalog, call, INT), F(catalog, name, STR), F(catalog, database, STR), F(catalog, pattern, STR),
         F(catalog, path, STR), F(catalog, source, STR), F(catalog, description, STR), F(catalog, schema, TYPE),
         F(catalog, options, OPTIONS), F(catalog, flag, BOOL), F(catalog, cascade, BOOL))
RELATION(view, "view", true, F(view, table, POINTER), HIDDEN(view, memory, BUFFER))

/* ================================= resolved ================================= */

RELATION(scan, "scan", true, F(scan, source, POINTER), F(scan, source_columns, IDS), F(scan, filters, NODES), F(scan, limit, INT),
         F(scan, without_row_index, BOOL))
RELATION(rows, "rows", true, F(rows, rows, NODES), F(rows, batches, POINTER))
RELATION(project, "project_of", true, F(project, input, NODE), F(project, expressions, NODES))
RELATION(select, "select", true, F(select, input, NODE), F(select, conjuncts, NODES))
RELATION(join_on, "join_on", true, F(join_on, left, NODE), F(join_on, right, NODE), F(join_on, join_type, ENUM),
         F(join_on, left_keys, NODES), F(join_on, right_keys, NODES), F(join_on, null_safe, IDS), F(join_on, residual, NODES),
         HIDDEN(join_on, build_side, ENUM), F(join_on, null_aware, BOOL), F(join_on, mark_id, ID), F(join_on, correlated, BOOL))
RELATION(group, "group", true, F(group, input, NODE), F(group, keys, NODES), F(group, aggregates, NODES), F(group, by_keys, BOOL))
RELATION(window_of, "window_of", true, F(window_of, input, NODE), F(window_of, calls, NODES))
RELATION(order, "order", true, F(order, input, NODE), F(order, order, NODES), F(order, is_global, BOOL), F(order, limit, INT),
         F(order, offset, INT))
RELATION(slice, "slice", true, F(slice, input, NODE), F(slice, offset, INT), F(slice, limit, INT), F(slice, from_end, BOOL))
RELATION(union_all, "union_all", true, F(union_all, inputs, NODES), F(union_all, zipped, BOOL))
RELATION(expand, "expand", true, F(expand, input, NODE), F(expand, projections, NODES))
RELATION(generate, "generate", true, F(generate, input, NODE), F(generate, generator, NODE), F(generate, is_outer, BOOL))
RELATION(sample_of, "sample_of", true, F(sample_of, input, NODE), F(sample_of, lower, REAL), F(sample_of, upper, REAL),
         F(sample_of, with_replacement, BOOL), F(sample_of, seed, INT))
RELATION(range_of, "range_of", true, F(range_of, start, INT), F(range_of, end, INT), F(range_of, step, INT),
         F(range_of, partitions, INT))
RELATION(partition, "partition", true, F(partition, input, NODE), F(partition, count, INT), F(partition, shuffle, BOOL),
         F(partition, by_range, BOOL), F(partition, rebalance, BOOL), F(partition, direct, BOOL), F(partition, by, NODES))
RELATION(ranged, "ranged", true, F(ranged, input, NODE), F(ranged, count, INT), F(ranged, by, NODES), F(ranged, samples, BOOL), F(ranged, bounds, POINTER))
RELATION(shared, "shared", true, F(shared, body, NODE), F(shared, shared_id, ID))
RELATION(set_of, "set_of", true, F(set_of, left, NODE), F(set_of, right, NODE), F(set_of, op, ENUM), F(set_of, is_all, BOOL))
RELATION(recursion, "recursion", true, F(recursion, anchor, NODE), F(recursion, step, NODE), F(recursion, working_id, ID),
         F(recursion, level_limit, INT), F(recursion, row_limit, INT), F(recursion, limit, INT))
RELATION(working, "working", true, F(working, working_id, ID))
RELATION(unique, "unique", true, F(unique, input, NODE), F(unique, by, IDS))
RELATION(python, "python", true, F(python, input, NODE), F(python, mode, ENUM), F(python, functions, NODES), F(python, keys, NODES), F(python, order, NODES),
         F(python, values, NODES), F(python, side, NODE), F(python, left_count, INT), F(python, settings, OPTIONS))
RELATION(stream, "stream", true, F(stream, name, STR))
RELATION(observe, "observe", true, F(observe, input, NODE), F(observe, name, STR), F(observe, aggregates, NODES), F(observe, results, NODES),
         F(observe, aggregate_ids, IDS), F(observe, keys, NAME))
