/* json_reader.c: a tree of nodes to values, then values to the builder: what fails half-way leaves no trace in columns.
 *
 * Fields of a record are found by name, beginning with the one behind the last found: records mostly have them in the schema's order.
 */
#include "text/json_reader.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/map.h"
#include "text/variant.h"
#include "type/calendar.h"
#include "type/decimal.h"
#include "type/text.h"

/* FAULTY values are null; PARTLY ones lack something inside. */
enum outcome { SOUND, PARTLY, FAULTY };

struct vonk_json_reader {
  const struct vonk_json_options *options;
  const struct vonk_type *schema;
  bool lists_as_rows;
  uint32_t corrupt_field;            /* of the schema; UINT32_MAX: none */
  struct vonk_arena *arena, *record; /* life of the reader; of a record */
  const struct vonk_datetime_format *date_format, *timestamp_format, *ntz_format, *time_format;
  struct vonk_parse_context context;
};

static enum outcome convert(struct vonk_json_reader *r, const struct vonk_json_node *node, const struct vonk_type *type, struct vonk_value *out);

static enum outcome sound(bool good) { return good ? SOUND : FAULTY; }

/* --- scalars --- */

static bool convert_integer(const struct vonk_json_node *node, const struct vonk_type *type, int64_t *out) {
  static const int bits[] = {[VONK_TYPE_BYTE] = 8, [VONK_TYPE_SHORT] = 16, [VONK_TYPE_INT] = 32, [VONK_TYPE_LONG] = 64};
  if (node->kind != VONK_JSON_INTEGER || !vonk_str_to_int64(node->text, out)) return false;
  int unused = 64 - bits[type->id];
  return (int64_t)((uint64_t)*out << unused) >> unused == *out;
}

static bool convert_real(const struct vonk_json_node *node, const struct vonk_type *type, double *out) {
  static const struct { const char *text; double value; } words[] = {
      {"NaN", __builtin_nan("")},          {"+INF", __builtin_inf()},  {"+Infinity", __builtin_inf()},
      {"Infinity", __builtin_inf()}, {"-INF", -__builtin_inf()}, {"-Infinity", -__builtin_inf()}};
  float single;
  if (node->kind == VONK_JSON_NAN) return *out = vonk_json_real(node), true;
  if (node->kind == VONK_JSON_INTEGER || node->kind == VONK_JSON_REAL) {
    if (type->id == VONK_TYPE_DOUBLE) return vonk_str_to_double(node->text, out);
    bool good = vonk_str_to_float(node->text, &single);
    *out = good ? (double)single : 0;
    return good;
  }
  for (size_t i = 0; node->kind == VONK_JSON_TEXT && i < sizeof words / sizeof *words; i++) {
    if (vonk_str_equal(node->text, vonk_str_of(words[i].text))) return *out = words[i].value, true;
  }
  return false;
}

/* Texts may have commas between their digits. */
static bool convert_decimal(struct vonk_json_reader *r, const struct vonk_json_node *node, const struct vonk_type *type, vonk_int128 *out) {
  struct vonk_str text = node->text;
  if (node->kind != VONK_JSON_INTEGER && node->kind != VONK_JSON_REAL && (node->kind != VONK_JSON_TEXT || !text.size)) return false;
  if (node->kind == VONK_JSON_TEXT && memchr(text.data, ',', text.size)) {
    char *plain = vonk_arena_alloc(r->record, text.size);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
      if (text.data[i] != ',') plain[size++] = text.data[i];
    }
    text = vonk_str_make(plain, size);
  }
  return vonk_decimal_parse(text, (struct vonk_decimal_shape){type->precision, type->scale}, out) == VONK_DECIMAL_OK;
}

/* Base64 with its padding. */
static bool convert_bytes(struct vonk_json_reader *r, const struct vonk_json_node *node, struct vonk_str *out) {
  struct vonk_str text = node->text;
  if (node->kind != VONK_JSON_TEXT || text.size % 4) return false;
  char *bytes = vonk_arena_alloc(r->record, text.size);
  size_t size = 0, digits = text.size;
  uint32_t word = 0;
  while (digits && text.size - digits < 2 && text.data[digits - 1] == '=') digits--;
  for (size_t i = 0; i < digits; i++) {
    int digit = vonk_base64_digit(text.data[i]);
    if (digit < 0) return false;
    word = word << 6 | (uint32_t)digit;
    if (i % 4) bytes[size++] = (char)(word >> (6 - 2 * (i % 4)));
  }
  *out = vonk_str_make(bytes, size);
  return true;
}

