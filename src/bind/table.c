/* table.c: what a name in FROM means: a CTE, a temporary view, a table or view of the catalog, or format.`path`. */
#include "bind/binder_internal.h"

#include "sql/parser.h"
#include "type/timezone.h"

STATUS bind_scan(struct binder *b, const struct vonk_source *source, struct vonk_name qualifier, const struct vonk_origin *origin, struct vonk_relation **out) {
  struct vonk_relation_scan *scan = RELATION_NEW(b->arena, scan, origin);
  const struct vonk_type *schema = source->schema;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, (size_t)schema->field_count + 1);
  uint64_t *places = ARENA_ARRAY(b->arena, uint64_t, (size_t)schema->field_count + 1);
  uint32_t count = schema->field_count;
  for (uint32_t i = 0; i < schema->field_count; i++) {
    uint32_t place = source->column_order ? source->column_order[i] : i;
    const struct vonk_type_field *field = &schema->fields[place];
    const struct vonk_type *type = field->type;
    if (type->id == VONK_TYPE_CHAR || type->id == VONK_TYPE_VARCHAR) type = &vonk_type_string;
    columns[i] = (struct vonk_plan_column){.id = bind_new_id(b), .name = field->name, .type = type, .nullable = field->nullable, .qualifier = qualifier,
                                           .metadata = field->metadata};
    if (source->statistics) columns[i].range = source->statistics[place].range;
    places[i] = place;
  }
  if (b->sees_metadata) {
    columns[count] = bind_metadata_column(b, source, (struct bind_columns){columns, count}, qualifier);
    places[count++] = VONK_SOURCE_METADATA;
  }
  scan->source = source;
  scan->source_columns = (struct vonk_ids){places, count};
  scan->limit = -1;
  scan->name = source->table;
  scan->relation.columns = columns;
  scan->relation.column_count = count;
  scan->relation.estimated_rows = source->row_count >= 0 ? (double)source->row_count : -1;
  *out = &scan->relation;
  return VONK_OK;
}

static struct vonk_name make_name(struct binder *b, struct vonk_str database, struct vonk_str table) {
  struct vonk_str *parts = ARENA_ARRAY(b->arena, struct vonk_str, 3);
  parts[0] = STR("spark_catalog");
  parts[1] = database;
  parts[2] = table;
  return database.size ? (struct vonk_name){parts, 3} : (struct vonk_name){parts + 2, 1};
}

static struct vonk_name path_of(struct binder *b, struct vonk_options options) {
  struct vonk_str *paths = ARENA_ARRAY(b->arena, struct vonk_str, options.count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < options.count; i++) {
    if (vonk_str_equal_nocase(options.items[i].key, STR("path"))) paths[count++] = options.items[i].value;
  }
  return (struct vonk_name){paths, count};
}

/* --- views --- */

enum { VIEW_SETTINGS_MAX = 1000 };

static STATUS view_conf(struct binder *b, const struct vonk_catalog_table *view, struct vonk_conf **out) {
  struct vonk_conf_setting settings[VIEW_SETTINGS_MAX];
  size_t count = 0;
  for (uint32_t i = 0; i < view->view_settings.count && count < VIEW_SETTINGS_MAX; i++) {
    settings[count++] = (struct vonk_conf_setting){view->view_settings.items[i].key, view->view_settings.items[i].value};
  }
  return vonk_conf_set(b->task, b->conf, VONK_CONF_RUNNING, settings, count, out);
}

static void release_conf(void *conf) { vonk_conf_release(conf); }

/* A stored view's columns are known by its whole name. */
static void qualify(struct binder *b, const struct vonk_catalog_table *view, struct vonk_relation *relation) {
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, relation->columns, relation->column_count * sizeof *columns);
  struct vonk_name name = make_name(b, view->database, view->name);
  for (uint32_t i = 0; i < relation->column_count; i++) columns[i].qualifier = name;
  relation->columns = columns;
}

