/* data_type.c: types as DDL and CAST write them. Names of types are words like any other, so they are compared by text. */
#include "sql/parser_internal.h"

static const struct {
  const char *name;
  const struct vonk_type *type;
} plain_types[] = {
    {"boolean", &vonk_type_boolean}, {"tinyint", &vonk_type_byte}, {"byte", &vonk_type_byte}, {"smallint", &vonk_type_short},
    {"short", &vonk_type_short}, {"int", &vonk_type_int}, {"integer", &vonk_type_int}, {"bigint", &vonk_type_long}, {"long", &vonk_type_long},
    {"float", &vonk_type_float}, {"real", &vonk_type_float}, {"double", &vonk_type_double}, {"date", &vonk_type_date},
    {"timestamp_ntz", &vonk_type_timestamp_ntz}, {"timestamp_ltz", &vonk_type_timestamp}, {"binary", &vonk_type_binary},
    {"void", &vonk_type_void}, {"variant", &vonk_type_variant},
};

static STATUS fail_type(struct parser *p, uint32_t first, struct vonk_str name) {
  struct vonk_str shown = vonk_str_format(p->arena, "\"" STR_FMT "\"", STR_ARG(vonk_str_upper(p->arena, name)));
  return fail(p, first, VONK_UNSUPPORTED_DATATYPE, "typeName", shown);
}

/* '>', also as the first half of '>>' and the like. */
static STATUS expect_greater(struct parser *p) {
  struct token *token = &p->tokens[p->position];
  if (accept_symbol(p, SYMBOL_GREATER)) return VONK_OK;
  uint16_t rest = is_symbol(token, SYMBOL_SHIFT_RIGHT)            ? SYMBOL_GREATER
                  : is_symbol(token, SYMBOL_SHIFT_RIGHT_UNSIGNED) ? SYMBOL_SHIFT_RIGHT
                  : is_symbol(token, SYMBOL_GREATER_EQUAL)        ? SYMBOL_EQUAL
                                                                  : SYMBOL_NONE;
  if (rest == SYMBOL_NONE) return fail_syntax(p);
  token->word = rest;
  token->start++;
  token->column++;
  return VONK_OK;
}

/* (1), (1, 2): how many there were is in COUNT. */
static STATUS parse_sizes(struct parser *p, int64_t *sizes, uint32_t max, uint32_t *count) {
  *count = 0;
  if (!accept_symbol(p, SYMBOL_OPEN)) return VONK_OK;
  do {
    if (*count == max) return fail_syntax(p);
    bool negative = accept_symbol(p, SYMBOL_MINUS);
    TRY(parse_integer(p, &sizes[*count]));
    if (negative) sizes[*count] = -sizes[*count];
    ++*count;
  } while (accept_symbol(p, SYMBOL_COMMA));
  return expect_symbol(p, SYMBOL_CLOSE);
}

static STATUS parse_decimal(struct parser *p, uint32_t first, const struct vonk_type **out) {
  int64_t sizes[2] = {10, 0};
  uint32_t count;
  TRY(parse_sizes(p, sizes, 2, &count));
  if (sizes[0] > VONK_DECIMAL_PRECISION_MAX) {
    struct vonk_origin origin = *place(p, first);
    return vonk_raise(p->task, VONK_DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION, &origin, "precision",
                      vonk_str_format(p->arena, "%lld", (long long)sizes[0]), "maxPrecision", STR("38"), NULL);
  }
  if (sizes[0] < 1 || sizes[1] < 0 || sizes[1] > sizes[0]) return fail_type(p, first, source_text(p, first));
  *out = vonk_type_decimal(p->arena, (int)sizes[0], (int)sizes[1]);
  return VONK_OK;
}

static STATUS parse_text_type(struct parser *p, uint32_t first, bool variable, const struct vonk_type **out) {
  int64_t length;
  uint32_t count;
  TRY(parse_sizes(p, &length, 1, &count));
  if (count == 0) return fail(p, first, VONK_DATATYPE_MISSING_SIZE, "type", variable ? STR("\"VARCHAR\"") : STR("\"CHARACTER\""));
  if (length < 1 || length > INT32_MAX) return fail_type(p, first, source_text(p, first));
  *out = variable ? vonk_type_varchar(p->arena, (uint32_t)length) : vonk_type_char(p->arena, (uint32_t)length);
  return VONK_OK;
}

