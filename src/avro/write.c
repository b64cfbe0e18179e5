/* write.c: runs the steps, value by value; room for numbers is made before each. */
#include "avro/write.h"

#include "avro/encode.h"
#include "avro/hash_order.h"
#include "avro/write_internal.h"
#include "base/bits.h"
#include "column/load.h"
#include "type/calendar.h"
#include "type/julian.h"

enum { NUMBER_BYTES = 16 };

struct run {
  struct vonk_avro_writer *writer;
  struct vonk_buffer **out;
};

static enum vonk_avro_written write_step(struct run *run, const struct avro_write_step *step, const struct vonk_column *column, uint32_t row);

static bool reserve(struct run *run, size_t size) {
  struct vonk_buffer *out = *run->out;
  if (LIKELY(out->capacity - out->size >= size)) return true;
  size_t wanted = out->size + size;
  return vonk_buffer_grow(run->out, wanted < 2 * out->capacity ? 2 * out->capacity : wanted) == VONK_OK;
}

static void put_long(struct run *run, int64_t value) {
  struct vonk_buffer *out = *run->out;
  out->size += vonk_avro_put_long(out->data + out->size, value);
}

static void put(struct run *run, const void *bytes, size_t size) {
  struct vonk_buffer *out = *run->out;
  if (size) memcpy(out->data + out->size, bytes, size);
  out->size += size;
}

static enum vonk_avro_written unfit(struct run *run, const char *problem) {
  run->writer->problem = vonk_str_of(problem);
  return VONK_AVRO_UNFIT;
}

/* --- leaves --- */

static int64_t integer_at(const struct vonk_column *column, uint32_t i) { return vonk_load_integer(vonk_column_values(column), column->physical, i); }

static struct vonk_str bytes_at(const struct vonk_column *column, uint32_t i) { return vonk_view_str(&((const struct vonk_view *)vonk_column_values(column))[i]); }

static enum vonk_avro_written write_date(struct run *run, int64_t days) {
  const struct vonk_avro_write_spec *spec = run->writer->plan->spec;
  if (days < VONK_JULIAN_SWITCH_DAY && spec->calendar == VONK_AVRO_CALENDAR_UNKNOWN) return VONK_AVRO_OLD;
  put_long(run, spec->calendar == VONK_AVRO_HYBRID ? vonk_julian_from_days(days) : days);
  return VONK_AVRO_WRITTEN;
}

static enum vonk_avro_written write_timestamp(struct run *run, enum avro_write_kind kind, int64_t micros) {
  const struct vonk_avro_write_spec *spec = run->writer->plan->spec;
  if (micros < VONK_JULIAN_ANCIENT_MICROS && spec->calendar == VONK_AVRO_CALENDAR_UNKNOWN) return VONK_AVRO_OLD;
  if (spec->calendar == VONK_AVRO_HYBRID) micros = vonk_julian_from_micros(spec->zone, micros);
  put_long(run, kind == AVRO_WRITE_MILLIS ? vonk_calendar_floor_div(micros, 1000) : micros);
  return VONK_AVRO_WRITTEN;
}

/* Two's complement with the highest byte first; as few bytes as need be, or the fixed size. */
static enum vonk_avro_written write_decimal(struct run *run, const struct avro_write_step *step, vonk_int128 value) {
  uint8_t bytes[sizeof value];
  size_t first = 0;
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)((vonk_uint128)value >> (8 * (sizeof bytes - 1 - i)));
  uint8_t sign = value < 0 ? 0xFF : 0;
  while (first + 1 < sizeof bytes && bytes[first] == sign && (bytes[first + 1] & 0x80) == (sign & 0x80)) first++;
  size_t size = sizeof bytes - first;
  if (step->size && size > step->size) return unfit(run, "a decimal has more bytes than its fixed type");
  if (!reserve(run, NUMBER_BYTES + size + step->size)) return VONK_AVRO_FULL;
  if (!step->size) put_long(run, (int64_t)size);
  for (size_t i = size; i < step->size; i++) put(run, &sign, 1);
  put(run, bytes + first, size);
  return VONK_AVRO_WRITTEN;
}

static enum vonk_avro_written write_bytes(struct run *run, struct vonk_str bytes) {
  if (!reserve(run, NUMBER_BYTES + bytes.size)) return VONK_AVRO_FULL;
  put_long(run, (int64_t)bytes.size);
  put(run, bytes.data, bytes.size);
  return VONK_AVRO_WRITTEN;
}

