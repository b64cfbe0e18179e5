/* filter.h: the filters of a request as a condition over columns. Values become literals of a plan; nothing is spliced into SQL. */
#ifndef VONK_SERVER_REST_FILTER_H
#define VONK_SERVER_REST_FILTER_H

#include "expr/expr.h"
#include "sql/parser.h"

/* FILTERS: a JSON object of conditions by column. All hold together; NULL when there are none. Raises REST_INVALID_FILTER. */
STATUS rest_filter_read(struct vonk_task *task, const struct vonk_sql_options *options, struct vonk_str filters, struct vonk_expr **out);
/* A column by its whole name, which may hold dots. */
struct vonk_expr *rest_column(struct vonk_arena *arena, struct vonk_str name);

#endif
