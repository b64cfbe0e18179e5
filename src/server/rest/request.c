/* request.c: see request.h. */
#include "server/rest/request.h"

enum { SECRET_BYTES_MAX = 200, TOKEN_BYTES_MAX = 16 << 10, REGION_BYTES_MAX = 64, BUCKET_BYTES_MIN = 3, BUCKET_BYTES_MAX = 63, KEY_BYTES_MAX = 1024, TEXTS_MAX = 10000 };

const struct rest_field_row rest_fields[REST_FIELD_COUNT] = {
#define REST_FIELD(name, kind, example, doc) {#name, kind, example, doc},
#include "server/rest/field.def"
#undef REST_FIELD
};

static STATUS malformed(struct vonk_task *task, const char *what) { return vonk_raise(task, VONK_REST_MALFORMED_BODY, NULL, "reason", vonk_str_of(what), NULL); }

static STATUS invalid(struct vonk_task *task, const struct rest_field_row *row, const char *reason) {
  return vonk_raise(task, VONK_REST_INVALID_FIELD, NULL, "field", vonk_str_of(row->name), "reason", vonk_str_of(reason), NULL);
}

/* --- what texts may be: NULL, or what is wrong --- */

static const char *wrong_with_secret(struct vonk_str text, size_t bytes_max) {
  if (text.size > bytes_max) return "it is too long";
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] <= ' ' || text.data[i] > '~') return "it has no characters but the visible ones of ASCII";
  }
  return NULL;
}

static bool is_small(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

static const char *wrong_with_region(struct vonk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    if (!is_small(text.data[i]) && text.data[i] != '-') return "it is lower case letters, digits and hyphens";
  }
  return text.size > REGION_BYTES_MAX ? "it is too long" : NULL;
}

static const char *wrong_with_bucket(struct vonk_str name) {
  bool fits = name.size >= BUCKET_BYTES_MIN && name.size <= BUCKET_BYTES_MAX;
  for (size_t i = 0; i < name.size && fits; i++) {
    bool inner = i > 0 && i + 1 < name.size && (name.data[i] == '-' || name.data[i] == '.' || name.data[i] == '_');
    fits = inner || is_small(name.data[i]);
  }
  return fits ? NULL : "it is 3 to 63 lower case letters, digits, dots and hyphens";
}

/* A key is taken as it is; what another reader of the path could take for another place is refused. */
static const char *wrong_with_key(struct vonk_str key) {
  if (key.size > KEY_BYTES_MAX) return "a key has at most 1024 bytes";
  if (key.data[0] == '/') return "a key does not begin with a slash";
  if (!vonk_utf8_valid(key)) return "a key is text in UTF-8";
  for (size_t i = 0; i < key.size; i++) {
    if ((unsigned char)key.data[i] < 0x20 || key.data[i] == 0x7f || key.data[i] == '\\') return "a key has no control characters and no backslashes";
  }
  for (size_t start = 0; start <= key.size;) {
    size_t slash = vonk_str_find(key, STR("/"), start), end = slash == SIZE_MAX ? key.size : slash;
    struct vonk_str part = vonk_str_slice(key, start, end);
    if (vonk_str_equal(part, STR(".")) || vonk_str_equal(part, STR(".."))) return "a key has no parts . and ..";
    start = end + 1;
  }
  return NULL;
}

static const char *wrong_with_write_mode(struct vonk_str text) {
  bool known = vonk_str_equal(text, STR("overwrite")) || vonk_str_equal(text, STR("append")) || vonk_str_equal(text, STR("error"));
  return known ? NULL : "it is overwrite, append or error";
}

static const char *wrong_with_text(enum rest_kind kind, struct vonk_str text) {
  if (text.size == 0) return "it must not be empty";
  if (memchr(text.data, 0, text.size)) return "it must not hold the character 0";
  switch (kind) {
    case REST_SECRET: return wrong_with_secret(text, SECRET_BYTES_MAX);
    case REST_TOKEN: return wrong_with_secret(text, TOKEN_BYTES_MAX);
    case REST_REGION: return wrong_with_region(text);
    case REST_BUCKET: return wrong_with_bucket(text);
    case REST_KEY:
    case REST_KEYS: return wrong_with_key(text);
    case REST_WRITE_MODE: return wrong_with_write_mode(text);
    default: return NULL;
  }
}

/* --- values --- */

