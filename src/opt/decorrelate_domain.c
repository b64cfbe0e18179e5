/* decorrelate_domain.c: the general way: the domain of outer values is joined in at the leaves and carried up.
 *
 * push(relation) gives a relation with the same columns and one more for each outer column, its values beside the rows that
 * belong to them. `carried` says which columns those are.
 */
#include "opt/decorrelate_internal.h"

struct domain {
  struct opt *o;
  struct opt_set free;
  struct vonk_plan_column *columns;  /* the outer columns, COUNT of them */
  uint32_t count;
  struct vonk_relation *body;        /* their distinct values */
  uint64_t shared_id;
};

/* Where the domain's columns are in a relation: parallel to domain.columns. */
struct carried {
  struct vonk_plan_column *columns;
};

static STATUS push(struct domain *d, struct vonk_relation *in, struct vonk_relation **out, struct carried *carried);

static struct vonk_plan_column *fresh(struct domain *d, const struct vonk_plan_column *like) {
  struct vonk_plan_column *columns = vonk_arena_copy(d->o->arena, like, d->count * sizeof *columns);
  for (uint32_t i = 0; i < d->count; i++) columns[i].id = opt_new_id(d->o);
  return columns;
}

static struct vonk_relation *read_domain(struct domain *d, struct carried *carried) {
  carried->columns = fresh(d, d->columns);
  return opt_shared(d->o, d->body, d->shared_id, carried->columns);
}

static struct opt_mappings mappings_of(struct domain *d, const struct carried *carried) {
  struct opt_mappings mappings = {0};
  for (uint32_t i = 0; i < d->count; i++) opt_map_add(d->o, &mappings, d->columns[i].id, opt_reference(d->o, &carried->columns[i]));
  return mappings;
}

/* FIRST, then references to (or the columns of) what is carried. */
static struct vonk_exprs with_references(struct domain *d, struct vonk_exprs first, const struct carried *carried) {
  struct vonk_exprs all = {ARENA_ARRAY(d->o->arena, struct vonk_expr *, first.count + d->count), first.count + d->count};
  if (first.count) memcpy(all.items, first.items, first.count * sizeof *all.items);
  for (uint32_t i = 0; i < d->count; i++) all.items[first.count + i] = opt_reference(d->o, &carried->columns[i]);
  return all;
}

static const struct vonk_plan_column *with_columns(struct domain *d, const struct vonk_plan_column *first, uint32_t count, const struct carried *carried) {
  struct vonk_plan_column *all = ARENA_ARRAY(d->o->arena, struct vonk_plan_column, count + d->count);
  if (count) memcpy(all, first, count * sizeof *all);
  memcpy(all + count, carried->columns, d->count * sizeof *all);
  return all;
}

static STATUS push_cross(struct domain *d, struct vonk_relation *in, struct vonk_relation **out, struct carried *carried) {
  struct vonk_relation *values = read_domain(d, carried);
  *out = &opt_join(d->o, in, values, VONK_JOIN_CROSS)->relation;
  return VONK_OK;
}

static STATUS push_project(struct domain *d, struct vonk_relation_project *project, struct vonk_relation **out, struct carried *carried) {
  struct vonk_relation *input;
  TRY(push(d, project->input, &input, carried));
  struct opt_mappings mappings = mappings_of(d, carried);
  struct vonk_relation_project *own = RELATION_AS(opt_substitute_relation(d->o, &project->relation, &mappings), project);
  *out = opt_project(d->o, input, with_columns(d, own->relation.columns, own->relation.column_count, carried), with_references(d, own->expressions, carried));
  return VONK_OK;
}

