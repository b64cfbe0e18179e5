/* prune_columns.c: what nobody needs is not read, computed, joined along or sorted along.
 *
 * Top down with the set of ids needed above. What goes into joins, sorts and windows is narrowed by a projection. A shared body keeps what some reader needs: the walk is repeated until that stands.
 */
#include "opt/optimizer_internal.h"

struct shared_need {
  const struct vonk_relation *body;
  struct opt_set positions;          /* of the body's columns */
  struct vonk_relation *pruned;      /* of this walk */
};

struct prune {
  struct opt *o;
  ARRAY_OF(struct shared_need *) shared;
  bool changed;
};

static STATUS prune(struct prune *p, struct vonk_relation *in, struct opt_set needed, struct vonk_relation **out);

static struct vonk_relation *clone(struct prune *p, const struct vonk_relation *relation) {
  return (struct vonk_relation *)(void *)vonk_node_clone(p->o->arena, &relation->node);
}

struct need_walk {
  struct opt *o;
  struct opt_set *set;
};

static void need_expr(void *object, struct vonk_expr *expr) {
  struct need_walk *need = object;
  opt_set_add_expr(need->o, need->set, expr);
}

/* NEEDED and what the expressions of RELATION refer to. */
static struct opt_set with_own(struct prune *p, const struct vonk_relation *relation, struct opt_set needed) {
  struct opt_set all = {0};
  struct need_walk need = {p->o, &all};
  opt_set_add_set(p->o, &all, needed);
  opt_each_expr(relation, need_expr, &need);
  return all;
}

/* The columns of RELATION that are in NEEDED. */
static struct vonk_plan_column *kept_columns(struct prune *p, const struct vonk_relation *relation, struct opt_set needed, uint32_t *count) {
  struct vonk_plan_column *columns = ARENA_ARRAY(p->o->arena, struct vonk_plan_column, relation->column_count);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < relation->column_count; i++) {
    if (opt_set_has(needed, relation->columns[i].id)) columns[kept++] = relation->columns[i];
  }
  *count = kept;
  return columns;
}

static struct vonk_relation *narrow(struct prune *p, struct vonk_relation *relation, struct opt_set needed) {
  uint32_t count;
  struct vonk_plan_column *columns = kept_columns(p, relation, needed, &count);
  if (count == relation->column_count) return relation;
  return opt_project_columns(p->o, relation, columns, count);
}

static STATUS prune_scan(struct prune *p, struct vonk_relation_scan *scan, struct opt_set needed, struct vonk_relation **out) {
  needed = with_own(p, &scan->relation, needed);
  struct vonk_relation_scan *copy = RELATION_AS(clone(p, &scan->relation), scan);
  uint64_t *source = ARENA_ARRAY(p->o->arena, uint64_t, scan->relation.column_count);
  uint32_t n = 0;
  for (uint32_t i = 0; i < scan->relation.column_count; i++) {
    if (opt_set_has(needed, scan->relation.columns[i].id)) source[n++] = scan->source_columns.items[i];
  }
  copy->relation.columns = kept_columns(p, &scan->relation, needed, &copy->relation.column_count);
  copy->source_columns = (struct vonk_ids){source, n};
  *out = &copy->relation;
  return VONK_OK;
}

static STATUS prune_project(struct prune *p, struct vonk_relation_project *project, struct opt_set needed, struct vonk_relation **out) {
  uint32_t count = 0, all = project->expressions.count;
  struct vonk_exprs exprs = {ARENA_ARRAY(p->o->arena, struct vonk_expr *, all), 0};
  struct opt_set below = {0};
  struct vonk_relation *input;
  for (uint32_t i = 0; i < all; i++) {
    if (!opt_set_has(needed, project->relation.columns[i].id)) continue;
    exprs.items[exprs.count++] = project->expressions.items[i];
    opt_set_add_expr(p->o, &below, project->expressions.items[i]);
  }
  const struct vonk_plan_column *columns = kept_columns(p, &project->relation, needed, &count);
  TRY(prune(p, project->input, below, &input));
  bool same = count == input->column_count;
  for (uint32_t i = 0; i < count && same; i++) {
    const struct vonk_expr_column *column = EXPR_AS(exprs.items[i], column);
    same = column && column->id == columns[i].id && input->columns[i].id == column->id;
  }
  *out = same ? input : opt_project(p->o, input, columns, exprs);
  return VONK_OK;
}

