/* partition.c: internal functions that say to which partition rows go. */
#include "column/batch.h"
#include "func/bind_call.h"
#include "func/row_image.h"
#include "func/rows.h"
#include "func/xorshift.h"

/* --- dealing rows out in turn --- */

struct deal {
  uint32_t partition;            /* UINT32_MAX: none yet */
  uint32_t next;
};

static STATUS open_deal(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct deal *deal = ARENA_NEW(task->arena, struct deal);
  (void)expr;
  deal->partition = UINT32_MAX;
  *out = deal;
  return VONK_OK;
}

/* Each partition begins somewhere of its own, so that small ones do not all fill the first targets. */
static STATUS deal_rows(struct vonk_frame *frame) {
  struct deal *deal = frame->state;
  uint32_t partition = frame->batch->partition, count = (uint32_t)EXPR_AS(EXPR_AS(frame->expr, call)->arguments.items[0], literal)->value.integer;
  if (deal->partition != partition) {
    uint64_t random = vonk_xorshift_seed(partition);
    *deal = (struct deal){partition, vonk_xorshift_int(&random, count)};
  }
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    deal->next = deal->next + 1 == count ? 0 : deal->next + 1;
    vonk_row_put_int(frame, row, (int32_t)deal->next);
  }
  return VONK_OK;
}

/* --- the order in which rows are dealt --- */

static STATUS open_order(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct vonk_text *text = ARENA_NEW(task->arena, struct vonk_text);
  (void)expr;
  vonk_text_init(text, task->arena);
  *out = text;
  return VONK_OK;
}

/* By hash code, then length, then bytes. */
static STATUS order_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_text *text = frame->state;
  uint32_t head[2] = {0};
  text->size = 0;
  vonk_text_add(text, vonk_str_make((const char *)head, sizeof head));
  vonk_row_image_add(text, frame->arguments, frame->argument_count, row);
  struct vonk_str image = vonk_str_slice(vonk_text_str(text), sizeof head, text->size);
  head[0] = __builtin_bswap32((uint32_t)vonk_row_image_hash(image) ^ 0x80000000u);
  head[1] = __builtin_bswap32((uint32_t)image.size);
  memcpy(text->data, head, sizeof head);
  return vonk_row_add_str(frame, vonk_text_str(text));
}
static STATUS deal_order(struct vonk_frame *frame) { return vonk_rows_build(frame, order_row); }

const struct vonk_function vonk_functions_partition[] = {
    {.name = "deal_order", .signature = "(any...) -> binary | () -> binary", .nulls = VONK_NULLS_NEVER, .eval = deal_order, .open = open_order, .flags = VONK_FN_INTERNAL, .group = "misc_funcs"},
    {.name = "deal_rows", .signature = "(int) -> int", .nulls = VONK_NULLS_NEVER, .eval = deal_rows, .open = open_deal,
     .flags = VONK_FN_INTERNAL | VONK_FN_NONDETERMINISTIC | VONK_FN_ONE_TASK, .group = "misc_funcs"},
    {0},
};
