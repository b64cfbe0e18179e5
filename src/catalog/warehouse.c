/* warehouse.c: descriptions as files below the warehouse, and databases.
 *
 * WAREHOUSE/_vonk_catalog/DB/TABLE.json, .../DB/_functions/FUNCTION.json and WAREHOUSE/_vonk_catalog/DB.json. Names are lower case; bytes other than letters,
 * digits and underscores are written %XX. The database `default` needs no file.
 */
#include <stdlib.h>

#include "catalog/catalog_internal.h"

#define FOLDER "_vonk_catalog"

enum { DESCRIPTION_BYTES_MAX = 64 << 20 };

static struct vonk_str escape(struct vonk_arena *arena, struct vonk_str name) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (size_t i = 0; i < name.size; i++) {
    char c = name.data[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '_' && i > 0);
    if (plain) vonk_text_add_char(&text, c);
    else vonk_text_addf(&text, "%%%02X", (unsigned char)c);
  }
  return vonk_text_str(&text);
}

static struct vonk_str unescape(struct vonk_arena *arena, struct vonk_str name) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (size_t i = 0; i < name.size; i++) {
    unsigned value;
    char digits[3] = {0};
    if (name.data[i] == '%' && i + 2 < name.size) memcpy(digits, name.data + i + 1, 2);
    char *end = digits;
    value = digits[0] ? (unsigned)strtoul(digits, &end, 16) : 0;
    if (end == digits + 2) {
      vonk_text_add_char(&text, (char)value);
      i += 2;
    } else {
      vonk_text_add_char(&text, name.data[i]);
    }
  }
  return vonk_text_str(&text);
}

static struct vonk_str database_path(struct vonk_arena *arena, const struct vonk_catalog *catalog, struct vonk_str database, const char *end) {
  return vonk_str_format(arena, STR_FMT "/" FOLDER "/" STR_FMT "%s", STR_ARG(catalog->warehouse), STR_ARG(escape(arena, database)), end);
}

static struct vonk_str table_path(struct vonk_arena *arena, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_str name) {
  struct vonk_str folder = database_path(arena, catalog, database, "");
  return vonk_str_format(arena, STR_FMT "/" STR_FMT ".json", STR_ARG(folder), STR_ARG(escape(arena, name)));
}

/* data is NULL when there is no such file. */
static STATUS read_file(struct vonk_task *task, struct vonk_str path, struct vonk_str *out) {
  struct vonk_fs_entry entry;
  struct vonk_file *file;
  bool found;
  *out = (struct vonk_str){0};
  TRY(vonk_fs_stat(task, path, &found, &entry));
  if (!found || entry.is_folder) return VONK_OK;
  TRY(vonk_file_open(task, path, &file));
  size_t size = file->byte_size < DESCRIPTION_BYTES_MAX ? (size_t)file->byte_size : DESCRIPTION_BYTES_MAX;
  char *bytes = vonk_arena_alloc(task->arena, size + 1);
  enum vonk_status status = vonk_file_read(task, file, 0, size, bytes);
  vonk_file_close(file);
  TRY(status);
  *out = (struct vonk_str){bytes, size};
  return VONK_OK;
}

static STATUS write_file(struct vonk_task *task, struct vonk_str path, struct vonk_str text) {
  struct vonk_output *output;
  TRY(vonk_output_create(task, path, &output));
  enum vonk_status status = vonk_output_write(task, output, text.data, text.size);
  if (status != VONK_OK) {
    vonk_output_abort(output);
    return status;
  }
  return vonk_output_commit(task, output);
}

static STATUS damaged(struct vonk_task *task, struct vonk_str path) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", path, "reason", STR("not a description of a table or database"), NULL);
}

STATUS catalog_load_table(struct vonk_task *task, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_str name,
                          const struct vonk_catalog_table **out) {
  struct vonk_str path = table_path(task->arena, catalog, database, name), text;
  *out = NULL;
  TRY(read_file(task, path, &text));
  if (!text.data) return VONK_OK;
  struct vonk_catalog_table *table = ARENA_NEW(task->arena, struct vonk_catalog_table);
  if (!catalog_read_table(task->arena, text, table)) return damaged(task, path);
  table->database = database;
  table->name = name;
  *out = table;
  return VONK_OK;
}

