/* summary.c: summary, describe: a row for each statistic, a text column for each column of numbers or texts.
 *
 * One row with all statistics is aggregated first; a generator makes the rows of it. Texts have the mean, deviation and
 * percentiles of those among them that are numbers.
 */
#include "bind/rewrite.h"

struct summary {
  struct vonk_relation *input;
  struct vonk_name statistics;
  struct make_exprs percentiles;         /* as fractions */
  const struct vonk_origin *origin;
};

static bool is_percentile(struct vonk_str name) { return name.size > 1 && name.data[name.size - 1] == '%'; }

static STATUS unknown(struct binder *b, const struct summary *s, struct vonk_str name) {
  return vonk_raise(b->task, VONK_UNRECOGNIZED_STATISTIC, s->origin, "stats", vonk_str_format(b->arena, "'" STR_FMT "'", STR_ARG(name)), NULL);
}

static STATUS find_percentiles(struct binder *b, struct summary *s) {
  for (uint32_t i = 0; i < s->statistics.count; i++) {
    struct vonk_str name = s->statistics.parts[i];
    double percent;
    if (!is_percentile(name)) continue;
    if (!vonk_str_to_double(vonk_str_slice(name, 0, name.size - 1), &percent)) return unknown(b, s, name);
    if (!(percent >= 0 && percent <= 100)) {
      return vonk_raise(b->task, VONK__REQUIREMENT_FAILED, s->origin, "message", STR("Percentiles must be in the range [0, 1]"), NULL);
    }
    *ARRAY_PUSH(b->arena, &s->percentiles) = make_double(b, percent / 100.0);
  }
  return VONK_OK;
}

/* NAME of COLUMN as a text. */
static STATUS statistic(struct binder *b, const struct summary *s, const struct vonk_plan_column *column, struct vonk_str name, uint32_t *percentile, struct vonk_expr **out) {
  struct vonk_expr *value = bind_reference(b, column, s->origin), *number = value;
  struct vonk_str lower = vonk_str_lower(b->arena, name);
  if (vonk_type_is_string(column->type)) {
    struct vonk_expr_cast *cast = EXPR_NEW(b->arena, cast, s->origin);
    cast->child = value;
    cast->target = &vonk_type_double;
    cast->mode = VONK_CAST_TRY;
    number = &cast->expr;
  }
  static const struct { const char *name, *function; bool of_number, distinct; } known[] = {
      {"count", "count", false, false}, {"count_distinct", "count", false, true}, {"approx_count_distinct", "approx_count_distinct", false, false},
      {"mean", "avg", true, false}, {"stddev", "stddev", true, false}, {"min", "min", false, false}, {"max", "max", false, false}};
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    if (!vonk_str_equal(lower, vonk_str_of(known[i].name))) continue;
    *out = make_call(b, known[i].function, known[i].of_number ? number : value);
    EXPR_AS(*out, function)->distinct = known[i].distinct;
    *out = make_cast(b, *out, &vonk_type_string);
    return VONK_OK;
  }
  if (!is_percentile(name)) return unknown(b, s, name);
  if (column->type->id == VONK_TYPE_DECIMAL) number = make_cast(b, value, &vonk_type_double); /* shown without the zeros of the scale */
  struct vonk_expr *all = make_call(b, "percentile_approx", number, make_call_list(b, "array", make_list(&s->percentiles)), make_int(b, 10000));
  *out = make_cast(b, make_call(b, "get", all, make_int(b, (*percentile)++)), &vonk_type_string);
  return VONK_OK;
}

static bool is_summarised(const struct vonk_plan_column *column) {
  return !column->hidden && (vonk_type_is_numeric(column->type) || vonk_type_is_string(column->type));
}

/* The aggregates, column by column, in the order of the statistics. */
static STATUS collect(struct binder *b, const struct summary *s, struct make_exprs *out) {
  for (uint32_t i = 0; i < s->input->column_count; i++) {
    uint32_t percentile = 0;
    if (!is_summarised(&s->input->columns[i])) continue;
    for (uint32_t k = 0; k < s->statistics.count; k++) {
      TRY(statistic(b, s, &s->input->columns[i], s->statistics.parts[k], &percentile, ARRAY_PUSH(b->arena, out)));
    }
  }
  return VONK_OK;
}

