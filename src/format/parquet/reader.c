/* reader.c: one unit, batch by batch.
 *
 * What can be told beside the data is asked first (prune.h). Columns of filters are read first; where no row passes, the others are
 * only told to skip, which passes over whole pages.
 */
#include <string.h>

#include "base/bits.h"
#include "format/parquet/adapt.h"
#include "format/parquet/leaf.h"
#include "format/parquet/nested.h"
#include "format/parquet/prune.h"
#include "format/parquet/scan_internal.h"
#include "format/parquet/test.h"

struct column {
  uint32_t index;                      /* of the spec's columns */
  const struct vonk_type *type;        /* wanted */
  struct parquet_leaf *leaf;           /* a flat column */
  struct parquet_nested *nested;       /* a nested one; neither: CONST */
  bool is_read;                        /* in this batch */
  struct vonk_column value;
};

struct test_of {
  struct parquet_test test;
  uint32_t column;                     /* of the reader's */
  _Atomic(const struct vonk_runtime_filter *) *slot;
};

struct parquet_reader {
  struct vonk_reader reader;
  struct vonk_arena *arena;
  struct vonk_file *file;
  const struct vonk_scan_unit *unit;
  struct column *columns;
  uint32_t column_count;
  uint32_t *wanted;                    /* of the reader's columns */
  struct test_of *tests;
  uint32_t test_count;
  struct parquet_pruned pruned;
  uint64_t row_at;
  struct vonk_column *out;
  uint64_t live[VONK_BATCH_WORDS];
};

static STATUS mismatch(struct vonk_task *task, const struct vonk_file *file, const struct parquet_node *node, const struct vonk_type *wanted) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__PARQUET_COLUMN_DATA_TYPE_MISMATCH, NULL, "path", file->path, "column", node->name, "expectedType",
                    vonk_type_simple_string(task->arena, wanted), "actualType", vonk_type_simple_string(task->arena, node->type), NULL);
}

static bool has_ids(const struct vonk_type_field *field) {
  if (parquet_field_id(field->metadata) >= 0) return true;
  for (uint32_t i = 0; field->type->id == VONK_TYPE_STRUCT && i < field->type->field_count; i++) {
    if (has_ids(&field->type->fields[i])) return true;
  }
  return false;
}

/* Whether the ids of FIELD tell which of the file's columns it is. */
static STATUS check_ids(struct vonk_task *task, const struct parquet_scan *scan, uint32_t file, const struct vonk_type_field *field, const struct parquet_node *node) {
  const struct vonk_scan_options *options = &scan->scan.spec->options;
  const struct parquet_footer *footer = &scan->footers[file];
  struct parquet_source source = {.path = footer->key.path};
  if (!options->field_ids || !footer->schema.type) return VONK_OK;
  if (node == &parquet_node_twice) return parquet_malformed(task, &source, "two of its columns have one field id");
  if (options->field_ids_may_lack || footer->schema.has_field_ids || !has_ids(field)) return VONK_OK;
  return parquet_malformed(task, &source, "its columns have no field ids (see spark.sql.parquet.fieldId.read.ignoreMissing)");
}

static STATUS open_column(struct vonk_task *task, struct parquet_reader *r, struct column *c) {
  const struct parquet_scan *scan = (const struct parquet_scan *)r->reader.scan;
  const struct vonk_scan_spec *spec = scan->scan.spec;
  uint32_t data_columns = parquet_data_columns(spec);
  c->type = parquet_column_type(spec, c->index);
  if (c->index >= data_columns) {
    c->value = vonk_column_const(r->arena, &spec->files[r->unit->file].partition_values[c->index - data_columns]);
    return VONK_OK;
  }
  const struct parquet_node *node = scan->nodes[r->unit->file * data_columns + c->index];
  TRY(check_ids(task, scan, r->unit->file, &spec->schema->fields[c->index], node));
  if (!node) {
    struct vonk_value null = vonk_value_null(c->type);
    c->value = vonk_column_const(r->arena, &null);
    return VONK_OK;
  }
  const struct parquet_node *stored = node;
  node = parquet_node_adapt(r->arena, stored, c->type, &spec->options);
  if (!node) return mismatch(task, r->file, stored, c->type);
  const struct parquet_metadata *metadata = &scan->footers[r->unit->file].metadata;
  const struct parquet_row_group *group = &metadata->row_groups[r->unit->part];
  bool verify = spec->options.verify_checksums;
  /* A page that is kept may have come without a test. */
  struct parquet_pages pages = {.file = r->file, .number = metadata->number, .cache = verify ? NULL : spec->options.pages, .verify = verify};
  if (node->kind != PARQUET_NODE_LEAF) {
    TRY(parquet_nested_open(task, r->arena, &pages, group, stored, node, &c->nested));
    return parquet_nested_skip(task, c->nested, r->unit->first_row);
  }
  struct parquet_leaf *leaf = ARENA_NEW(r->arena, struct parquet_leaf);
  TRY(parquet_leaf_open(task, &pages, &group->chunks[node->leaf], node, leaf));
  c->leaf = leaf;
  parquet_leaf_skip(c->leaf, r->unit->first_row);
  return VONK_OK;
}

