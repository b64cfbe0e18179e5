/* writer_schema.c: Spark's types as Parquet's schema elements, three-level lists and maps. */
#include "format/parquet/writer_internal.h"

struct building {
  struct vonk_arena *arena;
  struct vonk_task *task;
  struct parquet_out_leaf *leaves;
  uint32_t leaf_count, element_count;
  struct vonk_str path[PARQUET_OUT_PATH_MAX];
  uint32_t path_count;
};

static uint32_t count_leaves(const struct vonk_type *type) {
  uint32_t children = vonk_type_child_count(type), n = 0;
  for (uint32_t i = 0; i < children; i++) n += count_leaves(vonk_type_child(type, i));
  return children ? n : 1;
}

/* Bytes that hold any decimal of PRECISION digits. */
static uint32_t decimal_width(int precision) {
  uint32_t width = 1;
  while (width < 16 && ((vonk_int128)1 << (8 * width - 1)) - 1 < vonk_pow10_128[precision] - 1) width++;
  return width;
}

static bool leaf_physical(const struct vonk_type *type, struct parquet_out_leaf *leaf) {
  switch (type->id) {
    case VONK_TYPE_BOOLEAN: leaf->physical = PARQUET_BOOLEAN; return true;
    case VONK_TYPE_BYTE:
    case VONK_TYPE_SHORT:
    case VONK_TYPE_INT:
    case VONK_TYPE_DATE:
    case VONK_TYPE_INTERVAL_YM: leaf->physical = PARQUET_INT32; return true;
    case VONK_TYPE_LONG:
    case VONK_TYPE_TIMESTAMP:
    case VONK_TYPE_TIMESTAMP_NTZ:
    case VONK_TYPE_TIME:
    case VONK_TYPE_INTERVAL_DT: leaf->physical = PARQUET_INT64; return true;
    case VONK_TYPE_FLOAT: leaf->physical = PARQUET_FLOAT; return true;
    case VONK_TYPE_DOUBLE: leaf->physical = PARQUET_DOUBLE; return true;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR:
    case VONK_TYPE_BINARY: leaf->physical = PARQUET_BYTE_ARRAY; return true;
    case VONK_TYPE_DECIMAL:
      leaf->physical = type->precision <= 9 ? PARQUET_INT32 : type->precision <= 18 ? PARQUET_INT64 : PARQUET_FIXED;
      leaf->width = decimal_width(type->precision);
      return true;
    default: return false;
  }
}

static bool push(struct building *b, struct vonk_str name) {
  if (b->path_count == PARQUET_OUT_PATH_MAX) return false;
  b->path[b->path_count++] = name;
  return true;
}

static STATUS build(struct building *b, struct vonk_str name, const struct vonk_type *type, bool nullable, int definition, int repetition,
                    struct parquet_out_node *n) {
  uint32_t path_before = b->path_count;
  if (!push(b, name)) return vonk_unsupported(b->task, NULL, "Parquet schemas nested this deep");
  definition += nullable;
  b->element_count++;
  *n = (struct parquet_out_node){.name = name, .type = type, .nullable = nullable, .definition = (uint8_t)definition, .leaf = b->leaf_count};
  n->child_count = vonk_type_child_count(type);
  if (n->child_count == 0) {
    struct parquet_out_leaf *leaf = &b->leaves[b->leaf_count++];
    leaf->type = type;
    leaf->max_definition = (uint8_t)definition, leaf->max_repetition = (uint8_t)repetition;
    leaf->path_count = b->path_count;
    leaf->path = vonk_arena_copy(b->arena, b->path, b->path_count * sizeof *b->path);
    if (!leaf_physical(type, leaf))
      return vonk_raisef(b->task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "writing type " STR_FMT " to Parquet", STR_ARG(vonk_type_simple_string(b->task->arena, type)));
  } else {
    n->children = ARENA_ARRAY(b->arena, struct parquet_out_node, n->child_count);
    bool list = type->id == VONK_TYPE_ARRAY, map = type->id == VONK_TYPE_MAP;
    if (list || map) {
      if (!push(b, list ? STR("list") : STR("key_value"))) return vonk_unsupported(b->task, NULL, "Parquet schemas nested this deep");
      b->element_count++;
      definition++, repetition++;
      n->repetition = (uint8_t)repetition;
    }
    for (uint32_t i = 0; i < n->child_count; i++) {
      struct vonk_str child = list ? STR("element") : map ? (i ? STR("value") : STR("key")) : type->id == VONK_TYPE_VARIANT ? (i ? STR("value") : STR("metadata")) : type->fields[i].name;
      bool child_nullable = list ? type->contains_null : map ? i && type->contains_null : type->id != VONK_TYPE_VARIANT && type->fields[i].nullable;
      TRY(build(b, child, vonk_type_child(type, i), child_nullable, definition, repetition, &n->children[i]));
    }
  }
  n->leaf_count = b->leaf_count - n->leaf;
  b->path_count = path_before;
  return VONK_OK;
}

