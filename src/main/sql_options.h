/* sql_options.h: the flags of `vonk sql`, those of spark-sql and --format. */
#ifndef VONK_MAIN_SQL_OPTIONS_H
#define VONK_MAIN_SQL_OPTIONS_H

#include "main/flags.h"
#include "main/printer.h"

enum vonk_sql_source_kind { VONK_SQL_TEXT, VONK_SQL_FILE };

/* -e, -f: in the order given. */
struct vonk_sql_source {
  enum vonk_sql_source_kind kind;
  const char *text; /* SQL, or the file's path ("-" is standard input) */
};

struct vonk_sql_options {
  struct vonk_flag_settings common;
  ARRAY_OF(struct vonk_sql_source) sources;
  ARRAY_OF(struct vonk_sql_source) init_files; /* -i */
  const char *database;
  const struct vonk_printer_type *format;       /* NULL: table at a terminal, else tsv */
  bool silent, verbose;
};

/* ARGUMENTS are those behind `sql`. False after a message on stderr: exit code 2. */
bool vonk_sql_options_parse(struct vonk_arena *arena, int count, char **arguments, struct vonk_sql_options *out);

#endif
