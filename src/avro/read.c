/* read.c: runs the steps. Bytes are read without a look at the end, which has padding behind it, and the end is looked at behind each value. */
#include "avro/read.h"

#include <string.h>

#include "avro/read_internal.h"
#include "base/bits.h"
#include "type/decimal.h"
#include "type/calendar.h"
#include "type/julian.h"

enum { ZERO_ITEMS_MAX = 1 << 24, SKIP_DEPTH_MAX = 1000 };
_Static_assert(VONK_AVRO_PADDING > 10 && (int)VONK_AVRO_PADDING <= (int)VONK_BUFFER_PADDING, "a number that begins before the end is readable");

const uint8_t *avro_fail(struct vonk_avro_reader *r, enum vonk_avro_outcome outcome, const char *problem) {
  if (r->outcome == VONK_AVRO_READ) {
    r->outcome = outcome;
    r->problem = vonk_str_of(problem);
  }
  return NULL;
}

static const uint8_t *malformed(struct vonk_avro_reader *r) { return avro_fail(r, VONK_AVRO_MALFORMED, "its data is malformed"); }
static const uint8_t *refused(struct vonk_avro_reader *r) { return avro_fail(r, VONK_AVRO_REFUSED, "memory is short"); }

/* At most five bytes, whose upper bits do not count. */
static const uint8_t *get_int(const uint8_t *at, int64_t *out) {
  int64_t value;
  const uint8_t *next = avro_get_long(at, &value);
  if (!next || next - at > 5) return NULL;
  uint32_t bits = (uint32_t)((uint64_t)value << 1 ^ (uint64_t)(value >> 63));
  *out = (int32_t)(bits >> 1) ^ -(int32_t)(bits & 1);
  return next;
}

/* SIZE bytes are there at AT. */
static bool has(const struct vonk_avro_reader *r, const uint8_t *at, int64_t size) { return at <= r->end && size >= 0 && size <= r->end - at; }

static const uint8_t *get_size(struct vonk_avro_reader *r, const uint8_t *at, uint32_t *out) {
  int64_t size;
  at = avro_get_long(at, &size);
  if (!at || !has(r, at, size) || size > INT32_MAX) return malformed(r);
  *out = (uint32_t)size;
  return at;
}

const uint8_t *avro_get_count(struct vonk_avro_reader *r, const uint8_t *at, uint32_t least, uint32_t *out, int64_t *byte_size) {
  int64_t count;
  *byte_size = -1;
  at = avro_get_long(at, &count);
  if (at && count < 0 && count != INT64_MIN) {
    count = -count;
    at = avro_get_long(at, byte_size);
    if (at && !has(r, at, *byte_size)) return malformed(r);
  }
  if (!at || at > r->end || count < 0) return malformed(r);
  int64_t most = least ? (r->end - at) / least : ZERO_ITEMS_MAX - r->zero_items;
  if (count > most || count > UINT32_MAX / 4) return malformed(r);
  if (!least) r->zero_items += count;
  *out = (uint32_t)count;
  return at;
}

/* --- values that nobody wants --- */

static const uint8_t *skip_items(struct vonk_avro_reader *r, const struct vonk_avro_schema *schema, const uint8_t *at, int depth) {
  const struct vonk_avro_schema *item = schema->branches[0];
  bool is_map = schema->kind == VONK_AVRO_KIND_MAP;
  for (;;) {
    uint32_t count, size;
    int64_t byte_size;
    at = avro_get_count(r, at, item->least_size + is_map, &count, &byte_size);
    if (!at || !count) return at;
    if (byte_size >= 0 || (!is_map && item->kind == VONK_AVRO_KIND_NULL)) {
      at += byte_size > 0 ? byte_size : 0;
      continue;
    }
    for (uint32_t i = 0; i < count && at; i++) {
      if (is_map && (at = get_size(r, at, &size))) at += size;
      if (at) at = avro_skip(r, item, at, depth);
    }
    if (!at) return NULL;
  }
}

