/* reader.c: the columns of one stripe. What can be told beside the data is asked first (prune.h).
 *
 * Skipping is lazy: rows are only counted until something is read. Then a jump over whole entries of the row index goes to where the
 * index says, and the bytes between are neither read nor decompressed.
 */
#include <string.h>

#include "base/bits.h"
#include "format/late_reader.h"
#include "format/orc/prune.h"
#include "format/orc/values.h"
#include "type/timezone.h"

/* Parts of a stripe that lie closer than this are fetched as one. */
enum { STRIPE_FOOTER_MAX = 64 << 20, FETCH_GAP = 64 << 10 };

struct column {
  struct orc_column tree;
  struct vonk_arena *batch;            /* of nested columns; NULL: a flat one */
  uint64_t row_at, to_skip;
};

struct orc_reader {
  struct vonk_late_reader late;
  struct vonk_file *file;
  struct orc_unit unit;
  bool has_input;
  struct vonk_buffer *footer;
};

static STATUS mismatch(struct vonk_task *task, const struct orc_footer *footer, const struct orc_node *node, const struct vonk_type *wanted) {
  struct vonk_str reason;
  if (node == &orc_node_twice) reason = STR("several of its columns have one name, letters without case");
  else if (!node->type) reason = vonk_str_format(task->arena, "column " STR_FMT " has a type that cannot be read", STR_ARG(node->name));
  else reason = vonk_str_format(task->arena, "column " STR_FMT " is " STR_FMT " and cannot be read as " STR_FMT, STR_ARG(node->name),
                                STR_ARG(vonk_type_simple_string(task->arena, node->type)), STR_ARG(vonk_type_simple_string(task->arena, wanted)));
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", footer->key.path, "reason", reason, NULL);
}

/* --- columns --- */

/* Whether all types below are indexed, so that rows can be jumped over. */
static STATUS can_seek(struct vonk_task *task, struct orc_column *c, bool *out) {
  const struct orc_row_index *index;
  if (c->node->kind == ORC_MISSING) return VONK_OK;
  TRY(orc_unit_index(task, c->unit, c->node->column, &index));
  *out = *out && index->entry_count > 0;
  for (uint32_t i = 0; *out && i < c->node->child_count; i++) TRY(can_seek(task, &c->children[i], out));
  return VONK_OK;
}

static STATUS catch_up(struct vonk_task *task, struct column *c) {
  uint64_t stride = c->tree.unit->metadata->row_stride, target = c->row_at + c->to_skip;
  if (c->to_skip == 0) return VONK_OK;
  if (stride && target / stride > c->row_at / stride && target % stride < c->to_skip) {
    bool able = true;
    TRY(can_seek(task, &c->tree, &able));
    if (able) {
      TRY(orc_column_seek(task, &c->tree, (uint32_t)(target / stride)));
      c->to_skip = target % stride;
    }
  }
  TRY(orc_column_skip(task, &c->tree, c->to_skip));
  c->row_at = target;
  c->to_skip = 0;
  return VONK_OK;
}

static STATUS read_column(struct vonk_task *task, void *object, uint32_t rows, struct vonk_column *out) {
  struct column *c = object;
  TRY(catch_up(task, c));
  if (c->batch) vonk_arena_reset(c->batch);
  TRY(orc_column_read(task, &c->tree, c->batch, rows, NULL, out));
  c->row_at += rows;
  return VONK_OK;
}

static STATUS skip_column(struct vonk_task *task, void *object, uint64_t rows) {
  (void)task;
  ((struct column *)object)->to_skip += rows;
  return VONK_OK;
}

static const struct vonk_dictionary *dictionary_of(void *object) {
  const struct orc_column *c = &((struct column *)object)->tree;
  return c->node->own == c->node->type ? c->dictionary : NULL;
}

/* --- what will be read --- */

struct fetch {
  uint64_t start, end;
};

static void fetch_more(struct vonk_file *file, struct fetch *fetch, uint64_t start, uint64_t end) {
  if (fetch->end > fetch->start && start >= fetch->start && start <= fetch->end + FETCH_GAP) {
    fetch->end = end > fetch->end ? end : fetch->end;
    return;
  }
  if (fetch->end > fetch->start) vonk_file_prefetch(file, fetch->start, fetch->end - fetch->start);
  *fetch = (struct fetch){start, end};
}

static void mark_wanted(const struct orc_node *node, uint64_t *wanted) {
  if (node->kind == ORC_MISSING) return;
  vonk_bits_set(wanted, node->column);
  for (uint32_t i = 0; i < node->child_count; i++) mark_wanted(&node->children[i], wanted);
}

/* Streams of one column lie together, columns in the order of their types (Java's writer) or nearly so. */
static void fetch_streams(struct orc_reader *r, const uint64_t *wanted) {
  struct fetch fetch = {0};
  for (uint32_t t = 0; t < r->unit.metadata->type_count; t++) {
    if (!vonk_bits_get(wanted, t)) continue;
    for (int kind = 0; kind < ORC_STREAM_ROW_INDEX; kind++) {
      struct orc_stream_place place = r->unit.footer.columns[t].streams[kind];
      if (place.size) fetch_more(r->file, &fetch, place.offset, place.offset + place.size);
    }
  }
  fetch_more(r->file, &fetch, UINT64_MAX, UINT64_MAX);
}

/* --- opening --- */

