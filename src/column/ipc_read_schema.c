/* ipc_read_schema.c: a stream's fields in the words of the C data interface, whose reader makes types of them. */
#include "base/array.h"
#include "column/ipc_internal.h"

struct schema_reader {
  struct vonk_task *task;
  struct vonk_ipc_reader *reader;
  struct vonk_arena *arena;
  struct vonk_flatbuffer *r;
  uint32_t fields_left; /* tables may be shared in the bytes: this bounds what they unfold to */
};

static STATUS unsupported(struct schema_reader *s, const char *name) {
  return vonk_raise(s->task, VONK_UNSUPPORTED_ARROWTYPE, NULL, "typeName", vonk_str_of(name), NULL);
}

/* --- formats --- */

static const char *integer_format(int64_t bits, bool is_signed) {
  switch (bits) {
    case 8: return is_signed ? "c" : "C";
    case 16: return is_signed ? "s" : "S";
    case 32: return is_signed ? "i" : "I";
    case 64: return is_signed ? "l" : "L";
    default: return NULL;
  }
}

static const char *int_format(struct schema_reader *s, const struct vonk_flatbuffer_table *type) {
  return integer_format(vonk_flatbuffer_integer(s->r, type, 0, 4, 0), vonk_flatbuffer_integer(s->r, type, 1, 1, 0) != 0);
}

static const char *decimal_format(struct schema_reader *s, const struct vonk_flatbuffer_table *type) {
  int precision = (int)vonk_flatbuffer_integer(s->r, type, 0, 4, 0), scale = (int)vonk_flatbuffer_integer(s->r, type, 1, 4, 0);
  int bits = (int)vonk_flatbuffer_integer(s->r, type, 2, 4, 128);
  return vonk_str_format(s->arena, "d:%d,%d,%d", precision, scale, bits).data;
}

/* The letter of a unit, which stands in field 0. */
static char unit_letter(struct schema_reader *s, const struct vonk_flatbuffer_table *type, enum ipc_unit absent) {
  int64_t unit = vonk_flatbuffer_integer(s->r, type, 0, 2, absent);
  return unit >= 0 && unit <= UNIT_NANO ? "smun"[unit] : '\0';
}

static const char *time_format(struct schema_reader *s, const struct vonk_flatbuffer_table *type) {
  char unit = unit_letter(s, type, UNIT_MILLI);
  int64_t bits = vonk_flatbuffer_integer(s->r, type, 1, 4, 32);
  bool wide = unit == 'u' || unit == 'n';
  return unit && bits == (wide ? 64 : 32) ? vonk_str_format(s->arena, "tt%c", unit).data : NULL;
}

static const char *timestamp_format(struct schema_reader *s, const struct vonk_flatbuffer_table *type) {
  char unit = unit_letter(s, type, UNIT_SECOND);
  struct vonk_str zone = vonk_flatbuffer_str(s->r, type, 1);
  return unit ? vonk_str_format(s->arena, "ts%c:" STR_FMT, unit, STR_ARG(zone)).data : NULL;
}

static const char *duration_format(struct schema_reader *s, const struct vonk_flatbuffer_table *type) {
  char unit = unit_letter(s, type, UNIT_MILLI);
  return unit ? vonk_str_format(s->arena, "tD%c", unit).data : NULL;
}

/* "w:16" or "+w:3". */
static const char *sized_format(struct schema_reader *s, const struct vonk_flatbuffer_table *type, const char *letter) {
  int64_t size = vonk_flatbuffer_integer(s->r, type, 0, 4, 0);
  return size >= 0 ? vonk_str_format(s->arena, "%s:%d", letter, (int)size).data : NULL;
}

