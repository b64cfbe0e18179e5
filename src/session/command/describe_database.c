/* describe_database.c: DESCRIBE DATABASE [EXTENDED] name. */
#include "catalog/catalog.h"
#include "fs/fs.h"
#include "session/command/command.h"
#include "session/table_details.h"

/* ((a,b), (c,d)) */
static struct vonk_str properties_text(struct vonk_arena *arena, struct vonk_options properties) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  properties = vonk_options_sorted(arena, properties);
  for (uint32_t i = 0; i < properties.count; i++) {
    vonk_text_addf(&text, "%s(" STR_FMT "," STR_FMT ")", i ? ", " : "(", STR_ARG(properties.items[i].key), STR_ARG(properties.items[i].value));
  }
  if (properties.count) vonk_text_add_char(&text, ')');
  return vonk_text_str(&text);
}

STATUS vonk_command_describe_database_run(struct vonk_statement *statement, struct vonk_command_describe_database *command) {
  struct vonk_str name = command->name.parts[command->name.count - 1];
  const struct vonk_catalog_database *database;
  TRY(vonk_catalog_database(&statement->task, statement->session->catalog, name, command->node.origin, &database));
  vonk_answer_described_column(&statement->answer, "info_name", false, "name of the namespace info");
  vonk_answer_described_column(&statement->answer, "info_value", true, "value of the namespace info");
  const struct vonk_str rows[][2] = {{STR("Catalog Name"), STR("spark_catalog")}, {STR("Namespace Name"), database->name},
                                     {STR("Comment"), database->comment.data ? database->comment : STR("")},
                                     {STR("Location"), vonk_fs_uri(statement->arena, database->location)},
                                     {STR("Owner"), database->owner.data ? database->owner : STR("")}};
  for (size_t i = 0; i < COUNT_OF(rows); i++) vonk_answer_texts(&statement->answer, rows[i]);
  if (!command->extended) return VONK_OK;
  vonk_answer_texts(&statement->answer, (struct vonk_str[]){STR("Properties"), properties_text(statement->arena, database->properties)});
  return VONK_OK;
}
