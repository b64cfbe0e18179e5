/* target.c: see target.h. */
#include "session/target.h"

#include "bind/binder.h"
#include "session/write.h"

STATUS vonk_target_find(struct vonk_statement *statement, struct vonk_name name, const struct vonk_origin *at, const struct vonk_catalog_table **out) {
  TRY(vonk_catalog_find(&statement->task, statement->session->catalog, name, out));
  return *out ? VONK_OK : vonk_statement_no_table(statement, name, false, at);
}

STATUS vonk_target_relation(struct vonk_statement *statement, struct vonk_name name, const struct vonk_origin *at, const struct vonk_catalog_table **out) {
  TRY(vonk_catalog_find(&statement->task, statement->session->catalog, name, out));
  return *out ? VONK_OK : vonk_statement_no_table(statement, name, true, at);
}

STATUS vonk_target_table(struct vonk_statement *statement, const struct vonk_target_request *request, const struct vonk_catalog_table **out) {
  TRY(request->as_relation ? vonk_target_relation(statement, request->name, request->at, out) : vonk_target_find(statement, request->name, request->at, out));
  if (!vonk_target_is_view(*out)) return VONK_OK;
  enum vonk_condition condition = request->alter ? VONK_EXPECT_TABLE_NOT_VIEW__USE_ALTER_VIEW : VONK_EXPECT_TABLE_NOT_VIEW__NO_ALTERNATIVE;
  return vonk_raise(&statement->task, condition, request->at, "viewName", vonk_target_quoted(statement->arena, *out), "operation",
                    vonk_str_of(request->operation), NULL);
}

STATUS vonk_target_view(struct vonk_statement *statement, const struct vonk_target_request *request, const struct vonk_catalog_table **out) {
  TRY(vonk_target_find(statement, request->name, request->at, out));
  if (vonk_target_is_view(*out)) return VONK_OK;
  enum vonk_condition condition = request->alter ? VONK_EXPECT_VIEW_NOT_TABLE__USE_ALTER_TABLE : VONK_EXPECT_VIEW_NOT_TABLE__NO_ALTERNATIVE;
  return vonk_raise(&statement->task, condition, request->at, "tableName", vonk_target_quoted(statement->arena, *out), "operation",
                    vonk_str_of(request->operation), NULL);
}

struct vonk_str vonk_target_quoted(struct vonk_arena *arena, const struct vonk_catalog_table *table) {
  return vonk_catalog_quoted_name(arena, table->database, table->name);
}

struct vonk_str vonk_target_dotted(struct vonk_arena *arena, const struct vonk_catalog_table *table) {
  return vonk_str_format(arena, "spark_catalog." STR_FMT "." STR_FMT, STR_ARG(table->database), STR_ARG(table->name));
}

STATUS vonk_target_save(struct vonk_statement *statement, const struct vonk_catalog_table *table) {
  struct vonk_catalog_session *catalog = statement->session->catalog;
  if (vonk_catalog_is_temporary(table)) return vonk_catalog_put_temporary(&statement->task, catalog, table, true, NULL);
  return vonk_catalog_put(&statement->task, catalog, table, true, NULL);
}

uint32_t vonk_target_field(const struct vonk_type *schema, struct vonk_str name) {
  uint32_t i = 0;
  while (i < schema->field_count && !vonk_str_equal_nocase(schema->fields[i].name, name)) i++;
  return i;
}

STATUS vonk_target_check_columns(struct vonk_statement *statement, const struct vonk_type *schema, const struct vonk_origin *origin) {
  for (uint32_t i = 0; i < schema->field_count; i++) {
    struct vonk_str name = schema->fields[i].name;
    if (vonk_target_field(schema, name) == i) continue;
    struct vonk_str quoted = vonk_type_quote(statement->arena, vonk_str_lower(statement->arena, name));
    return vonk_raise(&statement->task, VONK_COLUMN_ALREADY_EXISTS, origin, "columnName", quoted, NULL);
  }
  return VONK_OK;
}

/* --- partitions --- */