/* Without a pattern as CAST reads it; seconds since the epoch may stand as a number. */
static bool convert_timestamp(struct vonk_json_reader *r, const struct vonk_json_node *node, int64_t *out) {
  int64_t seconds;
  if (node->kind == VONK_JSON_INTEGER) return vonk_str_to_int64(node->text, &seconds) && !__builtin_mul_overflow(seconds, VONK_MICROS_PER_SECOND, out);
  if (node->kind != VONK_JSON_TEXT || !node->text.size) return false;
  if (!r->options->timestamp_pattern.data) return vonk_parse_timestamp(node->text, &r->context, out);
  if (r->timestamp_format && vonk_datetime_format_parse(r->timestamp_format, node->text, &r->context, out)) return true;
  return r->options->old_times && vonk_parse_timestamp(node->text, &r->context, out);
}

static bool convert_ntz(struct vonk_json_reader *r, const struct vonk_json_node *node, int64_t *out) {
  if (node->kind != VONK_JSON_TEXT || !node->text.size) return false;
  if (!r->options->ntz_pattern.data) return vonk_parse_timestamp_ntz(node->text, &r->context, false, out);
  return r->ntz_format && vonk_datetime_format_parse_ntz(r->ntz_format, node->text, &r->context, false, out);
}

static bool convert_date(struct vonk_json_reader *r, const struct vonk_json_node *node, int64_t *out) {
  int32_t days = 0;
  if (node->kind != VONK_JSON_TEXT || !node->text.size) return false;
  bool good = r->options->date_pattern.data ? r->date_format && vonk_datetime_format_parse_date(r->date_format, node->text, &r->context, &days)
                                            : vonk_parse_date(node->text, &days);
  if (!good && r->options->old_times) good = vonk_parse_date(node->text, &days);
  *out = days;
  return good;
}

static bool convert_time(struct vonk_json_reader *r, const struct vonk_json_node *node, int64_t *out) {
  if (node->kind != VONK_JSON_TEXT || !node->text.size) return false;
  if (!r->options->time_pattern.data) return vonk_parse_time(node->text, out);
  return r->time_format && vonk_datetime_format_parse_time(r->time_format, node->text, &r->context, out);
}

/* Anything but null has a text. */
static void convert_text(struct vonk_json_reader *r, const struct vonk_json_node *node, struct vonk_str *out) {
  struct vonk_text text;
  *out = node->text;
  if (node->kind == VONK_JSON_TEXT) return;
  if (r->options->exact_texts) {
    *out = node->source;
    return;
  }
  vonk_text_init(&text, r->record);
  vonk_json_write(&text, node);
  *out = vonk_text_str(&text);
}

static enum outcome convert_variant(struct vonk_json_reader *r, const struct vonk_json_node *node, struct vonk_value *out) {
  struct vonk_value *items = ARENA_ARRAY(r->record, struct vonk_value, 2);
  struct vonk_variant variant;
  struct vonk_str name;
  if (!vonk_variant_from_json(r->record, node, false, &variant, &name)) return FAULTY;
  items[0] = vonk_value_text(&vonk_type_binary, variant.metadata);
  items[1] = vonk_value_text(&vonk_type_binary, variant.value);
  out->nested.items = items;
  out->nested.count = 2;
  return SOUND;
}

static enum outcome convert_interval(struct vonk_json_reader *r, const struct vonk_json_node *node, const struct vonk_type *type, struct vonk_value *out) {
  return sound(node->kind == VONK_JSON_TEXT && vonk_parse_value(node->text, type, &r->context, false, out));
}

