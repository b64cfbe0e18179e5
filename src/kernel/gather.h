/* gather.h: picks rows of columns, makes batches dense, changes encodings and widths.
 *
 * Results point into SCRATCH (until its reset) and into the memory of the input: lists keep their children, dictionaries
 * are shared. Structs and children of results lie on scratch too. OUT may be the column that goes in. VONK_NO_MEMORY is the only
 * failure.
 */
#ifndef VONK_KERNEL_GATHER_H
#define VONK_KERNEL_GATHER_H

#include "column/batch.h"
#include "kernel/scratch.h"
#include "kernel/select.h"

/* A row number that stands for a null row (outer joins). */
#define VONK_GATHER_NULL UINT32_MAX

/* Row i of OUT is row ROWS[i] of COLUMN. CONST stays CONST, DICT stays DICT. */
STATUS vonk_column_gather(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *column,
                          const uint32_t *rows, uint32_t count, struct vonk_column *out);
/* The same where ROWS may hold VONK_GATHER_NULL. */
STATUS vonk_column_gather_nullable(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *column,
                                   const uint32_t *rows, uint32_t count, struct vonk_column *out);
/* OUT holds the live rows of BATCH only, live NULL and row_origin set; BATCH itself when all are live. */
STATUS vonk_batch_compact(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_batch *batch, struct vonk_batch *out);

/* DICT and CONST become FLAT; FLAT is itself. ROW_COUNT rows. Not deep: fields of a struct keep their encodings. */
STATUS vonk_column_flatten(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *column,
                           uint32_t row_count, struct vonk_column *out);
/* A FLAT or CONST column of I8..I128 or F32, F64 at PHYSICAL of the same kind; narrowing is the caller's proof that values fit. */
STATUS vonk_column_widen(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *column,
                         uint32_t row_count, enum vonk_physical physical, struct vonk_column *out);
/* Brings two FLAT or CONST columns of I8..I128 to one width: a constant takes the width of the other where it fits, else the wider one counts.
 * Columns of other kinds stay as they are. */
STATUS vonk_column_match_widths(struct vonk_task *task, struct vonk_scratch *scratch, uint32_t row_count, struct vonk_column sides[2]);
/* COUNT values from one width to the other. */
void vonk_widen_values(const void *from, enum vonk_physical from_physical, void *to, enum vonk_physical to_physical, uint32_t count);
/* The rows of all COLUMNS one behind the other, FLAT, not deep in lists (children are copied only where offsets must move). */
STATUS vonk_column_concat(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *columns,
                          const uint32_t *row_counts, uint32_t column_count, struct vonk_column *out);

#endif
