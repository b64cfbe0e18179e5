/* settings.c: what a bucket is reached with: endpoint, region, style, time limits.
 *
 * Names are those of Hadoop's s3a, as people have them in their configurations. A bucket's own (fs.s3a.bucket.NAME.*) come before those of all,
 * those of the session (fs.s3a.*) before those that Spark passes on (spark.hadoop.fs.s3a.*), all before the environment. What no one
 * reads is accepted.
 */
#include "fs/http_part.h"
#include "fs/s3/credentials.h"

enum { PART_BYTES = 8 << 20, PART_BYTES_MIN = 5 << 20, PART_BYTES_MAX = 512 << 20, TRIES = 8, CALLS = 500, CALLS_MAX = 100000, BUCKET_SIZE_MAX = 255, KEY_SIZE_MAX = 4096 };

bool s3_setting(const struct vonk_task *task, struct vonk_str bucket, const char *name, struct vonk_str *out) {
  if (!task->files || !task->files->conf) return false;
  static const char *const starts[] = {"", "spark.hadoop."};
  for (int own = 1; own >= 0; own--) {
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
      struct vonk_str key = own ? vonk_str_format(task->arena, "%sfs.s3a.bucket." STR_FMT ".%s", starts[i], STR_ARG(bucket), name)
                                : vonk_str_format(task->arena, "%sfs.s3a.%s", starts[i], name);
      if (vonk_conf_get(task->files->conf, key, out)) return true;
    }
  }
  return false;
}

static STATUS bad_setting(struct vonk_task *task, const char *name, struct vonk_str value, const char *wanted) {
  struct vonk_str key = vonk_str_format(task->arena, "fs.s3a.%s", name);
  return vonk_raise(task, VONK_INVALID_CONF_VALUE__OUT_OF_RANGE_OF_OPTIONS, NULL, "confName", key, "confValue", value, "confOptions", vonk_str_of(wanted), NULL);
}

static STATUS read_bool(struct vonk_task *task, struct vonk_str bucket, const char *name, bool *given, bool *out) {
  struct vonk_str value;
  *given = s3_setting(task, bucket, name, &value);
  if (!*given) return VONK_OK;
  value = vonk_str_trim(value);
  *out = vonk_str_equal_nocase(value, STR("true"));
  return *out || vonk_str_equal_nocase(value, STR("false")) ? VONK_OK : bad_setting(task, name, value, "true, false");
}

static STATUS read_ms(struct vonk_task *task, struct vonk_str bucket, const char *name, uint32_t *out) {
  struct vonk_str value;
  int64_t ms;
  if (!s3_setting(task, bucket, name, &value)) return VONK_OK;
  if (!vonk_conf_parse_time_ms(value, &ms) || ms < 0 || ms > INT32_MAX) return bad_setting(task, name, value, "a time such as 30s, or milliseconds");
  *out = (uint32_t)ms;
  return VONK_OK;
}

static STATUS read_policy(struct vonk_task *task, struct s3_bucket *bucket) {
  struct vonk_str value;
  int64_t number;
  bucket->policy = (struct vonk_http_policy){.tries_max = TRIES, .stall_timeout_ms = 30000, .calls_max = CALLS};
  bucket->part_bytes = PART_BYTES;
  TRY(read_ms(task, bucket->name, "connection.timeout", &bucket->policy.stall_timeout_ms));
  TRY(read_ms(task, bucket->name, "connection.establish.timeout", &bucket->policy.connect_timeout_ms));
  if (s3_setting(task, bucket->name, "attempts.maximum", &value)) {
    if (!vonk_str_to_int64(vonk_str_trim(value), &number) || number < 0 || number > 100) return bad_setting(task, "attempts.maximum", value, "0 to 100");
    bucket->policy.tries_max = (uint32_t)number + 1;
  }
  if (s3_setting(task, bucket->name, "connection.maximum", &value)) {
    if (!vonk_str_to_int64(vonk_str_trim(value), &number) || number < 1 || number > CALLS_MAX) return bad_setting(task, "connection.maximum", value, "1 to 100000");
    bucket->policy.calls_max = (uint32_t)number;
  }
  if (s3_setting(task, bucket->name, "multipart.size", &value)) {
    if (!vonk_conf_parse_bytes(value, 1, &number) || number <= 0) return bad_setting(task, "multipart.size", value, "a number of bytes such as 64M");
    bucket->part_bytes = number < PART_BYTES_MIN ? PART_BYTES_MIN : number > PART_BYTES_MAX ? PART_BYTES_MAX : (uint64_t)number;
  }
  return VONK_OK;
}

static struct vonk_str profile_region(struct vonk_task *task, struct vonk_arena *scratch) {
  struct s3_profile profile;
  (void)s3_profile_read(task, scratch, s3_profile_name(), &profile);
  s3_wipe(profile.secret), s3_wipe(profile.token);
  return profile.region;
}

static void read_region(struct vonk_task *task, struct s3_bucket *bucket, struct vonk_str endpoint) {
  struct vonk_str region = task->files->identity ? task->files->identity->region : STR("");
  if (!region.size) (void)s3_setting(task, bucket->name, "endpoint.region", &region);
  if (!region.size) region = s3_environment("AWS_REGION");
  if (!region.size) region = s3_environment("AWS_DEFAULT_REGION");
  /* "s3.eu-west-1.amazonaws.com" says it itself. */
  size_t start = vonk_str_find(endpoint, STR("s3."), 0), end = vonk_str_find(endpoint, STR(".amazonaws.com"), 0);
  if (!region.size && start != SIZE_MAX && end != SIZE_MAX && end > start + 3) region = vonk_str_slice(endpoint, start + 3, end);
  struct vonk_arena *scratch = vonk_arena_create(NULL);
  if (!region.size && !task->files->identity) region = profile_region(task, scratch);
  bucket->region = vonk_str_copy(bucket->arena, region.size ? region : STR("us-east-1"));
  vonk_arena_destroy(scratch);
}

