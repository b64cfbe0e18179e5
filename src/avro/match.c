/* match.c: what fits what: the rules of Spark's AvroDeserializer, and of Avro's resolution of a writer's schema by a reader's. */
#include "avro/read_internal.h"
#include "base/array.h"

enum { DEPTH_MAX = 100, COMPARED_MAX = 10000 };

/* --- SQL types --- */

static struct vonk_str match(struct vonk_arena *arena, const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *schema, const struct vonk_type *type);

static struct vonk_str mismatch(struct vonk_arena *arena, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  return vonk_str_format(arena, "Avro's " STR_FMT " cannot be read as " STR_FMT, STR_ARG(schema->name), STR_ARG(vonk_type_sql(arena, type)));
}

static bool is_millis(const struct vonk_avro_schema *schema, enum vonk_avro_logical millis) { return schema->logical == VONK_AVRO_PLAIN || schema->logical == millis; }

static bool fits_int(struct vonk_arena *arena, const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  bool is_interval = !spec->allow_incompatible && vonk_avro_property_type(arena, schema);
  switch (type->id) {
    case VONK_TYPE_INT:
    case VONK_TYPE_LONG:
    case VONK_TYPE_DOUBLE:
    case VONK_TYPE_INTERVAL_YM: return true;
    case VONK_TYPE_DATE: return !is_interval;
    default: return false;
  }
}

static bool fits_long(struct vonk_arena *arena, const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  bool is_interval = !spec->allow_incompatible && schema->logical == VONK_AVRO_PLAIN && vonk_avro_property_type(arena, schema);
  switch (type->id) {
    case VONK_TYPE_LONG:
    case VONK_TYPE_INTERVAL_DT: return true;
    case VONK_TYPE_DATE: return !is_interval;
    case VONK_TYPE_TIMESTAMP: return !is_interval && (is_millis(schema, VONK_AVRO_TIMESTAMP_MILLIS) || schema->logical == VONK_AVRO_TIMESTAMP_MICROS);
    case VONK_TYPE_TIMESTAMP_NTZ: return !is_interval && (is_millis(schema, VONK_AVRO_LOCAL_MILLIS) || schema->logical == VONK_AVRO_LOCAL_MICROS);
    case VONK_TYPE_TIME: return schema->logical == VONK_AVRO_TIME_MICROS;
    case VONK_TYPE_DECIMAL: return schema->logical == VONK_AVRO_CUSTOM_DECIMAL;
    default: return false;
  }
}

static bool fits_bytes(const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  if (type->id == VONK_TYPE_BINARY) return true;
  if (type->id != VONK_TYPE_DECIMAL || schema->logical != VONK_AVRO_DECIMAL || schema->precision > VONK_DECIMAL_PRECISION_MAX) return false;
  return spec->allow_incompatible || schema->precision - schema->scale <= type->precision - type->scale;
}

static struct vonk_str match_struct_field(struct vonk_arena *arena, const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *schema,
                                          const struct vonk_type *type, uint32_t index) {
  struct vonk_str problem = {0};
  const struct vonk_avro_field *field = avro_match_field(arena, spec, schema, type, index, &problem);
  if (field) return match(arena, spec, field->schema, type->fields[index].type);
  if (problem.data || type->fields[index].nullable) return problem;
  return vonk_str_format(arena, "the Avro schema lacks the field " STR_FMT, STR_ARG(type->fields[index].name));
}

static struct vonk_str match_record(struct vonk_arena *arena, const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  struct vonk_str problem = {0};
  for (uint32_t i = 0; i < type->field_count && !problem.data; i++) problem = match_struct_field(arena, spec, schema, type, i);
  return problem;
}

static bool is_pair(const struct vonk_avro_schema *const *branches, uint32_t count, enum vonk_avro_kind a, enum vonk_avro_kind b) {
  return count == 2 && ((branches[0]->kind == a && branches[1]->kind == b) || (branches[0]->kind == b && branches[1]->kind == a));
}

