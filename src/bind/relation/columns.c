/* columns.c: with_columns, with_columns_renamed, to_df, drop: a projection of the input's columns, some replaced. */
#include "bind/rewrite.h"

static struct vonk_str alias_name(const struct vonk_expr *expr) {
  const struct vonk_expr_alias *alias = EXPR_AS(expr, alias);
  return alias && alias->names.count ? alias->names.parts[0] : (struct vonk_str){0};
}

static STATUS check_duplicates(struct binder *b, struct vonk_exprs aliases, const struct vonk_origin *origin) {
  for (uint32_t i = 0; i < aliases.count; i++) {
    for (uint32_t j = 0; j < i; j++) {
      struct vonk_str name = alias_name(aliases.items[i]);
      if (!bind_same_name(b, name, alias_name(aliases.items[j]))) continue;
      if (!b->case_sensitive) name = vonk_str_lower(b->arena, name);
      return vonk_raise(b->task, VONK_COLUMN_ALREADY_EXISTS, origin, "columnName", vonk_type_quote(b->arena, name), NULL);
    }
  }
  return VONK_OK;
}

STATUS bind_with_columns(struct binder *b, const struct vonk_relation_with_columns *with, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_origin *origin = with->relation.node.origin;
  struct vonk_relation *input;
  struct make_exprs list = {0};
  bool *replaces = ARENA_ARRAY(b->arena, bool, with->aliases.count);
  TRY(bind_input(b, with->input, outer, &input));
  TRY(check_duplicates(b, with->aliases, origin));
  for (uint32_t i = 0; i < input->column_count; i++) {
    if (input->columns[i].hidden) continue;
    struct vonk_expr *expr = bind_reference(b, &input->columns[i], origin);
    for (uint32_t k = 0; k < with->aliases.count; k++) {
      if (!bind_same_name(b, input->columns[i].name, alias_name(with->aliases.items[k]))) continue;
      expr = with->aliases.items[k];
      replaces[k] = true;
    }
    *ARRAY_PUSH(b->arena, &list) = expr;
  }
  for (uint32_t k = 0; k < with->aliases.count; k++) {
    if (!replaces[k]) *ARRAY_PUSH(b->arena, &list) = with->aliases.items[k];
  }
  return bind_rewritten(b, make_project(b, input, make_list(&list), origin), outer, out);
}

/* The visible columns of INPUT, those whose name changes as new columns. NAMES has one for each. */
static struct vonk_relation *renamed(struct binder *b, struct vonk_relation *input, const struct vonk_str *names, bool all_new, const struct vonk_origin *origin) {
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, input->column_count);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, input->column_count);
  uint32_t n = 0;
  for (uint32_t i = 0; i < input->column_count; i++) {
    const struct vonk_plan_column *column = &input->columns[i];
    if (column->hidden) continue;
    columns[n] = *column;
    exprs[n] = bind_reference(b, column, origin);
    if (all_new || !vonk_str_equal(column->name, names[n])) {
      columns[n].id = bind_new_id(b);
      columns[n].qualifier = (struct vonk_name){0};
      columns[n].name = names[n];
      if (vonk_str_equal(column->metadata, BIND_AUTOMATIC_NAME)) columns[n].metadata = STR("");
    }
    n++;
  }
  return bind_project(b, input, columns, exprs, n, origin);
}

STATUS bind_with_columns_renamed(struct binder *b, const struct vonk_relation_with_columns_renamed *with, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  uint32_t count = 0;
  TRY(bind_input(b, with->input, outer, &input));
  struct vonk_str *names = ARENA_ARRAY(b->arena, struct vonk_str, input->column_count);
  for (uint32_t i = 0; i < input->column_count; i++) {
    if (!input->columns[i].hidden) names[count++] = input->columns[i].name;
  }
  for (uint32_t r = 0; r < with->renames.count; r++) {
    for (uint32_t i = 0; i < count; i++) {
      if (bind_same_name(b, names[i], with->renames.items[r].key)) names[i] = with->renames.items[r].value;
    }
  }
  *out = renamed(b, input, names, false, with->relation.node.origin);
  return VONK_OK;
}

STATUS bind_to_df(struct binder *b, const struct vonk_relation_to_df *to_df, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  uint32_t visible = 0;
  TRY(bind_input(b, to_df->input, outer, &input));
  for (uint32_t i = 0; i < input->column_count; i++) visible += !input->columns[i].hidden;
  if (to_df->column_names.count != visible) {
    return vonk_raise(b->task, VONK_ASSIGNMENT_ARITY_MISMATCH, to_df->relation.node.origin, "numExpr", vonk_str_format(b->arena, "%u", to_df->column_names.count),
                      "numTarget", vonk_str_format(b->arena, "%u", visible), NULL);
  }
  *out = renamed(b, input, to_df->column_names.parts, true, to_df->relation.node.origin);
  return VONK_OK;
}

/* --- drop --- */

static bool is_named(const struct binder *b, struct vonk_name names, struct vonk_str name) {
  for (uint32_t i = 0; i < names.count; i++) {
    if (bind_same_name(b, names.parts[i], name)) return true;
  }
  return false;
}

/* What names no column drops nothing; a plan that is not there is an error. */
static STATUS dropped_id(struct binder *b, const struct bind_scope *scope, struct vonk_expr *unresolved, uint64_t *out) {
  const struct vonk_expr_attribute *attribute = EXPR_AS(unresolved, attribute);
  struct vonk_expr *expr = NULL;
  *out = 0;
  if (!attribute) TRY(bind_expr(b, scope, unresolved, &expr));
  else if (attribute->expr.node.plan_id >= 0) TRY(bind_plan_column_try(b, scope, attribute, &expr));
  else TRY(bind_name_try(b, scope, attribute, &expr));
  const struct vonk_expr_column *column = expr ? EXPR_AS(expr, column) : NULL;
  if (column) *out = column->id;
  return VONK_OK;
}

STATUS bind_drop(struct binder *b, const struct vonk_relation_drop *drop, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  struct make_exprs kept = {0};
  uint64_t *ids = ARENA_ARRAY(b->arena, uint64_t, drop->columns.count);
  TRY(bind_input(b, drop->input, outer, &input));
  struct bind_scope scope = {.outer = outer, .columns = bind_columns_of(input)};
  for (uint32_t i = 0; i < drop->columns.count; i++) TRY(dropped_id(b, &scope, drop->columns.items[i], &ids[i]));
  for (uint32_t i = 0; i < input->column_count; i++) {
    const struct vonk_plan_column *column = &input->columns[i];
    bool dropped = column->hidden || is_named(b, drop->column_names, column->name);
    for (uint32_t k = 0; k < drop->columns.count && !dropped; k++) dropped = ids[k] && (ids[k] == column->id || ids[k] == column->same_as);
    if (!dropped) *ARRAY_PUSH(b->arena, &kept) = bind_reference(b, column, drop->relation.node.origin);
  }
  return bind_rewritten(b, make_project(b, input, make_list(&kept), drop->relation.node.origin), outer, out);
}
