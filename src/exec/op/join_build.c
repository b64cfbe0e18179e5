/* join_build.c: the build side: rows into blocks, then into chains, by all workers; then the runtime filter. And what no row
 * of the probe side has matched, when that has ended. */
#include "exec/op/join.h"
#include "exec/order_tag.h"

struct build {
  struct vonk_program_worker *keys;
  struct vonk_scratch scratch;
  struct vonk_column *columns; /* keys, then payload */
  struct vonk_rows rows;
  struct vonk_join_range *ranges; /* one a key */
  bool has_null_key;
  struct vonk_tag_counter tags;
  uint64_t row_count;
  struct vonk_memory memory;
  struct vonk_join_parts *parts;
};

STATUS vonk_join_open_build(struct vonk_context *context, struct vonk_join *join, void **state) {
  struct build *w = ARENA_NEW(context->task.arena, struct build);
  *state = w;
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, join->table.layout.column_count + 1);
  w->ranges = ARENA_ARRAY(context->task.arena, struct vonk_join_range, join->key_count + 1);
  vonk_rows_init(&w->rows, &join->table.layout);
  return join->build_keys ? vonk_program_open_worker(&context->task, join->build_keys, &w->keys) : VONK_OK;
}

void vonk_join_close_build(void *state) {
  struct build *w = state;
  if (w->keys) vonk_program_close_worker(w->keys);
  vonk_scratch_deinit(&w->scratch);
  vonk_rows_deinit(&w->rows);
}

/* Keeps the range of keys that can match; in ROWS only those stay, unless all are wanted. */
static uint32_t look_at_keys(struct vonk_join *join, struct build *w, uint32_t *rows, uint32_t count) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    bool never = false;
    for (uint32_t k = 0; k < join->key_count; k++) {
      never |= !join->table.keys[k].null_safe && !vonk_column_row_valid(&w->columns[k], rows[i]);
    }
    w->has_null_key |= never;
    rows[kept] = rows[i];
    kept += !never || join->marks_build;
  }
  return kept;
}

static void give_places(struct vonk_join *join, struct build *w, const struct vonk_batch *in, uint8_t *const *rows, uint32_t count) {
  uint64_t first = vonk_tag_next(&w->tags, in->unit, count);
  for (uint32_t i = 0; i < count; i++) *vonk_join_place(&join->table, rows[i]) = first + i;
}

STATUS vonk_join_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step) {
  struct vonk_join *join = (struct vonk_join *)op;
  struct build *w = state;
  *step = VONK_STEP_NEED_INPUT;
  vonk_scratch_reset(&w->scratch);
  if (w->keys) TRY(vonk_program_eval(&context->task, w->keys, in, w->columns));
  for (uint32_t i = 0; i < join->payload_count; i++) w->columns[join->key_count + i] = in->columns[join->payload[i]];
  uint32_t rows[VONK_BATCH_ROWS + 64], count = vonk_select_rows(in->live, in->row_count, rows);
  bool nulls = false;
  for (uint32_t k = 0; k < join->key_count; k++) nulls |= w->columns[k].valid || w->columns[k].physical == VONK_PHYSICAL_NONE;
  if (nulls) count = look_at_keys(join, w, rows, count);
  uint8_t *stored[VONK_BATCH_ROWS];
  TRY(vonk_rows_append(&context->task, &w->rows, &w->scratch, w->columns, rows, count, in->row_count, stored));
  vonk_join_widen(&join->table, w->ranges, stored, count);
  if (join->table.ordered) give_places(join, w, in, stored, count);
  w->row_count += count;
  /* Rows come back from disk in another order: a test does not ask for that where it shows. */
  bool may = op->emits_spilled && !(op->execution->options.force_spill && op->ordered);
  if (!may || !vonk_memory_must_spill(op->execution, &w->memory, w->rows.byte_size)) return VONK_OK;
  atomic_store(&join->spills, true);
  return vonk_join_spill_build(context, join, &w->rows, &w->parts);
}

static void add_range(struct vonk_join_range *all, const struct vonk_join_range *more) {
  if (!more->known) return;
  if (!all->known) *all = *more;
  if (more->min < all->min) all->min = more->min;
  if (more->max > all->max) all->max = more->max;
}

STATUS vonk_join_combine(struct vonk_context *context, struct vonk_operator *op, void *state) {
  struct vonk_join *join = (struct vonk_join *)op;
  struct build *w = state;
  struct vonk_join_table *table = &join->table;
  if (atomic_load(&join->spills)) TRY(vonk_join_spill_build(context, join, &w->rows, &w->parts));
  vonk_mutex_lock(&join->lock);
  join->build_row_count += w->row_count;
  enum vonk_status status = vonk_rows_concat(&context->task, &table->rows, &w->rows);
  table->has_null_key |= w->has_null_key;
  for (uint32_t k = 0; k < join->key_count; k++) add_range(&table->keys[k].range, &w->ranges[k]);
  vonk_mutex_unlock(&join->lock);
  return status;
}

static void publish_filters(struct vonk_join *join) {
  for (uint32_t k = 0; k < join->key_count; k++) {
    struct vonk_runtime_slot *slot = join->slots[k];
    const struct vonk_join_key *key = &join->table.keys[k];
    if (!slot || !slot->scan) continue;
    slot->sealed = (struct vonk_runtime_filter){.has_range = true, .min = key->range.min, .max = key->range.max};
    if (!key->range.known) slot->sealed.min = 1, slot->sealed.max = 0;
    if (key->bitmap) slot->sealed.bitmap = (const uint64_t *)key->bitmap->data;
    vonk_runtime_slot_publish(slot);
  }
}

