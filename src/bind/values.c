/* values.c: VALUES: rows of constants, each column of the common type of its items. */
#include "bind/binder_internal.h"

struct vonk_exprs bind_row_items(struct vonk_node **row) {
  struct vonk_expr_function *function = EXPR_AS(*row, function);
  if (function && function->name.count == 1 && vonk_str_equal(function->name.parts[0], STR("struct"))) return function->arguments;
  return (struct vonk_exprs){(struct vonk_expr **)(void *)row, 1};
}

static STATUS bind_row(struct binder *b, const struct bind_scope *outer, const struct vonk_origin *origin, struct vonk_node **row, uint32_t index, uint32_t count, struct vonk_expr **cells) {
  struct vonk_exprs items = bind_row_items(row);
  if (items.count != count) {
    return vonk_raise(b->task, VONK_INVALID_INLINE_TABLE__NUM_COLUMNS_MISMATCH, origin, "expectedNumCols", vonk_str_format(b->arena, "%u", count),
                      "actualNumCols", vonk_str_format(b->arena, "%u", items.count), "rowIndex", vonk_str_format(b->arena, "%u", index), NULL);
  }
  struct bind_scope scope = {.outer = outer};
  for (uint32_t i = 0; i < count; i++) TRY(bind_expr(b, &scope, items.items[i], &cells[i]));
  return VONK_OK;
}

static STATUS common_types(struct binder *b, struct vonk_expr **cells, uint32_t rows, struct vonk_plan_column *columns, uint32_t count, const struct vonk_origin *origin) {
  for (uint32_t c = 0; c < count; c++) {
    const struct vonk_type *type = cells[c]->type;
    bool nullable = cells[c]->nullable;
    for (uint32_t r = 1; r < rows; r++) {
      struct vonk_expr *cell = cells[(size_t)r * count + c];
      TRY(bind_common_type(b, type, cell->type, &type));
      nullable |= cell->nullable;
      if (!type) {
        return vonk_raise(b->task, VONK_INVALID_INLINE_TABLE__INCOMPATIBLE_TYPES_IN_INLINE_TABLE, origin, "colName",
                          vonk_str_format(b->arena, "`col%u`", c + 1), NULL);
      }
    }
    columns[c] = (struct vonk_plan_column){.id = bind_new_id(b), .name = vonk_str_format(b->arena, "col%u", c + 1), .type = type, .nullable = nullable};
  }
  return VONK_OK;
}

static STATUS fold_cell(struct binder *b, struct vonk_expr *cell, struct vonk_plan_column *column, struct vonk_expr **out) {
  struct vonk_value value;
  const struct vonk_origin *origin = cell->node.origin;
  if (vonk_expr_references(b->arena, cell).count || bind_find(&cell->node, true, bind_test_aggregate, NULL)) {
    return vonk_raise(b->task, VONK_INVALID_INLINE_TABLE__CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE, origin, "expr", bind_quote_expr(b, cell), NULL);
  }
  TRY(bind_cast(b, cell, column->type, true, out));
  if (!(*out)->deterministic || EXPR_IS(*out, literal) || *b->folds) return VONK_OK;
  TRY(bind_fold(b, *out, &value));
  *out = vonk_expr_literal_of(b->arena, &value, origin);
  return VONK_OK;
}

STATUS bind_values(struct binder *b, const struct vonk_relation_values *values, const struct bind_scope *outer, struct vonk_relation **out) {
  uint32_t row_count = values->rows.count, count = bind_row_items(&values->rows.items[0]).count;
  const struct vonk_origin *origin = values->relation.node.origin;
  struct vonk_expr **cells = ARENA_ARRAY(b->arena, struct vonk_expr *, (size_t)row_count * count);
  struct vonk_relation_rows *rows = RELATION_NEW(b->arena, rows, origin);
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, count);
  for (uint32_t r = 0; r < row_count; r++) TRY(bind_row(b, outer, origin, &values->rows.items[r], r, count, cells + (size_t)r * count));
  TRY(common_types(b, cells, row_count, columns, count, origin));
  rows->rows = (struct vonk_nodes){ARENA_ARRAY(b->arena, struct vonk_node *, row_count), row_count};
  for (uint32_t r = 0; r < row_count; r++) {
    struct vonk_expr_call *row = EXPR_NEW(b->arena, call, origin);
    row->expr.type = &vonk_type_void;
    row->expr.deterministic = true;
    row->arguments = (struct vonk_exprs){cells + (size_t)r * count, count};
    for (uint32_t c = 0; c < count; c++) TRY(fold_cell(b, cells[(size_t)r * count + c], &columns[c], &cells[(size_t)r * count + c]));
    rows->rows.items[r] = &row->expr.node;
  }
  rows->relation.columns = columns;
  rows->relation.column_count = count;
  rows->relation.estimated_rows = row_count;
  *out = &rows->relation;
  return VONK_OK;
}
