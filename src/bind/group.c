/* group.c: GROUP BY: its expressions, grouping sets, and taking keys and aggregates out of what stands above.
 *
 * Keys and aggregates become columns of a group relation; whatever is above may use only these. Grouping sets go through
 * expand: each row once per set, keys outside of the set NULL, and a grouping id as a further key.
 */
#include "bind/binder_internal.h"

#include "expr/function.h"

struct bind_set {
  const uint32_t *keys;
  uint32_t count;
};
struct bind_sets {
  struct bind_set *items;
  size_t count, capacity;
  uint64_t id_column;   /* spark_grouping_id */
  uint32_t key_count;
};

enum { GROUPING_KEYS_MAX = 64, GROUPING_SETS_MAX = 4096 };

static STATUS position_error(struct binder *b, const struct vonk_expr *position, int64_t index, size_t size) {
  return vonk_raise(b->task, VONK_GROUP_BY_POS_OUT_OF_RANGE, position->node.origin, "index", vonk_str_format(b->arena, "%lld", (long long)index), "size",
                    vonk_str_format(b->arena, "%zu", size), NULL);
}

static bool has_aggregate(const struct vonk_expr *expr) { return bind_find(&expr->node, false, bind_test_aggregate, NULL) != NULL; }

/* GROUP BY 1: an item of the list. */
static STATUS key_at(struct bind_block *block, const struct vonk_expr *unresolved, int64_t index, struct vonk_expr **out) {
  struct binder *b = block->b;
  if (block->has_star) return vonk_raise(b->task, VONK_STAR_GROUP_BY_POS, unresolved->node.origin, NULL);
  if (index < 1 || (size_t)index > block->items.count) return position_error(b, unresolved, index, block->items.count);
  *out = block->items.items[index - 1].expr;
  if (has_aggregate(*out)) {
    return vonk_raise(b->task, VONK_GROUP_BY_POS_AGGREGATE, unresolved->node.origin, "index", vonk_str_format(b->arena, "%lld", (long long)index), "aggExpr",
                      vonk_expr_sql(b->arena, *out), NULL);
  }
  return VONK_OK;
}

/* What names of the list stand for; the first of equal ones. */
static struct bind_aliases item_names(struct bind_block *block) {
  struct binder *b = block->b;
  struct bind_aliases names = {0};
  for (size_t i = 0; i < block->items.count; i++) {
    struct vonk_str name = block->items.items[i].column.name;
    size_t k = 0;
    while (k < names.count && !bind_same_name(b, names.items[k].name, name)) k++;
    if (k == names.count) *ARRAY_PUSH(b->arena, &names) = (struct bind_alias){name, block->items.items[i].expr};
  }
  return names;
}

static STATUS bind_key(struct bind_block *block, struct vonk_expr *unresolved, struct vonk_expr **out) {
  struct binder *b = block->b;
  struct vonk_expr_literal *literal = EXPR_AS(unresolved, literal);
  if (literal && literal->value.type && literal->value.type->id == VONK_TYPE_INT && !literal->value.is_null &&
      vonk_conf_bool(b->conf, VONK_CONF_GROUP_BY_ORDINAL)) {
    return key_at(block, unresolved, literal->value.integer, out);
  }
  struct bind_scope scope = block->scope;
  struct bind_aliases names;
  if (vonk_conf_bool(b->conf, VONK_CONF_GROUP_BY_ALIASES)) {
    names = item_names(block);
    scope.aliases = &names;
  }
  TRY(bind_expr(b, &scope, unresolved, out));
  if (has_aggregate(*out)) return vonk_raise(b->task, VONK_GROUP_BY_AGGREGATE, unresolved->node.origin, "sqlExpr", vonk_expr_sql(b->arena, *out), NULL);
  if (!vonk_type_is_orderable((*out)->type) && (*out)->type->id != VONK_TYPE_MAP) {
    return vonk_raise(b->task, VONK_GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE, unresolved->node.origin, "sqlExpr", bind_quote_expr(b, *out), "dataType",
                      bind_quote_type(b, (*out)->type), NULL);
  }
  return VONK_OK;
}

