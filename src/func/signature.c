/* signature.c: signatures are parsed while they are matched: once a call in a statement, over texts of a few dozen bytes. */
#include "func/signature.h"

#include <ctype.h>
#include <stdlib.h>

#include "func/coercion.h"
#include "type/decimal.h"

enum { VARIABLES_MAX = 26, ARGUMENTS_MAX = 64 };

struct matcher {
  struct vonk_arena *arena;
  const struct vonk_exprs *arguments;
  bool ansi;
  bool narrows;                    /* the second try, see narrowed() */
  const struct vonk_type *variables[VARIABLES_MAX];
};

/* One ARG of an overload. */
struct parameter {
  struct vonk_str spec;
  struct vonk_str standard; /* text of the literal for one that is left out */
  bool optional, one_or_more, none_or_more;
};

struct overload {
  struct parameter parameters[ARGUMENTS_MAX];
  uint32_t count;
  struct vonk_str result;
};

/* Splits "a, b<c, d>, [e]" at its outer commas. */
static void parse_parameters(struct vonk_str text, struct overload *out) {
  size_t from = 0;
  int depth = 0;
  bool quoted = false;
  out->count = 0;
  for (size_t i = 0; i <= text.size; i++) {
    char c = i < text.size ? text.data[i] : ',';
    if (c == '\'') quoted = !quoted;
    if (quoted) continue;
    if (c == '(' || c == '<') depth++;
    if (c == ')' || c == '>') depth--;
    if (c != ',' || (depth && i < text.size)) continue;
    struct vonk_str piece = vonk_str_trim(vonk_str_slice(text, from, i));
    from = i + 1;
    if (!piece.size) continue;
    ASSERT(out->count < ARGUMENTS_MAX);
    struct parameter *p = &out->parameters[out->count++];
    *p = (struct parameter){0};
    if (piece.data[0] == '[') {
      p->optional = true;
      piece = vonk_str_trim(vonk_str_slice(piece, 1, piece.size - (piece.data[piece.size - 1] == ']')));
      size_t equals = vonk_str_find(piece, STR(" = "), 0);
      if (equals != SIZE_MAX) {
        p->standard = vonk_str_slice(piece, equals + 3, piece.size);
        piece.size = equals;
      }
    }
    if (vonk_str_ends_with(piece, STR("..."))) p->one_or_more = true, piece.size -= 3;
    else if (vonk_str_ends_with(piece, STR("*"))) p->none_or_more = true, piece.size -= 1;
    p->spec = piece;
  }
}

/* The overload at *AT, which moves behind it; false at the end. */
static bool next_overload(const char **at, struct overload *out) {
  const char *p = *at;
  while (*p == ' ' || *p == '|') p++;
  if (*p != '(') return false;
  const char *start = ++p;
  for (int depth = 1; depth; p++) {
    ASSERT(*p);
    depth += (*p == '(') - (*p == ')');
  }
  parse_parameters(vonk_str_make(start, (size_t)(p - 1 - start)), out);
  const char *arrow = strstr(p, "->"), *stop;
  ASSERT(arrow);
  arrow += 2;
  for (stop = arrow; *stop && *stop != '|'; stop++) {}
  out->result = vonk_str_trim(vonk_str_make(arrow, (size_t)(stop - arrow)));
  *at = stop;
  return true;
}

/* --- types by name --- */

