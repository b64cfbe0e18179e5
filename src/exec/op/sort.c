/* sort.c: ORDER BY and top-N.
 *
 * A row is stored with its key as bytes (sort_key.h) in column 0; what is sorted are (first eight key bytes, row) pairs, by a
 * stable merge sort per worker. Since a worker takes units in rising order its ties stay in order; ties between workers are
 * decided by the tag. The runs of the workers are merged when read. With a limit a worker keeps only what can still matter.
 */
#include "exec/execution_internal.h"
#include "exec/row.h"
#include "exec/sort_key.h"
#include "expr/program.h"
#include "kernel/select.h"

enum { TAG_AT = 0, PRUNE_MIN = 4096 };

struct sort {
  struct vonk_operator op;
  struct vonk_program *program;
  struct vonk_sort_key *keys;
  uint32_t key_count;
  struct vonk_row_layout layout;
  uint64_t wanted;               /* offset + limit; UINT64_MAX: all */
  uint64_t offset;
  struct vonk_mutex lock;
  struct run *runs;
  uint32_t run_count;
};

struct entry {
  uint64_t prefix;
  uint8_t *row;
};

struct run {
  struct run *next;
  struct vonk_arena *arena;
  struct vonk_rows rows;
  struct vonk_buffer *entries;
  uint64_t count;
};

struct sink {
  struct run *run;
  struct vonk_program_worker *program;
  struct vonk_column *results, *columns;
  struct vonk_scratch scratch;
  struct vonk_arena *text;       /* keys of a batch */
  uint64_t prune_at;
  bool has_bound;                /* top-N: a row not before it cannot matter */
  struct entry bound;
};

static STATUS sort_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                        struct vonk_operator **out) {
  const struct vonk_relation_order *plan = (const struct vonk_relation_order *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_sort, relation, VONK_SHAPE_BREAKER, sizeof(struct sort));
  struct sort *sort = (struct sort *)op;
  struct vonk_arena *arena = task->arena;
  vonk_operator_set_inputs(op, &plan->input, 1);
  vonk_mutex_init(&sort->lock);
  sort->key_count = plan->order.count;
  sort->offset = plan->offset > 0 ? (uint64_t)plan->offset : 0;
  sort->wanted = plan->limit < 0 ? UINT64_MAX : (uint64_t)plan->limit + sort->offset;
  sort->keys = ARENA_ARRAY(arena, struct vonk_sort_key, sort->key_count + 1);
  struct vonk_exprs exprs = {ARENA_ARRAY(arena, struct vonk_expr *, sort->key_count + 1), sort->key_count};
  for (uint32_t i = 0; i < sort->key_count; i++) {
    const struct vonk_expr_sort_order *order = (const struct vonk_expr_sort_order *)plan->order.items[i];
    exprs.items[i] = order->child;
    sort->keys[i].descending = order->descending;
    sort->keys[i].nulls_last = order->nulls ? order->nulls == 2 : order->descending;
  }
  uint32_t columns = plan->input->column_count;
  const struct vonk_type **types = ARENA_ARRAY(arena, const struct vonk_type *, columns + 1);
  types[0] = &vonk_type_binary;
  for (uint32_t i = 0; i < columns; i++) types[i + 1] = plan->input->columns[i].type;
  vonk_row_layout_init(arena, &sort->layout, types, columns + 1, 16);
  *out = op;
  return vonk_program_compile(task, &exprs, vonk_relation_ids(arena, plan->input), &sort->program);
}

static STATUS open_sink(struct vonk_context *context, struct sort *sort, struct sink **out) {
  struct vonk_arena *arena = vonk_arena_create(context->task.budget);
  struct sink *w = ARENA_NEW(context->task.arena, struct sink);
  *out = w;
  w->run = ARENA_NEW(arena, struct run);
  w->run->arena = arena;
  vonk_rows_init(&w->run->rows, &sort->layout);
  vonk_mutex_lock(&sort->lock);
  w->run->next = sort->runs;
  sort->runs = w->run;
  sort->run_count++;
  vonk_mutex_unlock(&sort->lock);
  w->text = vonk_arena_create(context->task.budget);
  w->results = ARENA_ARRAY(context->task.arena, struct vonk_column, sort->key_count + 1);
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, sort->layout.column_count + 1);
  w->prune_at = sort->wanted > UINT64_MAX / 4 ? UINT64_MAX : sort->wanted * 2 < PRUNE_MIN ? PRUNE_MIN : sort->wanted * 2;
  TRY(vonk_buffer_create(context->task.budget, 1024 * sizeof(struct entry), &w->run->entries));
  return vonk_program_open_worker(&context->task, sort->program, &w->program);
}

static uint64_t prefix_of(const struct vonk_view *key) {
  uint64_t prefix = 0;
  const uint8_t *bytes = (const uint8_t *)vonk_view_data(key);
  for (uint32_t i = 0; i < 8; i++) prefix = prefix << 8 | (i < key->size ? bytes[i] : 0);
  return prefix;
}

