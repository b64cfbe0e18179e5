/* metadata.c: descriptions of tables, views and databases as JSON texts.
 *
 * One object of strings, numbers, arrays of strings and objects of strings; the schema is Spark's JSON form as a string. What is
 * not known is passed over, so later versions may add members.
 */
#include "catalog/catalog_internal.h"

enum { METADATA_DEPTH_MAX = 32 };

/* --- writing --- */

static void put_text(struct vonk_text *out, struct vonk_str text) {
  vonk_text_add_char(out, '"');
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (c == '"' || c == '\\') vonk_text_addf(out, "\\%c", c);
    else if (c < 0x20) vonk_text_addf(out, "\\u%04x", c);
    else vonk_text_add_char(out, (char)c);
  }
  vonk_text_add_char(out, '"');
}

static void put_member(struct vonk_text *out, const char *key, struct vonk_str text) {
  if (!text.size) return;
  vonk_text_addf(out, ",\n \"%s\": ", key);
  put_text(out, text);
}

static void put_names(struct vonk_text *out, const char *key, struct vonk_name names) {
  if (!names.count) return;
  vonk_text_addf(out, ",\n \"%s\": [", key);
  for (uint32_t i = 0; i < names.count; i++) {
    if (i) vonk_text_add(out, STR(", "));
    put_text(out, names.parts[i]);
  }
  vonk_text_add_char(out, ']');
}

