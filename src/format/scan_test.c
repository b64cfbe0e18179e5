/* scan_test.c: comparisons of flat columns with constants, a byte a row, then packed; dictionaries through a table of answers. */
#include "format/scan_test.h"

#include <math.h>
#include <string.h>

#include "base/bits.h"
#include "kernel/unpack.h"

static bool holds(enum vonk_scan_filter_kind kind, int order) {
  switch (kind) {
    case VONK_SCAN_FILTER_EQ:
    case VONK_SCAN_FILTER_IN: return order == 0;
    case VONK_SCAN_FILTER_LT: return order < 0;
    case VONK_SCAN_FILTER_LE: return order <= 0;
    case VONK_SCAN_FILTER_GT: return order > 0;
    case VONK_SCAN_FILTER_GE: return order >= 0;
    default: return true;
  }
}

bool vonk_scan_test_may_pass(const struct vonk_scan_filter *filter, const struct vonk_scan_statistics *s, uint64_t row_count) {
  bool all_null = s->has_null_count && s->null_count >= row_count;
  if (filter->kind == VONK_SCAN_FILTER_KEEP) return true;
  if (filter->kind == VONK_SCAN_FILTER_IS_NULL) return !s->has_null_count || s->null_count > 0;
  if (all_null) return false;
  if (filter->kind == VONK_SCAN_FILTER_IS_NOT_NULL) return true;
  for (uint32_t i = 0; i < filter->value_count; i++) {
    const struct vonk_value *value = &filter->values[i];
    int to_min = s->has_min ? vonk_value_compare(value, &s->min) : 1, to_max = s->has_max ? vonk_value_compare(value, &s->max) : -1;
    bool may = true;
    if (filter->kind == VONK_SCAN_FILTER_EQ || filter->kind == VONK_SCAN_FILTER_IN) may = to_min >= 0 && to_max <= 0;
    if (filter->kind == VONK_SCAN_FILTER_LT) may = to_min > 0;
    if (filter->kind == VONK_SCAN_FILTER_LE) may = to_min >= 0;
    if (filter->kind == VONK_SCAN_FILTER_GT) may = to_max < 0;
    if (filter->kind == VONK_SCAN_FILTER_GE) may = to_max <= 0;
    if (may) return true;
  }
  return false;
}

/* passes[i] |= column[i] OP constant, for integers of TYPE. */
#define COMPARE_LOOP(type, constant)                                                                                \
  do {                                                                                                              \
    const type *v = column->data;                                                                                   \
    switch (kind) {                                                                                                 \
      case VONK_SCAN_FILTER_LT: for (uint32_t i = 0; i < count; i++) passes[i] |= v[i] < (constant); break;         \
      case VONK_SCAN_FILTER_LE: for (uint32_t i = 0; i < count; i++) passes[i] |= v[i] <= (constant); break;        \
      case VONK_SCAN_FILTER_GT: for (uint32_t i = 0; i < count; i++) passes[i] |= v[i] > (constant); break;         \
      case VONK_SCAN_FILTER_GE: for (uint32_t i = 0; i < count; i++) passes[i] |= v[i] >= (constant); break;        \
      default: for (uint32_t i = 0; i < count; i++) passes[i] |= v[i] == (constant); break;                         \
    }                                                                                                               \
  } while (0)

static int order_reals(double a, double b) {
  if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
  return (a > b) - (a < b);
}

