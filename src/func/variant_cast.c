/* variant_cast.c: scalars by their text, lists and objects piece by piece. */
#include "func/variant_cast.h"

#include <math.h>

#include "type/decimal.h"

struct caster {
  struct vonk_arena *arena;
  struct vonk_parse_context context;
};

static bool cast_variant(struct caster *c, const struct vonk_variant *variant, const struct vonk_type *type, uint32_t depth, struct vonk_value *out);

/* What a scalar is as text: JSON without quotes. */
static struct vonk_str plain_text(struct caster *c, const struct vonk_variant *variant, const struct vonk_variant_view *view) {
  struct vonk_text text;
  if (view->kind == VONK_VARIANT_STRING || view->kind == VONK_VARIANT_BINARY) return view->text;
  vonk_text_init(&text, c->arena);
  if (!vonk_variant_add_json(&text, variant, c->context.zone)) return (struct vonk_str){0};
  struct vonk_str json = vonk_text_str(&text);
  if (view->kind == VONK_VARIANT_TIMESTAMP) json.size -= sizeof "-08:00" - 1; /* a text has no offset */
  return json.data[0] == '"' ? vonk_str_slice(json, 1, json.size - 1) : json;
}

static bool cast_real(const struct vonk_variant_view *view, const struct vonk_type *type, int64_t *out) {
  static const int bits[] = {[VONK_TYPE_BYTE] = 8, [VONK_TYPE_SHORT] = 16, [VONK_TYPE_INT] = 32, [VONK_TYPE_LONG] = 64};
  double limit = ldexp(1, bits[type->id] - 1), whole = trunc(view->real);
  if (!(whole >= -limit && whole < limit)) return false;
  *out = (int64_t)whole;
  return true;
}

static bool fits(vonk_int128 value, const struct vonk_type *type) {
  static const int bits[] = {[VONK_TYPE_BYTE] = 8, [VONK_TYPE_SHORT] = 16, [VONK_TYPE_INT] = 32, [VONK_TYPE_LONG] = 64};
  vonk_int128 limit = (vonk_int128)1 << (bits[type->id] - 1);
  return value >= -limit && value < limit;
}

/* Seconds since the epoch. */
static bool cast_timestamp(int64_t micros, const struct vonk_type *type, struct vonk_value *out) {
  int64_t seconds = micros / 1000000 - (micros % 1000000 < 0);
  if (type->id == VONK_TYPE_DECIMAL) return vonk_decimal_rescale(micros, 6, vonk_decimal_shape_of(type), &out->decimal);
  if (vonk_type_is_fractional(type)) return out->real = (double)micros / 1e6, true;
  out->integer = seconds;
  return fits(seconds, type);
}

static bool cast_to_timestamp(const struct vonk_variant_view *view, struct vonk_value *out) {
  if (view->kind == VONK_VARIANT_LONG) return !__builtin_mul_overflow(view->integer, 1000000, &out->integer);
  if (view->kind == VONK_VARIANT_DECIMAL) {
    vonk_int128 micros;
    if (!vonk_decimal_rescale(view->decimal, view->scale, (struct vonk_decimal_shape){VONK_DECIMAL_PRECISION_MAX, 6}, &micros)) return false;
    out->integer = (int64_t)micros;
    return fits(micros, &vonk_type_long);
  }
  double micros = view->real * 1e6;
  if (!(micros >= -0x1p63 && micros < 0x1p63)) return false;
  out->integer = (int64_t)micros;
  return true;
}

static bool is_number(const struct vonk_variant_view *view) {
  return view->kind == VONK_VARIANT_LONG || view->kind == VONK_VARIANT_DECIMAL || view->kind == VONK_VARIANT_DOUBLE || view->kind == VONK_VARIANT_FLOAT;
}

static bool cast_scalar(struct caster *c, const struct vonk_variant *variant, const struct vonk_variant_view *view, const struct vonk_type *type,
                        struct vonk_value *out) {
  bool real = view->kind == VONK_VARIANT_DOUBLE || view->kind == VONK_VARIANT_FLOAT;
  struct vonk_str text = plain_text(c, variant, view);
  if (!text.data) return false;
  if (vonk_type_is_string(type)) return out->text = text, true;
  if (view->kind >= VONK_VARIANT_ARRAY || vonk_type_is_nested(type)) return false;
  if (type->id == VONK_TYPE_BINARY) return out->text = text, view->kind == VONK_VARIANT_STRING || view->kind == VONK_VARIANT_BINARY;
  if (type->id == VONK_TYPE_BOOLEAN && is_number(view)) {
    out->integer = view->integer != 0 || view->decimal != 0 || view->real != 0;
    return true;
  }
  if (vonk_type_is_integral(type) && real) return cast_real(view, type, &out->integer);
  if (vonk_type_is_numeric(type) && view->kind == VONK_VARIANT_BOOLEAN) text = view->integer ? STR("1") : STR("0");
  if (type->id == VONK_TYPE_TIMESTAMP && is_number(view)) return cast_to_timestamp(view, out);
  if (vonk_type_is_numeric(type) && view->kind == VONK_VARIANT_TIMESTAMP) return cast_timestamp(view->integer, type, out);
  return vonk_parse_value(text, type, &c->context, view->kind != VONK_VARIANT_STRING, out);
}

