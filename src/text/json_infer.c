/* json_infer.c: types of nodes, and the type that two types share. */
#include "text/json_infer.h"

#include <stdlib.h>

#include "base/array.h"
#include "type/decimal.h"
#include "type/text.h"

struct vonk_json_inference {
  const struct vonk_json_options *options;
  struct vonk_arena *arena, *record;
  const struct vonk_datetime_format *timestamp_format, *ntz_format;
  struct vonk_parse_context context;
};

static const struct vonk_type *infer(struct vonk_json_inference *in, struct vonk_arena *arena, const struct vonk_json_node *node);

/* The decimal type TEXT itself has; NULL: none, or more than 38 digits. */
static const struct vonk_type *natural_decimal(struct vonk_arena *arena, struct vonk_str text) {
  struct vonk_decimal_shape shape;
  vonk_int128 value;
  if (vonk_decimal_parse_natural(text, &value, &shape) != VONK_DECIMAL_OK) return NULL;
  return vonk_type_decimal(arena, shape.precision > shape.scale ? shape.precision : shape.scale, shape.scale);
}

static const struct vonk_type *infer_number(struct vonk_json_inference *in, struct vonk_arena *arena, const struct vonk_json_node *node) {
  int64_t integer;
  if (in->options->primitives_as_string) return &vonk_type_string;
  if (node->kind == VONK_JSON_INTEGER && vonk_str_to_int64(node->text, &integer)) return &vonk_type_long;
  bool exact = node->kind == VONK_JSON_INTEGER || (node->kind == VONK_JSON_REAL && in->options->prefers_decimal);
  const struct vonk_type *decimal = exact ? natural_decimal(arena, node->text) : NULL;
  return decimal ? decimal : &vonk_type_double;
}

static bool is_ntz(struct vonk_json_inference *in, struct vonk_str text) {
  int64_t micros;
  if (in->ntz_format) return vonk_datetime_format_parse_ntz(in->ntz_format, text, &in->context, false, &micros);
  return vonk_parse_timestamp_ntz(text, &in->context, false, &micros);
}

static bool is_timestamp(struct vonk_json_inference *in, struct vonk_str text) {
  int64_t micros;
  if (in->timestamp_format) return vonk_datetime_format_parse(in->timestamp_format, text, &in->context, &micros);
  return vonk_parse_timestamp(text, &in->context, &micros);
}

static const struct vonk_type *infer_text(struct vonk_json_inference *in, struct vonk_arena *arena, struct vonk_str text) {
  if (!text.size) return &vonk_type_void;
  const struct vonk_type *decimal = in->options->prefers_decimal ? natural_decimal(arena, text) : NULL;
  if (decimal) return decimal;
  if (!in->options->infer_timestamp) return &vonk_type_string;
  if (in->options->prefer_ntz && is_ntz(in, text)) return &vonk_type_timestamp_ntz;
  return is_timestamp(in, text) ? &vonk_type_timestamp : &vonk_type_string;
}

static int compare_fields(const void *a, const void *b) {
  return vonk_str_compare(((const struct vonk_type_field *)a)->name, ((const struct vonk_type_field *)b)->name);
}

static const struct vonk_type *infer_record(struct vonk_json_inference *in, struct vonk_arena *arena, const struct vonk_json_node *node) {
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, node->count);
  uint32_t count = 0;
  for (const struct vonk_json_node *child = node->first; child; child = child->next) {
    fields[count++] = (struct vonk_type_field){.name = vonk_str_copy(arena, child->name), .type = infer(in, arena, child), .nullable = true};
  }
  if (count) qsort(fields, count, sizeof *fields, compare_fields);
  return vonk_type_struct(arena, fields, count);
}

static const struct vonk_type *infer(struct vonk_json_inference *in, struct vonk_arena *arena, const struct vonk_json_node *node) {
  const struct vonk_type *element = &vonk_type_void;
  switch (node->kind) {
    case VONK_JSON_NULL: return &vonk_type_void;
    case VONK_JSON_TRUE:
    case VONK_JSON_FALSE: return in->options->primitives_as_string ? &vonk_type_string : &vonk_type_boolean;
    case VONK_JSON_TEXT: return infer_text(in, arena, node->text);
    case VONK_JSON_RECORD: return infer_record(in, arena, node);
    case VONK_JSON_LIST:
      for (const struct vonk_json_node *child = node->first; child; child = child->next) {
        element = vonk_json_infer_merge(arena, element, infer(in, arena, child));
      }
      return vonk_type_array(arena, element, true);
    default: return infer_number(in, arena, node);
  }
}

const struct vonk_type *vonk_json_infer(struct vonk_json_inference *in, struct vonk_arena *arena, struct vonk_str text) {
  vonk_arena_reset(in->record);
  if (vonk_json_is_nothing(&in->options->rules, text)) return &vonk_type_void;
  const struct vonk_json_node *node = vonk_json_parse(in->record, &in->options->rules, text);
  return node ? infer(in, arena, node) : NULL;
}

/* --- merging --- */

