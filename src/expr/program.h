/* program.h: bound expressions compiled into a linear register program, and its evaluation over batches.
 *
 * Compilation removes common subexpressions, folds constants (one that fails to fold stays), maps column ids to ordinals
 * of the input batch, and picks kernels by physical types. A function of one DICT argument (others constant) is computed per dictionary entry, cached
 * by dictionary id, when entries < live rows. AND, OR, CASE, IF, COALESCE narrow the live mask for their branches; bad
 * rows of fallible kernels raise for the lowest live row, then in expression order, with the origin of the expression.
 */
#ifndef VONK_EXPR_PROGRAM_H
#define VONK_EXPR_PROGRAM_H

#include "column/batch.h"
#include "expr/function.h"

struct vonk_program;        /* immutable, shared by workers */
struct vonk_program_worker; /* registers, scratch, caches of one worker */

/* INPUT_IDS[i] is the column id of ordinal i. */
STATUS vonk_program_compile(struct vonk_task *task, const struct vonk_exprs *exprs, struct vonk_ids input_ids, struct vonk_program **out);
STATUS vonk_program_open_worker(struct vonk_task *task, const struct vonk_program *program, struct vonk_program_worker **out);
void vonk_program_close_worker(struct vonk_program_worker *worker);

/* RESULTS[expr count]: columns valid until the next call on this worker or until the batch's memory goes. */
STATUS vonk_program_eval(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_batch *batch, struct vonk_column *results);
/* The program's expressions are conjuncts: MASK (VONK_BATCH_WORDS words) becomes the rows of the batch that are live and
 * for which all are true; returns their number in *COUNT. */
STATUS vonk_program_filter(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_batch *batch, uint64_t *mask, uint32_t *count);
/* A constant expression now. */
STATUS vonk_expr_fold(struct vonk_task *task, const struct vonk_expr *expr, struct vonk_value *out);

#endif
