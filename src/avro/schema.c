/* schema.c: recursive descent over the JSON tree; named types are known from their beginning on, so they may hold themselves. */
#include "avro/schema.h"

#include "base/array.h"
#include "base/map.h"

#define PRIMITIVES VONK_AVRO_KIND_RECORD

static const char *const kind_names[] = {"null", "boolean", "int", "long", "float", "double", "bytes", "string", "record", "enum", "array", "map", "union", "fixed"};

struct parser {
  struct vonk_arena *arena;
  struct vonk_map names;               /* of records, enums and fixed */
  const char *problem;                 /* NULL: all is well */
};

static const struct vonk_avro_schema *parse(struct parser *p, const struct vonk_json_node *node, struct vonk_str space);

static const struct vonk_avro_schema *fail(struct parser *p, const char *problem) {
  if (!p->problem) p->problem = problem;
  return NULL;
}

static const struct vonk_json_node *member(const struct vonk_json_node *node, struct vonk_str name) {
  const struct vonk_json_node *found = NULL;
  for (const struct vonk_json_node *child = node->first; child; child = child->next) {
    if (vonk_str_equal(child->name, name)) found = child;
  }
  return found;
}

/* The text of a member; data is NULL when there is none. */
static struct vonk_str text_of(const struct vonk_json_node *node, struct vonk_str name) {
  const struct vonk_json_node *found = member(node, name);
  return found && found->kind == VONK_JSON_TEXT ? found->text : (struct vonk_str){0};
}

static bool number_of(const struct vonk_json_node *node, struct vonk_str name, int64_t *out) {
  const struct vonk_json_node *found = member(node, name);
  return found && found->kind == VONK_JSON_INTEGER && vonk_str_to_int64(found->text, out);
}

/* --- names --- */

static size_t last_dot(struct vonk_str name) {
  for (size_t i = name.size; i > 0; i--) {
    if (name.data[i - 1] == '.') return i - 1;
  }
  return SIZE_MAX;
}

static struct vonk_str qualify(struct parser *p, struct vonk_str name, struct vonk_str space) {
  if (last_dot(name) != SIZE_MAX || !space.size) return name;
  return vonk_str_format(p->arena, STR_FMT "." STR_FMT, STR_ARG(space), STR_ARG(name));
}

struct vonk_str vonk_avro_short_name(const struct vonk_avro_schema *schema) {
  size_t dot = last_dot(schema->name);
  return dot == SIZE_MAX ? schema->name : vonk_str_slice(schema->name, dot + 1, schema->name.size);
}

static bool is_primitive(struct vonk_str name, enum vonk_avro_kind *out) {
  for (size_t i = 0; i < PRIMITIVES; i++) {
    *out = (enum vonk_avro_kind)i;
    if (vonk_str_equal(name, vonk_str_of(kind_names[i]))) return true;
  }
  return false;
}

static uint32_t least_size_of(enum vonk_avro_kind kind) {
  switch (kind) {
    case VONK_AVRO_KIND_NULL: return 0;
    case VONK_AVRO_KIND_FLOAT: return 4;
    case VONK_AVRO_KIND_DOUBLE: return 8;
    default: return 1;
  }
}

static struct vonk_avro_schema *make(struct parser *p, enum vonk_avro_kind kind) {
  struct vonk_avro_schema *schema = ARENA_NEW(p->arena, struct vonk_avro_schema);
  *schema = (struct vonk_avro_schema){.kind = kind, .name = vonk_str_of(kind_names[kind]), .default_symbol = -1};
  if (kind < PRIMITIVES) schema->least_size = least_size_of(kind);
  return schema;
}

static const struct vonk_avro_schema *find_name(struct parser *p, struct vonk_str name, struct vonk_str space) {
  enum vonk_avro_kind kind;
  if (is_primitive(name, &kind)) return make(p, kind);
  const struct vonk_avro_schema *found = vonk_map_get(&p->names, qualify(p, name, space));
  if (!found) found = vonk_map_get(&p->names, name);
  return found ? found : fail(p, "a name in it is not defined");
}

/* The names of a list of texts, with SPACE where they have none of their own. */
static uint32_t read_names(struct parser *p, const struct vonk_json_node *node, struct vonk_str space, const struct vonk_str **out) {
  if (!node || node->kind != VONK_JSON_LIST) return 0;
  struct vonk_str *names = ARENA_ARRAY(p->arena, struct vonk_str, node->count);
  uint32_t count = 0;
  for (const struct vonk_json_node *child = node->first; child; child = child->next) {
    if (child->kind == VONK_JSON_TEXT) names[count++] = qualify(p, child->text, space);
  }
  *out = names;
  return count;
}