STATUS catalog_save_table(struct vonk_task *task, const struct vonk_catalog *catalog, const struct vonk_catalog_table *table) {
  TRY(vonk_fs_check_address(task, table->location));
  return write_file(task, table_path(task->arena, catalog, table->database, table->name), catalog_write_table(task->arena, table));
}

STATUS catalog_delete_table(struct vonk_task *task, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_str name) {
  return vonk_fs_remove(task, table_path(task->arena, catalog, database, name));
}

/* Names of the .json files of a folder, unescaped; none when the folder is not there. */
static STATUS list_names(struct vonk_task *task, struct vonk_str folder, struct vonk_name *out) {
  struct vonk_fs_list list;
  struct { struct vonk_str *items; size_t count, capacity; } names = {0};
  TRY(vonk_fs_list_folder(task, folder, &list));
  for (size_t i = 0; i < list.count; i++) {
    struct vonk_str path = list.items[i].path;
    size_t start = path.size;
    while (start > 0 && path.data[start - 1] != '/') start--;
    struct vonk_str file = vonk_str_slice(path, start, path.size);
    if (list.items[i].is_folder || !vonk_str_ends_with(file, STR(".json")) || file.data[0] == '.') continue;
    *ARRAY_PUSH(task->arena, &names) = unescape(task->arena, vonk_str_slice(file, 0, file.size - 5));
  }
  *out = (struct vonk_name){names.items, (uint32_t)names.count};
  return VONK_OK;
}

STATUS catalog_list_tables(struct vonk_task *task, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_catalog_tables *out) {
  struct vonk_name names;
  TRY(list_names(task, database_path(task->arena, catalog, database, ""), &names));
  for (uint32_t i = 0; i < names.count; i++) {
    const struct vonk_catalog_table *table;
    TRY(catalog_load_table(task, catalog, database, names.parts[i], &table));
    if (table) *ARRAY_PUSH(task->arena, out) = table;
  }
  return VONK_OK;
}

/* --- functions --- */

/* Tables' names have no such beginning: it would be escaped. */
static struct vonk_str functions_path(struct vonk_arena *arena, const struct vonk_catalog *catalog, struct vonk_str database) {
  return database_path(arena, catalog, database, "/_functions");
}

static struct vonk_str function_path(struct vonk_arena *arena, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_str name) {
  return vonk_str_format(arena, STR_FMT "/" STR_FMT ".json", STR_ARG(functions_path(arena, catalog, database)), STR_ARG(escape(arena, name)));
}

static STATUS load_function(struct vonk_task *task, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_str name,
                            const struct vonk_catalog_function **out) {
  struct vonk_str path = function_path(task->arena, catalog, database, name), text;
  *out = NULL;
  TRY(read_file(task, path, &text));
  if (!text.data) return VONK_OK;
  struct vonk_catalog_function *function = ARENA_NEW(task->arena, struct vonk_catalog_function);
  if (!catalog_read_function(task->arena, text, function)) return damaged(task, path);
  function->database = database;
  function->name = name;
  *out = function;
  return VONK_OK;
}

STATUS vonk_catalog_find_function(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name name, const struct vonk_origin *origin,
                                  const struct vonk_catalog_function **out) {
  struct vonk_str database, function;
  TRY(vonk_catalog_resolve(task, session, name, origin, &database, &function));
  return load_function(task, session->catalog, database, function, out);
}

STATUS vonk_catalog_put_function(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_function *function,
                                 const struct vonk_origin *origin) {
  const struct vonk_catalog_database *database;
  TRY(vonk_catalog_database(task, session, function->database, origin, &database));
  return write_file(task, function_path(task->arena, session->catalog, function->database, function->name), catalog_write_function(task->arena, function));
}

STATUS vonk_catalog_drop_function(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_function *function) {
  return vonk_fs_remove(task, function_path(task->arena, session->catalog, function->database, function->name));
}

