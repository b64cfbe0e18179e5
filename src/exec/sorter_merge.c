/* sorter_merge.c: readers, each of a range of keys: the next row of every run in a heap.
 *
 * Ranges are cut at keys sampled from the runs. A run in memory is entered by binary search in its entries, one on disk by the
 * first keys of its blocks, which stay in memory. A reader has copies of its own of the blocks it reads.
 */
#include <stdlib.h>

#include "exec/sorter_internal.h"

enum { SAMPLES_MAX = 4096, RANGE_ROWS_MIN = 64 * 1024, RANGE_ROWS_MAX = 1024 * 1024, RANGES_MAX = 1024 };

/* ---- ranges ---- */

/* Keys at about even distances; of runs on disk those of blocks. */
static uint32_t sample(const struct vonk_sorter *s, uint64_t step, struct vonk_str *samples) {
  uint32_t count = 0;
  for (const struct vonk_sorter_run *run = s->runs; run; run = run->next) {
    if (run->entries) {
      const struct vonk_sorter_entry *entries = (const struct vonk_sorter_entry *)run->entries->data;
      for (uint64_t at = step / 2; at < run->count && count < SAMPLES_MAX; at += step) {
        samples[count++] = vonk_sorter_splitter(s, entries[at].row);
      }
    } else if (run->block_keys.count) {
      uint64_t rows = run->count / run->block_keys.count + 1, blocks = step / rows ? step / rows : 1;
      for (uint64_t at = blocks / 2; at < run->block_keys.count && count < SAMPLES_MAX; at += blocks) samples[count++] = run->block_keys.items[at];
    }
  }
  return count;
}

static int compare_samples(const void *a, const void *b) { return vonk_sorter_compare_strings(*(const struct vonk_str *)a, *(const struct vonk_str *)b); }

STATUS vonk_sorter_split(struct vonk_context *context, struct vonk_sorter *s, uint32_t wanted, uint32_t *count) {
  (void)context;
  uint64_t rows = 0;
  for (const struct vonk_sorter_run *run = s->runs; run; run = run->next) rows += run->count;
  uint64_t ranges = rows / (s->execution->options.force_spill ? VONK_BATCH_ROWS : RANGE_ROWS_MIN);
  /* What reads ranges side by side may have to hold a whole one until its turn. */
  if (wanted > 1 && wanted < rows / RANGE_ROWS_MAX) wanted = (uint32_t)(rows / RANGE_ROWS_MAX);
  wanted = wanted < RANGES_MAX ? wanted : RANGES_MAX;
  ranges = ranges > wanted ? wanted : ranges;
  if (ranges < 2 || s->wanted != UINT64_MAX || !s->key_count) ranges = 1;
  *count = 1;
  if (ranges == 1) return VONK_OK;
  struct vonk_arena *arena = s->arena;
  struct vonk_str *samples = ARENA_ARRAY(arena, struct vonk_str, SAMPLES_MAX);
  uint32_t sampled = sample(s, rows / (SAMPLES_MAX / 2) + 1, samples);
  qsort(samples, sampled, sizeof *samples, compare_samples);
  s->splitters = ARENA_ARRAY(arena, struct vonk_str, ranges);
  for (uint64_t i = 1; i < ranges && sampled; i++) {
    struct vonk_str at = samples[i * sampled / ranges];
    bool rises = s->splitter_count == 0 || vonk_sorter_compare_strings(s->splitters[s->splitter_count - 1], at) < 0;
    if (rises && at.size) s->splitters[s->splitter_count++] = vonk_str_copy(arena, at);
  }
  *count = s->splitter_count + 1;
  return VONK_OK;
}

void vonk_sorter_cut(struct vonk_sorter *s, const struct vonk_str *keys, uint32_t count) {
  s->splitters = vonk_arena_copy(s->arena, keys, count * sizeof *keys);
  s->splitter_count = count;
}

/* ---- readers ---- */

struct cursor {
  struct vonk_sorter_run *run;
  struct vonk_sorter_entry entry; /* the next row */
  uint64_t at, end;               /* in memory: of entries */
  struct vonk_buffer *buffer;     /* on disk: block BLOCK, NULL: not read yet */
  uint32_t block, row;
};

struct vonk_sorter_reader {
  struct cursor *cursors;         /* a heap by the next row */
  uint32_t count;
  uint64_t given;
  bool has_end;
  struct vonk_view end;           /* the first key behind the range, */
  uint64_t end_prefix;
  struct vonk_buffer **stale;     /* blocks whose last rows the last call gave out */
  uint32_t stale_count;
};

static bool before(const struct vonk_sorter *s, const struct cursor *a, const struct cursor *b) {
  int order = vonk_sorter_compare(s, &a->entry, &b->entry);
  if (order) return order < 0;
  uint64_t x = *vonk_sorter_unit(s, a->entry.row), y = *vonk_sorter_unit(s, b->entry.row);
  return x != y ? x < y : a->run->sequence < b->run->sequence;
}

static bool behind_end(const struct vonk_sorter *s, const struct vonk_sorter_reader *r, const struct vonk_sorter_entry *entry) {
  if (!r->has_end || entry->prefix < r->end_prefix) return false;
  return entry->prefix > r->end_prefix || vonk_sorter_compare_keys(vonk_sorter_key(s, entry->row), &r->end) >= 0;
}

