/* statistics.c: estimates bottom up over a plan. */
#include "opt/statistics.h"

#include <math.h>

#include "catalog/source.h"
#include "expr/function.h"

static const double default_rows = 1000, equal_default = 0.05, range_default = 0.3, like_default = 0.1, other_default = 0.3;

/* --- columns --- */

static void set_stats(struct opt *o, uint64_t id, struct opt_column_stats stats) {
  if (id >= o->stats_count) {
    size_t count = o->next_id + 1 > id + 1 ? o->next_id + 1 : id + 1;
    struct opt_column_stats *grown = ARENA_ARRAY(o->arena, struct opt_column_stats, count + 64);
    if (o->stats_count) memcpy(grown, o->stats, o->stats_count * sizeof *grown);
    o->stats = grown;
    o->stats_count = count + 64;
  }
  stats.known = true;
  o->stats[id] = stats;
}

struct opt_column_stats opt_stats_of(const struct opt *o, uint64_t id) {
  if (id < o->stats_count && o->stats[id].known) return o->stats[id];
  return (struct opt_column_stats){.distinct_count = -1};
}

static struct opt_column_stats expr_stats(struct opt *o, const struct vonk_expr *expr) {
  const struct vonk_expr_column *column = EXPR_AS(expr, column);
  const struct vonk_expr_cast *cast = EXPR_AS(expr, cast);
  if (column) return opt_stats_of(o, column->id);
  if (cast) {
    struct opt_column_stats stats = expr_stats(o, cast->child);
    stats.range.known = false;
    return stats;
  }
  return (struct opt_column_stats){.distinct_count = EXPR_IS(expr, literal) ? 1 : -1, .range = expr->range};
}

/* How many values EXPR may have; < 0: unknown. *GUESSED: perhaps far fewer. */
static double domain(struct opt *o, const struct vonk_expr *expr, bool *guessed) {
  struct opt_column_stats stats = expr_stats(o, expr);
  const struct vonk_expr_cast *cast = EXPR_AS(expr, cast);
  *guessed = stats.is_bound;
  if (stats.distinct_count >= 0) return stats.distinct_count;
  *guessed = true;
  if (opt_is_call(expr, "extract") || opt_is_call(expr, "year")) { /* a part of a date */
    struct opt_column_stats of = expr_stats(o, opt_argument(expr, EXPR_AS(expr, call)->arguments.count - 1));
    if (of.range.known && cast == NULL) return fmax(1, (double)(of.range.high - of.range.low) / 365);
  }
  struct vonk_ids ids = vonk_expr_references(o->arena, expr);
  if (EXPR_IS(expr, column) || ids.count != 1) return stats.base_rows > 0 ? stats.base_rows : -1;
  struct opt_column_stats of = opt_stats_of(o, ids.items[0]); /* a function of one column has no more values than it */
  return of.distinct_count >= 0 ? of.distinct_count : of.base_rows > 0 ? of.base_rows : -1;
}

double opt_distinct(struct opt *o, const struct vonk_expr *expr, double rows) {
  bool guessed;
  double count = domain(o, expr, &guessed);
  if (count < 0) return fmax(rows, 1);
  return fmax(1, rows < 1e17 ? count * (1 - exp(-rows / fmax(count, 1))) : count);
}

/* --- filters --- */

/* Literals as numbers on the scale of ranges. */
static bool literal_number(const struct vonk_expr *expr, double *out) {
  const struct vonk_expr_literal *literal = EXPR_AS(expr, literal);
  if (!literal || literal->value.is_null) return false;
  switch (literal->value.type->id) {
    case VONK_TYPE_DECIMAL: *out = (double)literal->value.decimal / pow(10, literal->value.type->scale); return true;
    case VONK_TYPE_FLOAT:
    case VONK_TYPE_DOUBLE: *out = literal->value.real; return true;
    case VONK_TYPE_BYTE:
    case VONK_TYPE_SHORT:
    case VONK_TYPE_INT:
    case VONK_TYPE_LONG:
    case VONK_TYPE_DATE:
    case VONK_TYPE_TIMESTAMP:
    case VONK_TYPE_TIMESTAMP_NTZ:
    case VONK_TYPE_BOOLEAN: *out = (double)literal->value.integer; return true;
    default: return false;
  }
}

