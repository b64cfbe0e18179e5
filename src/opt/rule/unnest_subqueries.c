/* unnest_subqueries.c: subqueries in expressions and lateral joins become joins.
 *
 * Bottom up. A subquery is attached to the input of the relation in whose expressions it stands: as a semi or anti join
 * when it is a conjunct of a filter, else as a column: the value of a scalar subquery or the mark of EXISTS and IN. References to
 * the columns of that input leave the subplan (decorrelate.h); those to queries further out stay until their turn comes.
 */
#include "opt/decorrelate.h"

static STATUS unnest(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out);

/* --- a subquery as a join --- */

struct attachment {
  struct opt *o;
  struct vonk_relation *input;       /* grows by joins */
  /* The mark of an IN that may be unknown, made last: what its join asks for. */
  struct vonk_relation_join_on *mark;
  opt_expr_list mark_conjuncts, mark_equal;
};

static void add_conjuncts(struct opt *o, struct vonk_relation_join_on *join, const opt_expr_list *conjuncts) {
  for (size_t i = 0; i < conjuncts->count; i++) opt_join_add(o, join, conjuncts->items[i]);
}

static STATUS decorrelate(struct attachment *a, struct vonk_relation *plan, bool keep_defaults, bool orderless, struct opt_decorrelated *out) {
  if (opt_set_is_empty(opt_free_columns(a->o, a->input, plan))) {
    *out = (struct opt_decorrelated){.relation = plan, .outer = a->input, .one_per_outer = opt_max_rows(plan) <= 1};
    return VONK_OK;
  }
  return opt_decorrelate(a->o, a->input, plan, keep_defaults, orderless, out);
}

/* The first column that `*` would show. */
static uint32_t value_column(const struct vonk_relation *plan, uint32_t n) {
  for (uint32_t i = 0; i < plan->column_count; i++) {
    if (!plan->columns[i].hidden && n-- == 0) return i;
  }
  ASSERT(!"a subquery has its columns");
  return 0;
}

/* RIGHT with a column that is true in each row. */
static struct vonk_relation *with_flag(struct opt *o, struct vonk_relation *right, struct vonk_plan_column *flag) {
  uint32_t count = right->column_count;
  struct vonk_exprs exprs = {ARENA_ARRAY(o->arena, struct vonk_expr *, count + 1), count + 1};
  struct vonk_plan_column *columns = ARENA_ARRAY(o->arena, struct vonk_plan_column, count + 1);
  for (uint32_t i = 0; i < count; i++) {
    columns[i] = right->columns[i];
    exprs.items[i] = opt_reference(o, &columns[i]);
  }
  exprs.items[count] = opt_bool(o, true);
  columns[count] = opt_new_column(o, STR("matched"), exprs.items[count]);
  *flag = columns[count];
  flag->nullable = true;
  return opt_project(o, right, columns, exprs);
}

static struct vonk_expr *default_of(const struct opt_decorrelated *d, uint64_t id) {
  for (size_t i = d->defaults.count; i-- > 0;) {
    if (d->defaults.items[i].from == id) return d->defaults.items[i].to;
  }
  return NULL;
}

static STATUS attach_scalar(struct attachment *a, struct vonk_relation *plan, struct vonk_expr **out) {
  struct opt *o = a->o;
  struct opt_decorrelated d;
  struct vonk_plan_column value = plan->columns[value_column(plan, 0)], flag;
  TRY(decorrelate(a, plan, true, false, &d));
  struct vonk_expr *empty = d.has_defaults ? default_of(&d, value.id) : NULL;
  struct opt_set nothing = {0};
  bool fix = empty && !opt_null_on_null(empty, nothing);
  if (fix) d.relation = with_flag(o, d.relation, &flag);
  const struct vonk_relation_group *group = RELATION_AS(plan, group);
  for (const struct vonk_relation *r = plan; !group && RELATION_IS(r, project);) {
    r = RELATION_AS(r, project)->input;
    group = RELATION_AS(r, group);
  }
  bool exactly_one = !d.conjuncts.count && group && !group->keys.count;
  enum vonk_join_type type = exactly_one ? VONK_JOIN_CROSS : d.one_per_outer ? VONK_JOIN_LEFT : VONK_JOIN_SINGLE;
  struct vonk_relation_join_on *join = opt_join(o, d.outer, d.relation, type);
  add_conjuncts(o, join, &d.conjuncts);
  a->input = &join->relation;
  *out = opt_reference(o, opt_column(a->input, value.id));
  if (!fix) return VONK_OK;
  struct vonk_expr *matched = opt_call(o, "isnotnull", &vonk_type_boolean, false, 1, opt_reference(o, &flag));
  *out = opt_call(o, "when", value.type, (*out)->nullable || empty->nullable, 3, matched, *out, empty);
  return VONK_OK;
}

