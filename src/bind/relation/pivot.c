/* pivot.c: values of a column become columns.
 *
 * Grouped by the keys and the pivot column first; then by the keys alone, each value taking its own rows of that. Aggregates of
 * types that have no numbers are made for each value with a filter instead, as Spark does it (an empty list is no NULL).
 */
#include "bind/rewrite.h"

#include "expr/function.h"

enum { PIVOT_COLUMNS_MAX = BIND_COLUMNS_MAX };

struct pivot {
  const struct vonk_relation_pivot *node;
  const struct bind_scope *outer;
  struct vonk_relation *input;
  struct bind_scope scope;
  struct vonk_expr *column;              /* bound */
  struct make_exprs keys;
  struct vonk_exprs values;              /* literals of the column's type */
  struct vonk_str *names;                /* of the values */
};

/* --- checks --- */

static struct vonk_expr *inside(struct vonk_expr *expr) {
  struct vonk_expr_alias *alias = EXPR_AS(expr, alias);
  return alias ? alias->child : expr;
}

static bool is_bare_column(const struct vonk_node *node, const struct vonk_node **out);

static STATUS find_bare(void *object, struct vonk_node *child) {
  (void)is_bare_column(child, object);
  return VONK_OK;
}

/* A column outside of any aggregate. */
static bool is_bare_column(const struct vonk_node *node, const struct vonk_node **out) {
  if (*out || EXPR_IS(node, aggregate)) return *out != NULL;
  if (EXPR_IS(node, column)) *out = node;
  else if (vonk_node_children(node, find_bare, out) != VONK_OK) ASSERT(!"a search cannot fail");
  return *out != NULL;
}

static bool test_star(const void *object, const struct vonk_node *node) {
  (void)object;
  return EXPR_IS(node, star);
}

static STATUS check_aggregates(struct binder *b, const struct pivot *p, struct vonk_exprs aggregates) {
  for (uint32_t i = 0; i < aggregates.count; i++) {
    const struct vonk_node *bare = NULL;
    if (p->node->group_given && bind_find(&p->node->aggregates.items[i]->node, false, test_star, NULL)) {
      return vonk_raise(b->task, VONK_INVALID_USAGE_OF_STAR_OR_REGEX, p->node->relation.node.origin, "elem", STR("'*'"), "prettyName", STR("Pivot"), NULL);
    }
    if (!is_bare_column(&aggregates.items[i]->node, &bare)) continue;
    const struct vonk_expr_column *column = EXPR_AS(bare, column);
    struct vonk_str *parts = ARENA_ARRAY(b->arena, struct vonk_str, column->qualifier.count + 1);
    for (uint32_t k = 0; k < column->qualifier.count; k++) parts[k] = column->qualifier.parts[k];
    parts[column->qualifier.count] = column->name;
    return vonk_raise(b->task, VONK__LEGACY_ERROR_TEMP_1006, bare->origin, "sql", bind_join_name(b->arena, (struct vonk_name){parts, column->qualifier.count + 1}), NULL);
  }
  return VONK_OK;
}

static bool refers_to(struct vonk_ids ids, uint64_t id) {
  for (uint32_t i = 0; i < ids.count; i++) {
    if (ids.items[i] == id) return true;
  }
  return false;
}

static STATUS find_keys(struct binder *b, struct pivot *p, struct vonk_exprs aggregates) {
  for (uint32_t i = 0; i < p->node->group.count; i++) *ARRAY_PUSH(b->arena, &p->keys) = p->node->group.items[i];
  if (p->node->group_given) return VONK_OK;
  struct vonk_ids of_column = vonk_expr_references(b->arena, p->column);
  for (uint32_t i = 0; i < p->input->column_count; i++) {
    const struct vonk_plan_column *column = &p->input->columns[i];
    bool used = column->hidden || refers_to(of_column, column->id);
    for (uint32_t k = 0; k < aggregates.count && !used; k++) used = refers_to(vonk_expr_references(b->arena, aggregates.items[k]), column->id);
    if (!used) *ARRAY_PUSH(b->arena, &p->keys) = bind_reference(b, column, NULL);
  }
  return VONK_OK;
}

