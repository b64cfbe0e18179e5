/* flags.h: command lines: one table row per flag; a flag's value is the next word or follows an equals sign. */
#ifndef VONK_MAIN_FLAGS_H
#define VONK_MAIN_FLAGS_H

#include "base/array.h"
#include "base/str.h"
#include "vonk/vonk.h"

/* What all commands that open an instance take; the first member of their options, so that the flags below serve all. */
struct vonk_flag_settings {
  const char *command;                    /* "sql", for messages */
  struct vonk_arena *arena;
  ARRAY_OF(struct vonk_setting) settings; /* --conf, --master, ... in the order given */
  const char *properties_file;
  bool loads_defaults;                    /* spark-defaults.conf although there is a properties file */
  bool help;
};

struct vonk_flag {
  const char *name, *other;
  bool has_value;
  /* False after a message on stderr. OPTIONS begins with a struct vonk_flag_settings. */
  bool (*take)(void *options, const char *flag, const char *value);
};

bool vonk_flag_pair(void *options, const char *flag, const char *value);       /* KEY=VALUE */
bool vonk_flag_properties(void *options, const char *flag, const char *value); /* --properties-file */
bool vonk_flag_defaults(void *options, const char *flag, const char *value);   /* --load-spark-defaults */
bool vonk_flag_master(void *options, const char *flag, const char *value);
bool vonk_flag_memory(void *options, const char *flag, const char *value);
bool vonk_flag_name(void *options, const char *flag, const char *value);
bool vonk_flag_help(void *options, const char *flag, const char *value);
/* The rows for these. */
#define VONK_FLAGS_OF_SETTINGS                                                                                        \
  {"--conf", "-c", true, vonk_flag_pair}, {"--properties-file", NULL, true, vonk_flag_properties},                     \
      {"--load-spark-defaults", NULL, false, vonk_flag_defaults},                                                      \
      {"--master", NULL, true, vonk_flag_master}, {"--driver-memory", NULL, true, vonk_flag_memory},                   \
      {"--name", NULL, true, vonk_flag_name}, {"-H", "--help", false, vonk_flag_help}, {"-h", NULL, false, vonk_flag_help}

/* ARGUMENTS are those behind the command's name; OPTIONS has its command and arena set. Stops at the first word that is no flag:
 * *REST is its index, COUNT when there is none. False after a message on stderr: exit code 2. */
bool vonk_flags_parse(const struct vonk_flag *flags, size_t flag_count, int count, char **arguments, void *options, int *rest);

/* What an instance is opened with: the settings, the properties file or, without one, the spark-defaults.conf in SPARK_CONF_DIR or in
 * SPARK_HOME/conf, as spark-submit does. Paths lie on the settings' arena. */
struct vonk_instance_options vonk_flags_instance(const struct vonk_flag_settings *settings);

#endif
