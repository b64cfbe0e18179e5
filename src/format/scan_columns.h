/* scan_columns.h: which of the files' columns a scan wants, and batches' columns in the order of its spec: those, and constants of partitions. */
#ifndef VONK_FORMAT_SCAN_COLUMNS_H
#define VONK_FORMAT_SCAN_COLUMNS_H

#include "format/scan.h"

struct vonk_scan_columns {
  uint32_t *data;                      /* columns of the data schema that are wanted, each once */
  uint32_t data_count;
  uint32_t *places;                    /* of the spec's columns among data */
};

void vonk_scan_columns_find(struct vonk_arena *arena, const struct vonk_scan_spec *spec, struct vonk_scan_columns *out);
/* A batch's columns of which those of partitions are set. */
struct vonk_column *vonk_scan_columns_open(struct vonk_arena *arena, const struct vonk_scan_spec *spec, const struct vonk_scan_file *file);
/* The others, from DATA. */
void vonk_scan_columns_put(const struct vonk_scan_spec *spec, const struct vonk_scan_columns *columns, const struct vonk_column *data, struct vonk_column *out);

#endif