static uint32_t column_of(struct parquet_reader *r, uint32_t index) {
  for (uint32_t i = 0; i < r->column_count; i++) {
    if (r->columns[i].index == index) return i;
  }
  r->columns[r->column_count].index = index;
  return r->column_count++;
}

/* What the footer tells holds for the state of the file that it was read from. */
static STATUS open_file(struct vonk_task *task, const struct parquet_scan *scan, uint32_t file, struct vonk_file **out) {
  const struct vonk_footer_key *key = &scan->footers[file].key;
  TRY(vonk_file_open(task, key->path, out));
  if ((*out)->byte_size == key->byte_size && (*out)->mtime_ns == key->mtime_ns && (*out)->inode == key->inode) return VONK_OK;
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", key->path, "reason", STR("it was written again while it was read"), NULL);
}

static STATUS open_columns(struct vonk_task *task, struct parquet_reader *r) {
  const struct vonk_scan_spec *spec = r->reader.scan->spec;
  uint32_t most = spec->column_count + spec->filter_count + spec->slot_count;
  r->columns = ARENA_ARRAY(r->arena, struct column, most);
  r->wanted = ARENA_ARRAY(r->arena, uint32_t, spec->column_count);
  r->out = ARENA_ARRAY(r->arena, struct vonk_column, spec->column_count);
  r->tests = ARENA_ARRAY(r->arena, struct test_of, spec->filter_count + spec->slot_count);
  for (uint32_t i = 0; i < spec->column_count; i++) r->wanted[i] = column_of(r, spec->columns[i]);
  for (uint32_t i = 0; i < spec->filter_count; i++)
    r->tests[r->test_count++] = (struct test_of){.test = {.filter = &spec->filters[i]}, .column = column_of(r, spec->filters[i].column)};
  for (uint32_t i = 0; i < spec->slot_count; i++)
    r->tests[r->test_count++] = (struct test_of){.slot = spec->slots[i].slot, .column = column_of(r, spec->slots[i].column)};
  if (r->column_count == 0) return VONK_OK;
  TRY(open_file(task, (const struct parquet_scan *)r->reader.scan, r->unit->file, &r->file));
  TRY(parquet_prune(task, r->arena, (const struct parquet_scan *)r->reader.scan, r->unit, r->file, &r->pruned));
  if (r->pruned.is_empty) {
    r->row_at = r->unit->row_count;
    return VONK_OK;
  }
  for (uint32_t i = 0; i < r->column_count; i++) TRY(open_column(task, r, &r->columns[i]));
  return VONK_OK;
}

STATUS parquet_reader_open(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct parquet_reader *r = ARENA_NEW(arena, struct parquet_reader);
  r->reader = (struct vonk_reader){.scan = scan, .unit = unit};
  r->arena = arena;
  r->unit = &scan->units[unit];
  enum vonk_status status = open_columns(task, r);
  if (vonk_scan_may_ignore(task, &scan->spec->options, status)) {
    r->row_at = r->unit->row_count;
    status = VONK_OK;
  }
  if (status != VONK_OK) {
    parquet_reader_close(&r->reader);
    return status;
  }
  *out = &r->reader;
  return VONK_OK;
}

