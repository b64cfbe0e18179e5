/* join_table.h: the build side of a hash join.
 *
 * Rows hold the keys, then the other columns; their extra bytes the next row of the chain, the hash, and, where the join asks
 * for rows without a match, a flag; where order counts, the place among all rows, by which chains are sorted in the end. Chains start in an array by key when there is one integer key whose range is dense
 * (join without keys: an array of one), else in buckets by hash whose upper 16 bits are a small Bloom filter of the chain.
 */
#ifndef VONK_EXEC_JOIN_TABLE_H
#define VONK_EXEC_JOIN_TABLE_H

#include "column/load.h"
#include "exec/row.h"

/* The values of a key over all rows in chains. */
struct vonk_join_range {
  bool known;                   /* some row has one */
  int64_t min, max;
};

struct vonk_join_key {
  bool null_safe;               /* NULL matches NULL */
  bool integer;                 /* of I8..I64 and not null-safe: has a range */
  bool wants_bitmap;            /* for a runtime filter */
  struct vonk_join_range range;
  struct vonk_buffer *bitmap;   /* the values that occur, from range.min on; NULL where there are too many between */
};

struct vonk_join_table {
  struct vonk_row_layout layout;
  uint32_t key_count;
  struct vonk_join_key *keys;
  struct vonk_rows rows;        /* of all workers, once sealed */
  bool direct;                  /* one integer key */
  int64_t key_min;              /* direct: the key of the first head */
  uint64_t chain_count;         /* entries of heads */
  uint32_t shift;               /* bucket = hash >> shift */
  struct vonk_buffer *heads;    /* uint64_t[] */
  _Atomic bool has_duplicates;  /* direct: some chain has two rows */
  bool has_null_key;
  bool ordered;                 /* rows have a place */
};

enum { VONK_JOIN_NEXT_AT = 0, VONK_JOIN_HASH_AT = 8, VONK_JOIN_MATCHED_AT = 16, VONK_JOIN_PLACE_AT = 24 };

static inline uint8_t **vonk_join_next(const struct vonk_join_table *t, const uint8_t *row) {
  return (uint8_t **)(row + t->layout.extra_offset + VONK_JOIN_NEXT_AT);
}
static inline uint64_t *vonk_join_hash(const struct vonk_join_table *t, const uint8_t *row) {
  return (uint64_t *)(row + t->layout.extra_offset + VONK_JOIN_HASH_AT);
}
static inline _Atomic uint8_t *vonk_join_matched(const struct vonk_join_table *t, const uint8_t *row) {
  return (_Atomic uint8_t *)(row + t->layout.extra_offset + VONK_JOIN_MATCHED_AT);
}
/* The order tag in the build side's input. */
static inline uint64_t *vonk_join_place(const struct vonk_join_table *t, const uint8_t *row) {
  return (uint64_t *)(row + t->layout.extra_offset + VONK_JOIN_PLACE_AT);
}
static inline int64_t vonk_join_read_key(const struct vonk_row_layout *layout, uint32_t key, const uint8_t *row) {
  return vonk_load_integer(row + layout->offsets[key], layout->physicals[key], 0);
}

/* A key is null that never matches. */
bool vonk_join_never_matches(const struct vonk_join_table *table, const uint8_t *row);

/* Takes values of COUNT rows into RANGES, one a key. */
void vonk_join_widen(const struct vonk_join_table *table, struct vonk_join_range *ranges, uint8_t *const *rows, uint32_t count);
/* When all rows are in: chooses the form, makes heads and bitmaps. */
STATUS vonk_join_table_seal(struct vonk_task *task, struct vonk_join_table *table);
/* Rows of one block go into their chains; different blocks by different workers at once. */
void vonk_join_table_insert(struct vonk_join_table *table, uint32_t block);
/* Sorts a chain by place, and, when all rows are in, all chains of a table that is ordered. */
uint8_t *vonk_join_sort_chain(const struct vonk_join_table *table, uint8_t *row);
STATUS vonk_join_table_sort_chains(struct vonk_task *task, struct vonk_join_table *table);
void vonk_join_table_deinit(struct vonk_join_table *table);

#define VONK_JOIN_POINTER_MASK (~(uint64_t)0 >> 16)
static inline uint64_t vonk_join_tag(uint64_t hash) { return UINT64_C(1) << (48 + (hash & 15)); }

/* The first row that may match: of the right key when direct, else to be tested. */
static inline uint8_t *vonk_join_direct(const struct vonk_join_table *t, int64_t key) {
  uint64_t at = (uint64_t)key - (uint64_t)t->key_min;
  return at < t->chain_count ? (uint8_t *)(uintptr_t)((const uint64_t *)t->heads->data)[at] : NULL;
}
static inline uint8_t *vonk_join_bucket(const struct vonk_join_table *t, uint64_t hash) {
  uint64_t head = ((const uint64_t *)t->heads->data)[hash >> t->shift];
  return head & vonk_join_tag(hash) ? (uint8_t *)(uintptr_t)(head & VONK_JOIN_POINTER_MASK) : NULL;
}

#endif
