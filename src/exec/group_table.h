/* group_table.h: groups by key: linear probing over words of 16 bits of hash and 48 bits of row address.
 *
 * Rows lie in blocks by the upper bits of their hash (partitions), so that tables of several workers can be brought together
 * partition by partition, and spilled by partition. The first eight extra bytes of a row are its hash.
 */
#ifndef VONK_EXEC_GROUP_TABLE_H
#define VONK_EXEC_GROUP_TABLE_H

#include "exec/row.h"

enum { VONK_GROUP_PARTITION_BITS = 5, VONK_GROUP_PARTITIONS = 1 << VONK_GROUP_PARTITION_BITS };

struct vonk_group_table {
  const struct vonk_row_layout *layout;
  struct vonk_buffer *slot_memory;
  uint64_t *slots;
  uint64_t mask;                 /* slot count - 1 */
  uint64_t count;
  bool split;                    /* rows lie in all partitions, else in the first only */
  struct vonk_rows partitions[VONK_GROUP_PARTITIONS];
  /* Called for each new row. */
  void (*init)(void *object, uint8_t *row);
  void *object;
};

static inline uint32_t vonk_group_partition(uint64_t hash) { return (uint32_t)(hash >> (64 - VONK_GROUP_PARTITION_BITS)); }
static inline uint64_t *vonk_group_row_hash(const struct vonk_row_layout *layout, uint8_t *row) { return (uint64_t *)(row + layout->extra_offset); }

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
/* Forgets the groups; their rows stay. */
void vonk_group_table_clear(struct vonk_group_table *table);

#endif
