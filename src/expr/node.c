/* node.c: walk, rewrite, copy, equality, hash and print of all nodes, written once over their field tables. */
#include "expr/node.h"

#include "base/map.h"
#include "expr/expr.h"

struct vonk_node *vonk_node_create(struct vonk_arena *arena, const struct vonk_node_type *type, const struct vonk_origin *origin) {
  struct vonk_node *node = vonk_arena_alloc(arena, type->size);
  node->type = type;
  node->origin = origin;
  node->plan_id = -1;
  return node;
}

static void *member(const struct vonk_node *node, const struct vonk_field *field) {
  return (char *)(uintptr_t)node + field->offset;
}

STATUS vonk_node_children(const struct vonk_node *node, vonk_node_visit *visit, void *object) {
  for (uint32_t f = 0; f < node->type->field_count; f++) {
    const struct vonk_field *field = &node->type->fields[f];
    if (field->kind == VONK_KIND_NODE) {
      struct vonk_node *child = *(struct vonk_node **)member(node, field);
      if (child) TRY(visit(object, child));
    } else if (field->kind == VONK_KIND_NODES) {
      struct vonk_nodes *list = member(node, field);
      for (uint32_t i = 0; i < list->count; i++) TRY(visit(object, list->items[i]));
    }
  }
  return VONK_OK;
}

struct vonk_node *vonk_node_clone(struct vonk_arena *arena, const struct vonk_node *node) {
  return vonk_arena_copy(arena, node, node->type->size);
}

/* --- rewriting --- */

struct mapping {
  struct vonk_arena *arena;
  bool into_subplans;
  vonk_node_rewrite *map;
  void *object;
};

/* The copy of NODE that is changed; made when the first child changes. */
static struct vonk_node *own(const struct mapping *m, const struct vonk_node *node, struct vonk_node **copy) {
  if (!*copy) *copy = vonk_node_clone(m->arena, node);
  return *copy;
}

static STATUS map_list(const struct mapping *m, const struct vonk_node *node, const struct vonk_field *field, struct vonk_node **copy) {
  struct vonk_nodes *list = member(node, field);
  struct vonk_node **items = NULL;
  for (uint32_t i = 0; i < list->count; i++) {
    struct vonk_node *child;
    TRY(m->map(m->object, list->items[i], &child));
    if (child == list->items[i]) continue;
    if (!items) items = vonk_arena_copy(m->arena, list->items, sizeof *items * list->count);
    items[i] = child;
  }
  if (items) ((struct vonk_nodes *)member(own(m, node, copy), field))->items = items;
  return VONK_OK;
}

/* COPY: NODE's copy to change, NULL when there is none yet. */
static STATUS map_fields(const struct mapping *m, struct vonk_node *node, struct vonk_node *copy, struct vonk_node **out) {
  for (uint32_t f = 0; f < node->type->field_count; f++) {
    const struct vonk_field *field = &node->type->fields[f];
    if (field->kind == VONK_KIND_NODES) TRY(map_list(m, node, field, &copy));
    if (field->kind != VONK_KIND_NODE) continue;
    struct vonk_node *child = *(struct vonk_node **)member(node, field), *changed;
    if (!child) continue;
    if (!m->into_subplans && child->type->node_class != VONK_CLASS_EXPR && node->type->node_class == VONK_CLASS_EXPR) continue;
    TRY(m->map(m->object, child, &changed));
    if (changed != child) *(struct vonk_node **)member(own(m, node, &copy), field) = changed;
  }
  *out = copy ? copy : node;
  if (copy && copy->type->node_class == VONK_CLASS_EXPR) {
    struct vonk_expr *expr = (struct vonk_expr *)(void *)copy;
    expr->can_raise = vonk_expr_may_raise(expr);
  }
  return VONK_OK;
}

STATUS vonk_node_map_children(struct vonk_arena *arena, struct vonk_node *node, vonk_node_rewrite *map, void *object, struct vonk_node **out) {
  struct mapping m = {arena, true, map, object};
  return map_fields(&m, node, NULL, out);
}

struct rewriter {
  struct mapping fields;      /* its map is rewrite_node */
  bool deep;                  /* a copy of everything */
  vonk_node_rewrite *rewrite; /* NULL: none */
  void *object;
  struct vonk_map done;       /* by address: shared nodes are rewritten once */
};

static struct vonk_str copy_text(struct vonk_arena *arena, struct vonk_str text) { return text.data ? vonk_str_copy(arena, text) : text; }

struct vonk_name vonk_name_copy(struct vonk_arena *arena, struct vonk_name name) {
  struct vonk_str *parts = ARENA_ARRAY(arena, struct vonk_str, name.count);
  for (uint32_t i = 0; i < name.count; i++) parts[i] = copy_text(arena, name.parts[i]);
  return (struct vonk_name){parts, name.count};
}

struct vonk_options vonk_options_copy(struct vonk_arena *arena, struct vonk_options options) {
  struct vonk_option *items = ARENA_ARRAY(arena, struct vonk_option, options.count);
  for (uint32_t i = 0; i < options.count; i++) {
    items[i] = (struct vonk_option){copy_text(arena, options.items[i].key), copy_text(arena, options.items[i].value)};
  }
  return (struct vonk_options){items, options.count};
}

