/* select.c: one SELECT: its list, grouping, HAVING, windows, generator and the ORDER BY that may look below the list.
 *
 * The list is bound over the FROM clause, aggregates and windows inside. Then layers are put upon the FROM clause, each
 * taking its part out of the expressions: group, HAVING's filter, windows, the generator, the projection. Order keys that
 * are not in the list travel as hidden columns of the projection, which a second one drops.
 */
#include "bind/binder_internal.h"

bool bind_is_select(const struct vonk_node *n) {
  return RELATION_IS(n, project_star) || RELATION_IS(n, aggregate) || RELATION_IS(n, having);
}

/* --- the list --- */

static struct vonk_expr *without_alias(struct vonk_expr *expr) {
  for (struct vonk_expr_alias *alias; (alias = EXPR_AS(expr, alias));) expr = alias->child;
  return expr;
}

/* Of a cast of a column, written as such or as a function (int(a)): the column's, as the query writes it; data NULL for others. */
static struct vonk_str cast_name(const struct vonk_expr *bound, const struct vonk_expr *unresolved) {
  const struct vonk_expr_cast *cast = EXPR_AS(bound, cast), *written = EXPR_AS(unresolved, cast);
  const struct vonk_expr_column *column = cast ? EXPR_AS(cast->child, column) : NULL;
  if (!column) return (struct vonk_str){NULL, 0};
  const struct vonk_expr_attribute *attribute = written ? EXPR_AS(written->child, attribute) : NULL;
  return attribute ? attribute->name.parts[attribute->name.count - 1] : column->name;
}

/* v:path::type is called as v:path is. */
static struct vonk_str inner_name(const struct vonk_expr *unresolved) {
  const struct vonk_expr_cast *cast = EXPR_AS(unresolved, cast);
  const struct vonk_expr_alias *alias = cast ? EXPR_AS(cast->child, alias) : NULL;
  return alias && alias->names.count == 1 ? alias->names.parts[0] : (struct vonk_str){NULL, 0};
}

/* A literal, or s.f, a[0], m['k'] of a column, however deep. */
static bool is_extraction(const struct vonk_expr *unresolved) {
  const struct vonk_expr_extract *extract = EXPR_AS(unresolved, extract);
  if (!extract) return EXPR_IS(unresolved, literal) || EXPR_IS(unresolved, attribute) || EXPR_IS(unresolved, column);
  return is_extraction(extract->child) && is_extraction(extract->extraction);
}

/* The column an item makes: a bare column stays itself, everything else is a new one. */
static void name_item(struct binder *b, struct bind_item *item, const struct vonk_expr_alias *alias, const struct vonk_expr *unresolved) {
  struct vonk_plan_column *column = &item->column;
  const struct vonk_expr_attribute *attribute = EXPR_AS(unresolved, attribute);
  struct vonk_expr_column *reference = EXPR_AS(item->expr, column);
  const struct vonk_expr_call *call = EXPR_AS(item->expr, call);
  if (alias && alias->names.count) {
    column->name = alias->names.parts[0];
    column->metadata = alias->metadata;
  } else if (attribute && !attribute->is_metadata && !(call && vonk_str_equal_nocase(attribute->name.parts[0], vonk_str_of(call->function->name)))) { /* no current_date */
    column->name = attribute->name.parts[attribute->name.count - 1]; /* s.f */
  } else if (reference) {
    column->name = reference->name;
  } else {
    column->name = cast_name(item->expr, unresolved);
    if (!column->name.data) column->name = inner_name(unresolved);
    if (column->name.data) return;
    column->name = vonk_expr_sql(b->arena, item->expr);
    if (!is_extraction(unresolved)) column->metadata = BIND_AUTOMATIC_NAME;
  }
}

static const struct vonk_plan_column *column_by_id(struct bind_columns columns, uint64_t id) {
  for (uint32_t i = 0; i < columns.count; i++) {
    if (columns.items[i].id == id) return &columns.items[i];
  }
  return NULL;
}