static void put_options(struct vonk_text *out, const char *key, struct vonk_options options) {
  if (!options.count) return;
  vonk_text_addf(out, ",\n \"%s\": {", key);
  for (uint32_t i = 0; i < options.count; i++) {
    if (i) vonk_text_add(out, STR(", "));
    put_text(out, options.items[i].key);
    vonk_text_add(out, STR(": "));
    put_text(out, options.items[i].value);
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

/* --- reading --- */

struct reader {
  struct vonk_arena *arena;
  struct vonk_str text;
  size_t at;
  bool failed;
};

static char peek(struct reader *r) {
  while (r->at < r->text.size && strchr(" \t\r\n", r->text.data[r->at])) r->at++;
  return r->at < r->text.size ? r->text.data[r->at] : 0;
}

static bool accept(struct reader *r, char c) {
  if (r->failed || peek(r) != c) return false;
  r->at++;
  return true;
}

static void expect(struct reader *r, char c) {
  if (!accept(r, c)) r->failed = true;
}

static unsigned four_digits(struct reader *r) {
  unsigned value = 0;
  for (int i = 0; i < 4; i++) {
    char c = r->at < r->text.size ? r->text.data[r->at++] : 0;
    int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
    if (digit < 0) r->failed = true;
    value = value << 4 | (unsigned)(digit & 15);
  }
  return value;
}

static void read_escape(struct reader *r, struct vonk_text *out) {
  static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
  char c = r->at < r->text.size ? r->text.data[r->at++] : 0, bytes[4];
  const char *found = c ? strchr(from, c) : NULL;
  if (c == 'u') vonk_text_add(out, (struct vonk_str){bytes, vonk_utf8_encode(four_digits(r), bytes)});
  else vonk_text_add_char(out, found ? to[found - from] : c);
}

static struct vonk_str read_text(struct reader *r) {
  struct vonk_text out;
  vonk_text_init(&out, r->arena);
  expect(r, '"');
  while (!r->failed) {
    if (r->at >= r->text.size) r->failed = true;
    else if (r->text.data[r->at] == '"') break;
    else if (r->text.data[r->at] == '\\') r->at++, read_escape(r, &out);
    else vonk_text_add_char(&out, r->text.data[r->at++]);
  }
  r->at++;
  return vonk_text_str(&out);
}

static struct vonk_name read_names(struct reader *r) {
  struct { struct vonk_str *items; size_t count, capacity; } list = {0};
  expect(r, '[');
  while (!r->failed && !accept(r, ']')) {
    if (list.count) expect(r, ',');
    *ARRAY_PUSH(r->arena, &list) = read_text(r);
  }
  return (struct vonk_name){list.items, (uint32_t)list.count};
}

static struct vonk_options read_options(struct reader *r) {
  struct { struct vonk_option *items; size_t count, capacity; } list = {0};
  expect(r, '{');
  while (!r->failed && !accept(r, '}')) {
    if (list.count) expect(r, ',');
    struct vonk_option *option = ARRAY_PUSH(r->arena, &list);
    option->key = read_text(r);
    expect(r, ':');
    option->value = read_text(r);
  }
  return (struct vonk_options){list.items, (uint32_t)list.count};
}

static void skip(struct reader *r, int depth) {
  char c = peek(r);
  if (depth > METADATA_DEPTH_MAX) r->failed = true;
  if (r->failed) return;
  if (c == '"') {
    read_text(r);
  } else if (c == '{' || c == '[') {
    r->at++;
    for (uint32_t n = 0; !r->failed && !accept(r, c == '{' ? '}' : ']'); n++) {
      if (n) expect(r, ',');
      if (c == '{') read_text(r), expect(r, ':');
      skip(r, depth + 1);
    }
  } else {
    size_t start = r->at;
    while (r->at < r->text.size && !strchr(",]} \t\r\n", r->text.data[r->at])) r->at++;
    if (r->at == start) r->failed = true;
  }
}

static void read_kind(struct reader *r, enum vonk_table_kind *out) {
  struct vonk_str text = read_text(r);
  for (size_t i = 0; i < COUNT_OF(kind_names); i++) {
    if (vonk_str_equal(text, vonk_str_of(kind_names[i]))) *out = (enum vonk_table_kind)i;
  }
}

static void read_table_member(struct reader *r, struct vonk_str key, struct vonk_catalog_table *out) {
  struct { const char *key; struct vonk_str *text; } texts[] = {
      {"name", &out->name}, {"format", &out->format}, {"location", &out->location}, {"comment", &out->comment},
      {"owner", &out->owner}, {"view_text", &out->view_text}, {"view_database", &out->view_database}};
  struct { const char *key; struct vonk_options *options; } options[] = {
      {"options", &out->options}, {"properties", &out->properties}, {"view_settings", &out->view_settings},
      {"statistics", &out->statistics}};
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    if (vonk_str_equal(key, vonk_str_of(texts[i].key))) {
      *texts[i].text = read_text(r);
      return;
    }
  }
  for (size_t i = 0; i < COUNT_OF(options); i++) {
    if (vonk_str_equal(key, vonk_str_of(options[i].key))) {
      *options[i].options = read_options(r);
      return;
    }
  }
  if (vonk_str_equal(key, STR("kind"))) read_kind(r, &out->kind);
  else if (vonk_str_equal(key, STR("created_ms"))) r->failed |= !vonk_str_to_int64(read_text(r), &out->created_ms);
  else if (vonk_str_equal(key, STR("schema"))) r->failed |= !vonk_type_from_json(r->arena, read_text(r), &out->schema);
  else if (vonk_str_equal(key, STR("partition_columns"))) out->partition_columns = read_names(r);
  else if (vonk_str_equal(key, STR("view_output"))) out->view_output = read_names(r);
  else if (vonk_str_equal(key, STR("view_columns"))) out->view_columns = read_names(r);
  else skip(r, 0);
}

bool catalog_read_table(struct vonk_arena *arena, struct vonk_str text, struct vonk_catalog_table *out) {
  struct reader r = {arena, text, 0, false};
  *out = (struct vonk_catalog_table){0};
  expect(&r, '{');
  for (uint32_t n = 0; !r.failed && !accept(&r, '}'); n++) {
    if (n) expect(&r, ',');
    struct vonk_str key = read_text(&r);
    expect(&r, ':');
    if (!r.failed) read_table_member(&r, key, out);
  }
  return !r.failed && (out->view_text.size || out->schema || out->format.size);
}

bool catalog_read_database(struct vonk_arena *arena, struct vonk_str text, struct vonk_catalog_database *out) {
  struct reader r = {arena, text, 0, false};
  *out = (struct vonk_catalog_database){0};
  expect(&r, '{');
  for (uint32_t n = 0; !r.failed && !accept(&r, '}'); n++) {
    if (n) expect(&r, ',');
    struct vonk_str key = read_text(&r);
    expect(&r, ':');
    if (vonk_str_equal(key, STR("comment"))) out->comment = read_text(&r);
    else if (vonk_str_equal(key, STR("name"))) out->name = read_text(&r);
    else if (vonk_str_equal(key, STR("location"))) out->location = read_text(&r);
    else if (vonk_str_equal(key, STR("owner"))) out->owner = read_text(&r);
    else if (vonk_str_equal(key, STR("properties"))) out->properties = read_options(&r);
    else skip(&r, 0);
  }
  return !r.failed;
}
