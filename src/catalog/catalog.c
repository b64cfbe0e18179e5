/* catalog.c: sessions, temporary views, and what a name means. */
#include "catalog/catalog_internal.h"

#include <stdlib.h>

#define SESSION_CATALOG "spark_catalog"
#define GLOBAL_TEMP "global_temp"

struct vonk_catalog *vonk_catalog_create(struct vonk_str warehouse, struct vonk_footer_cache *footers, struct vonk_page_cache *pages) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_catalog *catalog = ARENA_NEW(arena, struct vonk_catalog);
  catalog->arena = arena;
  catalog->footers = footers;
  catalog->pages = pages;
  catalog->warehouse = vonk_str_copy(arena, warehouse);
  while (catalog->warehouse.size > 1 && catalog->warehouse.data[catalog->warehouse.size - 1] == '/') catalog->warehouse.size--;
  temporary_init(&catalog->views, arena);
  return catalog;
}

void vonk_catalog_destroy(struct vonk_catalog *catalog) {
  if (!catalog) return;
  temporary_deinit(&catalog->views);
  vonk_arena_destroy(catalog->arena);
}

struct vonk_catalog_session *vonk_catalog_session_create(struct vonk_catalog *catalog) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_catalog_session *session = ARENA_NEW(arena, struct vonk_catalog_session);
  session->arena = arena;
  session->catalog = catalog;
  session->database = session->database_given = STR("default");
  temporary_init(&session->views, arena);
  vonk_mutex_init(&session->mutex);
  return session;
}

struct vonk_catalog_session *vonk_catalog_session_clone(struct vonk_catalog_session *session) {
  struct vonk_catalog_session *clone = vonk_catalog_session_create(session->catalog);
  temporary_share(&session->views, &clone->views);
  vonk_mutex_lock(&session->mutex);
  clone->database = vonk_str_copy(clone->arena, session->database);
  clone->database_given = vonk_str_copy(clone->arena, session->database_given);
  vonk_mutex_unlock(&session->mutex);
  return clone;
}

void vonk_catalog_session_destroy(struct vonk_catalog_session *session) {
  if (!session) return;
  temporary_deinit(&session->views);
  vonk_mutex_deinit(&session->mutex);
  vonk_arena_destroy(session->arena);
}

struct vonk_str vonk_catalog_search_path(struct vonk_arena *arena, struct vonk_catalog_session *session, bool builtin) {
  struct vonk_str database = vonk_type_quote(arena, vonk_catalog_current_database(session));
  return vonk_str_format(arena, "[%s`system`.`session`, `" SESSION_CATALOG "`." STR_FMT "]", builtin ? "`system`.`builtin`, " : "", STR_ARG(database));
}

struct vonk_str vonk_catalog_current_database(struct vonk_catalog_session *session) {
  vonk_mutex_lock(&session->mutex);
  struct vonk_str database = session->database_given;
  vonk_mutex_unlock(&session->mutex);
  return database;
}

struct vonk_str catalog_database(struct vonk_catalog_session *session) {
  vonk_mutex_lock(&session->mutex);
  struct vonk_str database = session->database;
  vonk_mutex_unlock(&session->mutex);
  return database;
}

struct vonk_str vonk_catalog_quoted_name(struct vonk_arena *arena, struct vonk_str database, struct vonk_str table) {
  struct vonk_str parts[] = {STR(SESSION_CATALOG), database, table};
  return database.size ? vonk_name_quote(arena, (struct vonk_name){parts, 3}) : vonk_type_quote(arena, table);
}

/* --- copies --- */

static struct vonk_str copy_text(struct vonk_arena *arena, struct vonk_str text) { return text.data ? vonk_str_copy(arena, text) : text; }

struct vonk_catalog_table *catalog_copy_table(struct vonk_arena *arena, const struct vonk_catalog_table *table) {
  struct vonk_catalog_table *copy = vonk_arena_copy(arena, table, sizeof *table);
  copy->database = copy_text(arena, table->database);
  copy->name = copy_text(arena, table->name);
  copy->schema = table->schema ? vonk_type_copy(arena, table->schema) : NULL;
  copy->partition_columns = vonk_name_copy(arena, table->partition_columns);
  copy->format = copy_text(arena, table->format);
  copy->options = vonk_options_copy(arena, table->options);
  copy->properties = vonk_options_copy(arena, table->properties);
  copy->location = copy_text(arena, table->location);
  copy->comment = copy_text(arena, table->comment);
  copy->owner = copy_text(arena, table->owner);
  copy->statistics = vonk_options_copy(arena, table->statistics);
  copy->view_text = copy_text(arena, table->view_text);
  copy->view_plan = table->view_plan ? vonk_node_copy(arena, table->view_plan) : NULL;
  copy->view_output = vonk_name_copy(arena, table->view_output);
  copy->view_columns = vonk_name_copy(arena, table->view_columns);
  copy->view_database = copy_text(arena, table->view_database);
  copy->memory = NULL;
  copy->view_settings = vonk_options_copy(arena, table->view_settings);
  return copy;
}

