/* numbered_log.h: logs whose entries are the files 0, 1, 2, ... of a folder, as streams keep them in checkpoints.
 *
 * An entry is a text: a line "v1", then lines of its own. It is written once, whole and durably; of several writers of one number exactly
 * one wins. Texts are bounded by VONK_LOG_ENTRY_BYTES_MAX. What Spark leaves beside them (.N.crc) is passed over, and goes with them.
 */
#ifndef VONK_FS_NUMBERED_LOG_H
#define VONK_FS_NUMBERED_LOG_H

#include "fs/fs.h"

enum { VONK_LOG_ENTRY_BYTES_MAX = 256 << 20 };

/* The number of the latest entry; -1: there is none. */
STATUS vonk_numbered_log_latest(struct vonk_task *task, struct vonk_str folder, int64_t *out);
/* What stands behind the first line, on the task's arena. Raises MALFORMED_LOG_FILE for another version. */
STATUS vonk_numbered_log_read(struct vonk_task *task, struct vonk_str folder, int64_t number, bool *found, struct vonk_str *out);
/* Raises CONCURRENT_STREAM_LOG_UPDATE when there is such an entry already. */
STATUS vonk_numbered_log_add(struct vonk_task *task, struct vonk_str folder, int64_t number, struct vonk_str text);
/* Entries before FIRST_KEPT go. */
STATUS vonk_numbered_log_purge(struct vonk_task *task, struct vonk_str folder, int64_t first_kept);

/* --- logs that are put together: every INTERVAL-th entry is N.compact and holds what all before it do --- */

struct vonk_log_lines {
  struct vonk_str *items;
  size_t count, capacity;
};
/* All lines up to entry LAST (-1: to the end). FOLDER need not be there. */
STATUS vonk_compact_log_read(struct vonk_task *task, struct vonk_str folder, int64_t last, struct vonk_log_lines *out);
/* The lines of entry NUMBER alone, wherever they stand now; those of a compact one are all. */
STATUS vonk_compact_log_read_one(struct vonk_task *task, struct vonk_str folder, int64_t number, bool *found, struct vonk_log_lines *out);
STATUS vonk_compact_log_latest(struct vonk_task *task, struct vonk_str folder, int64_t *out);
struct vonk_compact_log_options {
  int64_t interval;            /* for a log that has no compact entry yet */
  int64_t keep_ms;             /* how long entries stay when a compact one holds their lines; < 0: for ever */
  int64_t now_ms;
};
/* LINES, each without a line feed. Raises as vonk_numbered_log_add. */
STATUS vonk_compact_log_add(struct vonk_task *task, struct vonk_str folder, int64_t number, const struct vonk_log_lines *lines,
                            const struct vonk_compact_log_options *options);

#endif
