/* conversion.c: int(x), string(x) and their like: casts under the names of types. They show as what they cast. */
#include "func/bind_call.h"
#include "type/type.h"

static const struct { const char *name; const struct vonk_type *type; } targets[] = {
    {"boolean", &vonk_type_boolean}, {"tinyint", &vonk_type_byte}, {"smallint", &vonk_type_short}, {"int", &vonk_type_int},
    {"bigint", &vonk_type_long}, {"float", &vonk_type_float}, {"double", &vonk_type_double}, {"decimal", &vonk_type_decimal_default},
    {"date", &vonk_type_date}, {"timestamp", &vonk_type_timestamp}, {"binary", &vonk_type_binary}, {"string", &vonk_type_string},
};

static STATUS bind_conversion(struct vonk_bind_call *call) {
  const char *name = EXPR_AS(call->expr, call)->function->name;
  size_t i = 0;
  while (strcmp(targets[i].name, name) != 0) i++;
  struct vonk_bind_options options = vonk_bind_options_of(call);
  return vonk_bind_cast(call->task, &options, call->arguments.items[0], targets[i].type, VONK_CAST_DEFAULT, true, &call->expr);
}

#define CONVERSION(row_name, row_example)                                                                                     \
  {.name = row_name, .signature = "(any) -> bind", .nulls = VONK_NULLS_STRICT, .bind = bind_conversion, .group = "conversion_funcs", \
   .doc = "The value cast to " row_name ".", .example = row_example}

const struct vonk_function vonk_functions_conversion[] = {
    CONVERSION("boolean", "SELECT boolean('true')"),
    CONVERSION("tinyint", "SELECT tinyint('12')"),
    CONVERSION("smallint", "SELECT smallint('12')"),
    CONVERSION("int", "SELECT int('12')"),
    CONVERSION("bigint", "SELECT bigint('12')"),
    CONVERSION("float", "SELECT float('1.5')"),
    CONVERSION("double", "SELECT double('1.5')"),
    CONVERSION("decimal", "SELECT decimal('12')"),
    CONVERSION("date", "SELECT date('2024-02-29')"),
    CONVERSION("timestamp", "SELECT timestamp('2024-02-29 12:00:00')"),
    CONVERSION("binary", "SELECT binary('abc')"),
    CONVERSION("string", "SELECT string(12)"),
    {0},
};