/* --- names --- */

static bool is_session_catalog(struct vonk_str part) { return vonk_str_equal_nocase(part, STR(SESSION_CATALOG)); }

static STATUS too_many_parts(struct vonk_task *task, struct vonk_name name, const struct vonk_origin *origin) {
  return vonk_raise(task, VONK_REQUIRES_SINGLE_PART_NAMESPACE, origin, "sessionCatalog", STR(SESSION_CATALOG), "identifier", vonk_name_quote(task->arena, name), NULL);
}

/* Without the name of the only catalog. */
static struct vonk_name in_catalog(struct vonk_name name) {
  return name.count >= 3 && is_session_catalog(name.parts[0]) ? (struct vonk_name){name.parts + 1, name.count - 1} : name;
}

STATUS vonk_catalog_database_name(struct vonk_task *task, struct vonk_name name, const struct vonk_origin *origin, struct vonk_str *out) {
  *out = name.parts[name.count - 1];
  if (name.count == 1 || (name.count == 2 && is_session_catalog(name.parts[0]))) return VONK_OK;
  return too_many_parts(task, name, origin);
}

STATUS vonk_catalog_resolve(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name name, const struct vonk_origin *origin,
                            struct vonk_str *database, struct vonk_str *table) {
  name = in_catalog(name);
  if (name.count == 0 || name.count > 2) return too_many_parts(task, name, origin);
  *table = vonk_str_lower(task->arena, name.parts[name.count - 1]);
  *database = name.count == 2 ? vonk_str_lower(task->arena, name.parts[0]) : catalog_database(session);
  return VONK_OK;
}

STATUS vonk_catalog_find(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name name, const struct vonk_catalog_table **out) {
  *out = NULL;
  if (name.count == 1) *out = temporary_find(task, &session->views, name.parts[0]);
  if (*out) return VONK_OK;
  name = in_catalog(name);
  if (name.count > 2) return too_many_parts(task, name, NULL);
  if (name.count == 0) return VONK_OK;
  if (name.count == 2 && vonk_str_equal_nocase(name.parts[0], STR(GLOBAL_TEMP))) {
    *out = temporary_find(task, &session->catalog->views, name.parts[1]);
    return VONK_OK;
  }
  struct vonk_str database = name.count == 2 ? vonk_str_lower(task->arena, name.parts[0]) : catalog_database(session);
  return catalog_load_table(task, session->catalog, database, vonk_str_lower(task->arena, name.parts[name.count - 1]), out);
}

/* --- temporary views --- */

STATUS vonk_catalog_put_temporary(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_table *view, bool replace,
                                  const struct vonk_origin *origin) {
  bool global = view->kind == VONK_TABLE_GLOBAL_TEMP_VIEW;
  struct vonk_catalog_table named = *view;
  named.database = global ? STR(GLOBAL_TEMP) : (struct vonk_str){0};
  named.name = vonk_str_lower(task->arena, view->name);
  if (temporary_put(global ? &session->catalog->views : &session->views, &named, replace)) return VONK_OK;
  return vonk_raise(task, VONK_TEMP_TABLE_OR_VIEW_ALREADY_EXISTS, origin, "relationName", vonk_type_quote(task->arena, view->name), NULL);
}

static bool drop_temporary(struct vonk_catalog_session *session, struct vonk_name name) {
  if (name.count == 1) return temporary_remove(&session->views, name.parts[0]);
  return name.count == 2 && vonk_str_equal_nocase(name.parts[0], STR(GLOBAL_TEMP)) && temporary_remove(&session->catalog->views, name.parts[1]);
}

STATUS vonk_catalog_drop(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name name, bool if_exists, bool as_view,
                         const struct vonk_origin *origin) {
  const struct vonk_catalog_table *table;
  if (drop_temporary(session, name)) return VONK_OK;
  TRY(vonk_catalog_find(task, session, name, &table));
  if (!table) {
    struct vonk_str database, missing;
    if (if_exists) return VONK_OK;
    TRY(vonk_catalog_resolve(task, session, name, origin, &database, &missing));
    return vonk_raise(task, VONK_TABLE_OR_VIEW_NOT_FOUND, origin, "relationName", vonk_catalog_quoted_name(task->arena, database, name.parts[name.count - 1]),
                      "searchPath", vonk_str_format(task->arena, "[`" SESSION_CATALOG "`." STR_FMT "]", STR_ARG(vonk_type_quote(task->arena, database))), NULL);
  }
  /* DROP TABLE takes views as well, as Spark's does. */
  if (as_view && table->kind != VONK_TABLE_VIEW) {
    struct vonk_str dotted = vonk_str_format(task->arena, SESSION_CATALOG "." STR_FMT "." STR_FMT, STR_ARG(table->database), STR_ARG(table->name));
    return vonk_raise(task, VONK_WRONG_COMMAND_FOR_OBJECT_TYPE, origin, "operation", STR("DROP VIEW"), "requiredType", STR("VIEW or METRIC_VIEW"), "objectName",
                      dotted, "foundType", table->kind == VONK_TABLE_MANAGED ? STR("MANAGED") : STR("EXTERNAL"), "alternative",
                      STR("DROP TABLE"), NULL);
  }
  TRY(catalog_delete_table(task, session->catalog, table->database, table->name));
  return table->kind == VONK_TABLE_MANAGED ? vonk_fs_remove(task, table->location) : VONK_OK;
}

