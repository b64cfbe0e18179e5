/* window_aggregate.c: aggregate functions over frames.
 *
 * Rows and states are collected in pairs, and a function's update takes a batch of pairs at once. A frame that is the whole
 * partition has one state; one that only grows takes the state of the row before along; one that moves is computed anew for
 * each row, long ones from a tree whose nodes hold the states of 16 rows, 256 rows, and so on. States with memory of their own
 * (save in the function's row) and functions that depend on the order of rows are not merged.
 */
#include "base/bits.h"
#include "exec/op/window.h"
#include "kernel/gather.h"

enum { FANOUT = 16, LEVELS_MAX = 12, ANEW_MAX = 4 * FANOUT, CURSORS = 4, NODES_MAX = 2 * FANOUT * LEVELS_MAX };

struct level {
  struct vonk_buffer *states;
  uint64_t count;
};

struct vonk_window_aggregate {
  const struct vonk_window_call *call;
  struct vonk_task *task;                  /* the reader's */
  struct vonk_aggregate_worker worker;
  struct vonk_arena *memory;               /* of states, for a segment */
  struct vonk_column *constants, *arguments;
  struct vonk_buffer *states, *running;    /* one for each row of a batch; what goes on from batch to batch */
  size_t size;                             /* of a state */
  uint64_t tag;
  bool goes_on;                            /* `running` is of the partition of the last row */
  uint64_t grown;                          /* one more than the last row in `running` */
  struct level levels[LEVELS_MAX];         /* of the segment; none: not built */
  uint32_t level_count;
  struct vonk_scratch scratch;
  struct vonk_builder results;             /* one by one */
  bool has_results;
  struct vonk_window_cursor cursors[CURSORS];
  uint32_t cursor;
  uint32_t pair_count;
  const uint8_t *pair_rows[VONK_BATCH_ROWS];
  uint8_t *pair_states[VONK_BATCH_ROWS];
};

static uint8_t *state_at(const struct vonk_window_aggregate *a, uint64_t i) { return a->states->data + i * a->size; }
static uint8_t *node_at(const struct vonk_window_aggregate *a, uint32_t level, uint64_t i) { return a->levels[level].states->data + i * a->size; }
static void init_state(const struct vonk_window_aggregate *a, uint8_t *state) {
  memset(state, 0, a->size);
  vonk_aggregate_init_states(&a->call->calls, state);
}

STATUS vonk_window_aggregate_open(struct vonk_context *context, const struct vonk_window_call *call, struct vonk_window_aggregate **out) {
  struct vonk_arena *arena = context->task.arena;
  struct vonk_window_aggregate *a = ARENA_NEW(arena, struct vonk_window_aggregate);
  *out = a;
  a->call = call;
  a->task = &context->task;
  a->memory = vonk_arena_create(context->task.budget);
  a->size = call->calls.state_size ? call->calls.state_size : 16;
  const struct vonk_exprs *arguments = &call->arguments;
  a->constants = ARENA_ARRAY(arena, struct vonk_column, arguments->count + 1);
  a->arguments = ARENA_ARRAY(arena, struct vonk_column, arguments->count + 1);
  for (uint32_t i = 0; i < arguments->count; i++) {
    const struct vonk_expr_literal *literal = EXPR_AS(arguments->items[i], literal);
    if (call->slots[i] == VONK_WINDOW_NONE) a->constants[i] = vonk_column_const(arena, &literal->value);
  }
  TRY(vonk_buffer_create(context->task.budget, a->size * VONK_BATCH_ROWS, &a->states));
  TRY(vonk_buffer_create(context->task.budget, a->size, &a->running));
  TRY(vonk_aggregate_worker_open(&context->task, &call->calls, arena, a->memory, &a->worker));
  TRY(vonk_builder_init(&context->task, &a->results, call->expr->expr.type));
  a->has_results = true;
  return VONK_OK;
}

static void drop_tree(struct vonk_window_aggregate *a) {
  for (uint32_t i = 0; i < a->level_count; i++) vonk_buffer_release(a->levels[i].states);
  a->level_count = 0;
}

static void drop_cursors(struct vonk_window_aggregate *a) {
  for (uint32_t i = 0; i < CURSORS; i++) {
    vonk_buffer_release(a->cursors[i].buffer);
    a->cursors[i] = (struct vonk_window_cursor){0};
  }
}

