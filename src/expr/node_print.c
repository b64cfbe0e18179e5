/* node_print.c: nodes as text for debugging: name(field=value, ...), relations below each other. */
#include "expr/node.h"

static void print_node(struct vonk_text *out, const struct vonk_node *node, int depth);

static void print_child(struct vonk_text *out, const struct vonk_node *child, int depth) {
  if (child->type->node_class == VONK_CLASS_EXPR) {
    print_node(out, child, depth);
    return;
  }
  vonk_text_add_char(out, '\n');
  for (int i = 0; i <= depth; i++) vonk_text_add(out, STR("  "));
  print_node(out, child, depth + 1);
}

static void print_names(struct vonk_text *out, const struct vonk_name *name) {
  for (uint32_t i = 0; i < name->count; i++) vonk_text_addf(out, "%s" STR_FMT, i ? "." : "", STR_ARG(name->parts[i]));
}

static void print_field(struct vonk_text *out, uint8_t kind, const void *p, int depth) {
  switch ((enum vonk_field_kind)kind) {
    case VONK_KIND_NODE: print_child(out, *(struct vonk_node *const *)p, depth); return;
    case VONK_KIND_NODES: {
      const struct vonk_nodes *list = p;
      vonk_text_add_char(out, '[');
      for (uint32_t i = 0; i < list->count; i++) {
        if (i) vonk_text_add(out, STR(", "));
        print_child(out, list->items[i], depth);
      }
      vonk_text_add_char(out, ']');
      return;
    }
    case VONK_KIND_BUFFER: return;
    case VONK_KIND_BYTES: vonk_text_addf(out, "%zu bytes", ((const struct vonk_str *)p)->size); return;
    case VONK_KIND_STR: vonk_text_add(out, *(const struct vonk_str *)p); return;
    case VONK_KIND_NAME: print_names(out, p); return;
    case VONK_KIND_BOOL: vonk_text_add(out, *(const bool *)p ? STR("true") : STR("false")); return;
    case VONK_KIND_ENUM: vonk_text_addf(out, "%d", *(const int32_t *)p); return;
    case VONK_KIND_INT: vonk_text_addf(out, "%lld", (long long)*(const int64_t *)p); return;
    case VONK_KIND_REAL: vonk_text_addf(out, "%.17g", *(const double *)p); return;
    case VONK_KIND_TYPE: vonk_text_add(out, vonk_type_simple_string(out->arena, *(const struct vonk_type *const *)p)); return;
    case VONK_KIND_VALUE: vonk_text_add(out, vonk_value_sql(out->arena, p)); return;
    case VONK_KIND_OPTIONS: {
      const struct vonk_options *options = p;
      for (uint32_t i = 0; i < options->count; i++) {
        vonk_text_addf(out, "%s" STR_FMT ":" STR_FMT, i ? "," : "", STR_ARG(options->items[i].key), STR_ARG(options->items[i].value));
      }
      return;
    }
    case VONK_KIND_ID: vonk_text_addf(out, "#%llu", (unsigned long long)*(const uint64_t *)p); return;
    case VONK_KIND_IDS: {
      const struct vonk_ids *ids = p;
      for (uint32_t i = 0; i < ids->count; i++) vonk_text_addf(out, "%s#%llu", i ? "," : "", (unsigned long long)ids->items[i]);
      return;
    }
    case VONK_KIND_POINTER: vonk_text_add_char(out, '*'); return;
  }
}

static bool is_empty(uint8_t kind, const void *p) {
  switch ((enum vonk_field_kind)kind) {
    case VONK_KIND_NODE:
    case VONK_KIND_TYPE:
    case VONK_KIND_BUFFER:
    case VONK_KIND_POINTER: return *(const void *const *)p == NULL;
    case VONK_KIND_NODES: return ((const struct vonk_nodes *)p)->count == 0;
    case VONK_KIND_BYTES:
    case VONK_KIND_STR: return ((const struct vonk_str *)p)->size == 0;
    case VONK_KIND_NAME: return ((const struct vonk_name *)p)->count == 0;
    case VONK_KIND_BOOL: return !*(const bool *)p;
    case VONK_KIND_ENUM: return *(const int32_t *)p == 0;
    case VONK_KIND_VALUE: return ((const struct vonk_value *)p)->type == NULL;
    case VONK_KIND_OPTIONS: return ((const struct vonk_options *)p)->count == 0;
    case VONK_KIND_IDS: return ((const struct vonk_ids *)p)->count == 0;
    default: return false;
  }
}

static void print_node(struct vonk_text *out, const struct vonk_node *node, int depth) {
  bool first = true;
  vonk_text_addf(out, "%s(", node->type->name);
  for (uint32_t f = 0; f < node->type->field_count; f++) {
    const struct vonk_field *field = &node->type->fields[f];
    const void *p = (const char *)node + field->offset;
    if (is_empty(field->kind, p)) continue;
    vonk_text_addf(out, "%s%s=", first ? "" : ", ", field->name);
    print_field(out, field->kind, p, depth);
    first = false;
  }
  vonk_text_add_char(out, ')');
}

struct vonk_str vonk_node_print(struct vonk_arena *arena, const struct vonk_node *node) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  print_node(&out, node, 0);
  return vonk_text_str(&out);
}
