/* database.c: databases and catalogs. */
#include "catalog/catalog.h"
#include "fs/fs.h"
#include "plan/command.h"
#include "session/catalog_call/catalog_call.h"
#include "session/table_details.h"

STATUS catalog_call_current_database(struct catalog_call *call) {
  catalog_call_answer_text(call, vonk_catalog_current_database(call->statement->session->catalog));
  return VONK_OK;
}

STATUS catalog_call_set_current_database(struct catalog_call *call) {
  struct vonk_name name;
  TRY(catalog_call_name(call, &name));
  return vonk_catalog_use(&call->statement->task, call->statement->session->catalog, name, call->asked->relation.node.origin);
}

static void database_columns(struct catalog_call *call) {
  catalog_call_text_column(call, "name");
  catalog_call_text_column(call, "catalog");
  catalog_call_text_column(call, "description");
  catalog_call_text_column(call, "locationUri");
}

static STATUS put_database(struct catalog_call *call, struct vonk_str name) {
  struct vonk_statement *statement = call->statement;
  const struct vonk_catalog_database *database;
  TRY(vonk_catalog_find_database(&statement->task, statement->session->catalog, name, &database));
  if (!database) return vonk_catalog_no_database(&statement->task, name, call->asked->relation.node.origin);
  struct vonk_str row[] = {database->name, STR("spark_catalog"), database->comment.data ? database->comment : STR(""),
                           vonk_fs_uri(statement->arena, database->location)};
  vonk_answer_texts(call->answer, row);
  return VONK_OK;
}

STATUS catalog_call_list_databases(struct catalog_call *call) {
  struct vonk_name names;
  database_columns(call);
  TRY(vonk_catalog_list_databases(&call->statement->task, call->statement->session->catalog, &names));
  for (uint32_t i = 0; i < names.count; i++) {
    if (catalog_call_wants(call, names.parts[i])) TRY(put_database(call, names.parts[i]));
  }
  return VONK_OK;
}

/* The database that the name asked for means. */
static STATUS database_name(struct catalog_call *call, struct vonk_str *out) {
  struct vonk_name name;
  TRY(catalog_call_name(call, &name));
  return vonk_catalog_database_name(&call->statement->task, name, call->asked->relation.node.origin, out);
}

STATUS catalog_call_get_database(struct catalog_call *call) {
  struct vonk_str name;
  TRY(database_name(call, &name));
  database_columns(call);
  return put_database(call, name);
}

STATUS catalog_call_database_exists(struct catalog_call *call) {
  const struct vonk_catalog_database *database;
  struct vonk_str name;
  TRY(database_name(call, &name));
  TRY(vonk_catalog_find_database(&call->statement->task, call->statement->session->catalog, name, &database));
  catalog_call_answer_flag(call, database != NULL);
  return VONK_OK;
}

STATUS catalog_call_create_database(struct catalog_call *call) {
  struct vonk_command_create_database *command = COMMAND_NEW(call->statement->arena, create_database, call->asked->relation.node.origin);
  TRY(catalog_call_name(call, &command->name));
  command->if_not_exists = call->asked->flag;
  command->properties = call->asked->options;
  return catalog_call_command(call, &command->node);
}

STATUS catalog_call_drop_database(struct catalog_call *call) {
  struct vonk_command_drop_database *command = COMMAND_NEW(call->statement->arena, drop_database, call->asked->relation.node.origin);
  TRY(catalog_call_name(call, &command->name));
  command->if_exists = call->asked->flag;
  command->cascade = call->asked->cascade;
  return catalog_call_command(call, &command->node);
}

/* --- catalogs: there is one --- */

STATUS catalog_call_current_catalog(struct catalog_call *call) {
  catalog_call_answer_text(call, STR("spark_catalog"));
  return VONK_OK;
}

STATUS catalog_call_set_current_catalog(struct catalog_call *call) {
  struct vonk_command_use *command = COMMAND_NEW(call->statement->arena, use, call->asked->relation.node.origin);
  TRY(catalog_call_name(call, &command->name));
  command->catalog = true;
  return catalog_call_command(call, &command->node);
}

STATUS catalog_call_list_catalogs(struct catalog_call *call) {
  struct vonk_str row[] = {STR("spark_catalog"), {0}};
  catalog_call_text_column(call, "name");
  catalog_call_text_column(call, "description");
  if (catalog_call_wants(call, row[0])) vonk_answer_texts(call->answer, row);
  return VONK_OK;
}
