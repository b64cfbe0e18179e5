/* output.h: how the shell writes the result of a statement: one type per --format, listed in output/registry.def. */
#ifndef VONK_MAIN_OUTPUT_H
#define VONK_MAIN_OUTPUT_H

#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"
#include "vonk/vonk.h"

struct vonk_output {
  const struct vonk_output_type *type;
  FILE *file;
  bool header;                        /* spark.sql.cli.print.header */
  struct vonk_statement *statement;   /* the running one */
  size_t column_count;
  uint64_t row_count;
  struct vonk_arena *arena;           /* of the statement */
  void *state;                        /* of the type, on the arena */
};

struct vonk_output_type {
  const char *name;
  void (*begin)(struct vonk_output *output);  /* only for statements with columns, unless `always` */
  void (*row)(struct vonk_output *output);    /* the statement stands on a row */
  void (*end)(struct vonk_output *output);    /* after the last row; not after a failure */
  void (*problem)(struct vonk_output *output, const struct vonk_problem *problem); /* NULL: the shell writes it to stderr */
  bool always;                                /* begin and end also for statements without columns */
  bool own_failures;                          /* a failed statement is an answer: go on with the next */
};

#define VONK_OUTPUT(name) extern const struct vonk_output_type vonk_output_##name;
#include "main/output/registry.def"
#undef VONK_OUTPUT

/* NULL when there is none of that name. */
const struct vonk_output_type *vonk_output_find(const char *name);
/* "table, tsv, ..." */
struct vonk_str vonk_output_names(struct vonk_arena *arena);

/* Columns a terminal needs for TEXT. */
size_t vonk_output_width(const char *text, size_t size);

#endif
