/* generate.c: generators: in the select list, as LATERAL VIEW, as a table in FROM; and range(). */
#include "bind/binder_internal.h"

#include "expr/function.h"

/* What a generator's rows are made of: its type is a STRUCT, or an ARRAY of them. */
static const struct vonk_type *row_type(const struct vonk_expr *call) {
  return call->type->id == VONK_TYPE_ARRAY ? call->type->element : call->type;
}

static STATUS make_columns(struct binder *b, const struct vonk_expr *call, bool is_outer, struct vonk_name names, struct vonk_str alias,
                           const struct vonk_origin *origin, struct vonk_plan_column **out, uint32_t *count) {
  const struct vonk_type *row = row_type(call);
  ASSERT(row->id == VONK_TYPE_STRUCT);
  if (names.count && names.count != row->field_count) {
    return vonk_raise(b->task, VONK_UDTF_ALIAS_NUMBER_MISMATCH, origin, "aliasesSize", vonk_str_format(b->arena, "%u", row->field_count), "aliasesNames",
                      bind_join_name(b->arena, names), NULL);
  }
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, row->field_count);
  struct vonk_str *qualifier = ARENA_NEW(b->arena, struct vonk_str);
  *qualifier = alias;
  for (uint32_t i = 0; i < row->field_count; i++) {
    const struct vonk_type_field *field = &row->fields[i];
    columns[i] = (struct vonk_plan_column){.id = bind_new_id(b), .name = names.count ? names.parts[i] : field->name, .type = field->type,
                                           .nullable = field->nullable || is_outer};
    if (alias.size) columns[i].qualifier = (struct vonk_name){qualifier, 1};
  }
  *out = columns;
  *count = row->field_count;
  return VONK_OK;
}

static struct vonk_relation *generate_over(struct binder *b, struct vonk_relation *input, struct vonk_expr *call, bool is_outer,
                                           const struct vonk_plan_column *made, uint32_t made_count, const struct vonk_origin *origin) {
  struct vonk_relation_generate *generate = RELATION_NEW(b->arena, generate, origin);
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, (size_t)input->column_count + made_count);
  if (input->column_count) memcpy(columns, input->columns, input->column_count * sizeof *columns);
  memcpy(columns + input->column_count, made, made_count * sizeof *columns);
  generate->input = input;
  generate->generator = call;
  generate->is_outer = is_outer;
  generate->relation.columns = columns;
  generate->relation.column_count = input->column_count + made_count;
  return &generate->relation;
}

STATUS bind_generate(struct binder *b, struct vonk_relation *input, struct vonk_expr *call, bool is_outer, struct vonk_name names,
                     struct vonk_str alias, const struct vonk_origin *origin, struct vonk_relation **out) {
  struct vonk_plan_column *columns;
  uint32_t count;
  TRY(make_columns(b, call, is_outer, names, alias, origin, &columns, &count));
  *out = generate_over(b, input, call, is_outer, columns, count, origin);
  return VONK_OK;
}

/* explode_outer(x) and the like are OUTER forms of the function without the ending. */
static struct vonk_expr *plain_generator(struct vonk_expr *unresolved, struct binder *b, bool *is_outer) {
  struct vonk_expr_function *function = EXPR_AS(unresolved, function);
  *is_outer = false;
  if (!function || function->name.count != 1) return unresolved;
  struct vonk_str name = vonk_str_lower(b->arena, function->name.parts[0]);
  if (!vonk_str_ends_with(name, STR("_outer"))) return unresolved;
  struct vonk_str *part = ARENA_NEW(b->arena, struct vonk_str);
  *part = vonk_str_slice(name, 0, name.size - 6);
  const struct vonk_function *plain = vonk_function_lookup(*part);
  if (!plain || plain->kind != VONK_GENERATOR) return unresolved;
  struct vonk_expr_function *copy = (struct vonk_expr_function *)(void *)vonk_node_clone(b->arena, &unresolved->node);
  copy->name = (struct vonk_name){part, 1};
  *is_outer = true;
  return &copy->expr;
}

STATUS bind_item_generator(struct bind_block *block, struct vonk_expr *unresolved, struct vonk_expr **call, bool *is_outer) {
  return bind_expr(block->b, &block->scope, plain_generator(unresolved, block->b, is_outer), call);
}

STATUS bind_add_generator(struct bind_block *block, struct vonk_expr *call, bool is_outer, struct vonk_name names, const struct vonk_origin *origin) {
  struct binder *b = block->b;
  struct bind_generator made = {.call = call, .is_outer = is_outer};
  TRY(make_columns(b, call, is_outer, names, (struct vonk_str){0}, origin, &made.columns, &made.column_count));
  *ARRAY_PUSH(b->arena, &block->generators) = made;
  for (uint32_t i = 0; i < made.column_count; i++) {
    struct bind_item item = {.expr = bind_reference(b, &made.columns[i], origin), .column = made.columns[i], .origin = origin};
    *ARRAY_PUSH(b->arena, &block->items) = item;
    *ARRAY_PUSH(b->arena, &block->aliases) = (struct bind_alias){item.column.name, item.expr};
  }
  return VONK_OK;
}