static uint32_t key_index(struct bind_block *block, struct vonk_expr *key) {
  for (uint32_t i = 0; i < block->keys.count; i++) {
    if (vonk_node_equal(&block->keys.items[i]->node, &key->node)) return i;
  }
  block->keys.items[block->keys.count] = key;
  return block->keys.count++;
}

/* --- grouping sets --- */

static bool is_set_function(const struct vonk_expr *unresolved, const char *name) {
  const struct vonk_expr_function *function = EXPR_AS(unresolved, function);
  return function && function->name.count == 1 && vonk_str_equal(function->name.parts[0], vonk_str_of(name));
}

/* ROLLUP (...), CUBE (...), GROUPING SETS (...): *kind is set. */
static bool is_sets(const struct vonk_expr *unresolved, int32_t *kind) {
  if (is_set_function(unresolved, "rollup")) *kind = VONK_GROUP_ROLLUP;
  else if (is_set_function(unresolved, "cube")) *kind = VONK_GROUP_CUBE;
  else if (is_set_function(unresolved, "grouping_sets")) *kind = VONK_GROUP_SETS;
  else return false;
  return true;
}

static uint32_t count_leaves(struct vonk_exprs list) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < list.count; i++) {
    const struct vonk_expr *item = list.items[i];
    int32_t kind;
    bool nested = is_set_function(item, "grouping_set") || is_sets(item, &kind);
    count += nested ? count_leaves(EXPR_AS(item, function)->arguments) : 1;
  }
  return count;
}

/* The keys of one element: an expression, or several in parentheses. */
static STATUS element_keys(struct bind_block *block, struct vonk_expr *element, struct bind_set *out) {
  bool grouped = is_set_function(element, "grouping_set") || is_set_function(element, "struct");
  struct vonk_exprs parts = {&element, 1};
  if (grouped) parts = EXPR_AS(element, function)->arguments;
  uint32_t *keys = ARENA_ARRAY(block->b->arena, uint32_t, parts.count);
  for (uint32_t i = 0; i < parts.count; i++) {
    struct vonk_expr *key;
    TRY(bind_key(block, parts.items[i], &key));
    keys[i] = key_index(block, key);
  }
  *out = (struct bind_set){keys, parts.count};
  return VONK_OK;
}

static struct bind_set join_sets(struct binder *b, const struct bind_set *sets, uint32_t count, uint64_t mask) {
  uint32_t total = 0, n = 0;
  for (uint32_t i = 0; i < count; i++) total += sets[i].count;
  uint32_t *keys = ARENA_ARRAY(b->arena, uint32_t, total);
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t k = 0; (mask >> i & 1) && k < sets[i].count; k++) keys[n++] = sets[i].keys[k];
  }
  return (struct bind_set){keys, n};
}

/* ROLLUP: prefixes from the longest on; CUBE: all subsets in Spark's order; SETS: as written. */
static STATUS expand_sets(struct bind_block *block, int32_t grouping, struct vonk_exprs group, struct bind_sets *out) {
  struct binder *b = block->b;
  struct bind_set *elements = ARENA_ARRAY(b->arena, struct bind_set, group.count);
  if (group.count > GROUPING_KEYS_MAX || (grouping == VONK_GROUP_CUBE && group.count > 12)) {
    return vonk_raise(b->task, VONK_GROUPING_SIZE_LIMIT_EXCEEDED, block->origin, "maxSize", STR("64"), NULL);
  }
  if (grouping == VONK_GROUP_SETS) {
    for (uint32_t i = 0; i < group.count; i++) {
      struct vonk_expr *item = group.items[i];
      struct bind_set set;
      int32_t kind;
      if (is_sets(item, &kind)) {
        TRY(expand_sets(block, kind, EXPR_AS(item, function)->arguments, out));
      } else {
        TRY(element_keys(block, item, &set));
        *ARRAY_PUSH(b->arena, out) = set;
      }
    }
    return VONK_OK;
  }
  for (uint32_t i = 0; i < group.count; i++) TRY(element_keys(block, group.items[i], &elements[i]));
  uint64_t all = group.count == 64 ? UINT64_MAX : (UINT64_C(1) << group.count) - 1;
  if (grouping == VONK_GROUP_ROLLUP) {
    for (uint32_t n = group.count + 1; n-- > 0;) {
      *ARRAY_PUSH(b->arena, out) = join_sets(b, elements, group.count, n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1);
    }
    return VONK_OK;
  }
  for (uint64_t mask = all + 1; mask-- > 0;) *ARRAY_PUSH(b->arena, out) = join_sets(b, elements, group.count, mask);
  return VONK_OK;
}

