/* request.c: see request.h. */
#include "server/rest/request.h"

const struct rest_field_row rest_fields[REST_FIELD_COUNT] = {
#define REST_FIELD(name, kind, example, doc) {#name, kind, example, doc},
#include "server/rest/field.def"
#undef REST_FIELD
};

static STATUS malformed(struct vonk_task *task, const char *what) { return vonk_raise(task, VONK_REST_MALFORMED_BODY, NULL, "reason", vonk_str_of(what), NULL); }

static STATUS invalid(struct vonk_task *task, const struct rest_field_row *row, const char *reason) {
  return vonk_raise(task, VONK_REST_INVALID_FIELD, NULL, "field", vonk_str_of(row->name), "reason", vonk_str_of(reason), NULL);
}

static bool is_text(struct vonk_json *json) { return vonk_json_peek(json) == '"'; }

static STATUS read_text(struct vonk_task *task, struct vonk_json *json, const struct rest_field_row *row, struct vonk_str *out) {
  if (!is_text(json)) return invalid(task, row, "it is a text");
  *out = vonk_json_string(json);
  if (json->failed) return malformed(task, "a text is not well-formed");
  if (out->size == 0) return invalid(task, row, "it must not be empty");
  return memchr(out->data, 0, out->size) ? invalid(task, row, "it must not hold the character 0") : VONK_OK;
}

static STATUS read_texts(struct vonk_task *task, struct vonk_json *json, const struct rest_field_row *row, struct vonk_name *out) {
  ARRAY_OF(struct vonk_str) texts = {0};
  uint32_t count = 0;
  if (!vonk_json_accept(json, '[')) return invalid(task, row, "it is a list of texts");
  while (vonk_json_next_element(json, &count)) TRY(read_text(task, json, row, ARRAY_PUSH(task->arena, &texts)));
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

static STATUS read_write_mode(struct vonk_task *task, struct vonk_json *json, const struct rest_field_row *row, struct vonk_str *out) {
  TRY(read_text(task, json, row, out));
  bool known = vonk_str_equal(*out, STR("overwrite")) || vonk_str_equal(*out, STR("append")) || vonk_str_equal(*out, STR("error"));
  return known ? VONK_OK : invalid(task, row, "it is overwrite, append or error");
}

static STATUS read_value(struct vonk_task *task, struct vonk_json *json, const struct rest_field_row *row, struct rest_value *out) {
  out->is_given = vonk_json_peek(json) != 'n';
  if (!out->is_given) {
    (void)vonk_json_skip(json);
    return json->failed ? malformed(task, "a value is not well-formed") : VONK_OK;
  }
  switch (row->kind) {
    case REST_TEXT:
    case REST_SECRET: return read_text(task, json, row, &out->text);
    case REST_WRITE_MODE: return read_write_mode(task, json, row, &out->text);
    case REST_COUNT: return read_count(task, json, row, &out->count);
    case REST_TEXTS: return read_texts(task, json, row, &out->texts);
    case REST_FILTERS:
      if (vonk_json_peek(json) != '{') return invalid(task, row, "it is an object");
      out->text = vonk_json_skip(json);
      return json->failed ? malformed(task, "an object is not well-formed") : VONK_OK;
  }
  return VONK_OK;
}

void rest_request_wipe(struct rest_request *request) {
  for (uint32_t i = 0; i < REST_FIELD_COUNT; i++) {
    struct vonk_str text = request->values[i].text;
    if (rest_fields[i].kind == REST_SECRET && text.data) explicit_bzero((char *)(uintptr_t)text.data, text.size);
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
