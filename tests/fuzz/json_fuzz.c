/* json_fuzz.c: any bytes as JSON texts: what the short way reads, the long way must read as well; and inference. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "text/json_batch.h"
#include "text/json_infer.h"
#include "text/json_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vonk_type *make_schema(struct vonk_arena *arena) {
  const struct { const char *name; const struct vonk_type *type; } all[] = {{"a", &vonk_type_int},  {"b", &vonk_type_string},    {"c", &vonk_type_double},
                                                                            {"d", &vonk_type_date}, {"e", &vonk_type_timestamp}, {"f", &vonk_type_boolean}};
  struct vonk_type_field made[6];
  for (int i = 0; i < 6; i++) made[i] = (struct vonk_type_field){.name = vonk_str_of(all[i].name), .type = all[i].type, .nullable = true};
  return vonk_type_struct(arena, made, 6);
}

/* One text at a time, so that both ways answer the same rows. */
static void compare(struct vonk_task *task, const struct vonk_json_options *options, const struct vonk_type *schema, struct vonk_str text) {
  const uint32_t wanted[] = {0, 1, 2, 3, 4, 5};
  struct vonk_json_batches *batches;
  struct vonk_json_reader *reader;
  struct vonk_json_record record;
  struct vonk_batch batch;
  uint32_t used;
  ASSERT(vonk_json_batches_open(task, options, schema, wanted, 6, &batches) == VONK_OK);
  ASSERT(vonk_json_reader_create(task, options, schema, true, &reader) == VONK_OK);
  ASSERT(vonk_json_batches_read(task, batches, &text, 1, &used, &batch) == VONK_OK);
  vonk_json_reader_read(reader, text, &record);
  ASSERT(batch.row_count == (record.row_count < VONK_BATCH_ROWS ? record.row_count : VONK_BATCH_ROWS));
  for (uint32_t row = 0; row < batch.row_count; row++) {
    for (uint32_t i = 0; i < 6; i++) {
      struct vonk_value value = vonk_column_get(&batch.columns[i], row, task->arena);
      ASSERT(vonk_value_equal(&value, &record.rows[row].nested.items[i]));
    }
  }
  vonk_json_reader_destroy(reader);
  vonk_json_batches_close(batches);
}

static void infer(struct vonk_task *task, const struct vonk_json_options *options, struct vonk_str text) {
  struct vonk_json_inference *inference;
  ASSERT(vonk_json_inference_create(task, options, &inference) == VONK_OK);
  const struct vonk_type *type = vonk_json_infer(inference, task->arena, text);
  ASSERT(vonk_json_infer_schema(options, task->arena, type && type->id == VONK_TYPE_STRUCT ? type : NULL, !type));
  vonk_json_inference_destroy(inference);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_budget *budget = vonk_budget_create(NULL, "fuzz", (uint64_t)1 << 30);
  struct vonk_task task = {.arena = arena, .error = &error, .budget = budget};
  struct vonk_text_options none = {0};
  struct vonk_text_defaults defaults = {.zone = &vonk_timezone_utc, .corrupt_name = STR("_corrupt_record")};
  struct vonk_json_options options;
  /* The short way may read 64 bytes behind a text. */
  char *text = vonk_arena_alloc(arena, size + 64);
  if (size) memcpy(text, data, size);
  ASSERT(vonk_json_options_read(&task, arena, &none, &defaults, &options) == VONK_OK);
  compare(&task, &options, make_schema(arena), vonk_str_make(text, size));
  infer(&task, &options, vonk_str_make(text, size));
  vonk_arena_destroy(arena);
  vonk_error_deinit(&error);
  vonk_budget_destroy(budget);
  return 0;
}
