/* join_spill.c: a join whose build side memory cannot hold.
 *
 * Rows of both sides go to disk by the upper bits of their keys' hash, so that equal keys meet in one partition. When the probe
 * side has ended the join is a source: a unit is a partition, whose build rows become a table of their own, past which its
 * probe rows stream; then come the build rows without a match.
 */
#include "exec/op/join.h"

static uint32_t partition_of(uint64_t hash) { return (uint32_t)(hash >> (64 - VONK_JOIN_PARTITION_BITS)); }

static struct vonk_join_parts *new_parts(struct vonk_join *join, const struct vonk_row_layout *layout, struct vonk_join_parts **list) {
  vonk_mutex_lock(&join->lock);
  if (!join->arena) join->arena = vonk_arena_create(join->op.execution->budget);
  struct vonk_join_parts *parts = ARENA_NEW(join->arena, struct vonk_join_parts);
  for (uint32_t p = 0; p < VONK_JOIN_PARTITIONS; p++) vonk_rows_init(&parts->rows[p], layout);
  parts->next = *list;
  *list = parts;
  vonk_mutex_unlock(&join->lock);
  return parts;
}

static void close_parts(struct vonk_join_parts *parts) {
  for (; parts; parts = parts->next) {
    for (uint32_t p = 0; p < VONK_JOIN_PARTITIONS; p++) vonk_rows_deinit(&parts->rows[p]);
  }
}

void vonk_join_spill_close(struct vonk_join *join) {
  close_parts(join->build_parts);
  close_parts(join->probe_parts);
  vonk_arena_destroy(join->arena);
}

static void count_spilled(struct vonk_join *join, const struct vonk_rows *rows, uint64_t before) {
  atomic_fetch_add_explicit(&join->op.metrics.spill_bytes, vonk_rows_spilled_size(rows) - before, memory_order_relaxed);
}

/* Rows of partition P of FROM, whose hashes stand in them. */
static STATUS write_partition(struct vonk_context *context, struct vonk_join *join, const struct vonk_rows *from, uint32_t p,
                              struct vonk_buffer **staging, struct vonk_rows *to) {
  struct vonk_rows_writer writer = {.rows = to, .staging = staging, .folder = vonk_engine_spill(context->execution->engine)};
  uint64_t before = vonk_rows_spilled_size(to);
  for (uint32_t b = 0; b < from->block_count; b++) {
    for (uint32_t i = 0; i < from->blocks[b].row_count; i++) {
      const uint8_t *row = vonk_block_row(from, &from->blocks[b], i);
      if (partition_of(*vonk_join_hash(&join->table, row)) == p) TRY(vonk_rows_writer_add(&context->task, &writer, row));
    }
  }
  TRY(vonk_rows_writer_flush(&context->task, &writer));
  count_spilled(join, to, before);
  return vonk_task_check(&context->task);
}

STATUS vonk_join_spill_build(struct vonk_context *context, struct vonk_join *join, struct vonk_rows *rows, struct vonk_join_parts **parts) {
  if (!rows->row_count) return VONK_OK;
  if (!*parts) *parts = new_parts(join, &join->table.layout, &join->build_parts);
  for (uint32_t b = 0; b < rows->block_count; b++) {
    for (uint32_t i = 0; i < rows->blocks[b].row_count; i++) {
      const uint8_t *row = vonk_block_row(rows, &rows->blocks[b], i);
      *vonk_join_hash(&join->table, row) = vonk_row_hash_columns(&join->table.layout, join->key_count, row);
    }
  }
  struct vonk_buffer *staging;
  TRY(vonk_buffer_create(context->task.budget, VONK_BLOCK_SIZE, &staging));
  enum vonk_status status = VONK_OK;
  for (uint32_t p = 0; p < VONK_JOIN_PARTITIONS && status == VONK_OK; p++) {
    status = write_partition(context, join, rows, p, &staging, &(*parts)->rows[p]);
  }
  vonk_buffer_release(staging);
  vonk_rows_deinit(rows);
  return status;
}