static STATUS prune_join(struct prune *p, struct vonk_relation_join_on *join, struct opt_set needed, struct vonk_relation **out) {
  struct opt_set below = with_own(p, &join->relation, needed);
  struct vonk_relation *inputs[2];
  TRY(prune(p, join->left, below, &inputs[0]));
  TRY(prune(p, join->right, below, &inputs[1]));
  inputs[0] = narrow(p, inputs[0], below);
  inputs[1] = narrow(p, inputs[1], below);
  *out = opt_with_inputs(p->o, &join->relation, inputs);
  return VONK_OK;
}

static STATUS prune_group(struct prune *p, struct vonk_relation_group *group, struct opt_set needed, struct vonk_relation **out) {
  struct vonk_relation_group *copy = RELATION_AS(clone(p, &group->relation), group);
  uint32_t keys = group->keys.count, count = 0;
  struct vonk_plan_column *columns = vonk_arena_copy(p->o->arena, group->relation.columns, group->relation.column_count * sizeof *columns);
  copy->aggregates = (struct vonk_exprs){ARENA_ARRAY(p->o->arena, struct vonk_expr *, group->aggregates.count), 0};
  for (uint32_t i = 0; i < group->aggregates.count; i++) {
    if (!opt_set_has(needed, columns[keys + i].id)) continue;
    columns[keys + count++] = columns[keys + i];
    copy->aggregates.items[copy->aggregates.count++] = group->aggregates.items[i];
  }
  copy->relation.columns = columns;
  copy->relation.column_count = keys + count;
  struct opt_set below = with_own(p, &copy->relation, (struct opt_set){0});
  TRY(prune(p, group->input, below, &copy->input));
  *out = &copy->relation;
  return VONK_OK;
}

static STATUS prune_window(struct prune *p, struct vonk_relation_window_of *window, struct opt_set needed, struct vonk_relation **out) {
  struct vonk_relation_window_of *copy = RELATION_AS(clone(p, &window->relation), window_of);
  uint32_t old = window->calls.count, first = window->relation.column_count - old, count = 0;
  struct vonk_plan_column *columns = ARENA_ARRAY(p->o->arena, struct vonk_plan_column, old);
  struct vonk_expr **calls = ARENA_ARRAY(p->o->arena, struct vonk_expr *, old);
  for (uint32_t i = 0; i < old; i++) {
    if (!opt_set_has(needed, window->relation.columns[first + i].id)) continue;
    columns[count] = window->relation.columns[first + i];
    calls[count++] = window->calls.items[i];
  }
  if (!count) return prune(p, window->input, needed, out);
  copy->calls = (struct vonk_exprs){calls, count};
  struct opt_set below = with_own(p, &copy->relation, needed);
  TRY(prune(p, window->input, below, &copy->input));
  copy->input = narrow(p, copy->input, below);
  copy->relation.columns = columns;
  copy->relation.column_count = count;
  opt_take_columns(p->o, &copy->relation);
  *out = &copy->relation;
  return VONK_OK;
}

/* The columns at the positions where FROM's ids are needed. */
static const struct vonk_plan_column *at_positions(struct prune *p, const struct vonk_relation *from, const struct vonk_plan_column *columns,
                                                   struct opt_set needed, uint32_t *count) {
  struct vonk_plan_column *kept = ARENA_ARRAY(p->o->arena, struct vonk_plan_column, from->column_count);
  *count = 0;
  for (uint32_t i = 0; i < from->column_count; i++) {
    if (opt_set_has(needed, from->columns[i].id)) kept[(*count)++] = columns[i];
  }
  return kept;
}

