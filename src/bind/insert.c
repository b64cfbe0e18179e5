/* insert.c: INSERT: which column of the query goes where, and how it is cast.
 *
 * ANSI (the default policy) allows what loses no kind of information, and checks values when it runs; LEGACY casts all;
 * STRICT allows only what cannot lose anything.
 */
#include "bind/binder_internal.h"

#include "expr/cast.h"
#include "sql/parser.h"
#include "type/decimal.h"

static struct vonk_str name_list(struct binder *b, const struct vonk_plan_column *columns, uint32_t count) {
  struct vonk_text text;
  vonk_text_init(&text, b->arena);
  for (uint32_t i = 0; i < count; i++) {
    if (i) vonk_text_add(&text, STR(", "));
    vonk_text_add(&text, vonk_type_quote(b->arena, columns[i].name));
  }
  return vonk_text_str(&text);
}

static struct vonk_str field_list(struct binder *b, const struct vonk_type *schema, const uint32_t *places, uint32_t count) {
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, count);
  for (uint32_t i = 0; i < count; i++) columns[i].name = schema->fields[places[i]].name;
  return name_list(b, columns, count);
}

static const struct vonk_option *static_value(struct binder *b, const struct vonk_bind_insert *insert, struct vonk_str name) {
  for (uint32_t i = 0; i < insert->partition.count; i++) {
    if (insert->partition.items[i].value.data && bind_same_name(b, insert->partition.items[i].key, name)) return &insert->partition.items[i];
  }
  return NULL;
}

static STATUS find_target(struct binder *b, const struct vonk_bind_insert *insert, struct vonk_str name, uint32_t *out) {
  for (uint32_t i = 0; i < insert->schema->field_count; i++) {
    if (!bind_same_name(b, insert->schema->fields[i].name, name)) continue;
    *out = i;
    return VONK_OK;
  }
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, insert->schema->field_count);
  for (uint32_t i = 0; i < insert->schema->field_count; i++) columns[i].name = insert->schema->fields[i].name;
  return bind_unresolved_column(b, (struct vonk_name){&name, 1}, (struct bind_columns){columns, insert->schema->field_count}, insert->origin);
}

/* The table's columns that the query's fill, in the query's order. */
static STATUS choose_targets(struct binder *b, const struct vonk_bind_insert *insert, uint32_t *targets, uint32_t *count) {
  *count = 0;
  if (insert->column_names.count) {
    for (uint32_t i = 0; i < insert->column_names.count; i++) {
      TRY(find_target(b, insert, insert->column_names.parts[i], &targets[i]));
      for (uint32_t j = 0; j < i; j++) {
        if (targets[j] != targets[i]) continue;
        return vonk_raise(b->task, VONK_COLUMN_ALREADY_EXISTS, insert->origin, "columnName", vonk_type_quote(b->arena, insert->column_names.parts[i]), NULL);
      }
    }
    *count = insert->column_names.count;
    return VONK_OK;
  }
  for (uint32_t i = 0; i < insert->schema->field_count; i++) {
    if (!static_value(b, insert, insert->schema->fields[i].name)) targets[(*count)++] = i;
  }
  return VONK_OK;
}

static bool is_string(const struct vonk_type *t) { return vonk_type_is_string(t); }

/* Spark's canANSIStoreAssign. */
bool vonk_bind_may_store(const struct vonk_type *from, const struct vonk_type *to) {
  if (vonk_type_same(from, to) || from->id == VONK_TYPE_VOID) return true;
  if (from->id == VONK_TYPE_ARRAY && to->id == VONK_TYPE_ARRAY) return vonk_bind_may_store(from->element, to->element);
  if (from->id == VONK_TYPE_MAP && to->id == VONK_TYPE_MAP) return vonk_bind_may_store(from->key, to->key) && vonk_bind_may_store(from->element, to->element);
  if (from->id == VONK_TYPE_STRUCT && to->id == VONK_TYPE_STRUCT) {
    if (from->field_count != to->field_count) return false;
    for (uint32_t i = 0; i < from->field_count; i++) {
      if (!vonk_bind_may_store(from->fields[i].type, to->fields[i].type)) return false;
    }
    return true;
  }
  if (vonk_type_is_numeric(from) && vonk_type_is_numeric(to)) return true;
  if (is_string(to)) return !vonk_type_is_nested(from) && from->id != VONK_TYPE_BINARY && from->id != VONK_TYPE_VARIANT;
  return vonk_type_is_datetime(from) && vonk_type_is_datetime(to);
}

