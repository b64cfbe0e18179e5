/* local_relation.c: rows that a program sent along, as an Arrow stream, under the schema it wants them to have.
 *
 * The rows are checked here and read where they are wanted. Where the schema asks for no more than other names and wider
 * nullability they come with these. Else columns are matched by place, since names may repeat: both sides are numbered, deep inside too, and
 * reconciled as df.to(schema) does, then cast to the schema's own names.
 */
#include "bind/rewrite.h"
#include "column/stored_batches.h"

/* --- the schema --- */

static const struct vonk_type *renamed(struct binder *b, const struct vonk_type *type, bool numbered);

static const struct vonk_type *renamed_struct(struct binder *b, const struct vonk_type *type, bool numbered) {
  struct vonk_type_field *fields = ARENA_ARRAY(b->arena, struct vonk_type_field, type->field_count);
  for (uint32_t i = 0; i < type->field_count; i++) {
    fields[i] = type->fields[i];
    if (numbered) fields[i].name = vonk_str_format(b->arena, "col_%u", i);
    fields[i].type = renamed(b, fields[i].type, numbered);
  }
  return vonk_type_struct(b->arena, fields, type->field_count);
}

/* TYPE with strings for CHAR and VARCHAR; NUMBERED: with col_0, col_1, ... for the names of fields. */
static const struct vonk_type *renamed(struct binder *b, const struct vonk_type *type, bool numbered) {
  switch (type->id) {
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: return &vonk_type_string;
    case VONK_TYPE_ARRAY: return vonk_type_array(b->arena, renamed(b, type->element, numbered), type->contains_null);
    case VONK_TYPE_MAP:
      return vonk_type_map(b->arena, renamed(b, type->key, numbered), renamed(b, type->element, numbered), type->contains_null);
    case VONK_TYPE_STRUCT: return renamed_struct(b, type, numbered);
    default: return type;
  }
}

static bool has_lengths(const struct vonk_type *type) {
  bool found = type->id == VONK_TYPE_CHAR || type->id == VONK_TYPE_VARCHAR;
  for (uint32_t k = 0, count = vonk_type_child_count(type); k < count && !found; k++) found = has_lengths(vonk_type_child(type, k));
  return found;
}

/* DDL, or the JSON that schemas print as; a type that is no struct becomes one. *OUT is NULL for no text. */
static STATUS read_schema(struct binder *b, struct vonk_str text, const struct vonk_type **out) {
  const struct vonk_type *type;
  *out = NULL;
  if (!text.size) return VONK_OK;
  if (!vonk_type_from_json(b->arena, text, &type)) TRY(vonk_sql_parse_schema(b->task, text, &type));
  if (type->id != VONK_TYPE_STRUCT) type = vonk_type_struct(b->arena, &(struct vonk_type_field){STR("value"), type, true, {0}}, 1);
  if (has_lengths(type) && !vonk_conf_bool(b->conf, VONK_CONF_LEGACY_CHAR_VARCHAR_AS_STRING)) {
    return vonk_raise(b->task, VONK_UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING, NULL, NULL);
  }
  *out = renamed(b, type, false);
  return VONK_OK;
}

/* --- the rows --- */

struct local_rows {
  struct vonk_ipc_table *table;      /* NULL: no rows */
  const struct vonk_type *type;
  uint64_t row_count;
};

static void release_buffer(void *buffer) { vonk_buffer_release(buffer); }

/* The rows stay in LOCAL's memory, which is kept as long as the plan. */
static STATUS read_rows(struct binder *b, const struct vonk_relation_local_relation *local, struct local_rows *rows) {
  if (local->memory) vonk_arena_on_reset(b->arena, release_buffer, vonk_buffer_retain(local->memory));
  TRY(vonk_task_memory_error(b->task, vonk_ipc_table_create(b->task, local->arrow, &rows->table)));
  rows->type = vonk_ipc_table_type(rows->table);
  for (uint32_t i = 0; i < vonk_ipc_table_slice_count(rows->table); i++) rows->row_count += vonk_ipc_table_row_count(rows->table, i);
  return VONK_OK;
}