const uint8_t *avro_skip(struct vonk_avro_reader *r, const struct vonk_avro_schema *schema, const uint8_t *at, int depth) {
  int64_t number;
  uint32_t size;
  if (at > r->end) return malformed(r);
  if (depth > SKIP_DEPTH_MAX) return avro_fail(r, VONK_AVRO_MALFORMED, "a value is nested more than 1000 levels deep");
  switch (schema->kind) {
    case VONK_AVRO_KIND_NULL: return at;
    case VONK_AVRO_KIND_BOOLEAN: at++; break;
    case VONK_AVRO_KIND_FLOAT: at += 4; break;
    case VONK_AVRO_KIND_DOUBLE: at += 8; break;
    case VONK_AVRO_KIND_INT:
    case VONK_AVRO_KIND_LONG:
    case VONK_AVRO_KIND_ENUM:
      at = avro_get_long(at, &number);
      break;
    case VONK_AVRO_KIND_BYTES:
    case VONK_AVRO_KIND_STRING:
      at = get_size(r, at, &size);
      return at ? at + size : NULL;
    case VONK_AVRO_KIND_FIXED: return has(r, at, schema->size) ? at + schema->size : malformed(r);
    case VONK_AVRO_KIND_ARRAY:
    case VONK_AVRO_KIND_MAP: return skip_items(r, schema, at, depth + 1);
    case VONK_AVRO_KIND_RECORD:
      for (uint32_t i = 0; i < schema->count && at; i++) at = avro_skip(r, schema->fields[i].schema, at, depth + 1);
      return at;
    case VONK_AVRO_KIND_UNION:
      at = avro_get_long(at, &number);
      if (!at || at > r->end || number < 0 || number >= schema->count) return malformed(r);
      return avro_skip(r, schema->branches[number], at, depth + 1);
  }
  return at && at <= r->end ? at : malformed(r);
}

/* --- numbers --- */

static const uint8_t *put_date(struct vonk_avro_reader *r, struct vonk_builder *to, int64_t days, const uint8_t *next) {
  if (UNLIKELY(days < VONK_JULIAN_SWITCH_DAY) && r->spec->calendar != VONK_AVRO_GREGORIAN) {
    if (r->spec->calendar == VONK_AVRO_CALENDAR_UNKNOWN) return avro_fail(r, VONK_AVRO_OLD_DATE, "a date before 1582-10-15");
    days = vonk_julian_rebase_days(days);
  }
  *(int32_t *)vonk_builder_slot(to) = (int32_t)days;
  return next;
}

static const uint8_t *put_timestamp(struct vonk_avro_reader *r, struct vonk_builder *to, int64_t micros, const uint8_t *next) {
  if (UNLIKELY(micros < VONK_JULIAN_ANCIENT_MICROS) && r->spec->calendar != VONK_AVRO_GREGORIAN) {
    if (r->spec->calendar == VONK_AVRO_CALENDAR_UNKNOWN) return avro_fail(r, VONK_AVRO_OLD_DATE, "a timestamp before 1900-01-01");
    micros = vonk_julian_rebase_micros(r->spec->zone, micros);
  }
  *(int64_t *)vonk_builder_slot(to) = micros;
  return next;
}