/* GROUP BY a, ROLLUP (b), ...: each combination of one set of each part. */
static STATUS combine_parts(struct bind_block *block, struct vonk_exprs group, struct bind_sets *out) {
  struct binder *b = block->b;
  *ARRAY_PUSH(b->arena, out) = (struct bind_set){NULL, 0};
  for (uint32_t i = 0; i < group.count; i++) {
    struct bind_sets part = {0}, product = {0};
    struct vonk_expr *item = group.items[i];
    int32_t kind = VONK_GROUP_SETS;
    struct vonk_exprs inner = {&item, 1};
    if (is_sets(item, &kind)) inner = EXPR_AS(item, function)->arguments;
    TRY(expand_sets(block, kind, inner, &part));
    if (out->count * part.count > GROUPING_SETS_MAX) return vonk_unsupported(b->task, block->origin, "more than 4096 grouping sets");
    for (size_t x = 0; x < out->count; x++) {
      for (size_t y = 0; y < part.count; y++) {
        struct bind_set pair[] = {out->items[x], part.items[y]};
        *ARRAY_PUSH(b->arena, &product) = join_sets(b, pair, 2, 3);
      }
    }
    *out = product;
  }
  return VONK_OK;
}

static STATUS group_all(struct bind_block *block) {
  for (size_t i = 0; i < block->items.count; i++) {
    struct vonk_expr *expr = block->items.items[i].expr;
    if (!has_aggregate(expr) && !bind_find(&expr->node, false, bind_test_window, NULL)) key_index(block, expr);
  }
  return VONK_OK;
}

STATUS bind_group(struct bind_block *block, const struct vonk_relation_aggregate *aggregate) {
  struct binder *b = block->b;
  struct vonk_exprs group = aggregate->group;
  int32_t kind;
  bool mixed = false;
  block->grouped = true;
  block->has_group_by = group.count > 0 || aggregate->grouping == VONK_GROUP_ALL;
  for (uint32_t i = 0; i < group.count; i++) mixed |= is_sets(group.items[i], &kind);
  block->keys.items = ARENA_ARRAY(b->arena, struct vonk_expr *, count_leaves(group) + aggregate->listed.count + block->items.count);
  if (aggregate->grouping == VONK_GROUP_ALL) return group_all(block);
  if (aggregate->grouping == VONK_GROUP_BY && !mixed) {
    for (uint32_t i = 0; i < group.count; i++) {
      struct vonk_expr *key;
      TRY(bind_key(block, group.items[i], &key));
      key_index(block, key);
    }
    return VONK_OK;
  }
  for (uint32_t i = 0; i < aggregate->listed.count; i++) {
    struct vonk_expr *key;
    TRY(bind_key(block, aggregate->listed.items[i], &key));
    key_index(block, key);
  }
  struct bind_sets *sets = ARENA_NEW(b->arena, struct bind_sets);
  if (aggregate->grouping == VONK_GROUP_BY) TRY(combine_parts(block, group, sets));
  else TRY(expand_sets(block, aggregate->grouping, group, sets));
  sets->id_column = bind_new_id(b);
  sets->key_count = block->keys.count;
  block->sets = sets;
  return VONK_OK;
}