/* One row for each value of the domain, also where GROUPED (without keys of its own) had no input. */
static STATUS add_empty_groups(struct domain *d, const struct vonk_relation_group *group, struct vonk_relation *grouped, struct vonk_relation **out,
                               struct carried *carried) {
  struct carried all;
  struct vonk_relation *values = read_domain(d, &all);
  struct vonk_relation_join_on *join = opt_join(d->o, values, grouped, VONK_JOIN_LEFT);
  uint32_t count = group->aggregates.count;
  struct vonk_plan_column *columns = ARENA_ARRAY(d->o->arena, struct vonk_plan_column, count);
  struct vonk_exprs exprs = {ARENA_ARRAY(d->o->arena, struct vonk_expr *, count), count};
  for (uint32_t i = 0; i < d->count; i++) {
    opt_join_add_keys(d->o, join, opt_reference(d->o, &all.columns[i]), opt_reference(d->o, &carried->columns[i]), true);
  }
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_expr *empty = opt_empty_value(d->o, group->aggregates.items[i]);
    const struct vonk_plan_column *column = &group->relation.columns[i];
    if (!empty) return vonk_unsupported(d->o->task, group->aggregates.items[i]->node.origin, "this aggregate in a correlated subquery");
    columns[i] = *column;
    exprs.items[i] = opt_reference(d->o, opt_column(&join->relation, grouped->columns[d->count + i].id));
    if (!empty->nullable) exprs.items[i] = opt_call(d->o, "coalesce", empty->type, false, 2, exprs.items[i], empty);
  }
  *carried = all;
  *out = opt_project(d->o, &join->relation, with_columns(d, columns, count, carried), with_references(d, exprs, carried));
  return VONK_OK;
}

static STATUS push_group(struct domain *d, struct vonk_relation_group *group, struct vonk_relation **out, struct carried *carried) {
  struct vonk_relation *input;
  uint32_t keys = group->keys.count, count = group->aggregates.count;
  TRY(push(d, group->input, &input, carried));
  struct opt_mappings mappings = mappings_of(d, carried);
  struct vonk_relation_group *own = RELATION_AS(opt_substitute_relation(d->o, &group->relation, &mappings), group);
  struct carried after = {fresh(d, carried->columns)};
  struct vonk_plan_column *columns = ARENA_ARRAY(d->o->arena, struct vonk_plan_column, keys + d->count + count);
  memcpy(columns, with_columns(d, own->relation.columns, keys, &after), (keys + d->count) * sizeof *columns);
  for (uint32_t i = 0; i < count; i++) {
    columns[keys + d->count + i] = own->relation.columns[keys + i];
    if (!keys) columns[d->count + i].id = opt_new_id(d->o); /* the old ones are for add_empty_groups */
  }
  *out = opt_group(d->o, input, with_references(d, own->keys, carried), own->aggregates, columns);
  *carried = after;
  return keys ? VONK_OK : add_empty_groups(d, group, *out, out, carried);
}

