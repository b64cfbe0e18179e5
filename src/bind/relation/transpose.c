/* transpose.c: df.transpose: rows become columns, named by the values of one of them. The rows are asked for while binding. */
#include "bind/rewrite.h"

struct transpose {
  struct vonk_relation *input;
  const struct vonk_plan_column *index;
  const struct vonk_type *type;          /* of all other columns */
  struct make_exprs list;                /* the index as a text, then the others as TYPE */
};

static STATUS find_index(struct binder *b, const struct vonk_relation_transpose *node, const struct bind_scope *outer, struct transpose *t) {
  struct bind_scope scope = {.outer = outer, .columns = bind_columns_of(t->input)};
  struct vonk_expr *expr;
  if (node->index_columns.count > 1) {
    return vonk_raise(b->task, VONK_TRANSPOSE_INVALID_INDEX_COLUMN, NULL, "reason", STR("Only one column can be the index."), NULL);
  }
  t->index = &t->input->columns[0];
  if (node->index_columns.count) {
    TRY(bind_expr(b, &scope, node->index_columns.items[0], &expr));
    const struct vonk_expr_column *column = EXPR_AS(expr, column);
    t->index = NULL;
    for (uint32_t i = 0; column && i < t->input->column_count; i++) {
      if (t->input->columns[i].id == column->id) t->index = &t->input->columns[i];
    }
    if (!t->index) return vonk_raise(b->task, VONK_TRANSPOSE_INVALID_INDEX_COLUMN, NULL, "reason", STR("The index must be a column."), NULL);
  }
  if (!vonk_type_is_nested(t->index->type)) return VONK_OK;
  struct vonk_str reason = vonk_str_format(b->arena, "The index must not be of type " STR_FMT, STR_ARG(vonk_type_sql(b->arena, t->index->type)));
  return vonk_raise(b->task, VONK_TRANSPOSE_INVALID_INDEX_COLUMN, NULL, "reason", reason, NULL);
}

static STATUS common_type(struct binder *b, struct transpose *t) {
  t->type = NULL;
  for (uint32_t i = 0; i < t->input->column_count; i++) {
    const struct vonk_type *type = t->input->columns[i].type, *before = t->type;
    if (&t->input->columns[i] == t->index) continue;
    bool mixed = before && vonk_type_is_string(before) != vonk_type_is_string(type);
    if (!before) t->type = type;
    else if (!mixed) TRY(bind_common_type(b, before, type, &t->type));
    if (!mixed && t->type) continue;
    return vonk_raise(b->task, VONK_TRANSPOSE_NO_LEAST_COMMON_TYPE, NULL, "dt1", bind_quote_type(b, before), "dt2", bind_quote_type(b, type), NULL);
  }
  if (!t->type) t->type = &vonk_type_string;
  return VONK_OK;
}

static STATUS ask_rows(struct binder *b, struct transpose *t, const struct bind_scope *outer, struct vonk_bind_rows *out) {
  struct vonk_relation *rows;
  struct vonk_relation_sort *sort = RELATION_NEW(b->arena, sort, NULL);
  struct vonk_expr *index = bind_reference(b, t->index, NULL), **key = ARENA_NEW(b->arena, struct vonk_expr *);
  int64_t most = vonk_conf_int(b->conf, VONK_CONF_TRANSPOSE_MAX_VALUES);
  *key = make_sort_order(b, index, false);
  sort->input = make_filter(b, t->input, make_call(b, "isnotnull", index), NULL);
  sort->order = (struct vonk_exprs){key, 1};
  sort->is_global = true;
  TRY(bind_rewritten(b, &sort->relation, outer, &rows));
  *ARRAY_PUSH(b->arena, &t->list) = make_cast(b, index, &vonk_type_string);
  for (uint32_t i = 0; i < t->input->column_count; i++) {
    if (&t->input->columns[i] != t->index) *ARRAY_PUSH(b->arena, &t->list) = make_cast(b, bind_reference(b, &t->input->columns[i], NULL), t->type);
  }
  TRY(bind_rewritten(b, make_project(b, rows, make_list(&t->list), NULL), outer, &rows));
  most = most < BIND_COLUMNS_MAX ? most : BIND_COLUMNS_MAX - 1;
  TRY(bind_run(b, rows, (uint32_t)most + 1, out));
  if (out->row_count <= most) return VONK_OK;
  return vonk_raise(b->task, VONK_TRANSPOSE_EXCEED_ROW_LIMIT, NULL, "maxValues", vonk_str_format(b->arena, "%lld", (long long)most), "config",
                    STR("spark.sql.transposeMaxValues"), NULL);
}

STATUS bind_transpose(struct binder *b, const struct vonk_relation_transpose *transpose, const struct bind_scope *outer, struct vonk_relation **out) {
  struct transpose t = {0};
  struct vonk_bind_rows rows;
  TRY(bind_input(b, transpose->input, outer, &t.input));
  TRY(bind_alias_columns(b, t.input, (struct vonk_str){0}, (struct vonk_name){0}, NULL, &t.input));
  if (!t.input->column_count) {
    *out = t.input;
    return VONK_OK;
  }
  TRY(find_index(b, transpose, outer, &t));
  TRY(common_type(b, &t));
  TRY(ask_rows(b, &t, outer, &rows));
  uint32_t width = rows.row_count + 1, height = t.input->column_count - 1, row = 0;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, width);
  struct vonk_value *cells = ARENA_ARRAY(b->arena, struct vonk_value, (size_t)width * height);
  columns[0] = (struct vonk_plan_column){.name = STR("key"), .type = &vonk_type_string};
  for (uint32_t r = 0; r < rows.row_count; r++) {
    columns[r + 1] = (struct vonk_plan_column){.name = rows.values[(size_t)r * rows.column_count].text, .type = t.type, .nullable = true};
  }
  for (uint32_t i = 0; i < t.input->column_count; i++) {
    if (&t.input->columns[i] == t.index) continue;
    struct vonk_value *cell = cells + (size_t)row++ * width;
    *cell = vonk_value_text(&vonk_type_string, t.input->columns[i].name);
    for (uint32_t r = 0; r < rows.row_count; r++) cell[r + 1] = rows.values[(size_t)r * rows.column_count + row];
  }
  *out = make_rows(b, cells, height, columns, width, transpose->relation.node.origin);
  return VONK_OK;
}
