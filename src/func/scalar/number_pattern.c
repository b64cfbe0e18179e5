/* number_pattern.c: to_char, to_varchar, to_number and try_to_number: numbers by patterns such as 'S$999,999.99'.
 *
 * A pattern is [MI|S][$] digits [. digits][$][PR|MI|S]: 0 is a digit that must be there, 9 one that may be, commas stand between groups
 * of digits. It is read at binding into its pieces.
 */
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/rows.h"
#include "type/decimal.h"

enum token { SIGN, MINUS, BRACKET, DOLLAR, DIGITS, POINT, STRANGE };
enum { GROUPS_MAX = VONK_DECIMAL_PRECISION_MAX, TOKENS_MAX = 64 };

/* A run of digits between commas; EXACT: it began with 0. */
struct group {
  int digits;
  bool exact;
};

struct pattern {
  struct vonk_str text;
  enum token sign;         /* SIGN, MINUS or BRACKET; STRANGE: none */
  bool sign_first, dollar, point;
  struct group groups[GROUPS_MAX];
  uint32_t group_count;    /* before the point */
  int whole, fraction;     /* digits */
};

/* The pieces as they come, to be checked. */
struct pieces {
  enum token tokens[TOKENS_MAX];
  uint32_t count;
  uint32_t counts[STRANGE + 1], first[STRANGE + 1]; /* UINT32_MAX: none */
  bool commas_touch, commas_behind;
  char strange;
};

/* --- reading patterns --- */

static STATUS bad_pattern(struct vonk_bind_call *call, enum vonk_condition condition, struct vonk_str text, struct vonk_str token) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_str format = vonk_str_format(arena, "'" STR_FMT "'", STR_ARG(text));
  if (token.size) return vonk_raise(call->task, condition, call->expr->node.origin, "format", format, "token", token, NULL);
  return vonk_raise(call->task, condition, call->expr->node.origin, "format", format, NULL);
}

static struct vonk_str token_name(struct vonk_arena *arena, const struct pieces *pieces, enum token token) {
  static const char *const names[] = {"S", "MI", "PR", "$", "digit sequence", ". or D"};
  return token == STRANGE ? vonk_str_format(arena, "character '%c'", pieces->strange) : vonk_str_of(names[token]);
}

/* Digits and commas from *AT on. */
static void read_digits(struct vonk_str text, size_t *at, struct pattern *p, struct pieces *pieces) {
  bool before = !pieces->counts[POINT], comma = false;
  for (; *at < text.size; ++*at) {
    char c = text.data[*at];
    if (c == ',' || c == 'G') {
      pieces->commas_touch |= comma;
      pieces->commas_behind |= !before;
      comma = true;
    } else if (c == '0' || c == '9') {
      bool fresh = comma || *at == 0 || (text.data[*at - 1] != '0' && text.data[*at - 1] != '9');
      if (before && fresh && p->group_count < GROUPS_MAX) p->groups[p->group_count++] = (struct group){.exact = c == '0'};
      if (before) p->groups[p->group_count - 1].digits++, p->whole++;
      else p->fraction++;
      comma = false;
    } else {
      return;
    }
  }
}

static enum token read_token(struct vonk_str text, size_t *at, struct pattern *p, struct pieces *pieces) {
  struct vonk_str rest = vonk_str_slice(text, *at, text.size);
  if (strchr("09,G", *rest.data) && *rest.data) return read_digits(text, at, p, pieces), DIGITS;
  *at += vonk_str_starts_with(rest, STR("MI")) || vonk_str_starts_with(rest, STR("PR")) ? 2 : 1;
  if (vonk_str_starts_with(rest, STR("MI"))) return MINUS;
  if (vonk_str_starts_with(rest, STR("PR"))) return BRACKET;
  if (*rest.data == 'S') return SIGN;
  if (*rest.data == '$') return DOLLAR;
  if (*rest.data == '.' || *rest.data == 'D') return POINT;
  if (!pieces->strange) pieces->strange = *rest.data;
  return STRANGE;
}

