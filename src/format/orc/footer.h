/* footer.h: a file's tail, read and understood. A scan holds those of its files; the metadata may be shared with other queries. */
#ifndef VONK_FORMAT_ORC_FOOTER_H
#define VONK_FORMAT_ORC_FOOTER_H

#include "format/footer_cache.h"
#include "format/orc/schema.h"
#include "fs/fs.h"

struct orc_footer {
  struct vonk_footer_key key;          /* the state of the file it was read from */
  struct orc_metadata metadata;
  struct orc_schema schema;            /* type NULL: an empty file, or one that is passed over */
};

/* Lives as long as ARENA. Comes from the options' cache of footers if it can. FOR_SCHEMA: Spark reads it for its schema and has another
 * error then: FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER, else NO_HINT. A file of no bytes has no schema and is no error. */
STATUS orc_footer_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_file *file, const struct vonk_scan_options *options,
                       bool for_schema, struct orc_footer *out);

#endif