/* --- taking out --- */

static bool has_column(struct bind_columns columns, uint64_t id) {
  for (uint32_t i = 0; i < columns.count; i++) {
    if (columns.items[i].id == id) return true;
  }
  return false;
}
static bool from_input(const struct bind_block *block, uint64_t id) {
  return has_column(block->scope.columns, id) || has_column(block->scope.added, id);
}

static STATUS missing(struct bind_block *block, const struct vonk_node *node) {
  struct binder *b = block->b;
  const struct vonk_expr *column = (const struct vonk_expr *)node;
  struct vonk_str name = bind_quote_expr(b, column);
  const struct vonk_expr_column *reference = EXPR_AS(column, column);
  if (block->above_list && block->has_group_by) return bind_unresolved_column(b, (struct vonk_name){&reference->name, 1}, bind_items_columns(block), node->origin);
  if (!block->has_group_by) return vonk_raise(b->task, VONK_MISSING_GROUP_BY, block->origin, NULL);
  return vonk_raise(b->task, VONK_MISSING_AGGREGATION, node->origin, "expression", name, "expressionAnyValue",
                    vonk_str_format(b->arena, "\"any_value(" STR_FMT ")\"", STR_ARG(vonk_expr_sql(b->arena, column))), NULL);
}

static struct vonk_expr *key_reference(struct bind_block *block, uint32_t index, const struct vonk_origin *origin) {
  return bind_reference(block->b, &block->key_columns[index], origin);
}

static STATUS take_aggregate(struct bind_block *block, struct vonk_node *node, struct vonk_node **out) {
  struct binder *b = block->b;
  struct vonk_expr *expr = (struct vonk_expr *)(void *)node;
  size_t i = 0;
  while (i < block->aggregates.count && !(expr->deterministic && vonk_node_equal(&block->aggregates.items[i]->node, node))) i++;
  if (i == block->aggregates.count) {
    *ARRAY_PUSH(b->arena, &block->aggregates) = expr;
    *ARRAY_PUSH(b->arena, &block->aggregate_ids) = bind_new_id(b);
  }
  struct vonk_plan_column column = {.id = block->aggregate_ids.items[i], .name = vonk_expr_sql(b->arena, expr), .type = expr->type,
                                    .nullable = expr->nullable, .range = expr->range};
  *out = &bind_reference(b, &column, node->origin)->node;
  return VONK_OK;
}

/* grouping(a): is the key left out of the row's set; grouping_id(...): the bits of all. */
static STATUS take_grouping(struct bind_block *block, struct vonk_expr_call *call, struct vonk_node **out) {
  struct binder *b = block->b;
  const struct vonk_origin *origin = call->expr.node.origin;
  bool is_id = strcmp(call->function->name, "grouping_id") == 0;
  if (!block->sets) return vonk_raise(b->task, VONK_UNSUPPORTED_GROUPING_EXPRESSION, origin, NULL);
  struct vonk_plan_column id = {.id = block->sets->id_column, .name = STR("spark_grouping_id"), .type = &vonk_type_long};
  struct vonk_expr *expr = bind_reference(b, &id, origin);
  if (is_id) {
    for (uint32_t i = 0; i < call->arguments.count; i++) {
      if (i < block->keys.count && vonk_node_equal(&block->keys.items[i]->node, &call->arguments.items[i]->node)) continue;
      return vonk_raise(b->task, VONK_GROUPING_ID_COLUMN_MISMATCH, origin, "groupingIdColumn", bind_quote_expr(b, &call->expr), "groupByColumns",
                        bind_quote_expr(b, &call->expr), NULL);
    }
    *out = &expr->node;
    return VONK_OK;
  }
  uint32_t index = 0;
  while (index < block->keys.count && !vonk_node_equal(&block->keys.items[index]->node, &call->arguments.items[0]->node)) index++;
  if (index == block->keys.count) {
    return vonk_raise(b->task, VONK_GROUPING_COLUMN_MISMATCH, origin, "grouping", bind_quote_expr(b, call->arguments.items[0]), "groupingColumns",
                      bind_quote_expr(b, &call->expr), NULL);
  }
  TRY(bind_call(b, "shiftright", origin, &expr, 2, expr, bind_long(b, block->keys.count - 1 - index, &vonk_type_int, origin)));
  TRY(bind_call(b, "&", origin, &expr, 2, expr, bind_long(b, 1, &vonk_type_long, origin)));
  TRY(bind_cast(b, expr, &vonk_type_byte, true, &expr));
  *out = &expr->node;
  return VONK_OK;
}

