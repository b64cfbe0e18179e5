/* sorter.c: sinks and runs. */
#include "exec/sorter_internal.h"
#include "kernel/select.h"

enum { PRUNE_MIN = 4096 };

struct vonk_sorter_sink {
  struct vonk_sorter_run *run;
  struct vonk_program_worker *program;
  struct vonk_column *results, *columns;
  struct vonk_scratch scratch;
  struct vonk_arena *text;       /* keys of a batch */
  struct vonk_memory memory;
  struct vonk_buffer *staging;   /* a block to write runs through, held from the start */
  uint32_t *boundaries;
  uint64_t prune_at;
  bool has_bound;                /* top-N: a row not before it cannot matter */
  struct vonk_sorter_entry bound;
};

STATUS vonk_sorter_init(struct vonk_task *task, struct vonk_sorter *s, struct vonk_operator *op, const struct vonk_sorter_options *options) {
  struct vonk_arena *arena = task->arena;
  const struct vonk_relation *input = options->input;
  uint32_t partition = options->partition ? options->partition->count : 0, extras = options->extras ? options->extras->count : 0;
  s->execution = op->execution;
  s->metrics = &op->metrics;
  vonk_mutex_init(&s->lock);
  s->arena = vonk_arena_create(op->execution->budget);
  s->boundary_count = partition;
  s->key_count = partition + options->order->count;
  s->extra_count = extras;
  s->input_count = input->column_count;
  s->wanted = options->wanted;
  s->keys = ARENA_ARRAY(arena, struct vonk_sort_key, s->key_count + 1);
  struct vonk_exprs exprs = {ARENA_ARRAY(arena, struct vonk_expr *, s->key_count + extras + 1), s->key_count + extras};
  for (uint32_t i = 0; i < partition; i++) exprs.items[i] = options->partition->items[i];
  for (uint32_t i = 0; i < options->order->count; i++) {
    const struct vonk_expr_sort_order *order = (const struct vonk_expr_sort_order *)options->order->items[i];
    exprs.items[partition + i] = order->child;
    s->keys[partition + i].descending = order->descending;
    s->keys[partition + i].nulls_last = order->nulls ? order->nulls == 2 : order->descending;
  }
  for (uint32_t i = 0; i < extras; i++) exprs.items[s->key_count + i] = options->extras->items[i];
  const struct vonk_type **types = ARENA_ARRAY(arena, const struct vonk_type *, 1 + s->input_count + extras);
  types[0] = &vonk_type_binary;
  for (uint32_t i = 0; i < s->input_count; i++) types[1 + i] = input->columns[i].type;
  for (uint32_t i = 0; i < extras; i++) types[1 + s->input_count + i] = options->extras->items[i]->type;
  vonk_row_layout_init(arena, &s->layout, types, 1 + s->input_count + extras, 16);
  return vonk_program_compile(task, &exprs, vonk_relation_ids(arena, input), &s->program);
}

void vonk_sorter_run_deinit(struct vonk_sorter_run *run) {
  vonk_rows_deinit(&run->rows);
  vonk_buffer_release(run->entries);
  vonk_arena_destroy(run->arena);
}

void vonk_sorter_deinit(struct vonk_sorter *s) {
  for (struct vonk_sorter_run *run = s->runs; run; run = run->next) vonk_sorter_run_deinit(run);
  s->runs = NULL;
  vonk_arena_destroy(s->arena);
  vonk_mutex_deinit(&s->lock);
}

bool vonk_sorter_spilled(const struct vonk_sorter *s) {
  for (struct vonk_sorter_run *run = s->runs; run; run = run->next) {
    if (!run->entries) return true;
  }
  return false;
}

static STATUS new_run(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_sink *w) {
  struct vonk_buffer *entries;
  TRY(vonk_buffer_create(context->task.budget, 1024 * sizeof(struct vonk_sorter_entry), &entries));
  vonk_mutex_lock(&s->lock);
  struct vonk_sorter_run *run = ARENA_NEW(s->arena, struct vonk_sorter_run);
  vonk_rows_init(&run->rows, &s->layout);
  run->entries = entries;
  run->sequence = s->run_count++;
  run->next = s->runs;
  s->runs = run;
  w->run = run;
  vonk_mutex_unlock(&s->lock);
  return VONK_OK;
}

STATUS vonk_sorter_sink_open(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_sink **out) {
  struct vonk_arena *arena = context->task.arena;
  struct vonk_sorter_sink *w = ARENA_NEW(arena, struct vonk_sorter_sink);
  *out = w;
  w->text = vonk_arena_create(context->task.budget);
  w->results = ARENA_ARRAY(arena, struct vonk_column, s->key_count + s->extra_count + 1);
  w->columns = ARENA_ARRAY(arena, struct vonk_column, s->layout.column_count + 1);
  w->boundaries = ARENA_ARRAY(arena, uint32_t, VONK_BATCH_ROWS);
  w->prune_at = s->wanted > UINT64_MAX / 4 ? UINT64_MAX : s->wanted * 2 < PRUNE_MIN ? PRUNE_MIN : s->wanted * 2;
  if (s->wanted == UINT64_MAX) TRY(vonk_buffer_create(context->task.budget, VONK_BLOCK_SIZE, &w->staging));
  TRY(new_run(context, s, w));
  return vonk_program_open_worker(&context->task, s->program, &w->program);
}

