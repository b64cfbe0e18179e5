/* rows_test.c: rows of every type in blocks, in memory, on disk and back; spill files; keys that compare as values do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../column/sample.h"
#include "exec/row.h"
#include "exec/sort_key.h"

enum { ROWS = VONK_BATCH_ROWS, FIELDS_MAX = 32, BATCHES = 20 };

struct place {
  char path[64];
  struct vonk_spill_folder *folder;
};

static void place_init(struct sample *s, struct place *place) {
  strcpy(place->path, "/tmp/vonk-rows-test-XXXXXX");
  assert_non_null(mkdtemp(place->path));
  assert_int_equal(vonk_spill_folder_create(&s->task, vonk_str_of(place->path), &place->folder), VONK_OK);
}

static uint32_t entries_of(const char *path) {
  uint32_t count = 0;
  DIR *dir = opendir(path);
  assert_non_null(dir);
  for (struct dirent *entry; (entry = readdir(dir));) count += entry->d_name[0] != '.';
  closedir(dir);
  return count;
}

static void place_deinit(struct place *place) {
  vonk_spill_folder_destroy(place->folder);
  assert_int_equal(entries_of(place->path), 0);
  assert_int_equal(rmdir(place->path), 0);
}

struct data {
  const struct vonk_type *type;
  struct vonk_builder builders[FIELDS_MAX];
  struct vonk_column columns[FIELDS_MAX];
  struct vonk_value *values;
  struct vonk_row_layout layout;
};

static void data_init(struct sample *s, struct data *data) {
  data->type = sample_struct(s->task.arena);
  assert_true(data->type->field_count <= FIELDS_MAX);
  data->values = ARENA_ARRAY(s->task.arena, struct vonk_value, data->type->field_count * ROWS);
  sample_columns(s, data->type, ROWS, data->builders, data->columns, data->values);
  const struct vonk_type *types[FIELDS_MAX];
  for (uint32_t c = 0; c < data->type->field_count; c++) types[c] = data->type->fields[c].type;
  vonk_row_layout_init(s->task.arena, &data->layout, vonk_arena_copy(s->task.arena, types, sizeof types), data->type->field_count, 16);
}

static void data_deinit(struct data *data) {
  for (uint32_t c = 0; c < data->type->field_count; c++) vonk_builder_deinit(&data->builders[c]);
}

/* Row i of POINTERS is row i % ROWS of the data. */
static void check_rows(struct sample *s, const struct data *data, const uint8_t *const *pointers, uint64_t first, uint32_t count) {
  struct vonk_scratch scratch = {0};
  for (uint32_t c = 0; c < data->type->field_count; c++) {
    struct vonk_column column;
    assert_int_equal(vonk_row_gather(&s->task, &data->layout, c, &scratch, pointers, count, &column), VONK_OK);
    for (uint32_t i = 0; i < count; i++) {
      struct vonk_value value = vonk_column_get(&column, i, s->task.arena);
      assert_true(vonk_value_equal(&value, &data->values[c * ROWS + (first + i) % ROWS]));
    }
  }
  vonk_scratch_deinit(&scratch);
}

static void append_all(struct sample *s, const struct data *data, struct vonk_rows *rows, struct vonk_spill_folder *spill_between) {
  for (uint32_t b = 0; b < BATCHES; b++) {
    struct vonk_scratch scratch = {0};
    assert_int_equal(vonk_rows_append(&s->task, rows, &scratch, data->columns, NULL, ROWS, ROWS, NULL), VONK_OK);
    vonk_scratch_deinit(&scratch);
    if (spill_between && b % 7 == 3) assert_int_equal(vonk_rows_spill(&s->task, rows, spill_between), VONK_OK);
  }
}

static void check_block(struct sample *s, const struct data *data, const struct vonk_block *block, const uint8_t *base, uint64_t first) {
  const uint8_t *pointers[VONK_BATCH_ROWS];
  for (uint32_t from = 0; from < block->row_count; from += VONK_BATCH_ROWS) {
    uint32_t left = block->row_count - from, count = left < VONK_BATCH_ROWS ? left : VONK_BATCH_ROWS;
    for (uint32_t i = 0; i < count; i++) pointers[i] = base + (size_t)(from + i) * data->layout.stride;
    check_rows(s, data, pointers, first + from, count);
  }
}

