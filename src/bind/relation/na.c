/* na.c: fill_na, drop_na: NULL, and NaN where a column can hold it, replaced or left out with its row. */
#include "bind/rewrite.h"

static bool is_real(const struct vonk_type *type) { return type->id == VONK_TYPE_DOUBLE || type->id == VONK_TYPE_FLOAT; }

/* Ids of the columns that NAMES mean; 0 for a field of a struct. */
static STATUS named_ids(struct binder *b, const struct vonk_relation *input, struct vonk_name names, const struct vonk_origin *origin, uint64_t **out) {
  uint64_t *ids = ARENA_ARRAY(b->arena, uint64_t, names.count);
  for (uint32_t i = 0; i < names.count; i++) {
    struct vonk_expr *expr;
    TRY(bind_named_column(b, input, names.parts[i], origin, &expr));
    const struct vonk_expr_column *column = EXPR_AS(expr, column);
    if (column) ids[i] = column->id;
  }
  *out = ids;
  return VONK_OK;
}

/* --- fill --- */

/* One value for many columns fills those of its own kind; a value for one column is cast to it. */
static bool fits(const struct vonk_type *column, const struct vonk_type *value) {
  if (vonk_type_is_numeric(value)) return vonk_type_is_numeric(column);
  return vonk_type_is_string(value) ? vonk_type_is_string(column) : column->id == value->id;
}

static struct vonk_expr *filled(struct binder *b, const struct vonk_plan_column *column, struct vonk_expr *value, const struct vonk_origin *origin) {
  struct vonk_expr *reference = bind_reference(b, column, origin);
  if (is_real(column->type)) reference = make_call(b, "nanvl", reference, make_null(b, column->type));
  return make_alias(b, make_call(b, "coalesce", reference, make_cast(b, value, column->type)), column->name);
}

/* The value for a column: of its own, or the one for all. NULL: it stays. */
static struct vonk_expr *value_for(const struct vonk_relation_fill_na *fill, const struct vonk_plan_column *column, const uint64_t *ids) {
  struct vonk_expr *one = fill->values.count == 1 ? fill->values.items[0] : NULL;
  const struct vonk_expr_literal *literal = one ? EXPR_AS(one, literal) : NULL;
  if (literal && !fits(column->type, literal->value.type)) return NULL;
  if (!fill->column_names.count) return one;
  for (uint32_t i = fill->column_names.count; i-- > 0;) {
    if (ids[i] == column->id && (one || i < fill->values.count)) return one ? one : fill->values.items[i];
  }
  return NULL;
}

STATUS bind_fill_na(struct binder *b, const struct vonk_relation_fill_na *fill, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_origin *origin = fill->relation.node.origin;
  struct vonk_relation *input;
  struct make_exprs list = {0};
  uint64_t *ids;
  TRY(bind_input(b, fill->input, outer, &input));
  TRY(named_ids(b, input, fill->column_names, origin, &ids));
  for (uint32_t i = 0; i < input->column_count; i++) {
    const struct vonk_plan_column *column = &input->columns[i];
    struct vonk_expr *value = value_for(fill, column, ids);
    if (!column->hidden) *ARRAY_PUSH(b->arena, &list) = value ? filled(b, column, value, origin) : bind_reference(b, column, origin);
  }
  return bind_rewritten(b, make_project(b, input, make_list(&list), origin), outer, out);
}

/* --- drop --- */

static struct vonk_expr *is_there(struct binder *b, struct vonk_expr *expr) {
  struct vonk_expr *there = make_call(b, "isnotnull", expr);
  return is_real(expr->type) ? make_call(b, "and", there, make_call(b, "not", make_call(b, "isnan", expr))) : there;
}

static struct vonk_expr *fold_calls(struct binder *b, const char *name, struct vonk_exprs list) {
  struct vonk_expr *all = list.items[0];
  for (uint32_t i = 1; i < list.count; i++) all = make_call(b, name, all, list.items[i]);
  return all;
}

/* At least COUNT of LIST are there. */
static struct vonk_expr *at_least(struct binder *b, struct vonk_exprs list, int64_t count) {
  struct vonk_expr **there = ARENA_ARRAY(b->arena, struct vonk_expr *, list.count);
  struct vonk_exprs conditions = {there, list.count};
  for (uint32_t i = 0; i < list.count; i++) there[i] = is_there(b, list.items[i]);
  if (count == list.count) return fold_calls(b, "and", conditions);
  if (count == 1) return fold_calls(b, "or", conditions);
  for (uint32_t i = 0; i < list.count; i++) there[i] = make_call(b, "when", there[i], make_int(b, 1), make_int(b, 0));
  return make_call(b, ">=", fold_calls(b, "+", conditions), make_int(b, count > INT32_MAX ? INT32_MAX : count));
}

STATUS bind_drop_na(struct binder *b, const struct vonk_relation_drop_na *drop, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_origin *origin = drop->relation.node.origin;
  struct vonk_relation *input;
  struct make_exprs list = {0};
  TRY(bind_input(b, drop->input, outer, &input));
  for (uint32_t i = 0; i < drop->column_names.count; i++) {
    TRY(bind_named_column(b, input, drop->column_names.parts[i], origin, ARRAY_PUSH(b->arena, &list)));
  }
  for (uint32_t i = 0; i < input->column_count && !drop->column_names.count; i++) {
    if (!input->columns[i].hidden) *ARRAY_PUSH(b->arena, &list) = bind_reference(b, &input->columns[i], origin);
  }
  int64_t count = drop->min_non_nulls < 0 ? (int64_t)list.count : drop->min_non_nulls;
  *out = input;
  if (count == 0 || !list.count) return VONK_OK;
  return bind_rewritten(b, make_filter(b, input, at_least(b, make_list(&list), count), origin), outer, out);
}
