/* interval.c: INTERVAL literals: INTERVAL 1 YEAR 2 MONTHS, INTERVAL '1-2' YEAR TO MONTH, INTERVAL -'3' DAY.
 *
 * The type follows the units that are named, not the value. The text of units is put together and read by type/interval.h.
 */
#include "sql/parser_internal.h"

#include "type/interval.h"

struct unit {
  const char *name;
  int field; /* enum vonk_interval_field, what it counts as */
  bool plain;/* may stand in X TO Y */
};

static const struct unit units[] = {
    {"year", VONK_FIELD_YEAR, true}, {"month", VONK_FIELD_MONTH, true}, {"week", VONK_FIELD_DAY, false}, {"day", VONK_FIELD_DAY, true},
    {"hour", VONK_FIELD_HOUR, true}, {"minute", VONK_FIELD_MINUTE, true}, {"second", VONK_FIELD_SECOND, true},
    {"millisecond", VONK_FIELD_SECOND, false}, {"microsecond", VONK_FIELD_SECOND, false}, {"nanosecond", VONK_FIELD_SECOND, false},
};

/* With or without an s at the end. */
static const struct unit *find_unit(struct vonk_str text) {
  for (size_t i = 0; i < COUNT_OF(units); i++) {
    struct vonk_str name = vonk_str_of(units[i].name);
    if (text.size < name.size || text.size > name.size + 1) continue;
    if (!vonk_str_equal_nocase(vonk_str_slice(text, 0, name.size), name)) continue;
    if (text.size == name.size || (text.data[name.size] | 32) == 's') return &units[i];
  }
  return NULL;
}

static const struct unit *unit_at(const struct parser *p, uint32_t ahead) {
  const struct token *token = peek_at(p, ahead);
  return token->kind == TOKEN_WORD ? find_unit(token_text(p, token)) : NULL;
}

/* The sign, if any, and the value that stand AHEAD; the number of tokens, 0 when it is no value. */
static uint32_t value_tokens(const struct parser *p, uint32_t ahead) {
  const struct token *token = peek_at(p, ahead);
  uint32_t sign = is_symbol(token, SYMBOL_MINUS) || is_symbol(token, SYMBOL_PLUS);
  uint8_t kind = peek_at(p, ahead + sign)->kind;
  return kind == TOKEN_INTEGER || kind == TOKEN_DECIMAL || kind == TOKEN_STRING ? sign + 1 : 0;
}

bool at_interval(const struct parser *p) {
  if (!at_word(p, WORD_INTERVAL)) return false;
  uint32_t value = value_tokens(p, 1);
  return value > 0 && unit_at(p, 1 + value) != NULL;
}

STATUS interval_from_units(struct parser *p, uint32_t first, const struct vonk_interval *interval, const struct vonk_str *names,
                           uint32_t unit_count, struct vonk_value *out) {
  if (p->options.legacy_interval) {
    *out = (struct vonk_value){.type = &vonk_type_interval, .interval = *interval};
    return VONK_OK;
  }
  int low[2] = {99, 99}, high[2] = {-1, -1};
  for (uint32_t i = 0; i < unit_count; i++) {
    const struct unit *unit = find_unit(names[i]);
    if (!unit) continue;
    int family = unit->field >= VONK_FIELD_DAY;
    if (unit->field < low[family]) low[family] = unit->field;
    if (unit->field > high[family]) high[family] = unit->field;
  }
  if (high[0] >= 0 && high[1] >= 0) {
    return fail(p, first, VONK__LEGACY_ERROR_TEMP_0029, "literal", source_text(p, first));
  }
  if (high[0] >= 0) {
    *out = vonk_value_integer(vonk_type_interval_of(p->arena, low[0], high[0]), interval->months);
    return VONK_OK;
  }
  if (high[1] < 0) low[1] = high[1] = VONK_FIELD_SECOND;
  int64_t micros;
  bool overflow = __builtin_mul_overflow((int64_t)interval->days, INT64_C(86400000000), &micros);
  if (overflow || __builtin_add_overflow(micros, interval->micros, &micros)) {
    return fail(p, first, VONK_INVALID_INTERVAL_FORMAT__ARITHMETIC_EXCEPTION, "input", source_text(p, first));
  }
  *out = vonk_value_integer(vonk_type_interval_of(p->arena, low[1], high[1]), micros);
  return VONK_OK;
}

/* The value as text, a minus before it turned into its sign. */
static STATUS parse_value(struct parser *p, struct vonk_str *out) {
  bool negative = at_symbol(p, SYMBOL_MINUS);
  if (negative || at_symbol(p, SYMBOL_PLUS)) p->position++;
  if (peek(p)->kind == TOKEN_STRING) {
    TRY(parse_string(p, out));
    *out = vonk_str_trim(*out);
  } else {
    *out = token_text(p, peek(p));
    p->position++;
  }
  if (!negative) return VONK_OK;
  bool twice = out->size && out->data[0] == '-';
  *out = twice ? vonk_str_slice(*out, 1, out->size) : vonk_str_format(p->arena, "-" STR_FMT, STR_ARG(*out));
  return VONK_OK;
}

