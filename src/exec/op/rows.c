/* rows.c: literal rows (VALUES, a SELECT without FROM), or batches stored earlier.
 *
 * A unit is one batch, or the part of one that lies in a visible partition: where those can be told, rows are dealt out evenly.
 */
#include "base/bits.h"
#include "exec/execution_internal.h"
#include "column/stored_batches.h"
#include "expr/program.h"

struct unit {
  uint32_t batch, from, to, partition;
};

struct rows {
  struct vonk_operator op;
  const struct vonk_stored_batches *batches;
  struct vonk_builder *builders;
  struct vonk_column *columns;
  struct vonk_dictionary **dictionaries; /* of columns that are encoded */
  uint32_t batch_count;
  uint64_t row_count;
  struct unit *units;
};

struct worker {
  struct vonk_column *columns;
  struct vonk_owned_batch *read;     /* the slice of a table that was handed out last */
  uint64_t live[VONK_BATCH_WORDS];
};

static STATUS literal(struct vonk_task *task, const struct vonk_relation_rows *plan, uint32_t row, uint32_t column, struct vonk_value *out) {
  const struct vonk_expr_call *call = EXPR_AS(plan->rows.items[row], call);
  ASSERT(call && call->arguments.count == plan->relation.column_count);
  return vonk_expr_fold(task, call->arguments.items[column], out);
}

static STATUS build_flat(struct vonk_task *task, struct rows *rows, const struct vonk_relation_rows *plan, uint32_t c) {
  for (uint32_t r = 0; r < plan->rows.count; r++) {
    struct vonk_value value;
    TRY(literal(task, plan, r, c, &value));
    TRY(vonk_builder_add_value(task, &rows->builders[c], &value));
  }
  return vonk_builder_finish(task, &rows->builders[c], &rows->columns[c]);
}

enum { HEAPS_MAX = 2 }; /* that a dictionary keeps, beside values and validity */

/* What dictionaries of files hold. */
static bool may_be_encoded(enum vonk_physical physical) {
  return (physical >= VONK_PHYSICAL_I8 && physical <= VONK_PHYSICAL_F64) || physical == VONK_PHYSICAL_VIEW;
}

/* The values that are not null as entries, the last row's first. */
static STATUS build_encoded(struct vonk_task *task, struct rows *rows, const struct vonk_relation_rows *plan, uint32_t c) {
  uint32_t row_count = plan->rows.count, entry_count = 0;
  struct vonk_buffer **buffers;
  struct vonk_column entries;
  uint32_t *codes = vonk_arena_calloc(task->arena, row_count + 64, sizeof *codes);
  uint64_t *valid = vonk_arena_calloc(task->arena, vonk_bits_words(row_count) + 1, sizeof *valid);
  for (uint32_t r = row_count; r-- > 0;) {
    struct vonk_value value;
    TRY(literal(task, plan, r, c, &value));
    if (value.is_null) continue;
    TRY(vonk_builder_add_value(task, &rows->builders[c], &value));
    vonk_bits_set(valid, r);
    codes[r] = entry_count++;
  }
  TRY(vonk_builder_finish(task, &rows->builders[c], &entries));
  if (rows->builders[c].heap_count > HEAPS_MAX) {
    vonk_builder_reset(&rows->builders[c]);
    return build_flat(task, rows, plan, c);
  }
  uint32_t buffer_count = vonk_builder_take(&rows->builders[c], task->arena, &entries, &buffers);
  TRY(vonk_dictionary_create(task, &entries, entry_count, buffers, (int)buffer_count, &rows->dictionaries[c]));
  rows->columns[c] = (struct vonk_column){.type = entries.type, .encoding = VONK_DICT, .physical = entries.physical, .codes = codes,
                                          .valid = entry_count == row_count ? NULL : valid, .dictionary = rows->dictionaries[c]};
  return VONK_OK;
}

static STATUS build_literals(struct vonk_task *task, struct rows *rows, const struct vonk_relation_rows *plan) {
  uint32_t columns = plan->relation.column_count;
  rows->builders = ARENA_ARRAY(task->arena, struct vonk_builder, columns + 1);
  rows->columns = ARENA_ARRAY(task->arena, struct vonk_column, columns + 1);
  rows->dictionaries = ARENA_ARRAY(task->arena, struct vonk_dictionary *, columns + 1);
  for (uint32_t c = 0; c < columns; c++) {
    const struct vonk_type *type = plan->relation.columns[c].type;
    bool encoded = rows->op.execution->options.dictionaries && may_be_encoded(vonk_physical_of(type));
    TRY(vonk_builder_init(task, &rows->builders[c], type));
    TRY(encoded ? build_encoded(task, rows, plan, c) : build_flat(task, rows, plan, c));
  }
  return VONK_OK;
}

static uint32_t rows_of_batch(const struct rows *rows, uint32_t batch) {
  if (rows->batches) return vonk_stored_batches_rows(rows->batches, batch);
  uint64_t left = rows->row_count - (uint64_t)batch * VONK_BATCH_ROWS;
  return left < VONK_BATCH_ROWS ? (uint32_t)left : VONK_BATCH_ROWS;
}