void vonk_window_aggregate_start(struct vonk_window_aggregate *a) {
  drop_tree(a);
  drop_cursors(a);
  vonk_arena_reset(a->memory);
  a->goes_on = false;
  a->pair_count = 0;
}

void vonk_window_aggregate_close(struct vonk_window_aggregate *a) {
  if (!a) return;
  drop_tree(a);
  drop_cursors(a);
  vonk_aggregate_worker_close(&a->worker);
  if (a->has_results) vonk_builder_deinit(&a->results);
  vonk_buffer_release(a->states);
  vonk_buffer_release(a->running);
  vonk_scratch_deinit(&a->scratch);
  vonk_arena_destroy(a->memory);
}

/* ---- pairs of rows and states ---- */

static STATUS flush(struct vonk_window_aggregate *a, struct vonk_window_rows *rows) {
  uint32_t count = a->pair_count;
  if (!count) return VONK_OK;
  a->pair_count = 0;
  TRY(vonk_task_check(a->task));
  vonk_scratch_reset(&a->scratch);
  vonk_scratch_reset(&a->worker.scratch);
  for (uint32_t i = 0; i < a->call->arguments.count; i++) {
    uint32_t slot = a->call->slots[i];
    if (slot == VONK_WINDOW_NONE) a->arguments[i] = a->constants[i];
    else TRY(vonk_row_gather(&a->worker.state_task, rows->layout, slot, &a->scratch, a->pair_rows, count, &a->arguments[i]));
  }
  struct vonk_column filter;
  bool filtered = a->call->filter != VONK_WINDOW_NONE;
  if (filtered) TRY(vonk_row_gather(&a->worker.state_task, rows->layout, a->call->filter, &a->scratch, a->pair_rows, count, &filter));
  struct vonk_batch batch = {.row_count = count, .live_count = count};
  uint64_t tag = a->tag;
  a->tag += count;
  return vonk_aggregate_update(&a->worker, 0, &batch, a->arguments, filtered ? &filter : NULL, a->pair_states, NULL, tag);
}

/* Rows FROM..TO-1 go into STATE. */
static STATUS add_rows(struct vonk_window_aggregate *a, struct vonk_window_rows *rows, uint64_t from, uint64_t to, uint8_t *state) {
  for (uint64_t row = from; row < to; row++) {
    struct vonk_window_cursor *cursor = NULL;
    for (uint32_t i = 0; i < CURSORS && !cursor; i++) {
      if (vonk_window_cursor_stays(rows, &a->cursors[i], row)) cursor = &a->cursors[i];
    }
    if (!cursor || a->pair_count == VONK_BATCH_ROWS) TRY(flush(a, rows));
    if (!cursor) cursor = &a->cursors[a->cursor++ % CURSORS];
    TRY(vonk_window_rows_look(a->task, rows, cursor, row, &a->pair_rows[a->pair_count]));
    a->pair_states[a->pair_count++] = state;
  }
  return VONK_OK;
}

static STATUS finalize(struct vonk_window_aggregate *a, uint32_t count, struct vonk_column *out) {
  uint8_t *states[VONK_BATCH_ROWS];
  for (uint32_t i = 0; i < count; i++) states[i] = state_at(a, i);
  vonk_scratch_reset(&a->worker.scratch);
  return vonk_aggregate_finalize(&a->worker, states, count, out);
}

/* ---- the whole partition ---- */

static STATUS whole(struct vonk_window_aggregate *a, struct vonk_window_rows *rows, const struct vonk_window_batch *b, struct vonk_column *out) {
  uint32_t partition_of[VONK_BATCH_ROWS], count = 0;
  for (uint32_t i = 0; i < b->count; i++) {
    bool same = i > 0 && b->partition[i] == b->partition[i - 1];
    if (!same) {
      uint8_t *state = state_at(a, count++);
      if (i == 0 && a->goes_on && b->partition[0] < b->first) {
        memcpy(state, a->running->data, a->size);
      } else {
        init_state(a, state);
        TRY(add_rows(a, rows, b->partition[i], b->partition_end[i], state));
      }
    }
    partition_of[i] = count - 1;
  }
  TRY(flush(a, rows));
  memcpy(a->running->data, state_at(a, count - 1), a->size);
  a->goes_on = true;
  struct vonk_column results;
  TRY(finalize(a, count, &results));
  vonk_scratch_reset(&a->scratch);
  return vonk_column_gather(a->task, &a->scratch, &results, partition_of, b->count, out);
}

