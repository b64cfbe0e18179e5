/* decode_python.c: functions in Python, and the relations that hand whole partitions and groups to them. What the function is
 * stays opaque; its eval type, PySpark's, says how it is called, and each relation takes its own. */
#include "server/connect/decode_internal.h"

enum eval_type {
  EVAL_GROUPED_MAP_PANDAS = 201, EVAL_MAP_PANDAS_ITER = 205, EVAL_COGROUPED_MAP_PANDAS = 206, EVAL_MAP_ARROW_ITER = 207, EVAL_GROUPED_MAP_ARROW = 209,
  EVAL_COGROUPED_MAP_ARROW = 210, EVAL_GROUPED_MAP_ARROW_ITER = 215, EVAL_GROUPED_MAP_PANDAS_ITER = 216,
};

STATUS decode_user_function(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { NAME = 1, DETERMINISTIC = 2, ARGUMENTS = 3, PYTHON = 4, SCALA = 5, JAVA = 6, IS_DISTINCT = 7 };
  enum { OUTPUT_TYPE = 1, EVAL_TYPE = 2, COMMAND = 3, PYTHON_VERSION = 4 };
  static const uint32_t members[] = {PYTHON, SCALA, JAVA};
  uint32_t member = vonk_protobuf_which(message, members, COUNT_OF(members));
  if (!member) return decode_fail_unset(d, "CommonInlineUserDefinedFunction", "FUNCTION_NOT_SET");
  if (member != PYTHON) return decode_fail_member(d, "CommonInlineUserDefinedFunction", member == SCALA ? "SCALAR_SCALA_UDF" : "JAVA_UDF", member);
  struct vonk_protobuf body = vonk_protobuf_message(message, PYTHON);
  struct vonk_expr_python *python = EXPR_NEW(d->arena, python, d->origin);
  struct vonk_str *name = ARENA_NEW(d->arena, struct vonk_str);
  *name = vonk_protobuf_text(message, NAME);
  python->name = (struct vonk_name){name, 1};
  TRY(decode_expressions(d, message, ARGUMENTS, &python->arguments));
  TRY(decode_type_at(d, &body, OUTPUT_TYPE, &python->output));
  python->eval_type = vonk_protobuf_i32(&body, EVAL_TYPE);
  python->command = vonk_protobuf_bytes(&body, COMMAND);
  python->python_version = vonk_protobuf_text(&body, PYTHON_VERSION);
  python->not_deterministic = !vonk_protobuf_bool(message, DETERMINISTIC);
  python->distinct = vonk_protobuf_bool(message, IS_DISTINCT);
  *out = &python->expr;
  return VONK_OK;
}

/* The function in field NUMBER, which must be of one of TYPES and give rows. */
static STATUS decode_row_function(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, const enum eval_type *types, size_t type_count,
                                  struct vonk_expr **out) {
  struct vonk_protobuf function = vonk_protobuf_message(message, number);
  TRY(decode_user_function(d, &function, out));
  const struct vonk_expr_python *python = EXPR_AS(*out, python);
  size_t i = 0;
  while (i < type_count && python->eval_type != (int64_t)types[i]) i++;
  if (i < type_count) return decode_check_struct(d, python->output);
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__FUNCTION_EVAL_TYPE_NOT_SUPPORTED, d->origin, "evalType",
                    vonk_str_format(d->arena, "%lld", (long long)python->eval_type), NULL);
}

STATUS decode_map_partitions(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, FUNCTION = 2, IS_BARRIER = 3, PROFILE_ID = 4 };
  static const enum eval_type types[] = {EVAL_MAP_PANDAS_ITER, EVAL_MAP_ARROW_ITER};
  struct vonk_relation_map_partitions *map = RELATION_NEW(d->arena, map_partitions, d->origin);
  if (vonk_protobuf_has(message, PROFILE_ID)) return vonk_unsupported(d->task, d->origin, "resource profiles");
  TRY(decode_input(d, message, INPUT, &map->input));
  TRY(decode_row_function(d, message, FUNCTION, types, COUNT_OF(types), &map->function));
  map->is_barrier = vonk_protobuf_bool(message, IS_BARRIER);
  *out = &map->relation;
  return VONK_OK;
}

STATUS decode_group_map(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, GROUPING = 2, FUNCTION = 3, SORTING = 4, INITIAL_INPUT = 5, WITH_STATE = 7, STATE_SCHEMA = 10, STATE_INFO = 11 };
  static const uint32_t stateful[] = {INITIAL_INPUT, WITH_STATE, STATE_SCHEMA, STATE_INFO};
  static const enum eval_type types[] = {EVAL_GROUPED_MAP_PANDAS, EVAL_GROUPED_MAP_ARROW, EVAL_GROUPED_MAP_PANDAS_ITER, EVAL_GROUPED_MAP_ARROW_ITER};
  struct vonk_relation_group_map *map = RELATION_NEW(d->arena, group_map, d->origin);
  if (vonk_protobuf_which(message, stateful, COUNT_OF(stateful))) return vonk_unsupported(d->task, d->origin, "functions that keep state");
  TRY(decode_input(d, message, INPUT, &map->input));
  TRY(decode_expressions(d, message, GROUPING, &map->grouping));
  TRY(decode_expressions(d, message, SORTING, &map->sorting));
  *out = &map->relation;
  return decode_row_function(d, message, FUNCTION, types, COUNT_OF(types), &map->function);
}

STATUS decode_co_group_map(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, INPUT_GROUPING = 2, OTHER = 3, OTHER_GROUPING = 4, FUNCTION = 5, INPUT_SORTING = 6, OTHER_SORTING = 7 };
  static const enum eval_type types[] = {EVAL_COGROUPED_MAP_PANDAS, EVAL_COGROUPED_MAP_ARROW};
  struct vonk_relation_co_group_map *map = RELATION_NEW(d->arena, co_group_map, d->origin);
  TRY(decode_input(d, message, INPUT, &map->input));
  TRY(decode_expressions(d, message, INPUT_GROUPING, &map->input_grouping));
  TRY(decode_expressions(d, message, INPUT_SORTING, &map->input_sorting));
  TRY(decode_input(d, message, OTHER, &map->other));
  TRY(decode_expressions(d, message, OTHER_GROUPING, &map->other_grouping));
  TRY(decode_expressions(d, message, OTHER_SORTING, &map->other_sorting));
  *out = &map->relation;
  return decode_row_function(d, message, FUNCTION, types, COUNT_OF(types), &map->function);
}