static STATUS partition_value(struct vonk_statement *statement, struct vonk_str text, const struct vonk_type *type, const struct vonk_origin *origin,
                              struct vonk_value *out) {
  struct vonk_value literal = vonk_value_text(&vonk_type_string, text);
  struct vonk_bind_context context;
  vonk_statement_bind_context(statement, &context);
  return vonk_bind_query_constant(&statement->task, &context, vonk_expr_literal_of(statement->arena, &literal, origin), type, out);
}

STATUS vonk_target_partition(struct vonk_statement *statement, const struct vonk_catalog_table *table, struct vonk_options spec,
                             const struct vonk_origin *origin, struct vonk_target_partition *out) {
  uint32_t count = table->partition_columns.count;
  const struct vonk_type_field *fields = table->schema->fields + table->schema->field_count - count;
  *out = (struct vonk_target_partition){.parts = ARENA_ARRAY(statement->arena, struct vonk_str, count)};
  for (uint32_t i = 0; i < spec.count; i++) {
    uint32_t column = 0;
    struct vonk_value value;
    while (column < count && !vonk_str_equal_nocase(fields[column].name, spec.items[i].key)) column++;
    if (column == count) return vonk_target_no_partition(statement, table, vonk_type_quote(statement->arena, spec.items[i].key), origin);
    if (!spec.items[i].value.data) continue;
    TRY(partition_value(statement, spec.items[i].value, fields[column].type, origin, &value));
    out->parts[column] = vonk_partition_path(statement->arena, &fields[column], &value, 1, statement->zone);
    out->given++;
  }
  return VONK_OK;
}

bool vonk_target_partition_has(const struct vonk_target_partition *partition, struct vonk_str path) {
  size_t start = 0;
  for (uint32_t column = 0; start <= path.size; column++) {
    size_t stop = vonk_str_find(path, STR("/"), start);
    if (stop == SIZE_MAX) stop = path.size;
    struct vonk_str wanted = partition->parts[column];
    if (wanted.data && !vonk_str_equal(wanted, vonk_str_slice(path, start, stop))) return false;
    start = stop + 1;
  }
  return true;
}

struct vonk_str vonk_target_partition_path(struct vonk_arena *arena, const struct vonk_target_partition *partition, uint32_t column_count) {
  struct vonk_text path;
  vonk_text_init(&path, arena);
  for (uint32_t i = 0; i < column_count && partition->parts[i].data; i++) {
    if (i) vonk_text_add_char(&path, '/');
    vonk_text_add(&path, partition->parts[i]);
  }
  return vonk_text_str(&path);
}

STATUS vonk_target_no_partition(struct vonk_statement *statement, const struct vonk_catalog_table *table, struct vonk_str partition,
                                const struct vonk_origin *origin) {
  return vonk_raise(&statement->task, VONK_PARTITIONS_NOT_FOUND, origin, "partitionList", partition, "tableName",
                    vonk_target_quoted(statement->arena, table), NULL);
}

/* --- what is read --- */

struct search {
  const struct vonk_catalog_table *table;
  bool found;
};

static STATUS find_scan(void *object, struct vonk_node *node) {
  struct search *search = object;
  const struct vonk_relation_scan *scan = RELATION_AS(node, scan);
  if (scan && scan->source->table.count == 3) {
    const struct vonk_str *name = scan->source->table.parts;
    search->found |= vonk_str_equal(name[1], search->table->database) && vonk_str_equal(name[2], search->table->name);
  }
  return vonk_node_children(node, find_scan, search);
}

STATUS vonk_target_check_overwrite(struct vonk_statement *statement, const struct vonk_catalog_table *table, struct vonk_relation *resolved,
                                   const struct vonk_origin *origin) {
  struct search search = {table, false};
  TRY(find_scan(&search, &resolved->node));
  if (!search.found) return VONK_OK;
  return vonk_raise(&statement->task, VONK_UNSUPPORTED_OVERWRITE__TABLE, origin, "table", vonk_target_quoted(statement->arena, table), NULL);
}
