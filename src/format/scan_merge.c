/* scan_merge.c: statistics and schemas of several parts put together. */
#include "format/scan.h"

/* Do the parts have no value in common for certain? */
static bool are_apart(const struct vonk_scan_statistics *a, const struct vonk_scan_statistics *b) {
  if (!a->has_min || !a->has_max || !b->has_min || !b->has_max) return false;
  return vonk_value_compare(&a->max, &b->min) < 0 || vonk_value_compare(&b->max, &a->min) < 0;
}

/* IS_REPEATING: values occur so often in ONE that other parts will have the same ones. */
static void merge_statistics(struct vonk_scan_statistics *all, const struct vonk_scan_statistics *one, bool first, bool is_repeating) {
  if (first) {
    *all = *one;
    return;
  }
  if (are_apart(all, one)) is_repeating = false;
  all->has_min = all->has_min && one->has_min;
  all->has_max = all->has_max && one->has_max;
  all->is_exact = all->is_exact && one->is_exact;
  if (all->has_min && vonk_value_compare(&one->min, &all->min) < 0) all->min = one->min;
  if (all->has_max && vonk_value_compare(&one->max, &all->max) > 0) all->max = one->max;
  all->has_null_count = all->has_null_count && one->has_null_count;
  all->null_count += one->null_count;
  all->byte_size += one->byte_size;
  if (!all->distinct_count || !one->distinct_count) all->distinct_count = 0;
  else if (is_repeating) all->distinct_count = all->distinct_count > one->distinct_count ? all->distinct_count : one->distinct_count;
  else all->distinct_count += one->distinct_count;
}

void vonk_scan_statistics_add(struct vonk_scan_statistics *all, const struct vonk_scan_statistics *part, uint64_t row_count, bool *any) {
  if (row_count == 0) return;
  if (part->has_null_count && part->null_count == row_count) {
    all->null_count += part->null_count;
    all->byte_size += part->byte_size;
    return;
  }
  uint64_t nulls = all->null_count, bytes = all->byte_size;
  merge_statistics(all, part, !*any, part->distinct_count * 4 < row_count);
  if (!*any) all->null_count += nulls, all->byte_size += bytes;
  *any = true;
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