static const struct vonk_expr *without_casts(const struct vonk_expr *expr) {
  for (const struct vonk_expr_cast *cast; (cast = EXPR_AS(expr, cast));) expr = cast->child;
  return expr;
}

/* The range of values a conjunct leaves of one column. */
struct interval {
  uint64_t id;
  double low, high;          /* of what is left */
  double from, to;           /* of the column */
};

/* COLUMN <op> LITERAL, either way round; OP is as if the column stood left. */
static bool column_bound(struct opt *o, const struct vonk_expr *conjunct, struct interval *out) {
  static const char *const names[] = {"<", "<=", ">", ">="};
  int op = 0;
  while (op < 4 && !opt_is_call(conjunct, names[op])) op++;
  if (op == 4) return false;
  const struct vonk_expr *a = without_casts(opt_argument(conjunct, 0)), *b = without_casts(opt_argument(conjunct, 1));
  double value;
  bool swapped = EXPR_IS(a, literal);
  const struct vonk_expr *side = swapped ? b : a;
  const struct vonk_expr_column *column = EXPR_AS(side, column);
  if (!column || !literal_number(swapped ? a : b, &value)) return false;
  struct opt_column_stats stats = opt_stats_of(o, column->id);
  if (!stats.range.known) return false;
  double scale = side->type->id == VONK_TYPE_DECIMAL ? pow(10, side->type->scale) : 1;
  *out = (struct interval){column->id, (double)stats.range.low / scale, (double)stats.range.high / scale, 0, 0};
  out->from = out->low;
  out->to = out->high;
  bool below = (op < 2) != swapped;
  if (below && value < out->high) out->high = value;
  if (!below && value > out->low) out->low = value;
  return true;
}

static double width_part(const struct interval *i) {
  if (i->high < i->low) return 0;
  return i->to > i->from ? (i->high - i->low) / (i->to - i->from) : 1;
}

static double equal_part(struct opt *o, const struct vonk_expr *expr) {
  struct opt_column_stats stats = expr_stats(o, expr);
  bool guessed = true;
  double count = EXPR_IS(expr, column) && stats.distinct_count < 0 ? -1 : domain(o, expr, &guessed);
  if (count < 1) return equal_default;
  return EXPR_IS(expr, column) || !guessed ? 1 / count : fmax(1 / count, equal_default);
}

/* AGGREGATE <op> LITERAL where the results are spread about a known mean. */
static bool shape_part(struct opt *o, const struct vonk_expr *conjunct, double *out) {
  static const char *const names[] = {"<", "<=", ">", ">="};
  int op = 0;
  while (op < 4 && !opt_is_call(conjunct, names[op])) op++;
  if (op == 4) return false;
  struct opt_column_stats stats = expr_stats(o, without_casts(opt_argument(conjunct, 0)));
  double value;
  if (stats.deviation <= 0 || !literal_number(without_casts(opt_argument(conjunct, 1)), &value)) return false;
  double above = 0.5 * erfc((value - stats.mean) / (stats.deviation * sqrt(2)));
  *out = fmax(op < 2 ? 1 - above : above, 1e-6);
  return true;
}

static double conjunct_part(struct opt *o, struct vonk_expr *c);

static double or_part(struct opt *o, struct vonk_expr *c) {
  double a = conjunct_part(o, opt_argument(c, 0)), b = conjunct_part(o, opt_argument(c, 1));
  return a + b - a * b;
}

static double equality_part(struct opt *o, const struct vonk_expr *c) {
  const struct vonk_expr *a = without_casts(opt_argument(c, 0)), *b = without_casts(opt_argument(c, 1));
  if (opt_is_constant(b)) return equal_part(o, a);
  if (opt_is_constant(a)) return equal_part(o, b);
  return fmin(equal_part(o, a), equal_part(o, b));
}

static double like_part(const struct vonk_expr *c) {
  const struct vonk_expr_literal *pattern = EXPR_AS(opt_argument(c, 1), literal);
  if (!pattern || pattern->value.is_null) return like_default;
  return vonk_str_starts_with(pattern->value.text, STR("%")) ? 0.07 : 0.04;
}

