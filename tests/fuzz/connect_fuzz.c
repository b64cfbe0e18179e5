/* connect_fuzz.c: any bytes as a Plan and as a DataType of Spark Connect; types that are read must come back. */
#include "server/connect/decode.h"
#include "server/connect/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static STATUS artifact(const void *object, struct vonk_task *task, struct vonk_str name, struct vonk_str *out, struct vonk_buffer **memory) {
  (void)object, (void)task, (void)memory;
  *out = name;
  return VONK_OK;
}

static void types_come_back(const struct vonk_connect_decoder *decoder, struct vonk_str bytes) {
  const struct vonk_type *type, *back;
  if (vonk_connect_decode_type(decoder, bytes, &type) != VONK_OK) return;
  struct vonk_text text;
  vonk_text_init(&text, decoder->task->arena);
  vonk_connect_put_type(&text, type);
  enum vonk_status status = vonk_connect_decode_type(decoder, vonk_text_str(&text), &back);
  ASSERT(status == VONK_OK && vonk_type_same(type, back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error};
  struct vonk_connect_decoder decoder = {.task = &task, .byte_limit = 1 << 16, .artifact = artifact};
  struct vonk_str bytes = vonk_str_make((const char *)data, size);
  struct vonk_connect_plan plan;
  if (vonk_connect_decode_plan(&decoder, bytes, &plan) != VONK_OK) {
    ASSERT(error.set);
    (void)vonk_error_render(&error, arena);
    vonk_error_clear(&error);
  } else if (plan.node) {
    (void)vonk_node_print(arena, plan.node);
  }
  types_come_back(&decoder, bytes);
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  return 0;
}
