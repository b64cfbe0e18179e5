/* alter.c: ALTER of tables, views and databases, and MSCK REPAIR TABLE. */
#include "sql/parser_internal.h"

struct partition_list { struct vonk_options *items; size_t count, capacity; };

static void set_columns(struct vonk_command_alter_table *alter, struct column_list columns) {
  alter->columns = columns.items;
  alter->column_count = (int64_t)columns.count;
}

static STATUS parse_unset(struct parser *p, struct vonk_command_alter_table *alter) {
  struct option_list options = {0};
  struct vonk_name name;
  alter->kind = VONK_ALTER_UNSET_PROPERTIES;
  TRY(expect_word(p, WORD_TBLPROPERTIES));
  TRY(parse_if_exists(p, &alter->if_exists));
  TRY(expect_symbol(p, SYMBOL_OPEN));
  do {
    struct vonk_option *option = ARRAY_PUSH(p->arena, &options);
    uint32_t from = p->position;
    if (peek(p)->kind == TOKEN_STRING) {
      TRY(parse_string(p, &option->key));
    } else {
      TRY(parse_name(p, &name));
      option->key = source_text(p, from);
    }
  } while (accept_symbol(p, SYMBOL_COMMA));
  alter->properties = options_of(options);
  return expect_symbol(p, SYMBOL_CLOSE);
}

static STATUS parse_add_columns(struct parser *p, struct vonk_command_alter_table *alter) {
  struct column_list columns = {0};
  alter->kind = VONK_ALTER_ADD_COLUMNS;
  p->position++;
  bool list = accept_symbol(p, SYMBOL_OPEN);
  TRY(parse_column_definitions(p, &columns));
  if (list) TRY(expect_symbol(p, SYMBOL_CLOSE));
  set_columns(alter, columns);
  return VONK_OK;
}

/* PARTITION (...) [,] PARTITION (...) */
static STATUS parse_partitions(struct parser *p, bool commas, struct vonk_command_alter_table *alter) {
  struct partition_list partitions = {0};
  do {
    if (!at_word(p, WORD_PARTITION)) return fail_syntax(p);
    TRY(parse_partition(p, ARRAY_PUSH(p->arena, &partitions)));
    if (at_word(p, WORD_LOCATION)) return fail_unsupported(p, p->position, "partitions with a place of their own");
  } while (commas ? accept_symbol(p, SYMBOL_COMMA) : at_word(p, WORD_PARTITION));
  alter->partitions = partitions.items;
  alter->partition_count = (int64_t)partitions.count;
  return VONK_OK;
}

/* PARTITION (...) RENAME TO PARTITION (...) */
static STATUS parse_rename_partition(struct parser *p, struct vonk_command_alter_table *alter) {
  struct partition_list partitions = {0};
  alter->kind = VONK_ALTER_RENAME_PARTITION;
  TRY(parse_partition(p, ARRAY_PUSH(p->arena, &partitions)));
  if (!accept_words(p, WORD_RENAME, WORD_TO)) return fail_unsupported(p, p->position, "settings of single partitions");
  if (!at_word(p, WORD_PARTITION)) return fail_syntax(p);
  TRY(parse_partition(p, ARRAY_PUSH(p->arena, &partitions)));
  alter->partitions = partitions.items;
  alter->partition_count = 2;
  return VONK_OK;
}

static STATUS parse_add(struct parser *p, struct vonk_command_alter_table *alter) {
  p->position++;
  if (at_word(p, WORD_COLUMN) || at_word(p, WORD_COLUMNS)) return parse_add_columns(p, alter);
  if (at_word(p, WORD_CONSTRAINT) || at_word(p, WORD_CHECK) || at_word(p, WORD_PRIMARY)) return fail_unsupported(p, p->position, "constraints");
  alter->kind = VONK_ALTER_ADD_PARTITIONS;
  TRY(parse_if_not_exists(p, &alter->if_exists));
  return parse_partitions(p, false, alter);
}

