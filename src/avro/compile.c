/* compile.c: a step for each value that is wanted. What can be resolved for no value, or not for all, fails when it is met, as in Avro. */
#include <string.h>

#include "avro/read_internal.h"
#include "base/array.h"
#include "base/map.h"

enum { STEPS_MAX = 1 << 20 };

static struct avro_step *make(struct vonk_avro_reader *r, enum avro_step_kind kind, struct vonk_builder *to) {
  struct avro_step *step = ARENA_NEW(r->arena, struct avro_step);
  *step = (struct avro_step){.kind = (uint8_t)kind, .to = to, .null_byte = AVRO_NOT_NULLABLE};
  r->step_count++;
  return step;
}

static struct avro_step *fail_step(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader) {
  struct avro_step *step = make(r, AVRO_STEP_FAIL, NULL);
  step->problem = vonk_str_format(r->arena, "found " STR_FMT " where the reader's schema has " STR_FMT, STR_ARG(writer->name), STR_ARG(reader->name));
  return step;
}

/* --- leaves --- */

static enum avro_target target_of_long(const struct vonk_avro_schema *reader, const struct vonk_type *type) {
  bool is_millis = reader->logical != VONK_AVRO_TIMESTAMP_MICROS && reader->logical != VONK_AVRO_LOCAL_MICROS;
  switch (type->id) {
    case VONK_TYPE_TIMESTAMP: return is_millis ? AVRO_TO_MICROS_OF_MILLIS : AVRO_TO_MICROS;
    case VONK_TYPE_TIMESTAMP_NTZ: return is_millis ? AVRO_TO_LOCAL_OF_MILLIS : AVRO_TO_I64;
    case VONK_TYPE_DATE: return AVRO_TO_DAYS_OF_MILLIS;
    case VONK_TYPE_TIME: return AVRO_TO_NANOS_OF_MICROS;
    case VONK_TYPE_DECIMAL: return AVRO_TO_DECIMAL;
    default: return AVRO_TO_I64;
  }
}

static enum avro_target target_of(const struct vonk_avro_schema *reader, const struct vonk_type *type) {
  switch (reader->kind) {
    case VONK_AVRO_KIND_LONG: return target_of_long(reader, type);
    case VONK_AVRO_KIND_FLOAT: return type->id == VONK_TYPE_DOUBLE ? AVRO_TO_FLOAT_DOUBLE : AVRO_TO_FLOAT;
    case VONK_AVRO_KIND_DOUBLE: return AVRO_TO_DOUBLE;
    default: break;
  }
  switch (type->id) {
    case VONK_TYPE_LONG: return AVRO_TO_I64;
    case VONK_TYPE_DOUBLE: return AVRO_TO_DOUBLE;
    case VONK_TYPE_DATE: return AVRO_TO_DATE;
    default: return AVRO_TO_I32;
  }
}

static const struct avro_step *compile_number(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct vonk_builder *to) {
  static const enum avro_step_kind kinds[] = {[VONK_AVRO_KIND_INT] = AVRO_STEP_INT, [VONK_AVRO_KIND_LONG] = AVRO_STEP_LONG, [VONK_AVRO_KIND_FLOAT] = AVRO_STEP_FLOAT,
                                              [VONK_AVRO_KIND_DOUBLE] = AVRO_STEP_DOUBLE};
  struct avro_step *step = make(r, kinds[writer->kind], to);
  step->target = (uint8_t)target_of(reader, to->type);
  step->precision = reader->precision, step->scale = reader->scale;
  return step;
}

static const struct avro_step *compile_bytes(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct vonk_builder *to) {
  bool is_fixed = writer->kind == VONK_AVRO_KIND_FIXED;
  struct avro_step *step = make(r, to->type->id == VONK_TYPE_DECIMAL ? AVRO_STEP_DECIMAL : is_fixed ? AVRO_STEP_FIXED : AVRO_STEP_BYTES, to);
  step->is_fixed = is_fixed;
  step->size = writer->size;
  step->precision = reader->precision, step->scale = reader->scale;
  return step;
}

static const struct avro_step *compile_enum(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct vonk_builder *to) {
  struct avro_step *step = make(r, AVRO_STEP_ENUM, to);
  struct vonk_view *symbols = ARENA_ARRAY(r->arena, struct vonk_view, writer->count);
  struct vonk_map places;
  vonk_map_init(&places, r->arena, false);
  for (uint32_t i = 0; i < reader->count; i++) vonk_map_put(&places, reader->symbols[i], (void *)(uintptr_t)&reader->symbols[i]);
  for (uint32_t i = 0; i < writer->count; i++) {
    const struct vonk_str *found = vonk_map_get(&places, writer->symbols[i]);
    if (!found && reader->default_symbol >= 0) found = &reader->symbols[reader->default_symbol];
    symbols[i] = found ? vonk_view_make(found->data, (uint32_t)found->size) : (struct vonk_view){.size = UINT32_MAX};
  }
  step->symbols = symbols;
  step->symbol_count = writer->count;
  return step;
}