static STATUS read_pieces(struct vonk_bind_call *call, struct vonk_str text, struct pattern *p, struct pieces *out) {
  *out = (struct pieces){0};
  memset(out->first, 0xFF, sizeof out->first);
  for (size_t at = 0; at < text.size;) {
    if (out->count == TOKENS_MAX) return bad_pattern(call, VONK_INVALID_FORMAT__UNEXPECTED_TOKEN, text, vonk_str_slice(text, at, at + 1));
    enum token token = read_token(text, &at, p, out);
    if (!out->counts[token]++) out->first[token] = out->count;
    out->tokens[out->count++] = token;
  }
  return VONK_OK;
}

/* Every piece has its place in [MI|S] [$] digits [.] digits [$] [PR|MI|S]. */
static STATUS check_order(struct vonk_bind_call *call, struct vonk_str text, const struct pieces *pieces) {
  static const uint8_t places[] = {1 << SIGN | 1 << MINUS, 1 << DOLLAR, 1 << DIGITS, 1 << POINT, 1 << DIGITS, 1 << DOLLAR, 1 << SIGN | 1 << MINUS | 1 << BRACKET};
  uint32_t place = 0;
  for (uint32_t i = 0; i < pieces->count; i++) {
    while (place < sizeof places && !(places[place] >> pieces->tokens[i] & 1)) place++;
    if (place == sizeof places) {
      return bad_pattern(call, VONK_INVALID_FORMAT__UNEXPECTED_TOKEN, text, token_name(call->task->arena, pieces, pieces->tokens[i]));
    }
    place++;
  }
  return VONK_OK;
}

static STATUS check_pieces(struct vonk_bind_call *call, struct vonk_str text, const struct pattern *p, const struct pieces *pieces) {
  static const enum token single[] = {POINT, SIGN, MINUS, DOLLAR, BRACKET};
  uint32_t dollar = pieces->counts[DOLLAR] ? pieces->first[DOLLAR] : 0;
  if (p->whole + p->fraction == 0) return bad_pattern(call, VONK_INVALID_FORMAT__WRONG_NUM_DIGIT, text, (struct vonk_str){0});
  if (pieces->first[DIGITS] < dollar) return bad_pattern(call, VONK_INVALID_FORMAT__CUR_MUST_BEFORE_DIGIT, text, (struct vonk_str){0});
  if (pieces->first[POINT] < dollar) return bad_pattern(call, VONK_INVALID_FORMAT__CUR_MUST_BEFORE_DEC, text, (struct vonk_str){0});
  if (pieces->commas_touch) return bad_pattern(call, VONK_INVALID_FORMAT__CONT_THOUSANDS_SEPS, text, (struct vonk_str){0});
  if (pieces->commas_behind) return bad_pattern(call, VONK_INVALID_FORMAT__THOUSANDS_SEPS_MUST_BEFORE_DEC, text, (struct vonk_str){0});
  for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
    if (pieces->counts[single[i]] < 2) continue;
    return bad_pattern(call, VONK_INVALID_FORMAT__WRONG_NUM_TOKEN, text, token_name(call->task->arena, pieces, single[i]));
  }
  return check_order(call, text, pieces);
}

static STATUS read_pattern(struct vonk_bind_call *call, struct vonk_str given, struct pattern *p) {
  struct vonk_str text = vonk_str_upper(call->task->arena, given);
  struct pieces pieces;
  *p = (struct pattern){.text = given, .sign = STRANGE};
  if (!text.size) return bad_pattern(call, VONK_INVALID_FORMAT__EMPTY, text, (struct vonk_str){0});
  TRY(read_pieces(call, text, p, &pieces));
  TRY(check_pieces(call, text, p, &pieces));
  for (enum token token = SIGN; token <= BRACKET; token++) {
    if (pieces.counts[token]) p->sign = token;
  }
  p->sign_first = p->sign != STRANGE && p->sign != BRACKET && pieces.first[p->sign] == 0;
  p->dollar = pieces.counts[DOLLAR] > 0;
  p->point = pieces.counts[POINT] > 0;
  return VONK_OK;
}

/* --- text to number --- */