static const struct vonk_type *named_type(struct vonk_arena *arena, struct vonk_str name) {
  static const struct { const char *name; const struct vonk_type *type; } names[] = {
      {"void", &vonk_type_void}, {"boolean", &vonk_type_boolean}, {"tinyint", &vonk_type_byte}, {"smallint", &vonk_type_short},
      {"int", &vonk_type_int}, {"bigint", &vonk_type_long}, {"float", &vonk_type_float}, {"double", &vonk_type_double},
      {"string", &vonk_type_string}, {"binary", &vonk_type_binary}, {"date", &vonk_type_date},
      {"timestamp", &vonk_type_timestamp}, {"timestamp_ntz", &vonk_type_timestamp_ntz}, {"interval", &vonk_type_interval},
      {"intervalym", &vonk_type_interval_ym}, {"intervaldt", &vonk_type_interval_dt}, {"variant", &vonk_type_variant},
      {"calendarinterval", &vonk_type_interval},
  };
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (vonk_str_equal(name, vonk_str_of(names[i].name))) return names[i].type;
  }
  if (vonk_str_starts_with(name, STR("time"))) return vonk_type_time(arena, name.size > 5 ? name.data[5] - '0' : 6);
  if (vonk_str_starts_with(name, STR("decimal("))) {
    char *comma;
    long precision = strtol(name.data + 8, &comma, 10);
    return vonk_type_decimal(arena, (int)precision, (int)strtol(comma + 1, NULL, 10));
  }
  return NULL;
}

/* "array<x>": X; the parts of "map<x, y>" are split at the outer comma. */
static bool nested_spec(struct vonk_str spec, const char *prefix, struct vonk_str parts[2]) {
  size_t skip = strlen(prefix);
  if (!vonk_str_starts_with(spec, vonk_str_of(prefix)) || !vonk_str_ends_with(spec, STR(">"))) return false;
  struct vonk_str inner = vonk_str_slice(spec, skip, spec.size - 1);
  int depth = 0;
  parts[0] = vonk_str_trim(inner);
  parts[1] = (struct vonk_str){0};
  for (size_t i = 0; i < inner.size; i++) {
    depth += (inner.data[i] == '<' || inner.data[i] == '(') - (inner.data[i] == '>' || inner.data[i] == ')');
    if (depth || inner.data[i] != ',') continue;
    parts[0] = vonk_str_trim(vonk_str_slice(inner, 0, i));
    parts[1] = vonk_str_trim(vonk_str_slice(inner, i + 1, inner.size));
    break;
  }
  return true;
}

static bool is_variable(struct vonk_str spec) {
  return spec.size >= 1 && isupper((unsigned char)spec.data[0]) && (spec.size == 1 || spec.data[1] == ':');
}

static bool is_class(struct vonk_str spec, const char *name) { return vonk_str_equal(spec, vonk_str_of(name)); }

/* Is TYPE of the class that SPEC names? -1 when SPEC is no class. */
static int in_class(struct vonk_str spec, const struct vonk_type *type) {
  if (is_class(spec, "any")) return 1;
  if (is_class(spec, "numeric")) return vonk_type_is_numeric(type);
  if (is_class(spec, "integral")) return vonk_type_is_integral(type);
  if (is_class(spec, "fractional")) return vonk_type_is_fractional(type) || type->id == VONK_TYPE_DECIMAL;
  if (is_class(spec, "decimal")) return type->id == VONK_TYPE_DECIMAL;
  if (is_class(spec, "string")) return vonk_type_is_string(type);
  if (is_class(spec, "orderable")) return vonk_type_is_orderable(type);
  if (is_class(spec, "atomic")) return type->id != VONK_TYPE_VOID && type->id < VONK_TYPE_ARRAY && type->id != VONK_TYPE_INTERVAL;
  if (is_class(spec, "intervalym")) return type->id == VONK_TYPE_INTERVAL_YM;
  if (is_class(spec, "intervaldt")) return type->id == VONK_TYPE_INTERVAL_DT;
  if (is_class(spec, "struct")) return type->id == VONK_TYPE_STRUCT;
  if (is_class(spec, "array")) return type->id == VONK_TYPE_ARRAY;
  if (is_class(spec, "map")) return type->id == VONK_TYPE_MAP;
  return -1;
}

