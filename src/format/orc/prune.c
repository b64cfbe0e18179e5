/* prune.c: asks each filter on a plain column of the file's own type, entry by entry of its row index. */
#include "format/orc/prune.h"

#include "base/bits.h"
#include "format/orc/statistics.h"
#include "format/scan_test.h"

enum { BLOOM_BYTES_MAX = 128 << 20, BLOOM_VALUES_MAX = 64 };

struct pruner {
  const struct orc_scan *scan;
  const struct vonk_scan_unit *place;
  struct orc_unit *unit;
  uint32_t group_count;
  struct orc_pruned *out;
};

static uint64_t group_rows(const struct pruner *p, uint32_t group) {
  uint64_t stride = p->unit->metadata->row_stride, first = group * stride;
  return p->unit->stripe->row_count - first < stride ? p->unit->stripe->row_count - first : stride;
}

/* Whether keys between the minimum and the maximum that a join tells can be in a part with these statistics. */
static bool may_have_keys(const struct vonk_runtime_filter *filter, const struct orc_node *node, const struct vonk_scan_statistics *s) {
  bool is_decimal = node->type->id == VONK_TYPE_DECIMAL;
  if (!is_decimal && !vonk_type_is_integral(node->type) && !vonk_type_is_datetime(node->type)) return true;
  bool below = s->has_max && (is_decimal ? s->max.decimal : s->max.integer) < filter->min;
  bool above = s->has_min && (is_decimal ? s->min.decimal : s->min.integer) > filter->max;
  return !below && !above && filter->min <= filter->max;
}

/* One of the two filters, asked of each group. */
static STATUS ask_groups(struct vonk_task *task, struct pruner *p, const struct orc_node *node, const struct vonk_scan_filter *filter,
                         const struct vonk_runtime_filter *runtime) {
  const struct orc_row_index *index;
  TRY(orc_unit_index(task, p->unit, node->column, &index));
  for (uint32_t i = 0; i < index->entry_count; i++) {
    struct vonk_scan_statistics s;
    uint64_t rows = group_rows(p, i);
    orc_statistics_read(p->unit->metadata, node, index->entries[i].statistics, rows, &s);
    if (filter ? !vonk_scan_test_may_pass(filter, &s, rows) : !may_have_keys(runtime, node, &s)) vonk_bits_clear(p->out->groups, i);
  }
  return VONK_OK;
}

static STATUS ask_bloom(struct vonk_task *task, struct pruner *p, const struct orc_node *node, const struct vonk_scan_filter *filter) {
  struct orc_stream_place place = p->unit->footer.columns[node->column].streams[ORC_STREAM_BLOOM_FILTER_UTF8];
  struct vonk_buffer *bytes;
  bool fits = filter->kind == VONK_SCAN_FILTER_EQ || filter->kind == VONK_SCAN_FILTER_IN;
  if (!fits || !place.size || place.size > BLOOM_BYTES_MAX || filter->value_count > BLOOM_VALUES_MAX) return VONK_OK;
  TRY(orc_input_read(task, &p->unit->input, place.offset, place.size, BLOOM_BYTES_MAX, &bytes));
  for (uint32_t i = 0; i < p->group_count; i++) {
    struct orc_bloom bloom;
    bool may = !vonk_bits_get(p->out->groups, i) || !orc_bloom_read((struct vonk_str){(const char *)bytes->data, bytes->size}, i, &bloom);
    for (uint32_t v = 0; !may && v < filter->value_count; v++) may = orc_bloom_may_have(&bloom, node, &filter->values[v]);
    if (!may) vonk_bits_clear(p->out->groups, i);
  }
  vonk_buffer_release(bytes);
  return VONK_OK;
}

/* Statistics of the whole stripe, which a join's filter has not been asked of yet. */
static bool stripe_may_have(const struct pruner *p, const struct orc_node *node, const struct vonk_runtime_filter *filter) {
  const struct orc_stripe *stripe = p->unit->stripe;
  struct vonk_scan_statistics s;
  if (!stripe->statistics) return true;
  orc_statistics_read(p->unit->metadata, node, stripe->statistics[node->column], stripe->row_count, &s);
  return may_have_keys(filter, node, &s);
}

static STATUS ask_all(struct vonk_task *task, struct pruner *p) {
  const struct vonk_scan_spec *spec = p->scan->scan.spec;
  for (uint32_t i = 0; i < spec->slot_count; i++) {
    const struct orc_node *node = orc_scan_plain_node(p->scan, p->place->file, spec->slots[i].column);
    const struct vonk_runtime_filter *filter = atomic_load_explicit(spec->slots[i].slot, memory_order_acquire);
    if (!node || !filter || !filter->has_range) continue;
    if (!stripe_may_have(p, node, filter)) p->out->is_empty = true;
    else if (p->group_count) TRY(ask_groups(task, p, node, NULL, filter));
  }
  for (uint32_t i = 0; i < spec->filter_count && p->group_count && !p->out->is_empty; i++) {
    const struct vonk_scan_filter *filter = &spec->filters[i];
    const struct orc_node *node = orc_scan_plain_node(p->scan, p->place->file, filter->column);
    if (!node || filter->kind == VONK_SCAN_FILTER_KEEP) continue;
    TRY(ask_groups(task, p, node, filter, NULL));
    if (!vonk_bits_none(p->out->groups, p->group_count)) TRY(ask_bloom(task, p, node, filter));
  }
  return VONK_OK;
}

static void mark_batches(struct pruner *p) {
  uint64_t rows = p->unit->stripe->row_count, stride = p->unit->metadata->row_stride;
  size_t count = (size_t)((rows + VONK_BATCH_ROWS - 1) / VONK_BATCH_ROWS);
  p->out->batches = ARENA_ARRAY(p->unit->arena, uint64_t, vonk_bits_words(count));
  for (uint32_t i = 0; i < p->group_count; i++) {
    if (!vonk_bits_get(p->out->groups, i)) continue;
    vonk_bits_set_range(p->out->batches, (size_t)(i * stride / VONK_BATCH_ROWS), (size_t)((i * stride + group_rows(p, i) - 1) / VONK_BATCH_ROWS) + 1, true);
  }
}

STATUS orc_prune(struct vonk_task *task, const struct orc_scan *scan, const struct vonk_scan_unit *place, struct orc_unit *unit, struct orc_pruned *out) {
  uint64_t stride = unit->metadata->row_stride, rows = unit->stripe->row_count, groups = stride ? (rows - 1) / stride + 1 : 0;
  struct pruner p = {scan, place, unit, groups <= INT32_MAX ? (uint32_t)groups : 0, out};
  *out = (struct orc_pruned){0};
  if (scan->scan.spec->filter_count + scan->scan.spec->slot_count == 0) return VONK_OK;
  out->groups = ARENA_ARRAY(unit->arena, uint64_t, vonk_bits_words(p.group_count) + 1);
  vonk_bits_fill(out->groups, p.group_count, true);
  TRY(ask_all(task, &p));
  if (p.group_count && vonk_bits_none(out->groups, p.group_count)) out->is_empty = true;
  if (p.group_count == 0 || vonk_bits_all(out->groups, p.group_count)) out->groups = NULL;
  else if (!out->is_empty) mark_batches(&p);
  return VONK_OK;
}
