/* metadata.c: descriptions of tables, views and databases as JSON texts.
 *
 * One object of strings, numbers, arrays of strings and objects of strings; the schema is Spark's JSON form as a string. What is
 * not known is passed over, so later versions may add members.
 */
#include "catalog/catalog_internal.h"
#include "type/json.h"

/* --- writing --- */

static void put_member(struct vonk_text *out, const char *key, struct vonk_str text) {
  if (!text.size) return;
  vonk_text_addf(out, ",\n \"%s\": ", key);
  vonk_json_quote(out, text);
}

static void put_names(struct vonk_text *out, const char *key, struct vonk_name names) {
  if (!names.count) return;
  vonk_text_addf(out, ",\n \"%s\": [", key);
  for (uint32_t i = 0; i < names.count; i++) {
    if (i) vonk_text_add(out, STR(", "));
    vonk_json_quote(out, names.parts[i]);
  }
  vonk_text_add_char(out, ']');
}

static void put_options(struct vonk_text *out, const char *key, struct vonk_options options) {
  if (!options.count) return;
  vonk_text_addf(out, ",\n \"%s\": {", key);
  for (uint32_t i = 0; i < options.count; i++) {
    if (i) vonk_text_add(out, STR(", "));
    vonk_json_quote(out, options.items[i].key);
    vonk_text_add(out, STR(": "));
    vonk_json_quote(out, options.items[i].value);
  }
  vonk_text_add_char(out, '}');
}

static const char *const kind_names[] = {"managed", "external", "view", "temporary", "global"};

struct vonk_str catalog_write_table(struct vonk_arena *arena, const struct vonk_catalog_table *table) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  vonk_text_addf(&out, "{\"version\": 1,\n \"kind\": \"%s\",\n \"created_ms\": \"%lld\"", kind_names[table->kind], (long long)table->created_ms);
  put_member(&out, "name", table->name);
  if (table->schema) put_member(&out, "schema", vonk_type_json(arena, table->schema));
  put_names(&out, "partition_columns", table->partition_columns);
  put_member(&out, "format", table->format);
  put_options(&out, "options", table->options);
  put_options(&out, "properties", table->properties);
  put_member(&out, "location", table->location);
  put_member(&out, "comment", table->comment);
  put_member(&out, "owner", table->owner);
  put_options(&out, "statistics", table->statistics);
  put_member(&out, "view_text", table->view_text);
  put_names(&out, "view_output", table->view_output);
  put_names(&out, "view_columns", table->view_columns);
  put_member(&out, "view_database", table->view_database);
  put_options(&out, "view_settings", table->view_settings);
  vonk_text_add(&out, STR("}\n"));
  return vonk_text_str(&out);
}

struct vonk_str catalog_write_database(struct vonk_arena *arena, const struct vonk_catalog_database *database) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  vonk_text_add(&out, STR("{\"version\": 1"));
  put_member(&out, "name", database->name);
  put_member(&out, "comment", database->comment);
  put_member(&out, "location", database->location);
  put_member(&out, "owner", database->owner);
  put_options(&out, "properties", database->properties);
  vonk_text_add(&out, STR("}\n"));
  return vonk_text_str(&out);
}

struct vonk_str catalog_write_function(struct vonk_arena *arena, const struct vonk_catalog_function *function) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  vonk_text_add(&out, STR("{\"version\": 1"));
  put_member(&out, "name", function->name);
  put_member(&out, "class", function->class_name);
  put_options(&out, "resources", function->resources);
  vonk_text_add(&out, STR("}\n"));
  return vonk_text_str(&out);
}

/* --- reading --- */

static struct vonk_name read_names(struct vonk_json *json) {
  ARRAY_OF(struct vonk_str) list = {0};
  uint32_t count = 0;
  vonk_json_expect(json, '[');
  while (vonk_json_next_element(json, &count)) *ARRAY_PUSH(json->arena, &list) = vonk_json_string(json);
  return (struct vonk_name){list.items, (uint32_t)list.count};
}

