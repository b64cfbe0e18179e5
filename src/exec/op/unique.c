/* unique.c: DISTINCT: stands for a group-by of the columns that decide, with the first value of each other column by order. */
#include "exec/execution_internal.h"
#include "func/lookup.h"

static bool decides(const struct vonk_relation_unique *plan, uint64_t id) {
  for (uint32_t i = 0; i < plan->by.count; i++) {
    if (plan->by.items[i] == id) return true;
  }
  return !plan->by.count;
}

static STATUS first_of(struct vonk_task *task, const struct vonk_plan_column *column, struct vonk_expr **out) {
  const struct vonk_function *first = vonk_function_lookup(STR("first"));
  if (!first) return vonk_unsupported(task, NULL, "first");
  struct vonk_expr_aggregate *call = EXPR_NEW(task->arena, aggregate, NULL);
  call->expr.type = column->type;
  call->expr.nullable = true;
  call->expr.deterministic = true;
  call->expr.physical = (uint8_t)vonk_physical_of(column->type);
  call->function = first;
  call->arguments = (struct vonk_exprs){ARENA_ARRAY(task->arena, struct vonk_expr *, 1), 1};
  call->arguments.items[0] = vonk_expr_column_of(task->arena, column->id, column->name, column->type, column->nullable);
  *out = &call->expr;
  return VONK_OK;
}

static STATUS unique_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                          struct vonk_operator **out) {
  const struct vonk_relation_unique *plan = (const struct vonk_relation_unique *)relation;
  struct vonk_arena *arena = task->arena;
  uint32_t count = relation->column_count;
  struct vonk_relation_group *group = RELATION_NEW(arena, group, relation->node.origin);
  struct vonk_plan_column *columns = ARENA_ARRAY(arena, struct vonk_plan_column, count + 1);
  group->keys.items = ARENA_ARRAY(arena, struct vonk_expr *, count + 1);
  group->aggregates.items = ARENA_ARRAY(arena, struct vonk_expr *, count + 1);
  group->input = plan->input;
  struct vonk_relation_project *project = RELATION_NEW(arena, project, relation->node.origin);
  project->relation = *relation;
  project->relation.node.type = &vonk_relation_project_type;
  project->input = &group->relation;
  project->expressions.items = ARENA_ARRAY(arena, struct vonk_expr *, count + 1);
  project->expressions.count = count;
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_plan_column *column = &plan->input->columns[i];
    project->expressions.items[i] = vonk_expr_column_of(arena, column->id, column->name, column->type, column->nullable);
    if (!decides(plan, column->id)) continue;
    columns[group->keys.count] = *column;
    group->keys.items[group->keys.count++] = project->expressions.items[i];
  }
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_plan_column *column = &plan->input->columns[i];
    if (decides(plan, column->id)) continue;
    columns[group->keys.count + group->aggregates.count] = *column;
    TRY(first_of(task, column, &group->aggregates.items[group->aggregates.count++]));
  }
  group->relation.columns = columns;
  group->relation.column_count = count;
  group->relation.estimated_rows = relation->estimated_rows;
  return vonk_operator_make(task, execution, &project->relation, out);
}

const struct vonk_operator_type vonk_operator_unique = {.name = "Distinct", .relation = &vonk_relation_unique_type, .open = unique_open};