static STATUS push_join(struct domain *d, struct vonk_relation_join_on *join, struct vonk_relation **out, struct carried *carried) {
  int32_t type = join->join_type;
  bool inner = type == VONK_JOIN_INNER || type == VONK_JOIN_CROSS;
  bool left = opt_is_correlated(d->o, d->free, &join->left->node), right = opt_is_correlated(d->o, d->free, &join->right->node);
  bool own = opt_own_exprs_correlated(d->o, d->free, &join->relation);
  struct carried at_left = {NULL}, at_right = {NULL};
  struct vonk_relation *inputs[2] = {join->left, join->right};
  if (!left && !(inner && right)) left = !(type == VONK_JOIN_RIGHT && !own);
  if (type == VONK_JOIN_RIGHT || type == VONK_JOIN_FULL) right = true;
  if (type == VONK_JOIN_FULL) left = true;
  if (left) TRY(push(d, join->left, &inputs[0], &at_left));
  if (right) TRY(push(d, join->right, &inputs[1], &at_right));
  bool from_right = type == VONK_JOIN_RIGHT || !left;
  *carried = from_right ? at_right : at_left;
  struct opt_mappings mappings = mappings_of(d, carried);
  struct vonk_relation_join_on *pushed =
      RELATION_AS(opt_with_inputs(d->o, opt_substitute_relation(d->o, &join->relation, &mappings), inputs), join_on);
  if (type == VONK_JOIN_CROSS) pushed->join_type = VONK_JOIN_INNER;
  for (uint32_t i = 0; i < d->count && left && right; i++) {
    opt_join_add_keys(d->o, pushed, opt_reference(d->o, &at_left.columns[i]), opt_reference(d->o, &at_right.columns[i]), true);
  }
  *out = &pushed->relation;
  if (type != VONK_JOIN_FULL) return VONK_OK;
  /* Either side may be the null one. */
  struct carried both = {fresh(d, at_left.columns)};
  struct vonk_exprs exprs = {ARENA_ARRAY(d->o->arena, struct vonk_expr *, join->relation.column_count + d->count), join->relation.column_count + d->count};
  for (uint32_t i = 0; i < join->relation.column_count; i++) exprs.items[i] = opt_reference(d->o, &join->relation.columns[i]);
  for (uint32_t i = 0; i < d->count; i++) {
    struct vonk_expr *a = opt_reference(d->o, &at_left.columns[i]), *b = opt_reference(d->o, &at_right.columns[i]);
    exprs.items[join->relation.column_count + i] = opt_call(d->o, "coalesce", a->type, true, 2, a, b);
  }
  *carried = both;
  *out = opt_project(d->o, *out, with_columns(d, join->relation.columns, join->relation.column_count, carried), exprs);
  return VONK_OK;
}

/* LIMIT and OFFSET count within each value of the domain: row_number() and a filter. */
static STATUS push_limit(struct domain *d, struct vonk_relation *input, struct vonk_exprs order, int64_t offset, int64_t limit,
                         struct vonk_relation **out, struct carried *carried) {
  struct opt *o = d->o;
  struct vonk_expr_window_call *window = EXPR_NEW(o->arena, window_call, NULL);
  window->function = opt_call(o, "row_number", &vonk_type_int, false, 0);
  window->partition = with_references(d, (struct vonk_exprs){NULL, 0}, carried);
  window->order = order;
  window->frame_unit = VONK_FRAME_ROWS;
  window->lower = VONK_BOUND_UNBOUNDED;
  window->upper = VONK_BOUND_CURRENT;
  window->expr.type = &vonk_type_int;
  window->expr.physical = window->function->physical;
  window->expr.deterministic = true;
  struct vonk_relation_window_of *numbered = RELATION_NEW(o->arena, window_of, NULL);
  struct vonk_plan_column *number = ARENA_NEW(o->arena, struct vonk_plan_column);
  *number = opt_new_column(o, STR("row_number"), &window->expr);
  numbered->input = input;
  numbered->calls = (struct vonk_exprs){ARENA_NEW(o->arena, struct vonk_expr *), 1};
  numbered->calls.items[0] = &window->expr;
  numbered->relation.columns = number;
  numbered->relation.column_count = 1;
  opt_take_columns(o, &numbered->relation);
  opt_expr_list conjuncts = {0};
  if (offset > 0) {
    *ARRAY_PUSH(o->arena, &conjuncts) = opt_call(o, ">", &vonk_type_boolean, false, 2, opt_reference(o, number), opt_long(o, offset, &vonk_type_int));
  }
  if (limit >= 0) {
    int64_t last = limit > INT32_MAX - offset ? INT32_MAX : limit + offset;
    *ARRAY_PUSH(o->arena, &conjuncts) = opt_call(o, "<=", &vonk_type_boolean, false, 2, opt_reference(o, number), opt_long(o, last, &vonk_type_int));
  }
  *out = opt_select(o, &numbered->relation, opt_exprs_of(&conjuncts));
  return VONK_OK;
}

