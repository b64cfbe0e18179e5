/* stored_batches.h: batches kept by someone else (a client's upload, a test) that a rows relation reads. */
#ifndef VONK_COLUMN_STORED_BATCHES_H
#define VONK_COLUMN_STORED_BATCHES_H

#include "column/ipc.h"

/* Each is a unit; columns are the relation's. Batches that are there, or slices of a table that are read when they are wanted; neither where
 * there are no rows. */
struct vonk_stored_batches {
  struct vonk_owned_batch **items;
  struct vonk_ipc_table *table;
  uint32_t count;
  uint32_t partition_count;        /* the batches say which visible partition they are of; 0: they are dealt out evenly */
};
static inline uint32_t vonk_stored_batches_rows(const struct vonk_stored_batches *batches, uint32_t index) {
  return batches->items ? batches->items[index]->batch.row_count : vonk_ipc_table_row_count(batches->table, index);
}

/* COLUMN (FLAT or CONST) from row FIRST on, a multiple of 64; structs of nested ones on ARENA. */
struct vonk_column vonk_column_from(const struct vonk_column *column, uint32_t first, struct vonk_arena *arena);

#endif
