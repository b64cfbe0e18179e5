/* replace.c: df.na.replace: values of columns of one kind replaced by others; numbers are compared and given as DOUBLE. */
#include "bind/rewrite.h"

enum kind { NUMBERS, BOOLEANS, STRINGS, NOTHING };

static enum kind kind_of(const struct vonk_type *type) {
  if (vonk_type_is_numeric(type)) return NUMBERS;
  if (vonk_type_is_string(type)) return STRINGS;
  return type->id == VONK_TYPE_BOOLEAN ? BOOLEANS : NOTHING;
}

/* A literal as TYPE; numbers on the way through DOUBLE. */
static struct vonk_expr *value_as(struct binder *b, struct vonk_expr *literal, const struct vonk_type *type) {
  const struct vonk_expr_literal *value = EXPR_AS(literal, literal);
  if (!value || value->value.is_null) return make_null(b, type);
  if (vonk_type_is_numeric(value->value.type)) literal = make_cast(b, literal, &vonk_type_double);
  return make_cast(b, literal, type);
}

static struct vonk_expr *compared(struct binder *b, struct vonk_expr *literal) {
  const struct vonk_expr_literal *value = EXPR_AS(literal, literal);
  bool number = value && !value->value.is_null && vonk_type_is_numeric(value->value.type);
  return number ? make_cast(b, literal, &vonk_type_double) : literal;
}

static struct vonk_expr *replaced(struct binder *b, const struct vonk_relation_replace *replace, const struct vonk_plan_column *column) {
  struct make_exprs branches = {0};
  struct vonk_expr *reference = bind_reference(b, column, replace->relation.node.origin);
  for (uint32_t i = 0; i < replace->old_values.count; i++) {
    *ARRAY_PUSH(b->arena, &branches) = make_call(b, "==", reference, compared(b, replace->old_values.items[i]));
    *ARRAY_PUSH(b->arena, &branches) = value_as(b, replace->new_values.items[i], column->type);
  }
  *ARRAY_PUSH(b->arena, &branches) = reference;
  return make_alias(b, make_call_list(b, "when", make_list(&branches)), column->name);
}

static STATUS is_meant(struct binder *b, const struct vonk_relation_replace *replace, const struct vonk_relation *input, bool *meant) {
  for (uint32_t i = 0; i < input->column_count; i++) meant[i] = !replace->column_names.count;
  for (uint32_t n = 0; n < replace->column_names.count; n++) {
    struct vonk_expr *expr;
    TRY(bind_named_column(b, input, replace->column_names.parts[n], replace->relation.node.origin, &expr));
    const struct vonk_expr_column *column = EXPR_AS(expr, column);
    for (uint32_t i = 0; column && i < input->column_count; i++) meant[i] |= input->columns[i].id == column->id;
  }
  return VONK_OK;
}

STATUS bind_replace(struct binder *b, const struct vonk_relation_replace *replace, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_expr_literal *first = replace->old_values.count ? EXPR_AS(replace->old_values.items[0], literal) : NULL;
  enum kind kind = first ? kind_of(first->value.type) : NOTHING;
  struct vonk_relation *input;
  struct make_exprs list = {0};
  TRY(bind_input(b, replace->input, outer, &input));
  bool *meant = ARENA_ARRAY(b->arena, bool, input->column_count);
  TRY(is_meant(b, replace, input, meant));
  for (uint32_t i = 0; i < input->column_count; i++) {
    const struct vonk_plan_column *column = &input->columns[i];
    if (column->hidden) continue;
    bool same_kind = kind != NOTHING && kind_of(column->type) == kind && meant[i];
    *ARRAY_PUSH(b->arena, &list) = same_kind ? replaced(b, replace, column) : bind_reference(b, column, replace->relation.node.origin);
  }
  return bind_rewritten(b, make_project(b, input, make_list(&list), replace->relation.node.origin), outer, out);
}
