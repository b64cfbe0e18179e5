/* json.c: parts of JSON texts: get_json_object, json_tuple, json_array_length, json_object_keys.
 *
 * A path is $ and then .name, ['name'], [3] or [*]. What a path finds is written as Hive did: a text alone without its quotes, and
 * of several things found by [*] a list, but one thing as itself.
 */
#include "func/bind_call.h"
#include "func/rows.h"
#include "text/json_tree.h"

/* --- paths --- */

struct step {
  enum { NAME, INDEX, EVERY } kind;
  struct vonk_str name;
  int64_t index;
};

enum { STEPS_MAX = 64 };

struct path {
  struct step steps[STEPS_MAX];
  uint32_t count;
};

/* [3], [*] or ['name'] at *AT. */
static bool parse_bracket(struct vonk_str text, size_t *at, struct step *out) {
  size_t close = vonk_str_find(text, STR("]"), *at);
  if (close == SIZE_MAX) return false;
  struct vonk_str inner = vonk_str_slice(text, *at + 1, close);
  if (inner.size > 1 && inner.data[0] == '\'') {
    close = vonk_str_find(text, STR("']"), *at + 2);
    if (close == SIZE_MAX || close == *at + 2) return false;
    *out = (struct step){.kind = NAME, .name = vonk_str_slice(text, *at + 2, close)};
    if (memchr(out->name.data, '\'', out->name.size) || memchr(out->name.data, '?', out->name.size)) return false;
    *at = close + 2;
    return true;
  }
  *at = close + 1;
  *out = (struct step){.kind = EVERY};
  if (vonk_str_equal(inner, STR("*"))) return true;
  out->kind = INDEX;
  return inner.size && inner.data[0] != '-' && inner.data[0] != '+' && vonk_str_to_int64(inner, &out->index);
}

/* $.* and the like are paths that nothing matches: false as well. */
static bool parse_path(struct vonk_str text, struct path *out) {
  size_t at = 1;
  out->count = 0;
  if (text.size == 0 || text.data[0] != '$') return false;
  while (at < text.size) {
    if (out->count == STEPS_MAX) return false;
    struct step *step = &out->steps[out->count++];
    if (text.data[at] == '[') {
      if (!parse_bracket(text, &at, step)) return false;
      continue;
    }
    if (text.data[at] != '.') return false;
    size_t from = ++at;
    while (at < text.size && text.data[at] != '.' && text.data[at] != '[') at++;
    if (at == from || (text.data[from] == '*')) return false;
    *step = (struct step){.kind = NAME, .name = vonk_str_slice(text, from, at)};
  }
  return true;
}

/* RAW: a text stands without quotes. FLAT: lists give their elements. */
enum style { RAW, QUOTED, FLAT };

/* Values written to OUT with commas between them, for the list around them. */
struct found {
  struct vonk_text out;
  uint32_t count;
};

static bool evaluate(const struct vonk_json_node *node, const struct step *steps, uint32_t count, enum style style, struct found *found);

static void put(struct found *found, struct vonk_str text) {
  if (found->count++) vonk_text_add_char(&found->out, ',');
  vonk_text_add(&found->out, text);
}

static bool put_node(const struct vonk_json_node *node, enum style style, struct found *found) {
  if (style == FLAT && node->kind == VONK_JSON_LIST) {
    bool any = false;
    for (const struct vonk_json_node *child = node->first; child; child = child->next) any |= put_node(child, style, found);
    return any;
  }
  if (found->count++) vonk_text_add_char(&found->out, ',');
  if (style == RAW && node->kind == VONK_JSON_TEXT) vonk_text_add(&found->out, node->text);
  else vonk_json_write(&found->out, node);
  return true;
}

/* [*]: what the elements give as one list; one thing alone stands without brackets unless KEEP. */
static bool evaluate_every(const struct vonk_json_node *node, const struct step *steps, uint32_t count, enum style style, bool keep,
                           struct found *found) {
  struct found inner = {0};
  uint32_t matches = 0;
  vonk_text_init(&inner.out, found->out.arena);
  for (const struct vonk_json_node *child = node->first; child; child = child->next) matches += evaluate(child, steps, count, style, &inner);
  struct vonk_str list = vonk_text_str(&inner.out);
  if (matches > 1 || keep) list = vonk_str_format(found->out.arena, "[" STR_FMT "]", STR_ARG(list));
  if (matches) put(found, list);
  return matches > 0;
}

static bool evaluate(const struct vonk_json_node *node, const struct step *steps, uint32_t count, enum style style, struct found *found) {
  if (count == 0) return put_node(node, style, found);
  const struct vonk_json_node *child = node->first;
  if (steps->kind == NAME) {
    if (node->kind != VONK_JSON_RECORD) return false;
    for (; child; child = child->next) {
      if (!vonk_str_equal(child->name, steps->name) || child->kind == VONK_JSON_NULL) continue;
      if (evaluate(child, steps + 1, count - 1, style, found)) return true;
    }
    return false;
  }
  if (node->kind != VONK_JSON_LIST) return false;
  if (steps->kind == INDEX) {
    for (int64_t i = 0; child && i < steps->index; i++) child = child->next;
    bool before_every = count > 1 && steps[1].kind == EVERY;
    return child && evaluate(child, steps + 1, count - 1, before_every ? QUOTED : style, found);
  }
  if (count > 1 && steps[1].kind == EVERY) return evaluate_every(node, steps + 2, count - 2, FLAT, true, found);
  return evaluate_every(node, steps + 1, count - 1, style == FLAT ? FLAT : QUOTED, style == QUOTED, found);
}

