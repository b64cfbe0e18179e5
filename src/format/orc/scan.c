/* scan.c: schema, statistics and units of ORC files. A unit is a stripe. */
#include "base/array.h"
#include "format/late_reader.h"
#include "format/orc/scan_internal.h"
#include "format/orc/statistics.h"
#include "type/timezone.h"

static bool is_true(struct vonk_str text) { return vonk_str_equal_nocase(text, STR("true")); }

/* FOOTER has no schema for a file of no bytes, and for one that is passed over. */
static STATUS read_footer(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_file *file, const struct vonk_scan_options *options,
                          bool for_schema, struct orc_footer *footer) {
  enum vonk_status status = orc_footer_read(task, arena, file, options, for_schema, footer);
  if (!vonk_scan_may_ignore(task, options, status)) return status;
  *footer = (struct orc_footer){.key = footer->key};
  return VONK_OK;
}

/* --- schema --- */

static STATUS check_readable(struct vonk_task *task, const struct orc_footer *footer) {
  const struct orc_node *node = footer->schema.unreadable;
  if (!node) return VONK_OK;
  /* Spark reads the type's name as SQL, which has no unions. */
  if (node->kind == ORC_UNION) return vonk_raise(task, VONK_PARSE_SYNTAX_ERROR, NULL, "error", STR("'<'"), "hint", STR(""), NULL);
  return vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "a type of column " STR_FMT " of ORC file " STR_FMT, STR_ARG(node->name), STR_ARG(footer->key.path));
}

static bool merges(const struct vonk_scan_options *options) {
  struct vonk_str option = vonk_scan_option(options->items, options->item_count, STR("mergeSchema"));
  if (!option.data) option = vonk_scan_option(options->items, options->item_count, vonk_conf_rows[VONK_CONF_ORC_MERGE_SCHEMA].key);
  return is_true(option);
}

static STATUS add_schema(struct vonk_task *task, const struct orc_footer *footer, const struct vonk_scan_options *options, const struct vonk_type **schema) {
  const struct vonk_type *own = footer->schema.type;
  if (!own || (*schema && !merges(options))) return VONK_OK;
  TRY(check_readable(task, footer));
  if (own->field_count == 0) return VONK_OK;
  *schema = *schema ? vonk_scan_schemas_merge(task->arena, *schema, own) : own;
  return VONK_OK;
}

static void add_statistics(const struct orc_footer *footer, struct vonk_str name, const struct vonk_type *type, struct vonk_scan_statistics *all,
                           struct vonk_scan_parts *parts, bool *everywhere) {
  const struct orc_metadata *m = &footer->metadata;
  struct vonk_scan_statistics one;
  if (m->row_count == 0) return;
  const struct orc_node *node = orc_node_find(footer->schema.fields, footer->schema.field_count, name, true);
  *everywhere = *everywhere && node && node->type && m->statistics && vonk_type_same(node->type, type);
  if (!*everywhere) return;
  orc_statistics_read(m, node, m->statistics[node->column], m->row_count, &one);
  vonk_scan_statistics_add(all, &one, m->row_count, parts);
}

static STATUS infer_schema(struct vonk_task *task, const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_scan_options *options,
                           const struct vonk_type *given, struct vonk_scan_info *info) {
  *info = (struct vonk_scan_info){.has_row_count = true};
  struct orc_footer *footers = ARENA_ARRAY(task->arena, struct orc_footer, file_count);
  for (uint32_t i = 0; i < file_count; i++) {
    TRY(read_footer(task, task->arena, &files[i], options, !given, &footers[i]));
    info->row_count += footers[i].metadata.row_count;
    info->byte_size += files[i].byte_size;
    if (!given) TRY(add_schema(task, &footers[i], options, &info->schema));
  }
  if (given) info->schema = given;
  if (!info->schema) return vonk_raise(task, VONK_UNABLE_TO_INFER_SCHEMA, NULL, "format", STR("ORC"), NULL);
  struct vonk_scan_statistics *columns = ARENA_ARRAY(task->arena, struct vonk_scan_statistics, info->schema->field_count);
  for (uint32_t c = 0; c < info->schema->field_count; c++) {
    const struct vonk_type_field *field = &info->schema->fields[c];
    struct vonk_scan_parts parts = {0};
    bool everywhere = true;
    columns[c].has_null_count = true;
    for (uint32_t i = 0; i < file_count; i++) add_statistics(&footers[i], field->name, field->type, &columns[c], &parts, &everywhere);
    if (!everywhere) columns[c] = (struct vonk_scan_statistics){0};
  }
  info->columns = columns;
  return VONK_OK;
}