/* The rows under the names of TYPE, which has their layout. */
static struct vonk_relation *rows_as(struct binder *b, const struct local_rows *rows, const struct vonk_type *type, const struct vonk_origin *origin) {
  struct vonk_relation_rows *relation = RELATION_NEW(b->arena, rows, origin);
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, type->field_count + 1);
  for (uint32_t i = 0; i < type->field_count; i++) {
    const struct vonk_type_field *field = &type->fields[i];
    columns[i] = (struct vonk_plan_column){.id = bind_new_id(b), .name = field->name, .type = field->type, .nullable = field->nullable, .metadata = field->metadata};
  }
  if (rows->row_count) {
    struct vonk_stored_batches *batches = ARENA_NEW(b->arena, struct vonk_stored_batches);
    *batches = (struct vonk_stored_batches){.table = rows->table, .count = vonk_ipc_table_slice_count(rows->table)};
    vonk_ipc_table_set_type(rows->table, type);
    relation->batches = batches;
  }
  relation->relation.columns = columns;
  relation->relation.column_count = type->field_count;
  relation->relation.estimated_rows = (double)rows->row_count;
  return &relation->relation;
}

/* --- both --- */

/* Values of FROM are values of TO but for names and nullability. */
static bool fits(const struct vonk_type *from, const struct vonk_type *to) {
  if (from->id != to->id || (from->contains_null && !to->contains_null)) return false;
  switch (from->id) {
    case VONK_TYPE_ARRAY: return fits(from->element, to->element);
    case VONK_TYPE_MAP: return fits(from->key, to->key) && fits(from->element, to->element);
    case VONK_TYPE_STRUCT: break;
    default: return vonk_type_equal(from, to);
  }
  if (from->field_count != to->field_count) return false;
  for (uint32_t i = 0; i < from->field_count; i++) {
    const struct vonk_type_field *a = &from->fields[i], *c = &to->fields[i];
    if ((a->nullable && !c->nullable) || !fits(a->type, c->type)) return false;
  }
  return true;
}

/* Columns matched by place and cast. */
static STATUS reconcile(struct binder *b, const struct local_rows *rows, const struct vonk_type *schema, const struct bind_scope *outer,
                        const struct vonk_origin *origin, struct vonk_relation **out) {
  struct vonk_relation_to_schema *to = RELATION_NEW(b->arena, to_schema, origin);
  uint32_t count = schema->field_count;
  if (rows->type->field_count != count) {
    return vonk_raise(b->task, VONK_ASSIGNMENT_ARITY_MISMATCH, origin, "numExpr", vonk_str_format(b->arena, "%u", count), "numTarget",
                      vonk_str_format(b->arena, "%u", rows->type->field_count), NULL);
  }
  to->input = rows_as(b, rows, renamed(b, rows->type, true), origin);
  to->schema = renamed(b, schema, true);
  TRY(bind_to_schema(b, to, outer, out));
  const struct vonk_type **types = ARENA_ARRAY(b->arena, const struct vonk_type *, count);
  for (uint32_t i = 0; i < count; i++) types[i] = schema->fields[i].type;
  TRY(bind_cast_columns(b, *out, types, out));
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, (*out)->columns, count * sizeof *columns);
  for (uint32_t i = 0; i < count; i++) {
    columns[i].name = schema->fields[i].name;
    columns[i].nullable = schema->fields[i].nullable;
    columns[i].metadata = schema->fields[i].metadata;
  }
  *out = bind_over_columns(b, *out, columns);
  return VONK_OK;
}

STATUS bind_local_relation(struct binder *b, const struct vonk_relation_local_relation *local, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_origin *origin = local->relation.node.origin;
  const struct vonk_type *schema;
  struct local_rows rows = {0};
  TRY(read_schema(b, local->schema, &schema));
  if (local->arrow.size) TRY(read_rows(b, local, &rows));
  else if (!schema) return vonk_raise(b->task, VONK_CONNECT_INVALID_PLAN__SCHEMA_REQUIRED_FOR_LOCAL_RELATION, origin, NULL);
  if (schema && rows.type && !fits(rows.type, schema)) return reconcile(b, &rows, schema, outer, origin, out);
  *out = rows_as(b, &rows, schema ? schema : rows.type, origin);
  return VONK_OK;
}