STATUS vonk_catalog_list_functions(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str database, struct vonk_catalog_functions *out) {
  struct vonk_name names;
  struct vonk_str lower = vonk_str_lower(task->arena, database);
  TRY(list_names(task, functions_path(task->arena, session->catalog, lower), &names));
  for (uint32_t i = 0; i < names.count; i++) {
    const struct vonk_catalog_function *function;
    TRY(load_function(task, session->catalog, lower, names.parts[i], &function));
    if (function) *ARRAY_PUSH(task->arena, out) = function;
  }
  return VONK_OK;
}

STATUS vonk_catalog_cannot_load(struct vonk_task *task, const struct vonk_catalog_function *function, const struct vonk_origin *origin) {
  return vonk_raise(task, VONK_CANNOT_LOAD_FUNCTION_CLASS, origin, "className", function->class_name, "functionName",
                    vonk_catalog_quoted_name(task->arena, function->database, function->name), NULL);
}

/* --- databases --- */

static struct vonk_str default_location(struct vonk_arena *arena, const struct vonk_catalog *catalog, struct vonk_str database) {
  if (vonk_str_equal(database, STR("default"))) return catalog->warehouse;
  return vonk_str_format(arena, STR_FMT "/" STR_FMT ".db", STR_ARG(catalog->warehouse), STR_ARG(database));
}

STATUS vonk_catalog_find_database(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str name, const struct vonk_catalog_database **out) {
  struct vonk_str text, lower = vonk_str_lower(task->arena, name), path = database_path(task->arena, session->catalog, lower, ".json");
  struct vonk_catalog_database *database = ARENA_NEW(task->arena, struct vonk_catalog_database);
  *out = NULL;
  TRY(read_file(task, path, &text));
  if (!text.data && !vonk_str_equal(lower, STR("default"))) return VONK_OK;
  if (text.data && !catalog_read_database(task->arena, text, database)) return damaged(task, path);
  if (!text.data) database->comment = STR("default database");
  database->name = lower;
  if (!database->location.size) database->location = default_location(task->arena, session->catalog, lower);
  *out = database;
  return VONK_OK;
}

static struct vonk_str quoted_database(struct vonk_arena *arena, struct vonk_str name) {
  struct vonk_str parts[] = {STR("spark_catalog"), name};
  return vonk_name_quote(arena, (struct vonk_name){parts, 2});
}

STATUS vonk_catalog_no_database(struct vonk_task *task, struct vonk_str name, const struct vonk_origin *origin) {
  return vonk_raise(task, VONK_SCHEMA_NOT_FOUND, origin, "schemaName", quoted_database(task->arena, name), NULL);
}

STATUS vonk_catalog_database(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str name, const struct vonk_origin *origin,
                             const struct vonk_catalog_database **out) {
  TRY(vonk_catalog_find_database(task, session, name, out));
  return *out ? VONK_OK : vonk_catalog_no_database(task, name, origin);
}

STATUS vonk_catalog_check_name(struct vonk_task *task, struct vonk_str name, const struct vonk_origin *origin) {
  bool good = name.size > 0;
  for (size_t i = 0; i < name.size && good; i++) {
    char c = name.data[i];
    good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  return good ? VONK_OK : vonk_raise(task, VONK_INVALID_SCHEMA_OR_RELATION_NAME, origin, "name", vonk_type_quote(task->arena, name), NULL);
}

STATUS vonk_catalog_use(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name name, const struct vonk_origin *origin) {
  const struct vonk_catalog_database *database;
  if (name.count == 2 && vonk_str_equal_nocase(name.parts[0], STR("spark_catalog"))) name = (struct vonk_name){name.parts + 1, 1};
  if (name.count == 1 && vonk_str_equal_nocase(name.parts[0], STR("spark_catalog"))) return VONK_OK;
  if (name.count != 1) return vonk_catalog_no_database(task, name.count ? name.parts[0] : STR(""), origin);
  if (vonk_str_equal_nocase(name.parts[0], STR("global_temp"))) {
    return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_1068, origin, "database", STR("global_temp"), NULL);
  }
  TRY(vonk_catalog_database(task, session, name.parts[0], origin, &database));
  vonk_mutex_lock(&session->mutex);
  session->database = vonk_str_copy(session->arena, database->name);
  session->database_given = vonk_str_copy(session->arena, name.parts[0]);
  vonk_mutex_unlock(&session->mutex);
  return VONK_OK;
}

