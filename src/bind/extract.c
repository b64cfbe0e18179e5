/* extract.c: s.f, a[i], m[k]: by the type of what stands before. */
#include "bind/binder_internal.h"

static struct vonk_expr *text_literal(struct binder *b, struct vonk_str text, const struct vonk_origin *origin) {
  struct vonk_value value = vonk_value_text(&vonk_type_string, text);
  return vonk_expr_literal_of(b->arena, &value, origin);
}

/* The index of field NAME; raises when there is none or several. */
static STATUS find_field(struct binder *b, const struct vonk_type *type, struct vonk_str name, const struct vonk_origin *origin, uint32_t *out) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < type->field_count; i++) {
    if (bind_same_name(b, type->fields[i].name, name) && found++ == 0) *out = i;
  }
  if (found == 1) return VONK_OK;
  if (found > 1) {
    return vonk_raise(b->task, VONK_AMBIGUOUS_REFERENCE_TO_FIELDS, origin, "field", vonk_type_quote(b->arena, name), "count", vonk_str_format(b->arena, "%u", found), NULL);
  }
  struct vonk_text list;
  vonk_text_init(&list, b->arena);
  for (uint32_t i = 0; i < type->field_count; i++) {
    if (i) vonk_text_add(&list, STR(", "));
    vonk_text_add(&list, vonk_type_quote(b->arena, type->fields[i].name));
  }
  return vonk_raise(b->task, VONK_FIELD_NOT_FOUND, origin, "fieldName", vonk_type_quote(b->arena, name), "fields", vonk_text_str(&list), NULL);
}

static STATUS bad_base(struct binder *b, const struct vonk_expr *base, const struct vonk_origin *origin) {
  return vonk_raise(b->task, VONK_INVALID_EXTRACT_BASE_FIELD_TYPE, origin, "base", bind_quote_expr(b, base), "other", bind_quote_type(b, base->type), NULL);
}

/* Field access is a call with the field's index as its second argument. */
STATUS bind_field(struct binder *b, struct vonk_expr *base, struct vonk_str name, const struct vonk_origin *origin, struct vonk_expr **out) {
  uint32_t index;
  if (base->type->id == VONK_TYPE_STRUCT) {
    TRY(find_field(b, base->type, name, origin, &index));
    return bind_call(b, "get_struct_field", origin, out, 2, base, bind_long(b, index, &vonk_type_int, origin));
  }
  if (base->type->id == VONK_TYPE_ARRAY && base->type->element->id == VONK_TYPE_STRUCT) {
    TRY(find_field(b, base->type->element, name, origin, &index));
    return bind_call(b, "get_array_struct_fields", origin, out, 2, base, bind_long(b, index, &vonk_type_int, origin));
  }
  if (base->type->id == VONK_TYPE_MAP) return bind_call(b, "get_map_value", origin, out, 2, base, text_literal(b, name, origin));
  return bad_base(b, base, origin);
}

STATUS bind_extract(struct binder *b, const struct bind_scope *scope, struct vonk_expr_extract *extract, struct vonk_expr **out) {
  struct vonk_expr *base, *key;
  const struct vonk_origin *origin = extract->expr.node.origin;
  TRY(bind_expr(b, scope, extract->child, &base));
  struct vonk_expr_literal *literal = EXPR_AS(extract->extraction, literal);
  bool is_name = literal && literal->value.type && vonk_type_is_string(literal->value.type) && !literal->value.is_null;
  if (is_name && base->type->id != VONK_TYPE_MAP) return bind_field(b, base, literal->value.text, origin, out);
  TRY(bind_expr(b, scope, extract->extraction, &key));
  if (base->type->id == VONK_TYPE_ARRAY) return bind_call(b, "get_array_item", origin, out, 2, base, key);
  if (base->type->id == VONK_TYPE_MAP) return bind_call(b, "get_map_value", origin, out, 2, base, key);
  if (base->type->id == VONK_TYPE_STRUCT) {
    return vonk_raise(b->task, VONK_INVALID_EXTRACT_FIELD_TYPE, origin, "extraction", bind_quote_expr(b, key), NULL);
  }
  return bad_base(b, base, origin);
}