/* VALUES == the columns of PLAN, as conjuncts. */
static opt_expr_list equalities(struct opt *o, const struct vonk_exprs *values, const struct vonk_relation *plan, bool *nullable) {
  opt_expr_list list = {0};
  *nullable = false;
  for (uint32_t i = 0; i < values->count; i++) {
    const struct vonk_plan_column *column = &plan->columns[value_column(plan, i)];
    struct vonk_expr *right = opt_reference(o, column);
    bool may_be_null = values->items[i]->nullable || column->nullable;
    *nullable |= may_be_null;
    *ARRAY_PUSH(o->arena, &list) = opt_call(o, "==", &vonk_type_boolean, may_be_null, 2, values->items[i], right);
  }
  return list;
}

/* Each of EQUALITIES as "a == b or (a == b) is null". */
static void add_maybe_equal(struct opt *o, struct vonk_relation_join_on *join, const opt_expr_list *equalities) {
  struct vonk_exprs all = opt_exprs_of(equalities);
  struct vonk_expr *equal = opt_and(o, all);
  struct vonk_expr *unknown = opt_call(o, "isnull", &vonk_type_boolean, false, 1, equal);
  struct vonk_expr *sides[2] = {equal, unknown};
  opt_join_add(o, join, opt_or(o, (struct vonk_exprs){sides, 2}));
}

/* EXISTS, IN, NOT EXISTS, NOT IN as a conjunct: a semi or anti join. */
static STATUS attach_filter(struct attachment *a, const struct vonk_expr_subquery *subquery, struct vonk_relation *plan, bool negated) {
  struct opt *o = a->o;
  struct opt_decorrelated d;
  bool is_in = subquery->kind == VONK_SUBQUERY_IN, nullable = false;
  opt_expr_list equal = {0};
  if (is_in) equal = equalities(o, &subquery->values, plan, &nullable);
  TRY(decorrelate(a, plan, false, !is_in, &d));
  struct vonk_relation_join_on *join = opt_join(o, d.outer, d.relation, negated ? VONK_JOIN_ANTI : VONK_JOIN_SEMI);
  add_conjuncts(o, join, &d.conjuncts);
  if (!negated || !nullable) {
    add_conjuncts(o, join, &equal);
  } else if (equal.count == 1 && !d.conjuncts.count) {
    add_conjuncts(o, join, &equal);
    join->null_aware = join->left_keys.count == 1;
    if (!join->null_aware) { /* a constant on the left */
      join->residual = (struct vonk_exprs){NULL, 0};
      add_maybe_equal(o, join, &equal);
    }
  } else {
    add_maybe_equal(o, join, &equal);
  }
  a->input = &join->relation;
  return VONK_OK;
}

static struct vonk_relation_join_on *mark_join(struct attachment *a, const struct opt_decorrelated *d) {
  struct vonk_relation_join_on *join = opt_join(a->o, d->outer, d->relation, VONK_JOIN_SEMI);
  join->join_type = VONK_JOIN_MARK;
  join->mark_id = opt_new_id(a->o);
  add_conjuncts(a->o, join, &d->conjuncts);
  return join;
}

static struct vonk_expr *finish_mark(struct attachment *a, struct vonk_relation_join_on *join) {
  opt_take_columns(a->o, &join->relation);
  a->input = &join->relation;
  return opt_reference(a->o, opt_column(a->input, join->mark_id));
}

