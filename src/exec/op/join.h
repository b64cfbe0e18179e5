/* join.h: what the build and the probe of the join operator share. */
#ifndef VONK_EXEC_OP_JOIN_H
#define VONK_EXEC_OP_JOIN_H

#include "exec/execution_internal.h"
#include "exec/join_table.h"
#include "exec/memory.h"
#include "exec/runtime_filter.h"
#include "expr/program.h"
#include "kernel/gather.h"

enum { VONK_JOIN_PARTITION_BITS = 5, VONK_JOIN_PARTITIONS = 1 << VONK_JOIN_PARTITION_BITS };

/* Rows of one side that a worker has put to disk, by the upper bits of their keys' hash. */
struct vonk_join_parts {
  struct vonk_join_parts *next;
  struct vonk_rows rows[VONK_JOIN_PARTITIONS];
};

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

  /* join_spill.c: memory was short while building, so both sides go to disk by partitions, which are joined one by one. */
  _Atomic bool spills;
  uint64_t build_row_count;
  struct vonk_row_layout probe_layout;
  struct vonk_arena *arena;      /* of the parts; with them under the lock */
  struct vonk_join_parts *build_parts, *probe_parts;
};

STATUS vonk_join_open_build(struct vonk_context *context, struct vonk_join *join, void **state);
void vonk_join_close_build(void *state);
STATUS vonk_join_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step);
STATUS vonk_join_combine(struct vonk_context *context, struct vonk_operator *op, void *state);
STATUS vonk_join_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part);

/* Puts ROWS of the build side to disk; they are empty afterwards. PARTS: the caller's, NULL at first. */
STATUS vonk_join_spill_build(struct vonk_context *context, struct vonk_join *join, struct vonk_rows *rows, struct vonk_join_parts **parts);
/* Keeps COUNT rows of a batch of the probe side, whose hashes are given by batch row. MEMORY: the caller's. */
STATUS vonk_join_spill_probe(struct vonk_context *context, struct vonk_join *join, struct vonk_join_parts **parts, struct vonk_memory *memory,
                             struct vonk_scratch *scratch, const struct vonk_batch *in, const uint32_t *rows, uint32_t count, const uint64_t *hashes);
void vonk_join_spill_close(struct vonk_join *join);

STATUS vonk_join_open_spilled(struct vonk_context *context, struct vonk_join *join, void **state);
void vonk_join_close_spilled(void *state);
STATUS vonk_join_pull_spilled(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step);

/* Probes go to TABLE from now on. */
void vonk_join_probe_in(void *state, const struct vonk_join_table *table);
STATUS vonk_join_open_probe(struct vonk_context *context, struct vonk_join *join, void **state);
void vonk_join_close_probe(void *state);
STATUS vonk_join_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                      struct vonk_batch *out, enum vonk_step *step);

STATUS vonk_join_open_unmatched(struct vonk_context *context, struct vonk_join *join, void **state);
void vonk_join_close_unmatched(void *state);
/* COUNT rows of the build side that come out by themselves. COLUMNS has room for the join's. */
STATUS vonk_join_emit_build(struct vonk_context *context, const struct vonk_join *join, struct vonk_scratch *scratch, const uint8_t *const *rows,
                            uint32_t count, struct vonk_column *columns, struct vonk_batch *out);
/* Does a row of the build side come out when probing has ended? */
static inline bool vonk_join_comes_out(const struct vonk_join *join, const uint8_t *row) {
  bool matched = atomic_load_explicit(vonk_join_matched(&join->table, row), memory_order_relaxed) != 0;
  return matched == join->build_semi;
}
STATUS vonk_join_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step);

#endif
