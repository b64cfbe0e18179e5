/* plan_id.c: columns named by the plan they belong to: df["a"] in a program of DataFrames.
 *
 * While a relation is bound its trace remembers which relations lie below it, under which plan ids and with which columns.
 * A column of plan 7 is looked for in the columns that plan 7 gave; it must come up through every relation between. Of several
 * plans with the number (a join of a DataFrame with itself) the nearest one is meant; two as near are ambiguous.
 *
 * Only the inputs of the relation itself are looked at: columns of queries around a subquery have no plan.
 *
 * Filters and sorts may use columns that were lost on the way: they are looked for level by level, as Spark does it.
 */
#include "bind/binder_internal.h"

void bind_trace_begin(struct binder *b, const struct vonk_node *unresolved) {
  struct bind_trace *trace = ARENA_NEW(b->arena, struct bind_trace);
  trace->above = b->trace;
  trace->unresolved = unresolved;
  b->trace = trace;
}

void bind_trace_end(struct binder *b, const struct vonk_relation *bound) {
  struct bind_trace *trace = b->trace, *above = trace->above;
  b->trace = above;
  trace->relation = bound;
  if (bound && above) *ARRAY_PUSH(b->arena, &above->inputs) = trace;
}

void bind_trace_resolved(struct binder *b, const struct vonk_relation *relation) {
  for (struct bind_trace *t = b->trace; t; t = t->above) {
    for (size_t i = 0; i < t->inputs.count; i++) {
      if (t->inputs.items[i]->relation != relation) continue;
      if (t != b->trace) *ARRAY_PUSH(b->arena, &b->trace->inputs) = t->inputs.items[i];
      return;
    }
  }
}

void bind_trace_renew(struct binder *b, const struct vonk_relation *relation, const struct vonk_relation *renewed) {
  for (size_t i = 0; b->trace && i < b->trace->inputs.count; i++) {
    if (b->trace->inputs.items[i]->relation == relation) b->trace->inputs.items[i]->renewed = renewed;
  }
}

static const struct vonk_plan_column *column_of(const struct vonk_relation *relation, uint64_t id) {
  for (uint32_t i = 0; i < relation->column_count; i++) {
    if (relation->columns[i].id == id) return &relation->columns[i];
  }
  return NULL;
}

uint64_t bind_renewed_id(const struct bind_trace *trace, uint64_t id) {
  for (uint32_t i = 0; trace->renewed && i < trace->relation->column_count; i++) {
    if (trace->relation->columns[i].id == id) return trace->renewed->columns[i].id;
  }
  return id;
}

/* --- searching a plan --- */

/* A column that a plan of the number gives, as the relation above sees it. */
struct candidate {
  uint64_t id;
  uint32_t consumed, depth;              /* parts of the name; how far below the top the plan is */
};

struct search {
  struct binder *b;
  const struct vonk_expr_attribute *attribute;
  bool matched;                          /* the plan was met */
  ARRAY_OF(struct candidate) candidates;
};

static bool is_union(const struct vonk_node *node) {
  const struct vonk_relation_set_op *set = RELATION_AS(node, set_op);
  return set && set->op == VONK_SET_UNION;
}

/* Candidates from FIRST on come up through TRACE: those it still has; the hidden ones only when it has no other. */
static void come_up(struct search *s, size_t first, const struct bind_trace *trace) {
  size_t kept = first;
  bool visible = false;
  for (size_t i = first; i < s->candidates.count; i++) {
    const struct vonk_plan_column *column = column_of(trace->relation, s->candidates.items[i].id);
    visible |= column && !column->hidden;
  }
  for (size_t i = first; i < s->candidates.count; i++) {
    const struct vonk_plan_column *column = column_of(trace->relation, s->candidates.items[i].id);
    if (!column || (visible && column->hidden)) continue;
    s->candidates.items[kept] = s->candidates.items[i];
    s->candidates.items[kept++].id = bind_renewed_id(trace, column->id);
  }
  s->candidates.count = kept;
}

static STATUS search(struct search *s, const struct bind_traces *inputs, uint32_t depth) {
  for (size_t i = 0; i < inputs->count; i++) {
    const struct bind_trace *trace = inputs->items[i];
    size_t first = s->candidates.count;
    uint32_t index, consumed;
    if (trace->unresolved->plan_id == s->attribute->expr.node.plan_id) {
      s->matched = true;
      TRY(bind_match_column(s->b, bind_columns_of(trace->relation), s->attribute, &index, &consumed));
      if (index != UINT32_MAX) *ARRAY_PUSH(s->b->arena, &s->candidates) = (struct candidate){trace->relation->columns[index].id, consumed, depth};
    } else if (!is_union(trace->unresolved)) {
      TRY(search(s, &trace->inputs, depth + 1));
    }
    come_up(s, first, trace);
  }
  return VONK_OK;
}