STATUS vonk_join_spill_probe(struct vonk_context *context, struct vonk_join *join, struct vonk_join_parts **parts, struct vonk_memory *memory,
                             struct vonk_scratch *scratch, const struct vonk_batch *in, const uint32_t *rows, uint32_t count, const uint64_t *hashes) {
  if (!*parts) *parts = new_parts(join, &join->probe_layout, &join->probe_parts);
  uint32_t ends[VONK_JOIN_PARTITIONS + 1] = {0}, sorted[VONK_BATCH_ROWS];
  for (uint32_t i = 0; i < count; i++) ends[partition_of(hashes[rows[i]]) + 1]++;
  for (uint32_t p = 0; p < VONK_JOIN_PARTITIONS; p++) ends[p + 1] += ends[p];
  for (uint32_t i = 0; i < count; i++) sorted[ends[partition_of(hashes[rows[i]])]++] = rows[i];
  uint64_t held = 0;
  for (uint32_t p = 0, from = 0; p < VONK_JOIN_PARTITIONS; from = ends[p++]) {
    struct vonk_rows *to = &(*parts)->rows[p];
    if (ends[p] > from) TRY(vonk_rows_append(&context->task, to, scratch, in->columns, sorted + from, ends[p] - from, in->row_count, NULL));
    held += to->byte_size;
  }
  if (!vonk_memory_must_spill(context->execution, memory, held)) return VONK_OK;
  for (uint32_t p = 0; p < VONK_JOIN_PARTITIONS; p++) {
    struct vonk_rows *to = &(*parts)->rows[p];
    uint64_t before = vonk_rows_spilled_size(to);
    TRY(vonk_rows_spill(&context->task, to, vonk_engine_spill(context->execution->engine)));
    count_spilled(join, to, before);
  }
  return VONK_OK;
}

/* ---- a partition at a time ---- */

struct spilled {
  void *probe;                     /* join_probe.c */
  struct vonk_join_table table;    /* of the unit's build rows */
  bool has_unit, more;             /* the probe has more for its last batch */
  const struct vonk_join_parts *parts; /* of the probe side, being read, */
  uint32_t block, row;
  struct vonk_buffer *buffer;      /* its block; NULL: not read yet, or the block is in memory */
  struct vonk_column *probe_columns, *columns;
  struct vonk_scratch input, output;
  uint32_t build_block, build_row; /* next row of the build side to look at when probing has ended */
};

STATUS vonk_join_open_spilled(struct vonk_context *context, struct vonk_join *join, void **state) {
  struct spilled *w = ARENA_NEW(context->task.arena, struct spilled);
  *state = w;
  w->probe_columns = ARENA_ARRAY(context->task.arena, struct vonk_column, join->probe->column_count + 1);
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, join->op.relation->column_count + 1);
  return vonk_join_open_probe(context, join, &w->probe);
}

static void drop_unit(struct spilled *w) {
  if (w->has_unit) vonk_join_table_deinit(&w->table);
  vonk_buffer_release(w->buffer);
  w->buffer = NULL;
  w->has_unit = false;
}

void vonk_join_close_spilled(void *state) {
  struct spilled *w = state;
  drop_unit(w);
  if (w->probe) vonk_join_close_probe(w->probe);
  vonk_scratch_deinit(&w->input);
  vonk_scratch_deinit(&w->output);
}

/* The build rows of partition P in a table. */
static STATUS load_table(struct vonk_context *context, struct vonk_join *join, struct spilled *w, uint32_t p) {
  struct vonk_join_table *table = &w->table;
  *table = (struct vonk_join_table){.layout = join->table.layout, .key_count = join->key_count, .has_null_key = join->table.has_null_key,
                                    .ordered = join->table.ordered};
  table->keys = ARENA_ARRAY(context->task.arena, struct vonk_join_key, join->key_count + 1);
  for (uint32_t k = 0; k < join->key_count; k++) {
    table->keys[k] = join->table.keys[k];
    table->keys[k].wants_bitmap = false;
    table->keys[k].bitmap = NULL;
  }
  vonk_rows_init(&table->rows, &table->layout);
  w->has_unit = true;
  for (const struct vonk_join_parts *parts = join->build_parts; parts; parts = parts->next) {
    for (uint32_t b = 0; b < parts->rows[p].block_count; b++) {
      TRY(vonk_rows_add_copy(&context->task, &table->rows, &parts->rows[p], b));
      TRY(vonk_task_check(&context->task));
    }
  }
  TRY(vonk_join_table_seal(&context->task, table));
  for (uint32_t b = 0; b < table->rows.block_count; b++) {
    vonk_join_table_insert(table, b);
    TRY(vonk_task_check(&context->task));
  }
  TRY(vonk_join_table_sort_chains(&context->task, table));
  vonk_join_probe_in(w->probe, table);
  w->parts = join->probe_parts;
  w->block = w->row = w->build_block = w->build_row = 0;
  w->more = false;
  return VONK_OK;
}

