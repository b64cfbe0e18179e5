/* show_create.c: SHOW CREATE TABLE: the statement that would make the table or view again. */
#include "fs/fs.h"
#include "session/command/show.h"
#include "session/table_details.h"
#include "session/target.h"

static void put_string(struct vonk_text *text, struct vonk_str value) {
  vonk_text_add_char(text, '\'');
  for (size_t i = 0; i < value.size; i++) {
    if (value.data[i] == '\'' || value.data[i] == '\\') vonk_text_add_char(text, '\\');
    vonk_text_add_char(text, value.data[i]);
  }
  vonk_text_add_char(text, '\'');
}

static bool is_word(struct vonk_str name) {
  for (size_t i = 0; i < name.size; i++) {
    char c = name.data[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9' && i > 0))) return false;
  }
  return name.size > 0;
}

static void put_name(struct vonk_text *text, struct vonk_str name) {
  vonk_text_add(text, is_word(name) ? name : vonk_type_quote_name(text->arena, name));
}

/* Spark names the default collation here too. */
static void put_type(struct vonk_text *text, const struct vonk_type *type) {
  if (vonk_type_equal(type, &vonk_type_string)) {
    vonk_text_add(text, STR("STRING COLLATE UTF8_BINARY"));
  } else if (type->id == VONK_TYPE_ARRAY || type->id == VONK_TYPE_MAP) {
    vonk_text_add(text, type->id == VONK_TYPE_ARRAY ? STR("ARRAY<") : STR("MAP<"));
    if (type->id == VONK_TYPE_MAP) {
      put_type(text, type->key);
      vonk_text_add(text, STR(", "));
    }
    put_type(text, type->element);
    vonk_text_add_char(text, '>');
  } else if (type->id == VONK_TYPE_STRUCT) {
    vonk_text_add(text, STR("STRUCT<"));
    for (uint32_t i = 0; i < type->field_count; i++) {
      if (i) vonk_text_add(text, STR(", "));
      put_name(text, type->fields[i].name);
      vonk_text_add(text, STR(": "));
      put_type(text, type->fields[i].type);
    }
    vonk_text_add_char(text, '>');
  } else {
    vonk_text_add(text, vonk_type_sql(text->arena, type));
  }
}

static void put_columns(struct vonk_text *text, const struct vonk_type *schema, bool typed) {
  vonk_text_add(text, STR(" (\n"));
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    struct vonk_str comment = vonk_type_field_comment(text->arena, field), value = vonk_type_field_default(text->arena, field);
    vonk_text_add(text, i ? STR(",\n  ") : STR("  "));
    put_name(text, field->name);
    if (typed) {
      vonk_text_add_char(text, ' ');
      put_type(text, field->type);
      if (value.data) vonk_text_addf(text, " DEFAULT " STR_FMT, STR_ARG(value));
    }
    if (!comment.data) continue;
    vonk_text_add(text, STR(" COMMENT "));
    put_string(text, comment);
  }
  vonk_text_add(text, STR(")\n"));
}

static void put_options(struct vonk_text *text, const char *clause, struct vonk_options options) {
  if (options.count == 0) return;
  options = vonk_options_sorted(text->arena, options);
  vonk_text_addf(text, "%s (\n  ", clause);
  for (uint32_t i = 0; i < options.count; i++) {
    if (i) vonk_text_add(text, STR(",\n  "));
    put_string(text, options.items[i].key);
    vonk_text_add(text, STR(" = "));
    put_string(text, options.items[i].value);
  }
  vonk_text_add(text, STR(")\n"));
}

static void put_comment(struct vonk_text *text, struct vonk_str comment) {
  if (!comment.size) return;
  vonk_text_add(text, STR("COMMENT "));
  put_string(text, comment);
  vonk_text_add_char(text, '\n');
}

static void put_view(struct vonk_text *text, const struct vonk_catalog_table *view) {
  vonk_text_add(text, STR("CREATE VIEW "));
  put_name(text, view->database);
  vonk_text_add_char(text, '.');
  put_name(text, view->name);
  put_columns(text, view->schema, false);
  put_comment(text, view->comment);
  put_options(text, "TBLPROPERTIES", view->properties);
  vonk_text_addf(text, "WITH SCHEMA COMPENSATION\nAS " STR_FMT "\n", STR_ARG(view->view_text));
}

static void put_table(struct vonk_text *text, const struct vonk_catalog_table *table) {
  vonk_text_add(text, STR("CREATE TABLE spark_catalog."));
  put_name(text, table->database);
  vonk_text_add_char(text, '.');
  put_name(text, table->name);
  put_columns(text, table->schema, true);
  vonk_text_addf(text, "USING " STR_FMT "\n", STR_ARG(vonk_str_lower(text->arena, table->format)));
  put_options(text, "OPTIONS", table->options);
  for (uint32_t i = 0; i < table->partition_columns.count; i++) {
    vonk_text_add(text, i ? STR(", ") : STR("PARTITIONED BY ("));
    put_name(text, table->partition_columns.parts[i]);
  }
  if (table->partition_columns.count) vonk_text_add(text, STR(")\n"));
  put_comment(text, table->comment);
  if (table->kind == VONK_TABLE_EXTERNAL) {
    vonk_text_add(text, STR("LOCATION "));
    put_string(text, vonk_fs_uri(text->arena, table->location));
    vonk_text_add_char(text, '\n');
  }
  put_options(text, "TBLPROPERTIES", table->properties);
}

STATUS vonk_show_create_table(struct vonk_statement *statement, const struct vonk_command_show *command) {
  const struct vonk_catalog_table *table;
  struct vonk_text text;
  TRY(vonk_target_find(statement, command->name, command->at, &table));
  if (vonk_catalog_is_temporary(table)) {
    return vonk_raise(&statement->task, VONK_EXPECT_PERMANENT_VIEW_NOT_TEMP, command->at, "operation", STR("SHOW CREATE TABLE"), "viewName",
                      vonk_target_quoted(statement->arena, table), NULL);
  }
  vonk_text_init(&text, statement->arena);
  if (vonk_target_is_view(table)) put_view(&text, table);
  else put_table(&text, table);
  vonk_answer_column(&statement->answer, "createtab_stmt", &vonk_type_string, false);
  vonk_answer_texts(&statement->answer, (struct vonk_str[]){vonk_text_str(&text)});
  return VONK_OK;
}
