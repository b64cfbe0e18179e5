/* cached_remote_relation.c: the rows of a checkpoint, which the session keeps. */
#include "bind/rewrite.h"

STATUS bind_cached_remote_relation(struct binder *b, const struct vonk_relation_cached_remote_relation *cached, const struct bind_scope *outer,
                                   struct vonk_relation **out) {
  const struct vonk_origin *origin = cached->relation.node.origin;
  const struct vonk_type *schema = NULL;
  const struct vonk_stored_batches *batches = NULL;
  (void)outer;
  if (b->context->find_checkpoint) batches = b->context->find_checkpoint(b->context->run_object, cached->id, &schema);
  if (!batches) {
    return vonk_raise(b->task, VONK_CONNECT_INVALID_PLAN__DATAFRAME_NOT_FOUND, origin, "dfId", cached->id, "sessionId", b->context->session_id, NULL);
  }
  struct vonk_relation_rows *rows = RELATION_NEW(b->arena, rows, origin);
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, schema->field_count);
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    columns[i] = (struct vonk_plan_column){.id = bind_new_id(b), .name = field->name, .type = field->type, .nullable = field->nullable, .metadata = field->metadata};
  }
  rows->batches = batches;
  rows->relation.columns = columns;
  rows->relation.column_count = schema->field_count;
  *out = &rows->relation;
  return VONK_OK;
}