static void test_rows__come_back_from_blocks_and_from_disk(void **state) {
  (void)state;
  struct sample s;
  struct place place;
  struct data data;
  struct vonk_rows rows;
  sample_init(&s);
  place_init(&s, &place);
  data_init(&s, &data);
  vonk_rows_init(&rows, &data.layout);
  append_all(&s, &data, &rows, place.folder);
  assert_int_equal(rows.row_count, BATCHES * ROWS);
  assert_int_equal(vonk_rows_spill(&s.task, &rows, place.folder), VONK_OK);
  assert_int_equal(rows.byte_size, 0);
  uint64_t first = 0;
  for (uint32_t b = 0; b < rows.block_count; b++) {
    struct vonk_buffer *copy;
    assert_null(rows.blocks[b].buffer);
    assert_int_equal(vonk_rows_read(&s.task, &rows, b, &copy), VONK_OK);
    check_block(&s, &data, &rows.blocks[b], copy->data, first);
    vonk_buffer_release(copy);
    assert_int_equal(vonk_rows_pin(&s.task, &rows, b), VONK_OK);
    check_block(&s, &data, &rows.blocks[b], rows.blocks[b].base, first);
    vonk_rows_unpin(&rows, b);
    first += rows.blocks[b].row_count;
  }
  assert_int_equal(first, rows.row_count);
  vonk_rows_deinit(&rows);
  data_deinit(&data);
  place_deinit(&place);
  sample_deinit(&s);
}

static void test_rows__writer_writes_what_add_would_keep(void **state) {
  (void)state;
  struct sample s;
  struct place place;
  struct data data;
  struct vonk_rows rows, written;
  struct vonk_buffer *staging;
  sample_init(&s);
  place_init(&s, &place);
  data_init(&s, &data);
  vonk_rows_init(&rows, &data.layout);
  vonk_rows_init(&written, &data.layout);
  append_all(&s, &data, &rows, NULL);
  assert_int_equal(vonk_buffer_create(s.budget, VONK_BLOCK_SIZE, &staging), VONK_OK);
  struct vonk_rows_writer writer = {.rows = &written, .staging = &staging, .folder = place.folder};
  for (uint32_t b = 0; b < rows.block_count; b++) {
    for (uint32_t i = 0; i < rows.blocks[b].row_count; i++) {
      assert_int_equal(vonk_rows_writer_add(&s.task, &writer, vonk_block_row(&rows, &rows.blocks[b], i)), VONK_OK);
    }
  }
  assert_int_equal(vonk_rows_writer_flush(&s.task, &writer), VONK_OK);
  assert_int_equal(written.row_count, rows.row_count);
  uint64_t first = 0;
  for (uint32_t b = 0; b < written.block_count; b++) {
    struct vonk_rows copies;
    vonk_rows_init(&copies, &data.layout);
    assert_int_equal(vonk_rows_add_copy(&s.task, &copies, &written, b), VONK_OK);
    check_block(&s, &data, &copies.blocks[0], copies.blocks[0].base, first);
    first += copies.row_count;
    vonk_rows_deinit(&copies);
  }
  vonk_buffer_release(staging);
  vonk_rows_deinit(&rows);
  vonk_rows_deinit(&written);
  data_deinit(&data);
  place_deinit(&place);
  sample_deinit(&s);
}

static void test_rows__refused_memory_leaves_them_whole(void **state) {
  (void)state;
  struct sample s;
  struct data data;
  sample_init(&s);
  data_init(&s, &data);
  for (uint64_t nth = 1; nth < 12; nth++) {
    struct vonk_rows rows;
    struct vonk_scratch scratch = {0};
    vonk_rows_init(&rows, &data.layout);
    vonk_budget_fail_nth(s.budget, nth, false);
    enum vonk_status status = VONK_OK;
    for (uint32_t b = 0; b < 3 && status == VONK_OK; b++) {
      status = vonk_rows_append(&s.task, &rows, &scratch, data.columns, NULL, ROWS, ROWS, NULL);
      vonk_scratch_reset(&scratch);
    }
    vonk_budget_fail_nth(s.budget, 0, false);
    uint64_t first = 0;
    for (uint32_t b = 0; b < rows.block_count; b++) {
      check_block(&s, &data, &rows.blocks[b], rows.blocks[b].base, first);
      first += rows.blocks[b].row_count;
    }
    vonk_scratch_deinit(&scratch);
    vonk_rows_deinit(&rows);
  }
  data_deinit(&data);
  sample_deinit(&s);
}

