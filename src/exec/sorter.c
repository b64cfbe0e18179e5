/* sorter.c: sinks, runs, the merge. */
#include "exec/sorter.h"

#include "exec/execution_internal.h"
#include "kernel/select.h"

enum { PRUNE_MIN = 4096 };

struct entry {
  uint64_t prefix;
  uint8_t *row;
};

struct vonk_sorter_run {
  struct vonk_sorter_run *next;
  struct vonk_rows rows;
  struct vonk_buffer *entries;   /* NULL: the rows lie in order, on disk */
  uint64_t count;
  uint32_t sequence;             /* of its worker: earlier runs first where keys and units are equal */
};

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
  struct entry bound;
};

STATUS vonk_sorter_init(struct vonk_task *task, struct vonk_sorter *s, struct vonk_operator *op, const struct vonk_sorter_options *options) {
  struct vonk_arena *arena = task->arena;
  const struct vonk_relation *input = options->input;
  uint32_t partition = options->partition ? options->partition->count : 0, extras = options->extras ? options->extras->count : 0;
  s->execution = op->execution;
  s->metrics = &op->metrics;
  vonk_mutex_init(&s->lock);
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

void vonk_sorter_deinit(struct vonk_sorter *s) {
  for (struct vonk_sorter_run *run = s->runs; run; run = run->next) {
    vonk_rows_deinit(&run->rows);
    vonk_buffer_release(run->entries);
  }
  s->runs = NULL;
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
  TRY(vonk_buffer_create(context->task.budget, 1024 * sizeof(struct entry), &entries));
  vonk_mutex_lock(&s->lock);
  struct vonk_sorter_run *run = ARENA_NEW(s->execution->arena, struct vonk_sorter_run);
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

static uint64_t prefix_of(const struct vonk_view *key) {
  uint64_t prefix = 0;
  const uint8_t *bytes = (const uint8_t *)vonk_view_data(key);
  for (uint32_t i = 0; i < 8; i++) prefix = prefix << 8 | (i < key->size ? bytes[i] : 0);
  return prefix;
}

static uint64_t *unit_of(const struct vonk_sorter *s, const uint8_t *row) { return (uint64_t *)(row + s->layout.extra_offset); }

static int compare_keys(const struct vonk_view *a, const struct vonk_view *b) {
  uint32_t common = a->size < b->size ? a->size : b->size;
  int order = memcmp(vonk_view_data(a), vonk_view_data(b), common);
  return order ? order : a->size < b->size ? -1 : a->size > b->size;
}

static inline int compare(const struct vonk_sorter *s, const struct entry *a, const struct entry *b) {
  if (a->prefix != b->prefix) return a->prefix < b->prefix ? -1 : 1;
  return compare_keys(vonk_sorter_key(s, a->row), vonk_sorter_key(s, b->row));
}

/* ENTRIES in place, stable; SPACE holds half as many. */
static void merge_sort(const struct vonk_sorter *s, struct entry *entries, struct entry *space, uint64_t count) {
  if (count <= 12) {
    for (uint64_t i = 1; i < count; i++) {
      struct entry moved = entries[i];
      uint64_t at = i;
      for (; at > 0 && compare(s, &moved, &entries[at - 1]) < 0; at--) entries[at] = entries[at - 1];
      entries[at] = moved;
    }
    return;
  }
  uint64_t half = count / 2;
  merge_sort(s, entries, space, half);
  merge_sort(s, entries + half, space, count - half);
  if (compare(s, &entries[half - 1], &entries[half]) <= 0) return;
  memcpy(space, entries, half * sizeof *space);
  uint64_t left = 0, right = half, to = 0;
  while (left < half && right < count) {
    entries[to++] = compare(s, &entries[right], &space[left]) < 0 ? entries[right++] : space[left++];
  }
  memcpy(entries + to, space + left, (half - left) * sizeof *entries);
}

static STATUS sort_run(struct vonk_context *context, const struct vonk_sorter *s, struct vonk_sorter_run *run) {
  struct vonk_buffer *space;
  TRY(vonk_buffer_create(context->task.budget, (run->count / 2 + 1) * sizeof(struct entry), &space));
  merge_sort(s, (struct entry *)run->entries->data, (struct entry *)space->data, run->count);
  vonk_buffer_release(space);
  return vonk_task_check(&context->task);
}

/* Keeps the first `wanted` rows, in memory of their own. */
static STATUS prune(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_sink *w) {
  struct vonk_sorter_run *run = w->run;
  TRY(sort_run(context, s, run));
  struct vonk_rows kept;
  vonk_rows_init(&kept, &s->layout);
  struct entry *entries = (struct entry *)run->entries->data;
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

/* The run goes to disk in order, a new one begins. */
static STATUS spill_run(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_sink *w) {
  struct vonk_sorter_run *run = w->run;
  if (!run->count) return VONK_OK;
  TRY(sort_run(context, s, run));
  struct vonk_rows sorted;
  vonk_rows_init(&sorted, &s->layout);
  const struct entry *entries = (const struct entry *)run->entries->data;
  enum vonk_status status = VONK_OK;
  struct vonk_rows_writer writer = {.rows = &sorted, .staging = &w->staging, .folder = vonk_engine_spill(s->execution->engine)};
  for (uint64_t i = 0; i < run->count && status == VONK_OK; i++) status = vonk_rows_writer_add(&context->task, &writer, entries[i].row);
  if (status == VONK_OK) status = vonk_rows_writer_flush(&context->task, &writer);
  if (status != VONK_OK) {
    vonk_rows_deinit(&sorted);
    return status;
  }
  atomic_fetch_add_explicit(&s->metrics->spill_bytes, vonk_spill_file_byte_size(sorted.file), memory_order_relaxed);
  vonk_rows_deinit(&run->rows);
  run->rows = sorted;
  vonk_buffer_release(run->entries);
  run->entries = NULL;
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
    views[row] = vonk_view_make(text.data + from, ends[i] - from);
    if (w->has_bound && compare_keys(&views[row], vonk_sorter_key(s, w->bound.row)) >= 0) continue;
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
  size_t needed = (run->count + count) * sizeof(struct entry);
  run->entries->size = run->count * sizeof(struct entry);
  if (needed > run->entries->capacity) TRY(vonk_buffer_grow(&run->entries, needed * 2));
  struct entry *entries = (struct entry *)run->entries->data + run->count;
  for (uint32_t i = 0; i < count; i++) {
    *unit_of(s, stored[i]) = in->unit;
    *(uint32_t *)(stored[i] + s->layout.extra_offset + 8) = w->boundaries[i];
    entries[i] = (struct entry){prefix_of(vonk_sorter_key(s, stored[i])), stored[i]};
  }
  run->count += count;
  if (run->count > w->prune_at) return prune(context, s, w);
  if (s->wanted == UINT64_MAX && vonk_memory_must_spill(s->execution, &w->memory, run->rows.byte_size + run->entries->capacity)) {
    return spill_run(context, s, w);
  }
  return VONK_OK;
}

STATUS vonk_sorter_combine(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_sink *w) {
  if (w->run->count && vonk_memory_must_spill(s->execution, &w->memory, w->run->rows.byte_size)) return spill_run(context, s, w);
  return sort_run(context, s, w->run);
}

/* ---- merge ---- */

struct cursor {
  struct vonk_sorter_run *run;
  struct entry entry;          /* the next row */
  uint64_t at;                 /* in entries */
  uint32_t block, row;         /* on disk */
};

struct vonk_sorter_reader {
  struct cursor *cursors;      /* a heap by the next row */
  uint32_t count;
  uint64_t given;
  struct vonk_rows **stale_rows; /* blocks whose rows the last call gave out */
  uint32_t *stale_blocks, stale_count;
};

static bool before(const struct vonk_sorter *s, const struct cursor *a, const struct cursor *b) {
  int order = compare(s, &a->entry, &b->entry);
  if (order) return order < 0;
  uint64_t x = *unit_of(s, a->entry.row), y = *unit_of(s, b->entry.row);
  return x != y ? x < y : a->run->sequence < b->run->sequence;
}

/* Loads the cursor's row; *END when the run is through. */
static STATUS load(struct vonk_context *context, const struct vonk_sorter *s, struct vonk_sorter_reader *r, struct cursor *c, bool *end) {
  struct vonk_sorter_run *run = c->run;
  *end = false;
  if (run->entries) {
    *end = c->at == run->count;
    if (!*end) c->entry = ((const struct entry *)run->entries->data)[c->at];
    return VONK_OK;
  }
  if (c->block < run->rows.block_count && c->row == run->rows.blocks[c->block].row_count) {
    r->stale_rows[r->stale_count] = &run->rows;
    r->stale_blocks[r->stale_count++] = c->block++;
    c->row = 0;
  }
  if (c->block == run->rows.block_count) {
    *end = true;
    return VONK_OK;
  }
  struct vonk_block *block = &run->rows.blocks[c->block];
  TRY(vonk_rows_pin(&context->task, &run->rows, c->block));
  c->entry.row = vonk_block_row(&run->rows, block, c->row);
  c->entry.prefix = prefix_of(vonk_sorter_key(s, c->entry.row));
  return VONK_OK;
}

static void sift(const struct vonk_sorter *s, struct vonk_sorter_reader *r, uint32_t at) {
  for (;;) {
    uint32_t least = at, left = 2 * at + 1, right = left + 1;
    if (left < r->count && before(s, &r->cursors[left], &r->cursors[least])) least = left;
    if (right < r->count && before(s, &r->cursors[right], &r->cursors[least])) least = right;
    if (least == at) return;
    struct cursor moved = r->cursors[at];
    r->cursors[at] = r->cursors[least];
    r->cursors[least] = moved;
    at = least;
  }
}

STATUS vonk_sorter_reader_open(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_reader **out) {
  struct vonk_arena *arena = context->task.arena;
  struct vonk_sorter_reader *r = ARENA_NEW(arena, struct vonk_sorter_reader);
  *out = r;
  r->cursors = ARENA_ARRAY(arena, struct cursor, s->run_count + 1);
  /* A call gives 2048 rows: each may end a block. */
  r->stale_rows = ARENA_ARRAY(arena, struct vonk_rows *, VONK_BATCH_ROWS + s->run_count + 1);
  r->stale_blocks = ARENA_ARRAY(arena, uint32_t, VONK_BATCH_ROWS + s->run_count + 1);
  for (struct vonk_sorter_run *run = s->runs; run; run = run->next) {
    struct cursor *c = &r->cursors[r->count];
    *c = (struct cursor){.run = run};
    bool end;
    TRY(load(context, s, r, c, &end));
    r->count += !end;
  }
  for (uint32_t i = r->count; i-- > 0;) sift(s, r, i);
  return VONK_OK;
}

static void drop_stale(struct vonk_sorter_reader *r) {
  for (uint32_t i = 0; i < r->stale_count; i++) vonk_rows_unpin(r->stale_rows[i], r->stale_blocks[i]);
  r->stale_count = 0;
}

void vonk_sorter_reader_close(struct vonk_sorter_reader *reader) {
  if (reader) drop_stale(reader);
}

STATUS vonk_sorter_next(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_reader *r, const uint8_t **rows, uint32_t *count) {
  drop_stale(r);
  *count = 0;
  while (*count < VONK_BATCH_ROWS && r->given < s->wanted && r->count) {
    struct cursor *c = &r->cursors[0];
    rows[(*count)++] = c->entry.row;
    r->given++;
    if (c->run->entries) c->at++;
    else c->row++;
    bool end;
    TRY(load(context, s, r, c, &end));
    if (end) r->cursors[0] = r->cursors[--r->count];
    sift(s, r, 0);
  }
  return VONK_OK;
}