static int interval_field(struct parser *p) {
  static const char *const names[] = {"year", "month", "day", "hour", "minute", "second"};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (at_text(p, 0, names[i])) return (int)i;
  }
  return -1;
}

/* INTERVAL [field [TO field]] */
static STATUS parse_interval_type(struct parser *p, uint32_t first, const struct vonk_type **out) {
  int start = interval_field(p);
  *out = &vonk_type_interval;
  if (start < 0) return VONK_OK;
  p->position++;
  int end = start;
  if (accept_word(p, WORD_TO)) {
    end = interval_field(p);
    if (end < 0) return fail_syntax(p);
    p->position++;
    if (end <= start || (start >= VONK_FIELD_DAY) != (end >= VONK_FIELD_DAY)) {
      return fail(p, first, VONK_INVALID_INTERVAL_FORMAT__UNSUPPORTED_FROM_TO_EXPRESSION, "input", source_text(p, first));
    }
  }
  *out = vonk_type_interval_of(p->arena, start, end);
  return VONK_OK;
}

static STATUS parse_struct_type(struct parser *p, const struct vonk_type **out) {
  if (accept_symbol(p, SYMBOL_LESS_GREATER)) {
    *out = vonk_type_struct(p->arena, NULL, 0);
    return VONK_OK;
  }
  TRY(expect_symbol(p, SYMBOL_LESS));
  if (at_symbol(p, SYMBOL_GREATER)) *out = vonk_type_struct(p->arena, NULL, 0);
  else TRY(parse_fields(p, true, out));
  return expect_greater(p);
}

static STATUS parse_nested_type(struct parser *p, const struct vonk_type **out) {
  const struct vonk_type *key, *element;
  bool map = at_text(p, 0, "map");
  if (at_text(p, 0, "struct")) {
    p->position++;
    return parse_struct_type(p, out);
  }
  p->position++;
  TRY(expect_symbol(p, SYMBOL_LESS));
  TRY(parse_type(p, &element));
  if (map) {
    key = element;
    TRY(expect_symbol(p, SYMBOL_COMMA));
    TRY(parse_type(p, &element));
    *out = vonk_type_map(p->arena, key, element, true);
  } else {
    *out = vonk_type_array(p->arena, element, true);
  }
  return expect_greater(p);
}

/* TIMESTAMP [(WITH | WITHOUT) TIME ZONE]; TIME [(p)] [WITHOUT TIME ZONE] */
static STATUS parse_time_type(struct parser *p, uint32_t first, bool timestamp, const struct vonk_type **out) {
  int64_t precision = 6;
  uint32_t count;
  if (!timestamp) TRY(parse_sizes(p, &precision, 1, &count));
  bool without = at_text(p, 0, "without") && at_text(p, 1, "time");
  if (without || (at_text(p, 0, "with") && at_text(p, 1, "local") && at_text(p, 2, "time"))) {
    p->position += without ? 2 : 3;
    if (!at_text(p, 0, "zone")) return fail_syntax(p);
    p->position++;
  }
  if (precision < 0 || precision > 6) return fail_type(p, first, source_text(p, first));
  if (!timestamp) *out = vonk_type_time(p->arena, (int)precision);
  else *out = without || p->options.timestamp_ntz ? &vonk_type_timestamp_ntz : &vonk_type_timestamp;
  return VONK_OK;
}

static STATUS parse_string_type(struct parser *p, const struct vonk_type **out) {
  struct vonk_name collation;
  *out = &vonk_type_string;
  if (!accept_word(p, WORD_COLLATE)) return VONK_OK;
  TRY(parse_name(p, &collation));
  struct vonk_str last = vonk_str_upper(p->arena, collation.parts[collation.count - 1]);
  *out = vonk_str_equal(last, STR("UTF8_BINARY")) ? &vonk_type_string : vonk_type_collated(p->arena, last);
  return VONK_OK;
}