/* SPACE becomes the one that the type's inside has. */
static bool read_name(struct parser *p, const struct vonk_json_node *node, struct vonk_avro_schema *schema, struct vonk_str *space) {
  struct vonk_str name = text_of(node, STR("name")), own = text_of(node, STR("namespace"));
  enum vonk_avro_kind kind;
  if (!name.size) return fail(p, "a named type has no name") != NULL;
  schema->name = qualify(p, name, own.data ? own : *space);
  size_t dot = last_dot(schema->name);
  *space = dot == SIZE_MAX ? STR("") : vonk_str_slice(schema->name, 0, dot);
  if (is_primitive(schema->name, &kind)) return fail(p, "a named type has the name of a primitive one") != NULL;
  schema->alias_count = read_names(p, member(node, STR("aliases")), *space, &schema->aliases);
  if (vonk_map_has(&p->names, schema->name)) return fail(p, "a name is defined twice") != NULL;
  vonk_map_put(&p->names, schema->name, schema);
  return true;
}

/* --- logical types --- */

/* The digits that SIZE bytes hold at the most. */
static int64_t digits_of(uint32_t size) { return size >= 128 ? INT32_MAX : (int64_t)((8.0 * size - 1) * 0.30102999566398119521); }

static void read_decimal(const struct vonk_json_node *node, struct vonk_avro_schema *schema, enum vonk_avro_logical logical) {
  int64_t precision = 0, scale = 0;
  bool is_custom = logical == VONK_AVRO_CUSTOM_DECIMAL, has_scale = number_of(node, STR("scale"), &scale);
  if (!number_of(node, STR("precision"), &precision) || precision <= 0 || precision > INT32_MAX || scale < 0 || scale > precision) return;
  if (is_custom && (!has_scale || precision > 38)) return;
  if (schema->kind == VONK_AVRO_KIND_FIXED && precision > digits_of(schema->size)) return;
  schema->logical = logical;
  schema->precision = (int32_t)precision, schema->scale = (int32_t)scale;
}

static void read_logical(const struct vonk_json_node *node, struct vonk_avro_schema *schema) {
  static const struct {
    const char *name;
    enum vonk_avro_kind kind;
    enum vonk_avro_logical logical;
  } known[] = {{"date", VONK_AVRO_KIND_INT, VONK_AVRO_DATE},
               {"time-micros", VONK_AVRO_KIND_LONG, VONK_AVRO_TIME_MICROS},
               {"timestamp-millis", VONK_AVRO_KIND_LONG, VONK_AVRO_TIMESTAMP_MILLIS},
               {"timestamp-micros", VONK_AVRO_KIND_LONG, VONK_AVRO_TIMESTAMP_MICROS},
               {"timestamp-nanos", VONK_AVRO_KIND_LONG, VONK_AVRO_OTHER},
               {"local-timestamp-millis", VONK_AVRO_KIND_LONG, VONK_AVRO_LOCAL_MILLIS},
               {"local-timestamp-micros", VONK_AVRO_KIND_LONG, VONK_AVRO_LOCAL_MICROS},
               {"local-timestamp-nanos", VONK_AVRO_KIND_LONG, VONK_AVRO_OTHER},
               {"custom-decimal", VONK_AVRO_KIND_LONG, VONK_AVRO_CUSTOM_DECIMAL},
               {"decimal", VONK_AVRO_KIND_BYTES, VONK_AVRO_DECIMAL},
               {"decimal", VONK_AVRO_KIND_FIXED, VONK_AVRO_DECIMAL}};
  struct vonk_str name = text_of(node, STR("logicalType"));
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    if (known[i].kind != schema->kind || !vonk_str_equal(name, vonk_str_of(known[i].name))) continue;
    if (known[i].logical >= VONK_AVRO_DECIMAL && known[i].logical != VONK_AVRO_OTHER) read_decimal(node, schema, known[i].logical);
    else schema->logical = known[i].logical;
  }
}

/* --- complex types --- */