/* EXISTS and IN as a value. As in Spark an IN that is unknown is false there, and so is NOT IN (see replace_subquery). */
static STATUS attach_mark(struct attachment *a, const struct vonk_expr_subquery *subquery, struct vonk_relation *plan, struct vonk_expr **out) {
  struct opt *o = a->o;
  struct opt_decorrelated d;
  bool is_in = subquery->kind == VONK_SUBQUERY_IN, nullable = false;
  opt_expr_list equal = {0};
  if (is_in) equal = equalities(o, &subquery->values, plan, &nullable);
  TRY(decorrelate(a, plan, false, !is_in, &d));
  struct vonk_relation_join_on *join = mark_join(a, &d);
  add_conjuncts(o, join, &equal);
  *out = finish_mark(a, join);
  if (nullable) {
    a->mark = join;
    a->mark_conjuncts = d.conjuncts;
    a->mark_equal = equal;
  }
  return VONK_OK;
}

/* The mark made last stands below NOT: a row that may be equal counts as equal. */
static void negate_mark(struct attachment *a) {
  struct vonk_relation_join_on *join = a->mark;
  join->left_keys = join->right_keys = join->residual = (struct vonk_exprs){NULL, 0};
  join->null_safe = (struct vonk_ids){NULL, 0};
  add_conjuncts(a->o, join, &a->mark_conjuncts);
  add_maybe_equal(a->o, join, &a->mark_equal);
  a->mark = NULL;
}

/* --- expressions --- */

static STATUS replace_subquery(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct attachment *a = object;
  const struct vonk_expr_subquery *subquery = EXPR_AS(node, subquery);
  struct vonk_relation *plan;
  struct vonk_expr *expr;
  *out = node;
  if (!subquery) {
    const struct vonk_expr *whole = (const struct vonk_expr *)(const void *)node;
    const struct vonk_expr_column *negated = opt_is_call(whole, "not") ? EXPR_AS(opt_argument(whole, 0), column) : NULL;
    if (negated && a->mark && negated->id == a->mark->mark_id) negate_mark(a);
    return VONK_OK;
  }
  TRY(unnest(a->o, NULL, (struct vonk_relation *)(void *)subquery->plan, &plan));
  if (subquery->kind == VONK_SUBQUERY_SCALAR) TRY(attach_scalar(a, plan, &expr));
  else TRY(attach_mark(a, subquery, plan, &expr));
  *out = &expr->node;
  return VONK_OK;
}

/* NOT moves inwards, down to the subqueries. */
static STATUS push_not(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct opt *o = object;
  struct vonk_expr *expr = (struct vonk_expr *)(void *)node;
  *out = node;
  if (node->type->node_class != VONK_CLASS_EXPR || !opt_has_subquery(expr)) return VONK_OK;
  struct vonk_expr *inner = opt_is_call(expr, "not") ? opt_argument(expr, 0) : NULL;
  bool both = inner && opt_is_call(inner, "and"), either = inner && opt_is_call(inner, "or");
  if (both || either) {
    struct vonk_expr *sides[2] = {opt_not(o, opt_argument(inner, 0)), opt_not(o, opt_argument(inner, 1))};
    struct vonk_exprs two = {sides, 2};
    node = both ? &opt_or(o, two)->node : &opt_and(o, two)->node;
  }
  return vonk_node_map_children(o->arena, node, push_not, object, out);
}

static STATUS replace_in_expr(struct opt *o, void *object, struct vonk_expr *in, struct vonk_expr **out) {
  struct vonk_node *node = &in->node;
  if (opt_has_subquery(in)) TRY(push_not(o, node, &node));
  if (opt_has_subquery(in)) TRY(vonk_node_transform(o->task, node, false, replace_subquery, object, &node));
  *out = (struct vonk_expr *)(void *)node;
  return VONK_OK;
}

/* The subquery of "EXISTS", "NOT EXISTS", "IN", "NOT IN" when that is all CONJUNCT says. */
static const struct vonk_expr_subquery *whole_subquery(const struct vonk_expr *conjunct, bool *negated) {
  *negated = false;
  while (opt_is_call(conjunct, "not")) {
    *negated = !*negated;
    conjunct = opt_argument(conjunct, 0);
  }
  const struct vonk_expr_subquery *subquery = EXPR_AS(conjunct, subquery);
  return subquery && subquery->kind != VONK_SUBQUERY_SCALAR ? subquery : NULL;
}

