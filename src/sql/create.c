/* create.c: CREATE and DROP of views, tables and databases. */
#include "sql/parser_internal.h"

/* --- databases --- */

static STATUS parse_create_database(struct parser *p, uint32_t first, struct vonk_node **out) {
  struct vonk_command_create_database *create = COMMAND_NEW(p->arena, create_database, NULL);
  p->position++;
  TRY(parse_if_not_exists(p, &create->if_not_exists));
  TRY(parse_name(p, &create->name));
  for (;;) {
    uint32_t at = p->position;
    if (accept_word(p, WORD_COMMENT)) {
      if (create->comment.data) return fail_duplicate(p, at, "COMMENT");
      TRY(parse_string(p, &create->comment));
    } else if (accept_word(p, WORD_LOCATION)) {
      if (create->location.data) return fail_duplicate(p, at, "LOCATION");
      TRY(parse_string(p, &create->location));
    } else if (at_word(p, WORD_WITH) && (is_word(peek_at(p, 1), WORD_DBPROPERTIES) || is_word(peek_at(p, 1), WORD_PROPERTIES))) {
      p->position += 2;
      if (create->properties.items) return fail_duplicate(p, at, "WITH PROPERTIES");
      TRY(parse_options(p, &create->properties));
    } else {
      break;
    }
  }
  create->node.origin = place(p, first);
  *out = &create->node;
  return VONK_OK;
}

/* --- columns of tables --- */

STATUS parse_column_definition(struct parser *p, struct vonk_column_definition *column) {
  TRY(parse_identifier(p, &column->name));
  TRY(parse_type(p, &column->type));
  for (;;) {
    uint32_t at = p->position;
    if (accept_words(p, WORD_NOT, WORD_NULL)) {
      if (column->not_null) return fail_duplicate(p, at, "NOT NULL");
      column->not_null = true;
    } else if (accept_word(p, WORD_COMMENT)) {
      if (column->comment.data) return fail_duplicate(p, at, "COMMENT");
      TRY(parse_string(p, &column->comment));
    } else if (accept_word(p, WORD_DEFAULT)) {
      struct vonk_expr *value;
      uint32_t from = p->position;
      if (column->default_sql.data) return fail_duplicate(p, at, "DEFAULT");
      TRY(parse_expression(p, &value));
      column->default_sql = source_text(p, from);
    } else if (at_word(p, WORD_GENERATED) || at_word(p, WORD_CHECK) || at_word(p, WORD_PRIMARY) || at_word(p, WORD_UNIQUE) ||
               at_word(p, WORD_REFERENCES) || at_word(p, WORD_CONSTRAINT)) {
      return fail_unsupported(p, at, "generated columns and constraints");
    } else {
      return VONK_OK;
    }
  }
}

static bool at_constraint(const struct parser *p) {
  if (at_word(p, WORD_CONSTRAINT)) return is_name(p, peek_at(p, 1)) && !is_symbol(peek_at(p, 2), SYMBOL_COMMA) && !is_symbol(peek_at(p, 2), SYMBOL_CLOSE);
  return (at_word(p, WORD_CHECK) && is_symbol(peek_at(p, 1), SYMBOL_OPEN)) || (at_word(p, WORD_PRIMARY) && at_text(p, 1, "key")) ||
         (at_word(p, WORD_FOREIGN) && at_text(p, 1, "key")) || (at_word(p, WORD_UNIQUE) && is_symbol(peek_at(p, 1), SYMBOL_OPEN));
}

STATUS parse_column_definitions(struct parser *p, struct column_list *columns) {
  do {
    struct vonk_column_definition column = {0};
    if (at_constraint(p)) return fail_unsupported(p, p->position, "constraints");
    TRY(parse_column_definition(p, &column));
    *ARRAY_PUSH(p->arena, columns) = column;
  } while (accept_symbol(p, SYMBOL_COMMA));
  return VONK_OK;
}

/* --- tables --- */

