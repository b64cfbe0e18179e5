/* crosstab.c: df.crosstab: how often each pair of values stands together: a pivot of counts over the two columns as texts. */
#include "bind/rewrite.h"

/* Spark's text of a value: "null" for NULL; names of columns have no backquotes. */
static STATUS as_text(struct binder *b, const struct vonk_relation *input, struct vonk_str name, bool is_name, const struct vonk_origin *origin, struct vonk_expr **out) {
  struct vonk_expr *column;
  struct bind_scope scope = {.columns = bind_columns_of(input)};
  TRY(make_program_name(b, name, origin, &column));
  TRY(bind_expr(b, &scope, column, &column));
  struct vonk_expr *text = make_cast(b, column, &vonk_type_string);
  if (is_name) text = make_call(b, "replace", text, make_text(b, STR("`")), make_text(b, STR("")));
  *out = make_call(b, "when", make_call(b, "isnull", column), make_text(b, STR("null")), text);
  return VONK_OK;
}

STATUS bind_crosstab(struct binder *b, const struct vonk_relation_crosstab *crosstab, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_origin *origin = crosstab->relation.node.origin;
  struct vonk_relation *input, *texts, *counts;
  struct make_exprs list = {0}, group = {0}, columns = {0}, aggregates = {0};
  TRY(bind_input(b, crosstab->input, outer, &input));
  TRY(as_text(b, input, crosstab->column1, false, origin, ARRAY_PUSH(b->arena, &list)));
  TRY(as_text(b, input, crosstab->column2, true, origin, ARRAY_PUSH(b->arena, &list)));
  list.items[0] = make_alias(b, list.items[0], crosstab->column1); /* a name given, not made up: clients are told which */
  TRY(bind_rewritten(b, make_project(b, input, make_list(&list), origin), outer, &texts));
  struct vonk_relation_pivot *pivot = RELATION_NEW(b->arena, pivot, origin);
  *ARRAY_PUSH(b->arena, &group) = bind_reference(b, &texts->columns[0], origin);
  *ARRAY_PUSH(b->arena, &columns) = bind_reference(b, &texts->columns[1], origin);
  *ARRAY_PUSH(b->arena, &aggregates) = make_call(b, "count", make_int(b, 1));
  pivot->input = texts;
  pivot->group = make_list(&group);
  pivot->group_given = true;
  pivot->column = make_list(&columns);
  pivot->aggregates = make_list(&aggregates);
  TRY(bind_rewritten(b, &pivot->relation, outer, &counts));
  list.count = 0;
  struct vonk_str name = vonk_str_format(b->arena, STR_FMT "_" STR_FMT, STR_ARG(crosstab->column1), STR_ARG(crosstab->column2));
  for (uint32_t i = 0; i < counts->column_count; i++) {
    struct vonk_expr *value = bind_reference(b, &counts->columns[i], origin);
    if (i) value = make_call(b, "coalesce", value, bind_long(b, 0, &vonk_type_long, origin));
    *ARRAY_PUSH(b->arena, &list) = make_alias(b, value, i ? counts->columns[i].name : name);
  }
  return bind_rewritten(b, make_project(b, counts, make_list(&list), origin), outer, out);
}