/* The next rows of the probe side; 0 at the end. */
static STATUS next_rows(struct vonk_context *context, struct spilled *w, uint32_t p, const uint8_t **rows, uint32_t *count) {
  for (*count = 0; w->parts && !*count;) {
    const struct vonk_rows *from = &w->parts->rows[p];
    if (w->block == from->block_count) {
      w->parts = w->parts->next;
      w->block = 0;
      continue;
    }
    const struct vonk_block *block = &from->blocks[w->block];
    if (!block->buffer && !w->buffer) TRY(vonk_rows_read(&context->task, from, w->block, &w->buffer));
    const uint8_t *base = w->buffer ? w->buffer->data : block->base;
    for (; w->row < block->row_count && *count < VONK_BATCH_ROWS; w->row++) rows[(*count)++] = base + (size_t)w->row * from->layout->stride;
    if (*count) break;
    vonk_buffer_release(w->buffer);
    w->buffer = NULL;
    w->block++;
    w->row = 0;
  }
  return VONK_OK;
}

/* Probes on until rows come out; *ENDED when all have been through. */
static STATUS probe(struct vonk_context *context, struct vonk_join *join, struct spilled *w, struct vonk_batch *out, bool *ended) {
  struct vonk_batch tag = *out;
  while (!out->row_count) {
    struct vonk_batch in = {.columns = w->probe_columns, .column_count = join->probe->column_count};
    if (!w->more) {
      const uint8_t *rows[VONK_BATCH_ROWS];
      uint32_t count;
      TRY(vonk_task_check(&context->task));
      TRY(next_rows(context, w, context->unit, rows, &count));
      *ended = count == 0;
      if (*ended) return VONK_OK;
      vonk_scratch_reset(&w->input);
      for (uint32_t c = 0; c < in.column_count; c++) {
        TRY(vonk_row_gather(&context->task, &join->probe_layout, c, &w->input, rows, count, &w->probe_columns[c]));
      }
      in.row_count = in.live_count = count;
    }
    enum vonk_step step;
    *out = tag;
    TRY(vonk_join_push(context, &join->op, w->probe, w->more ? NULL : &in, out, &step));
    w->more = step == VONK_STEP_HAVE_OUTPUT;
  }
  *ended = false;
  return VONK_OK;
}

/* Rows of the build side that come out by themselves. */
static STATUS rest(struct vonk_context *context, struct vonk_join *join, struct spilled *w, struct vonk_batch *out) {
  const uint8_t *rows[VONK_BATCH_ROWS];
  uint32_t count = 0;
  for (; join->marks_build && w->build_block < w->table.rows.block_count && count < VONK_BATCH_ROWS; w->build_block++, w->build_row = 0) {
    const struct vonk_block *block = &w->table.rows.blocks[w->build_block];
    for (; w->build_row < block->row_count && count < VONK_BATCH_ROWS; w->build_row++) {
      const uint8_t *row = vonk_block_row(&w->table.rows, block, w->build_row);
      if (vonk_join_comes_out(join, row)) rows[count++] = row;
    }
    if (w->build_row < block->row_count) break;
  }
  vonk_scratch_reset(&w->output);
  return count ? vonk_join_emit_build(context, join, &w->output, rows, count, w->columns, out) : VONK_OK;
}

STATUS vonk_join_pull_spilled(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct vonk_join *join = (struct vonk_join *)op;
  struct spilled *w = state;
  bool ended = false;
  if (!w->has_unit) TRY(load_table(context, join, w, context->unit));
  TRY(probe(context, join, w, out, &ended));
  if (ended) TRY(rest(context, join, w, out));
  *step = out->row_count ? VONK_STEP_HAVE_OUTPUT : VONK_STEP_NEED_INPUT;
  if (!out->row_count) drop_unit(w);
  return VONK_OK;
}