/* PARTITIONED BY (a, b): names, or columns with types, which join the columns of the table. */
static STATUS parse_partitioning(struct parser *p, struct column_list *columns, struct vonk_name *out) {
  struct str_list names = {0};
  TRY(expect_symbol(p, SYMBOL_OPEN));
  do {
    struct vonk_column_definition column = {0};
    const struct token *next = peek_at(p, 1);
    if (is_symbol(next, SYMBOL_OPEN)) return fail_unsupported(p, p->position, "partitioning by expressions");
    if (is_symbol(next, SYMBOL_COMMA) || is_symbol(next, SYMBOL_CLOSE)) {
      TRY(parse_identifier(p, &column.name));
    } else {
      TRY(parse_column_definition(p, &column));
      *ARRAY_PUSH(p->arena, columns) = column;
    }
    *ARRAY_PUSH(p->arena, &names) = column.name;
  } while (accept_symbol(p, SYMBOL_COMMA));
  *out = name_of(names);
  return expect_symbol(p, SYMBOL_CLOSE);
}

static STATUS parse_table_clauses(struct parser *p, struct column_list *columns, struct vonk_command_create_table *create) {
  for (;;) {
    uint32_t at = p->position;
    if (accept_words(p, WORD_PARTITIONED, WORD_BY)) {
      if (create->partition_by.count) return fail_duplicate(p, at, "PARTITIONED BY");
      TRY(parse_partitioning(p, columns, &create->partition_by));
    } else if (accept_word(p, WORD_OPTIONS)) {
      if (create->options.items) return fail_duplicate(p, at, "OPTIONS");
      TRY(parse_options(p, &create->options));
    } else if (accept_word(p, WORD_TBLPROPERTIES)) {
      if (create->properties.items) return fail_duplicate(p, at, "TBLPROPERTIES");
      TRY(parse_options(p, &create->properties));
    } else if (accept_word(p, WORD_LOCATION)) {
      if (create->location.data) return fail_duplicate(p, at, "LOCATION");
      TRY(parse_string(p, &create->location));
    } else if (accept_word(p, WORD_COMMENT)) {
      if (create->comment.data) return fail_duplicate(p, at, "COMMENT");
      TRY(parse_string(p, &create->comment));
    } else if (accept_word(p, WORD_USING)) {
      struct vonk_name format;
      uint32_t from = p->position;
      if (create->format.data) return fail_duplicate(p, at, "USING");
      TRY(parse_name(p, &format));
      create->format = format.count == 1 ? format.parts[0] : source_text(p, from);
    } else if (accept_words(p, WORD_STORED, WORD_AS)) {
      if (create->format.data) return fail_duplicate(p, at, "STORED AS");
      TRY(parse_identifier(p, &create->format));
    } else if (at_words(p, WORD_CLUSTERED, WORD_BY) || at_words(p, WORD_CLUSTER, WORD_BY)) {
      return fail_unsupported(p, at, "buckets and clustering of tables");
    } else if (at_words(p, WORD_DEFAULT, WORD_COLLATION)) {
      return fail_unsupported(p, at, "default collations");
    } else if (at_word(p, WORD_ROW) || at_words(p, WORD_SKEWED, WORD_BY)) {
      return fail_unsupported(p, at, "tables in Hive's formats");
    } else {
      return VONK_OK;
    }
  }
}

static STATUS parse_create_table(struct parser *p, uint32_t first, bool replace, bool external, struct vonk_node **out) {
  struct vonk_command_create_table *create = COMMAND_NEW(p->arena, create_table, NULL);
  struct column_list columns = {0};
  p->position++;
  create->replace = replace;
  create->external = external;
  TRY(parse_if_not_exists(p, &create->if_not_exists));
  TRY(parse_name(p, &create->name));
  if (accept_word(p, WORD_LIKE)) {
    TRY(parse_placed_name(p, &create->like, &create->at));
  } else if (at_symbol(p, SYMBOL_OPEN) && !at_query(p, 0)) {
    p->position++;
    TRY(parse_column_definitions(p, &columns));
    TRY(expect_symbol(p, SYMBOL_CLOSE));
  }
  TRY(parse_table_clauses(p, &columns, create));
  if (!create->like.count && (accept_word(p, WORD_AS) || at_query(p, 0))) TRY(parse_query(p, &create->query));
  create->columns = columns.items;
  create->column_count = (int64_t)columns.count;
  create->node.origin = place(p, first);
  if (create->query && create->column_count) {
    return fail(p, first, VONK__LEGACY_ERROR_TEMP_0035, "message", STR("the columns of CREATE TABLE ... AS come from its query alone"));
  }
  *out = &create->node;
  return VONK_OK;
}

