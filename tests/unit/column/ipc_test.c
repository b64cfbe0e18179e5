/* ipc_test.c: Arrow streams, written and read again. With the argument `echo` the program reads a stream from its standard
 * input and writes what it understood to its standard output, which tests/python/arrow_ipc_test.py holds against PyArrow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bits.h"
#include "column/ipc.h"
#include "sample.h"

enum { ROWS = VONK_BATCH_ROWS < 200 ? VONK_BATCH_ROWS : 200, FIELDS_MAX = 32 };

/* Parts one behind the other, from OFFSET bytes behind an aligned address on. */
struct bytes {
  char *memory, *data;
  size_t size, offset;
};

static void add_piece(struct bytes *bytes, const struct vonk_ipc_piece *piece) {
  /* One stream: a schema in front, no end but the last. */
  for (uint32_t i = bytes->size > 0; i + 1 < piece->part_count; i++) {
    bytes->memory = realloc(bytes->memory, bytes->offset + bytes->size + piece->parts[i].size + 8);
    bytes->data = bytes->memory + bytes->offset;
    memcpy(bytes->data + bytes->size, piece->parts[i].data, piece->parts[i].size);
    bytes->size += piece->parts[i].size;
  }
}

static enum vonk_status take_piece(struct vonk_task *task, struct vonk_ipc_writer *writer, struct bytes *bytes) {
  struct vonk_ipc_piece *piece;
  TRY(vonk_ipc_writer_take(task, writer, &piece));
  add_piece(bytes, piece);
  vonk_ipc_piece_destroy(piece);
  return VONK_OK;
}

static enum vonk_status write_batch(struct vonk_task *task, struct vonk_ipc_writer *writer, const struct vonk_batch *batch, struct bytes *bytes) {
  for (uint32_t position = 0; position < batch->live_count;) {
    TRY(vonk_ipc_writer_append(task, writer, batch, &position));
    if (position < batch->live_count || vonk_ipc_writer_full(writer)) TRY(take_piece(task, writer, bytes));
  }
  return VONK_OK;
}

static enum vonk_status write_stream(struct vonk_task *task, const struct vonk_type *type, const struct vonk_batch *batch, uint32_t times,
                                     const struct vonk_ipc_options *options, struct bytes *bytes) {
  struct vonk_ipc_writer *writer;
  TRY(vonk_ipc_writer_create(task, type, options, &writer));
  enum vonk_status status = VONK_OK;
  for (uint32_t i = 0; i < times && status == VONK_OK; i++) status = write_batch(task, writer, batch, bytes);
  if (status == VONK_OK) status = take_piece(task, writer, bytes);
  vonk_ipc_writer_destroy(writer);
  return status;
}

/* Row I of what is read is row ROWS[I % COUNT] of the columns. */
static void assert_stream(struct sample *s, struct bytes bytes, const struct vonk_type *type, const struct vonk_column *columns,
                          const uint32_t *rows, uint32_t count, uint32_t times) {
  struct vonk_ipc_reader *reader;
  struct vonk_owned_batch *batch;
  uint64_t seen = 0;
  assert_int_equal(vonk_ipc_reader_create(&s->task, vonk_str_make(bytes.data, bytes.size), &reader), VONK_OK);
  assert_true(vonk_type_equal(vonk_ipc_reader_type(reader), type));
  while (true) {
    assert_int_equal(vonk_ipc_reader_next(&s->task, reader, &batch), VONK_OK);
    if (!batch) break;
    for (uint32_t i = 0; i < batch->batch.row_count; i++, seen++) {
      for (uint32_t c = 0; c < type->field_count; c++) {
        struct vonk_value expected = vonk_column_get(&columns[c], rows[seen % count], s->task.arena);
        struct vonk_value value = vonk_column_get(&batch->batch.columns[c], i, s->task.arena);
        assert_true(vonk_value_equal(&expected, &value));
      }
    }
    vonk_owned_batch_destroy(batch);
  }
  assert_int_equal(seen, (uint64_t)count * times);
  vonk_ipc_reader_destroy(reader);
}