/* At the precision and scale of the column: rounded, null when it does not fit. */
static const uint8_t *put_decimal(struct vonk_avro_reader *r, const struct avro_step *s, vonk_int128 value, const uint8_t *next) {
  struct vonk_builder *to = s->to;
  struct vonk_decimal_shape shape = {to->type->precision, to->type->scale};
  if (s->precision > VONK_DECIMAL_PRECISION_MAX || !vonk_decimal_fits(value, s->precision)) return avro_fail(r, VONK_AVRO_MALFORMED, "a decimal has more digits than its type");
  bool fits = shape.precision == s->precision && shape.scale == s->scale;
  if (!fits && !vonk_decimal_rescale(value, s->scale, shape, &value)) return vonk_builder_add_null(r->task, to) == VONK_OK ? next : refused(r);
  void *slot = vonk_builder_slot(to);
  if (to->physical == VONK_PHYSICAL_I32) *(int32_t *)slot = (int32_t)value;
  else if (to->physical == VONK_PHYSICAL_I64) *(int64_t *)slot = (int64_t)value;
  else *(vonk_int128 *)slot = value;
  vonk_builder_end_slot(to);
  return next;
}

static const uint8_t *put_integer(struct vonk_avro_reader *r, const struct avro_step *s, int64_t value, const uint8_t *next) {
  struct vonk_builder *to = s->to;
  int64_t scaled = value;
  switch ((enum avro_target)s->target) {
    case AVRO_TO_I32: *(int32_t *)vonk_builder_slot(to) = (int32_t)value; break;
    case AVRO_TO_I64: *(int64_t *)vonk_builder_slot(to) = value; break;
    case AVRO_TO_FLOAT: *(float *)vonk_builder_slot(to) = (float)value; break;
    case AVRO_TO_DOUBLE: *(double *)vonk_builder_slot(to) = (double)value; break;
    case AVRO_TO_FLOAT_DOUBLE: *(double *)vonk_builder_slot(to) = (double)(float)value; break;
    case AVRO_TO_DATE: next = put_date(r, to, value, next); break;
    case AVRO_TO_MICROS: next = put_timestamp(r, to, value, next); break;
    case AVRO_TO_MICROS_OF_MILLIS:
    case AVRO_TO_LOCAL_OF_MILLIS:
      if (__builtin_mul_overflow(value, 1000, &scaled)) return avro_fail(r, VONK_AVRO_MALFORMED, "a timestamp is out of range");
      if (s->target == AVRO_TO_MICROS_OF_MILLIS) next = put_timestamp(r, to, scaled, next);
      else *(int64_t *)vonk_builder_slot(to) = scaled;
      break;
    case AVRO_TO_DAYS_OF_MILLIS: *(int32_t *)vonk_builder_slot(to) = (int32_t)(value / (VONK_MICROS_PER_DAY / 1000)); break;
    case AVRO_TO_NANOS_OF_MICROS:
      if (value < 0 || value >= VONK_MICROS_PER_DAY) return avro_fail(r, VONK_AVRO_MALFORMED, "a time is not within a day");
      *(int64_t *)vonk_builder_slot(to) = value * VONK_NANOS_PER_MICRO;
      break;
    case AVRO_TO_DECIMAL: return put_decimal(r, s, value, next);
  }
  if (next) vonk_builder_end_slot(to);
  return next;
}

static const uint8_t *put_real(const struct avro_step *s, double value, const uint8_t *next) {
  if (s->target == AVRO_TO_FLOAT) *(float *)vonk_builder_slot(s->to) = (float)value;
  else *(double *)vonk_builder_slot(s->to) = value;
  vonk_builder_end_slot(s->to);
  return next;
}

static const uint8_t *read_float(const struct avro_step *s, const uint8_t *at) {
  float value;
  memcpy(&value, at, sizeof value);
  return put_real(s, (double)value, at + sizeof value);
}

static const uint8_t *read_double(const struct avro_step *s, const uint8_t *at) {
  double value;
  memcpy(&value, at, sizeof value);
  return put_real(s, value, at + sizeof value);
}

/* --- bytes --- */

static const uint8_t *put_bytes(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at, uint32_t size) {
  if (!has(r, at, size)) return malformed(r);
  *(struct vonk_view *)vonk_builder_slot(s->to) = vonk_view_make((const char *)at, size);
  vonk_builder_end_slot(s->to);
  return at + size;
}

