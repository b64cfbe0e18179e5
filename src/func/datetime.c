/* datetime.c: zones of expressions. */
#include "func/datetime.h"

STATUS vonk_zone_of(struct vonk_task *task, const struct vonk_expr *expr, const struct vonk_timezone **out) {
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  struct vonk_str id = call ? call->time_zone : (struct vonk_str){0};
  *out = &vonk_timezone_utc;
  if (id.size == 0 || vonk_timezone_load(task->arena, id, out)) return VONK_OK;
  return vonk_raise(task, VONK_INVALID_TIMEZONE, expr->node.origin, "timeZone", id, NULL);
}

STATUS vonk_zone_cursor_init(struct vonk_frame *frame, struct vonk_zone_cursor *out) {
  TRY(vonk_zone_of(frame->task, frame->expr, &out->zone));
  out->span = (struct vonk_timezone_span){0};
  return VONK_OK;
}

STATUS vonk_datetime_out_of_bounds(struct vonk_frame *frame, const struct vonk_datetime_problem *problem) {
  return vonk_raise(frame->task, VONK_DATETIME_FIELD_OUT_OF_BOUNDS__WITH_SUGGESTION, frame->expr->node.origin, "rangeMessage",
                    vonk_datetime_problem_text(frame->task->arena, problem), "ansiConfig", STR("\"spark.sql.ansi.enabled\""), NULL);
}

STATUS vonk_datetime_too_long(struct vonk_frame *frame) {
  return vonk_raise(frame->task, VONK_ARITHMETIC_OVERFLOW, frame->expr->node.origin, "message", STR("overflow"), "alternative", STR(""), "config",
                    STR("\"spark.sql.ansi.enabled\""), NULL);
}