/* The same through slices, the last first. */
static void assert_slices(struct sample *s, struct bytes bytes, const struct vonk_type *type, const struct vonk_column *columns,
                          const uint32_t *rows, uint32_t count, uint32_t times) {
  struct vonk_task task = s->task;
  struct vonk_ipc_table *table;
  struct vonk_owned_batch *batch;
  uint64_t left = (uint64_t)count * times;
  task.arena = vonk_arena_create(s->budget);
  assert_int_equal(vonk_ipc_table_create(&task, vonk_str_make(bytes.data, bytes.size), &table), VONK_OK);
  assert_true(vonk_type_equal(vonk_ipc_table_type(table), type));
  for (uint32_t slice = vonk_ipc_table_slice_count(table); slice-- > 0;) {
    assert_int_equal(vonk_ipc_table_read(&task, table, slice, &batch), VONK_OK);
    left -= batch->batch.row_count;
    assert_int_equal(batch->batch.row_count, vonk_ipc_table_row_count(table, slice));
    for (uint32_t i = 0; i < batch->batch.row_count; i++) {
      for (uint32_t c = 0; c < type->field_count; c++) {
        struct vonk_value expected = vonk_column_get(&columns[c], rows[(left + i) % count], task.arena);
        struct vonk_value value = vonk_column_get(&batch->batch.columns[c], i, task.arena);
        assert_true(vonk_value_equal(&expected, &value));
      }
    }
    vonk_owned_batch_destroy(batch);
  }
  assert_int_equal(left, 0);
  vonk_arena_destroy(task.arena);
}

static void test_ipc__round_trip(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  const struct vonk_type *type = sample_struct(s.task.arena);
  struct vonk_builder builders[FIELDS_MAX];
  struct vonk_column columns[FIELDS_MAX];
  static struct vonk_value values[FIELDS_MAX * ROWS];
  uint64_t live[4];
  uint32_t all[ROWS], some[ROWS];
  sample_columns(&s, type, ROWS, builders, columns, values);
  vonk_bits_fill(live, ROWS, false);
  for (uint32_t r = 0; r < ROWS; r++) vonk_bits_put(live, r, r % 3 != 1), all[r] = r;
  uint32_t live_count = (uint32_t)vonk_bits_indexes(live, ROWS, some);
  for (int variant = 0; variant < 24; variant++) {
    bool selected = variant & 1;
    struct vonk_batch batch = {.columns = columns, .column_count = type->field_count, .row_count = ROWS};
    batch.live = selected ? live : NULL;
    batch.live_count = selected ? live_count : ROWS;
    struct vonk_ipc_options options = {.zone_id = STR("Europe/Berlin"), .large_offsets = variant & 2, .codec = (enum vonk_ipc_codec)(variant / 8), .row_limit = variant & 4 ? 37 : 0};
    struct bytes bytes = {.offset = variant & 2 ? 3 : 0};
    assert_int_equal(write_stream(&s.task, type, &batch, 3, &options, &bytes), VONK_OK);
    assert_stream(&s, bytes, type, columns, selected ? some : all, batch.live_count, 3);
    assert_slices(&s, bytes, type, columns, selected ? some : all, batch.live_count, 3);
    free(bytes.memory);
  }
  for (uint32_t c = 0; c < type->field_count; c++) vonk_builder_deinit(&builders[c]);
  sample_deinit(&s);
}

/* What the columns of a batch may be besides FLAT ones of the type's own width. */
static void test_ipc__encodings(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  struct vonk_type_field fields[] = {{STR("code"), &vonk_type_string, true, {0}},
                                     {STR("same"), &vonk_type_string, true, {0}},
                                     {STR("none"), vonk_type_array(s.task.arena, &vonk_type_int, true), true, {0}},
                                     {STR("narrow"), &vonk_type_long, true, STR("{\"k\":1}")},
                                     {STR("decimal"), vonk_type_decimal(s.task.arena, 30, 2), false, {0}}};
  const struct vonk_type *type = vonk_type_struct(s.task.arena, fields, 5);
  struct vonk_builder words;
  struct vonk_column entries, columns[5];
  struct vonk_buffer *word_buffers[4] = {0}, **taken;
  struct vonk_dictionary *dictionary;
  assert_int_equal(vonk_builder_init(&s.task, &words, &vonk_type_string), VONK_OK);
  for (int i = 0; i < 3; i++) assert_int_equal(vonk_builder_add_bytes(&s.task, &words, "word number thirteen", 18 + (size_t)i), VONK_OK);
  assert_int_equal(vonk_builder_finish(&s.task, &words, &entries), VONK_OK);
  uint32_t buffer_count = vonk_builder_take(&words, s.task.arena, &entries, &taken);
  for (uint32_t i = 0; i < buffer_count; i++) word_buffers[i] = taken[i];
  assert_int_equal(vonk_dictionary_create(&s.task, &entries, 3, word_buffers, (int)buffer_count, &dictionary), VONK_OK);
  uint32_t codes[ROWS], rows[ROWS];
  int16_t shorts[ROWS];
  int64_t longs[ROWS];
  uint64_t valid[4] = {0x5555555555555555, 0x5555555555555555, 0x5555555555555555, 0x5555555555555555};
  for (uint32_t i = 0; i < ROWS; i++) codes[i] = i % 3, shorts[i] = (int16_t)(i - 100), longs[i] = -(int64_t)i, rows[i] = i;
  struct vonk_value same = vonk_value_text(&vonk_type_string, STR("the same in every row")), none = vonk_value_null(fields[2].type);
  columns[0] = (struct vonk_column){.type = &vonk_type_string, .encoding = VONK_DICT, .physical = VONK_PHYSICAL_VIEW, .codes = codes, .valid = valid, .dictionary = dictionary};
  columns[1] = vonk_column_const(s.task.arena, &same);
  columns[2] = vonk_column_const(s.task.arena, &none);
  columns[3] = (struct vonk_column){.type = &vonk_type_long, .physical = VONK_PHYSICAL_I16, .data = shorts, .valid = valid};
  columns[4] = (struct vonk_column){.type = fields[4].type, .physical = VONK_PHYSICAL_I64, .data = longs};
  struct vonk_batch batch = {.columns = columns, .column_count = 5, .row_count = ROWS, .live_count = ROWS};
  struct vonk_ipc_options options = {0};
  struct bytes bytes = {0};
  assert_int_equal(write_stream(&s.task, type, &batch, 2, &options, &bytes), VONK_OK);
  assert_stream(&s, bytes, type, columns, rows, ROWS, 2);
  free(bytes.memory);
  vonk_dictionary_release(dictionary);
  vonk_builder_deinit(&words);
  sample_deinit(&s);
}

