/* write.c: workers fill pieces, and hand them on in order.
 *
 * A worker keeps the first rows of a run as batches; when they pass HELD_ROWS they open a piece. Ended runs wait in a list by
 * (unit, number in the unit). Whoever ends one appends what has its turn: everything below the lowest unit that may still
 * get rows, in the pipeline or in a run that some worker has not ended. A worker ahead of that unit waits when too much
 * is pending; one at it never does.
 */
#include "exec/write.h"

#include "base/bits.h"
#include "exec/execution_internal.h"
#include "exec/memory.h"
#include "kernel/gather.h"

enum { HELD_ROWS = 16384, HELD_BYTES = 4 << 20, PENDING_BYTES = 64 << 20 };
#define NO_UNIT UINT64_MAX

struct run {
  struct run *next;                    /* pending ones, in order */
  struct vonk_write_part part;
  struct vonk_arena *arena;            /* holds this struct, its folder, its batches */
  ARRAY_OF(struct vonk_owned_batch *) held;
  uint64_t unit;
  uint32_t number;                     /* in the unit */
  uint64_t row_count, byte_size;
};

struct writer {
  struct run *run;                     /* the one under way */
  uint64_t unit;                       /* of the latest batch */
  uint32_t next_number;
  /* The file under way, with a limit of its rows. */
  uint64_t file_rows;
  uint32_t partition;
  struct vonk_text folder;
  struct vonk_scratch scratch;
};

struct write {
  struct vonk_operator op;
  const struct vonk_write_spec *spec;
  struct vonk_pipeline *pipeline;
  struct vonk_mutex lock;              /* of what follows */
  struct run *pending;
  uint64_t pending_bytes, pending_limit;
  uint64_t *held_units;                /* by worker: of its run under way; NO_UNIT: none */
  bool appending;                      /* some worker is at it */
  uint32_t waiting;
};

static void destroy_run(struct run *run) {
  if (!run) return;
  for (size_t i = 0; i < run->held.count; i++) vonk_owned_batch_destroy(run->held.items[i]);
  vonk_piece_close(run->part.piece);
  vonk_arena_destroy(run->arena);
}

/* --- the order --- */

/* The lowest unit that may get rows yet. The lock is held; the pipeline is asked first, since a worker's run shows here
 * before the worker claims its next unit. */
static uint64_t lowest_unit(const struct write *write) {
  uint64_t lowest = vonk_pipeline_floor(write->pipeline);
  for (uint32_t i = 0; i < write->op.execution->worker_limit; i++) {
    if (write->held_units[i] < lowest) lowest = write->held_units[i];
  }
  return lowest;
}

/* The first pending run whose turn it is. A run of the lowest unit itself has its turn too when the runs before it are
 * through: its worker ends them in order. The lock is held. */
static struct run *take_first(struct write *write) {
  struct run *run = write->pending;
  if (!run || run->unit > lowest_unit(write)) return NULL;
  write->pending = run->next;
  write->pending_bytes -= run->byte_size;
  return run;
}

static STATUS append_run(struct vonk_context *context, struct write *write, struct run *run) {
  run->part.batches = run->held.items;
  run->part.batch_count = (uint32_t)run->held.count;
  enum vonk_status status = write->spec->append(&context->task, write->spec->object, &run->part);
  destroy_run(run);
  return status;
}

/* Appends what has its turn, unless another worker does. */
static STATUS drain(struct vonk_context *context, struct write *write) {
  enum vonk_status status = VONK_OK;
  bool wake = false;
  vonk_mutex_lock(&write->lock);
  if (!write->appending) {
    write->appending = true;
    for (struct run *run; status == VONK_OK && (run = take_first(write)); wake = true) {
      vonk_mutex_unlock(&write->lock);
      status = append_run(context, write, run);
      vonk_mutex_lock(&write->lock);
    }
    write->appending = false;
  }
  wake = wake && write->waiting;
  if (wake) write->waiting = 0;
  vonk_mutex_unlock(&write->lock);
  if (wake) vonk_event_signal(&context->execution->wake);
  return status;
}

static void queue_run(struct write *write, struct run *run) {
  struct run **at = &write->pending;
  while (*at && ((*at)->unit < run->unit || ((*at)->unit == run->unit && (*at)->number < run->number))) at = &(*at)->next;
  run->next = *at;
  *at = run;
  write->pending_bytes += run->byte_size;
}

static STATUS end_run(struct vonk_context *context, struct write *write, struct writer *w) {
  struct run *run = w->run;
  if (!run) return VONK_OK;
  if (run->part.piece) {
    TRY(run->part.piece->plan->type->seal(&context->task, run->part.piece));
    run->byte_size = run->part.piece->byte_size;
  }
  w->run = NULL;
  vonk_mutex_lock(&write->lock);
  queue_run(write, run);
  write->held_units[context->worker] = NO_UNIT;
  vonk_mutex_unlock(&write->lock);
  return drain(context, write);
}

