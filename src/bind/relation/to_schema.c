/* to_schema.c: df.to(schema): columns and the fields of structs in the schema's order, cast where that is safe, NULL where there
 * are none. */
#include "bind/rewrite.h"

/* A place in the schema: `s`.`element`.`f`. */
struct place {
  const struct place *outer;
  struct vonk_str name;
};

static struct vonk_str path_of(struct binder *b, const struct place *place) {
  if (!place) return STR("");
  struct vonk_str quoted = vonk_type_quote(b->arena, place->name);
  if (!place->outer) return quoted;
  return vonk_str_format(b->arena, STR_FMT "." STR_FMT, STR_ARG(path_of(b, place->outer)), STR_ARG(quoted));
}

struct source {
  struct vonk_expr *expr;              /* may be unresolved */
  const struct vonk_type *type;
  bool nullable;
};

struct target {
  const struct place *place;
  const struct vonk_type *type;
  bool nullable;
  const struct vonk_origin *origin;
};

static STATUS reconcile(struct binder *b, struct source from, struct target to, struct vonk_expr **out);

static STATUS missing_field(struct binder *b, const struct vonk_type *type, struct target to, struct vonk_str name) {
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, type->field_count);
  for (uint32_t i = 0; i < type->field_count; i++) columns[i] = (struct vonk_plan_column){.name = type->fields[i].name};
  struct bind_columns list = {columns, type->field_count};
  if (!to.place) return bind_unresolved_column(b, (struct vonk_name){&name, 1}, list, to.origin);
  struct vonk_str proposal = bind_suggestions(b, (struct vonk_name){&name, 1}, list);
  if (!proposal.size) {
    return vonk_raise(b->task, VONK_UNRESOLVED_FIELD__WITHOUT_SUGGESTION, to.origin, "columnPath", path_of(b, to.place), "fieldName", vonk_type_quote(b->arena, name), NULL);
  }
  return vonk_raise(b->task, VONK_UNRESOLVED_FIELD__WITH_SUGGESTION, to.origin, "columnPath", path_of(b, to.place), "fieldName",
                    vonk_type_quote(b->arena, name), "proposal", proposal, NULL);
}

/* The one field of TYPE called NAME; *index UINT32_MAX when there is none. */
static STATUS find_field(struct binder *b, const struct vonk_type *type, struct target to, struct vonk_str name, uint32_t *index) {
  uint32_t found = 0;
  *index = UINT32_MAX;
  for (uint32_t i = 0; i < type->field_count; i++) {
    if (!bind_same_name(b, type->fields[i].name, name)) continue;
    if (found++ == 0) *index = i;
  }
  if (found < 2) return VONK_OK;
  struct place place = {to.place, name};
  return vonk_raise(b->task, VONK_AMBIGUOUS_COLUMN_OR_FIELD, to.origin, "name", path_of(b, &place), "n", vonk_str_format(b->arena, "%u", found), NULL);
}

static struct vonk_expr *field_of(struct binder *b, struct vonk_expr *base, struct vonk_str name) {
  struct vonk_expr_extract *extract = EXPR_NEW(b->arena, extract, NULL);
  extract->child = base;
  extract->extraction = make_text(b, name);
  return &extract->expr;
}

static STATUS reconcile_struct(struct binder *b, struct source from, struct target to, struct vonk_expr **out) {
  struct make_exprs pairs = {0};
  for (uint32_t i = 0; i < to.type->field_count; i++) {
    const struct vonk_type_field *field = &to.type->fields[i];
    struct vonk_expr *value = make_null(b, field->type);
    uint32_t index;
    TRY(find_field(b, from.type, to, field->name, &index));
    if (index == UINT32_MAX && !field->nullable) return missing_field(b, from.type, to, field->name);
    if (index != UINT32_MAX) {
      const struct vonk_type_field *old = &from.type->fields[index];
      struct place place = {to.place, old->name};
      struct source inner = {field_of(b, from.expr, old->name), old->type, old->nullable};
      TRY(reconcile(b, inner, (struct target){&place, field->type, field->nullable, to.origin}, &value));
    }
    *ARRAY_PUSH(b->arena, &pairs) = make_text(b, field->name);
    *ARRAY_PUSH(b->arena, &pairs) = value;
  }
  *out = make_call_list(b, "named_struct", make_list(&pairs));
  if (from.nullable) *out = make_call(b, "when", make_call(b, "isnotnull", from.expr), *out);
  return VONK_OK;
}

/* Elements of an array, keys or values of a map: WHAT. LIST gives them as an array. */
static STATUS reconcile_elements(struct binder *b, struct vonk_expr *list, const char *what, struct source from, struct target to, struct vonk_expr **out) {
  struct place place = {to.place, vonk_str_of(what)};
  struct vonk_expr *body;
  uint32_t depth = 0;
  for (const struct place *p = to.place; p; p = p->outer) depth++;
  struct vonk_str parameter = vonk_str_format(b->arena, "_element_%u", depth);
  from.expr = make_name(b, parameter);
  to.place = &place;
  TRY(reconcile(b, from, to, &body));
  *out = make_call(b, "transform", list, make_lambda(b, parameter, body));
  return VONK_OK;
}

