/* grouping.c: grouping and grouping_id: rows only. The binder puts the grouping id's bits in their place. */
#include "expr/function.h"

const struct vonk_function vonk_functions_grouping[] = {
    {.name = "grouping", .kind = VONK_SCALAR, .signature = "(any) -> tinyint", .nulls = VONK_NULLS_NEVER, .group = "agg_funcs",
     .doc = "1 where the key is not in the row's grouping set, else 0.",
     .example = "SELECT k, grouping(k), sum(v) FROM VALUES (1, 2), (3, 4) AS t(k, v) GROUP BY CUBE(k) ORDER BY k"},
    {.name = "grouping_id", .kind = VONK_SCALAR, .signature = "(any*) -> bigint", .nulls = VONK_NULLS_NEVER, .group = "agg_funcs",
     .doc = "A bit for each key, set where the key is not in the row's grouping set.",
     .example = "SELECT k, grouping_id(), sum(v) FROM VALUES (1, 2), (3, 4) AS t(k, v) GROUP BY CUBE(k) ORDER BY k"},
    {0},
};
