/* view.h: what is kept of a view AS a query. */
#ifndef VONK_SESSION_VIEW_H
#define VONK_SESSION_VIEW_H

#include "catalog/catalog.h"
#include "plan/command.h"
#include "session/query.h"

struct vonk_view_request {
  struct vonk_relation *query;
  struct vonk_str query_text;      /* empty: a DataFrame's, of which the plan is kept */
  struct vonk_name column_names, column_comments; /* comments: data NULL where there is none */
  const struct vonk_origin *origin;
};
/* Binds the query and sets schema, text, columns, database and settings of VIEW, whose kind, database and name are set.
 * Raises CREATE_VIEW_COLUMN_ARITY_MISMATCH.*, COLUMN_ALREADY_EXISTS, INVALID_TEMP_OBJ_REFERENCE for a permanent view over a
 * temporary one, RECURSIVE_VIEW. */
STATUS vonk_view_describe(struct vonk_statement *statement, const struct vonk_view_request *request, struct vonk_catalog_table *view);
/* ALTER VIEW AS: the query of VIEW becomes another. */
STATUS vonk_view_alter(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *view);

#endif
