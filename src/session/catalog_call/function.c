/* function.c: functions: all are the system's. */
#include <stdlib.h>

#include "catalog/catalog.h"
#include "func/lookup.h"
#include "session/catalog_call/catalog_call.h"

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
  return VONK_OK;
}

static STATUS find(struct catalog_call *call, const struct vonk_function **out, struct vonk_name *name) {
  TRY(catalog_call_name(call, name));
  *out = name->count == 1 ? vonk_function_lookup(name->parts[0]) : NULL;
  if (!is_public(*out)) *out = NULL;
  return VONK_OK;
}

STATUS catalog_call_get_function(struct catalog_call *call) {
  const struct vonk_function *function;
  struct vonk_name name;
  TRY(find(call, &function, &name));
  if (!function) {
    return vonk_raise(&call->statement->task, VONK_UNRESOLVED_ROUTINE, call->asked->relation.node.origin, "routineName",
                      vonk_name_quote(call->statement->arena, name), "searchPath",
                      STR("[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"), NULL);
  }
  function_columns(call);
  put_function(call, function);
  return VONK_OK;
}

STATUS catalog_call_function_exists(struct catalog_call *call) {
  const struct vonk_function *function;
  struct vonk_name name;
  TRY(find(call, &function, &name));
  catalog_call_answer_flag(call, function != NULL);
  return VONK_OK;
}
