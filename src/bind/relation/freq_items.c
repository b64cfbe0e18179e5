/* freq_items.c: df.stat.freqItems: for each column candidates for values that make up a share of the rows. */
#include "bind/rewrite.h"
#include "func/lookup.h"
#include "type/real_text.h"

static STATUS check_support(struct binder *b, const struct vonk_relation_freq_items *items) {
  char text[VONK_REAL_TEXT_MAX];
  if (items->support >= 1e-4 && items->support <= 1) return VONK_OK;
  int size = vonk_real_format_double(items->support, text);
  return vonk_raisef(b->task, VONK__REQUIREMENT_FAILED, items->relation.node.origin, "message",
                     "Support must be in [1e-4, 1], but got %.*s.", size, text);
}

/* The function has no name that a program could use. */
static STATUS candidates(struct binder *b, struct vonk_expr *column, const struct vonk_relation_freq_items *items, struct vonk_expr **out) {
  const struct vonk_origin *origin = items->relation.node.origin;
  struct vonk_expr *arguments[] = {column, bind_long(b, (int64_t)(1 / items->support), &vonk_type_int, origin)};
  struct vonk_exprs list = {arguments, COUNT_OF(arguments)};
  struct vonk_bind_options options = bind_options(b, origin);
  return vonk_bind_function(b->task, &options, vonk_function_lookup(STR("collect_frequent_items")), &list, out);
}

STATUS bind_freq_items(struct binder *b, const struct vonk_relation_freq_items *items, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_origin *origin = items->relation.node.origin;
  struct vonk_relation *input;
  struct make_exprs list = {0};
  TRY(bind_input(b, items->input, outer, &input));
  TRY(check_support(b, items));
  for (uint32_t i = 0; i < items->column_names.count; i++) {
    struct vonk_str name = items->column_names.parts[i];
    struct vonk_expr *column;
    TRY(bind_named_column(b, input, name, origin, &column));
    TRY(candidates(b, column, items, &column));
    *ARRAY_PUSH(b->arena, &list) = make_alias(b, column, vonk_str_format(b->arena, STR_FMT "_freqItems", STR_ARG(name)));
  }
  if (!list.count) return bind_rewritten(b, make_project(b, input, (struct vonk_exprs){0}, origin), outer, out);
  return bind_rewritten(b, make_aggregate(b, input, (struct vonk_exprs){0}, make_list(&list), origin), outer, out);
}
