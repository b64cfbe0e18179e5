/* statistics.c: estimates bottom up over a plan. */
#include "opt/statistics.h"

#include <math.h>

#include "catalog/source.h"

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
  struct opt_column_stats stats = {.distinct_count = EXPR_IS(expr, literal) ? 1 : -1, .range = expr->range};
  if ((opt_is_call(expr, "year") || opt_is_call(expr, "month")) && stats.distinct_count < 0) stats.distinct_count = 12;
  return stats;
}

double opt_distinct(struct opt *o, const struct vonk_expr *expr, double rows, bool *guessed) {
  struct opt_column_stats stats = expr_stats(o, expr);
  double count = stats.distinct_count;
  *guessed = count < 0 || stats.is_bound;
  if (stats.range.known && expr->type->id != VONK_TYPE_DECIMAL) {
    double width = (double)(stats.range.high - stats.range.low) + 1;
    if (count < 0 || width < count) {
      count = width;
      *guessed = width >= rows;
    }
  }
  if (count < 0 && EXPR_IS(expr, call)) { /* a function of one column has no more values than it */
    struct vonk_ids ids = vonk_expr_references(o->arena, expr);
    if (ids.count == 1) {
      count = opt_stats_of(o, ids.items[0]).distinct_count;
      *guessed = true;
    }
  }
  if (count < 0) count = rows;
  if (count > rows) count = rows;
  return count < 1 ? 1 : count;
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
  bool guessed;
  double count = opt_distinct(o, expr, 1e18, &guessed);
  return count >= 1e18 || count < 1 ? equal_default : 1 / count;
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

/* --- joins --- */

double opt_key_selectivity(struct opt *o, struct vonk_expr *const *left, struct vonk_expr *const *right, uint32_t count, double left_rows,
                           double right_rows) {
  double left_count = 1, right_count = 1;
  bool left_guessed = count > 1, right_guessed = count > 1;
  for (uint32_t i = 0; i < count; i++) {
    bool guessed;
    left_count *= opt_distinct(o, left[i], left_rows, &guessed);
    left_guessed |= guessed;
    right_count *= opt_distinct(o, right[i], right_rows, &guessed);
    right_guessed |= guessed;
  }
  left_count = fmin(left_count, left_rows);
  right_count = fmin(right_count, right_rows);
  double distinct = left_guessed || right_guessed ? fmin(left_count, right_count) : fmax(left_count, right_count);
  return 1 / fmax(distinct, 1);
}

static double join_rows(struct opt *o, struct vonk_relation_join_on *join) {
  double left = opt_estimate(o, join->left), right = opt_estimate(o, join->right);
  double matches = left * right * opt_selectivity(o, join->residual);
  double per_left = right;
  if (join->left_keys.count) {
    double part = opt_key_selectivity(o, join->left_keys.items, join->right_keys.items, join->left_keys.count, left, right);
    matches *= part;
    per_left = right * part;
  }
  double semi = fmin(1, per_left * opt_selectivity(o, join->residual));
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

static double scan_rows(struct opt *o, struct vonk_relation_scan *scan) {
  const struct vonk_source *source = scan->source;
  double rows = source && source->row_count >= 0 ? (double)source->row_count : 1e6;
  if (source && source->row_count < 0 && source->byte_size > 0) rows = (double)source->byte_size / 64;
  for (uint32_t i = 0; i < scan->relation.column_count; i++) {
    struct opt_column_stats stats = {.distinct_count = -1, .range = scan->relation.columns[i].range};
    if (source && source->statistics) {
      const struct vonk_source_statistics *s = &source->statistics[scan->source_columns.items[i]];
      stats.distinct_count = s->distinct_count;
      stats.is_bound = s->distinct_count >= rows;
      stats.range = s->range;
      if (s->null_count > 0 && rows > 0) stats.null_fraction = (double)s->null_count / rows;
    }
    set_stats(o, scan->relation.columns[i].id, stats);
  }
  return rows * opt_selectivity(o, scan->filters);
}

static double distinct_of(struct opt *o, const struct vonk_exprs *keys, double rows) {
  double groups = 1;
  bool guessed;
  for (uint32_t i = 0; i < keys->count && groups < rows; i++) groups *= opt_distinct(o, keys->items[i], rows, &guessed);
  return fmin(groups, rows);
}

static double group_rows(struct opt *o, struct vonk_relation_group *group) {
  double rows = opt_estimate(o, group->input), groups = distinct_of(o, &group->keys, rows);
  for (uint32_t i = 0; i < group->relation.column_count; i++) {
    struct opt_column_stats stats = {.distinct_count = -1};
    bool guessed;
    if (i < group->keys.count) {
      stats = expr_stats(o, group->keys.items[i]);
      stats.distinct_count = opt_distinct(o, group->keys.items[i], groups, &guessed);
      stats.is_bound = group->keys.count == 1;
    }
    set_stats(o, group->relation.columns[i].id, stats);
  }
  return group->keys.count ? groups : 1;
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
    bool guessed, wanted = unique->by.count == 0;
    for (uint32_t k = 0; k < unique->by.count; k++) wanted |= unique->by.items[k] == input->columns[i].id;
    if (wanted) groups *= opt_distinct(o, opt_reference(o, &input->columns[i]), rows, &guessed);
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
  if (rows) return rows->batches ? default_rows : rows->rows.count;
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
    if (RELATION_IS(inputs[0], group)) return fmin(input, fmax(1, input * fmin(opt_selectivity(o, conjuncts), 0.2)));
    return input * opt_selectivity(o, conjuncts);
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
