/* late_reader.c: what can be told beside the data comes as a mask of batches; the rest is asked batch by batch. */
#include "format/late_reader.h"

#include "base/bits.h"

static uint32_t column_of(struct vonk_late_reader *r, uint32_t index) {
  const struct vonk_scan_spec *spec = r->reader.scan->spec;
  for (uint32_t i = 0; i < r->column_count; i++) {
    if (r->columns[i].index == index) return i;
  }
  r->columns[r->column_count] = (struct vonk_late_column){.index = index, .type = vonk_scan_column_type(spec, index)};
  return r->column_count++;
}

static void list_columns(struct vonk_late_reader *r, struct vonk_arena *arena, const struct vonk_late_type *type, const struct vonk_scan *scan, uint32_t unit) {
  const struct vonk_scan_spec *spec = scan->spec;
  uint32_t most = spec->column_count + spec->filter_count + spec->slot_count;
  r->reader = (struct vonk_reader){.scan = scan, .unit = unit};
  r->type = type;
  r->arena = arena;
  r->unit = &scan->units[unit];
  r->columns = ARENA_ARRAY(arena, struct vonk_late_column, most);
  r->wanted = ARENA_ARRAY(arena, uint32_t, spec->column_count);
  r->out = ARENA_ARRAY(arena, struct vonk_column, spec->column_count);
  r->tests = ARENA_ARRAY(arena, struct vonk_late_test, spec->filter_count + spec->slot_count);
  for (uint32_t i = 0; i < spec->column_count; i++) r->wanted[i] = column_of(r, spec->columns[i]);
  for (uint32_t i = 0; i < spec->filter_count; i++)
    r->tests[r->test_count++] = (struct vonk_late_test){.test = {.filter = &spec->filters[i]}, .column = column_of(r, spec->filters[i].column)};
  for (uint32_t i = 0; i < spec->slot_count; i++)
    r->tests[r->test_count++] = (struct vonk_late_test){.slot = spec->slots[i].slot, .column = column_of(r, spec->slots[i].column)};
}

bool vonk_late_reader_constant(struct vonk_late_reader *r, struct vonk_late_column *column, bool file_has) {
  const struct vonk_scan_spec *spec = r->reader.scan->spec;
  uint32_t data_columns = spec->schema->field_count;
  if (file_has) return false;
  struct vonk_value value = vonk_value_null(column->type);
  if (column->index >= data_columns) value = spec->files[r->unit->file].partition_values[column->index - data_columns];
  column->value = vonk_column_const(r->arena, &value);
  return true;
}

STATUS vonk_late_reader_open(struct vonk_task *task, const struct vonk_late_type *type, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_late_reader *r = vonk_arena_calloc(arena, 1, type->size);
  list_columns(r, arena, type, scan, unit);
  enum vonk_status status = type->open(task, r);
  if (vonk_scan_may_ignore(task, &scan->spec->options, status)) {
    vonk_late_reader_end(r);
    status = VONK_OK;
  }
  if (status != VONK_OK) {
    vonk_late_reader_close(&r->reader);
    return status;
  }
  *out = &r->reader;
  return VONK_OK;
}

void vonk_late_reader_close(struct vonk_reader *reader) {
  struct vonk_late_reader *r = (struct vonk_late_reader *)reader;
  if (!r) return;
  r->type->close(r);
  for (uint32_t i = 0; i < r->test_count; i++) vonk_scan_test_deinit(&r->tests[i].test);
  vonk_arena_destroy(r->arena);
}

static STATUS read_column(struct vonk_task *task, const struct vonk_late_reader *r, struct vonk_late_column *c, uint32_t rows) {
  if (c->is_read) return VONK_OK;
  c->is_read = true;
  if (c->object) TRY(r->type->read(task, c->object, rows, &c->value));
  c->value.type = c->type;
  return VONK_OK;
}

