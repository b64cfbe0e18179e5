/* python.c: functions in Python: their values in expressions, and the relations that are made of what they give.
 *
 * Scalar functions stay expressions until the optimiser takes them out. One that gives a value for a group is an aggregate to the
 * binder (func/python.h) until it has its place: then the group or the windows become a relation of their own. Functions from
 * tables to tables are relations from the start; of co-groups both sides become one input, whose rows say from which they are.
 */
#include "func/python.h"

#include "bind/rewrite.h"

/* --- values --- */

/* The type as the client wrote it: "int", "struct<a:int>", "a int, b string". */
static STATUS output_type(struct binder *b, const struct vonk_expr_python *python, const struct vonk_type **out) {
  *out = python->output;
  if (*out) return VONK_OK;
  struct vonk_error ignored;
  vonk_error_init(&ignored);
  struct vonk_task attempt = *b->task;
  attempt.error = &ignored;
  enum vonk_status status = vonk_sql_parse_type(&attempt, python->output_text, out);
  vonk_error_deinit(&ignored);
  return status == VONK_OK ? status : vonk_sql_parse_schema(b->task, python->output_text, out);
}

static const struct vonk_type *without_lengths(const struct vonk_type *type) {
  return type->id == VONK_TYPE_CHAR || type->id == VONK_TYPE_VARCHAR ? &vonk_type_string : type;
}

static STATUS bind_arguments(struct binder *b, const struct bind_scope *scope, struct vonk_exprs unresolved, struct vonk_exprs *out) {
  TRY(bind_star_arguments(b, scope, unresolved, &unresolved));
  *out = (struct vonk_exprs){ARENA_ARRAY(b->arena, struct vonk_expr *, unresolved.count + 1), unresolved.count};
  for (uint32_t i = 0; i < unresolved.count; i++) {
    const struct vonk_expr_named_argument *named = EXPR_AS(unresolved.items[i], named_argument);
    struct vonk_expr *value;
    TRY(bind_expr(b, scope, named ? named->value : unresolved.items[i], &value));
    out->items[i] = value;
    if (!named) continue;
    struct vonk_expr_named_argument *argument = (struct vonk_expr_named_argument *)(void *)vonk_node_clone(b->arena, &named->expr.node);
    argument->value = value;
    argument->expr.type = value->type;
    argument->expr.nullable = value->nullable;
    argument->expr.deterministic = value->deterministic;
    out->items[i] = &argument->expr;
  }
  return VONK_OK;
}

/* What an aggregate in Python is until the group is built. */
static STATUS as_aggregate(struct binder *b, const struct bind_scope *scope, struct vonk_expr_python *python, struct vonk_expr **out) {
  struct vonk_expr_aggregate *aggregate = EXPR_NEW(b->arena, aggregate, python->expr.node.origin);
  for (uint32_t i = 0; i < python->arguments.count; i++) {
    const struct vonk_node *nested = bind_find(&python->arguments.items[i]->node, false, bind_test_aggregate, NULL);
    if (nested && !(scope && scope->over)) return vonk_raise(b->task, VONK_NESTED_AGGREGATE_FUNCTION, nested->origin, NULL);
  }
  aggregate->function = &vonk_python_aggregate;
  aggregate->arguments = (struct vonk_exprs){ARENA_NEW(b->arena, struct vonk_expr *), 1};
  aggregate->arguments.items[0] = &python->expr;
  aggregate->distinct = python->distinct;
  aggregate->expr.type = python->expr.type;
  aggregate->expr.nullable = aggregate->expr.can_raise = aggregate->expr.raises = true;
  aggregate->expr.deterministic = python->expr.deterministic;
  aggregate->expr.physical = python->expr.physical;
  *out = &aggregate->expr;
  return VONK_OK;
}