static const struct vonk_origin *copy_origin(struct vonk_arena *arena, const struct vonk_origin *origin) {
  if (!origin) return NULL;
  struct vonk_origin *copy = vonk_arena_copy(arena, origin, sizeof *origin);
  copy->text = copy_text(arena, origin->text);
  copy->object_type = copy_text(arena, origin->object_type);
  copy->object_name = copy_text(arena, origin->object_name);
  copy->call_site = copy_text(arena, origin->call_site);
  return copy;
}

static void release_buffer(void *buffer) { vonk_buffer_release(buffer); }

/* NODE with what its fields point at copied, but for its children. */
static struct vonk_node *copy_alone(struct vonk_arena *arena, const struct vonk_node *node) {
  struct vonk_node *copy = vonk_node_clone(arena, node);
  copy->origin = copy_origin(arena, node->origin);
  for (uint32_t f = 0; f < node->type->field_count; f++) {
    void *field = member(copy, &node->type->fields[f]);
    struct vonk_ids *ids = field;
    const struct vonk_type **type = field;
    switch ((enum vonk_field_kind)node->type->fields[f].kind) {
      case VONK_KIND_NODE:
      case VONK_KIND_NODES:
      case VONK_KIND_BYTES:
      case VONK_KIND_BOOL:
      case VONK_KIND_ENUM:
      case VONK_KIND_INT:
      case VONK_KIND_REAL:
      case VONK_KIND_ID:
      case VONK_KIND_POINTER: break;
      case VONK_KIND_BUFFER: vonk_arena_on_reset(arena, release_buffer, vonk_buffer_retain(*(struct vonk_buffer **)field)); break;
      case VONK_KIND_STR: *(struct vonk_str *)field = copy_text(arena, *(struct vonk_str *)field); break;
      case VONK_KIND_NAME: *(struct vonk_name *)field = vonk_name_copy(arena, *(struct vonk_name *)field); break;
      case VONK_KIND_OPTIONS: *(struct vonk_options *)field = vonk_options_copy(arena, *(struct vonk_options *)field); break;
      case VONK_KIND_TYPE: *type = *type ? vonk_type_copy(arena, *type) : NULL; break;
      case VONK_KIND_VALUE: {
        struct vonk_value *value = field;
        if (value->type) *value = vonk_value_copy(arena, value);
        break;
      }
      case VONK_KIND_IDS: ids->items = vonk_arena_copy(arena, ids->items, ids->count * sizeof *ids->items); break;
    }
  }
  return copy;
}

static STATUS rewrite_node(void *rewriter, struct vonk_node *node, struct vonk_node **out) {
  struct rewriter *r = rewriter;
  struct vonk_str key = {(const char *)&node, sizeof node};
  struct vonk_node *known = vonk_map_get(&r->done, key);
  if (known) {
    *out = known;
    return VONK_OK;
  }
  struct vonk_node *changed;
  TRY(map_fields(&r->fields, node, r->deep ? copy_alone(r->fields.arena, node) : NULL, &changed));
  if (r->rewrite) TRY(r->rewrite(r->object, changed, &changed));
  vonk_map_put(&r->done, key, changed);
  *out = changed;
  return VONK_OK;
}

STATUS vonk_node_transform(struct vonk_task *task, struct vonk_node *node, bool into_subplans, vonk_node_rewrite *rewrite,
                           void *object, struct vonk_node **out) {
  struct rewriter r = {.fields = {task->arena, into_subplans, rewrite_node, &r}, .rewrite = rewrite, .object = object};
  vonk_map_init(&r.done, task->arena, false);
  return rewrite_node(&r, node, out);
}

struct vonk_node *vonk_node_copy(struct vonk_arena *arena, const struct vonk_node *node) {
  struct rewriter r = {.fields = {arena, true, rewrite_node, &r}, .deep = true};
  struct vonk_node *out = NULL;
  vonk_map_init(&r.done, arena, false);
  if (rewrite_node(&r, (struct vonk_node *)(uintptr_t)node, &out) != VONK_OK) ASSERT(!"copies cannot fail");
  return out;
}

/* --- names --- */

static struct vonk_str quoted_parts(struct vonk_arena *arena, struct vonk_name name, struct vonk_str between) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (uint32_t i = 0; i < name.count; i++) {
    if (i) vonk_text_add(&text, between);
    vonk_text_add(&text, vonk_type_quote(arena, name.parts[i]));
  }
  return vonk_text_str(&text);
}

struct vonk_str vonk_name_quote(struct vonk_arena *arena, struct vonk_name name) { return quoted_parts(arena, name, STR(".")); }

struct vonk_str vonk_name_list(struct vonk_arena *arena, struct vonk_name names) { return quoted_parts(arena, names, STR(", ")); }

/* --- equality and hash --- */

static bool equal_types(const struct vonk_type *a, const struct vonk_type *b) {
  return a == b || (a && b && vonk_type_equal(a, b));
}

static bool equal_values(const struct vonk_value *a, const struct vonk_value *b) {
  return equal_types(a->type, b->type) && (!a->type || vonk_value_equal(a, b));
}