static bool read_field(struct parser *p, const struct vonk_json_node *node, struct vonk_str space, struct vonk_avro_field *out) {
  if (node->kind != VONK_JSON_RECORD) return fail(p, "a field is not an object") != NULL;
  out->name = text_of(node, STR("name"));
  if (!out->name.size) return fail(p, "a field has no name") != NULL;
  const struct vonk_json_node *type = member(node, STR("type"));
  if (!type) return fail(p, "a field has no type") != NULL;
  out->alias_count = read_names(p, member(node, STR("aliases")), STR(""), &out->aliases);
  out->default_value = member(node, STR("default"));
  out->schema = parse(p, type, space);
  return out->schema != NULL;
}

static const struct vonk_avro_schema *parse_record(struct parser *p, const struct vonk_json_node *node, struct vonk_str space) {
  struct vonk_avro_schema *schema = make(p, VONK_AVRO_KIND_RECORD);
  const struct vonk_json_node *list = member(node, STR("fields"));
  struct vonk_map seen;
  if (!read_name(p, node, schema, &space)) return NULL;
  if (!list || list->kind != VONK_JSON_LIST) return fail(p, "a record has no list of fields");
  struct vonk_avro_field *fields = ARENA_ARRAY(p->arena, struct vonk_avro_field, list->count);
  uint64_t least = 0;
  vonk_map_init(&seen, p->arena, false);
  for (const struct vonk_json_node *child = list->first; child; child = child->next) {
    struct vonk_avro_field *field = &fields[schema->count];
    if (!read_field(p, child, space, field)) return NULL;
    if (!vonk_map_put(&seen, field->name, field)) return fail(p, "a record has two fields of one name");
    least += field->schema->least_size;
    schema->count++;
  }
  schema->fields = fields;
  schema->least_size = least < UINT32_MAX ? (uint32_t)least : UINT32_MAX;
  return schema;
}

static const struct vonk_avro_schema *parse_enum(struct parser *p, const struct vonk_json_node *node, struct vonk_str space) {
  struct vonk_avro_schema *schema = make(p, VONK_AVRO_KIND_ENUM);
  const struct vonk_json_node *list = member(node, STR("symbols"));
  struct vonk_str usual = text_of(node, STR("default"));
  if (!read_name(p, node, schema, &space)) return NULL;
  if (!list || list->kind != VONK_JSON_LIST) return fail(p, "an enum has no list of symbols");
  schema->count = read_names(p, list, STR(""), &schema->symbols);
  if (schema->count != list->count) return fail(p, "a symbol of an enum is not a text");
  schema->least_size = 1;
  for (uint32_t i = 0; usual.data && i < schema->count; i++) {
    if (vonk_str_equal(schema->symbols[i], usual)) schema->default_symbol = (int32_t)i;
  }
  return schema;
}

static const struct vonk_avro_schema *parse_fixed(struct parser *p, const struct vonk_json_node *node, struct vonk_str space) {
  struct vonk_avro_schema *schema = make(p, VONK_AVRO_KIND_FIXED);
  int64_t size;
  if (!read_name(p, node, schema, &space)) return NULL;
  if (!number_of(node, STR("size"), &size) || size < 0 || size > INT32_MAX) return fail(p, "a fixed type has no valid size");
  schema->size = schema->least_size = (uint32_t)size;
  return schema;
}

/* Elements of ARRAY, values of MAP. */
static const struct vonk_avro_schema *parse_items(struct parser *p, const struct vonk_json_node *node, enum vonk_avro_kind kind, struct vonk_str space) {
  struct vonk_avro_schema *schema = make(p, kind);
  const struct vonk_json_node *items = member(node, kind == VONK_AVRO_KIND_ARRAY ? STR("items") : STR("values"));
  if (!items) return fail(p, "an array or a map has no type of its items");
  const struct vonk_avro_schema **branches = (const struct vonk_avro_schema **)vonk_arena_alloc(p->arena, sizeof *branches);
  branches[0] = parse(p, items, space);
  schema->branches = branches;
  schema->count = 1;
  schema->least_size = 1;
  return branches[0] ? schema : NULL;
}

/* Two branches of a union must be told apart: by their names, or by their kinds. */
static bool is_same_branch(const struct vonk_avro_schema *a, const struct vonk_avro_schema *b) { return a->kind == b->kind && vonk_str_equal(a->name, b->name); }

