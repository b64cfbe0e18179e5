/* profile.c: the profiles of AWS's tools: ~/.aws/credentials and ~/.aws/config, keys or a role that is assumed with the keys of another.
 *
 * As AWS's own tools read them: a profile with a role assumes it, whatever keys it has too, unless it names itself as the source. Other
 * programs that hand out credentials (credential_process, single sign-on) are not run.
 */
#include "base/array.h"
#include "fs/s3/credentials.h"

enum { CHAIN_MAX = 5 };

struct vonk_str s3_profile_name(void) {
  struct vonk_str name = s3_environment("AWS_PROFILE");
  if (!name.size) name = s3_environment("AWS_DEFAULT_PROFILE");
  return name.size ? name : STR("default");
}

static void take_line(struct s3_profile *profile, struct vonk_str key, struct vonk_str value) {
  const struct {
    struct vonk_str key;
    struct vonk_str *value;
  } rows[] = {
      {STR("aws_access_key_id"), &profile->id}, {STR("aws_secret_access_key"), &profile->secret}, {STR("aws_session_token"), &profile->token},
      {STR("role_arn"), &profile->role_arn}, {STR("source_profile"), &profile->source_profile}, {STR("credential_source"), &profile->credential_source},
      {STR("web_identity_token_file"), &profile->web_identity_file}, {STR("role_session_name"), &profile->session_name}, {STR("external_id"), &profile->external_id},
      {STR("duration_seconds"), &profile->duration}, {STR("region"), &profile->region},
  };
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    if (vonk_str_equal_nocase(key, rows[i].key)) *rows[i].value = value;
  }
}

/* The settings of [NAME] or [profile NAME]; lines that are indented belong to the one before. */
static bool read_text(struct vonk_str text, struct vonk_str name, struct s3_profile *out) {
  bool inside = false, found = false;
  for (size_t at = 0; at < text.size;) {
    size_t end = vonk_str_find(text, STR("\n"), at);
    if (end == SIZE_MAX) end = text.size;
    struct vonk_str line = vonk_str_trim(vonk_str_slice(text, at, end));
    bool is_nested = text.data[at] == ' ' || text.data[at] == '\t';
    at = end + 1;
    if (!line.size || line.data[0] == '#' || line.data[0] == ';') continue;
    if (line.data[0] == '[' && vonk_str_ends_with(line, STR("]"))) {
      struct vonk_str section = vonk_str_trim(vonk_str_slice(line, 1, line.size - 1));
      if (vonk_str_starts_with(section, STR("profile "))) section = vonk_str_trim(vonk_str_slice(section, 8, section.size));
      inside = vonk_str_equal(section, name);
      found |= inside;
    }
    size_t equals = vonk_str_find(line, STR("="), 0);
    if (!inside || is_nested || equals == SIZE_MAX) continue;
    take_line(out, vonk_str_trim(vonk_str_slice(line, 0, equals)), vonk_str_trim(vonk_str_slice(line, equals + 1, line.size)));
  }
  return found;
}

bool s3_profile_read(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str name, struct s3_profile *out) {
  static const char *const variables[] = {"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}, *const names[] = {"config", "credentials"};
  bool found = false;
  *out = (struct s3_profile){0};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    struct vonk_str path = s3_environment(variables[i]);
    if (!path.size) path = vonk_str_format(arena, STR_FMT "/.aws/%s", STR_ARG(s3_environment("HOME")), names[i]);
    found |= read_text(s3_credentials_file(task, arena, path), name, out);
  }
  return found;
}

static void wipe_profile(const struct s3_profile *profile) { s3_wipe(profile->secret), s3_wipe(profile->token); }

/* --- roles --- */

struct chain {
  struct vonk_task *task;
  const struct s3_bucket *bucket;
  const struct s3_profile_sources *sources;
  struct vonk_arena *scratch;          /* of the files and of what is asked with on the way */
};

static STATUS follow(const struct chain *chain, struct vonk_str name, uint32_t depth, struct vonk_arena *arena, bool *found, struct s3_credentials *out);

static STATUS keys_of(const struct chain *chain, const struct s3_profile *profile, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  return s3_credentials_take(chain->task, arena, profile->id, profile->secret, profile->token, found, out);
}

static STATUS from_source(const struct chain *chain, struct vonk_str source, bool *found, struct s3_credentials *out) {
  if (vonk_str_equal(source, STR("Environment"))) {
    return s3_credentials_take(chain->task, chain->scratch, s3_environment("AWS_ACCESS_KEY_ID"), s3_environment("AWS_SECRET_ACCESS_KEY"), s3_environment("AWS_SESSION_TOKEN"), found, out);
  }
  if (vonk_str_equal(source, STR("EcsContainer"))) return chain->sources->container(chain->task, chain->bucket, chain->scratch, found, out);
  if (vonk_str_equal(source, STR("Ec2InstanceMetadata"))) return chain->sources->machine(chain->task, chain->bucket, chain->scratch, found, out);
  return s3_credentials_refuse(chain->task, "credential_source of a profile is Environment, EcsContainer or Ec2InstanceMetadata");
}

static STATUS assume(const struct chain *chain, struct vonk_str name, const struct s3_profile *profile, uint32_t depth, struct vonk_arena *arena, bool *found,
                     struct s3_credentials *out) {
  struct s3_role role = {profile->role_arn, profile->session_name, profile->external_id, profile->duration};
  struct s3_credentials who = {0};
  *found = true;
  if (profile->web_identity_file.size) return s3_sts_web_identity(chain->task, chain->bucket, profile->web_identity_file, &role, arena, out);
  bool is_itself = vonk_str_equal(profile->source_profile, name);
  if (is_itself) TRY(keys_of(chain, profile, chain->scratch, found, &who));
  else if (profile->source_profile.size) TRY(follow(chain, profile->source_profile, depth + 1, chain->scratch, found, &who));
  else TRY(from_source(chain, profile->credential_source, found, &who));
  if (!*found) return s3_credentials_refuse(chain->task, "what a profile assumes its role with has no credentials");
  return s3_sts_assume(chain->task, chain->bucket, &who, &role, arena, out);
}

static STATUS follow(const struct chain *chain, struct vonk_str name, uint32_t depth, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  struct s3_profile profile;
  *found = false;
  if (depth == CHAIN_MAX) return s3_credentials_refuse(chain->task, "source_profile leads from profile to profile and to no end");
  if (!s3_profile_read(chain->task, chain->scratch, name, &profile)) return VONK_OK;
  bool has_role = profile.role_arn.size && (profile.source_profile.size || profile.credential_source.size || profile.web_identity_file.size);
  enum vonk_status status = has_role ? assume(chain, name, &profile, depth, arena, found, out) : keys_of(chain, &profile, arena, found, out);
  wipe_profile(&profile);
  return status;
}

STATUS s3_profile_credentials(struct vonk_task *task, const struct s3_bucket *bucket, const struct s3_profile_sources *sources, struct vonk_str name, struct vonk_arena *arena,
                              bool *found, struct s3_credentials *out) {
  struct chain chain = {task, bucket, sources, vonk_arena_create(NULL)};
  enum vonk_status status = follow(&chain, name, 0, arena, found, out);
  vonk_arena_destroy(chain.scratch);
  return status;
}