/* BY NAME reaches into structs: VALUE with its fields in the order of TYPE; as it is when names differ. */
static STATUS reorder_fields(struct binder *b, struct vonk_expr *value, const struct vonk_type *type, struct vonk_expr **out) {
  const struct vonk_type *from = value->type;
  *out = value;
  if (from->id != VONK_TYPE_STRUCT || type->id != VONK_TYPE_STRUCT || from->field_count != type->field_count) return VONK_OK;
  struct vonk_expr **pairs = ARENA_ARRAY(b->arena, struct vonk_expr *, (size_t)type->field_count * 2);
  bool moved = false;
  for (uint32_t i = 0; i < type->field_count; i++) {
    uint32_t place = 0;
    while (place < from->field_count && !bind_same_name(b, from->fields[place].name, type->fields[i].name)) place++;
    if (place == from->field_count) return VONK_OK;
    struct vonk_value name = vonk_value_text(&vonk_type_string, type->fields[i].name);
    moved |= place != i;
    pairs[(size_t)i * 2] = vonk_expr_literal_of(b->arena, &name, NULL);
    TRY(bind_field(b, value, from->fields[place].name, NULL, &pairs[(size_t)i * 2 + 1]));
    TRY(reorder_fields(b, pairs[(size_t)i * 2 + 1], type->fields[i].type, &pairs[(size_t)i * 2 + 1]));
  }
  return moved ? bind_call_list(b, "named_struct", NULL, (struct vonk_exprs){pairs, type->field_count * 2}, out) : VONK_OK;
}

/* Spark's canUpCast: nothing can be lost. */
static bool may_assign_strictly(const struct vonk_type *from, const struct vonk_type *to) {
  if (vonk_type_same(from, to) || from->id == VONK_TYPE_VOID) return true;
  if (from->id == VONK_TYPE_ARRAY && to->id == VONK_TYPE_ARRAY) return may_assign_strictly(from->element, to->element);
  if (from->id == VONK_TYPE_MAP && to->id == VONK_TYPE_MAP) return may_assign_strictly(from->key, to->key) && may_assign_strictly(from->element, to->element);
  if (from->id == VONK_TYPE_DATE) return to->id == VONK_TYPE_TIMESTAMP || to->id == VONK_TYPE_TIMESTAMP_NTZ || vonk_type_is_string(to);
  if ((vonk_type_is_integral(from) || from->id == VONK_TYPE_DECIMAL) && to->id == VONK_TYPE_DECIMAL) {
    return vonk_decimal_shape_holds(vonk_decimal_shape_of(to), vonk_decimal_shape_of(from));
  }
  if (vonk_type_is_integral(from)) return (to->id > from->id && to->id <= VONK_TYPE_DOUBLE) || vonk_type_is_string(to);
  if (from->id == VONK_TYPE_FLOAT) return to->id == VONK_TYPE_DOUBLE || vonk_type_is_string(to);
  return vonk_type_is_string(to) && !vonk_type_is_nested(from) && from->id != VONK_TYPE_BINARY && from->id != VONK_TYPE_VARIANT;
}

static bool allowed_by(struct vonk_str policy, const struct vonk_type *from, const struct vonk_type *to) {
  if (vonk_str_equal_nocase(policy, STR("LEGACY"))) return vonk_cast_allowed(from, to, VONK_CAST_LEGACY);
  if (vonk_str_equal_nocase(policy, STR("STRICT"))) return may_assign_strictly(from, to);
  return vonk_bind_may_store(from, to);
}

/* CHAR pads, CHAR and VARCHAR refuse what is too long. */
static STATUS limit_length(struct binder *b, const struct vonk_bind_insert *insert, const struct vonk_type *target, struct vonk_expr **value) {
  if (target->id != VONK_TYPE_CHAR && target->id != VONK_TYPE_VARCHAR) return VONK_OK;
  struct vonk_value length = vonk_value_integer(&vonk_type_int, target->length);
  const char *check = target->id == VONK_TYPE_CHAR ? "chartypewritesidecheck" : "varchartypewritesidecheck";
  return bind_call(b, check, insert->origin, value, 2, *value, vonk_expr_literal_of(b->arena, &length, insert->origin));
}