STATUS bind_python(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_python *python, struct vonk_expr **out) {
  struct vonk_expr_python *bound = (struct vonk_expr_python *)(void *)vonk_node_clone(b->arena, &python->expr.node);
  bool aggregates = vonk_python_aggregates(python->eval_type);
  struct bind_scope inner = scope ? *scope : (struct bind_scope){0};
  inner.in_aggregate |= aggregates;
  inner.over = false;
  TRY(bind_arguments(b, scope ? &inner : NULL, python->arguments, &bound->arguments));
  TRY(output_type(b, python, &bound->output));
  bound->output = without_lengths(bound->output);
  bound->expr.type = bound->output;
  bound->expr.nullable = true;
  bound->expr.deterministic = !python->not_deterministic;
  for (uint32_t i = 0; i < bound->arguments.count; i++) bound->expr.deterministic &= bound->arguments.items[i]->deterministic;
  bound->expr.can_raise = bound->expr.raises = true;
  bound->expr.physical = (uint8_t)vonk_physical_of(bound->output);
  *out = &bound->expr;
  return aggregates ? as_aggregate(b, scope, bound, out) : VONK_OK;
}

STATUS bind_session_function(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_function *call, struct vonk_expr **out) {
  *out = NULL;
  if (call->name.count != 1 || !b->context->find_function || b->permanent) return VONK_OK;
  const struct vonk_expr *function = b->context->find_function(b->context->run_object, b->arena, call->name.parts[0]);
  if (!function) return VONK_OK;
  struct vonk_expr_python *python = (struct vonk_expr_python *)(void *)vonk_node_clone(b->arena, &function->node);
  python->arguments = call->arguments;
  python->distinct = call->distinct;
  python->expr.node.origin = call->expr.node.origin;
  return bind_python(b, scope, python, out);
}

/* --- groups and windows --- */

STATUS bind_python_group(struct binder *b, struct vonk_relation_group *group, struct vonk_relation **out) {
  struct vonk_text names;
  uint32_t found = 0;
  vonk_text_init(&names, b->arena);
  *out = &group->relation;
  struct vonk_exprs functions = {ARENA_ARRAY(b->arena, struct vonk_expr *, group->aggregates.count + 1), group->aggregates.count};
  for (uint32_t i = 0; i < functions.count; i++) {
    struct vonk_expr_python *python = vonk_python_of_aggregate(group->aggregates.items[i]);
    if (!python) continue;
    functions.items[i] = &python->expr;
    vonk_text_addf(&names, "%s`" STR_FMT "`", found++ ? ", " : "", STR_ARG(python->name.count ? python->name.parts[python->name.count - 1] : STR("function")));
  }
  if (!found) return VONK_OK;
  if (found < functions.count) {
    return vonk_raise(b->task, VONK_INVALID_PANDAS_UDF_PLACEMENT, group->relation.node.origin, "functionList", vonk_text_str(&names), NULL);
  }
  int64_t eval_type = EXPR_AS(functions.items[0], python)->eval_type;
  for (uint32_t i = 1; i < found; i++) {
    if (EXPR_AS(functions.items[i], python)->eval_type != eval_type) return vonk_unsupported(b->task, group->relation.node.origin, "Python aggregates of different kinds together");
  }
  struct vonk_relation_python *python = RELATION_NEW(b->arena, python, group->relation.node.origin);
  python->input = group->input;
  python->mode = VONK_PYTHON_AGGREGATE;
  python->functions = functions;
  python->keys = group->keys;
  python->settings = vonk_python_settings(b->arena, b->conf);
  bind_take_columns(&python->relation, &group->relation);
  *out = &python->relation;
  return VONK_OK;
}

bool bind_is_python_window(const struct vonk_expr *call) { return vonk_python_of_aggregate(EXPR_AS(call, window_call)->function) != NULL; }

struct vonk_relation *bind_python_window(struct binder *b, const struct vonk_relation_window_of *window) {
  struct vonk_relation_python *python = RELATION_NEW(b->arena, python, window->relation.node.origin);
  const struct vonk_expr_window_call *head = EXPR_AS(window->calls.items[0], window_call);
  python->functions = (struct vonk_exprs){ARENA_ARRAY(b->arena, struct vonk_expr *, window->calls.count), window->calls.count};
  for (uint32_t i = 0; i < window->calls.count; i++) {
    struct vonk_expr_window_call *call = EXPR_AS(vonk_node_clone(b->arena, &window->calls.items[i]->node), window_call);
    call->function = &vonk_python_of_aggregate(call->function)->expr;
    python->functions.items[i] = &call->expr;
  }
  python->input = window->input;
  python->mode = VONK_PYTHON_WINDOW;
  python->keys = head->partition;
  python->order = head->order;
  python->settings = vonk_python_settings(b->arena, b->conf);
  bind_take_columns(&python->relation, &window->relation);
  return &python->relation;
}