static enum outcome convert_scalar(struct vonk_json_reader *r, const struct vonk_json_node *node, const struct vonk_type *type, struct vonk_value *out) {
  switch (type->id) {
    case VONK_TYPE_BOOLEAN: out->integer = node->kind == VONK_JSON_TRUE; return sound(node->kind == VONK_JSON_TRUE || node->kind == VONK_JSON_FALSE);
    case VONK_TYPE_BYTE:
    case VONK_TYPE_SHORT:
    case VONK_TYPE_INT:
    case VONK_TYPE_LONG: return sound(convert_integer(node, type, &out->integer));
    case VONK_TYPE_FLOAT:
    case VONK_TYPE_DOUBLE: return sound(convert_real(node, type, &out->real));
    case VONK_TYPE_DECIMAL: return sound(convert_decimal(r, node, type, &out->decimal));
    case VONK_TYPE_BINARY: return sound(convert_bytes(r, node, &out->text));
    case VONK_TYPE_DATE: return sound(convert_date(r, node, &out->integer));
    case VONK_TYPE_TIMESTAMP: return sound(convert_timestamp(r, node, &out->integer));
    case VONK_TYPE_TIMESTAMP_NTZ: return sound(convert_ntz(r, node, &out->integer));
    case VONK_TYPE_TIME: return sound(convert_time(r, node, &out->integer));
    case VONK_TYPE_INTERVAL_YM:
    case VONK_TYPE_INTERVAL_DT:
    case VONK_TYPE_INTERVAL: return convert_interval(r, node, type, out);
    case VONK_TYPE_VOID: return out->is_null = true, SOUND;
    default: return convert_text(r, node, &out->text), SOUND;
  }
}

/* --- nested --- */

/* The schema's field called NAME; *NEXT is where to look first. UINT32_MAX: none. */
static uint32_t find_field(const struct vonk_type *type, struct vonk_str name, uint32_t *next) {
  for (uint32_t i = 0; i < type->field_count; i++) {
    uint32_t at = *next < type->field_count ? *next : 0;
    *next = at + 1;
    if (vonk_str_equal(type->fields[at].name, name)) return at;
  }
  return UINT32_MAX;
}

/* SKIP is a field that is not read. */
static enum outcome convert_record(struct vonk_json_reader *r, const struct vonk_json_node *node, const struct vonk_type *type, uint32_t skip,
                                   struct vonk_value *out) {
  struct vonk_json_node **members = ARENA_ARRAY(r->record, struct vonk_json_node *, type->field_count);
  struct vonk_value *items = ARENA_ARRAY(r->record, struct vonk_value, type->field_count);
  enum outcome result = SOUND;
  uint32_t next = 0;
  for (struct vonk_json_node *member = node->first; member; member = member->next) {
    uint32_t field = find_field(type, member->name, &next);
    if (field == UINT32_MAX || field == skip) continue;
    member->earlier = members[field];
    members[field] = member;
  }
  for (uint32_t i = 0; i < type->field_count; i++) {
    const struct vonk_type *field = type->fields[i].type;
    items[i] = vonk_value_null(field);
    for (const struct vonk_json_node *member = members[i]; member; member = member->earlier) {
      enum outcome one = convert(r, member, field, &items[i]);
      if (one != SOUND) result = PARTLY;
      if (one != FAULTY) break;
      items[i] = vonk_value_null(field);
    }
  }
  out->nested.items = items;
  out->nested.count = type->field_count;
  return result;
}

static enum outcome convert_list(struct vonk_json_reader *r, const struct vonk_json_node *node, const struct vonk_type *type, struct vonk_value *out) {
  struct vonk_value *items = ARENA_ARRAY(r->record, struct vonk_value, node->count);
  enum outcome result = SOUND;
  uint32_t count = 0;
  for (const struct vonk_json_node *child = node->first; child; child = child->next) {
    enum outcome one = convert(r, child, type->element, &items[count++]);
    if (one == FAULTY) return FAULTY;
    if (one == PARTLY) result = PARTLY;
  }
  out->nested.items = items;
  out->nested.count = count;
  return result;
}

/* The last of equal keys counts, in the first one's place. */
static enum outcome convert_map(struct vonk_json_reader *r, const struct vonk_json_node *node, const struct vonk_type *type, struct vonk_value *out) {
  struct vonk_value *items = ARENA_ARRAY(r->record, struct vonk_value, 2 * (size_t)node->count);
  struct vonk_map places;
  enum outcome result = SOUND;
  uint32_t count = 0;
  vonk_map_init(&places, r->record, false);
  for (const struct vonk_json_node *child = node->first; child; child = child->next) {
    struct vonk_value *entry = vonk_map_get(&places, child->name);
    if (!entry) vonk_map_put(&places, child->name, entry = &items[2 * count++]);
    entry[0] = vonk_value_text(type->key, child->name);
    enum outcome one = convert(r, child, type->element, &entry[1]);
    if (one == FAULTY) return FAULTY;
    if (one == PARTLY) result = PARTLY;
  }
  out->nested.items = items;
  out->nested.count = count;
  return result;
}