static bool is_grouping(const struct vonk_expr_call *call) {
  return call && call->function && (strcmp(call->function->name, "grouping") == 0 || strcmp(call->function->name, "grouping_id") == 0);
}

static STATUS take(void *object, struct vonk_node *node, struct vonk_node **out);

/* Inside a subquery's plan: what it takes from this SELECT must be keys. */
static STATUS take_outer(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct bind_block *block = object;
  struct vonk_expr_column *column = EXPR_AS(node, column);
  if (!column) return vonk_node_map_children(block->b->arena, node, take_outer, object, out);
  *out = node;
  if (!column->outer || !from_input(block, column->id)) return VONK_OK;
  for (uint32_t i = 0; i < block->keys.count; i++) {
    struct vonk_expr_column *key = EXPR_AS(block->keys.items[i], column);
    if (!key || key->id != column->id) continue;
    struct vonk_expr_column *replaced = EXPR_AS(key_reference(block, i, node->origin), column);
    replaced->outer = true;
    *out = &replaced->expr.node;
    return VONK_OK;
  }
  return missing(block, node);
}

static STATUS take_window(struct bind_block *block, struct vonk_node *node, struct vonk_node **out) {
  struct binder *b = block->b;
  struct vonk_expr_window_call *call = (struct vonk_expr_window_call *)(void *)vonk_node_clone(b->arena, node);
  struct vonk_node *function;
  TRY(vonk_node_map_children(b->arena, &call->function->node, take, block, &function));
  struct vonk_expr *kept = (struct vonk_expr *)(void *)function;
  /* The function itself stays; map_children below would take an aggregate. */
  call->function = NULL;
  TRY(vonk_node_map_children(b->arena, &call->expr.node, take, block, out));
  if (*out == &call->expr.node) *out = vonk_node_clone(b->arena, *out);
  ((struct vonk_expr_window_call *)(void *)*out)->function = kept;
  return VONK_OK;
}

static STATUS take(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct bind_block *block = object;
  *out = node;
  if (node->type->node_class == VONK_CLASS_RELATION) return take_outer(object, node, out);
  if (!EXPR_IS(node, literal)) {
    for (uint32_t i = 0; i < block->keys.count; i++) {
      if (!vonk_node_equal(&block->keys.items[i]->node, node)) continue;
      *out = &key_reference(block, i, node->origin)->node;
      return VONK_OK;
    }
  }
  if (EXPR_IS(node, aggregate)) return take_aggregate(block, node, out);
  if (EXPR_IS(node, window_call)) return take_window(block, node, out);
  if (is_grouping(EXPR_AS(node, call))) return take_grouping(block, EXPR_AS(node, call), out);
  struct vonk_expr_column *column = EXPR_AS(node, column);
  if (column) return !column->outer && from_input(block, column->id) ? missing(block, node) : VONK_OK;
  return vonk_node_map_children(block->b->arena, node, take, object, out);
}

static STATUS take_from(struct bind_block *block, struct vonk_expr **expr) {
  struct vonk_node *out;
  TRY(take(block, &(*expr)->node, &out));
  *expr = (struct vonk_expr *)(void *)out;
  return VONK_OK;
}

/* --- building --- */

