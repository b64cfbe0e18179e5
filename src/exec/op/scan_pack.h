/* scan_pack.h: the visible partitions of a scan, and the order of its units: files are packed as Spark does.
 *
 * Files are cut into splits of equal size; splits, large ones first, fill partitions one after the other up to that size, where
 * opening a file counts as so many bytes. A unit belongs to the split that holds the middle of its bytes.
 */
#ifndef VONK_EXEC_OP_SCAN_PACK_H
#define VONK_EXEC_OP_SCAN_PACK_H

#include "exec/partitioning.h"
#include "format/scan.h"

struct vonk_scan_place {
  uint32_t unit;                 /* of the scan */
  uint32_t partition;
  uint64_t start, length;        /* the split's bytes in its file */
};

/* PLACES has one item for each unit, in the order of reading. */
STATUS vonk_scan_pack(struct vonk_task *task, const struct vonk_scan *scan, const struct vonk_partitioning *rules, struct vonk_scan_place **places,
                      uint32_t *partition_count);

#endif