/* --- runs --- */

static void begin_run(struct vonk_context *context, struct write *write, struct writer *w, const struct vonk_batch *batch, struct vonk_str folder) {
  struct vonk_arena *arena = vonk_arena_create(context->task.budget);
  struct run *run = ARENA_NEW(arena, struct run);
  if (batch->unit != w->unit) w->next_number = 0;
  w->unit = batch->unit;
  w->run = run;
  run->arena = arena;
  run->unit = batch->unit;
  run->number = w->next_number++;
  run->part.partition = batch->partition;
  run->part.folder = vonk_str_copy(arena, folder);
  vonk_mutex_lock(&write->lock);
  write->held_units[context->worker] = run->unit;
  vonk_mutex_unlock(&write->lock);
}

/* The batches held so far become the piece's first rows. */
static STATUS open_piece(struct vonk_context *context, struct write *write, struct run *run) {
  const struct vonk_sink_type *sink = write->spec->plan->type;
  TRY(sink->open_piece(&context->task, write->spec->plan, &run->part.piece));
  for (size_t i = 0; i < run->held.count; i++) {
    TRY(sink->write(&context->task, run->part.piece, &run->held.items[i]->batch));
    vonk_owned_batch_destroy(run->held.items[i]);
    run->held.items[i] = NULL;
  }
  run->held.count = 0;
  return VONK_OK;
}

/* BATCH holds live rows of one run and the files' columns only. */
static STATUS add_rows(struct vonk_context *context, struct write *write, struct writer *w, const struct vonk_batch *batch) {
  struct run *run = w->run;
  uint32_t rows = batch->live ? batch->live_count : batch->row_count;
  if (!run->part.piece && (run->row_count + rows > HELD_ROWS || run->byte_size > HELD_BYTES)) TRY(open_piece(context, write, run));
  run->row_count += rows;
  if (run->part.piece) {
    TRY(write->spec->plan->type->write(&context->task, run->part.piece, batch));
    if (run->part.piece->is_full) TRY(end_run(context, write, w));
    return VONK_OK;
  }
  struct vonk_owned_batch *owned;
  TRY(vonk_batch_copy(&context->task, batch, &owned));
  *ARRAY_PUSH(run->arena, &run->held) = owned;
  run->byte_size += vonk_owned_batch_byte_size(owned);
  return VONK_OK;
}

/* BATCH, whose rows go to one folder, cut where a file is full. */
static STATUS add_limited(struct vonk_context *context, struct write *write, struct writer *w, const struct vonk_batch *batch, struct vonk_str folder) {
  uint64_t mask[VONK_BATCH_WORDS];
  struct vonk_batch part = *batch;
  part.live = mask;
  for (uint32_t row = 0; row < batch->row_count;) {
    memset(mask, 0, sizeof mask);
    part.live_count = 0;
    for (; row < batch->row_count && w->file_rows < write->spec->file_rows; row++) {
      if (!vonk_batch_row_live(batch, row)) continue;
      mask[row >> 6] |= (uint64_t)1 << (row & 63);
      part.live_count++, w->file_rows++;
    }
    if (!w->run) begin_run(context, write, w, batch, folder);
    if (part.live_count) TRY(add_rows(context, write, w, &part));
    if (w->file_rows < write->spec->file_rows) continue;
    TRY(end_run(context, write, w));
    w->file_rows = 0;
  }
  return VONK_OK;
}

static STATUS add_folder(struct vonk_context *context, struct write *write, struct writer *w, const struct vonk_batch *batch, struct vonk_str folder) {
  const struct run *run = w->run;
  if (run && (run->part.partition != batch->partition || !vonk_str_equal(run->part.folder, folder))) TRY(end_run(context, write, w));
  if (write->spec->file_rows) {
    if (w->partition != batch->partition || !vonk_str_equal(vonk_text_str(&w->folder), folder)) w->file_rows = 0;
    w->partition = batch->partition;
    w->folder.size = 0;
    vonk_text_add(&w->folder, folder);
    return add_limited(context, write, w, batch, folder);
  }
  if (!w->run) begin_run(context, write, w, batch, folder);
  return add_rows(context, write, w, batch);
}

static bool same_value(const struct vonk_column *column, uint32_t a, uint32_t b) {
  bool valid = vonk_column_row_valid(column, a);
  if (valid != vonk_column_row_valid(column, b)) return false;
  if (!valid) return true;
  uint32_t i = vonk_column_index(column, a), k = vonk_column_index(column, b);
  const void *data = vonk_column_values(column);
  if (i == k) return true;
  if (column->physical == VONK_PHYSICAL_BOOL) return vonk_bits_get(data, i) == vonk_bits_get(data, k);
  if (column->physical == VONK_PHYSICAL_VIEW) return vonk_str_equal(vonk_view_str((const struct vonk_view *)data + i), vonk_view_str((const struct vonk_view *)data + k));
  size_t size = vonk_physical_size[column->physical];
  return memcmp((const char *)data + i * size, (const char *)data + k * size, size) == 0;
}