static enum outcome convert(struct vonk_json_reader *r, const struct vonk_json_node *node, const struct vonk_type *type, struct vonk_value *out) {
  *out = (struct vonk_value){.type = type};
  if (type->id == VONK_TYPE_VARIANT) return convert_variant(r, node, out);
  out->is_null = node->kind == VONK_JSON_NULL;
  if (out->is_null) return SOUND;
  bool record = node->kind == VONK_JSON_RECORD;
  if (type->id == VONK_TYPE_STRUCT) return record ? convert_record(r, node, type, UINT32_MAX, out) : FAULTY;
  if (type->id == VONK_TYPE_MAP) return record ? convert_map(r, node, type, out) : FAULTY;
  if (type->id == VONK_TYPE_ARRAY) return node->kind == VONK_JSON_LIST ? convert_list(r, node, type, out) : FAULTY;
  return convert_scalar(r, node, type, out);
}

/* --- records --- */

/* An object stands for a list of one. */
static enum outcome convert_root_list(struct vonk_json_reader *r, const struct vonk_json_node *node, struct vonk_value *out) {
  struct vonk_json_node list = {.kind = VONK_JSON_LIST, .first = (struct vonk_json_node *)node, .count = 1};
  bool alone = node->kind == VONK_JSON_RECORD && r->schema->element->id == VONK_TYPE_STRUCT;
  return convert(r, alone ? &list : node, r->schema, out);
}

static enum outcome convert_root(struct vonk_json_reader *r, const struct vonk_json_node *node, struct vonk_value *out) {
  enum outcome result;
  *out = (struct vonk_value){.type = r->schema};
  if (r->schema->id == VONK_TYPE_ARRAY) result = convert_root_list(r, node, out);
  else if (r->schema->id == VONK_TYPE_STRUCT && node->kind == VONK_JSON_RECORD) result = convert_record(r, node, r->schema, r->corrupt_field, out);
  else result = r->schema->id == VONK_TYPE_STRUCT ? FAULTY : convert(r, node, r->schema, out);
  return result == SOUND && out->is_null ? FAULTY : result;
}

/* A row of nulls. */
static struct vonk_value empty_row(struct vonk_json_reader *r) {
  struct vonk_value row = {.type = r->schema, .is_null = r->schema->id != VONK_TYPE_STRUCT};
  if (row.is_null) return row;
  struct vonk_value *items = ARENA_ARRAY(r->record, struct vonk_value, r->schema->field_count);
  for (uint32_t i = 0; i < r->schema->field_count; i++) items[i] = vonk_value_null(r->schema->fields[i].type);
  row.nested.items = items;
  row.nested.count = r->schema->field_count;
  return row;
}

/* Elements of a list as rows; one that is no object spoils all. */
static enum outcome convert_rows(struct vonk_json_reader *r, const struct vonk_json_node *list, struct vonk_value *rows) {
  enum outcome result = SOUND;
  uint32_t count = 0;
  for (const struct vonk_json_node *child = list->first; child; child = child->next) {
    enum outcome one = convert_root(r, child, &rows[count++]);
    if (one == FAULTY) return FAULTY;
    if (one == PARTLY) result = PARTLY;
  }
  return result;
}

/* Field corrupt_field of ROWS becomes TEXT. */
static void keep_text(struct vonk_json_reader *r, struct vonk_str text, const struct vonk_value *rows, uint32_t row_count) {
  for (uint32_t i = 0; r->corrupt_field != UINT32_MAX && i < row_count; i++) {
    struct vonk_value *items = (struct vonk_value *)rows[i].nested.items;
    items[r->corrupt_field] = vonk_value_text(&vonk_type_string, text);
  }
}

void vonk_json_reader_read(struct vonk_json_reader *r, struct vonk_str text, struct vonk_json_record *out) {
  vonk_arena_reset(r->record);
  *out = (struct vonk_json_record){0};
  if (vonk_json_is_nothing(&r->options->rules, text)) return;
  struct vonk_json_node *node = vonk_json_parse(r->record, &r->options->rules, text);
  bool several = node && r->lists_as_rows && node->kind == VONK_JSON_LIST && r->schema->id == VONK_TYPE_STRUCT;
  uint32_t count = several ? node->count : 1;
  struct vonk_value *rows = ARENA_ARRAY(r->record, struct vonk_value, count + 1);
  enum outcome result = !node ? FAULTY : several ? convert_rows(r, node, rows) : convert_root(r, node, rows);
  if (result == FAULTY) rows[0] = empty_row(r), count = 1;
  if (result != SOUND) {
    out->fault = node ? VONK_JSON_VALUE : VONK_JSON_SYNTAX;
    keep_text(r, text, rows, count);
  }
  out->rows = rows;
  out->row_count = count;
}