/* --- functions --- */

static STATUS get_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_arena *arena = frame->state;
  struct path path;
  struct found found = {0};
  const struct vonk_json_node *root = NULL;
  if (parse_path(vonk_row_str(frame, 1, row), &path)) root = vonk_json_parse(arena, &vonk_json_rules_of_functions, vonk_row_str(frame, 0, row));
  vonk_text_init(&found.out, arena);
  bool any = root && evaluate(root, path.steps, path.count, RAW, &found);
  TRY(any ? vonk_row_add_str(frame, vonk_text_str(&found.out)) : vonk_row_add_null(frame));
  vonk_arena_reset(arena);
  return VONK_OK;
}
static STATUS get_json_object(struct vonk_frame *frame) { return vonk_rows_build(frame, get_row); }

static STATUS array_length_row(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_json_node *root = vonk_json_parse(frame->state, &vonk_json_rules_of_functions, vonk_row_str(frame, 0, row));
  if (root && root->kind == VONK_JSON_LIST) vonk_row_put_int(frame, row, (int32_t)root->count);
  else vonk_row_put_null(frame, row);
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS json_array_length(struct vonk_frame *frame) { return vonk_rows_each(frame, array_length_row); }

static STATUS object_keys_row(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_json_node *root = vonk_json_parse(frame->state, &vonk_json_rules_of_functions, vonk_row_str(frame, 0, row));
  if (!root || root->kind != VONK_JSON_RECORD) {
    vonk_arena_reset(frame->state);
    return vonk_row_add_null(frame);
  }
  for (const struct vonk_json_node *child = root->first; child; child = child->next) {
    TRY(vonk_builder_add_bytes(frame->task, &frame->builder->children[0], child->name.data, child->name.size));
  }
  vonk_arena_reset(frame->state);
  return vonk_builder_end_list(frame->task, frame->builder);
}
static STATUS json_object_keys(struct vonk_frame *frame) { return vonk_rows_build(frame, object_keys_row); }

/* One row of fields c0, c1, ... */
static STATUS tuple_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_builder *record = &frame->builder->children[0];
  const struct vonk_json_node *root = vonk_row_valid(frame, 0, row) ? vonk_json_parse(frame->state, &vonk_json_rules_of_functions, vonk_row_str(frame, 0, row)) : NULL;
  for (uint32_t a = 1; a < frame->argument_count; a++) {
    struct step step = {.kind = NAME};
    struct found found = {0};
    vonk_text_init(&found.out, frame->state);
    bool named = root && vonk_row_valid(frame, a, row);
    if (named) step.name = vonk_row_str(frame, a, row);
    if (named && evaluate(root, &step, 1, RAW, &found)) {
      TRY(vonk_builder_add_bytes(frame->task, &record->children[a - 1], found.out.data, found.out.size));
    } else {
      TRY(vonk_builder_add_null(frame->task, &record->children[a - 1]));
    }
  }
  vonk_arena_reset(frame->state);
  TRY(vonk_builder_end_struct(frame->task, record));
  return vonk_builder_end_list(frame->task, frame->builder);
}
static STATUS json_tuple(struct vonk_frame *frame) { return vonk_rows_build(frame, tuple_row); }

static STATUS bind_keys(struct vonk_bind_call *call) {
  call->expr->type = vonk_type_array(call->task->arena, &vonk_type_string, true);
  return VONK_OK;
}

static STATUS bind_tuple(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  uint32_t count = call->arguments.count;
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, count);
  for (uint32_t i = 0; i < count; i++) {
    if (!vonk_type_is_string(call->arguments.items[i]->type)) {
      return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__NON_STRING_TYPE, call->expr->node.origin, "sqlExpr",
                        vonk_bind_quote_expr(arena, call->expr), "funcName", STR("`json_tuple`"), NULL);
    }
    fields[i] = (struct vonk_type_field){.name = vonk_str_format(arena, "c%u", i), .type = &vonk_type_string, .nullable = true};
  }
  call->expr->type = vonk_type_array(arena, vonk_type_struct(arena, fields, count - 1), false);
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, ...)                                                                      \
  {.name = row_name, .signature = row_signature, .eval = row_eval, .open = vonk_rows_open_arena, .close = vonk_rows_close_arena, __VA_ARGS__}

const struct vonk_function vonk_functions_json[] = {
    ROW("get_json_object", "(string, string) -> string", get_json_object, .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .group = "json_funcs",
        .doc = "What a path finds in a JSON text, as text.", .example = "SELECT get_json_object('{\"a\": [{\"b\": 1}, {\"b\": 2}]}', '$.a[*].b')"),
    ROW("json_array_length", "(string) -> int", json_array_length, .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .group = "json_funcs",
        .doc = "Number of elements of a JSON list.", .example = "SELECT json_array_length('[1, 2, [3, 4]]')"),
    ROW("json_object_keys", "(string) -> bind", json_object_keys, .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .bind = bind_keys,
        .group = "json_funcs", .doc = "The names in a JSON record.", .example = "SELECT json_object_keys('{\"a\": 1, \"b\": {\"c\": 2}}')"),
    ROW("json_tuple", "(any, any...) -> bind", json_tuple, .kind = VONK_GENERATOR, .nulls = VONK_NULLS_NEVER, .bind = bind_tuple, .group = "generator_funcs",
        .doc = "One row with the values of so many names in a JSON record, as texts.", .example = "SELECT json_tuple('{\"a\": 1, \"b\": \"x\"}', 'a', 'b')"),
    {0},
};
