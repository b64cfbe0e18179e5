/* plan.c: walking, copying and building relations. */
#include "opt/optimizer_internal.h"

#include <stddef.h>

uint64_t opt_new_id(struct opt *o) {
  ASSERT(o->next_id + 1 < OPT_IDS_MAX);
  return ++o->next_id;
}

/* --- inputs --- */

/* All kinds with one input or two have them right behind the head. */
struct two_inputs {
  struct vonk_relation relation;
  struct vonk_relation *first, *second;
};
#define FIRST(kind, member) \
  _Static_assert(offsetof(struct vonk_relation_##kind, member) == offsetof(struct two_inputs, first), "inputs come first")
#define SECOND(kind) \
  _Static_assert(offsetof(struct vonk_relation_##kind, right) == offsetof(struct two_inputs, second), "inputs come first")
FIRST(project, input);
FIRST(select, input);
FIRST(group, input);
FIRST(window_of, input);
FIRST(order, input);
FIRST(slice, input);
FIRST(expand, input);
FIRST(generate, input);
FIRST(sample_of, input);
FIRST(partition, input);
FIRST(unique, input);
FIRST(join_on, left);
SECOND(join_on);
FIRST(set_of, left);
SECOND(set_of);
FIRST(recursion, anchor);
_Static_assert(offsetof(struct vonk_relation_recursion, step) == offsetof(struct two_inputs, second), "inputs come first");

struct vonk_relation **opt_inputs(struct vonk_relation *relation, uint32_t *count) {
  struct vonk_relation_union_all *all = RELATION_AS(relation, union_all);
  struct two_inputs *two = (struct two_inputs *)(void *)relation;
  bool leaf = RELATION_IS(relation, scan) || RELATION_IS(relation, rows) || RELATION_IS(relation, range_of) || RELATION_IS(relation, shared) ||
              RELATION_IS(relation, working) || RELATION_IS(relation, stream);
  *count = 0;
  if (leaf) return NULL;
  if (all) {
    *count = all->inputs.count;
    return all->inputs.items;
  }
  *count = RELATION_IS(relation, join_on) || RELATION_IS(relation, set_of) || RELATION_IS(relation, recursion) ? 2 : 1;
  return &two->first;
}

static struct vonk_relation *clone(struct opt *o, const struct vonk_relation *relation) {
  return (struct vonk_relation *)(void *)vonk_node_clone(o->arena, &relation->node);
}

/* --- columns --- */

static void set_columns(struct vonk_relation *relation, const struct vonk_relation *from) {
  relation->columns = from->columns;
  relation->column_count = from->column_count;
}

/* BASE's columns and MORE. */
static void join_columns(struct opt *o, struct vonk_relation *relation, const struct vonk_relation *base, const struct vonk_plan_column *more,
                         uint32_t more_count, bool base_nullable, bool more_nullable) {
  uint32_t count = base->column_count + more_count;
  struct vonk_plan_column *columns = ARENA_ARRAY(o->arena, struct vonk_plan_column, count);
  for (uint32_t i = 0; i < base->column_count; i++) {
    columns[i] = base->columns[i];
    columns[i].nullable |= base_nullable;
  }
  for (uint32_t i = 0; i < more_count; i++) {
    columns[base->column_count + i] = more[i];
    columns[base->column_count + i].nullable |= more_nullable;
  }
  relation->columns = columns;
  relation->column_count = count;
}

static void take_join_columns(struct opt *o, struct vonk_relation_join_on *join) {
  struct vonk_relation *relation = &join->relation;
  bool nullable_left = join->join_type == VONK_JOIN_RIGHT || join->join_type == VONK_JOIN_FULL;
  bool nullable_right = join->join_type == VONK_JOIN_LEFT || join->join_type == VONK_JOIN_FULL || join->join_type == VONK_JOIN_SINGLE;
  if (join->join_type == VONK_JOIN_SEMI || join->join_type == VONK_JOIN_ANTI) {
    set_columns(relation, join->left);
  } else if (join->join_type == VONK_JOIN_MARK) {
    struct vonk_plan_column mark = {.id = join->mark_id, .name = STR("exists"), .type = &vonk_type_boolean, .nullable = join->null_aware};
    join_columns(o, relation, join->left, &mark, 1, false, false);
  } else {
    join_columns(o, relation, join->left, join->right->columns, join->right->column_count, nullable_left, nullable_right);
  }
}

void opt_take_columns(struct opt *o, struct vonk_relation *relation) {
  struct two_inputs *two = (struct two_inputs *)(void *)relation;
  struct vonk_relation_window_of *window = RELATION_AS(relation, window_of);
  if (RELATION_IS(relation, join_on)) {
    take_join_columns(o, RELATION_AS(relation, join_on));
  } else if (window) {
    uint32_t own = window->calls.count;
    join_columns(o, relation, window->input, relation->columns + (relation->column_count - own), own, false, false);
  } else if (RELATION_IS(relation, select) || RELATION_IS(relation, order) || RELATION_IS(relation, slice) ||
             RELATION_IS(relation, sample_of) || RELATION_IS(relation, partition) || RELATION_IS(relation, observe) || RELATION_IS(relation, unique)) {
    set_columns(relation, two->first);
  }
}

const struct vonk_plan_column *opt_column(const struct vonk_relation *relation, uint64_t id) {
  for (uint32_t i = 0; i < relation->column_count; i++) {
    if (relation->columns[i].id == id) return &relation->columns[i];
  }
  return NULL;
}

struct vonk_relation *opt_with_inputs(struct opt *o, struct vonk_relation *relation, struct vonk_relation *const *inputs) {
  struct vonk_relation *copy = clone(o, relation);
  struct vonk_relation_union_all *all = RELATION_AS(copy, union_all);
  uint32_t count;
  if (all) all->inputs.items = vonk_arena_copy(o->arena, all->inputs.items, all->inputs.count * sizeof *all->inputs.items);
  struct vonk_relation **slots = opt_inputs(copy, &count);
  for (uint32_t i = 0; i < count; i++) slots[i] = inputs[i];
  opt_take_columns(o, copy);
  return copy;
}

/* --- rewriting --- */

static STATUS rewrite_body(struct opt *o, struct vonk_relation_shared *shared, opt_rewriter *fn, void *object, struct vonk_relation **out) {
  struct vonk_str key = {(const char *)&shared->body, sizeof shared->body};
  struct vonk_relation *body = vonk_map_get(&o->bodies, key);
  if (!body) {
    TRY(fn(o, object, shared->body, &body));
    vonk_map_put(&o->bodies, key, body);
  }
  *out = &shared->relation;
  if (body == shared->body) return VONK_OK;
  ASSERT(body->column_count == shared->relation.column_count);
  struct vonk_relation_shared *copy = RELATION_AS(clone(o, &shared->relation), shared);
  copy->body = body;
  *out = &copy->relation;
  return VONK_OK;
}

STATUS opt_rewrite_inputs(struct opt *o, struct vonk_relation *in, opt_rewriter *fn, void *object, struct vonk_relation **out) {
  uint32_t count;
  struct vonk_relation **inputs = opt_inputs(in, &count), **changed = NULL;
  *out = in;
  if (RELATION_IS(in, shared)) return rewrite_body(o, RELATION_AS(in, shared), fn, object, out);
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_relation *input;
    TRY(fn(o, object, inputs[i], &input));
    if (input == inputs[i]) continue;
    if (!changed) changed = vonk_arena_copy(o->arena, inputs, count * sizeof *changed);
    changed[i] = input;
  }
  if (changed) *out = opt_with_inputs(o, in, changed);
  return VONK_OK;
}

struct bottom_up {
  opt_rewriter *fn;
  void *object;
};

static STATUS rewrite_below(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  struct bottom_up *rewrite = object;
  TRY(opt_rewrite_inputs(o, in, rewrite_below, object, &in));
  return rewrite->fn(o, rewrite->object, in, out);
}

STATUS opt_rewrite(struct opt *o, struct vonk_relation *in, opt_rewriter *fn, void *object, struct vonk_relation **out) {
  struct bottom_up rewrite = {fn, object};
  return rewrite_below(o, &rewrite, in, out);
}

static void *member(const struct vonk_relation *relation, const struct vonk_field *field) {
  return (char *)(uintptr_t)relation + field->offset;
}

void opt_each_expr(const struct vonk_relation *relation, opt_expr_visitor *visit, void *object) {
  const struct vonk_node_type *type = relation->node.type;
  for (uint32_t f = 0; f < type->field_count; f++) {
    if (type->fields[f].kind == VONK_KIND_NODE) {
      struct vonk_node *child = *(struct vonk_node **)member(relation, &type->fields[f]);
      if (child && child->type->node_class == VONK_CLASS_EXPR) visit(object, (struct vonk_expr *)(void *)child);
    } else if (type->fields[f].kind == VONK_KIND_NODES) {
      struct vonk_nodes *list = member(relation, &type->fields[f]);
      for (uint32_t i = 0; i < list->count && list->items[i]->type->node_class == VONK_CLASS_EXPR; i++) {
        visit(object, (struct vonk_expr *)(void *)list->items[i]);
      }
    }
  }
}

static STATUS map_list(struct opt *o, struct vonk_nodes list, opt_expr_rewriter *fn, void *object, struct vonk_node ***items) {
  *items = NULL;
  for (uint32_t i = 0; i < list.count && list.items[i]->type->node_class == VONK_CLASS_EXPR; i++) {
    struct vonk_expr *expr = (struct vonk_expr *)(void *)list.items[i], *changed;
    TRY(fn(o, object, expr, &changed));
    if (changed == expr) continue;
    if (!*items) *items = vonk_arena_copy(o->arena, list.items, list.count * sizeof **items);
    (*items)[i] = &changed->node;
  }
  return VONK_OK;
}

STATUS opt_map_exprs(struct opt *o, struct vonk_relation *in, opt_expr_rewriter *fn, void *object, struct vonk_relation **out) {
  const struct vonk_node_type *type = in->node.type;
  struct vonk_relation *copy = NULL;
  for (uint32_t f = 0; f < type->field_count; f++) {
    const struct vonk_field *field = &type->fields[f];
    if (field->kind == VONK_KIND_NODES) {
      struct vonk_node **items;
      TRY(map_list(o, *(struct vonk_nodes *)member(in, field), fn, object, &items));
      if (!items) continue;
      if (!copy) copy = clone(o, in);
      ((struct vonk_nodes *)member(copy, field))->items = items;
    } else if (field->kind == VONK_KIND_NODE) {
      struct vonk_node *child = *(struct vonk_node **)member(in, field);
      struct vonk_expr *changed;
      if (!child || child->type->node_class != VONK_CLASS_EXPR) continue;
      TRY(fn(o, object, (struct vonk_expr *)(void *)child, &changed));
      if (&changed->node == child) continue;
      if (!copy) copy = clone(o, in);
      *(struct vonk_node **)member(copy, field) = &changed->node;
    }
  }
  *out = copy ? copy : in;
  return VONK_OK;
}

/* --- building --- */

struct vonk_relation *opt_select(struct opt *o, struct vonk_relation *input, struct vonk_exprs conjuncts) {
  if (!conjuncts.count) return input;
  struct vonk_relation_select *below = RELATION_AS(input, select);
  struct vonk_relation_select *select = RELATION_NEW(o->arena, select, NULL);
  opt_expr_list all = {0};
  if (below) opt_add_all(o, &all, below->conjuncts);
  opt_add_all(o, &all, conjuncts);
  select->input = below ? below->input : input;
  select->conjuncts = opt_exprs_of(&all);
  opt_take_columns(o, &select->relation);
  return &select->relation;
}

struct vonk_relation *opt_project(struct opt *o, struct vonk_relation *input, const struct vonk_plan_column *columns, struct vonk_exprs exprs) {
  struct vonk_relation_project *project = RELATION_NEW(o->arena, project, NULL);
  project->input = input;
  project->expressions = exprs;
  project->relation.columns = columns;
  project->relation.column_count = exprs.count;
  return &project->relation;
}

struct vonk_relation *opt_project_columns(struct opt *o, struct vonk_relation *input, const struct vonk_plan_column *columns, uint32_t count) {
  bool same = count == input->column_count;
  for (uint32_t i = 0; i < count && same; i++) same = input->columns[i].id == columns[i].id;
  if (same) return input;
  struct vonk_exprs exprs = {ARENA_ARRAY(o->arena, struct vonk_expr *, count), count};
  struct vonk_plan_column *own = vonk_arena_copy(o->arena, columns, count * sizeof *own);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_plan_column *from = opt_column(input, columns[i].id);
    ASSERT(from);
    exprs.items[i] = opt_reference(o, from);
    own[i].nullable = from->nullable;
  }
  return opt_project(o, input, own, exprs);
}

struct vonk_relation *opt_no_rows(struct opt *o, const struct vonk_relation *like) {
  struct vonk_relation_rows *rows = RELATION_NEW(o->arena, rows, NULL);
  rows->relation.columns = like->columns;
  rows->relation.column_count = like->column_count;
  return &rows->relation;
}

struct vonk_relation_join_on *opt_join(struct opt *o, struct vonk_relation *left, struct vonk_relation *right, enum vonk_join_type type) {
  struct vonk_relation_join_on *join = RELATION_NEW(o->arena, join_on, NULL);
  join->left = left;
  join->right = right;
  join->join_type = type;
  opt_take_columns(o, &join->relation);
  return join;
}

struct vonk_relation *opt_group(struct opt *o, struct vonk_relation *input, struct vonk_exprs keys, struct vonk_exprs aggregates,
                                const struct vonk_plan_column *columns) {
  struct vonk_relation_group *group = RELATION_NEW(o->arena, group, NULL);
  group->input = input;
  group->keys = keys;
  group->aggregates = aggregates;
  group->relation.columns = columns;
  group->relation.column_count = keys.count + aggregates.count;
  return &group->relation;
}

struct vonk_relation *opt_shared(struct opt *o, struct vonk_relation *body, uint64_t shared_id, const struct vonk_plan_column *columns) {
  struct vonk_relation_shared *shared = RELATION_NEW(o->arena, shared, NULL);
  shared->body = body;
  shared->shared_id = shared_id;
  shared->relation.columns = columns;
  shared->relation.column_count = body->column_count;
  return &shared->relation;
}

/* --- copying with new ids --- */

struct plan_copy {
  struct opt_mappings mappings;
};

static void renew(struct opt *o, struct plan_copy *copy, struct vonk_plan_column *column) {
  for (size_t i = 0; i < copy->mappings.count; i++) {
    if (copy->mappings.items[i].from != column->id) continue;
    column->id = EXPR_AS(copy->mappings.items[i].to, column)->id;
    return;
  }
  uint64_t old = column->id;
  column->id = opt_new_id(o);
  opt_map_add(o, &copy->mappings, old, opt_reference(o, column));
}

static STATUS copy_node(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  struct plan_copy *copy = object;
  struct vonk_relation *relation = in;
  if (!RELATION_IS(in, shared)) TRY(opt_rewrite_inputs(o, in, copy_node, object, &relation));
  if (relation == in) relation = clone(o, in);
  /* Columns of inputs already have new ids where they pass through: start from the old ones. */
  struct vonk_plan_column *columns = vonk_arena_copy(o->arena, in->columns, in->column_count * sizeof *columns);
  for (uint32_t i = 0; i < in->column_count; i++) renew(o, copy, &columns[i]);
  relation->columns = columns;
  relation->column_count = in->column_count;
  relation = opt_substitute_relation(o, relation, &copy->mappings);
  struct vonk_relation_join_on *join = RELATION_AS(relation, join_on);
  struct vonk_relation_unique *unique = RELATION_AS(relation, unique);
  if (join && join->join_type == VONK_JOIN_MARK) join->mark_id = columns[in->column_count - 1].id;
  if (unique && unique->by.count) {
    uint64_t *by = vonk_arena_copy(o->arena, unique->by.items, unique->by.count * sizeof *by);
    for (uint32_t i = 0; i < unique->by.count; i++) {
      for (uint32_t c = 0; c < in->column_count; c++) {
        if (in->columns[c].id == by[i]) {
          by[i] = columns[c].id;
          break;
        }
      }
    }
    unique->by.items = by;
  }
  *out = relation;
  return VONK_OK;
}

struct vonk_relation *opt_copy_plan(struct opt *o, const struct vonk_relation *relation) {
  struct plan_copy copy = {0};
  struct vonk_relation *out;
  if (copy_node(o, &copy, (struct vonk_relation *)(uintptr_t)relation, &out) != VONK_OK) ASSERT(!"copies cannot fail");
  return out;
}

struct vonk_relation *opt_inline_shared(struct opt *o, const struct vonk_relation_shared *shared) {
  struct vonk_relation *body = opt_copy_plan(o, shared->body);
  uint32_t count = body->column_count;
  struct vonk_exprs exprs = {ARENA_ARRAY(o->arena, struct vonk_expr *, count), count};
  for (uint32_t i = 0; i < count; i++) exprs.items[i] = opt_reference(o, &body->columns[i]);
  return opt_project(o, body, shared->relation.columns, exprs);
}

/* --- bounds --- */

uint64_t opt_max_rows(const struct vonk_relation *relation) {
  const struct vonk_relation_group *group = RELATION_AS(relation, group);
  if (group && !group->keys.count) return 1;
  const struct vonk_relation_rows *rows = RELATION_AS(relation, rows);
  if (rows && !rows->batches) return rows->rows.count;
  const struct vonk_relation_slice *slice = RELATION_AS(relation, slice);
  const struct vonk_relation_order *order = RELATION_AS(relation, order);
  uint64_t limit = UINT64_MAX;
  if (slice && slice->limit >= 0) limit = (uint64_t)slice->limit;
  if (order && order->limit >= 0) limit = (uint64_t)order->limit;
  bool keeps = slice || order || RELATION_IS(relation, project) || RELATION_IS(relation, select) || RELATION_IS(relation, window_of) ||
               RELATION_IS(relation, partition) || RELATION_IS(relation, unique) || RELATION_IS(relation, group);
  if (!keeps) return limit;
  uint64_t below = opt_max_rows(((const struct two_inputs *)(const void *)relation)->first);
  return below < limit ? below : limit;
}