static struct vonk_str match_union(struct vonk_arena *arena, const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  const struct vonk_avro_schema **branches = (const struct vonk_avro_schema **)vonk_arena_calloc(arena, schema->count, sizeof *branches);
  uint32_t count = vonk_avro_value_branches(schema, branches);
  struct vonk_str problem = {0};
  if (count == 0) return problem;
  if (count == 1) return match(arena, spec, branches[0], type);
  if (type->id == VONK_TYPE_LONG && is_pair(branches, count, VONK_AVRO_KIND_INT, VONK_AVRO_KIND_LONG)) return problem;
  if (type->id == VONK_TYPE_DOUBLE && is_pair(branches, count, VONK_AVRO_KIND_FLOAT, VONK_AVRO_KIND_DOUBLE)) return problem;
  if (type->id != VONK_TYPE_STRUCT || type->field_count != count) return mismatch(arena, schema, type);
  for (uint32_t i = 0; i < count && !problem.data; i++) problem = match(arena, spec, branches[i], type->fields[i].type);
  return problem;
}

static struct vonk_str match(struct vonk_arena *arena, const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  bool fits = false;
  switch (schema->kind) {
    case VONK_AVRO_KIND_UNION: return match_union(arena, spec, schema, type);
    case VONK_AVRO_KIND_NULL: fits = type->id == VONK_TYPE_VOID; break;
    case VONK_AVRO_KIND_BOOLEAN: fits = type->id == VONK_TYPE_BOOLEAN; break;
    case VONK_AVRO_KIND_INT: fits = fits_int(arena, spec, schema, type); break;
    case VONK_AVRO_KIND_LONG: fits = fits_long(arena, spec, schema, type); break;
    case VONK_AVRO_KIND_FLOAT: fits = type->id == VONK_TYPE_FLOAT || type->id == VONK_TYPE_DOUBLE; break;
    case VONK_AVRO_KIND_DOUBLE: fits = type->id == VONK_TYPE_DOUBLE; break;
    case VONK_AVRO_KIND_STRING:
    case VONK_AVRO_KIND_ENUM: fits = vonk_type_is_string(type) && !type->collation.size; break;
    case VONK_AVRO_KIND_BYTES:
    case VONK_AVRO_KIND_FIXED: fits = fits_bytes(spec, schema, type); break;
    case VONK_AVRO_KIND_RECORD:
      if (type->id == VONK_TYPE_STRUCT) return match_record(arena, spec, schema, type);
      break;
    case VONK_AVRO_KIND_ARRAY:
      if (type->id == VONK_TYPE_ARRAY) return match(arena, spec, schema->branches[0], type->element);
      break;
    case VONK_AVRO_KIND_MAP:
      if (type->id == VONK_TYPE_MAP && vonk_type_is_string(type->key) && !type->key->collation.size) return match(arena, spec, schema->branches[0], type->element);
      break;
  }
  return fits ? (struct vonk_str){0} : mismatch(arena, schema, type);
}

struct vonk_str avro_match_type(struct vonk_arena *arena, const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *schema, const struct vonk_type *type) {
  struct vonk_str problem = {0};
  if (!spec->columns || schema->kind != VONK_AVRO_KIND_RECORD) return match(arena, spec, schema, type);
  for (uint32_t i = 0; i < spec->column_count && !problem.data; i++) problem = match_struct_field(arena, spec, schema, type, spec->columns[i]);
  return problem;
}

const struct vonk_avro_field *avro_match_field(struct vonk_arena *arena, const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *record,
                                               const struct vonk_type *type, uint32_t index, struct vonk_str *problem) {
  const struct vonk_avro_field *found = NULL;
  struct vonk_str name = type->fields[index].name;
  if (spec->positional) return index < record->count ? &record->fields[index] : NULL;
  for (uint32_t i = 0; i < record->count; i++) {
    const struct vonk_avro_field *field = &record->fields[i];
    if (!(spec->case_sensitive ? vonk_str_equal(field->name, name) : vonk_str_equal_nocase(field->name, name))) continue;
    if (found) *problem = vonk_str_format(arena, "the Avro schema has several fields named " STR_FMT, STR_ARG(name));
    found = field;
  }
  return problem->data ? NULL : found;
}

/* --- a writer's schema and a reader's --- */

static bool has_name(const struct vonk_str *names, uint32_t count, struct vonk_str name) {
  for (uint32_t i = 0; i < count; i++) {
    if (vonk_str_equal(names[i], name)) return true;
  }
  return false;
}

/* By their names without namespaces, or an alias of the reader's. */
static bool is_same_name(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader) {
  return vonk_str_equal(vonk_avro_short_name(writer), vonk_avro_short_name(reader)) || has_name(reader->aliases, reader->alias_count, writer->name);
}