static STATUS unnest_select(struct opt *o, struct vonk_relation_select *select, struct vonk_relation **out) {
  struct attachment a = {.o = o, .input = select->input};
  opt_expr_list below = {0}, above = {0};
  bool seen = false;
  for (uint32_t i = 0; i < select->conjuncts.count; i++) {
    struct vonk_expr *conjunct = select->conjuncts.items[i];
    bool has = opt_has_subquery(conjunct);
    seen |= has;
    if (!has) *ARRAY_PUSH(o->arena, seen && !opt_is_movable(conjunct) ? &above : &below) = conjunct;
  }
  a.input = opt_select(o, a.input, opt_exprs_of(&below));
  for (uint32_t i = 0; i < select->conjuncts.count; i++) {
    struct vonk_expr *conjunct = select->conjuncts.items[i];
    bool negated;
    if (!opt_has_subquery(conjunct)) continue;
    const struct vonk_expr_subquery *subquery = whole_subquery(conjunct, &negated);
    for (uint32_t v = 0; subquery && v < subquery->values.count; v++) {
      if (opt_has_subquery(subquery->values.items[v])) subquery = NULL;
    }
    if (subquery) {
      struct vonk_relation *plan;
      TRY(unnest(o, NULL, (struct vonk_relation *)(void *)subquery->plan, &plan));
      TRY(attach_filter(&a, subquery, plan, negated));
    } else {
      TRY(replace_in_expr(o, &a, conjunct, &conjunct));
      *ARRAY_PUSH(o->arena, &above) = conjunct;
    }
  }
  struct vonk_relation *filtered = opt_select(o, a.input, opt_exprs_of(&above));
  *out = opt_project_columns(o, filtered, select->relation.columns, select->relation.column_count);
  return VONK_OK;
}

/* Other relations: the subqueries are columns of the input. */
static STATUS unnest_over_input(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) {
  uint32_t count;
  struct vonk_relation **inputs = opt_inputs(in, &count);
  ASSERT(count == 1);
  struct attachment a = {.o = o, .input = inputs[0]};
  struct vonk_relation *changed;
  TRY(opt_map_exprs(o, in, replace_in_expr, &a, &changed));
  changed = opt_with_inputs(o, changed, &a.input);
  *out = opt_project_columns(o, changed, in->columns, in->column_count);
  return VONK_OK;
}

struct side_choice {
  struct attachment left, right;
};

static STATUS replace_at_side(struct opt *o, void *object, struct vonk_expr *in, struct vonk_expr **out) {
  struct side_choice *choice = object;
  *out = in;
  if (!opt_has_subquery(in)) return VONK_OK;
  struct opt_set used = opt_set_of_expr(o, in);
  bool left = opt_set_intersects(used, opt_set_of_columns(o, choice->left.input));
  bool right = opt_set_intersects(used, opt_set_of_columns(o, choice->right.input));
  if (left && right) return vonk_unsupported(o->task, in->node.origin, "a subquery over both sides in the condition of an outer join");
  return replace_in_expr(o, left ? &choice->left : &choice->right, in, out);
}

/* ON with subqueries: above an inner join; at the side that they refer to otherwise. */
static STATUS unnest_join_condition(struct opt *o, struct vonk_relation_join_on *join, struct vonk_relation **out) {
  if (join->join_type == VONK_JOIN_INNER || join->join_type == VONK_JOIN_CROSS) {
    opt_expr_list stay = {0}, rise = {0};
    for (uint32_t i = 0; i < join->residual.count; i++) {
      struct vonk_expr *conjunct = join->residual.items[i];
      *ARRAY_PUSH(o->arena, opt_has_subquery(conjunct) ? &rise : &stay) = conjunct;
    }
    struct vonk_relation_join_on *copy = RELATION_AS(vonk_node_clone(o->arena, &join->relation.node), join_on);
    struct vonk_relation_select *select = RELATION_NEW(o->arena, select, NULL);
    copy->residual = opt_exprs_of(&stay);
    select->input = &copy->relation;
    select->conjuncts = opt_exprs_of(&rise);
    opt_take_columns(o, &select->relation);
    return unnest_select(o, select, out);
  }
  struct side_choice choice = {{.o = o, .input = join->left}, {.o = o, .input = join->right}};
  struct vonk_relation *changed;
  TRY(opt_map_exprs(o, &join->relation, replace_at_side, &choice, &changed));
  struct vonk_relation *inputs[2] = {choice.left.input, choice.right.input};
  changed = opt_with_inputs(o, changed, inputs);
  *out = opt_project_columns(o, changed, join->relation.columns, join->relation.column_count);
  return VONK_OK;
}

