/* nested.h: lists, maps and structs put together from the levels of their leaves (Dremel). */
#ifndef VONK_FORMAT_PARQUET_NESTED_H
#define VONK_FORMAT_PARQUET_NESTED_H

#include "format/parquet/leaf.h"

struct parquet_nested;

/* STORED is the file's node, NODE the same or what it was adapted to (adapt.h): leaves that NODE does not need are not read. */
STATUS parquet_nested_open(struct vonk_task *task, struct vonk_arena *arena, const struct parquet_pages *pages, const struct parquet_row_group *group,
                           const struct parquet_node *stored, const struct parquet_node *node, struct parquet_nested **out);
/* Takes NULL. */
void parquet_nested_close(struct parquet_nested *nested);
STATUS parquet_nested_read(struct vonk_task *task, struct parquet_nested *nested, uint32_t row_count, struct vonk_column *out);
STATUS parquet_nested_skip(struct vonk_task *task, struct parquet_nested *nested, uint64_t row_count);

#endif
