/* scan_filter.c: column against literals: =, <, <=, >, >=, IN, IS NULL, IS NOT NULL; what else is of one column as a callback. */
#include "exec/op/scan_filter.h"

#include "catalog/source.h"
#include "exec/op/scan_keep.h"
#include "expr/function.h"
#include "format/scan.h"
#include "plan/relation.h"

/* The ordinal of the relation's column that EXPR is; UINT32_MAX for anything else. */
static uint32_t column_of(const struct vonk_relation_scan *plan, const struct vonk_expr *expr) {
  const struct vonk_expr_column *column = EXPR_AS(expr, column);
  for (uint32_t i = 0; column && i < plan->relation.column_count; i++) {
    if (plan->relation.columns[i].id == column->id) return i;
  }
  return UINT32_MAX;
}

static const struct vonk_value *literal_of(const struct vonk_expr *expr) {
  const struct vonk_expr_literal *literal = EXPR_AS(expr, literal);
  return literal && !literal->value.is_null ? &literal->value : NULL;
}

static const struct {
  const char *name;
  enum vonk_scan_filter_kind kind, swapped;
} comparisons[] = {
    {"==", VONK_SCAN_FILTER_EQ, VONK_SCAN_FILTER_EQ}, {"=", VONK_SCAN_FILTER_EQ, VONK_SCAN_FILTER_EQ},
    {"<", VONK_SCAN_FILTER_LT, VONK_SCAN_FILTER_GT},  {"<=", VONK_SCAN_FILTER_LE, VONK_SCAN_FILTER_GE},
    {">", VONK_SCAN_FILTER_GT, VONK_SCAN_FILTER_LT},  {">=", VONK_SCAN_FILTER_GE, VONK_SCAN_FILTER_LE},
};

static bool same_kind(const struct vonk_type *column, const struct vonk_type *literal) {
  if (column->id != literal->id) return false;
  return vonk_type_same(column, literal);
}

static bool make_comparison(const struct vonk_relation_scan *plan, const struct vonk_expr_call *call, struct vonk_scan_filter *out) {
  if (call->arguments.count != 2) return false;
  for (size_t i = 0; i < COUNT_OF(comparisons); i++) {
    if (strcmp(call->function->name, comparisons[i].name) != 0) continue;
    const struct vonk_expr *left = call->arguments.items[0], *right = call->arguments.items[1];
    uint32_t column = column_of(plan, left);
    bool swapped = column == UINT32_MAX;
    if (swapped) column = column_of(plan, right);
    const struct vonk_value *value = literal_of(swapped ? left : right);
    if (column == UINT32_MAX || !value || !same_kind(plan->relation.columns[column].type, value->type)) return false;
    *out = (struct vonk_scan_filter){.column = column, .kind = swapped ? comparisons[i].swapped : comparisons[i].kind,
                                     .values = value, .value_count = 1};
    return true;
  }
  return false;
}

static bool make_in(struct vonk_arena *arena, const struct vonk_relation_scan *plan, const struct vonk_expr_call *call,
                    struct vonk_scan_filter *out) {
  uint32_t count = call->arguments.count - 1, column = column_of(plan, call->arguments.items[0]);
  if (column == UINT32_MAX || !count) return false;
  struct vonk_value *values = ARENA_ARRAY(arena, struct vonk_value, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_value *value = literal_of(call->arguments.items[i + 1]);
    if (!value || !same_kind(plan->relation.columns[column].type, value->type)) return false;
    values[i] = *value;
  }
  *out = (struct vonk_scan_filter){.column = column, .kind = VONK_SCAN_FILTER_IN, .values = values, .value_count = count};
  return true;
}

static bool make_filter(struct vonk_arena *arena, const struct vonk_relation_scan *plan, const struct vonk_expr *conjunct,
                        struct vonk_scan_filter *out) {
  const struct vonk_expr_call *call = EXPR_AS(conjunct, call);
  if (!call || !call->arguments.count) return false;
  bool is_null = strcmp(call->function->name, "isnull") == 0;
  if (is_null || strcmp(call->function->name, "isnotnull") == 0) {
    uint32_t column = column_of(plan, call->arguments.items[0]);
    *out = (struct vonk_scan_filter){.column = column, .kind = is_null ? VONK_SCAN_FILTER_IS_NULL : VONK_SCAN_FILTER_IS_NOT_NULL};
    return column != UINT32_MAX;
  }
  if (strcmp(call->function->name, "in") == 0) return make_in(arena, plan, call, out);
  return make_comparison(plan, call, out);
}

/* Comparisons first: they rule out the most for the least. */
STATUS vonk_scan_filters_make(struct vonk_task *task, const struct vonk_relation_scan *plan, const uint32_t *places, struct vonk_scan_spec *spec,
                              uint32_t *filter_of) {
  struct vonk_scan_filter *filters = ARENA_ARRAY(task->arena, struct vonk_scan_filter, plan->filters.count + 1);
  for (int round = 0; round < 2; round++) {
    for (uint32_t i = 0; i < plan->filters.count; i++) {
      struct vonk_scan_filter *filter = &filters[spec->filter_count];
      bool made = false;
      if (round == 0) {
        filter_of[i] = UINT32_MAX;
        made = make_filter(task->arena, plan, plan->filters.items[i], filter);
      } else if (filter_of[i] == UINT32_MAX) {
        TRY(vonk_scan_keeper_make(task, plan, plan->filters.items[i], filter, &made));
      }
      if (!made || places[filter->column] == VONK_SOURCE_METADATA) continue;
      filter->column = places[filter->column];
      filter_of[i] = spec->filter_count++;
    }
  }
  spec->filters = filters;
  return VONK_OK;
}

void vonk_scan_filters_close_worker(const struct vonk_scan_spec *spec, const struct vonk_task *task) {
  for (uint32_t i = 0; i < spec->filter_count; i++) {
    if (spec->filters[i].kind == VONK_SCAN_FILTER_KEEP) vonk_scan_keeper_close_worker(spec->filters[i].object, task);
  }
}
