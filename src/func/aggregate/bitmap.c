/* bitmap.c: bitmaps of 32768 positions: built, and combined. The state is the bitmap. */
#include "func/aggregate_rows.h"
#include "func/bind_call.h"

enum { BITMAP_BYTES = 4096, BITMAP_BITS = BITMAP_BYTES * 8 };
enum operation { CONSTRUCT, OR, AND };

static enum operation operation_of(const struct vonk_expr_aggregate *call) { return *(const enum operation *)call->data; }

static uint32_t bitmap_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return BITMAP_BYTES;
}

static void bitmap_init(const struct vonk_expr_aggregate *call, void *state) {
  memset(state, operation_of(call) == AND ? 0xFF : 0, BITMAP_BYTES);
}

static STATUS set_position(struct vonk_frame *frame, uint8_t *bitmap, int64_t position) {
  if (position >= 0 && position < BITMAP_BITS) {
    bitmap[position >> 3] |= (uint8_t)(1 << (position & 7));
    return VONK_OK;
  }
  struct vonk_arena *arena = frame->task->arena;
  return vonk_raise(frame->task, VONK_INVALID_BITMAP_POSITION, NULL, "bitPosition", vonk_str_format(arena, "%lld", (long long)position),
                    "bitmapNumBytes", vonk_str_format(arena, "%d", BITMAP_BYTES), "bitmapNumBits", vonk_str_format(arena, "%d", BITMAP_BITS), NULL);
}

/* What is behind the end of BYTES counts as zero. */
static void combine(uint8_t *bitmap, struct vonk_str bytes, bool both) {
  size_t size = bytes.size < BITMAP_BYTES ? bytes.size : BITMAP_BYTES;
  for (size_t i = 0; i < size; i++) bitmap[i] = both ? bitmap[i] & (uint8_t)bytes.data[i] : bitmap[i] | (uint8_t)bytes.data[i];
  if (both) memset(bitmap + size, 0, BITMAP_BYTES - size);
}

static STATUS add_rows(struct vonk_frame *frame, void *const *states, void *one) {
  enum operation operation = operation_of(EXPR_AS(frame->expr, aggregate));
  const struct vonk_column *column = &frame->arguments[0];
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    uint8_t *bitmap = states ? states[row] : one;
    if (operation == CONSTRUCT) TRY(set_position(frame, bitmap, vonk_read_int(column, row)));
    else combine(bitmap, vonk_read_str(column, row), operation == AND);
  }
  return VONK_OK;
}

static STATUS bitmap_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  return add_rows(frame, states, NULL);
}

static STATUS bitmap_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  return add_rows(frame, NULL, state);
}

static STATUS bitmap_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  bool both = operation_of(EXPR_AS(frame->expr, aggregate)) == AND;
  for (uint32_t i = 0; i < count; i++) combine(into[i], vonk_str_make(from[i], BITMAP_BYTES), both);
  return VONK_OK;
}

static STATUS bitmap_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) TRY(vonk_builder_add_bytes(frame->task, frame->builder, states[i], BITMAP_BYTES));
  return VONK_OK;
}

static const struct vonk_aggregate_type bitmap_type = {
    .state_size = bitmap_size, .init = bitmap_init, .update = bitmap_update, .update_one = bitmap_update_one, .merge = bitmap_merge,
    .finalize = bitmap_finalize,
};

static STATUS bind_operation(struct vonk_bind_call *call, enum operation operation) {
  static const enum operation operations[] = {CONSTRUCT, OR, AND};
  const struct vonk_type *type = call->arguments.items[0]->type;
  EXPR_AS(call->expr, aggregate)->data = &operations[operation];
  call->expr->nullable = false;
  if (operation == CONSTRUCT) return vonk_bind_coerce(call, 0, &vonk_type_long);
  if (type->id == VONK_TYPE_VOID) return vonk_bind_coerce(call, 0, &vonk_type_binary);
  return type->id == VONK_TYPE_BINARY ? VONK_OK : vonk_bind_unexpected(call, 0, "\"BINARY\"");
}
static STATUS bind_construct(struct vonk_bind_call *call) { return bind_operation(call, CONSTRUCT); }
static STATUS bind_or(struct vonk_bind_call *call) { return bind_operation(call, OR); }
static STATUS bind_and(struct vonk_bind_call *call) { return bind_operation(call, AND); }

#define BITMAP(row_name, row_bind, row_doc, row_example)                                                                             \
  {.name = row_name, .kind = VONK_AGGREGATE, .signature = "(any) -> binary", .nulls = VONK_NULLS_STRICT, .aggregate = &bitmap_type, \
   .bind = row_bind, .group = "agg_funcs", .doc = row_doc, .example = row_example}

const struct vonk_function vonk_functions_bitmap[] = {
    BITMAP("bitmap_construct_agg", bind_construct, "A bitmap of 4096 bytes with the bits of a group's positions set.",
           "SELECT substring(hex(bitmap_construct_agg(v)), 1, 6) FROM VALUES (0L), (1L), (9L) AS t(v)"),
    BITMAP("bitmap_or_agg", bind_or, "The bits that a bitmap of the group has.",
           "SELECT substring(hex(bitmap_or_agg(v)), 1, 6) FROM VALUES (X'10'), (X'20') AS t(v)"),
    BITMAP("bitmap_and_agg", bind_and, "The bits that all bitmaps of the group have.",
           "SELECT substring(hex(bitmap_and_agg(v)), 1, 6) FROM VALUES (X'F0'), (X'70') AS t(v)"),
    {0},
};
