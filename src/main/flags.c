/* flags.c: see flags.h. */
#include "main/flags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"

static void add_setting(struct vonk_flag_settings *options, const char *key, const char *value) {
  *ARRAY_PUSH(options->arena, &options->settings) = (struct vonk_setting){key, value};
}

bool vonk_flag_pair(void *object, const char *flag, const char *pair) {
  struct vonk_flag_settings *options = object;
  const char *equals = strchr(pair, '=');
  if (!equals || equals == pair) {
    fprintf(stderr, "vonk %s: %s takes KEY=VALUE, not %s\n", options->command, flag, pair);
    return false;
  }
  struct vonk_str key = vonk_str_copy(options->arena, vonk_str_make(pair, (size_t)(equals - pair))), value = vonk_str_of(equals + 1);
  add_setting(options, key.data, vonk_secret_is_name(key) ? vonk_secret_copy(options->arena, vonk_str_make(value.data, value.size + 1)).bytes : value.data);
  /* Everybody on the machine may look at the words of a command. */
  if (vonk_secret_is_name(key)) memset((char *)(uintptr_t)value.data, '*', value.size);
  return true;
}
bool vonk_flag_properties(void *options, const char *flag, const char *value) {
  (void)flag;
  ((struct vonk_flag_settings *)options)->properties_file = value;
  return true;
}
bool vonk_flag_defaults(void *options, const char *flag, const char *value) {
  (void)flag, (void)value;
  return ((struct vonk_flag_settings *)options)->loads_defaults = true;
}
bool vonk_flag_master(void *options, const char *flag, const char *value) {
  (void)flag;
  add_setting(options, "spark.master", value);
  return true;
}
bool vonk_flag_memory(void *options, const char *flag, const char *value) {
  (void)flag;
  add_setting(options, "spark.driver.memory", value);
  return true;
}
bool vonk_flag_name(void *options, const char *flag, const char *value) {
  (void)flag;
  add_setting(options, "spark.app.name", value);
  return true;
}
bool vonk_flag_help(void *options, const char *flag, const char *value) {
  (void)flag, (void)value;
  return ((struct vonk_flag_settings *)options)->help = true;
}

/* The flag that WORD is, with *VALUE behind its equals sign or NULL; NULL when there is none. */
static const struct vonk_flag *find_flag(const struct vonk_flag *flags, size_t flag_count, const char *word, const char **value) {
  const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
  struct vonk_str name = equals ? vonk_str_make(word, (size_t)(equals - word)) : vonk_str_of(word);
  *value = equals ? equals + 1 : NULL;
  for (size_t i = 0; i < flag_count; i++) {
    if (vonk_str_equal(name, vonk_str_of(flags[i].name))) return &flags[i];
    if (flags[i].other && vonk_str_equal(name, vonk_str_of(flags[i].other))) return &flags[i];
  }
  return NULL;
}

bool vonk_flags_parse(const struct vonk_flag *flags, size_t flag_count, int count, char **arguments, void *object, int *rest) {
  const struct vonk_flag_settings *options = object;
  for (*rest = 0; *rest < count; (*rest)++) {
    const char *value, *word = arguments[*rest];
    if (word[0] != '-' || word[1] == 0) return true;
    const struct vonk_flag *flag = find_flag(flags, flag_count, word, &value);
    if (!flag) {
      fprintf(stderr, "vonk %s: no such flag: %s\nTry vonk %s --help.\n", options->command, word, options->command);
      return false;
    }
    if (!flag->has_value && value) {
      fprintf(stderr, "vonk %s: %s takes no value\n", options->command, flag->name);
      return false;
    }
    if (flag->has_value && !value) {
      if (*rest + 1 == count) {
        fprintf(stderr, "vonk %s: %s needs a value\n", options->command, word);
        return false;
      }
      value = arguments[++*rest];
    }
    if (!flag->take(object, flag->name, value)) return false;
  }
  return true;
}

/* NULL: there is none. */
static const char *defaults_file(struct vonk_arena *arena) {
  const char *folder = getenv("SPARK_CONF_DIR"), *home = getenv("SPARK_HOME"), *path = NULL;
  if (folder && *folder) path = vonk_str_format(arena, "%s/spark-defaults.conf", folder).data;
  else if (home && *home) path = vonk_str_format(arena, "%s/conf/spark-defaults.conf", home).data;
  return path && access(path, F_OK) == 0 ? path : NULL;
}

struct vonk_instance_options vonk_flags_instance(const struct vonk_flag_settings *settings) {
  struct vonk_instance_options options = VONK_OPTIONS_INIT(struct vonk_instance_options);
  options.settings = settings->settings.items;
  options.setting_count = settings->settings.count;
  options.properties_file = settings->properties_file;
  if (!settings->properties_file || settings->loads_defaults) options.defaults_file = defaults_file(settings->arena);
  return options;
}