static STATUS assign(struct binder *b, const struct vonk_bind_insert *insert, struct vonk_expr *value, const struct vonk_type_field *target, struct vonk_expr **out) {
  struct vonk_str policy = vonk_conf_text(b->conf, VONK_CONF_STORE_ASSIGNMENT_POLICY);
  bool legacy = vonk_str_equal_nocase(policy, STR("LEGACY"));
  const struct vonk_type *type = target->type;
  if (type->id == VONK_TYPE_CHAR || type->id == VONK_TYPE_VARCHAR) type = &vonk_type_string;
  if (insert->by_name) TRY(reorder_fields(b, value, type, &value));
  if (!allowed_by(policy, value->type, type)) {
    return vonk_raise(b->task, VONK_INCOMPATIBLE_DATA_FOR_TABLE__CANNOT_SAFELY_CAST, insert->origin, "tableName", insert->table, "colName",
                      vonk_type_quote(b->arena, target->name), "srcType", bind_quote_type(b, value->type), "targetType", bind_quote_type(b, type), NULL);
  }
  struct vonk_bind_options options = bind_options(b, insert->origin);
  bool numbers = vonk_type_is_numeric(value->type) && vonk_type_is_numeric(type);
  TRY(vonk_bind_cast(b->task, &options, value, type, legacy ? VONK_CAST_LEGACY : VONK_CAST_ANSI, true, out));
  if (!legacy && numbers && *out != value && EXPR_IS(*out, cast)) EXPR_AS(*out, cast)->stored_column = target->name;
  return limit_length(b, insert, target->type, out);
}

static struct vonk_str static_columns(struct binder *b, const struct vonk_bind_insert *insert) {
  uint32_t *places = ARENA_ARRAY(b->arena, uint32_t, insert->schema->field_count), count = 0;
  for (uint32_t i = 0; i < insert->schema->field_count; i++) {
    if (static_value(b, insert, insert->schema->fields[i].name)) places[count++] = i;
  }
  return field_list(b, insert->schema, places, count);
}

static STATUS arity(struct binder *b, const struct vonk_bind_insert *insert, const struct vonk_relation *query, const uint32_t *targets, uint32_t count) {
  struct vonk_str table = field_list(b, insert->schema, targets, count), data = name_list(b, query->columns, query->column_count);
  if (!insert->column_names.count && !insert->by_name && count < insert->schema->field_count) {
    return vonk_raise(b->task, VONK_INSERT_PARTITION_COLUMN_ARITY_MISMATCH, insert->origin, "tableName", insert->table, "tableColumns", table,
                      "staticPartCols", static_columns(b, insert), "dataColumns", data, NULL);
  }
  if (query->column_count > count) {
    return vonk_raise(b->task, VONK_INSERT_COLUMN_ARITY_MISMATCH__TOO_MANY_DATA_COLUMNS, insert->origin, "tableName", insert->table, "tableColumns", table,
                      "dataColumns", data, NULL);
  }
  return vonk_raise(b->task, VONK_INSERT_COLUMN_ARITY_MISMATCH__NOT_ENOUGH_DATA_COLUMNS, insert->origin, "tableName", insert->table, "tableColumns", table,
                    "dataColumns", data, NULL);
}

/* BY NAME: the query's names are the list of columns. */
static STATUS names_of_query(struct binder *b, const struct vonk_bind_insert *insert, const struct vonk_relation *query, uint32_t *targets) {
  uint32_t open_count;
  TRY(choose_targets(b, insert, targets, &open_count));
  if (query->column_count > open_count) return arity(b, insert, query, targets, open_count);
  for (uint32_t i = 0; i < query->column_count; i++) {
    struct vonk_str name = query->columns[i].name;
    bool found = false;
    for (uint32_t f = 0; f < insert->schema->field_count && !found; f++) {
      found = bind_same_name(b, insert->schema->fields[f].name, name);
      if (found) targets[i] = f;
    }
    if (!found) {
      return vonk_raise(b->task, VONK_INCOMPATIBLE_DATA_FOR_TABLE__EXTRA_COLUMNS, insert->origin, "tableName", insert->table, "extraColumns",
                        vonk_type_quote(b->arena, name), NULL);
    }
    for (uint32_t j = 0; j < i; j++) {
      if (targets[j] != targets[i]) continue;
      return vonk_raise(b->task, VONK_INCOMPATIBLE_DATA_FOR_TABLE__AMBIGUOUS_COLUMN_NAME, insert->origin, "tableName", insert->table, "colName",
                        vonk_type_quote(b->arena, name), NULL);
    }
  }
  return VONK_OK;
}

/* The column's DEFAULT as it was written, or NULL of its type; unresolved. */
static STATUS default_of(struct binder *b, const struct vonk_type_field *field, const struct vonk_origin *origin, struct vonk_expr **out) {
  struct vonk_str sql = vonk_type_field_default(b->arena, field);
  if (sql.data) {
    struct vonk_sql_options options = bind_sql_options(b, b->conf);
    return vonk_sql_parse_expression(b->task, sql, &options, out);
  }
  struct vonk_value none = vonk_value_null(field->type);
  *out = vonk_expr_literal_of(b->arena, &none, origin);
  return VONK_OK;
}

