/* decode_statistics.c: DataFrame.na and DataFrame.stat. All have the input as field 1. */
#include "server/connect/decode_internal.h"

enum { INPUT = 1 };

STATUS decode_fill_na(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { COLUMNS = 2, VALUES = 3 };
  struct vonk_relation_fill_na *fill = RELATION_NEW(d->arena, fill_na, d->origin);
  fill->column_names = decode_names(d, message, COLUMNS);
  TRY(decode_literals(d, message, VALUES, &fill->values));
  if (fill->values.count == 0) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__NA_FILL_VALUES_EMPTY);
  if (fill->values.count > 1 && fill->values.count != fill->column_names.count) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__NA_FILL_VALUES_LENGTH_MISMATCH);
  *out = &fill->relation;
  return decode_input(d, message, INPUT, &fill->input);
}

STATUS decode_drop_na(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { COLUMNS = 2, MIN_NON_NULLS = 3 };
  struct vonk_relation_drop_na *drop = RELATION_NEW(d->arena, drop_na, d->origin);
  drop->column_names = decode_names(d, message, COLUMNS);
  drop->min_non_nulls = vonk_protobuf_has(message, MIN_NON_NULLS) ? vonk_protobuf_i32(message, MIN_NON_NULLS) : -1;
  *out = &drop->relation;
  return decode_input(d, message, INPUT, &drop->input);
}

STATUS decode_replace(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { COLUMNS = 2, REPLACEMENTS = 3, OLD_VALUE = 1, NEW_VALUE = 2 };
  struct vonk_relation_replace *replace = RELATION_NEW(d->arena, replace, d->origin);
  replace->column_names = decode_names(d, message, COLUMNS);
  size_t count = vonk_protobuf_count(message, REPLACEMENTS);
  replace->old_values = (struct vonk_exprs){ARENA_ARRAY(d->arena, struct vonk_expr *, count), (uint32_t)count};
  replace->new_values = (struct vonk_exprs){ARENA_ARRAY(d->arena, struct vonk_expr *, count), (uint32_t)count};
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf pair;
  for (size_t i = 0; vonk_protobuf_each_message(message, REPLACEMENTS, &at, &pair); i++) {
    struct vonk_protobuf old_value = vonk_protobuf_message(&pair, OLD_VALUE), new_value = vonk_protobuf_message(&pair, NEW_VALUE);
    struct vonk_value value;
    TRY(decode_value(d, &old_value, &value));
    replace->old_values.items[i] = decode_constant(d, value);
    TRY(decode_value(d, &new_value, &value));
    replace->new_values.items[i] = decode_constant(d, value);
  }
  *out = &replace->relation;
  return decode_input(d, message, INPUT, &replace->input);
}

STATUS decode_summary(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { STATISTICS = 2 };
  struct vonk_relation_summary *summary = RELATION_NEW(d->arena, summary, d->origin);
  summary->statistics = decode_names(d, message, STATISTICS);
  *out = &summary->relation;
  return decode_input(d, message, INPUT, &summary->input);
}

STATUS decode_describe(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { COLUMNS = 2 };
  struct vonk_relation_describe *describe = RELATION_NEW(d->arena, describe, d->origin);
  describe->column_names = decode_names(d, message, COLUMNS);
  *out = &describe->relation;
  return decode_input(d, message, INPUT, &describe->input);
}

enum { COLUMN1 = 2, COLUMN2 = 3 }; /* of the three that follow */

STATUS decode_crosstab(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  struct vonk_relation_crosstab *crosstab = RELATION_NEW(d->arena, crosstab, d->origin);
  crosstab->column1 = vonk_protobuf_text(message, COLUMN1);
  crosstab->column2 = vonk_protobuf_text(message, COLUMN2);
  *out = &crosstab->relation;
  return decode_input(d, message, INPUT, &crosstab->input);
}

