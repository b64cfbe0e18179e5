/* scan.c: reads a source through its format's scan.
 *
 * Filters: simple comparisons of one column go to the format, which skips row groups and pages by them; other conjuncts over
 * one column go as a callback over encoded columns. What the format does not answer exactly, and conjuncts over several
 * columns, is evaluated on each batch here. Joins above publish runtime filters into slots of the scan (runtime_filter.h).
 * Formats know nothing of the column _metadata: it is put into their batches here.
 */
#include "catalog/source.h"
#include "exec/execution_internal.h"
#include "exec/op/scan_filter.h"
#include "exec/op/scan_metadata.h"
#include "exec/op/scan_pack.h"
#include "exec/op/scan_prune.h"
#include "exec/runtime_filter.h"
#include "expr/program.h"
#include "format/scan.h"
#include "kernel/gather.h"

struct scan {
  struct vonk_operator op;
  const struct vonk_format_type *format;
  struct vonk_scan_spec spec;
  struct vonk_scan *scan;
  struct vonk_scan_place *places;  /* of units, in the order of reading */
  struct vonk_exprs residual;      /* conjuncts to evaluate here */
  struct vonk_program *program;    /* of them; NULL: none */
  uint32_t metadata;               /* the place of _metadata among the columns; UINT32_MAX: not wanted */
};

struct scan_worker {
  struct vonk_reader *reader;
  const struct vonk_scan_place *place;
  struct vonk_batch_file file;
  const struct vonk_task *task;
  struct vonk_program_worker *program;
  struct vonk_scratch scratch;
  struct vonk_scan_metadata metadata;
  struct vonk_column *columns;     /* of the batch, with _metadata */
  uint64_t rows_left, next_row;    /* of a batch without columns */
  uint64_t mask[VONK_BATCH_WORDS];
};

/* Conjuncts that are not answered exactly stay to be evaluated. */
static STATUS compile_residual(struct vonk_task *task, struct scan *scan, const struct vonk_relation_scan *plan, const uint32_t *filter_of) {
  scan->residual.items = ARENA_ARRAY(task->arena, struct vonk_expr *, plan->filters.count + 1);
  for (uint32_t i = 0; i < plan->filters.count; i++) {
    bool exact = filter_of[i] != UINT32_MAX && scan->scan->answers[filter_of[i]] == VONK_SCAN_EXACT;
    if (!exact) scan->residual.items[scan->residual.count++] = plan->filters.items[i];
  }
  if (!scan->residual.count) return VONK_OK;
  return vonk_program_compile(task, &scan->residual, vonk_relation_ids(task->arena, &plan->relation), &scan->program);
}

static STATUS scan_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                        struct vonk_operator **out) {
  const struct vonk_relation_scan *plan = (const struct vonk_relation_scan *)relation;
  const struct vonk_source *source = plan->source;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_scan, relation, VONK_SHAPE_SOURCE, sizeof(struct scan));
  struct scan *scan = (struct scan *)op;
  struct vonk_arena *arena = task->arena;
  scan->format = source->format;
  scan->spec = (struct vonk_scan_spec){.files = source->files, .file_count = source->file_count, .schema = source->data_schema,
                                       .partition_schema = source->partition_schema, .options = source->options};
  uint32_t *columns = ARENA_ARRAY(arena, uint32_t, relation->column_count + 1);
  uint32_t *places = ARENA_ARRAY(arena, uint32_t, relation->column_count + 1);
  scan->metadata = UINT32_MAX;
  for (uint32_t i = 0; i < relation->column_count; i++) {
    places[i] = (uint32_t)plan->source_columns.items[i];
    if (places[i] == VONK_SOURCE_METADATA) scan->metadata = i;
    else columns[scan->spec.column_count++] = places[i];
  }
  scan->spec.columns = columns;
  uint32_t *filter_of = ARENA_ARRAY(arena, uint32_t, plan->filters.count + 1);
  TRY(vonk_scan_filters_make(task, plan, places, &scan->spec, filter_of));
  TRY(vonk_scan_prune_files(task, plan, &scan->spec));
  vonk_runtime_slots_make(execution, relation, places, &scan->spec);
  TRY(scan->format->open_scan(task, &scan->spec, &scan->scan));
  atomic_store(&op->unit_count, scan->scan->unit_count);
  TRY(vonk_scan_pack(task, scan->scan, &execution->partitioning, &scan->places, &op->partition_count));
  TRY(compile_residual(task, scan, plan, filter_of));
  *out = op;
  return VONK_OK;
}

static STATUS scan_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct scan *scan = (struct scan *)op;
  struct scan_worker *w = ARENA_NEW(context->task.arena, struct scan_worker);
  *state = w;
  w->task = &context->task;
  if (scan->metadata != UINT32_MAX) {
    const struct vonk_relation_scan *plan = (const struct vonk_relation_scan *)op->relation;
    w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, op->relation->column_count);
    TRY(vonk_scan_metadata_open(&context->task, scan->format->knows_rows && !plan->without_row_index, &w->metadata));
  }
  return scan->program ? vonk_program_open_worker(&context->task, scan->program, &w->program) : VONK_OK;
}

