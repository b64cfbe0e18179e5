/* schema.c: types as org.apache.orc.TypeDescription names them, read as Spark's parser reads those names. */
#include "format/orc/schema.h"

#include "format/orc/convert.h"

enum { PRECISION_DEFAULT = 38, SCALE_DEFAULT = 10 };

static const struct vonk_type *noted_type(struct vonk_arena *arena, const struct orc_type *stored) {
  const struct vonk_type *type;
  if (!stored->catalyst_type.size || !vonk_type_from_json(arena, vonk_str_format(arena, "\"" STR_FMT "\"", STR_ARG(stored->catalyst_type)), &type)) return NULL;
  bool fits = false;
  if (stored->kind == ORC_LONG) fits = type->id == VONK_TYPE_TIMESTAMP_NTZ || type->id == VONK_TYPE_INTERVAL_DT;
  if (stored->kind == ORC_INT) fits = type->id == VONK_TYPE_INTERVAL_YM;
  if (stored->kind == ORC_STRING) fits = type->id == VONK_TYPE_STRING;
  return fits ? type : NULL;
}

static const struct vonk_type *leaf_type(struct vonk_arena *arena, const struct orc_type *stored) {
  const struct vonk_type *noted = noted_type(arena, stored);
  if (noted) return noted;
  switch (stored->kind) {
    case ORC_BOOLEAN: return &vonk_type_boolean;
    case ORC_BYTE: return &vonk_type_byte;
    case ORC_SHORT: return &vonk_type_short;
    case ORC_INT: return &vonk_type_int;
    case ORC_LONG: return &vonk_type_long;
    case ORC_FLOAT: return &vonk_type_float;
    case ORC_DOUBLE: return &vonk_type_double;
    case ORC_STRING: return &vonk_type_string;
    case ORC_CHAR: return vonk_type_char(arena, stored->length);
    case ORC_VARCHAR: return vonk_type_varchar(arena, stored->length);
    case ORC_BINARY: return &vonk_type_binary;
    case ORC_DATE: return &vonk_type_date;
    case ORC_TIMESTAMP:
    case ORC_TIMESTAMP_INSTANT: return &vonk_type_timestamp;
    case ORC_DECIMAL:
      if (stored->precision == 0) return vonk_type_decimal(arena, PRECISION_DEFAULT, SCALE_DEFAULT);
      if (stored->precision > VONK_DECIMAL_PRECISION_MAX || stored->scale > stored->precision) return NULL;
      return vonk_type_decimal(arena, (int)stored->precision, (int)stored->scale);
    default: return NULL;
  }
}

/* The types of the children; NULL when one has none. */
static const struct vonk_type *nested_type(struct vonk_arena *arena, const struct orc_node *n) {
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, n->child_count);
  for (uint32_t i = 0; i < n->child_count; i++) {
    if (!n->children[i].type) return NULL;
    fields[i] = (struct vonk_type_field){.name = n->children[i].name, .type = n->children[i].type, .nullable = true};
  }
  if (n->kind == ORC_LIST) return vonk_type_array(arena, n->children[0].type, true);
  if (n->kind == ORC_MAP) return vonk_type_map(arena, n->children[0].type, n->children[1].type, true);
  return vonk_type_struct(arena, fields, n->child_count);
}

/* Depth was bounded when the types were read. */
static void build(struct vonk_arena *arena, const struct orc_metadata *metadata, uint32_t id, struct orc_node *n, struct orc_schema *schema) {
  const struct orc_type *stored = &metadata->types[id];
  n->column = id;
  n->kind = stored->kind;
  n->stored = stored;
  if (stored->kind == ORC_LIST || stored->kind == ORC_MAP || stored->kind == ORC_STRUCT) {
    n->child_count = stored->child_count;
    n->children = ARENA_ARRAY(arena, struct orc_node, n->child_count);
    for (uint32_t i = 0; i < n->child_count; i++) {
      if (stored->kind == ORC_STRUCT) n->children[i].name = stored->names[i];
      build(arena, metadata, stored->children[i], &n->children[i], schema);
    }
    n->type = nested_type(arena, n);
  } else {
    n->type = leaf_type(arena, stored);
    if (!n->type && !schema->unreadable) schema->unreadable = n;
  }
  n->own = n->type;
}

