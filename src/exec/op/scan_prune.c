/* scan_prune.c: files whose partition columns, or what _metadata says of them, already fail the filters are not opened.
 *
 * Conjuncts over these alone, which cannot raise, are evaluated over the files' values: a row a file.
 */
#include "catalog/source.h"
#include "column/builder.h"
#include "exec/execution_internal.h"
#include "exec/op/scan_prune.h"
#include "expr/program.h"

struct prune {
  const struct vonk_relation_scan *plan;
  uint32_t data_column_count;          /* of the source */
  struct vonk_exprs conjuncts;         /* over what is one value in all of a file */
  struct vonk_builder *builders;       /* by column of the relation; type NULL: of the files themselves */
  struct vonk_column *columns;
};

struct search {
  const struct prune *prune;
  bool found, other;                   /* something that is one value in all of a file; anything else */
};

/* The place of the relation's column ID in the source; false for the files' own columns. */
static bool place_of(const struct prune *prune, uint64_t id, uint64_t *place) {
  for (uint32_t i = 0; i < prune->plan->relation.column_count; i++) {
    *place = prune->plan->source_columns.items[i];
    if (prune->plan->relation.columns[i].id == id) return *place >= prune->data_column_count;
  }
  return false;
}

/* _metadata.file_path and the like; where a file is cut its pieces differ in the others. */
static bool is_file_field(const struct prune *prune, const struct vonk_node *node) {
  const struct vonk_expr_call *call = EXPR_AS(node, call);
  uint64_t place;
  if (!call || strcmp(call->function->name, "get_struct_field") != 0) return false;
  const struct vonk_expr_column *column = EXPR_AS(call->arguments.items[0], column);
  const struct vonk_expr_literal *field = EXPR_AS(call->arguments.items[1], literal);
  if (!column || !field || !place_of(prune, column->id, &place) || place != VONK_SOURCE_METADATA) return false;
  int64_t index = field->value.integer;
  return index == VONK_METADATA_FILE_PATH || index == VONK_METADATA_FILE_NAME || index == VONK_METADATA_FILE_SIZE || index == VONK_METADATA_FILE_MODIFICATION_TIME;
}

static STATUS look(void *object, struct vonk_node *node) {
  struct search *search = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  uint64_t place;
  if (is_file_field(search->prune, node)) {
    search->found = true;
    return VONK_OK;
  }
  if (column && place_of(search->prune, column->id, &place) && place != VONK_SOURCE_METADATA) search->found = true;
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

/* What is of a whole file; the rest is never looked at. */
static struct vonk_value metadata_of(struct vonk_arena *arena, const struct vonk_type *type, const struct vonk_scan_file *file) {
  struct vonk_value *fields = ARENA_ARRAY(arena, struct vonk_value, VONK_METADATA_COUNT), value = {.type = type};
  for (uint32_t i = 0; i < VONK_METADATA_COUNT; i++) fields[i] = vonk_value_integer(&vonk_type_long, 0);
  vonk_source_metadata_of_file(arena, file, fields);
  value.nested.items = fields;
  value.nested.count = type->field_count;
  return value;
}

/* The values of COUNT files from FIRST on as the columns of a batch. */
static STATUS make_batch(struct vonk_task *task, struct prune *prune, const struct vonk_scan_file *files, uint32_t count, struct vonk_batch *out) {
  uint32_t column_count = prune->plan->relation.column_count;
  for (uint32_t i = 0; i < column_count; i++) {
    struct vonk_builder *builder = &prune->builders[i];
    if (!builder->type) continue;
    vonk_builder_reset(builder);
    uint64_t place = prune->plan->source_columns.items[i];
    for (uint32_t f = 0; f < count; f++) {
      struct vonk_value value = place == VONK_SOURCE_METADATA ? metadata_of(task->arena, builder->type, &files[f])
                                                              : files[f].partition_values[place - prune->data_column_count];
      TRY(vonk_builder_add_value(task, builder, &value));
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
  if (!spec->file_count) return VONK_OK;
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
