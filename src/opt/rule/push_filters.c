/* push_filters.c: conjuncts go down to where their columns come from, at last into scans.
 *
 * Top down with the conjuncts in hand. One that can raise, or is not deterministic, stays where it stands and is evaluated
 * after those before it. Predicates of a join that concern one side go there when the join's kind allows it; null-rejecting
 * ones turn outer joins into inner ones. An equality with a constant is copied across equal join keys.
 */
#include "catalog/source.h"
#include "opt/equals.h"
#include "opt/simplify.h"

static STATUS push(struct opt *o, struct vonk_relation *in, struct vonk_exprs conjuncts, struct vonk_relation **out);

static STATUS push_none(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  (void)object;
  return push(o, in, (struct vonk_exprs){NULL, 0}, out);
}

/* The conjuncts that may move; the others stay above, and so does what comes after a raising one only if it raises too. */
static void split_movable(struct opt *o, struct vonk_exprs conjuncts, opt_expr_list *move, opt_expr_list *stay) {
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    *ARRAY_PUSH(o->arena, opt_is_movable(conjuncts.items[i]) ? move : stay) = conjuncts.items[i];
  }
}

static STATUS push_select(struct opt *o, struct vonk_relation_select *select, struct vonk_exprs conjuncts, struct vonk_relation **out) {
  opt_expr_list move = {0}, stay = {0}, all = {0};
  for (uint32_t i = 0; i < select->conjuncts.count; i++) {
    struct vonk_exprs parts;
    vonk_expr_split_and(o->arena, select->conjuncts.items[i], &parts);
    opt_add_all(o, &all, parts);
  }
  opt_add_all(o, &all, conjuncts);
  split_movable(o, opt_exprs_of(&all), &move, &stay);
  TRY(push(o, select->input, opt_exprs_of(&move), out));
  *out = opt_select(o, *out, opt_exprs_of(&stay));
  return VONK_OK;
}

static bool uses_only(struct opt *o, struct vonk_expr *expr, struct opt_set set) {
  struct opt_set used = opt_set_of_expr(o, expr);
  return !opt_set_is_empty(used) && opt_set_includes(set, used);
}

static STATUS push_project(struct opt *o, struct vonk_relation_project *project, struct vonk_exprs conjuncts, struct vonk_relation **out) {
  struct opt_mappings mappings = {0};
  struct opt_set stuck = {0};
  opt_expr_list move = {0}, stay = {0};
  for (uint32_t i = 0; i < project->expressions.count; i++) {
    struct vonk_expr *expr = project->expressions.items[i];
    opt_map_add(o, &mappings, project->relation.columns[i].id, expr);
    if (!opt_is_movable(expr)) opt_set_add(o, &stuck, project->relation.columns[i].id);
  }
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    if (opt_set_intersects(opt_set_of_expr(o, conjuncts.items[i]), stuck)) *ARRAY_PUSH(o->arena, &stay) = conjuncts.items[i];
    else *ARRAY_PUSH(o->arena, &move) = opt_substitute(o, conjuncts.items[i], &mappings);
  }
  struct vonk_relation *input;
  TRY(push(o, project->input, opt_exprs_of(&move), &input));
  *out = opt_select(o, input == project->input ? &project->relation : opt_with_inputs(o, &project->relation, &input), opt_exprs_of(&stay));
  return VONK_OK;
}