static STATUS exists_already(struct vonk_task *task, struct vonk_str database, struct vonk_str name, const struct vonk_origin *origin) {
  return vonk_raise(task, VONK_TABLE_OR_VIEW_ALREADY_EXISTS, origin, "relationName", vonk_catalog_quoted_name(task->arena, database, name), NULL);
}

STATUS vonk_catalog_put(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_table *table, bool replace,
                        const struct vonk_origin *origin) {
  const struct vonk_catalog_database *database;
  const struct vonk_catalog_table *old;
  TRY(vonk_catalog_database(task, session, table->database, origin, &database));
  TRY(catalog_load_table(task, session->catalog, table->database, table->name, &old));
  if (old && !replace) return exists_already(task, table->database, table->name, origin);
  return catalog_save_table(task, session->catalog, table);
}

static STATUS rename_temporary(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_table *view, struct vonk_name to,
                               const struct vonk_origin *origin) {
  struct vonk_catalog_table copy = *view;
  struct vonk_str old[] = {STR(GLOBAL_TEMP), view->name};
  bool global = view->kind == VONK_TABLE_GLOBAL_TEMP_VIEW;
  copy.name = to.parts[to.count - 1];
  TRY(vonk_catalog_put_temporary(task, session, &copy, false, origin));
  drop_temporary(session, (struct vonk_name){global ? old : old + 1, global ? 2 : 1});
  return VONK_OK;
}

STATUS vonk_catalog_rename(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_table *table, struct vonk_name to,
                           const struct vonk_origin *origin) {
  const struct vonk_catalog_table *other;
  struct vonk_catalog_table renamed = *table;
  struct vonk_str database, name, folder, new_folder;
  if (vonk_catalog_is_temporary(table)) return rename_temporary(task, session, table, to, origin);
  TRY(vonk_catalog_resolve(task, session, to, origin, &database, &name));
  if (to.count == 1) database = table->database;
  if (!vonk_str_equal(database, table->database)) {
    return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_1073, origin, "db", table->database, "newDb", database, NULL);
  }
  TRY(vonk_catalog_check_name(task, name, origin));
  TRY(catalog_load_table(task, session->catalog, database, name, &other));
  if (other) return exists_already(task, database, name, origin);
  renamed.name = name;
  if (table->kind == VONK_TABLE_MANAGED) {
    TRY(vonk_catalog_table_location(task, session, database, table->name, &folder));
    TRY(vonk_catalog_table_location(task, session, database, name, &new_folder));
    struct vonk_fs_entry entry;
    bool found;
    TRY(vonk_fs_stat(task, folder, &found, &entry));
    if (found && vonk_str_equal(folder, table->location)) TRY(vonk_fs_move(task, folder, new_folder));
    if (vonk_str_equal(folder, table->location)) renamed.location = new_folder;
  }
  TRY(catalog_save_table(task, session->catalog, &renamed));
  return catalog_delete_table(task, session->catalog, database, table->name);
}

/* --- lists --- */

static int by_name(const void *a, const void *b) {
  const struct vonk_catalog_table *x = *(const struct vonk_catalog_table *const *)a, *y = *(const struct vonk_catalog_table *const *)b;
  return vonk_str_compare(x->name, y->name);
}

STATUS vonk_catalog_list_tables(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str database, const struct vonk_origin *origin,
                                struct vonk_catalog_tables *out) {
  const struct vonk_catalog_database *found;
  *out = (struct vonk_catalog_tables){0};
  if (vonk_str_equal_nocase(database, STR(GLOBAL_TEMP))) {
    temporary_list(task, &session->catalog->views, out);
  } else {
    TRY(vonk_catalog_database(task, session, database, origin, &found));
    TRY(catalog_list_tables(task, session->catalog, found->name, out));
    if (out->count) qsort(out->items, out->count, sizeof *out->items, by_name);
  }
  temporary_list(task, &session->views, out);
  return VONK_OK;
}
