/* set_op.c: UNION, INTERSECT, EXCEPT: columns matched by place or name and brought to common types. */
#include "bind/rewrite.h"

static struct vonk_str operator_name(const struct vonk_relation_set_op *set) {
  return set->op == VONK_SET_UNION ? STR("UNION") : set->op == VONK_SET_INTERSECT ? (set->is_all ? STR("INTERSECT ALL") : STR("INTERSECT"))
                                                                                   : (set->is_all ? STR("EXCEPT ALL") : STR("EXCEPT"));
}

static struct vonk_str ordinal(struct vonk_arena *arena, uint32_t index) {
  static const char *const words[] = {"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"};
  if (index < COUNT_OF(words)) return vonk_str_of(words[index]);
  uint32_t n = index + 1;
  const char *end = n % 100 >= 11 && n % 100 <= 13 ? "th" : n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
  return vonk_str_format(arena, "%u%s", n, end);
}

/* Visible columns only. */
static STATUS visible(struct binder *b, struct vonk_relation *relation, struct vonk_relation **out) {
  return bind_alias_columns(b, relation, (struct vonk_str){0}, (struct vonk_name){0}, NULL, out);
}

/* --- by name --- */

static struct vonk_str field_list(struct binder *b, const struct vonk_type *type) {
  struct vonk_text text;
  vonk_text_init(&text, b->arena);
  for (uint32_t i = 0; i < type->field_count; i++) vonk_text_addf(&text, "%s" STR_FMT, i ? ", " : "", STR_ARG(vonk_type_quote(b->arena, type->fields[i].name)));
  return vonk_text_str(&text);
}

/* UNION BY NAME of DataFrames and SQL says which names there are. */
static STATUS missing_column(struct binder *b, struct vonk_str name, const struct vonk_relation *side, const struct vonk_origin *origin) {
  struct vonk_text text;
  vonk_text_init(&text, b->arena);
  for (uint32_t i = 0; i < side->column_count; i++) vonk_text_addf(&text, "%s" STR_FMT, i ? ", " : "", STR_ARG(side->columns[i].name));
  return vonk_raise(b->task, VONK_UNRESOLVED_COLUMN_AMONG_FIELD_NAMES, origin, "colName", name, "fieldNames", vonk_text_str(&text), NULL);
}

static STATUS check_unique(struct binder *b, const struct vonk_relation *side, const struct vonk_origin *origin) {
  for (uint32_t i = 0; i < side->column_count; i++) {
    for (uint32_t j = 0; j < i; j++) {
      struct vonk_str name = side->columns[i].name;
      if (!bind_same_name(b, name, side->columns[j].name)) continue;
      if (!b->case_sensitive) name = vonk_str_lower(b->arena, name);
      return vonk_raise(b->task, VONK_COLUMN_ALREADY_EXISTS, origin, "columnName", vonk_type_quote(b->arena, name), NULL);
    }
  }
  return VONK_OK;
}

static const struct vonk_type_field *field_named(const struct binder *b, const struct vonk_type *type, struct vonk_str name) {
  for (uint32_t i = 0; i < type->field_count; i++) {
    if (bind_same_name(b, type->fields[i].name, name)) return &type->fields[i];
  }
  return NULL;
}

static bool has_fields(const struct vonk_type *a, const struct vonk_type *c) {
  if (a->id == VONK_TYPE_ARRAY && c->id == VONK_TYPE_ARRAY) return has_fields(a->element, c->element);
  return a->id == VONK_TYPE_STRUCT && c->id == VONK_TYPE_STRUCT;
}

/* OWN with the fields of LEFT, then those of RIGHT that it has not; the types are OWN's where it has them. MISSING: where the
 * right side lacks one, that is no error. */
static STATUS merge_fields(struct binder *b, const struct vonk_type *left, const struct vonk_type *right, const struct vonk_type *own, bool missing,
                           const struct vonk_type **out) {
  *out = own;
  if (!has_fields(left, right)) return VONK_OK;
  if (own->id == VONK_TYPE_ARRAY) {
    const struct vonk_type *element;
    TRY(merge_fields(b, left->element, right->element, own->element, missing, &element));
    *out = vonk_type_array(b->arena, element, own->contains_null);
    return VONK_OK;
  }
  struct vonk_type_field *fields = ARENA_ARRAY(b->arena, struct vonk_type_field, (size_t)left->field_count + right->field_count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < left->field_count + right->field_count; i++) {
    const struct vonk_type_field *field = i < left->field_count ? &left->fields[i] : &right->fields[i - left->field_count];
    const struct vonk_type_field *in_left = field_named(b, left, field->name), *in_right = field_named(b, right, field->name), *mine = field_named(b, own, field->name);
    if (i >= left->field_count && in_left) continue;
    if (!in_right && !missing) {
      return vonk_raise(b->task, VONK_FIELD_NOT_FOUND, NULL, "fieldName", vonk_type_quote(b->arena, field->name), "fields", field_list(b, right), NULL);
    }
    fields[count] = mine ? *mine : *field;
    fields[count].name = field->name;
    fields[count].nullable |= !mine;
    if (in_left && in_right) TRY(merge_fields(b, in_left->type, in_right->type, fields[count].type, missing, &fields[count].type));
    count++;
  }
  *out = vonk_type_struct(b->arena, fields, count);
  return VONK_OK;
}