/* The key that is a column of sessions. */
static uint32_t session_key(const struct bind_block *block) {
  for (uint32_t i = 0; i < block->keys.count; i++) {
    const struct vonk_expr_column *key = EXPR_AS(block->keys.items[i], column);
    for (uint32_t k = 0; key && !key->outer && k < block->relation->column_count; k++) {
      const struct vonk_plan_column *column = &block->relation->columns[k];
      if (column->id == key->id && bind_is_session(column->metadata)) return i;
    }
  }
  return UINT32_MAX;
}

static void choose_key_columns(struct bind_block *block) {
  struct binder *b = block->b;
  block->key_columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, block->keys.count);
  for (uint32_t i = 0; i < block->keys.count; i++) {
    struct vonk_expr *key = block->keys.items[i];
    struct vonk_expr_column *column = EXPR_AS(key, column);
    bool keep = column && !column->outer && !block->sets && i != block->session;
    block->key_columns[i] = (struct vonk_plan_column){.id = keep ? column->id : bind_new_id(b), .name = column ? column->name : vonk_expr_sql(b->arena, key),
                                                      .type = key->type, .nullable = key->nullable || block->sets, .range = key->range};
  }
}

static bool set_has(const struct bind_set *set, uint32_t key) {
  for (uint32_t i = 0; i < set->count; i++) {
    if (set->keys[i] == key) return true;
  }
  return false;
}

static struct vonk_node *set_projection(struct bind_block *block, const struct vonk_relation *input, const struct bind_set *set, size_t place, bool with_place) {
  struct binder *b = block->b;
  struct vonk_expr_call *row = EXPR_NEW(b->arena, call, block->origin);
  row->expr.deterministic = true;
  row->expr.type = &vonk_type_void;
  row->arguments.items = ARENA_ARRAY(b->arena, struct vonk_expr *, (size_t)input->column_count + block->keys.count + 2);
  uint32_t n = 0;
  uint64_t id = 0;
  for (uint32_t i = 0; i < input->column_count; i++) row->arguments.items[n++] = bind_reference(b, &input->columns[i], NULL);
  for (uint32_t i = 0; i < block->keys.count; i++) {
    struct vonk_value null = vonk_value_null(block->keys.items[i]->type);
    bool in = set_has(set, i);
    row->arguments.items[n++] = in ? block->keys.items[i] : vonk_expr_literal_of(b->arena, &null, NULL);
    id = id << 1 | !in;
  }
  row->arguments.items[n++] = bind_long(b, (int64_t)id, &vonk_type_long, NULL);
  if (with_place) row->arguments.items[n++] = bind_long(b, (int64_t)place, &vonk_type_int, NULL);
  row->arguments.count = n;
  return &row->expr.node;
}

static bool same_sets(const struct bind_sets *sets, uint32_t key_count) {
  for (size_t i = 0; i < sets->count; i++) {
    for (size_t j = 0; j < i; j++) {
      bool same = true;
      for (uint32_t k = 0; same && k < key_count; k++) same = set_has(&sets->items[i], k) == set_has(&sets->items[j], k);
      if (same) return true;
    }
  }
  return false;
}

/* The keys over what expand made: references. */
static void add_expand(struct bind_block *block, struct vonk_exprs *keys, struct vonk_plan_column *key_columns) {
  struct binder *b = block->b;
  struct vonk_relation *input = block->relation;
  struct vonk_relation_expand *expand = RELATION_NEW(b->arena, expand, block->origin);
  bool with_place = same_sets(block->sets, block->keys.count);
  uint32_t count = input->column_count, extra = block->keys.count + 1 + with_place;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, (size_t)count + extra);
  if (count) memcpy(columns, input->columns, count * sizeof *columns);
  memcpy(key_columns, block->key_columns, block->keys.count * sizeof *columns);
  key_columns[block->keys.count] = (struct vonk_plan_column){.id = block->sets->id_column, .name = STR("spark_grouping_id"), .type = &vonk_type_long};
  if (with_place) key_columns[block->keys.count + 1] = (struct vonk_plan_column){.id = bind_new_id(b), .name = STR("_gen_grouping_pos"), .type = &vonk_type_int};
  memcpy(columns + count, key_columns, extra * sizeof *columns);
  expand->projections = (struct vonk_nodes){ARENA_ARRAY(b->arena, struct vonk_node *, block->sets->count), (uint32_t)block->sets->count};
  for (size_t i = 0; i < block->sets->count; i++) {
    expand->projections.items[i] = set_projection(block, input, &block->sets->items[i], i, with_place);
  }
  expand->input = input;
  expand->relation.columns = columns;
  expand->relation.column_count = count + extra;
  block->relation = &expand->relation;
  keys->items = ARENA_ARRAY(b->arena, struct vonk_expr *, extra);
  keys->count = extra;
  for (uint32_t i = 0; i < extra; i++) keys->items[i] = bind_reference(b, &key_columns[i], NULL);
}

