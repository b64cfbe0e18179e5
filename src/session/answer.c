/* answer.c: see answer.h. */
#include "session/answer.h"

void vonk_answer_column(struct vonk_answer *answer, const char *name, const struct vonk_type *type, bool nullable) {
  *ARRAY_PUSH(answer->arena, &answer->columns) = (struct vonk_type_field){vonk_str_of(name), type, nullable, STR("")};
}

void vonk_answer_texts(struct vonk_answer *answer, const struct vonk_str *texts) {
  struct vonk_value *values = ARENA_ARRAY(answer->arena, struct vonk_value, answer->columns.count);
  for (size_t i = 0; i < answer->columns.count; i++) {
    const struct vonk_type *type = answer->columns.items[i].type;
    values[i] = texts[i].data ? vonk_value_text(type, vonk_str_copy(answer->arena, texts[i])) : vonk_value_null(type);
  }
  *ARRAY_PUSH(answer->arena, &answer->rows) = values;
}

void vonk_answer_row(struct vonk_answer *answer, const struct vonk_value *values) {
  struct vonk_value *copies = ARENA_ARRAY(answer->arena, struct vonk_value, answer->columns.count);
  for (size_t i = 0; i < answer->columns.count; i++) copies[i] = vonk_value_copy(answer->arena, &values[i]);
  *ARRAY_PUSH(answer->arena, &answer->rows) = copies;
}
