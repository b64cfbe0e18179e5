/* write_plan.c: which SQL type is written as which Avro type: the rules of Spark's AvroSerializer. */
#include "avro/write_internal.h"

struct maker {
  struct vonk_arena *arena;
  const struct vonk_avro_write_spec *spec;
  struct vonk_str problem;
  int depth;
};

static const struct avro_write_step *make(struct maker *m, const struct vonk_avro_schema *schema, const struct vonk_type *type);

static const struct avro_write_step *fail(struct maker *m, struct vonk_str problem) {
  if (!m->problem.data) m->problem = problem;
  return NULL;
}

static struct avro_write_step *new_step(struct maker *m, enum avro_write_kind kind) {
  struct avro_write_step *step = ARENA_NEW(m->arena, struct avro_write_step);
  *step = (struct avro_write_step){.kind = kind, .value_branch = AVRO_WRITE_NO_BRANCH, .null_branch = AVRO_WRITE_NO_BRANCH};
  return step;
}

/* --- records --- */

static uint32_t find_column(struct maker *m, const struct vonk_avro_schema *schema, uint32_t index, const struct vonk_type *type) {
  uint32_t found = UINT32_MAX;
  if (m->spec->positional) return index < type->field_count ? index : UINT32_MAX;
  for (uint32_t i = 0; i < type->field_count; i++) {
    struct vonk_str a = schema->fields[index].name, b = type->fields[i].name;
    if (!(m->spec->case_sensitive ? vonk_str_equal(a, b) : vonk_str_equal_nocase(a, b))) continue;
    if (found != UINT32_MAX) fail(m, vonk_str_format(m->arena, "the field " STR_FMT " stands for several columns", STR_ARG(a)));
    found = i;
  }
  return found;
}

static int null_branch(const struct vonk_avro_schema *schema) {
  for (uint32_t i = 0; schema->kind == VONK_AVRO_KIND_UNION && i < schema->count; i++) {
    if (schema->branches[i]->kind == VONK_AVRO_KIND_NULL) return (int)i;
  }
  return AVRO_WRITE_NO_BRANCH;
}

/* A field that no column is for: null, which its type must allow. */
static const struct avro_write_step *make_absent(struct maker *m, const struct vonk_avro_field *field) {
  struct avro_write_step *step = new_step(m, AVRO_WRITE_NULL);
  step->null_branch = null_branch(field->schema);
  if (step->null_branch == AVRO_WRITE_NO_BRANCH)
    return fail(m, vonk_str_format(m->arena, "there is no column for the field " STR_FMT " of the Avro schema", STR_ARG(field->name)));
  return step;
}

static const struct avro_write_step *make_record(struct maker *m, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  struct avro_write_step *step = new_step(m, AVRO_WRITE_RECORD);
  struct avro_write_field *fields = ARENA_ARRAY(m->arena, struct avro_write_field, schema->count);
  bool *met = ARENA_ARRAY(m->arena, bool, type->field_count);
  for (uint32_t i = 0; i < schema->count; i++) {
    const struct vonk_avro_field *field = &schema->fields[i];
    uint32_t column = find_column(m, schema, i, type);
    fields[i] = (struct avro_write_field){.column = column, .name = field->name};
    fields[i].step = column == UINT32_MAX ? make_absent(m, field) : make(m, field->schema, type->fields[column].type);
    if (m->problem.data) return NULL;
    if (column != UINT32_MAX) met[column] = true;
  }
  for (uint32_t i = 0; i < type->field_count; i++) {
    if (!met[i]) return fail(m, vonk_str_format(m->arena, "the Avro schema has no field for the column " STR_FMT, STR_ARG(type->fields[i].name)));
  }
  step->fields = fields;
  step->count = schema->count;
  return step;
}

/* --- unions --- */

static const struct avro_write_step *in_branch(struct maker *m, const struct vonk_avro_schema *schema, uint32_t branch, const struct vonk_type *type) {
  const struct avro_write_step *made = make(m, schema->branches[branch], type);
  if (!made) return NULL;
  struct avro_write_step *step = ARENA_NEW(m->arena, struct avro_write_step);
  *step = *made;
  step->value_branch = (int32_t)branch;
  step->null_branch = null_branch(schema);
  step->schema = schema;
  return step;
}

