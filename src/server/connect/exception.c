/* exception.c: see exception.h. Classes are those Spark 4.2.1 throws; what is not listed is found while a query is analysed. */
#include "server/connect/exception.h"

#include "base/array.h"
#include "wire/protobuf.h"

enum { ERROR_CLASSES = 1, ERROR_MESSAGE = 2, ERROR_THROWABLE = 5 };
enum { THROWABLE_CLASS = 1, THROWABLE_PARAMETERS = 2, THROWABLE_CONTEXTS = 3, THROWABLE_STATE = 4 };
enum { CONTEXT_OBJECT_TYPE = 1, CONTEXT_OBJECT_NAME, CONTEXT_START, CONTEXT_STOP, CONTEXT_FRAGMENT, CONTEXT_CALL_SITE, CONTEXT_SUMMARY, CONTEXT_TYPE = 10 };
enum { CONTEXT_OF_DATAFRAME = 1 };

#define ANALYSIS "org.apache.spark.sql.AnalysisException"
#define PARSE "org.apache.spark.sql.catalyst.parser.ParseException"
#define RUNTIME "org.apache.spark.SparkRuntimeException"
#define ARITHMETIC "org.apache.spark.SparkArithmeticException"
#define ARRAY_INDEX "org.apache.spark.SparkArrayIndexOutOfBoundsException"
#define DATE_TIME "org.apache.spark.SparkDateTimeException"
#define NUMBER_FORMAT "org.apache.spark.SparkNumberFormatException"
#define ILLEGAL_ARGUMENT "org.apache.spark.SparkIllegalArgumentException"
#define NO_SUCH_ELEMENT "org.apache.spark.SparkNoSuchElementException"
#define UPGRADE "org.apache.spark.SparkUpgradeException"
#define SPARK "org.apache.spark.SparkException"
#define CLASS_NOT_FOUND "org.apache.spark.SparkClassNotFoundException"
#define SQL "org.apache.spark.SparkSQLException"
#define INVALID_PLAN "org.apache.spark.sql.connect.common.InvalidPlanInput"
#define STREAMING_QUERY "org.apache.spark.sql.streaming.StreamingQueryException"
#define UNSUPPORTED_OPERATION "org.apache.spark.SparkUnsupportedOperationException"
#define PYTHON "org.apache.spark.api.python.PythonException"

