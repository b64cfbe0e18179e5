/* relation.c: relations one by one: the dispatch over kinds, and those that only pass rows through. */
#include "bind/binder_internal.h"

#include "expr/function.h"
#include "func/lookup.h"
#include "type/real_text.h"

uint64_t bind_new_id(struct binder *b) { return ++*b->next_id; }

struct bind_columns bind_columns_of(const struct vonk_relation *relation) {
  return (struct bind_columns){relation->columns, relation->column_count};
}

void bind_take_columns(struct vonk_relation *relation, const struct vonk_relation *input) {
  relation->columns = input->columns;
  relation->column_count = input->column_count;
}

struct vonk_relation *bind_over_columns(struct binder *b, struct vonk_relation *relation, const struct vonk_plan_column *columns) {
  struct vonk_relation *copy = (struct vonk_relation *)(void *)vonk_node_clone(b->arena, &relation->node);
  copy->columns = columns;
  return copy;
}

struct vonk_relation *bind_project(struct binder *b, struct vonk_relation *input, const struct vonk_plan_column *columns,
                                   struct vonk_expr **exprs, uint32_t count, const struct vonk_origin *origin) {
  struct vonk_relation_project *project = RELATION_NEW(b->arena, project, origin);
  project->input = input;
  project->expressions = (struct vonk_exprs){exprs, count};
  project->relation.columns = columns;
  project->relation.column_count = count;
  return &project->relation;
}

struct vonk_relation *bind_select_where(struct binder *b, struct vonk_relation *input, struct vonk_expr *condition, const struct vonk_origin *origin) {
  struct vonk_relation_select *select = RELATION_NEW(b->arena, select, origin);
  select->input = input;
  vonk_expr_split_and(b->arena, condition, &select->conjuncts);
  bind_take_columns(&select->relation, input);
  return &select->relation;
}

struct vonk_relation *bind_one_row(struct binder *b, const struct vonk_origin *origin) {
  struct vonk_relation_rows *rows = RELATION_NEW(b->arena, rows, origin);
  struct vonk_expr_call *row = EXPR_NEW(b->arena, call, origin);
  row->expr.deterministic = true;
  row->expr.type = vonk_type_struct(b->arena, NULL, 0);
  rows->rows = (struct vonk_nodes){ARENA_NEW(b->arena, struct vonk_node *), 1};
  rows->rows.items[0] = &row->expr.node;
  return &rows->relation;
}

static bool has_id(const struct vonk_relation *relation, uint64_t id) {
  for (uint32_t i = 0; i < relation->column_count; i++) {
    if (relation->columns[i].id == id) return true;
  }
  return false;
}

struct vonk_relation *bind_without_conflicts(struct binder *b, const struct vonk_relation *other, struct vonk_relation *relation) {
  bool conflict = false;
  for (uint32_t i = 0; i < relation->column_count && !conflict; i++) conflict = has_id(other, relation->columns[i].id);
  if (!conflict) return relation;
  uint32_t count = relation->column_count;
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, relation->columns, count * sizeof *columns);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, count);
  for (uint32_t i = 0; i < count; i++) {
    exprs[i] = bind_reference(b, &relation->columns[i], NULL);
    columns[i].id = bind_new_id(b);
  }
  struct vonk_relation *renewed = bind_project(b, relation, columns, exprs, count, NULL);
  bind_trace_renew(b, relation, renewed);
  return renewed;
}

STATUS bind_cast_columns(struct binder *b, struct vonk_relation *relation, const struct vonk_type *const *types, struct vonk_relation **out) {
  uint32_t count = relation->column_count;
  bool differs = false;
  *out = relation;
  for (uint32_t i = 0; i < count; i++) differs |= !vonk_type_equal(relation->columns[i].type, types[i]);
  if (!differs) return VONK_OK;
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, relation->columns, count * sizeof *columns);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, count);
  for (uint32_t i = 0; i < count; i++) {
    exprs[i] = bind_reference(b, &relation->columns[i], NULL);
    if (vonk_type_equal(columns[i].type, types[i])) continue;
    TRY(bind_cast(b, exprs[i], types[i], true, &exprs[i]));
    columns[i].id = bind_new_id(b);
    columns[i].type = types[i];
    columns[i].nullable = exprs[i]->nullable;
    columns[i].range = exprs[i]->range;
  }
  *out = bind_project(b, relation, columns, exprs, count, NULL);
  return VONK_OK;
}

