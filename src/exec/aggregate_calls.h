/* aggregate_calls.h: the aggregate functions of one operator: their arguments, states and results.
 *
 * One program computes keys, arguments and filters of all calls. The states of a group lie behind each other in the extra
 * bytes of its row. Variable memory of states is on an arena of the worker that the operator keeps until it closes.
 */
#ifndef VONK_EXEC_AGGREGATE_CALLS_H
#define VONK_EXEC_AGGREGATE_CALLS_H

#include "exec/operator.h"
#include "exec/order_tag.h"
#include "expr/program.h"
#include "kernel/scratch.h"

struct vonk_aggregate_call {
  const struct vonk_expr_aggregate *expr;
  const struct vonk_aggregate_type *type;
  uint32_t first_argument, argument_count; /* among the program's results */
  uint32_t filter;                         /* among the program's results; UINT32_MAX: none */
  uint32_t state_offset;                   /* in the row */
  uint32_t distinct_set;                   /* UINT32_MAX: not distinct */
};

struct vonk_aggregate_calls {
  struct vonk_program *program;
  struct vonk_aggregate_call *items;
  uint32_t count, key_count, result_count;
  uint32_t state_size;                     /* of all states, from STATES_AT on */
  bool has_outside_memory;                 /* of states that need save and load */
  enum vonk_order_use order_use;           /* of the input */
};

struct vonk_aggregate_worker {
  struct vonk_task task;                   /* with the worker's arena */
  struct vonk_task state_task;             /* with the arena of the states */
  const struct vonk_aggregate_calls *calls;
  struct vonk_program_worker *program;
  struct vonk_column *results;
  void **open;                             /* scratch of each function */
  struct vonk_builder *builders;           /* of results without a fixed width */
  struct vonk_builder saved;               /* BINARY */
  struct vonk_scratch scratch;
  uint64_t live[VONK_BATCH_WORDS], bad[VONK_BATCH_WORDS];
  struct vonk_tag_counter tags;
};

/* The type of argument K of CALL: its arguments, then the keys of WITHIN GROUP. */
const struct vonk_type *vonk_aggregate_argument_type(const struct vonk_aggregate_call *call, uint32_t k);
/* KEYS may be none. States begin at offset STATES_AT of a row. INPUT NULL: no program, the caller has the arguments. */
STATUS vonk_aggregate_calls_init(struct vonk_task *task, struct vonk_aggregate_calls *calls, const struct vonk_exprs *keys,
                                 const struct vonk_exprs *aggregates, const struct vonk_relation *input, uint32_t states_at);
/* ARENA lives as long as the worker; STATES holds what states have outside, and may be reset when there are no states left. */
STATUS vonk_aggregate_worker_open(struct vonk_task *task, const struct vonk_aggregate_calls *calls, struct vonk_arena *arena,
                                  struct vonk_arena *states, struct vonk_aggregate_worker *worker);
void vonk_aggregate_worker_close(struct vonk_aggregate_worker *worker);
/* Runs the program: worker->results holds keys, arguments, filters. Takes the order tag on. */
STATUS vonk_aggregate_eval(struct vonk_aggregate_worker *worker, const struct vonk_batch *batch, uint64_t *tag);
void vonk_aggregate_init_states(const struct vonk_aggregate_calls *calls, uint8_t *row);
/* The live rows of call CALL: of the batch, with a true filter, and for strict functions without null arguments. NULL = all.
 * Returns their number. */
uint32_t vonk_aggregate_live(struct vonk_aggregate_worker *worker, const struct vonk_aggregate_call *call, const struct vonk_batch *batch,
                             const struct vonk_column *arguments, const struct vonk_column *filter, const uint64_t **live);
/* Updates call CALL: row i goes to ROWS[i] (its group's row), or all to ONE when ROWS is NULL. */
STATUS vonk_aggregate_update(struct vonk_aggregate_worker *worker, uint32_t call, const struct vonk_batch *batch,
                             const struct vonk_column *arguments, const struct vonk_column *filter, uint8_t *const *rows,
                             uint8_t *one, uint64_t tag);
/* The rows of a batch that belong to each of few groups. */
struct vonk_aggregate_masks {
  const uint64_t **masks;                  /* by group; bits behind the batch's last row are 0 */
  uint8_t **groups;
  uint32_t count;
};
/* The same as update, group by group: sums then need not go through memory row by row. */
STATUS vonk_aggregate_update_masked(struct vonk_aggregate_worker *worker, uint32_t call, const struct vonk_batch *batch,
                                    const struct vonk_column *arguments, const struct vonk_column *filter,
                                    const struct vonk_aggregate_masks *masks, uint64_t tag);
/* All calls: states of FROM[i] into those of INTO[i]. */
STATUS vonk_aggregate_merge(struct vonk_aggregate_worker *worker, uint8_t *const *from, uint8_t *const *into, uint32_t count);
/* What the calls with memory outside their states in ROW save: a row of BYTES each. */
STATUS vonk_aggregate_save_states(struct vonk_aggregate_worker *worker, uint8_t *row, struct vonk_builder *bytes);
STATUS vonk_aggregate_load_state(struct vonk_aggregate_worker *worker, uint32_t call, struct vonk_str bytes, uint8_t *row);
/* COLUMNS[call] from ROWS[0..count-1]; memory is the worker's, until the next call. */
STATUS vonk_aggregate_finalize(struct vonk_aggregate_worker *worker, uint8_t *const *rows, uint32_t count, struct vonk_column *columns);

#endif