static STATUS push_slice(struct domain *d, struct vonk_relation_slice *slice, struct vonk_relation **out, struct carried *carried) {
  struct vonk_relation_order *order = RELATION_AS(slice->input, order);
  struct vonk_relation *input = slice->input;
  struct vonk_exprs by = {NULL, 0};
  if (slice->from_end) return vonk_unsupported(d->o->task, slice->relation.node.origin, "tail in a correlated subquery");
  if (order && order->limit < 0 && !order->offset) input = order->input;
  TRY(push(d, input, &input, carried));
  struct opt_mappings mappings = mappings_of(d, carried);
  if (order && order->limit < 0 && !order->offset) by = RELATION_AS(opt_substitute_relation(d->o, &order->relation, &mappings), order)->order;
  return push_limit(d, input, by, slice->offset, slice->limit, out, carried);
}

static STATUS push_order(struct domain *d, struct vonk_relation_order *order, struct vonk_relation **out, struct carried *carried) {
  struct vonk_relation *input;
  TRY(push(d, order->input, &input, carried));
  struct opt_mappings mappings = mappings_of(d, carried);
  struct vonk_relation_order *own = RELATION_AS(opt_substitute_relation(d->o, &order->relation, &mappings), order);
  if (order->limit >= 0 || order->offset) return push_limit(d, input, own->order, order->offset, order->limit, out, carried);
  *out = input;
  return VONK_OK;
}

static STATUS push_window(struct domain *d, struct vonk_relation_window_of *window, struct vonk_relation **out, struct carried *carried) {
  struct vonk_relation *input;
  TRY(push(d, window->input, &input, carried));
  struct opt_mappings mappings = mappings_of(d, carried);
  struct vonk_relation_window_of *own =
      RELATION_AS(opt_with_inputs(d->o, opt_substitute_relation(d->o, &window->relation, &mappings), &input), window_of);
  struct vonk_expr **calls = ARENA_ARRAY(d->o->arena, struct vonk_expr *, own->calls.count);
  for (uint32_t i = 0; i < own->calls.count; i++) {
    struct vonk_expr_window_call *call = EXPR_AS(vonk_node_clone(d->o->arena, &own->calls.items[i]->node), window_call);
    call->partition = with_references(d, call->partition, carried);
    calls[i] = &call->expr;
  }
  own->calls.items = calls;
  *out = &own->relation;
  return VONK_OK;
}

/* Both inputs (or all of a union) with what they carry at the end. */
static STATUS push_aligned(struct domain *d, struct vonk_relation *in, struct vonk_relation **out, struct carried *carried) {
  uint32_t count;
  struct vonk_relation **inputs = opt_inputs(in, &count);
  struct vonk_relation **pushed = ARENA_ARRAY(d->o->arena, struct vonk_relation *, count);
  for (uint32_t i = 0; i < count; i++) {
    struct carried own;
    TRY(push(d, inputs[i], &pushed[i], &own));
    pushed[i] = opt_project_columns(d->o, pushed[i], with_columns(d, inputs[i]->columns, inputs[i]->column_count, &own), inputs[i]->column_count + d->count);
    if (i == 0) *carried = own;
  }
  struct carried after = {fresh(d, carried->columns)};
  *out = opt_with_inputs(d->o, in, pushed);
  (*out)->columns = with_columns(d, in->columns, in->column_count, &after);
  (*out)->column_count = in->column_count + d->count;
  *carried = after;
  return VONK_OK;
}

/* Relations whose own columns are listed: what is carried joins the list. */
static STATUS push_generate(struct domain *d, struct vonk_relation_generate *generate, struct vonk_relation **out, struct carried *carried) {
  struct vonk_relation *input;
  TRY(push(d, generate->input, &input, carried));
  struct opt_mappings mappings = mappings_of(d, carried);
  *out = opt_with_inputs(d->o, opt_substitute_relation(d->o, &generate->relation, &mappings), &input);
  uint32_t count = generate->relation.column_count;
  struct vonk_plan_column *columns = ARENA_ARRAY(d->o->arena, struct vonk_plan_column, count + d->count);
  uint32_t n = 0, i = 0;
  while (i < count && opt_column(generate->input, generate->relation.columns[i].id)) columns[n++] = generate->relation.columns[i++];
  for (uint32_t c = 0; c < d->count; c++) columns[n++] = carried->columns[c];
  while (i < count) columns[n++] = generate->relation.columns[i++];
  (*out)->columns = columns;
  (*out)->column_count = n;
  return VONK_OK;
}