static void scan_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)role;
  struct scan_worker *w = state;
  if (!w) return;
  vonk_reader_close(w->reader);
  vonk_scan_filters_close_worker(&((struct scan *)op)->spec, w->task);
  if (w->program) vonk_program_close_worker(w->program);
  vonk_scan_metadata_close(&w->metadata);
  vonk_scratch_deinit(&w->scratch);
}

/* The rows that pass the conjuncts left to us; row_count 0 when none does. */
static STATUS filter_batch(struct vonk_context *context, struct scan_worker *w, struct vonk_batch *batch) {
  uint32_t count;
  TRY(vonk_program_filter(&context->task, w->program, batch, w->mask, &count));
  struct vonk_batch kept = *batch;
  kept.live_count = count;
  kept.live = count == batch->row_count ? NULL : w->mask;
  if (!count) kept.row_count = 0;
  *batch = kept;
  return VONK_OK;
}

/* Nothing behind a reader can give way: what it lacks is told with the file it reads. */
static STATUS read_status(struct vonk_context *context, const struct scan *scan, uint32_t unit, enum vonk_status status) {
  if (LIKELY(status == VONK_OK)) return VONK_OK;
  return vonk_task_memory_error_reading(&context->task, status, scan->spec.files[scan->scan->units[unit].file].path);
}

/* The next rows of the reader; without columns they come a piece at a time: others rely on the limit of a batch. */
static STATUS read_batch(struct vonk_context *context, struct scan *scan, struct scan_worker *w, struct vonk_batch *out) {
  if (!w->rows_left) {
    TRY(read_status(context, scan, w->place->unit, vonk_reader_next(&context->task, w->reader, out)));
    if (!out->row_count || scan->spec.column_count) return VONK_OK;
    w->rows_left = out->row_count;
    w->next_row = out->first_row;
  }
  uint32_t rows = w->rows_left < VONK_BATCH_ROWS ? (uint32_t)w->rows_left : VONK_BATCH_ROWS;
  *out = (struct vonk_batch){.row_count = rows, .live_count = rows, .unit = w->place->unit, .first_row = w->next_row};
  w->rows_left -= rows;
  w->next_row += rows;
  return VONK_OK;
}

/* BATCH with _metadata at its place. */
static void add_metadata(const struct scan *scan, struct scan_worker *w, struct vonk_batch *batch) {
  uint32_t at = scan->metadata;
  vonk_scan_metadata_fill(&w->metadata, batch);
  if (at) memcpy(w->columns, batch->columns, at * sizeof *w->columns);
  if (batch->column_count > at) memcpy(w->columns + at + 1, batch->columns + at, (batch->column_count - at) * sizeof *w->columns);
  w->columns[at] = w->metadata.column;
  batch->columns = w->columns;
  batch->column_count++;
}

static STATUS next_batch(struct vonk_context *context, struct scan *scan, struct scan_worker *w, struct vonk_batch *out) {
  for (;;) {
    TRY(read_batch(context, scan, w, out));
    if (!out->row_count) return VONK_OK;
    if (scan->metadata != UINT32_MAX) add_metadata(scan, w, out);
    if (!w->program) return VONK_OK;
    TRY(filter_batch(context, w, out));
    if (out->row_count) return VONK_OK;
    TRY(vonk_task_check(&context->task));
  }
}

static STATUS begin_unit(struct vonk_context *context, struct scan *scan, struct scan_worker *w) {
  w->place = &scan->places[context->unit];
  const struct vonk_scan_unit *unit = &scan->scan->units[w->place->unit];
  const struct vonk_scan_file *file = &scan->spec.files[unit->file];
  w->rows_left = 0;
  w->file = (struct vonk_batch_file){file->path, w->place->start, w->place->length};
  if (scan->metadata != UINT32_MAX) {
    const struct vonk_type *type = scan->op.relation->columns[scan->metadata].type;
    vonk_scan_metadata_begin(&w->metadata, type, file, w->place->start, w->place->length, unit->file_row);
  }
  return read_status(context, scan, w->place->unit, vonk_scan_unit_open(&context->task, scan->scan, w->place->unit, &w->reader));
}

static STATUS scan_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct scan *scan = (struct scan *)op;
  struct scan_worker *w = state;
  *step = VONK_STEP_HAVE_OUTPUT;
  if (!w->reader) TRY(begin_unit(context, scan, w));
  TRY(next_batch(context, scan, w, out));
  if (!out->row_count) {
    vonk_reader_close(w->reader);
    w->reader = NULL;
    *step = VONK_STEP_NEED_INPUT;
    return VONK_OK;
  }
  out->partition = w->place->partition;
  out->file = &w->file;
  if (!out->live || out->live_count * 4 >= out->row_count) return VONK_OK;
  struct vonk_batch sparse = *out;
  vonk_scratch_reset(&w->scratch);
  return vonk_batch_compact(&context->task, &w->scratch, &sparse, out);
}

static void scan_close(struct vonk_operator *op) {
  struct scan *scan = (struct scan *)op;
  vonk_scan_close(scan->scan);
}

const struct vonk_operator_type vonk_operator_scan = {
    .name = "Scan",
    .relation = &vonk_relation_scan_type,
    .open = scan_open,
    .open_worker = scan_open_worker,
    .close_worker = scan_close_worker,
    .pull = scan_pull,
    .close = scan_close,
};