static STATUS parse_type_here(struct parser *p, const struct vonk_type **out) {
  uint32_t first = p->position;
  if (peek(p)->kind != TOKEN_WORD) return fail_syntax(p);
  if (at_text(p, 0, "array") || at_text(p, 0, "map") || at_text(p, 0, "struct")) return parse_nested_type(p, out);
  struct vonk_str name = token_text(p, peek(p));
  bool sized = is_symbol(peek_at(p, 1), SYMBOL_OPEN);
  for (size_t i = 0; i < COUNT_OF(plain_types) && !sized; i++) {
    if (!vonk_str_equal_nocase(name, vonk_str_of(plain_types[i].name))) continue;
    p->position++;
    *out = plain_types[i].type;
    return VONK_OK;
  }
  p->position++;
  if (vonk_str_equal_nocase(name, STR("decimal")) || vonk_str_equal_nocase(name, STR("dec")) || vonk_str_equal_nocase(name, STR("numeric"))) {
    return parse_decimal(p, first, out);
  }
  if (vonk_str_equal_nocase(name, STR("char")) || vonk_str_equal_nocase(name, STR("character"))) return parse_text_type(p, first, false, out);
  if (vonk_str_equal_nocase(name, STR("varchar"))) return parse_text_type(p, first, true, out);
  if (vonk_str_equal_nocase(name, STR("interval"))) return parse_interval_type(p, first, out);
  if (vonk_str_equal_nocase(name, STR("timestamp"))) return parse_time_type(p, first, true, out);
  if (vonk_str_equal_nocase(name, STR("time"))) return parse_time_type(p, first, false, out);
  if (vonk_str_equal_nocase(name, STR("string"))) return parse_string_type(p, out);
  int64_t sizes[8];
  uint32_t count;
  TRY(parse_sizes(p, sizes, COUNT_OF(sizes), &count));
  return fail_type(p, first, source_text(p, first));
}

STATUS parse_type(struct parser *p, const struct vonk_type **out) {
  struct level level;
  TRY(enter(p, &level));
  if (p->depth > VONK_TYPE_DEPTH_MAX + 200) return fail(p, p->position, VONK_FAILED_TO_PARSE_TOO_COMPLEX, NULL, STR(""));
  TRY(parse_type_here(p, out));
  TRY(grow(p));
  leave(p, &level);
  return VONK_OK;
}

struct vonk_str comment_metadata(struct parser *p, struct vonk_str comment) {
  struct vonk_text out;
  vonk_text_init(&out, p->arena);
  vonk_text_add(&out, STR("{\"comment\":\""));
  for (size_t i = 0; i < comment.size; i++) {
    char c = comment.data[i];
    if (c == '"' || c == '\\') vonk_text_addf(&out, "\\%c", c);
    else if ((unsigned char)c < 0x20) vonk_text_addf(&out, "\\u%04x", (unsigned char)c);
    else vonk_text_add_char(&out, c);
  }
  vonk_text_add(&out, STR("\"}"));
  return vonk_text_str(&out);
}

STATUS parse_fields(struct parser *p, bool colon, const struct vonk_type **out) {
  ARRAY_OF(struct vonk_type_field) fields = {0};
  do {
    struct vonk_type_field *field = ARRAY_PUSH(p->arena, &fields);
    TRY(parse_identifier(p, &field->name));
    if (colon) accept_symbol(p, SYMBOL_COLON);
    TRY(parse_type(p, &field->type));
    field->nullable = !accept_words(p, WORD_NOT, WORD_NULL);
    if (accept_word(p, WORD_COMMENT)) {
      struct vonk_str comment;
      TRY(parse_string(p, &comment));
      field->metadata = comment_metadata(p, comment);
    }
  } while (accept_symbol(p, SYMBOL_COMMA));
  *out = vonk_type_struct(p->arena, fields.items, (uint32_t)fields.count);
  return VONK_OK;
}
