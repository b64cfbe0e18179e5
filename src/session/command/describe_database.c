/* describe_database.c: DESCRIBE DATABASE [EXTENDED] name. */
#include "catalog/catalog.h"
#include "session/command/command.h"

STATUS vonk_command_describe_database_run(struct vonk_statement *statement, struct vonk_command_describe_database *command) {
  struct vonk_str name = command->name.parts[command->name.count - 1];
  const struct vonk_catalog_database *database;
  TRY(vonk_catalog_find_database(&statement->task, statement->session->catalog, name, &database));
  /* USE would find it; the error is the same. */
  if (!database) return vonk_catalog_use(&statement->task, statement->session->catalog, command->name, command->node.origin);
  vonk_answer_column(&statement->answer, "info_name", &vonk_type_string, false);
  vonk_answer_column(&statement->answer, "info_value", &vonk_type_string, false);
  const struct vonk_str rows[][2] = {{STR("Catalog Name"), STR("spark_catalog")}, {STR("Namespace Name"), database->name},
                                     {STR("Comment"), database->comment},         {STR("Location"), database->location},
                                     {STR("Owner"), database->owner}};
  for (size_t i = 0; i < COUNT_OF(rows); i++) vonk_answer_texts(&statement->answer, rows[i]);
  return VONK_OK;
}