/* --- columns of files --- */

static STATUS raise_file(struct vonk_task *task, const struct orc_footer *footer, struct vonk_str reason) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", footer->key.path, "reason", reason, NULL);
}

/* As Spark's OrcUtils.requestedColumnIds: by position when the file has no names of its own, or when that is asked for. */
static STATUS find_columns(struct vonk_task *task, const struct vonk_scan_spec *spec, const struct orc_footer *footer, const struct orc_node **nodes) {
  const struct vonk_scan_options *options = &spec->options;
  const struct orc_schema *schema = &footer->schema;
  if (schema->unreadable) return raise_file(task, footer, vonk_str_format(task->arena, "column " STR_FMT " has a type that cannot be read", STR_ARG(schema->unreadable->name)));
  bool forced = is_true(vonk_scan_option(options->items, options->item_count, vonk_conf_rows[VONK_CONF_ORC_POSITIONAL].key));
  bool by_position = schema->is_positional || (forced && schema->field_count > 0);
  if (by_position && schema->field_count > orc_data_columns(spec))
    return raise_file(task, footer, vonk_str_format(task->arena, "it has %u columns without names, more than the %u that are known", schema->field_count, orc_data_columns(spec)));
  for (uint32_t c = 0; c < orc_data_columns(spec); c++) {
    struct vonk_str name = spec->schema->fields[c].name;
    nodes[c] = by_position ? c < schema->field_count ? &schema->fields[c] : NULL : orc_node_find(schema->fields, schema->field_count, name, options->case_sensitive);
  }
  return VONK_OK;
}

const struct orc_node *orc_scan_plain_node(const struct orc_scan *scan, uint32_t file, uint32_t column) {
  const struct vonk_scan_spec *spec = scan->scan.spec;
  if (column >= orc_data_columns(spec)) return NULL;
  const struct orc_node *node = scan->nodes[file * orc_data_columns(spec) + column];
  bool fits = node && node->type && !node->child_count && vonk_type_same(node->type, spec->schema->fields[column].type);
  return fits && !node->type->collation.size ? node : NULL;
}

/* --- units --- */

static bool may_pass(const struct orc_scan *scan, uint32_t file, const struct orc_stripe *stripe) {
  const struct vonk_scan_spec *spec = scan->scan.spec;
  for (uint32_t i = 0; stripe->statistics && i < spec->filter_count; i++) {
    const struct vonk_scan_filter *filter = &spec->filters[i];
    const struct orc_node *node = orc_scan_plain_node(scan, file, filter->column);
    struct vonk_scan_statistics s;
    if (!node) continue;
    orc_statistics_read(&scan->footers[file].metadata, node, stripe->statistics[node->column], stripe->row_count, &s);
    if (!vonk_scan_test_may_pass(filter, &s, stripe->row_count)) return false;
  }
  return true;
}

static void make_units(struct orc_scan *scan) {
  ARRAY_OF(struct vonk_scan_unit) units = {0};
  for (uint32_t f = 0; f < scan->scan.spec->file_count; f++) {
    const struct orc_metadata *m = &scan->footers[f].metadata;
    uint64_t file_row = 0;
    for (uint32_t i = 0; i < m->stripe_count; i++) {
      const struct orc_stripe *s = &m->stripes[i];
      uint64_t size = s->index_size + s->data_size + s->footer_size;
      if (s->row_count > 0 && may_pass(scan, f, s)) {
        *ARRAY_PUSH(scan->arena, &units) = (struct vonk_scan_unit){.file = f, .part = i, .row_count = s->row_count, .file_row = file_row, .byte_size = s->data_size,
                                                                  .file_middle = s->offset + size / 2};
        scan->scan.row_count += s->row_count;
      }
      file_row += s->row_count;
    }
  }
  scan->scan.units = units.items;
  scan->scan.unit_count = (uint32_t)units.count;
}

