/* decorrelate.c: pulling predicates over outer columns up; the entry for both ways. */
#include "expr/function.h"
#include "opt/decorrelate_internal.h"


static STATUS find_free(void *object, struct vonk_node *node) {
  struct opt_free_walk *walk = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  if (column && opt_set_has(walk->outer, column->id)) opt_set_add(walk->o, &walk->found, column->id);
  return vonk_node_children(node, find_free, object);
}

static struct opt_set free_in(struct opt *o, struct opt_set outer, const struct vonk_node *node) {
  struct opt_free_walk walk = {.o = o, .outer = outer};
  if (find_free(&walk, (struct vonk_node *)(uintptr_t)node) != VONK_OK) ASSERT(!"a walk cannot fail");
  return walk.found;
}

bool opt_is_correlated(struct opt *o, struct opt_set outer, const struct vonk_node *node) {
  return !opt_set_is_empty(free_in(o, outer, node));
}

struct opt_set opt_free_columns(struct opt *o, const struct vonk_relation *outer, const struct vonk_relation *relation) {
  return free_in(o, opt_set_of_columns(o, outer), &relation->node);
}

struct correlated_search {
  struct opt *o;
  struct opt_set outer;
  bool found;
};

static void search_expr(void *object, struct vonk_expr *expr) {
  struct correlated_search *search = object;
  search->found |= opt_is_correlated(search->o, search->outer, &expr->node);
}

bool opt_own_exprs_correlated(struct opt *o, struct opt_set outer, const struct vonk_relation *relation) {
  struct correlated_search search = {o, outer, false};
  opt_each_expr(relation, search_expr, &search);
  return search.found;
}

struct vonk_expr *opt_empty_value(struct opt *o, const struct vonk_expr *aggregate) {
  static const char *const counts[] = {"count", "count_if", "approx_count_distinct", "regr_count"};
  const struct vonk_expr_aggregate *call = EXPR_AS(aggregate, aggregate);
  for (size_t i = 0; call && i < COUNT_OF(counts); i++) {
    if (strcmp(call->function->name, counts[i]) == 0) return opt_long(o, 0, aggregate->type);
  }
  if (aggregate->type->id == VONK_TYPE_ARRAY && !aggregate->nullable) {
    struct vonk_value empty = {.type = aggregate->type};
    return vonk_expr_literal_of(o->arena, &empty, NULL);
  }
  return aggregate->nullable ? opt_null(o, aggregate->type) : NULL;
}

/* --- pulling up --- */

struct pull {
  struct opt *o;
  struct opt_set outer;
  opt_expr_list conjuncts;
  bool has_defaults;
  struct opt_mappings defaults;
};

static bool pull_up(struct pull *p, struct vonk_relation *in, struct vonk_relation **out);

/* Correlated ones of EXPRS join the pulled conjuncts, the others stay. */
static bool take_conjuncts(struct pull *p, struct vonk_exprs exprs, struct vonk_exprs *rest) {
  opt_expr_list stay = {0};
  for (uint32_t i = 0; i < exprs.count; i++) {
    bool correlated = opt_is_correlated(p->o, p->outer, &exprs.items[i]->node);
    if (correlated && (!exprs.items[i]->deterministic || opt_has_subquery(exprs.items[i]))) return false;
    *ARRAY_PUSH(p->o->arena, correlated ? &p->conjuncts : &stay) = exprs.items[i];
  }
  *rest = opt_exprs_of(&stay);
  return true;
}

static bool pull_select(struct pull *p, struct vonk_relation_select *select, struct vonk_relation **out) {
  struct vonk_relation *input;
  struct vonk_exprs rest;
  if (!pull_up(p, select->input, &input)) return false;
  if (p->has_defaults) return false; /* HAVING over a group without keys */
  if (!take_conjuncts(p, select->conjuncts, &rest)) return false;
  *out = opt_select(p->o, input, rest);
  return true;
}

