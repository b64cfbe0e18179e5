/* context.c: who asks and where: the user, the catalog, the database. The binder, which knows them, puts the answers in (bind/fold.c). */
#include "expr/function.h"

/* Only an expression that no query holds comes here. */
static STATUS without_query(struct vonk_frame *frame) {
  return vonk_unsupported(frame->task, frame->expr->node.origin, "functions of the session outside of a query");
}

#define CONTEXT(row_name, ...) \
  {.name = row_name, .signature = "() -> string", .nulls = VONK_NULLS_NEVER, .flags = VONK_FN_FOLD_ONCE, .eval = without_query, .group = "misc_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_context[] = {
    CONTEXT("current_user", .doc = "Who runs the query.", .example = "SELECT current_user() = user()"),
    CONTEXT("user", .doc = "The same as current_user.", .example = "SELECT user() = session_user()"),
    CONTEXT("session_user", .doc = "The same as current_user.", .example = "SELECT session_user() = current_user()"),
    CONTEXT("current_catalog", .doc = "The current catalog.", .example = "SELECT current_catalog()"),
    CONTEXT("current_schema", .doc = "The current database.", .example = "SELECT current_schema()"),
    CONTEXT("current_database", .shown = "current_schema", .doc = "The same as current_schema.", .example = "SELECT current_database()"),
    {0},
};