STATUS bind_extract_generator(struct bind_block *block) {
  struct binder *b = block->b;
  for (size_t i = 0; i < block->items.count; i++) {
    struct vonk_node *found = bind_find(&block->items.items[i].expr->node, false, bind_test_generator, NULL);
    if (found) {
      return vonk_raise(b->task, VONK_UNSUPPORTED_GENERATOR__NESTED_IN_EXPRESSIONS, found->origin, "expression",
                        bind_quote_expr(b, block->items.items[i].expr), NULL);
    }
  }
  for (size_t i = 0; i < block->generators.count; i++) {
    const struct bind_generator *g = &block->generators.items[i];
    block->relation = generate_over(b, block->relation, g->call, g->is_outer, g->columns, g->column_count, block->origin);
  }
  return VONK_OK;
}

static STATUS not_a_generator(struct binder *b, const struct vonk_expr *call) {
  return vonk_raise(b->task, VONK_UNSUPPORTED_GENERATOR__NOT_GENERATOR, call->node.origin, "functionName", bind_quote_expr(b, call), "classCanonicalName",
                    STR("org.apache.spark.sql.catalyst.expressions.Expression"), NULL);
}

STATUS bind_lateral_view(struct binder *b, const struct vonk_relation_lateral_view *view, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  struct vonk_expr *call;
  bool is_outer;
  TRY(bind_relation(b, &view->input->node, outer, &input));
  struct bind_scope scope = {.outer = outer, .columns = bind_columns_of(input)};
  TRY(bind_expr(b, &scope, plain_generator(view->generator, b, &is_outer), &call));
  if (!bind_is_generator(call)) return not_a_generator(b, call);
  return bind_generate(b, input, call, view->is_outer || is_outer, view->column_aliases, view->table_alias, view->relation.node.origin, out);
}

/* --- tables --- */

static STATUS range_argument(struct binder *b, struct vonk_expr *unresolved, int64_t *out) {
  struct vonk_expr *expr;
  struct vonk_value value;
  TRY(bind_expr(b, NULL, unresolved, &expr));
  TRY(bind_cast(b, expr, &vonk_type_long, true, &expr));
  TRY(bind_fold(b, expr, &value));
  if (value.is_null) {
    return vonk_raise(b->task, VONK_UNEXPECTED_INPUT_TYPE, unresolved->node.origin, "functionName", STR("`range`"), "paramIndex", STR("first"), "inputSql",
                      bind_quote_expr(b, expr), "inputType", STR("\"VOID\""), "requiredType", STR("\"BIGINT\""), NULL);
  }
  *out = value.integer;
  return VONK_OK;
}

static STATUS range_function(struct binder *b, const struct vonk_expr_function *call, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation_range *range = RELATION_NEW(b->arena, range, call->expr.node.origin);
  struct vonk_exprs a = call->arguments;
  if (a.count < 1 || a.count > 4) {
    return vonk_raise(b->task, VONK_WRONG_NUM_ARGS__WITHOUT_SUGGESTION, call->expr.node.origin, "functionName", STR("`range`"), "expectedNum",
                      STR("[1, 2, 3, 4]"), "actualNum", vonk_str_format(b->arena, "%u", a.count), "docroot", STR("https://spark.apache.org/docs/latest"), NULL);
  }
  range->step = 1;
  TRY(range_argument(b, a.items[a.count > 1], &range->end));
  if (a.count > 1) TRY(range_argument(b, a.items[0], &range->start));
  if (a.count > 2) TRY(range_argument(b, a.items[2], &range->step));
  if (a.count > 3) TRY(range_argument(b, a.items[3], &range->partitions));
  if (range->step == 0) return vonk_raise(b->task, VONK_FAILED_FUNCTION_CALL, call->expr.node.origin, "funcName", STR("`range`"), NULL);
  return bind_relation(b, &range->relation.node, outer, out);
}

STATUS bind_table_function(struct binder *b, const struct vonk_relation_table_function *function, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_expr_function *call = EXPR_AS(function->call, function);
  struct vonk_expr *bound;
  bool is_outer;
  struct vonk_str name = call->name.parts[call->name.count - 1];
  if (vonk_str_equal_nocase(name, STR("range"))) return range_function(b, call, outer, out);
  struct vonk_expr *unresolved = plain_generator(function->call, b, &is_outer);
  struct vonk_str plain = EXPR_AS(unresolved, function)->name.parts[call->name.count - 1];
  if (!vonk_function_lookup(plain)) {
    return vonk_raise(b->task, VONK_UNRESOLVABLE_TABLE_VALUED_FUNCTION, function->relation.node.origin, "name", vonk_name_quote(b->arena, call->name), NULL);
  }
  struct bind_scope scope = {.outer = outer};
  TRY(bind_expr(b, &scope, unresolved, &bound));
  if (!bind_is_generator(bound)) return not_a_generator(b, bound);
  TRY(bind_generate(b, bind_one_row(b, NULL), bound, is_outer, (struct vonk_name){0}, (struct vonk_str){0}, function->relation.node.origin, out));
  return VONK_OK;
}
