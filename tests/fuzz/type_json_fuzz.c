/* type_json_fuzz.c: schema JSON: what is read can be written and read again as the same type. */
#include <stdlib.h>

#include "type/type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  const struct vonk_type *type, *back;
  if (vonk_type_from_json(arena, vonk_str_make((const char *)data, size), &type)) {
    vonk_type_sql(arena, type);
    struct vonk_str json = vonk_type_json(arena, type);
    if (!vonk_type_from_json(arena, json, &back) || !vonk_type_same(type, back)) abort();
  }
  vonk_arena_destroy(arena);
  return 0;
}