static double conjunct_part(struct opt *o, struct vonk_expr *c) {
  struct interval interval;
  double part;
  if (opt_is_true(c)) return 1;
  if (opt_is_false_or_null(c)) return 0;
  if (opt_is_call(c, "and")) {
    struct vonk_exprs all;
    vonk_expr_split_and(o->arena, c, &all);
    return opt_selectivity(o, all);
  }
  if (opt_is_call(c, "or")) return or_part(o, c);
  if (opt_is_call(c, "not")) return 1 - conjunct_part(o, opt_argument(c, 0));
  if (opt_is_call(c, "==") || opt_is_call(c, "<=>")) return equality_part(o, c);
  if (opt_is_call(c, "in")) return fmin(1, equal_part(o, without_casts(opt_argument(c, 0))) * (EXPR_AS(c, call)->arguments.count - 1));
  if (opt_is_call(c, "isnotnull")) return 1 - expr_stats(o, opt_argument(c, 0)).null_fraction;
  if (opt_is_call(c, "isnull")) return fmax(expr_stats(o, opt_argument(c, 0)).null_fraction, 0.001);
  if (opt_is_call(c, "like")) return like_part(c);
  if (opt_is_call(c, "startswith") || opt_is_call(c, "endswith") || opt_is_call(c, "contains") || opt_is_call(c, "rlike")) return like_default;
  if (shape_part(o, c, &part)) return part;
  if (column_bound(o, c, &interval)) return fmax(width_part(&interval), 0.0001);
  if (opt_is_call(c, "<") || opt_is_call(c, "<=") || opt_is_call(c, ">") || opt_is_call(c, ">=")) return range_default;
  return other_default;
}

double opt_selectivity(struct opt *o, struct vonk_exprs conjuncts) {
  ARRAY_OF(struct interval) intervals = {0};
  double part = 1;
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    struct interval one;
    if (!column_bound(o, conjuncts.items[i], &one)) {
      part *= conjunct_part(o, conjuncts.items[i]);
      continue;
    }
    size_t k = 0;
    while (k < intervals.count && intervals.items[k].id != one.id) k++;
    if (k == intervals.count) *ARRAY_PUSH(o->arena, &intervals) = one;
    struct interval *known = &intervals.items[k];
    if (one.low > known->low) known->low = one.low;
    if (one.high < known->high) known->high = one.high;
  }
  for (size_t k = 0; k < intervals.count; k++) part *= fmax(width_part(&intervals.items[k]), 0.0001);
  return part;
}

/* The columns that CONJUNCTS test have fewer values after them. */
static void narrow(struct opt *o, struct vonk_exprs conjuncts) {
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    const struct vonk_expr *c = conjuncts.items[i];
    struct interval interval;
    bool bounded = column_bound(o, c, &interval), equal = opt_is_call(c, "=="), in = opt_is_call(c, "in");
    const struct vonk_expr_column *column = equal || in ? EXPR_AS(without_casts(opt_argument(c, 0)), column) : NULL;
    struct opt_column_stats stats = opt_stats_of(o, bounded ? interval.id : column ? column->id : 0);
    if (!stats.known) continue;
    if (bounded) {
      double part = width_part(&interval), span = (double)(stats.range.high - stats.range.low);
      double skipped = interval.to > interval.from ? (interval.low - interval.from) / (interval.to - interval.from) : 0;
      if (stats.distinct_count >= 0) stats.distinct_count = fmax(1, stats.distinct_count * part);
      stats.range.low += (vonk_int128)(span * fmax(0, fmin(1, skipped)));
      stats.range.high = stats.range.low + (vonk_int128)(span * part);
      set_stats(o, interval.id, stats);
    } else if (column && (in || opt_is_constant(opt_argument(c, 1)))) {
      double count = in ? EXPR_AS(c, call)->arguments.count - 1 : 1;
      stats.distinct_count = stats.distinct_count >= 0 ? fmin(stats.distinct_count, count) : count;
      set_stats(o, column->id, stats);
    }
  }
}

/* --- joins --- */

