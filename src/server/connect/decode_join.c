/* decode_join.c: relations over two inputs, and groups. */
#include "server/connect/decode_internal.h"

static STATUS decode_sides(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **left, struct vonk_relation **right) {
  enum { LEFT = 1, RIGHT = 2 };
  if (!vonk_protobuf_has(message, LEFT) || !vonk_protobuf_has(message, RIGHT)) return decode_fail_assertion(d, "Both join sides must be present");
  TRY(decode_input(d, message, LEFT, left));
  return decode_input(d, message, RIGHT, right);
}

static STATUS join_type_at(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, int32_t *out) {
  static const int32_t types[] = {-1, VONK_JOIN_INNER, VONK_JOIN_FULL, VONK_JOIN_LEFT, VONK_JOIN_RIGHT, VONK_JOIN_ANTI, VONK_JOIN_SEMI, VONK_JOIN_CROSS};
  int32_t type = vonk_protobuf_i32(message, number);
  if (type <= 0 || (size_t)type >= COUNT_OF(types)) return decode_fail_enum(d, "Join.JoinType", "JOIN_TYPE_UNSPECIFIED", type);
  *out = types[type];
  return VONK_OK;
}

STATUS decode_join(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { CONDITION = 3, TYPE = 4, USING_COLUMNS = 5, DATA_TYPE = 6 };
  struct vonk_relation_join *join = RELATION_NEW(d->arena, join, d->origin);
  TRY(decode_sides(d, message, &join->left, &join->right));
  join->using_columns = decode_names(d, message, USING_COLUMNS);
  if (join->using_columns.count && vonk_protobuf_has(message, CONDITION)) {
    return decode_fail(d, VONK_CONNECT_INVALID_PLAN__USING_COLUMNS_OR_JOIN_CONDITION_SET_IN_JOIN);
  }
  if (vonk_protobuf_has(message, DATA_TYPE)) return vonk_unsupported(d->task, d->origin, "joinWith");
  TRY(join_type_at(d, message, TYPE, &join->join_type));
  *out = &join->relation;
  return decode_optional_expression(d, message, CONDITION, &join->condition);
}

STATUS decode_lateral_join(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { CONDITION = 3, TYPE = 4 };
  struct vonk_relation_lateral_join *join = RELATION_NEW(d->arena, lateral_join, d->origin);
  TRY(decode_sides(d, message, &join->left, &join->right));
  TRY(join_type_at(d, message, TYPE, &join->join_type));
  *out = &join->relation;
  return decode_optional_expression(d, message, CONDITION, &join->condition);
}

STATUS decode_as_of_join(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { LEFT_AS_OF = 3, RIGHT_AS_OF = 4, CONDITION = 5, USING_COLUMNS = 6, TYPE = 7, TOLERANCE = 8, EXACT_MATCHES = 9, DIRECTION = 10 };
  struct vonk_relation_as_of_join *join = RELATION_NEW(d->arena, as_of_join, d->origin);
  TRY(decode_sides(d, message, &join->left, &join->right));
  TRY(decode_expression_at(d, message, LEFT_AS_OF, &join->left_as_of));
  TRY(decode_expression_at(d, message, RIGHT_AS_OF, &join->right_as_of));
  join->using_columns = decode_names(d, message, USING_COLUMNS);
  if (!join->using_columns.count) TRY(decode_optional_expression(d, message, CONDITION, &join->condition));
  join->join_type = vonk_protobuf_text(message, TYPE);
  join->direction = vonk_protobuf_text(message, DIRECTION);
  join->allow_exact_matches = vonk_protobuf_bool(message, EXACT_MATCHES);
  *out = &join->relation;
  return decode_optional_expression(d, message, TOLERANCE, &join->tolerance);
}

STATUS decode_nearest_by_join(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { RANKING = 3, RESULTS = 4, TYPE = 5, MODE = 6, DIRECTION = 7 };
  struct vonk_relation_nearest_by_join *join = RELATION_NEW(d->arena, nearest_by_join, d->origin);
  TRY(decode_sides(d, message, &join->left, &join->right));
  if (!vonk_protobuf_has(message, RANKING)) return decode_fail_assertion(d, "Ranking expression must be present");
  TRY(decode_expression_at(d, message, RANKING, &join->ranking));
  join->results = vonk_protobuf_i32(message, RESULTS);
  join->join_type = vonk_protobuf_text(message, TYPE);
  join->mode = vonk_protobuf_text(message, MODE);
  join->direction = vonk_protobuf_text(message, DIRECTION);
  if (!join->join_type.size) return decode_fail_assertion(d, "NearestByJoin.join_type must be set");
  if (!join->mode.size) return decode_fail_assertion(d, "NearestByJoin.mode must be set");
  if (!join->direction.size) return decode_fail_assertion(d, "NearestByJoin.direction must be set");
  *out = &join->relation;
  return VONK_OK;
}

