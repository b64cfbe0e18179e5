/* update_fields.c: s.withField("a.b", x) and s.dropFields("a"): a struct made again with a field replaced, added or left out.
 *
 * Several in turn over one struct read like one call: update_fields(s, WithField(1), dropfield()).
 */
#include "bind/binder_internal.h"

/* One update: the field, and its new value or NULL to leave it out. */
struct update {
  struct vonk_str field;
  struct vonk_expr *value;
};

static STATUS bind_update(struct binder *b, struct vonk_expr *base, struct vonk_name path, struct vonk_expr *value, const struct vonk_origin *origin, struct update *out);

static STATUS check_struct(struct binder *b, const struct vonk_expr *base, struct vonk_str shown, const struct vonk_origin *origin) {
  if (base->type->id == VONK_TYPE_STRUCT) return VONK_OK;
  return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__UNEXPECTED_INPUT_TYPE, origin, "paramIndex", STR("first"), "requiredType", STR("\"STRUCT\""), "inputSql",
                    bind_quote_expr(b, base), "inputType", bind_quote_type(b, base->type), "sqlExpr", vonk_str_format(b->arena, "\"" STR_FMT "\"", STR_ARG(shown)), NULL);
}

/* A later one puts another value into the same field. */
static bool is_replaced(struct binder *b, const struct update *updates, uint32_t index, uint32_t count) {
  for (uint32_t i = index + 1; i < count; i++) {
    if (updates[i].value && bind_same_name(b, updates[i].field, updates[index].field)) return true;
  }
  return false;
}

static struct vonk_str show(struct binder *b, const struct vonk_expr *base, const struct update *updates, uint32_t count) {
  struct vonk_text text;
  vonk_text_init(&text, b->arena);
  vonk_text_addf(&text, "update_fields(" STR_FMT, STR_ARG(vonk_expr_sql(b->arena, base)));
  for (uint32_t i = 0; i < count; i++) {
    if (is_replaced(b, updates, i, count)) continue;
    if (updates[i].value) vonk_text_addf(&text, ", WithField(" STR_FMT ")", STR_ARG(vonk_expr_sql(b->arena, updates[i].value)));
    else vonk_text_add(&text, STR(", dropfield()"));
  }
  vonk_text_add_char(&text, ')');
  return vonk_text_str(&text);
}

struct fields {
  struct { struct vonk_str name; struct vonk_expr *value; } *items;
  size_t count, capacity;
};

static void apply(struct binder *b, struct fields *fields, const struct update *update) {
  size_t kept = 0;
  bool replaced = false;
  for (size_t i = 0; i < fields->count; i++) {
    bool same = bind_same_name(b, fields->items[i].name, update->field);
    if (same && !update->value) continue;
    fields->items[kept] = fields->items[i];
    if (same) fields->items[kept].name = update->field;
    if (same) fields->items[kept].value = update->value;
    replaced |= same;
    kept++;
  }
  fields->count = kept;
  if (replaced || !update->value) return;
  ARRAY_PUSH(b->arena, fields);
  fields->items[fields->count - 1].name = update->field;
  fields->items[fields->count - 1].value = update->value;
}

/* What the updates, in turn, make of BASE. */
static STATUS make_struct(struct binder *b, struct vonk_expr *base, const struct update *updates, uint32_t count, const struct vonk_origin *origin, struct vonk_expr **out) {
  struct fields fields = {0};
  struct vonk_str shown = show(b, base, updates, count);
  TRY(check_struct(b, base, shown, origin));
  for (uint32_t i = 0; i < base->type->field_count; i++) {
    const struct vonk_type_field *field = &base->type->fields[i];
    struct vonk_expr *value;
    TRY(bind_call(b, "get_struct_field", origin, &value, 2, base, bind_long(b, i, &vonk_type_int, origin)));
    value->nullable = field->nullable; /* looked at only where the struct is there */
    ARRAY_PUSH(b->arena, &fields);
    fields.items[i].name = field->name;
    fields.items[i].value = value;
  }
  for (uint32_t i = 0; i < count; i++) apply(b, &fields, &updates[i]);
  if (!fields.count) {
    return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__CANNOT_DROP_ALL_FIELDS, origin, "sqlExpr", vonk_str_format(b->arena, "\"" STR_FMT "\"", STR_ARG(shown)), NULL);
  }
  struct vonk_exprs pairs = {ARENA_ARRAY(b->arena, struct vonk_expr *, fields.count * 2), (uint32_t)fields.count * 2};
  for (size_t i = 0; i < fields.count; i++) {
    struct vonk_value name = vonk_value_text(&vonk_type_string, fields.items[i].name);
    pairs.items[2 * i] = vonk_expr_literal_of(b->arena, &name, origin);
    pairs.items[2 * i + 1] = fields.items[i].value;
  }
  TRY(bind_call_list(b, "named_struct", origin, pairs, out));
  if (base->nullable) {
    struct vonk_expr *there;
    TRY(bind_call(b, "isnotnull", origin, &there, 1, base));
    TRY(bind_call(b, "when", origin, out, 2, there, *out));
  }
  EXPR_AS(*out, call)->shown = shown;
  return VONK_OK;
}

/* "a.b": the struct a with its b updated is the new a. */
static STATUS bind_update(struct binder *b, struct vonk_expr *base, struct vonk_name path, struct vonk_expr *value, const struct vonk_origin *origin, struct update *out) {
  struct vonk_expr *inner;
  struct update deeper;
  *out = (struct update){path.parts[0], value};
  if (path.count == 1) return VONK_OK;
  TRY(bind_field(b, base, path.parts[0], origin, &inner));
  TRY(bind_update(b, inner, (struct vonk_name){path.parts + 1, path.count - 1}, value, origin, &deeper));
  return make_struct(b, inner, &deeper, 1, origin, &out->value);
}

STATUS bind_update_fields(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_update_fields *last, struct vonk_expr **out) {
  struct vonk_expr *base, *sofar;
  const struct vonk_origin *origin = last->expr.node.origin;
  uint32_t count = 0, place = 0;
  for (const struct vonk_expr_update_fields *u = last; u; u = EXPR_AS(u->child, update_fields)) count++;
  const struct vonk_expr_update_fields **chain = ARENA_ARRAY(b->arena, const struct vonk_expr_update_fields *, count);
  for (const struct vonk_expr_update_fields *u = last; u; u = EXPR_AS(u->child, update_fields)) chain[place++] = u;
  struct update *updates = ARENA_ARRAY(b->arena, struct update, count);
  TRY(bind_expr(b, scope, chain[count - 1]->child, &base));
  sofar = base;
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_expr_update_fields *u = chain[count - 1 - i];
    struct vonk_name path;
    struct vonk_expr *value = NULL;
    TRY(vonk_sql_parse_name(b->task, u->field, &path));
    if (u->value) TRY(bind_expr(b, scope, u->value, &value));
    bool nested = path.count > 1; /* looks at what the updates before have made */
    if (nested && i && sofar == base) TRY(make_struct(b, base, updates, i, origin, &sofar));
    TRY(bind_update(b, nested ? sofar : base, path, value, origin, &updates[i]));
    sofar = base;
  }
  return make_struct(b, base, updates, count, origin, out);
}