/* --- views --- */

/* (a COMMENT 'x', b), or with types for USING. */
static STATUS parse_view_columns(struct parser *p, struct vonk_command_create_view *create) {
  struct str_list names = {0}, comments = {0};
  if (!at_symbol(p, SYMBOL_OPEN)) return VONK_OK;
  const struct token *next = peek_at(p, 2);
  bool typed = !is_symbol(next, SYMBOL_COMMA) && !is_symbol(next, SYMBOL_CLOSE) && !is_word(next, WORD_COMMENT);
  p->position++;
  if (typed) {
    TRY(parse_fields(p, true, &create->schema));
    return expect_symbol(p, SYMBOL_CLOSE);
  }
  do {
    struct vonk_str comment = {0};
    TRY(parse_identifier(p, ARRAY_PUSH(p->arena, &names)));
    if (accept_word(p, WORD_COMMENT)) TRY(parse_string(p, &comment));
    *ARRAY_PUSH(p->arena, &comments) = comment;
  } while (accept_symbol(p, SYMBOL_COMMA));
  create->column_names = name_of(names);
  create->column_comments = name_of(comments);
  return expect_symbol(p, SYMBOL_CLOSE);
}

static STATUS parse_view_clauses(struct parser *p, struct vonk_command_create_view *create) {
  for (;;) {
    uint32_t at = p->position;
    if (accept_word(p, WORD_COMMENT)) {
      if (create->comment.data) return fail_duplicate(p, at, "COMMENT");
      TRY(parse_string(p, &create->comment));
    } else if (accept_word(p, WORD_TBLPROPERTIES)) {
      if (create->properties.items) return fail_duplicate(p, at, "TBLPROPERTIES");
      TRY(parse_options(p, &create->properties));
    } else if (at_words(p, WORD_DEFAULT, WORD_COLLATION)) {
      return fail_unsupported(p, at, "default collations");
    } else if (at_word(p, WORD_WITH) && (is_word(peek_at(p, 1), WORD_SCHEMA) || at_text(p, 1, "metrics"))) {
      if (at_text(p, 1, "metrics")) return fail_unsupported(p, at, "metric views");
      /* WITH SCHEMA [BINDING | COMPENSATION | [TYPE] EVOLUTION]: how a view follows its tables; ours always compensates. */
      p->position += 2;
      if (at_text(p, 0, "type")) p->position++;
      if (peek(p)->kind == TOKEN_WORD && !at_word(p, WORD_AS)) p->position++;
    } else {
      return VONK_OK;
    }
  }
}

/* What may not be said of views that end with the session. */
static STATUS check_temporary(struct parser *p, uint32_t first, const struct vonk_command_create_view *create) {
  if (create->life == VONK_VIEW_PERSISTENT) return VONK_OK;
  if (create->if_not_exists) return fail(p, first, VONK__LEGACY_ERROR_TEMP_0053, NULL, STR(""));
  if (create->name.count == 1 || (create->life == VONK_VIEW_GLOBAL_TEMP && create->name.count == 2)) return VONK_OK;
  struct vonk_str qualifier = create->name.parts[create->name.count - 2], name = create->name.parts[create->name.count - 1];
  return vonk_raise(p->task, VONK_INVALID_TEMP_OBJ_QUALIFIER, create->node.origin, "objectType", STR("VIEW"), "objectName",
                    vonk_type_quote_name(p->arena, name), "qualifier", vonk_type_quote_name(p->arena, qualifier), NULL);
}