/* A piece is never larger than its limit, but for one of a single row. */
static void test_ipc__byte_limit(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  struct vonk_type_field field = {STR("s"), &vonk_type_string, true, {0}};
  const struct vonk_type *type = vonk_type_struct(s.task.arena, &field, 1);
  static char text[9000];
  struct vonk_view views[ROWS];
  for (uint32_t i = 0; i < ROWS; i++) views[i] = vonk_view_make(text, i == 20 ? 9000 : 50 + i % 7);
  struct vonk_column column = {.type = &vonk_type_string, .physical = VONK_PHYSICAL_VIEW, .data = views};
  struct vonk_batch batch = {.columns = &column, .column_count = 1, .row_count = ROWS, .live_count = ROWS};
  struct vonk_ipc_options options = {.byte_limit = 2000};
  struct vonk_ipc_writer *writer;
  uint64_t rows = 0, lonely = 0;
  assert_int_equal(vonk_ipc_writer_create(&s.task, type, &options, &writer), VONK_OK);
  for (uint32_t position = 0; position < ROWS;) {
    struct vonk_ipc_piece *piece;
    assert_int_equal(vonk_ipc_writer_append(&s.task, writer, &batch, &position), VONK_OK);
    assert_int_equal(vonk_ipc_writer_take(&s.task, writer, &piece), VONK_OK);
    assert_true(piece->byte_size <= 2000 || piece->row_count == 1);
    assert_true(piece->row_count > 10 || piece->byte_size > 9000 || position >= 20);
    lonely += piece->row_count == 1;
    rows += piece->row_count;
    vonk_ipc_piece_destroy(piece);
  }
  assert_int_equal(rows, ROWS);
  assert_true(lonely >= 1 && lonely <= 2);
  vonk_ipc_writer_destroy(writer);
  sample_deinit(&s);
}

static enum vonk_status read_all(struct vonk_task *task, struct vonk_str data) {
  struct vonk_ipc_reader *reader;
  struct vonk_owned_batch *batch = NULL;
  TRY(vonk_ipc_reader_create(task, data, &reader));
  enum vonk_status status;
  do {
    status = vonk_ipc_reader_next(task, reader, &batch);
    if (status == VONK_OK && batch) vonk_owned_batch_destroy(batch);
  } while (status == VONK_OK && batch);
  vonk_ipc_reader_destroy(reader);
  return status;
}

/* Cut anywhere, and with any byte changed: an error or other rows, never a fault (asan looks on). */
static void test_ipc__broken_bytes(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  const struct vonk_type *type = sample_struct(s.task.arena);
  struct vonk_builder builders[FIELDS_MAX];
  struct vonk_column columns[FIELDS_MAX];
  static struct vonk_value values[FIELDS_MAX * ROWS];
  sample_columns(&s, type, 20, builders, columns, values);
  struct vonk_batch batch = {.columns = columns, .column_count = type->field_count, .row_count = 20, .live_count = 20};
  struct vonk_ipc_options options = {0};
  struct bytes bytes = {0};
  assert_int_equal(write_stream(&s.task, type, &batch, 1, &options, &bytes), VONK_OK);
  for (size_t size = 0; size < bytes.size; size += 3) {
    char *copy = malloc(size + 1); /* of its own, so that reading behind the end shows */
    memcpy(copy, bytes.data, size);
    vonk_error_clear(&s.error);
    enum vonk_status status = read_all(&s.task, vonk_str_make(copy, size));
    assert_true(status == VONK_OK || s.error.set);
    free(copy);
  }
  for (size_t at = 0; at < bytes.size; at += 2) {
    bytes.data[at] ^= (char)(1 << at % 8);
    vonk_error_clear(&s.error);
    enum vonk_status status = read_all(&s.task, vonk_str_make(bytes.data, bytes.size));
    assert_true(status == VONK_OK || s.error.set);
    bytes.data[at] ^= (char)(1 << at % 8);
  }
  free(bytes.memory);
  for (uint32_t c = 0; c < type->field_count; c++) vonk_builder_deinit(&builders[c]);
  sample_deinit(&s);
}

