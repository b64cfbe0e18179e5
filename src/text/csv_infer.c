/* csv_infer.c: a type for each column, widened value by value: integers, decimals without a fraction, doubles, dates, times, booleans, strings. */
#include "text/csv_infer.h"

#include <string.h>

#include "base/array.h"
#include "text/csv_tokens.h"
#include "text/times.h"
#include "type/decimal.h"
#include "type/real_text.h"
#include "type/value.h"

/* In the order of trying; DECIMAL has its shape beside it. */
enum kind { NONE, INTEGER, LONG, DECIMAL, DOUBLE, DATE, NTZ, TIMESTAMP, BOOLEAN, STRING };

struct column {
  enum kind kind;
  int precision, scale;
};

struct vonk_csv_inference {
  struct vonk_arena *arena, *texts;
  const struct vonk_csv_options *options;
  struct vonk_text_times times;
  bool dates_are_times;
  struct vonk_csv_tokens tokens;
  struct column *columns;
  uint32_t column_count;
};

/* --- names --- */

static bool same_name(struct vonk_str a, struct vonk_str b, bool case_sensitive) {
  return case_sensitive ? vonk_str_equal(a, b) : vonk_str_equal_nocase(a, b);
}

STATUS vonk_csv_column_names(struct vonk_task *task, const struct vonk_csv_options *options, struct vonk_str first, bool case_sensitive,
                           struct vonk_str **out, uint32_t *count) {
  struct vonk_csv_tokens tokens = {.arena = task->arena};
  size_t used;
  if (vonk_csv_tokenize(options, first, &tokens, &used) > VONK_CSV_NONE) return vonk_raise(task, VONK_MALFORMED_CSV_RECORD, NULL, "badRecord", first, NULL);
  struct vonk_str *names = ARENA_ARRAY(task->arena, struct vonk_str, tokens.count);
  for (size_t i = 0; i < tokens.count; i++) {
    struct vonk_str value = {tokens.items[i].data, tokens.items[i].size};
    if (!options->header || !value.size || vonk_str_equal(value, options->null_value)) {
      names[i] = vonk_str_format(task->arena, "_c%zu", i);
      continue;
    }
    bool twice = false;
    for (size_t k = 0; k < tokens.count && !twice; k++)
      twice = k != i && same_name(value, vonk_str_make(tokens.items[k].data, tokens.items[k].size), case_sensitive);
    names[i] = twice ? vonk_str_format(task->arena, STR_FMT "%zu", STR_ARG(value), i) : vonk_str_copy(task->arena, value);
  }
  *out = names;
  *count = (uint32_t)tokens.count;
  return VONK_OK;
}

/* --- types --- */

STATUS vonk_csv_inference_create(struct vonk_task *task, const struct vonk_csv_options *options, uint32_t column_count, struct vonk_csv_inference **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_csv_inference *in = ARENA_NEW(arena, struct vonk_csv_inference);
  in->arena = arena;
  in->texts = vonk_arena_create(task->budget);
  in->options = options;
  in->columns = ARENA_ARRAY(arena, struct column, column_count);
  in->column_count = column_count;
  in->dates_are_times = !vonk_text_option(options->given, "dateFormat").data && !vonk_text_option(options->given, options->prefer_ntz ? "timestampNTZFormat" : "timestampFormat").data;
  enum vonk_status status = vonk_text_times_open(task, arena, options->given, options->zone, true, &in->times);
  if (status != VONK_OK) {
    vonk_csv_inference_destroy(in);
    return status;
  }
  *out = in;
  return VONK_OK;
}

void vonk_csv_inference_destroy(struct vonk_csv_inference *in) {
  if (!in) return;
  vonk_arena_destroy(in->texts);
  vonk_arena_destroy(in->arena);
}

static bool has_blank_ends(struct vonk_str text) { return (unsigned char)text.data[0] <= ' ' || (unsigned char)text.data[text.size - 1] <= ' '; }

static bool is_double(const struct vonk_csv_options *o, struct vonk_str text) {
  double value;
  if (vonk_str_equal(text, o->nan) || vonk_str_equal(text, o->positive_inf) || vonk_str_equal(text, o->negative_inf)) return true;
  struct vonk_str bare = vonk_str_trim(text);
  if (bare.size && (bare.data[0] == '-' || bare.data[0] == '+')) bare = vonk_str_slice(bare, 1, bare.size);
  if (!bare.size) return false;
  bool word = bare.data[0] == 'i' || bare.data[0] == 'I' || bare.data[0] == 'n' || bare.data[0] == 'N';
  if (word) return vonk_str_equal(bare, STR("NaN")) || vonk_str_equal(bare, STR("Infinity"));
  return vonk_real_parse_double(text, &value);
}