STATUS bind_alias_columns(struct binder *b, struct vonk_relation *relation, struct vonk_str alias, struct vonk_name names,
                          const struct vonk_origin *origin, struct vonk_relation **out) {
  uint32_t visible = 0, n = 0;
  for (uint32_t i = 0; i < relation->column_count; i++) visible += !relation->columns[i].hidden;
  if (names.count && names.count != visible) {
    return vonk_raise(b->task, VONK_ASSIGNMENT_ARITY_MISMATCH, origin, "numExpr", vonk_str_format(b->arena, "%u", names.count), "numTarget",
                      vonk_str_format(b->arena, "%u", visible), NULL);
  }
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, visible);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, visible);
  struct vonk_str *qualifier = ARENA_NEW(b->arena, struct vonk_str);
  *qualifier = alias;
  for (uint32_t i = 0; i < relation->column_count; i++) {
    if (relation->columns[i].hidden) continue;
    columns[n] = relation->columns[i];
    if (names.count) columns[n].name = names.parts[n];
    if (alias.size) columns[n].qualifier = (struct vonk_name){qualifier, 1};
    exprs[n] = bind_reference(b, &relation->columns[i], NULL);
    n++;
  }
  *out = visible == relation->column_count ? bind_over_columns(b, relation, columns) : bind_project(b, relation, columns, exprs, visible, origin);
  return VONK_OK;
}

/* --- kinds --- */

static bool test_aggregate_name(const void *object, const struct vonk_node *node) {
  (void)object;
  const struct vonk_expr_function *function = EXPR_AS(node, function);
  const struct vonk_function *found = function ? vonk_function_lookup(function->name.parts[function->name.count - 1]) : NULL;
  return found && found->kind == VONK_AGGREGATE;
}

/* A filter of DataFrames over a grouping may have aggregates of its own: HAVING. */
static STATUS filter_group(struct binder *b, const struct vonk_relation_filter *filter, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation_having *having = RELATION_NEW(b->arena, having, filter->relation.node.origin);
  having->input = filter->input;
  having->condition = filter->condition;
  return bind_select(b, &having->relation.node, NULL, outer, out);
}

/* Windows of time that a filter or a sort asks for are columns of what it gives, as in Spark. */
static STATUS take_time_windows(struct binder *b, struct bind_scope *scope, struct vonk_exprs *list, const struct vonk_origin *origin, struct vonk_relation **input) {
  scope->columns = bind_columns_of(*input);
  TRY(bind_time_windows(b, scope, &list, 1, origin, input));
  scope->columns = bind_columns_of(*input);
  scope->added = (struct bind_columns){0};
  return VONK_OK;
}

STATUS bind_filter(struct binder *b, const struct vonk_relation_filter *filter, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  struct vonk_expr *condition;
  struct bind_missing missing;
  bool of_frame = filter->relation.node.plan_id >= 0, grouped = of_frame && RELATION_IS(filter->input, aggregate);
  if (grouped && bind_find(&filter->condition->node, false, test_aggregate_name, NULL)) return filter_group(b, filter, outer, out);
  TRY(bind_relation(b, filter->input ? &filter->input->node : NULL, outer, &input));
  bind_missing_from(b, &missing);
  struct bind_scope scope = {.outer = outer, .missing = of_frame ? &missing : NULL};
  struct vonk_expr *unresolved = filter->condition;
  struct vonk_exprs list = {&unresolved, 1};
  TRY(take_time_windows(b, &scope, &list, filter->relation.node.origin, &input));
  TRY(bind_condition(b, &scope, list.items[0], "WHERE", filter->relation.node.origin, &condition));
  uint32_t visible = input->column_count;
  TRY(bind_pull_up(b, &missing, input, &input));
  *out = bind_first_columns(b, bind_select_where(b, input, condition, filter->relation.node.origin), visible);
  return VONK_OK;
}

