/* session_group.c: GROUP BY with a session among its keys: sessions of the other keys' groups that meet are one.
 *
 * A window function over the rows of each group, by the starts of their own sessions, tells where the session of a row begins
 * (session_start); that start is the key, and the latest end among the rows is the end. So sessions are sorted, spilled and dealt
 * to threads as window functions are.
 */
#include "bind/binder_internal.h"

static struct vonk_exprs exprs_of(struct binder *b, uint32_t count) { return (struct vonk_exprs){ARENA_ARRAY(b->arena, struct vonk_expr *, count), count}; }

/* session_start(START, END) OVER (PARTITION BY the other keys ORDER BY START ROWS UNBOUNDED PRECEDING) */
static STATUS make_call(struct binder *b, const struct vonk_relation_group *group, uint32_t index, struct vonk_expr *start, struct vonk_expr *end, struct vonk_expr **out) {
  const struct vonk_origin *origin = group->relation.node.origin;
  struct vonk_expr_window_call *call = EXPR_NEW(b->arena, window_call, origin);
  struct vonk_expr_sort_order *order = EXPR_NEW(b->arena, sort_order, origin);
  order->child = start;
  order->expr.type = start->type;
  order->expr.deterministic = true;
  TRY(bind_call(b, "session_start", origin, &call->function, 2, start, end));
  call->partition = exprs_of(b, group->keys.count - 1);
  for (uint32_t i = 0, n = 0; i < group->keys.count; i++) {
    if (i != index) call->partition.items[n++] = group->keys.items[i];
  }
  call->order = exprs_of(b, 1);
  call->order.items[0] = &order->expr;
  call->frame_unit = VONK_FRAME_ROWS;
  call->lower = VONK_BOUND_UNBOUNDED;
  call->upper = VONK_BOUND_CURRENT;
  call->expr.type = start->type;
  call->expr.nullable = true;
  call->expr.deterministic = true;
  call->expr.physical = call->function->physical;
  *out = &call->expr;
  return VONK_OK;
}

/* The input with the start of each row's session behind its columns. */
static STATUS add_starts(struct binder *b, struct vonk_relation_group *group, uint32_t index, struct vonk_expr *start, struct vonk_expr *end) {
  struct vonk_relation *input = group->input;
  struct vonk_relation_window_of *of = RELATION_NEW(b->arena, window_of, group->relation.node.origin);
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, input->column_count + 1);
  memcpy(columns, input->columns, input->column_count * sizeof *columns);
  columns[input->column_count] = (struct vonk_plan_column){.id = bind_new_id(b), .name = STR("_session_start"), .type = start->type, .nullable = true, .hidden = true};
  of->input = input;
  of->calls = exprs_of(b, 1);
  of->relation.columns = columns;
  of->relation.column_count = input->column_count + 1;
  group->input = &of->relation;
  return make_call(b, group, index, start, end, &of->calls.items[0]);
}

/* COLUMNS of GROUPED, whose last key is the start of the session and whose last column is its end; the session is that at INDEX. */
static STATUS put_session(struct binder *b, struct vonk_relation *grouped, const struct vonk_plan_column *columns, uint32_t index, uint32_t key_count, struct vonk_relation **out) {
  uint32_t count = grouped->column_count - 1;
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, count);
  for (uint32_t i = 0; i < count; i++) {
    if (i != index) exprs[i] = bind_reference(b, &grouped->columns[i > index && i < key_count ? i - 1 : i], NULL);
  }
  struct vonk_expr *start = bind_reference(b, &grouped->columns[key_count - 1], NULL), *end = bind_reference(b, &grouped->columns[count], NULL);
  TRY(bind_window_value(b, columns[index].type, start, end, &exprs[index]));
  exprs[index]->nullable = columns[index].nullable;
  *out = bind_project(b, grouped, columns, exprs, count, grouped->node.origin);
  return VONK_OK;
}

/* The key at INDEX goes, START comes behind the others, END behind all. Spark sorts in this order. */
static void replace_key(struct binder *b, struct vonk_relation_group *group, uint32_t index, struct vonk_expr *start, struct vonk_expr *end) {
  uint32_t count = group->relation.column_count, key_count = group->keys.count;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, count + 1);
  struct vonk_exprs keys = exprs_of(b, key_count), aggregates = exprs_of(b, group->aggregates.count + 1);
  for (uint32_t i = 0, n = 0; i < key_count; i++) {
    if (i == index) continue;
    columns[n] = group->relation.columns[i];
    keys.items[n++] = group->keys.items[i];
  }
  keys.items[key_count - 1] = start;
  columns[key_count - 1] = (struct vonk_plan_column){.id = bind_new_id(b), .name = STR("_session_start"), .type = start->type, .nullable = true};
  for (uint32_t i = 0; i < group->aggregates.count; i++) {
    aggregates.items[i] = group->aggregates.items[i];
    columns[key_count + i] = group->relation.columns[key_count + i];
  }
  aggregates.items[aggregates.count - 1] = end;
  columns[count] = (struct vonk_plan_column){.id = bind_new_id(b), .name = STR("_session_end"), .type = end->type, .nullable = true};
  group->keys = keys;
  group->aggregates = aggregates;
  group->by_keys = true;
  group->relation.columns = columns;
  group->relation.column_count = count + 1;
}

STATUS bind_session_group(struct binder *b, struct vonk_relation_group *group, uint32_t index, struct vonk_relation **out) {
  const struct vonk_plan_column *wanted = group->relation.columns;
  const struct vonk_origin *origin = group->relation.node.origin;
  struct vonk_expr *start, *end, *latest;
  struct vonk_relation *grouped;
  TRY(bind_field(b, group->keys.items[index], STR("start"), origin, &start));
  TRY(bind_field(b, group->keys.items[index], STR("end"), origin, &end));
  TRY(add_starts(b, group, index, start, end));
  TRY(bind_call(b, "max", origin, &latest, 1, end));
  replace_key(b, group, index, bind_reference(b, &group->input->columns[group->input->column_count - 1], origin), latest);
  TRY(bind_python_group(b, group, &grouped));
  return put_session(b, grouped, wanted, index, group->keys.count, out);
}
