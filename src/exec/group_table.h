/* group_table.h: groups by key: linear probing over words of 16 bits of hash and 48 bits of row address.
 *
 * Rows lie in blocks by the upper bits of their hash (partitions), so that tables of several workers can be brought together
 * partition by partition, and spilled by partition. The first eight extra bytes of a row are its hash.
 */
#ifndef VONK_EXEC_GROUP_TABLE_H
#define VONK_EXEC_GROUP_TABLE_H

#include "exec/row.h"

enum { VONK_GROUP_PARTITION_BITS = 6, VONK_GROUP_PARTITIONS = 1 << VONK_GROUP_PARTITION_BITS };

struct vonk_group_table {
  const struct vonk_row_layout *layout;
  struct vonk_buffer *slot_memory;
  uint64_t *slots;
  uint64_t mask;                 /* slot count - 1 */
  uint64_t count;
  uint64_t looked_up;            /* keys since the table was empty, runs of equal ones counted once */
  bool split;                    /* rows lie in all partitions, else in the first only */
  struct vonk_buffer *seen;      /* split: a bit for each sampled hash of a row, to count different ones by */
  uint64_t seen_count, row_count;/* bits set; rows in all partitions, found in the table or not */
  struct vonk_rows partitions[VONK_GROUP_PARTITIONS];
  /* Called for each new row. */
  void (*init)(void *object, uint8_t *row);
  void *object;
};

static inline uint32_t vonk_group_partition(uint64_t hash) { return (uint32_t)(hash >> (64 - VONK_GROUP_PARTITION_BITS)); }
static inline uint64_t *vonk_group_row_hash(const struct vonk_row_layout *layout, uint8_t *row) { return (uint64_t *)(row + layout->extra_offset); }

/* A slot: the lower 16 bits of the hash above the address of the row; 0 is a free one. */
#define VONK_GROUP_SALT_MASK (~(uint64_t)0 << 48)
#define VONK_GROUP_SALT(hash) ((hash) << 16 & VONK_GROUP_SALT_MASK)
static inline uint8_t *vonk_group_row_of(uint64_t slot) { return (uint8_t *)(uintptr_t)(slot & ~VONK_GROUP_SALT_MASK); }
/* Partitions take the upper bits of a hash, salts the lower, slots the middle ones. */
static inline uint64_t vonk_group_home(uint64_t hash, uint64_t mask) { return hash >> 20 & mask; }

/* Lets the memory come that looking for a group of HASH needs: first its slot, some keys later the row it points to. Inlined
 * by force: compilers drop calls of functions that do nothing but this. */
static inline __attribute__((always_inline)) void vonk_group_table_prefetch_slot(const struct vonk_group_table *table, uint64_t hash) {
  __builtin_prefetch(&table->slots[vonk_group_home(hash, table->mask)]);
}
static inline __attribute__((always_inline)) void vonk_group_table_prefetch_row(const struct vonk_group_table *table, uint64_t hash) {
  uint64_t slot = table->slots[vonk_group_home(hash, table->mask)];
  if (slot && (slot & VONK_GROUP_SALT_MASK) == VONK_GROUP_SALT(hash)) __builtin_prefetch(vonk_group_row_of(slot));
}

void vonk_group_table_init(struct vonk_group_table *table, const struct vonk_row_layout *layout);
void vonk_group_table_deinit(struct vonk_group_table *table);
/* KEYS: COUNT rows of the layout's stride with keys filled in; GROUPS gets the address of each one's group, made if new. */
STATUS vonk_group_table_find(struct vonk_task *task, struct vonk_group_table *table, const uint8_t *keys, const uint64_t *hashes,
                             uint32_t count, uint8_t **groups);
/* The group equal to ROW, or ROW itself, which becomes the group and must stay where it is. */
STATUS vonk_group_table_adopt(struct vonk_task *task, struct vonk_group_table *table, uint8_t *row, uint8_t **group);
/* The group of a key row, NULL when there is none. */
uint8_t *vonk_group_table_lookup(const struct vonk_group_table *table, const uint8_t *key, uint64_t hash);
/* Moves the rows to their partitions. */
STATUS vonk_group_table_split(struct vonk_task *task, struct vonk_group_table *table);
/* Room for COUNT groups. */
STATUS vonk_group_table_reserve(struct vonk_task *task, struct vonk_group_table *table, uint64_t count);
/* About how many different groups the rows of a split table are (linear counting, Whang et al. 1990, over a sample). */
uint64_t vonk_group_table_distinct(const struct vonk_group_table *table);
/* Forgets the groups; their rows stay. */
void vonk_group_table_clear(struct vonk_group_table *table);

#endif
