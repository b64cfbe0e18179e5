/* nested.c: lists, maps and structs. */
#include "format/parquet/nested.h"

STATUS parquet_nested_open(struct vonk_task *task, struct vonk_arena *arena, struct vonk_file *file, const struct parquet_row_group *group,
                           const struct parquet_node *node, struct parquet_nested **out) {
  (void)arena, (void)group, (void)node;
  *out = NULL;
  return vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "nested Parquet columns (" STR_FMT ")", STR_ARG(file->path));
}
void parquet_nested_close(struct parquet_nested *nested) { (void)nested; }
STATUS parquet_nested_read(struct vonk_task *task, struct parquet_nested *nested, uint32_t row_count, struct vonk_column *out) {
  (void)task, (void)nested, (void)row_count, (void)out;
  return VONK_OK;
}
STATUS parquet_nested_skip(struct vonk_task *task, struct parquet_nested *nested, uint64_t row_count) {
  (void)task, (void)nested, (void)row_count;
  return VONK_OK;
}