/* The type a value of another class is cast to when the class asks for it. */
static const struct vonk_type *class_default(struct matcher *m, struct vonk_str spec, const struct vonk_type *from, bool literal) {
  bool void_type = from->id == VONK_TYPE_VOID, text = vonk_type_is_string(from);
  if (is_class(spec, "string")) return vonk_coercion_implicit(from, &vonk_type_string, literal, m->ansi) ? &vonk_type_string : NULL;
  if (is_class(spec, "numeric") || is_class(spec, "fractional")) {
    if (is_class(spec, "fractional") && vonk_type_is_integral(from)) return &vonk_type_double;
    return void_type || text ? &vonk_type_double : NULL;
  }
  if (is_class(spec, "integral")) return void_type || (text && !m->ansi) ? &vonk_type_int : text ? &vonk_type_long : NULL;
  if (is_class(spec, "decimal")) {
    if (vonk_type_is_numeric(from)) {
      struct vonk_decimal_shape shape = vonk_decimal_shape_of(from);
      return vonk_type_decimal(m->arena, shape.precision, shape.scale);
    }
    return void_type || text ? vonk_type_decimal(m->arena, 38, 18) : NULL;
  }
  if (is_class(spec, "intervalym")) return void_type || text ? &vonk_type_interval_ym : NULL;
  if (is_class(spec, "intervaldt")) return void_type || text ? &vonk_type_interval_dt : NULL;
  return void_type && (is_class(spec, "atomic") || is_class(spec, "orderable")) ? from : NULL;
}

/* First walk: variables learn from argument types. */
static bool learn(struct matcher *m, struct vonk_str spec, const struct vonk_type *type) {
  struct vonk_str parts[2];
  if (is_variable(spec)) {
    const struct vonk_type **variable = &m->variables[spec.data[0] - 'A'];
    if (spec.size > 2) {
      struct vonk_str class = vonk_str_slice(spec, 2, spec.size);
      if (in_class(class, type) != 1) type = class_default(m, class, type, true);
      if (!type) return false;
    }
    *variable = *variable ? vonk_coercion_wider(m->arena, *variable, type, m->ansi) : type;
    return *variable != NULL;
  }
  if (nested_spec(spec, "array<", parts)) {
    if (type->id == VONK_TYPE_VOID) return true;
    return type->id == VONK_TYPE_ARRAY && learn(m, parts[0], type->element);
  }
  if (nested_spec(spec, "map<", parts)) {
    if (type->id == VONK_TYPE_VOID) return true;
    return type->id == VONK_TYPE_MAP && learn(m, parts[0], type->key) && learn(m, parts[1], type->element);
  }
  return true;
}

/* Second walk: what an argument of type FROM becomes for SPEC; NULL when it cannot. FROM NULL: for results. */
static const struct vonk_type *target(struct matcher *m, struct vonk_str spec, const struct vonk_type *from, bool literal) {
  struct vonk_str parts[2];
  if (is_variable(spec)) {
    const struct vonk_type *variable = m->variables[spec.data[0] - 'A'];
    return variable ? variable : &vonk_type_void;
  }
  if (nested_spec(spec, "array<", parts)) {
    if (from && from->id != VONK_TYPE_ARRAY && from->id != VONK_TYPE_VOID) return NULL;
    bool array = from && from->id == VONK_TYPE_ARRAY;
    const struct vonk_type *element = target(m, parts[0], array ? from->element : from, false);
    if (array && element && vonk_type_equal(element, from->element)) return from;
    return element ? vonk_type_array(m->arena, element, !array || from->contains_null) : NULL;
  }
  if (nested_spec(spec, "map<", parts)) {
    if (from && from->id != VONK_TYPE_MAP && from->id != VONK_TYPE_VOID) return NULL;
    bool map = from && from->id == VONK_TYPE_MAP;
    const struct vonk_type *key = target(m, parts[0], map ? from->key : from, false);
    const struct vonk_type *value = target(m, parts[1], map ? from->element : from, false);
    if (map && key && value && vonk_type_equal(key, from->key) && vonk_type_equal(value, from->element)) return from;
    return key && value ? vonk_type_map(m->arena, key, value, !map || from->contains_null) : NULL;
  }
  if (from && vonk_str_ends_with(spec, STR("!"))) {
    spec.size--;
    const struct vonk_type *type = named_type(m->arena, spec);
    return vonk_type_same(from, type) || (vonk_type_is_string(from) && vonk_type_is_string(type)) ? from : from->id == VONK_TYPE_VOID ? type : NULL;
  }
  if (from) {
    int member = in_class(spec, from);
    if (member == 1) return from;
    const struct vonk_type *type = member == 0 ? class_default(m, spec, from, literal) : named_type(m->arena, spec);
    return type && (member == 0 || vonk_coercion_implicit(from, type, literal, m->ansi)) ? type : NULL;
  }
  return named_type(m->arena, spec);
}

