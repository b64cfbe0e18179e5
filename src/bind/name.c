/* name.c: which column a name means.
 *
 * A name's first parts may be a qualifier (the end of catalog.database.table), the next is a column, the rest are struct
 * fields. The longest qualifier that matches anything wins. Inner scopes come before outer ones; what an outer one
 * answers is marked so. Names that fit nothing get suggestions by edit distance, as Spark gives them.
 */
#include <stdlib.h>

#include "bind/binder_internal.h"

bool bind_same_name(const struct binder *b, struct vonk_str a, struct vonk_str c) {
  return b->case_sensitive ? vonk_str_equal(a, c) : vonk_str_equal_nocase(a, c);
}

bool bind_qualifier_matches(const struct binder *b, struct vonk_name qualifier, struct vonk_name name) {
  if (name.count > qualifier.count) return false;
  for (uint32_t i = 0; i < name.count; i++) {
    if (!bind_same_name(b, qualifier.parts[qualifier.count - name.count + i], name.parts[i])) return false;
  }
  return true;
}

struct vonk_expr *bind_reference(struct binder *b, const struct vonk_plan_column *column, const struct vonk_origin *origin) {
  struct vonk_expr *expr = vonk_expr_column_of(b->arena, column->id, column->name, column->type, column->nullable);
  expr->node.origin = origin;
  expr->range = column->range;
  ((struct vonk_expr_column *)(void *)expr)->qualifier = column->qualifier;
  ((struct vonk_expr_column *)(void *)expr)->char_length = column->char_length;
  return expr;
}

struct match {
  uint32_t index;     /* of the first column found */
  uint32_t consumed;  /* parts of the name used */
  uint32_t count;     /* different columns found */
};

static bool same_values(const struct vonk_plan_column *a, const struct vonk_plan_column *c) {
  return (a->same_as ? a->same_as : a->id) == (c->same_as ? c->same_as : c->id);
}

enum sight { VISIBLE, HIDDEN, METADATA };

static bool is_in(const struct vonk_plan_column *column, enum sight sight) {
  return sight == METADATA ? column->is_metadata : column->hidden == (sight == HIDDEN);
}

/* Columns whose qualifier ends with the first QUALIFIER_COUNT parts and whose name is the next. */
static struct match match_at(const struct binder *b, struct bind_columns columns, struct vonk_name name, uint32_t qualifier_count, enum sight sight) {
  struct match match = {0, qualifier_count + 1, 0};
  struct vonk_name qualifier = {name.parts, qualifier_count};
  for (uint32_t i = 0; i < columns.count; i++) {
    const struct vonk_plan_column *column = &columns.items[i];
    if (!is_in(column, sight) || !bind_same_name(b, column->name, name.parts[qualifier_count])) continue;
    if (!bind_qualifier_matches(b, column->qualifier, qualifier)) continue;
    if (match.count && same_values(&columns.items[match.index], column)) continue;
    if (match.count++ == 0) match.index = i;
  }
  return match;
}

static struct match match_name(const struct binder *b, struct bind_columns columns, struct vonk_name name) {
  for (uint32_t q = name.count - 1 < 3 ? name.count - 1 : 3; q > 0; q--) {
    struct match match = match_at(b, columns, name, q, VISIBLE);
    if (match.count) return match;
    match = match_at(b, columns, name, q, HIDDEN);
    if (match.count) return match;
  }
  struct match match = match_at(b, columns, name, 0, VISIBLE);
  return match.count || !b->sees_metadata ? match : match_at(b, columns, name, 0, METADATA);
}

/* df.metadataColumn("_metadata"): by that name, whatever the column is called where data has the name, too. */
static struct match match_metadata(const struct binder *b, struct bind_columns columns, struct vonk_name name) {
  struct match match = {0, 1, 0};
  if (name.count != 1 || !bind_same_name(b, name.parts[0], BIND_METADATA)) return match;
  for (uint32_t i = 0; i < columns.count; i++) {
    if (columns.items[i].is_metadata && match.count++ == 0) match.index = i;
  }
  return match;
}

