/* sort.h: the operator that brings rows into an order, for ORDER BY and for what moves rows between visible partitions.
 *
 * VONK_SORT_GLOBAL     one partition.
 * VONK_SORT_PARTITIONS the first key, an INT, is the number of the row's partition.
 * VONK_SORT_MERGED     the first two keys, INTs, are the partition a row comes from and its target; neighbouring targets are put
 *                      together into partitions of a size worth having (spark.sql.adaptive.coalescePartitions), and in one of
 *                      these rows lie by source, then target, as a reader of several shuffle blocks gets them.
 * Rows with equal keys stay as they came.
 */
#ifndef VONK_EXEC_OP_SORT_H
#define VONK_EXEC_OP_SORT_H

#include "exec/execution_internal.h"

enum vonk_sort_kind { VONK_SORT_GLOBAL, VONK_SORT_PARTITIONS, VONK_SORT_MERGED };

struct vonk_sort_plan {
  const struct vonk_operator_type *type;   /* for EXPLAIN: whose operator it is */
  const struct vonk_relation *relation;    /* its columns are the first of INPUT's */
  struct vonk_relation *input;
  struct vonk_exprs order;                 /* sort_order */
  enum vonk_sort_kind kind;
  uint32_t target_count;                   /* MERGED: targets; PARTITIONS: partitions, 0: as the input */
  uint32_t target_column;                  /* MERGED: of the input, INT */
  int64_t limit, offset;                   /* GLOBAL; limit -1: all rows */
};

STATUS vonk_sort_create(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_sort_plan *plan, struct vonk_operator **out);

/* The functions of an operator type whose `open` calls vonk_sort_create. */
STATUS vonk_sort_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state);
void vonk_sort_close_worker(struct vonk_operator *op, enum vonk_role role, void *state);
STATUS vonk_sort_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step);
STATUS vonk_sort_combine(struct vonk_context *context, struct vonk_operator *op, void *state);
STATUS vonk_sort_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part);
STATUS vonk_sort_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step);
void vonk_sort_close(struct vonk_operator *op);

#define VONK_SORT_FUNCTIONS                                                                                              \
  .open_worker = vonk_sort_open_worker, .close_worker = vonk_sort_close_worker, .pull = vonk_sort_pull, .absorb = vonk_sort_absorb, \
  .combine = vonk_sort_combine, .finish = vonk_sort_finish, .close = vonk_sort_close

#endif
