/* sample_by.c: df.sampleBy: rows of each stratum by its own fraction; others not at all. */
#include "bind/rewrite.h"

/* Values of other kinds than the column's are none of it. */
static bool same_kind(const struct vonk_type *a, const struct vonk_type *c) {
  if (vonk_type_is_numeric(a)) return vonk_type_is_numeric(c);
  return a->id == c->id || (vonk_type_is_string(a) && vonk_type_is_string(c));
}

STATUS bind_sample_by(struct binder *b, const struct vonk_relation_sample_by *sample, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_origin *origin = sample->relation.node.origin;
  struct vonk_relation *input;
  struct vonk_expr *column;
  struct make_exprs branches = {0};
  TRY(bind_input(b, sample->input, outer, &input));
  struct bind_scope scope = {.outer = outer, .columns = bind_columns_of(input)};
  TRY(bind_expr(b, &scope, sample->column, &column));
  for (uint32_t i = 0; i < sample->strata.count && i < sample->fractions.count; i++) {
    const struct vonk_expr_literal *stratum = EXPR_AS(sample->strata.items[i], literal), *fraction = EXPR_AS(sample->fractions.items[i], literal);
    if (fraction && !(fraction->value.real >= 0 && fraction->value.real <= 1)) {
      return vonk_raisef(b->task, VONK__REQUIREMENT_FAILED, origin, "message", "Fractions must be in [0, 1], but got %g", fraction->value.real);
    }
    if (!stratum || !same_kind(column->type, stratum->value.type)) continue;
    *ARRAY_PUSH(b->arena, &branches) = make_call(b, "<=>", column, sample->strata.items[i]);
    *ARRAY_PUSH(b->arena, &branches) = sample->fractions.items[i];
  }
  *ARRAY_PUSH(b->arena, &branches) = make_double(b, 0);
  struct vonk_expr *fraction = branches.count > 1 ? make_call_list(b, "when", make_list(&branches)) : branches.items[0];
  int64_t seed = sample->has_seed ? sample->seed : b->context->now_micros;
  struct vonk_expr *random = make_call(b, "rand", bind_long(b, seed, &vonk_type_long, origin));
  return bind_rewritten(b, make_filter(b, input, make_call(b, "<", random, fraction), origin), outer, out);
}