static void test_spill_file__keeps_pieces_and_leaves_nothing(void **state) {
  (void)state;
  struct sample s;
  struct place place;
  struct vonk_spill_file *file;
  enum { PIECES = 50, LARGEST = 100000 };
  uint64_t offsets[PIECES];
  static uint8_t piece[LARGEST], back[LARGEST];
  sample_init(&s);
  place_init(&s, &place);
  assert_int_equal(entries_of(place.path), 0);
  assert_int_equal(vonk_spill_file_create(&s.task, place.folder, &file), VONK_OK);
  for (uint32_t round = 0; round < 2; round++) {
    s.random = 7;
    for (uint32_t p = 0; p < PIECES; p++) {
      uint32_t size = sample_random(&s, LARGEST), noise = sample_random(&s, 2);
      for (uint32_t i = 0; i < size; i++) piece[i] = (uint8_t)(noise ? sample_random(&s, 256) : i / 100);
      if (round == 0) assert_int_equal(vonk_spill_file_write(&s.task, file, piece, size, &offsets[p]), VONK_OK);
      else assert_int_equal(vonk_spill_file_read(&s.task, file, offsets[p], back, size), VONK_OK);
      if (round == 1) assert_memory_equal(piece, back, size);
    }
  }
  assert_int_equal(vonk_spill_file_read(&s.task, file, offsets[3], back, 1), VONK_FAILED); /* not its size */
  vonk_spill_file_destroy(file);
  place_deinit(&place);
  sample_deinit(&s);
}

static void test_spill_folder__of_a_dead_process_is_swept(void **state) {
  (void)state;
  struct sample s;
  struct place place;
  char path[200];
  sample_init(&s);
  place_init(&s, &place);
  snprintf(path, sizeof path, "%s/vonk-spill-1-abc", place.path);
  assert_int_equal(mkdir(path, 0700), 0);
  snprintf(path, sizeof path, "%s/vonk-spill-1-abc/lock", place.path);
  fclose(fopen(path, "w"));
  snprintf(path, sizeof path, "%s/vonk-spill-1-abc/left", place.path);
  fclose(fopen(path, "w"));
  struct vonk_spill_file *file;
  assert_int_equal(vonk_spill_file_create(&s.task, place.folder, &file), VONK_OK); /* its own folder stays */
  vonk_spill_folder_sweep(vonk_str_of(place.path));
  assert_int_equal(entries_of(place.path), 1);
  vonk_spill_file_destroy(file);
  place_deinit(&place);
  sample_deinit(&s);
}

static int compare_text(struct vonk_text a, struct vonk_text b) {
  int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
  return order ? order : a.size < b.size ? -1 : a.size > b.size;
}

static int sign(int order) { return (order > 0) - (order < 0); }

static void check_order(struct sample *s, const struct vonk_column *column, const struct vonk_value *values, uint32_t a, uint32_t b, struct vonk_sort_key key) {
  struct vonk_text x, y;
  vonk_text_init(&x, s->task.arena);
  vonk_text_init(&y, s->task.arena);
  vonk_sort_key_add(&x, &key, column, a);
  vonk_sort_key_add(&y, &key, column, b);
  int expected;
  if (values[a].is_null || values[b].is_null) {
    expected = values[a].is_null - values[b].is_null;
    if (!key.nulls_last) expected = -expected;
  } else {
    expected = vonk_value_compare(&values[a], &values[b]);
    if (key.descending) expected = -expected;
  }
  assert_int_equal(sign(compare_text(x, y)), sign(expected));
}

static void test_sort_key__bytes_compare_as_values(void **state) {
  (void)state;
  struct sample s;
  struct data data;
  sample_init(&s);
  data_init(&s, &data);
  for (uint32_t c = 0; c < data.type->field_count; c++) {
    enum vonk_type_id id = data.type->fields[c].type->id;
    if (id == VONK_TYPE_VOID || id == VONK_TYPE_MAP || id == VONK_TYPE_VARIANT || id == VONK_TYPE_INTERVAL) continue;
    if (id == VONK_TYPE_STRUCT || id == VONK_TYPE_ARRAY) continue; /* vonk_value_compare knows scalars */
    for (uint32_t i = 0; i < 500; i++) {
      uint32_t a = sample_random(&s, ROWS), b = sample_random(&s, ROWS);
      struct vonk_sort_key key = {.descending = i & 1, .nulls_last = i >> 1 & 1};
      check_order(&s, &data.columns[c], data.values + c * ROWS, a, b, key);
    }
  }
  data_deinit(&data);
  sample_deinit(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows__come_back_from_blocks_and_from_disk),
      cmocka_unit_test(test_rows__writer_writes_what_add_would_keep),
      cmocka_unit_test(test_rows__refused_memory_leaves_them_whole),
      cmocka_unit_test(test_spill_file__keeps_pieces_and_leaves_nothing),
      cmocka_unit_test(test_spill_folder__of_a_dead_process_is_swept),
      cmocka_unit_test(test_sort_key__bytes_compare_as_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