/* NULL for a variant of the kind that is not one. */
static const char *format_of(struct schema_reader *s, int64_t kind, const struct vonk_flatbuffer_table *type) {
  static const char *const halves[] = {"e", "f", "g"}, *const dates[] = {"tdD", "tdm"}, *const intervals[] = {"tiM", NULL, "tin"};
  switch (kind) {
    case KIND_NULL: return "n";
    case KIND_INT: return int_format(s, type);
    case KIND_FLOAT: {
      int64_t precision = vonk_flatbuffer_integer(s->r, type, 0, 2, 0);
      return precision >= 0 && precision <= 2 ? halves[precision] : NULL;
    }
    case KIND_BINARY: return "z";
    case KIND_UTF8: return "u";
    case KIND_BOOL: return "b";
    case KIND_DECIMAL: return decimal_format(s, type);
    case KIND_DATE: return dates[vonk_flatbuffer_integer(s->r, type, 0, 2, 1) == 1];
    case KIND_TIME: return time_format(s, type);
    case KIND_TIMESTAMP: return timestamp_format(s, type);
    case KIND_INTERVAL: {
      int64_t unit = vonk_flatbuffer_integer(s->r, type, 0, 2, 0);
      return unit >= 0 && unit <= 2 ? intervals[unit] : NULL;
    }
    case KIND_LIST: return "+l";
    case KIND_STRUCT: return "+s";
    case KIND_FIXED_BINARY: return sized_format(s, type, "w");
    case KIND_FIXED_LIST: return sized_format(s, type, "+w");
    case KIND_MAP: return "+m";
    case KIND_DURATION: return duration_format(s, type);
    case KIND_LARGE_BINARY: return "Z";
    case KIND_LARGE_UTF8: return "U";
    case KIND_LARGE_LIST: return "+L";
    case KIND_BINARY_VIEW: return "vz";
    case KIND_UTF8_VIEW: return "vu";
    default: return NULL;
  }
}

static const char *kind_name(int64_t kind) {
  static const char *const names[] = {
      [KIND_NULL] = "Null", [KIND_INT] = "Int", [KIND_FLOAT] = "FloatingPoint", [KIND_DATE] = "Date", [KIND_TIME] = "Time",
      [KIND_TIMESTAMP] = "Timestamp", [KIND_INTERVAL] = "Interval(DAY_TIME)", [KIND_UNION] = "Union", [KIND_FIXED_BINARY] = "FixedSizeBinary",
      [KIND_FIXED_LIST] = "FixedSizeList", [KIND_DURATION] = "Duration", [KIND_RUNS] = "RunEndEncoded", [KIND_LIST_VIEW] = "ListView",
      [KIND_LARGE_LIST_VIEW] = "LargeListView",
  };
  const char *name = kind >= 0 && (size_t)kind < COUNT_OF(names) ? names[kind] : NULL;
  return name ? name : "(unknown)";
}

/* --- fields --- */

static void add_text(struct vonk_text *text, struct vonk_str piece) {
  int32_t size = (int32_t)piece.size;
  vonk_text_add(text, vonk_str_make((const char *)&size, sizeof size));
  vonk_text_add(text, piece);
}

/* A field's pairs in the interface's encoding; NULL when it has none. */
static const char *read_metadata(struct schema_reader *s, const struct vonk_flatbuffer_table *field) {
  struct vonk_flatbuffer_vector pairs = vonk_flatbuffer_vector(s->r, field, FIELD_METADATA, 4);
  struct vonk_text text;
  int32_t count = (int32_t)pairs.count;
  if (pairs.count == 0) return NULL;
  vonk_text_init(&text, s->arena);
  vonk_text_add(&text, vonk_str_make((const char *)&count, sizeof count));
  for (uint32_t i = 0; i < pairs.count && !s->r->failed; i++) {
    struct vonk_flatbuffer_table pair = vonk_flatbuffer_element(s->r, pairs, i);
    struct vonk_str key = vonk_flatbuffer_str(s->r, &pair, PAIR_KEY), value = vonk_flatbuffer_str(s->r, &pair, PAIR_VALUE);
    /* Shared texts could unfold to more than the bytes hold. */
    if (text.size + key.size + value.size > s->r->size) s->r->failed = true;
    if (s->r->failed) return NULL;
    add_text(&text, key);
    add_text(&text, value);
  }
  return text.data;
}

static STATUS read_fields(struct schema_reader *s, struct vonk_flatbuffer_vector fields, int depth, struct ArrowSchema *out);