STATUS decode_covariance(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  struct vonk_relation_cov *cov = RELATION_NEW(d->arena, cov, d->origin);
  cov->column1 = vonk_protobuf_text(message, COLUMN1);
  cov->column2 = vonk_protobuf_text(message, COLUMN2);
  *out = &cov->relation;
  return decode_input(d, message, INPUT, &cov->input);
}

STATUS decode_correlation(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { METHOD = 4 };
  struct vonk_relation_corr *corr = RELATION_NEW(d->arena, corr, d->origin);
  corr->column1 = vonk_protobuf_text(message, COLUMN1);
  corr->column2 = vonk_protobuf_text(message, COLUMN2);
  corr->method = vonk_protobuf_has(message, METHOD) ? vonk_protobuf_text(message, METHOD) : STR("pearson");
  *out = &corr->relation;
  return decode_input(d, message, INPUT, &corr->input);
}

static struct vonk_expr *double_expression(struct decoder *d, double real) {
  return decode_constant(d, (struct vonk_value){.type = &vonk_type_double, .real = real});
}

STATUS decode_approx_quantile(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { COLUMNS = 2, PROBABILITIES = 3, RELATIVE_ERROR = 4 };
  struct vonk_relation_approx_quantile *quantile = RELATION_NEW(d->arena, approx_quantile, d->origin);
  ARRAY_OF(struct vonk_expr *) probabilities = {0};
  struct vonk_protobuf_number at = {0};
  while (vonk_protobuf_each_number(message, PROBABILITIES, VONK_PROTOBUF_FIXED64, &at)) {
    *ARRAY_PUSH(d->arena, &probabilities) = double_expression(d, vonk_protobuf_double_of(at.value));
  }
  quantile->probabilities = (struct vonk_exprs){probabilities.items, (uint32_t)probabilities.count};
  quantile->column_names = decode_names(d, message, COLUMNS);
  quantile->relative_error = vonk_protobuf_double(message, RELATIVE_ERROR);
  *out = &quantile->relation;
  return decode_input(d, message, INPUT, &quantile->input);
}

STATUS decode_freq_items(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { COLUMNS = 2, SUPPORT = 3 };
  struct vonk_relation_freq_items *items = RELATION_NEW(d->arena, freq_items, d->origin);
  items->column_names = decode_names(d, message, COLUMNS);
  items->support = vonk_protobuf_has(message, SUPPORT) ? vonk_protobuf_double(message, SUPPORT) : 0.01;
  *out = &items->relation;
  return decode_input(d, message, INPUT, &items->input);
}

STATUS decode_sample_by(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { COLUMN = 2, FRACTIONS = 3, SEED = 5, STRATUM = 1, FRACTION = 2 };
  struct vonk_relation_sample_by *sample = RELATION_NEW(d->arena, sample_by, d->origin);
  size_t count = vonk_protobuf_count(message, FRACTIONS);
  sample->strata = (struct vonk_exprs){ARENA_ARRAY(d->arena, struct vonk_expr *, count), (uint32_t)count};
  sample->fractions = (struct vonk_exprs){ARENA_ARRAY(d->arena, struct vonk_expr *, count), (uint32_t)count};
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf fraction;
  for (size_t i = 0; vonk_protobuf_each_message(message, FRACTIONS, &at, &fraction); i++) {
    struct vonk_protobuf stratum = vonk_protobuf_message(&fraction, STRATUM);
    struct vonk_value value;
    TRY(decode_value(d, &stratum, &value));
    sample->strata.items[i] = decode_constant(d, value);
    sample->fractions.items[i] = double_expression(d, vonk_protobuf_double(&fraction, FRACTION));
  }
  TRY(decode_expression_at(d, message, COLUMN, &sample->column));
  sample->has_seed = vonk_protobuf_has(message, SEED);
  sample->seed = vonk_protobuf_i64(message, SEED);
  *out = &sample->relation;
  return decode_input(d, message, INPUT, &sample->input);
}