/* Those over key columns go below, in terms of the keys' expressions. */
static STATUS push_group(struct opt *o, struct vonk_relation_group *group, struct vonk_exprs conjuncts, struct vonk_relation **out) {
  struct opt_mappings mappings = {0};
  struct opt_set keys = {0};
  opt_expr_list move = {0}, stay = {0};
  for (uint32_t i = 0; i < group->keys.count; i++) {
    if (!opt_is_movable(group->keys.items[i])) continue;
    opt_map_add(o, &mappings, group->relation.columns[i].id, group->keys.items[i]);
    opt_set_add(o, &keys, group->relation.columns[i].id);
  }
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    if (uses_only(o, conjuncts.items[i], keys)) *ARRAY_PUSH(o->arena, &move) = opt_substitute(o, conjuncts.items[i], &mappings);
    else *ARRAY_PUSH(o->arena, &stay) = conjuncts.items[i];
  }
  struct vonk_relation *input;
  TRY(push(o, group->input, opt_exprs_of(&move), &input));
  *out = opt_select(o, opt_with_inputs(o, &group->relation, &input), opt_exprs_of(&stay));
  return VONK_OK;
}

/* Relations that keep rows with all columns: the conjuncts over ALLOWED columns pass. */
static STATUS push_through(struct opt *o, struct vonk_relation *in, struct opt_set allowed, struct vonk_exprs conjuncts, struct vonk_relation **out) {
  opt_expr_list move = {0}, stay = {0};
  uint32_t count;
  struct vonk_relation *input = opt_inputs(in, &count)[0];
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    *ARRAY_PUSH(o->arena, uses_only(o, conjuncts.items[i], allowed) ? &move : &stay) = conjuncts.items[i];
  }
  TRY(push(o, input, opt_exprs_of(&move), &input));
  *out = opt_select(o, opt_with_inputs(o, in, &input), opt_exprs_of(&stay));
  return VONK_OK;
}

/* Columns by which all of the window's calls are partitioned. */
static struct opt_set partition_columns(struct opt *o, const struct vonk_relation_window_of *window) {
  struct opt_set all = {0};
  const struct vonk_expr_window_call *call = EXPR_AS(window->calls.items[0], window_call);
  for (uint32_t i = 0; i < call->partition.count; i++) {
    const struct vonk_expr_column *column = EXPR_AS(call->partition.items[i], column);
    if (column) opt_set_add(o, &all, column->id);
  }
  return all;
}

/* Unions and set operations: all inputs have the columns at the same places. */
static STATUS push_aligned(struct opt *o, struct vonk_relation *in, struct vonk_exprs conjuncts, struct vonk_relation **out) {
  uint32_t count;
  struct vonk_relation **olds = opt_inputs(in, &count), **inputs = ARENA_ARRAY(o->arena, struct vonk_relation *, count);
  for (uint32_t i = 0; i < count; i++) {
    struct opt_mappings mappings = {0};
    opt_expr_list own = {0};
    struct vonk_relation *input = olds[i];
    for (uint32_t c = 0; c < input->column_count; c++) opt_map_add(o, &mappings, in->columns[c].id, opt_reference(o, &input->columns[c]));
    for (uint32_t k = 0; k < conjuncts.count; k++) *ARRAY_PUSH(o->arena, &own) = opt_substitute(o, conjuncts.items[k], &mappings);
    TRY(push(o, input, opt_exprs_of(&own), &inputs[i]));
    inputs[i] = opt_project_columns(o, inputs[i], input->columns, input->column_count);
  }
  *out = opt_with_inputs(o, in, inputs);
  return VONK_OK;
}

/* Of an expand: columns that all projections take from the same column of the input. */
static STATUS push_expand(struct opt *o, struct vonk_relation_expand *expand, struct vonk_exprs conjuncts, struct vonk_relation **out) {
  struct opt_mappings mappings = {0};
  struct opt_set same = {0};
  opt_expr_list move = {0}, stay = {0};
  for (uint32_t c = 0; c < expand->relation.column_count; c++) {
    struct vonk_expr *first = EXPR_AS(expand->projections.items[0], call)->arguments.items[c];
    bool everywhere = EXPR_IS(first, column);
    for (uint32_t i = 1; i < expand->projections.count && everywhere; i++) {
      everywhere = vonk_node_equal(&first->node, &EXPR_AS(expand->projections.items[i], call)->arguments.items[c]->node);
    }
    if (!everywhere) continue;
    opt_map_add(o, &mappings, expand->relation.columns[c].id, first);
    opt_set_add(o, &same, expand->relation.columns[c].id);
  }
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    if (uses_only(o, conjuncts.items[i], same)) *ARRAY_PUSH(o->arena, &move) = opt_substitute(o, conjuncts.items[i], &mappings);
    else *ARRAY_PUSH(o->arena, &stay) = conjuncts.items[i];
  }
  struct vonk_relation *input;
  TRY(push(o, expand->input, opt_exprs_of(&move), &input));
  *out = opt_select(o, opt_with_inputs(o, &expand->relation, &input), opt_exprs_of(&stay));
  return VONK_OK;
}