static struct vonk_str quoted(struct binder *b, const struct vonk_expr_attribute *attribute) {
  return vonk_str_format(b->arena, "\"" STR_FMT "\"", STR_ARG(bind_join_name(b->arena, attribute->name)));
}

static STATUS ambiguous(struct binder *b, struct vonk_str name, const struct vonk_origin *origin) {
  return vonk_raise(b->task, VONK_AMBIGUOUS_COLUMN_REFERENCE, origin, "name", name, NULL);
}

/* The one column that is meant; *found false when there is none. Of several, one of an input itself is meant. */
static STATUS find_in(struct binder *b, const struct bind_traces *inputs, const struct vonk_expr_attribute *attribute, bool *matched, bool *found, struct candidate *out) {
  struct search s = {.b = b, .attribute = attribute};
  uint32_t near = 0;
  TRY(search(&s, inputs, 0));
  *matched |= s.matched;
  *found = s.candidates.count > 0;
  if (!*found) return VONK_OK;
  *out = s.candidates.items[0];
  for (size_t i = 0; i < s.candidates.count; i++) {
    if (s.candidates.items[i].depth == 0) *out = s.candidates.items[i], near++;
  }
  return s.candidates.count == 1 || near == 1 ? VONK_OK : ambiguous(b, quoted(b, attribute), attribute->expr.node.origin);
}

static struct vonk_expr *reference_in(struct binder *b, const struct bind_scope *scope, uint64_t id, const struct vonk_origin *origin) {
  for (uint32_t i = 0; scope && i < scope->columns.count; i++) {
    if (scope->columns.items[i].id == id) return scope->exprs ? scope->exprs[i] : bind_reference(b, &scope->columns.items[i], origin);
  }
  for (uint32_t i = 0; scope && i < scope->below.count; i++) {
    if (scope->below.items[i].id == id) return bind_reference(b, &scope->below.items[i], origin);
  }
  return NULL;
}

static STATUS finish(struct binder *b, const struct vonk_expr_attribute *attribute, uint32_t consumed, struct vonk_expr *base, struct vonk_expr **out) {
  for (uint32_t i = consumed; i < attribute->name.count; i++) TRY(bind_field(b, base, attribute->name.parts[i], attribute->expr.node.origin, &base));
  *out = base;
  return VONK_OK;
}

/* --- columns that were lost on the way --- */

/* The relation below TRACE in which Spark looks, too: not below what has several inputs or gives columns a table's name. */
static struct bind_trace *level_below(const struct bind_trace *trace) {
  const struct vonk_node *node = trace->unresolved;
  bool of_frame = node->plan_id >= 0 || (trace->above && RELATION_IS(trace->above->unresolved, sql)) || bind_is_select(node);
  return of_frame && !RELATION_IS(node, subquery_alias) && trace->inputs.count == 1 ? trace->inputs.items[0] : NULL;
}

STATUS bind_missing_name(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_attribute *attribute, struct vonk_expr **out) {
  bool by_plan = attribute->expr.node.plan_id >= 0, matched = false;
  for (struct bind_trace *level = scope->missing->from; level && !*out; level = level_below(level)) {
    struct candidate candidate = {0};
    bool found = false;
    struct bind_traces alone = {&level, 1, 1};
    const struct vonk_plan_column *column = NULL;
    uint32_t index;
    if (by_plan) {
      TRY(find_in(b, &alone, attribute, &matched, &found, &candidate));
      if (found) column = column_of(level->relation, candidate.id);
    } else {
      TRY(bind_match_column(b, bind_columns_of(level->relation), attribute, &index, &candidate.consumed));
      if (index != UINT32_MAX) column = &level->relation->columns[index];
    }
    if (!column) continue;
    *ARRAY_PUSH(b->arena, &scope->missing->ids) = column->id;
    return finish(b, attribute, candidate.consumed, bind_reference(b, column, attribute->expr.node.origin), out);
  }
  return VONK_OK;
}

