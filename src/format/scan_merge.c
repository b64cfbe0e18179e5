/* scan_merge.c: statistics and schemas of several parts put together. */
#include <math.h>

#include "format/scan.h"

/* All values of PARTS together. Where every part has the least and the largest of all, each has the same values; where few have, each has a
 * share of them: a part that holds D of the N values holds the least of all with a chance of D / N, so that N can be told from how many
 * do. Parts behind one another, as those of sorted files, have values of their own. */
static uint64_t distinct_of(const struct vonk_scan_parts *parts, bool has_bounds) {
  if (parts->is_unknown) return 0;
  double share = has_bounds ? (double)(parts->at_min + parts->at_max) / (2 * parts->count) : parts->repeats ? 1 : 0;
  double all = (double)parts->most / fmax(share, 1e-9);
  return all < (double)parts->sum ? (uint64_t)all : parts->sum;
}

static void merge_bounds(struct vonk_scan_statistics *all, const struct vonk_scan_statistics *one, struct vonk_scan_parts *parts) {
  all->is_exact = all->is_exact && one->is_exact;
  all->has_min = all->has_min && one->has_min;
  all->has_max = all->has_max && one->has_max;
  int low = all->has_min ? vonk_value_compare(&one->min, &all->min) : 0, high = all->has_max ? vonk_value_compare(&one->max, &all->max) : 0;
  if (low < 0) all->min = one->min, parts->at_min = 0;
  if (high > 0) all->max = one->max, parts->at_max = 0;
  parts->at_min += low <= 0;
  parts->at_max += high >= 0;
}

void vonk_scan_statistics_add(struct vonk_scan_statistics *all, const struct vonk_scan_statistics *part, uint64_t row_count, struct vonk_scan_parts *parts) {
  if (row_count == 0) return;
  if (part->has_null_count && part->null_count == row_count) {
    all->null_count += part->null_count;
    all->byte_size += part->byte_size;
    return;
  }
  uint64_t nulls = all->null_count, bytes = all->byte_size;
  if (!parts->count) *all = *part;
  merge_bounds(all, part, parts);
  all->has_null_count = all->has_null_count && part->has_null_count;
  all->null_count = nulls + part->null_count;
  all->byte_size = bytes + part->byte_size;
  parts->count++;
  parts->is_unknown |= !part->distinct_count;
  parts->repeats |= part->distinct_count * 4 < row_count;
  parts->sum += part->distinct_count;
  if (part->distinct_count > parts->most) parts->most = part->distinct_count;
  all->distinct_count = distinct_of(parts, all->has_min && all->has_max);
}

static void answer_column(struct vonk_task *task, const struct vonk_scan *scan, vonk_scan_column_statistics *read, struct vonk_scan_aggregate *a) {
  const struct vonk_type *type = scan->spec->schema->fields[a->column].type;
  struct vonk_scan_statistics all = {.has_null_count = true};
  struct vonk_scan_parts parts = {0};
  if (!read(task, scan, a->column, &all, &parts)) return;
  if (a->kind == VONK_SCAN_COUNT) {
    a->known = all.has_null_count;
    a->value = vonk_value_integer(&vonk_type_long, (int64_t)(scan->row_count - all.null_count));
  } else if (!parts.count) {
    a->known = all.null_count == scan->row_count;
    a->value = vonk_value_null(type);
  } else {
    a->known = all.is_exact;
    struct vonk_value *value = a->kind == VONK_SCAN_MIN ? &all.min : &all.max;
    value->type = type; /* that of the statistics ends with the scan, and so may its text */
    if (a->known) a->value = vonk_value_copy(task->arena, value);
  }
}

void vonk_scan_answer_aggregates(struct vonk_task *task, const struct vonk_scan *scan, vonk_scan_column_statistics *read, struct vonk_scan_aggregate *aggregates,
                                 uint32_t count) {
  const struct vonk_scan_spec *spec = scan->spec;
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_scan_aggregate *a = &aggregates[i];
    a->known = false;
    if (spec->filter_count || spec->slot_count) continue;
    if (a->kind == VONK_SCAN_COUNT_ROWS) {
      a->known = true;
      a->value = vonk_value_integer(&vonk_type_long, (int64_t)scan->row_count);
    } else if (a->column < spec->schema->field_count) {
      answer_column(task, scan, read, a);
    }
  }
}

const struct vonk_type *vonk_scan_schemas_merge(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b) {
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, (size_t)a->field_count + b->field_count);
  uint32_t count = a->field_count;
  for (uint32_t i = 0; i < count; i++) fields[i] = a->fields[i];
  for (uint32_t i = 0; i < b->field_count; i++) {
    bool known = false;
    for (uint32_t k = 0; k < a->field_count; k++) known = known || vonk_str_equal_nocase(a->fields[k].name, b->fields[i].name);
    if (!known) fields[count++] = b->fields[i];
  }
  return vonk_type_struct(arena, fields, count);
}
