/* http_part.h: the HTTP client that all file systems of a process share. */
#ifndef VONK_FS_HTTP_PART_H
#define VONK_FS_HTTP_PART_H

#include "net/http.h"

/* Made at the first call. */
STATUS vonk_fs_http_client(struct vonk_task *task, struct vonk_http_client **out);
/* What went wrong with a call that was not answered, as the reason in an error. On ARENA. */
const char *vonk_fs_http_reason(struct vonk_arena *arena, const struct vonk_http_call *call);

#endif