static struct match match_attribute(const struct binder *b, struct bind_columns columns, const struct vonk_expr_attribute *attribute) {
  return attribute->is_metadata ? match_metadata(b, columns, attribute->name) : match_name(b, columns, attribute->name);
}

static int by_text(const void *a, const void *c) { return vonk_str_compare(*(const struct vonk_str *)a, *(const struct vonk_str *)c); }

static STATUS raise_ambiguous(struct binder *b, struct bind_columns columns, struct vonk_name name, struct match match, const struct vonk_origin *origin) {
  struct vonk_text list;
  struct vonk_str *found = ARENA_ARRAY(b->arena, struct vonk_str, columns.count);
  uint32_t count = 0;
  struct vonk_name qualifier = {name.parts, match.consumed - 1};
  for (uint32_t i = 0; i < columns.count; i++) {
    const struct vonk_plan_column *column = &columns.items[i];
    if (!is_in(column, columns.items[match.index].is_metadata ? METADATA : VISIBLE) || !bind_same_name(b, column->name, name.parts[match.consumed - 1])) continue;
    if (!bind_qualifier_matches(b, column->qualifier, qualifier)) continue;
    struct vonk_str table = column->qualifier.count ? vonk_str_format(b->arena, STR_FMT ".", STR_ARG(vonk_name_quote(b->arena, column->qualifier))) : STR("");
    found[count++] = vonk_str_format(b->arena, STR_FMT STR_FMT, STR_ARG(table), STR_ARG(vonk_type_quote(b->arena, column->name)));
  }
  if (count) qsort(found, count, sizeof *found, by_text);
  vonk_text_init(&list, b->arena);
  for (uint32_t i = 0; i < count; i++) vonk_text_addf(&list, "%s" STR_FMT, i ? ", " : "[", STR_ARG(found[i]));
  vonk_text_add_char(&list, ']');
  return vonk_raise(b->task, VONK_AMBIGUOUS_REFERENCE, origin, "name", vonk_name_quote(b->arena, name), "referenceNames",
                    vonk_text_str(&list), NULL);
}

STATUS bind_match_column(struct binder *b, struct bind_columns columns, const struct vonk_expr_attribute *attribute, uint32_t *index, uint32_t *consumed) {
  struct match match = match_attribute(b, columns, attribute);
  if (!match.count && attribute->expr.node.plan_id >= 0 && !attribute->is_metadata) match = match_at(b, columns, attribute->name, 0, HIDDEN);
  *index = match.count ? match.index : UINT32_MAX;
  *consumed = match.consumed;
  return match.count > 1 ? raise_ambiguous(b, columns, attribute->name, match, attribute->expr.node.origin) : VONK_OK;
}

/* *OUT stays NULL when COLUMNS have no such name; MAY_BE_AMBIGUOUS: or several. */
static STATUS find(struct binder *b, struct bind_columns columns, struct vonk_expr **exprs, const struct vonk_expr_attribute *attribute,
                   bool may_be_ambiguous, struct vonk_expr **out) {
  const struct vonk_origin *origin = attribute->expr.node.origin;
  struct vonk_name name = attribute->name;
  struct match match = match_attribute(b, columns, attribute);
  if (match.count == 0 || (match.count > 1 && may_be_ambiguous)) return VONK_OK;
  if (match.count > 1) return raise_ambiguous(b, columns, name, match, origin);
  struct vonk_plan_column column = columns.items[match.index];
  if (!column.hidden) column.name = name.parts[match.consumed - 1]; /* as it is written here */
  struct vonk_expr *expr = exprs ? exprs[match.index] : bind_reference(b, &column, origin);
  for (uint32_t i = match.consumed; i < name.count; i++) TRY(bind_field(b, expr, name.parts[i], origin, &expr));
  *out = expr;
  return VONK_OK;
}