/* The stored names and types, over what the text gives now. */
static STATUS fit_view(struct binder *b, const struct vonk_catalog_table *view, struct vonk_relation *body, const struct vonk_origin *origin, struct vonk_relation **out) {
  TRY(bind_alias_columns(b, body, (struct vonk_str){0}, (struct vonk_name){0}, NULL, &body));
  if (!view->schema) return bind_alias_columns(b, body, view->name, view->view_columns, origin, out);
  uint32_t count = view->schema->field_count;
  if (body->column_count < count) {
    return vonk_raise(b->task, VONK_INCOMPATIBLE_VIEW_SCHEMA_CHANGE, origin, "viewName",
                      vonk_catalog_quoted_name(b->arena, view->database, view->name), "colName", STR(""), "expectedNum",
                      vonk_str_format(b->arena, "%u", count), "actualCols", vonk_str_format(b->arena, "%u", body->column_count), "suggestion", STR(""), NULL);
  }
  const struct vonk_type **types = ARENA_ARRAY(b->arena, const struct vonk_type *, body->column_count);
  struct vonk_str *names = ARENA_ARRAY(b->arena, struct vonk_str, count);
  for (uint32_t i = 0; i < body->column_count; i++) types[i] = i < count ? view->schema->fields[i].type : body->columns[i].type;
  for (uint32_t i = 0; i < count; i++) names[i] = view->schema->fields[i].name;
  TRY(bind_cast_columns(b, body, types, &body));
  if (body->column_count > count) {
    struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, count);
    for (uint32_t i = 0; i < count; i++) exprs[i] = bind_reference(b, &body->columns[i], NULL);
    body = bind_project(b, body, body->columns, exprs, count, origin);
  }
  return bind_alias_columns(b, body, view->name, (struct vonk_name){names, count}, origin, out);
}

/* The query of VIEW, and INNER set up as its text asks for; a DataFrame's has the settings of who reads it. */
static STATUS view_query(struct binder *b, const struct vonk_catalog_table *view, struct binder *inner, struct vonk_relation **out) {
  struct vonk_conf *conf;
  *inner = *b;
  inner->ctes = NULL;
  inner->windows = NULL;
  inner->view_depth++;
  inner->database = view->view_database;
  inner->permanent = view->kind == VONK_TABLE_VIEW;
  if (view->view_plan) {
    *out = (struct vonk_relation *)(uintptr_t)view->view_plan;
    return VONK_OK;
  }
  TRY(view_conf(b, view, &conf));
  vonk_arena_on_reset(b->arena, release_conf, conf);
  struct vonk_sql_options options = bind_sql_options(b, conf);
  options.object_type = STR("VIEW");
  options.object_name = vonk_catalog_quoted_name(b->arena, view->database, view->name);
  bind_use_conf(inner, conf);
  return vonk_sql_parse_query(b->task, view->view_text, &options, out);
}

static STATUS view_body(struct binder *b, const struct vonk_catalog_table *view, const struct vonk_origin *origin, struct vonk_relation **out) {
  struct vonk_relation *unresolved, *body;
  struct binder inner;
  if (b->view_depth >= BIND_VIEW_DEPTH_MAX) {
    return vonk_raise(b->task, VONK_VIEW_EXCEED_MAX_NESTED_DEPTH, origin, "viewName", vonk_catalog_quoted_name(b->arena, view->database, view->name),
                      "maxNestedDepth", STR("100"), NULL);
  }
  TRY(view_query(b, view, &inner, &unresolved));
  inner.sees_metadata = bind_mentions_metadata(&unresolved->node);
  TRY(bind_relation(&inner, &unresolved->node, NULL, &body));
  TRY(fit_view(b, view, body, origin, out));
  if (view->kind == VONK_TABLE_VIEW) qualify(b, view, *out);
  return VONK_OK;
}

/* --- reading --- */