/* What a column gets that the query does not fill: its partition value, or its default. */
static STATUS fill(struct binder *b, const struct vonk_bind_insert *insert, const struct vonk_type_field *field, struct vonk_expr **out) {
  const struct vonk_option *value = static_value(b, insert, field->name);
  if (value) {
    struct vonk_value literal = vonk_value_text(&vonk_type_string, value->value);
    return bind_cast(b, vonk_expr_literal_of(b->arena, &literal, insert->origin), field->type, true, out);
  }
  struct vonk_expr *unresolved;
  TRY(default_of(b, field, insert->origin, &unresolved));
  TRY(bind_expr(b, NULL, unresolved, out));
  return assign(b, insert, *out, field, out);
}

/* --- the word DEFAULT --- */

static STATUS replace_default(struct binder *b, const struct vonk_bind_insert *insert, struct vonk_expr **cell, uint32_t target) {
  const struct vonk_expr_attribute *attribute = EXPR_AS(*cell, attribute);
  bool is_default = attribute && attribute->name.count == 1 && vonk_str_equal_nocase(attribute->name.parts[0], STR("DEFAULT"));
  return is_default ? default_of(b, &insert->schema->fields[target], (*cell)->node.origin, cell) : VONK_OK;
}

STATUS bind_insert_defaults(struct binder *b, struct vonk_relation *query, const struct vonk_bind_insert *insert) {
  uint32_t *targets = ARENA_ARRAY(b->arena, uint32_t, (size_t)insert->schema->field_count + insert->column_names.count), count;
  if (insert->by_name) return VONK_OK;
  TRY(choose_targets(b, insert, targets, &count));
  while (RELATION_IS(query, subquery_alias)) query = RELATION_AS(query, subquery_alias)->input;
  struct vonk_relation_values *values = RELATION_AS(query, values);
  struct vonk_relation_project_star *select = RELATION_AS(query, project_star);
  for (uint32_t row = 0; values && row < values->rows.count; row++) {
    struct vonk_exprs items = bind_row_items(&values->rows.items[row]);
    for (uint32_t i = 0; i < items.count && i < count; i++) TRY(replace_default(b, insert, &items.items[i], targets[i]));
  }
  for (uint32_t i = 0; select && i < select->expressions.count && i < count; i++) {
    TRY(replace_default(b, insert, &select->expressions.items[i], targets[i]));
  }
  return VONK_OK;
}

/* The rows of a folder come together: by the partition columns that have no static value. */
static struct vonk_relation *order_by_partition(struct binder *b, struct vonk_relation *input, const struct vonk_bind_insert *insert) {
  uint32_t count = insert->partition_column_count;
  struct vonk_relation_order *order = RELATION_NEW(b->arena, order, insert->origin);
  order->order.items = ARENA_ARRAY(b->arena, struct vonk_expr *, count);
  for (uint32_t i = input->column_count - count; i < input->column_count; i++) {
    if (static_value(b, insert, input->columns[i].name)) continue;
    struct vonk_expr_sort_order *item = EXPR_NEW(b->arena, sort_order, insert->origin);
    item->child = bind_reference(b, &input->columns[i], insert->origin);
    item->expr.type = item->child->type;
    item->expr.nullable = item->child->nullable;
    order->order.items[order->order.count++] = &item->expr;
  }
  if (!order->order.count) return input;
  order->input = input;
  order->limit = -1;
  bind_take_columns(&order->relation, input);
  return &order->relation;
}

STATUS bind_insert(struct binder *b, struct vonk_relation *query, const struct vonk_bind_insert *insert, struct vonk_relation **out) {
  const struct vonk_type *schema = insert->schema;
  uint32_t *targets = ARENA_ARRAY(b->arena, uint32_t, (size_t)schema->field_count + query->column_count + insert->column_names.count), count = query->column_count;
  if (insert->by_name) TRY(names_of_query(b, insert, query, targets));
  else TRY(choose_targets(b, insert, targets, &count));
  if (count != query->column_count) return arity(b, insert, query, targets, count);
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, schema->field_count);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, schema->field_count);
  for (uint32_t i = 0; i < count; i++) {
    TRY(assign(b, insert, bind_reference(b, &query->columns[i], insert->origin), &schema->fields[targets[i]], &exprs[targets[i]]));
  }
  for (uint32_t i = 0; i < schema->field_count; i++) {
    if (!exprs[i]) TRY(fill(b, insert, &schema->fields[i], &exprs[i]));
    columns[i] = (struct vonk_plan_column){.id = bind_new_id(b), .name = schema->fields[i].name, .type = exprs[i]->type, .nullable = exprs[i]->nullable,
                                           .range = exprs[i]->range};
  }
  struct vonk_relation *arranged = bind_project(b, query, columns, exprs, schema->field_count, insert->origin);
  *out = order_by_partition(b, arranged, insert);
  return VONK_OK;
}
