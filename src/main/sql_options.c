/* sql_options.c: see sql_options.h. */
#include "main/sql_options.h"

static struct vonk_sql_options *of(void *options) { return options; }

static bool take_text(void *options, const char *flag, const char *value) {
  (void)flag;
  *ARRAY_PUSH(of(options)->common.arena, &of(options)->sources) = (struct vonk_sql_source){VONK_SQL_TEXT, value};
  return true;
}
static bool take_file(void *options, const char *flag, const char *value) {
  (void)flag;
  *ARRAY_PUSH(of(options)->common.arena, &of(options)->sources) = (struct vonk_sql_source){VONK_SQL_FILE, value};
  return true;
}
static bool take_init(void *options, const char *flag, const char *value) {
  (void)flag;
  *ARRAY_PUSH(of(options)->common.arena, &of(options)->init_files) = (struct vonk_sql_source){VONK_SQL_FILE, value};
  return true;
}
static bool take_silent(void *options, const char *flag, const char *value) {
  (void)flag, (void)value;
  return of(options)->silent = true;
}
static bool take_verbose(void *options, const char *flag, const char *value) {
  (void)flag, (void)value;
  return of(options)->verbose = true;
}
static bool take_database(void *options, const char *flag, const char *value) {
  (void)flag;
  of(options)->database = value;
  return true;
}
static bool take_format(void *options, const char *flag, const char *value) {
  of(options)->format = vonk_printer_find(value);
  if (of(options)->format) return true;
  fprintf(stderr, "vonk sql: %s takes one of " STR_FMT ", not %s\n", flag, STR_ARG(vonk_printer_names(of(options)->common.arena)), value);
  return false;
}

static const struct vonk_flag flags[] = {
    {"-e", NULL, true, take_text},
    {"-f", NULL, true, take_file},
    {"-i", NULL, true, take_init},
    {"-S", "--silent", false, take_silent},
    {"-v", "--verbose", false, take_verbose},
    {"--database", NULL, true, take_database},
    {"-d", "--define", true, vonk_flag_pair},
    {"--hivevar", NULL, true, vonk_flag_pair},
    {"--hiveconf", NULL, true, vonk_flag_pair},
    {"--format", NULL, true, take_format},
    VONK_FLAGS_OF_SETTINGS,
};

bool vonk_sql_options_parse(struct vonk_arena *arena, int count, char **arguments, struct vonk_sql_options *out) {
  int rest;
  *out = (struct vonk_sql_options){.common = {.command = "sql", .arena = arena}};
  if (!vonk_flags_parse(flags, COUNT_OF(flags), count, arguments, out, &rest)) return false;
  if (rest == count) return true;
  fprintf(stderr, "vonk sql: SQL goes behind -e, files behind -f, not: %s\nTry vonk sql --help.\n", arguments[rest]);
  return false;
}