/* By the beginning of the condition's name; the first that fits counts. */
static const struct {
  const char *condition, *class_name;
} conditions[] = {
    {"ARITHMETIC_OVERFLOW", ARITHMETIC}, {"BINARY_ARITHMETIC_OVERFLOW", ARITHMETIC}, {"CAST_OVERFLOW", ARITHMETIC},
    {"DATETIME_OVERFLOW", ARITHMETIC}, {"DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", ARITHMETIC}, {"DIVIDE_BY_ZERO", ARITHMETIC},
    {"INTERVAL_ARITHMETIC_OVERFLOW", ARITHMETIC}, {"INTERVAL_DIVIDED_BY_ZERO", ARITHMETIC}, {"NUMERIC_VALUE_OUT_OF_RANGE", ARITHMETIC},
    {"REMAINDER_BY_ZERO", ARITHMETIC}, {"INVALID_ARRAY_INDEX", ARRAY_INDEX}, {"CANNOT_PARSE_TIMESTAMP", DATE_TIME},
    {"DATETIME_FIELD_OUT_OF_BOUNDS", DATE_TIME}, {"INVALID_FRACTION_OF_SECOND", DATE_TIME}, {"INVALID_TIMEZONE", DATE_TIME},
    {"CONVERSION_INVALID_INPUT", ILLEGAL_ARGUMENT}, {"INVALID_PARAMETER_VALUE.CHARSET", ILLEGAL_ARGUMENT}, {"CANNOT_DECODE_URL", ILLEGAL_ARGUMENT}, {"ILLEGAL_DAY_OF_WEEK", ILLEGAL_ARGUMENT},
    {"INVALID_CONF_VALUE", ILLEGAL_ARGUMENT}, {"INVALID_DATETIME_PATTERN", ILLEGAL_ARGUMENT}, {"INVALID_INTERVAL_FORMAT", ILLEGAL_ARGUMENT},
    {"INVALID_URL", ILLEGAL_ARGUMENT}, {"INVALID_UTF8_STRING", ILLEGAL_ARGUMENT}, {"SQL_CONF_NOT_FOUND", NO_SUCH_ELEMENT},
    {"INCONSISTENT_BEHAVIOR_CROSS_VERSION", UPGRADE}, {"CATALOG_NOT_FOUND", SPARK}, {"UNRECOGNIZED_STATISTIC", ILLEGAL_ARGUMENT}, {"INVALID_HANDLE", SQL}, {"INVALID_CURSOR", SQL}, {"OPERATION_CANCELED", SQL},
    {"CONNECT_INVALID_PLAN", INVALID_PLAN}, {"PYTHON_EXCEPTION", PYTHON}, {"FAILED_READ_FILE", SPARK}, {"FAILED_WRITE_FILE", SPARK},
    {"INTERNAL_ERROR", SPARK}, {"UNABLE_TO_ACQUIRE_MEMORY", SPARK}, {"RECURSION_", SPARK}, {"COLLECTION_SIZE_LIMIT_EXCEEDED", RUNTIME},
    {"COMPARATOR_RETURNS_NULL", RUNTIME}, {"DUPLICATED_MAP_KEY", RUNTIME}, {"EXCEED_LIMIT_LENGTH", RUNTIME}, {"INVALID_BITMAP_POSITION", RUNTIME},
    {"INVALID_INDEX_OF_ZERO", RUNTIME}, {"INVALID_PARAMETER_VALUE", RUNTIME}, {"INVALID_SEQUENCE_BOUNDARIES", RUNTIME},
    {"MALFORMED_CHARACTER_CODING", RUNTIME}, {"NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION", RUNTIME}, {"NULL_MAP_KEY", RUNTIME},
    {"SCALAR_SUBQUERY_TOO_MANY_ROWS", SPARK}, {"USER_RAISED_EXCEPTION", RUNTIME}, {"DATATYPE_MISSING_SIZE", PARSE},
    {"DUPLICATED_CTE_NAMES", PARSE}, {"DUPLICATE_CLAUSES", PARSE}, {"FAILED_TO_PARSE_TOO_COMPLEX", PARSE}, {"INVALID_ESC", PARSE},
    {"INVALID_NUMERIC_LITERAL_RANGE", PARSE}, {"INVALID_SET_SYNTAX", PARSE}, {"INVALID_SQL_SYNTAX", PARSE}, {"INVALID_TEMP_OBJ_QUALIFIER", PARSE}, {"INVALID_TYPED_LITERAL", PARSE},
    {"PARSE_", PARSE}, {"UNCLOSED_BRACKETED_COMMENT", PARSE}, {"UNSUPPORTED_DATATYPE", PARSE}, {"UNSUPPORTED_TYPED_LITERAL", PARSE},
    {"UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES", PARSE}, {"UNSUPPORTED_FEATURE.LATERAL_JOIN_USING", PARSE},
    {"_LEGACY_ERROR_TEMP_00", PARSE}, {"INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", PARSE}, {"DATA_SOURCE_NOT_FOUND", CLASS_NOT_FOUND}, {"_REQUIREMENT_FAILED", "java.lang.IllegalArgumentException"},
    {"_NULL_VALUE", "java.lang.IllegalStateException"},
    {"_ILLEGAL_ARGUMENT", "java.lang.IllegalArgumentException"}, {"_LEGACY_ERROR_TEMP_2047", ILLEGAL_ARGUMENT}, {"_LEGACY_ERROR_TEMP_2048", ILLEGAL_ARGUMENT},
    {"_LEGACY_ERROR_TEMP_2242", UNSUPPORTED_OPERATION}, {"STREAMING_OUTPUT_MODE.INVALID", ILLEGAL_ARGUMENT}, {"CONCURRENT_STREAM_LOG_UPDATE", SPARK}, {"STREAM_FAILED", STREAMING_QUERY},
};

