/* variant_schema.c: the types of scalars are those of their bytes; decimals are as long as their digits. */
#include "func/variant_schema.h"

#include "type/decimal.h"

static const struct vonk_type *schema_of(struct vonk_arena *arena, const struct vonk_variant *variant, uint32_t depth);

const struct vonk_type *vonk_variant_merge_types(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b) {
  if (a->id == VONK_TYPE_VOID || vonk_type_equal(a, b)) return b;
  if (b->id == VONK_TYPE_VOID) return a;
  if (a->id == VONK_TYPE_ARRAY && b->id == VONK_TYPE_ARRAY) return vonk_type_array(arena, vonk_variant_merge_types(arena, a->element, b->element), true);
  if (a->id == VONK_TYPE_STRUCT && b->id == VONK_TYPE_STRUCT) {
    struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, (size_t)a->field_count + b->field_count);
    uint32_t count = 0, i = 0, k = 0;
    while (i < a->field_count || k < b->field_count) {
      int order = i == a->field_count ? 1 : k == b->field_count ? -1 : vonk_str_compare(a->fields[i].name, b->fields[k].name);
      fields[count] = order <= 0 ? a->fields[i] : b->fields[k];
      if (order == 0) fields[count].type = vonk_variant_merge_types(arena, a->fields[i].type, b->fields[k].type);
      count++, i += order <= 0, k += order >= 0;
    }
    return vonk_type_struct(arena, fields, count);
  }
  if (!vonk_type_is_numeric(a) || !vonk_type_is_numeric(b)) return &vonk_type_variant;
  if (vonk_type_is_fractional(a) || vonk_type_is_fractional(b)) return &vonk_type_double;
  struct vonk_decimal_shape wide = vonk_decimal_wider_shape(vonk_decimal_shape_of(a), vonk_decimal_shape_of(b), false);
  return vonk_type_decimal(arena, wide.precision, wide.scale);
}

static const struct vonk_type *schema_of_container(struct vonk_arena *arena, const struct vonk_variant *variant, const struct vonk_variant_view *view,
                                                   uint32_t depth) {
  bool object = view->kind == VONK_VARIANT_OBJECT;
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, object ? view->count : 0);
  const struct vonk_type *element = &vonk_type_void;
  for (uint32_t i = 0; i < view->count; i++) {
    struct vonk_variant child;
    struct vonk_str name;
    const struct vonk_type *type = vonk_variant_child(variant, view, i, &name, &child) ? schema_of(arena, &child, depth + 1) : NULL;
    if (!type) return NULL;
    if (object) fields[i] = (struct vonk_type_field){.name = name, .type = type, .nullable = true};
    else element = vonk_variant_merge_types(arena, element, type);
  }
  return object ? vonk_type_struct(arena, fields, view->count) : vonk_type_array(arena, element, true);
}

/* NULL: the bytes are not valid. */
static const struct vonk_type *schema_of(struct vonk_arena *arena, const struct vonk_variant *variant, uint32_t depth) {
  struct vonk_variant_view view = vonk_variant_read(variant);
  int digits = 1;
  if (depth > VONK_VARIANT_DEPTH_MAX) return NULL;
  switch (view.kind) {
    case VONK_VARIANT_NULL: return &vonk_type_void;
    case VONK_VARIANT_BOOLEAN: return &vonk_type_boolean;
    case VONK_VARIANT_LONG: return &vonk_type_long;
    case VONK_VARIANT_DOUBLE: return &vonk_type_double;
    case VONK_VARIANT_FLOAT: return &vonk_type_float;
    case VONK_VARIANT_DECIMAL:
      for (; view.scale > 0 && view.decimal % 10 == 0; view.scale--) view.decimal /= 10;
      while (digits < VONK_DECIMAL_PRECISION_MAX && !vonk_decimal_fits(view.decimal, digits)) digits++;
      return vonk_type_decimal(arena, digits > view.scale ? digits : view.scale, view.scale);
    case VONK_VARIANT_DATE: return &vonk_type_date;
    case VONK_VARIANT_TIMESTAMP: return &vonk_type_timestamp;
    case VONK_VARIANT_TIMESTAMP_NTZ: return &vonk_type_timestamp_ntz;
    case VONK_VARIANT_BINARY: return &vonk_type_binary;
    case VONK_VARIANT_STRING:
    case VONK_VARIANT_UUID: return &vonk_type_string;
    case VONK_VARIANT_BROKEN: return NULL;
    default: return schema_of_container(arena, variant, &view, depth);
  }
}

/* Objects are called so. */
void vonk_variant_add_schema(struct vonk_text *out, const struct vonk_type *type) {
  if (type->id == VONK_TYPE_ARRAY) {
    vonk_text_add(out, STR("ARRAY<"));
    vonk_variant_add_schema(out, type->element);
    vonk_text_add_char(out, '>');
  } else if (type->id == VONK_TYPE_STRUCT) {
    vonk_text_add(out, STR("OBJECT<"));
    for (uint32_t i = 0; i < type->field_count; i++) {
      struct vonk_str name = vonk_type_quote_name(out->arena, type->fields[i].name);
      vonk_text_addf(out, "%s" STR_FMT ": ", i ? ", " : "", STR_ARG(name));
      vonk_variant_add_schema(out, type->fields[i].type);
    }
    vonk_text_add_char(out, '>');
  } else {
    vonk_text_add(out, vonk_type_sql(out->arena, type));
  }
}

const struct vonk_type *vonk_variant_schema(struct vonk_arena *arena, const struct vonk_variant *variant) { return schema_of(arena, variant, 0); }