/* LIMIT, OFFSET: a constant, not negative, not null INT. */
static STATUS row_count(struct binder *b, const struct vonk_relation *input, struct vonk_expr *unresolved, const char *name, int64_t *out) {
  struct vonk_expr *expr;
  struct vonk_value value;
  const struct vonk_origin *origin = unresolved->node.origin;
  struct vonk_str clause = vonk_str_of(name);
  struct bind_scope scope = {.columns = bind_columns_of(input)};
  TRY(bind_expr(b, &scope, unresolved, &expr));
  struct vonk_str shown = bind_quote_expr(b, expr);
  if (vonk_expr_references(b->arena, expr).count || EXPR_IS(expr, subquery) || bind_find(&expr->node, false, bind_test_aggregate, NULL)) {
    return vonk_raise(b->task, VONK_INVALID_LIMIT_LIKE_EXPRESSION__IS_UNFOLDABLE, origin, "name", clause, "expr", shown, NULL);
  }
  if (expr->type->id != VONK_TYPE_INT && expr->type->id != VONK_TYPE_SHORT && expr->type->id != VONK_TYPE_BYTE) {
    return vonk_raise(b->task, VONK_INVALID_LIMIT_LIKE_EXPRESSION__DATA_TYPE, origin, "name", clause, "expr", shown, "dataType",
                      bind_quote_type(b, expr->type), NULL);
  }
  TRY(bind_fold(b, expr, &value));
  if (value.is_null) return vonk_raise(b->task, VONK_INVALID_LIMIT_LIKE_EXPRESSION__IS_NULL, origin, "name", clause, "expr", shown, NULL);
  if (value.integer < 0) {
    return vonk_raise(b->task, VONK_INVALID_LIMIT_LIKE_EXPRESSION__IS_NEGATIVE, origin, "name", clause, "expr", shown, "v",
                      vonk_str_format(b->arena, "%lld", (long long)value.integer), NULL);
  }
  *out = value.integer;
  return VONK_OK;
}

static struct vonk_relation *slice(struct binder *b, struct vonk_relation *input, int64_t offset, int64_t limit, bool from_end, const struct vonk_origin *origin) {
  struct vonk_relation_slice *slice = RELATION_NEW(b->arena, slice, origin);
  slice->input = input;
  slice->offset = offset;
  slice->limit = limit;
  slice->from_end = from_end;
  bind_take_columns(&slice->relation, input);
  return &slice->relation;
}

/* LIMIT ALL: recursions below may make any number of rows. */
static STATUS limit_all(struct binder *b, const struct vonk_relation_limit *limit, const struct bind_scope *outer, struct vonk_relation **out) {
  bool before = b->limit_all;
  b->limit_all = true;
  enum vonk_status status = bind_relation(b, &limit->input->node, outer, out);
  b->limit_all = before;
  return status;
}

/* LIMIT over OFFSET is one slice. */
STATUS bind_limit(struct binder *b, const struct vonk_relation_limit *limit, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  int64_t rows, skipped = 0;
  struct vonk_relation_offset *offset = RELATION_AS(limit->input, offset);
  if (!limit->count) return limit_all(b, limit, outer, out);
  TRY(bind_relation(b, offset ? &offset->input->node : &limit->input->node, outer, &input));
  if (offset) TRY(row_count(b, input, offset->count, "offset", &skipped));
  TRY(row_count(b, input, limit->count, "limit", &rows));
  *out = slice(b, input, skipped, rows, false, limit->relation.node.origin);
  return VONK_OK;
}

STATUS bind_offset(struct binder *b, const struct vonk_relation_offset *offset, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  int64_t skipped;
  TRY(bind_relation(b, &offset->input->node, outer, &input));
  TRY(row_count(b, input, offset->count, "offset", &skipped));
  *out = slice(b, input, skipped, -1, false, offset->relation.node.origin);
  return VONK_OK;
}

