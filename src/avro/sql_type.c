/* sql_type.c: both directions. Named types are told in full each time they are used, so their number is bounded. */
#include "avro/sql_type.h"

#include "base/array.h"
#include "base/map.h"
#include "type/json.h"

enum { NODES_MAX = 1 << 16 };

/* The records around the one being mapped. */
struct around {
  const struct around *outer;
  const struct vonk_avro_schema *record;
};

struct mapper {
  struct vonk_arena *arena;
  const struct vonk_avro_mapping *mapping;
  uint32_t node_count;
  struct vonk_str reason;              /* data NULL: all is well */
};

static const struct vonk_type *map_type(struct mapper *m, const struct vonk_avro_schema *schema, const struct around *around, int depth, bool *nullable);

static const struct vonk_type *fail(struct mapper *m, struct vonk_str reason) {
  if (!m->reason.data) m->reason = reason;
  return NULL;
}

/* --- numbers and bytes --- */

const struct vonk_type *vonk_avro_property_type(struct vonk_arena *arena, const struct vonk_avro_schema *schema) {
  static const char *const fields[] = {"year", "month", "day", "hour", "minute", "second"};
  struct vonk_str text = schema->catalyst_type;
  if (!vonk_str_starts_with_nocase(text, STR("interval "))) return NULL;
  text = vonk_str_trim(vonk_str_slice(text, 9, text.size));
  bool is_months = schema->kind == VONK_AVRO_KIND_INT;
  for (uint32_t from = is_months ? 0 : 2; from < (is_months ? 2 : COUNT_OF(fields)); from++) {
    for (uint32_t to = from; to < (is_months ? 2 : COUNT_OF(fields)); to++) {
      struct vonk_str said = from == to ? vonk_str_of(fields[from]) : vonk_str_format(arena, "%s to %s", fields[from], fields[to]);
      if (vonk_str_equal_nocase(text, said)) return vonk_type_interval_of(arena, (enum vonk_interval_field)from, (enum vonk_interval_field)to);
    }
  }
  return NULL;
}

static const struct vonk_type *map_decimal(struct mapper *m, const struct vonk_avro_schema *schema) {
  if (schema->precision > VONK_DECIMAL_PRECISION_MAX) return fail(m, STR("a decimal has more than 38 digits"));
  return vonk_type_decimal(m->arena, schema->precision, schema->scale);
}

/* time(3) and the like, as Spark itself writes them; else microseconds. */
static const struct vonk_type *map_time(struct mapper *m, const struct vonk_avro_schema *schema) {
  struct vonk_str said = schema->catalyst_type;
  bool known = said.size == 7 && vonk_str_starts_with_nocase(said, STR("time(")) && said.data[6] == ')' && said.data[5] >= '0' && said.data[5] <= '6';
  return vonk_type_time(m->arena, known ? said.data[5] - '0' : 6);
}

static const struct vonk_type *map_number(struct mapper *m, const struct vonk_avro_schema *schema) {
  switch (schema->logical) {
    case VONK_AVRO_DATE: return &vonk_type_date;
    case VONK_AVRO_TIME_MICROS: return map_time(m, schema);
    case VONK_AVRO_TIMESTAMP_MILLIS:
    case VONK_AVRO_TIMESTAMP_MICROS: return &vonk_type_timestamp;
    case VONK_AVRO_LOCAL_MILLIS:
    case VONK_AVRO_LOCAL_MICROS: return &vonk_type_timestamp_ntz;
    case VONK_AVRO_CUSTOM_DECIMAL: return map_decimal(m, schema);
    default: break;
  }
  const struct vonk_type *said = vonk_avro_property_type(m->arena, schema);
  return said ? said : schema->kind == VONK_AVRO_KIND_INT ? &vonk_type_int : &vonk_type_long;
}

/* --- records and unions --- */

