/* partition_type.c: types of partition columns, from the texts in folder names, as Spark's PartitioningUtils finds them:
 * INT, BIGINT, DECIMAL without fraction, DOUBLE, TIMESTAMP, DATE, TIME, else STRING. The numbers are those that Java reads. */
#include "catalog/partition_internal.h"
#include "type/text.h"

#define DEFAULT_PARTITION "__HIVE_DEFAULT_PARTITION__"

enum { INT_DIGITS = 10, LONG_DIGITS = 20, EXPONENT_MAX = 100 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t digits_from(struct vonk_str text, size_t at) {
  size_t end = at;
  while (end < text.size && is_digit(text.data[end])) end++;
  return end - at;
}

/* [sign] digits [. digits] [e [sign] digits], at least one digit before the exponent. */
struct number {
  struct vonk_str whole, fraction;
  int64_t exponent;
};

static bool read_number(struct vonk_str text, struct number *out) {
  size_t at = text.size && (text.data[0] == '-' || text.data[0] == '+'), count;
  *out = (struct number){0};
  count = digits_from(text, at);
  out->whole = vonk_str_slice(text, at, at + count);
  at += count;
  if (at < text.size && text.data[at] == '.') {
    count = digits_from(text, ++at);
    out->fraction = vonk_str_slice(text, at, at + count);
    at += count;
  }
  if (out->whole.size + out->fraction.size == 0) return false;
  if (at < text.size && (text.data[at] | 0x20) == 'e') {
    struct vonk_str exponent = vonk_str_slice(text, at + 1, text.size);
    size_t sign = exponent.size && (exponent.data[0] == '-' || exponent.data[0] == '+');
    if (digits_from(exponent, sign) == 0 || !vonk_str_to_int64(exponent, &out->exponent)) return false;
    at = text.size;
  }
  return at == text.size;
}

/* Digits of a decimal without fraction; 0 for anything else. */
static int decimal_digits(struct vonk_str text) {
  struct number n;
  if (!read_number(text, &n) || n.exponent > EXPONENT_MAX || n.exponent < (int64_t)n.fraction.size) return 0;
  size_t zeros = 0;
  while (zeros < n.whole.size && n.whole.data[zeros] == '0') zeros++;
  size_t digits = n.whole.size - zeros + (size_t)n.exponent;
  if (zeros == n.whole.size && n.fraction.size == 0) return 1;
  return digits <= VONK_DECIMAL_PRECISION_MAX ? (int)(digits ? digits : 1) : 0;
}

/* Double.parseDouble: blanks around it and a letter behind it do no harm. Hexadecimal ones are left out. */
static bool is_real(struct vonk_str text) {
  struct number n;
  text = vonk_str_trim(text);
  size_t sign = text.size && (text.data[0] == '-' || text.data[0] == '+');
  struct vonk_str bare = vonk_str_slice(text, sign, text.size);
  if (vonk_str_equal(bare, STR("NaN")) || vonk_str_equal(bare, STR("Infinity"))) return true;
  if (text.size && strchr("dDfF", text.data[text.size - 1])) text.size--;
  return text.size && read_number(text, &n);
}

/* Where PATTERN has 0 the text has a digit, elsewhere the same character. */
static bool has_shape(struct vonk_str text, const char *pattern) {
  if (text.size != strlen(pattern)) return false;
  for (size_t i = 0; i < text.size; i++) {
    if (pattern[i] == '0' ? !is_digit(text.data[i]) : text.data[i] != pattern[i]) return false;
  }
  return true;
}

/* The same, and perhaps a fraction of a second behind. */
static bool has_time_shape(struct vonk_str text, const char *pattern) {
  size_t size = strlen(pattern);
  if (text.size <= size + 1 || text.data[size] != '.') return has_shape(text, pattern);
  size_t digits = digits_from(text, size + 1);
  return digits <= 6 && size + 1 + digits == text.size && has_shape(vonk_str_slice(text, 0, size), pattern);
}

const struct vonk_type *catalog_partition_type(struct vonk_arena *arena, struct vonk_str text, const struct catalog_partition_request *request) {
  struct vonk_parse_context context = {.zone = request->zone, .arena = arena};
  int64_t integer, micros, nanos;
  int32_t days;
  if (vonk_str_equal(text, STR(DEFAULT_PARTITION))) return &vonk_type_void;
  if (!request->infer_types) return &vonk_type_string;
  if (vonk_str_to_int64(text, &integer)) return integer >= INT32_MIN && integer <= INT32_MAX ? &vonk_type_int : &vonk_type_long;
  int digits = decimal_digits(text);
  if (digits) return vonk_type_decimal(arena, digits, 0);
  if (is_real(text)) return &vonk_type_double;
  if (has_time_shape(text, "0000-00-00 00:00:00") && vonk_parse_timestamp(text, &context, &micros)) return request->timestamp;
  if (has_shape(text, "0000-00-00") && vonk_parse_date(text, &days)) return &vonk_type_date;
  if (has_time_shape(text, "00:00:00") && vonk_parse_time(text, &nanos)) return vonk_type_time(arena, 6);
  return &vonk_type_string;
}

static int digits_of(const struct vonk_type *type) {
  return type->id == VONK_TYPE_DECIMAL ? type->precision : type->id == VONK_TYPE_LONG ? LONG_DIGITS : INT_DIGITS;
}

const struct vonk_type *catalog_merge_partition_types(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b) {
  if (b->id == VONK_TYPE_VOID || vonk_type_equal(a, b)) return a;
  if (a->id == VONK_TYPE_VOID) return b;
  if (vonk_type_is_numeric(a) && vonk_type_is_numeric(b)) {
    const struct vonk_type *low = a->id < b->id ? a : b, *high = a->id < b->id ? b : a;
    if (high->id == VONK_TYPE_LONG) return high;
    /* Neither holds all values of the other. */
    if (low->id == VONK_TYPE_LONG && high->id == VONK_TYPE_DOUBLE) return &vonk_type_string;
    if (low->id == VONK_TYPE_DOUBLE) return &vonk_type_string;
    if (high->id == VONK_TYPE_DOUBLE) return high;
    int digits = digits_of(low) > digits_of(high) ? digits_of(low) : digits_of(high);
    return vonk_type_decimal(arena, digits, 0);
  }
  if (vonk_type_is_datetime(a) && vonk_type_is_datetime(b)) return a->id == VONK_TYPE_DATE ? b : a;
  return &vonk_type_string;
}

STATUS catalog_partition_value(struct vonk_task *task, struct vonk_str text, const struct vonk_type *type, const struct vonk_timezone *zone, struct vonk_value *out) {
  struct vonk_parse_context context = {.zone = zone, .arena = task->arena};
  *out = vonk_value_null(type);
  if (vonk_str_equal(text, STR(DEFAULT_PARTITION)) || type->id == VONK_TYPE_VOID) return VONK_OK;
  const struct vonk_type *target = type->id == VONK_TYPE_CHAR || type->id == VONK_TYPE_VARCHAR ? &vonk_type_string : type;
  if (vonk_parse_value(text, target, &context, false, out)) return VONK_OK;
  return vonk_raise(task, VONK_CAST_INVALID_INPUT, NULL, "expression", vonk_str_format(task->arena, "'" STR_FMT "'", STR_ARG(text)), "sourceType",
                    STR("\"STRING\""), "targetType", vonk_str_format(task->arena, "\"" STR_FMT "\"", STR_ARG(vonk_type_sql(task->arena, type))), "ansiConfig",
                    STR("\"spark.sql.ansi.enabled\""), NULL);
}
