/* ranges.h: parts of remote files in memory: fetched in parallel, shared by those who read the same file, evicted when memory is wanted.
 *
 * A file is known by an identity that changes with its contents (who asks, address, etag), so what is kept is never stale. Hints are
 * collected until the first read that has to wait; then they are sorted, neighbours are put together, and several requests go out at once.
 * Ranges are charged to the process, the one used longest ago goes first.
 */
#ifndef VONK_FS_RANGES_H
#define VONK_FS_RANGES_H

#include "base/buffer.h"
#include "base/task.h"

struct vonk_ranges;              /* of one open file */
struct vonk_range;

/* How a range is fetched. */
struct vonk_range_source {
  void *object;
  /* Begins to fetch SIZE bytes at OFFSET into BYTES, and returns; vonk_range_done tells RANGE's end, from any thread, in any case. */
  void (*fetch)(void *object, struct vonk_range *range, uint64_t offset, size_t size, void *bytes);
};

/* IDENTITY is copied. */
STATUS vonk_ranges_open(struct vonk_task *task, struct vonk_str identity, uint64_t byte_size, const struct vonk_range_source *source, struct vonk_ranges **out);
/* What is being fetched goes on; the source must be able to take that. */
void vonk_ranges_close(struct vonk_ranges *ranges);
void vonk_ranges_prefetch(struct vonk_ranges *ranges, uint64_t offset, uint64_t size);
/* FAILED_READ_FILE for PATH with the reason that fetching ended with. */
STATUS vonk_ranges_read(struct vonk_task *task, struct vonk_ranges *ranges, struct vonk_str path, uint64_t offset, size_t size, void *out);

/* REASON NULL: all bytes are there. Else it is copied. */
void vonk_range_done(struct vonk_range *range, const char *reason);

#endif