/* Both sorted by name. */
static const struct vonk_type *merge_structs(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b) {
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, (size_t)a->field_count + b->field_count);
  uint32_t count = 0, i = 0, k = 0;
  while (i < a->field_count || k < b->field_count) {
    int order = i == a->field_count ? 1 : k == b->field_count ? -1 : vonk_str_compare(a->fields[i].name, b->fields[k].name);
    fields[count] = order <= 0 ? a->fields[i] : b->fields[k];
    if (order == 0) fields[count].type = vonk_json_infer_merge(arena, a->fields[i].type, b->fields[k].type);
    fields[count++].nullable = true;
    i += order <= 0;
    k += order >= 0;
  }
  return vonk_type_struct(arena, fields, count);
}

static const struct vonk_type *merge_numbers(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b) {
  if (a->id == VONK_TYPE_DOUBLE || b->id == VONK_TYPE_DOUBLE) return &vonk_type_double;
  struct vonk_decimal_shape x = vonk_decimal_shape_of(a), y = vonk_decimal_shape_of(b);
  int scale = x.scale > y.scale ? x.scale : y.scale, whole = x.precision - x.scale;
  if (whole < y.precision - y.scale) whole = y.precision - y.scale;
  return whole + scale > VONK_DECIMAL_PRECISION_MAX ? &vonk_type_double : vonk_type_decimal(arena, whole + scale, scale);
}

const struct vonk_type *vonk_json_infer_merge(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b) {
  if (a->id == VONK_TYPE_VOID) return b;
  if (b->id == VONK_TYPE_VOID) return a;
  if (a->id == VONK_TYPE_STRUCT && b->id == VONK_TYPE_STRUCT) return merge_structs(arena, a, b);
  if (a->id == VONK_TYPE_ARRAY && b->id == VONK_TYPE_ARRAY) return vonk_type_array(arena, vonk_json_infer_merge(arena, a->element, b->element), true);
  if (vonk_type_equal(a, b)) return a;
  if (vonk_type_is_numeric(a) && vonk_type_is_numeric(b)) return merge_numbers(arena, a, b);
  bool times = vonk_type_is_datetime(a) && vonk_type_is_datetime(b);
  return times ? &vonk_type_timestamp : &vonk_type_string;
}

/* --- the end --- */

static const struct vonk_type *finish_struct(const struct vonk_json_options *options, struct vonk_arena *arena, const struct vonk_type *type) {
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, type->field_count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < type->field_count; i++) {
    const struct vonk_type *field = type->fields[i].name.size ? vonk_json_infer_finish(options, arena, type->fields[i].type) : NULL;
    if (!field) continue;
    fields[count] = type->fields[i];
    fields[count++].type = field;
  }
  return count ? vonk_type_struct(arena, fields, count) : NULL;
}

const struct vonk_type *vonk_json_infer_finish(const struct vonk_json_options *options, struct vonk_arena *arena, const struct vonk_type *type) {
  if (type->id == VONK_TYPE_STRUCT) return finish_struct(options, arena, type);
  if (type->id == VONK_TYPE_VOID) return options->drop_null_fields ? NULL : &vonk_type_string;
  if (type->id != VONK_TYPE_ARRAY) return type;
  const struct vonk_type *element = vonk_json_infer_finish(options, arena, type->element);
  return element ? vonk_type_array(arena, element, true) : NULL;
}

const struct vonk_type *vonk_json_infer_schema(const struct vonk_json_options *options, struct vonk_arena *arena, const struct vonk_type *type, bool malformed) {
  const struct vonk_type_field text = {.name = options->corrupt_name, .type = &vonk_type_string, .nullable = true};
  const struct vonk_type *found = type && type->id == VONK_TYPE_STRUCT ? vonk_json_infer_finish(options, arena, type) : NULL;
  if (!malformed || options->mode != VONK_TEXT_PERMISSIVE) return found ? found : vonk_type_struct(arena, NULL, 0);
  const struct vonk_type *corrupt = vonk_type_struct(arena, &text, 1);
  return found ? merge_structs(arena, found, corrupt) : corrupt;
}

STATUS vonk_json_inference_create(struct vonk_task *task, const struct vonk_json_options *options, struct vonk_json_inference **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_json_inference *in = ARENA_NEW(arena, struct vonk_json_inference);
  *in = (struct vonk_json_inference){.options = options, .arena = arena, .record = vonk_arena_create(task->budget),
                                     .context = {.zone = options->zone, .arena = arena}};
  *out = in;
  enum vonk_status status = VONK_OK;
  if (options->timestamp_pattern.data) status = vonk_text_pattern(task, arena, NULL, options->timestamp_pattern, true, &in->timestamp_format);
  if (status == VONK_OK && options->ntz_pattern.data) status = vonk_text_pattern(task, arena, NULL, options->ntz_pattern, true, &in->ntz_format);
  if (status == VONK_OK) return VONK_OK;
  vonk_json_inference_destroy(in);
  *out = NULL;
  return status;
}

void vonk_json_inference_destroy(struct vonk_json_inference *in) {
  if (!in) return;
  vonk_arena_destroy(in->record);
  vonk_arena_destroy(in->arena);
}
