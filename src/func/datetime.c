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