void parquet_reader_close(struct vonk_reader *reader) {
  if (!reader) return;
  struct parquet_reader *r = (struct parquet_reader *)reader;
  for (uint32_t i = 0; i < r->column_count; i++) {
    if (r->columns[i].leaf) parquet_leaf_close(r->columns[i].leaf);
    parquet_nested_close(r->columns[i].nested);
  }
  for (uint32_t i = 0; i < r->test_count; i++) parquet_test_deinit(&r->tests[i].test);
  vonk_file_close(r->file);
  vonk_arena_destroy(r->arena);
}

static STATUS read_column(struct vonk_task *task, struct column *c, uint32_t rows) {
  if (c->is_read) return VONK_OK;
  c->is_read = true;
  if (c->leaf) TRY(parquet_leaf_read(task, c->leaf, rows, &c->value));
  if (c->nested) TRY(parquet_nested_read(task, c->nested, rows, &c->value));
  c->value.type = c->type;
  return VONK_OK;
}

static STATUS run_tests(struct vonk_task *task, struct parquet_reader *r, uint32_t rows, uint32_t *live_count) {
  vonk_bits_fill(r->live, rows, true);
  *live_count = rows;
  for (uint32_t i = 0; i < r->test_count && *live_count > 0; i++) {
    struct test_of *t = &r->tests[i];
    if (t->slot) {
      const struct vonk_runtime_filter *now = atomic_load_explicit(t->slot, memory_order_acquire);
      if (now != t->test.runtime) parquet_test_deinit(&t->test);
      t->test.runtime = now;
      if (!now) continue;
    }
    TRY(read_column(task, &r->columns[t->column], rows));
    TRY(parquet_test_rows(task, &t->test, &r->columns[t->column].value, rows, r->live));
    *live_count = (uint32_t)vonk_bits_count(r->live, rows);
  }
  return VONK_OK;
}

/* A filter that no entry of the dictionary passes, in a column that has nothing else: no row of the unit passes. */
static bool is_hopeless(const struct parquet_reader *r) {
  for (uint32_t i = 0; i < r->test_count; i++) {
    const struct test_of *t = &r->tests[i];
    const struct column *c = &r->columns[t->column];
    bool keeps_null = !t->slot && (t->test.filter->keeps_null || t->test.filter->kind == VONK_SCAN_FILTER_IS_NULL);
    if (c->leaf && c->leaf->chunk->all_dictionary && c->leaf->dictionary && t->test.answers && t->test.dictionary_id == c->leaf->dictionary->id &&
        t->test.none_pass && !keeps_null)
      return true;
  }
  return false;
}

static STATUS skip_column(struct vonk_task *task, struct column *c, uint32_t rows) {
  if (c->is_read) return VONK_OK;
  if (c->leaf) parquet_leaf_skip(c->leaf, rows);
  return c->nested ? parquet_nested_skip(task, c->nested, rows) : VONK_OK;
}

static STATUS next_batch(struct vonk_task *task, struct parquet_reader *r, struct vonk_batch *out) {
  const struct vonk_scan_spec *spec = r->reader.scan->spec;
  *out = (struct vonk_batch){.unit = r->reader.unit};
  while (r->row_at < r->unit->row_count) {
    uint64_t left = r->unit->row_count - r->row_at;
    uint32_t limit = r->column_count ? VONK_BATCH_ROWS : INT32_MAX, rows = left < limit ? (uint32_t)left : limit, live;
    TRY(vonk_task_check(task));
    for (uint32_t i = 0; i < r->column_count; i++) r->columns[i].is_read = false;
    live = 0;
    if (vonk_bits_get(r->pruned.batches, r->row_at / VONK_BATCH_ROWS)) TRY(run_tests(task, r, rows, &live));
    if (!live && is_hopeless(r)) {
      r->row_at = r->unit->row_count;
      break;
    }
    for (uint32_t i = 0; i < r->column_count; i++) {
      if (live) TRY(read_column(task, &r->columns[i], rows));
      else TRY(skip_column(task, &r->columns[i], rows));
    }
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

STATUS parquet_reader_next(struct vonk_task *task, struct vonk_reader *reader, struct vonk_batch *out) {
  struct parquet_reader *r = (struct parquet_reader *)reader;
  enum vonk_status status = next_batch(task, r, out);
  if (!vonk_scan_may_ignore(task, &reader->scan->spec->options, status)) return status;
  r->row_at = r->unit->row_count;
  *out = (struct vonk_batch){.unit = reader->unit};
  return VONK_OK;
}