static STATUS strip(void *object, struct vonk_node *node, struct vonk_node **out) {
  const struct vonk_expr_alias *alias = EXPR_AS(node, alias);
  (void)object;
  *out = alias ? &alias->child->node : node;
  return VONK_OK;
}

/* What names of earlier items stand for, without the mark of where it came from. */
static STATUS strip_aliases(struct bind_block *block, struct vonk_expr **expr) {
  struct vonk_node *out;
  TRY(vonk_node_transform(block->b->task, &(*expr)->node, true, strip, NULL, &out));
  *expr = (struct vonk_expr *)(void *)out;
  return VONK_OK;
}

static STATUS several_names(struct binder *b, const struct vonk_expr_alias *alias, const struct vonk_expr *expr) {
  struct vonk_text names;
  vonk_text_init(&names, b->arena);
  for (uint32_t i = 0; i < alias->names.count; i++) vonk_text_addf(&names, "%s" STR_FMT, i ? ", " : "", STR_ARG(alias->names.parts[i]));
  return vonk_raise(b->task, VONK_MULTI_ALIAS_WITHOUT_GENERATOR, alias->expr.node.origin, "expr", bind_quote_expr(b, expr), "names", vonk_text_str(&names), NULL);
}

static STATUS add_item(struct bind_block *block, struct vonk_expr *unresolved) {
  struct binder *b = block->b;
  TRY(bind_expand_text(b, unresolved, &unresolved));
  const struct vonk_expr_alias *alias = EXPR_AS(unresolved, alias);
  struct vonk_expr *inner = without_alias(unresolved);
  block->has_star |= EXPR_IS(inner, star);
  if (EXPR_IS(inner, star)) return bind_star(b, &block->scope, EXPR_AS(inner, star), &block->items);
  if (EXPR_IS(inner, regex)) return bind_regex(b, &block->scope, EXPR_AS(inner, regex), &block->items);
  struct bind_item item = {.origin = unresolved->node.origin};
  bool is_outer;
  TRY(bind_item_generator(block, inner, &item.expr, &is_outer));
  if (bind_is_generator(item.expr)) return bind_add_generator(block, item.expr, is_outer, alias ? alias->names : (struct vonk_name){0}, item.origin);
  if (alias && alias->names.count > 1) return several_names(b, alias, item.expr);
  item.is_alias = alias;
  name_item(b, &item, alias, inner);
  if (block->aliases.count) TRY(strip_aliases(block, &item.expr));
  struct vonk_expr_column *reference = EXPR_AS(item.expr, column);
  if (reference) item.column.char_length = reference->char_length;
  const struct vonk_plan_column *source = reference ? column_by_id(block->scope.columns, reference->id) : NULL;
  if (reference && !source) source = column_by_id(block->scope.added, reference->id);
  if (source && !alias) item.column.qualifier = source->qualifier;
  if (source && !item.column.metadata.size) item.column.metadata = source->metadata;
  *ARRAY_PUSH(b->arena, &block->items) = item;
  bool is_field = EXPR_IS(inner, attribute) && !reference; /* s.f is named f */
  if ((alias || is_field) && vonk_conf_bool(b->conf, VONK_CONF_LATERAL_COLUMN_ALIAS)) {
    *ARRAY_PUSH(b->arena, &block->aliases) = (struct bind_alias){item.column.name, item.expr};
  }
  return VONK_OK;
}

static STATUS add_items(struct bind_block *block, struct vonk_exprs expressions) {
  block->aliases.are_lateral = true;
  block->scope.aliases = &block->aliases;
  for (uint32_t i = 0; i < expressions.count; i++) TRY(add_item(block, expressions.items[i]));
  block->scope.aliases = NULL;
  if (block->items.count > BIND_COLUMNS_MAX) return vonk_unsupported(block->b->task, block->origin, "a select list of more than 100000 columns");
  return VONK_OK;
}