STATUS bind_tail(struct binder *b, const struct vonk_relation_tail *tail, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  TRY(bind_relation(b, &tail->input->node, outer, &input));
  if (tail->count < 0) {
    struct vonk_str count = vonk_str_format(b->arena, "%lld", (long long)tail->count);
    return vonk_raise(b->task, VONK_INVALID_LIMIT_LIKE_EXPRESSION__IS_NEGATIVE, tail->relation.node.origin, "name", STR("tail"), "expr",
                      vonk_str_format(b->arena, "\"" STR_FMT "\"", STR_ARG(count)), "v", count, NULL);
  }
  *out = slice(b, input, 0, tail->count, true, tail->relation.node.origin);
  return VONK_OK;
}

/* "a, b" */
static struct vonk_str names_of(struct binder *b, struct bind_columns columns) {
  struct vonk_text text;
  vonk_text_init(&text, b->arena);
  for (uint32_t i = 0; i < columns.count; i++) {
    if (!columns.items[i].hidden) vonk_text_addf(&text, "%s" STR_FMT, text.size ? ", " : "", STR_ARG(columns.items[i].name));
  }
  return vonk_text_str(&text);
}

/* All columns of that name: dropDuplicates takes the name for a plain one, and minds no other of the same. */
static STATUS add_columns_named(struct binder *b, struct bind_columns columns, struct vonk_str name, struct vonk_ids *out) {
  uint64_t *ids = ARENA_ARRAY(b->arena, uint64_t, (size_t)out->count + columns.count);
  if (out->count) memcpy(ids, out->items, out->count * sizeof *ids);
  uint32_t before = out->count;
  for (uint32_t i = 0; i < columns.count; i++) {
    if (!columns.items[i].hidden && bind_same_name(b, columns.items[i].name, name)) ids[out->count++] = columns.items[i].id;
  }
  out->items = ids;
  if (out->count > before) return VONK_OK;
  return vonk_raise(b->task, VONK_CONNECT_INVALID_PLAN__UNRESOLVED_COLUMN_AMONG_FIELD_NAMES, NULL, "colName", name, "fieldNames", names_of(b, columns), NULL);
}

/* DISTINCT over sessions, the first of them at INDEX, is GROUP BY all: those that meet are one. */
static STATUS distinct_sessions(struct binder *b, struct vonk_relation *input, uint32_t index, const struct vonk_origin *origin, struct vonk_relation **out) {
  struct vonk_relation_group *group = RELATION_NEW(b->arena, group, origin);
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, input->columns, input->column_count * sizeof *columns);
  group->input = input;
  group->keys = (struct vonk_exprs){ARENA_ARRAY(b->arena, struct vonk_expr *, input->column_count), input->column_count};
  for (uint32_t i = 0; i < input->column_count; i++) group->keys.items[i] = bind_reference(b, &input->columns[i], NULL);
  columns[index].id = bind_new_id(b);
  group->relation.columns = columns;
  group->relation.column_count = input->column_count;
  return bind_session_group(b, group, index, out);
}

STATUS bind_deduplicate(struct binder *b, const struct vonk_relation_deduplicate *distinct, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  TRY(bind_relation(b, &distinct->input->node, outer, &input));
  struct bind_columns columns = bind_columns_of(input);
  struct vonk_relation_unique *unique = RELATION_NEW(b->arena, unique, distinct->relation.node.origin);
  for (uint32_t i = 0; i < distinct->column_names.count; i++) TRY(add_columns_named(b, columns, distinct->column_names.parts[i], &unique->by));
  if (distinct->all_columns) TRY(bind_alias_columns(b, input, (struct vonk_str){0}, (struct vonk_name){0}, NULL, &input));
  for (uint32_t i = 0; i < input->column_count && distinct->all_columns; i++) {
    const struct vonk_type *type = input->columns[i].type;
    if (type->id != VONK_TYPE_MAP && type->id != VONK_TYPE_VARIANT) continue;
    struct vonk_str name = vonk_type_quote(b->arena, input->columns[i].name);
    if (type->id == VONK_TYPE_MAP) {
      return vonk_raise(b->task, VONK_UNSUPPORTED_FEATURE__SET_OPERATION_ON_MAP_TYPE, unique->relation.node.origin, "colName", name, "dataType",
                        bind_quote_type(b, type), NULL);
    }
    return vonk_raise(b->task, VONK_UNSUPPORTED_FEATURE__SET_OPERATION_ON_VARIANT_TYPE, unique->relation.node.origin, "colName", name,
                      "dataType", bind_quote_type(b, type), NULL);
  }
  for (uint32_t i = 0; i < input->column_count && distinct->all_columns; i++) {
    if (bind_is_session(input->columns[i].metadata)) return distinct_sessions(b, input, i, unique->relation.node.origin, out);
  }
  unique->input = input;
  bind_take_columns(&unique->relation, input);
  *out = &unique->relation;
  return VONK_OK;
}

