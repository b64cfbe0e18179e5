/* command.c: the field tables of commands (see relation.c). */
#include "plan/command.h"

#define F(kind, member, field_kind) VONK_FIELD(vonk_command_##kind, member, VONK_KIND_##field_kind)
#define COMMAND(kind, ...)                                                                                             \
  static const struct vonk_field kind##_fields[] = {__VA_ARGS__};                                                      \
  const struct vonk_node_type vonk_command_##kind##_type = {.name = #kind,                                             \
                                                            .node_class = VONK_CLASS_COMMAND,                          \
                                                            .own = true,                                               \
                                                            .size = sizeof(struct vonk_command_##kind),                \
                                                            .fields = kind##_fields,                                   \
                                                            .field_count = COUNT_OF(kind##_fields)};

COMMAND(create_view, F(create_view, name, NAME), F(create_view, life, ENUM), F(create_view, replace, BOOL),
        F(create_view, if_not_exists, BOOL), F(create_view, column_names, NAME), F(create_view, column_comments, NAME),
        F(create_view, comment, STR), F(create_view, properties, OPTIONS), F(create_view, query, NODE), F(create_view, query_text, STR),
        F(create_view, format, STR), F(create_view, options, OPTIONS), F(create_view, schema, TYPE))
COMMAND(create_table, F(create_table, name, NAME), F(create_table, replace, BOOL), F(create_table, if_not_exists, BOOL),
        F(create_table, external, BOOL), F(create_table, columns, POINTER), F(create_table, column_count, INT),
        F(create_table, format, STR), F(create_table, options, OPTIONS), F(create_table, properties, OPTIONS),
        F(create_table, partition_by, NAME), F(create_table, location, STR), F(create_table, comment, STR),
        F(create_table, query, NODE), F(create_table, overwrite, BOOL), F(create_table, like, NAME))
COMMAND(drop_table, F(drop_table, name, NAME), F(drop_table, if_exists, BOOL), F(drop_table, is_view, BOOL), F(drop_table, purge, BOOL))
COMMAND(insert, F(insert, table, NAME), F(insert, mode, ENUM), F(insert, column_names, NAME), F(insert, by_name, BOOL),
        F(insert, partition, OPTIONS), F(insert, if_not_exists, BOOL), F(insert, condition, NODE), F(insert, query, NODE),
        F(insert, directory, STR), F(insert, format, STR), F(insert, options, OPTIONS))
COMMAND(create_database, F(create_database, name, NAME), F(create_database, if_not_exists, BOOL), F(create_database, comment, STR),
        F(create_database, location, STR), F(create_database, properties, OPTIONS))
COMMAND(drop_database, F(drop_database, name, NAME), F(drop_database, if_exists, BOOL), F(drop_database, cascade, BOOL))
COMMAND(describe_database, F(describe_database, name, NAME), F(describe_database, extended, BOOL))
COMMAND(use, F(use, name, NAME), F(use, catalog, BOOL))
COMMAND(show, F(show, kind, ENUM), F(show, name, NAME), F(show, database, NAME), F(show, pattern, STR), F(show, key, STR), F(show, partition, OPTIONS))
COMMAND(describe, F(describe, name, NAME), F(describe, column, NAME), F(describe, extended, BOOL), F(describe, partition, OPTIONS),
        F(describe, as_json, BOOL))
COMMAND(describe_query, F(describe_query, query, NODE))
COMMAND(describe_function, F(describe_function, name, NAME), F(describe_function, extended, BOOL))
COMMAND(set, F(set, key, STR), F(set, value, STR), F(set, has_value, BOOL), F(set, all, BOOL), F(set, verbose, BOOL),
        F(set, time_zone, NODE))
COMMAND(reset, F(reset, key, STR))
COMMAND(cache, F(cache, name, NAME), F(cache, lazy, BOOL), F(cache, options, OPTIONS), F(cache, query, NODE), F(cache, query_text, STR))
COMMAND(uncache, F(uncache, name, NAME), F(uncache, if_exists, BOOL), F(uncache, all, BOOL))
COMMAND(refresh, F(refresh, name, NAME), F(refresh, path, STR), F(refresh, function, BOOL))
COMMAND(truncate, F(truncate, name, NAME), F(truncate, partition, OPTIONS))
COMMAND(update, F(update, table, NODE), F(update, columns, NODES), F(update, values, NODES), F(update, condition, NODE))
COMMAND(delete_rows, F(delete_rows, table, NODE), F(delete_rows, condition, NODE))
COMMAND(explain, F(explain, mode, ENUM), F(explain, statement, NODE))
COMMAND(alter_table, F(alter_table, kind, ENUM), F(alter_table, name, NAME), F(alter_table, new_name, NAME), F(alter_table, is_view, BOOL),
        F(alter_table, properties, OPTIONS), F(alter_table, columns, POINTER), F(alter_table, column_count, INT),
        F(alter_table, column, NAME), F(alter_table, drop_not_null, BOOL), F(alter_table, drop_default, BOOL),
        F(alter_table, if_exists, BOOL), F(alter_table, partitions, POINTER), F(alter_table, partition_count, INT),
        F(alter_table, location, STR), F(alter_table, query, NODE), F(alter_table, query_text, STR))
COMMAND(alter_database, F(alter_database, name, NAME), F(alter_database, properties, OPTIONS), F(alter_database, location, STR))
COMMAND(analyze, F(analyze, name, NAME), F(analyze, all_tables, BOOL), F(analyze, all_columns, BOOL), F(analyze, no_scan, BOOL),
        F(analyze, columns, NAME), F(analyze, partition, OPTIONS))
COMMAND(comment, F(comment, name, NAME), F(comment, on_database, BOOL), F(comment, comment, STR))
COMMAND(write, F(write, query, NODE), F(write, format, STR), F(write, path, STR), F(write, table, NAME), F(write, insert_into, BOOL),
        F(write, mode_given, BOOL), F(write, mode, ENUM), F(write, partition_by, NAME), F(write, sort_by, NAME), F(write, bucket_by, NAME), F(write, cluster_by, NAME),
        F(write, bucket_count, INT), F(write, options, OPTIONS))
COMMAND(write_table, F(write_table, query, NODE), F(write_table, table, NAME), F(write_table, format, STR), F(write_table, mode, ENUM),
        F(write_table, partition_by, NODES), F(write_table, cluster_by, NAME), F(write_table, options, OPTIONS),
        F(write_table, properties, OPTIONS), F(write_table, condition, NODE))
COMMAND(write_stream, F(write_stream, query, NODE), F(write_stream, format, STR), F(write_stream, path, STR), F(write_stream, table, NAME),
        F(write_stream, options, OPTIONS), F(write_stream, partition_by, NAME), F(write_stream, cluster_by, NAME), F(write_stream, trigger, ENUM),
        F(write_stream, interval, STR), F(write_stream, output_mode, STR), F(write_stream, name, STR), F(write_stream, foreach, BOOL),
        F(write_stream, foreach_batch, BOOL))
COMMAND(create_function, F(create_function, name, NAME), F(create_function, class_name, STR), F(create_function, resources, OPTIONS),
        F(create_function, replace, BOOL), F(create_function, if_not_exists, BOOL), F(create_function, is_temporary, BOOL))
COMMAND(drop_function, F(drop_function, name, NAME), F(drop_function, if_exists, BOOL), F(drop_function, is_temporary, BOOL))
COMMAND(register_function, F(register_function, function, NODE))
COMMAND(checkpoint, F(checkpoint, query, NODE), F(checkpoint, local, BOOL), F(checkpoint, eager, BOOL))
COMMAND(remove_checkpoint, F(remove_checkpoint, id, STR))