STATUS decode_set_operation(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { LEFT = 1, RIGHT = 2, TYPE = 3, IS_ALL = 4, BY_NAME = 5, ALLOW_MISSING = 6, TYPE_INTERSECT = 1, TYPE_UNION = 2, TYPE_EXCEPT = 3 };
  struct vonk_relation_set_op *set = RELATION_NEW(d->arena, set_op, d->origin);
  if (!vonk_protobuf_has(message, LEFT) || !vonk_protobuf_has(message, RIGHT)) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__SET_OPERATION_MUST_HAVE_TWO_INPUTS);
  TRY(decode_sides(d, message, &set->left, &set->right));
  set->is_all = vonk_protobuf_bool(message, IS_ALL);
  set->by_name = vonk_protobuf_bool(message, BY_NAME);
  set->allow_missing_columns = vonk_protobuf_bool(message, ALLOW_MISSING);
  int32_t type = vonk_protobuf_i32(message, TYPE);
  switch (type) {
    case TYPE_UNION:
      if (set->allow_missing_columns && !set->by_name) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__UNION_BY_NAME_ALLOW_MISSING_COL_REQUIRES_BY_NAME);
      set->op = VONK_SET_UNION;
      break;
    case TYPE_INTERSECT:
      if (set->by_name) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__INTERSECT_DOES_NOT_SUPPORT_UNION_BY_NAME);
      set->op = VONK_SET_INTERSECT;
      break;
    case TYPE_EXCEPT:
      if (set->by_name) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__EXCEPT_DOES_NOT_SUPPORT_UNION_BY_NAME);
      set->op = VONK_SET_EXCEPT;
      break;
    default: return decode_fail_enum(d, "SetOperation.SetOpType", "SET_OP_TYPE_UNSPECIFIED", type);
  }
  *out = &set->relation;
  return VONK_OK;
}

/* --- groups --- */

enum { AGGREGATE_INPUT = 1, AGGREGATE_TYPE = 2, AGGREGATE_GROUPING = 3, AGGREGATE_AGGREGATES = 4, AGGREGATE_PIVOT = 5, AGGREGATE_SETS = 6 };
enum { GROUP_TYPE_GROUPBY = 1, GROUP_TYPE_ROLLUP = 2, GROUP_TYPE_CUBE = 3, GROUP_TYPE_PIVOT = 4, GROUP_TYPE_SETS = 5 };

static STATUS decode_pivot(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { COLUMN = 1, VALUES = 2 };
  struct vonk_relation_pivot *pivot = RELATION_NEW(d->arena, pivot, d->origin);
  if (!vonk_protobuf_has(message, AGGREGATE_PIVOT)) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__AGGREGATE_WITH_PIVOT_REQUIRES_PIVOT);
  struct vonk_protobuf inside = vonk_protobuf_message(message, AGGREGATE_PIVOT);
  TRY(decode_input(d, message, AGGREGATE_INPUT, &pivot->input));
  pivot->group_given = true;
  TRY(decode_expressions(d, message, AGGREGATE_GROUPING, &pivot->group));
  TRY(decode_expressions(d, message, AGGREGATE_AGGREGATES, &pivot->aggregates));
  pivot->column = (struct vonk_exprs){ARENA_NEW(d->arena, struct vonk_expr *), 1};
  TRY(decode_expression_at(d, &inside, COLUMN, &pivot->column.items[0]));
  *out = &pivot->relation;
  return decode_literals(d, &inside, VALUES, &pivot->values);
}

/* GROUPING SETS: each set as a "grouping_set". */
static STATUS decode_grouping_sets(struct decoder *d, const struct vonk_protobuf *message, struct vonk_exprs *out) {
  enum { EXPRESSIONS = 1 };
  size_t count = vonk_protobuf_count(message, AGGREGATE_SETS);
  *out = (struct vonk_exprs){ARENA_ARRAY(d->arena, struct vonk_expr *, count), (uint32_t)count};
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf set;
  for (size_t i = 0; vonk_protobuf_each_message(message, AGGREGATE_SETS, &at, &set); i++) {
    struct vonk_expr_function *function = decode_function_of(d, STR("grouping_set"));
    TRY(decode_expressions(d, &set, EXPRESSIONS, &function->arguments));
    out->items[i] = &function->expr;
  }
  return VONK_OK;
}

STATUS decode_aggregate(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  static const int32_t types[] = {-1, VONK_GROUP_BY, VONK_GROUP_ROLLUP, VONK_GROUP_CUBE, -1, VONK_GROUP_SETS};
  int32_t type = vonk_protobuf_i32(message, AGGREGATE_TYPE);
  if (!vonk_protobuf_has(message, AGGREGATE_INPUT)) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__AGGREGATE_NEEDS_PLAN_INPUT);
  if (type == GROUP_TYPE_PIVOT) return decode_pivot(d, message, out);
  if (type < GROUP_TYPE_GROUPBY || type > GROUP_TYPE_SETS) return decode_fail_enum(d, "Aggregate.GroupType", "GROUP_TYPE_UNSPECIFIED", type);
  struct vonk_relation_aggregate *aggregate = RELATION_NEW(d->arena, aggregate, d->origin);
  aggregate->grouping = types[type];
  aggregate->prepend_grouping = true;
  TRY(decode_input(d, message, AGGREGATE_INPUT, &aggregate->input));
  TRY(decode_expressions(d, message, AGGREGATE_GROUPING, type == GROUP_TYPE_SETS ? &aggregate->listed : &aggregate->group));
  if (type == GROUP_TYPE_SETS) TRY(decode_grouping_sets(d, message, &aggregate->group));
  *out = &aggregate->relation;
  return decode_expressions(d, message, AGGREGATE_AGGREGATES, &aggregate->expressions);
}