static void test_ipc__refused_memory_leaks_nothing(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  const struct vonk_type *type = sample_struct(s.task.arena);
  struct vonk_builder builders[FIELDS_MAX];
  struct vonk_column columns[FIELDS_MAX];
  static struct vonk_value values[FIELDS_MAX * ROWS];
  sample_columns(&s, type, ROWS, builders, columns, values);
  struct vonk_batch batch = {.columns = columns, .column_count = type->field_count, .row_count = ROWS, .live_count = ROWS};
  struct vonk_ipc_options options = {.codec = VONK_IPC_ZSTD};
  bool done = false;
  for (uint64_t nth = 1; !done; nth++) {
    struct bytes bytes = {0};
    vonk_budget_fail_nth(s.budget, nth, false);
    enum vonk_status status = write_stream(&s.task, type, &batch, 1, &options, &bytes);
    if (status == VONK_OK) status = read_all(&s.task, vonk_str_make(bytes.data, bytes.size));
    vonk_budget_fail_nth(s.budget, 0, false);
    done = status == VONK_OK;
    assert_true(done || status == VONK_NO_MEMORY);
    free(bytes.memory);
  }
  for (uint32_t c = 0; c < type->field_count; c++) vonk_builder_deinit(&builders[c]);
  sample_deinit(&s);
}

/* --- echo --- */

static struct bytes read_input(size_t offset) {
  struct bytes bytes = {.memory = malloc(offset + 1), .offset = offset};
  char block[1 << 16];
  for (size_t size; (size = fread(block, 1, sizeof block, stdin)) > 0; bytes.size += size) {
    bytes.memory = realloc(bytes.memory, offset + bytes.size + size);
    memcpy(bytes.memory + offset + bytes.size, block, size);
  }
  bytes.data = bytes.memory + offset;
  return bytes;
}

static enum vonk_status echo_rows(struct vonk_task *task, struct vonk_ipc_reader *reader, struct vonk_ipc_writer *writer, struct bytes *out) {
  struct vonk_owned_batch *batch;
  while (true) {
    TRY(vonk_ipc_reader_next(task, reader, &batch));
    if (!batch) return take_piece(task, writer, out);
    enum vonk_status status = write_batch(task, writer, &batch->batch, out);
    vonk_owned_batch_destroy(batch);
    TRY(status);
  }
}

static enum vonk_status echo_stream(struct vonk_task *task, struct vonk_str data, struct bytes *out) {
  struct vonk_ipc_reader *reader;
  struct vonk_ipc_writer *writer;
  struct vonk_ipc_options options = {.row_limit = 5000};
  TRY(vonk_ipc_reader_create(task, data, &reader));
  enum vonk_status status = vonk_ipc_writer_create(task, vonk_ipc_reader_type(reader), &options, &writer);
  if (status == VONK_OK) status = echo_rows(task, reader, writer, out);
  vonk_ipc_writer_destroy(writer);
  vonk_ipc_reader_destroy(reader);
  return status;
}

/* The input stands OFFSET bytes behind an aligned address. */
static int echo(size_t offset) {
  struct sample s;
  struct bytes in = read_input(offset), out = {0};
  sample_init(&s);
  enum vonk_status status = echo_stream(&s.task, vonk_str_make(in.data, in.size), &out);
  if (status == VONK_OK) fwrite(out.data, 1, out.size, stdout);
  else if (s.error.set) fprintf(stderr, STR_FMT "\n", STR_ARG(vonk_error_message(&s.error, s.task.arena)));
  free(in.memory);
  free(out.memory);
  sample_deinit(&s);
  return status == VONK_OK ? 0 : 1;
}

int main(int count, char **words) {
  if (count > 2 && strcmp(words[1], "echo") == 0) return echo(strtoul(words[2], NULL, 10));
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ipc__round_trip),
      cmocka_unit_test(test_ipc__encodings),
      cmocka_unit_test(test_ipc__byte_limit),
      cmocka_unit_test(test_ipc__broken_bytes),
      cmocka_unit_test(test_ipc__refused_memory_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
