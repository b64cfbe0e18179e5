/* columns.c: see columns.h. */
#include "session/columns.h"

#include "bind/binder.h"
#include "session/target.h"

struct checked {
  struct vonk_statement *statement;
  const char *command;
  struct vonk_str name, sql;
  const struct vonk_origin *origin;
};

static STATUS bad_default(const struct checked *checked, enum vonk_condition condition, struct vonk_str expected, struct vonk_str actual) {
  return vonk_raise(&checked->statement->task, condition, checked->origin, "statement", vonk_str_of(checked->command), "colName",
                    vonk_type_quote(checked->statement->arena, checked->name), "defaultValue", checked->sql, "expectedType", expected, "actualType",
                    actual, NULL);
}

static STATUS find_subquery(void *object, struct vonk_node *node) {
  bool *found = object;
  *found |= node->type->node_class == VONK_CLASS_RELATION;
  return vonk_node_children(node, find_subquery, object);
}

STATUS vonk_columns_check_default(struct vonk_statement *statement, const char *command, struct vonk_str name, const struct vonk_type *type,
                                  struct vonk_str default_sql, const struct vonk_origin *origin) {
  struct checked checked = {statement, command, name, default_sql, origin};
  struct vonk_sql_options options = vonk_statement_parse_options(statement);
  struct vonk_bind_context context;
  struct vonk_expr *expr;
  struct vonk_value value;
  bool subquery = false;
  TRY(vonk_sql_parse_expression(&statement->task, default_sql, &options, &expr));
  TRY(find_subquery(&subquery, &expr->node));
  if (subquery) return bad_default(&checked, VONK_INVALID_DEFAULT_VALUE__SUBQUERY_EXPRESSION, STR(""), STR(""));
  vonk_statement_bind_context(statement, &context);
  if (vonk_bind_query_constant(&statement->task, &context, expr, NULL, &value) != VONK_OK) {
    vonk_error_clear(statement->task.error);
    return bad_default(&checked, VONK_INVALID_DEFAULT_VALUE__UNRESOLVED_EXPRESSION, STR(""), STR(""));
  }
  if (vonk_bind_may_store(value.type, type)) return VONK_OK;
  struct vonk_str expected = vonk_type_sql(statement->arena, type), actual = vonk_type_sql(statement->arena, value.type);
  return bad_default(&checked, VONK_INVALID_DEFAULT_VALUE__DATA_TYPE, expected, actual);
}

STATUS vonk_columns_schema(struct vonk_statement *statement, const char *command, const struct vonk_column_definition *columns, uint32_t count,
                           const struct vonk_origin *origin, const struct vonk_type **out) {
  struct vonk_type_field *fields = ARENA_ARRAY(statement->arena, struct vonk_type_field, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_column_definition *column = &columns[i];
    struct vonk_str metadata = vonk_type_field_metadata(statement->arena, column->comment, column->default_sql);
    fields[i] = (struct vonk_type_field){column->name, column->type, true, metadata};
    if (!column->default_sql.data) continue;
    TRY(vonk_columns_check_default(statement, command, column->name, column->type, column->default_sql, origin));
  }
  *out = vonk_type_struct(statement->arena, fields, count);
  return vonk_statement_check_time(statement, *out);
}

/* --- partition columns --- */

static bool is_partition(const struct vonk_columns_layout *layout, struct vonk_str name) {
  for (uint32_t i = 0; i < layout->partition_by.count; i++) {
    if (vonk_str_equal_nocase(layout->partition_by.parts[i], name)) return true;
  }
  return false;
}

static STATUS no_partition_column(struct vonk_statement *statement, const struct vonk_columns_layout *layout, const struct vonk_type *schema,
                                  struct vonk_str name) {
  if (layout->table.size == 0) {
    return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_1155, layout->origin, "col", name, "schemaCatalog",
                      vonk_type_simple_string(statement->arena, schema), NULL);
  }
  struct vonk_text columns;
  vonk_text_init(&columns, statement->arena);
  for (uint32_t i = 0; i < schema->field_count; i++) {
    if (i) vonk_text_add(&columns, STR(", "));
    vonk_text_add(&columns, vonk_type_quote(statement->arena, schema->fields[i].name));
  }
  struct vonk_str table = vonk_type_quote(statement->arena, layout->table);
  return vonk_raise(&statement->task, VONK_COLUMN_NOT_DEFINED_IN_TABLE, layout->origin, "colType", STR("partition"), "colName",
                    vonk_type_quote(statement->arena, name), "tableName", table, "tableCols", vonk_text_str(&columns), NULL);
}

static STATUS check_partition_types(struct vonk_statement *statement, const struct vonk_columns_layout *layout, const struct vonk_type *schema) {
  uint32_t count = layout->partition_by.count;
  const struct vonk_type_field *fields = schema->fields + schema->field_count - count;
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_type *type = fields[i].type;
    if (!vonk_type_is_nested(type) && !vonk_type_is_interval(type) && type->id != VONK_TYPE_VARIANT) continue;
    struct vonk_str text = vonk_type_sql(statement->arena, type);
    return vonk_raise(&statement->task, VONK_INVALID_PARTITION_COLUMN_DATA_TYPE, layout->origin, "type", text, NULL);
  }
  bool all = count > 0 && count == schema->field_count;
  return all ? vonk_raise(&statement->task, VONK_ALL_PARTITION_COLUMNS_NOT_ALLOWED, layout->origin, NULL) : VONK_OK;
}

STATUS vonk_columns_partitioned(struct vonk_statement *statement, const struct vonk_columns_layout *layout, const struct vonk_type *schema,
                                const struct vonk_type **out) {
  struct vonk_type_field *fields = ARENA_ARRAY(statement->arena, struct vonk_type_field, schema->field_count + layout->partition_by.count);
  uint32_t count = 0;
  TRY(vonk_target_check_columns(statement, schema, layout->origin));
  for (uint32_t i = 0; i < schema->field_count; i++) {
    if (!is_partition(layout, schema->fields[i].name)) fields[count++] = schema->fields[i];
  }
  for (uint32_t i = 0; i < layout->partition_by.count; i++) {
    uint32_t found = vonk_target_field(schema, layout->partition_by.parts[i]);
    if (found == schema->field_count) return no_partition_column(statement, layout, schema, layout->partition_by.parts[i]);
    fields[count++] = schema->fields[found];
  }
  for (uint32_t i = 0; i < count; i++) fields[i].nullable = true;
  *out = vonk_type_struct(statement->arena, fields, count);
  TRY(vonk_target_check_columns(statement, *out, layout->origin));
  return check_partition_types(statement, layout, *out);
}
