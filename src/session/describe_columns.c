/* describe_columns.c: see describe_columns.h. */
#include "session/describe_columns.h"

void vonk_describe_head(struct vonk_statement *statement) {
  statement->form = VONK_ANSWER_PADDED;
  vonk_answer_described_column(&statement->answer, "col_name", false, "name of the column");
  vonk_answer_described_column(&statement->answer, "data_type", false, "data type of the column");
  vonk_answer_described_column(&statement->answer, "comment", true, "comment of the column");
}

void vonk_describe_fields(struct vonk_statement *statement, const struct vonk_type *schema) {
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    struct vonk_str type = vonk_type_simple_string(statement->arena, field->type);
    struct vonk_str comment = vonk_type_field_comment(statement->arena, field);
    vonk_answer_texts(&statement->answer, (struct vonk_str[]){field->name, type, comment});
  }
}
