/* catalog.c: a call of the catalog: the session carries it out while the plan is bound, and these are the rows it answers. */
#include "bind/rewrite.h"

STATUS bind_catalog(struct binder *b, const struct vonk_relation_catalog *call, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_type *schema;
  struct vonk_bind_rows rows;
  (void)outer;
  if (!b->context->run_catalog) return vonk_unsupported(b->task, call->relation.node.origin, "a call of the catalog inside this query");
  TRY(b->context->run_catalog(b->context->run_object, b->task, call, &schema, &rows));
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, schema->field_count);
  for (uint32_t i = 0; i < schema->field_count; i++) {
    columns[i] = (struct vonk_plan_column){.name = schema->fields[i].name, .type = schema->fields[i].type, .nullable = schema->fields[i].nullable};
  }
  *out = make_rows(b, rows.values, rows.row_count, columns, schema->field_count, call->relation.node.origin);
  return VONK_OK;
}