static const struct {
  const char *class_name, *above;
} parents[] = {
    {PARSE, ANALYSIS}, {ANALYSIS, "java.lang.Exception"}, {RUNTIME, "java.lang.RuntimeException"}, {ARITHMETIC, "java.lang.ArithmeticException"},
    {"java.lang.ArithmeticException", "java.lang.RuntimeException"}, {ARRAY_INDEX, "java.lang.ArrayIndexOutOfBoundsException"},
    {"java.lang.ArrayIndexOutOfBoundsException", "java.lang.RuntimeException"}, {DATE_TIME, "java.time.DateTimeException"},
    {"java.time.DateTimeException", "java.lang.RuntimeException"}, {NUMBER_FORMAT, "java.lang.NumberFormatException"},
    {"java.lang.NumberFormatException", "java.lang.IllegalArgumentException"}, {ILLEGAL_ARGUMENT, "java.lang.IllegalArgumentException"},
    {"java.lang.IllegalArgumentException", "java.lang.RuntimeException"}, {"java.lang.IllegalStateException", "java.lang.RuntimeException"}, {NO_SUCH_ELEMENT, "java.util.NoSuchElementException"},
    {"java.util.NoSuchElementException", "java.lang.RuntimeException"}, {UPGRADE, "java.lang.RuntimeException"}, {SPARK, "java.lang.Exception"},
    {CLASS_NOT_FOUND, "java.lang.ClassNotFoundException"}, {"java.lang.ClassNotFoundException", "java.lang.ReflectiveOperationException"},
    {"java.lang.ReflectiveOperationException", "java.lang.Exception"}, {SQL, "java.sql.SQLException"}, {"java.sql.SQLException", "java.lang.Exception"}, {INVALID_PLAN, "java.lang.RuntimeException"},
    {STREAMING_QUERY, "java.lang.Exception"}, {UNSUPPORTED_OPERATION, "java.lang.UnsupportedOperationException"}, {"java.lang.UnsupportedOperationException", "java.lang.RuntimeException"},
    {PYTHON, "java.lang.RuntimeException"}, {"java.lang.RuntimeException", "java.lang.Exception"}, {"java.lang.Exception", "java.lang.Throwable"},
    {"java.lang.Throwable", "java.lang.Object"},
};

/* A cast's exception is that of the type it is to. */
static const char *class_of_cast(const struct vonk_error *error) {
  for (size_t i = 0; i < error->parameter_count; i++) {
    if (!vonk_str_equal(error->parameters[i].name, STR("targetType"))) continue;
    struct vonk_str type = error->parameters[i].value;
    if (vonk_str_find(type, STR("DATE"), 0) != SIZE_MAX || vonk_str_find(type, STR("TIME"), 0) != SIZE_MAX) return DATE_TIME;
    if (vonk_str_find(type, STR("BOOLEAN"), 0) != SIZE_MAX) return RUNTIME;
  }
  return NUMBER_FORMAT;
}

const char *connect_exception_class(const struct vonk_error *error) {
  struct vonk_str condition = vonk_str_of(vonk_condition_name(error->condition));
  if (error->condition == VONK_CAST_INVALID_INPUT) return class_of_cast(error);
  for (size_t i = 0; i < COUNT_OF(conditions); i++) {
    if (vonk_str_starts_with(condition, vonk_str_of(conditions[i].condition))) return conditions[i].class_name;
  }
  return ANALYSIS;
}

const char *connect_exception_ancestor(const char *class_name, uint32_t number) {
  for (; number && class_name; number--) {
    const char *above = NULL;
    for (size_t i = 0; i < COUNT_OF(parents) && !above; i++) {
      if (strcmp(parents[i].class_name, class_name) == 0) above = parents[i].above;
    }
    class_name = above;
  }
  return class_name;
}

struct vonk_str connect_exception_classes(struct vonk_arena *arena, const char *class_name) {
  struct vonk_text text;
  const char *name;
  vonk_text_init(&text, arena);
  for (uint32_t i = 0; (name = connect_exception_ancestor(class_name, i)); i++) vonk_text_addf(&text, "%s\"%s\"", i ? "," : "[", name);
  vonk_text_add_char(&text, ']');
  return vonk_text_str(&text);
}