/* The parameter that argument I of COUNT belongs to: a repeated one takes what the others leave. */
static const struct parameter *parameter_at(const struct overload *o, uint32_t i, uint32_t count) {
  for (uint32_t k = 0; k < o->count; k++) {
    const struct parameter *p = &o->parameters[k];
    if (!p->one_or_more && !p->none_or_more) continue;
    uint32_t after = o->count - k - 1;
    if (i < k) break;
    return i < count - after ? p : &o->parameters[o->count - (count - i)];
  }
  return &o->parameters[i];
}

static void count_bounds(const struct overload *o, uint32_t *low, uint32_t *high) {
  *low = *high = 0;
  for (uint32_t k = 0; k < o->count; k++) {
    const struct parameter *p = &o->parameters[k];
    if (!p->optional && !p->none_or_more) ++*low;
    *high = p->one_or_more || p->none_or_more || *high == UINT32_MAX ? UINT32_MAX : *high + 1;
  }
}

/* The number that SPEC names; NULL when it names something else. */
static const struct vonk_type *named_number(struct matcher *m, struct vonk_str spec) {
  struct vonk_str parts[2];
  if (is_variable(spec) || nested_spec(spec, "array<", parts) || nested_spec(spec, "map<", parts)) return NULL;
  if (vonk_str_ends_with(spec, STR("!")) || in_class(spec, &vonk_type_void) >= 0) return NULL;
  const struct vonk_type *type = named_type(m->arena, spec);
  return vonk_type_is_numeric(type) ? type : NULL;
}

/* A number may become a smaller one, which its cast checks, where all overloads ask for the same: of several none is meant. */
static const struct vonk_type *narrowed(struct matcher *m, const char *signature, struct vonk_str spec, uint32_t index, const struct vonk_type *from) {
  const struct vonk_type *type = vonk_type_is_numeric(from) ? named_number(m, spec) : NULL;
  struct overload other;
  for (const char *at = signature; type && next_overload(&at, &other);) {
    uint32_t low, high, given = m->arguments->count;
    count_bounds(&other, &low, &high);
    const struct vonk_type *its = given >= low && given <= high ? named_number(m, parameter_at(&other, index, given)->spec) : NULL;
    if (its && !vonk_type_same(its, type)) return NULL;
  }
  return type;
}

/* Casts needed, or -1; a mismatch leaves its place in OUT. */
static int match_overload(struct matcher *m, const char *signature, const struct overload *o, struct vonk_signature_match *out) {
  int casts = 0;
  memset(m->variables, 0, sizeof m->variables);
  for (int walk = 0; walk < 2; walk++) {
    for (uint32_t i = 0; i < m->arguments->count; i++) {
      const struct vonk_expr *argument = m->arguments->items[i];
      const struct parameter *p = parameter_at(o, i, m->arguments->count);
      out->types[i] = NULL;
      if (vonk_str_starts_with(p->spec, STR("lambda"))) {
        if (EXPR_IS(argument, lambda)) continue;
      } else if (!EXPR_IS(argument, lambda)) {
        if (walk == 0 && learn(m, p->spec, argument->type)) continue;
        if (walk == 1) out->types[i] = target(m, p->spec, argument->type, EXPR_IS(argument, literal));
        if (walk == 1 && !out->types[i] && m->narrows) out->types[i] = narrowed(m, signature, p->spec, i, argument->type);
        if (out->types[i]) {
          casts += !vonk_type_same(out->types[i], argument->type);
          continue;
        }
      }
      out->mismatch = i;
      out->parameter = p->spec.data;
      out->parameter_size = (uint32_t)p->spec.size;
      return -1;
    }
  }
  if (vonk_str_equal(o->result, STR("bind"))) out->result = NULL;
  else if (o->result.data[0] == '#') out->result = out->types[o->result.data[1] - '1'];
  else out->result = target(m, o->result, NULL, false);
  return casts;
}