static STATUS push_expand(struct domain *d, struct vonk_relation_expand *expand, struct vonk_relation **out, struct carried *carried) {
  struct vonk_relation *input;
  TRY(push(d, expand->input, &input, carried));
  struct opt_mappings mappings = mappings_of(d, carried);
  struct vonk_relation_expand *own = RELATION_AS(opt_with_inputs(d->o, opt_substitute_relation(d->o, &expand->relation, &mappings), &input), expand);
  struct vonk_node **rows = ARENA_ARRAY(d->o->arena, struct vonk_node *, own->projections.count);
  for (uint32_t i = 0; i < own->projections.count; i++) {
    struct vonk_expr_call *row = EXPR_AS(vonk_node_clone(d->o->arena, own->projections.items[i]), call);
    row->arguments = with_references(d, row->arguments, carried);
    rows[i] = &row->expr.node;
  }
  struct carried after = {fresh(d, carried->columns)};
  own->projections.items = rows;
  own->relation.columns = with_columns(d, expand->relation.columns, expand->relation.column_count, &after);
  own->relation.column_count = expand->relation.column_count + d->count;
  *carried = after;
  *out = &own->relation;
  return VONK_OK;
}

static STATUS push_unique(struct domain *d, struct vonk_relation_unique *unique, struct vonk_relation **out, struct carried *carried) {
  struct vonk_relation *input;
  TRY(push(d, unique->input, &input, carried));
  struct vonk_relation_unique *own = RELATION_AS(opt_with_inputs(d->o, &unique->relation, &input), unique);
  uint32_t count = own->by.count;
  *out = &own->relation;
  if (!count) return VONK_OK;
  uint64_t *by = ARENA_ARRAY(d->o->arena, uint64_t, count + d->count);
  memcpy(by, own->by.items, count * sizeof *by);
  for (uint32_t i = 0; i < d->count; i++) by[count + i] = carried->columns[i].id;
  own->by = (struct vonk_ids){by, count + d->count};
  return VONK_OK;
}

/* select, sample, partition: nothing but other inputs and expressions. */
static STATUS push_through(struct domain *d, struct vonk_relation *in, struct vonk_relation **out, struct carried *carried) {
  uint32_t count;
  struct vonk_relation *input = opt_inputs(in, &count)[0];
  TRY(push(d, input, &input, carried));
  struct opt_mappings mappings = mappings_of(d, carried);
  *out = opt_with_inputs(d->o, opt_substitute_relation(d->o, in, &mappings), &input);
  return VONK_OK;
}

static STATUS push(struct domain *d, struct vonk_relation *in, struct vonk_relation **out, struct carried *carried) {
  TRY(vonk_task_check(d->o->task));
  if (!opt_is_correlated(d->o, d->free, &in->node)) return push_cross(d, in, out, carried);
  if (RELATION_IS(in, project)) return push_project(d, RELATION_AS(in, project), out, carried);
  if (RELATION_IS(in, group)) return push_group(d, RELATION_AS(in, group), out, carried);
  if (RELATION_IS(in, join_on)) return push_join(d, RELATION_AS(in, join_on), out, carried);
  if (RELATION_IS(in, slice)) return push_slice(d, RELATION_AS(in, slice), out, carried);
  if (RELATION_IS(in, order)) return push_order(d, RELATION_AS(in, order), out, carried);
  if (RELATION_IS(in, window_of)) return push_window(d, RELATION_AS(in, window_of), out, carried);
  if (RELATION_IS(in, union_all) || RELATION_IS(in, set_of)) return push_aligned(d, in, out, carried);
  if (RELATION_IS(in, generate)) return push_generate(d, RELATION_AS(in, generate), out, carried);
  if (RELATION_IS(in, expand)) return push_expand(d, RELATION_AS(in, expand), out, carried);
  if (RELATION_IS(in, unique)) return push_unique(d, RELATION_AS(in, unique), out, carried);
  if (RELATION_IS(in, shared)) return push(d, opt_inline_shared(d->o, RELATION_AS(in, shared)), out, carried);
  if (RELATION_IS(in, rows)) { /* VALUES with outer columns: not written by the binder */
    return vonk_unsupported(d->o->task, in->node.origin, "VALUES that refer to an outer query");
  }
  if (RELATION_IS(in, recursion)) return vonk_unsupported(d->o->task, in->node.origin, "a recursive query that refers to an outer query");
  return push_through(d, in, out, carried);
}