/* EXPR under a name that shows where it came from; select.c takes it off when it has named its item. */
static struct vonk_expr *mark_lateral(struct binder *b, struct vonk_name name, struct vonk_expr *expr) {
  struct vonk_expr_alias *alias = EXPR_NEW(b->arena, alias, expr->node.origin);
  struct vonk_str *shown = ARENA_NEW(b->arena, struct vonk_str);
  struct vonk_node head = alias->expr.node;
  alias->expr = *expr;
  alias->expr.node = head;
  alias->child = expr;
  *shown = vonk_str_format(b->arena, "lateralAliasReference(" STR_FMT ")", STR_ARG(name.parts[name.count - 1]));
  alias->names = (struct vonk_name){shown, 1};
  return &alias->expr;
}

static STATUS find_alias(struct binder *b, const struct bind_aliases *aliases, const struct vonk_expr_attribute *attribute, struct vonk_expr **out) {
  struct vonk_name name = attribute->name;
  const struct bind_alias *found = NULL;
  for (size_t i = 0; i < aliases->count; i++) {
    if (!bind_same_name(b, aliases->items[i].name, name.parts[0])) continue;
    if (found) {
      return vonk_raise(b->task, VONK_AMBIGUOUS_LATERAL_COLUMN_ALIAS, attribute->expr.node.origin, "name", vonk_name_quote(b->arena, name),
                        "n", vonk_str_format(b->arena, "%d", 2), NULL);
    }
    found = &aliases->items[i];
  }
  if (!found) return VONK_OK;
  struct vonk_expr *expr = found->expr;
  for (uint32_t i = 1; i < name.count; i++) TRY(bind_field(b, expr, name.parts[i], attribute->expr.node.origin, &expr));
  *out = aliases->are_lateral ? mark_lateral(b, name, expr) : expr;
  return VONK_OK;
}

/* The same without errors: what does not fit is not found. */
static bool find_quietly(struct binder *b, struct bind_columns columns, const struct vonk_expr_attribute *attribute, struct vonk_expr **out) {
  struct vonk_error error;
  struct vonk_task task = *b->task;
  struct binder quiet = *b;
  vonk_error_init(&error);
  task.error = &error;
  quiet.task = &task;
  bool found = find(&quiet, columns, NULL, attribute, true, out) == VONK_OK && *out;
  vonk_error_deinit(&error);
  if (!found) *out = NULL;
  return found;
}

static bool is_other_column(const void *object, const struct vonk_node *node) {
  const struct vonk_exprs *keys = object;
  for (uint32_t i = 0; i < keys->count; i++) {
    if (vonk_node_equal(&keys->items[i]->node, node)) return false;
  }
  return EXPR_IS(node, column);
}

static STATUS find_in_scope(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_attribute *attribute, struct vonk_expr **out) {
  struct vonk_expr *below = NULL;
  bool has_below = scope->below.count > 0;
  if (has_below && scope->in_aggregate) TRY(find(b, scope->below, NULL, attribute, false, out));
  else if (scope->keys && find_quietly(b, scope->below, attribute, &below) && !bind_find(&below->node, false, is_other_column, scope->keys)) *out = below;
  if (!*out) TRY(find(b, scope->columns, scope->exprs, attribute, has_below && !scope->keys, out));
  if (!*out && has_below && !scope->in_aggregate) TRY(find(b, scope->below, NULL, attribute, false, out));
  if (!*out && scope->aliases) TRY(find_alias(b, scope->aliases, attribute, out));
  if (!*out && scope->added.count) TRY(find(b, scope->added, NULL, attribute, false, out));
  return VONK_OK;
}

static struct vonk_expr *find_lambda(struct binder *b, const struct bind_lambda *lambda, struct vonk_str name) {
  for (; lambda; lambda = lambda->outer) {
    for (uint32_t i = 0; i < lambda->parameters->count; i++) {
      struct vonk_expr_lambda_variable *variable = EXPR_AS(lambda->parameters->items[i], lambda_variable);
      if (variable && bind_same_name(b, variable->name.parts[0], name)) return &variable->expr;
    }
  }
  return NULL;
}

