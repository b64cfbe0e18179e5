/* stream.c: what streams, as EXPLAIN shows it: it runs only batch by batch, when other relations stand in its place. */
#include "exec/execution_internal.h"

static STATUS stream_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation, struct vonk_operator **out) {
  if (!execution->options.plan_only) {
    return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_3102, relation->node.origin, "msg", STR("Queries with streaming sources must be executed with writeStream.start()"), NULL);
  }
  *out = vonk_operator_create(execution, &vonk_operator_stream, relation, VONK_SHAPE_SOURCE, sizeof(struct vonk_operator));
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_stream = {.name = "StreamingRelation", .relation = &vonk_relation_stream_type, .open = stream_open};