static bool is_promoted(enum vonk_avro_kind from, enum vonk_avro_kind to) {
  if (from == VONK_AVRO_KIND_BYTES) return to == VONK_AVRO_KIND_STRING;
  if (from == VONK_AVRO_KIND_STRING) return to == VONK_AVRO_KIND_BYTES;
  return from >= VONK_AVRO_KIND_INT && from < to && to <= VONK_AVRO_KIND_DOUBLE;
}

bool avro_match_kinds(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader) {
  if (writer->kind != reader->kind) return is_promoted(writer->kind, reader->kind);
  if (writer->kind == VONK_AVRO_KIND_FIXED) return is_same_name(writer, reader) && writer->size == reader->size;
  return writer->kind != VONK_AVRO_KIND_ENUM || is_same_name(writer, reader);
}

const struct vonk_avro_field *avro_match_writer_field(const struct vonk_avro_schema *reader, const struct vonk_avro_field *field) {
  for (uint32_t i = 0; i < reader->count; i++) {
    if (has_name(reader->fields[i].aliases, reader->fields[i].alias_count, field->name)) return &reader->fields[i];
  }
  for (uint32_t i = 0; i < reader->count; i++) {
    if (vonk_str_equal(reader->fields[i].name, field->name)) return &reader->fields[i];
  }
  return NULL;
}

/* How much of two schemas has been compared: named types may hold themselves, and each other many times over. */
struct comparison {
  uint32_t depth, count;
};

static bool is_never(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct comparison *c);
static int match_branch(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct comparison *c);

static const struct vonk_avro_field *find_writer_field(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, const struct vonk_avro_field *field) {
  for (uint32_t i = 0; i < writer->count; i++) {
    if (avro_match_writer_field(reader, &writer->fields[i]) == field) return &writer->fields[i];
  }
  return NULL;
}

static bool is_never_record(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct comparison *c) {
  for (uint32_t i = 0; i < reader->count; i++) {
    const struct vonk_avro_field *field = find_writer_field(writer, reader, &reader->fields[i]);
    if (field ? is_never(field->schema, reader->fields[i].schema, c) : !reader->fields[i].default_value) return true;
  }
  return false;
}

static bool is_never(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct comparison *c) {
  if (writer == reader || writer->kind == VONK_AVRO_KIND_UNION || c->depth == DEPTH_MAX || c->count == COMPARED_MAX) return false;
  bool never = false;
  c->depth++, c->count++;
  if (reader->kind == VONK_AVRO_KIND_UNION) never = match_branch(writer, reader, c) < 0;
  else if (!avro_match_kinds(writer, reader)) never = true;
  else if (writer->kind == VONK_AVRO_KIND_RECORD) never = is_never_record(writer, reader, c);
  else if (writer->kind == VONK_AVRO_KIND_ARRAY || writer->kind == VONK_AVRO_KIND_MAP) never = is_never(writer->branches[0], reader->branches[0], c);
  c->depth--;
  return never;
}

bool avro_match_never(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader) {
  struct comparison c = {0};
  return is_never(writer, reader, &c);
}

/* Named types by their names; records also by their fields. */
static int match_named(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct comparison *c) {
  int found = -1;
  for (uint32_t i = 0; i < reader->count; i++) {
    const struct vonk_avro_schema *branch = reader->branches[i];
    if (branch->kind != writer->kind) continue;
    if (vonk_str_equal(branch->name, writer->name) || has_name(branch->aliases, branch->alias_count, writer->name)) return (int)i;
    if (writer->kind != VONK_AVRO_KIND_RECORD || is_never(writer, branch, c)) continue;
    if (found < 0 || vonk_str_equal(vonk_avro_short_name(branch), vonk_avro_short_name(writer))) found = (int)i;
  }
  return found;
}

static int match_branch(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct comparison *c) {
  bool is_named = writer->kind == VONK_AVRO_KIND_RECORD || writer->kind == VONK_AVRO_KIND_ENUM || writer->kind == VONK_AVRO_KIND_FIXED;
  if (is_named) return match_named(writer, reader, c);
  for (uint32_t i = 0; i < reader->count; i++) {
    if (reader->branches[i]->kind == writer->kind) return (int)i;
  }
  for (uint32_t i = 0; i < reader->count; i++) {
    if (is_promoted(writer->kind, reader->branches[i]->kind)) return (int)i;
  }
  return -1;
}

int avro_match_branch(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader) {
  struct comparison c = {0};
  return match_branch(writer, reader, &c);
}
