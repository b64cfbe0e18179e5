/* writer_schema.c: Spark's types as Parquet's schema elements, three-level lists and maps; or as Spark 1.4 wrote them. */
#include "format/parquet/schema.h"
#include "format/parquet/writer_internal.h"

struct building {
  struct vonk_task *task;
  struct parquet_plan *plan;
  struct vonk_str column;              /* top-level, for errors */
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

static void set_form(struct parquet_out_leaf *leaf, enum parquet_physical physical, enum parquet_out_form form, uint32_t width) {
  leaf->physical = physical, leaf->form = form, leaf->width = width;
}

static void set_timestamp(const struct parquet_plan *plan, struct parquet_out_leaf *leaf) {
  if (plan->timestamp == PARQUET_OUT_INT96) set_form(leaf, PARQUET_INT96, PARQUET_OUT_INT96, 12);
  else set_form(leaf, PARQUET_INT64, plan->timestamp, 8);
}

static void set_decimal(const struct parquet_plan *plan, struct parquet_out_leaf *leaf) {
  int precision = leaf->type->precision;
  if (plan->legacy || precision > 18) set_form(leaf, PARQUET_FIXED, PARQUET_OUT_DECIMAL, decimal_width(precision));
  else if (precision <= 9) set_form(leaf, PARQUET_INT32, PARQUET_OUT_I32, 4);
  else set_form(leaf, PARQUET_INT64, PARQUET_OUT_I64, 8);
}

static bool set_leaf(const struct parquet_plan *plan, struct parquet_out_leaf *leaf) {
  switch (leaf->type->id) {
    case VONK_TYPE_VOID: set_form(leaf, PARQUET_BOOLEAN, PARQUET_OUT_VOID, 0); return true;
    case VONK_TYPE_BOOLEAN: set_form(leaf, PARQUET_BOOLEAN, PARQUET_OUT_BOOLEAN, 1); return true;
    case VONK_TYPE_BYTE:
    case VONK_TYPE_SHORT:
    case VONK_TYPE_INT:
    case VONK_TYPE_DATE:
    case VONK_TYPE_INTERVAL_YM: set_form(leaf, PARQUET_INT32, PARQUET_OUT_I32, 4); return true;
    case VONK_TYPE_LONG:
    case VONK_TYPE_TIMESTAMP_NTZ:
    case VONK_TYPE_INTERVAL_DT: set_form(leaf, PARQUET_INT64, PARQUET_OUT_I64, 8); return true;
    case VONK_TYPE_TIMESTAMP: set_timestamp(plan, leaf); return true;
    case VONK_TYPE_TIME: set_form(leaf, PARQUET_INT64, PARQUET_OUT_TIME, 8); return true;
    case VONK_TYPE_FLOAT: set_form(leaf, PARQUET_FLOAT, PARQUET_OUT_F32, 4); return true;
    case VONK_TYPE_DOUBLE: set_form(leaf, PARQUET_DOUBLE, PARQUET_OUT_F64, 8); return true;
    case VONK_TYPE_STRING:
    case VONK_TYPE_BINARY: set_form(leaf, PARQUET_BYTE_ARRAY, PARQUET_OUT_BYTES, 0); return true;
    case VONK_TYPE_DECIMAL: set_decimal(plan, leaf); return true;
    default: return false;
  }
}

static bool push(struct building *b, struct vonk_str name) {
  if (b->path_count == PARQUET_OUT_PATH_MAX) return false;
  b->path[b->path_count++] = name;
  return true;
}

/* Parts of nested types have their own names; LEVEL is the repeated group between, empty for structs. */
static struct vonk_str child_name(const struct parquet_plan *plan, const struct vonk_type *type, uint32_t child, struct vonk_str *level) {
  *level = (struct vonk_str){0};
  switch (type->id) {
    case VONK_TYPE_ARRAY: *level = plan->legacy ? STR("bag") : STR("list"); return plan->legacy ? STR("array") : STR("element");
    case VONK_TYPE_MAP: *level = STR("key_value"); return child ? STR("value") : STR("key");
    case VONK_TYPE_VARIANT: return child ? STR("value") : STR("metadata");
    default: return type->fields[child].name;
  }
}

static bool child_nullable(const struct vonk_type *type, uint32_t child) {
  switch (type->id) {
    case VONK_TYPE_ARRAY: return type->contains_null;
    case VONK_TYPE_MAP: return child && type->contains_null;
    case VONK_TYPE_STRUCT: return type->fields[child].nullable;
    default: return false;
  }
}

static STATUS build_leaf(struct building *b, const struct vonk_type *type, int definition, int repetition) {
  struct parquet_out_leaf *leaf = &b->plan->leaves[b->plan->leaf_count++];
  struct vonk_arena *arena = b->task->arena;
  leaf->type = type;
  leaf->max_definition = (uint8_t)definition, leaf->max_repetition = (uint8_t)repetition;
  leaf->path_count = b->path_count;
  leaf->path = vonk_arena_copy(arena, b->path, b->path_count * sizeof *b->path);
  if (set_leaf(b->plan, leaf)) return VONK_OK;
  return vonk_raise(b->task, VONK_UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, NULL, "format", STR("Parquet"), "columnName",
                    vonk_str_format(arena, "`" STR_FMT "`", STR_ARG(b->column)), "columnType",
                    vonk_str_format(arena, "\"" STR_FMT "\"", STR_ARG(vonk_type_sql(arena, type))), NULL);
}

static STATUS build(struct building *b, const struct vonk_type_field *field, int definition, int repetition, struct parquet_out_node *n) {
  uint32_t path_before = b->path_count;
  struct parquet_plan *plan = b->plan;
  if (!push(b, field->name)) return vonk_unsupported(b->task, NULL, "Parquet schemas nested this deep");
  definition += field->nullable;
  plan->element_count++;
  *n = (struct parquet_out_node){.name = field->name, .type = field->type, .nullable = field->nullable, .definition = (uint8_t)definition,
                                 .leaf = plan->leaf_count, .field_id = plan->field_ids ? parquet_field_id(field->metadata) : -1};
  n->child_count = vonk_type_child_count(field->type);
  if (n->child_count == 0) TRY(build_leaf(b, field->type, definition, repetition));
  n->children = ARENA_ARRAY(b->task->arena, struct parquet_out_node, n->child_count);
  for (uint32_t i = 0; i < n->child_count; i++) {
    struct vonk_str level;
    struct vonk_type_field child = {.type = vonk_type_child(field->type, i), .nullable = child_nullable(field->type, i)};
    child.name = child_name(plan, field->type, i, &level);
    if (field->type->id == VONK_TYPE_STRUCT) child.metadata = field->type->fields[i].metadata;
    if (level.size && i == 0) {
      if (!push(b, level)) return vonk_unsupported(b->task, NULL, "Parquet schemas nested this deep");
      plan->element_count++;
      definition++, repetition++;
      n->repetition = (uint8_t)repetition;
    }
    TRY(build(b, &child, definition, repetition, &n->children[i]));
  }
  n->leaf_count = plan->leaf_count - n->leaf;
  b->path_count = path_before;
  return VONK_OK;
}

STATUS parquet_out_build(struct vonk_task *task, struct parquet_plan *plan) {
  struct building *b = ARENA_NEW(task->arena, struct building);
  const struct vonk_type *schema = plan->schema;
  b->task = task, b->plan = plan;
  plan->element_count = 1;
  plan->leaves = ARENA_ARRAY(task->arena, struct parquet_out_leaf, count_leaves(schema));
  plan->fields = ARENA_ARRAY(task->arena, struct parquet_out_node, schema->field_count);
  for (uint32_t i = 0; i < schema->field_count; i++) {
    b->column = schema->fields[i].name;
    TRY(build(b, &schema->fields[i], 0, 0, &plan->fields[i]));
  }
  return VONK_OK;
}

struct group {
  struct vonk_str name;
  int repetition;                      /* -1: the root */
  uint32_t child_count;
  int converted, logical;              /* -1, 0: none */
  int32_t field_id;
};

static void put_group(struct vonk_text *text, const struct group *g) {
  int16_t last = 0, inner = 0, variant = 0;
  if (g->repetition >= 0) vonk_thrift_put_i32_field(text, &last, 3, g->repetition);
  vonk_thrift_put_binary_field(text, &last, 4, g->name);
  vonk_thrift_put_i32_field(text, &last, 5, (int32_t)g->child_count);
  if (g->converted >= 0) vonk_thrift_put_i32_field(text, &last, 6, g->converted);
  if (g->field_id >= 0) vonk_thrift_put_i32_field(text, &last, 9, g->field_id);
  if (g->logical) {
    vonk_thrift_put_field(text, &last, 10, VONK_THRIFT_STRUCT);
    vonk_thrift_put_field(text, &inner, (int16_t)g->logical, VONK_THRIFT_STRUCT);
    if (g->logical == PARQUET_LOGICAL_VARIANT) {
      vonk_thrift_put_field(text, &variant, 1, VONK_THRIFT_BYTE);
      vonk_text_add_char(text, 1);
    }
    vonk_thrift_put_stop(text), vonk_thrift_put_stop(text);
  }
  vonk_thrift_put_stop(text);
}

/* The union LogicalType with its parameters. */
static void put_logical(struct vonk_text *text, int16_t *last, const struct parquet_out_leaf *leaf, int logical) {
  const struct vonk_type *type = leaf->type;
  int16_t outer = 0, inner = 0, unit = 0;
  vonk_thrift_put_field(text, last, 10, VONK_THRIFT_STRUCT);
  vonk_thrift_put_field(text, &outer, (int16_t)logical, VONK_THRIFT_STRUCT);
  if (logical == PARQUET_LOGICAL_DECIMAL) {
    vonk_thrift_put_i32_field(text, &inner, 1, type->scale);
    vonk_thrift_put_i32_field(text, &inner, 2, type->precision);
  } else if (logical == PARQUET_LOGICAL_TIMESTAMP || logical == PARQUET_LOGICAL_TIME) {
    vonk_thrift_put_bool_field(text, &inner, 1, type->id == VONK_TYPE_TIMESTAMP);
    vonk_thrift_put_field(text, &inner, 2, VONK_THRIFT_STRUCT);
    vonk_thrift_put_field(text, &unit, leaf->form == PARQUET_OUT_MILLIS ? PARQUET_MILLIS : PARQUET_MICROS, VONK_THRIFT_STRUCT);
    vonk_thrift_put_stop(text), vonk_thrift_put_stop(text);
  } else if (logical == PARQUET_LOGICAL_INTEGER) {
    vonk_thrift_put_field(text, &inner, 1, VONK_THRIFT_BYTE);
    vonk_text_add_char(text, type->id == VONK_TYPE_BYTE ? 8 : 16);
    vonk_thrift_put_bool_field(text, &inner, 2, true);
  }
  vonk_thrift_put_stop(text), vonk_thrift_put_stop(text);
}

static void annotations(const struct parquet_out_leaf *leaf, int *converted, int *logical) {
  *converted = -1, *logical = 0;
  switch (leaf->type->id) {
    case VONK_TYPE_VOID: *logical = PARQUET_LOGICAL_UNKNOWN; break;
    case VONK_TYPE_BYTE: *converted = PARQUET_INT_8, *logical = PARQUET_LOGICAL_INTEGER; break;
    case VONK_TYPE_SHORT: *converted = PARQUET_INT_16, *logical = PARQUET_LOGICAL_INTEGER; break;
    case VONK_TYPE_DATE: *converted = PARQUET_DATE, *logical = PARQUET_LOGICAL_DATE; break;
    case VONK_TYPE_TIMESTAMP:
      if (leaf->form == PARQUET_OUT_INT96) break;
      *converted = leaf->form == PARQUET_OUT_MILLIS ? PARQUET_TIMESTAMP_MILLIS : PARQUET_TIMESTAMP_MICROS;
      *logical = PARQUET_LOGICAL_TIMESTAMP;
      break;
    case VONK_TYPE_TIMESTAMP_NTZ: *logical = PARQUET_LOGICAL_TIMESTAMP; break;
    case VONK_TYPE_TIME: *logical = PARQUET_LOGICAL_TIME; break;
    case VONK_TYPE_DECIMAL: *converted = PARQUET_DECIMAL, *logical = PARQUET_LOGICAL_DECIMAL; break;
    case VONK_TYPE_STRING: *converted = PARQUET_UTF8, *logical = PARQUET_LOGICAL_STRING; break;
    default: break;
  }
}

static void put_leaf(struct vonk_text *text, const struct parquet_out_node *n, const struct parquet_out_leaf *leaf) {
  int converted, logical;
  int16_t last = 0;
  annotations(leaf, &converted, &logical);
  vonk_thrift_put_i32_field(text, &last, 1, (int32_t)leaf->physical);
  if (leaf->physical == PARQUET_FIXED) vonk_thrift_put_i32_field(text, &last, 2, (int32_t)leaf->width);
  vonk_thrift_put_i32_field(text, &last, 3, n->nullable ? PARQUET_OPTIONAL : PARQUET_REQUIRED);
  vonk_thrift_put_binary_field(text, &last, 4, n->name);
  if (converted >= 0) vonk_thrift_put_i32_field(text, &last, 6, converted);
  if (converted == PARQUET_DECIMAL) {
    vonk_thrift_put_i32_field(text, &last, 7, n->type->scale);
    vonk_thrift_put_i32_field(text, &last, 8, n->type->precision);
  }
  if (n->field_id >= 0) vonk_thrift_put_i32_field(text, &last, 9, n->field_id);
  if (logical) put_logical(text, &last, leaf, logical);
  vonk_thrift_put_stop(text);
}

static void put_node(struct vonk_text *text, const struct parquet_plan *plan, const struct parquet_out_node *n) {
  struct group group = {n->name, n->nullable ? PARQUET_OPTIONAL : PARQUET_REQUIRED, n->child_count, -1, 0, n->field_id};
  struct group level = {(struct vonk_str){0}, PARQUET_REPEATED, n->child_count, -1, 0, -1};
  if (n->child_count == 0 && n->type->id != VONK_TYPE_STRUCT) {
    put_leaf(text, n, &plan->leaves[n->leaf]);
    return;
  }
  child_name(plan, n->type, 0, &level.name);
  if (n->type->id == VONK_TYPE_ARRAY) group.converted = PARQUET_LIST, group.logical = PARQUET_LOGICAL_LIST;
  if (n->type->id == VONK_TYPE_MAP) group.converted = PARQUET_MAP, group.logical = PARQUET_LOGICAL_MAP;
  if (n->type->id == VONK_TYPE_VARIANT) group.logical = PARQUET_LOGICAL_VARIANT;
  if (n->type->id == VONK_TYPE_MAP && plan->legacy) level.converted = PARQUET_MAP_KEY_VALUE;
  if (level.name.size) group.child_count = 1;
  put_group(text, &group);
  if (level.name.size) put_group(text, &level);
  for (uint32_t i = 0; i < n->child_count; i++) put_node(text, plan, &n->children[i]);
}

void parquet_out_put_schema(struct vonk_text *text, const struct parquet_plan *plan) {
  put_group(text, &(struct group){STR("spark_schema"), -1, plan->schema->field_count, -1, 0, -1});
  for (uint32_t i = 0; i < plan->schema->field_count; i++) put_node(text, plan, &plan->fields[i]);
}