/* Values of COUNT keys together: those of one relation no more than its rows. *BASE_ROWS: rows of the relations they were made
 * of. *GUESSED: there may be far fewer. */
static double key_domain(struct opt *o, struct vonk_expr *const *keys, uint32_t count, double *base_rows, bool *guessed) {
  struct base {
    uint64_t id;
    double values, rows;
  } bases[8];
  uint32_t base_count = 0;
  *guessed = false;
  for (uint32_t i = 0; i < count; i++) {
    bool bound;
    double values = domain(o, keys[i], &bound);
    struct vonk_ids ids = vonk_expr_references(o->arena, keys[i]);
    struct opt_column_stats stats = ids.count ? opt_stats_of(o, ids.items[0]) : (struct opt_column_stats){0};
    uint32_t k = 0;
    while (k < base_count && bases[k].id != stats.base_id) k++;
    if (k == COUNT_OF(bases)) k--;
    if (k == base_count) bases[base_count++] = (struct base){stats.base_id, 1, stats.base_rows > 0 ? stats.base_rows : 1e18};
    bases[k].values *= values < 0 ? 1e5 : values;
    *guessed |= bound || values < 0;
  }
  double product = *base_rows = 1;
  for (uint32_t k = 0; k < base_count; k++) {
    *guessed |= count > 1 && bases[k].values > bases[k].rows;
    product *= fmin(bases[k].values, bases[k].rows);
    *base_rows *= bases[k].rows;
  }
  return fmax(1, product);
}

double opt_key_selectivity(struct opt *o, struct vonk_expr *const *left, struct vonk_expr *const *right, uint32_t count) {
  bool left_guessed, right_guessed;
  double rows, a = key_domain(o, left, count, &rows, &left_guessed), b = key_domain(o, right, count, &rows, &right_guessed);
  if (left_guessed == right_guessed) return 1 / (left_guessed ? fmin(a, b) : fmax(a, b));
  return 1 / (left_guessed ? b : a);
}

double opt_matched_part(struct opt *o, struct vonk_expr *const *right_keys, uint32_t count, double matches) {
  bool guessed;
  double rows = 0, values = count ? key_domain(o, right_keys, count, &rows, &guessed) : 0;
  if (values * 1.1 >= rows) return fmin(1, matches); /* a key: each matches once */
  return 1 - exp(-matches);
}

static double join_rows(struct opt *o, struct vonk_relation_join_on *join) {
  double left = opt_estimate(o, join->left), right = opt_estimate(o, join->right), per_left = right * opt_selectivity(o, join->residual);
  if (join->left_keys.count) per_left *= opt_key_selectivity(o, join->left_keys.items, join->right_keys.items, join->left_keys.count);
  double matches = left * per_left, semi = opt_matched_part(o, join->right_keys.items, join->right_keys.count, per_left);
  switch ((enum vonk_join_type)join->join_type) {
    case VONK_JOIN_INNER:
    case VONK_JOIN_CROSS: return matches;
    case VONK_JOIN_LEFT: return fmax(matches, left);
    case VONK_JOIN_RIGHT: return fmax(matches, right);
    case VONK_JOIN_FULL: return fmax(matches, left + right);
    case VONK_JOIN_SEMI: return left * semi;
    case VONK_JOIN_ANTI: return left * fmax(1 - semi, 0.1);
    case VONK_JOIN_MARK:
    case VONK_JOIN_SINGLE: return left;
  }
  return matches;
}

/* --- relations --- */

/* Of a column of a source with ROWS rows. */
static struct opt_column_stats source_stats(const struct vonk_source_statistics *s, const struct vonk_type *type, double rows) {
  struct opt_column_stats stats = {.distinct_count = s->distinct_count, .range = s->range};
  if (s->range.known && type->id != VONK_TYPE_DECIMAL) {
    double width = (double)(s->range.high - s->range.low) + 1;
    if (stats.distinct_count < 0 || width < stats.distinct_count) {
      stats.distinct_count = width;
      stats.is_bound = width > rows; /* as many numbers as rows: a key, counted through */
    }
  }
  if (stats.distinct_count > rows) {
    stats.distinct_count = rows;
    stats.is_bound = true;
  }
  if (s->null_count > 0 && rows > 0) stats.null_fraction = (double)s->null_count / rows;
  return stats;
}