static const struct avro_write_step *make_members(struct maker *m, const struct vonk_avro_schema *schema, const struct vonk_type *type, uint32_t value_count) {
  struct avro_write_step *step = new_step(m, AVRO_WRITE_MEMBERS);
  const struct avro_write_step **items = (const struct avro_write_step **)vonk_arena_calloc(m->arena, type->field_count, sizeof *items);
  uint32_t count = 0;
  bool fits = type->field_count == value_count;
  for (uint32_t i = 0; fits && i < schema->count; i++) {
    if (schema->branches[i]->kind == VONK_AVRO_KIND_NULL) continue;
    struct vonk_str expected = vonk_str_format(m->arena, "member%u", count);
    fits = m->spec->positional || vonk_str_equal(expected, type->fields[count].name);
    if (fits) items[count] = in_branch(m, schema, i, type->fields[count].type);
    if (m->problem.data) return NULL;
    count++;
  }
  if (!fits) return fail(m, vonk_str_format(m->arena, "a union of %u types is written from a STRUCT of member0 and so on, as many as it has types", value_count));
  step->items = items;
  step->count = count;
  step->null_branch = null_branch(schema);
  step->schema = schema;
  return step;
}

/* INT and LONG, or FLOAT and DOUBLE, as the wider of them. */
static int wide_branch(const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  enum vonk_avro_kind narrow = type->id == VONK_TYPE_LONG ? VONK_AVRO_KIND_INT : VONK_AVRO_KIND_FLOAT, wide = type->id == VONK_TYPE_LONG ? VONK_AVRO_KIND_LONG : VONK_AVRO_KIND_DOUBLE;
  int found = AVRO_WRITE_NO_BRANCH;
  if (type->id != VONK_TYPE_LONG && type->id != VONK_TYPE_DOUBLE) return found;
  for (uint32_t i = 0; i < schema->count; i++) {
    enum vonk_avro_kind kind = schema->branches[i]->kind;
    if (kind == wide) found = (int)i;
    else if (kind != narrow && kind != VONK_AVRO_KIND_NULL) return AVRO_WRITE_NO_BRANCH;
  }
  return found;
}

static const struct avro_write_step *make_union(struct maker *m, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  uint32_t value_count = vonk_avro_value_branches(schema, NULL), value = 0;
  int wide = wide_branch(schema, type), none = null_branch(schema);
  if (value_count == 0 || type->id == VONK_TYPE_VOID) {
    struct avro_write_step *step = new_step(m, AVRO_WRITE_NULL);
    step->null_branch = none;
    step->schema = schema;
    return type->id == VONK_TYPE_VOID ? step : fail(m, STR("a union of nothing but null holds no values"));
  }
  if (value_count == 1) {
    while (schema->branches[value]->kind == VONK_AVRO_KIND_NULL) value++;
    return in_branch(m, schema, value, type);
  }
  if (wide != AVRO_WRITE_NO_BRANCH) return in_branch(m, schema, (uint32_t)wide, type);
  if (type->id == VONK_TYPE_STRUCT) return make_members(m, schema, type, value_count);
  return fail(m, vonk_str_format(m->arena, "a union cannot be written from " STR_FMT, STR_ARG(vonk_type_sql(m->arena, type))));
}

/* --- the others --- */

static bool is_decimal_of(const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  return schema->logical == VONK_AVRO_DECIMAL && schema->precision == type->precision && schema->scale == type->scale;
}

static const struct avro_write_step *make_bytes(struct maker *m, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  bool is_fixed = schema->kind == VONK_AVRO_KIND_FIXED;
  struct avro_write_step *step = NULL;
  if (type->id == VONK_TYPE_BINARY) step = new_step(m, is_fixed ? AVRO_WRITE_FIXED : AVRO_WRITE_BYTES);
  else if (type->id == VONK_TYPE_DECIMAL && is_decimal_of(schema, type)) step = new_step(m, AVRO_WRITE_DECIMAL);
  if (step) step->size = schema->size;
  return step;
}

static const struct avro_write_step *make_long(struct maker *m, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  enum vonk_avro_logical logical = schema->logical;
  switch (type->id) {
    case VONK_TYPE_LONG:
    case VONK_TYPE_INTERVAL_DT: return new_step(m, AVRO_WRITE_INTEGER);
    case VONK_TYPE_TIMESTAMP:
      if (logical == VONK_AVRO_PLAIN || logical == VONK_AVRO_TIMESTAMP_MILLIS) return new_step(m, AVRO_WRITE_MILLIS);
      return logical == VONK_AVRO_TIMESTAMP_MICROS ? new_step(m, AVRO_WRITE_MICROS) : NULL;
    case VONK_TYPE_TIMESTAMP_NTZ:
      if (logical == VONK_AVRO_PLAIN || logical == VONK_AVRO_LOCAL_MILLIS) return new_step(m, AVRO_WRITE_LOCAL_MILLIS);
      return logical == VONK_AVRO_LOCAL_MICROS ? new_step(m, AVRO_WRITE_INTEGER) : NULL;
    case VONK_TYPE_TIME: return logical == VONK_AVRO_TIME_MICROS ? new_step(m, AVRO_WRITE_MICROS_OF_NANOS) : NULL;
    default: return NULL;
  }
}