void vonk_sorter_sink_close(struct vonk_sorter_sink *w) {
  if (!w) return;
  if (w->program) vonk_program_close_worker(w->program);
  vonk_scratch_deinit(&w->scratch);
  vonk_buffer_release(w->staging);
  vonk_arena_destroy(w->text);
}

/* ENTRIES in place, stable; SPACE holds half as many. A cancelled TASK leaves them half sorted. */
static void merge_sort(const struct vonk_task *task, const struct vonk_sorter *s, struct vonk_sorter_entry *entries, struct vonk_sorter_entry *space, uint64_t count) {
  if (count <= 12) {
    for (uint64_t i = 1; i < count; i++) {
      struct vonk_sorter_entry moved = entries[i];
      uint64_t at = i;
      for (; at > 0 && vonk_sorter_compare(s, &moved, &entries[at - 1]) < 0; at--) entries[at] = entries[at - 1];
      entries[at] = moved;
    }
    return;
  }
  if (count > 4096 && vonk_task_cancelled(task)) return;
  uint64_t half = count / 2;
  merge_sort(task, s, entries, space, half);
  merge_sort(task, s, entries + half, space, count - half);
  if (vonk_sorter_compare(s, &entries[half - 1], &entries[half]) <= 0) return;
  memcpy(space, entries, half * sizeof *space);
  uint64_t left = 0, right = half, to = 0;
  while (left < half && right < count) {
    if ((to & 0xFFFF) == 0xFFFF && vonk_task_cancelled(task)) return;
    entries[to++] = vonk_sorter_compare(s, &entries[right], &space[left]) < 0 ? entries[right++] : space[left++];
  }
  memcpy(entries + to, space + left, (half - left) * sizeof *entries);
}

static STATUS sort_run(struct vonk_context *context, const struct vonk_sorter *s, struct vonk_sorter_run *run) {
  struct vonk_buffer *space;
  TRY(vonk_buffer_create(context->task.budget, (run->count / 2 + 1) * sizeof(struct vonk_sorter_entry), &space));
  merge_sort(&context->task, s, (struct vonk_sorter_entry *)run->entries->data, (struct vonk_sorter_entry *)space->data, run->count);
  vonk_buffer_release(space);
  return vonk_task_check(&context->task);
}

/* Keeps the first `wanted` rows, in memory of their own. */
static STATUS prune(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_sink *w) {
  struct vonk_sorter_run *run = w->run;
  TRY(sort_run(context, s, run));
  struct vonk_rows kept;
  vonk_rows_init(&kept, &s->layout);
  struct vonk_sorter_entry *entries = (struct vonk_sorter_entry *)run->entries->data;
  run->count = run->count < s->wanted ? run->count : s->wanted;
  enum vonk_status status = VONK_OK;
  for (uint64_t i = 0; i < run->count && status == VONK_OK; i++) status = vonk_rows_add(&context->task, &kept, entries[i].row, &entries[i].row);
  if (status != VONK_OK) {
    vonk_rows_deinit(&kept);
    return status;
  }
  vonk_rows_deinit(&run->rows);
  run->rows = kept;
  w->has_bound = run->count == s->wanted && run->count;
  if (w->has_bound) w->bound = entries[run->count - 1];
  return VONK_OK;
}

void vonk_sorter_run_init(const struct vonk_sorter *s, struct vonk_sorter_run *run) {
  *run = (struct vonk_sorter_run){.arena = vonk_arena_create(s->execution->budget)};
  vonk_rows_init(&run->rows, &s->layout);
}

STATUS vonk_sorter_run_write(struct vonk_task *task, const struct vonk_sorter *s, struct vonk_sorter_run *run, struct vonk_rows_writer *writer,
                             const uint8_t *row) {
  TRY(vonk_rows_writer_add(task, writer, row));
  run->count++;
  if (writer->block.row_count > 1) return VONK_OK;
  *ARRAY_PUSH(run->arena, &run->block_keys) = vonk_str_copy(run->arena, vonk_sorter_splitter(s, row));
  return VONK_OK;
}

/* RUN, of rows in memory, becomes SORTED, on disk. */
static void become_spilled(struct vonk_sorter *s, struct vonk_sorter_run *run, const struct vonk_sorter_run *sorted) {
  atomic_fetch_add_explicit(&s->metrics->spill_bytes, vonk_rows_spilled_size(&sorted->rows), memory_order_relaxed);
  struct vonk_sorter_run *next = run->next;
  uint32_t sequence = run->sequence;
  vonk_sorter_run_deinit(run);
  *run = *sorted;
  run->next = next;
  run->sequence = sequence;
}

