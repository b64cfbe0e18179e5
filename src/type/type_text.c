/* type_text.c: the names of types as Spark writes them. */
#include "base/status.h"
#include "type/json.h"
#include "type/type.h"

static const char *const field_names[] = {"year", "month", "day", "hour", "minute", "second"};

static void add_lower(struct vonk_text *out, const struct vonk_type *type);

static void add_interval(struct vonk_text *out, const struct vonk_type *type) {
  vonk_text_addf(out, "interval %s", field_names[type->start_field]);
  if (type->end_field != type->start_field) vonk_text_addf(out, " to %s", field_names[type->end_field]);
}

static void add_struct_lower(struct vonk_text *out, const struct vonk_type *type) {
  vonk_text_add(out, STR("struct<"));
  for (uint32_t i = 0; i < type->field_count; i++) {
    if (i) vonk_text_add_char(out, ',');
    vonk_text_add(out, type->fields[i].name);
    vonk_text_add_char(out, ':');
    add_lower(out, type->fields[i].type);
  }
  vonk_text_add_char(out, '>');
}

/* Types without parts. */
static const char *plain_name(enum vonk_type_id id) {
  switch (id) {
    case VONK_TYPE_VOID: return "void";
    case VONK_TYPE_BOOLEAN: return "boolean";
    case VONK_TYPE_BYTE: return "tinyint";
    case VONK_TYPE_SHORT: return "smallint";
    case VONK_TYPE_INT: return "int";
    case VONK_TYPE_LONG: return "bigint";
    case VONK_TYPE_FLOAT: return "float";
    case VONK_TYPE_DOUBLE: return "double";
    case VONK_TYPE_STRING: return "string";
    case VONK_TYPE_BINARY: return "binary";
    case VONK_TYPE_DATE: return "date";
    case VONK_TYPE_TIMESTAMP: return "timestamp";
    case VONK_TYPE_TIMESTAMP_NTZ: return "timestamp_ntz";
    case VONK_TYPE_INTERVAL: return "interval";
    case VONK_TYPE_VARIANT: return "variant";
    default: return NULL;
  }
}

static void add_lower(struct vonk_text *out, const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_DECIMAL: vonk_text_addf(out, "decimal(%d,%d)", type->precision, type->scale); return;
    case VONK_TYPE_CHAR: vonk_text_addf(out, "char(%u)", type->length); return;
    case VONK_TYPE_VARCHAR: vonk_text_addf(out, "varchar(%u)", type->length); return;
    case VONK_TYPE_TIME: vonk_text_addf(out, "time(%d)", type->precision); return;
    case VONK_TYPE_INTERVAL_YM:
    case VONK_TYPE_INTERVAL_DT: add_interval(out, type); return;
    case VONK_TYPE_ARRAY:
      vonk_text_add(out, STR("array<"));
      add_lower(out, type->element);
      vonk_text_add_char(out, '>');
      return;
    case VONK_TYPE_MAP:
      vonk_text_add(out, STR("map<"));
      add_lower(out, type->key);
      vonk_text_add_char(out, ',');
      add_lower(out, type->element);
      vonk_text_add_char(out, '>');
      return;
    case VONK_TYPE_STRUCT: add_struct_lower(out, type); return;
    default: break;
  }
  vonk_text_add(out, vonk_str_of(plain_name(type->id)));
  if (type->collation.size) vonk_text_addf(out, " collate " STR_FMT, STR_ARG(type->collation));
}

struct vonk_str vonk_type_simple_string(struct vonk_arena *arena, const struct vonk_type *type) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  add_lower(&out, type);
  return vonk_text_str(&out);
}

static bool is_plain_identifier(struct vonk_str name) {
  bool letters = false;
  for (size_t i = 0; i < name.size; i++) {
    char c = name.data[i];
    bool digit = c >= '0' && c <= '9';
    if (!digit && c != '_' && !((c | 32) >= 'a' && (c | 32) <= 'z')) return false;
    letters |= !digit;
  }
  return letters;
}