/* The outer plan is read twice from now on: for the join, and for the domain. */
static void make_domain(struct domain *d, struct opt_decorrelated *out) {
  struct opt *o = d->o;
  struct vonk_relation *outer = out->outer;
  uint64_t shared_id = opt_new_id(o);
  struct vonk_plan_column *copies = vonk_arena_copy(o->arena, outer->columns, outer->column_count * sizeof *copies);
  struct vonk_exprs keys = {ARENA_ARRAY(o->arena, struct vonk_expr *, outer->column_count), 0};
  d->columns = ARENA_ARRAY(o->arena, struct vonk_plan_column, outer->column_count);
  for (uint32_t i = 0; i < outer->column_count; i++) {
    copies[i].id = opt_new_id(o);
    if (!opt_set_has(d->free, outer->columns[i].id)) continue;
    d->columns[d->count++] = outer->columns[i];
    keys.items[keys.count++] = opt_reference(o, &copies[i]);
  }
  d->body = opt_group(o, opt_shared(o, outer, shared_id, copies), keys, (struct vonk_exprs){NULL, 0}, fresh(d, d->columns));
  d->shared_id = opt_new_id(o);
  out->outer = opt_shared(o, outer, shared_id, outer->columns);
}

/* Values that cannot be compared make no domain. */
static STATUS check_types(struct domain *d, const struct vonk_relation *outer, const struct vonk_relation *relation) {
  for (uint32_t i = 0; i < outer->column_count; i++) {
    if (!opt_set_has(d->free, outer->columns[i].id) || vonk_type_is_orderable(outer->columns[i].type)) continue;
    struct vonk_str type = vonk_type_sql(d->o->arena, outer->columns[i].type);
    return vonk_raise(d->o->task, VONK_UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY__UNSUPPORTED_CORRELATED_REFERENCE_DATA_TYPE, relation->node.origin, "expr",
                      outer->columns[i].name, "dataType", type, NULL);
  }
  return VONK_OK;
}

STATUS opt_decorrelate_by_domain(struct opt *o, struct vonk_relation *relation, struct opt_decorrelated *out) {
  struct domain d = {.o = o, .free = opt_free_columns(o, out->outer, relation)};
  struct carried carried;
  TRY(check_types(&d, out->outer, relation));
  make_domain(&d, out);
  out->conjuncts = (opt_expr_list){0};
  TRY(push(&d, relation, &out->relation, &carried));
  for (uint32_t i = 0; i < d.count; i++) {
    struct vonk_expr *a = opt_reference(o, &d.columns[i]), *b = opt_reference(o, &carried.columns[i]);
    *ARRAY_PUSH(o->arena, &out->conjuncts) = opt_call(o, "<=>", &vonk_type_boolean, false, 2, a, b);
  }
  const struct vonk_relation_group *group = RELATION_AS(relation, group);
  const struct vonk_relation *below = relation;
  while (RELATION_IS(below, project)) below = RELATION_AS(below, project)->input;
  group = RELATION_AS(below, group);
  out->one_per_outer = group && !group->keys.count;
  return VONK_OK;
}