static STATUS parse_view(struct parser *p, uint32_t first, struct vonk_command_create_view *create, struct vonk_node **out) {
  TRY(expect_word(p, WORD_VIEW));
  TRY(parse_if_not_exists(p, &create->if_not_exists));
  TRY(parse_name(p, &create->name));
  if (create->if_not_exists && create->replace) return fail(p, first, VONK_CREATE_VIEW_WITH_IF_NOT_EXISTS_AND_REPLACE, NULL, STR(""));
  TRY(parse_view_columns(p, create));
  if (create->life != VONK_VIEW_PERSISTENT && accept_word(p, WORD_USING)) {
    struct vonk_name format;
    uint32_t from = p->position;
    TRY(parse_name(p, &format));
    create->format = format.count == 1 ? format.parts[0] : source_text(p, from);
    if (accept_word(p, WORD_OPTIONS)) TRY(parse_options(p, &create->options));
  } else {
    if (create->schema) return fail_syntax(p);
    TRY(parse_view_clauses(p, create));
    TRY(expect_word(p, WORD_AS));
    uint32_t query = p->position;
    TRY(parse_query(p, &create->query));
    create->query_text = source_text(p, query);
  }
  create->node.origin = place(p, first);
  *out = &create->node;
  return check_temporary(p, first, create);
}

STATUS parse_create(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position;
  bool replace = accept_word(p, WORD_REPLACE);
  if (!replace) {
    p->position++;
    replace = accept_words(p, WORD_OR, WORD_REPLACE);
  }
  bool external = accept_word(p, WORD_EXTERNAL);
  if (at_word(p, WORD_TABLE)) return parse_create_table(p, first, replace, external, out);
  bool database = at_word(p, WORD_DATABASE) || at_word(p, WORD_SCHEMA) || at_word(p, WORD_NAMESPACE);
  if (database && !replace) return parse_create_database(p, first, out);
  struct vonk_command_create_view *view = COMMAND_NEW(p->arena, create_view, NULL);
  bool global = accept_word(p, WORD_GLOBAL);
  bool temporary = accept_word(p, WORD_TEMPORARY) || accept_word(p, WORD_TEMP);
  view->replace = replace;
  view->life = global ? VONK_VIEW_GLOBAL_TEMP : temporary ? VONK_VIEW_TEMP : VONK_VIEW_PERSISTENT;
  if (at_word(p, WORD_FUNCTION) && !global) return parse_create_function(p, first, replace, temporary, out);
  if (at_word(p, WORD_VARIABLE) || at_word(p, WORD_VAR)) return fail_unsupported(p, first, "SQL variables");
  if (at_word(p, WORD_INDEX)) return fail_unsupported(p, first, "CREATE INDEX");
  if (temporary && at_word(p, WORD_TABLE)) return fail_unsupported(p, first, "temporary tables: use CREATE TEMPORARY VIEW");
  return parse_view(p, first, view, out);
}

/* --- DROP --- */

static STATUS parse_drop_database(struct parser *p, uint32_t first, struct vonk_node **out) {
  struct vonk_command_drop_database *drop = COMMAND_NEW(p->arena, drop_database, NULL);
  p->position++;
  TRY(parse_if_exists(p, &drop->if_exists));
  TRY(parse_name(p, &drop->name));
  drop->cascade = accept_word(p, WORD_CASCADE);
  if (!drop->cascade) accept_word(p, WORD_RESTRICT);
  drop->node.origin = place(p, first);
  *out = &drop->node;
  return VONK_OK;
}

STATUS parse_drop(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  if (at_word(p, WORD_DATABASE) || at_word(p, WORD_SCHEMA) || at_word(p, WORD_NAMESPACE)) return parse_drop_database(p, first, out);
  if (at_word(p, WORD_TEMPORARY) || at_word(p, WORD_TEMP) || at_word(p, WORD_FUNCTION)) return parse_drop_function(p, first, out);
  struct vonk_command_drop_table *drop = COMMAND_NEW(p->arena, drop_table, NULL);
  drop->is_view = accept_word(p, WORD_VIEW);
  if (!drop->is_view) TRY(expect_word(p, WORD_TABLE));
  TRY(parse_if_exists(p, &drop->if_exists));
  TRY(parse_name(p, &drop->name));
  drop->purge = !drop->is_view && accept_word(p, WORD_PURGE);
  drop->node.origin = place(p, first);
  *out = &drop->node;
  return VONK_OK;
}