STATUS bind_sample(struct binder *b, const struct vonk_relation_sample *sample, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  TRY(bind_relation(b, &sample->input->node, outer, &input));
  if (sample->rows >= 0) {
    *out = slice(b, input, 0, sample->rows, false, sample->relation.node.origin);
    return VONK_OK;
  }
  double fraction = sample->upper_bound - sample->lower_bound;
  if (fraction < -1e-6 || (fraction > 1 + 1e-6 && !sample->with_replacement)) {
    char text[VONK_REAL_TEXT_MAX];
    int size = vonk_real_format_double(fraction, text);
    return vonk_raise(b->task, VONK__REQUIREMENT_FAILED, sample->relation.node.origin, "message",
                      vonk_str_format(b->arena, "Sampling fraction (%.*s) must be %s", size, text,
                                      sample->with_replacement ? "nonnegative with replacement" : "on interval [0, 1] without replacement"), NULL);
  }
  struct vonk_relation_sample_of *of = RELATION_NEW(b->arena, sample_of, sample->relation.node.origin);
  of->input = input;
  of->lower = sample->lower_bound;
  of->upper = sample->upper_bound;
  of->with_replacement = sample->with_replacement;
  of->seed = sample->has_seed ? sample->seed : b->context->now_micros;
  bind_take_columns(&of->relation, input);
  *out = &of->relation;
  return VONK_OK;
}

STATUS bind_range(struct binder *b, const struct vonk_relation_range *range, const struct bind_scope *outer, struct vonk_relation **out) {
  (void)outer;
  struct vonk_relation_range_of *of = RELATION_NEW(b->arena, range_of, range->relation.node.origin);
  struct vonk_plan_column *column = ARENA_NEW(b->arena, struct vonk_plan_column);
  *column = (struct vonk_plan_column){.id = bind_new_id(b), .name = STR("id"), .type = &vonk_type_long};
  of->start = range->start;
  of->end = range->end;
  of->step = range->step;
  of->partitions = range->partitions;
  if (range->step == 0) return vonk_raise(b->task, VONK__REQUIREMENT_FAILED, range->relation.node.origin, "message", STR("step (0) cannot be 0"), NULL);
  if (range->start < range->end) column->range = (struct vonk_range){true, range->start, range->end - 1};
  else if (range->start > range->end) column->range = (struct vonk_range){true, (vonk_int128)range->end + 1, range->start};
  of->relation.columns = column;
  of->relation.column_count = 1;
  *out = &of->relation;
  return VONK_OK;
}

/* Ranges are of sort orders: what is none yet rises. */
static struct vonk_exprs as_orders(struct binder *b, struct vonk_exprs by) {
  struct vonk_exprs orders = {ARENA_ARRAY(b->arena, struct vonk_expr *, by.count + 1), by.count};
  for (uint32_t i = 0; i < by.count; i++) {
    struct vonk_expr_sort_order *item = EXPR_NEW(b->arena, sort_order, by.items[i]->node.origin);
    item->child = by.items[i];
    orders.items[i] = EXPR_IS(by.items[i], sort_order) ? by.items[i] : &item->expr;
  }
  return orders;
}

