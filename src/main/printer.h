/* printer.h: how the shell prints the result of a statement: one type per --format, listed in printer/registry.def. */
#ifndef VONK_MAIN_PRINTER_H
#define VONK_MAIN_PRINTER_H

#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"
#include "vonk/vonk.h"

struct vonk_printer {
  const struct vonk_printer_type *type;
  FILE *file;
  bool header;                        /* spark.sql.cli.print.header */
  struct vonk_statement *statement;   /* the running one */
  size_t column_count;
  uint64_t row_count;
  struct vonk_arena *arena;           /* of the statement */
  void *state;                        /* of the type, on the arena */
};

struct vonk_printer_type {
  const char *name;
  void (*begin)(struct vonk_printer *output);  /* only for statements with columns, unless `always` */
  void (*row)(struct vonk_printer *output);    /* the statement stands on a row */
  void (*end)(struct vonk_printer *output);    /* after the last row; not after a failure */
  void (*problem)(struct vonk_printer *output, const struct vonk_problem *problem); /* NULL: the shell writes it to stderr */
  bool always;                                /* begin and end also for statements without columns */
  bool own_failures;                          /* a failed statement is an answer: go on with the next */
};

#define VONK_PRINTER(name) extern const struct vonk_printer_type vonk_printer_##name;
#include "main/printer/registry.def"
#undef VONK_PRINTER

/* NULL when there is none of that name. */
const struct vonk_printer_type *vonk_printer_find(const char *name);
/* "table, tsv, ..." */
struct vonk_str vonk_printer_names(struct vonk_arena *arena);

/* Columns a terminal needs for TEXT. */
size_t vonk_printer_width(const char *text, size_t size);

#endif