static const uint8_t *read_bytes(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at) {
  uint32_t size;
  at = get_size(r, at, &size);
  return at ? put_bytes(r, s, at, size) : NULL;
}

/* Two's complement, the highest byte first; as many as the writer liked. */
static const uint8_t *read_decimal(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at) {
  uint32_t size = s->size;
  if (!s->is_fixed) at = get_size(r, at, &size);
  if (!at || !has(r, at, size) || !size) return malformed(r);
  const uint8_t *end = at + size;
  uint8_t sign = *at & 0x80 ? 0xFF : 0;
  while (end - at > (ptrdiff_t)sizeof(vonk_int128) && *at == sign) at++;
  if (end - at > (ptrdiff_t)sizeof(vonk_int128) || (*at & 0x80) != (sign & 0x80)) return avro_fail(r, VONK_AVRO_MALFORMED, "a decimal has more digits than its type");
  vonk_uint128 value = sign ? ~(vonk_uint128)0 : 0;
  for (; at < end; at++) value = value << 8 | *at;
  return put_decimal(r, s, (vonk_int128)value, end);
}

static const uint8_t *read_enum(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at) {
  int64_t index;
  at = get_int(at, &index);
  if (!at || at > r->end || index < 0 || index >= s->symbol_count) return malformed(r);
  if (s->symbols[index].size == UINT32_MAX) return avro_fail(r, VONK_AVRO_MALFORMED, "a symbol of an enum is none of the reader's");
  *(struct vonk_view *)vonk_builder_slot(s->to) = s->symbols[index];
  vonk_builder_end_slot(s->to);
  return at;
}

/* --- nested ones --- */

static const uint8_t *run_action(struct vonk_avro_reader *r, const struct avro_action *action, const uint8_t *at) {
  const uint8_t *end = r->end, *default_end = NULL;
  switch (action->kind) {
    case AVRO_READ_FIELD: return avro_read(r, action->step, at);
    case AVRO_SKIP_FIELD: return avro_skip(r, action->schema, at, 0);
    case AVRO_NULL_FIELD: return vonk_builder_add_null(r->task, action->to) == VONK_OK ? at : refused(r);
    case AVRO_DEFAULT_FIELD: break;
  }
  const uint8_t *from = (const uint8_t *)action->bytes.data;
  r->end = from + action->bytes.size;
  default_end = avro_read(r, action->step, from);
  r->end = end;
  return default_end ? at : NULL;
}

static const uint8_t *read_record(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at) {
  for (uint32_t i = 0; i < s->action_count && at; i++) {
    const struct avro_action *action = &s->actions[i];
    at = LIKELY(action->kind == AVRO_READ_FIELD) ? avro_read(r, action->step, at) : run_action(r, action, at);
  }
  if (at) vonk_builder_end_slot(s->to);
  return at;
}

static const uint8_t *read_array(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at) {
  for (;;) {
    uint32_t count;
    int64_t byte_size;
    at = avro_get_count(r, at, s->item_schema->least_size, &count, &byte_size);
    if (!at) return NULL;
    if (!count) break;
    if (vonk_builder_reserve(r->task, &s->to->children[0], count) != VONK_OK) return refused(r);
    for (uint32_t i = 0; i < count && at; i++) at = avro_read(r, s->item, at);
    if (!at) return NULL;
  }
  return vonk_builder_end_list(r->task, s->to) == VONK_OK ? at : refused(r);
}

static const uint8_t *read_union(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at) {
  int64_t index;
  at = avro_get_long(at, &index);
  if (!at || at > r->end || index < 0 || index >= s->size) return malformed(r);
  return avro_read(r, s->branches[index], at);
}

static const uint8_t *read_member(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at) {
  for (uint32_t i = 0; i < s->to->child_count; i++) {
    if (i != s->size && vonk_builder_add_null(r->task, &s->to->children[i]) != VONK_OK) return refused(r);
  }
  at = avro_read(r, s->item, at);
  if (at) vonk_builder_end_slot(s->to);
  return at;
}