/* Columns of structs get each other's fields, in one order. */
static STATUS merge_structs(struct binder *b, const struct vonk_relation_set_op *set, struct vonk_plan_column *left, struct vonk_plan_column *right,
                            struct vonk_expr **left_expr, struct vonk_expr **right_expr) {
  const struct vonk_type *lt = left->type, *rt = right->type, *type;
  struct { struct vonk_plan_column *column; struct vonk_expr **expr; } sides[] = {{left, left_expr}, {right, right_expr}};
  if (!has_fields(lt, rt) || vonk_type_equal(lt, rt)) return VONK_OK;
  for (int i = set->allow_missing_columns ? 0 : 1; i < 2; i++) {
    TRY(merge_fields(b, lt, rt, sides[i].column->type, set->allow_missing_columns, &type));
    if (vonk_type_equal(type, sides[i].column->type)) continue;
    TRY(bind_fit_fields(b, sides[i].column, type, set->relation.node.origin, sides[i].expr));
    sides[i].column->id = bind_new_id(b);
    sides[i].column->type = (*sides[i].expr)->type;
    sides[i].column->nullable = (*sides[i].expr)->nullable;
  }
  return VONK_OK;
}

/* The right side's columns in the order of the left's names. */
static STATUS reorder(struct binder *b, const struct vonk_relation_set_op *set, struct vonk_relation **left, struct vonk_relation **right) {
  const struct vonk_origin *origin = set->relation.node.origin;
  uint32_t most = (*left)->column_count + (*right)->column_count, n = (*left)->column_count;
  struct vonk_plan_column *lc = ARENA_ARRAY(b->arena, struct vonk_plan_column, most), *rc = ARENA_ARRAY(b->arena, struct vonk_plan_column, most);
  struct vonk_expr **le = ARENA_ARRAY(b->arena, struct vonk_expr *, most), **re = ARENA_ARRAY(b->arena, struct vonk_expr *, most);
  TRY(check_unique(b, *left, origin));
  TRY(check_unique(b, *right, origin));
  for (uint32_t i = 0; i < n; i++) {
    uint32_t index;
    struct vonk_str name = (*left)->columns[i].name;
    lc[i] = (*left)->columns[i];
    le[i] = bind_reference(b, &lc[i], origin);
    TRY(bind_find_column(b, bind_columns_of(*right), name, origin, &index));
    if (index == UINT32_MAX && !set->allow_missing_columns) return missing_column(b, name, *right, origin);
    if (index != UINT32_MAX) {
      rc[i] = (*right)->columns[index];
      re[i] = bind_reference(b, &rc[i], origin);
      TRY(merge_structs(b, set, &lc[i], &rc[i], &le[i], &re[i]));
      continue;
    }
    struct vonk_value null = vonk_value_null(lc[i].type);
    re[i] = vonk_expr_literal_of(b->arena, &null, origin);
    rc[i] = (struct vonk_plan_column){.id = bind_new_id(b), .name = name, .type = lc[i].type, .nullable = true};
  }
  for (uint32_t j = 0; j < (*right)->column_count; j++) {
    uint32_t index;
    TRY(bind_find_column(b, bind_columns_of(*left), (*right)->columns[j].name, origin, &index));
    if (index != UINT32_MAX) continue;
    rc[n] = (*right)->columns[j];
    re[n] = bind_reference(b, &rc[n], origin);
    struct vonk_value null = vonk_value_null(rc[n].type);
    le[n] = vonk_expr_literal_of(b->arena, &null, origin);
    lc[n] = (struct vonk_plan_column){.id = bind_new_id(b), .name = rc[n].name, .type = rc[n].type, .nullable = true};
    n++;
  }
  /* Columns that only the right side has are too many, unless they may be missing. */
  *left = bind_project(b, *left, lc, le, set->allow_missing_columns ? n : (*left)->column_count, origin);
  *right = bind_project(b, *right, rc, re, n, origin);
  return VONK_OK;
}