/* --- values --- */

static STATUS ask_values(struct binder *b, struct pivot *p) {
  struct make_exprs list = {0};
  struct vonk_relation *column;
  struct vonk_bind_rows rows;
  int64_t most = vonk_conf_int(b->conf, VONK_CONF_PIVOT_MAX_VALUES);
  *ARRAY_PUSH(b->arena, &list) = make_alias(b, p->column, STR("value"));
  TRY(bind_rewritten(b, make_project(b, p->input, make_list(&list), NULL), p->outer, &column));
  struct vonk_relation_deduplicate *distinct = RELATION_NEW(b->arena, deduplicate, NULL);
  distinct->input = column;
  distinct->all_columns = true;
  struct vonk_relation_sort *sort = RELATION_NEW(b->arena, sort, NULL);
  struct vonk_expr **key = ARENA_NEW(b->arena, struct vonk_expr *);
  *key = make_sort_order(b, make_name(b, STR("value")), false);
  sort->input = &distinct->relation;
  sort->order = (struct vonk_exprs){key, 1};
  sort->is_global = true;
  TRY(bind_rewritten(b, &sort->relation, p->outer, &column));
  most = most < PIVOT_COLUMNS_MAX ? most : PIVOT_COLUMNS_MAX;
  TRY(bind_run(b, column, (uint32_t)most + 1, &rows));
  if (rows.row_count > most) {
    return vonk_raise(b->task, VONK__LEGACY_ERROR_TEMP_1324, NULL, "pivotColumn", vonk_expr_sql(b->arena, p->column), "maxValues",
                      vonk_str_format(b->arena, "%lld", (long long)most), "config", STR("spark.sql.pivotMaxValues"), NULL);
  }
  if (rows.row_count && p->column->type->id == VONK_TYPE_STRUCT) {
    return vonk_raise(b->task, VONK_UNSUPPORTED_FEATURE__LITERAL_TYPE, NULL, "value", vonk_value_sql(b->arena, &rows.values[0]), "type",
                      vonk_type_simple_string(b->arena, p->column->type), NULL);
  }
  p->values = (struct vonk_exprs){ARENA_ARRAY(b->arena, struct vonk_expr *, rows.row_count), rows.row_count};
  for (uint32_t i = 0; i < rows.row_count; i++) p->values.items[i] = vonk_expr_literal_of(b->arena, &rows.values[i], NULL);
  return VONK_OK;
}

static STATUS given_value(struct binder *b, const struct pivot *p, struct vonk_expr *unresolved, struct vonk_expr **out) {
  struct vonk_expr *bound, *cast;
  struct vonk_value value;
  TRY(bind_expr(b, &p->scope, inside(unresolved), &bound));
  if (vonk_expr_references(b->arena, bound).count || bind_find(&bound->node, true, bind_test_aggregate, NULL)) {
    return vonk_raise(b->task, VONK_NON_LITERAL_PIVOT_VALUES, NULL, "expression", bind_quote_expr(b, bound), NULL);
  }
  if (!vonk_cast_allowed(bound->type, p->column->type, b->ansi ? VONK_CAST_ANSI : VONK_CAST_LEGACY)) {
    return vonk_raise(b->task, VONK_PIVOT_VALUE_DATA_TYPE_MISMATCH, NULL, "value", vonk_expr_sql(b->arena, bound), "valueType",
                      vonk_type_simple_string(b->arena, bound->type), "pivotType", vonk_type_simple_string(b->arena, p->column->type), NULL);
  }
  struct vonk_bind_options options = bind_options(b, p->node->relation.node.origin);
  TRY(vonk_bind_cast(b->task, &options, bound, p->column->type, VONK_CAST_DEFAULT, true, &cast));
  TRY(bind_fold(b, cast, &value));
  *out = vonk_expr_literal_of(b->arena, &value, unresolved->node.origin);
  return VONK_OK;
}