static struct vonk_options read_options(struct vonk_json *json) {
  ARRAY_OF(struct vonk_option) list = {0};
  struct vonk_str key;
  uint32_t count = 0;
  vonk_json_expect(json, '{');
  while (vonk_json_next_member(json, &count, &key)) {
    struct vonk_str value = vonk_json_string(json);
    *ARRAY_PUSH(json->arena, &list) = (struct vonk_option){key, value};
  }
  return (struct vonk_options){list.items, (uint32_t)list.count};
}

static void read_kind(struct vonk_json *json, enum vonk_table_kind *out) {
  struct vonk_str text = vonk_json_string(json);
  for (size_t i = 0; i < COUNT_OF(kind_names); i++) {
    if (vonk_str_equal(text, vonk_str_of(kind_names[i]))) *out = (enum vonk_table_kind)i;
  }
}

static void read_table_member(struct vonk_json *json, struct vonk_str key, struct vonk_catalog_table *out) {
  struct { const char *key; struct vonk_str *text; } texts[] = {
      {"name", &out->name}, {"format", &out->format}, {"location", &out->location}, {"comment", &out->comment},
      {"owner", &out->owner}, {"view_text", &out->view_text}, {"view_database", &out->view_database}};
  struct { const char *key; struct vonk_options *options; } options[] = {
      {"options", &out->options}, {"properties", &out->properties}, {"view_settings", &out->view_settings},
      {"statistics", &out->statistics}};
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    if (vonk_str_equal(key, vonk_str_of(texts[i].key))) {
      *texts[i].text = vonk_json_string(json);
      return;
    }
  }
  for (size_t i = 0; i < COUNT_OF(options); i++) {
    if (vonk_str_equal(key, vonk_str_of(options[i].key))) {
      *options[i].options = read_options(json);
      return;
    }
  }
  if (vonk_str_equal(key, STR("kind"))) read_kind(json, &out->kind);
  else if (vonk_str_equal(key, STR("created_ms"))) json->failed |= !vonk_str_to_int64(vonk_json_string(json), &out->created_ms);
  else if (vonk_str_equal(key, STR("schema"))) json->failed |= !vonk_type_from_json(json->arena, vonk_json_string(json), &out->schema);
  else if (vonk_str_equal(key, STR("partition_columns"))) out->partition_columns = read_names(json);
  else if (vonk_str_equal(key, STR("view_output"))) out->view_output = read_names(json);
  else if (vonk_str_equal(key, STR("view_columns"))) out->view_columns = read_names(json);
  else vonk_json_skip(json);
}

bool catalog_read_table(struct vonk_arena *arena, struct vonk_str text, struct vonk_catalog_table *out) {
  struct vonk_json json = {.arena = arena, .text = text};
  struct vonk_str key;
  uint32_t count = 0;
  *out = (struct vonk_catalog_table){0};
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &count, &key)) read_table_member(&json, key, out);
  return !json.failed && (out->view_text.size || out->schema || out->format.size);
}

bool catalog_read_database(struct vonk_arena *arena, struct vonk_str text, struct vonk_catalog_database *out) {
  struct vonk_json json = {.arena = arena, .text = text};
  struct vonk_str key;
  uint32_t count = 0;
  *out = (struct vonk_catalog_database){0};
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &count, &key)) {
    if (vonk_str_equal(key, STR("comment"))) out->comment = vonk_json_string(&json);
    else if (vonk_str_equal(key, STR("name"))) out->name = vonk_json_string(&json);
    else if (vonk_str_equal(key, STR("location"))) out->location = vonk_json_string(&json);
    else if (vonk_str_equal(key, STR("owner"))) out->owner = vonk_json_string(&json);
    else if (vonk_str_equal(key, STR("properties"))) out->properties = read_options(&json);
    else vonk_json_skip(&json);
  }
  return !json.failed;
}

bool catalog_read_function(struct vonk_arena *arena, struct vonk_str text, struct vonk_catalog_function *out) {
  struct vonk_json json = {.arena = arena, .text = text};
  struct vonk_str key;
  uint32_t count = 0;
  *out = (struct vonk_catalog_function){0};
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &count, &key)) {
    if (vonk_str_equal(key, STR("class"))) out->class_name = vonk_json_string(&json);
    else if (vonk_str_equal(key, STR("resources"))) out->resources = read_options(&json);
    else vonk_json_skip(&json);
  }
  return !json.failed;
}
