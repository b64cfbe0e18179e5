/* unpivot.c: columns become rows: a row for each value column, with its name and its value of the common type.
 *
 * The ids and value columns are bound as a SELECT list, which names and types them; over that stands a generator of the rows.
 */
#include <stdlib.h>

#include "bind/rewrite.h"

struct unpivot {
  const struct vonk_relation_unpivot *node;
  struct vonk_relation *input, *list;      /* list: ids, then the columns of all value sets */
  struct make_exprs items;
  uint32_t id_count, set_count, width;     /* width: columns of one set */
  struct vonk_str *names;                  /* of sets that have one of their own; data NULL: of their columns */
};

/* --- what is given --- */

static struct vonk_exprs set_columns(struct vonk_expr **item) {
  struct vonk_expr_alias *alias = EXPR_AS(*item, alias);
  struct vonk_expr *inner = alias ? alias->child : *item;
  struct vonk_expr_function *function = EXPR_AS(inner, function);
  bool several = function && vonk_str_equal(function->name.parts[0], STR("struct"));
  if (several) return function->arguments;
  return (struct vonk_exprs){item, 1};
}

static STATUS not_attributes(struct binder *b, struct vonk_exprs list, const char *given, const char *empty) {
  struct vonk_text text;
  vonk_text_init(&text, b->arena);
  bool any = false;
  for (uint32_t i = 0; i < list.count; i++) {
    if (EXPR_IS(list.items[i], column)) continue;
    vonk_text_addf(&text, "%s" STR_FMT, any ? ", " : "", STR_ARG(bind_quote_expr(b, list.items[i])));
    any = true;
  }
  if (!any) return VONK_OK;
  return vonk_raise(b->task, VONK_UNPIVOT_REQUIRES_ATTRIBUTES, NULL, "given", vonk_str_of(given), "empty", vonk_str_of(empty), "expressions",
                    vonk_text_str(&text), NULL);
}

/* The visible columns of the input that GIVEN does not name. */
static STATUS other_columns(struct binder *b, const struct unpivot *u, struct vonk_exprs given, struct make_exprs *out) {
  for (uint32_t i = 0; i < u->input->column_count; i++) {
    const struct vonk_plan_column *column = &u->input->columns[i];
    bool named = column->hidden;
    for (uint32_t k = 0; k < given.count && !named; k++) {
      const struct vonk_expr_column *other = EXPR_AS(given.items[k], column);
      named = other && other->id == column->id;
    }
    if (!named) *ARRAY_PUSH(b->arena, out) = bind_reference(b, column, NULL);
  }
  return VONK_OK;
}

static STATUS bind_given(struct binder *b, const struct unpivot *u, const struct bind_scope *outer, struct vonk_exprs unresolved, struct vonk_exprs *out) {
  struct bind_scope scope = {.outer = outer, .columns = bind_columns_of(u->input)};
  struct vonk_exprs expanded;
  TRY(bind_star_arguments(b, &scope, unresolved, &expanded));
  return bind_exprs(b, &scope, expanded, out);
}

static STATUS collect_values(struct binder *b, struct unpivot *u, const struct bind_scope *outer) {
  struct vonk_exprs values = u->node->values, ids;
  struct make_exprs others = {0};
  if (!u->node->values_given) {
    TRY(bind_given(b, u, outer, u->node->ids, &ids));
    TRY(not_attributes(b, ids, "id", "value"));
    TRY(other_columns(b, u, ids, &others));
    values = make_list(&others);
  } else if (u->node->ids_given) { /* stars among them */
    struct bind_scope scope = {.outer = outer, .columns = bind_columns_of(u->input)};
    TRY(bind_star_arguments(b, &scope, values, &values));
  }
  u->width = u->node->value_columns.count ? u->node->value_columns.count : 1;
  u->names = ARENA_ARRAY(b->arena, struct vonk_str, values.count);
  for (uint32_t i = 0; i < values.count; i++) {
    struct vonk_exprs columns = set_columns(&values.items[i]);
    const struct vonk_expr_alias *alias = EXPR_AS(values.items[i], alias);
    if (columns.count != u->width) {
      return vonk_raise(b->task, VONK_UNPIVOT_VALUE_SIZE_MISMATCH, NULL, "names", vonk_str_format(b->arena, "%u", u->width), NULL);
    }
    if (alias && alias->names.count) u->names[i] = alias->names.parts[0];
    for (uint32_t k = 0; k < columns.count; k++) *ARRAY_PUSH(b->arena, &u->items) = columns.items[k];
  }
  if (values.count) return VONK_OK;
  return vonk_raise(b->task, VONK_UNPIVOT_REQUIRES_VALUE_COLUMNS, NULL, NULL);
}