/* Stores under an address or a name of this machine have no names for buckets. */
static bool needs_path_style(struct vonk_str host, struct vonk_str bucket, bool tls) {
  size_t colon = vonk_str_find(host, STR(":"), 0);
  struct vonk_str name = colon == SIZE_MAX ? host : vonk_str_slice(host, 0, colon);
  bool digits = name.size > 0;
  for (size_t i = 0; i < name.size; i++) digits &= (name.data[i] >= '0' && name.data[i] <= '9') || name.data[i] == '.';
  if (digits || vonk_str_starts_with(host, STR("[")) || vonk_str_equal_nocase(name, STR("localhost"))) return true;
  if (tls && vonk_str_find(bucket, STR("."), 0) != SIZE_MAX) return true; /* no certificate fits */
  for (size_t i = 0; i < bucket.size; i++) {
    char c = bucket.data[i];
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.')) return true;
  }
  return false;
}

static bool is_host(struct vonk_str host) {
  for (size_t i = 0; i < host.size; i++) {
    char c = host.data[i];
    bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._:[]", c);
    if (!fits || c == 0) return false;
  }
  return host.size > 0;
}

static STATUS read_endpoint(struct vonk_task *task, struct s3_bucket *bucket) {
  struct vonk_str endpoint = {0};
  bool given, tls = true, path_style = false, chosen;
  if (!s3_setting(task, bucket->name, "endpoint", &endpoint) || endpoint.size == 0) endpoint = s3_environment("AWS_ENDPOINT_URL_S3");
  if (!endpoint.size) endpoint = s3_environment("AWS_ENDPOINT_URL");
  endpoint = vonk_str_trim(endpoint);
  read_region(task, bucket, endpoint);
  TRY(read_bool(task, bucket->name, "connection.ssl.enabled", &given, &tls));
  if (vonk_str_starts_with_nocase(endpoint, STR("http://"))) tls = false, endpoint = vonk_str_slice(endpoint, 7, endpoint.size);
  else if (vonk_str_starts_with_nocase(endpoint, STR("https://"))) tls = true, endpoint = vonk_str_slice(endpoint, 8, endpoint.size);
  while (endpoint.size && endpoint.data[endpoint.size - 1] == '/') endpoint.size--;
  if (!endpoint.size) endpoint = vonk_str_format(task->arena, "s3." STR_FMT ".amazonaws.com", STR_ARG(bucket->region));
  if (!is_host(endpoint)) return bad_setting(task, "endpoint", endpoint, "host[:port], with http:// or https:// before it or not");
  TRY(read_bool(task, bucket->name, "path.style.access", &chosen, &path_style));
  path_style |= needs_path_style(endpoint, bucket->name, tls);
  bucket->tls = tls;
  bucket->host = path_style ? vonk_str_copy(bucket->arena, endpoint) : vonk_str_format(bucket->arena, STR_FMT "." STR_FMT, STR_ARG(bucket->name), STR_ARG(endpoint));
  bucket->origin = vonk_str_format(bucket->arena, "%s://" STR_FMT, tls ? "https" : "http", STR_ARG(bucket->host));
  struct vonk_text root;
  vonk_text_init(&root, bucket->arena);
  if (path_style) vonk_text_add_char(&root, '/'), vonk_http_escape(&root, bucket->name, false);
  bucket->root = vonk_text_str(&root);
  return VONK_OK;
}

STATUS s3_bucket_open(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str path, struct s3_bucket **out, struct vonk_str *key) {
  size_t authority = vonk_str_find(path, STR("://"), 0);
  struct vonk_str rest = authority == SIZE_MAX ? STR("") : vonk_str_slice(path, authority + 3, path.size);
  size_t slash = vonk_str_find(rest, STR("/"), 0);
  struct vonk_str name = vonk_str_slice(rest, 0, slash == SIZE_MAX ? rest.size : slash);
  if (name.size == 0 || name.size > BUCKET_SIZE_MAX || vonk_str_find(name, STR("@"), 0) != SIZE_MAX || !is_host(name)) {
    return vonk_fs_raise_read(task, path, "the path does not name a bucket, as s3a://bucket/key does");
  }
  *key = slash == SIZE_MAX ? STR("") : vonk_str_slice(rest, slash + 1, rest.size);
  while (key->size && key->data[0] == '/') *key = vonk_str_slice(*key, 1, key->size);
  if (key->size > KEY_SIZE_MAX) return vonk_fs_raise_read(task, path, "the key is too long");
  *key = vonk_str_copy(arena, *key);
  struct s3_bucket *bucket = ARENA_NEW(arena, struct s3_bucket);
  bucket->arena = arena;
  bucket->name = vonk_str_copy(arena, name);
  TRY(vonk_fs_http_client(task, &bucket->client));
  TRY(read_policy(task, bucket));
  TRY(read_endpoint(task, bucket));
  TRY(s3_credentials_find(task, bucket));
  *out = bucket;
  return VONK_OK;
}