static bool cast_list(struct caster *c, const struct vonk_variant *variant, const struct vonk_variant_view *view, const struct vonk_type *type,
                      uint32_t depth, struct vonk_value *out) {
  struct vonk_value *items = ARENA_ARRAY(c->arena, struct vonk_value, view->count);
  for (uint32_t i = 0; i < view->count; i++) {
    struct vonk_variant child;
    struct vonk_str name;
    if (!vonk_variant_child(variant, view, i, &name, &child) || !cast_variant(c, &child, type->element, depth + 1, &items[i])) return false;
  }
  out->nested.items = items;
  out->nested.count = view->count;
  return true;
}

static bool cast_map(struct caster *c, const struct vonk_variant *variant, const struct vonk_variant_view *view, const struct vonk_type *type,
                     uint32_t depth, struct vonk_value *out) {
  struct vonk_value *items = ARENA_ARRAY(c->arena, struct vonk_value, 2 * (size_t)view->count);
  for (uint32_t i = 0; i < view->count; i++) {
    struct vonk_variant child;
    struct vonk_str name;
    if (!vonk_variant_child(variant, view, i, &name, &child) || !cast_variant(c, &child, type->element, depth + 1, &items[2 * i + 1])) return false;
    items[2 * i] = vonk_value_text(type->key, name);
  }
  out->nested.items = items;
  out->nested.count = view->count;
  return true;
}

static bool cast_struct(struct caster *c, const struct vonk_variant *variant, const struct vonk_variant_view *view, const struct vonk_type *type,
                        uint32_t depth, struct vonk_value *out) {
  struct vonk_value *items = ARENA_ARRAY(c->arena, struct vonk_value, type->field_count);
  for (uint32_t i = 0; i < type->field_count; i++) {
    struct vonk_variant child;
    items[i] = vonk_value_null(type->fields[i].type);
    if (!vonk_variant_field(variant, view, type->fields[i].name, &child)) continue;
    if (!cast_variant(c, &child, type->fields[i].type, depth + 1, &items[i])) return false;
  }
  out->nested.items = items;
  out->nested.count = type->field_count;
  return true;
}

static bool cast_variant(struct caster *c, const struct vonk_variant *variant, const struct vonk_type *type, uint32_t depth, struct vonk_value *out) {
  struct vonk_variant_view view = vonk_variant_read(variant);
  *out = (struct vonk_value){.type = type};
  if (depth > VONK_VARIANT_DEPTH_MAX || view.kind == VONK_VARIANT_BROKEN) return false;
  if (type->id == VONK_TYPE_VARIANT) {
    struct vonk_value *items = ARENA_ARRAY(c->arena, struct vonk_value, 2);
    items[0] = vonk_value_text(&vonk_type_binary, variant->metadata);
    items[1] = vonk_value_text(&vonk_type_binary, variant->value);
    out->nested.items = items;
    out->nested.count = 2;
    return true;
  }
  out->is_null = view.kind == VONK_VARIANT_NULL;
  if (out->is_null) return true;
  if (type->id == VONK_TYPE_ARRAY && view.kind == VONK_VARIANT_ARRAY) return cast_list(c, variant, &view, type, depth, out);
  if (type->id == VONK_TYPE_MAP && view.kind == VONK_VARIANT_OBJECT) return cast_map(c, variant, &view, type, depth, out);
  if (type->id == VONK_TYPE_STRUCT && view.kind == VONK_VARIANT_OBJECT) return cast_struct(c, variant, &view, type, depth, out);
  return cast_scalar(c, variant, &view, type, out);
}

bool vonk_variant_cast(struct vonk_arena *arena, const struct vonk_timezone *zone, const struct vonk_variant *variant, const struct vonk_type *type,
                       struct vonk_value *out) {
  struct caster caster = {.arena = arena, .context = {.zone = zone, .arena = arena}};
  return cast_variant(&caster, variant, type, 0, out);
}

bool vonk_variant_casts_to(const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_ARRAY: return vonk_variant_casts_to(type->element);
    case VONK_TYPE_MAP: return vonk_type_is_string(type->key) && vonk_variant_casts_to(type->element);
    case VONK_TYPE_STRUCT:
      for (uint32_t i = 0; i < type->field_count; i++) {
        if (!vonk_variant_casts_to(type->fields[i].type)) return false;
      }
      return true;
    default: return vonk_variant_holds(type, false);
  }
}

bool vonk_variant_holds(const struct vonk_type *type, bool objects) {
  switch (type->id) {
    case VONK_TYPE_BOOLEAN:
    case VONK_TYPE_BINARY:
    case VONK_TYPE_DATE:
    case VONK_TYPE_TIMESTAMP:
    case VONK_TYPE_TIMESTAMP_NTZ:
    case VONK_TYPE_VARIANT: return true;
    case VONK_TYPE_ARRAY: return vonk_variant_holds(type->element, objects);
    case VONK_TYPE_MAP: return objects && vonk_type_is_string(type->key) && vonk_variant_holds(type->element, objects);
    case VONK_TYPE_STRUCT:
      for (uint32_t i = 0; i < type->field_count && objects; i++) {
        if (!vonk_variant_holds(type->fields[i].type, objects)) return false;
      }
      return objects;
    default: return vonk_type_is_numeric(type) || vonk_type_is_string(type);
  }
}