/* Behind the union's index; IS_NULL: the row is done. */
static const uint8_t *read_nullable(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at, bool *is_null) {
  int64_t index = *at >> 1;
  at = LIKELY(*at == 0 || *at == 2) ? at + 1 : avro_get_long(at, &index);
  if (!at || at > r->end || index < 0 || index > 1) return malformed(r);
  *is_null = index == s->null_byte >> 1;
  if (*is_null && vonk_builder_add_null(r->task, s->to) != VONK_OK) return refused(r);
  return at;
}

static const uint8_t *read_value(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at) {
  int64_t number;
  switch ((enum avro_step_kind)s->kind) {
    case AVRO_STEP_NULL: return vonk_builder_add_null(r->task, s->to) == VONK_OK ? at : refused(r);
    case AVRO_STEP_BOOLEAN: return vonk_builder_add_bool(r->task, s->to, *at == 1) == VONK_OK ? at + 1 : refused(r);
    case AVRO_STEP_INT: return (at = get_int(at, &number)) ? put_integer(r, s, number, at) : malformed(r);
    case AVRO_STEP_LONG: return (at = avro_get_long(at, &number)) ? put_integer(r, s, number, at) : malformed(r);
    case AVRO_STEP_FLOAT: return read_float(s, at);
    case AVRO_STEP_DOUBLE: return read_double(s, at);
    case AVRO_STEP_BYTES: return read_bytes(r, s, at);
    case AVRO_STEP_FIXED: return put_bytes(r, s, at, s->size);
    case AVRO_STEP_DECIMAL: return read_decimal(r, s, at);
    case AVRO_STEP_ENUM: return read_enum(r, s, at);
    case AVRO_STEP_RECORD: return read_record(r, s, at);
    case AVRO_STEP_ARRAY: return read_array(r, s, at);
    case AVRO_STEP_MAP: return avro_read_map(r, s, at);
    case AVRO_STEP_UNION: return read_union(r, s, at);
    case AVRO_STEP_MEMBER: return read_member(r, s, at);
    case AVRO_STEP_FAIL:
      avro_fail(r, VONK_AVRO_MALFORMED, "");
      r->problem = s->problem;
      return NULL;
  }
  return NULL;
}

const uint8_t *avro_read(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at) {
  bool is_null = false;
  if (s->null_byte != AVRO_NOT_NULLABLE) {
    at = read_nullable(r, s, at, &is_null);
    if (!at || is_null) return at;
  }
  at = read_value(r, s, at);
  return LIKELY(at && at <= r->end) ? at : malformed(r);
}

/* --- the reader --- */

/* The fields of TYPE that are wanted, and which builder is whose. */
static STATUS open_places(struct vonk_task *task, struct vonk_avro_reader *r, struct vonk_builder ***out) {
  const struct vonk_avro_read_spec *spec = r->spec;
  const struct vonk_type *type = spec->type;
  struct vonk_builder **places = (struct vonk_builder **)vonk_arena_calloc(r->arena, type->field_count, sizeof *places);
  struct vonk_type_field *fields = ARENA_ARRAY(r->arena, struct vonk_type_field, spec->column_count);
  for (uint32_t i = 0; i < spec->column_count; i++) fields[i] = type->fields[spec->columns[i]];
  TRY(vonk_builder_init(task, &r->builder, vonk_type_struct(r->arena, fields, spec->column_count)));
  for (uint32_t i = 0; i < spec->column_count; i++) places[spec->columns[i]] = &r->builder.children[i];
  *out = places;
  return VONK_OK;
}