static struct vonk_exprs without_orders(struct binder *b, struct vonk_exprs orders) {
  struct vonk_exprs by = {ARENA_ARRAY(b->arena, struct vonk_expr *, orders.count + 1), orders.count};
  for (uint32_t i = 0; i < by.count; i++) by.items[i] = EXPR_AS(orders.items[i], sort_order)->child;
  return by;
}

static bool has_literal(struct vonk_exprs exprs) {
  for (uint32_t i = 0; i < exprs.count; i++) {
    if (EXPR_IS(exprs.items[i], literal)) return true;
  }
  return false;
}

/* Over a SELECT columns that are not in its list may be named, as in ORDER BY: it is bound as if it were one, and then takes the sort's
 * place. */
static STATUS repartition_select(struct binder *b, struct vonk_relation *input, const struct bind_scope *outer, struct vonk_relation_partition *partition,
                                 struct vonk_exprs by, struct vonk_relation **out) {
  struct vonk_relation_sort *sort = RELATION_NEW(b->arena, sort, partition->relation.node.origin);
  sort->input = input;
  sort->order = as_orders(b, by);
  TRY(bind_select(b, &input->node, sort, outer, out));
  struct vonk_relation_project *above = RELATION_AS(*out, project);
  const struct vonk_relation_order *order = RELATION_AS(above ? above->input : *out, order);
  ASSERT(order);
  partition->by = partition->by_range ? order->order : without_orders(b, order->order);
  partition->input = order->input;
  bind_take_columns(&partition->relation, order->input);
  if (above) above->input = &partition->relation;
  else *out = &partition->relation;
  return VONK_OK;
}

static STATUS check_partition_number(struct binder *b, const struct vonk_expr *number) {
  if (number->type->id == VONK_TYPE_INT) return VONK_OK;
  return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__UNEXPECTED_INPUT_TYPE, number->node.origin, "sqlExpr",
                    vonk_str_format(b->arena, "\"direct_shuffle_partition_id(" STR_FMT ")\"", STR_ARG(vonk_expr_sql(b->arena, number))), "paramIndex", STR("first"),
                    "inputSql", bind_quote_expr(b, number), "inputType", bind_quote_type(b, number->type), "requiredType", STR("\"INT\""), NULL);
}

/* WANTED's count and kind over INPUT; neither this nor BY is bound yet. */
static STATUS repartition_over(struct binder *b, struct vonk_relation *input, const struct bind_scope *outer, struct vonk_relation_partition wanted,
                               struct vonk_exprs by, const struct vonk_origin *origin, struct vonk_relation **out) {
  struct vonk_relation_partition *partition = RELATION_NEW(b->arena, partition, origin);
  partition->count = wanted.count;
  partition->shuffle = wanted.shuffle;
  partition->rebalance = wanted.rebalance;
  partition->by_range = wanted.by_range && by.count;
  partition->direct = wanted.direct;
  if (wanted.count > INT32_MAX) return vonk_unsupported(b->task, origin, "more than 2147483647 partitions");
  if (by.count && !wanted.rebalance && !wanted.direct && !has_literal(by) && bind_is_select(&input->node)) return repartition_select(b, input, outer, partition, by, out);
  TRY(bind_relation(b, &input->node, outer, &partition->input));
  struct bind_scope scope = {.outer = outer, .columns = bind_columns_of(partition->input)};
  if (partition->by_range) TRY(bind_sort_orders(b, &scope, as_orders(b, by), &partition->by));
  else TRY(bind_exprs(b, &scope, by, &partition->by));
  if (partition->direct) TRY(check_partition_number(b, partition->by.items[0]));
  bind_take_columns(&partition->relation, partition->input);
  *out = &partition->relation;
  return VONK_OK;
}

STATUS bind_repartition(struct binder *b, const struct vonk_relation_repartition *r, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation_partition wanted = {.count = r->count, .shuffle = r->shuffle, .by_range = r->by_range};
  struct vonk_expr_shuffle_partition *number = r->by.count == 1 ? EXPR_AS(r->by.items[0], shuffle_partition) : NULL;
  struct vonk_exprs by = r->by;
  if (number) {
    wanted.direct = true;
    by.items = &number->child;
  }
  return repartition_over(b, r->input, outer, wanted, by, r->relation.node.origin, out);
}

