/* python.c: the kinds of functions in Python (PySpark's PythonEvalType). */
#include "func/python.h"

#include "base/array.h"

enum { EVAL_AGGREGATE_PANDAS = 202, EVAL_AGGREGATE_PANDAS_ITER = 217, EVAL_AGGREGATE_ARROW = 252, EVAL_AGGREGATE_ARROW_ITER = 254 };

static const char *const setting_names[] = {
    "spark.sql.execution.arrow.maxBytesPerBatch",
    "spark.sql.execution.arrow.maxRecordsPerBatch",
    "spark.sql.execution.arrow.useLargeVarTypes",
    "spark.sql.execution.pandas.convertToArrowArraySafely",
    "spark.sql.execution.pyspark.binaryAsBytes",
    "spark.sql.execution.pyspark.udf.hideTraceback.enabled",
    "spark.sql.execution.pyspark.udf.simplifiedTraceback.enabled",
    "spark.sql.execution.pythonUDF.arrow.concurrency.level",
    "spark.sql.execution.pythonUDF.pandas.intToDecimalCoercionEnabled",
    "spark.sql.execution.pythonUDF.pandas.preferIntExtensionDtype",
    "spark.sql.legacy.execution.pandas.groupedMap.assignColumnsByName",
    "spark.sql.legacy.execution.pythonUDF.pandas.conversion.enabled",
    "spark.sql.session.timeZone",
};

struct vonk_options vonk_python_settings(struct vonk_arena *arena, const struct vonk_conf *conf) {
  struct vonk_option *items = ARENA_ARRAY(arena, struct vonk_option, COUNT_OF(setting_names));
  uint32_t count = 0;
  for (size_t i = 0; i < COUNT_OF(setting_names); i++) {
    struct vonk_str name = vonk_str_of(setting_names[i]), value;
    if (vonk_conf_get(conf, name, &value)) items[count++] = (struct vonk_option){name, vonk_str_copy(arena, value)};
  }
  return (struct vonk_options){items, count};
}

const struct vonk_function vonk_python_aggregate = {.name = "python_aggregate", .kind = VONK_AGGREGATE};

struct vonk_expr_python *vonk_python_of_aggregate(const struct vonk_expr *expr) {
  const struct vonk_expr_aggregate *aggregate = EXPR_AS(expr, aggregate);
  return aggregate && aggregate->function == &vonk_python_aggregate ? EXPR_AS(aggregate->arguments.items[0], python) : NULL;
}

bool vonk_python_aggregates(int64_t eval_type) {
  return eval_type == EVAL_AGGREGATE_PANDAS || eval_type == EVAL_AGGREGATE_PANDAS_ITER || eval_type == EVAL_AGGREGATE_ARROW || eval_type == EVAL_AGGREGATE_ARROW_ITER;
}