struct vonk_str vonk_type_quote(struct vonk_arena *arena, struct vonk_str name) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  vonk_text_add_char(&out, '`');
  for (size_t i = 0; i < name.size; i++) {
    if (name.data[i] == '`') vonk_text_add_char(&out, '`');
    vonk_text_add_char(&out, name.data[i]);
  }
  vonk_text_add_char(&out, '`');
  return vonk_text_str(&out);
}

struct vonk_str vonk_type_quote_name(struct vonk_arena *arena, struct vonk_str name) {
  return is_plain_identifier(name) ? name : vonk_type_quote(arena, name);
}

static struct vonk_str metadata_text(struct vonk_arena *arena, const struct vonk_type_field *field, struct vonk_str wanted) {
  struct vonk_json json = {.arena = arena, .text = field->metadata};
  struct vonk_str key, text = {0};
  uint32_t count = 0;
  if (!vonk_json_accept(&json, '{')) return text;
  while (vonk_json_next_member(&json, &count, &key)) {
    if (vonk_str_equal(key, wanted) && vonk_json_peek(&json) == '"') text = vonk_json_string(&json);
    else vonk_json_skip(&json);
  }
  return json.failed ? (struct vonk_str){0} : text;
}

struct vonk_str vonk_type_field_comment(struct vonk_arena *arena, const struct vonk_type_field *field) {
  return metadata_text(arena, field, STR("comment"));
}

struct vonk_str vonk_type_field_default(struct vonk_arena *arena, const struct vonk_type_field *field) {
  return metadata_text(arena, field, STR("CURRENT_DEFAULT"));
}

struct vonk_str vonk_type_field_metadata(struct vonk_arena *arena, struct vonk_str comment, struct vonk_str default_sql) {
  struct vonk_text text;
  if (!comment.data && !default_sql.data) return STR("");
  vonk_text_init(&text, arena);
  vonk_text_add_char(&text, '{');
  if (comment.data) {
    vonk_text_add(&text, STR("\"comment\":"));
    vonk_json_quote(&text, comment);
  }
  if (default_sql.data) {
    vonk_text_addf(&text, "%s\"CURRENT_DEFAULT\":", comment.data ? "," : "");
    vonk_json_quote(&text, default_sql);
  }
  vonk_text_add_char(&text, '}');
  return vonk_text_str(&text);
}

static void add_sql(struct vonk_text *out, const struct vonk_type *type);

static void add_field_sql(struct vonk_text *out, const struct vonk_type_field *field) {
  vonk_text_add(out, vonk_type_quote_name(out->arena, field->name));
  vonk_text_add(out, STR(": "));
  add_sql(out, field->type);
  if (!field->nullable) vonk_text_add(out, STR(" NOT NULL"));
  struct vonk_str comment = vonk_type_field_comment(out->arena, field);
  if (!comment.data) return;
  vonk_text_add(out, STR(" COMMENT '"));
  for (size_t i = 0; i < comment.size; i++) {
    if (comment.data[i] == '\'' || comment.data[i] == '\\') vonk_text_add_char(out, '\\');
    vonk_text_add_char(out, comment.data[i]);
  }
  vonk_text_add_char(out, '\'');
}

static void add_sql(struct vonk_text *out, const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_ARRAY:
      vonk_text_add(out, STR("ARRAY<"));
      add_sql(out, type->element);
      break;
    case VONK_TYPE_MAP:
      vonk_text_add(out, STR("MAP<"));
      add_sql(out, type->key);
      vonk_text_add(out, STR(", "));
      add_sql(out, type->element);
      break;
    case VONK_TYPE_STRUCT:
      vonk_text_add(out, STR("STRUCT<"));
      for (uint32_t i = 0; i < type->field_count; i++) {
        if (i) vonk_text_add(out, STR(", "));
        add_field_sql(out, &type->fields[i]);
      }
      break;
    default:
      vonk_text_add(out, vonk_str_upper(out->arena, vonk_type_simple_string(out->arena, type)));
      return;
  }
  vonk_text_add_char(out, '>');
}

struct vonk_str vonk_type_sql(struct vonk_arena *arena, const struct vonk_type *type) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  add_sql(&out, type);
  return vonk_text_str(&out);
}