/* Clones of RELATION over INPUT: its columns are the input's, then from OWN on its own. */
static struct vonk_relation *over(struct binder *b, const struct vonk_relation *relation, struct vonk_relation **place, const struct vonk_relation *before,
                                  struct vonk_relation *input) {
  size_t offset = (size_t)((const char *)place - (const char *)relation);
  struct vonk_relation *copy = (struct vonk_relation *)(void *)vonk_node_clone(b->arena, &relation->node);
  uint32_t own = relation->column_count - before->column_count;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, input->column_count + own);
  memcpy(columns, input->columns, input->column_count * sizeof *columns);
  for (uint32_t i = 0; i < before->column_count; i++) columns[i] = relation->columns[i];
  if (own) memcpy(columns + input->column_count, relation->columns + before->column_count, own * sizeof *columns);
  copy->columns = columns;
  copy->column_count = input->column_count + own;
  memcpy((char *)copy + offset, &input, sizeof(struct vonk_relation *)); /* the field of type struct vonk_relation * */
  return copy;
}

/* Where a relation that passes its input's columns on has that input; NULL for other kinds. */
static struct vonk_relation **input_of(struct vonk_relation *relation) {
#define INPUT_OF(kind) \
  if (RELATION_IS(relation, kind)) return &RELATION_AS(relation, kind)->input
  INPUT_OF(select);
  INPUT_OF(order);
  INPUT_OF(slice);
  INPUT_OF(unique);
  INPUT_OF(sample_of);
  INPUT_OF(partition);
  INPUT_OF(window_of);
  INPUT_OF(generate);
#undef INPUT_OF
  return NULL;
}

/* RELATION with column ID of what lies below it put behind its input's columns; NULL when that cannot be. */
struct vonk_relation *bind_with_column(struct binder *b, struct vonk_relation *relation, uint64_t id) {
  if (column_of(relation, id)) return relation;
  struct vonk_relation_project *project = RELATION_AS(relation, project);
  if (project) {
    struct vonk_relation *input = bind_with_column(b, project->input, id);
    if (!input) return NULL;
    uint32_t count = relation->column_count;
    struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, (size_t)count + 1);
    struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, (size_t)count + 1);
    if (count) memcpy(columns, relation->columns, count * sizeof *columns);
    if (count) memcpy(exprs, project->expressions.items, count * sizeof *exprs);
    columns[count] = *column_of(input, id);
    exprs[count] = bind_reference(b, &columns[count], NULL);
    return bind_project(b, input, columns, exprs, count + 1, relation->node.origin);
  }
  struct vonk_relation **place = input_of(relation);
  struct vonk_relation *input = place ? bind_with_column(b, *place, id) : NULL;
  if (!input) return NULL;
  struct vonk_relation *copy = over(b, relation, place, *place, input);
  struct vonk_relation_unique *unique = RELATION_AS(copy, unique);
  if (unique && !unique->by.count) { /* of all columns that were there */
    uint64_t *ids = ARENA_ARRAY(b->arena, uint64_t, relation->column_count);
    for (uint32_t i = 0; i < relation->column_count; i++) ids[i] = relation->columns[i].id;
    unique->by = (struct vonk_ids){ids, relation->column_count};
  }
  return copy;
}

void bind_missing_from(struct binder *b, struct bind_missing *out) {
  *out = (struct bind_missing){0};
  if (b->trace && b->trace->inputs.count == 1) out->from = level_below(b->trace->inputs.items[0]);
}

STATUS bind_pull_up(struct binder *b, const struct bind_missing *missing, struct vonk_relation *relation, struct vonk_relation **out) {
  for (size_t i = 0; i < missing->ids.count; i++) {
    struct vonk_relation *with = bind_with_column(b, relation, missing->ids.items[i]);
    if (!with) {
      const struct vonk_plan_column *column = missing->from ? column_of(missing->from->relation, missing->ids.items[i]) : NULL;
      struct vonk_str name = column ? column->name : STR("");
      return bind_unresolved_column(b, (struct vonk_name){&name, 1}, bind_columns_of(relation), NULL);
    }
    relation = with;
  }
  *out = relation;
  return VONK_OK;
}

struct vonk_relation *bind_first_columns(struct binder *b, struct vonk_relation *relation, uint32_t count) {
  if (relation->column_count == count) return relation;
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, count);
  for (uint32_t i = 0; i < count; i++) exprs[i] = bind_reference(b, &relation->columns[i], NULL);
  return bind_project(b, relation, relation->columns, exprs, count, NULL);
}

/* --- names with a plan --- */

