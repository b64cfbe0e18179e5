/* reader.c: the columns of one unit. What can be told beside the data is asked first (prune.h). */
#include "format/late_reader.h"
#include "format/parquet/adapt.h"
#include "format/parquet/leaf.h"
#include "format/parquet/nested.h"
#include "format/parquet/prune.h"
#include "format/parquet/scan_internal.h"

/* One of the two. */
struct column {
  struct parquet_leaf *leaf;           /* flat */
  struct parquet_nested *nested;
};

struct parquet_reader {
  struct vonk_late_reader late;
  struct vonk_file *file;
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

static STATUS open_column(struct vonk_task *task, struct parquet_reader *r, struct vonk_late_column *late) {
  const struct parquet_scan *scan = (const struct parquet_scan *)r->late.reader.scan;
  const struct vonk_scan_spec *spec = scan->scan.spec;
  const struct vonk_scan_unit *unit = r->late.unit;
  uint32_t data_columns = parquet_data_columns(spec);
  if (late->index >= data_columns && vonk_late_reader_constant(&r->late, late, false)) return VONK_OK;
  const struct parquet_node *node = scan->nodes[unit->file * data_columns + late->index];
  TRY(check_ids(task, scan, unit->file, &spec->schema->fields[late->index], node));
  if (vonk_late_reader_constant(&r->late, late, node)) return VONK_OK;
  const struct parquet_node *stored = node;
  node = parquet_node_adapt(r->late.arena, stored, late->type, &spec->options);
  if (!node) return mismatch(task, r->file, stored, late->type);
  const struct parquet_metadata *metadata = &scan->footers[unit->file].metadata;
  const struct parquet_row_group *group = &metadata->row_groups[unit->part];
  bool verify = spec->options.verify_checksums;
  /* A page that is kept may have come without a test. */
  struct parquet_pages pages = {.file = r->file, .number = metadata->number, .cache = verify ? NULL : spec->options.pages, .verify = verify};
  struct column *c = ARENA_NEW(r->late.arena, struct column);
  late->object = c;
  if (node->kind != PARQUET_NODE_LEAF) {
    TRY(parquet_nested_open(task, r->late.arena, &pages, group, stored, node, &c->nested));
    return parquet_nested_skip(task, c->nested, unit->first_row);
  }
  struct parquet_leaf *leaf = ARENA_NEW(r->late.arena, struct parquet_leaf);
  TRY(parquet_leaf_open(task, &pages, &group->chunks[node->leaf], node, leaf));
  c->leaf = leaf;
  parquet_leaf_skip(c->leaf, unit->first_row);
  return VONK_OK;
}

static STATUS read_column(struct vonk_task *task, void *object, uint32_t rows, struct vonk_column *out) {
  struct column *c = object;
  return c->leaf ? parquet_leaf_read(task, c->leaf, rows, out) : parquet_nested_read(task, c->nested, rows, out);
}

static STATUS skip_column(struct vonk_task *task, void *object, uint64_t rows) {
  struct column *c = object;
  if (!c->leaf) return parquet_nested_skip(task, c->nested, rows);
  parquet_leaf_skip(c->leaf, rows);
  return VONK_OK;
}

static const struct vonk_dictionary *dictionary_of(void *object) {
  const struct column *c = object;
  return c->leaf && c->leaf->chunk->all_dictionary ? c->leaf->dictionary : NULL;
}

/* What the footer tells holds for the state of the file that it was read from. */
static STATUS open_file(struct vonk_task *task, const struct parquet_scan *scan, uint32_t file, struct vonk_file **out) {
  const struct vonk_footer_key *key = &scan->footers[file].key;
  TRY(vonk_file_open(task, key->path, out));
  if ((*out)->byte_size == key->byte_size && (*out)->mtime_ns == key->mtime_ns && (*out)->inode == key->inode) return VONK_OK;
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", key->path, "reason", STR("it was written again while it was read"), NULL);
}

static STATUS open_columns(struct vonk_task *task, struct vonk_late_reader *late) {
  struct parquet_reader *r = (struct parquet_reader *)late;
  const struct parquet_scan *scan = (const struct parquet_scan *)r->late.reader.scan;
  struct parquet_pruned pruned;
  if (r->late.column_count == 0) return VONK_OK;
  TRY(open_file(task, scan, r->late.unit->file, &r->file));
  TRY(parquet_prune(task, r->late.arena, scan, r->late.unit, r->file, &pruned));
  if (pruned.is_empty) {
    vonk_late_reader_end(&r->late);
    return VONK_OK;
  }
  r->late.batches = pruned.batches;
  for (uint32_t i = 0; i < r->late.column_count; i++) TRY(open_column(task, r, &r->late.columns[i]));
  return VONK_OK;
}

static void close_columns(struct vonk_late_reader *late) {
  struct parquet_reader *r = (struct parquet_reader *)late;
  for (uint32_t i = 0; i < r->late.column_count; i++) {
    struct column *c = r->late.columns[i].object;
    if (c && c->leaf) parquet_leaf_close(c->leaf);
    if (c) parquet_nested_close(c->nested);
  }
  vonk_file_close(r->file);
}

static const struct vonk_late_type columns_type = {.size = sizeof(struct parquet_reader), .open = open_columns, .close = close_columns, .read = read_column,
                                                   .skip = skip_column, .dictionary = dictionary_of};

STATUS parquet_reader_open(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out) {
  return vonk_late_reader_open(task, &columns_type, scan, unit, out);
}