bool connect_exception_is_plain(const struct vonk_error *error) {
  return error->condition == VONK__REQUIREMENT_FAILED || error->condition == VONK__NULL_VALUE || error->condition == VONK__ILLEGAL_ARGUMENT;
}

struct vonk_str connect_exception_message(struct vonk_arena *arena, const struct vonk_error *error) {
  if (error->condition == VONK__NULL_VALUE) return STR("Value at index is null");
  if (!connect_exception_is_plain(error) || error->parameter_count == 0) return vonk_error_render(error, arena);
  if (error->condition == VONK__ILLEGAL_ARGUMENT) return vonk_str_copy(arena, error->parameters[0].value);
  return vonk_str_format(arena, "requirement failed: " STR_FMT, STR_ARG(error->parameters[0].value));
}

/* --- as a message --- */

/* What stands below the message of an error: the place. */
static struct vonk_str summary_of(struct vonk_arena *arena, const struct vonk_error *error) {
  struct vonk_str rendered = vonk_error_render(error, arena), message = vonk_error_message(error, arena);
  size_t skip = message.size < rendered.size ? message.size + 1 : rendered.size;
  return vonk_str_slice(rendered, skip, rendered.size);
}

static void put_context(struct vonk_arena *arena, struct vonk_text *out, const struct vonk_error *error) {
  const struct vonk_origin *origin = &error->origin;
  bool is_frame = origin->fragment.size > 0;
  uint32_t stop = origin->stop < origin->text.size ? origin->stop : (uint32_t)origin->text.size, start = origin->start < stop ? origin->start : stop;
  size_t context = vonk_protobuf_begin(out, THROWABLE_CONTEXTS);
  if (is_frame) vonk_protobuf_put_i64(out, CONTEXT_TYPE, CONTEXT_OF_DATAFRAME);
  vonk_protobuf_put_bytes(out, CONTEXT_OBJECT_TYPE, origin->object_type);
  vonk_protobuf_put_bytes(out, CONTEXT_OBJECT_NAME, origin->object_name);
  if (!is_frame) {
    vonk_protobuf_put_i64(out, CONTEXT_START, origin->start);
    vonk_protobuf_put_i64(out, CONTEXT_STOP, (int64_t)origin->stop - 1);
  }
  vonk_protobuf_put_bytes(out, CONTEXT_FRAGMENT, is_frame ? origin->fragment : vonk_str_slice(origin->text, start, stop));
  vonk_protobuf_put_bytes(out, CONTEXT_CALL_SITE, origin->call_site);
  vonk_protobuf_put_bytes(out, CONTEXT_SUMMARY, summary_of(arena, error));
  vonk_protobuf_end(out, context);
}

static void put_condition(struct vonk_text *out, const struct vonk_error *error) {
  size_t throwable = vonk_protobuf_begin(out, ERROR_THROWABLE);
  vonk_protobuf_put_bytes(out, THROWABLE_CLASS, vonk_str_of(vonk_condition_name(error->condition)));
  for (size_t i = 0; i < error->parameter_count; i++) {
    size_t entry = vonk_protobuf_begin(out, THROWABLE_PARAMETERS);
    vonk_protobuf_put_bytes(out, 1, error->parameters[i].name);
    vonk_protobuf_put_bytes(out, 2, error->parameters[i].value);
    vonk_protobuf_end(out, entry);
  }
  if (error->origin.text.data || error->origin.fragment.size) put_context(out->arena, out, error);
  const char *state = vonk_condition_sqlstate(error->condition);
  if (*state) vonk_protobuf_put_bytes(out, THROWABLE_STATE, vonk_str_of(state));
  vonk_protobuf_end(out, throwable);
}

void connect_exception_put(struct vonk_text *out, uint32_t number, const struct vonk_error *error, const char *class_name) {
  const char *name;
  size_t message = vonk_protobuf_begin(out, number);
  for (uint32_t i = 0; (name = connect_exception_ancestor(class_name, i)); i++) vonk_protobuf_put_bytes(out, ERROR_CLASSES, vonk_str_of(name));
  vonk_protobuf_put_bytes(out, ERROR_MESSAGE, connect_exception_message(out->arena, error));
  if (!connect_exception_is_plain(error)) put_condition(out, error);
  vonk_protobuf_end(out, message);
}