/* --- tables --- */

/* The relation of FUNCTION's result, without input. */
static STATUS table_of(struct binder *b, struct vonk_expr *function, enum vonk_python_mode mode, const struct vonk_origin *origin, struct vonk_relation_python **out) {
  const struct vonk_expr_python *python = EXPR_AS(function, python);
  if (!python) return vonk_unsupported(b->task, origin, "a function over tables that is not in Python");
  struct vonk_relation_python *table = RELATION_NEW(b->arena, python, origin);
  struct vonk_expr_python *bound = (struct vonk_expr_python *)(void *)vonk_node_clone(b->arena, &python->expr.node);
  TRY(output_type(b, python, &bound->output));
  if (bound->output->id != VONK_TYPE_STRUCT) return vonk_unsupported(b->task, origin, "a function over tables whose result is not a struct");
  bound->arguments = (struct vonk_exprs){0};
  bound->expr.type = bound->output;
  bound->expr.nullable = bound->expr.raises = bound->expr.can_raise = true;
  bound->expr.deterministic = !python->not_deterministic;
  uint32_t count = bound->output->field_count;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, count + 1);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_type_field *field = &bound->output->fields[i];
    columns[i] = (struct vonk_plan_column){.id = bind_new_id(b), .name = field->name, .type = without_lengths(field->type), .nullable = field->nullable};
  }
  table->mode = mode;
  table->functions = (struct vonk_exprs){ARENA_NEW(b->arena, struct vonk_expr *), 1};
  table->functions.items[0] = &bound->expr;
  table->settings = vonk_python_settings(b->arena, b->conf);
  table->relation.columns = columns;
  table->relation.column_count = count;
  *out = table;
  return VONK_OK;
}

STATUS bind_map_partitions(struct binder *b, const struct vonk_relation_map_partitions *map, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation_python *table;
  /* A barrier says that partitions run at once and may wait for each other; they come one after the other, which nobody but a
   * function that asks for the barrier's context can tell: the worker refuses that. */
  TRY(table_of(b, map->function, VONK_PYTHON_MAP, map->relation.node.origin, &table));
  TRY(bind_input(b, map->input, outer, &table->input));
  *out = &table->relation;
  return VONK_OK;
}

static struct vonk_exprs references_of(struct binder *b, const struct vonk_relation *relation) {
  struct vonk_exprs all = {ARENA_ARRAY(b->arena, struct vonk_expr *, relation->column_count + 1), relation->column_count};
  for (uint32_t i = 0; i < all.count; i++) all.items[i] = bind_reference(b, &relation->columns[i], NULL);
  return all;
}

STATUS bind_group_map(struct binder *b, const struct vonk_relation_group_map *map, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation_python *table;
  TRY(table_of(b, map->function, VONK_PYTHON_GROUP, map->relation.node.origin, &table));
  TRY(bind_input(b, map->input, outer, &table->input));
  struct bind_scope scope = {.outer = outer, .columns = bind_columns_of(table->input)};
  TRY(bind_exprs(b, &scope, map->grouping, &table->keys));
  TRY(bind_sort_orders(b, &scope, map->sorting, &table->order));
  table->values = references_of(b, table->input);
  *out = &table->relation;
  return VONK_OK;
}