bool orc_schema_build(struct vonk_arena *arena, const struct orc_metadata *metadata, struct orc_schema *out) {
  struct orc_node *root = ARENA_NEW(arena, struct orc_node);
  *out = (struct orc_schema){0};
  if (metadata->type_count == 0 || metadata->types[0].kind != ORC_STRUCT) return false;
  build(arena, metadata, 0, root, out);
  out->fields = root->children;
  out->field_count = root->child_count;
  out->is_positional = root->child_count > 0;
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, root->child_count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < root->child_count; i++) {
    const struct orc_node *n = &root->children[i];
    out->is_positional = out->is_positional && vonk_str_starts_with(n->name, STR("_col"));
    if (n->type) fields[count++] = (struct vonk_type_field){.name = n->name, .type = n->type, .nullable = true};
  }
  out->type = vonk_type_struct(arena, fields, count);
  return true;
}

const struct orc_node orc_node_twice = {.kind = ORC_MISSING, .type = &vonk_type_void};

const struct orc_node *orc_node_find(const struct orc_node *nodes, uint32_t count, struct vonk_str name, bool case_sensitive) {
  const struct orc_node *found = NULL;
  for (uint32_t i = 0; i < count; i++) {
    if (case_sensitive ? !vonk_str_equal(nodes[i].name, name) : !vonk_str_equal_nocase(nodes[i].name, name)) continue;
    if (found && !case_sensitive) return &orc_node_twice;
    if (!found) found = &nodes[i];
  }
  return found;
}

/* The children of N become those of WANTED; a field that the file lacks is a node that is always null. */
static bool adapt_children(struct vonk_arena *arena, struct orc_node *n, const struct vonk_type *wanted, bool case_sensitive) {
  uint32_t count = vonk_type_child_count(wanted);
  struct orc_node *children = ARENA_ARRAY(arena, struct orc_node, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_type *type = vonk_type_child(wanted, i);
    const struct orc_node *child = &n->children[i];
    if (n->kind == ORC_STRUCT) child = orc_node_find(n->children, n->child_count, wanted->fields[i].name, case_sensitive);
    if (child == &orc_node_twice) return false;
    if (!child) {
      children[i] = (struct orc_node){.name = wanted->fields[i].name, .kind = ORC_MISSING, .type = type, .own = type};
      continue;
    }
    child = orc_node_adapt(arena, child, type, case_sensitive);
    if (!child) return false;
    children[i] = *child;
  }
  n->children = children;
  n->child_count = count;
  return true;
}

const struct orc_node *orc_node_adapt(struct vonk_arena *arena, const struct orc_node *node, const struct vonk_type *wanted, bool case_sensitive) {
  if (node->type && vonk_type_same(node->type, wanted)) return node;
  struct orc_node *n = ARENA_NEW(arena, struct orc_node);
  *n = *node;
  n->type = wanted;
  bool nested = node->kind == ORC_STRUCT || node->kind == ORC_LIST || node->kind == ORC_MAP;
  if (nested) {
    enum vonk_type_id id = node->kind == ORC_STRUCT ? VONK_TYPE_STRUCT : node->kind == ORC_LIST ? VONK_TYPE_ARRAY : VONK_TYPE_MAP;
    n->own = wanted;
    return wanted->id == id && adapt_children(arena, n, wanted, case_sensitive) ? n : NULL;
  }
  if (!node->type) return NULL;
  if (orc_stored_alike(node->kind, wanted)) n->own = wanted;
  else if (!orc_can_convert(node->own, wanted)) return NULL;
  return n;
}