static STATUS read_text(struct vonk_task *task, struct vonk_json *json, const struct rest_field_row *row, struct vonk_str *out) {
  if (vonk_json_peek(json) != '"') return invalid(task, row, "it is a text");
  *out = vonk_json_string(json);
  if (json->failed) return malformed(task, "a text is not well-formed");
  const char *wrong = wrong_with_text(row->kind, *out);
  return wrong ? invalid(task, row, wrong) : VONK_OK;
}

static STATUS read_texts(struct vonk_task *task, struct vonk_json *json, const struct rest_field_row *row, struct vonk_name *out) {
  ARRAY_OF(struct vonk_str) texts = {0};
  uint32_t count = 0;
  if (!vonk_json_accept(json, '[')) return invalid(task, row, "it is a list of texts");
  while (vonk_json_next_element(json, &count)) {
    if (count > TEXTS_MAX) return invalid(task, row, "it has more than 10000 elements");
    TRY(read_text(task, json, row, ARRAY_PUSH(task->arena, &texts)));
  }
  if (json->failed) return malformed(task, "a list is not well-formed");
  if (texts.count == 0) return invalid(task, row, "it must not be empty");
  *out = (struct vonk_name){texts.items, (uint32_t)texts.count};
  return VONK_OK;
}

static STATUS read_count(struct vonk_task *task, struct vonk_json *json, const struct rest_field_row *row, int64_t *out) {
  char first = vonk_json_peek(json);
  struct vonk_str text = vonk_json_skip(json);
  if (json->failed) return malformed(task, "a value is not well-formed");
  bool fine = first >= '0' && first <= '9' && vonk_str_to_int64(vonk_str_trim(text), out) && *out >= 0 && *out <= INT32_MAX;
  return fine ? VONK_OK : invalid(task, row, "it is a whole number from 0 to 2147483647");
}

static STATUS read_value(struct vonk_task *task, struct vonk_json *json, const struct rest_field_row *row, struct rest_value *out) {
  out->is_given = vonk_json_peek(json) != 'n';
  if (!out->is_given) {
    (void)vonk_json_skip(json);
    return json->failed ? malformed(task, "a value is not well-formed") : VONK_OK;
  }
  switch (row->kind) {
    case REST_COUNT: return read_count(task, json, row, &out->count);
    case REST_TEXTS:
    case REST_KEYS: return read_texts(task, json, row, &out->texts);
    case REST_FILTERS:
      if (vonk_json_peek(json) != '{') return invalid(task, row, "it is an object");
      out->text = vonk_json_skip(json);
      return json->failed ? malformed(task, "an object is not well-formed") : VONK_OK;
    default: return read_text(task, json, row, &out->text);
  }
}

void rest_request_wipe(struct rest_request *request) {
  for (uint32_t i = 0; i < REST_FIELD_COUNT; i++) {
    struct vonk_str text = request->values[i].text;
    if ((rest_fields[i].kind == REST_SECRET || rest_fields[i].kind == REST_TOKEN) && text.data) explicit_bzero((char *)(uintptr_t)text.data, text.size);
  }
}

static STATUS find_field(struct vonk_task *task, struct vonk_str name, uint32_t known, uint32_t *out) {
  for (*out = 0; *out < REST_FIELD_COUNT; (*out)++) {
    if (known >> *out & 1 && vonk_str_equal(name, vonk_str_of(rest_fields[*out].name))) return VONK_OK;
  }
  return vonk_raise(task, VONK_REST_UNKNOWN_FIELD, NULL, "field", name, NULL);
}

STATUS rest_request_read(struct vonk_task *task, struct vonk_str body, uint32_t required, uint32_t optional, struct rest_request *out) {
  struct vonk_json json = {.arena = task->arena, .text = body};
  uint32_t count = 0, field, seen = 0;
  struct vonk_str name;
  *out = (struct rest_request){0};
  if (!vonk_json_accept(&json, '{')) return malformed(task, "it is not a JSON object");
  while (vonk_json_next_member(&json, &count, &name)) {
    TRY(find_field(task, name, required | optional, &field));
    if (seen >> field & 1) return invalid(task, &rest_fields[field], "it is given twice");
    seen |= UINT32_C(1) << field;
    TRY(read_value(task, &json, &rest_fields[field], &out->values[field]));
  }
  if (json.failed || vonk_json_peek(&json)) return malformed(task, "it is not well-formed JSON");
  for (field = 0; field < REST_FIELD_COUNT; field++) {
    if (required >> field & 1 && !out->values[field].is_given)
      return vonk_raise(task, VONK_REST_MISSING_FIELD, NULL, "field", vonk_str_of(rest_fields[field].name), NULL);
  }
  return VONK_OK;
}