/* What the pulled conjuncts need of INPUT and COLUMNS do not have. */
static void missing_columns(struct pull *p, const struct vonk_relation *input, const struct vonk_plan_column *columns, uint32_t count,
                            struct vonk_plan_column **missing, uint32_t *missing_count) {
  struct opt_set needed = {0};
  *missing = ARENA_ARRAY(p->o->arena, struct vonk_plan_column, input->column_count);
  *missing_count = 0;
  for (size_t i = 0; i < p->conjuncts.count; i++) opt_set_add_expr(p->o, &needed, p->conjuncts.items[i]);
  for (uint32_t i = 0; i < input->column_count; i++) {
    bool has = !opt_set_has(needed, input->columns[i].id);
    for (uint32_t c = 0; c < count && !has; c++) has = columns[c].id == input->columns[i].id;
    if (!has) (*missing)[(*missing_count)++] = input->columns[i];
  }
}

static bool pull_project(struct pull *p, struct vonk_relation_project *project, struct vonk_relation **out) {
  struct vonk_relation *input;
  struct vonk_plan_column *more;
  uint32_t more_count, own = project->expressions.count;
  if (opt_own_exprs_correlated(p->o, p->outer, &project->relation) || !pull_up(p, project->input, &input)) return false;
  missing_columns(p, input, project->relation.columns, own, &more, &more_count);
  struct vonk_exprs exprs = {ARENA_ARRAY(p->o->arena, struct vonk_expr *, own + more_count), own + more_count};
  struct vonk_plan_column *columns = ARENA_ARRAY(p->o->arena, struct vonk_plan_column, own + more_count);
  struct opt_mappings defaults = p->defaults;
  for (uint32_t i = 0; i < own + more_count; i++) {
    exprs.items[i] = i < own ? project->expressions.items[i] : opt_reference(p->o, &more[i - own]);
    columns[i] = i < own ? project->relation.columns[i] : more[i - own];
    if (p->has_defaults) opt_map_add(p->o, &defaults, columns[i].id, opt_substitute(p->o, exprs.items[i], &p->defaults));
  }
  p->defaults = defaults;
  *out = opt_project(p->o, input, columns, exprs);
  return true;
}

static bool pull_join(struct pull *p, struct vonk_relation_join_on *join, struct vonk_relation **out) {
  bool inner = join->join_type == VONK_JOIN_INNER || join->join_type == VONK_JOIN_CROSS;
  bool keeps_left = join->join_type == VONK_JOIN_LEFT || join->join_type == VONK_JOIN_SEMI || join->join_type == VONK_JOIN_ANTI ||
                    join->join_type == VONK_JOIN_MARK || join->join_type == VONK_JOIN_SINGLE;
  struct vonk_relation *inputs[2] = {join->left, join->right}, *joined;
  struct vonk_exprs rest = join->residual;
  if (join->correlated || (!inner && !keeps_left)) return false;
  for (uint32_t i = 0; i < join->left_keys.count; i++) {
    if (opt_is_correlated(p->o, p->outer, &join->left_keys.items[i]->node) || opt_is_correlated(p->o, p->outer, &join->right_keys.items[i]->node)) {
      return false;
    }
  }
  if (!inner && (opt_own_exprs_correlated(p->o, p->outer, &join->relation) || opt_is_correlated(p->o, p->outer, &join->right->node))) return false;
  if (!pull_up(p, join->left, &inputs[0]) || (inner && !pull_up(p, join->right, &inputs[1]))) return false;
  if (p->has_defaults || (inner && !take_conjuncts(p, join->residual, &rest))) return false;
  joined = opt_with_inputs(p->o, &join->relation, inputs);
  RELATION_AS(joined, join_on)->residual = rest;
  *out = joined;
  return true;
}