static double scan_rows(struct opt *o, struct vonk_relation_scan *scan) {
  const struct vonk_source *source = scan->source;
  double rows = source && source->row_count >= 0 ? (double)source->row_count : 1e6;
  if (source && source->row_count < 0 && source->byte_size > 0) rows = (double)source->byte_size / 64;
  for (uint32_t i = 0; i < scan->relation.column_count; i++) {
    struct opt_column_stats stats = {.distinct_count = -1, .range = scan->relation.columns[i].range};
    bool is_known = source && source->statistics && scan->source_columns.items[i] != VONK_SOURCE_METADATA;
    if (is_known) stats = source_stats(&source->statistics[scan->source_columns.items[i]], scan->relation.columns[i].type, rows);
    stats.base_rows = rows;
    stats.base_id = scan->relation.columns[0].id;
    set_stats(o, scan->relation.columns[i].id, stats);
  }
  rows *= opt_selectivity(o, scan->filters);
  narrow(o, scan->filters);
  return rows;
}

static double distinct_of(struct opt *o, const struct vonk_exprs *keys, double rows) {
  double groups = 1;
  for (uint32_t i = 0; i < keys->count && groups < rows; i++) groups *= opt_distinct(o, keys->items[i], rows);
  return fmin(groups, rows);
}

/* The spread of what CALL gives for groups of SIZE rows on average, values and sizes being uniform. */
static void set_shape(struct opt *o, const struct vonk_expr *aggregate, double size, struct opt_column_stats *out) {
  const struct vonk_expr_aggregate *call = EXPR_AS(aggregate, aggregate);
  double size_variance = size > 1 ? ((2 * size - 1) * (2 * size - 1) - 1) / 12 : 0;
  if (!call || call->distinct || !call->arguments.count) return;
  if (strcmp(call->function->name, "count") == 0) {
    out->mean = size;
    out->deviation = sqrt(size_variance);
    return;
  }
  bool sum = strcmp(call->function->name, "sum") == 0, average = strcmp(call->function->name, "avg") == 0;
  const struct vonk_expr *argument = without_casts(call->arguments.items[0]);
  struct vonk_range range = expr_stats(o, argument).range;
  if ((!sum && !average) || !range.known || !vonk_type_is_numeric(argument->type)) return;
  double scale = argument->type->id == VONK_TYPE_DECIMAL ? pow(10, argument->type->scale) : 1;
  double low = (double)range.low / scale, high = (double)range.high / scale, mean = (low + high) / 2, variance = (high - low) * (high - low) / 12;
  out->mean = sum ? size * mean : mean;
  out->deviation = sqrt(sum ? size * variance + size_variance * mean * mean : variance / fmax(size, 1));
}

static double group_rows(struct opt *o, struct vonk_relation_group *group) {
  double rows = opt_estimate(o, group->input), groups = group->keys.count ? fmax(1, distinct_of(o, &group->keys, rows)) : 1;
  for (uint32_t i = 0; i < group->relation.column_count; i++) {
    struct opt_column_stats stats = {.distinct_count = -1};
    if (i < group->keys.count) {
      stats = expr_stats(o, group->keys.items[i]);
      stats.distinct_count = fmin(groups, opt_distinct(o, group->keys.items[i], rows));
      stats.is_bound = false;
    } else {
      set_shape(o, group->aggregates.items[i - group->keys.count], rows / groups, &stats);
    }
    stats.base_rows = groups;
    stats.base_id = group->relation.columns[0].id;
    set_stats(o, group->relation.columns[i].id, stats);
  }
  return groups;
}

static void copy_stats(struct opt *o, const struct vonk_relation *to, const struct vonk_relation *from) {
  for (uint32_t i = 0; i < to->column_count && i < from->column_count; i++) set_stats(o, to->columns[i].id, opt_stats_of(o, from->columns[i].id));
}