/* CHAR(n) columns are read as n characters, whatever the files hold. */
static STATUS pad_columns(struct binder *b, const struct vonk_type *schema, struct vonk_relation *scan, struct vonk_relation **out) {
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, scan->columns, scan->column_count * sizeof *columns);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, scan->column_count);
  const struct vonk_origin *origin = scan->node.origin;
  bool any = false;
  *out = scan;
  if (!vonk_conf_bool(b->conf, VONK_CONF_READ_SIDE_CHAR_PADDING)) return VONK_OK;
  for (uint32_t i = 0; i < scan->column_count; i++) {
    exprs[i] = bind_reference(b, &scan->columns[i], origin);
    if (scan->columns[i].is_metadata) continue;
    const struct vonk_type *type = schema->fields[i].type;
    if (type->id != VONK_TYPE_CHAR) continue;
    TRY(bind_call(b, "rpad", origin, &exprs[i], 2, exprs[i], bind_long(b, type->length, &vonk_type_int, origin)));
    columns[i].id = bind_new_id(b);
    columns[i].char_length = type->length;
    any = true;
  }
  if (any) *out = bind_project(b, scan, columns, exprs, scan->column_count, origin);
  return VONK_OK;
}

/* The types that the files of SOURCE tell, in the order of the scan's columns. */
static const struct vonk_type *shown_schema(struct binder *b, const struct vonk_source *source) {
  struct vonk_type_field *fields = ARENA_ARRAY(b->arena, struct vonk_type_field, source->schema->field_count);
  for (uint32_t i = 0; i < source->schema->field_count; i++) fields[i] = source->schema->fields[source->column_order ? source->column_order[i] : i];
  return vonk_type_struct(b->arena, fields, source->schema->field_count);
}

static STATUS read_source(struct binder *b, const struct vonk_source_request *request, struct vonk_name qualifier, struct vonk_relation **out) {
  const struct vonk_source *source;
  TRY(vonk_source_open(b->task, b->context->catalog, b->conf, request, &source));
  TRY(bind_scan(b, source, qualifier, request->origin, out));
  return request->schema ? VONK_OK : pad_columns(b, shown_schema(b, source), *out, out);
}

static STATUS read_table(struct binder *b, const struct vonk_catalog_table *table, const struct vonk_origin *origin, struct vonk_relation **out) {
  struct vonk_name qualifier = make_name(b, table->database, table->name);
  bool is_table = table->kind == VONK_TABLE_MANAGED || table->kind == VONK_TABLE_EXTERNAL;
  struct vonk_source_request request = {.format = table->format, .options = table->options, .schema = table->schema, .table = qualifier, .origin = origin};
  if (!is_table && table->format.size == 0) return view_body(b, table, origin, out);
  if (!is_table) {
    request.paths = path_of(b, table->options);
    return read_source(b, &request, qualifier, out);
  }
  struct vonk_str *location = ARENA_NEW(b->arena, struct vonk_str);
  *location = table->location;
  request.paths = (struct vonk_name){location, 1};
  request.partition_columns = table->partition_columns;
  request.may_be_empty = true;
  TRY(read_source(b, &request, qualifier, out));
  return pad_columns(b, table->schema, *out, out);
}

static STATUS not_found(struct binder *b, struct vonk_name name, const struct vonk_origin *origin) {
  return vonk_raise(b->task, VONK_TABLE_OR_VIEW_NOT_FOUND, origin, "relationName", vonk_name_quote(b->arena, name), "searchPath",
                    vonk_catalog_search_path(b->arena, b->context->catalog, true), NULL);
}

/* A name in a view's text means what it meant where the view was made. */
static struct vonk_name in_database(struct binder *b, struct vonk_name name) {
  if (b->database.size == 0 || name.count != 1) return name;
  struct vonk_str *parts = ARENA_ARRAY(b->arena, struct vonk_str, 2);
  parts[0] = b->database;
  parts[1] = name.parts[0];
  return (struct vonk_name){parts, 2};
}

