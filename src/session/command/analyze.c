/* analyze.c: ANALYZE TABLE: counts and sizes that DESCRIBE EXTENDED shows. Plans take theirs from the files, which are never stale.
 *
 * Statistics are options of the table's description: sizeInBytes, numRows and, per column, COLUMN.min and the like.
 */
#include "bind/binder.h"
#include "fs/fs.h"
#include "session/command/command.h"
#include "session/table_details.h"
#include "session/target.h"

struct statistics {
  struct vonk_statement *statement;
  const struct vonk_catalog_table *table;
  ARRAY_OF(struct vonk_option) items;
};

static void put(struct statistics *statistics, struct vonk_str key, struct vonk_str value) {
  *ARRAY_PUSH(statistics->statement->arena, &statistics->items) = (struct vonk_option){key, value};
}

static STATUS measure_files(struct statistics *statistics) {
  struct vonk_task *task = &statistics->statement->task;
  struct vonk_fs_entry entry;
  struct vonk_fs_list files = {0};
  uint64_t bytes = 0;
  bool found;
  TRY(vonk_fs_stat(task, statistics->table->location, &found, &entry));
  if (found) TRY(vonk_fs_find(task, statistics->table->location, &files));
  for (size_t i = 0; i < files.count; i++) bytes += files.items[i].byte_size;
  put(statistics, STR("sizeInBytes"), vonk_str_format(task->arena, "%llu", (unsigned long long)bytes));
  return VONK_OK;
}

static struct vonk_str value_text(struct vonk_statement *statement, const struct vonk_value *value) {
  struct vonk_text text;
  struct vonk_format_options options = {.form = VONK_TEXT_HIVE, .zone = statement->zone};
  vonk_text_init(&text, statement->arena);
  vonk_format_value(&text, value, &options);
  return vonk_text_str(&text);
}

static STATUS count_rows(struct statistics *statistics) {
  struct vonk_arena *arena = statistics->statement->arena;
  struct vonk_bind_rows rows;
  struct vonk_str name = vonk_target_quoted(arena, statistics->table);
  TRY(vonk_statement_ask(statistics->statement, vonk_str_format(arena, "SELECT count(*) FROM " STR_FMT, STR_ARG(name)), 1, &rows));
  put(statistics, STR("numRows"), value_text(statistics->statement, &rows.values[0]));
  return VONK_OK;
}

/* Lengths are those of the values in Spark's rows: of the type, or of the text. */
static STATUS measure_column(struct statistics *statistics, const struct vonk_type_field *field) {
  static const char *const names[] = {"min", "max", "num_nulls", "distinct_count", "avg_col_len", "max_col_len"};
  struct vonk_statement *statement = statistics->statement;
  struct vonk_arena *arena = statement->arena;
  bool text = vonk_type_is_string(field->type) || field->type->id == VONK_TYPE_BINARY;
  struct vonk_str column = vonk_type_quote(arena, field->name), table = vonk_target_quoted(arena, statistics->table);
  struct vonk_str range = vonk_str_format(arena, "min(" STR_FMT "), max(" STR_FMT ")", STR_ARG(column), STR_ARG(column)), lengths;
  unsigned width = (unsigned)vonk_type_default_size(field->type);
  lengths = vonk_str_format(arena, "%u, %u", width, width);
  if (text) {
    range = STR("NULL, NULL");
    lengths = vonk_str_format(arena, "CAST(ceil(avg(octet_length(" STR_FMT "))) AS BIGINT), max(octet_length(" STR_FMT "))", STR_ARG(column), STR_ARG(column));
  }
  struct vonk_str sql = vonk_str_format(arena, "SELECT " STR_FMT ", count(*) - count(" STR_FMT "), count(DISTINCT " STR_FMT "), " STR_FMT " FROM " STR_FMT,
                                        STR_ARG(range), STR_ARG(column), STR_ARG(column), STR_ARG(lengths), STR_ARG(table));
  struct vonk_bind_rows rows;
  TRY(vonk_statement_ask(statement, sql, 1, &rows));
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    struct vonk_str key = vonk_str_format(arena, STR_FMT ".%s", STR_ARG(field->name), names[i]);
    if (!rows.values[i].is_null) put(statistics, key, value_text(statement, &rows.values[i]));
  }
  return VONK_OK;
}

static STATUS measure_columns(struct statistics *statistics, const struct vonk_command_analyze *command) {
  const struct vonk_type *schema = statistics->table->schema;
  struct vonk_statement *statement = statistics->statement;
  for (uint32_t i = 0; i < command->columns.count; i++) {
    struct vonk_str name = command->columns.parts[i];
    uint32_t place = vonk_target_field(schema, name);
    if (place == schema->field_count) {
      return vonk_raise(&statement->task, VONK_COLUMN_NOT_FOUND, command->node.origin, "colName", vonk_type_quote(statement->arena, name),
                        "caseSensitiveConfig", STR("\"spark.sql.caseSensitive\""), NULL);
    }
    TRY(measure_column(statistics, &schema->fields[place]));
  }
  for (uint32_t i = 0; i < schema->field_count && command->all_columns; i++) {
    if (!vonk_type_is_nested(schema->fields[i].type)) TRY(measure_column(statistics, &schema->fields[i]));
  }
  return VONK_OK;
}

static STATUS analyze(struct vonk_statement *statement, const struct vonk_command_analyze *command, const struct vonk_catalog_table *table) {
  struct statistics statistics = {.statement = statement, .table = table};
  struct vonk_catalog_table changed = *table;
  TRY(measure_files(&statistics));
  if (!command->no_scan) TRY(count_rows(&statistics));
  TRY(measure_columns(&statistics, command));
  struct vonk_options found = {statistics.items.items, (uint32_t)statistics.items.count};
  changed.statistics = vonk_options_change(statement->arena, table->statistics, found, false);
  return vonk_target_save(statement, &changed);
}

static STATUS analyze_database(struct vonk_statement *statement, const struct vonk_command_analyze *command) {
  struct vonk_catalog_session *catalog = statement->session->catalog;
  struct vonk_str database = command->name.count ? command->name.parts[command->name.count - 1] : vonk_catalog_current_database(catalog);
  struct vonk_catalog_tables tables;
  TRY(vonk_catalog_list_tables(&statement->task, catalog, database, command->at, &tables));
  for (size_t i = 0; i < tables.count; i++) {
    if (!vonk_target_is_view(tables.items[i])) TRY(analyze(statement, command, tables.items[i]));
  }
  return VONK_OK;
}

STATUS vonk_command_analyze_run(struct vonk_statement *statement, struct vonk_command_analyze *command) {
  const struct vonk_catalog_table *table;
  struct vonk_target_partition partition;
  if (command->all_tables) return analyze_database(statement, command);
  TRY(vonk_target_find(statement, command->name, command->at, &table));
  if (vonk_target_is_view(table)) return vonk_raise(&statement->task, VONK_UNSUPPORTED_FEATURE__ANALYZE_VIEW, command->node.origin, NULL);
  /* Statistics are kept for whole tables, so those of single partitions are those of all. */
  TRY(vonk_target_partition(statement, table, command->partition, command->node.origin, &partition));
  return analyze(statement, command, table);
}