/* The cursor's row, read if it is on disk; *END when the run's part of the range is through. */
static STATUS load(struct vonk_context *context, const struct vonk_sorter *s, struct vonk_sorter_reader *r, struct cursor *c, bool *end) {
  struct vonk_sorter_run *run = c->run;
  if (run->entries) {
    *end = c->at == c->end;
    if (!*end) c->entry = ((const struct vonk_sorter_entry *)run->entries->data)[c->at];
    return VONK_OK;
  }
  if (c->buffer && c->row == run->rows.blocks[c->block].row_count) {
    r->stale[r->stale_count++] = c->buffer;
    c->buffer = NULL;
    c->block++;
    c->row = 0;
  }
  *end = c->block == run->rows.block_count;
  if (*end) return VONK_OK;
  if (!c->buffer) TRY(vonk_rows_read(&context->task, &run->rows, c->block, &c->buffer));
  c->entry.row = c->buffer->data + (size_t)c->row * s->layout.stride;
  c->entry.prefix = vonk_sorter_prefix(vonk_sorter_key(s, c->entry.row));
  *end = behind_end(s, r, &c->entry);
  return VONK_OK;
}

static bool row_before(const struct vonk_sorter *s, const uint8_t *row, struct vonk_str splitter) {
  return vonk_sorter_compare_strings(vonk_view_str(vonk_sorter_key(s, row)), splitter) < 0;
}

/* The first entry not before SPLITTER. */
static uint64_t find_entry(const struct vonk_sorter *s, const struct vonk_sorter_run *run, struct vonk_str splitter) {
  const struct vonk_sorter_entry *entries = (const struct vonk_sorter_entry *)run->entries->data;
  uint64_t low = 0, high = run->count;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    if (row_before(s, entries[middle].row, splitter)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* To the first row of a run on disk not before SPLITTER: it is in the last block that begins before, or begins the next. */
static STATUS seek(struct vonk_context *context, const struct vonk_sorter *s, struct cursor *c, struct vonk_str splitter) {
  const struct vonk_sorter_run *run = c->run;
  uint32_t low = 0, high = (uint32_t)run->block_keys.count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (vonk_sorter_compare_strings(run->block_keys.items[middle], splitter) < 0) low = middle + 1;
    else high = middle;
  }
  if (low == 0) return VONK_OK;
  c->block = low - 1;
  TRY(vonk_rows_read(&context->task, &run->rows, c->block, &c->buffer));
  uint32_t rows = run->rows.blocks[c->block].row_count;
  while (c->row < rows && row_before(s, c->buffer->data + (size_t)c->row * s->layout.stride, splitter)) c->row++;
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

static STATUS start(struct vonk_context *context, struct vonk_sorter *s, struct vonk_sorter_reader *r, uint32_t range) {
  for (struct vonk_sorter_run *run = s->runs; run; run = run->next) {
    struct cursor *c = &r->cursors[r->count++]; /* counted at once, for close */
    *c = (struct cursor){.run = run};
    if (run->entries) {
      c->at = range ? find_entry(s, run, s->splitters[range - 1]) : 0;
      c->end = r->has_end ? find_entry(s, run, s->splitters[range]) : run->count;
    } else if (range) {
      TRY(seek(context, s, c, s->splitters[range - 1]));
    }
    bool end;
    TRY(load(context, s, r, c, &end));
    if (end) {
      vonk_buffer_release(c->buffer);
      r->count--;
    }
  }
  for (uint32_t i = r->count; i-- > 0;) sift(s, r, i);
  return VONK_OK;
}

STATUS vonk_sorter_reader_open(struct vonk_context *context, struct vonk_sorter *s, uint32_t range, struct vonk_sorter_reader **out) {
  struct vonk_arena *arena = context->task.arena;
  struct vonk_sorter_reader *r = ARENA_NEW(arena, struct vonk_sorter_reader);
  *out = r;
  r->cursors = ARENA_ARRAY(arena, struct cursor, s->run_count + 1);
  /* A call gives 2048 rows: each may end a block. */
  r->stale = ARENA_ARRAY(arena, struct vonk_buffer *, VONK_BATCH_ROWS + s->run_count + 1);
  r->has_end = range < s->splitter_count;
  if (r->has_end) {
    struct vonk_str end = s->splitters[range];
    r->end = vonk_view_make(end.data, (uint32_t)end.size);
    r->end_prefix = vonk_sorter_prefix(&r->end);
  }
  return start(context, s, r, range);
}

static void drop_stale(struct vonk_sorter_reader *r) {
  for (uint32_t i = 0; i < r->stale_count; i++) vonk_buffer_release(r->stale[i]);
  r->stale_count = 0;
}

void vonk_sorter_reader_close(struct vonk_sorter_reader *r) {
  if (!r) return;
  drop_stale(r);
  for (uint32_t i = 0; i < r->count; i++) vonk_buffer_release(r->cursors[i].buffer);
  r->count = 0;
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
    if (end) {
      /* The rows given out of the block it ends in stay until the next call. */
      if (c->buffer) r->stale[r->stale_count++] = c->buffer;
      r->cursors[0] = r->cursors[--r->count];
    }
    sift(s, r, 0);
  }
  return VONK_OK;
}