/* Ids first in the list; without any given, the columns that are no values. */
static STATUS collect_ids(struct binder *b, struct unpivot *u, const struct bind_scope *outer, struct make_exprs *out) {
  struct vonk_exprs bound, flat = make_list(&u->items);
  for (uint32_t i = 0; i < u->node->ids.count; i++) *ARRAY_PUSH(b->arena, out) = u->node->ids.items[i];
  if (u->node->ids_given) return VONK_OK;
  struct vonk_exprs plain = {ARENA_ARRAY(b->arena, struct vonk_expr *, flat.count), flat.count};
  for (uint32_t i = 0; i < flat.count; i++) plain.items[i] = EXPR_IS(flat.items[i], alias) ? EXPR_AS(flat.items[i], alias)->child : flat.items[i];
  TRY(bind_given(b, u, outer, plain, &bound));
  TRY(not_attributes(b, bound, "value", "id"));
  return other_columns(b, u, bound, out);
}

/* The list: ids and values, named and typed. */
static STATUS bind_list(struct binder *b, struct unpivot *u, const struct bind_scope *outer) {
  struct make_exprs ids = {0};
  struct vonk_relation *id_list;
  TRY(collect_values(b, u, outer));
  TRY(collect_ids(b, u, outer, &ids));
  TRY(bind_rewritten(b, make_project(b, u->input, make_list(&ids), NULL), outer, &id_list));
  u->id_count = id_list->column_count;
  for (size_t i = 0; i < u->items.count; i++) *ARRAY_PUSH(b->arena, &ids) = u->items.items[i];
  TRY(bind_rewritten(b, make_project(b, u->input, make_list(&ids), NULL), outer, &u->list));
  u->set_count = (u->list->column_count - u->id_count) / u->width;
  return VONK_OK;
}

/* --- types --- */

static int by_type_and_name(const void *a, const void *c) {
  const struct vonk_plan_column *x = *(const struct vonk_plan_column *const *)a, *y = *(const struct vonk_plan_column *const *)c;
  int order = (int)(x->type->id > y->type->id) - (int)(x->type->id < y->type->id);
  return order ? order : vonk_str_compare(x->name, y->name);
}

/* "INT" (`i`), "STRING" (`s`, `t`): at most three names of a type. */
static STATUS type_mismatch(struct binder *b, const struct vonk_plan_column **columns, uint32_t count) {
  struct vonk_text text;
  uint32_t of_type = 0;
  vonk_text_init(&text, b->arena);
  qsort(columns, count, sizeof *columns, by_type_and_name);
  for (uint32_t i = 0; i < count; i++) {
    bool first = i == 0 || !vonk_type_equal(columns[i]->type, columns[i - 1]->type);
    of_type = first ? 1 : of_type + 1;
    if (first) vonk_text_addf(&text, "%s" STR_FMT " (", i ? "), " : "", STR_ARG(bind_quote_type(b, columns[i]->type)));
    if (of_type > 4) continue;
    if (!first) vonk_text_add(&text, STR(", "));
    vonk_text_add(&text, of_type == 4 ? STR("...") : vonk_type_quote(b->arena, columns[i]->name));
  }
  vonk_text_add_char(&text, ')');
  return vonk_raise(b->task, VONK_UNPIVOT_VALUE_DATA_TYPE_MISMATCH, NULL, "types", vonk_text_str(&text), NULL);
}

/* The type of value column PLACE in all sets; texts are not mixed with others. */
static STATUS common_type(struct binder *b, const struct unpivot *u, uint32_t place, const struct vonk_type **out) {
  const struct vonk_plan_column **columns = ARENA_ARRAY(b->arena, const struct vonk_plan_column *, u->set_count);
  bool fits = true;
  *out = NULL;
  for (uint32_t i = 0; i < u->set_count; i++) {
    columns[i] = &u->list->columns[u->id_count + i * u->width + place];
    const struct vonk_type *type = columns[i]->type;
    bool mixed = *out && (*out)->id != VONK_TYPE_VOID && type->id != VONK_TYPE_VOID && vonk_type_is_string(*out) != vonk_type_is_string(type);
    if (mixed) fits = false;
    else if (fits && *out) TRY(bind_common_type(b, *out, type, out));
    else if (fits) *out = type;
    fits &= *out != NULL;
  }
  return fits ? VONK_OK : type_mismatch(b, columns, u->set_count);
}

