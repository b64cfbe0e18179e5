/* answer.c: see answer.h. */
#include "session/answer.h"

#include "column/builder.h"

void vonk_answer_column(struct vonk_answer *answer, const char *name, const struct vonk_type *type, bool nullable) {
  *ARRAY_PUSH(answer->arena, &answer->columns) = (struct vonk_type_field){vonk_str_of(name), type, nullable, STR("")};
}

void vonk_answer_described_column(struct vonk_answer *answer, const char *name, bool nullable, const char *comment) {
  vonk_answer_column(answer, name, &vonk_type_string, nullable);
  answer->columns.items[answer->columns.count - 1].metadata = vonk_type_field_metadata(answer->arena, vonk_str_of(comment), (struct vonk_str){0});
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

static void deinit_builder(void *builder) { vonk_builder_deinit(builder); }

STATUS vonk_answer_batch(struct vonk_task *task, const struct vonk_answer *answer, size_t first, struct vonk_arena *arena, struct vonk_batch *out) {
  uint32_t width = (uint32_t)answer->columns.count;
  size_t left = answer->rows.count - first;
  uint32_t count = left < VONK_BATCH_ROWS ? (uint32_t)left : VONK_BATCH_ROWS;
  struct vonk_column *columns = ARENA_ARRAY(arena, struct vonk_column, width);
  for (uint32_t i = 0; i < width && count; i++) {
    struct vonk_builder *builder = ARENA_NEW(arena, struct vonk_builder);
    TRY(vonk_builder_init(task, builder, answer->columns.items[i].type));
    vonk_arena_on_reset(arena, deinit_builder, builder);
    for (uint32_t row = 0; row < count; row++) TRY(vonk_builder_add_value(task, builder, &answer->rows.items[first + row][i]));
    TRY(vonk_builder_finish(task, builder, &columns[i]));
  }
  *out = (struct vonk_batch){.columns = columns, .column_count = width, .row_count = count, .live_count = count};
  return VONK_OK;
}