static double project_rows(struct opt *o, struct vonk_relation_project *project) {
  double rows = opt_estimate(o, project->input);
  for (uint32_t i = 0; i < project->expressions.count; i++) {
    const struct vonk_expr_column *column = EXPR_AS(project->expressions.items[i], column);
    uint64_t id = project->relation.columns[i].id;
    if (!column || column->id != id) set_stats(o, id, expr_stats(o, project->expressions.items[i]));
  }
  return rows;
}

static double unique_rows(struct opt *o, struct vonk_relation_unique *unique) {
  double rows = opt_estimate(o, unique->input), groups = 1;
  const struct vonk_relation *input = unique->input;
  for (uint32_t i = 0; i < input->column_count && groups < rows; i++) {
    bool wanted = unique->by.count == 0;
    for (uint32_t k = 0; k < unique->by.count; k++) wanted |= unique->by.items[k] == input->columns[i].id;
    if (wanted) groups *= opt_distinct(o, opt_reference(o, &input->columns[i]), rows);
  }
  return fmin(groups, rows);
}

static double union_rows(struct opt *o, struct vonk_relation_union_all *all) {
  double rows = 0;
  for (uint32_t i = 0; i < all->inputs.count; i++) rows += opt_estimate(o, all->inputs.items[i]);
  if (all->inputs.count) copy_stats(o, &all->relation, all->inputs.items[0]);
  return rows;
}

static double limited(double rows, int64_t limit) { return limit >= 0 ? fmin(rows, (double)limit) : rows; }

static double rows_of(struct opt *o, struct vonk_relation *r) {
  uint32_t count;
  struct vonk_relation **inputs = opt_inputs(r, &count);
  if (RELATION_IS(r, scan)) return scan_rows(o, RELATION_AS(r, scan));
  if (RELATION_IS(r, project)) return project_rows(o, RELATION_AS(r, project));
  if (RELATION_IS(r, join_on)) return join_rows(o, RELATION_AS(r, join_on));
  if (RELATION_IS(r, group)) return group_rows(o, RELATION_AS(r, group));
  if (RELATION_IS(r, unique)) return unique_rows(o, RELATION_AS(r, unique));
  if (RELATION_IS(r, union_all)) return union_rows(o, RELATION_AS(r, union_all));
  const struct vonk_relation_rows *rows = RELATION_AS(r, rows);
  if (rows && rows->batches) return r->estimated_rows > 0 ? r->estimated_rows : default_rows;
  if (rows) return rows->rows.count;
  struct vonk_relation_shared *shared = RELATION_AS(r, shared);
  if (shared) {
    double body = opt_estimate(o, shared->body);
    copy_stats(o, r, shared->body);
    return body;
  }
  const struct vonk_relation_range_of *range = RELATION_AS(r, range_of);
  if (range) {
    double n = ((double)range->end - (double)range->start) / (double)(range->step ? range->step : 1);
    set_stats(o, r->columns[0].id, (struct opt_column_stats){.distinct_count = n, .range = r->columns[0].range});
    return n;
  }
  double input = count ? opt_estimate(o, inputs[0]) : default_rows;
  if (count == 2) { /* set_of, recursion */
    opt_estimate(o, inputs[1]);
    copy_stats(o, r, inputs[0]);
    return RELATION_IS(r, recursion) ? input * 10 : input;
  }
  if (RELATION_IS(r, select)) {
    struct vonk_exprs conjuncts = RELATION_AS(r, select)->conjuncts;
    double part = opt_selectivity(o, conjuncts);
    narrow(o, conjuncts);
    return input * part;
  }
  if (RELATION_IS(r, order)) return limited(input, RELATION_AS(r, order)->limit);
  if (RELATION_IS(r, slice)) return limited(input, RELATION_AS(r, slice)->limit);
  if (RELATION_IS(r, expand)) return input * RELATION_AS(r, expand)->projections.count;
  if (RELATION_IS(r, generate)) return input * 4;
  if (RELATION_IS(r, sample_of)) return input * (RELATION_AS(r, sample_of)->upper - RELATION_AS(r, sample_of)->lower);
  return input;
}

double opt_estimate(struct opt *o, struct vonk_relation *relation) {
  double rows = rows_of(o, relation);
  relation->estimated_rows = rows < 1 ? 1 : rows;
  return relation->estimated_rows;
}
