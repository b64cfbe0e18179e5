/* credentials.h: the places where credentials may be, among each other. */
#ifndef VONK_FS_S3_CREDENTIALS_H
#define VONK_FS_S3_CREDENTIALS_H

#include "fs/s3/s3.h"

/* A variable of the environment; absent when it is empty too. */
struct vonk_str s3_environment(const char *name);
/* FAILED_READ_FILE of the store, not of a path; never says what was found. */
STATUS s3_credentials_refuse(struct vonk_task *task, const char *what);
/* FOUND when there are both ID and SECRET; TOKEN may be empty. Raises for what no credentials look like. OUT lies on ARENA and never expires. */
STATUS s3_credentials_take(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str id, struct vonk_str secret, struct vonk_str token, bool *found,
                           struct s3_credentials *out);
/* A small file's text on SCRATCH; absent when it cannot be read. */
struct vonk_str s3_credentials_file(struct vonk_task *task, struct vonk_arena *scratch, struct vonk_str path);
void s3_wipe(struct vonk_str text);

/* A request to who hands out credentials. */
struct s3_ask {
  const char *method;
  struct vonk_str url;
  struct vonk_str body;
  struct s3_header headers[4];
  uint32_t header_count;
  bool is_near;                         /* on this machine or its host: soon or never */
};
/* The answer's text, to be wiped; absent when there is none. */
STATUS s3_credentials_ask(struct vonk_task *task, struct vonk_http_client *client, const struct s3_ask *ask, struct vonk_str *out);

/* --- profile.c --- */

/* What the files of AWS's tools say of a profile; absent where they say nothing. The credentials file comes before the config file. */
struct s3_profile {
  struct vonk_str id, secret, token;
  struct vonk_str role_arn, source_profile, credential_source, web_identity_file;
  struct vonk_str session_name, external_id, duration, region;
};
/* The profile that the environment names, or "default". */
struct vonk_str s3_profile_name(void);
/* On ARENA, which the caller ends soon: it holds secrets. False: there is no such profile. */
bool s3_profile_read(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str name, struct s3_profile *out);
/* FROM_MACHINE and FROM_CONTAINER are asked for a profile's credential_source. Credentials on ARENA. */
struct s3_profile_sources {
  STATUS (*container)(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_arena *arena, bool *found, struct s3_credentials *out);
  STATUS (*machine)(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_arena *arena, bool *found, struct s3_credentials *out);
};
/* The profile's keys, or those of the role that it assumes, by way of other profiles if it says so. */
STATUS s3_profile_credentials(struct vonk_task *task, const struct s3_bucket *bucket, const struct s3_profile_sources *sources, struct vonk_str name, struct vonk_arena *arena,
                              bool *found, struct s3_credentials *out);

/* --- sts.c --- */

struct s3_role {
  struct vonk_str arn;
  struct vonk_str session_name;         /* may be absent, as the others */
  struct vonk_str external_id, duration;
};
/* WHO asks for the role. Raises when it is refused. */
STATUS s3_sts_assume(struct vonk_task *task, const struct s3_bucket *bucket, const struct s3_credentials *who, const struct s3_role *role, struct vonk_arena *arena,
                     struct s3_credentials *out);
/* The token in FILE says who asks. */
STATUS s3_sts_web_identity(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str file, const struct s3_role *role, struct vonk_arena *arena,
                           struct s3_credentials *out);

#endif
