/* show_partitions.c: SHOW PARTITIONS t [PARTITION (...)]. */
#include "session/command/show.h"
#include "session/target.h"

STATUS vonk_show_partitions(struct vonk_statement *statement, const struct vonk_command_show *command) {
  struct vonk_target_request request = {.name = command->name, .at = command->at, .operation = "SHOW PARTITIONS"};
  struct vonk_target_partition wanted;
  const struct vonk_catalog_table *table;
  struct vonk_name all;
  TRY(vonk_target_table(statement, &request, &table));
  if (table->partition_columns.count == 0) {
    return vonk_raise(&statement->task, VONK_INVALID_PARTITION_OPERATION__PARTITION_SCHEMA_IS_EMPTY, command->node.origin, "name",
                      vonk_target_quoted(statement->arena, table), NULL);
  }
  TRY(vonk_target_partition(statement, table, command->partition, command->node.origin, &wanted));
  TRY(vonk_catalog_list_partitions(&statement->task, table, &all));
  vonk_answer_column(&statement->answer, "partition", &vonk_type_string, false);
  for (uint32_t i = 0; i < all.count; i++) {
    if (vonk_target_partition_has(&wanted, all.parts[i])) vonk_answer_texts(&statement->answer, &all.parts[i]);
  }
  return VONK_OK;
}
