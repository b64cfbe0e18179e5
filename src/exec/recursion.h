/* recursion.h: recursive queries, round by round, before the query around them is planned. */
#ifndef VONK_EXEC_RECURSION_H
#define VONK_EXEC_RECURSION_H

#include "exec/query.h"

/* RELATION with the rows of each recursion in its place: kept on TASK's arena and charged to its budget. Runs queries of its own
 * on ENGINE and waits for them; CALLER is asked whether to go on. Raises RECURSION_LEVEL_LIMIT_EXCEEDED,
 * RECURSION_ROW_LIMIT_EXCEEDED and whatever the queries raise. */
STATUS vonk_recursions_run(struct vonk_task *task, struct vonk_task *caller, struct vonk_engine *engine,
                           const struct vonk_exec_options *options, const struct vonk_relation *relation, const struct vonk_relation **out);

#endif
