/* partition_key.c: a key is a byte for null and the number, its sign bit turned, most significant byte first (sort_key.h). */
#include "exec/partition_key.h"

#include "func/lookup.h"

struct vonk_expr *vonk_partition_id(struct vonk_arena *arena) {
  struct vonk_expr_call *call = EXPR_NEW(arena, call, NULL);
  call->function = vonk_function_lookup(STR("spark_partition_id"));
  ASSERT(call->function);
  call->expr.type = &vonk_type_int;
  call->expr.physical = VONK_PHYSICAL_I32;
  return &call->expr;
}

struct vonk_expr *vonk_partition_key(struct vonk_arena *arena, struct vonk_expr *number) {
  struct vonk_expr_sort_order *order = EXPR_NEW(arena, sort_order, NULL);
  order->expr.type = &vonk_type_int;
  order->child = number;
  return &order->expr;
}

static void put_number(uint8_t *bytes, uint32_t number) {
  uint32_t word = __builtin_bswap32(number ^ 0x80000000u);
  bytes[0] = 1;
  memcpy(bytes + 1, &word, sizeof word);
}

struct vonk_str vonk_partition_key_bytes(struct vonk_arena *arena, uint32_t first, uint32_t second) {
  uint8_t bytes[10];
  put_number(bytes, first);
  put_number(bytes + 5, second);
  return vonk_str_copy(arena, vonk_str_make((const char *)bytes, sizeof bytes));
}

uint32_t vonk_partition_of_key(const struct vonk_view *key) {
  uint32_t word;
  memcpy(&word, vonk_view_data(key) + 1, sizeof word);
  return __builtin_bswap32(word) ^ 0x80000000u;
}
