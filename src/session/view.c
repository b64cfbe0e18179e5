/* view.c: see view.h. */
#include "session/view.h"

#include "bind/binder.h"
#include "session/target.h"

enum { VIEW_DEPTH_MAX = 100 };

static bool is_kept(struct vonk_str key) {
  enum vonk_conf_key known = vonk_conf_find(key);
  return vonk_str_starts_with(key, STR("spark.sql.")) && (known == VONK_CONF_KEY_COUNT || vonk_conf_rows[known].scope == VONK_CONF_SCOPE_RUNTIME);
}

/* The settings under which a view's text is bound later, as Spark keeps them: those of spark.sql that a session may change. */
static struct vonk_options settings(struct vonk_statement *statement) {
  const struct vonk_conf_setting *all;
  size_t count = vonk_conf_settings(statement->conf, &all);
  struct vonk_option *items = ARENA_ARRAY(statement->arena, struct vonk_option, count);
  uint32_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    if (is_kept(all[i].key)) items[kept++] = (struct vonk_option){all[i].key, all[i].value};
  }
  return (struct vonk_options){items, kept};
}

/* --- what the query reads --- */

struct search {
  struct vonk_statement *statement;
  const struct vonk_catalog_table *view;
  const struct vonk_origin *origin;
  ARRAY_OF(struct vonk_str) ctes; /* names that WITH defines anywhere in the text: those are no views */
  int depth;
};

static STATUS note_ctes(void *object, struct vonk_node *node) {
  struct search *search = object;
  const struct vonk_relation_with_cte *with = RELATION_AS(node, with_cte);
  for (uint32_t i = 0; with && i < with->definitions.count; i++) {
    const struct vonk_relation_subquery_alias *definition = RELATION_AS(with->definitions.items[i], subquery_alias);
    if (definition) *ARRAY_PUSH(search->statement->arena, &search->ctes) = definition->alias;
  }
  return vonk_node_children(node, note_ctes, search);
}

static bool is_cte(const struct search *search, struct vonk_name name) {
  for (size_t i = 0; name.count == 1 && i < search->ctes.count; i++) {
    if (vonk_str_equal_nocase(search->ctes.items[i], name.parts[0])) return true;
  }
  return false;
}

static STATUS check_reads(struct search *search, struct vonk_relation *query);

static STATUS check_read(struct search *search, struct vonk_name name) {
  struct vonk_statement *statement = search->statement;
  const struct vonk_catalog_table *read;
  if (is_cte(search, name)) return VONK_OK;
  TRY(vonk_catalog_find(&statement->task, statement->session->catalog, name, &read));
  if (!read || !vonk_target_is_view(read)) return VONK_OK;
  struct vonk_str view = vonk_target_quoted(statement->arena, search->view), other = vonk_target_quoted(statement->arena, read);
  if (vonk_str_equal(view, other)) {
    struct vonk_str path = vonk_str_format(statement->arena, STR_FMT " -> " STR_FMT, STR_ARG(view), STR_ARG(other));
    return vonk_raise(&statement->task, VONK_RECURSIVE_VIEW, search->origin, "viewIdent", view, "newPath", path, NULL);
  }
  if (vonk_catalog_is_temporary(read) && !vonk_catalog_is_temporary(search->view)) {
    return vonk_raise(&statement->task, VONK_INVALID_TEMP_OBJ_REFERENCE, search->origin, "obj", STR("VIEW"), "objName", view, "tempObj", STR("VIEW"),
                      "tempObjName", other, NULL);
  }
  if (read->view_text.size == 0 || search->depth == VIEW_DEPTH_MAX) return VONK_OK;
  struct search inner = *search;
  struct vonk_sql_options options = vonk_statement_parse_options(statement);
  struct vonk_relation *query;
  inner.depth++;
  TRY(vonk_sql_parse_query(&statement->task, read->view_text, &options, &query));
  return check_reads(&inner, query);
}

static STATUS visit(void *object, struct vonk_node *node) {
  const struct vonk_relation_read *read = RELATION_AS(node, read);
  if (read && read->name.count) TRY(check_read(object, read->name));
  return vonk_node_children(node, visit, object);
}

static STATUS check_reads(struct search *search, struct vonk_relation *query) {
  search->ctes.count = 0;
  TRY(note_ctes(search, &query->node));
  return visit(search, &query->node);
}

/* --- columns --- */