static STATUS parse_drop_what(struct parser *p, struct vonk_command_alter_table *alter) {
  p->position++;
  if (at_word(p, WORD_CONSTRAINT)) return fail_unsupported(p, p->position, "constraints");
  if (accept_word(p, WORD_COLUMN) || accept_word(p, WORD_COLUMNS)) {
    alter->kind = VONK_ALTER_DROP_COLUMNS;
    TRY(parse_if_exists(p, &alter->if_exists));
    bool list = accept_symbol(p, SYMBOL_OPEN);
    do TRY(parse_name(p, &alter->column));
    while (accept_symbol(p, SYMBOL_COMMA));
    return list ? expect_symbol(p, SYMBOL_CLOSE) : VONK_OK;
  }
  alter->kind = VONK_ALTER_DROP_PARTITIONS;
  TRY(parse_if_exists(p, &alter->if_exists));
  TRY(parse_partitions(p, true, alter));
  accept_word(p, WORD_PURGE);
  return VONK_OK;
}

/* ALTER [COLUMN] c TYPE t | COMMENT 'x' | (SET | DROP) NOT NULL | SET DEFAULT e | DROP DEFAULT */
static STATUS parse_change(struct parser *p, struct vonk_column_definition *column, struct vonk_command_alter_table *alter) {
  struct vonk_expr *value;
  if (accept_word(p, WORD_COMMENT)) return parse_string(p, &column->comment);
  if (at_text(p, 0, "type")) return p->position++, parse_type(p, &column->type);
  if (accept_word(p, WORD_SET)) {
    column->not_null = accept_words(p, WORD_NOT, WORD_NULL);
    if (column->not_null) return VONK_OK;
    TRY(expect_word(p, WORD_DEFAULT));
    uint32_t from = p->position;
    TRY(parse_expression(p, &value));
    column->default_sql = source_text(p, from);
    return VONK_OK;
  }
  if (!accept_word(p, WORD_DROP)) return at_word(p, WORD_FIRST) || at_word(p, WORD_AFTER) ? fail_unsupported(p, p->position, "the order of columns") : fail_syntax(p);
  alter->drop_not_null = accept_words(p, WORD_NOT, WORD_NULL);
  alter->drop_default = !alter->drop_not_null;
  return alter->drop_not_null ? VONK_OK : expect_word(p, WORD_DEFAULT);
}

static STATUS parse_alter_column(struct parser *p, struct vonk_command_alter_table *alter) {
  struct column_list columns = {0};
  alter->kind = VONK_ALTER_CHANGE_COLUMN;
  p->position++;
  accept_word(p, WORD_COLUMN);
  TRY(parse_name(p, &alter->column));
  TRY(parse_change(p, ARRAY_PUSH(p->arena, &columns), alter));
  set_columns(alter, columns);
  return VONK_OK;
}

/* CHANGE [COLUMN] old new TYPE [COMMENT 'x'] */
static STATUS parse_change_column(struct parser *p, struct vonk_command_alter_table *alter) {
  struct column_list columns = {0};
  alter->kind = VONK_ALTER_CHANGE_COLUMN;
  p->position++;
  accept_word(p, WORD_COLUMN);
  TRY(parse_name(p, &alter->column));
  TRY(parse_column_definition(p, ARRAY_PUSH(p->arena, &columns)));
  set_columns(alter, columns);
  return VONK_OK;
}

static STATUS parse_set_what(struct parser *p, struct vonk_command_alter_table *alter) {
  p->position++;
  if (accept_word(p, WORD_TBLPROPERTIES)) {
    alter->kind = VONK_ALTER_SET_PROPERTIES;
    return parse_options(p, &alter->properties);
  }
  if (accept_word(p, WORD_LOCATION)) {
    alter->kind = VONK_ALTER_SET_LOCATION;
    return parse_string(p, &alter->location);
  }
  if (accept_word(p, WORD_SERDEPROPERTIES)) {
    alter->kind = VONK_ALTER_SET_SERDE;
    return parse_options(p, &alter->properties);
  }
  if (!accept_word(p, WORD_SERDE)) return peek(p)->kind == TOKEN_WORD ? fail_unsupported(p, p->position, "this form of ALTER ... SET") : fail_syntax(p);
  struct vonk_str serde;
  alter->kind = VONK_ALTER_SET_SERDE;
  TRY(parse_string(p, &serde));
  return accept_words(p, WORD_WITH, WORD_SERDEPROPERTIES) ? parse_options(p, &alter->properties) : VONK_OK;
}