/* --- rows --- */

static struct vonk_str set_name(struct binder *b, const struct unpivot *u, uint32_t set) {
  if (u->names[set].data) return u->names[set];
  struct vonk_text text;
  vonk_text_init(&text, b->arena);
  for (uint32_t k = 0; k < u->width; k++) {
    if (k) vonk_text_add_char(&text, '_');
    vonk_text_add(&text, u->list->columns[u->id_count + set * u->width + k].name);
  }
  return vonk_text_str(&text);
}

/* inline(array(named_struct(variable, name, value, x), ...)) AS (variable, value) */
static STATUS make_generator(struct binder *b, const struct unpivot *u, struct vonk_expr **out) {
  const struct vonk_relation_unpivot *node = u->node;
  struct make_exprs rows = {0};
  struct vonk_str *names = ARENA_ARRAY(b->arena, struct vonk_str, u->width + 1);
  const struct vonk_type **types = ARENA_ARRAY(b->arena, const struct vonk_type *, u->width);
  names[0] = node->variable;
  for (uint32_t k = 0; k < u->width; k++) {
    names[k + 1] = node->value_columns.count ? node->value_columns.parts[k] : node->value;
    TRY(common_type(b, u, k, &types[k]));
  }
  for (uint32_t set = 0; set < u->set_count; set++) {
    struct make_exprs pairs = {0};
    *ARRAY_PUSH(b->arena, &pairs) = make_text(b, STR("0"));
    *ARRAY_PUSH(b->arena, &pairs) = make_text(b, set_name(b, u, set));
    for (uint32_t k = 0; k < u->width; k++) {
      struct vonk_expr *value = bind_reference(b, &u->list->columns[u->id_count + set * u->width + k], NULL);
      *ARRAY_PUSH(b->arena, &pairs) = make_text(b, vonk_str_format(b->arena, "%u", k + 1));
      *ARRAY_PUSH(b->arena, &pairs) = vonk_type_equal(value->type, types[k]) ? value : make_cast(b, value, types[k]);
    }
    *ARRAY_PUSH(b->arena, &rows) = make_call_list(b, "named_struct", make_list(&pairs));
  }
  struct vonk_expr_alias *alias = EXPR_NEW(b->arena, alias, NULL);
  alias->child = make_call(b, "inline", make_call_list(b, "array", make_list(&rows)));
  alias->names = (struct vonk_name){names, u->width + 1};
  *out = &alias->expr;
  return VONK_OK;
}

static struct vonk_expr *any_value(struct binder *b, const struct vonk_relation *relation, uint32_t first) {
  struct vonk_expr *any = NULL;
  for (uint32_t i = first; i < relation->column_count; i++) {
    struct vonk_expr *there = make_call(b, "isnotnull", bind_reference(b, &relation->columns[i], NULL));
    any = any ? make_call(b, "or", any, there) : there;
  }
  return any;
}

STATUS bind_unpivot(struct binder *b, const struct vonk_relation_unpivot *unpivot, const struct bind_scope *outer, struct vonk_relation **out) {
  struct unpivot u = {.node = unpivot};
  struct make_exprs list = {0};
  struct vonk_expr *generator;
  const struct vonk_origin *origin = unpivot->relation.node.origin;
  TRY(bind_input(b, unpivot->input, outer, &u.input));
  TRY(bind_list(b, &u, outer));
  TRY(make_generator(b, &u, &generator));
  for (uint32_t i = 0; i < u.id_count; i++) *ARRAY_PUSH(b->arena, &list) = bind_reference(b, &u.list->columns[i], origin);
  *ARRAY_PUSH(b->arena, &list) = generator;
  TRY(bind_rewritten(b, make_project(b, u.list, make_list(&list), origin), outer, out));
  if (unpivot->ids_given || unpivot->include_nulls) return VONK_OK;
  return bind_rewritten(b, make_filter(b, *out, any_value(b, *out, u.id_count + 1), origin), outer, out);
}