static const struct vonk_type *map_record(struct mapper *m, const struct vonk_avro_schema *schema, const struct around *around, int depth) {
  int seen = 0;
  for (const struct around *a = around; a; a = a->outer) seen += vonk_str_equal(a->record->name, schema->name);
  if (seen > 0 && m->mapping->recursion_max <= 0)
    return fail(m, vonk_str_format(m->arena, "the record " STR_FMT " holds itself: set the option recursiveFieldMaxDepth to 1 - %d", STR_ARG(schema->name),
                                   VONK_AVRO_RECURSION_MAX));
  if (seen > 0 && seen >= m->mapping->recursion_max) return NULL;
  struct around inner = {around, schema};
  struct vonk_type_field *fields = ARENA_ARRAY(m->arena, struct vonk_type_field, schema->count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < schema->count; i++) {
    fields[count].name = schema->fields[i].name;
    fields[count].type = map_type(m, schema->fields[i].schema, &inner, depth, &fields[count].nullable);
    if (m->reason.data) return NULL;
    count += fields[count].type != NULL;
  }
  return vonk_type_struct(m->arena, fields, count);
}

/* A struct with a field for each branch, of which one is not null. */
static const struct vonk_type *map_members(struct mapper *m, const struct vonk_avro_schema *const *branches, uint32_t branch_count, const struct around *around,
                                           int depth) {
  struct vonk_type_field *fields = ARENA_ARRAY(m->arena, struct vonk_type_field, branch_count);
  struct vonk_map names;
  uint32_t count = 0;
  vonk_map_init(&names, m->arena, true);
  for (uint32_t i = 0; i < branch_count; i++) {
    bool nullable;
    const struct vonk_type *type = map_type(m, branches[i], around, depth, &nullable);
    if (m->reason.data) return NULL;
    if (!type) continue;
    struct vonk_str name = vonk_avro_short_name(branches[i]);
    if (!m->mapping->stable_ids) name = vonk_str_format(m->arena, "member%u", i);
    else name = vonk_str_format(m->arena, STR_FMT STR_FMT, STR_ARG(m->mapping->stable_prefix), STR_ARG(name));
    if (!vonk_map_put(&names, name, (void *)(uintptr_t)type)) return fail(m, vonk_str_format(m->arena, "two types of a union are named " STR_FMT, STR_ARG(name)));
    fields[count++] = (struct vonk_type_field){.name = name, .type = type, .nullable = true};
  }
  return vonk_type_struct(m->arena, fields, count);
}

static bool is_pair(const struct vonk_avro_schema *const *branches, uint32_t count, enum vonk_avro_kind a, enum vonk_avro_kind b) {
  return count == 2 && ((branches[0]->kind == a && branches[1]->kind == b) || (branches[0]->kind == b && branches[1]->kind == a));
}

static const struct vonk_type *map_union(struct mapper *m, const struct vonk_avro_schema *schema, const struct around *around, int depth, bool *nullable) {
  const struct vonk_avro_schema **branches = (const struct vonk_avro_schema **)vonk_arena_calloc(m->arena, schema->count, sizeof *branches);
  uint32_t count = vonk_avro_value_branches(schema, branches);
  bool has_null = count < schema->count;
  const struct vonk_type *type;
  if (count == 1) type = map_type(m, branches[0], around, depth, nullable);
  else if (is_pair(branches, count, VONK_AVRO_KIND_INT, VONK_AVRO_KIND_LONG)) type = &vonk_type_long;
  else if (is_pair(branches, count, VONK_AVRO_KIND_FLOAT, VONK_AVRO_KIND_DOUBLE)) type = &vonk_type_double;
  else type = map_members(m, branches, count, around, depth);
  *nullable |= has_null;
  return type;
}