static STATUS parse_rename(struct parser *p, struct vonk_command_alter_table *alter) {
  struct str_list names = {0};
  p->position++;
  if (accept_word(p, WORD_TO)) {
    alter->kind = VONK_ALTER_RENAME;
    return parse_name(p, &alter->new_name);
  }
  alter->kind = VONK_ALTER_RENAME_COLUMN;
  TRY(expect_word(p, WORD_COLUMN));
  TRY(parse_name(p, &alter->column));
  TRY(expect_word(p, WORD_TO));
  TRY(parse_identifier(p, ARRAY_PUSH(p->arena, &names)));
  alter->new_name = name_of(names);
  return VONK_OK;
}

static STATUS parse_view_query(struct parser *p, struct vonk_command_alter_table *alter) {
  alter->kind = VONK_ALTER_VIEW_AS;
  accept_word(p, WORD_AS);
  uint32_t query = p->position;
  TRY(parse_query(p, &alter->query));
  alter->query_text = source_text(p, query);
  return VONK_OK;
}

static STATUS parse_alter_what(struct parser *p, struct vonk_command_alter_table *alter) {
  if (at_word(p, WORD_RENAME)) return parse_rename(p, alter);
  if (at_word(p, WORD_SET)) return parse_set_what(p, alter);
  if (accept_word(p, WORD_UNSET)) return parse_unset(p, alter);
  if (alter->is_view) return at_word(p, WORD_AS) || at_query(p, 0) ? parse_view_query(p, alter) : fail_syntax(p);
  if (at_word(p, WORD_ADD)) return parse_add(p, alter);
  if (at_word(p, WORD_DROP)) return parse_drop_what(p, alter);
  if (at_word(p, WORD_ALTER)) return parse_alter_column(p, alter);
  if (at_word(p, WORD_CHANGE)) return parse_change_column(p, alter);
  if (at_word(p, WORD_PARTITION)) return parse_rename_partition(p, alter);
  if (at_text(p, 0, "recover") && at_text(p, 1, "partitions")) {
    p->position += 2;
    alter->kind = VONK_ALTER_RECOVER_PARTITIONS;
    return VONK_OK;
  }
  return peek(p)->kind == TOKEN_WORD ? fail_unsupported(p, p->position, "this form of ALTER") : fail_syntax(p);
}

static STATUS parse_alter_database(struct parser *p, uint32_t first, struct vonk_node **out) {
  struct vonk_command_alter_database *alter = COMMAND_NEW(p->arena, alter_database, NULL);
  p->position++;
  TRY(parse_name(p, &alter->name));
  TRY(expect_word(p, WORD_SET));
  if (accept_word(p, WORD_LOCATION)) {
    TRY(parse_string(p, &alter->location));
  } else {
    if (!accept_word(p, WORD_DBPROPERTIES)) TRY(expect_word(p, WORD_PROPERTIES));
    TRY(parse_options(p, &alter->properties));
  }
  alter->node.origin = place(p, first);
  *out = &alter->node;
  return VONK_OK;
}

STATUS parse_alter(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  if (at_word(p, WORD_DATABASE) || at_word(p, WORD_SCHEMA) || at_word(p, WORD_NAMESPACE)) return parse_alter_database(p, first, out);
  struct vonk_command_alter_table *alter = COMMAND_NEW(p->arena, alter_table, NULL);
  alter->is_view = accept_word(p, WORD_VIEW);
  if (!alter->is_view) TRY(expect_word(p, WORD_TABLE));
  TRY(parse_placed_name(p, &alter->name, &alter->at));
  TRY(parse_alter_what(p, alter));
  alter->node.origin = place(p, first);
  *out = &alter->node;
  return VONK_OK;
}

/* [MSCK] REPAIR TABLE t [(ADD | DROP | SYNC) PARTITIONS] */
STATUS parse_repair(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position;
  struct vonk_command_alter_table *alter = COMMAND_NEW(p->arena, alter_table, NULL);
  accept_word(p, WORD_MSCK);
  TRY(expect_word(p, WORD_REPAIR));
  TRY(expect_word(p, WORD_TABLE));
  alter->kind = VONK_ALTER_RECOVER_PARTITIONS;
  TRY(parse_placed_name(p, &alter->name, &alter->at));
  if ((at_word(p, WORD_ADD) || at_word(p, WORD_DROP) || at_word(p, WORD_SYNC)) && at_text(p, 1, "partitions")) p->position += 2;
  alter->node.origin = place(p, first);
  *out = &alter->node;
  return VONK_OK;
}