static struct opt_set kept_by(struct opt *o, const struct vonk_relation_unique *unique) {
  struct opt_set all = {0};
  if (!unique->by.count) return opt_set_of_columns(o, &unique->relation);
  for (uint32_t i = 0; i < unique->by.count; i++) opt_set_add(o, &all, unique->by.items[i]);
  return all;
}

/* --- joins --- */

static void simplify_join_type(struct vonk_relation_join_on *join, struct opt_set left, struct opt_set right, struct vonk_exprs above) {
  bool needs_left = false, needs_right = false; /* rows without a partner there are dropped above */
  for (uint32_t i = 0; i < above.count; i++) {
    needs_left |= opt_rejects_null(above.items[i], left);
    needs_right |= opt_rejects_null(above.items[i], right);
  }
  if (join->join_type == VONK_JOIN_FULL && needs_left) join->join_type = needs_right ? VONK_JOIN_INNER : VONK_JOIN_LEFT;
  else if (join->join_type == VONK_JOIN_FULL && needs_right) join->join_type = VONK_JOIN_RIGHT;
  else if (join->join_type == VONK_JOIN_LEFT && needs_right) join->join_type = VONK_JOIN_INNER;
  else if (join->join_type == VONK_JOIN_RIGHT && needs_left) join->join_type = VONK_JOIN_INNER;
}

struct join_push {
  struct opt_set left, right;
  opt_expr_list to_left, to_right, above, residual;
};

static void place_above(struct opt *o, struct join_push *p, struct vonk_relation_join_on *join, struct vonk_exprs conjuncts) {
  enum vonk_join_type type = (enum vonk_join_type)join->join_type;
  bool inner = type == VONK_JOIN_INNER || type == VONK_JOIN_CROSS;
  bool left_ok = type != VONK_JOIN_RIGHT && type != VONK_JOIN_FULL;
  bool right_ok = inner || type == VONK_JOIN_RIGHT;
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    struct vonk_expr *c = conjuncts.items[i];
    if (left_ok && uses_only(o, c, p->left)) *ARRAY_PUSH(o->arena, &p->to_left) = c;
    else if (right_ok && uses_only(o, c, p->right)) *ARRAY_PUSH(o->arena, &p->to_right) = c;
    else if (inner) *ARRAY_PUSH(o->arena, &p->residual) = c;
    else *ARRAY_PUSH(o->arena, &p->above) = c;
  }
}

/* The join's own conjuncts: those over one side alone go there if rows of that side are not kept without a partner. */
static void place_own(struct opt *o, struct join_push *p, struct vonk_relation_join_on *join) {
  enum vonk_join_type type = (enum vonk_join_type)join->join_type;
  bool inner = type == VONK_JOIN_INNER || type == VONK_JOIN_CROSS;
  bool left_ok = inner || type == VONK_JOIN_SEMI || type == VONK_JOIN_RIGHT;
  bool right_ok = type != VONK_JOIN_RIGHT && type != VONK_JOIN_FULL && !join->null_aware;
  struct vonk_exprs own = join->residual;
  for (uint32_t i = 0; i < own.count; i++) {
    struct vonk_exprs parts;
    vonk_expr_split_and(o->arena, own.items[i], &parts);
    for (uint32_t k = 0; k < parts.count; k++) {
      struct vonk_expr *c = parts.items[k];
      bool movable = opt_is_movable(c);
      if (movable && left_ok && uses_only(o, c, p->left)) *ARRAY_PUSH(o->arena, &p->to_left) = c;
      else if (movable && right_ok && uses_only(o, c, p->right)) *ARRAY_PUSH(o->arena, &p->to_right) = c;
      else *ARRAY_PUSH(o->arena, &p->residual) = c;
    }
  }
}

