/* statistics.h: what a file, a stripe or an entry of a row index tells of a column's values; Bloom filters. */
#ifndef VONK_FORMAT_ORC_STATISTICS_H
#define VONK_FORMAT_ORC_STATISTICS_H

#include "format/orc/schema.h"

/* BYTES, encoded, of a part of ROW_COUNT rows; texts are borrowed from them. What cannot be trusted, or is not of NODE's own type, is left out. */
void orc_statistics_read(const struct orc_metadata *metadata, const struct orc_node *node, struct vonk_str bytes, uint64_t row_count,
                         struct vonk_scan_statistics *out);

/* One entry of a Bloom filter stream. */
struct orc_bloom {
  uint32_t hash_count;
  struct vonk_str bits;          /* 64-bit words, the lowest byte first */
};
/* The INDEX-th entry of a stream of kind BLOOM_FILTER_UTF8; false when it cannot be used. */
bool orc_bloom_read(struct vonk_str bytes, uint32_t index, struct orc_bloom *out);
/* False when no value in it is VALUE, of NODE's own type, for certain. */
bool orc_bloom_may_have(const struct orc_bloom *bloom, const struct orc_node *node, const struct vonk_value *value);

#endif