/* Ids before ORDER BY is bound. A column keeps its id unless an earlier item has it or it is renamed. */
static void choose_ids(struct bind_block *block) {
  for (size_t i = 0; i < block->items.count; i++) {
    struct bind_item *item = &block->items.items[i];
    struct vonk_expr_column *reference = EXPR_AS(item->expr, column);
    bool bare = reference && !reference->outer && !block->sets && !item->is_alias && vonk_str_equal(reference->name, item->column.name), keep = bare;
    for (size_t j = 0; keep && j < i; j++) keep = block->items.items[j].column.id != reference->id;
    item->column.id = keep ? reference->id : bind_new_id(block->b);
    item->column.same_as = bare && !keep ? reference->id : 0;
    item->column.type = item->expr->type;
    item->column.nullable = item->expr->nullable;
  }
}

/* --- ORDER BY --- */

struct bind_columns bind_items_columns(struct bind_block *block) {
  struct vonk_plan_column *columns = ARENA_ARRAY(block->b->arena, struct vonk_plan_column, block->items.count);
  for (size_t i = 0; i < block->items.count; i++) columns[i] = block->items.items[i].column;
  return (struct bind_columns){columns, (uint32_t)block->items.count};
}

/* Over the list, the FROM clause and, for DataFrames, what was lost below that. */
static STATUS bind_order(struct bind_block *block, const struct vonk_relation_sort *sort) {
  struct bind_scope scope = block->scope;
  struct bind_missing missing = {0};
  bool lost = sort->relation.node.plan_id >= 0 && !block->grouped;
  if (lost) bind_missing_from(block->b, &missing);
  scope.columns = bind_items_columns(block);
  scope.below = block->scope.columns;
  scope.missing = lost ? &missing : NULL;
  TRY(bind_sort_orders(block->b, &scope, sort->order, &block->order));
  return bind_pull_up(block->b, &missing, block->relation, &block->relation);
}

/* For ORDER BY the list is the relation below; it has no node of its own. */
static void trace_list(struct bind_block *block, struct bind_trace *above) {
  struct binder *b = block->b;
  struct bind_columns columns = bind_items_columns(block);
  struct vonk_relation *list = bind_project(b, NULL, columns.items, NULL, columns.count, NULL);
  bind_trace_end(b, list);
  ASSERT(b->trace == above);
}

/* HAVING: keys of the group first, then names of the list, which stand for what they name. */
static STATUS bind_having_condition(struct bind_block *block, struct vonk_expr *unresolved) {
  struct bind_scope scope = block->scope;
  scope.columns = bind_items_columns(block);
  scope.exprs = ARENA_ARRAY(block->b->arena, struct vonk_expr *, block->items.count);
  for (size_t i = 0; i < block->items.count; i++) scope.exprs[i] = block->items.items[i].expr;
  scope.below = block->scope.columns;
  scope.keys = &block->keys;
  return bind_condition(block->b, &scope, unresolved, "HAVING", block->origin, &block->having);
}

static bool is_item(const struct bind_block *block, uint64_t id) {
  for (size_t i = 0; i < block->items.count; i++) {
    if (block->items.items[i].column.id == id) return true;
  }
  return false;
}

/* An order key that is one of the items' expressions is that item; this also saves a hidden column. */
static STATUS order_by_item(struct bind_block *block, struct vonk_expr_sort_order *order) {
  for (size_t i = 0; i < block->items.count; i++) {
    struct bind_item *item = &block->items.items[i];
    if (EXPR_IS(order->child, literal) || !item->expr->deterministic || !vonk_node_equal(&order->child->node, &item->expr->node)) continue;
    item->column.type = item->expr->type;
    order->child = bind_reference(block->b, &item->column, order->child->node.origin);
    return VONK_OK;
  }
  return VONK_OK;
}

