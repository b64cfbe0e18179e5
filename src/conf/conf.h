/* conf.h: settings: a registry of known keys and immutable snapshots of their values.
 *
 * A snapshot never changes: SET and RESET make a new one, and who holds the old one keeps seeing it. Known keys
 * (registry.def) are checked and parsed when they are set, so the typed getters cannot fail; any other key is kept as text.
 */
#ifndef VONK_CONF_CONF_H
#define VONK_CONF_CONF_H

#include "base/task.h"

enum vonk_conf_key {
#define VONK_CONF(identifier, key, type, default_text, scope, doc) VONK_CONF_##identifier,
#define VONK_CONF_ONE_OF(identifier, key, choices, default_text, scope, doc) VONK_CONF_##identifier,
#include "conf/registry.def"
#undef VONK_CONF
#undef VONK_CONF_ONE_OF
  VONK_CONF_KEY_COUNT
};

enum vonk_conf_type {
  VONK_CONF_TYPE_BOOL,
  VONK_CONF_TYPE_INT,
  VONK_CONF_TYPE_BYTES,
  VONK_CONF_TYPE_MEBIBYTES,
  VONK_CONF_TYPE_TIME,
  VONK_CONF_TYPE_REAL,
  VONK_CONF_TYPE_STRING,
  VONK_CONF_TYPE_CHOICE,
};

/* RUNTIME: SET at any time. STATIC: SQL's, only before the session starts. CORE: Spark's own, only before the session starts. */
enum vonk_conf_scope { VONK_CONF_SCOPE_RUNTIME, VONK_CONF_SCOPE_STATIC, VONK_CONF_SCOPE_CORE };

struct vonk_conf_row {
  struct vonk_str key;
  enum vonk_conf_type type;
  enum vonk_conf_scope scope;
  struct vonk_str default_text; /* empty: not set, unless a STRING */
  struct vonk_str choices;      /* CHOICE: "A|B" */
  struct vonk_str doc;
};
/* Sorted by key, indexed by enum vonk_conf_key. */
extern const struct vonk_conf_row vonk_conf_rows[VONK_CONF_KEY_COUNT];
/* VONK_CONF_KEY_COUNT when NAME is not a known key. */
enum vonk_conf_key vonk_conf_find(struct vonk_str name);

/* A snapshot, counted. */
struct vonk_conf;

/* All defaults; one reference. */
struct vonk_conf *vonk_conf_create(void);
struct vonk_conf *vonk_conf_retain(struct vonk_conf *conf);
/* Takes NULL. */
void vonk_conf_release(struct vonk_conf *conf);

/* BEFORE the session starts everything may be set; DURING it STATIC and CORE keys are refused. */
enum vonk_conf_phase { VONK_CONF_STARTING, VONK_CONF_RUNNING };

struct vonk_conf_setting {
  struct vonk_str key, value;
};

/* A new snapshot with COUNT settings changed, the last of equal keys counting; BASE stays. Raises INVALID_CONF_VALUE,
 * CANNOT_MODIFY_STATIC_CONFIG, CANNOT_MODIFY_CONFIG. */
STATUS vonk_conf_set(struct vonk_task *task, const struct vonk_conf *base, enum vonk_conf_phase phase,
                     const struct vonk_conf_setting *settings, size_t count, struct vonk_conf **out);
/* A new snapshot with KEY as ORIGIN has it (NULL: as by default). */
STATUS vonk_conf_reset(struct vonk_task *task, const struct vonk_conf *base, const struct vonk_conf *origin,
                       struct vonk_str key, struct vonk_conf **out);

/* Typed values of known keys; the key must be of that type. Where the default is "not set" and nothing was set: false, 0, "". */
bool vonk_conf_bool(const struct vonk_conf *conf, enum vonk_conf_key key);
int64_t vonk_conf_int(const struct vonk_conf *conf, enum vonk_conf_key key);
/* BYTES and MEBIBYTES, in bytes; negative where the key allows it. */
int64_t vonk_conf_bytes(const struct vonk_conf *conf, enum vonk_conf_key key);
int64_t vonk_conf_time_ms(const struct vonk_conf *conf, enum vonk_conf_key key);
double vonk_conf_real(const struct vonk_conf *conf, enum vonk_conf_key key);
/* The text of any key, a CHOICE in the registry's spelling. Lives as long as the snapshot. */
struct vonk_str vonk_conf_text(const struct vonk_conf *conf, enum vonk_conf_key key);
/* True when the key has a value: set, or by a default. */
bool vonk_conf_is_set(const struct vonk_conf *conf, enum vonk_conf_key key);

/* Any key by name: its value or, for known ones, the default; false when there is neither. */
bool vonk_conf_get(const struct vonk_conf *conf, struct vonk_str name, struct vonk_str *out);
/* Only what was set, in the order of the keys; the array lives as long as the snapshot. */
size_t vonk_conf_settings(const struct vonk_conf *conf, const struct vonk_conf_setting **out);

/* "1g", "512m", "10MB", "100"; "10s", "5min", "100". False for anything else, or what does not fit. */
bool vonk_conf_parse_bytes(struct vonk_str text, int64_t bytes_per_unit, int64_t *out);
bool vonk_conf_parse_time_ms(struct vonk_str text, int64_t *out);

/* The settings of a properties file (spark-defaults.conf): "key value", "key=value", "key: value", # and ! comments, a
 * backslash at the end of a line goes on with the next. Memory on the task's arena. */
STATUS vonk_conf_parse_properties(struct vonk_task *task, struct vonk_str text, struct vonk_conf_setting **out, size_t *count);
/* The same from a file; keys that start neither with "spark." nor "vonk." are left out, as spark-submit does. */
STATUS vonk_conf_read_file(struct vonk_task *task, struct vonk_str path, struct vonk_conf_setting **out, size_t *count);

#endif