/* ---- growing frames ---- */

/* The first row that is not yet in the state of row I's predecessor. */
static uint64_t grown_to(const struct vonk_window_aggregate *a, const struct vonk_window_batch *b, uint32_t i) {
  if (b->first + i == b->partition[i]) return b->partition[i];
  return i ? b->upper[i - 1] : a->grown;
}

/* The state of each row is that of the row before and the rows that have come in: by merging along the rows. */
static STATUS grow_merging(struct vonk_window_aggregate *a, struct vonk_window_rows *rows, const struct vonk_window_batch *b, struct vonk_column *out) {
  uint8_t *from[VONK_BATCH_ROWS], *into[VONK_BATCH_ROWS];
  uint32_t count = 0;
  for (uint32_t i = 0; i < b->count; i++) {
    init_state(a, state_at(a, i));
    TRY(add_rows(a, rows, grown_to(a, b, i), b->upper[i], state_at(a, i)));
    if (b->first + i == b->partition[i]) continue;
    from[count] = i ? state_at(a, i - 1) : a->running->data;
    into[count++] = state_at(a, i);
  }
  TRY(flush(a, rows));
  TRY(vonk_aggregate_merge(&a->worker, from, into, count));
  memcpy(a->running->data, state_at(a, b->count - 1), a->size);
  return finalize(a, b->count, out);
}

/* One state for all rows; what it comes to is kept row by row: copies of states that are plain bytes, else results. */
static STATUS grow_stepwise(struct vonk_window_aggregate *a, struct vonk_window_rows *rows, const struct vonk_window_batch *b, struct vonk_column *out) {
  bool plain = a->call->calls.items[0].type->save == NULL;
  struct vonk_column result;
  vonk_builder_reset(&a->results);
  for (uint32_t i = 0; i < b->count; i++) {
    uint64_t from = grown_to(a, b, i);
    bool begins = b->first + i == b->partition[i];
    if (begins) init_state(a, a->running->data);
    TRY(add_rows(a, rows, from, b->upper[i], a->running->data));
    TRY(flush(a, rows));
    if (plain) {
      memcpy(state_at(a, i), a->running->data, a->size);
      continue;
    }
    if (i == 0 || begins || from < b->upper[i]) {
      memcpy(state_at(a, 0), a->running->data, a->size);
      TRY(finalize(a, 1, &result));
    }
    TRY(vonk_builder_add_row(a->task, &a->results, &result, 0));
  }
  return plain ? finalize(a, b->count, out) : vonk_builder_finish(a->task, &a->results, out);
}

/* ---- moving frames ---- */

static STATUS make_level(struct vonk_window_aggregate *a, uint64_t count) {
  struct level *level = &a->levels[a->level_count];
  TRY(vonk_buffer_create(a->task->budget, count * a->size, &level->states));
  level->count = count;
  a->level_count++;
  for (uint64_t i = 0; i < count; i++) init_state(a, node_at(a, a->level_count - 1, i));
  return VONK_OK;
}

static STATUS merge_level(struct vonk_window_aggregate *a, uint32_t below) {
  uint8_t *from[VONK_BATCH_ROWS], *into[VONK_BATCH_ROWS];
  uint32_t count = 0;
  for (uint64_t i = 0; i < a->levels[below].count; i++) {
    from[count] = node_at(a, below, i);
    into[count++] = node_at(a, below + 1, i / FANOUT);
    if (count < VONK_BATCH_ROWS && i + 1 < a->levels[below].count) continue;
    TRY(vonk_task_check(a->task));
    TRY(vonk_aggregate_merge(&a->worker, from, into, count));
    count = 0;
  }
  return VONK_OK;
}

