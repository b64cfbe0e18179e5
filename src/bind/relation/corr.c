/* corr.c: df.corr, df.cov: one number of two columns; NULL counts as 0 in them, as in Spark. */
#include <math.h>

#include "bind/rewrite.h"

static STATUS number_of(struct binder *b, const struct vonk_relation *input, struct vonk_str name, const char *what, const struct vonk_origin *origin, struct vonk_expr **out) {
  struct vonk_expr *column;
  TRY(bind_named_column(b, input, name, origin, &column));
  if (!vonk_type_is_numeric(column->type)) {
    return vonk_raisef(b->task, VONK__REQUIREMENT_FAILED, origin, "message", "Currently %s calculation for columns with dataType " STR_FMT " not supported.",
                       what, STR_ARG(vonk_type_simple_string(b->arena, column->type)));
  }
  *out = make_call(b, "coalesce", make_cast(b, column, &vonk_type_double), make_double(b, 0));
  return VONK_OK;
}

struct measure {
  const char *function, *what, *name;
  double of_nothing;
  struct vonk_str columns[2];
  const struct vonk_origin *origin;
};

static STATUS measure(struct binder *b, const struct measure *m, struct vonk_relation *unbound, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  struct vonk_expr *x, *y;
  struct make_exprs list = {0};
  TRY(bind_input(b, unbound, outer, &input));
  TRY(number_of(b, input, m->columns[0], m->what, m->origin, &x));
  TRY(number_of(b, input, m->columns[1], m->what, m->origin, &y));
  struct vonk_expr *value = make_call(b, "coalesce", make_call(b, m->function, x, y), make_double(b, m->of_nothing));
  *ARRAY_PUSH(b->arena, &list) = make_alias(b, value, vonk_str_of(m->name));
  TRY(bind_rewritten(b, make_aggregate(b, input, (struct vonk_exprs){0}, make_list(&list), m->origin), outer, out));
  struct vonk_plan_column *column = vonk_arena_copy(b->arena, (*out)->columns, sizeof *column);
  column->nullable = true;
  *out = bind_over_columns(b, *out, column);
  return VONK_OK;
}

STATUS bind_cov(struct binder *b, const struct vonk_relation_cov *cov, const struct bind_scope *outer, struct vonk_relation **out) {
  struct measure m = {"covar_samp", "covariance", "cov", 0, {cov->column1, cov->column2}, cov->relation.node.origin};
  return measure(b, &m, cov->input, outer, out);
}

STATUS bind_corr(struct binder *b, const struct vonk_relation_corr *corr, const struct bind_scope *outer, struct vonk_relation **out) {
  struct measure m = {"corr", "correlation", "corr", NAN, {corr->column1, corr->column2}, corr->relation.node.origin};
  if (corr->method.size && !vonk_str_equal(corr->method, STR("pearson"))) {
    return vonk_raise(b->task, VONK__REQUIREMENT_FAILED, m.origin, "message",
                      STR("Currently only the calculation of the Pearson Correlation coefficient is supported."), NULL);
  }
  return measure(b, &m, corr->input, outer, out);
}