struct input {
  struct vonk_str text;
  size_t at;
};

static bool accept(struct input *in, char c) {
  if (in->at >= in->text.size || in->text.data[in->at] != c) return false;
  in->at++;
  return true;
}

static bool is_digit(const struct input *in) { return in->at < in->text.size && in->text.data[in->at] >= '0' && in->text.data[in->at] <= '9'; }

static void skip_blanks(struct input *in) {
  while (in->at < in->text.size && (in->text.data[in->at] == ' ' || (in->text.data[in->at] >= '\t' && in->text.data[in->at] <= '\r'))) in->at++;
}

/* Groups of the text, blanks around them, against those of the pattern, from the right. */
static bool read_whole(struct input *in, const struct pattern *p, vonk_int128 *value) {
  int sizes[GROUPS_MAX] = {0};
  uint32_t count = 0;
  skip_blanks(in);
  do {
    if (count == GROUPS_MAX) return false;
    for (; is_digit(in); in->at++) {
      if (++sizes[count] > VONK_DECIMAL_PRECISION_MAX) return false;
      *value = *value * 10 + (in->text.data[in->at] - '0');
    }
    count++;
  } while (accept(in, ','));
  skip_blanks(in);
  if (count == 1 && sizes[0] == 0) count = 0;
  if (count > p->group_count) return false;
  for (uint32_t i = 0; i < p->group_count; i++) {
    const struct group *group = &p->groups[p->group_count - 1 - i];
    int size = i < count ? sizes[count - 1 - i] : 0;
    if (size > group->digits || (group->exact && size != group->digits) || (i < count && size == 0)) return false;
  }
  return true;
}

static bool read_sign(struct input *in, const struct pattern *p, bool first, bool *negative) {
  if (p->sign == BRACKET) {
    if (first) return *negative = accept(in, '<'), true;
    return !*negative || accept(in, '>');
  }
  if (p->sign == STRANGE || p->sign_first != first) return true;
  *negative = accept(in, '-');
  if (!*negative && p->sign == SIGN) accept(in, '+');
  return true;
}

static bool read_value(struct vonk_str text, const struct pattern *p, vonk_int128 *out) {
  struct input in = {text, 0};
  vonk_int128 value = 0;
  bool negative = false;
  if (!read_sign(&in, p, true, &negative)) return false;
  if (p->dollar && !accept(&in, '$')) return false;
  if (!read_whole(&in, p, &value)) return false;
  int digits = 0;
  if (p->point && accept(&in, '.')) {
    for (; is_digit(&in) && digits < p->fraction; digits++) value = value * 10 + (in.text.data[in.at++] - '0');
  }
  for (; digits < p->fraction; digits++) value *= 10;
  if (!read_sign(&in, p, false, &negative) || in.at != in.text.size) return false;
  *out = negative ? -value : value;
  return true;
}

static void put_decimal(struct vonk_frame *frame, uint32_t row, vonk_int128 value) {
  switch (frame->expr->physical) {
    case VONK_PHYSICAL_I32: ((int32_t *)frame->data)[row] = (int32_t)value; break;
    case VONK_PHYSICAL_I64: ((int64_t *)frame->data)[row] = (int64_t)value; break;
    default: ((vonk_int128 *)frame->data)[row] = value; break;
  }
}

static STATUS to_number_row(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_expr_call *call = EXPR_AS(frame->expr, call);
  const struct pattern *p = call->data;
  struct vonk_str text = vonk_row_str(frame, 0, row);
  vonk_int128 value;
  if (read_value(text, p, &value)) return put_decimal(frame, row, value), VONK_OK;
  if (call->function->name[0] == 't' && call->function->name[1] == 'r') return vonk_row_put_null(frame, row), VONK_OK;
  return vonk_raise(frame->task, VONK_INVALID_FORMAT__MISMATCH_INPUT, frame->expr->node.origin, "inputType", STR("\"STRING\""), "input", text, "format",
                    p->text, NULL);
}
static STATUS to_number(struct vonk_frame *frame) { return vonk_rows_each(frame, to_number_row); }

