/* product.c: product, which only DataFrames have: the product of a group's values, visible partition by visible partition, as Spark rounds it. */
#include "column/batch.h"
#include "func/aggregate_rows.h"

struct product {
  double part, all;          /* of the partition that rows come from, and of those before; 1 until there are values */
  uint32_t partition;
  uint32_t has_values;
};

static uint32_t product_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct product);
}

static void product_init(const struct vonk_expr_aggregate *call, void *state) {
  (void)call;
  *(struct product *)state = (struct product){.part = 1, .all = 1};
}

static void end_partition(struct product *s) {
  s->all *= s->part;
  s->part = 1;
}

static void add_rows(const struct vonk_frame *frame, void *const *states, void *one) {
  uint32_t partition = frame->batch ? frame->batch->partition : 0, count = frame->row_count;
  for (size_t row = vonk_bits_next(frame->live, count, 0); row < count; row = vonk_bits_next(frame->live, count, row + 1)) {
    struct product *s = states ? states[row] : one;
    if (s->partition != partition) end_partition(s);
    s->partition = partition;
    s->has_values = 1;
    s->part *= vonk_read_real(&frame->arguments[0], (uint32_t)row);
  }
}

static STATUS product_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  add_rows(frame, states, NULL);
  return VONK_OK;
}

static STATUS product_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  add_rows(frame, NULL, state);
  return VONK_OK;
}

static STATUS product_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  (void)frame;
  for (uint32_t i = 0; i < count; i++) {
    struct product *a = from[i], *b = into[i];
    end_partition(a);
    end_partition(b);
    b->all *= a->all;
    b->has_values |= a->has_values;
  }
  return VONK_OK;
}

static STATUS product_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct product *s = states[i];
    if (s->has_values) ((double *)frame->data)[i] = s->all * s->part;
    else vonk_bits_clear(frame->valid, i);
  }
  return VONK_OK;
}

static const struct vonk_aggregate_type product_type = {
    .state_size = product_size, .init = product_init, .update = product_update, .update_one = product_update_one, .merge = product_merge,
    .finalize = product_finalize,
};

static STATUS bind_product(struct vonk_bind_call *call) {
  call->expr->nullable = true;
  return VONK_OK;
}

const struct vonk_function vonk_functions_product[] = {
    {.name = "product", .kind = VONK_AGGREGATE, .signature = "(double) -> double", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_INTERNAL | VONK_FN_PARTITION,
     .aggregate = &product_type, .bind = bind_product, .group = "agg_funcs"},
    {0},
};
