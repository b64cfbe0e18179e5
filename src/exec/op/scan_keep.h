/* scan_keep.h: conjuncts over one column that formats cannot say as a comparison: a program behind a callback, so that it runs
 * on the entries of dictionaries rather than on rows, and before other columns are read. */
#ifndef VONK_EXEC_OP_SCAN_KEEP_H
#define VONK_EXEC_OP_SCAN_KEEP_H

#include "format/scan.h"

struct vonk_expr;
struct vonk_relation_scan;

/* For one conjunct; shared by all workers. */
struct vonk_scan_keeper;

/* False in MADE when CONJUNCT is not of one flat column, may raise or may differ from call to call. FILTER->column is that of
 * PLAN's relation. Memory on the task's arena. */
STATUS vonk_scan_keeper_make(struct vonk_task *task, const struct vonk_relation_scan *plan, struct vonk_expr *conjunct, struct vonk_scan_filter *filter,
                             bool *made);
/* Ends what the worker of TASK has of it. */
void vonk_scan_keeper_close_worker(struct vonk_scan_keeper *keeper, const struct vonk_task *task);

#endif
