/* rebase.h: dates and timestamps that Spark 2 (or Spark in its LEGACY mode) wrote by the hybrid calendar: Julian up to 1582-10-04; and
 * INT96 timestamps that other writers meant as local times (spark.sql.parquet.int96TimestampConversion). */
#ifndef VONK_FORMAT_PARQUET_REBASE_H
#define VONK_FORMAT_PARQUET_REBASE_H

#include "format/parquet/decode.h"

/* How the dates of NODE, when it is a date or a timestamp with zone, are to be taken: what the file says of its writer, else OPTIONS. */
void parquet_rebase_choose(struct vonk_arena *arena, const struct parquet_metadata *metadata, const struct vonk_scan_options *options, struct parquet_node *node);
/* True when one of COUNT values (unaligned) is as old as that the calendars differ. */
bool parquet_rebase_needed(const struct parquet_node *node, const uint8_t *values, uint32_t count);
/* In place; raises for old values in the mode EXCEPTION. */
STATUS parquet_rebase(struct vonk_task *task, const struct parquet_source *source, uint8_t *values, uint32_t count);
/* Timestamps, in place: from local times of ZONE. */
void parquet_rebase_local(const struct vonk_timezone *zone, uint8_t *values, uint32_t count);

#endif
