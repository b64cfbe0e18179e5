/* scan_internal.h: what an ORC scan shares with its readers. */
#ifndef VONK_FORMAT_ORC_SCAN_INTERNAL_H
#define VONK_FORMAT_ORC_SCAN_INTERNAL_H

#include "format/orc/footer.h"

struct orc_scan {
  struct vonk_scan scan;
  struct vonk_arena *arena;            /* holds all of it */
  struct orc_footer *footers;          /* per file */
  const struct orc_node **nodes;       /* file * data columns + column; NULL: the file lacks it */
  const struct vonk_timezone *zone;    /* of this machine */
};

static inline uint32_t orc_data_columns(const struct vonk_scan_spec *spec) { return spec->schema->field_count; }
/* The file's column when filters and statistics may speak of it: it is not nested and of the type that is wanted. */
const struct orc_node *orc_scan_plain_node(const struct orc_scan *scan, uint32_t file, uint32_t column);

STATUS orc_reader_open(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out);

#endif