static enum vonk_avro_written write_fixed(struct run *run, const struct avro_write_step *step, struct vonk_str bytes) {
  if (bytes.size != step->size) return unfit(run, "a binary value has another length than its fixed type");
  if (!reserve(run, bytes.size)) return VONK_AVRO_FULL;
  put(run, bytes.data, bytes.size);
  return VONK_AVRO_WRITTEN;
}

static enum vonk_avro_written write_enum(struct run *run, const struct avro_write_step *step, struct vonk_str symbol) {
  for (uint32_t i = 0; i < step->count; i++) {
    if (!vonk_str_equal(step->symbols[i], symbol)) continue;
    put_long(run, i);
    return VONK_AVRO_WRITTEN;
  }
  return unfit(run, "a text is none of the symbols of its enum");
}

/* --- nested ones --- */

static enum vonk_avro_written write_record(struct run *run, const struct avro_write_step *step, const struct vonk_column *column, uint32_t i) {
  enum vonk_avro_written written = VONK_AVRO_WRITTEN;
  for (uint32_t f = 0; f < step->count && written == VONK_AVRO_WRITTEN; f++) {
    const struct avro_write_field *field = &step->fields[f];
    if (field->column != UINT32_MAX) {
      written = write_step(run, field->step, &column->children[field->column], i);
    } else {
      if (!reserve(run, NUMBER_BYTES)) return VONK_AVRO_FULL;
      put_long(run, field->step->null_branch);
    }
    if (written == VONK_AVRO_NULL_FIELD && !run->writer->problem.data) run->writer->problem = field->name;
  }
  return written;
}

/* One block with all of them, and the end. */
static bool begin_items(struct run *run, uint32_t count) {
  if (!reserve(run, NUMBER_BYTES)) return false;
  if (count) put_long(run, count);
  return true;
}

static enum vonk_avro_written end_items(struct run *run, enum vonk_avro_written written) {
  if (written == VONK_AVRO_NULL_FIELD && !run->writer->problem.data) return unfit(run, "an item is null, which its Avro type does not allow");
  if (written != VONK_AVRO_WRITTEN) return written;
  if (!reserve(run, NUMBER_BYTES)) return VONK_AVRO_FULL;
  put_long(run, 0);
  return VONK_AVRO_WRITTEN;
}

static enum vonk_avro_written write_array(struct run *run, const struct avro_write_step *step, const struct vonk_column *column, struct vonk_list list) {
  enum vonk_avro_written written = VONK_AVRO_WRITTEN;
  if (!begin_items(run, list.length)) return VONK_AVRO_FULL;
  for (uint32_t i = 0; i < list.length && written == VONK_AVRO_WRITTEN; i++) written = write_step(run, step->items[0], &column->children[0], list.offset + i);
  return end_items(run, written);
}

/* In the order in which a java.util.HashMap gives them, as Spark writes maps. The order lies behind those of the maps around. */
static enum vonk_avro_written write_map(struct run *run, const struct avro_write_step *step, const struct vonk_column *column, struct vonk_list list) {
  struct vonk_avro_writer *w = run->writer;
  uint32_t buckets = vonk_hash_order_buckets(list.length, list.length);
  size_t base = w->order ? w->order->size : 0, wanted = base + vonk_hash_order_bytes(list.length, buckets);
  enum vonk_avro_written written = VONK_AVRO_WRITTEN;
  struct vonk_hash_order order;
  enum vonk_status status = VONK_OK;
  if (!w->order) status = vonk_buffer_create((*run->out)->budget, wanted, &w->order);
  else if (w->order->capacity < wanted) status = vonk_buffer_grow(&w->order, 2 * wanted);
  if (status != VONK_OK || !begin_items(run, list.length)) return VONK_AVRO_FULL;
  vonk_hash_order_begin(&order, w->order->data + base, list.length, buckets);
  for (uint32_t i = 0; i < list.length; i++) {
    const struct vonk_column *keys = &column->children[0];
    vonk_hash_order_add(&order, i, vonk_hash_order_string(bytes_at(keys, vonk_column_index(keys, list.offset + i))));
  }
  vonk_hash_order_end(&order);
  w->order->size = base + list.length * sizeof(uint32_t);
  for (uint32_t i = 0; i < list.length && written == VONK_AVRO_WRITTEN; i++) {
    const struct vonk_column *keys = &column->children[0];
    uint32_t item = list.offset + ((const uint32_t *)(const void *)(w->order->data + base))[i];
    written = write_bytes(run, bytes_at(keys, vonk_column_index(keys, item)));
    if (written == VONK_AVRO_WRITTEN) written = write_step(run, step->items[0], &column->children[1], item);
  }
  w->order->size = base;
  return end_items(run, written);
}

