/* python.h: what a session has of Python: the functions registered under names, and the worker processes. */
#ifndef VONK_SESSION_PYTHON_H
#define VONK_SESSION_PYTHON_H

#include "base/task.h"
#include "expr/expr.h"

struct vonk_session;
struct vonk_python_pool;
struct vonk_session_python;

#define VONK_PYTHON_FUNCTION_CLASS "org.apache.spark.sql.execution.python.UserDefinedPythonFunction" /* as what they are shown */

/* FUNCTION stands for its name from now on. */
void vonk_session_register(struct vonk_session *session, const struct vonk_expr_python *function);
/* A copy on ARENA of the function that NAME means, any case; NULL when there is none. */
const struct vonk_expr *vonk_session_function(struct vonk_session *session, struct vonk_arena *arena, struct vonk_str name);
/* False when there was none. */
bool vonk_session_unregister(struct vonk_session *session, struct vonk_str name);
/* The functions of FROM, by the same names. TO is nobody else's yet. */
void vonk_session_share_functions(struct vonk_session *from, struct vonk_session *to);
/* Names of all, on ARENA. */
struct vonk_name vonk_session_function_names(struct vonk_session *session, struct vonk_arena *arena);
/* Made at the first call; ends with the session. */
struct vonk_python_pool *vonk_session_python_pool(struct vonk_session *session);
/* A file for the session's functions: NAME is relative and goes nowhere but down, in pyfiles/ (modules and packages, which can be
 * imported) or files/ (SparkFiles.get). Goes with the session. */
STATUS vonk_session_add_file(struct vonk_task *task, struct vonk_session *session, struct vonk_str name, struct vonk_str data);
void vonk_session_python_destroy(struct vonk_session *session);

#endif