static STATUS check_elements(struct binder *b, bool from_null, bool to_null, struct target to) {
  if (!from_null || to_null) return VONK_OK;
  return vonk_raise(b->task, VONK_NULLABLE_ARRAY_OR_MAP_ELEMENT, to.origin, "columnPath", path_of(b, to.place), NULL);
}

static STATUS reconcile(struct binder *b, struct source from, struct target to, struct vonk_expr **out) {
  const struct vonk_type *f = from.type, *t = to.type;
  *out = from.expr;
  if (from.nullable && !to.nullable) return vonk_raise(b->task, VONK_NULLABLE_COLUMN_OR_FIELD, to.origin, "name", path_of(b, to.place), NULL);
  if (f->id == VONK_TYPE_STRUCT && t->id == VONK_TYPE_STRUCT) return reconcile_struct(b, from, to, out);
  if (f->id == VONK_TYPE_ARRAY && t->id == VONK_TYPE_ARRAY) {
    TRY(check_elements(b, f->contains_null, t->contains_null, to));
    return reconcile_elements(b, from.expr, "element", (struct source){NULL, f->element, f->contains_null},
                              (struct target){to.place, t->element, t->contains_null, to.origin}, out);
  }
  if (f->id == VONK_TYPE_MAP && t->id == VONK_TYPE_MAP) {
    struct vonk_expr *keys = make_call(b, "map_keys", from.expr), *values = make_call(b, "map_values", from.expr);
    TRY(check_elements(b, f->contains_null, t->contains_null, to));
    TRY(reconcile_elements(b, keys, "key", (struct source){NULL, f->key, false}, (struct target){to.place, t->key, false, to.origin}, &keys));
    TRY(reconcile_elements(b, values, "value", (struct source){NULL, f->element, f->contains_null},
                           (struct target){to.place, t->element, t->contains_null, to.origin}, &values));
    *out = make_call(b, "map_from_arrays", keys, values);
    return VONK_OK;
  }
  if (vonk_type_equal(f, t)) return VONK_OK;
  if (!vonk_bind_may_store(f, t)) {
    return vonk_raise(b->task, VONK_INVALID_COLUMN_OR_FIELD_DATA_TYPE, to.origin, "name", path_of(b, to.place), "type", bind_quote_type(b, f), "expectedType",
                      bind_quote_type(b, t), NULL);
  }
  *out = make_cast(b, from.expr, t);
  return VONK_OK;
}

STATUS bind_fit_fields(struct binder *b, const struct vonk_plan_column *column, const struct vonk_type *type, const struct vonk_origin *origin, struct vonk_expr **out) {
  struct vonk_expr *reference = bind_reference(b, column, origin), *fitted;
  struct place place = {NULL, column->name};
  TRY(reconcile(b, (struct source){reference, column->type, column->nullable}, (struct target){&place, type, true, origin}, &fitted));
  return bind_expr(b, NULL, fitted, out);
}

static STATUS make_column(struct binder *b, const struct vonk_relation *input, const struct vonk_type *columns_type, const struct vonk_type_field *field,
                          const struct vonk_origin *origin, struct vonk_expr **out) {
  uint32_t index;
  struct target to = {NULL, field->type, field->nullable, origin};
  *out = make_alias(b, make_null(b, field->type), field->name);
  TRY(find_field(b, columns_type, to, field->name, &index));
  if (index == UINT32_MAX) return field->nullable ? VONK_OK : missing_field(b, columns_type, to, field->name);
  const struct vonk_plan_column *column = &input->columns[index];
  struct place place = {NULL, column->name};
  struct vonk_expr *reference = bind_reference(b, column, origin), *value;
  to.place = &place;
  TRY(reconcile(b, (struct source){reference, column->type, column->nullable}, to, &value));
  struct vonk_plan_column renamed = *column; /* a column that only changes its name stays the same */
  renamed.name = field->name;
  *out = value == reference ? bind_reference(b, &renamed, origin) : make_alias(b, value, field->name);
  return VONK_OK;
}

STATUS bind_to_schema(struct binder *b, const struct vonk_relation_to_schema *to_schema, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_origin *origin = to_schema->relation.node.origin;
  const struct vonk_type *schema = to_schema->schema;
  struct vonk_relation *input;
  struct make_exprs list = {0};
  TRY(bind_input(b, to_schema->input, outer, &input));
  TRY(bind_alias_columns(b, input, (struct vonk_str){0}, (struct vonk_name){0}, NULL, &input));
  const struct vonk_type *columns_type = vonk_bind_schema(b->arena, input);
  for (uint32_t i = 0; i < schema->field_count; i++) TRY(make_column(b, input, columns_type, &schema->fields[i], origin, ARRAY_PUSH(b->arena, &list)));
  TRY(bind_rewritten(b, make_project(b, input, make_list(&list), origin), outer, out));
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, (*out)->columns, (*out)->column_count * sizeof *columns);
  for (uint32_t i = 0; i < (*out)->column_count; i++) {
    if (schema->fields[i].metadata.size) columns[i].metadata = schema->fields[i].metadata;
  }
  *out = bind_over_columns(b, *out, columns);
  return VONK_OK;
}
