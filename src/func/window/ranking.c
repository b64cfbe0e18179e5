/* ranking.c: functions that need an OVER clause. Rows only: the window operator of exec knows them by name and computes
 * them over sorted partitions, so there is no eval. */
#include "func/bind_call.h"

/* lag and lead: the default takes the type of the value; the result may be null unless a default stands in. */
static STATUS bind_offset(struct vonk_bind_call *call) {
  const struct vonk_expr *value = call->arguments.items[0];
  call->expr->type = value->type;
  call->expr->nullable = true;
  if (call->arguments.count < 3) return VONK_OK;
  TRY(vonk_bind_coerce(call, 2, value->type));
  call->expr->nullable = value->nullable || call->arguments.items[2]->nullable;
  return VONK_OK;
}

static STATUS bind_nth(struct vonk_bind_call *call) {
  call->expr->type = call->arguments.items[0]->type;
  call->expr->nullable = true;
  return VONK_OK;
}

#define RANKING(row_name, row_signature, ...) \
  {.name = row_name, .kind = VONK_WINDOW, .signature = row_signature, .group = "window_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_ranking[] = {
    RANKING("row_number", "() -> int", .nulls = VONK_NULLS_NEVER, .doc = "Number of the row in its partition, from 1.",
            .example = "SELECT v, row_number() OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("rank", "() -> int", .nulls = VONK_NULLS_NEVER, .doc = "One more than the number of rows that sort before; equal rows leave gaps behind them.",
            .example = "SELECT v, rank() OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("dense_rank", "() -> int", .nulls = VONK_NULLS_NEVER, .doc = "The rank without gaps.",
            .example = "SELECT v, dense_rank() OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("percent_rank", "() -> double", .nulls = VONK_NULLS_NEVER, .doc = "The rank as a share: (rank - 1) / (rows - 1).",
            .example = "SELECT v, percent_rank() OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("cume_dist", "() -> double", .nulls = VONK_NULLS_NEVER, .doc = "The share of rows that sort before or are equal.",
            .example = "SELECT v, cume_dist() OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("ntile", "([int]) -> int", .nulls = VONK_NULLS_NEVER, .doc = "Number of the bucket, 1 to n, when the partition is cut into n equal ones.",
            .example = "SELECT v, ntile(2) OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("lag", "(any, [int], [any]) -> bind", .nulls = VONK_NULLS_CUSTOM, .bind = bind_offset,
            .doc = "The value so many rows before, 1 if not said, or a default where there is none.",
            .example = "SELECT v, lag(v) OVER (ORDER BY v) FROM VALUES (3), (1), (2) AS t(v)"),
    RANKING("lead", "(any, [int], [any]) -> bind", .nulls = VONK_NULLS_CUSTOM, .bind = bind_offset,
            .doc = "The value so many rows behind, 1 if not said, or a default where there is none.",
            .example = "SELECT v, lead(v, 1, 0) OVER (ORDER BY v) FROM VALUES (3), (1), (2) AS t(v)"),
    RANKING("nth_value", "(any, int) -> bind", .nulls = VONK_NULLS_CUSTOM, .bind = bind_nth, .doc = "The value of the n-th row of the frame.",
            .example = "SELECT v, nth_value(v, 2) OVER (ORDER BY v) FROM VALUES (3), (1), (2) AS t(v)"),
    {0},
};
