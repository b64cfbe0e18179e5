/* adapt.h: a file's column read as another type: what Spark's vectorised reader widens, and fields of structs as they are matched. */
#ifndef VONK_FORMAT_PARQUET_ADAPT_H
#define VONK_FORMAT_PARQUET_ADAPT_H

#include "format/parquet/schema.h"

/* NODE as WANTED: itself when it is that already, a changed copy on ARENA, or NULL when Spark cannot read it so. */
const struct parquet_node *parquet_node_adapt(struct vonk_arena *arena, const struct parquet_node *node, const struct vonk_type *wanted,
                                              const struct vonk_scan_options *options);

/* COUNT values at FROM (unaligned), of the node's stored physical form, to its final one at TO. False when one cannot be held. */
bool parquet_widen(const struct parquet_node *node, const uint8_t *from, uint32_t count, void *to);

#endif
