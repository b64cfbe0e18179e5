/* function.c: functions: the system's, those that the session has registered, and Java classes of the catalog. */
#include <stdlib.h>

#include "catalog/catalog.h"
#include "func/lookup.h"
#include "session/catalog_call/catalog_call.h"
#include "session/python.h"

static void function_columns(struct catalog_call *call) {
  catalog_call_text_column(call, "name");
  catalog_call_text_column(call, "catalog");
  vonk_answer_column(call->answer, "namespace", catalog_call_names_type(call), true);
  catalog_call_text_column(call, "description");
  catalog_call_text_column(call, "className");
  vonk_answer_column(call->answer, "isTemporary", &vonk_type_boolean, false);
}

static bool is_public(const struct vonk_function *function) { return function && !(function->flags & VONK_FN_INTERNAL); }

static void put_function(struct catalog_call *call, const struct vonk_function *function) {
  struct vonk_value row[] = {
      vonk_value_text(&vonk_type_string, vonk_str_of(function->name)),
      vonk_value_null(&vonk_type_string),
      vonk_value_null(call->answer->columns.items[2].type),
      catalog_call_text(vonk_str_of(function->doc)),
      vonk_value_text(&vonk_type_string, vonk_str_format(call->answer->arena, "vonk.%s.%s", function->group, function->name)),
      vonk_value_integer(&vonk_type_boolean, true),
  };
  vonk_answer_row(call->answer, row);
}

/* NAME as it was asked for. */
static void put_class(struct catalog_call *call, struct vonk_str name, const struct vonk_catalog_function *function) {
  const struct vonk_type *names = call->answer->columns.items[2].type;
  struct vonk_value row[] = {
      vonk_value_text(&vonk_type_string, name),
      function ? vonk_value_text(&vonk_type_string, STR("spark_catalog")) : vonk_value_null(&vonk_type_string),
      function ? catalog_call_names(call, names, (struct vonk_name){(struct vonk_str[]){function->database}, 1}) : vonk_value_null(names),
      vonk_value_text(&vonk_type_string, STR("N/A.")),
      vonk_value_text(&vonk_type_string, function ? function->class_name : STR(VONK_PYTHON_FUNCTION_CLASS)),
      vonk_value_integer(&vonk_type_boolean, !function),
  };
  vonk_answer_row(call->answer, row);
}

static STATUS put_user_functions(struct catalog_call *call, struct vonk_str database) {
  struct vonk_statement *statement = call->statement;
  struct vonk_name registered = vonk_session_function_names(statement->session, statement->arena);
  struct vonk_catalog_functions found = {0};
  for (uint32_t i = 0; i < registered.count; i++) {
    if (catalog_call_wants(call, registered.parts[i])) put_class(call, registered.parts[i], NULL);
  }
  TRY(vonk_catalog_list_functions(&statement->task, statement->session->catalog, database, &found));
  for (size_t i = 0; i < found.count; i++) {
    if (catalog_call_wants(call, found.items[i]->name)) put_class(call, found.items[i]->name, found.items[i]);
  }
  return VONK_OK;
}

struct listing {
  struct catalog_call *call;
  ARRAY_OF(const struct vonk_function *) found;
};

static void add(void *object, const struct vonk_function *function) {
  struct listing *listing = object;
  if (is_public(function) && catalog_call_wants(listing->call, vonk_str_of(function->name))) {
    *ARRAY_PUSH(listing->call->statement->arena, &listing->found) = function;
  }
}

static int by_name(const void *a, const void *b) {
  return strcmp((*(const struct vonk_function *const *)a)->name, (*(const struct vonk_function *const *)b)->name);
}

/* A database that is given must be there. */
STATUS catalog_call_list_functions(struct catalog_call *call) {
  struct vonk_statement *statement = call->statement;
  struct listing listing = {.call = call};
  const struct vonk_catalog_database *database;
  struct vonk_str name = call->asked->database;
  if (name.size) {
    TRY(vonk_catalog_find_database(&statement->task, statement->session->catalog, name, &database));
    if (!database) return vonk_catalog_no_database(&statement->task, name, call->asked->relation.node.origin);
  }
  function_columns(call);
  vonk_function_each(add, &listing);
  if (listing.found.count) qsort(listing.found.items, listing.found.count, sizeof *listing.found.items, by_name);
  for (size_t i = 0; i < listing.found.count; i++) {
    if (i == 0 || strcmp(listing.found.items[i]->name, listing.found.items[i - 1]->name) != 0) put_function(call, listing.found.items[i]);
  }
  return put_user_functions(call, name.size ? name : vonk_catalog_current_database(statement->session->catalog));
}

struct sought {
  struct vonk_name name;
  bool is_registered;                        /* by the session; else one of these, or none: */
  const struct vonk_function *builtin;
  const struct vonk_catalog_function *java;
};

static STATUS find(struct catalog_call *call, struct sought *out) {
  struct vonk_statement *statement = call->statement;
  *out = (struct sought){0};
  TRY(catalog_call_name(call, &out->name));
  bool plain = out->name.count == 1;
  out->is_registered = plain && vonk_session_function(statement->session, statement->arena, out->name.parts[0]);
  if (out->is_registered) return VONK_OK;
  out->builtin = plain ? vonk_function_lookup(out->name.parts[0]) : NULL;
  if (!is_public(out->builtin)) out->builtin = NULL;
  if (out->builtin) return VONK_OK;
  return vonk_catalog_find_function(&statement->task, statement->session->catalog, out->name, call->asked->relation.node.origin, &out->java);
}

STATUS catalog_call_get_function(struct catalog_call *call) {
  struct sought found;
  TRY(find(call, &found));
  struct vonk_str last = found.name.parts[found.name.count - 1];
  if (!found.is_registered && !found.builtin && !found.java) {
    return vonk_raise(&call->statement->task, VONK_UNRESOLVED_ROUTINE, call->asked->relation.node.origin, "routineName",
                      vonk_name_quote(call->statement->arena, found.name), "searchPath",
                      vonk_catalog_search_path(call->statement->arena, call->statement->session->catalog, true), NULL);
  }
  function_columns(call);
  if (found.builtin) put_function(call, found.builtin);
  else put_class(call, last, found.java);
  return VONK_OK;
}

STATUS catalog_call_function_exists(struct catalog_call *call) {
  struct sought found;
  TRY(find(call, &found));
  catalog_call_answer_flag(call, found.is_registered || found.builtin || found.java);
  return VONK_OK;
}