static const struct vonk_view *key_of(const struct sort *sort, const uint8_t *row) {
  return (const struct vonk_view *)(row + sort->layout.offsets[0]);
}
static uint64_t *tag_of(const struct sort *sort, const uint8_t *row) { return (uint64_t *)(row + sort->layout.extra_offset + TAG_AT); }

static int compare_keys(const struct vonk_view *a, const struct vonk_view *b) {
  uint32_t common = a->size < b->size ? a->size : b->size;
  int order = memcmp(vonk_view_data(a), vonk_view_data(b), common);
  return order ? order : a->size < b->size ? -1 : a->size > b->size;
}

static inline int compare(const struct sort *sort, const struct entry *a, const struct entry *b) {
  if (a->prefix != b->prefix) return a->prefix < b->prefix ? -1 : 1;
  return compare_keys(key_of(sort, a->row), key_of(sort, b->row));
}

/* ENTRIES in place, stable; SPACE holds as many. */
static void merge_sort(const struct sort *sort, struct entry *entries, struct entry *space, uint64_t count) {
  if (count <= 12) {
    for (uint64_t i = 1; i < count; i++) {
      struct entry moved = entries[i];
      uint64_t at = i;
      for (; at > 0 && compare(sort, &moved, &entries[at - 1]) < 0; at--) entries[at] = entries[at - 1];
      entries[at] = moved;
    }
    return;
  }
  uint64_t half = count / 2;
  merge_sort(sort, entries, space, half);
  merge_sort(sort, entries + half, space + half, count - half);
  if (compare(sort, &entries[half - 1], &entries[half]) <= 0) return;
  memcpy(space, entries, half * sizeof *space);
  uint64_t left = 0, right = half, to = 0;
  while (left < half && right < count) {
    entries[to++] = compare(sort, &entries[right], &space[left]) < 0 ? entries[right++] : space[left++];
  }
  memcpy(entries + to, space + left, (half - left) * sizeof *entries);
}

static STATUS sort_run(struct vonk_context *context, const struct sort *sort, struct run *run) {
  struct vonk_buffer *space;
  TRY(vonk_buffer_create(context->task.budget, run->count * sizeof(struct entry) + 16, &space));
  merge_sort(sort, (struct entry *)run->entries->data, (struct entry *)space->data, run->count);
  vonk_buffer_release(space);
  return VONK_OK;
}

/* Keeps the first `wanted` rows, in memory of their own. */
static STATUS prune(struct vonk_context *context, struct sort *sort, struct sink *w) {
  struct run *run = w->run;
  TRY(sort_run(context, sort, run));
  struct vonk_rows kept;
  vonk_rows_init(&kept, &sort->layout);
  struct entry *entries = (struct entry *)run->entries->data;
  run->count = run->count < sort->wanted ? run->count : sort->wanted;
  enum vonk_status status = VONK_OK;
  for (uint64_t i = 0; i < run->count && status == VONK_OK; i++) status = vonk_rows_add(&context->task, &kept, entries[i].row, &entries[i].row);
  if (status != VONK_OK) {
    vonk_rows_deinit(&kept);
    return status;
  }
  vonk_rows_deinit(&run->rows);
  run->rows = kept;
  w->has_bound = run->count == sort->wanted && run->count;
  if (w->has_bound) w->bound = entries[run->count - 1];
  return VONK_OK;
}

/* The keys of the live rows as a BINARY column; ROWS loses those that cannot matter. */
static STATUS make_keys(struct vonk_context *context, struct sort *sort, struct sink *w, uint32_t row_count, uint32_t *rows, uint32_t *count) {
  void *memory;
  TRY(vonk_scratch_take_rows(&context->task, &w->scratch, row_count, sizeof(struct vonk_view), &memory));
  struct vonk_view *views = memory;
  vonk_arena_reset(w->text);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < *count; i++) {
    uint32_t row = rows[i];
    struct vonk_text text;
    vonk_text_init(&text, w->text);
    for (uint32_t k = 0; k < sort->key_count; k++) vonk_sort_key_add(&text, &sort->keys[k], &w->results[k], row);
    views[row] = vonk_view_make(text.data, (uint32_t)text.size);
    if (w->has_bound && compare_keys(&views[row], key_of(sort, w->bound.row)) >= 0) continue;
    rows[kept++] = row;
  }
  *count = kept;
  w->columns[0] = (struct vonk_column){.type = &vonk_type_binary, .encoding = VONK_FLAT, .physical = VONK_PHYSICAL_VIEW, .data = views};
  return VONK_OK;
}