/* The pattern of argument 1, once for all rows; *FOUND is false when it is null. */
static STATUS bind_pattern(struct vonk_bind_call *call, struct pattern **out, bool *found) {
  struct vonk_value format;
  *out = ARENA_NEW(call->task->arena, struct pattern);
  TRY(vonk_bind_constant(call, 1, &format));
  *found = !format.is_null;
  EXPR_AS(call->expr, call)->data = *out;
  return *found ? read_pattern(call, format.text, *out) : VONK_OK;
}

static STATUS bind_to_number(struct vonk_bind_call *call) {
  struct pattern *p;
  bool found;
  TRY(bind_pattern(call, &p, &found));
  int precision = p->whole + p->fraction;
  call->expr->type = found ? vonk_type_decimal(call->task->arena, precision > VONK_DECIMAL_PRECISION_MAX ? VONK_DECIMAL_PRECISION_MAX : precision, p->fraction)
                           : &vonk_type_decimal_default;
  return VONK_OK;
}

/* --- number to text --- */

struct output {
  struct vonk_text text;
  struct vonk_str digits;  /* of the number's whole part, without zeros in front */
  int left;                /* places before the point that are still to come */
  bool overflow;
};

static void add_whole(struct output *out, const struct pattern *p) {
  for (uint32_t i = 0; i < p->group_count; i++) {
    if (i) {
      char last = out->text.size ? out->text.data[out->text.size - 1] : ' ';
      vonk_text_add_char(&out->text, last >= '0' && last <= '9' ? ',' : ' ');
    }
    for (int k = 0; k < p->groups[i].digits; k++, out->left--) {
      bool missing = out->left > (int)out->digits.size, last = out->left == 1 && p->point;
      char c = out->overflow ? '#' : !missing ? out->digits.data[out->digits.size - (size_t)out->left] : p->groups[i].exact || last ? '0' : ' ';
      vonk_text_add_char(&out->text, c);
    }
  }
}

/* A sign in front stands right before the first digit. */
static void put_sign_first(struct output *out, char sign) {
  char *text = out->text.data;
  size_t at = 0;
  for (; at + 1 < out->text.size && text[at + 1] == ' '; at++) text[at] = ' ';
  text[at] = sign;
}

static struct vonk_str number_text(struct vonk_arena *arena, const struct pattern *p, vonk_int128 value, int scale) {
  char plain[VONK_DECIMAL_TEXT_MAX];
  bool negative = value < 0;
  struct vonk_str all = vonk_str_make(plain, (size_t)vonk_decimal_format(negative ? -value : value, scale, plain)), fraction = STR("");
  struct output out = {.left = p->whole};
  size_t point = vonk_str_find(all, STR("."), 0), zeros = 0;
  if (point != SIZE_MAX) fraction = vonk_str_slice(all, point + 1, all.size), all.size = point;
  while (fraction.size && fraction.data[fraction.size - 1] == '0') fraction.size--;
  while (zeros < all.size && all.data[zeros] == '0') zeros++;
  out.digits = vonk_str_slice(all, zeros, all.size);
  out.overflow = out.digits.size > (size_t)p->whole || fraction.size > (size_t)p->fraction;
  vonk_text_init(&out.text, arena);
  char sign = p->sign == BRACKET ? (negative ? '<' : 0) : p->sign_first ? (negative ? '-' : p->sign == SIGN ? '+' : ' ') : 0;
  if (sign) vonk_text_add_char(&out.text, sign);
  if (p->dollar) vonk_text_add_char(&out.text, '$');
  add_whole(&out, p);
  if (p->point) vonk_text_add_char(&out.text, '.');
  for (int i = 0; i < p->fraction; i++) vonk_text_add_char(&out.text, out.overflow ? '#' : (size_t)i < fraction.size ? fraction.data[i] : '0');
  if (sign) put_sign_first(&out, sign);
  if (p->sign == BRACKET) vonk_text_add(&out.text, negative ? STR(">") : STR("  "));
  else if (p->sign != STRANGE && !p->sign_first) vonk_text_add_char(&out.text, negative ? '-' : p->sign == SIGN ? '+' : ' ');
  return vonk_text_str(&out.text);
}