/* Spark's words for a row in messages: [1,null,x]. */
static struct vonk_str row_text(struct vonk_json_reader *r, const struct vonk_value *row) {
  struct vonk_format_options options = {.form = VONK_TEXT_CAST, .zone = r->options->zone};
  struct vonk_text text;
  vonk_text_init(&text, r->record);
  vonk_text_add_char(&text, '[');
  for (uint32_t i = 0; row->type->id == VONK_TYPE_STRUCT && i < row->nested.count; i++) {
    const struct vonk_value *item = &row->nested.items[i];
    if (i == r->corrupt_field) continue;
    if (text.size > 1) vonk_text_add_char(&text, ',');
    if (item->is_null) vonk_text_add(&text, STR("null"));
    else vonk_format_value(&text, item, &options);
  }
  if (row->type->id != VONK_TYPE_STRUCT) vonk_text_add(&text, STR("null"));
  vonk_text_add_char(&text, ']');
  return vonk_text_str(&text);
}

STATUS vonk_json_reader_add(struct vonk_task *task, struct vonk_json_reader *r, struct vonk_str text, struct vonk_builder *builder, uint32_t *row_count) {
  struct vonk_json_record record;
  vonk_json_reader_read(r, text, &record);
  *row_count = 0;
  if (record.fault && r->options->mode == VONK_TEXT_DROP_MALFORMED) return VONK_OK;
  if (record.fault && r->options->mode == VONK_TEXT_FAIL_FAST) {
    return vonk_raise(task, VONK_MALFORMED_RECORD_IN_PARSING__WITHOUT_SUGGESTION, NULL, "badRecord", row_text(r, &record.rows[0]), "failFastMode",
                      STR("FAILFAST"), NULL);
  }
  for (uint32_t i = 0; i < record.row_count; i++) TRY(vonk_builder_add_value(task, builder, &record.rows[i]));
  *row_count = record.row_count;
  return VONK_OK;
}

/* --- making one --- */

/* A pattern that Spark only knew before is an error; one that never meant anything never matches. */
static STATUS compile(struct vonk_task *task, struct vonk_json_reader *r, struct vonk_str pattern, const struct vonk_datetime_format **out) {
  struct vonk_str about;
  if (!pattern.data) return VONK_OK;
  switch (vonk_datetime_format_compile(r->arena, pattern, true, out, &about)) {
    case VONK_DATETIME_WEEK_BASED:
    case VONK_DATETIME_LEGACY: return vonk_text_pattern(task, r->arena, NULL, pattern, true, out);
    case VONK_DATETIME_GOOD: return VONK_OK;
    default: *out = NULL; return VONK_OK;
  }
}

STATUS vonk_json_reader_create(struct vonk_task *task, const struct vonk_json_options *options, const struct vonk_type *schema, bool lists_as_rows,
                               struct vonk_json_reader **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_json_reader *r = ARENA_NEW(arena, struct vonk_json_reader);
  *r = (struct vonk_json_reader){.options = options, .schema = schema, .lists_as_rows = lists_as_rows, .corrupt_field = UINT32_MAX, .arena = arena,
                                 .record = vonk_arena_create(task->budget)};
  *out = r;
  r->context = (struct vonk_parse_context){.zone = options->zone, .now_micros = vonk_clock_wall_micros(), .arena = arena};
  for (uint32_t i = 0; schema->id == VONK_TYPE_STRUCT && i < schema->field_count; i++) {
    if (vonk_str_equal(schema->fields[i].name, options->corrupt_name)) r->corrupt_field = i;
  }
  enum vonk_status status = compile(task, r, options->date_pattern, &r->date_format);
  if (status == VONK_OK) status = compile(task, r, options->timestamp_pattern, &r->timestamp_format);
  if (status == VONK_OK) status = compile(task, r, options->ntz_pattern, &r->ntz_format);
  if (status == VONK_OK) status = compile(task, r, options->time_pattern, &r->time_format);
  if (status == VONK_OK) return VONK_OK;
  vonk_json_reader_destroy(r);
  *out = NULL;
  return status;
}

void vonk_json_reader_destroy(struct vonk_json_reader *r) {
  if (!r) return;
  vonk_arena_destroy(r->record);
  vonk_arena_destroy(r->arena);
}