static STATUS prune_union(struct prune *p, struct vonk_relation_union_all *all, struct opt_set needed, struct vonk_relation **out) {
  struct vonk_relation **inputs = ARENA_ARRAY(p->o->arena, struct vonk_relation *, all->inputs.count);
  uint32_t count;
  for (uint32_t i = 0; i < all->inputs.count; i++) {
    struct opt_set below = {0};
    const struct vonk_plan_column *columns = at_positions(p, &all->relation, all->inputs.items[i]->columns, needed, &count);
    for (uint32_t c = 0; c < count; c++) opt_set_add(p->o, &below, columns[c].id);
    TRY(prune(p, all->inputs.items[i], below, &inputs[i]));
    inputs[i] = opt_project_columns(p->o, inputs[i], columns, count);
  }
  *out = opt_with_inputs(p->o, &all->relation, inputs);
  (*out)->columns = at_positions(p, &all->relation, all->relation.columns, needed, &count);
  (*out)->column_count = count;
  return VONK_OK;
}

static STATUS prune_generate(struct prune *p, struct vonk_relation_generate *generate, struct opt_set needed, struct vonk_relation **out) {
  struct vonk_relation *input;
  struct opt_set own = {0};
  TRY(prune(p, generate->input, with_own(p, &generate->relation, needed), &input));
  *out = opt_with_inputs(p->o, &generate->relation, &input);
  opt_set_add_set(p->o, &own, needed);
  for (uint32_t i = 0; i < generate->relation.column_count; i++) {
    uint64_t id = generate->relation.columns[i].id;
    if (!opt_column(generate->input, id)) opt_set_add(p->o, &own, id);
  }
  (*out)->columns = kept_columns(p, &generate->relation, own, &(*out)->column_count);
  return VONK_OK;
}

/* A list of projections, each without what nobody needs. */
static STATUS prune_expand(struct prune *p, struct vonk_relation_expand *expand, struct opt_set needed, struct vonk_relation **out) {
  struct vonk_relation_expand *copy = RELATION_AS(clone(p, &expand->relation), expand);
  uint32_t all = expand->relation.column_count, count = expand->projections.count;
  copy->relation.columns = kept_columns(p, &expand->relation, needed, &copy->relation.column_count);
  copy->projections.items = ARENA_ARRAY(p->o->arena, struct vonk_node *, count);
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_expr_call *row = EXPR_AS(vonk_node_clone(p->o->arena, expand->projections.items[i]), call);
    struct vonk_expr **kept = ARENA_ARRAY(p->o->arena, struct vonk_expr *, all);
    uint32_t n = 0;
    for (uint32_t c = 0; c < all; c++) {
      if (opt_set_has(needed, expand->relation.columns[c].id)) kept[n++] = row->arguments.items[c];
    }
    row->arguments = (struct vonk_exprs){kept, n};
    copy->projections.items[i] = &row->expr.node;
  }
  struct opt_set below = with_own(p, &copy->relation, (struct opt_set){0});
  TRY(prune(p, expand->input, below, &copy->input));
  *out = &copy->relation;
  return VONK_OK;
}

static struct shared_need *need_of(struct prune *p, const struct vonk_relation *body) {
  for (size_t i = 0; i < p->shared.count; i++) {
    if (p->shared.items[i]->body == body) return p->shared.items[i];
  }
  struct shared_need *need = ARENA_NEW(p->o->arena, struct shared_need);
  need->body = body;
  *ARRAY_PUSH(p->o->arena, &p->shared) = need;
  p->changed = true;
  return need;
}