static const struct vonk_avro_schema *parse_union(struct parser *p, const struct vonk_json_node *node, struct vonk_str space) {
  struct vonk_avro_schema *schema = make(p, VONK_AVRO_KIND_UNION);
  const struct vonk_avro_schema **branches = (const struct vonk_avro_schema **)vonk_arena_calloc(p->arena, node->count, sizeof *branches);
  enum { BRANCHES_MAX = 10000 };
  if (node->count > BRANCHES_MAX) return fail(p, "a union has more than 10000 branches");
  for (const struct vonk_json_node *child = node->first; child; child = child->next) {
    const struct vonk_avro_schema *branch = parse(p, child, space);
    if (!branch) return NULL;
    if (branch->kind == VONK_AVRO_KIND_UNION) return fail(p, "a union holds a union");
    for (uint32_t i = 0; i < schema->count; i++) {
      if (is_same_branch(branch, branches[i])) return fail(p, "a union holds the same type twice");
    }
    branches[schema->count++] = branch;
  }
  schema->branches = branches;
  schema->least_size = 1;
  return schema;
}

static const struct vonk_avro_schema *parse_primitive(struct parser *p, const struct vonk_json_node *node, enum vonk_avro_kind kind) {
  struct vonk_avro_schema *schema = make(p, kind);
  struct vonk_str java = text_of(node, STR("avro.java.string"));
  schema->catalyst_type = text_of(node, STR("spark.sql.catalyst.type"));
  schema->is_java_string = vonk_str_equal(java, STR("String"));
  return schema;
}

static const struct vonk_avro_schema *parse_object(struct parser *p, const struct vonk_json_node *node, struct vonk_str space) {
  const struct vonk_json_node *type = member(node, STR("type"));
  enum vonk_avro_kind kind;
  const struct vonk_avro_schema *schema;
  if (!type) return fail(p, "an object has no type");
  if (type->kind != VONK_JSON_TEXT) return parse(p, type, space);
  if (is_primitive(type->text, &kind)) schema = parse_primitive(p, node, kind);
  else if (vonk_str_equal(type->text, STR("record")) || vonk_str_equal(type->text, STR("error"))) schema = parse_record(p, node, space);
  else if (vonk_str_equal(type->text, STR("enum"))) schema = parse_enum(p, node, space);
  else if (vonk_str_equal(type->text, STR("fixed"))) schema = parse_fixed(p, node, space);
  else if (vonk_str_equal(type->text, STR("array"))) schema = parse_items(p, node, VONK_AVRO_KIND_ARRAY, space);
  else if (vonk_str_equal(type->text, STR("map"))) schema = parse_items(p, node, VONK_AVRO_KIND_MAP, space);
  else return find_name(p, type->text, space);
  /* Made here, and not shared yet. */
  if (schema) {
    struct vonk_avro_schema *own = (struct vonk_avro_schema *)(uintptr_t)schema;
    read_logical(node, own);
    if (own->kind == VONK_AVRO_KIND_MAP) own->is_java_string = vonk_str_equal(text_of(node, STR("avro.java.string")), STR("String"));
  }
  return schema;
}

static const struct vonk_avro_schema *parse(struct parser *p, const struct vonk_json_node *node, struct vonk_str space) {
  switch (node->kind) {
    case VONK_JSON_TEXT: return find_name(p, node->text, space);
    case VONK_JSON_LIST: return parse_union(p, node, space);
    case VONK_JSON_RECORD: return parse_object(p, node, space);
    default: return fail(p, "a type is neither a name nor an object nor a list");
  }
}

const struct vonk_avro_schema *vonk_avro_schema_parse(struct vonk_arena *arena, struct vonk_str json, struct vonk_str *reason) {
  static const struct vonk_json_rules rules = {.comments = true};
  struct parser p = {.arena = arena};
  const struct vonk_json_node *root = vonk_json_parse(arena, &rules, json);
  vonk_map_init(&p.names, arena, false);
  const struct vonk_avro_schema *schema = root ? parse(&p, root, STR("")) : fail(&p, "it is not JSON");
  if (!schema) *reason = vonk_str_of(p.problem);
  return schema;
}

uint32_t vonk_avro_value_branches(const struct vonk_avro_schema *schema, const struct vonk_avro_schema **out) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < schema->count; i++) {
    if (schema->branches[i]->kind == VONK_AVRO_KIND_NULL) continue;
    if (out) out[count] = schema->branches[i];
    count++;
  }
  return count;
}