/* Rows come ordered by folder: each stretch of one is cut out. */
static STATUS add_folders(struct vonk_context *context, struct write *write, struct writer *w, const struct vonk_batch *batch) {
  uint64_t mask[VONK_BATCH_WORDS];
  struct vonk_arena *arena = vonk_arena_create(context->task.budget);
  enum vonk_status status = VONK_OK;
  for (uint32_t row = 0; row < batch->row_count && status == VONK_OK;) {
    uint32_t end = row + 1;
    for (bool same = true; end < batch->row_count && same; end += same) {
      for (uint32_t c = write->spec->column_count; c < batch->column_count && same; c++) same = same_value(&batch->columns[c], row, end);
    }
    struct vonk_batch part = *batch;
    memset(mask, 0, sizeof mask);
    for (uint32_t i = row; i < end; i++) mask[i >> 6] |= (uint64_t)1 << (i & 63);
    part.column_count = write->spec->column_count;
    part.live = mask;
    part.live_count = end - row;
    vonk_arena_reset(arena);
    status = add_folder(context, write, w, &part, write->spec->folder(write->spec->object, arena, batch, row));
    row = end;
  }
  vonk_arena_destroy(arena);
  return status;
}

/* --- the operator --- */

static STATUS write_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)op, (void)role;
  struct writer *w = ARENA_NEW(context->task.arena, struct writer);
  w->unit = NO_UNIT;
  vonk_text_init(&w->folder, context->task.arena);
  *state = w;
  return VONK_OK;
}

static void write_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  struct writer *w = state;
  if (!w) return;
  destroy_run(w->run);
  vonk_scratch_deinit(&w->scratch);
}

/* Too far ahead? */
static bool must_wait(struct write *write, uint64_t unit) {
  vonk_mutex_lock(&write->lock);
  bool wait = write->pending_bytes > write->pending_limit && unit > vonk_pipeline_floor(write->pipeline);
  if (wait) write->waiting++;
  vonk_mutex_unlock(&write->lock);
  return wait;
}

static STATUS write_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step) {
  struct write *write = (struct write *)op;
  struct writer *w = state;
  uint64_t ticket = vonk_event_ticket(&context->execution->wake);
  if (w->run && w->run->unit != in->unit) TRY(end_run(context, write, w));
  if (must_wait(write, in->unit)) {
    context->wait_event = &context->execution->wake;
    context->wait_ticket = ticket;
    *step = VONK_STEP_BLOCKED;
    return VONK_OK;
  }
  *step = VONK_STEP_NEED_INPUT;
  if (!write->spec->folder) return add_folder(context, write, w, in, STR(""));
  struct vonk_batch dense;
  vonk_scratch_reset(&w->scratch);
  TRY(vonk_batch_compact(&context->task, &w->scratch, in, &dense));
  return add_folders(context, write, w, &dense);
}

static STATUS write_combine(struct vonk_context *context, struct vonk_operator *op, void *state) {
  return end_run(context, (struct write *)op, state);
}

static STATUS write_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  return part == VONK_FINISH_END ? drain(context, (struct write *)op) : VONK_OK;
}

static void write_close(struct vonk_operator *op) {
  struct write *write = (struct write *)op;
  for (struct run *run = write->pending, *next; run; run = next) {
    next = run->next;
    destroy_run(run);
  }
  vonk_mutex_deinit(&write->lock);
}

static const struct vonk_operator_type write_type = {
    .name = "Write",
    .open_worker = write_open_worker,
    .close_worker = write_close_worker,
    .absorb = write_absorb,
    .combine = write_combine,
    .finish = write_finish,
    .close = write_close,
};

struct vonk_operator *vonk_write_create(struct vonk_execution *execution, struct vonk_pipeline *pipeline, const struct vonk_write_spec *spec) {
  struct vonk_operator *op = vonk_operator_create(execution, &write_type, execution->root->relation, VONK_SHAPE_BREAKER, sizeof(struct write));
  struct write *write = (struct write *)op;
  write->spec = spec;
  write->pipeline = pipeline;
  write->pending_limit = vonk_memory_queue_size(execution, PENDING_BYTES);
  op->one_worker = spec->file_rows > 0; /* counting rows needs their order */
  vonk_mutex_init(&write->lock);
  write->held_units = ARENA_ARRAY(execution->arena, uint64_t, execution->worker_limit);
  for (uint32_t i = 0; i < execution->worker_limit; i++) write->held_units[i] = NO_UNIT;
  return op;
}
