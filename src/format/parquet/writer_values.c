/* writer_values.c: values of columns as Parquet stores them, dense. */
#include "format/parquet/writer_internal.h"
#include "base/bits.h"
#include "kernel/gather.h"

enum { JULIAN_EPOCH = 2440588 };
#define DAY_MICROS INT64_C(86400000000)

/* COLUMN's rows as a FLAT column without nulls. */
static STATUS make_dense(struct vonk_task *task, struct vonk_scratch *scratch, const struct vonk_column *column, const uint32_t *rows, uint32_t count,
                         struct vonk_column *out) {
  struct vonk_column from = *column;
  from.valid = NULL;
  if (column->encoding == VONK_DICT) {
    void *codes = NULL;
    from = column->dictionary->entries;
    if (rows) {
      TRY(vonk_scratch_take_rows(task, scratch, count, 4, &codes));
      for (uint32_t i = 0; i < count; i++) ((uint32_t *)codes)[i] = column->codes[rows[i]];
    }
    return vonk_column_gather(task, scratch, &from, rows ? codes : column->codes, count, out);
  }
  if (column->encoding == VONK_CONST) return vonk_column_flatten(task, scratch, &from, count, out);
  if (rows) return vonk_column_gather(task, scratch, &from, rows, count, out);
  *out = from;
  return VONK_OK;
}

static enum vonk_physical width_of(const struct parquet_out_leaf *leaf) {
  switch (leaf->form) {
    case PARQUET_OUT_I32: return VONK_PHYSICAL_I32;
    case PARQUET_OUT_DECIMAL: return VONK_PHYSICAL_I128;
    default: return VONK_PHYSICAL_I64;
  }
}

static void put_decimals(const vonk_int128 *values, uint32_t count, uint32_t width, uint8_t *out) {
  for (uint32_t i = 0; i < count; i++, out += width) {
    vonk_uint128 value = (vonk_uint128)values[i];
    uint64_t halves[2] = {__builtin_bswap64((uint64_t)(value >> 64)), __builtin_bswap64((uint64_t)value)};
    memcpy(out, (const uint8_t *)halves + 16 - width, width);
  }
}

/* Floors, so that times before 1970 have their day. */
static int64_t floor_divide(int64_t value, int64_t by) { return value / by - (value % by < 0); }

static void put_int96(const int64_t *micros, uint32_t count, uint8_t *out) {
  for (uint32_t i = 0; i < count; i++, out += 12) {
    int64_t days = floor_divide(micros[i], DAY_MICROS), nanos = (micros[i] - days * DAY_MICROS) * 1000;
    uint32_t julian = (uint32_t)(days + JULIAN_EPOCH);
    memcpy(out, &nanos, 8);
    memcpy(out + 8, &julian, 4);
  }
}

static void divide_all(const int64_t *values, uint32_t count, int64_t by, int64_t *out) {
  for (uint32_t i = 0; i < count; i++) out[i] = floor_divide(values[i], by);
}

STATUS parquet_out_values(struct vonk_task *task, struct vonk_scratch *scratch, const struct parquet_out_leaf *leaf, const struct vonk_column *column,
                          const uint32_t *rows, uint32_t count, const void **out) {
  struct vonk_column dense;
  void *made;
  TRY(make_dense(task, scratch, column, rows, count, &dense));
  *out = dense.data;
  if (leaf->form == PARQUET_OUT_BYTES || leaf->form == PARQUET_OUT_F32 || leaf->form == PARQUET_OUT_F64) return VONK_OK;
  if (leaf->form == PARQUET_OUT_BOOLEAN) {
    TRY(vonk_scratch_take(task, scratch, count, &made));
    vonk_bits_unpack_bytes(dense.data, count, made);
    *out = made;
    return VONK_OK;
  }
  if (dense.physical != width_of(leaf)) {
    TRY(vonk_scratch_take_rows(task, scratch, count, vonk_physical_size[width_of(leaf)], &made));
    vonk_widen_values(dense.data, dense.physical, made, width_of(leaf), count);
    *out = made;
  }
  if (leaf->form == PARQUET_OUT_I32 || leaf->form == PARQUET_OUT_I64) return VONK_OK;
  TRY(vonk_scratch_take(task, scratch, (size_t)count * leaf->width, &made));
  switch (leaf->form) {
    case PARQUET_OUT_DECIMAL: put_decimals(*out, count, leaf->width, made); break;
    case PARQUET_OUT_INT96: put_int96(*out, count, made); break;
    default: divide_all(*out, count, 1000, made); break;
  }
  *out = made;
  return VONK_OK;
}