static STATUS to_char_row(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_column *column = &frame->arguments[0];
  TRY(vonk_row_add_str(frame, number_text(frame->state, EXPR_AS(frame->expr, call)->data, vonk_read_int128(column, row), column->type->scale)));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS to_char(struct vonk_frame *frame) { return vonk_rows_build(frame, to_char_row); }

/* Dates and bytes have functions of their own, under whose names they show. */
static STATUS bind_other(struct vonk_bind_call *call, const char *name, uint32_t count) {
  struct vonk_bind_options options = vonk_bind_options_of(call);
  struct vonk_expr *other;
  TRY(vonk_bind_named(call->task, &options, &other, name, count, call->arguments.items[0], call->arguments.items[1]));
  call->expr = other;
  return VONK_OK;
}

static STATUS bind_bytes(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_value format;
  TRY(vonk_bind_constant(call, 1, &format));
  struct vonk_str text = format.is_null ? STR("") : format.text;
  if (vonk_str_equal_nocase(text, STR("base64"))) return bind_other(call, "base64", 1);
  if (vonk_str_equal_nocase(text, STR("hex"))) return bind_other(call, "hex", 1);
  if (vonk_str_equal_nocase(text, STR("utf-8"))) return bind_other(call, "decode", 2);
  return vonk_raise(call->task, VONK_INVALID_PARAMETER_VALUE__BINARY_FORMAT, call->expr->node.origin, "functionName",
                    vonk_str_format(arena, "`%s`", EXPR_AS(call->expr, call)->function->name), "parameter", STR("`format`"), "invalidFormat",
                    vonk_str_format(arena, "'" STR_FMT "'", STR_ARG(text)), NULL);
}

static STATUS bind_to_char(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  struct pattern *p;
  bool found;
  if (vonk_type_is_datetime(type)) return bind_other(call, "date_format", 2);
  if (type->id == VONK_TYPE_BINARY) return bind_bytes(call);
  bool number = vonk_type_is_numeric(type) || vonk_type_is_string(type) || type->id == VONK_TYPE_VOID;
  if (!number) return vonk_bind_unexpected(call, 0, "\"NUMERIC\"");
  struct vonk_decimal_shape shape = vonk_type_is_numeric(type) ? vonk_decimal_shape_of(type) : (struct vonk_decimal_shape){VONK_DECIMAL_PRECISION_MAX, 18};
  TRY(vonk_bind_coerce(call, 0, vonk_type_decimal(call->task->arena, shape.precision, shape.scale)));
  TRY(bind_pattern(call, &p, &found));
  call->expr->nullable = true;
  return VONK_OK;
}

#define TO_NUMBER(row_name, ...)                                                                                                         \
  {.name = row_name, .signature = "(string, string) -> bind", .nulls = VONK_NULLS_STRICT, .eval = to_number, .bind = bind_to_number,     \
   .group = "string_funcs", __VA_ARGS__}
#define TO_CHAR(row_name, ...)                                                                                                           \
  {.name = row_name, .signature = "(any, string) -> string", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .eval = to_char,     \
   .bind = bind_to_char, .open = vonk_rows_open_arena, .close = vonk_rows_close_arena, .group = "string_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_number_pattern[] = {
    TO_CHAR("to_char", .doc = "A number, a date or bytes as text by a pattern.", .example = "SELECT to_char(-12454.8, '99G999D9S')"),
    TO_CHAR("to_varchar", .shown = "to_char", .doc = "The same as to_char.", .example = "SELECT to_varchar(78.12, '$99.99')"),
    TO_NUMBER("to_number", .flags = VONK_FN_MAY_NULL, .doc = "The number that a text is by a pattern.", .example = "SELECT to_number('$1,454.5-', '$9,999.9S')"),
    TO_NUMBER("try_to_number", .flags = VONK_FN_MAY_NULL, .doc = "The number that a text is by a pattern, or null.", .example = "SELECT try_to_number('454', '9.9'), try_to_number('4', '9.9')"),
    {0},
};
