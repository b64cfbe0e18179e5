/* write.h: a query's rows to files: the sink of a pipeline whose workers encode side by side.
 *
 * Rows are cut into pieces (format/sink.h), which the data alone fix: a piece ends with its unit, its visible partition and
 * its folder, or when it is full. Pieces go to the caller one at a time, in the order of the rows. Runs of few rows go as
 * batches, so that the caller may put them together.
 */
#ifndef VONK_EXEC_WRITE_H
#define VONK_EXEC_WRITE_H

#include "exec/query.h"
#include "format/sink.h"

struct vonk_write_part {
  uint32_t partition;                  /* visible (Spark) */
  struct vonk_str folder;              /* as spec.folder gave it */
  struct vonk_piece *piece;            /* sealed; or NULL: */
  struct vonk_owned_batch **batches;
  uint32_t batch_count;
};

struct vonk_write_spec {
  const struct vonk_sink_plan *plan;
  uint32_t column_count;               /* of the files; the columns behind them say the folder */
  uint64_t file_rows;                  /* pieces end where a file of the same partition and folder has this many rows; 0: no bound */
  /* The folder of ROW, on ARENA. Called by several workers at once. NULL: there are no folders. */
  struct vonk_str (*folder)(void *object, struct vonk_arena *arena, const struct vonk_batch *batch, uint32_t row);
  /* Called by one worker at a time. PART and what it holds stay the sink's. */
  STATUS (*append)(struct vonk_task *task, void *object, const struct vonk_write_part *part);
  void *object;
};

/* The sink of PIPELINE; made by vonk_exec_start for options.write. */
struct vonk_operator *vonk_write_create(struct vonk_execution *execution, struct vonk_pipeline *pipeline, const struct vonk_write_spec *spec);

#endif
