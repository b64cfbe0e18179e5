/* join.h: what the build and the probe of the join operator share. */
#ifndef VONK_EXEC_OP_JOIN_H
#define VONK_EXEC_OP_JOIN_H

#include "exec/execution_internal.h"
#include "exec/join_table.h"
#include "exec/runtime_filter.h"
#include "expr/program.h"
#include "kernel/gather.h"

struct vonk_join {
  struct vonk_operator op;
  const struct vonk_relation_join_on *plan;
  const struct vonk_relation *probe, *build;
  bool build_left;
  /* What comes out. */
  bool pairs;                    /* rows of both sides that match */
  bool probe_outer, build_outer; /* rows without a match, the other side null */
  bool probe_semi, probe_anti, probe_mark;
  bool build_semi, build_anti;
  bool single;
  bool null_aware;
  bool marks_build;              /* build rows carry a flag */

  struct vonk_program *probe_keys, *build_keys, *residual;
  uint32_t key_count;
  uint32_t *build_slots;         /* of each build column, in the rows */
  uint32_t *payload;             /* build columns that are stored behind the keys */
  uint32_t payload_count;
  struct vonk_row_layout key_layout; /* of probe keys on scratch */
  struct vonk_join_table table;
  struct vonk_mutex lock;
  struct vonk_runtime_slot **slots; /* one a key, may be NULL */
};

STATUS vonk_join_open_build(struct vonk_context *context, struct vonk_join *join, void **state);
void vonk_join_close_build(void *state);
STATUS vonk_join_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step);
STATUS vonk_join_combine(struct vonk_context *context, struct vonk_operator *op, void *state);
STATUS vonk_join_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part);

STATUS vonk_join_open_probe(struct vonk_context *context, struct vonk_join *join, void **state);
void vonk_join_close_probe(void *state);
STATUS vonk_join_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                      struct vonk_batch *out, enum vonk_step *step);

STATUS vonk_join_open_unmatched(struct vonk_context *context, struct vonk_join *join, void **state);
void vonk_join_close_unmatched(void *state);
STATUS vonk_join_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step);

#endif