static STATUS fill(struct vonk_task *task, struct orc_scan *scan) {
  const struct vonk_scan_spec *spec = scan->scan.spec;
  uint32_t data_columns = orc_data_columns(spec);
  scan->footers = ARENA_ARRAY(scan->arena, struct orc_footer, spec->file_count);
  scan->nodes = (const struct orc_node **)vonk_arena_calloc(scan->arena, (size_t)spec->file_count * data_columns, sizeof *scan->nodes);
  for (uint32_t f = 0; f < spec->file_count; f++) {
    TRY(read_footer(task, scan->arena, &spec->files[f], &spec->options, false, &scan->footers[f]));
    if (scan->footers[f].schema.type) TRY(find_columns(task, spec, &scan->footers[f], scan->nodes + (size_t)f * data_columns));
  }
  enum vonk_scan_answer *answers = ARENA_ARRAY(scan->arena, enum vonk_scan_answer, spec->filter_count);
  for (uint32_t i = 0; i < spec->filter_count; i++) answers[i] = VONK_SCAN_EXACT;
  scan->scan.answers = answers;
  if (!vonk_timezone_load(scan->arena, vonk_timezone_system_id(scan->arena), &scan->zone)) scan->zone = &vonk_timezone_utc;
  make_units(scan);
  return VONK_OK;
}

extern const struct vonk_format_type vonk_format_orc;

static STATUS open_scan(struct vonk_task *task, const struct vonk_scan_spec *spec, struct vonk_scan **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct orc_scan *scan = ARENA_NEW(arena, struct orc_scan);
  scan->scan = (struct vonk_scan){.type = &vonk_format_orc, .spec = spec};
  scan->arena = arena;
  enum vonk_status status = fill(task, scan);
  if (status != VONK_OK) {
    vonk_arena_destroy(arena);
    return status;
  }
  *out = &scan->scan;
  return VONK_OK;
}

static void close_scan(struct vonk_scan *scan) { vonk_arena_destroy(((struct orc_scan *)scan)->arena); }

/* --- aggregates --- */

static bool column_statistics(struct vonk_task *task, const struct vonk_scan *base, uint32_t column, struct vonk_scan_statistics *all, struct vonk_scan_parts *parts) {
  const struct orc_scan *scan = (const struct orc_scan *)base;
  (void)task;
  for (uint32_t f = 0; f < base->spec->file_count; f++) {
    const struct orc_metadata *m = &scan->footers[f].metadata;
    const struct orc_node *node = orc_scan_plain_node(scan, f, column);
    struct vonk_scan_statistics one;
    if (m->row_count == 0) continue;
    if (!node || !m->statistics) return false;
    orc_statistics_read(m, node, m->statistics[node->column], m->row_count, &one);
    vonk_scan_statistics_add(all, &one, m->row_count, parts);
  }
  return true;
}

static STATUS aggregate(struct vonk_task *task, const struct vonk_scan *scan, struct vonk_scan_aggregate *aggregates, uint32_t count) {
  vonk_scan_answer_aggregates(task, scan, column_statistics, aggregates, count);
  return VONK_OK;
}

static const enum vonk_conf_key settings[] = {VONK_CONF_ORC_MERGE_SCHEMA, VONK_CONF_ORC_POSITIONAL};

const struct vonk_format_type vonk_format_orc = {
    .name = "orc",
    .settings = settings,
    .setting_count = COUNT_OF(settings),
    .infer_schema = infer_schema,
    .open_scan = open_scan,
    .close_scan = close_scan,
    .open_unit = orc_reader_open,
    .next = vonk_late_reader_next,
    .close_unit = vonk_late_reader_close,
    .aggregate = aggregate,
};
