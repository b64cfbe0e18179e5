/* listagg.c: listagg and string_agg: texts or bytes one behind the other, in the order of the rows or of WITHIN GROUP. */
#include <stdlib.h>

#include "column/value_bytes.h"
#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/lookup.h"
#include "func/rows.h"
#include "func/value_list.h"

struct plan {
  struct vonk_str delimiter;
};

static uint32_t list_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct vonk_value_list);
}

/* The values and, if there are any, the keys of the order behind them: the delimiter between is a constant. */
static void add_rows(struct vonk_frame *frame, void *const *states, void *one, uint64_t tag) {
  const struct vonk_column *arguments = frame->arguments;
  struct vonk_column columns[1 + 16];
  uint32_t arguments_before = EXPR_AS(frame->expr, aggregate)->arguments.count, count = 1;
  columns[0] = arguments[0];
  for (uint32_t i = arguments_before; i < frame->argument_count; i++) columns[count++] = arguments[i];
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row) || !vonk_column_row_valid(&columns[0], row)) continue;
    vonk_value_list_add(frame->task, states ? states[row] : one, columns, count, row, tag + row);
  }
}

static STATUS list_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  add_rows(frame, states, NULL, tag);
  return VONK_OK;
}

static STATUS list_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  add_rows(frame, NULL, state, tag);
  return VONK_OK;
}

static STATUS list_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  (void)frame;
  for (uint32_t i = 0; i < count; i++) vonk_value_list_merge(from[i], into[i]);
  return VONK_OK;
}

/* ---- results ---- */

struct entry {
  const char *text;                      /* length and bytes */
  const char *keys;
  const struct vonk_exprs *order;
  uint64_t number;
};

static int by_keys(const void *a, const void *b) {
  const struct entry *x = a, *y = b;
  const char *p = x->keys, *q = y->keys;
  for (uint32_t i = 0; i < x->order->count; i++) {
    const struct vonk_expr_sort_order *order = (const struct vonk_expr_sort_order *)x->order->items[i];
    const struct vonk_type *type = order->child->type;
    const char *left = vonk_value_list_next(type, &p), *right = vonk_value_list_next(type, &q);
    bool nulls_first = order->nulls ? order->nulls == 1 : !order->descending;
    if (!left != !right) return (!left) == nulls_first ? -1 : 1;
    int compared = left ? vonk_value_bytes_compare(type, &left, &right) : 0;
    if (compared) return order->descending ? -compared : compared;
  }
  return (x->number > y->number) - (x->number < y->number);
}

static struct entry *collect(struct vonk_frame *frame, const struct vonk_value_list *list, uint64_t count) {
  const struct vonk_expr_aggregate *call = EXPR_AS(frame->expr, aggregate);
  struct entry *entries = ARENA_ARRAY(frame->task->arena, struct entry, count);
  struct vonk_value_chunk **chunks;
  uint32_t chunk_count = vonk_value_list_sorted(frame->task, list, &chunks);
  uint64_t n = 0;
  for (uint32_t c = 0; c < chunk_count; c++) {
    const char *at = chunks[c]->bytes;
    for (uint32_t i = 0; i < chunks[c]->count; i++, n++) {
      const char *text = vonk_value_list_next(call->arguments.items[0]->type, &at);
      entries[n] = (struct entry){.text = text, .keys = at, .order = &call->order, .number = n};
      for (uint32_t k = 0; k < call->order.count; k++) {
        (void)vonk_value_list_next(((const struct vonk_expr_sort_order *)call->order.items[k])->child->type, &at);
      }
    }
  }
  if (call->order.count) qsort(entries, count, sizeof *entries, by_keys);
  return entries;
}

static uint32_t length_of(const struct entry *entry) {
  uint32_t length;
  memcpy(&length, entry->text, 4);
  return length;
}

static STATUS put_text(struct vonk_frame *frame, const struct vonk_value_list *list) {
  const struct plan *plan = EXPR_AS(frame->expr, aggregate)->data;
  uint64_t count = vonk_value_list_count(list), size = 0;
  if (!count) return vonk_builder_add_null(frame->task, frame->builder);
  struct entry *entries = collect(frame, list, count);
  for (uint64_t i = 0; i < count; i++) size += length_of(&entries[i]) + (i ? plan->delimiter.size : 0);
  if (size > VONK_STRING_SIZE_MAX) return VONK_NO_MEMORY;
  char *to;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, size, &to));
  for (uint64_t i = 0; i < count; i++) {
    if (i && plan->delimiter.size) memcpy(to, plan->delimiter.data, plan->delimiter.size), to += plan->delimiter.size;
    memcpy(to, entries[i].text + 4, length_of(&entries[i]));
    to += length_of(&entries[i]);
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, size);
}

static STATUS list_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) TRY(put_text(frame, states[i]));
  return VONK_OK;
}

static const struct vonk_aggregate_type list_type = {
    .state_size = list_size, .update = list_update, .update_one = list_update_one, .merge = list_merge, .finalize = list_finalize,
    .save = vonk_value_list_save, .load = vonk_value_list_load,
};

static STATUS bind_listagg(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  struct plan *plan = ARENA_NEW(arena, struct plan);
  struct vonk_expr_aggregate *aggregate = EXPR_AS(call->expr, aggregate);
  const struct vonk_type *type = call->arguments.items[0]->type;
  if (aggregate->order.count > 16) return vonk_unsupported(call->task, call->expr->node.origin, "listagg with more than 16 orders");
  /* Spark shows one name for both where an order is given. */
  if (aggregate->order.count) aggregate->function = vonk_function_lookup(STR("listagg"));
  if (type->id != VONK_TYPE_BINARY && !vonk_type_is_string(type)) {
    if (type->id >= VONK_TYPE_ARRAY) return vonk_bind_unexpected(call, 0, "\"STRING\" or \"BINARY\"");
    TRY(vonk_bind_coerce(call, 0, &vonk_type_string));
    type = &vonk_type_string;
  }
  struct vonk_value delimiter;
  TRY(vonk_bind_constant(call, 1, &delimiter));
  if (!delimiter.is_null && !vonk_type_is_string(delimiter.type) && delimiter.type->id != VONK_TYPE_BINARY) {
    return vonk_bind_unexpected(call, 1, "\"STRING\" or \"BINARY\"");
  }
  if (!delimiter.is_null) plan->delimiter = vonk_str_copy(arena, delimiter.text);
  aggregate->data = plan;
  call->expr->type = type;
  call->expr->nullable = true;
  return VONK_OK;
}

#define LISTAGG(row_name, ...)                                                                                                     \
  {.name = row_name, .kind = VONK_AGGREGATE, .signature = "(any, [void = null]) -> bind | (any, any) -> bind", .nulls = VONK_NULLS_CUSTOM, \
   .flags = VONK_FN_ORDERED | VONK_FN_WITHIN_GROUP, .aggregate = &list_type, .bind = bind_listagg, .group = "agg_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_listagg[] = {
    LISTAGG("listagg", .doc = "The texts of a group that are not null, with a delimiter between them.",
            .example = "SELECT listagg(v, ', ') WITHIN GROUP (ORDER BY v) FROM VALUES ('a'), ('c'), (NULL), ('b') AS t(v)"),
    LISTAGG("string_agg", .doc = "The texts of a group that are not null, with a delimiter between them.",
            .example = "SELECT string_agg(v, ', ') WITHIN GROUP (ORDER BY v) FROM VALUES ('a'), ('c'), (NULL), ('b') AS t(v)"),
    {0},
};
