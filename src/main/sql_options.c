/* sql_options.c: one table row per flag; a flag's value is the next word or follows an equals sign. */
#include "main/sql_options.h"

struct parser {
  struct vonk_arena *arena;
  struct vonk_sql_options *out;
};

static void add_setting(struct parser *parser, const char *key, const char *value) {
  *ARRAY_PUSH(parser->arena, &parser->out->settings) = (struct vonk_setting){key, value};
}

static bool take_pair(struct parser *parser, const char *flag, const char *pair) {
  const char *equals = strchr(pair, '=');
  if (!equals || equals == pair) {
    fprintf(stderr, "vonk sql: %s takes KEY=VALUE, not %s\n", flag, pair);
    return false;
  }
  add_setting(parser, vonk_str_copy(parser->arena, vonk_str_make(pair, (size_t)(equals - pair))).data, equals + 1);
  return true;
}

static bool take_text(struct parser *parser, const char *flag, const char *value) {
  (void)flag;
  *ARRAY_PUSH(parser->arena, &parser->out->sources) = (struct vonk_sql_source){VONK_SQL_TEXT, value};
  return true;
}
static bool take_file(struct parser *parser, const char *flag, const char *value) {
  (void)flag;
  *ARRAY_PUSH(parser->arena, &parser->out->sources) = (struct vonk_sql_source){VONK_SQL_FILE, value};
  return true;
}
static bool take_init(struct parser *parser, const char *flag, const char *value) {
  (void)flag;
  *ARRAY_PUSH(parser->arena, &parser->out->init_files) = (struct vonk_sql_source){VONK_SQL_FILE, value};
  return true;
}
static bool take_silent(struct parser *parser, const char *flag, const char *value) {
  (void)flag, (void)value;
  return parser->out->silent = true;
}
static bool take_verbose(struct parser *parser, const char *flag, const char *value) {
  (void)flag, (void)value;
  return parser->out->verbose = true;
}
static bool take_help(struct parser *parser, const char *flag, const char *value) {
  (void)flag, (void)value;
  return parser->out->help = true;
}
static bool take_database(struct parser *parser, const char *flag, const char *value) {
  (void)flag;
  parser->out->database = value;
  return true;
}
static bool take_properties(struct parser *parser, const char *flag, const char *value) {
  (void)flag;
  parser->out->properties_file = value;
  return true;
}
static bool take_master(struct parser *parser, const char *flag, const char *value) {
  (void)flag;
  add_setting(parser, "spark.master", value);
  return true;
}
static bool take_memory(struct parser *parser, const char *flag, const char *value) {
  (void)flag;
  add_setting(parser, "spark.driver.memory", value);
  return true;
}
static bool take_name(struct parser *parser, const char *flag, const char *value) {
  (void)flag;
  add_setting(parser, "spark.app.name", value);
  return true;
}
static bool take_format(struct parser *parser, const char *flag, const char *value) {
  parser->out->format = vonk_printer_find(value);
  if (parser->out->format) return true;
  fprintf(stderr, "vonk sql: %s takes one of " STR_FMT ", not %s\n", flag, STR_ARG(vonk_printer_names(parser->arena)), value);
  return false;
}

static const struct {
  const char *name, *other;
  bool has_value;
  bool (*take)(struct parser *parser, const char *flag, const char *value);
} flags[] = {
    {"-e", NULL, true, take_text},
    {"-f", NULL, true, take_file},
    {"-i", NULL, true, take_init},
    {"-S", "--silent", false, take_silent},
    {"-v", "--verbose", false, take_verbose},
    {"-H", "--help", false, take_help},
    {"-h", NULL, false, take_help},
    {"--database", NULL, true, take_database},
    {"-d", "--define", true, take_pair},
    {"--hivevar", NULL, true, take_pair},
    {"--hiveconf", NULL, true, take_pair},
    {"--conf", "-c", true, take_pair},
    {"--properties-file", NULL, true, take_properties},
    {"--master", NULL, true, take_master},
    {"--driver-memory", NULL, true, take_memory},
    {"--name", NULL, true, take_name},
    {"--format", NULL, true, take_format},
};

/* The index of the flag that WORD is, with *VALUE behind its equals sign or NULL; COUNT_OF(flags) when there is none. */
static size_t find_flag(const char *word, const char **value) {
  const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
  struct vonk_str name = equals ? vonk_str_make(word, (size_t)(equals - word)) : vonk_str_of(word);
  *value = equals ? equals + 1 : NULL;
  for (size_t i = 0; i < COUNT_OF(flags); i++) {
    if (vonk_str_equal(name, vonk_str_of(flags[i].name))) return i;
    if (flags[i].other && vonk_str_equal(name, vonk_str_of(flags[i].other))) return i;
  }
  return COUNT_OF(flags);
}

bool vonk_sql_options_parse(struct vonk_arena *arena, int count, char **arguments, struct vonk_sql_options *out) {
  *out = (struct vonk_sql_options){0};
  struct parser parser = {arena, out};
  for (int i = 0; i < count; i++) {
    const char *value, *word = arguments[i];
    size_t flag = find_flag(word, &value);
    if (flag == COUNT_OF(flags)) {
      fprintf(stderr, "vonk sql: %s %s\nTry vonk sql --help.\n", word[0] == '-' ? "no such flag:" : "SQL goes behind -e, files behind -f, not:", word);
      return false;
    }
    if (!flags[flag].has_value && value) {
      fprintf(stderr, "vonk sql: %s takes no value\n", flags[flag].name);
      return false;
    }
    if (flags[flag].has_value && !value) {
      if (i + 1 == count) {
        fprintf(stderr, "vonk sql: %s needs a value\n", word);
        return false;
      }
      value = arguments[++i];
    }
    if (!flags[flag].take(&parser, flags[flag].name, value)) return false;
  }
  return true;
}
