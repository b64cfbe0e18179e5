/* stream.c: relations that stream: DataStreamReader's load and table.
 *
 * Who binds says what a stream reads (vonk_bind_context.find_stream). Where no batch runs it stays a relation whose columns alone are
 * known; while one runs, the rows that came for it stand there.
 */
#include "bind/binder_internal.h"

static STATUS bind_columns_alone(struct binder *b, const struct vonk_bind_stream *found, const struct vonk_origin *origin, struct vonk_relation **out) {
  struct vonk_relation_stream *stream = RELATION_NEW(b->arena, stream, origin);
  uint32_t count = found->schema->field_count;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_type_field *field = &found->schema->fields[i];
    columns[i] = (struct vonk_plan_column){.id = bind_new_id(b), .name = field->name, .type = field->type, .nullable = field->nullable, .metadata = field->metadata};
  }
  stream->name = found->name;
  stream->relation.columns = columns;
  stream->relation.column_count = count;
  *out = &stream->relation;
  return VONK_OK;
}

/* The columns of the rows go by the names of the schema's. */
static STATUS bind_rows(struct binder *b, const struct vonk_bind_stream *found, const struct vonk_origin *origin, struct vonk_relation **out) {
  const struct vonk_type *schema = found->schema;
  struct vonk_relation *rows;
  TRY(bind_relation(b, &found->rows->node, NULL, &rows));
  ASSERT(rows->column_count == schema->field_count);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, schema->field_count);
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, rows->columns, rows->column_count * sizeof *columns);
  for (uint32_t i = 0; i < rows->column_count; i++) {
    exprs[i] = bind_reference(b, &rows->columns[i], origin);
    columns[i] = (struct vonk_plan_column){.id = bind_new_id(b), .name = schema->fields[i].name, .type = rows->columns[i].type,
                                           .nullable = schema->fields[i].nullable, .metadata = schema->fields[i].metadata};
    TRY(bind_cast(b, exprs[i], schema->fields[i].type, true, &exprs[i]));
    columns[i].type = exprs[i]->type;
  }
  *out = bind_project(b, rows, columns, exprs, rows->column_count, origin);
  return VONK_OK;
}

STATUS bind_stream_read(struct binder *b, const struct vonk_relation_read *read, struct vonk_relation **out) {
  const struct vonk_origin *origin = read->relation.node.origin;
  struct vonk_bind_stream found = {0};
  if (!b->context->find_stream) return vonk_unsupported(b->task, origin, "streaming");
  TRY(b->context->find_stream(b->context->run_object, b->task, read, &found));
  return found.rows ? bind_rows(b, &found, origin, out) : bind_columns_alone(b, &found, origin, out);
}

STATUS bind_stream_table(struct binder *b, const struct vonk_relation_read *read, const struct vonk_catalog_table *table, struct vonk_relation **out) {
  struct vonk_relation_read *files = RELATION_NEW(b->arena, read, read->relation.node.origin);
  struct vonk_str *location = ARENA_NEW(b->arena, struct vonk_str);
  *location = table->location;
  files->relation.node.plan_id = read->relation.node.plan_id;
  files->format = table->format;
  files->paths = (struct vonk_name){location, 1};
  files->options = read->options.count ? read->options : table->options;
  files->schema = vonk_type_json(b->arena, table->schema);
  files->is_streaming = true;
  return bind_stream_read(b, files, out);
}