static bool equal_names(const struct vonk_name *a, const struct vonk_name *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    if (!vonk_str_equal(a->parts[i], b->parts[i])) return false;
  }
  return true;
}

static bool equal_options(const struct vonk_options *a, const struct vonk_options *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    if (!vonk_str_equal(a->items[i].key, b->items[i].key) || !vonk_str_equal(a->items[i].value, b->items[i].value)) return false;
  }
  return true;
}

static bool equal_lists(const struct vonk_nodes *a, const struct vonk_nodes *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    if (!vonk_node_equal(a->items[i], b->items[i])) return false;
  }
  return true;
}

static bool equal_ids(const struct vonk_ids *a, const struct vonk_ids *b) {
  return a->count == b->count && (a->count == 0 || memcmp(a->items, b->items, sizeof *a->items * a->count) == 0);
}

static bool equal_field(uint8_t kind, const void *a, const void *b) {
  switch ((enum vonk_field_kind)kind) {
    case VONK_KIND_NODE: {
      const struct vonk_node *left = *(struct vonk_node *const *)a, *right = *(struct vonk_node *const *)b;
      return left == right || (left && right && vonk_node_equal(left, right));
    }
    case VONK_KIND_NODES: return equal_lists(a, b);
    case VONK_KIND_BYTES:
    case VONK_KIND_STR: return vonk_str_equal(*(const struct vonk_str *)a, *(const struct vonk_str *)b);
    case VONK_KIND_NAME: return equal_names(a, b);
    case VONK_KIND_BOOL: return *(const bool *)a == *(const bool *)b;
    case VONK_KIND_ENUM: return *(const int32_t *)a == *(const int32_t *)b;
    case VONK_KIND_INT:
    case VONK_KIND_REAL:
    case VONK_KIND_ID:
    case VONK_KIND_BUFFER:
    case VONK_KIND_POINTER: return memcmp(a, b, 8) == 0;
    case VONK_KIND_TYPE: return equal_types(*(const struct vonk_type *const *)a, *(const struct vonk_type *const *)b);
    case VONK_KIND_VALUE: return equal_values(a, b);
    case VONK_KIND_OPTIONS: return equal_options(a, b);
    case VONK_KIND_IDS: return equal_ids(a, b);
  }
  return false;
}

bool vonk_node_equal(const struct vonk_node *a, const struct vonk_node *b) {
  if (a == b) return true;
  if (a->type != b->type) return false;
  for (uint32_t f = 0; f < a->type->field_count; f++) {
    const struct vonk_field *field = &a->type->fields[f];
    if (!field->hidden && !equal_field(field->kind, member(a, field), member(b, field))) return false;
  }
  return true;
}

static uint64_t mix(uint64_t hash, uint64_t more) {
  hash = (hash ^ more) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

static uint64_t hash_field(uint8_t kind, const void *p) {
  uint64_t hash = kind;
  switch ((enum vonk_field_kind)kind) {
    case VONK_KIND_NODE: return *(struct vonk_node *const *)p ? vonk_node_hash(*(struct vonk_node *const *)p) : 0;
    case VONK_KIND_NODES: {
      const struct vonk_nodes *list = p;
      for (uint32_t i = 0; i < list->count; i++) hash = mix(hash, vonk_node_hash(list->items[i]));
      return hash;
    }
    case VONK_KIND_BYTES:
    case VONK_KIND_STR: return vonk_str_hash(*(const struct vonk_str *)p);
    case VONK_KIND_NAME: {
      const struct vonk_name *name = p;
      for (uint32_t i = 0; i < name->count; i++) hash = mix(hash, vonk_str_hash(name->parts[i]));
      return hash;
    }
    case VONK_KIND_BOOL: return *(const bool *)p;
    case VONK_KIND_ENUM: return (uint64_t)*(const int32_t *)p;
    case VONK_KIND_INT:
    case VONK_KIND_REAL:
    case VONK_KIND_ID:
    case VONK_KIND_BUFFER:
    case VONK_KIND_POINTER: return *(const uint64_t *)p;
    case VONK_KIND_TYPE: return *(const struct vonk_type *const *)p ? (uint64_t)(*(const struct vonk_type *const *)p)->id + 1 : 0;
    case VONK_KIND_VALUE: return ((const struct vonk_value *)p)->type ? vonk_value_hash(p) : 0;
    case VONK_KIND_OPTIONS: return ((const struct vonk_options *)p)->count;
    case VONK_KIND_IDS: {
      const struct vonk_ids *ids = p;
      for (uint32_t i = 0; i < ids->count; i++) hash = mix(hash, ids->items[i]);
      return hash;
    }
  }
  return hash;
}

uint64_t vonk_node_hash(const struct vonk_node *node) {
  uint64_t hash = vonk_str_hash(vonk_str_of(node->type->name));
  for (uint32_t f = 0; f < node->type->field_count; f++) {
    const struct vonk_field *field = &node->type->fields[f];
    if (!field->hidden) hash = mix(hash, hash_field(field->kind, member(node, field)));
  }
  return hash;
}