/* Items of the list named in an order key's aggregate or window stand for their expressions there. */
static STATUS inline_items(struct bind_block *block, struct vonk_expr **expr) {
  uint32_t count = (uint32_t)block->items.count;
  uint64_t *ids = ARENA_ARRAY(block->b->arena, uint64_t, count);
  struct vonk_expr **exprs = ARENA_ARRAY(block->b->arena, struct vonk_expr *, count);
  struct vonk_node *out;
  for (uint32_t i = 0; i < count; i++) {
    ids[i] = block->items.items[i].column.id;
    exprs[i] = block->items.items[i].expr;
  }
  TRY(bind_substitute(block->b, &(*expr)->node, ids, exprs, count, &out));
  *expr = (struct vonk_expr *)(void *)out;
  return VONK_OK;
}

static STATUS prepare_order(struct bind_block *block) {
  for (uint32_t i = 0; i < block->order.count; i++) {
    struct vonk_expr_sort_order *order = EXPR_AS(block->order.items[i], sort_order);
    if (EXPR_IS(order->child, column)) {
      struct vonk_expr_column *column = EXPR_AS(order->child, column);
      if (is_item(block, column->id)) continue;
    }
    TRY(inline_items(block, &order->child));
    TRY(order_by_item(block, order));
    if (EXPR_IS(order->child, column) && is_item(block, EXPR_AS(order->child, column)->id)) continue;
    struct bind_item item = {.expr = order->child, .origin = order->expr.node.origin, .hidden = true};
    item.column = (struct vonk_plan_column){.id = bind_new_id(block->b), .name = STR("_order"), .type = order->child->type, .nullable = order->child->nullable};
    *ARRAY_PUSH(block->b->arena, &block->items) = item;
    order->child = bind_reference(block->b, &item.column, order->expr.node.origin);
  }
  return VONK_OK;
}

/* --- layers --- */

static void add_project(struct bind_block *block, uint32_t *visible) {
  struct binder *b = block->b;
  uint32_t count = (uint32_t)block->items.count;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, count);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, count);
  *visible = 0;
  for (uint32_t i = 0; i < count; i++) {
    struct bind_item *item = &block->items.items[i];
    exprs[i] = item->expr;
    columns[i] = item->column;
    columns[i].type = item->expr->type;
    columns[i].nullable = item->expr->nullable;
    columns[i].range = item->expr->range;
    *visible += !item->hidden;
  }
  block->relation = bind_project(b, block->relation, columns, exprs, count, block->origin);
}

static void add_order(struct bind_block *block, const struct vonk_relation_sort *sort, uint32_t visible) {
  struct binder *b = block->b;
  struct vonk_relation_order *order = RELATION_NEW(b->arena, order, sort->relation.node.origin);
  order->input = block->relation;
  order->order = block->order;
  order->is_global = sort->is_global;
  order->limit = -1;
  bind_take_columns(&order->relation, block->relation);
  block->relation = &order->relation;
  if (visible == order->relation.column_count) return;
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, visible);
  for (uint32_t i = 0; i < visible; i++) exprs[i] = bind_reference(b, &order->relation.columns[i], NULL);
  block->relation = bind_project(b, block->relation, order->relation.columns, exprs, visible, NULL);
}

/* Everything after the FROM clause is bound. */
static STATUS build(struct bind_block *block, const struct vonk_relation_sort *sort) {
  uint32_t visible;
  TRY(prepare_order(block));
  TRY(bind_group_finish(block));
  if (block->having) block->relation = bind_select_where(block->b, block->relation, block->having, block->origin);
  TRY(bind_extract_windows(block));
  TRY(bind_extract_generator(block));
  add_project(block, &visible);
  if (sort) add_order(block, sort, visible);
  return VONK_OK;
}