static STATUS sort_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step) {
  struct sort *sort = (struct sort *)op;
  struct sink *w = state;
  struct run *run = w->run;
  *step = VONK_STEP_NEED_INPUT;
  if (!sort->wanted) return VONK_OK;
  vonk_scratch_reset(&w->scratch);
  TRY(vonk_program_eval(&context->task, w->program, in, w->results));
  uint32_t rows[VONK_BATCH_ROWS + 64], count = vonk_select_rows(in->live, in->row_count, rows);
  TRY(make_keys(context, sort, w, in->row_count, rows, &count));
  if (!count) return VONK_OK;
  memcpy(w->columns + 1, in->columns, in->column_count * sizeof *w->columns);
  uint8_t *stored[VONK_BATCH_ROWS];
  TRY(vonk_rows_append(&context->task, &run->rows, &w->scratch, w->columns, rows, count, in->row_count, stored));
  size_t needed = (run->count + count) * sizeof(struct entry);
  run->entries->size = run->count * sizeof(struct entry);
  if (needed > run->entries->capacity) TRY(vonk_buffer_grow(&run->entries, needed * 2));
  struct entry *entries = (struct entry *)run->entries->data + run->count;
  for (uint32_t i = 0; i < count; i++) {
    *tag_of(sort, stored[i]) = in->unit;
    entries[i] = (struct entry){prefix_of(key_of(sort, stored[i])), stored[i]};
  }
  run->count += count;
  return run->count > w->prune_at ? prune(context, sort, w) : VONK_OK;
}

static STATUS sort_combine(struct vonk_context *context, struct vonk_operator *op, void *state) {
  return sort_run(context, (struct sort *)op, ((struct sink *)state)->run);
}

static STATUS sort_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  (void)context;
  if (part == VONK_FINISH_END) atomic_store(&op->unit_count, ((struct sort *)op)->runs ? 1 : 0);
  return VONK_OK;
}

struct merge {
  struct run **runs;
  uint64_t *at;
  uint32_t run_count;
  uint64_t given;
  struct vonk_column *columns;
  struct vonk_scratch scratch;
};

static STATUS sort_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  struct sort *sort = (struct sort *)op;
  if (role == VONK_ROLE_SINK) return open_sink(context, sort, (struct sink **)state);
  struct vonk_arena *arena = context->task.arena;
  struct merge *m = ARENA_NEW(arena, struct merge);
  m->runs = ARENA_ARRAY(arena, struct run *, sort->run_count + 1);
  m->at = ARENA_ARRAY(arena, uint64_t, sort->run_count + 1);
  for (struct run *run = sort->runs; run; run = run->next) m->runs[m->run_count++] = run;
  m->columns = ARENA_ARRAY(arena, struct vonk_column, op->relation->column_count + 1);
  *state = m;
  return VONK_OK;
}

static void sort_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op;
  if (!state) return;
  if (role == VONK_ROLE_SOURCE) {
    vonk_scratch_deinit(&((struct merge *)state)->scratch);
    return;
  }
  struct sink *w = state;
  if (w->program) vonk_program_close_worker(w->program);
  vonk_scratch_deinit(&w->scratch);
  vonk_arena_destroy(w->text);
}

/* The run whose next row comes first; UINT32_MAX when all are through. */
static uint32_t first_run(const struct sort *sort, const struct merge *m) {
  uint32_t best = UINT32_MAX;
  const struct entry *best_entry = NULL;
  for (uint32_t i = 0; i < m->run_count; i++) {
    if (m->at[i] == m->runs[i]->count) continue;
    const struct entry *entry = (const struct entry *)m->runs[i]->entries->data + m->at[i];
    int order = best_entry ? compare(sort, entry, best_entry) : -1;
    if (order < 0 || (order == 0 && *tag_of(sort, entry->row) < *tag_of(sort, best_entry->row))) best = i, best_entry = entry;
  }
  return best;
}

static STATUS sort_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct sort *sort = (struct sort *)op;
  struct merge *m = state;
  const uint8_t *rows[VONK_BATCH_ROWS];
  uint32_t count = 0;
  while (count < VONK_BATCH_ROWS && m->given < sort->wanted) {
    uint32_t i = first_run(sort, m);
    if (i == UINT32_MAX) break;
    rows[count] = ((const struct entry *)m->runs[i]->entries->data)[m->at[i]++].row;
    count += m->given++ >= sort->offset;
  }
  *step = count ? VONK_STEP_HAVE_OUTPUT : VONK_STEP_NEED_INPUT;
  if (!count) return VONK_OK;
  vonk_scratch_reset(&m->scratch);
  for (uint32_t c = 0; c < op->relation->column_count; c++) {
    TRY(vonk_row_gather(&context->task, &sort->layout, c + 1, &m->scratch, rows, count, &m->columns[c]));
  }
  out->columns = m->columns;
  out->column_count = op->relation->column_count;
  out->row_count = out->live_count = count;
  return VONK_OK;
}

static void sort_close(struct vonk_operator *op) {
  struct sort *sort = (struct sort *)op;
  for (struct run *run = sort->runs, *next; run; run = next) {
    next = run->next;
    vonk_rows_deinit(&run->rows);
    vonk_buffer_release(run->entries);
    vonk_arena_destroy(run->arena);
  }
  vonk_mutex_deinit(&sort->lock);
}

const struct vonk_operator_type vonk_operator_sort = {
    .name = "Sort",
    .relation = &vonk_relation_order_type,
    .open = sort_open,
    .open_worker = sort_open_worker,
    .close_worker = sort_close_worker,
    .pull = sort_pull,
    .absorb = sort_absorb,
    .combine = sort_combine,
    .finish = sort_finish,
    .close = sort_close,
};
