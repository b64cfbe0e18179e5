/* aggregate_spill.h: groups whose states hold memory outside their rows, to rows that can lie on disk, and back.
 *
 * A saved row has the keys, the states' bytes as they are, and for each call with such states what its function saved. The
 * first eight extra bytes are the hash.
 */
#ifndef VONK_EXEC_AGGREGATE_SPILL_H
#define VONK_EXEC_AGGREGATE_SPILL_H

#include "exec/aggregate_calls.h"
#include "exec/row.h"

struct vonk_aggregate_saved {
  struct vonk_row_layout layout;
  const struct vonk_row_layout *groups; /* borrowed: the rows with states */
  uint32_t key_count, states_at;        /* states begin there in the extra bytes of GROUPS */
};

void vonk_aggregate_saved_init(struct vonk_arena *arena, struct vonk_aggregate_saved *saved, const struct vonk_row_layout *groups,
                               uint32_t states_at, const struct vonk_aggregate_calls *calls);
/* All rows of GROUPS through WRITER, flushed. ROW: memory for one of the saved layout. The worker's scratch stays as it is, since a batch
 * may be half done. */
STATUS vonk_aggregate_save_rows(struct vonk_aggregate_worker *worker, const struct vonk_aggregate_saved *saved, struct vonk_rows *groups,
                                uint8_t *row, struct vonk_rows_writer *writer);
/* All saved rows back, behind those of GROUPS. Memory of states is the worker's. */
STATUS vonk_aggregate_load_rows(struct vonk_aggregate_worker *worker, const struct vonk_aggregate_saved *saved, struct vonk_rows *from,
                                struct vonk_rows *groups);

#endif