/* A number of partitions among a hint's parameters. */
static const struct vonk_value *hint_number(const struct vonk_expr *parameter) {
  const struct vonk_expr_literal *literal = EXPR_AS(parameter, literal);
  return literal && literal->value.type && literal->value.type->id == VONK_TYPE_INT && !literal->value.is_null ? &literal->value : NULL;
}

static STATUS invalid_hint(struct binder *b, const struct vonk_relation_hint *hint, const char *name, const struct vonk_expr *parameter) {
  struct vonk_str shown = parameter ? vonk_expr_sql(b->arena, parameter) : (struct vonk_str){0};
  if (!parameter) return vonk_raise(b->task, VONK__LEGACY_ERROR_TEMP_1048, hint->relation.node.origin, "hintName", vonk_str_of(name), NULL);
  return vonk_raise(b->task, VONK__LEGACY_ERROR_TEMP_1047, hint->relation.node.origin, "hintName", vonk_str_of(name), "invalidParams", shown, NULL);
}

/* COALESCE(n), REPARTITION([n,] columns...), REPARTITION_BY_RANGE, REBALANCE; join hints and unknown ones say nothing to us. */
STATUS bind_hint(struct binder *b, const struct vonk_relation_hint *hint, const struct bind_scope *outer, struct vonk_relation **out) {
  static const char *const names[] = {"COALESCE", "REPARTITION", "REPARTITION_BY_RANGE", "REBALANCE"};
  enum { COALESCE, REPARTITION, BY_RANGE, REBALANCE };
  const struct vonk_origin *origin = hint->relation.node.origin;
  size_t kind = 0;
  while (kind < COUNT_OF(names) && !vonk_str_equal_nocase(hint->name, vonk_str_of(names[kind]))) kind++;
  if (kind == COUNT_OF(names)) return bind_relation(b, &hint->input->node, outer, out);
  const struct vonk_value *number = hint->parameters.count ? hint_number(hint->parameters.items[0]) : NULL;
  uint32_t first = number != NULL;
  if (kind == COALESCE && (!number || hint->parameters.count != 1)) return invalid_hint(b, hint, names[kind], NULL);
  for (uint32_t i = first; i < hint->parameters.count; i++) {
    const struct vonk_expr_literal *literal = EXPR_AS(hint->parameters.items[i], literal);
    bool is_text = literal && literal->value.type && literal->value.type->id == VONK_TYPE_STRING;
    if (literal && !is_text) return invalid_hint(b, hint, names[kind], hint->parameters.items[i]);
  }
  if (number && number->integer <= 0) {
    return vonk_raisef(b->task, VONK_INTERNAL_ERROR, origin, "message", "The number of partitions (%d) must be positive.", (int)number->integer);
  }
  struct vonk_relation_partition wanted = {.count = number ? (int64_t)number->integer : 0, .shuffle = kind != COALESCE, .by_range = kind == BY_RANGE,
                                           .rebalance = kind == REBALANCE};
  struct vonk_exprs by = {hint->parameters.items + first, hint->parameters.count - first};
  return repartition_over(b, hint->input, outer, wanted, by, origin, out);
}

STATUS bind_subquery_alias(struct binder *b, const struct vonk_relation_subquery_alias *alias, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  TRY(bind_relation(b, &alias->input->node, outer, &input));
  return bind_alias_columns(b, input, alias->alias, alias->column_aliases, alias->relation.node.origin, out);
}

