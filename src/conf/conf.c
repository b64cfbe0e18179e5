/* conf.c: the registry and its snapshots.
 *
 * A snapshot is one arena with the list of what was set, sorted by key, and the parsed value of each known key. Making a
 * new one copies the list: a session has tens of settings and changes them rarely.
 */
#include "conf/conf.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/secret.h"

const struct vonk_conf_row vonk_conf_rows[VONK_CONF_KEY_COUNT] = {
#define VONK_CONF(identifier, key, type, default_text, scope, doc) \
  {STR(key), VONK_CONF_TYPE_##type, VONK_CONF_SCOPE_##scope, STR(default_text), {0}, STR(doc)},
#define VONK_CONF_ONE_OF(identifier, key, choices, default_text, scope, doc) \
  {STR(key), VONK_CONF_TYPE_CHOICE, VONK_CONF_SCOPE_##scope, STR(default_text), STR(choices), STR(doc)},
#include "conf/registry.def"
#undef VONK_CONF
#undef VONK_CONF_ONE_OF
};

/* A known key's value in a snapshot. */
struct known {
  bool set; /* or has a default */
  struct vonk_str text;
  int64_t integer; /* BOOL, INT, BYTES, MEBIBYTES, TIME */
  double real;
};

struct vonk_conf {
  atomic_uint references;
  struct vonk_arena *arena;
  struct vonk_conf_setting *settings; /* sorted by key */
  size_t setting_count;
  struct known known[VONK_CONF_KEY_COUNT];
};

enum vonk_conf_key vonk_conf_find(struct vonk_str name) {
  size_t low = 0, high = VONK_CONF_KEY_COUNT;
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = vonk_str_compare(vonk_conf_rows[middle].key, name);
    if (order == 0) return (enum vonk_conf_key)middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return VONK_CONF_KEY_COUNT;
}

/* --- parsing values --- */

struct unit {
  struct vonk_str name;
  int64_t factor;
};

/* A whole number and one of UNITS; a bare number counts BARE. */
static bool parse_units(struct vonk_str text, const struct unit *units, size_t unit_count, int64_t bare, int64_t *out) {
  text = vonk_str_trim(text);
  size_t digits = text.size && (text.data[0] == '-' || text.data[0] == '+');
  while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9') digits++;
  int64_t number;
  if (!vonk_str_to_int64(vonk_str_slice(text, 0, digits), &number)) return false;
  struct vonk_str name = vonk_str_slice(text, digits, text.size);
  if (name.size == 0) return !__builtin_mul_overflow(number, bare, out);
  for (size_t i = 0; i < unit_count; i++) {
    if (vonk_str_equal_nocase(name, units[i].name)) return !__builtin_mul_overflow(number, units[i].factor, out);
  }
  return false;
}

bool vonk_conf_parse_bytes(struct vonk_str text, int64_t bytes_per_unit, int64_t *out) {
  static const struct unit units[] = {
      {STR("b"), 1},
      {STR("k"), (int64_t)1 << 10},
      {STR("kb"), (int64_t)1 << 10},
      {STR("m"), (int64_t)1 << 20},
      {STR("mb"), (int64_t)1 << 20},
      {STR("g"), (int64_t)1 << 30},
      {STR("gb"), (int64_t)1 << 30},
      {STR("t"), (int64_t)1 << 40},
      {STR("tb"), (int64_t)1 << 40},
      {STR("p"), (int64_t)1 << 50},
      {STR("pb"), (int64_t)1 << 50},
  };
  return parse_units(text, units, COUNT_OF(units), bytes_per_unit, out);
}

bool vonk_conf_parse_time_ms(struct vonk_str text, int64_t *out) {
  static const struct unit units[] = {
      {STR("ms"), 1},           {STR("s"), 1000},         {STR("m"), 60 * 1000},
      {STR("min"), 60 * 1000},  {STR("h"), 3600 * 1000},  {STR("d"), 24 * 3600 * 1000},
  };
  if (parse_units(text, units, COUNT_OF(units), 1, out)) return true;
  static const struct unit micros[] = {{STR("us"), 1}};
  if (!parse_units(text, micros, 1, 1, out)) return false;
  *out /= 1000;
  return true;
}

static bool parse_bool(struct vonk_str text, int64_t *out) {
  text = vonk_str_trim(text);
  *out = vonk_str_equal_nocase(text, STR("true"));
  return *out || vonk_str_equal_nocase(text, STR("false"));
}

/* The choice as the registry spells it. */
static bool parse_choice(struct vonk_str choices, struct vonk_str *text) {
  struct vonk_str wanted = vonk_str_trim(*text);
  for (size_t from = 0; from <= choices.size;) {
    size_t to = vonk_str_find(choices, STR("|"), from);
    if (to == SIZE_MAX) to = choices.size;
    struct vonk_str choice = vonk_str_slice(choices, from, to);
    if (vonk_str_equal_nocase(choice, wanted)) {
      *text = choice;
      return true;
    }
    from = to + 1;
  }
  return false;
}

static bool parse_known(const struct vonk_conf_row *row, struct vonk_str text, struct known *out) {
  *out = (struct known){.set = true, .text = text};
  switch (row->type) {
    case VONK_CONF_TYPE_BOOL: return parse_bool(text, &out->integer);
    case VONK_CONF_TYPE_INT: return vonk_str_to_int64(vonk_str_trim(text), &out->integer);
    case VONK_CONF_TYPE_BYTES: return vonk_conf_parse_bytes(text, 1, &out->integer);
    case VONK_CONF_TYPE_MEBIBYTES: return vonk_conf_parse_bytes(text, (int64_t)1 << 20, &out->integer);
    case VONK_CONF_TYPE_TIME: return vonk_conf_parse_time_ms(text, &out->integer);
    case VONK_CONF_TYPE_REAL: return vonk_str_to_double(vonk_str_trim(text), &out->real);
    case VONK_CONF_TYPE_CHOICE: return parse_choice(row->choices, &out->text);
    case VONK_CONF_TYPE_STRING: return true;
  }
  return false;
}

static STATUS raise_invalid(struct vonk_task *task, const struct vonk_conf_row *row, struct vonk_str value) {
  static const char *const type_names[] = {"boolean", "int", "bytes", "bytes", "time", "double", "string", ""};
  if (row->type == VONK_CONF_TYPE_CHOICE) {
    struct vonk_text options;
    vonk_text_init(&options, task->arena);
    for (size_t i = 0; i < row->choices.size; i++) {
      if (row->choices.data[i] == '|') vonk_text_add(&options, STR(", "));
      else vonk_text_add_char(&options, row->choices.data[i]);
    }
    return vonk_raise(task, VONK_INVALID_CONF_VALUE__OUT_OF_RANGE_OF_OPTIONS, NULL, "confName", row->key, "confValue", value,
                      "confOptions", vonk_text_str(&options), NULL);
  }
  return vonk_raise(task, VONK_INVALID_CONF_VALUE__TYPE_MISMATCH, NULL, "confName", row->key, "confValue", value, "confType",
                    vonk_str_of(type_names[row->type]), NULL);
}

/* --- snapshots --- */

static struct vonk_conf *create_empty(void) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_conf *conf = ARENA_NEW(arena, struct vonk_conf);
  atomic_init(&conf->references, 1);
  conf->arena = arena;
  return conf;
}

/* Parses the list into the known values; the texts were checked when they were set. */
static void settle(struct vonk_conf *conf) {
  for (size_t i = 0; i < VONK_CONF_KEY_COUNT; i++) {
    const struct vonk_conf_row *row = &vonk_conf_rows[i];
    if (row->default_text.size == 0) continue;
    bool valid = parse_known(row, row->default_text, &conf->known[i]);
    ASSERT(valid);
  }
  for (size_t i = 0; i < conf->setting_count; i++) {
    enum vonk_conf_key key = vonk_conf_find(conf->settings[i].key);
    if (key == VONK_CONF_KEY_COUNT) continue;
    bool valid = parse_known(&vonk_conf_rows[key], conf->settings[i].value, &conf->known[key]);
    ASSERT(valid);
  }
}

struct vonk_conf *vonk_conf_create(void) {
  struct vonk_conf *conf = create_empty();
  settle(conf);
  return conf;
}

struct vonk_conf *vonk_conf_retain(struct vonk_conf *conf) {
  atomic_fetch_add_explicit(&conf->references, 1, memory_order_relaxed);
  return conf;
}

void vonk_conf_release(struct vonk_conf *conf) {
  if (!conf || atomic_fetch_sub_explicit(&conf->references, 1, memory_order_acq_rel) != 1) return;
  for (size_t i = 0; i < conf->setting_count; i++) {
    struct vonk_str value = conf->settings[i].value;
    if (vonk_secret_is_name(conf->settings[i].key)) explicit_bzero((char *)(uintptr_t)value.data, value.size);
  }
  vonk_arena_destroy(conf->arena);
}

/* Where KEY is or would be in the sorted list. */
static size_t position_of(const struct vonk_conf *conf, struct vonk_str key, bool *found) {
  size_t low = 0, high = conf->setting_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = vonk_str_compare(conf->settings[middle].key, key);
    if (order == 0) {
      *found = true;
      return middle;
    }
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  *found = false;
  return low;
}

/* Room for EXTRA more settings behind a copy of BASE's. */
static struct vonk_conf *copy_of(const struct vonk_conf *base, size_t extra) {
  struct vonk_conf *conf = create_empty();
  conf->settings = ARENA_ARRAY(conf->arena, struct vonk_conf_setting, base->setting_count + extra);
  conf->setting_count = base->setting_count;
  for (size_t i = 0; i < base->setting_count; i++) {
    conf->settings[i].key = vonk_str_copy(conf->arena, base->settings[i].key);
    conf->settings[i].value = vonk_str_copy(conf->arena, base->settings[i].value);
  }
  return conf;
}

static void put(struct vonk_conf *conf, struct vonk_str key, struct vonk_str value) {
  bool found;
  size_t at = position_of(conf, key, &found);
  if (!found) {
    memmove(&conf->settings[at + 1], &conf->settings[at], (conf->setting_count - at) * sizeof *conf->settings);
    conf->setting_count++;
    conf->settings[at].key = vonk_str_copy(conf->arena, key);
  }
  conf->settings[at].value = vonk_str_copy(conf->arena, value);
}

static void drop(struct vonk_conf *conf, struct vonk_str key) {
  bool found;
  size_t at = position_of(conf, key, &found);
  if (!found) return;
  conf->setting_count--;
  memmove(&conf->settings[at], &conf->settings[at + 1], (conf->setting_count - at) * sizeof *conf->settings);
}

static STATUS check_may_change(struct vonk_task *task, const struct vonk_conf *base, enum vonk_conf_phase phase, enum vonk_conf_key key) {
  if (phase == VONK_CONF_STARTING) return VONK_OK;
  const struct vonk_conf_row *row = &vonk_conf_rows[key];
  struct vonk_str quoted = vonk_str_format(task->arena, "\"" STR_FMT "\"", STR_ARG(row->key));
  if (row->scope == VONK_CONF_SCOPE_STATIC) return vonk_raise(task, VONK_CANNOT_MODIFY_STATIC_CONFIG, NULL, "key", quoted, NULL);
  if (row->scope == VONK_CONF_SCOPE_CORE && vonk_conf_bool(base, VONK_CONF_LEGACY_REJECT_CORE_CONFS)) {
    return vonk_raise(task, VONK_CANNOT_MODIFY_CONFIG, NULL, "key", quoted, "docroot", STR("https://spark.apache.org/docs/latest"), NULL);
  }
  return VONK_OK;
}

static STATUS check_setting(struct vonk_task *task, const struct vonk_conf *base, enum vonk_conf_phase phase,
                            const struct vonk_conf_setting *setting) {
  enum vonk_conf_key key = vonk_conf_find(setting->key);
  if (key == VONK_CONF_KEY_COUNT) return VONK_OK;
  TRY(check_may_change(task, base, phase, key));
  struct known parsed;
  if (parse_known(&vonk_conf_rows[key], setting->value, &parsed)) return VONK_OK;
  return raise_invalid(task, &vonk_conf_rows[key], setting->value);
}

STATUS vonk_conf_set(struct vonk_task *task, const struct vonk_conf *base, enum vonk_conf_phase phase,
                     const struct vonk_conf_setting *settings, size_t count, struct vonk_conf **out) {
  *out = NULL;
  for (size_t i = 0; i < count; i++) TRY(check_setting(task, base, phase, &settings[i]));
  struct vonk_conf *conf = copy_of(base, count);
  for (size_t i = 0; i < count; i++) put(conf, settings[i].key, settings[i].value);
  settle(conf);
  *out = conf;
  return VONK_OK;
}

STATUS vonk_conf_reset(struct vonk_task *task, const struct vonk_conf *base, const struct vonk_conf *origin,
                       struct vonk_str key, struct vonk_conf **out) {
  *out = NULL;
  enum vonk_conf_key known = vonk_conf_find(key);
  if (known != VONK_CONF_KEY_COUNT) TRY(check_may_change(task, base, VONK_CONF_RUNNING, known));
  struct vonk_conf *conf = copy_of(base, 1);
  bool found = false;
  size_t at = origin ? position_of(origin, key, &found) : 0;
  if (found) put(conf, key, origin->settings[at].value);
  else drop(conf, key);
  settle(conf);
  *out = conf;
  return VONK_OK;
}

/* --- getters --- */

static const struct known *known_of(const struct vonk_conf *conf, enum vonk_conf_key key, enum vonk_conf_type type) {
  ASSERT(key < VONK_CONF_KEY_COUNT);
  ASSERT(vonk_conf_rows[key].type == type);
  return &conf->known[key];
}

bool vonk_conf_bool(const struct vonk_conf *conf, enum vonk_conf_key key) {
  return known_of(conf, key, VONK_CONF_TYPE_BOOL)->integer != 0;
}

int64_t vonk_conf_int(const struct vonk_conf *conf, enum vonk_conf_key key) {
  return known_of(conf, key, VONK_CONF_TYPE_INT)->integer;
}

int64_t vonk_conf_bytes(const struct vonk_conf *conf, enum vonk_conf_key key) {
  ASSERT(key < VONK_CONF_KEY_COUNT);
  ASSERT(vonk_conf_rows[key].type == VONK_CONF_TYPE_BYTES || vonk_conf_rows[key].type == VONK_CONF_TYPE_MEBIBYTES);
  return conf->known[key].integer;
}

int64_t vonk_conf_time_ms(const struct vonk_conf *conf, enum vonk_conf_key key) {
  return known_of(conf, key, VONK_CONF_TYPE_TIME)->integer;
}

double vonk_conf_real(const struct vonk_conf *conf, enum vonk_conf_key key) {
  return known_of(conf, key, VONK_CONF_TYPE_REAL)->real;
}

struct vonk_str vonk_conf_text(const struct vonk_conf *conf, enum vonk_conf_key key) {
  ASSERT(key < VONK_CONF_KEY_COUNT);
  return conf->known[key].text;
}

bool vonk_conf_is_set(const struct vonk_conf *conf, enum vonk_conf_key key) {
  ASSERT(key < VONK_CONF_KEY_COUNT);
  return conf->known[key].set;
}

bool vonk_conf_get(const struct vonk_conf *conf, struct vonk_str name, struct vonk_str *out) {
  bool found;
  size_t at = position_of(conf, name, &found);
  if (found) {
    *out = conf->settings[at].value;
    return true;
  }
  enum vonk_conf_key key = vonk_conf_find(name);
  if (key == VONK_CONF_KEY_COUNT || !conf->known[key].set) return false;
  *out = conf->known[key].text;
  return true;
}

size_t vonk_conf_settings(const struct vonk_conf *conf, const struct vonk_conf_setting **out) {
  *out = conf->settings;
  return conf->setting_count;
}
