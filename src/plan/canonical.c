/* canonical.c: inputs first, so that a column is numbered where it is made; then the node's own fields, each with its size. */
#include "plan/canonical.h"

#include "base/map.h"

struct writer {
  struct vonk_arena *arena;
  const struct vonk_canonical_options *options;
  struct vonk_text text;
  struct vonk_map numbers;       /* id -> its number + 1 */
  uint64_t count;
  bool is_stable;
};

static void put_number(struct writer *w, uint64_t number) { vonk_text_add(&w->text, vonk_str_make((const char *)&number, sizeof number)); }

static void put_str(struct writer *w, struct vonk_str str) {
  put_number(w, str.size);
  vonk_text_add(&w->text, str);
}

static struct vonk_str key_of(const uint64_t *id) { return vonk_str_make((const char *)id, sizeof *id); }

static void put_id(struct writer *w, uint64_t id) {
  uint64_t *number = vonk_map_get(&w->numbers, key_of(&id));
  if (!number) {
    number = ARENA_NEW(w->arena, uint64_t);
    *number = ++w->count;
    vonk_map_put(&w->numbers, vonk_str_copy(w->arena, key_of(&id)), number);
  }
  put_number(w, *number);
}

static void put_value(struct writer *w, const struct vonk_value *value) {
  if (value->type) put_str(w, vonk_type_json(w->arena, value->type));
  if (value->type) put_str(w, vonk_value_sql(w->arena, value));
  if (value->type && !value->is_null && vonk_type_is_fractional(value->type) && value->type->id != VONK_TYPE_DECIMAL) {
    put_str(w, vonk_str_make((const char *)&value->real, sizeof value->real));
  }
}

static void put_node(struct writer *w, const struct vonk_node *node);

static void put_nodes(struct writer *w, const struct vonk_nodes *nodes) {
  put_number(w, nodes->count);
  for (uint32_t i = 0; i < nodes->count; i++) put_node(w, nodes->items[i]);
}

static void put_name(struct writer *w, const struct vonk_name *name) {
  put_number(w, name->count);
  for (uint32_t i = 0; i < name->count; i++) put_str(w, name->parts[i]);
}

/* Of a scan numbers of the source's columns, of a join flags; else ids. */
static void put_ids(struct writer *w, const struct vonk_node *node, const struct vonk_ids *ids) {
  bool plain = RELATION_IS(node, scan) || RELATION_IS(node, join_on);
  put_number(w, ids->count);
  for (uint32_t i = 0; i < ids->count; i++) {
    if (plain) put_number(w, ids->items[i]);
    else put_id(w, ids->items[i]);
  }
}

static void put_field(struct writer *w, const struct vonk_node *node, const struct vonk_field *field) {
  const void *p = (const char *)node + field->offset;
  const struct vonk_options *options = p;
  switch ((enum vonk_field_kind)field->kind) {
    case VONK_KIND_NODE: put_node(w, *(struct vonk_node *const *)p); break;
    case VONK_KIND_NODES: put_nodes(w, p); break;
    case VONK_KIND_STR:
    case VONK_KIND_BYTES: put_str(w, *(const struct vonk_str *)p); break;
    case VONK_KIND_NAME: put_name(w, p); break;
    case VONK_KIND_BOOL: put_number(w, *(const bool *)p); break;
    case VONK_KIND_ENUM: put_number(w, (uint64_t) * (const int32_t *)p); break;
    case VONK_KIND_INT: put_number(w, (uint64_t) * (const int64_t *)p); break;
    case VONK_KIND_REAL: put_str(w, vonk_str_make(p, sizeof(double))); break;
    case VONK_KIND_TYPE: put_str(w, *(const struct vonk_type *const *)p ? vonk_type_json(w->arena, *(const struct vonk_type *const *)p) : STR("")); break;
    case VONK_KIND_VALUE: put_value(w, p); break;
    case VONK_KIND_OPTIONS:
      put_number(w, options->count);
      for (uint32_t i = 0; i < options->count; i++) {
        put_str(w, options->items[i].key);
        put_str(w, options->items[i].value);
      }
      break;
    case VONK_KIND_ID: put_id(w, *(const uint64_t *)p); break;
    case VONK_KIND_IDS: put_ids(w, node, p); break;
    case VONK_KIND_BUFFER:
    case VONK_KIND_POINTER: put_str(w, vonk_str_make(p, sizeof(void *))); break;
  }
}

static STATUS put_relation(void *object, struct vonk_node *child) {
  if (child->type->node_class == VONK_CLASS_RELATION) put_node(object, child);
  return VONK_OK;
}

static void put_node(struct writer *w, const struct vonk_node *node) {
  if (!node) {
    put_number(w, 0);
    return;
  }
  put_str(w, vonk_str_of(node->type->name));
  bool is_relation = node->type->node_class == VONK_CLASS_RELATION, reads = RELATION_IS(node, scan) || RELATION_IS(node, rows);
  const struct vonk_relation *relation = (const struct vonk_relation *)(const void *)node;
  if (w->options->differs(node)) w->is_stable = false;
  if (is_relation && vonk_node_children(node, put_relation, w) != VONK_OK) ASSERT(!"a walk cannot fail");
  if (reads) w->options->put_source(w->options->object, &w->text, relation);
  for (uint32_t f = 0; f < node->type->field_count; f++) {
    const struct vonk_field *field = &node->type->fields[f];
    bool is_input = is_relation && field->kind == VONK_KIND_NODE && *(struct vonk_node *const *)((const char *)node + field->offset) &&
                    (*(struct vonk_node *const *)((const char *)node + field->offset))->type->node_class == VONK_CLASS_RELATION;
    if (!field->hidden && !is_input && !(reads && field->kind == VONK_KIND_POINTER)) put_field(w, node, field);
  }
  if (!is_relation) return;
  put_number(w, relation->column_count);
  for (uint32_t i = 0; i < relation->column_count; i++) {
    put_id(w, relation->columns[i].id);
    put_str(w, vonk_type_json(w->arena, relation->columns[i].type));
  }
}

bool vonk_plan_canonical(struct vonk_arena *arena, const struct vonk_relation *plan, const struct vonk_canonical_options *options, struct vonk_str *out) {
  struct writer w = {.arena = arena, .options = options, .is_stable = true};
  vonk_text_init(&w.text, arena);
  vonk_map_init(&w.numbers, arena, false);
  put_node(&w, &plan->node);
  *out = vonk_text_str(&w.text);
  return w.is_stable;
}