/* A test of one column against constants: COLUMN, and it is the first argument. */
static const struct vonk_expr_column *tested_column(struct opt *o, const struct vonk_expr *c) {
  static const char *const tests[] = {"==", "<", "<=", ">", ">=", "in"};
  size_t t = 0;
  while (t < COUNT_OF(tests) && !opt_is_call(c, tests[t])) t++;
  if (t == COUNT_OF(tests) || vonk_expr_references(o->arena, c).count != 1) return NULL;
  const struct vonk_expr_column *column = EXPR_AS(opt_argument(c, 0), column);
  return column;
}

static bool is_known(const opt_expr_list *list, const struct vonk_expr *expr) {
  for (size_t i = 0; i < list->count; i++) {
    if (vonk_node_equal(&list->items[i]->node, &expr->node)) return true;
  }
  return false;
}

/* What FROM says of a column with constants holds for its equals on the other side. */
static void copy_constants(struct opt *o, const struct opt_equals *equals, const opt_expr_list *from, const struct vonk_relation *side, opt_expr_list *to) {
  for (size_t i = 0, count = from->count; i < count; i++) {
    const struct vonk_expr_column *column = tested_column(o, from->items[i]);
    if (!column) continue;
    for (uint32_t c = 0; c < side->column_count; c++) {
      if (!opt_equals_same(equals, column->id, side->columns[c].id)) continue;
      struct opt_mappings mappings = {0};
      opt_map_add(o, &mappings, column->id, opt_reference(o, &side->columns[c]));
      struct vonk_expr *copy = opt_substitute(o, from->items[i], &mappings);
      if (!is_known(to, copy)) *ARRAY_PUSH(o->arena, to) = copy;
    }
  }
}

static void infer_across_keys(struct opt *o, struct join_push *p, const struct vonk_relation_join_on *join) {
  enum vonk_join_type type = (enum vonk_join_type)join->join_type;
  bool inner = type == VONK_JOIN_INNER;
  bool to_right = inner || ((type == VONK_JOIN_LEFT || type == VONK_JOIN_SEMI || type == VONK_JOIN_ANTI || type == VONK_JOIN_MARK || type == VONK_JOIN_SINGLE) &&
                            !join->null_aware);
  bool to_left = inner || type == VONK_JOIN_SEMI || type == VONK_JOIN_RIGHT;
  struct opt_equals equals = {0};
  opt_equals_add_keys(o, &equals, join);
  if (!equals.count) return;
  opt_equals_add_relation(o, &equals, join->left);
  opt_equals_add_relation(o, &equals, join->right);
  if (to_right) copy_constants(o, &equals, &p->to_left, join->right, &p->to_right);
  if (to_left) copy_constants(o, &equals, &p->to_right, join->left, &p->to_left);
}

/* Is there a join in RELATION that could become an inner one if its columns were known not to be null? */
static bool has_outer_join(struct vonk_relation *relation) {
  uint32_t count;
  struct vonk_relation **inputs = opt_inputs(relation, &count);
  const struct vonk_relation_join_on *join = RELATION_AS(relation, join_on);
  bool passes = join || RELATION_IS(relation, select) || RELATION_IS(relation, project);
  if (join && (join->join_type == VONK_JOIN_LEFT || join->join_type == VONK_JOIN_RIGHT || join->join_type == VONK_JOIN_FULL)) return true;
  for (uint32_t i = 0; i < count && passes; i++) {
    if (has_outer_join(inputs[i])) return true;
  }
  return false;
}

