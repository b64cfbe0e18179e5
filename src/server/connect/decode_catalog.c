/* decode_catalog.c: calls of the catalog API. All are one kind of relation; a table says which field of a call means what. */
#include "server/connect/decode_internal.h"

/* Where a call has its name, database, pattern, path, source, description, schema, options and two flags; 0: nowhere. The oneof's
 * members are numbered from 1 on without gaps. */
static const struct catalog_call {
  const char *name;
  uint8_t object, database, pattern, path, source, description, schema, options, flag, cascade;
} calls[] = {
    {0},
    {.name = "CURRENT_DATABASE"},
    {.name = "SET_CURRENT_DATABASE", .database = 1},
    {.name = "LIST_DATABASES", .pattern = 1},
    {.name = "LIST_TABLES", .database = 1, .pattern = 2},
    {.name = "LIST_FUNCTIONS", .database = 1, .pattern = 2},
    {.name = "LIST_COLUMNS", .object = 1, .database = 2},
    {.name = "GET_DATABASE", .database = 1},
    {.name = "GET_TABLE", .object = 1, .database = 2},
    {.name = "GET_FUNCTION", .object = 1, .database = 2},
    {.name = "DATABASE_EXISTS", .database = 1},
    {.name = "TABLE_EXISTS", .object = 1, .database = 2},
    {.name = "FUNCTION_EXISTS", .object = 1, .database = 2},
    {.name = "CREATE_EXTERNAL_TABLE", .object = 1, .path = 2, .source = 3, .schema = 4, .options = 5},
    {.name = "CREATE_TABLE", .object = 1, .path = 2, .source = 3, .description = 4, .schema = 5, .options = 6},
    {.name = "DROP_TEMP_VIEW", .object = 1},
    {.name = "DROP_GLOBAL_TEMP_VIEW", .object = 1},
    {.name = "RECOVER_PARTITIONS", .object = 1},
    {.name = "IS_CACHED", .object = 1},
    {.name = "CACHE_TABLE", .object = 1},
    {.name = "UNCACHE_TABLE", .object = 1},
    {.name = "CLEAR_CACHE"},
    {.name = "REFRESH_TABLE", .object = 1},
    {.name = "REFRESH_BY_PATH", .path = 1},
    {.name = "CURRENT_CATALOG"},
    {.name = "SET_CURRENT_CATALOG", .object = 1},
    {.name = "LIST_CATALOGS", .pattern = 1},
    {.name = "DROP_TABLE", .object = 1, .flag = 2, .cascade = 3},
    {.name = "DROP_VIEW", .object = 1, .flag = 2},
    {.name = "CREATE_DATABASE", .database = 1, .flag = 2, .options = 3},
    {.name = "DROP_DATABASE", .database = 1, .flag = 2, .cascade = 3},
    {.name = "LIST_PARTITIONS", .object = 1},
    {.name = "LIST_VIEWS", .database = 1, .pattern = 2},
    {.name = "GET_TABLE_PROPERTIES", .object = 1},
    {.name = "GET_CREATE_TABLE_STRING", .object = 1, .flag = 2},
    {.name = "TRUNCATE_TABLE", .object = 1},
    {.name = "ANALYZE_TABLE", .object = 1, .flag = 2},
};

/* Field NUMBER; absent for 0. A field that the message must have is there even when it was left empty. */
static struct vonk_str text_at(const struct vonk_protobuf *message, uint8_t number) {
  return number ? vonk_protobuf_text(message, number) : (struct vonk_str){NULL, 0};
}

STATUS decode_catalog(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  uint32_t number = 0;
  for (struct vonk_protobuf_field field = {0}; vonk_protobuf_next(message, &field);) {
    if (field.number < COUNT_OF(calls)) number = field.number;
  }
  if (number == 0) return decode_fail_unset(d, "Catalog", "CATTYPE_NOT_SET");
  const struct catalog_call *call = &calls[number];
  struct vonk_protobuf inside = vonk_protobuf_message(message, number);
  struct vonk_relation_catalog *catalog = RELATION_NEW(d->arena, catalog, d->origin);
  catalog->call = number;
  catalog->name = text_at(&inside, call->object);
  if (call->object && !catalog->name.data) catalog->name = STR("");
  catalog->database = text_at(&inside, call->database);
  catalog->pattern = text_at(&inside, call->pattern);
  catalog->path = text_at(&inside, call->path);
  catalog->source = text_at(&inside, call->source);
  catalog->description = text_at(&inside, call->description);
  if (call->schema && vonk_protobuf_has(&inside, call->schema)) {
    TRY(decode_type_at(d, &inside, call->schema, &catalog->schema));
    if (catalog->schema->id != VONK_TYPE_STRUCT) return decode_fail_assertion(d, "The schema of a table is a STRUCT.");
  }
  if (call->options) catalog->options = decode_options(d, &inside, call->options);
  catalog->flag = call->flag && vonk_protobuf_bool(&inside, call->flag);
  catalog->cascade = call->cascade && vonk_protobuf_bool(&inside, call->cascade);
  *out = &catalog->relation;
  return VONK_OK;
}