static STATUS widen(struct binder *b, const struct vonk_relation_set_op *set, struct vonk_relation **left, struct vonk_relation **right) {
  uint32_t count = (*left)->column_count;
  const struct vonk_origin *origin = set->relation.node.origin;
  if (count != (*right)->column_count) {
    return vonk_raise(b->task, VONK_NUM_COLUMNS_MISMATCH, origin, "operator", operator_name(set), "firstNumColumns", vonk_str_format(b->arena, "%u", count),
                      "invalidOrdinalNum", STR("second"), "invalidNumColumns", vonk_str_format(b->arena, "%u", (*right)->column_count), NULL);
  }
  const struct vonk_type **types = ARENA_ARRAY(b->arena, const struct vonk_type *, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_type *l = (*left)->columns[i].type, *r = (*right)->columns[i].type;
    TRY(bind_common_type(b, l, r, &types[i]));
    if (types[i]) continue;
    return vonk_raise(b->task, VONK_INCOMPATIBLE_COLUMN_TYPE, origin, "operator", operator_name(set), "columnOrdinalNumber", ordinal(b->arena, i),
                      "tableOrdinalNumber", STR("second"), "dataType1", bind_quote_type(b, r), "dataType2", bind_quote_type(b, l), "hint", STR(""), NULL);
  }
  TRY(bind_cast_columns(b, *left, types, left));
  return bind_cast_columns(b, *right, types, right);
}

static const struct vonk_plan_column *merged_columns(struct binder *b, const struct vonk_relation *left, const struct vonk_relation *right, bool either_null) {
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, left->column_count);
  for (uint32_t i = 0; i < left->column_count; i++) {
    const struct vonk_plan_column *l = &left->columns[i], *r = &right->columns[i];
    columns[i] = (struct vonk_plan_column){.id = bind_new_id(b), .name = l->name, .type = l->type, .nullable = l->nullable || (either_null && r->nullable)};
    if (!l->range.known || !r->range.known) continue;
    columns[i].range = (struct vonk_range){true, l->range.low < r->range.low ? l->range.low : r->range.low, l->range.high > r->range.high ? l->range.high : r->range.high};
  }
  return columns;
}

static STATUS check_comparable(struct binder *b, const struct vonk_relation *relation, const struct vonk_origin *origin) {
  for (uint32_t i = 0; i < relation->column_count; i++) {
    if (relation->columns[i].type->id != VONK_TYPE_MAP) continue;
    return vonk_raise(b->task, VONK_UNSUPPORTED_FEATURE__SET_OPERATION_ON_MAP_TYPE, origin, "colName", vonk_type_quote(b->arena, relation->columns[i].name),
                      "dataType", bind_quote_type(b, relation->columns[i].type), NULL);
  }
  return VONK_OK;
}

static struct vonk_relation *unite(struct binder *b, struct vonk_relation *left, struct vonk_relation *right, const struct vonk_origin *origin) {
  struct vonk_relation_union_all *all = RELATION_NEW(b->arena, union_all, origin);
  struct vonk_relation_union_all *before = RELATION_AS(left, union_all);
  uint32_t count = before ? before->inputs.count : 1;
  all->inputs = (struct vonk_relations){ARENA_ARRAY(b->arena, struct vonk_relation *, (size_t)count + 1), count + 1};
  if (before) memcpy(all->inputs.items, before->inputs.items, count * sizeof(struct vonk_relation *));
  else all->inputs.items[0] = left;
  all->inputs.items[count] = right;
  all->relation.columns = merged_columns(b, left, right, true);
  all->relation.column_count = left->column_count;
  return &all->relation;
}

STATUS bind_set_op(struct binder *b, const struct vonk_relation_set_op *set, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *left, *right;
  const struct vonk_origin *origin = set->relation.node.origin;
  TRY(bind_relation(b, &set->left->node, outer, &left));
  TRY(bind_relation(b, &set->right->node, outer, &right));
  TRY(visible(b, left, &left));
  TRY(visible(b, right, &right));
  if (set->by_name) TRY(reorder(b, set, &left, &right));
  TRY(widen(b, set, &left, &right));
  bool all_rows = set->op == VONK_SET_UNION && set->is_all;
  if (!all_rows) TRY(check_comparable(b, left, origin));
  if (set->op == VONK_SET_UNION) {
    *out = unite(b, left, right, origin);
    if (set->is_all) return VONK_OK;
    struct vonk_relation_unique *unique = RELATION_NEW(b->arena, unique, origin);
    unique->input = *out;
    bind_take_columns(&unique->relation, *out);
    *out = &unique->relation;
    return VONK_OK;
  }
  struct vonk_relation_set_of *of = RELATION_NEW(b->arena, set_of, origin);
  of->left = left;
  of->right = right;
  of->op = set->op;
  of->is_all = set->is_all;
  of->relation.columns = merged_columns(b, left, right, false);
  of->relation.column_count = left->column_count;
  *out = &of->relation;
  return VONK_OK;
}
