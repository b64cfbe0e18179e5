/* remote.h: files behind plain HTTP requests, without credentials: what web servers and WebHDFS have in common.
 *
 * Redirects are followed here, a few of them, and never from https to http.
 */
#ifndef VONK_FS_REMOTE_H
#define VONK_FS_REMOTE_H

#include "fs/fs_internal.h"
#include "fs/http_part.h"

enum { VONK_REMOTE_REDIRECTS_MAX = 5, VONK_REMOTE_BODY_MAX = 16 << 20 };

extern const struct vonk_http_policy vonk_remote_policy;

/* Runs CALL, whose request and budget are set, and those that its answers lead to. VONK_OK for any answer; FAILED_READ_FILE or, with WRITES,
 * FAILED_WRITE_FILE for PATH otherwise. Memory on the task's arena. Deinit the call. */
STATUS vonk_remote_run(struct vonk_task *task, struct vonk_http_client *client, struct vonk_http_call *call, struct vonk_str path, bool writes);
/* Where a redirect of a request to URL leads; absent when it is none that may be followed. On ARENA. */
struct vonk_str vonk_remote_location(struct vonk_arena *arena, const struct vonk_http_call *call, struct vonk_str url);

struct vonk_remote_spec {
  struct vonk_str path;          /* as errors name it */
  struct vonk_str url;           /* of the content */
  bool query_ranges;             /* ranges are asked for by &offset=&length= rather than a header */
  struct vonk_str etag;          /* may be empty */
  uint64_t byte_size;
  int64_t mtime_ns;
  uint64_t inode;
};
/* A file whose ranges are fetched as they are read. */
STATUS vonk_remote_open(struct vonk_task *task, const struct vonk_remote_spec *spec, struct vonk_file **out);

#endif
