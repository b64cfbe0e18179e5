/* answer_from_metadata.c: count(*), count(column), min and max of whole tables are read from what their files tell of themselves. */
#include "catalog/source.h"
#include "expr/function.h"
#include "opt/optimizer_internal.h"

/* What CALL asks of SCAN; false when metadata never tells. */
static bool question_of(const struct vonk_relation_scan *scan, const struct vonk_expr *call, struct vonk_scan_aggregate *out) {
  const struct vonk_expr_aggregate *aggregate = EXPR_AS(call, aggregate);
  *out = (struct vonk_scan_aggregate){.kind = VONK_SCAN_COUNT_ROWS};
  if (!aggregate || aggregate->filter || aggregate->arguments.count > 1) return false;
  bool is_count = strcmp(aggregate->function->name, "count") == 0, is_min = strcmp(aggregate->function->name, "min") == 0;
  const struct vonk_expr *argument = aggregate->arguments.count ? aggregate->arguments.items[0] : NULL;
  const struct vonk_expr_literal *literal = argument ? EXPR_AS(argument, literal) : NULL;
  if (is_count && !aggregate->distinct && (!argument || (literal && !literal->value.is_null))) return true;
  const struct vonk_expr_column *column = argument ? EXPR_AS(argument, column) : NULL;
  if (!column || (is_count ? aggregate->distinct : !is_min && strcmp(aggregate->function->name, "max") != 0)) return false;
  out->kind = is_count ? VONK_SCAN_COUNT : is_min ? VONK_SCAN_MIN : VONK_SCAN_MAX;
  for (uint32_t i = 0; i < scan->relation.column_count; i++) {
    if (scan->relation.columns[i].id != column->id) continue;
    out->column = (uint32_t)scan->source_columns.items[i];
    return out->column != VONK_SOURCE_METADATA;
  }
  return false;
}

/* The source's own count of rows needs no second look at the files. */
static STATUS ask(struct opt *o, const struct vonk_relation_scan *scan, struct vonk_scan_aggregate *questions, uint32_t count) {
  const struct vonk_source *source = scan->source;
  bool all_known = true;
  for (uint32_t i = 0; i < count; i++) {
    questions[i].known = questions[i].kind == VONK_SCAN_COUNT_ROWS && source->row_count >= 0;
    questions[i].value = vonk_value_integer(&vonk_type_long, source->row_count);
    all_known = all_known && questions[i].known;
  }
  if (all_known || !source->format->aggregate) return VONK_OK;
  struct vonk_scan_spec spec = {.files = source->files, .file_count = source->file_count, .schema = source->data_schema,
                                .partition_schema = source->partition_schema, .options = source->options};
  struct vonk_scan *opened;
  TRY(source->format->open_scan(o->task, &spec, &opened));
  enum vonk_status status = source->format->aggregate(o->task, opened, questions, count);
  vonk_scan_close(opened);
  return status;
}

static struct vonk_relation *one_row(struct opt *o, const struct vonk_relation *like, struct vonk_exprs values) {
  struct vonk_relation_rows *rows = RELATION_NEW(o->arena, rows, NULL);
  struct vonk_expr_call *row = EXPR_NEW(o->arena, call, NULL);
  row->expr.type = &vonk_type_void;
  row->expr.deterministic = true;
  row->arguments = values;
  rows->relation.columns = like->columns;
  rows->relation.column_count = like->column_count;
  rows->relation.estimated_rows = 1;
  rows->rows = (struct vonk_nodes){ARENA_NEW(o->arena, struct vonk_node *), 1};
  rows->rows.items[0] = &row->expr.node;
  return &rows->relation;
}

static STATUS answer(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  const struct vonk_relation_group *group = RELATION_AS(in, group);
  const struct vonk_relation_scan *scan = group ? RELATION_AS(group->input, scan) : NULL;
  (void)object;
  *out = in;
  if (!scan || group->keys.count || scan->filters.count || scan->limit >= 0) return VONK_OK;
  uint32_t count = group->aggregates.count;
  struct vonk_scan_aggregate *questions = ARENA_ARRAY(o->arena, struct vonk_scan_aggregate, count);
  for (uint32_t i = 0; i < count; i++) {
    if (!question_of(scan, group->aggregates.items[i], &questions[i])) return VONK_OK;
  }
  TRY(ask(o, scan, questions, count));
  struct vonk_exprs values = {ARENA_ARRAY(o->arena, struct vonk_expr *, count), count};
  for (uint32_t i = 0; i < count; i++) {
    if (!questions[i].known || !vonk_type_same(questions[i].value.type, in->columns[i].type)) return VONK_OK;
    values.items[i] = vonk_expr_literal_of(o->arena, &questions[i].value, NULL);
  }
  *out = one_row(o, in, values);
  return VONK_OK;
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) { return opt_rewrite(o, in, answer, NULL, out); }

const struct vonk_rule opt_rule_answer_from_metadata = {
    .name = "answer_from_metadata",
    .doc = "Counts of whole tables, and minimum and maximum where files are exact, are not computed.",
    .apply = apply,
};
