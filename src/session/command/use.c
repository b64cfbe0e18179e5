/* use.c: USE database, SET CATALOG. */
#include "catalog/catalog.h"
#include "session/command/command.h"

STATUS vonk_command_use_run(struct vonk_statement *statement, struct vonk_command_use *command) {
  struct vonk_str name = command->name.parts[0];
  if (command->catalog && !vonk_str_equal_nocase(name, STR("spark_catalog"))) {
    struct vonk_str quoted = vonk_type_quote(statement->arena, name), key = vonk_str_format(statement->arena, "\"spark.sql.catalog." STR_FMT "\"", STR_ARG(name));
    return vonk_raise(&statement->task, VONK_CATALOG_NOT_FOUND, command->node.origin, "catalogName", quoted, "config", key, NULL);
  }
  return vonk_catalog_use(&statement->task, statement->session->catalog, command->name, command->node.origin);
}