STATUS parquet_out_build(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_type *schema, struct parquet_out_node **fields,
                         struct parquet_out_leaf **leaves, uint32_t *leaf_count, uint32_t *element_count) {
  struct building *b = ARENA_NEW(arena, struct building);
  b->arena = arena, b->task = task, b->element_count = 1;
  b->leaves = *leaves = ARENA_ARRAY(arena, struct parquet_out_leaf, count_leaves(schema));
  *fields = ARENA_ARRAY(arena, struct parquet_out_node, schema->field_count);
  for (uint32_t i = 0; i < schema->field_count; i++)
    TRY(build(b, schema->fields[i].name, schema->fields[i].type, schema->fields[i].nullable, 0, 0, &(*fields)[i]));
  *leaf_count = b->leaf_count;
  *element_count = b->element_count;
  return VONK_OK;
}

static void put_group(struct vonk_text *text, struct vonk_str name, int repetition, uint32_t children, int converted, int logical) {
  int16_t last = 0, inner = 0;
  if (repetition >= 0) vonk_thrift_put_i32_field(text, &last, 3, repetition);
  vonk_thrift_put_binary_field(text, &last, 4, name);
  vonk_thrift_put_i32_field(text, &last, 5, (int32_t)children);
  if (converted >= 0) vonk_thrift_put_i32_field(text, &last, 6, converted);
  if (logical) {
    vonk_thrift_put_field(text, &last, 10, VONK_THRIFT_STRUCT);
    vonk_thrift_put_field(text, &inner, (int16_t)logical, VONK_THRIFT_STRUCT);
    vonk_thrift_put_stop(text), vonk_thrift_put_stop(text);
  }
  vonk_thrift_put_stop(text);
}

/* The union LogicalType with its parameters. */
static void put_logical(struct vonk_text *text, int16_t *last, const struct vonk_type *type, int logical) {
  int16_t outer = 0, inner = 0, unit = 0;
  vonk_thrift_put_field(text, last, 10, VONK_THRIFT_STRUCT);
  vonk_thrift_put_field(text, &outer, (int16_t)logical, VONK_THRIFT_STRUCT);
  if (logical == PARQUET_LOGICAL_DECIMAL) {
    vonk_thrift_put_i32_field(text, &inner, 1, type->scale);
    vonk_thrift_put_i32_field(text, &inner, 2, type->precision);
  } else if (logical == PARQUET_LOGICAL_TIMESTAMP || logical == PARQUET_LOGICAL_TIME) {
    vonk_thrift_put_bool_field(text, &inner, 1, type->id == VONK_TYPE_TIMESTAMP);
    vonk_thrift_put_field(text, &inner, 2, VONK_THRIFT_STRUCT);
    vonk_thrift_put_field(text, &unit, PARQUET_MICROS, VONK_THRIFT_STRUCT);
    vonk_thrift_put_stop(text), vonk_thrift_put_stop(text);
  } else if (logical == PARQUET_LOGICAL_INTEGER) {
    vonk_thrift_put_field(text, &inner, 1, VONK_THRIFT_BYTE);
    vonk_text_add_char(text, type->id == VONK_TYPE_BYTE ? 8 : 16);
    vonk_thrift_put_bool_field(text, &inner, 2, true);
  }
  vonk_thrift_put_stop(text), vonk_thrift_put_stop(text);
}

