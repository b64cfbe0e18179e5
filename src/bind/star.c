/* star.c: *, t.*, s.* of a struct, EXCEPT, and columns by pattern. */
#include "bind/binder_internal.h"

#include "func/regex.h"

static void add_column(struct binder *b, const struct vonk_plan_column *column, const struct vonk_origin *origin, struct bind_items *out) {
  struct bind_item item = {.expr = bind_reference(b, column, origin), .column = *column, .origin = origin};
  item.column.hidden = false;
  *ARRAY_PUSH(b->arena, out) = item;
}

/* Columns of one table; hidden join columns of it are meant too. False when the name is no table's. */
static bool add_qualified(struct binder *b, struct bind_columns columns, const struct vonk_expr_star *star, struct bind_items *out) {
  size_t before = out->count;
  for (uint32_t i = 0; i < columns.count; i++) {
    if (!columns.items[i].is_metadata && bind_qualifier_matches(b, columns.items[i].qualifier, star->target)) add_column(b, &columns.items[i], star->expr.node.origin, out);
  }
  return out->count > before;
}

/* s.*: the fields of a struct column. */
static STATUS add_fields(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_star *star, struct bind_items *out) {
  const struct vonk_origin *origin = star->expr.node.origin;
  struct vonk_expr_attribute *attribute = EXPR_NEW(b->arena, attribute, origin);
  struct vonk_expr *base;
  attribute->name = star->target;
  struct bind_scope first = scope ? *scope : (struct bind_scope){0};
  first.added = (struct bind_columns){0}; /* stars are expanded before these come */
  TRY(bind_name_try(b, &first, attribute, &base));
  if (!base || base->type->id != VONK_TYPE_STRUCT) {
    struct vonk_text list;
    vonk_text_init(&list, b->arena);
    for (uint32_t i = 0; scope && i < scope->columns.count; i++) {
      if (i) vonk_text_add(&list, STR(", "));
      vonk_text_add(&list, vonk_type_quote(b->arena, scope->columns.items[i].name));
    }
    return vonk_raise(b->task, VONK_CANNOT_RESOLVE_STAR_EXPAND, origin, "targetString", vonk_name_quote(b->arena, star->target), "columns",
                      vonk_text_str(&list), NULL);
  }
  for (uint32_t i = 0; i < base->type->field_count; i++) {
    struct bind_item item = {.origin = origin};
    TRY(bind_field(b, base, base->type->fields[i].name, origin, &item.expr));
    item.column.name = base->type->fields[i].name;
    *ARRAY_PUSH(b->arena, out) = item;
  }
  return VONK_OK;
}

static STATUS drop_excepted(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_star *star, size_t first, struct bind_items *out) {
  struct binder visible = *b; /* there is no _metadata in a star */
  visible.sees_metadata = false;
  for (uint32_t e = 0; e < star->except.count; e++) {
    struct vonk_expr *expr, *named = (struct vonk_expr *)(void *)vonk_node_clone(b->arena, &star->except.items[e]->node);
    named->node.origin = star->expr.node.origin; /* what is wrong with it is told of the star */
    TRY(bind_expr(&visible, scope, named, &expr));
    struct vonk_expr_column *column = EXPR_AS(expr, column);
    if (!column) return vonk_unsupported(b->task, star->except.items[e]->node.origin, "EXCEPT of a struct's field");
    size_t kept = first;
    for (size_t i = first; i < out->count; i++) {
      struct vonk_expr_column *item = EXPR_AS(out->items[i].expr, column);
      if (!item || item->id != column->id) out->items[kept++] = out->items[i];
    }
    if (kept == out->count) {
      return vonk_raise(b->task, VONK_EXCEPT_OVERLAPPING_COLUMNS, star->except.items[e]->node.origin, "columns", vonk_type_quote(b->arena, column->name), NULL);
    }
    out->count = kept;
  }
  return VONK_OK;
}

STATUS bind_star(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_star *star, struct bind_items *out) {
  struct bind_columns columns = scope ? scope->columns : (struct bind_columns){0};
  size_t first = out->count;
  if (star->expr.node.plan_id >= 0) TRY(bind_plan_columns(b, scope, &star->expr.node, &columns));
  if (star->target.count == 0) {
    if (columns.count == 0) {
      return vonk_raise(b->task, VONK_CANNOT_RESOLVE_STAR_EXPAND, star->expr.node.origin, "targetString", STR("`*`"), "columns", STR(""), NULL);
    }
    for (uint32_t i = 0; i < columns.count; i++) {
      if (!columns.items[i].hidden) add_column(b, &columns.items[i], star->expr.node.origin, out);
    }
  } else if (!add_qualified(b, columns, star, out)) {
    TRY(add_fields(b, scope, star, out));
  }
  return drop_excepted(b, scope, star, first, out);
}

/* Does the whole of NAME fit? */
static STATUS fits(struct binder *b, struct vonk_regex *regex, struct vonk_str name, bool *out) {
  struct vonk_regex_match match;
  TRY(vonk_regex_find(b->task, regex, name, 0, &match, out));
  *out = *out && match.groups[0].from == 0 && match.groups[0].to == name.size;
  return VONK_OK;
}

STATUS bind_regex(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_regex *regex, struct bind_items *out) {
  struct bind_columns columns = scope ? scope->columns : (struct bind_columns){0};
  struct vonk_regex *compiled;
  if (regex->expr.node.plan_id >= 0) TRY(bind_plan_columns(b, scope, &regex->expr.node, &columns));
  struct vonk_str pattern = vonk_str_format(b->arena, "%s(?:" STR_FMT ")$", b->case_sensitive ? "^" : "(?i)^", STR_ARG(regex->pattern));
  TRY(vonk_regex_open(b->task, pattern, &compiled));
  if (!compiled) return vonk_raise(b->task, VONK_INVALID_PARAMETER_VALUE__PATTERN, regex->expr.node.origin, "parameter", STR("regexp"), "functionName", STR("`regexp`"), "value", vonk_type_quote(b->arena, regex->pattern), NULL);
  enum vonk_status status = VONK_OK;
  for (uint32_t i = 0; i < columns.count && status == VONK_OK; i++) {
    bool fit = false;
    if (columns.items[i].hidden || !bind_qualifier_matches(b, columns.items[i].qualifier, regex->target)) continue;
    status = fits(b, compiled, columns.items[i].name, &fit);
    if (fit) add_column(b, &columns.items[i], regex->expr.node.origin, out);
  }
  vonk_regex_close(compiled);
  return status;
}

STATUS bind_star_arguments(struct binder *b, const struct bind_scope *scope, struct vonk_exprs unresolved, struct vonk_exprs *out) {
  struct { struct vonk_expr **items; size_t count, capacity; } list = {0};
  bool any = false;
  for (uint32_t i = 0; i < unresolved.count && !any; i++) any = EXPR_IS(unresolved.items[i], star) || EXPR_IS(unresolved.items[i], expression_string);
  *out = unresolved;
  if (!any) return VONK_OK;
  for (uint32_t i = 0; i < unresolved.count; i++) {
    struct vonk_expr *item;
    TRY(bind_expand_text(b, unresolved.items[i], &item));
    struct vonk_expr_star *star = EXPR_AS(item, star);
    if (!star) {
      *ARRAY_PUSH(b->arena, &list) = item;
      continue;
    }
    struct bind_items items = {0};
    TRY(bind_star(b, scope, star, &items));
    for (size_t k = 0; k < items.count; k++) *ARRAY_PUSH(b->arena, &list) = items.items[k].expr;
  }
  *out = (struct vonk_exprs){list.items, (uint32_t)list.count};
  return VONK_OK;
}