static STATUS prune_shared(struct prune *p, struct vonk_relation_shared *shared, struct opt_set needed, struct vonk_relation **out) {
  struct shared_need *need = need_of(p, shared->body);
  uint32_t all = shared->relation.column_count, count = 0;
  for (uint32_t i = 0; i < all; i++) {
    if (!opt_set_has(needed, shared->relation.columns[i].id) || opt_set_has(need->positions, i)) continue;
    opt_set_add(p->o, &need->positions, i);
    p->changed = true;
  }
  struct vonk_plan_column *own = ARENA_ARRAY(p->o->arena, struct vonk_plan_column, all);
  struct vonk_plan_column *bodys = ARENA_ARRAY(p->o->arena, struct vonk_plan_column, all);
  struct opt_set below = {0};
  for (uint32_t i = 0; i < all; i++) {
    if (!opt_set_has(need->positions, i)) continue;
    own[count] = shared->relation.columns[i];
    bodys[count++] = shared->body->columns[i];
    opt_set_add(p->o, &below, shared->body->columns[i].id);
  }
  if (!need->pruned) {
    TRY(prune(p, shared->body, below, &need->pruned));
    need->pruned = opt_project_columns(p->o, need->pruned, bodys, count);
  }
  *out = opt_shared(p->o, need->pruned, shared->shared_id, own);
  return VONK_OK;
}

/* select, order, slice, partition, sample, observe: columns pass. */
static STATUS prune_through(struct prune *p, struct vonk_relation *in, struct opt_set needed, struct vonk_relation **out) {
  struct opt_set below = with_own(p, in, needed);
  uint32_t count;
  struct vonk_relation *input = opt_inputs(in, &count)[0];
  TRY(prune(p, input, below, &input));
  if (RELATION_IS(in, order) || RELATION_IS(in, partition)) input = narrow(p, input, below);
  *out = opt_with_inputs(p->o, in, &input);
  return VONK_OK;
}

/* All columns of the inputs count: set operations, DISTINCT. */
static STATUS prune_whole(struct prune *p, struct vonk_relation *in, struct vonk_relation **out) {
  uint32_t count;
  struct vonk_relation **inputs = opt_inputs(in, &count);
  struct vonk_relation **pruned = ARENA_ARRAY(p->o->arena, struct vonk_relation *, count);
  for (uint32_t i = 0; i < count; i++) {
    TRY(prune(p, inputs[i], opt_set_of_columns(p->o, inputs[i]), &pruned[i]));
    pruned[i] = opt_project_columns(p->o, pruned[i], inputs[i]->columns, inputs[i]->column_count);
  }
  *out = count ? opt_with_inputs(p->o, in, pruned) : in;
  return VONK_OK;
}

static STATUS prune(struct prune *p, struct vonk_relation *in, struct opt_set needed, struct vonk_relation **out) {
  TRY(vonk_task_check(p->o->task));
  if (RELATION_IS(in, scan)) return prune_scan(p, RELATION_AS(in, scan), needed, out);
  if (RELATION_IS(in, project)) return prune_project(p, RELATION_AS(in, project), needed, out);
  if (RELATION_IS(in, join_on)) return prune_join(p, RELATION_AS(in, join_on), needed, out);
  if (RELATION_IS(in, group)) return prune_group(p, RELATION_AS(in, group), needed, out);
  if (RELATION_IS(in, window_of)) return prune_window(p, RELATION_AS(in, window_of), needed, out);
  if (RELATION_IS(in, union_all)) return prune_union(p, RELATION_AS(in, union_all), needed, out);
  if (RELATION_IS(in, generate)) return prune_generate(p, RELATION_AS(in, generate), needed, out);
  if (RELATION_IS(in, expand)) return prune_expand(p, RELATION_AS(in, expand), needed, out);
  if (RELATION_IS(in, shared)) return prune_shared(p, RELATION_AS(in, shared), needed, out);
  bool through = RELATION_IS(in, select) || RELATION_IS(in, order) || RELATION_IS(in, slice) || RELATION_IS(in, sample_of) || RELATION_IS(in, partition) ||
                 RELATION_IS(in, observe);
  return through ? prune_through(p, in, needed, out) : prune_whole(p, in, out);
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) {
  struct prune p = {.o = o};
  struct opt_set needed = opt_set_of_columns(o, in);
  do {
    p.changed = false;
    for (size_t i = 0; i < p.shared.count; i++) p.shared.items[i]->pruned = NULL;
    TRY(prune(&p, in, needed, out));
  } while (p.changed);
  return VONK_OK;
}

const struct vonk_rule opt_rule_prune_columns = {
    .name = "prune_columns",
    .doc = "Columns that nothing needs are neither read nor carried along.",
    .apply = apply,
};