static enum vonk_avro_written write_members(struct run *run, const struct avro_write_step *step, const struct vonk_column *column, uint32_t i) {
  for (uint32_t m = 0; m < step->count; m++) {
    if (vonk_column_row_valid(&column->children[m], i)) return write_step(run, step->items[m], &column->children[m], i);
  }
  if (step->null_branch == AVRO_WRITE_NO_BRANCH) return unfit(run, "all members of a union are null, which it does not allow");
  put_long(run, step->null_branch);
  return VONK_AVRO_WRITTEN;
}

static enum vonk_avro_written write_value(struct run *run, const struct avro_write_step *step, const struct vonk_column *column, uint32_t i) {
  const void *data = vonk_column_values(column);
  const struct vonk_column *flat = column->encoding == VONK_DICT ? &column->dictionary->entries : column;
  double real;
  float single;
  switch (step->kind) {
    case AVRO_WRITE_NULL: return VONK_AVRO_WRITTEN;
    case AVRO_WRITE_BOOLEAN: put(run, vonk_bits_get(data, i) ? "\1" : "\0", 1); return VONK_AVRO_WRITTEN;
    case AVRO_WRITE_INTEGER: put_long(run, integer_at(column, i)); return VONK_AVRO_WRITTEN;
    case AVRO_WRITE_FLOAT:
      single = (float)vonk_load_real(data, column->physical, i);
      put(run, &single, sizeof single);
      return VONK_AVRO_WRITTEN;
    case AVRO_WRITE_DOUBLE:
      real = vonk_load_real(data, column->physical, i);
      put(run, &real, sizeof real);
      return VONK_AVRO_WRITTEN;
    case AVRO_WRITE_DATE: return write_date(run, integer_at(column, i));
    case AVRO_WRITE_MICROS:
    case AVRO_WRITE_MILLIS: return write_timestamp(run, step->kind, integer_at(column, i));
    case AVRO_WRITE_LOCAL_MILLIS: put_long(run, vonk_calendar_floor_div(integer_at(column, i), 1000)); return VONK_AVRO_WRITTEN;
    case AVRO_WRITE_MICROS_OF_NANOS: put_long(run, integer_at(column, i) / VONK_NANOS_PER_MICRO); return VONK_AVRO_WRITTEN;
    case AVRO_WRITE_DECIMAL: return write_decimal(run, step, vonk_load_wide(data, column->physical, i));
    case AVRO_WRITE_BYTES: return write_bytes(run, bytes_at(column, i));
    case AVRO_WRITE_FIXED: return write_fixed(run, step, bytes_at(column, i));
    case AVRO_WRITE_ENUM: return write_enum(run, step, bytes_at(column, i));
    case AVRO_WRITE_RECORD: return write_record(run, step, flat, i);
    case AVRO_WRITE_ARRAY: return write_array(run, step, flat, ((const struct vonk_list *)data)[i]);
    case AVRO_WRITE_MAP: return write_map(run, step, flat, ((const struct vonk_list *)data)[i]);
    case AVRO_WRITE_MEMBERS: return write_members(run, step, flat, i);
  }
  return VONK_AVRO_WRITTEN;
}

static enum vonk_avro_written write_step(struct run *run, const struct avro_write_step *step, const struct vonk_column *column, uint32_t row) {
  if (!reserve(run, 2 * NUMBER_BYTES)) return VONK_AVRO_FULL;
  if (step->kind == AVRO_WRITE_NULL || !vonk_column_row_valid(column, row)) {
    if (step->null_branch != AVRO_WRITE_NO_BRANCH) put_long(run, step->null_branch);
    if (step->null_branch != AVRO_WRITE_NO_BRANCH || step->kind == AVRO_WRITE_NULL) return VONK_AVRO_WRITTEN;
    run->writer->schema = step->schema;
    return VONK_AVRO_NULL_FIELD;
  }
  if (step->value_branch != AVRO_WRITE_NO_BRANCH) put_long(run, step->value_branch);
  return write_value(run, step, column, vonk_column_index(column, row));
}

enum vonk_avro_written vonk_avro_write(struct vonk_avro_writer *writer, const struct vonk_column *column, uint32_t row, struct vonk_buffer **out) {
  struct run run = {writer, out};
  writer->problem = (struct vonk_str){0};
  if (writer->order) writer->order->size = 0;
  return write_step(&run, writer->plan->root, column, row);
}

void vonk_avro_writer_deinit(struct vonk_avro_writer *writer) {
  vonk_buffer_release(writer->order);
  writer->order = NULL;
}