static void put_leaf(struct vonk_text *text, const struct parquet_out_node *n) {
  struct parquet_out_leaf leaf = {0};
  leaf_physical(n->type, &leaf);
  int converted = -1, logical = 0;
  switch (n->type->id) {
    case VONK_TYPE_BYTE: converted = PARQUET_INT_8, logical = PARQUET_LOGICAL_INTEGER; break;
    case VONK_TYPE_SHORT: converted = PARQUET_INT_16, logical = PARQUET_LOGICAL_INTEGER; break;
    case VONK_TYPE_DATE: converted = PARQUET_DATE, logical = PARQUET_LOGICAL_DATE; break;
    case VONK_TYPE_TIMESTAMP: converted = PARQUET_TIMESTAMP_MICROS, logical = PARQUET_LOGICAL_TIMESTAMP; break;
    case VONK_TYPE_TIMESTAMP_NTZ: logical = PARQUET_LOGICAL_TIMESTAMP; break;
    case VONK_TYPE_TIME: logical = PARQUET_LOGICAL_TIME; break;
    case VONK_TYPE_DECIMAL: converted = PARQUET_DECIMAL, logical = PARQUET_LOGICAL_DECIMAL; break;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: converted = PARQUET_UTF8, logical = PARQUET_LOGICAL_STRING; break;
    default: break;
  }
  int16_t last = 0;
  vonk_thrift_put_i32_field(text, &last, 1, (int32_t)leaf.physical);
  if (leaf.physical == PARQUET_FIXED) vonk_thrift_put_i32_field(text, &last, 2, (int32_t)leaf.width);
  vonk_thrift_put_i32_field(text, &last, 3, n->nullable ? PARQUET_OPTIONAL : PARQUET_REQUIRED);
  vonk_thrift_put_binary_field(text, &last, 4, n->name);
  if (converted >= 0) vonk_thrift_put_i32_field(text, &last, 6, converted);
  if (converted == PARQUET_DECIMAL) {
    vonk_thrift_put_i32_field(text, &last, 7, n->type->scale);
    vonk_thrift_put_i32_field(text, &last, 8, n->type->precision);
  }
  if (logical) put_logical(text, &last, n->type, logical);
  vonk_thrift_put_stop(text);
}

static void put_node(struct vonk_text *text, const struct parquet_out_node *n) {
  int repetition = n->nullable ? PARQUET_OPTIONAL : PARQUET_REQUIRED;
  if (n->child_count == 0) {
    put_leaf(text, n);
    return;
  }
  if (n->type->id == VONK_TYPE_ARRAY) {
    put_group(text, n->name, repetition, 1, PARQUET_LIST, PARQUET_LOGICAL_LIST);
    put_group(text, STR("list"), PARQUET_REPEATED, 1, -1, 0);
  } else if (n->type->id == VONK_TYPE_MAP) {
    put_group(text, n->name, repetition, 1, PARQUET_MAP, PARQUET_LOGICAL_MAP);
    put_group(text, STR("key_value"), PARQUET_REPEATED, 2, -1, 0);
  } else {
    put_group(text, n->name, repetition, n->child_count, -1, 0);
  }
  for (uint32_t i = 0; i < n->child_count; i++) put_node(text, &n->children[i]);
}

void parquet_out_put_schema(struct vonk_text *text, const struct parquet_out_node *fields, uint32_t field_count) {
  put_group(text, STR("spark_schema"), -1, field_count, -1, 0);
  for (uint32_t i = 0; i < field_count; i++) put_node(text, &fields[i]);
}