static STATUS fail_interval(struct parser *p, uint32_t first, struct vonk_str input) {
  return fail(p, first, VONK_INVALID_INTERVAL_FORMAT__INTERVAL_PARSING, "input", input);
}

/* What Spark says of a text that does not have the fields its type asks for. */
static STATUS fail_fields(struct parser *p, uint32_t first, struct vonk_str text, const struct unit *from, const struct unit *to) {
  static const char *const shapes[] = {"y", "m", "d", "h", "m", "s.n"};
  struct vonk_text shape;
  vonk_text_init(&shape, p->arena);
  for (int field = from->field; field <= to->field; field++) {
    if (field > from->field) vonk_text_add_char(&shape, field == VONK_FIELD_MONTH ? '-' : field == VONK_FIELD_HOUR ? ' ' : ':');
    vonk_text_add(&shape, vonk_str_of(shapes[field]));
  }
  struct vonk_str fields = vonk_str_upper(p->arena, vonk_str_format(p->arena, "%s to %s", from->name, to->name));
  struct vonk_str format = vonk_str_format(p->arena, "`[+|-]" STR_FMT "`, `INTERVAL [+|-]'[+|-]" STR_FMT "' " STR_FMT "`",
                                           STR_ARG(vonk_text_str(&shape)), STR_ARG(vonk_text_str(&shape)), STR_ARG(fields));
  struct vonk_origin origin = *place(p, first);
  return vonk_raise(p->task, VONK_INVALID_INTERVAL_FORMAT__UNMATCHED_FORMAT_STRING_WITH_NOTICE, &origin, "intervalStr",
                    to->field == VONK_FIELD_MONTH ? STR("year-month") : STR("day-time"), "supportedFormat", format, "typeName",
                    vonk_str_format(p->arena, "interval %s to %s", from->name, to->name), "input", text, NULL);
}

/* '1-2' YEAR TO MONTH */
static STATUS parse_unit_to_unit(struct parser *p, uint32_t first, struct vonk_str text, struct vonk_value *value) {
  const struct unit *from = unit_at(p, 0), *to = unit_at(p, 2);
  p->position += 3;
  bool good_units = from->plain && to->plain && from->field < to->field && (from->field >= VONK_FIELD_DAY) == (to->field >= VONK_FIELD_DAY);
  if (!good_units) {
    return fail(p, first, VONK_INVALID_INTERVAL_FORMAT__UNSUPPORTED_FROM_TO_EXPRESSION, "input", text);
  }
  int32_t months;
  int64_t micros;
  const struct vonk_type *type = vonk_type_interval_of(p->arena, from->field, to->field);
  if (to->field == VONK_FIELD_MONTH) {
    if (!vonk_interval_parse_ym(text, from->field, to->field, &months)) return fail_fields(p, first, text, from, to);
    *value = vonk_value_integer(type, months);
  } else {
    if (!vonk_interval_parse_dt(text, from->field, to->field, &micros)) return fail_fields(p, first, text, from, to);
    *value = vonk_value_integer(type, micros);
  }
  return VONK_OK;
}

STATUS parse_interval(struct parser *p, struct vonk_expr **out) {
  enum { UNITS_MAX = 64 };
  uint32_t first = p->position++, count = 0;
  struct vonk_str names[UNITS_MAX], text;
  struct vonk_text all;
  struct vonk_value value;
  TRY(parse_value(p, &text));
  if (is_word(peek_at(p, 1), WORD_TO) && unit_at(p, 2)) {
    TRY(parse_unit_to_unit(p, first, text, &value));
    *out = literal_expr(p, value, first);
    return VONK_OK;
  }
  vonk_text_init(&all, p->arena);
  for (;;) {
    const struct unit *unit = unit_at(p, 0);
    ASSERT(unit);
    if (count == UNITS_MAX) return fail_interval(p, first, source_text(p, first));
    names[count++] = vonk_str_of(unit->name);
    vonk_text_addf(&all, "%s" STR_FMT " %s", count > 1 ? " " : "", STR_ARG(text), unit->name);
    p->position++;
    uint32_t tokens = value_tokens(p, 0);
    if (tokens == 0 || !unit_at(p, tokens)) break;
    TRY(parse_value(p, &text));
  }
  struct vonk_interval interval;
  if (vonk_interval_parse(vonk_text_str(&all), &interval, NULL) != VONK_INTERVAL_GOOD) return fail_interval(p, first, vonk_text_str(&all));
  TRY(interval_from_units(p, first, &interval, names, count, &value));
  *out = literal_expr(p, value, first);
  return VONK_OK;
}