/* A lateral join: the right side refers to the left one. */
static STATUS unnest_lateral(struct opt *o, struct vonk_relation_join_on *lateral, struct vonk_relation **out) {
  struct opt_decorrelated d;
  struct attachment a = {.o = o, .input = lateral->left};
  bool inner = lateral->join_type == VONK_JOIN_INNER || lateral->join_type == VONK_JOIN_CROSS;
  TRY(decorrelate(&a, lateral->right, false, false, &d));
  enum vonk_join_type type = inner && d.conjuncts.count ? VONK_JOIN_INNER : (enum vonk_join_type)lateral->join_type;
  struct vonk_relation_join_on *join = opt_join(o, d.outer, d.relation, type);
  add_conjuncts(o, join, &d.conjuncts);
  for (uint32_t i = 0; i < lateral->left_keys.count; i++) {
    opt_join_add_keys(o, join, lateral->left_keys.items[i], lateral->right_keys.items[i], opt_join_null_safe(lateral, i));
  }
  for (uint32_t i = 0; i < lateral->residual.count; i++) opt_join_add(o, join, lateral->residual.items[i]);
  *out = opt_project_columns(o, &join->relation, lateral->relation.columns, lateral->relation.column_count);
  return VONK_OK;
}

struct subquery_search {
  bool found;
};

static void search_expr(void *object, struct vonk_expr *expr) {
  struct subquery_search *search = object;
  search->found |= opt_has_subquery(expr);
}

static STATUS unnest(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  struct subquery_search search = {false};
  TRY(vonk_task_check(o->task));
  TRY(opt_rewrite_inputs(o, in, unnest, object, &in));
  *out = in;
  opt_each_expr(in, search_expr, &search);
  struct vonk_relation_join_on *join = RELATION_AS(in, join_on);
  if (join && join->correlated) TRY(unnest_lateral(o, join, out));
  join = RELATION_AS(*out, join_on);
  if (!search.found) return VONK_OK;
  if (join) return unnest_join_condition(o, join, out);
  if (RELATION_IS(in, select)) return unnest_select(o, RELATION_AS(in, select), out);
  if (RELATION_IS(in, rows)) return vonk_unsupported(o->task, in->node.origin, "a subquery in VALUES");
  return unnest_over_input(o, in, out);
}

/* --- what is left of outer references --- */

static STATUS make_plain(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct opt *o = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  *out = node;
  if (!column || !column->outer) return VONK_OK;
  *out = vonk_node_clone(o->arena, node);
  EXPR_AS(*out, column)->outer = false;
  return VONK_OK;
}

static STATUS make_plain_expr(struct opt *o, void *object, struct vonk_expr *in, struct vonk_expr **out) {
  struct vonk_node *node;
  (void)object;
  TRY(vonk_node_transform(o->task, &in->node, false, make_plain, o, &node));
  *out = (struct vonk_expr *)(void *)node;
  return VONK_OK;
}

static STATUS make_plain_relation(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  return opt_map_exprs(o, in, make_plain_expr, object, out);
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) {
  TRY(unnest(o, NULL, in, &in));
  vonk_map_init(&o->bodies, o->arena, false);
  return opt_rewrite(o, in, make_plain_relation, NULL, out);
}

const struct vonk_rule opt_rule_unnest_subqueries = {
    .name = "unnest_subqueries",
    .doc = "Subqueries and lateral joins become joins.",
    .required = true,
    .apply = apply,
};
