/* fs_http.c: see http_part.h. */
#include "fs/fs_internal.h"
#include "fs/http_part.h"

struct http_part {
  struct vonk_fs_part part;
  struct vonk_arena *arena;
  struct vonk_http_client *client;
};

static void destroy(struct vonk_fs_part *part) {
  struct http_part *http = (struct http_part *)part;
  vonk_http_client_destroy(http->client);
  vonk_arena_destroy(http->arena);
}

static STATUS create(struct vonk_task *task, struct vonk_budget *root, struct vonk_fs_part **out) {
  (void)root;
  struct vonk_http_client *client;
  TRY(vonk_http_client_create(task, &client));
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct http_part *http = ARENA_NEW(arena, struct http_part);
  *http = (struct http_part){{destroy}, arena, client};
  *out = &http->part;
  return VONK_OK;
}

STATUS vonk_fs_http_client(struct vonk_task *task, struct vonk_http_client **out) {
  struct vonk_fs_part *part;
  TRY(vonk_fs_part(task, VONK_FS_SLOT_HTTP, create, &part));
  *out = ((struct http_part *)part)->client;
  return VONK_OK;
}

const char *vonk_fs_http_reason(struct vonk_arena *arena, const struct vonk_http_call *call) {
  static const char *const ends[] = {
      [VONK_HTTP_UNREACHABLE] = "the store cannot be reached",
      [VONK_HTTP_BROKEN] = "the connection to the store broke",
      [VONK_HTTP_TIMED_OUT] = "the store did not answer in time",
      [VONK_HTTP_TOO_LARGE] = "the store sent more than was asked for",
      [VONK_HTTP_REFUSED] = "the store could not be talked to",
      [VONK_HTTP_NO_MEMORY] = "there was no memory for the answer",
      [VONK_HTTP_CANCELLED] = "the request was cancelled",
  };
  if (call->end == VONK_HTTP_ANSWERED) return vonk_str_format(arena, "the store answered with status %d", call->status).data;
  const char *what = ends[call->end] ? ends[call->end] : "the request did not end";
  return vonk_str_format(arena, "%s%s%s%s", what, call->reason[0] ? ": " : "", call->reason, call->tries > 1 ? " (tried several times)" : "").data;
}
