/* sorter_internal.h: runs, between the sinks that make them (sorter.c) and the readers that merge them (sorter_merge.c). */
#ifndef VONK_EXEC_SORTER_INTERNAL_H
#define VONK_EXEC_SORTER_INTERNAL_H

#include "base/array.h"
#include "exec/execution_internal.h"
#include "exec/sorter.h"

enum { SPLITTER_SIZE = 64 }; /* bytes of a key that are looked at where ranges are cut */

struct vonk_sorter_entry {
  uint64_t prefix;
  uint8_t *row;
};

struct vonk_sorter_run {
  struct vonk_sorter_run *next;
  struct vonk_rows rows;
  struct vonk_buffer *entries;          /* sorted when the sink has combined; NULL: the rows lie in order, on disk */
  uint64_t count;
  uint32_t sequence;                    /* earlier runs first where keys and units are equal */
  struct vonk_arena *arena;             /* on disk: of */
  ARRAY_OF(struct vonk_str) block_keys; /* the first bytes of each block's first key */
};

void vonk_sorter_run_init(const struct vonk_sorter *sorter, struct vonk_sorter_run *run);
void vonk_sorter_run_deinit(struct vonk_sorter_run *run);
/* Adds the next row in order to a run on disk. */
STATUS vonk_sorter_run_write(struct vonk_task *task, const struct vonk_sorter *sorter, struct vonk_sorter_run *run,
                             struct vonk_rows_writer *writer, const uint8_t *row);

static inline int vonk_sorter_compare_strings(struct vonk_str a, struct vonk_str b) {
  int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
  return order ? order : a.size < b.size ? -1 : a.size > b.size;
}

static inline int vonk_sorter_compare_keys(const struct vonk_view *a, const struct vonk_view *b) {
  return vonk_sorter_compare_strings(vonk_view_str(a), vonk_view_str(b));
}

/* The first eight bytes of a key as a number that compares as they do. */
static inline uint64_t vonk_sorter_prefix(const struct vonk_view *key) {
  uint64_t prefix = 0;
  const uint8_t *bytes = (const uint8_t *)vonk_view_data(key);
  if (key->size >= 8) {
    memcpy(&prefix, bytes, 8);
    return __builtin_bswap64(prefix);
  }
  for (uint32_t i = 0; i < key->size; i++) prefix |= (uint64_t)bytes[i] << (56 - 8 * i);
  return prefix;
}

static inline uint64_t *vonk_sorter_unit(const struct vonk_sorter *s, const uint8_t *row) { return (uint64_t *)(row + s->layout.extra_offset); }

static inline int vonk_sorter_compare(const struct vonk_sorter *s, const struct vonk_sorter_entry *a, const struct vonk_sorter_entry *b) {
  if (a->prefix != b->prefix) return a->prefix < b->prefix ? -1 : 1;
  return vonk_sorter_compare_keys(vonk_sorter_key(s, a->row), vonk_sorter_key(s, b->row));
}

/* What a range that begins with ROW's window partition, or with its key, begins with; the first bytes only, which cut nothing in two. */
static inline struct vonk_str vonk_sorter_splitter(const struct vonk_sorter *s, const uint8_t *row) {
  struct vonk_str key = vonk_view_str(vonk_sorter_key(s, row));
  size_t size = s->boundary_count ? vonk_sorter_boundary(s, row) : key.size;
  return vonk_str_slice(key, 0, size < SPLITTER_SIZE ? size : SPLITTER_SIZE);
}

#endif