/* A sort over something that is no SELECT: only the columns that are there. */
STATUS bind_sort(struct binder *b, const struct vonk_relation_sort *sort, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_exprs list = sort->order;
  if (bind_is_select(&sort->input->node) && !bind_asks_time_window(list)) return bind_select(b, &sort->input->node, sort, outer, out);
  struct vonk_relation *input;
  struct bind_missing missing;
  TRY(bind_relation(b, &sort->input->node, outer, &input));
  struct vonk_relation_order *order = RELATION_NEW(b->arena, order, sort->relation.node.origin);
  bind_missing_from(b, &missing);
  struct bind_scope scope = {.outer = outer, .missing = sort->relation.node.plan_id >= 0 ? &missing : NULL};
  TRY(take_time_windows(b, &scope, &list, sort->relation.node.origin, &input));
  TRY(bind_sort_orders(b, &scope, list, &order->order));
  uint32_t visible = input->column_count;
  TRY(bind_pull_up(b, &missing, input, &input));
  order->input = input;
  order->is_global = sort->is_global;
  order->limit = -1;
  bind_take_columns(&order->relation, input);
  *out = bind_first_columns(b, &order->relation, visible);
  return VONK_OK;
}

STATUS bind_window_clause(struct binder *b, const struct vonk_relation_window_clause *clause, const struct bind_scope *outer, struct vonk_relation **out) {
  struct bind_windows windows = {b->windows, &clause->definitions};
  b->windows = &windows;
  enum vonk_status status = bind_relation(b, &clause->input->node, outer, out);
  b->windows = windows.outer;
  return status;
}

/* --- dispatch --- */

/* Casts the node, so that each kind has the type it is made for. */
#define VONK_BIND(kind)                                                                                                                     \
  static STATUS dispatch_##kind(struct binder *b, struct vonk_node *node, const struct bind_scope *outer, struct vonk_relation **out) {     \
    return bind_##kind(b, RELATION_AS(node, kind), outer, out);                                                                             \
  }
#include "bind/registry.def"
#undef VONK_BIND

static const struct {
  const struct vonk_node_type *type;
  STATUS (*bind)(struct binder *b, struct vonk_node *node, const struct bind_scope *outer, struct vonk_relation **out);
} kinds[] = {
#define VONK_BIND(kind) {&vonk_relation_##kind##_type, dispatch_##kind},
#include "bind/registry.def"
#undef VONK_BIND
};

static STATUS bind_kind(struct binder *b, struct vonk_node *unresolved, const struct bind_scope *outer, struct vonk_relation **out) {
  for (size_t i = 0; i < COUNT_OF(kinds); i++) {
    if (kinds[i].type == unresolved->type) return kinds[i].bind(b, unresolved, outer, out);
  }
  return vonk_unsupported(b->task, unresolved->origin, unresolved->type->name);
}

/* Of the second list of plan/relation.h. One without columns is nearly always a projection or a row. */
static bool is_resolved(const struct vonk_node *node) {
  const struct vonk_relation *relation = (const struct vonk_relation *)node;
  return relation->columns || RELATION_IS(node, project) || RELATION_IS(node, rows);
}

STATUS bind_relation(struct binder *b, struct vonk_node *unresolved, const struct bind_scope *outer, struct vonk_relation **out) {
  if (!unresolved) { /* no FROM */
    *out = bind_one_row(b, NULL);
    return VONK_OK;
  }
  if (is_resolved(unresolved)) {
    *out = (struct vonk_relation *)(void *)unresolved;
    bind_trace_resolved(b, *out);
    return VONK_OK;
  }
  if (b->depth >= BIND_DEPTH_MAX) return vonk_unsupported(b->task, unresolved->origin, "a query that is nested this deeply");
  TRY(vonk_task_check(b->task));
  b->depth++;
  bind_trace_begin(b, unresolved);
  enum vonk_status status = bind_kind(b, unresolved, outer, out);
  if (status == VONK_OK && b->sees_metadata) status = bind_carry_metadata(b, unresolved, *out, out);
  bind_trace_end(b, status == VONK_OK ? *out : NULL);
  b->depth--;
  return status;
}

STATUS bind_rewritten(struct binder *b, struct vonk_relation *rewritten, const struct bind_scope *outer, struct vonk_relation **out) {
  size_t inputs = b->trace ? b->trace->inputs.count : 0;
  enum vonk_status status = bind_relation(b, &rewritten->node, outer, out);
  if (b->trace) b->trace->inputs.count = inputs;
  return status;
}
