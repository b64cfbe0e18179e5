/* scan_metadata.h: the column _metadata of a scan's batches (catalog/source.h): constants of a file and a split, and the place of each row. */
#ifndef VONK_EXEC_OP_SCAN_METADATA_H
#define VONK_EXEC_OP_SCAN_METADATA_H

#include "catalog/source.h"
#include "column/batch.h"

/* Of one worker. */
struct vonk_scan_metadata {
  struct vonk_arena *arena;             /* of the unit's constants */
  struct vonk_buffer *rows;             /* row_index; NULL: nobody looks at it */
  uint64_t file_row;                    /* of the unit's row 0 */
  struct vonk_column column;            /* fits the last batch */
};

STATUS vonk_scan_metadata_open(struct vonk_task *task, bool with_rows, struct vonk_scan_metadata *out);
void vonk_scan_metadata_close(struct vonk_scan_metadata *metadata);
/* FILE's bytes from START on are read next; TYPE is the column's. */
void vonk_scan_metadata_begin(struct vonk_scan_metadata *metadata, const struct vonk_type *type, const struct vonk_scan_file *file, uint64_t start, uint64_t length,
                              uint64_t file_row);
/* Sets the column for BATCH, which has the others. */
void vonk_scan_metadata_fill(struct vonk_scan_metadata *metadata, const struct vonk_batch *batch);

#endif
