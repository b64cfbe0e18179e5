/* decode_window.c: OVER, and subqueries, whose relations stand in the WithRelations around. */
#include "server/connect/decode_internal.h"

/* One end of a frame. VALUE is set for an offset. */
static STATUS decode_boundary(struct decoder *d, const struct vonk_protobuf *frame, uint32_t number, int32_t *bound, struct vonk_expr **value) {
  enum { CURRENT_ROW = 1, UNBOUNDED = 2, VALUE = 3 };
  static const uint32_t members[] = {CURRENT_ROW, UNBOUNDED, VALUE};
  struct vonk_protobuf boundary = vonk_protobuf_message(frame, number);
  switch (vonk_protobuf_which(&boundary, members, COUNT_OF(members))) {
    case CURRENT_ROW: *bound = VONK_BOUND_CURRENT; return VONK_OK;
    case UNBOUNDED: *bound = VONK_BOUND_UNBOUNDED; return VONK_OK;
    case VALUE: *bound = VONK_BOUND_VALUE; return decode_expression_at(d, &boundary, VALUE, value);
    default: return decode_fail_unset(d, "Expression.Window.WindowFrame.FrameBoundary", "BOUNDARY_NOT_SET");
  }
}

static STATUS decode_frame(struct decoder *d, const struct vonk_protobuf *frame, struct vonk_expr_window *window) {
  enum { TYPE = 1, LOWER = 2, UPPER = 3, TYPE_ROW = 1, TYPE_RANGE = 2 };
  int32_t type = vonk_protobuf_i32(frame, TYPE);
  if (type != TYPE_ROW && type != TYPE_RANGE) return decode_fail_enum(d, "Expression.Window.WindowFrame.FrameType", "FRAME_TYPE_UNDEFINED", type);
  window->frame_unit = type == TYPE_ROW ? VONK_FRAME_ROWS : VONK_FRAME_RANGE;
  if (!vonk_protobuf_has(frame, LOWER)) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__LOWER_BOUND_REQUIRED_IN_WINDOW_FRAME);
  TRY(decode_boundary(d, frame, LOWER, &window->lower, &window->lower_value));
  if (!vonk_protobuf_has(frame, UPPER)) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__UPPER_BOUND_REQUIRED_IN_WINDOW_FRAME);
  return decode_boundary(d, frame, UPPER, &window->upper, &window->upper_value);
}

STATUS decode_window(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { FUNCTION = 1, PARTITION = 2, ORDER = 3, FRAME = 4 };
  struct vonk_expr_window *window = EXPR_NEW(d->arena, window, d->origin);
  if (!vonk_protobuf_has(message, FUNCTION)) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__WINDOW_FUNCTION_REQUIRED);
  TRY(decode_expression_at(d, message, FUNCTION, &window->function));
  TRY(decode_expressions(d, message, PARTITION, &window->partition));
  TRY(decode_sort_orders(d, message, ORDER, &window->order));
  *out = &window->expr;
  if (!vonk_protobuf_has(message, FRAME)) return VONK_OK;
  struct vonk_protobuf frame = vonk_protobuf_message(message, FRAME);
  return decode_frame(d, &frame, window);
}

/* The relation of plan id ID among the references around; all that name it share one. */
static STATUS referenced_relation(struct decoder *d, int64_t id, struct vonk_relation **out) {
  struct vonk_str key = {(const char *)&id, sizeof id};
  struct reference *reference = vonk_map_get(&d->references, key);
  if (!reference || reference->open) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__INVALID_WITH_RELATION_REFERENCE);
  if (!reference->relation) {
    const struct vonk_origin *origin = d->origin;
    reference->open = true;
    d->origin = NULL; /* of the subquery expression */
    struct vonk_protobuf message = vonk_protobuf_open(reference->message, &d->malformed);
    TRY(decode_relation(d, &message, &reference->relation));
    reference->open = false;
    d->origin = origin;
  }
  *out = reference->relation;
  return VONK_OK;
}

STATUS decode_subquery(struct decoder *d, const struct vonk_protobuf *message, struct vonk_expr **out) {
  enum { PLAN_ID = 1, TYPE = 2, TABLE_OPTIONS = 3, VALUES = 4 };
  static const int32_t kinds[] = {-1, VONK_SUBQUERY_SCALAR, VONK_SUBQUERY_EXISTS, VONK_SUBQUERY_TABLE_ARGUMENT, VONK_SUBQUERY_IN};
  struct vonk_expr_subquery *subquery = EXPR_NEW(d->arena, subquery, d->origin);
  int32_t type = vonk_protobuf_i32(message, TYPE);
  if (type <= 0 || (size_t)type >= COUNT_OF(kinds)) return decode_fail_enum(d, "SubqueryExpression.SubqueryType", "SUBQUERY_TYPE_UNKNOWN", type);
  if (kinds[type] == VONK_SUBQUERY_TABLE_ARGUMENT && vonk_protobuf_has(message, TABLE_OPTIONS)) {
    return vonk_unsupported(d->task, d->origin, "partitioning and order of a table argument");
  }
  subquery->kind = kinds[type];
  struct vonk_relation *relation = NULL;
  TRY(referenced_relation(d, vonk_protobuf_i64(message, PLAN_ID), &relation));
  subquery->plan = &relation->node;
  *out = &subquery->expr;
  return decode_expressions(d, message, VALUES, &subquery->values);
}
