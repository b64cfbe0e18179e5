/* modify.h: UPDATE and DELETE of tables of plain files, which refuse them, as Spark's do. */
#ifndef VONK_SESSION_COMMAND_MODIFY_H
#define VONK_SESSION_COMMAND_MODIFY_H

#include "session/command/command.h"

struct vonk_modify {
  const char *operation;             /* as Spark calls it */
  struct vonk_relation *table;
  struct vonk_exprs expressions;     /* over the table's rows */
  struct vonk_expr *condition;       /* NULL: all rows */
  const struct vonk_origin *origin;
};
/* Raises what is wrong with what the statement names, else UNSUPPORTED_FEATURE.TABLE_OPERATION. */
STATUS vonk_modify_refuse(struct vonk_statement *statement, const struct vonk_modify *modify);

#endif
