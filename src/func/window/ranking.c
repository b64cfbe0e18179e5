/* ranking.c: functions that need an OVER clause. Rows only: the window operator of exec knows them by name and computes
 * them over sorted partitions, so there is no eval. */
#include "func/bind_call.h"
#include "func/constant.h"

/* Argument INDEX is a constant from 1 to MAX. */
static STATUS check_count(struct vonk_bind_call *call, uint32_t index, const char *name, int64_t max) {
  struct vonk_value value;
  TRY(vonk_bind_constant(call, index, &value));
  if (!value.is_null && value.integer > 0) return VONK_OK;
  struct vonk_arena *arena = call->task->arena;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__VALUE_OUT_OF_RANGE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                    "exprName", vonk_str_of(name), "valueRange", vonk_str_format(arena, "(0, %lld]", (long long)max), "currentValue",
                    vonk_value_sql(arena, &value), NULL);
}

/* lag and lead: the default takes the type of the value; the result may be null unless a default stands in. */
static STATUS bind_offset(struct vonk_bind_call *call) {
  const struct vonk_expr *value = call->arguments.items[0];
  struct vonk_value offset;
  TRY(vonk_bind_constant(call, 1, &offset));
  call->expr->type = value->type;
  TRY(vonk_bind_coerce(call, 2, value->type));
  call->expr->nullable = value->nullable || call->arguments.items[2]->nullable;
  return VONK_OK;
}

static STATUS bind_buckets(struct vonk_bind_call *call) {
  call->expr->type = &vonk_type_int;
  return check_count(call, 0, "buckets", INT32_MAX);
}

static STATUS bind_nth(struct vonk_bind_call *call) {
  call->expr->type = call->arguments.items[0]->type;
  call->expr->nullable = true;
  return check_count(call, 1, "offset", INT64_MAX);
}

#define RANKING(row_name, row_signature, ...) \
  {.name = row_name, .kind = VONK_WINDOW, .signature = row_signature, .group = "window_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_ranking[] = {
    RANKING("row_number", "() -> int", .nulls = VONK_NULLS_NEVER, .doc = "Number of the row in its partition, from 1.",
            .example = "SELECT v, row_number() OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("rank", "() -> int", .shown = "RANK", .nulls = VONK_NULLS_NEVER, .doc = "One more than the number of rows that sort before; equal rows leave gaps behind them.",
            .example = "SELECT v, rank() OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("dense_rank", "() -> int", .shown = "DENSE_RANK", .nulls = VONK_NULLS_NEVER, .doc = "The rank without gaps.",
            .example = "SELECT v, dense_rank() OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("percent_rank", "() -> double", .shown = "PERCENT_RANK", .nulls = VONK_NULLS_NEVER, .doc = "The rank as a share: (rank - 1) / (rows - 1).",
            .example = "SELECT v, percent_rank() OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("cume_dist", "() -> double", .nulls = VONK_NULLS_NEVER, .doc = "The share of rows that sort before or are equal.",
            .example = "SELECT v, cume_dist() OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("ntile", "([int = 1]) -> bind", .nulls = VONK_NULLS_NEVER, .bind = bind_buckets, .doc = "Number of the bucket, 1 to n, when the partition is cut into n equal ones.",
            .example = "SELECT v, ntile(2) OVER (ORDER BY v) FROM VALUES (3), (1), (3) AS t(v)"),
    RANKING("lag", "(any, [int = 1], [any = null]) -> bind", .nulls = VONK_NULLS_CUSTOM, .bind = bind_offset,
            .doc = "The value so many rows before, 1 if not said, or a default where there is none.",
            .example = "SELECT v, lag(v) OVER (ORDER BY v) FROM VALUES (3), (1), (2) AS t(v)"),
    RANKING("lead", "(any, [int = 1], [any = null]) -> bind", .nulls = VONK_NULLS_CUSTOM, .bind = bind_offset,
            .doc = "The value so many rows behind, 1 if not said, or a default where there is none.",
            .example = "SELECT v, lead(v, 1, 0) OVER (ORDER BY v) FROM VALUES (3), (1), (2) AS t(v)"),
    RANKING("nth_value", "(any, int, [boolean]) -> bind", .nulls = VONK_NULLS_CUSTOM, .bind = bind_nth, .doc = "The value of the n-th row of the frame, or with true of the n-th that is not null.",
            .example = "SELECT v, nth_value(v, 2) OVER (ORDER BY v) FROM VALUES (3), (1), (2) AS t(v)"),
    {0},
};
