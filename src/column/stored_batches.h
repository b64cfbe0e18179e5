/* stored_batches.h: batches kept by someone else (a client's upload, a test) that a rows relation reads. */
#ifndef VONK_COLUMN_STORED_BATCHES_H
#define VONK_COLUMN_STORED_BATCHES_H

#include "column/batch.h"

struct vonk_stored_batches {
  struct vonk_owned_batch **items; /* each a unit; columns are the relation's */
  uint32_t count;
};

/* COLUMN (FLAT or CONST) from row FIRST on, a multiple of 64; structs of nested ones on ARENA. */
struct vonk_column vonk_column_from(const struct vonk_column *column, uint32_t first, struct vonk_arena *arena);

#endif
