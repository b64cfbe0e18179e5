/* spill_file.h: temporary files for what memory cannot hold.
 *
 * Each process has a sub folder `vonk-spill-PID-TIME` of spark.local.dir, made at first use, that holds a locked file; at start
 * folders whose lock is free (a process that was killed) are swept. Files are unlinked as soon as they are open, so
 * nothing stays behind but an empty folder even after kill -9.
 */
#ifndef VONK_EXEC_SPILL_FILE_H
#define VONK_EXEC_SPILL_FILE_H

#include "base/task.h"

struct vonk_spill_folder;
struct vonk_spill_file;

STATUS vonk_spill_folder_create(struct vonk_task *task, struct vonk_str parent, struct vonk_spill_folder **out);
/* Removes the folder; its files must have been destroyed. Takes NULL. */
void vonk_spill_folder_destroy(struct vonk_spill_folder *folder);
/* Removes folders of processes that live no more. */
void vonk_spill_folder_sweep(struct vonk_str parent);

STATUS vonk_spill_file_create(struct vonk_task *task, struct vonk_spill_folder *folder, struct vonk_spill_file **out);
/* Its room is given back soon after. Takes NULL. */
void vonk_spill_file_destroy(struct vonk_spill_file *file);
/* Thread-safe. Appends SIZE bytes (packed by LZ4); *OFFSET says where. They are read as a whole. */
STATUS vonk_spill_file_write(struct vonk_task *task, struct vonk_spill_file *file, const void *data, size_t size, uint64_t *offset);
STATUS vonk_spill_file_read(struct vonk_task *task, struct vonk_spill_file *file, uint64_t offset, void *data, size_t size);
uint64_t vonk_spill_file_byte_size(const struct vonk_spill_file *file);

#endif
