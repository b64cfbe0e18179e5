/* variant_schema.c: schema_of_variant_agg: the schema that all variants of a group have. */
#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "func/variant_schema.h"

struct schema {
  const struct vonk_type *type; /* on the arena of the states; NULL: nothing was seen */
};

static uint32_t schema_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct schema);
}

static void add_type(struct vonk_frame *frame, struct schema *schema, const struct vonk_type *type) {
  const struct vonk_type *merged = schema->type ? vonk_variant_merge_types(frame->task->arena, schema->type, type) : type;
  if (!schema->type || !vonk_type_equal(merged, schema->type)) schema->type = vonk_type_copy(frame->task->arena, merged);
}

static STATUS add_rows(struct vonk_frame *frame, void *const *states, void *one) {
  const struct vonk_column *column = &frame->arguments[0];
  struct vonk_arena *scratch = vonk_arena_create(frame->task->budget);
  enum vonk_status status = VONK_OK;
  uint32_t count = frame->row_count;
  for (size_t row = vonk_bits_next(frame->live, count, 0); row < count && status == VONK_OK; row = vonk_bits_next(frame->live, count, row + 1)) {
    uint32_t index = vonk_column_index(column, (uint32_t)row);
    struct vonk_variant variant = {vonk_read_str(&column->children[0], index), vonk_read_str(&column->children[1], index)};
    const struct vonk_type *type = vonk_variant_schema(scratch, &variant);
    if (type) add_type(frame, states ? states[row] : one, type);
    else status = vonk_raise(frame->task, VONK_MALFORMED_VARIANT, frame->expr->node.origin, NULL);
    vonk_arena_reset(scratch);
  }
  vonk_arena_destroy(scratch);
  return status;
}

static STATUS schema_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  return add_rows(frame, states, NULL);
}

static STATUS schema_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  return add_rows(frame, NULL, state);
}

static STATUS schema_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct schema *a = from[i];
    if (a->type) add_type(frame, into[i], a->type);
  }
  return VONK_OK;
}

static STATUS schema_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  struct vonk_arena *scratch = vonk_arena_create(frame->task->budget);
  enum vonk_status status = VONK_OK;
  for (uint32_t i = 0; i < count && status == VONK_OK; i++) {
    const struct schema *schema = states[i];
    struct vonk_text text;
    vonk_text_init(&text, scratch);
    vonk_variant_add_schema(&text, schema->type ? schema->type : &vonk_type_void);
    status = vonk_builder_add_bytes(frame->task, frame->builder, text.data, text.size);
    vonk_arena_reset(scratch);
  }
  vonk_arena_destroy(scratch);
  return status;
}

/* Nothing, or the type as JSON. */
static STATUS schema_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes) {
  const struct schema *schema = state;
  struct vonk_arena *scratch = vonk_arena_create(frame->task->budget);
  struct vonk_str json = schema->type ? vonk_type_json(scratch, schema->type) : STR("");
  enum vonk_status status = vonk_builder_add_bytes(frame->task, bytes, json.data, json.size);
  vonk_arena_destroy(scratch);
  return status;
}

static STATUS schema_load(struct vonk_frame *frame, struct vonk_str bytes, void *state) {
  struct schema *schema = state;
  schema->type = NULL;
  if (bytes.size && !vonk_type_from_json(frame->task->arena, bytes, &schema->type)) ASSERT(!"what was saved is a type");
  return VONK_OK;
}

static const struct vonk_aggregate_type schema_type = {
    .state_size = schema_size, .update = schema_update, .update_one = schema_update_one, .merge = schema_merge, .finalize = schema_finalize,
    .save = schema_save, .load = schema_load,
};

static STATUS bind_schema(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  call->expr->nullable = false;
  if (type->id == VONK_TYPE_VOID) return vonk_bind_coerce(call, 0, &vonk_type_variant);
  return type->id == VONK_TYPE_VARIANT ? VONK_OK : vonk_bind_unexpected(call, 0, "\"VARIANT\"");
}

const struct vonk_function vonk_functions_variant_schema[] = {
    {.name = "schema_of_variant_agg", .kind = VONK_AGGREGATE, .signature = "(any) -> string", .nulls = VONK_NULLS_STRICT, .aggregate = &schema_type,
     .bind = bind_schema, .group = "variant_funcs", .doc = "The schema that all variants of a group have.",
     .example = "SELECT schema_of_variant_agg(parse_json(v)) FROM VALUES ('{\"a\": 1}'), ('{\"b\": true}') AS t(v)"},
    {0},
};