/* A value's alias, or what it is as a text, before it is cast to the column's type. */
static STATUS value_name(struct binder *b, const struct pivot *p, uint32_t index, struct vonk_str *out) {
  struct vonk_expr *value = p->node->values.count ? p->node->values.items[index] : p->values.items[index];
  const struct vonk_expr_alias *alias = EXPR_AS(value, alias);
  struct vonk_value text;
  if (alias && alias->names.count) {
    *out = alias->names.parts[0];
    return VONK_OK;
  }
  TRY(bind_expr(b, &p->scope, value, &value));
  TRY(bind_cast(b, value, &vonk_type_string, true, &value));
  TRY(bind_fold(b, value, &text));
  *out = text.is_null ? STR("null") : text.text;
  return VONK_OK;
}

static STATUS find_values(struct binder *b, struct pivot *p) {
  struct vonk_exprs given = p->node->values;
  p->values = (struct vonk_exprs){ARENA_ARRAY(b->arena, struct vonk_expr *, given.count), given.count};
  for (uint32_t i = 0; i < given.count; i++) TRY(given_value(b, p, given.items[i], &p->values.items[i]));
  if (!given.count) TRY(ask_values(b, p));
  p->names = ARENA_ARRAY(b->arena, struct vonk_str, p->values.count);
  for (uint32_t i = 0; i < p->values.count; i++) TRY(value_name(b, p, i, &p->names[i]));
  if (p->values.count * p->node->aggregates.count <= PIVOT_COLUMNS_MAX) return VONK_OK;
  return vonk_unsupported(b->task, p->node->relation.node.origin, "a pivot to more than 100000 columns");
}

/* --- building --- */

static struct vonk_str output_name(struct binder *b, const struct pivot *p, uint32_t value, struct vonk_str aggregate) {
  if (p->node->aggregates.count == 1) return p->names[value];
  return vonk_str_format(b->arena, STR_FMT "_" STR_FMT, STR_ARG(p->names[value]), STR_ARG(aggregate));
}

static bool has_numbers(const struct vonk_type *type) { return vonk_type_is_numeric(type) || type->id == VONK_TYPE_BOOLEAN; }

/* Values that are the same after their cast share a place in Spark's list of them, and the last places are missing. */
static STATUS check_places(struct binder *b, const struct pivot *p) {
  uint32_t distinct = 0;
  for (uint32_t i = 0; i < p->node->values.count; i++) {
    bool again = false;
    for (uint32_t k = 0; k < i && !again; k++) again = vonk_node_equal(&p->values.items[i]->node, &p->values.items[k]->node);
    distinct += !again;
  }
  if (distinct == p->node->values.count || !b->ansi) return VONK_OK;
  struct vonk_str place = vonk_str_format(b->arena, "%u", distinct);
  return vonk_raise(b->task, VONK_INVALID_ARRAY_INDEX, p->node->relation.node.origin, "indexValue", place, "arraySize", place, NULL);
}

/* Over FIRST (keys, pivot column, aggregates): each value's aggregates are those of its row. */
static STATUS spread(struct binder *b, const struct pivot *p, struct vonk_relation *first, struct vonk_relation **out) {
  uint32_t aggregates = p->node->aggregates.count, keys = first->column_count - aggregates - 1;
  struct make_exprs group = {0}, list = {0};
  TRY(check_places(b, p));
  for (uint32_t i = 0; i < keys; i++) *ARRAY_PUSH(b->arena, &group) = bind_reference(b, &first->columns[i], NULL);
  for (uint32_t v = 0; v < p->values.count; v++) {
    for (uint32_t a = 0; a < aggregates; a++) {
      const struct vonk_plan_column *column = &first->columns[keys + 1 + a];
      struct vonk_expr *is_value = make_call(b, "<=>", bind_reference(b, &first->columns[keys], NULL), p->values.items[v]);
      struct vonk_expr *taken = make_call(b, "max", make_call(b, "when", is_value, bind_reference(b, column, NULL)));
      *ARRAY_PUSH(b->arena, &list) = make_alias(b, taken, output_name(b, p, v, column->name));
    }
  }
  return bind_rewritten(b, make_aggregate(b, first, make_list(&group), make_list(&list), p->node->relation.node.origin), p->outer, out);
}

struct filtering {
  struct binder *b;
  struct vonk_expr *condition;
};