static STATUS add_group(struct bind_block *block) {
  struct binder *b = block->b;
  struct vonk_relation_group *group = RELATION_NEW(b->arena, group, block->origin);
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, block->keys.count + 2 + block->aggregates.count);
  group->keys = block->keys;
  if (block->sets) add_expand(block, &group->keys, columns);
  else if (block->keys.count) memcpy(columns, block->key_columns, block->keys.count * sizeof *columns);
  uint32_t n = group->keys.count;
  group->aggregates = (struct vonk_exprs){block->aggregates.items, (uint32_t)block->aggregates.count};
  for (size_t i = 0; i < block->aggregates.count; i++) {
    struct vonk_expr *aggregate = block->aggregates.items[i];
    columns[n++] = (struct vonk_plan_column){.id = block->aggregate_ids.items[i], .name = vonk_expr_sql(b->arena, aggregate), .type = aggregate->type,
                                             .nullable = aggregate->nullable, .range = aggregate->range};
  }
  group->input = block->relation;
  group->relation.columns = columns;
  group->relation.column_count = n;
  if (block->session != UINT32_MAX) return bind_session_group(b, group, block->session, &block->relation);
  return bind_python_group(b, group, &block->relation);
}

static bool any_aggregate(const struct bind_block *block) {
  if (block->having && has_aggregate(block->having)) return true;
  for (size_t i = 0; i < block->items.count; i++) {
    const struct vonk_node *found = bind_find(&block->items.items[i].expr->node, false, bind_test_window, NULL);
    /* An aggregate under OVER is no reason to group; one in its arguments is. */
    if (!found && has_aggregate(block->items.items[i].expr)) return true;
    struct vonk_expr_window_call *call = found ? EXPR_AS(found, window_call) : NULL;
    struct vonk_expr_aggregate *inner = call ? EXPR_AS(call->function, aggregate) : NULL;
    for (uint32_t k = 0; inner && k < inner->arguments.count; k++) {
      if (has_aggregate(inner->arguments.items[k])) return true;
    }
    for (uint32_t k = 0; call && k < call->order.count; k++) {
      if (has_aggregate(call->order.items[k])) return true;
    }
  }
  for (size_t i = 0; i < block->generators.count; i++) {
    if (has_aggregate(block->generators.items[i].call)) return true;
  }
  return false;
}

STATUS bind_group_finish(struct bind_block *block) {
  if (!block->grouped && !any_aggregate(block)) return VONK_OK;
  block->grouped = true;
  block->session = session_key(block);
  if (block->session != UINT32_MAX && block->sets) return vonk_unsupported(block->b->task, block->origin, "grouping sets of sessions");
  choose_key_columns(block);
  block->above_list = true;
  if (block->having) TRY(take_from(block, &block->having));
  block->above_list = false;
  for (size_t i = 0; i < block->generators.count; i++) TRY(take_from(block, &block->generators.items[i].call));
  for (size_t i = 0; i < block->items.count; i++) {
    block->above_list = block->items.items[i].hidden;
    TRY(take_from(block, &block->items.items[i].expr));
  }
  return add_group(block);
}