STATUS vonk_catalog_table_location(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str database, struct vonk_str table, struct vonk_str *out) {
  const struct vonk_catalog_database *found;
  TRY(vonk_catalog_database(task, session, database, NULL, &found));
  *out = vonk_str_format(task->arena, STR_FMT "/" STR_FMT, STR_ARG(found->location), STR_ARG(table));
  return VONK_OK;
}

STATUS vonk_catalog_put_database(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_database *database) {
  struct vonk_str path = database_path(task->arena, session->catalog, database->name, ".json");
  TRY(vonk_fs_check_address(task, database->location));
  return write_file(task, path, catalog_write_database(task->arena, database));
}

STATUS vonk_catalog_create_database(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_database *database,
                                    bool if_not_exists, const struct vonk_origin *origin) {
  const struct vonk_catalog_database *old;
  struct vonk_catalog_database made = *database;
  if (vonk_str_equal_nocase(database->name, STR("global_temp"))) {
    return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_1066, origin, "database", database->name, NULL);
  }
  TRY(vonk_catalog_check_name(task, database->name, origin));
  made.name = vonk_str_lower(task->arena, database->name);
  TRY(vonk_catalog_find_database(task, session, made.name, &old));
  if (old && if_not_exists) return VONK_OK;
  if (old) return vonk_raise(task, VONK_SCHEMA_ALREADY_EXISTS, origin, "schemaName", quoted_database(task->arena, made.name), NULL);
  if (!made.location.size) made.location = default_location(task->arena, session->catalog, made.name);
  return vonk_catalog_put_database(task, session, &made);
}

STATUS vonk_catalog_drop_database(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str name, bool if_exists, bool cascade,
                                  const struct vonk_origin *origin) {
  const struct vonk_catalog_database *database;
  struct vonk_catalog_tables tables = {0};
  struct vonk_catalog_functions functions = {0};
  TRY(vonk_catalog_find_database(task, session, name, &database));
  if (!database && if_exists) return VONK_OK;
  if (!database) return vonk_catalog_no_database(task, name, origin);
  if (vonk_str_equal(database->name, STR("default"))) {
    return vonk_raise(task, VONK_UNSUPPORTED_FEATURE__DROP_DATABASE, origin, "database", STR("`spark_catalog`.`default`"), NULL);
  }
  TRY(catalog_list_tables(task, session->catalog, database->name, &tables));
  TRY(vonk_catalog_list_functions(task, session, database->name, &functions));
  if ((tables.count || functions.count) && !cascade) return vonk_raise(task, VONK_SCHEMA_NOT_EMPTY, origin, "schemaName", vonk_str_format(task->arena, "`" STR_FMT "`", STR_ARG(database->name)), NULL);
  for (size_t i = 0; i < tables.count; i++) {
    TRY(catalog_delete_table(task, session->catalog, database->name, tables.items[i]->name));
    if (tables.items[i]->kind == VONK_TABLE_MANAGED) TRY(vonk_fs_remove(task, tables.items[i]->location));
  }
  TRY(vonk_fs_remove(task, database_path(task->arena, session->catalog, database->name, ".json")));
  TRY(vonk_fs_remove(task, database_path(task->arena, session->catalog, database->name, "")));
  if (vonk_str_equal(database->location, default_location(task->arena, session->catalog, database->name))) TRY(vonk_fs_remove(task, database->location));
  return VONK_OK;
}

static int by_text(const void *a, const void *b) { return vonk_str_compare(*(const struct vonk_str *)a, *(const struct vonk_str *)b); }

STATUS vonk_catalog_list_databases(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name *out) {
  struct vonk_name names;
  TRY(list_names(task, vonk_str_format(task->arena, STR_FMT "/" FOLDER, STR_ARG(session->catalog->warehouse)), &names));
  struct vonk_str *all = ARENA_ARRAY(task->arena, struct vonk_str, (size_t)names.count + 1);
  uint32_t count = 0;
  all[count++] = STR("default");
  for (uint32_t i = 0; i < names.count; i++) {
    if (!vonk_str_equal(names.parts[i], STR("default"))) all[count++] = names.parts[i];
  }
  qsort(all, count, sizeof *all, by_text);
  *out = (struct vonk_name){all, count};
  return VONK_OK;
}