/* The columns of the outer query equal something of the input: that becomes a key. */
static bool add_group_keys(struct pull *p, struct vonk_relation_group *group, struct vonk_relation *input, opt_expr_list *keys,
                           struct vonk_plan_column *columns) {
  struct opt_set inner = opt_set_of_columns(p->o, input);
  for (size_t i = 0; i < p->conjuncts.count; i++) {
    struct vonk_expr *outer_key, *inner_key, *conjunct = p->conjuncts.items[i];
    bool null_safe;
    if (!opt_split_equality(p->o, conjunct, p->outer, inner, &outer_key, &inner_key, &null_safe)) return false;
    uint32_t k = 0;
    while (k < keys->count && !vonk_node_equal(&keys->items[k]->node, &inner_key->node)) k++;
    if (k == keys->count) {
      columns[k] = opt_new_column(p->o, STR("key"), inner_key);
      *ARRAY_PUSH(p->o->arena, keys) = inner_key;
    }
    struct vonk_exprs sides = {ARENA_ARRAY(p->o->arena, struct vonk_expr *, 2), 2};
    sides.items[0] = outer_key;
    sides.items[1] = opt_reference(p->o, &columns[k]);
    p->conjuncts.items[i] = opt_with_arguments(p->o, conjunct, sides);
  }
  (void)group;
  return true;
}

static bool pull_group(struct pull *p, struct vonk_relation_group *group, struct vonk_relation **out) {
  struct vonk_relation *input;
  opt_expr_list keys = {0};
  uint32_t old = group->keys.count, count = group->aggregates.count;
  if (opt_own_exprs_correlated(p->o, p->outer, &group->relation) || !pull_up(p, group->input, &input) || p->has_defaults) return false;
  struct vonk_plan_column *columns = ARENA_ARRAY(p->o->arena, struct vonk_plan_column, old + count + p->conjuncts.count);
  for (uint32_t i = 0; i < old; i++) columns[i] = group->relation.columns[i];
  opt_add_all(p->o, &keys, group->keys);
  if (!add_group_keys(p, group, input, &keys, columns)) return false;
  for (uint32_t i = 0; i < count; i++) columns[keys.count + i] = group->relation.columns[old + i];
  for (uint32_t i = 0; i < count && !old; i++) {
    struct vonk_expr *empty = opt_empty_value(p->o, group->aggregates.items[i]);
    if (!empty) return false;
    opt_map_add(p->o, &p->defaults, group->relation.columns[i].id, empty);
  }
  p->has_defaults = !old;
  *out = opt_group(p->o, input, opt_exprs_of(&keys), group->aggregates, columns);
  return true;
}

static bool pull_up(struct pull *p, struct vonk_relation *in, struct vonk_relation **out) {
  *out = in;
  if (!opt_is_correlated(p->o, p->outer, &in->node)) return true;
  if (RELATION_IS(in, select)) return pull_select(p, RELATION_AS(in, select), out);
  if (RELATION_IS(in, project)) return pull_project(p, RELATION_AS(in, project), out);
  if (RELATION_IS(in, join_on)) return pull_join(p, RELATION_AS(in, join_on), out);
  if (RELATION_IS(in, group)) return pull_group(p, RELATION_AS(in, group), out);
  return false;
}

/* Order and a limit that keeps a row say nothing about existence. */
static struct vonk_relation *without_order(struct vonk_relation *relation) {
  for (;;) {
    struct vonk_relation_order *order = RELATION_AS(relation, order);
    struct vonk_relation_slice *slice = RELATION_AS(relation, slice);
    if (order && order->limit != 0 && !order->offset) relation = order->input;
    else if (slice && slice->limit != 0 && !slice->offset) relation = slice->input;
    else return relation;
  }
}

STATUS opt_decorrelate(struct opt *o, struct vonk_relation *outer, struct vonk_relation *relation, bool keep_defaults, bool orderless,
                       struct opt_decorrelated *out) {
  if (orderless) relation = without_order(relation);
  struct pull p = {.o = o, .outer = opt_set_of_columns(o, outer)};
  *out = (struct opt_decorrelated){.outer = outer};
  bool pulled = pull_up(&p, relation, &out->relation);
  if (pulled && (keep_defaults || !p.has_defaults)) {
    out->conjuncts = p.conjuncts;
    out->has_defaults = p.has_defaults;
    out->defaults = p.defaults;
    out->one_per_outer = p.has_defaults;
    return VONK_OK;
  }
  return opt_decorrelate_by_domain(o, relation, out);
}
