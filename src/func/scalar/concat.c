/* concat.c: joins texts, binaries or arrays one behind the other. */
#include "func/bind_call.h"
#include "func/coercion.h"
#include "func/rows.h"

static STATUS concat_bytes_row(struct vonk_frame *frame, uint32_t row) {
  size_t size = 0;
  for (uint32_t a = 0; a < frame->argument_count; a++) size += vonk_row_str(frame, a, row).size;
  if (size > VONK_STRING_SIZE_MAX) return vonk_unsupported(frame->task, frame->expr->node.origin, "strings of 2 GiB");
  char *out;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, size, &out));
  for (uint32_t a = 0; a < frame->argument_count; a++) {
    struct vonk_str part = vonk_row_str(frame, a, row);
    memcpy(out, part.data, part.size);
    out += part.size;
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, size);
}

static STATUS concat_lists_row(struct vonk_frame *frame, uint32_t row) {
  for (uint32_t a = 0; a < frame->argument_count; a++) {
    const struct vonk_column *c = &frame->arguments[a];
    struct vonk_list list = ((const struct vonk_list *)c->data)[vonk_column_index(c, row)];
    for (uint32_t i = 0; i < list.length; i++) {
      TRY(vonk_builder_add_row(frame->task, &frame->builder->children[0], &c->children[0], list.offset + i));
    }
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}

static STATUS concat_none_row(struct vonk_frame *frame, uint32_t row) {
  (void)row;
  return vonk_row_add_str(frame, STR(""));
}

static STATUS concat(struct vonk_frame *frame) {
  if (frame->argument_count == 0) return vonk_rows_build(frame, concat_none_row);
  if (frame->expr->type->id == VONK_TYPE_ARRAY) return vonk_rows_build(frame, concat_lists_row);
  return vonk_rows_build(frame, concat_bytes_row);
}

/* All arrays: their common type. All binaries: binary. Else everything becomes a text. */
static STATUS bind_concat(struct vonk_bind_call *call) {
  uint32_t count = call->arguments.count, arrays = 0, binaries = 0, nulls = 0;
  const struct vonk_type **types = ARENA_ARRAY(call->task->arena, const struct vonk_type *, count);
  call->expr->type = &vonk_type_string;
  for (uint32_t i = 0; i < count; i++) {
    types[i] = call->arguments.items[i]->type;
    arrays += types[i]->id == VONK_TYPE_ARRAY;
    binaries += types[i]->id == VONK_TYPE_BINARY;
    nulls += types[i]->id == VONK_TYPE_VOID;
  }
  if (arrays > 0) {
    call->expr->type = vonk_coercion_wider_all(call->task->arena, types, count, call->ansi);
    for (uint32_t i = 0; i < count && !call->expr->type; i++) {
      if (types[i]->id != VONK_TYPE_ARRAY) return vonk_bind_unexpected(call, i, "\"ARRAY\"");
    }
    if (!call->expr->type) return vonk_bind_unexpected(call, count - 1, "the type of the first");
  } else if (binaries > 0 && binaries + nulls == count) {
    call->expr->type = &vonk_type_binary;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (arrays == 0 && vonk_type_is_nested(types[i])) return vonk_bind_unexpected(call, i, "(\"STRING\" or \"BINARY\" or \"ARRAY\")");
    TRY(vonk_bind_coerce(call, i, call->expr->type));
  }
  return VONK_OK;
}

const struct vonk_function vonk_functions_concat[] = {
    {.name = "concat", .signature = "(any*) -> bind", .nulls = VONK_NULLS_STRICT, .eval = concat, .bind = bind_concat,
     .group = "collection_funcs", .doc = "Texts, binaries or arrays one behind the other.", .example = "SELECT concat('wind', 'mill')"},
    {0},
};