static STATUS arity(struct vonk_statement *statement, const struct vonk_view_request *request, const struct vonk_catalog_table *view) {
  bool few = view->view_output.count < request->column_names.count;
  return vonk_raise(&statement->task, few ? VONK_CREATE_VIEW_COLUMN_ARITY_MISMATCH__NOT_ENOUGH_DATA_COLUMNS
                                          : VONK_CREATE_VIEW_COLUMN_ARITY_MISMATCH__TOO_MANY_DATA_COLUMNS,
                    request->origin, "viewName", vonk_target_quoted(statement->arena, view), "viewColumns",
                    vonk_name_list(statement->arena, request->column_names), "dataColumns", vonk_name_list(statement->arena, view->view_output), NULL);
}

/* --- the plan of a DataFrame's view --- */

static STATUS freeze(struct search *search, struct vonk_node *plan, struct vonk_node **out);

/* Temporary views that are read become what they are now; queries in SQL are read here, since their names are as bound. */
static STATUS freeze_node(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct search *search = object;
  struct vonk_statement *statement = search->statement;
  const struct vonk_relation_read *read = RELATION_AS(node, read);
  const struct vonk_relation_sql *sql = RELATION_AS(node, sql);
  const struct vonk_catalog_table *table = NULL;
  *out = node;
  if (sql && sql->arguments.count == 0) {
    struct vonk_sql_options options = vonk_statement_parse_options(statement);
    struct search inner = *search;
    struct vonk_relation *query;
    TRY(vonk_sql_parse_query(&statement->task, sql->text, &options, &query));
    TRY(freeze(&inner, &query->node, out));
    (*out)->plan_id = node->plan_id;
  }
  if (!read || read->name.count == 0 || is_cte(search, read->name)) return VONK_OK;
  TRY(vonk_catalog_find(&statement->task, statement->session->catalog, read->name, &table));
  if (!table || !vonk_catalog_is_temporary(table)) return VONK_OK;
  struct vonk_relation_view *view = RELATION_NEW(statement->arena, view, node->origin);
  view->table = table;
  view->memory = table->memory;
  view->relation.node.plan_id = node->plan_id;
  *out = &view->relation.node;
  return VONK_OK;
}

static STATUS freeze(struct search *search, struct vonk_node *plan, struct vonk_node **out) {
  search->ctes.count = 0;
  TRY(note_ctes(search, plan));
  return vonk_node_transform(&search->statement->task, plan, true, freeze_node, search, out);
}

STATUS vonk_view_describe(struct vonk_statement *statement, const struct vonk_view_request *request, struct vonk_catalog_table *view) {
  struct vonk_relation *resolved;
  struct search search = {.statement = statement, .view = view, .origin = request->origin};
  TRY(vonk_statement_bind(statement, request->query, &resolved));
  const struct vonk_type *schema = vonk_bind_schema(statement->arena, resolved);
  struct vonk_type_field *fields = vonk_arena_copy(statement->arena, schema->fields, schema->field_count * sizeof *fields);
  struct vonk_str *output = ARENA_ARRAY(statement->arena, struct vonk_str, schema->field_count);
  for (uint32_t i = 0; i < schema->field_count; i++) output[i] = fields[i].name;
  view->view_output = (struct vonk_name){output, schema->field_count};
  if (request->column_names.count && request->column_names.count != schema->field_count) return arity(statement, request, view);
  for (uint32_t i = 0; i < request->column_names.count; i++) {
    struct vonk_str comment = request->column_comments.count ? request->column_comments.parts[i] : (struct vonk_str){0};
    fields[i].name = request->column_names.parts[i];
    if (comment.data) fields[i].metadata = vonk_type_field_metadata(statement->arena, comment, (struct vonk_str){0});
  }
  view->schema = vonk_type_struct(statement->arena, fields, schema->field_count);
  if (request->query_text.size) {
    TRY(vonk_target_check_columns(statement, view->schema, request->origin));
    TRY(check_reads(&search, request->query));
  } else {
    struct vonk_node *frozen;
    TRY(freeze(&search, &request->query->node, &frozen));
    view->view_plan = frozen;
  }
  view->view_text = request->query_text;
  view->view_columns = request->column_names;
  view->view_database = vonk_catalog_current_database(statement->session->catalog);
  view->view_settings = settings(statement);
  return VONK_OK;
}

STATUS vonk_view_alter(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *view) {
  struct vonk_view_request request = {.query = command->query, .query_text = command->query_text, .origin = command->node.origin};
  struct vonk_catalog_table changed = *view;
  TRY(vonk_view_describe(statement, &request, &changed));
  return vonk_target_save(statement, &changed);
}