/* One side of a co-group as a projection: its place, its keys, then the columns of both sides, those of the other one null. */
static struct vonk_relation *side_rows(struct binder *b, struct vonk_relation *input, struct vonk_exprs keys, bool is_left, const struct vonk_relation *other) {
  uint32_t count = 1 + keys.count + input->column_count + other->column_count, n = 0;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, count);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, count);
  exprs[n++] = make_int(b, !is_left);
  for (uint32_t i = 0; i < keys.count; i++) exprs[n++] = keys.items[i];
  for (uint32_t side = 0; side < 2; side++) {
    bool own = is_left == (side == 0);
    const struct vonk_relation *of = own ? input : other;
    for (uint32_t i = 0; i < of->column_count; i++) {
      struct vonk_value null = vonk_value_null(of->columns[i].type);
      exprs[n++] = own ? bind_reference(b, &of->columns[i], NULL) : vonk_expr_literal_of(b->arena, &null, NULL);
    }
  }
  for (uint32_t i = 0; i < n; i++) {
    columns[i] = (struct vonk_plan_column){.id = bind_new_id(b), .type = exprs[i]->type, .nullable = i > 0, .name = vonk_str_format(b->arena, "_%u", i)};
  }
  uint32_t at = 1 + keys.count;
  for (uint32_t side = 0; side < 2; side++) {
    const struct vonk_relation *of = is_left == (side == 0) ? input : other;
    for (uint32_t i = 0; i < of->column_count; i++) columns[at++].name = of->columns[i].name;
  }
  return bind_project(b, input, columns, exprs, n, NULL);
}

/* Keys of both sides brought to one type. */
static STATUS match_keys(struct binder *b, struct vonk_exprs left, struct vonk_exprs right, const struct vonk_origin *origin) {
  if (left.count != right.count) return vonk_unsupported(b->task, origin, "a co-group by different numbers of keys");
  for (uint32_t i = 0; i < left.count; i++) {
    const struct vonk_type *type;
    TRY(bind_common_type(b, left.items[i]->type, right.items[i]->type, &type));
    if (!type) return vonk_unsupported(b->task, origin, "a co-group by keys of different types");
    TRY(bind_cast(b, left.items[i], type, true, &left.items[i]));
    TRY(bind_cast(b, right.items[i], type, true, &right.items[i]));
  }
  return VONK_OK;
}

static struct vonk_exprs part_of(struct vonk_exprs all, uint32_t from, uint32_t count) { return (struct vonk_exprs){all.items + from, count}; }

/* The rows of both sides, and over them the group's keys, the order inside a group, the values. */
static STATUS join_sides(struct binder *b, struct vonk_relation_python *table, struct vonk_relation *const *inputs, const struct vonk_exprs *keys) {
  struct vonk_relation_union_all *both = RELATION_NEW(b->arena, union_all, table->relation.node.origin);
  both->inputs = (struct vonk_relations){ARENA_ARRAY(b->arena, struct vonk_relation *, 2), 2};
  both->inputs.items[0] = side_rows(b, inputs[0], keys[0], true, inputs[1]);
  both->inputs.items[1] = side_rows(b, inputs[1], keys[1], false, inputs[0]);
  const struct vonk_relation *first = both->inputs.items[0];
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, first->columns, first->column_count * sizeof *columns);
  for (uint32_t i = 0; i < first->column_count; i++) columns[i].id = bind_new_id(b);
  both->relation.columns = columns;
  both->relation.column_count = first->column_count;
  struct vonk_exprs all = references_of(b, &both->relation);
  table->input = &both->relation;
  table->side = all.items[0];
  table->keys = part_of(all, 1, keys[0].count);
  table->values = part_of(all, 1 + keys[0].count, all.count - 1 - keys[0].count);
  table->left_count = inputs[0]->column_count;
  return VONK_OK;
}

STATUS bind_co_group_map(struct binder *b, const struct vonk_relation_co_group_map *map, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation_python *table;
  struct vonk_relation *inputs[2];
  struct vonk_exprs keys[2];
  const struct vonk_origin *origin = map->relation.node.origin;
  if (map->input_sorting.count || map->other_sorting.count) return vonk_unsupported(b->task, origin, "a co-group with an order");
  TRY(table_of(b, map->function, VONK_PYTHON_CO_GROUP, origin, &table));
  TRY(bind_input(b, map->input, outer, &inputs[0]));
  TRY(bind_input(b, map->other, outer, &inputs[1]));
  struct bind_scope left = {.outer = outer, .columns = bind_columns_of(inputs[0])}, right = {.outer = outer, .columns = bind_columns_of(inputs[1])};
  TRY(bind_exprs(b, &left, map->input_grouping, &keys[0]));
  TRY(bind_exprs(b, &right, map->other_grouping, &keys[1]));
  TRY(match_keys(b, keys[0], keys[1], origin));
  TRY(join_sides(b, table, inputs, keys));
  *out = &table->relation;
  return VONK_OK;
}