static STATUS build_tree(struct vonk_window_aggregate *a, struct vonk_window_rows *rows) {
  TRY(make_level(a, (rows->count + FANOUT - 1) / FANOUT));
  for (uint64_t i = 0; i < a->levels[0].count; i++) {
    uint64_t end = (i + 1) * FANOUT;
    TRY(add_rows(a, rows, i * FANOUT, end < rows->count ? end : rows->count, node_at(a, 0, i)));
  }
  TRY(flush(a, rows));
  while (a->levels[a->level_count - 1].count > FANOUT && a->level_count < LEVELS_MAX) {
    uint32_t below = a->level_count - 1;
    TRY(make_level(a, (a->levels[below].count + FANOUT - 1) / FANOUT));
    TRY(merge_level(a, below));
  }
  return VONK_OK;
}

/* The nodes that make rows FROM..TO-1, both multiples of FANOUT, from left to right. */
static uint32_t nodes_of(const struct vonk_window_aggregate *a, uint64_t from, uint64_t to, uint8_t **nodes) {
  uint8_t *right[NODES_MAX];
  uint32_t count = 0, right_count = 0;
  from /= FANOUT, to /= FANOUT;
  for (uint32_t level = 0; level < a->level_count && from < to; level++) {
    bool top = level + 1 == a->level_count;
    while (from < to && (top || from % FANOUT)) nodes[count++] = node_at(a, level, from++);
    while (from < to && to % FANOUT) right[right_count++] = node_at(a, level, --to);
    from /= FANOUT, to /= FANOUT;
  }
  while (right_count) nodes[count++] = right[--right_count];
  return count;
}

static bool by_tree(const struct vonk_window_aggregate *a, const struct vonk_window_batch *b, uint32_t i) {
  return a->call->merges && b->upper[i] - b->lower[i] > ANEW_MAX;
}

static STATUS merge_nodes(struct vonk_window_aggregate *a, const struct vonk_window_batch *b) {
  uint8_t *from[VONK_BATCH_ROWS], *into[VONK_BATCH_ROWS], *nodes[NODES_MAX];
  uint32_t count = 0;
  for (uint32_t i = 0; i < b->count; i++) {
    if (!by_tree(a, b, i)) continue;
    uint32_t node_count = nodes_of(a, (b->lower[i] + FANOUT - 1) / FANOUT * FANOUT, b->upper[i] / FANOUT * FANOUT, nodes);
    for (uint32_t k = 0; k < node_count; k++) {
      from[count] = nodes[k];
      into[count++] = state_at(a, i);
      if (count < VONK_BATCH_ROWS) continue;
      TRY(vonk_aggregate_merge(&a->worker, from, into, count));
      count = 0;
    }
  }
  return vonk_aggregate_merge(&a->worker, from, into, count);
}

/* Frames by tree are three parts: single rows, nodes, single rows. */
static STATUS move(struct vonk_window_aggregate *a, struct vonk_window_rows *rows, const struct vonk_window_batch *b, struct vonk_column *out) {
  bool trees = false;
  for (uint32_t i = 0; i < b->count; i++) trees |= by_tree(a, b, i);
  if (trees && !a->level_count) TRY(build_tree(a, rows));
  if (!a->call->merges) vonk_arena_reset(a->memory);
  for (uint32_t i = 0; i < b->count; i++) {
    init_state(a, state_at(a, i));
    TRY(add_rows(a, rows, b->lower[i], by_tree(a, b, i) ? (b->lower[i] + FANOUT - 1) / FANOUT * FANOUT : b->upper[i], state_at(a, i)));
  }
  TRY(flush(a, rows));
  if (trees) TRY(merge_nodes(a, b));
  for (uint32_t i = 0; i < b->count && trees; i++) {
    if (by_tree(a, b, i)) TRY(add_rows(a, rows, b->upper[i] / FANOUT * FANOUT, b->upper[i], state_at(a, i)));
  }
  TRY(flush(a, rows));
  return finalize(a, b->count, out);
}

STATUS vonk_window_aggregate_next(struct vonk_window_aggregate *a, struct vonk_window_rows *rows, const struct vonk_window_batch *b, struct vonk_column *out) {
  const struct vonk_expr_window_call *call = a->call->expr;
  if (call->lower != VONK_BOUND_UNBOUNDED) return move(a, rows, b, out);
  if (call->upper == VONK_BOUND_UNBOUNDED) return whole(a, rows, b, out);
  if (a->call->merges) TRY(grow_merging(a, rows, b, out));
  else TRY(grow_stepwise(a, rows, b, out));
  a->grown = b->upper[b->count - 1];
  return VONK_OK;
}