static STATUS open_root(struct vonk_task *task, struct vonk_avro_reader *r) {
  const struct vonk_avro_read_spec *spec = r->spec;
  struct vonk_builder **places;
  bool is_record = spec->columns && spec->writer->kind == VONK_AVRO_KIND_RECORD && spec->reader->kind == VONK_AVRO_KIND_RECORD;
  if (!is_record) {
    TRY(vonk_builder_init(task, &r->builder, spec->type));
    r->root = avro_compile(r, spec->writer, spec->reader, &r->builder);
    return VONK_OK;
  }
  TRY(open_places(task, r, &places));
  r->root = avro_compile_record(r, spec->writer, spec->reader, spec->type, places, &r->builder);
  return VONK_OK;
}

STATUS vonk_avro_reader_open(struct vonk_task *task, const struct vonk_avro_read_spec *spec, struct vonk_avro_reader **out, struct vonk_str *problem) {
  *out = NULL;
  *problem = avro_match_type(task->arena, spec, spec->reader, spec->type);
  if (problem->data) return VONK_OK;
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_avro_reader *r = ARENA_NEW(arena, struct vonk_avro_reader);
  r->arena = arena;
  r->spec = vonk_arena_copy(arena, spec, sizeof *spec);
  enum vonk_status status = open_root(task, r);
  if (status == VONK_OK) *out = r;
  else vonk_avro_reader_close(r);
  return status;
}

void vonk_avro_reader_close(struct vonk_avro_reader *r) {
  if (!r) return;
  vonk_builder_deinit(&r->builder);
  vonk_buffer_release(r->entries);
  vonk_buffer_release(r->slots);
  vonk_buffer_release(r->order);
  vonk_arena_destroy(r->arena);
}

/* Drops what a value that failed has left behind the first ROWS. */
static void truncate_rows(struct vonk_builder *b, uint32_t rows) {
  bool is_list = b->physical == VONK_PHYSICAL_LIST;
  uint32_t below = rows;
  b->row_count = rows;
  if (is_list) {
    const struct vonk_list *lists = b->data ? (const struct vonk_list *)(const void *)b->data->data : NULL;
    below = b->list_end = rows ? lists[rows - 1].offset + lists[rows - 1].length : 0;
  }
  for (uint32_t i = 0; i < b->child_count; i++) truncate_rows(&b->children[i], below);
}

enum vonk_avro_outcome vonk_avro_read_rows(struct vonk_task *task, struct vonk_avro_reader *r, const uint8_t **at, const uint8_t *end, uint32_t rows) {
  const uint8_t *p = *at;
  r->task = task;
  r->end = end;
  r->outcome = VONK_AVRO_READ;
  r->entry_count = 0;
  r->zero_items = 0;
  if (vonk_builder_reserve(task, &r->builder, rows) != VONK_OK) refused(r);
  for (uint32_t i = 0; i < rows && r->outcome == VONK_AVRO_READ; i++) {
    const uint8_t *next = avro_read(r, r->root, p);
    if (next) p = next;
  }
  if (r->outcome != VONK_AVRO_READ) truncate_rows(&r->builder, r->builder.row_count);
  *at = p;
  return r->outcome;
}

struct vonk_str vonk_avro_problem(const struct vonk_avro_reader *r) { return r->problem; }
uint32_t vonk_avro_row_count(const struct vonk_avro_reader *r) { return r->builder.row_count; }
void vonk_avro_reader_reset(struct vonk_avro_reader *r) { vonk_builder_reset(&r->builder); }

STATUS vonk_avro_reader_finish(struct vonk_task *task, struct vonk_avro_reader *r, struct vonk_column *out) {
  TRY(vonk_builder_finish(task, &r->builder, out));
  if (!r->spec->columns || r->builder.type != r->spec->type) return VONK_OK;
  struct vonk_column *wanted = ARENA_ARRAY(task->arena, struct vonk_column, r->spec->column_count);
  for (uint32_t i = 0; i < r->spec->column_count; i++) wanted[i] = out->children[r->spec->columns[i]];
  out->children = wanted;
  return VONK_OK;
}