/* OUT becomes the field of the indexes; its values become what it was. */
static STATUS read_dictionary(struct schema_reader *s, const struct vonk_flatbuffer_table *encoding, struct ArrowSchema *out) {
  struct vonk_flatbuffer_table index;
  struct ipc_values *values = ARENA_NEW(s->arena, struct ipc_values);
  struct ArrowSchema *schema = ARENA_NEW(s->arena, struct ArrowSchema);
  const char *format = "i";
  if (vonk_flatbuffer_table(s->r, encoding, DICTIONARY_INDEX_TYPE, &index)) format = int_format(s, &index);
  if (!format) return ipc_malformed(s->task, "indexes of an unknown width");
  *schema = *out;
  *values = (struct ipc_values){.id = vonk_flatbuffer_integer(s->r, encoding, DICTIONARY_ID, 8, 0), .schema = schema};
  *ARRAY_PUSH(s->arena, &s->reader->values) = values;
  out->format = format;
  out->n_children = 0;
  out->dictionary = schema;
  out->private_data = values;
  return VONK_OK;
}

/* Children that a format must have; -1: any number. */
static int64_t children_of(const char *format) {
  if (format[0] != '+') return 0;
  return format[1] == 's' ? -1 : 1;
}

static STATUS read_field(struct schema_reader *s, const struct vonk_flatbuffer_table *field, int depth, struct ArrowSchema *out) {
  struct vonk_flatbuffer_table type, encoding;
  int64_t kind = (uint8_t)vonk_flatbuffer_integer(s->r, field, FIELD_KIND, 1, 0);
  struct vonk_flatbuffer_vector children = vonk_flatbuffer_vector(s->r, field, FIELD_CHILDREN, 4);
  bool typed = vonk_flatbuffer_table(s->r, field, FIELD_TYPE, &type);
  if (depth > VONK_TYPE_DEPTH_MAX) return vonk_unsupported(s->task, NULL, "Arrow types nested that deep");
  out->name = vonk_str_copy(s->arena, vonk_flatbuffer_str(s->r, field, FIELD_NAME)).data;
  out->flags = vonk_flatbuffer_integer(s->r, field, FIELD_NULLABLE, 1, 0) ? ARROW_FLAG_NULLABLE : 0;
  out->metadata = read_metadata(s, field);
  if (!typed || s->r->failed) return ipc_malformed(s->task, "a field without its type");
  out->format = format_of(s, kind, &type);
  if (!out->format) return unsupported(s, kind_name(kind));
  TRY(read_fields(s, children, depth + 1, out));
  int64_t needed = children_of(out->format);
  if (needed >= 0 && out->n_children != needed) return ipc_malformed(s->task, "a field with the wrong number of children");
  if (vonk_flatbuffer_table(s->r, field, FIELD_DICTIONARY, &encoding)) return read_dictionary(s, &encoding, out);
  return VONK_OK;
}

static STATUS read_fields(struct schema_reader *s, struct vonk_flatbuffer_vector fields, int depth, struct ArrowSchema *out) {
  if (s->r->failed || fields.count > s->fields_left) return ipc_malformed(s->task, "a schema that is not one");
  s->fields_left -= fields.count;
  struct ArrowSchema *children = ARENA_ARRAY(s->arena, struct ArrowSchema, fields.count);
  out->n_children = fields.count;
  out->children = ARENA_ARRAY(s->arena, struct ArrowSchema *, fields.count);
  for (uint32_t i = 0; i < fields.count; i++) {
    struct vonk_flatbuffer_table field = vonk_flatbuffer_element(s->r, fields, i);
    out->children[i] = &children[i];
    TRY(read_field(s, &field, depth, &children[i]));
  }
  return VONK_OK;
}

STATUS ipc_read_schema(struct vonk_task *task, struct vonk_ipc_reader *reader, struct vonk_flatbuffer *r, const struct vonk_flatbuffer_table *schema) {
  /* A field takes its table and a place in its parent's list: 12 bytes at least. */
  struct schema_reader s = {.task = task, .reader = reader, .arena = reader->arena, .r = r, .fields_left = r->size / 12};
  if (vonk_flatbuffer_integer(r, schema, SCHEMA_ENDIANNESS, 2, 0) != 0) return vonk_unsupported(task, NULL, "big-endian Arrow data");
  reader->schema.format = "+s";
  reader->schema.name = "";
  TRY(read_fields(&s, vonk_flatbuffer_vector(r, schema, SCHEMA_FIELDS, 4), 0, &reader->schema));
  if (r->failed) return ipc_malformed(task, "a schema that is not one");
  return VONK_OK;
}
