/* subquery.c: (query), EXISTS (query), x IN (query). The plan keeps references to columns around it, marked outer. */
#include "bind/binder_internal.h"

static STATUS visible_only(struct binder *b, struct vonk_relation *plan, struct vonk_relation **out) {
  return bind_alias_columns(b, plan, (struct vonk_str){0}, (struct vonk_name){0}, NULL, out);
}

static STATUS scalar(struct binder *b, struct vonk_expr_subquery *subquery, struct vonk_relation *plan) {
  if (plan->column_count != 1) {
    return vonk_raise(b->task, VONK_INVALID_SUBQUERY_EXPRESSION__SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN, subquery->expr.node.origin, "number",
                      vonk_str_format(b->arena, "%u", plan->column_count), NULL);
  }
  subquery->expr.type = plan->columns[0].type;
  subquery->expr.nullable = true;
  subquery->expr.raises = subquery->expr.can_raise = true;
  return VONK_OK;
}

/* "(a IN (listquery()))" */
static struct vonk_str shown(struct binder *b, const struct vonk_expr_subquery *subquery) {
  struct vonk_text text;
  vonk_text_init(&text, b->arena);
  bool several = subquery->values.count != 1;
  for (uint32_t i = 0; i < subquery->values.count; i++) {
    vonk_text_addf(&text, "%s" STR_FMT, i ? ", " : several ? "\"(named_struct(" : "\"(", STR_ARG(vonk_expr_sql(b->arena, subquery->values.items[i])));
  }
  vonk_text_addf(&text, "%s IN (listquery()))\"", several ? ")" : "");
  return vonk_text_str(&text);
}

/* Both sides of IN brought to common types, as set operations do. */
static STATUS in(struct binder *b, const struct bind_scope *scope, struct vonk_expr_subquery *subquery, struct vonk_relation **plan) {
  uint32_t count = subquery->values.count;
  const struct vonk_origin *origin = subquery->expr.node.origin;
  TRY(bind_exprs(b, scope, subquery->values, &subquery->values));
  if (count != (*plan)->column_count) {
    struct vonk_text left, right;
    vonk_text_init(&left, b->arena);
    vonk_text_init(&right, b->arena);
    for (uint32_t i = 0; i < count; i++) vonk_text_addf(&left, "%s" STR_FMT, i ? ", " : "", STR_ARG(bind_quote_expr(b, subquery->values.items[i])));
    for (uint32_t i = 0; i < (*plan)->column_count; i++) {
      vonk_text_addf(&right, "%s\"" STR_FMT "\"", i ? ", " : "", STR_ARG((*plan)->columns[i].name));
    }
    return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__IN_SUBQUERY_LENGTH_MISMATCH, origin, "leftLength", vonk_str_format(b->arena, "%u", count), "rightLength",
                      vonk_str_format(b->arena, "%u", (*plan)->column_count), "leftColumns", vonk_text_str(&left), "rightColumns", vonk_text_str(&right),
                      "sqlExpr", shown(b, subquery), NULL);
  }
  const struct vonk_type **types = ARENA_ARRAY(b->arena, const struct vonk_type *, count);
  bool nullable = false;
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_expr *value = subquery->values.items[i];
    const struct vonk_type *column = (*plan)->columns[i].type;
    TRY(bind_common_type(b, value->type, column, &types[i]));
    if (!types[i]) {
      return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__IN_SUBQUERY_DATA_TYPE_MISMATCH, origin, "mismatchedColumns", bind_quote_expr(b, value), "leftType",
                        bind_quote_type(b, value->type), "rightType", bind_quote_type(b, column), "sqlExpr", shown(b, subquery), NULL);
    }
    nullable |= value->nullable || (*plan)->columns[i].nullable;
    TRY(bind_cast(b, value, types[i], true, &subquery->values.items[i]));
  }
  subquery->expr.type = &vonk_type_boolean;
  subquery->expr.nullable = nullable;
  return bind_cast_columns(b, *plan, types, plan);
}

STATUS bind_subquery(struct binder *b, const struct bind_scope *scope, struct vonk_expr_subquery *unresolved, struct vonk_expr **out) {
  struct vonk_expr_subquery *subquery = (struct vonk_expr_subquery *)(void *)vonk_node_clone(b->arena, &unresolved->expr.node);
  struct vonk_relation *plan;
  struct bind_scope none = {0};
  const struct bind_windows *windows = b->windows;
  struct bind_trace *trace = b->trace;
  b->windows = NULL;
  b->trace = NULL;
  enum vonk_status status = bind_relation(b, unresolved->plan, scope ? scope : &none, &plan);
  b->windows = windows;
  b->trace = trace;
  TRY(status);
  TRY(visible_only(b, plan, &plan));
  subquery->expr.deterministic = true;
  switch (subquery->kind) {
    case VONK_SUBQUERY_SCALAR: TRY(scalar(b, subquery, plan)); break;
    case VONK_SUBQUERY_IN: TRY(in(b, scope, subquery, &plan)); break;
    case VONK_SUBQUERY_EXISTS: subquery->expr.type = &vonk_type_boolean; break;
    default: return vonk_unsupported(b->task, unresolved->expr.node.origin, "a table as an argument");
  }
  subquery->expr.physical = (uint8_t)vonk_physical_of(subquery->expr.type);
  subquery->plan = &plan->node;
  *out = &subquery->expr;
  return VONK_OK;
}