/* A number without digits behind the point that a decimal holds. */
static bool is_decimal(struct vonk_str text, struct column *out) {
  vonk_int128 value;
  struct vonk_decimal_shape shape;
  if (has_blank_ends(text) || memchr(text.data, '.', text.size) || vonk_decimal_parse_natural(text, &value, &shape) != VONK_DECIMAL_OK) return false;
  if (shape.scale > 0) return false;
  *out = (struct column){DECIMAL, shape.precision, shape.scale};
  return true;
}

static bool is_boolean(struct vonk_str text) { return vonk_str_equal_nocase(text, STR("true")) || vonk_str_equal_nocase(text, STR("false")); }

static bool is_time(struct vonk_csv_inference *in, struct vonk_str text, bool ntz) {
  int64_t micros;
  return ntz ? vonk_text_parse_ntz(&in->times, text, &micros) : vonk_text_parse_timestamp(&in->times, text, &micros);
}

/* What TEXT is when nothing before FROM can be it. */
static struct column kind_of(struct vonk_csv_inference *in, enum kind from, struct vonk_str text) {
  struct column made;
  int64_t value;
  bool integral = from <= LONG && !has_blank_ends(text) && vonk_parse_integer(text, false, &value);
  if (from <= INTEGER && integral && value == (int32_t)value) return (struct column){.kind = INTEGER};
  if (integral) return (struct column){.kind = LONG};
  if (from <= DECIMAL && is_decimal(text, &made)) return made;
  if (from <= DOUBLE && is_double(in->options, text)) return (struct column){.kind = DOUBLE};
  bool date_first = from == DATE || (from < DATE && in->options->prefer_date);
  if (date_first && vonk_text_is_date(&in->times, text)) return (struct column){.kind = DATE};
  if (from <= NTZ && is_time(in, text, true)) return (struct column){.kind = in->options->prefer_ntz ? NTZ : TIMESTAMP};
  if (from <= TIMESTAMP && is_time(in, text, false)) return (struct column){.kind = TIMESTAMP};
  return (struct column){.kind = is_boolean(text) ? BOOLEAN : STRING};
}

static struct column as_decimal(struct column c) {
  if (c.kind == INTEGER) return (struct column){DECIMAL, 10, 0};
  if (c.kind == LONG) return (struct column){DECIMAL, 20, 0};
  return c;
}

/* DATES_ARE_TIMES: what reads times reads dates, too. */
static struct column wider(struct column a, struct column b, bool dates_are_times) {
  if (a.kind == NONE || (a.kind == b.kind && a.kind != DECIMAL)) return b;
  if (a.kind > b.kind) {
    struct column swap = a;
    a = b;
    b = swap;
  }
  if (b.kind == LONG || (b.kind == DOUBLE && a.kind != NONE)) return b;
  if (b.kind == DECIMAL) {
    a = as_decimal(a);
    int scale = a.scale > b.scale ? a.scale : b.scale;
    int range = a.precision - a.scale > b.precision - b.scale ? a.precision - a.scale : b.precision - b.scale;
    return range + scale > VONK_DECIMAL_PRECISION_MAX ? (struct column){.kind = DOUBLE} : (struct column){DECIMAL, range + scale, scale};
  }
  if (a.kind == NTZ && b.kind == TIMESTAMP) return b;
  if (a.kind == DATE && (b.kind == NTZ || b.kind == TIMESTAMP) && dates_are_times) return b;
  return (struct column){.kind = STRING};
}

void vonk_csv_inference_add(struct vonk_csv_inference *in, struct vonk_str text, size_t *used) {
  size_t size;
  vonk_arena_reset(in->texts);
  in->tokens = (struct vonk_csv_tokens){.arena = in->texts};
  if (vonk_csv_tokenize(in->options, text, &in->tokens, &size)) in->tokens.count = 0;
  if (used) *used = size;
  for (uint32_t i = 0; i < in->column_count && i < in->tokens.count; i++) {
    struct column *c = &in->columns[i];
    struct vonk_str value = {in->tokens.items[i].data, in->tokens.items[i].size};
    if (c->kind == STRING || !value.size || vonk_str_equal(value, in->options->null_value)) continue;
    *c = wider(*c, kind_of(in, c->kind, value), in->dates_are_times);
  }
}

const struct vonk_type *vonk_csv_inference_type(const struct vonk_csv_inference *in, struct vonk_arena *arena, uint32_t column) {
  const struct column *c = &in->columns[column];
  switch (c->kind) {
    case INTEGER: return &vonk_type_int;
    case LONG: return &vonk_type_long;
    case DECIMAL: return vonk_type_decimal(arena, c->precision, c->scale);
    case DOUBLE: return &vonk_type_double;
    case DATE: return &vonk_type_date;
    case NTZ: return &vonk_type_timestamp_ntz;
    case TIMESTAMP: return &vonk_type_timestamp;
    case BOOLEAN: return &vonk_type_boolean;
    default: return &vonk_type_string;
  }
}
