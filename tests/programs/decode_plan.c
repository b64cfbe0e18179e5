/* decode_plan.c: prints what Spark Connect messages become.
 *
 * Reads lines "NAME HEX", a Plan message in hexadecimal digits each, and writes "== NAME" and the unresolved plan as a tree, or
 * the error. Artifacts are made up: cache/x is the text "x".
 */
#include <stdio.h>
#include <stdlib.h>

#include "plan/print.h"
#include "server/connect/decode.h"

static STATUS artifact(const void *object, struct vonk_task *task, struct vonk_str name, struct vonk_str *out, struct vonk_buffer **memory) {
  (void)object, (void)task, (void)memory;
  const struct vonk_str prefix = STR("cache/");
  if (vonk_str_starts_with(name, prefix)) *out = vonk_str_slice(name, prefix.size, name.size);
  return VONK_OK;
}

static int digit(char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; }

static struct vonk_str bytes_of(struct vonk_arena *arena, struct vonk_str hex) {
  char *bytes = vonk_arena_alloc(arena, hex.size / 2);
  for (size_t i = 0; i < hex.size / 2; i++) bytes[i] = (char)(digit(hex.data[2 * i]) << 4 | digit(hex.data[2 * i + 1]));
  return vonk_str_make(bytes, hex.size / 2);
}

static void print_plan(struct vonk_arena *arena, struct vonk_str message) {
  struct vonk_error error;
  struct vonk_connect_plan plan;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error};
  struct vonk_connect_decoder decoder = {.task = &task, .byte_limit = 64 << 20, .session_id = STR("session"), .artifact = artifact};
  struct vonk_str text;
  if (vonk_connect_decode_plan(&decoder, message, &plan) != VONK_OK) text = vonk_error_render(&error, arena);
  else if (!plan.node) text = vonk_str_format(arena, "command %u", plan.command);
  else text = vonk_plan_tree(arena, plan.node, false);
  printf(STR_FMT "\n", STR_ARG(text));
  vonk_error_deinit(&error);
}

int main(void) {
  char *line = NULL;
  size_t capacity = 0;
  for (ssize_t size; (size = getline(&line, &capacity, stdin)) > 0;) {
    struct vonk_arena *arena = vonk_arena_create(NULL);
    struct vonk_str text = vonk_str_trim(vonk_str_make(line, (size_t)size));
    size_t space = vonk_str_find(text, STR(" "), 0);
    if (space == SIZE_MAX) space = text.size;
    printf("== " STR_FMT "\n", (int)space, text.data);
    print_plan(arena, bytes_of(arena, vonk_str_trim(vonk_str_slice(text, space, text.size))));
    vonk_arena_destroy(arena);
  }
  free(line);
  return 0;
}