static STATUS finish_spilled(struct vonk_context *context, struct vonk_join *join, uint32_t part) {
  struct vonk_join_parts *parts = NULL;
  /* Rows of workers that had ended before memory was short. */
  if (part == VONK_FINISH_PLAN) return vonk_join_spill_build(context, join, &join->table.rows, &parts);
  publish_filters(join);
  atomic_store(&join->op.unit_count, VONK_JOIN_PARTITIONS);
  return VONK_OK;
}

STATUS vonk_join_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  struct vonk_join *join = (struct vonk_join *)op;
  struct vonk_join_table *table = &join->table;
  if (atomic_load(&join->spills)) return finish_spilled(context, join, part);
  if (part == VONK_FINISH_PLAN) {
    for (uint32_t k = 0; k < join->key_count; k++) table->keys[k].wants_bitmap = join->slots[k] && join->slots[k]->scan;
    TRY(vonk_join_table_seal(&context->task, table));
    op->finish_count = table->rows.block_count;
  } else if (part == VONK_FINISH_END) {
    TRY(vonk_join_table_sort_chains(&context->task, table));
    publish_filters(join);
    atomic_store(&op->unit_count, !join->marks_build ? 0 : table->ordered ? 1 : table->rows.block_count);
  } else {
    vonk_join_table_insert(table, part);
  }
  return VONK_OK;
}

/* ---- rows without a match ---- */

struct unmatched {
  struct vonk_scratch scratch;
  struct vonk_column *columns;
  bool has_unit;
  uint32_t row;     /* of the unit's block */
  uint8_t *chain;   /* ordered: what is left */
};

STATUS vonk_join_open_unmatched(struct vonk_context *context, struct vonk_join *join, void **state) {
  struct unmatched *w = ARENA_NEW(context->task.arena, struct unmatched);
  *state = w;
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, join->op.relation->column_count + 1);
  return VONK_OK;
}

void vonk_join_close_unmatched(void *state) { vonk_scratch_deinit(&((struct unmatched *)state)->scratch); }

static uint32_t next_of_block(struct vonk_join *join, struct unmatched *w, uint32_t unit, const uint8_t **rows) {
  const struct vonk_block *block = &join->table.rows.blocks[unit];
  uint32_t count = 0;
  for (; w->row < block->row_count && count < VONK_BATCH_ROWS; w->row++) {
    const uint8_t *row = vonk_block_row(&join->table.rows, block, w->row);
    if (vonk_join_comes_out(join, row)) rows[count++] = row;
  }
  return count;
}

/* All that come out in one chain, by place; nobody follows the chains of keys any more. */
static uint8_t *chain_in_order(struct vonk_join *join) {
  struct vonk_rows *all = &join->table.rows;
  uint8_t *chain = NULL;
  for (uint32_t b = 0; b < all->block_count; b++) {
    for (uint32_t i = 0; i < all->blocks[b].row_count; i++) {
      uint8_t *row = vonk_block_row(all, &all->blocks[b], i);
      if (!vonk_join_comes_out(join, row)) continue;
      *vonk_join_next(&join->table, row) = chain;
      chain = row;
    }
  }
  return vonk_join_sort_chain(&join->table, chain);
}

static uint32_t next_of_chain(struct vonk_join *join, struct unmatched *w, const uint8_t **rows) {
  uint32_t count = 0;
  for (; w->chain && count < VONK_BATCH_ROWS; w->chain = *vonk_join_next(&join->table, w->chain)) rows[count++] = w->chain;
  return count;
}

STATUS vonk_join_emit_build(struct vonk_context *context, const struct vonk_join *join, struct vonk_scratch *scratch, const uint8_t *const *rows,
                            uint32_t count, struct vonk_column *columns, struct vonk_batch *out) {
  uint32_t left = join->plan->left->column_count, build_at = join->build_left ? 0 : left, probe_at = join->build_left ? left : 0;
  for (uint32_t c = 0; c < join->build->column_count; c++) {
    TRY(vonk_row_gather(&context->task, &join->table.layout, join->build_slots[c], scratch, rows, count, &columns[build_at + c]));
  }
  for (uint32_t c = 0; join->build_outer && c < join->probe->column_count; c++) {
    struct vonk_value null = vonk_value_null(join->probe->columns[c].type);
    columns[probe_at + c] = vonk_column_const(context->task.arena, &null);
  }
  out->columns = columns;
  out->column_count = join->op.relation->column_count;
  out->row_count = out->live_count = count;
  return VONK_OK;
}

STATUS vonk_join_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct vonk_join *join = (struct vonk_join *)op;
  struct vonk_join_table *table = &join->table;
  struct unmatched *w = state;
  if (!w->has_unit) {
    w->has_unit = true;
    w->row = 0;
    w->chain = table->ordered ? chain_in_order(join) : NULL;
  }
  const uint8_t *rows[VONK_BATCH_ROWS];
  uint32_t count = table->ordered ? next_of_chain(join, w, rows) : next_of_block(join, w, context->unit, rows);
  if (!count) {
    w->has_unit = false;
    *step = VONK_STEP_NEED_INPUT;
    return VONK_OK;
  }
  vonk_scratch_reset(&w->scratch);
  *step = VONK_STEP_HAVE_OUTPUT;
  return vonk_join_emit_build(context, join, &w->scratch, rows, count, w->columns, out);
}