/* Functions that need no parentheses; a column of the name comes first. */
static STATUS literal_function(struct binder *b, const struct vonk_expr_attribute *attribute, struct vonk_expr **out) {
  static const char *const names[][2] = {
      {"current_date", "current_date"}, {"current_timestamp", "current_timestamp"}, {"localtimestamp", "localtimestamp"}, {"current_time", "current_time"},
      {"current_user", "current_user"}, {"user", "current_user"},                   {"session_user", "current_user"}};
  if (attribute->name.count != 1) return VONK_OK;
  if (vonk_str_equal_nocase(attribute->name.parts[0], STR("grouping__id"))) return bind_call(b, "grouping_id", attribute->expr.node.origin, out, 0);
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (vonk_str_equal_nocase(attribute->name.parts[0], vonk_str_of(names[i][0]))) {
      return bind_call(b, names[i][1], attribute->expr.node.origin, out, 0);
    }
  }
  return VONK_OK;
}

struct marking {
  struct vonk_arena *arena;
  uint8_t levels;
};

static STATUS mark(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct marking *m = object;
  if (!EXPR_IS(node, column)) return vonk_node_map_children(m->arena, node, mark, object, out);
  struct vonk_expr_column *column = (struct vonk_expr_column *)(void *)vonk_node_clone(m->arena, node);
  column->outer = true;
  column->outer_levels += m->levels;
  *out = &column->expr.node;
  return VONK_OK;
}

struct vonk_expr *bind_mark_outer(struct binder *b, struct vonk_expr *expr, uint8_t levels) {
  struct vonk_node *marked;
  struct marking marking = {b->arena, levels};
  if (mark(&marking, &expr->node, &marked) != VONK_OK) ASSERT(!"marking cannot fail");
  return (struct vonk_expr *)(void *)marked;
}

STATUS bind_name_try(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_attribute *attribute, struct vonk_expr **out) {
  *out = NULL;
  if (attribute->expr.node.plan_id >= 0) {
    if (vonk_conf_bool(b->conf, VONK_CONF_STRICT_DATAFRAME_COLUMNS)) return bind_plan_column(b, scope, attribute, out);
    TRY(bind_plan_column_try(b, scope, attribute, out));
    if (*out) return VONK_OK;
  }
  if (scope && scope->lambda) {
    struct vonk_expr *variable = find_lambda(b, scope->lambda, attribute->name.parts[0]);
    for (uint32_t i = 1; variable && i < attribute->name.count; i++) {
      TRY(bind_field(b, variable, attribute->name.parts[i], attribute->expr.node.origin, &variable));
    }
    *out = variable;
    if (variable) return VONK_OK;
  }
  if (scope) TRY(find_in_scope(b, scope, attribute, out));
  if (!*out) TRY(literal_function(b, attribute, out));
  uint8_t levels = 1;
  for (const struct bind_scope *outer = scope ? scope->outer : NULL; outer && !*out; outer = outer->outer, levels += levels < UINT8_MAX) {
    TRY(find_in_scope(b, outer, attribute, out));
    if (*out) *out = bind_mark_outer(b, *out, levels);
  }
  if (!*out && scope && scope->missing) TRY(bind_missing_name(b, scope, attribute, out));
  return VONK_OK;
}

STATUS bind_name(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_attribute *attribute, struct vonk_expr **out) {
  TRY(bind_name_try(b, scope, attribute, out));
  if (*out) return VONK_OK;
  struct bind_columns columns = scope ? scope->columns : (struct bind_columns){0};
  if (scope && scope->below.count) {
    struct vonk_plan_column *all = ARENA_ARRAY(b->arena, struct vonk_plan_column, (size_t)columns.count + scope->below.count);
    if (columns.count) memcpy(all, columns.items, columns.count * sizeof *all);
    memcpy(all + columns.count, scope->below.items, scope->below.count * sizeof *all);
    columns = (struct bind_columns){all, columns.count + scope->below.count};
  }
  return bind_unresolved_column(b, attribute->name, columns, attribute->expr.node.origin);
}

STATUS bind_find_column(struct binder *b, struct bind_columns columns, struct vonk_str name, const struct vonk_origin *origin, uint32_t *index) {
  struct vonk_name one = {&name, 1};
  struct match match = match_at(b, columns, one, 0, VISIBLE);
  *index = UINT32_MAX;
  if (match.count > 1) return raise_ambiguous(b, columns, one, match, origin);
  if (match.count == 1) *index = match.index;
  return VONK_OK;
}