/* Partition i begins with row i * rows / partitions, as Spark cuts local collections. */
static void make_units(struct rows *rows, uint32_t partitions) {
  struct vonk_operator *op = &rows->op;
  if (partitions > rows->row_count) partitions = (uint32_t)rows->row_count;
  op->partition_count = partitions;
  rows->units = ARENA_ARRAY(op->execution->arena, struct unit, (size_t)rows->batch_count + partitions + 1);
  uint64_t first = 0;
  uint32_t units = 0, partition = 0;
  for (uint32_t b = 0; b < rows->batch_count; b++) {
    uint32_t count = rows_of_batch(rows, b);
    for (uint32_t from = 0; from < count; units++) {
      uint64_t end = (uint64_t)((vonk_uint128)rows->row_count * (partition + 1) / partitions) - first;
      uint32_t to = end < count ? (uint32_t)end : count;
      rows->units[units] = (struct unit){b, from, to, partition};
      partition += to == end;
      from = to;
    }
    first += count;
  }
  atomic_store(&op->unit_count, units);
}

/* Batches that say their partition themselves: a unit each. */
static void take_units(struct rows *rows) {
  struct vonk_operator *op = &rows->op;
  op->partition_count = rows->batches->partition_count;
  rows->units = ARENA_ARRAY(op->execution->arena, struct unit, (size_t)rows->batch_count + 1);
  for (uint32_t b = 0; b < rows->batch_count; b++) rows->units[b] = (struct unit){b, 0, rows_of_batch(rows, b), rows->batches->items[b]->batch.partition};
  atomic_store(&op->unit_count, rows->batch_count);
}

/* Rows that the session keeps know their partitions. */
static bool is_kept(const struct vonk_relation *relation) {
  const struct vonk_stored_batches *batches = ((const struct vonk_relation_rows *)relation)->batches;
  return batches && batches->partition_count;
}

static STATUS rows_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                        struct vonk_operator **out) {
  const struct vonk_relation_rows *plan = (const struct vonk_relation_rows *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, is_kept(relation) ? &vonk_operator_kept_rows : &vonk_operator_rows, relation, VONK_SHAPE_SOURCE, sizeof(struct rows));
  struct rows *rows = (struct rows *)op;
  rows->batches = plan->batches;
  rows->row_count = plan->rows.count;
  rows->batch_count = (plan->rows.count + VONK_BATCH_ROWS - 1) / VONK_BATCH_ROWS;
  if (rows->batches) {
    rows->batch_count = rows->batches->count;
    for (uint32_t b = 0; b < rows->batch_count; b++) rows->row_count += rows_of_batch(rows, b);
  } else {
    TRY(build_literals(task, rows, plan));
  }
  if (rows->batches && rows->batches->partition_count) take_units(rows);
  else make_units(rows, op->partitioned ? execution->partitioning.leaf_parallelism : 1);
  *out = op;
  return VONK_OK;
}

static STATUS rows_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct worker *w = ARENA_NEW(context->task.arena, struct worker);
  *state = w;
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, op->relation->column_count + 1);
  return VONK_OK;
}

static void rows_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  if (state) vonk_owned_batch_destroy(((struct worker *)state)->read);
}

static STATUS stored_batch(struct vonk_task *task, const struct vonk_stored_batches *batches, struct worker *w, uint32_t index, struct vonk_batch *out) {
  if (batches->items) {
    *out = batches->items[index]->batch;
    return VONK_OK;
  }
  vonk_owned_batch_destroy(w->read);
  w->read = NULL;
  TRY(vonk_ipc_table_read(task, batches->table, index, &w->read));
  *out = w->read->batch;
  return VONK_OK;
}

/* Literal columns of more rows are cut at whole words, so that all pointers just move. */
static STATUS rows_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct rows *rows = (struct rows *)op;
  struct worker *w = state;
  const struct unit *unit = &rows->units[context->unit];
  uint32_t count = rows_of_batch(rows, unit->batch), columns = op->relation->column_count;
  *step = VONK_STEP_NEED_INPUT;
  if (rows->batches) {
    TRY(stored_batch(&context->task, rows->batches, w, unit->batch, out));
  } else {
    for (uint32_t c = 0; c < columns; c++) w->columns[c] = vonk_column_from(&rows->columns[c], unit->batch * VONK_BATCH_ROWS, context->task.arena);
    *out = (struct vonk_batch){.columns = w->columns, .column_count = columns, .row_count = count, .live_count = count};
  }
  out->partition = unit->partition;
  if (unit->to - unit->from == count) return VONK_OK;
  vonk_bits_fill(w->live, count, false);
  vonk_bits_set_range(w->live, unit->from, unit->to, true);
  out->live = w->live;
  out->live_count = unit->to - unit->from;
  return VONK_OK;
}

static void rows_close(struct vonk_operator *op) {
  struct rows *rows = (struct rows *)op;
  for (uint32_t c = 0; rows->builders && c < op->relation->column_count; c++) {
    vonk_dictionary_release(rows->dictionaries[c]);
    if (rows->builders[c].type) vonk_builder_deinit(&rows->builders[c]);
  }
}

#define ROWS_FUNCTIONS                                                                                                        \
  .relation = &vonk_relation_rows_type, .open = rows_open, .open_worker = rows_open_worker, .close_worker = rows_close_worker, \
  .pull = rows_pull, .close = rows_close
const struct vonk_operator_type vonk_operator_kept_rows = {.name = "InMemoryTableScan", .accepts = is_kept, ROWS_FUNCTIONS};
const struct vonk_operator_type vonk_operator_rows = {.name = "LocalTableScan", ROWS_FUNCTIONS};