/* Keys that are null find no partner: where rows without one are dropped, outer joins below may become inner ones. */
static void reject_null_keys(struct opt *o, struct join_push *p, const struct vonk_relation_join_on *join) {
  bool inner = join->join_type == VONK_JOIN_INNER, semi = join->join_type == VONK_JOIN_SEMI;
  bool left = (inner || semi || join->join_type == VONK_JOIN_RIGHT) && has_outer_join(join->left);
  bool right = (inner || semi || join->join_type == VONK_JOIN_LEFT) && has_outer_join(join->right);
  for (uint32_t i = 0; i < join->left_keys.count; i++) {
    struct vonk_expr *keys[2] = {join->left_keys.items[i], join->right_keys.items[i]};
    if (opt_join_null_safe(join, i)) continue;
    for (int side = 0; side < 2; side++) {
      if (!(side ? right : left) || !keys[side]->nullable || !opt_is_movable(keys[side])) continue;
      struct vonk_expr *test = opt_call(o, "isnotnull", &vonk_type_boolean, false, 1, keys[side]);
      *ARRAY_PUSH(o->arena, side ? &p->to_right : &p->to_left) = test;
    }
  }
}

/* What disjunctions over both sides say about one of them alone. */
static void infer_from_disjunctions(struct opt *o, struct join_push *p, const struct vonk_relation_join_on *join) {
  bool inner = join->join_type == VONK_JOIN_INNER || join->join_type == VONK_JOIN_CROSS;
  for (size_t i = 0; i < p->residual.count; i++) {
    struct vonk_expr *left = inner || join->join_type == VONK_JOIN_SEMI ? opt_implied_by_or(o, p->residual.items[i], p->left) : NULL;
    struct vonk_expr *right = inner || join->join_type == VONK_JOIN_LEFT || join->join_type == VONK_JOIN_SEMI
                                  ? opt_implied_by_or(o, p->residual.items[i], p->right) : NULL;
    if (left) *ARRAY_PUSH(o->arena, &p->to_left) = left;
    if (right) *ARRAY_PUSH(o->arena, &p->to_right) = right;
  }
}

static STATUS push_join(struct opt *o, struct vonk_relation_join_on *in, struct vonk_exprs conjuncts, struct vonk_relation **out) {
  struct vonk_relation_join_on *join = RELATION_AS(vonk_node_clone(o->arena, &in->relation.node), join_on);
  struct join_push p = {opt_set_of_columns(o, join->left), opt_set_of_columns(o, join->right), {0}, {0}, {0}, {0}};
  if (join->correlated) return vonk_unsupported(o->task, in->relation.node.origin, "lateral join");
  simplify_join_type(join, p.left, p.right, conjuncts);
  place_above(o, &p, join, conjuncts);
  place_own(o, &p, join);
  struct vonk_exprs keys[2] = {join->left_keys, join->right_keys};
  struct vonk_ids null_safe = join->null_safe;
  join->left_keys = join->right_keys = join->residual = (struct vonk_exprs){NULL, 0};
  join->null_safe = (struct vonk_ids){NULL, 0};
  for (uint32_t i = 0; i < keys[0].count; i++) {
    opt_join_add_keys(o, join, keys[0].items[i], keys[1].items[i], i < null_safe.count && null_safe.items[i]);
  }
  bool aware = join->null_aware;
  for (size_t i = 0; i < p.residual.count; i++) {
    if (aware) join->residual = opt_exprs_of(&p.residual);
    else opt_join_add(o, join, p.residual.items[i]);
  }
  infer_across_keys(o, &p, join);
  infer_from_disjunctions(o, &p, join);
  reject_null_keys(o, &p, join);
  struct vonk_relation *inputs[2];
  TRY(push(o, join->left, opt_exprs_of(&p.to_left), &inputs[0]));
  TRY(push(o, join->right, opt_exprs_of(&p.to_right), &inputs[1]));
  *out = opt_select(o, opt_with_inputs(o, &join->relation, inputs), opt_exprs_of(&p.above));
  return VONK_OK;
}