/* --- nested ones --- */

static const struct avro_step *compile_items(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct vonk_builder *to) {
  bool is_map = writer->kind == VONK_AVRO_KIND_MAP;
  struct avro_step *step = make(r, is_map ? AVRO_STEP_MAP : AVRO_STEP_ARRAY, to);
  step->is_java_string = reader->is_java_string;
  step->item_schema = writer->branches[0];
  step->item = avro_compile(r, writer->branches[0], reader->branches[0], &to->children[is_map]);
  return step;
}

/* The default of the reader's field as bytes. */
static bool compile_default(struct vonk_avro_reader *r, const struct vonk_avro_field *field, struct vonk_builder *to, struct avro_action *out) {
  static const char padding[VONK_AVRO_PADDING];
  struct vonk_text bytes;
  vonk_text_init(&bytes, r->arena);
  if (!vonk_avro_encode_default(&bytes, field->schema, field->default_value)) return false;
  size_t size = bytes.size;
  vonk_text_add(&bytes, vonk_str_make(padding, sizeof padding));
  *out = (struct avro_action){.kind = AVRO_DEFAULT_FIELD, .step = avro_compile(r, field->schema, field->schema, to), .bytes = vonk_str_make(bytes.data, size)};
  return true;
}

static struct avro_action fail_action(struct vonk_avro_reader *r, const struct vonk_avro_field *field, const char *why) {
  struct avro_step *step = make(r, AVRO_STEP_FAIL, NULL);
  step->problem = vonk_str_format(r->arena, "the reader's field " STR_FMT " %s", STR_ARG(field->name), why);
  return (struct avro_action){.kind = AVRO_READ_FIELD, .step = step};
}

/* What becomes of each field of the reader's: NULL in PLACES where nobody wants it. */
struct record {
  const struct vonk_avro_schema *writer, *reader;
  struct vonk_builder **places;
  bool *met;                           /* the writer has it */
  struct avro_action *actions;
  uint32_t action_count;
};

static void compile_written(struct vonk_avro_reader *r, struct record *record) {
  for (uint32_t i = 0; i < record->writer->count; i++) {
    const struct vonk_avro_field *from = &record->writer->fields[i], *to = from;
    if (record->writer != record->reader) to = avro_match_writer_field(record->reader, from);
    uint32_t place = to ? (uint32_t)(to - record->reader->fields) : 0;
    struct vonk_builder *builder = to && !record->met[place] ? record->places[place] : NULL;
    struct avro_action *action = &record->actions[record->action_count++];
    if (to) record->met[place] = true;
    if (builder) *action = (struct avro_action){.kind = AVRO_READ_FIELD, .step = avro_compile(r, from->schema, to->schema, builder)};
    else if (to && avro_match_never(from->schema, to->schema)) *action = fail_action(r, to, "has another type");
    else *action = (struct avro_action){.kind = AVRO_SKIP_FIELD, .schema = from->schema};
  }
}

static void compile_missing(struct vonk_avro_reader *r, struct record *record) {
  for (uint32_t i = 0; i < record->reader->count; i++) {
    const struct vonk_avro_field *field = &record->reader->fields[i];
    struct avro_action *action = &record->actions[record->action_count];
    if (record->met[i]) continue;
    if (!field->default_value) *action = fail_action(r, field, "is not in the file and has no default");
    else if (!record->places[i]) continue;
    else if (!compile_default(r, field, record->places[i], action)) *action = fail_action(r, field, "has a default of another type");
    record->action_count++;
  }
}

const struct avro_step *avro_compile_record(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader,
                                            const struct vonk_type *type, struct vonk_builder *const *places, struct vonk_builder *to) {
  struct record record = {.writer = writer, .reader = reader};
  record.places = (struct vonk_builder **)vonk_arena_calloc(r->arena, reader->count, sizeof *record.places);
  record.met = ARENA_ARRAY(r->arena, bool, reader->count);
  record.actions = ARENA_ARRAY(r->arena, struct avro_action, writer->count + reader->count + type->field_count);
  for (uint32_t i = 0; i < type->field_count; i++) {
    struct vonk_str problem = {0};
    const struct vonk_avro_field *field = places[i] ? avro_match_field(r->arena, r->spec, reader, type, i, &problem) : NULL;
    struct vonk_builder **place = field ? &record.places[field - reader->fields] : NULL;
    if (place && !*place) *place = places[i];
    else if (places[i]) record.actions[record.action_count++] = (struct avro_action){.kind = AVRO_NULL_FIELD, .to = places[i]};
  }
  compile_written(r, &record);
  compile_missing(r, &record);
  struct avro_step *step = make(r, AVRO_STEP_RECORD, to);
  step->actions = record.actions;
  step->action_count = record.action_count;
  return step;
}