static void compare(const struct vonk_column *column, uint32_t count, enum vonk_scan_filter_kind kind, const struct vonk_value *value, uint8_t *passes) {
  vonk_int128 constant = value->type->id == VONK_TYPE_DECIMAL ? value->decimal : value->integer;
  switch (column->physical) {
    case VONK_PHYSICAL_BOOL:
      for (uint32_t i = 0; i < count; i++) passes[i] |= holds(kind, (int)vonk_bits_get(column->data, i) - (int)value->integer);
      break;
    case VONK_PHYSICAL_I8: COMPARE_LOOP(int8_t, (int64_t)constant); break;
    case VONK_PHYSICAL_I16: COMPARE_LOOP(int16_t, (int64_t)constant); break;
    case VONK_PHYSICAL_I32:
      if (constant != (int64_t)constant) COMPARE_LOOP(int32_t, constant);
      else COMPARE_LOOP(int32_t, (int64_t)constant);
      break;
    case VONK_PHYSICAL_I64:
      if (constant != (int64_t)constant) COMPARE_LOOP(int64_t, constant);
      else COMPARE_LOOP(int64_t, (int64_t)constant);
      break;
    case VONK_PHYSICAL_I128: COMPARE_LOOP(vonk_int128, constant); break;
    case VONK_PHYSICAL_F32:
      for (uint32_t i = 0; i < count; i++) passes[i] |= holds(kind, order_reals((double)((const float *)column->data)[i], value->real));
      break;
    case VONK_PHYSICAL_F64:
      for (uint32_t i = 0; i < count; i++) passes[i] |= holds(kind, order_reals(((const double *)column->data)[i], value->real));
      break;
    case VONK_PHYSICAL_VIEW:
      for (uint32_t i = 0; i < count; i++) {
        const struct vonk_view *view = &((const struct vonk_view *)column->data)[i];
        if (vonk_bits_get(column->valid, i)) passes[i] |= holds(kind, vonk_str_compare(vonk_view_str(view), value->text));
      }
      break;
    default: memset(passes, 1, count);
  }
}

/* passes[i] = key is from min to max and has its bit; ranges are within the column's type. */
#define RANGE_LOOP(type)                                                                                               \
  do {                                                                                                                 \
    const type *v = column->data;                                                                                      \
    for (uint32_t i = 0; i < count; i++) passes[i] = (uint64_t)v[i] - min <= span;                                     \
    if (!r->bitmap) break;                                                                                             \
    for (uint32_t i = 0; i < count; i++) {                                                                             \
      uint64_t bit = passes[i] ? (uint64_t)v[i] - min : 0;                                                             \
      passes[i] &= (uint8_t)(r->bitmap[bit >> 6] >> (bit & 63) & 1);                                                   \
    }                                                                                                                  \
  } while (0)

/* No I128 key needs a filter by range: joins give ranges of keys up to 64 bits. */
static void range(const struct vonk_column *column, uint32_t count, const struct vonk_runtime_filter *r, uint8_t *passes) {
  bool narrow = r->min >= INT64_MIN && r->max <= INT64_MAX && r->min <= r->max;
  uint64_t min = (uint64_t)r->min, span = (uint64_t)r->max - min;
  if (r->min > r->max) memset(passes, 0, count);
  else if (narrow && column->physical == VONK_PHYSICAL_I32) RANGE_LOOP(int32_t);
  else if (narrow && column->physical == VONK_PHYSICAL_I64) RANGE_LOOP(int64_t);
  else memset(passes, 1, count);
}

/* MASK of a FLAT or CONST column's rows; nulls are not looked at. COUNT <= VONK_BATCH_ROWS. */
static STATUS flat_mask(struct vonk_task *task, const struct vonk_scan_test *test, const struct vonk_column *column, uint32_t count, const uint64_t *live,
                        uint64_t *mask) {
  vonk_scan_keep *keep = test->runtime ? test->runtime->keep : test->filter->keep;
  void *object = test->runtime ? test->runtime->object : test->filter->object;
  uint8_t passes[VONK_BATCH_ROWS];
  if (!test->runtime && test->filter->kind == VONK_SCAN_FILTER_KEEP) return keep(task, object, column, count, live, mask);
  memset(passes, 0, count);
  if (!test->runtime) {
    for (uint32_t i = 0; i < test->filter->value_count; i++) compare(column, count, test->filter->kind, &test->filter->values[i], passes);
  } else if (test->runtime->has_range) {
    range(column, count, test->runtime, passes);
  } else {
    memset(passes, 1, count);
  }
  vonk_bits_pack_bytes(passes, count, mask);
  if (test->runtime && keep) {
    uint64_t more[VONK_BATCH_WORDS];
    vonk_bits_and(mask, live, count, mask);
    TRY(keep(task, object, column, count, mask, more));
    vonk_bits_and(mask, more, count, mask);
  }
  return VONK_OK;
}

