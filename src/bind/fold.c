/* fold.c: calls that are constants of the query: the clock, the user, the catalog. They are calls until the names of columns
 * are settled, then literals. */
#include "bind/binder_internal.h"

#include "expr/program.h"
#include "type/timezone.h"

static STATUS local_micros(struct binder *b, int64_t *out) {
  const struct vonk_timezone *zone = NULL;
  if (!b->time_zone.size || !vonk_timezone_load(b->arena, b->time_zone, &zone)) zone = &vonk_timezone_utc;
  *out = vonk_timezone_to_local(zone, b->context->now_micros);
  return VONK_OK;
}

static STATUS constant(struct binder *b, const struct vonk_expr_call *call, struct vonk_value *out, bool *known) {
  struct vonk_str name = vonk_str_of(call->function->name);
  const struct vonk_type *type = call->expr.type;
  int64_t local;
  *known = true;
  switch (type->id) {
    case VONK_TYPE_TIMESTAMP: *out = vonk_value_integer(type, b->context->now_micros); return VONK_OK;
    case VONK_TYPE_TIMESTAMP_NTZ:
    case VONK_TYPE_DATE:
    case VONK_TYPE_TIME: {
      const int64_t day = INT64_C(86400000000);
      TRY(local_micros(b, &local));
      int64_t days = local >= 0 ? local / day : -((-local + day - 1) / day);
      *out = vonk_value_integer(type, type->id == VONK_TYPE_DATE ? days : type->id == VONK_TYPE_TIME ? (local - days * day) * 1000 : local);
      return VONK_OK;
    }
    default: break;
  }
  if (vonk_str_equal(name, STR("current_user")) || vonk_str_equal(name, STR("user")) || vonk_str_equal(name, STR("session_user"))) {
    *out = vonk_value_text(type, b->context->user);
  } else if (vonk_str_equal(name, STR("current_database")) || vonk_str_equal(name, STR("current_schema"))) {
    *out = vonk_value_text(type, vonk_catalog_current_database(b->context->catalog));
  } else if (vonk_str_equal(name, STR("current_catalog"))) {
    *out = vonk_value_text(type, STR("spark_catalog"));
  } else if (vonk_str_equal(name, STR("current_path"))) {
    struct vonk_str database = vonk_catalog_current_database(b->context->catalog);
    *out = vonk_value_text(type, vonk_str_format(b->arena, "system.builtin,system.session,spark_catalog." STR_FMT, STR_ARG(database)));
  } else if (vonk_str_equal(name, STR("current_timezone"))) {
    *out = vonk_value_text(type, b->time_zone);
  } else {
    *known = false;
  }
  return VONK_OK;
}

static STATUS fold(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct binder *b = object;
  struct vonk_expr_call *call = EXPR_AS(node, call);
  struct vonk_value value;
  bool known;
  *out = node;
  if (!call || !call->function || !(call->function->flags & VONK_FN_FOLD_ONCE)) return VONK_OK;
  TRY(constant(b, call, &value, &known));
  if (!known) TRY(vonk_expr_fold(b->task, &call->expr, &value));
  *out = &vonk_expr_literal_of(b->arena, &value, node->origin)->node;
  return VONK_OK;
}

STATUS bind_fold_once(struct binder *b, struct vonk_relation *relation, struct vonk_relation **out) {
  struct vonk_node *folded;
  TRY(vonk_node_transform(b->task, &relation->node, true, fold, b, &folded));
  *out = (struct vonk_relation *)(void *)folded;
  return VONK_OK;
}

STATUS bind_fold_once_expr(struct binder *b, struct vonk_expr *expr, struct vonk_expr **out) {
  struct vonk_node *folded;
  TRY(vonk_node_transform(b->task, &expr->node, true, fold, b, &folded));
  *out = (struct vonk_expr *)(void *)folded;
  return VONK_OK;
}
