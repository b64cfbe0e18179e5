/* scan_prune.c: files whose partition columns already fail the filters are not opened.
 *
 * Conjuncts over partition columns alone, which cannot raise, are evaluated over the files' values: a row a file.
 */
#include "catalog/source.h"
#include "column/builder.h"
#include "exec/execution_internal.h"
#include "exec/op/scan_prune.h"
#include "expr/program.h"

struct prune {
  const struct vonk_relation_scan *plan;
  uint32_t data_column_count;          /* of the source */
  struct vonk_exprs conjuncts;         /* over partition columns */
  struct vonk_builder *builders;       /* by column of the relation; type NULL: not a partition column */
  struct vonk_column *columns;
};

struct search {
  const struct prune *prune;
  bool found, other;                   /* a partition column, any other */
};

/* The place of the relation's column ID among the source's partition columns; UINT32_MAX for others. */
static uint32_t partition_of(const struct prune *prune, uint64_t id) {
  for (uint32_t i = 0; i < prune->plan->relation.column_count; i++) {
    uint64_t place = prune->plan->source_columns.items[i];
    if (prune->plan->relation.columns[i].id == id) return place < prune->data_column_count ? UINT32_MAX : (uint32_t)place - prune->data_column_count;
  }
  return UINT32_MAX;
}

static STATUS look(void *object, struct vonk_node *node) {
  struct search *search = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  if (column && partition_of(search->prune, column->id) != UINT32_MAX) search->found = true;
  else if (column || node->type->node_class != VONK_CLASS_EXPR) search->other = true;
  return vonk_node_children(node, look, object);
}

static STATUS choose(struct vonk_task *task, struct prune *prune) {
  prune->conjuncts.items = ARENA_ARRAY(task->arena, struct vonk_expr *, prune->plan->filters.count + 1);
  for (uint32_t i = 0; i < prune->plan->filters.count; i++) {
    struct vonk_expr *conjunct = prune->plan->filters.items[i];
    struct search search = {.prune = prune};
    TRY(look(&search, &conjunct->node));
    if (search.found && !search.other && conjunct->deterministic && !conjunct->can_raise) prune->conjuncts.items[prune->conjuncts.count++] = conjunct;
  }
  return VONK_OK;
}

static STATUS open_builders(struct vonk_task *task, struct prune *prune) {
  uint32_t count = prune->plan->relation.column_count;
  prune->builders = ARENA_ARRAY(task->arena, struct vonk_builder, count);
  prune->columns = ARENA_ARRAY(task->arena, struct vonk_column, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_type *type = prune->plan->relation.columns[i].type;
    struct vonk_value null = vonk_value_null(type);
    prune->columns[i] = vonk_column_const(task->arena, &null);
    if (prune->plan->source_columns.items[i] >= prune->data_column_count) TRY(vonk_builder_init(task, &prune->builders[i], type));
  }
  return VONK_OK;
}

/* The values of COUNT files from FIRST on as the columns of a batch. */
static STATUS make_batch(struct vonk_task *task, struct prune *prune, const struct vonk_scan_file *files, uint32_t count, struct vonk_batch *out) {
  uint32_t column_count = prune->plan->relation.column_count;
  for (uint32_t i = 0; i < column_count; i++) {
    struct vonk_builder *builder = &prune->builders[i];
    if (!builder->type) continue;
    vonk_builder_reset(builder);
    for (uint32_t f = 0; f < count; f++) {
      TRY(vonk_builder_add_value(task, builder, &files[f].partition_values[prune->plan->source_columns.items[i] - prune->data_column_count]));
    }
    TRY(vonk_builder_finish(task, builder, &prune->columns[i]));
  }
  *out = (struct vonk_batch){.columns = prune->columns, .column_count = column_count, .row_count = count, .live_count = count};
  return VONK_OK;
}

static STATUS select_files(struct vonk_task *task, struct prune *prune, struct vonk_program_worker *program, struct vonk_scan_spec *spec) {
  struct vonk_scan_file *kept = ARENA_ARRAY(task->arena, struct vonk_scan_file, spec->file_count);
  uint32_t kept_count = 0;
  for (uint32_t at = 0; at < spec->file_count; at += VONK_BATCH_ROWS) {
    uint64_t mask[VONK_BATCH_WORDS];
    struct vonk_batch batch;
    uint32_t count = spec->file_count - at < VONK_BATCH_ROWS ? spec->file_count - at : VONK_BATCH_ROWS, passed;
    TRY(vonk_task_check(task));
    TRY(make_batch(task, prune, spec->files + at, count, &batch));
    TRY(vonk_program_filter(task, program, &batch, mask, &passed));
    for (uint32_t i = 0; i < count; i++) {
      if (mask[i >> 6] >> (i & 63) & 1) kept[kept_count++] = spec->files[at + i];
    }
  }
  spec->files = kept;
  spec->file_count = kept_count;
  return VONK_OK;
}

STATUS vonk_scan_prune_files(struct vonk_task *task, const struct vonk_relation_scan *plan, struct vonk_scan_spec *spec) {
  struct prune prune = {.plan = plan, .data_column_count = spec->schema->field_count};
  struct vonk_program *program;
  struct vonk_program_worker *worker;
  if (!spec->partition_schema || !spec->file_count) return VONK_OK;
  TRY(choose(task, &prune));
  if (!prune.conjuncts.count) return VONK_OK;
  TRY(vonk_program_compile(task, &prune.conjuncts, vonk_relation_ids(task->arena, &plan->relation), &program));
  TRY(vonk_program_open_worker(task, program, &worker));
  enum vonk_status status = open_builders(task, &prune);
  if (status == VONK_OK) status = select_files(task, &prune, worker, spec);
  for (uint32_t i = 0; prune.builders && i < plan->relation.column_count; i++) {
    if (prune.builders[i].type) vonk_builder_deinit(&prune.builders[i]);
  }
  vonk_program_close_worker(worker);
  return status;
}