/* The run goes to disk in order, a new one begins. */
static STATUS spill_run(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_sink *w) {
  struct vonk_sorter_run *run = w->run;
  if (!run->count) return VONK_OK;
  TRY(sort_run(context, s, run));
  struct vonk_sorter_run sorted;
  vonk_sorter_run_init(s, &sorted);
  const struct vonk_sorter_entry *entries = (const struct vonk_sorter_entry *)run->entries->data;
  struct vonk_rows_writer writer = {.rows = &sorted.rows, .staging = &w->staging, .folder = vonk_engine_spill(s->execution->engine)};
  enum vonk_status status = VONK_OK;
  for (uint64_t i = 0; i < run->count && status == VONK_OK; i++) status = vonk_sorter_run_write(&context->task, s, &sorted, &writer, entries[i].row);
  if (status == VONK_OK) status = vonk_rows_writer_flush(&context->task, &writer);
  if (status != VONK_OK) {
    vonk_sorter_run_deinit(&sorted);
    return status;
  }
  become_spilled(s, run, &sorted);
  return new_run(context, s, w);
}

/* The keys of the live rows as a BINARY column; ROWS loses those that cannot matter. */
static STATUS make_keys(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_sink *w, uint32_t row_count, uint32_t *rows, uint32_t *count) {
  void *memory;
  TRY(vonk_scratch_take_rows(&context->task, &w->scratch, row_count, sizeof(struct vonk_view), &memory));
  struct vonk_view *views = memory;
  vonk_arena_reset(w->text);
  struct vonk_text text;
  vonk_text_init(&text, w->text);
  /* One text for all keys; it may move while it grows, so views are made at the end. */
  uint32_t ends[VONK_BATCH_ROWS];
  for (uint32_t i = 0; i < *count; i++) {
    size_t from = text.size;
    for (uint32_t k = 0; k < s->key_count; k++) {
      if (k == s->boundary_count) w->boundaries[i] = (uint32_t)(text.size - from);
      vonk_sort_key_add(&text, &s->keys[k], &w->results[k], rows[i]);
    }
    if (s->key_count == s->boundary_count) w->boundaries[i] = (uint32_t)(text.size - from);
    ends[i] = (uint32_t)text.size;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < *count; i++) {
    uint32_t row = rows[i], from = i ? ends[i - 1] : 0;
    vonk_view_put(&views[row], text.data ? text.data + from : "", ends[i] - from);
    if (w->has_bound && vonk_sorter_compare_keys(&views[row], vonk_sorter_key(s, w->bound.row)) >= 0) continue;
    w->boundaries[kept] = w->boundaries[i];
    rows[kept++] = row;
  }
  *count = kept;
  w->columns[0] = (struct vonk_column){.type = &vonk_type_binary, .encoding = VONK_FLAT, .physical = VONK_PHYSICAL_VIEW, .data = views};
  return VONK_OK;
}

STATUS vonk_sorter_absorb(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_sink *w, const struct vonk_batch *in) {
  if (!s->wanted) return VONK_OK;
  vonk_scratch_reset(&w->scratch);
  if (s->key_count + s->extra_count) TRY(vonk_program_eval(&context->task, w->program, in, w->results));
  uint32_t rows[VONK_BATCH_ROWS + 64], count = vonk_select_rows(in->live, in->row_count, rows);
  TRY(make_keys(context, s, w, in->row_count, rows, &count));
  if (!count) return VONK_OK;
  memcpy(w->columns + 1, in->columns, s->input_count * sizeof *w->columns);
  memcpy(w->columns + 1 + s->input_count, w->results + s->key_count, s->extra_count * sizeof *w->columns);
  struct vonk_sorter_run *run = w->run;
  uint8_t *stored[VONK_BATCH_ROWS];
  TRY(vonk_rows_append(&context->task, &run->rows, &w->scratch, w->columns, rows, count, in->row_count, stored));
  size_t needed = (run->count + count) * sizeof(struct vonk_sorter_entry);
  run->entries->size = run->count * sizeof(struct vonk_sorter_entry);
  if (needed > run->entries->capacity) TRY(vonk_buffer_grow(&run->entries, needed * 2));
  struct vonk_sorter_entry *entries = (struct vonk_sorter_entry *)run->entries->data + run->count;
  for (uint32_t i = 0; i < count; i++) {
    *vonk_sorter_unit(s, stored[i]) = in->unit;
    *(uint32_t *)(stored[i] + s->layout.extra_offset + 8) = w->boundaries[i];
    entries[i] = (struct vonk_sorter_entry){vonk_sorter_prefix(vonk_sorter_key(s, stored[i])), stored[i]};
  }
  run->count += count;
  if (run->count > w->prune_at) return prune(context, s, w);
  if (s->wanted == UINT64_MAX && vonk_memory_must_spill(s->execution, &w->memory, run->rows.byte_size + run->entries->capacity)) {
    return spill_run(context, s, w);
  }
  return VONK_OK;
}

STATUS vonk_sorter_combine(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_sink *w) {
  uint64_t held = w->run->rows.byte_size;
  bool spills = s->wanted == UINT64_MAX && w->run->count &&
                (vonk_memory_must_spill(s->execution, &w->memory, held) || vonk_memory_must_make_room(s->execution, held));
  return spills ? spill_run(context, s, w) : sort_run(context, s, w->run);
}