static STATUS answer_dictionary(struct vonk_task *task, struct vonk_scan_test *test, const struct vonk_dictionary *dictionary) {
  if (test->answers && test->dictionary_id == dictionary->id) return VONK_OK;
  vonk_buffer_release(test->answers);
  test->answers = NULL;
  TRY(vonk_buffer_create(task->budget, dictionary->entry_count + 1, &test->answers));
  size_t passing = 0;
  uint32_t width = vonk_physical_size[dictionary->entries.physical];
  for (uint32_t at = 0; at < dictionary->entry_count; at += VONK_BATCH_ROWS) {
    uint32_t count = dictionary->entry_count - at < VONK_BATCH_ROWS ? dictionary->entry_count - at : VONK_BATCH_ROWS;
    struct vonk_column piece = dictionary->entries;
    piece.data = (const uint8_t *)piece.data + (size_t)at * width;
    uint64_t mask[VONK_BATCH_WORDS];
    TRY(flat_mask(task, test, &piece, count, NULL, mask));
    vonk_bits_unpack_bytes(mask, count, test->answers->data + at);
    passing += vonk_bits_count(mask, count);
  }
  test->none_pass = passing == 0;
  test->all_pass = passing == dictionary->entry_count;
  test->dictionary_id = dictionary->id;
  return VONK_OK;
}

STATUS vonk_scan_test_rows(struct vonk_task *task, struct vonk_scan_test *test, const struct vonk_column *column, uint32_t count, uint64_t *live) {
  uint64_t mask[VONK_BATCH_WORDS], valid_word;
  const uint64_t *valid = column->valid;
  enum vonk_scan_filter_kind kind = test->runtime ? VONK_SCAN_FILTER_KEEP : test->filter->kind;
  bool keeps_null = !test->runtime && kind == VONK_SCAN_FILTER_KEEP && test->filter->keeps_null;
  if (column->encoding == VONK_CONST) {
    valid_word = !valid || (valid[0] & 1) ? ~(uint64_t)0 : 0;
    vonk_bits_fill(mask, count, valid_word != 0);
    if (kind == VONK_SCAN_FILTER_IS_NULL) vonk_bits_not(mask, count, mask);
    if (valid_word && kind != VONK_SCAN_FILTER_IS_NULL && kind != VONK_SCAN_FILTER_IS_NOT_NULL) {
      uint64_t one[VONK_BATCH_WORDS];
      TRY(flat_mask(task, test, column, 1, NULL, one));
      vonk_bits_fill(mask, count, one[0] & 1);
    } else if (!valid_word && kind == VONK_SCAN_FILTER_KEEP) {
      vonk_bits_fill(mask, count, keeps_null);
    }
    vonk_bits_and(live, mask, count, live);
    return VONK_OK;
  }
  if (kind == VONK_SCAN_FILTER_IS_NULL || kind == VONK_SCAN_FILTER_IS_NOT_NULL) {
    vonk_bits_copy(valid, count, mask);
    if (kind == VONK_SCAN_FILTER_IS_NULL) vonk_bits_not(mask, count, mask);
    vonk_bits_and(live, mask, count, live);
    return VONK_OK;
  }
  if (column->encoding == VONK_DICT) {
    TRY(answer_dictionary(task, test, column->dictionary));
    if (test->none_pass || test->all_pass) vonk_bits_fill(mask, count, test->all_pass);
    else vonk_unpack_mask(test->answers->data, column->codes, count, mask);
  } else {
    TRY(flat_mask(task, test, column, count, live, mask));
  }
  for (size_t i = 0; valid && i < vonk_bits_words(count); i++) mask[i] = keeps_null ? mask[i] | ~valid[i] : mask[i] & valid[i];
  vonk_bits_and(live, mask, count, live);
  return VONK_OK;
}

void vonk_scan_test_deinit(struct vonk_scan_test *test) {
  vonk_buffer_release(test->answers);
  test->answers = NULL;
}