/* Windows of time lie below the block: its lists refer to them. */
static STATUS take_time_windows(struct bind_block *block, struct vonk_relation_aggregate *aggregate, struct vonk_relation_project_star *project) {
  struct vonk_exprs *lists[3];
  uint32_t count = 0;
  if (aggregate) lists[count++] = &aggregate->group, lists[count++] = &aggregate->listed, lists[count++] = &aggregate->expressions;
  else lists[count++] = &project->expressions;
  return bind_time_windows(block->b, &block->scope, lists, count, block->origin, &block->relation);
}

static STATUS bind_from(struct bind_block *block, struct vonk_relation *input) {
  return bind_relation(block->b, input ? &input->node : NULL, block->outer, &block->relation);
}

static STATUS bind_block(struct bind_block *block, const struct vonk_node *unresolved, const struct vonk_relation_sort *sort) {
  struct binder *b = block->b;
  struct vonk_relation_having *having = RELATION_AS(unresolved, having);
  if (having) unresolved = &having->input->node;
  struct vonk_relation_aggregate own_aggregate, *aggregate = RELATION_AS(unresolved, aggregate);
  struct vonk_relation_project_star own_project, *project = RELATION_AS(unresolved, project_star);
  if (!aggregate && !project) return vonk_unsupported(b->task, unresolved->origin, "HAVING here");
  struct vonk_relation *input = aggregate ? aggregate->input : project->input;
  if (aggregate) own_aggregate = *aggregate, aggregate = &own_aggregate;
  else own_project = *project, project = &own_project;
  struct bind_windows windows = {b->windows, NULL};
  if (input && RELATION_IS(input, window_clause)) {
    windows.definitions = &RELATION_AS(input, window_clause)->definitions;
    input = RELATION_AS(input, window_clause)->input;
  }
  struct bind_trace *above = b->trace;
  block->origin = b->query_origin = unresolved->origin;
  if (sort) bind_trace_begin(b, unresolved);
  TRY(bind_from(block, input));
  block->scope = (struct bind_scope){.outer = block->outer, .columns = bind_columns_of(block->relation)};
  b->windows = &windows;
  TRY(take_time_windows(block, aggregate, project));
  if (aggregate && aggregate->prepend_grouping) TRY(add_items(block, aggregate->grouping == VONK_GROUP_SETS ? aggregate->listed : aggregate->group));
  TRY(add_items(block, aggregate ? aggregate->expressions : project->expressions));
  if (aggregate) TRY(bind_group(block, aggregate));
  choose_ids(block);
  if (sort) trace_list(block, above);
  if (having) TRY(bind_having_condition(block, having->condition));
  if (aggregate && aggregate->having) TRY(bind_having_condition(block, aggregate->having));
  if (having && !aggregate) block->grouped = true;
  if (sort) TRY(bind_order(block, sort));
  return build(block, sort);
}

STATUS bind_select(struct binder *b, const struct vonk_node *unresolved, const struct vonk_relation_sort *sort, const struct bind_scope *outer,
                   struct vonk_relation **out) {
  struct bind_block block = {.b = b, .outer = outer};
  const struct bind_windows *windows = b->windows;
  enum vonk_status status = bind_block(&block, unresolved, sort);
  b->windows = windows;
  *out = block.relation;
  return status;
}

STATUS bind_project_star(struct binder *b, const struct vonk_relation_project_star *project, const struct bind_scope *outer, struct vonk_relation **out) {
  return bind_select(b, &project->relation.node, NULL, outer, out);
}

STATUS bind_aggregate(struct binder *b, const struct vonk_relation_aggregate *aggregate, const struct bind_scope *outer, struct vonk_relation **out) {
  return bind_select(b, &aggregate->relation.node, NULL, outer, out);
}

STATUS bind_having(struct binder *b, const struct vonk_relation_having *having, const struct bind_scope *outer, struct vonk_relation **out) {
  return bind_select(b, &having->relation.node, NULL, outer, out);
}
