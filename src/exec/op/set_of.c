/* set_of.c: INTERSECT and EXCEPT, plain and ALL: rows of both sides are counted in one group-by, side by side; then each group
 * comes out as many times as the operation says. */
#include "exec/execution_internal.h"
#include "func/lookup.h"
#include "kernel/gather.h"
#include "kernel/select.h"

struct set_of {
  struct vonk_operator op;
  int32_t kind;
  bool is_all;
};

struct worker {
  struct vonk_batch in;
  struct vonk_scratch output;
  struct vonk_column *columns;
  uint32_t rows[VONK_BATCH_ROWS + 64], row_count, at;
  int64_t given; /* of row `at` */
};

static struct vonk_expr *literal(struct vonk_arena *arena, bool is_null) {
  struct vonk_value value = vonk_value_integer(&vonk_type_int, 1);
  value.is_null = is_null;
  return vonk_expr_literal_of(arena, &value, NULL);
}

/* INPUT's columns under OUT's ids, and a flag for each side. */
static struct vonk_relation *side(struct vonk_arena *arena, struct vonk_relation *input, const struct vonk_plan_column *columns,
                                  uint32_t count, bool left) {
  struct vonk_relation_project *project = RELATION_NEW(arena, project, NULL);
  project->relation.columns = columns;
  project->relation.column_count = count + 2;
  project->input = input;
  project->expressions = (struct vonk_exprs){ARENA_ARRAY(arena, struct vonk_expr *, count + 2), count + 2};
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_plan_column *column = &input->columns[i];
    project->expressions.items[i] = vonk_expr_column_of(arena, column->id, column->name, column->type, column->nullable);
  }
  project->expressions.items[count] = literal(arena, !left);
  project->expressions.items[count + 1] = literal(arena, left);
  return &project->relation;
}

static STATUS count_of(struct vonk_task *task, const struct vonk_plan_column *column, struct vonk_expr **out) {
  const struct vonk_function *count = vonk_function_lookup(STR("count"));
  if (!count) return vonk_unsupported(task, NULL, "count");
  struct vonk_expr_aggregate *call = EXPR_NEW(task->arena, aggregate, NULL);
  call->expr.type = &vonk_type_long;
  call->expr.deterministic = true;
  call->expr.physical = VONK_PHYSICAL_I64;
  call->function = count;
  call->arguments = (struct vonk_exprs){ARENA_ARRAY(task->arena, struct vonk_expr *, 1), 1};
  call->arguments.items[0] = vonk_expr_column_of(task->arena, column->id, column->name, column->type, true);
  *out = &call->expr;
  return VONK_OK;
}

static STATUS set_of_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                          struct vonk_operator **out) {
  const struct vonk_relation_set_of *plan = (const struct vonk_relation_set_of *)relation;
  struct vonk_arena *arena = task->arena;
  uint32_t count = relation->column_count;
  /* Ids of the flags lie above all that a plan gives out. */
  struct vonk_plan_column *columns = ARENA_ARRAY(arena, struct vonk_plan_column, count + 2);
  memcpy(columns, relation->columns, count * sizeof *columns);
  for (uint32_t i = 0; i < 2; i++) {
    columns[count + i] = (struct vonk_plan_column){.id = UINT64_MAX - i, .name = STR("side"), .type = &vonk_type_int, .nullable = true};
  }
  struct vonk_relation_union_all *both = RELATION_NEW(arena, union_all, relation->node.origin);
  both->relation.columns = columns;
  both->relation.column_count = count + 2;
  both->inputs = (struct vonk_relations){ARENA_ARRAY(arena, struct vonk_relation *, 2), 2};
  both->inputs.items[0] = side(arena, plan->left, columns, count, true);
  both->inputs.items[1] = side(arena, plan->right, columns, count, false);
  struct vonk_relation_group *group = RELATION_NEW(arena, group, relation->node.origin);
  group->relation.columns = columns;
  group->relation.column_count = count + 2;
  group->input = &both->relation;
  group->keys = (struct vonk_exprs){ARENA_ARRAY(arena, struct vonk_expr *, count + 1), count};
  for (uint32_t i = 0; i < count; i++) {
    group->keys.items[i] = vonk_expr_column_of(arena, columns[i].id, columns[i].name, columns[i].type, columns[i].nullable);
  }
  group->aggregates = (struct vonk_exprs){ARENA_ARRAY(arena, struct vonk_expr *, 2), 2};
  for (uint32_t i = 0; i < 2; i++) TRY(count_of(task, &columns[count + i], &group->aggregates.items[i]));

  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_set_of, relation, VONK_SHAPE_TRANSFORM, sizeof(struct set_of));
  ((struct set_of *)op)->kind = plan->op;
  ((struct set_of *)op)->is_all = plan->is_all;
  vonk_operator_set_inputs(op, (struct vonk_relation *[]){&group->relation}, 1);
  *out = op;
  return VONK_OK;
}

static STATUS set_of_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct worker *w = ARENA_NEW(context->task.arena, struct worker);
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, op->relation->column_count + 1);
  *state = w;
  return VONK_OK;
}

static void set_of_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  if (state) vonk_scratch_deinit(&((struct worker *)state)->output);
}

static int64_t times(const struct set_of *set, int64_t left, int64_t right) {
  int64_t all = set->kind == VONK_SET_INTERSECT ? (left < right ? left : right) : left > right ? left - right : 0;
  if (set->is_all) return all;
  return set->kind == VONK_SET_INTERSECT ? left && right : left && !right;
}

static STATUS set_of_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                          struct vonk_batch *out, enum vonk_step *step) {
  struct set_of *set = (struct set_of *)op;
  struct worker *w = state;
  if (in) {
    w->in = *in;
    w->row_count = vonk_select_rows(in->live, in->row_count, w->rows);
    w->at = 0;
    w->given = 0;
  }
  uint32_t columns = op->relation->column_count, rows[VONK_BATCH_ROWS], count = 0;
  const struct vonk_column *left = &w->in.columns[columns], *right = &w->in.columns[columns + 1];
  while (w->at < w->row_count && count < VONK_BATCH_ROWS) {
    uint32_t row = w->rows[w->at];
    if (w->given < times(set, vonk_read_int(left, row), vonk_read_int(right, row))) rows[count++] = row, w->given++;
    else w->at++, w->given = 0;
  }
  *step = w->at < w->row_count ? VONK_STEP_HAVE_OUTPUT : VONK_STEP_NEED_INPUT;
  if (!count) return VONK_OK;
  vonk_scratch_reset(&w->output);
  for (uint32_t i = 0; i < columns; i++) {
    TRY(vonk_column_gather(&context->task, &w->output, &w->in.columns[i], rows, count, &w->columns[i]));
  }
  out->columns = w->columns;
  out->column_count = columns;
  out->row_count = out->live_count = count;
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_set_of = {
    .name = "SetOperation",
    .relation = &vonk_relation_set_of_type,
    .open = set_of_open,
    .open_worker = set_of_open_worker,
    .close_worker = set_of_close_worker,
    .push = set_of_push,
};