static const struct avro_step *compile_struct(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct vonk_builder *to) {
  struct vonk_builder **places = (struct vonk_builder **)vonk_arena_calloc(r->arena, to->child_count, sizeof *places);
  for (uint32_t i = 0; i < to->child_count; i++) places[i] = &to->children[i];
  return avro_compile_record(r, writer, reader, to->type, places, to);
}

static const struct avro_step *compile_plain(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct vonk_builder *to) {
  if (!avro_match_kinds(writer, reader)) return fail_step(r, writer, reader);
  switch (writer->kind) {
    case VONK_AVRO_KIND_NULL: return make(r, AVRO_STEP_NULL, to);
    case VONK_AVRO_KIND_BOOLEAN: return make(r, AVRO_STEP_BOOLEAN, to);
    case VONK_AVRO_KIND_INT:
    case VONK_AVRO_KIND_LONG:
    case VONK_AVRO_KIND_FLOAT:
    case VONK_AVRO_KIND_DOUBLE: return compile_number(r, writer, reader, to);
    case VONK_AVRO_KIND_BYTES:
    case VONK_AVRO_KIND_STRING:
    case VONK_AVRO_KIND_FIXED: return compile_bytes(r, writer, reader, to);
    case VONK_AVRO_KIND_ENUM: return compile_enum(r, writer, reader, to);
    case VONK_AVRO_KIND_ARRAY:
    case VONK_AVRO_KIND_MAP: return compile_items(r, writer, reader, to);
    case VONK_AVRO_KIND_RECORD: return compile_struct(r, writer, reader, to);
    case VONK_AVRO_KIND_UNION: break;
  }
  return fail_step(r, writer, reader);
}

/* --- unions --- */

/* WRITER's values as branch INDEX of the reader's union. */
static const struct avro_step *compile_branch(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, uint32_t index,
                                              struct vonk_builder *to) {
  const struct vonk_avro_schema *branch = reader->branches[index];
  uint32_t value_count = vonk_avro_value_branches(reader, NULL), place = 0;
  if (branch->kind == VONK_AVRO_KIND_NULL) return writer->kind == VONK_AVRO_KIND_NULL ? make(r, AVRO_STEP_NULL, to) : fail_step(r, writer, reader);
  if (value_count == 1 || to->type->id != VONK_TYPE_STRUCT) return compile_plain(r, writer, branch, to);
  for (uint32_t i = 0; i < index; i++) place += reader->branches[i]->kind != VONK_AVRO_KIND_NULL;
  struct avro_step *step = make(r, AVRO_STEP_MEMBER, to);
  step->size = place;
  step->item = compile_plain(r, writer, branch, &to->children[place]);
  return step;
}

static const struct avro_step *compile_value(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct vonk_builder *to) {
  if (reader->kind != VONK_AVRO_KIND_UNION) return compile_plain(r, writer, reader, to);
  int branch = avro_match_branch(writer, reader);
  return branch < 0 ? fail_step(r, writer, reader) : compile_branch(r, writer, reader, (uint32_t)branch, to);
}

static const struct avro_step *compile_union(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct vonk_builder *to) {
  const struct avro_step **branches = (const struct avro_step **)vonk_arena_calloc(r->arena, writer->count, sizeof *branches);
  for (uint32_t i = 0; i < writer->count; i++)
    branches[i] = writer == reader ? compile_branch(r, writer->branches[i], reader, i, to) : compile_value(r, writer->branches[i], reader, to);
  /* The usual case: null and something else. */
  for (uint32_t i = 0; i < 2 && writer->count == 2; i++) {
    if (branches[i]->kind != AVRO_STEP_NULL || branches[1 - i]->kind == AVRO_STEP_NULL) continue;
    struct avro_step *step = ARENA_NEW(r->arena, struct avro_step);
    *step = *branches[1 - i];
    step->null_byte = i ? 2 : 0, step->value_byte = i ? 0 : 2;
    if (step->kind == AVRO_STEP_FAIL) break;
    return step;
  }
  struct avro_step *step = make(r, AVRO_STEP_UNION, to);
  step->branches = branches;
  step->size = writer->count;
  return step;
}

const struct avro_step *avro_compile(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct vonk_builder *to) {
  if (r->step_count > STEPS_MAX) return fail_step(r, writer, reader);
  return writer->kind == VONK_AVRO_KIND_UNION ? compile_union(r, writer, reader, to) : compile_value(r, writer, reader, to);
}