static STATUS open_column(struct vonk_task *task, struct orc_reader *r, struct vonk_late_column *late, uint64_t *wanted) {
  const struct orc_scan *scan = (const struct orc_scan *)r->late.reader.scan;
  const struct vonk_scan_spec *spec = scan->scan.spec;
  const struct vonk_scan_unit *unit = r->late.unit;
  if (late->index >= orc_data_columns(spec) && vonk_late_reader_constant(&r->late, late, false)) return VONK_OK;
  const struct orc_node *node = scan->nodes[unit->file * orc_data_columns(spec) + late->index];
  if (vonk_late_reader_constant(&r->late, late, node)) return VONK_OK;
  const struct orc_node *adapted = node == &orc_node_twice ? NULL : orc_node_adapt(r->late.arena, node, late->type, spec->options.case_sensitive);
  if (!adapted) return mismatch(task, &scan->footers[unit->file], node, late->type);
  struct column *c = ARENA_NEW(r->late.arena, struct column);
  late->object = c;
  if (adapted->child_count || vonk_type_is_nested(late->type)) c->batch = vonk_arena_create(task->budget);
  mark_wanted(adapted, wanted);
  return orc_column_open(task, &r->unit, adapted, &c->tree);
}

/* What the footer tells holds for the state of the file that it was read from. */
static STATUS open_file(struct vonk_task *task, const struct orc_footer *footer, struct vonk_file **out) {
  const struct vonk_footer_key *key = &footer->key;
  TRY(vonk_file_open(task, key->path, out));
  if ((*out)->byte_size == key->byte_size && (*out)->mtime_ns == key->mtime_ns && (*out)->inode == key->inode) return VONK_OK;
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", key->path, "reason", STR("it was written again while it was read"), NULL);
}

static STATUS read_stripe_footer(struct vonk_task *task, struct orc_reader *r, const struct orc_scan *scan) {
  struct orc_unit *unit = &r->unit;
  const struct orc_stripe *s = unit->stripe;
  TRY(orc_input_read(task, &unit->input, s->offset + s->index_size + s->data_size, s->footer_size, STRIPE_FOOTER_MAX, &r->footer));
  struct vonk_str bytes = {(const char *)r->footer->data, r->footer->size};
  if (!orc_stripe_footer_read(unit->arena, bytes, unit->metadata, s, &unit->footer))
    return orc_malformed(task, r->file->path, (struct vonk_str){0}, "a stripe's footer is malformed");
  unit->writer_zone = unit->reader_zone = scan->zone;
  if (unit->footer.writer_zone.size && !vonk_timezone_load(unit->arena, unit->footer.writer_zone, &unit->writer_zone))
    return orc_malformed(task, r->file->path, (struct vonk_str){0}, "its writer's time zone is not known");
  unit->reader_standard = orc_standard_offset(unit->reader_zone);
  unit->writer_standard = orc_standard_offset(unit->writer_zone);
  return VONK_OK;
}

static STATUS open_columns(struct vonk_task *task, struct vonk_late_reader *late) {
  struct orc_reader *r = (struct orc_reader *)late;
  const struct orc_scan *scan = (const struct orc_scan *)r->late.reader.scan;
  const struct vonk_scan_unit *place = r->late.unit;
  const struct orc_footer *footer = &scan->footers[place->file];
  struct orc_pruned pruned;
  if (r->late.column_count == 0) return VONK_OK;
  TRY(open_file(task, footer, &r->file));
  r->unit = (struct orc_unit){.metadata = &footer->metadata, .stripe = &footer->metadata.stripes[place->part], .arena = r->late.arena};
  r->unit.indexes = (const struct orc_row_index **)vonk_arena_calloc(r->late.arena, footer->metadata.type_count, sizeof *r->unit.indexes);
  TRY(orc_input_open(task, r->file, &footer->metadata, scan->scan.spec->options.pages, &r->unit.input));
  r->has_input = true;
  TRY(read_stripe_footer(task, r, scan));
  TRY(orc_prune(task, scan, place, &r->unit, &pruned));
  if (pruned.is_empty) {
    vonk_late_reader_end(&r->late);
    return VONK_OK;
  }
  r->late.batches = pruned.batches;
  uint64_t *wanted = ARENA_ARRAY(r->late.arena, uint64_t, vonk_bits_words(footer->metadata.type_count));
  for (uint32_t i = 0; i < r->late.column_count; i++) TRY(open_column(task, r, &r->late.columns[i], wanted));
  if (!pruned.groups) fetch_streams(r, wanted);
  return VONK_OK;
}

static void close_columns(struct vonk_late_reader *late) {
  struct orc_reader *r = (struct orc_reader *)late;
  for (uint32_t i = 0; i < r->late.column_count; i++) {
    struct column *c = r->late.columns[i].object;
    if (!c) continue;
    orc_column_close(&c->tree);
    vonk_arena_destroy(c->batch);
  }
  vonk_buffer_release(r->footer);
  if (r->has_input) orc_input_close(&r->unit.input);
  vonk_file_close(r->file);
}

static const struct vonk_late_type columns_type = {.size = sizeof(struct orc_reader), .open = open_columns, .close = close_columns, .read = read_column,
                                                   .skip = skip_column, .dictionary = dictionary_of};

STATUS orc_reader_open(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out) {
  return vonk_late_reader_open(task, &columns_type, scan, unit, out);
}