/* --- scans --- */

/* "c IS NOT NULL" where the files have no null in c. */
static bool always_holds(const struct vonk_relation_scan *scan, const struct vonk_expr *conjunct) {
  const struct vonk_expr_column *column = opt_is_call(conjunct, "isnotnull") ? EXPR_AS(opt_argument(conjunct, 0), column) : NULL;
  for (uint32_t i = 0; column && i < scan->relation.column_count; i++) {
    if (scan->relation.columns[i].id != column->id) continue;
    const struct vonk_source *source = scan->source;
    if (!scan->relation.columns[i].nullable) return true;
    return source->statistics && source->statistics[scan->source_columns.items[i]].null_count == 0;
  }
  return false;
}

static STATUS push_scan(struct opt *o, struct vonk_relation_scan *scan, struct vonk_exprs conjuncts, struct vonk_relation **out) {
  struct vonk_relation_scan *copy = RELATION_AS(vonk_node_clone(o->arena, &scan->relation.node), scan);
  opt_expr_list all = {0};
  opt_add_all(o, &all, scan->filters);
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    if (!always_holds(scan, conjuncts.items[i]) && !is_known(&all, conjuncts.items[i])) *ARRAY_PUSH(o->arena, &all) = conjuncts.items[i];
  }
  copy->filters = opt_exprs_of(&all);
  *out = &copy->relation;
  return VONK_OK;
}

static STATUS push_stop(struct opt *o, struct vonk_relation *in, struct vonk_exprs conjuncts, struct vonk_relation **out) {
  TRY(opt_rewrite_inputs(o, in, push_none, NULL, out));
  *out = opt_select(o, *out, conjuncts);
  return VONK_OK;
}

static STATUS push(struct opt *o, struct vonk_relation *in, struct vonk_exprs conjuncts, struct vonk_relation **out) {
  uint32_t count;
  TRY(vonk_task_check(o->task));
  if (RELATION_IS(in, select)) return push_select(o, RELATION_AS(in, select), conjuncts, out);
  if (RELATION_IS(in, project)) return push_project(o, RELATION_AS(in, project), conjuncts, out);
  if (RELATION_IS(in, group)) return push_group(o, RELATION_AS(in, group), conjuncts, out);
  if (RELATION_IS(in, join_on)) return push_join(o, RELATION_AS(in, join_on), conjuncts, out);
  if (RELATION_IS(in, union_all) || RELATION_IS(in, set_of)) return push_aligned(o, in, conjuncts, out);
  if (RELATION_IS(in, expand)) return push_expand(o, RELATION_AS(in, expand), conjuncts, out);
  if (RELATION_IS(in, scan)) return push_scan(o, RELATION_AS(in, scan), conjuncts, out);
  const struct vonk_relation_order *order = RELATION_AS(in, order);
  const struct vonk_relation_unique *unique = RELATION_AS(in, unique);
  if ((order && order->limit < 0 && !order->offset) || RELATION_IS(in, partition)) {
    return push_through(o, in, opt_set_of_columns(o, in), conjuncts, out);
  }
  if (unique) return push_through(o, in, kept_by(o, unique), conjuncts, out);
  if (RELATION_IS(in, window_of)) return push_through(o, in, partition_columns(o, RELATION_AS(in, window_of)), conjuncts, out);
  if (RELATION_IS(in, generate)) return push_through(o, in, opt_set_of_columns(o, opt_inputs(in, &count)[0]), conjuncts, out);
  return push_stop(o, in, conjuncts, out);
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) { return push_none(o, NULL, in, out); }

const struct vonk_rule opt_rule_push_filters = {
    .name = "push_filters",
    .doc = "Filters go down to the scans; outer joins whose null rows are filtered away become inner ones.",
    .apply = apply,
};