/* What stands behind the COUNT arguments of a call. */
static void collect_defaults(struct matcher *m, const struct overload *o, struct vonk_signature_match *out) {
  out->defaults = ARENA_ARRAY(m->arena, struct vonk_str, o->count);
  out->default_types = ARENA_ARRAY(m->arena, const struct vonk_type *, o->count);
  out->default_count = 0;
  for (uint32_t i = m->arguments->count; i < o->count && o->parameters[i].standard.size; i++) {
    struct vonk_str spec = o->parameters[i].spec;
    if (vonk_str_ends_with(spec, STR("!"))) spec.size--;
    out->default_types[out->default_count] = target(m, spec, NULL, false);
    out->defaults[out->default_count++] = o->parameters[i].standard;
  }
}

/* The overload that needs the fewest casts into OUT: how many, or -1. *FITTING: how many take so many arguments. */
static int best_overload(struct matcher *m, const char *signature, uint32_t *fitting, struct vonk_signature_match *out) {
  struct overload overload;
  struct vonk_signature_match trial = {.types = ARENA_ARRAY(m->arena, const struct vonk_type *, m->arguments->count)};
  uint32_t given = m->arguments->count;
  int best = -1;
  *fitting = 0;
  for (const char *at = signature; next_overload(&at, &overload);) {
    uint32_t low, high;
    count_bounds(&overload, &low, &high);
    if (given < low || given > high) continue;
    int casts = match_overload(m, signature, &overload, &trial);
    if (++*fitting == 1 && casts < 0) out->parameter = trial.parameter, out->parameter_size = trial.parameter_size, out->mismatch = trial.mismatch;
    if (casts < 0 || (best >= 0 && casts >= best)) continue;
    best = casts;
    if (given) memcpy(out->types, trial.types, sizeof *out->types * given);
    out->result = trial.result;
    collect_defaults(m, &overload, out);
  }
  return best;
}

enum vonk_signature_outcome vonk_signature_match(struct vonk_arena *arena, const char *signature, const struct vonk_exprs *arguments,
                                                 bool ansi, struct vonk_signature_match *out) {
  struct matcher m = {.arena = arena, .arguments = arguments, .ansi = ansi};
  uint32_t fitting;
  *out = (struct vonk_signature_match){.types = ARENA_ARRAY(arena, const struct vonk_type *, arguments->count)};
  int best = best_overload(&m, signature, &fitting, out);
  m.narrows = true;
  if (best < 0 && fitting) best = best_overload(&m, signature, &fitting, out);
  return best >= 0 ? VONK_SIGNATURE_OK : fitting ? VONK_SIGNATURE_WRONG_TYPE : VONK_SIGNATURE_WRONG_COUNT;
}

struct vonk_str vonk_signature_counts(struct vonk_arena *arena, const char *signature) {
  struct overload overload;
  uint32_t least = UINT32_MAX, most = 0;
  for (const char *at = signature; next_overload(&at, &overload);) {
    uint32_t low, high;
    count_bounds(&overload, &low, &high);
    if (low < least) least = low;
    if (high > most) most = high;
  }
  if (most == UINT32_MAX) return vonk_str_format(arena, "> %u", least ? least - 1 : 0);
  if (least == most) return vonk_str_format(arena, "%u", least);
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (uint32_t n = least; n <= most; n++) vonk_text_addf(&text, "%s%u", n == least ? "[" : ", ", n);
  vonk_text_add_char(&text, ']');
  return vonk_text_str(&text);
}
