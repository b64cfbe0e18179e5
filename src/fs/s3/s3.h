/* s3.h: the parts of the S3 file system and what passes between them.
 *
 * settings.c finds out what a bucket is reached with, credentials.c who asks, request.c sends and understands answers; list.c, file.c and
 * output.c are what file systems do, in requests.
 */
#ifndef VONK_FS_S3_S3_H
#define VONK_FS_S3_S3_H

#include "fs/fs_internal.h"
#include "fs/s3/sign.h"
#include "net/http.h"

/* Who asks. Made once per file, output or operation; secrets are wiped with the arena. */
struct s3_credentials {
  bool anonymous;
  struct vonk_str key_id;
  struct vonk_secret secret, token;    /* token may be empty */
  int64_t expires_micros;              /* INT64_MAX: never */
};

/* A bucket and how it is reached. */
struct s3_bucket {
  struct vonk_arena *arena;            /* all of this */
  struct vonk_str name;
  struct vonk_str origin, host;        /* "https://bucket.s3.eu-west-1.amazonaws.com", what follows "://" of it */
  struct vonk_str root;                /* "" or "/bucket", escaped: before the key in a path */
  struct vonk_str region;
  bool tls;
  struct vonk_http_policy policy;
  uint64_t part_bytes;                 /* of multipart uploads */
  _Atomic(const struct s3_credentials *) credentials; /* replaced before they expire; the old ones stay as long as the bucket */
  struct vonk_http_client *client;
};

/* "s3a://bucket/key": the bucket's settings, who asks, and the key (may be empty), all on ARENA. Raises for malformed paths and settings, and
 * when credentials are promised but cannot be had. */
STATUS s3_bucket_open(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str path, struct s3_bucket **out, struct vonk_str *key);

/* A setting fs.s3a.bucket.BUCKET.NAME or fs.s3a.NAME, with or without spark.hadoop. */
bool s3_setting(const struct vonk_task *task, struct vonk_str bucket, const char *name, struct vonk_str *out);
/* From settings, the environment, profiles, a web identity, the container or the machine; anonymous when nothing is known. */
STATUS s3_credentials_find(struct vonk_task *task, struct s3_bucket *bucket);
/* The same again when they are about to expire; for long reads and writes, by the thread that has the bucket. */
STATUS s3_credentials_refresh(struct vonk_task *task, struct s3_bucket *bucket);
/* "2026-11-23T19:00:00Z", with a fraction or not; 0 when it is none. */
int64_t s3_time_micros(struct vonk_str text);

enum { S3_HEADERS_MAX = 16, S3_BODY_LIMIT = 16 << 20 };

/* One request. Lives on its own arena, so that it may outlive who asked. */
struct s3_request {
  struct vonk_http_call call;
  struct vonk_arena *arena;
  const struct s3_bucket *bucket;
  struct vonk_str path, query;         /* as signed and sent */
  struct s3_header headers[S3_HEADERS_MAX];
  uint32_t header_count;
  char payload[S3_SHA256_HEX];
  bool unsigned_payload;
  struct vonk_str error_code, error_message; /* of an answer that is an error */
};

/* METHOD on KEY with QUERY: pairs of names and values, sorted by name, ended by NULL; values are escaped here. BUCKET must outlive it. */
struct s3_request *s3_request_create(const struct s3_bucket *bucket, const char *method, struct vonk_str key, const struct s3_header *query, uint32_t query_count);
/* NAME in lower case. */
void s3_request_header(struct s3_request *request, struct vonk_str name, struct vonk_str value);
/* BYTES are borrowed until the request has ended. */
void s3_request_body(struct s3_request *request, struct vonk_str bytes);
void s3_request_start(struct s3_request *request);
/* Runs to the end. VONK_OK for any answer of the store, also an error (then error_code is set); raises FAILED_* otherwise, as READ_/WRITE says. */
STATUS s3_request_run(struct vonk_task *task, struct s3_request *request, struct vonk_str path, bool writes);
/* Understands an answer that is an error. */
void s3_request_explain(struct s3_request *request);
/* FAILED_READ_FILE or FAILED_WRITE_FILE with what the store said of PATH. */
STATUS s3_request_raise(struct vonk_task *task, struct s3_request *request, struct vonk_str path, bool writes);
void s3_request_destroy(struct s3_request *request);

/* What HEAD says of an object. */
struct s3_object {
  uint64_t byte_size;
  int64_t mtime_ns;
  struct vonk_str etag;                /* with its quotes, on the task's arena */
  struct vonk_str mark;                /* what the writer put into x-amz-meta-vonk; may be empty */
};
STATUS s3_head(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str path, struct vonk_str key, bool *found, struct s3_object *out);
/* The same from what the statement has seen before; false when it has not. */
bool s3_known_find(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str name, struct s3_object *out);
void s3_known_keep(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str name, const struct s3_object *object);
/* NAME was written or removed. */
void s3_known_forget(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str name);
/* A number that another etag does not have. */
uint64_t s3_inode(struct vonk_str etag);

/* Keys below PREFIX (ends with "/" or is empty), all or, with DELIMITED, one level; COUNT_MAX of them (0: all). */
struct s3_listing {
  struct vonk_str path;                /* "s3a://bucket/prefix", what entries start with */
  struct vonk_str prefix;
  bool delimited;
  uint32_t count_max;
};
STATUS s3_list(struct vonk_task *task, const struct s3_bucket *bucket, const struct s3_listing *listing, struct vonk_fs_list *out);

STATUS s3_open(struct vonk_task *task, struct vonk_str path, struct vonk_file **out);
STATUS s3_create(struct vonk_task *task, struct vonk_str path, struct vonk_output **out);
STATUS s3_create_if_absent(struct vonk_task *task, struct vonk_str path, struct vonk_str bytes, enum vonk_fs_claim *out);

#endif
