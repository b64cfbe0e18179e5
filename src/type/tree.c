/* tree.c: see tree.h. */
#include "type/tree.h"

#include "base/array.h"

enum { TREE_PREFIX_MAX = 256 };

/* DataType.typeName: the long names of the integers, no parameters but a decimal's. */
static struct vonk_str type_name(struct vonk_arena *arena, const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_INT: return STR("integer");
    case VONK_TYPE_LONG: return STR("long");
    case VONK_TYPE_SHORT: return STR("short");
    case VONK_TYPE_BYTE: return STR("byte");
    case VONK_TYPE_ARRAY: return STR("array");
    case VONK_TYPE_MAP: return STR("map");
    case VONK_TYPE_STRUCT: return STR("struct");
    default: return vonk_type_simple_string(arena, type);
  }
}

static void put_fields(struct vonk_text *out, struct vonk_str prefix, const struct vonk_type *schema, uint32_t levels);

static void put_inside(struct vonk_text *out, struct vonk_str prefix, const struct vonk_type *type, uint32_t levels);

struct part {
  const char *name, *containment;
  const struct vonk_type *type;
  bool nullable;
};

static void put_part(struct vonk_text *out, struct vonk_str prefix, const struct part *part, uint32_t levels) {
  vonk_text_addf(out, STR_FMT "-- %s: " STR_FMT, STR_ARG(prefix), part->name, STR_ARG(type_name(out->arena, part->type)));
  if (part->containment) vonk_text_addf(out, " (%s = %s)", part->containment, part->nullable ? "true" : "false");
  vonk_text_add_char(out, '\n');
  put_inside(out, prefix, part->type, levels - 1);
}

static void put_inside(struct vonk_text *out, struct vonk_str prefix, const struct vonk_type *type, uint32_t levels) {
  if (levels == 0 || prefix.size > TREE_PREFIX_MAX) return;
  struct vonk_str inner = vonk_str_format(out->arena, STR_FMT "    |", STR_ARG(prefix));
  if (type->id == VONK_TYPE_STRUCT) put_fields(out, inner, type, levels);
  if (type->id == VONK_TYPE_ARRAY) put_part(out, inner, &(struct part){"element", "containsNull", type->element, type->contains_null}, levels);
  if (type->id != VONK_TYPE_MAP) return;
  put_part(out, inner, &(struct part){"key", NULL, type->key, false}, levels);
  put_part(out, inner, &(struct part){"value", "valueContainsNull", type->element, type->contains_null}, levels);
}

static void put_fields(struct vonk_text *out, struct vonk_str prefix, const struct vonk_type *schema, uint32_t levels) {
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    put_part(out, prefix, &(struct part){vonk_str_copy(out->arena, field->name).data, "nullable", field->type, field->nullable}, levels);
  }
}

struct vonk_str vonk_type_tree(struct vonk_arena *arena, const struct vonk_type *schema, uint32_t levels) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  vonk_text_add(&out, STR("root\n"));
  put_fields(&out, STR(" |"), schema, levels ? levels : UINT32_MAX);
  return vonk_text_str(&out);
}