static STATUS unresolved(struct binder *b, const struct vonk_expr_attribute *attribute) {
  return vonk_raise(b->task, VONK_CANNOT_RESOLVE_DATAFRAME_COLUMN, attribute->expr.node.origin, "name", quoted(b, attribute), NULL);
}

STATUS bind_plan_column_try(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_attribute *attribute, struct vonk_expr **out) {
  bool matched = false, found = false;
  struct candidate candidate;
  *out = NULL;
  if (b->trace) TRY(find_in(b, &b->trace->inputs, attribute, &matched, &found, &candidate));
  if (found) {
    struct vonk_expr *base = reference_in(b, scope, candidate.id, attribute->expr.node.origin);
    if (base) TRY(finish(b, attribute, candidate.consumed, base, out));
  }
  if (!*out && scope && scope->missing) TRY(bind_missing_name(b, scope, attribute, out));
  bool strict = vonk_conf_bool(b->conf, VONK_CONF_STRICT_DATAFRAME_COLUMNS);
  return *out || matched || !strict ? VONK_OK : unresolved(b, attribute);
}

STATUS bind_plan_column(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_attribute *attribute, struct vonk_expr **out) {
  TRY(bind_plan_column_try(b, scope, attribute, out));
  return *out ? VONK_OK : unresolved(b, attribute);
}

/* --- stars --- */

/* The ids of all columns of the plans of a number, one list a plan; 0: lost on the way. */
struct star_plan {
  uint64_t *ids;
  uint32_t count, depth;
};

struct star_search {
  struct binder *b;
  int64_t plan_id;
  ARRAY_OF(struct star_plan) plans;
};

static void search_star(struct star_search *s, const struct bind_traces *inputs, uint32_t depth) {
  for (size_t i = 0; i < inputs->count; i++) {
    const struct bind_trace *trace = inputs->items[i];
    const struct vonk_relation *relation = trace->relation;
    size_t first = s->plans.count;
    if (trace->unresolved->plan_id == s->plan_id) {
      struct star_plan plan = {ARENA_ARRAY(s->b->arena, uint64_t, relation->column_count), 0, depth};
      for (uint32_t k = 0; k < relation->column_count; k++) {
        if (!relation->columns[k].hidden) plan.ids[plan.count++] = relation->columns[k].id;
      }
      *ARRAY_PUSH(s->b->arena, &s->plans) = plan;
    } else if (!is_union(trace->unresolved)) {
      search_star(s, &trace->inputs, depth + 1);
    }
    for (size_t p = first; p < s->plans.count; p++) {
      struct star_plan *plan = &s->plans.items[p];
      for (uint32_t k = 0; k < plan->count; k++) plan->ids[k] = column_of(relation, plan->ids[k]) ? bind_renewed_id(trace, plan->ids[k]) : 0;
    }
  }
}

static bool is_whole(const struct star_plan *plan) {
  for (uint32_t k = 0; k < plan->count; k++) {
    if (!plan->ids[k]) return false;
  }
  return true;
}

STATUS bind_plan_columns(struct binder *b, const struct bind_scope *scope, const struct vonk_node *star, struct bind_columns *out) {
  struct star_search s = {.b = b, .plan_id = star->plan_id};
  const struct star_plan *plan = NULL;
  uint32_t whole = 0;
  struct vonk_str name = STR("\"unresolveddataframestar()\"");
  if (b->trace && scope) search_star(&s, &b->trace->inputs, 0);
  for (size_t i = 0; i < s.plans.count; i++) {
    if (!is_whole(&s.plans.items[i])) continue;
    whole++;
    if (!plan || s.plans.items[i].depth == 0) plan = &s.plans.items[i];
  }
  if (!plan) return vonk_raise(b->task, VONK_CANNOT_RESOLVE_DATAFRAME_COLUMN, star->origin, "name", name, NULL);
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, plan->count);
  for (uint32_t k = 0; k < plan->count; k++) {
    for (uint32_t i = 0; i < scope->columns.count; i++) {
      if (scope->columns.items[i].id == plan->ids[k]) columns[k] = scope->columns.items[i];
    }
    columns[k].hidden = false;
    if (!columns[k].id) return vonk_raise(b->task, VONK_CANNOT_RESOLVE_DATAFRAME_COLUMN, star->origin, "name", name, NULL);
  }
  if (whole > 1 && plan->depth > 0) return ambiguous(b, name, star->origin);
  *out = (struct bind_columns){columns, plan->count};
  return VONK_OK;
}