/* first and last look for the first row of the value that is not NULL, as Spark's do here. */
static STATUS add_filter(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct filtering *f = object;
  struct vonk_expr_function *function = EXPR_AS(node, function);
  struct vonk_str name = function ? function->name.parts[function->name.count - 1] : STR("");
  const struct vonk_function *found = function ? vonk_function_lookup(name) : NULL;
  *out = node;
  if (!found || found->kind != VONK_AGGREGATE) return VONK_OK;
  struct vonk_expr_function *copy = (struct vonk_expr_function *)(void *)vonk_node_clone(f->b->arena, node);
  copy->filter = function->filter ? make_call(f->b, "and", f->condition, function->filter) : f->condition;
  if (strcmp(found->name, "first") == 0 || strcmp(found->name, "last") == 0) copy->nulls = 2;
  *out = &copy->expr.node;
  return VONK_OK;
}

static STATUS filtered(struct binder *b, const struct pivot *p, const struct vonk_relation *first, struct vonk_relation **out) {
  uint32_t aggregates = p->node->aggregates.count, keys = first->column_count - aggregates - 1;
  struct make_exprs list = {0};
  for (uint32_t v = 0; v < p->values.count; v++) {
    struct filtering filtering = {b, make_call(b, "<=>", p->column, p->values.items[v])};
    for (uint32_t a = 0; a < aggregates; a++) {
      struct vonk_node *aggregate;
      TRY(bind_expand_text(b, p->node->aggregates.items[a], &p->node->aggregates.items[a]));
      TRY(vonk_node_transform(b->task, &inside(p->node->aggregates.items[a])->node, false, add_filter, &filtering, &aggregate));
      *ARRAY_PUSH(b->arena, &list) = make_alias(b, (struct vonk_expr *)(void *)aggregate, output_name(b, p, v, first->columns[keys + 1 + a].name));
    }
  }
  return bind_rewritten(b, make_aggregate(b, p->input, make_list(&p->keys), make_list(&list), p->node->relation.node.origin), p->outer, out);
}

static STATUS bind_column(struct binder *b, struct pivot *p) {
  struct vonk_exprs columns = p->node->column;
  struct vonk_expr *column = columns.count == 1 ? columns.items[0] : make_call_list(b, "struct", columns);
  TRY(bind_expr(b, &p->scope, column, &p->column));
  if (vonk_type_is_orderable(p->column->type)) return VONK_OK;
  return vonk_raise(b->task, VONK_INCOMPARABLE_PIVOT_COLUMN, NULL, "columnName", vonk_type_quote(b->arena, vonk_expr_sql(b->arena, p->column)), NULL);
}

STATUS bind_pivot(struct binder *b, const struct vonk_relation_pivot *pivot, const struct bind_scope *outer, struct vonk_relation **out) {
  struct pivot p = {.node = pivot, .outer = outer};
  struct vonk_relation *first;
  struct vonk_exprs aggregates;
  struct make_exprs group = {0}, list = {0};
  TRY(bind_input(b, pivot->input, outer, &p.input));
  p.scope = (struct bind_scope){.outer = outer, .columns = bind_columns_of(p.input)};
  TRY(bind_column(b, &p));
  TRY(bind_exprs(b, &p.scope, pivot->aggregates, &aggregates));
  TRY(check_aggregates(b, &p, aggregates));
  TRY(find_keys(b, &p, aggregates));
  TRY(find_values(b, &p));
  for (size_t i = 0; i < p.keys.count; i++) *ARRAY_PUSH(b->arena, &group) = p.keys.items[i];
  *ARRAY_PUSH(b->arena, &group) = make_alias(b, p.column, STR("_pivot"));
  for (uint32_t i = 0; i < pivot->aggregates.count; i++) *ARRAY_PUSH(b->arena, &list) = pivot->aggregates.items[i];
  TRY(bind_rewritten(b, make_aggregate(b, p.input, make_list(&group), make_list(&list), pivot->relation.node.origin), outer, &first));
  bool numbers = true;
  for (uint32_t i = 0; i < aggregates.count; i++) numbers &= has_numbers(aggregates.items[i]->type);
  return numbers ? spread(b, &p, first, out) : filtered(b, &p, first, out);
}
