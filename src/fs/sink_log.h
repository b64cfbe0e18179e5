/* sink_log.h: FOLDER/_spark_metadata: which files of a folder a streaming query has written, batch by batch, as Spark's file sink keeps it.
 *
 * A batch's files count when its entry is in the log, all at once; what else lies in the folder (of a batch that was killed) does not. So
 * whoever reads a folder that has a log reads the files of the log.
 */
#ifndef VONK_FS_SINK_LOG_H
#define VONK_FS_SINK_LOG_H

#include "fs/numbered_log.h"

#define VONK_SINK_LOG_FOLDER "_spark_metadata"

/* FOUND false when FOLDER has no log. The files, sorted by path, behind what OUT holds; with the sizes and times of the log. */
STATUS vonk_sink_log_files(struct vonk_task *task, struct vonk_str folder, bool *found, struct vonk_fs_list *out);
/* The latest batch; -1: none. */
STATUS vonk_sink_log_latest(struct vonk_task *task, struct vonk_str folder, int64_t *out);
/* FILES (items of the folder, looked at) are those of BATCH. Raises CONCURRENT_STREAM_LOG_UPDATE. */
STATUS vonk_sink_log_add(struct vonk_task *task, struct vonk_str folder, int64_t batch, const struct vonk_fs_list *files, const struct vonk_compact_log_options *options);

/* What a stream has written counts no more than anything else in the folder: it is about to be emptied. */
STATUS vonk_sink_log_remove(struct vonk_task *task, struct vonk_str folder);

/* --- paths as Spark's logs write them: file:///a%20b, s3a://bucket/key --- */

struct vonk_str vonk_log_path_write(struct vonk_arena *arena, struct vonk_str path);
/* As file systems here take it: local ones without a scheme. */
struct vonk_str vonk_log_path_read(struct vonk_arena *arena, struct vonk_str text);

#endif
