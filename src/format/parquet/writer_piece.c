/* writer_piece.c: batches to a row group in memory. */
#include "base/bits.h"
#include "format/parquet/writer_internal.h"
#include "kernel/gather.h"
#include "kernel/select.h"

enum { STEP_ELEMENTS = 1 << 15 };

STATUS parquet_piece_open(struct vonk_task *task, const struct vonk_sink_plan *base, struct vonk_piece **out) {
  const struct parquet_plan *plan = (const struct parquet_plan *)base;
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct parquet_piece *p = ARENA_NEW(arena, struct parquet_piece);
  p->piece.plan = base;
  p->plan = plan;
  p->arena = arena;
  p->header_arena = vonk_arena_create(task->budget);
  p->columns = ARENA_ARRAY(arena, struct parquet_out_column, plan->leaf_count);
  vonk_compressor_init(&p->compressor, plan->codec, plan->codec_level);
  enum vonk_status status = VONK_OK;
  for (uint32_t i = 0; i < plan->leaf_count && status == VONK_OK; i++) {
    struct parquet_out_column *c = &p->columns[i];
    c->leaf = &plan->leaves[i];
    c->coded = c->leaf->dictionary;
    if (!c->leaf->bloom_bytes) continue;
    status = vonk_buffer_create(task->budget, c->leaf->bloom_bytes, &c->bloom);
    if (status == VONK_OK) memset(c->bloom->data, 0, c->bloom->size = c->leaf->bloom_bytes);
  }
  if (status != VONK_OK) {
    parquet_piece_close(&p->piece);
    return status;
  }
  *out = &p->piece;
  return VONK_OK;
}

static void release_scratch(struct parquet_piece *p) {
  vonk_compressor_deinit(&p->compressor);
  vonk_scratch_deinit(&p->batch_scratch), vonk_scratch_deinit(&p->scratch);
  vonk_buffer_release(p->body), vonk_buffer_release(p->packed), vonk_buffer_release(p->seen);
  p->body = p->packed = p->seen = NULL;
}

void parquet_piece_close(struct vonk_piece *base) {
  struct parquet_piece *p = (struct parquet_piece *)base;
  release_scratch(p);
  for (uint32_t i = 0; i < p->plan->leaf_count; i++) parquet_column_deinit(&p->columns[i]);
  vonk_arena_destroy(p->header_arena);
  vonk_arena_destroy(p->arena);
}

/* A field that is a leaf itself: ROW_COUNT rows, all live. */
static STATUS write_flat(struct vonk_task *task, struct parquet_piece *p, struct parquet_out_column *c, const struct vonk_column *column, uint32_t row_count) {
  bool none = column->physical == VONK_PHYSICAL_NONE || (column->encoding == VONK_CONST && !vonk_column_row_valid(column, 0));
  bool all = !none && (!column->valid || column->encoding == VONK_CONST || vonk_bits_all(column->valid, row_count));
  void *rows = NULL, *valid = NULL;
  uint32_t count = none ? 0 : row_count;
  if (!all) {
    TRY(vonk_scratch_take(task, &p->scratch, row_count, &valid));
    if (none) memset(valid, 0, row_count);
    else vonk_bits_unpack_bytes(column->valid, row_count, valid);
    if (!c->leaf->max_definition)
      return vonk_raisef(task, VONK_INTERNAL_ERROR, NULL, "message", "a null in the column " STR_FMT ", which cannot hold one", STR_ARG(c->leaf->path[0]));
  }
  if (!all && !none) {
    TRY(vonk_scratch_take_rows(task, &p->scratch, row_count, 4, &rows));
    count = vonk_select_rows(column->valid, row_count, rows);
  }
  TRY(parquet_column_add_values(task, p, c, column, rows, count));
  TRY(parquet_column_add_flat(task, c, valid, row_count));
  return parquet_column_end_rows(task, p, c, row_count);
}

/* Rows with long lists go in steps, so that pages may end between them. */
static STATUS write_nested(struct vonk_task *task, struct parquet_piece *p, const struct parquet_out_node *node, const struct vonk_column *column,
                           uint32_t row_count) {
  uint32_t steps = column->physical == VONK_PHYSICAL_LIST ? column->child_count / STEP_ELEMENTS + 1 : 1, step = row_count / steps + 1;
  for (uint32_t at = 0; at < row_count; at += step) {
    uint32_t count = row_count - at < step ? row_count - at : step;
    vonk_scratch_reset(&p->scratch);
    TRY(parquet_shred(task, p, node, column, at, count));
    for (uint32_t i = 0; i < node->leaf_count; i++) TRY(parquet_column_end_rows(task, p, &p->columns[node->leaf + i], count));
  }
  return VONK_OK;
}

static void measure(struct parquet_piece *p) {
  uint64_t encoded = 0, held = 0;
  for (uint32_t i = 0; i < p->plan->leaf_count; i++) {
    const struct parquet_out_column *c = &p->columns[i];
    encoded += parquet_out_size(c->chunk) + parquet_out_size(c->values) + parquet_out_size(c->dictionary_page);
    held += parquet_out_size(c->definitions) + parquet_out_size(c->dictionary.plain) + (uint64_t)c->dictionary.slot_count * 8;
  }
  p->piece.byte_size = encoded + held;
  p->piece.is_full = p->piece.row_count >= p->plan->group_rows || encoded >= p->plan->group_bytes;
}

STATUS parquet_piece_write(struct vonk_task *task, struct vonk_piece *base, const struct vonk_batch *batch) {
  struct parquet_piece *p = (struct parquet_piece *)base;
  const struct parquet_plan *plan = p->plan;
  struct vonk_batch dense;
  vonk_scratch_reset(&p->batch_scratch);
  TRY(vonk_task_check(task));
  TRY(vonk_batch_compact(task, &p->batch_scratch, batch, &dense));
  for (uint32_t f = 0; f < plan->schema->field_count; f++) {
    const struct parquet_out_node *node = &plan->fields[f];
    vonk_scratch_reset(&p->scratch);
    if (node->child_count) TRY(write_nested(task, p, node, &dense.columns[f], dense.row_count));
    else TRY(write_flat(task, p, &p->columns[node->leaf], &dense.columns[f], dense.row_count));
  }
  p->piece.row_count += dense.row_count;
  measure(p);
  return VONK_OK;
}

STATUS parquet_piece_seal(struct vonk_task *task, struct vonk_piece *base) {
  struct parquet_piece *p = (struct parquet_piece *)base;
  for (uint32_t i = 0; i < p->plan->leaf_count; i++) {
    TRY(parquet_column_seal(task, p, &p->columns[i]));
    TRY(vonk_task_check(task));
  }
  release_scratch(p);
  measure(p);
  return VONK_OK;
}