static const struct avro_write_step *make_int(struct maker *m, const struct vonk_type *type) {
  if (type->id == VONK_TYPE_DATE) return new_step(m, AVRO_WRITE_DATE);
  bool fits = type->id == VONK_TYPE_BYTE || type->id == VONK_TYPE_SHORT || type->id == VONK_TYPE_INT || type->id == VONK_TYPE_INTERVAL_YM;
  return fits ? new_step(m, AVRO_WRITE_INTEGER) : NULL;
}

static const struct avro_write_step *make_items(struct maker *m, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  struct avro_write_step *step = new_step(m, schema->kind == VONK_AVRO_KIND_MAP ? AVRO_WRITE_MAP : AVRO_WRITE_ARRAY);
  const struct avro_write_step **items = (const struct avro_write_step **)vonk_arena_alloc(m->arena, sizeof *items);
  items[0] = make(m, schema->branches[0], type->element);
  step->items = items;
  step->count = 1;
  return items[0] ? step : NULL;
}

static const struct avro_write_step *make_enum(struct maker *m, const struct vonk_avro_schema *schema) {
  struct avro_write_step *step = new_step(m, AVRO_WRITE_ENUM);
  step->symbols = schema->symbols;
  step->count = schema->count;
  return step;
}

static const struct avro_write_step *make_plain(struct maker *m, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  switch (schema->kind) {
    case VONK_AVRO_KIND_NULL: return type->id == VONK_TYPE_VOID ? new_step(m, AVRO_WRITE_NULL) : NULL;
    case VONK_AVRO_KIND_BOOLEAN: return type->id == VONK_TYPE_BOOLEAN ? new_step(m, AVRO_WRITE_BOOLEAN) : NULL;
    case VONK_AVRO_KIND_INT: return make_int(m, type);
    case VONK_AVRO_KIND_LONG: return make_long(m, schema, type);
    case VONK_AVRO_KIND_FLOAT: return type->id == VONK_TYPE_FLOAT ? new_step(m, AVRO_WRITE_FLOAT) : NULL;
    case VONK_AVRO_KIND_DOUBLE: return type->id == VONK_TYPE_DOUBLE ? new_step(m, AVRO_WRITE_DOUBLE) : NULL;
    case VONK_AVRO_KIND_STRING: return vonk_type_is_string(type) ? new_step(m, AVRO_WRITE_BYTES) : NULL;
    case VONK_AVRO_KIND_ENUM: return vonk_type_is_string(type) ? make_enum(m, schema) : NULL;
    case VONK_AVRO_KIND_BYTES:
    case VONK_AVRO_KIND_FIXED: return make_bytes(m, schema, type);
    case VONK_AVRO_KIND_RECORD: return type->id == VONK_TYPE_STRUCT ? make_record(m, schema, type) : NULL;
    case VONK_AVRO_KIND_ARRAY: return type->id == VONK_TYPE_ARRAY ? make_items(m, schema, type) : NULL;
    case VONK_AVRO_KIND_MAP: return type->id == VONK_TYPE_MAP && vonk_type_is_string(type->key) ? make_items(m, schema, type) : NULL;
    case VONK_AVRO_KIND_UNION: return make_union(m, schema, type);
  }
  return NULL;
}

static const struct avro_write_step *make(struct maker *m, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  if (m->depth == VONK_TYPE_DEPTH_MAX) return fail(m, STR("it is nested too deep"));
  m->depth++;
  const struct avro_write_step *step = make_plain(m, schema, type);
  m->depth--;
  if (step && !step->schema) ((struct avro_write_step *)(uintptr_t)step)->schema = schema;
  if (step || m->problem.data) return step;
  return fail(m, vonk_str_format(m->arena, STR_FMT " cannot be written as Avro's " STR_FMT, STR_ARG(vonk_type_sql(m->arena, type)), STR_ARG(schema->name)));
}

const struct vonk_avro_write_plan *vonk_avro_write_plan_make(struct vonk_arena *arena, const struct vonk_avro_write_spec *spec, struct vonk_str *problem) {
  struct maker m = {.arena = arena, .spec = spec};
  struct vonk_avro_write_plan *plan = ARENA_NEW(arena, struct vonk_avro_write_plan);
  plan->spec = vonk_arena_copy(arena, spec, sizeof *spec);
  plan->root = make(&m, spec->schema, spec->type);
  *problem = m.problem;
  return plan->root ? plan : NULL;
}