/* format.`path`: what is wrong with the folders is said so. */
static STATUS read_direct(struct binder *b, const struct vonk_source_request *request, struct vonk_relation **out) {
  enum vonk_status status = read_source(b, request, (struct vonk_name){0}, out);
  struct vonk_error *error = b->task->error;
  if (status != VONK_FAILED) return status;
  switch (error->condition) {
    case VONK_CONFLICTING_DIRECTORY_STRUCTURES:
    case VONK_CONFLICTING_PARTITION_COLUMN_NAMES:
    case VONK_EMPTY_PARTITION_COLUMN_NAME:
    case VONK_EMPTY_PARTITION_COLUMN_VALUE: break;
    default: return status;
  }
  struct vonk_str reason = vonk_error_message(error, b->arena);
  vonk_error_clear(error);
  return vonk_raise(b->task, VONK_FAILED_TO_CREATE_PLAN_FOR_DIRECT_QUERY, NULL, "dataSourceType", request->format, "reason", reason, NULL);
}

static bool is_stream(const void *object, const struct vonk_node *node) {
  (void)object;
  return RELATION_IS(node, stream);
}

/* DataStreamReader.table: a table of files, or a view of what streams. */
static STATUS read_stream(struct binder *b, const struct vonk_relation_read *read, const struct vonk_catalog_table *table, struct vonk_relation **out) {
  const struct vonk_origin *origin = read->relation.node.origin;
  bool is_view = table->kind != VONK_TABLE_MANAGED && table->kind != VONK_TABLE_EXTERNAL;
  if (!is_view) return bind_stream_table(b, read, table, out);
  TRY(read_table(b, table, origin, out));
  if (b->context->batch_runs || bind_find(&(*out)->node, false, is_stream, NULL)) return VONK_OK;
  return vonk_raise(b->task, VONK__LEGACY_ERROR_TEMP_1008, origin, "quoted", vonk_name_quote(b->arena, read->name), NULL);
}

STATUS bind_view(struct binder *b, const struct vonk_relation_view *view, const struct bind_scope *outer, struct vonk_relation **out) {
  (void)outer;
  return read_table(b, view->table, view->relation.node.origin, out);
}

STATUS bind_read(struct binder *b, const struct vonk_relation_read *read, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_origin *origin = read->relation.node.origin;
  const struct vonk_catalog_table *table;
  struct vonk_name name = read->name;
  (void)outer;
  if (read->time_travel) return vonk_unsupported(b->task, origin, "time travel");
  if (read->is_streaming && (read->format.size || name.count == 0)) return bind_stream_read(b, read, out);
  if (read->format.size || name.count == 0) {
    struct vonk_source_request request = {.format = read->format, .paths = read->paths, .options = read->options, .origin = origin};
    if (!request.format.size) request.format = vonk_conf_text(b->conf, VONK_CONF_SOURCES_DEFAULT);
    if (read->schema.size) {
      if (!vonk_type_from_json(b->arena, read->schema, &request.schema)) TRY(vonk_sql_parse_schema(b->task, read->schema, &request.schema));
    }
    if (request.paths.count == 0) request.paths = path_of(b, read->options);
    return read_source(b, &request, (struct vonk_name){0}, out);
  }
  if (name.count == 1) {
    TRY(bind_cte_read(b, name.parts[0], out));
    if (*out) return bind_alias_columns(b, *out, name.parts[0], (struct vonk_name){0}, origin, out);
  }
  if (b->context->sealed) return not_found(b, name, origin);
  TRY(vonk_catalog_find(b->task, b->context->catalog, name, &table));
  if ((!table || b->permanent || !vonk_catalog_is_temporary(table)) && b->database.size) TRY(vonk_catalog_find(b->task, b->context->catalog, in_database(b, name), &table));
  if (table && read->is_streaming) return read_stream(b, read, table, out);
  if (table) return read_table(b, table, origin, out);
  if (name.count == 2 && vonk_format_find(name.parts[0])) {
    struct vonk_source_request request = {.format = name.parts[0], .paths = {&name.parts[1], 1}, .options = read->options, .table = name, .origin = origin};
    return read_direct(b, &request, out);
  }
  return not_found(b, name, origin);
}