/* NULL without a reason: nothing is left of it where records that hold themselves are cut. */
static const struct vonk_type *map_type(struct mapper *m, const struct vonk_avro_schema *schema, const struct around *around, int depth, bool *nullable) {
  bool inner = false;
  const struct vonk_type *type;
  *nullable = false;
  if (++m->node_count > NODES_MAX) return fail(m, STR("it has more than 65536 fields"));
  if (depth >= VONK_TYPE_DEPTH_MAX) return fail(m, STR("it is nested more than 64 levels deep"));
  switch (schema->kind) {
    case VONK_AVRO_KIND_NULL: *nullable = true; return &vonk_type_void;
    case VONK_AVRO_KIND_BOOLEAN: return &vonk_type_boolean;
    case VONK_AVRO_KIND_INT:
    case VONK_AVRO_KIND_LONG: return map_number(m, schema);
    case VONK_AVRO_KIND_FLOAT: return &vonk_type_float;
    case VONK_AVRO_KIND_DOUBLE: return &vonk_type_double;
    case VONK_AVRO_KIND_STRING:
    case VONK_AVRO_KIND_ENUM: return &vonk_type_string;
    case VONK_AVRO_KIND_BYTES:
    case VONK_AVRO_KIND_FIXED: return schema->logical == VONK_AVRO_DECIMAL ? map_decimal(m, schema) : &vonk_type_binary;
    case VONK_AVRO_KIND_ARRAY:
      type = map_type(m, schema->branches[0], around, depth + 1, &inner);
      return type ? vonk_type_array(m->arena, type, inner) : NULL;
    case VONK_AVRO_KIND_MAP:
      type = map_type(m, schema->branches[0], around, depth + 1, &inner);
      return type ? vonk_type_map(m->arena, &vonk_type_string, type, inner) : NULL;
    case VONK_AVRO_KIND_RECORD: return map_record(m, schema, around, depth + 1);
    case VONK_AVRO_KIND_UNION: return map_union(m, schema, around, depth + 1, nullable);
  }
  return NULL;
}

const struct vonk_type *vonk_avro_sql_type(struct vonk_arena *arena, const struct vonk_avro_schema *schema, const struct vonk_avro_mapping *mapping,
                                           bool *nullable, struct vonk_str *reason) {
  struct mapper m = {.arena = arena, .mapping = mapping};
  const struct vonk_type *type = map_type(&m, schema, NULL, 0, nullable);
  if (!type) *reason = m.reason.data ? m.reason : STR("nothing is left of it");
  return m.reason.data ? NULL : type;
}

/* --- the other way --- */

struct printer {
  struct vonk_arena *arena;
  struct vonk_text out;
  struct vonk_str reason;
};

static void print_type(struct printer *p, const struct vonk_type *type, bool nullable, struct vonk_str name, struct vonk_str space);

/* The bytes that unscaled values of so many digits need. */
static int decimal_bytes(int precision) {
  int bytes = 1;
  for (double most = 127; most < __builtin_pow(10, precision); most = most * 256 + 255) bytes++;
  return bytes;
}

static void print_member(struct printer *p, const char *name, struct vonk_str text) {
  vonk_text_addf(&p->out, ",\"%s\":", name);
  vonk_json_quote(&p->out, text);
}

static struct vonk_str join(struct printer *p, struct vonk_str space, struct vonk_str name) {
  return space.size ? vonk_str_format(p->arena, STR_FMT "." STR_FMT, STR_ARG(space), STR_ARG(name)) : name;
}

/* A name with dots has its namespace in it. */
static void print_name(struct printer *p, const char *kind, struct vonk_str name, struct vonk_str space) {
  for (size_t i = name.size; i > 0; i--) {
    if (name.data[i - 1] != '.') continue;
    space = vonk_str_slice(name, 0, i - 1);
    name = vonk_str_slice(name, i, name.size);
    break;
  }
  vonk_text_addf(&p->out, "{\"type\":\"%s\",\"name\":", kind);
  vonk_json_quote(&p->out, name);
  if (space.size) print_member(p, "namespace", space);
}

static void print_record(struct printer *p, const struct vonk_type *type, struct vonk_str name, struct vonk_str space) {
  struct vonk_str inner = join(p, space, name);
  print_name(p, "record", name, space);
  vonk_text_add(&p->out, STR(",\"fields\":["));
  for (uint32_t i = 0; i < type->field_count; i++) {
    const struct vonk_type_field *field = &type->fields[i];
    vonk_text_add(&p->out, i ? STR(",{\"name\":") : STR("{\"name\":"));
    vonk_json_quote(&p->out, field->name);
    vonk_text_add(&p->out, STR(",\"type\":"));
    print_type(p, field->type, field->nullable, field->name, inner);
    vonk_text_add_char(&p->out, '}');
  }
  vonk_text_add(&p->out, STR("]}"));
}

static void print_decimal(struct printer *p, const struct vonk_type *type, struct vonk_str name, struct vonk_str space) {
  print_name(p, "fixed", STR("fixed"), join(p, space, name));
  vonk_text_addf(&p->out, ",\"size\":%d,\"logicalType\":\"decimal\",\"precision\":%d,\"scale\":%d}", decimal_bytes(type->precision), type->precision, type->scale);
}

