/* counted_rows.c: see counted_rows.h. A range for each partition and a projection, so that rows are made where they are wanted. */
#include "stream/counted_rows.h"

#include "base/cpu.h"

enum { PARTITIONS_MAX = 10000 };

const struct vonk_type *stream_counted_schema(struct vonk_arena *arena) {
  const struct vonk_type_field fields[] = {{.name = STR("timestamp"), .type = &vonk_type_timestamp, .nullable = true},
                                           {.name = STR("value"), .type = &vonk_type_long, .nullable = true}};
  return vonk_type_struct(arena, fields, 2);
}

STATUS stream_refuse_option(struct vonk_task *task, const struct vonk_stream_read *read, int64_t value, const char *key, const char *demand) {
  return vonk_raisef(task, VONK__ILLEGAL_ARGUMENT, read->origin, "message", "Invalid value '%lld'. The option '%s' must %s", (long long)value, key, demand);
}

STATUS stream_refuse_schema(struct vonk_task *task, const struct vonk_stream_read *read, const char *provider) {
  return read->schema ? vonk_raise(task, VONK__LEGACY_ERROR_TEMP_2242, read->origin, "provider", vonk_str_of(provider), NULL) : VONK_OK;
}

STATUS stream_counted_partitions(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read, int64_t *out) {
  int64_t usual = vonk_conf_int(context->conf, VONK_CONF_DEFAULT_PARALLELISM);
  TRY(vonk_stream_option_long(task, read, STR("numPartitions"), usual > 0 ? usual : (int64_t)vonk_cpu_count(), out));
  if (*out <= 0) return stream_refuse_option(task, read, *out, "numPartitions", "be positive");
  return *out <= PARTITIONS_MAX ? VONK_OK : vonk_unsupported(task, read->origin, "a rate source of more than 10000 partitions");
}

/* --- the plan --- */

static struct vonk_expr *constant(struct vonk_arena *arena, struct vonk_value value) {
  struct vonk_expr_literal *literal = EXPR_NEW(arena, literal, NULL);
  literal->value = value;
  literal->expr.type = value.type;
  return &literal->expr;
}

static struct vonk_expr *call(struct vonk_arena *arena, const char *name, struct vonk_expr *first, struct vonk_expr *second) {
  struct vonk_expr_function *function = EXPR_NEW(arena, function, NULL);
  struct vonk_str *part = ARENA_NEW(arena, struct vonk_str);
  *part = vonk_str_of(name);
  function->name = (struct vonk_name){part, 1};
  function->arguments = (struct vonk_exprs){ARENA_ARRAY(arena, struct vonk_expr *, 2), second ? 2 : 1};
  function->arguments.items[0] = first;
  function->arguments.items[1] = second;
  return &function->expr;
}

static struct vonk_expr *column(struct vonk_arena *arena) {
  struct vonk_expr_attribute *attribute = EXPR_NEW(arena, attribute, NULL);
  struct vonk_str *part = ARENA_NEW(arena, struct vonk_str);
  *part = STR("id");
  attribute->name = (struct vonk_name){part, 1};
  return &attribute->expr;
}

static struct vonk_relation *partition(struct vonk_arena *arena, const struct stream_counted_rows *rows, int64_t number) {
  struct vonk_relation_range *range = RELATION_NEW(arena, range, NULL);
  range->start = rows->first + number;
  range->end = rows->end > range->start ? rows->end : range->start;
  range->step = rows->partitions;
  range->partitions = 1;
  return &range->relation;
}

/* Partitions FIRST up to END, as a tree that is not deep. */
static struct vonk_relation *partitions(struct vonk_arena *arena, const struct stream_counted_rows *rows, int64_t first, int64_t end) {
  if (end - first == 1) return partition(arena, rows, first);
  struct vonk_relation_set_op *all = RELATION_NEW(arena, set_op, NULL);
  all->op = VONK_SET_UNION;
  all->is_all = true;
  all->left = partitions(arena, rows, first, first + (end - first) / 2);
  all->right = partitions(arena, rows, first + (end - first) / 2, end);
  return &all->relation;
}

struct vonk_relation *stream_counted_relation(struct vonk_arena *arena, const struct stream_counted_rows *rows) {
  struct vonk_relation_project_star *project = RELATION_NEW(arena, project_star, NULL);
  struct vonk_expr *place = call(arena, "-", column(arena), constant(arena, vonk_value_integer(&vonk_type_long, rows->first)));
  struct vonk_value per_row = {.type = &vonk_type_double, .real = rows->ms_per_row}, half = {.type = &vonk_type_double, .real = 0.5};
  struct vonk_expr *rounded = call(arena, "floor", call(arena, "+", call(arena, "*", place, constant(arena, per_row)), constant(arena, half)), NULL);
  struct vonk_expr *ms = call(arena, "+", constant(arena, vonk_value_integer(&vonk_type_long, rows->start_ms)), rounded);
  project->input = partitions(arena, rows, 0, rows->partitions);
  project->expressions = (struct vonk_exprs){ARENA_ARRAY(arena, struct vonk_expr *, 2), 2};
  project->expressions.items[0] = call(arena, "timestamp_millis", ms, NULL);
  project->expressions.items[1] = column(arena);
  return &project->relation;
}