/* inline(array(struct('count', c1, c2, ...), ...)) over the one row ALL. */
static STATUS spread(struct binder *b, const struct summary *s, struct vonk_relation *all, const struct bind_scope *outer, struct vonk_relation **out) {
  uint32_t statistics = s->statistics.count, columns = all->column_count / statistics, n = 0;
  struct vonk_str *names = ARENA_ARRAY(b->arena, struct vonk_str, columns + 1);
  struct make_exprs rows = {0}, list = {0};
  names[n++] = STR("summary");
  for (uint32_t i = 0; i < s->input->column_count; i++) {
    if (is_summarised(&s->input->columns[i])) names[n++] = s->input->columns[i].name;
  }
  for (uint32_t k = 0; k < statistics; k++) {
    struct make_exprs pairs = {0};
    *ARRAY_PUSH(b->arena, &pairs) = make_text(b, STR("0"));
    *ARRAY_PUSH(b->arena, &pairs) = make_text(b, s->statistics.parts[k]);
    for (uint32_t c = 0; c < columns; c++) {
      *ARRAY_PUSH(b->arena, &pairs) = make_text(b, vonk_str_format(b->arena, "%u", c + 1));
      *ARRAY_PUSH(b->arena, &pairs) = bind_reference(b, &all->columns[c * statistics + k], NULL);
    }
    *ARRAY_PUSH(b->arena, &rows) = make_call_list(b, "named_struct", make_list(&pairs));
  }
  struct vonk_expr_alias *alias = EXPR_NEW(b->arena, alias, s->origin);
  alias->child = make_call(b, "inline", make_call_list(b, "array", make_list(&rows)));
  alias->names = (struct vonk_name){names, columns + 1};
  *ARRAY_PUSH(b->arena, &list) = &alias->expr;
  return bind_rewritten(b, make_project(b, all, make_list(&list), s->origin), outer, out);
}

static STATUS summarise(struct binder *b, struct summary *s, const struct bind_scope *outer, struct vonk_relation **out) {
  struct make_exprs list = {0};
  struct vonk_relation *all;
  TRY(find_percentiles(b, s));
  TRY(collect(b, s, &list));
  for (uint32_t k = 0; k < s->statistics.count && !list.count; k++) { /* no columns: the names must be known all the same */
    struct vonk_plan_column any = {.type = &vonk_type_int};
    struct vonk_expr *ignored;
    uint32_t percentile = 0;
    TRY(statistic(b, s, &any, s->statistics.parts[k], &percentile, &ignored));
  }
  if (list.count) TRY(bind_rewritten(b, make_aggregate(b, s->input, (struct vonk_exprs){0}, make_list(&list), s->origin), outer, &all));
  else all = bind_one_row(b, s->origin);
  TRY(spread(b, s, all, outer, out));
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, (*out)->columns, (*out)->column_count * sizeof *columns);
  for (uint32_t i = 0; i < (*out)->column_count; i++) columns[i].nullable = true;
  *out = bind_over_columns(b, *out, columns);
  return VONK_OK;
}

STATUS bind_summary(struct binder *b, const struct vonk_relation_summary *summary, const struct bind_scope *outer, struct vonk_relation **out) {
  static const struct vonk_str all[] = {{"count", 5}, {"mean", 4}, {"stddev", 6}, {"min", 3}, {"25%", 3}, {"50%", 3}, {"75%", 3}, {"max", 3}};
  struct summary s = {.statistics = summary->statistics, .origin = summary->relation.node.origin};
  if (!s.statistics.count) s.statistics = (struct vonk_name){all, COUNT_OF(all)};
  TRY(bind_input(b, summary->input, outer, &s.input));
  return summarise(b, &s, outer, out);
}

STATUS bind_describe(struct binder *b, const struct vonk_relation_describe *describe, const struct bind_scope *outer, struct vonk_relation **out) {
  static const struct vonk_str some[] = {{"count", 5}, {"mean", 4}, {"stddev", 6}, {"min", 3}, {"max", 3}};
  struct summary s = {.statistics = {some, COUNT_OF(some)}, .origin = describe->relation.node.origin};
  struct make_exprs list = {0};
  TRY(bind_input(b, describe->input, outer, &s.input));
  for (uint32_t i = 0; i < describe->column_names.count; i++) {
    TRY(make_program_name(b, describe->column_names.parts[i], s.origin, ARRAY_PUSH(b->arena, &list)));
  }
  if (list.count) TRY(bind_rewritten(b, make_project(b, s.input, make_list(&list), s.origin), outer, &s.input));
  return summarise(b, &s, outer, out);
}