/* With the name of the SQL type, which Avro's does not tell. */
static void print_property(struct printer *p, const char *kind, const char *logical, const struct vonk_type *type) {
  struct vonk_str said = vonk_type_simple_string(p->arena, type);
  vonk_text_addf(&p->out, "{\"type\":\"%s\"", kind);
  if (logical) vonk_text_addf(&p->out, ",\"logicalType\":\"%s\"", logical);
  print_member(p, "spark.sql.catalyst.type", said);
  vonk_text_add_char(&p->out, '}');
}

static void print_items(struct printer *p, const char *kind, const char *items, const struct vonk_type *type, struct vonk_str name, struct vonk_str space) {
  vonk_text_addf(&p->out, "{\"type\":\"%s\",\"%s\":", kind, items);
  print_type(p, type->element, type->contains_null, name, space);
  vonk_text_add_char(&p->out, '}');
}

static void print_plain(struct printer *p, const struct vonk_type *type, struct vonk_str name, struct vonk_str space) {
  switch (type->id) {
    case VONK_TYPE_VOID: vonk_text_add(&p->out, STR("\"null\"")); return;
    case VONK_TYPE_BOOLEAN: vonk_text_add(&p->out, STR("\"boolean\"")); return;
    case VONK_TYPE_BYTE:
    case VONK_TYPE_SHORT:
    case VONK_TYPE_INT: vonk_text_add(&p->out, STR("\"int\"")); return;
    case VONK_TYPE_LONG: vonk_text_add(&p->out, STR("\"long\"")); return;
    case VONK_TYPE_FLOAT: vonk_text_add(&p->out, STR("\"float\"")); return;
    case VONK_TYPE_DOUBLE: vonk_text_add(&p->out, STR("\"double\"")); return;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: vonk_text_add(&p->out, STR("\"string\"")); return;
    case VONK_TYPE_BINARY: vonk_text_add(&p->out, STR("\"bytes\"")); return;
    case VONK_TYPE_DATE: vonk_text_add(&p->out, STR("{\"type\":\"int\",\"logicalType\":\"date\"}")); return;
    case VONK_TYPE_TIMESTAMP: vonk_text_add(&p->out, STR("{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}")); return;
    case VONK_TYPE_TIMESTAMP_NTZ: vonk_text_add(&p->out, STR("{\"type\":\"long\",\"logicalType\":\"local-timestamp-micros\"}")); return;
    case VONK_TYPE_TIME: print_property(p, "long", "time-micros", type); return;
    case VONK_TYPE_INTERVAL_YM: print_property(p, "int", NULL, type); return;
    case VONK_TYPE_INTERVAL_DT: print_property(p, "long", NULL, type); return;
    case VONK_TYPE_DECIMAL: print_decimal(p, type, name, space); return;
    case VONK_TYPE_ARRAY: print_items(p, "array", "items", type, name, space); return;
    case VONK_TYPE_STRUCT: print_record(p, type, name, space); return;
    case VONK_TYPE_MAP:
      if (vonk_type_is_string(type->key)) {
        print_items(p, "map", "values", type, name, space);
        return;
      }
      break;
    default: break;
  }
  if (!p->reason.data) p->reason = vonk_str_format(p->arena, "there is no Avro type for " STR_FMT, STR_ARG(vonk_type_sql(p->arena, type)));
}

static void print_type(struct printer *p, const struct vonk_type *type, bool nullable, struct vonk_str name, struct vonk_str space) {
  bool is_union = nullable && type->id != VONK_TYPE_VOID;
  if (is_union) vonk_text_add_char(&p->out, '[');
  print_plain(p, type, name, space);
  if (is_union) vonk_text_add(&p->out, STR(",\"null\"]"));
}

struct vonk_str vonk_avro_schema_of(struct vonk_arena *arena, const struct vonk_type *type, bool nullable, struct vonk_str name, struct vonk_str space,
                                    struct vonk_str *reason) {
  struct printer p = {.arena = arena};
  vonk_text_init(&p.out, arena);
  print_type(&p, type, nullable, name, space);
  *reason = p.reason;
  return p.reason.data ? (struct vonk_str){0} : vonk_text_str(&p.out);
}