static STATUS run_tests(struct vonk_task *task, struct vonk_late_reader *r, uint32_t rows, uint32_t *live_count) {
  vonk_bits_fill(r->live, rows, true);
  *live_count = rows;
  for (uint32_t i = 0; i < r->test_count && *live_count > 0; i++) {
    struct vonk_late_test *t = &r->tests[i];
    if (t->slot) {
      const struct vonk_runtime_filter *now = atomic_load_explicit(t->slot, memory_order_acquire);
      if (now != t->test.runtime) vonk_scan_test_deinit(&t->test);
      t->test.runtime = now;
      if (!now) continue;
    }
    TRY(read_column(task, r, &r->columns[t->column], rows));
    TRY(vonk_scan_test_rows(task, &t->test, &r->columns[t->column].value, rows, r->live));
    *live_count = (uint32_t)vonk_bits_count(r->live, rows);
  }
  return VONK_OK;
}

/* A filter that no entry of the dictionary passes, in a column that has nothing else: no row of the unit passes. */
static bool is_hopeless(const struct vonk_late_reader *r) {
  for (uint32_t i = 0; i < r->test_count; i++) {
    const struct vonk_late_test *t = &r->tests[i];
    const struct vonk_late_column *c = &r->columns[t->column];
    bool keeps_null = !t->slot && (t->test.filter->keeps_null || t->test.filter->kind == VONK_SCAN_FILTER_IS_NULL);
    const struct vonk_dictionary *dictionary = c->object && t->test.answers ? r->type->dictionary(c->object) : NULL;
    if (dictionary && t->test.dictionary_id == dictionary->id && t->test.none_pass && !keeps_null) return true;
  }
  return false;
}

static STATUS finish_columns(struct vonk_task *task, struct vonk_late_reader *r, uint32_t rows, bool any) {
  for (uint32_t i = 0; i < r->column_count; i++) {
    struct vonk_late_column *c = &r->columns[i];
    if (any) TRY(read_column(task, r, c, rows));
    else if (!c->is_read && c->object) TRY(r->type->skip(task, c->object, rows));
  }
  return VONK_OK;
}

static STATUS next_batch(struct vonk_task *task, struct vonk_late_reader *r, struct vonk_batch *out) {
  const struct vonk_scan_spec *spec = r->reader.scan->spec;
  *out = (struct vonk_batch){.unit = r->reader.unit};
  while (r->row_at < r->unit->row_count) {
    uint64_t left = r->unit->row_count - r->row_at;
    uint32_t limit = r->column_count ? VONK_BATCH_ROWS : INT32_MAX, rows = left < limit ? (uint32_t)left : limit, live = 0;
    TRY(vonk_task_check(task));
    for (uint32_t i = 0; i < r->column_count; i++) r->columns[i].is_read = false;
    if (!r->column_count) live = rows; /* more than a batch: there is nothing to test */
    else if (vonk_bits_get(r->batches, r->row_at / VONK_BATCH_ROWS)) TRY(run_tests(task, r, rows, &live));
    if (!live && is_hopeless(r)) {
      vonk_late_reader_end(r);
      break;
    }
    TRY(finish_columns(task, r, rows, live > 0));
    out->first_row = r->row_at;
    r->row_at += rows;
    if (!live) continue;
    for (uint32_t i = 0; i < spec->column_count; i++) r->out[i] = r->columns[r->wanted[i]].value;
    out->columns = r->out;
    out->column_count = spec->column_count;
    out->row_count = rows;
    out->live_count = live;
    out->live = live < rows ? r->live : NULL;
    return VONK_OK;
  }
  return VONK_OK;
}

STATUS vonk_late_reader_next(struct vonk_task *task, struct vonk_reader *reader, struct vonk_batch *out) {
  struct vonk_late_reader *r = (struct vonk_late_reader *)reader;
  enum vonk_status status = next_batch(task, r, out);
  if (!vonk_scan_may_ignore(task, &reader->scan->spec->options, status)) return status;
  vonk_late_reader_end(r);
  *out = (struct vonk_batch){.unit = reader->unit};
  return VONK_OK;
}
