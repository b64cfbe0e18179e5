/* push_limits.c: order and limit become a top-N; limits go below projections, unions and the kept side of outer joins, and
 * into scans as hints. */
#include "opt/optimizer_internal.h"

/* A top-N keeps its rows in memory: more than these are sorted, which can spill. */
enum { TOP_ROWS_MAX = 100000 };

static struct vonk_relation *limit_over(struct opt *o, struct vonk_relation *input, int64_t limit) {
  struct vonk_relation_slice *slice = RELATION_NEW(o->arena, slice, NULL);
  slice->input = input;
  slice->limit = limit;
  opt_take_columns(o, &slice->relation);
  return &slice->relation;
}

static struct vonk_relation *clone(struct opt *o, struct vonk_relation *relation) {
  return (struct vonk_relation *)(void *)vonk_node_clone(o->arena, &relation->node);
}

/* IN such that its first LIMIT rows are cheap; the slice above stays. */
static struct vonk_relation *lower(struct opt *o, struct vonk_relation *in, int64_t limit) {
  uint32_t count;
  struct vonk_relation **inputs = opt_inputs(in, &count);
  struct vonk_relation_scan *scan = RELATION_AS(in, scan);
  if (scan && !scan->filters.count && (scan->limit < 0 || scan->limit > limit)) {
    struct vonk_relation_scan *copy = RELATION_AS(clone(o, in), scan);
    copy->limit = limit;
    return &copy->relation;
  }
  if (RELATION_IS(in, project)) {
    struct vonk_relation *input = lower(o, inputs[0], limit);
    return input == inputs[0] ? in : opt_with_inputs(o, in, &input);
  }
  struct vonk_relation_recursion *recursion = RELATION_AS(in, recursion);
  if (recursion && (recursion->limit < 0 || recursion->limit > limit)) {
    recursion = RELATION_AS(clone(o, in), recursion);
    recursion->limit = limit;
    return &recursion->relation;
  }
  struct vonk_relation_order *order = RELATION_AS(in, order);
  if (order && order->is_global && !order->offset && limit <= TOP_ROWS_MAX && (order->limit < 0 || order->limit > limit)) {
    order = RELATION_AS(clone(o, in), order);
    order->limit = limit;
    return &order->relation;
  }
  if (RELATION_IS(in, observe)) { /* it sees no more than what is wanted */
    struct vonk_relation *input = lower(o, inputs[0], limit);
    if (!RELATION_IS(input, slice)) input = limit_over(o, input, limit);
    return opt_with_inputs(o, in, &input);
  }
  if (RELATION_IS(in, union_all)) {
    struct vonk_relation **limited = ARENA_ARRAY(o->arena, struct vonk_relation *, count);
    for (uint32_t i = 0; i < count; i++) {
      limited[i] = lower(o, inputs[i], limit);
      if (!RELATION_IS(limited[i], slice)) limited[i] = limit_over(o, limited[i], limit);
    }
    return opt_with_inputs(o, in, limited);
  }
  struct vonk_relation_join_on *join = RELATION_AS(in, join_on);
  if (join && (join->join_type == VONK_JOIN_LEFT || join->join_type == VONK_JOIN_MARK || join->join_type == VONK_JOIN_SINGLE)) {
    struct vonk_relation *both[2] = {lower(o, join->left, limit), join->right};
    if (!RELATION_IS(both[0], slice)) both[0] = limit_over(o, both[0], limit);
    return opt_with_inputs(o, in, both);
  }
  return in;
}

static STATUS push(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  struct vonk_relation_slice *slice = RELATION_AS(in, slice);
  (void)object;
  *out = in;
  if (!slice || slice->from_end || slice->limit < 0 || slice->limit > INT64_MAX - slice->offset) return VONK_OK;
  struct vonk_relation_order *order = RELATION_AS(slice->input, order);
  bool few = slice->limit + slice->offset <= TOP_ROWS_MAX;
  if (order && few && order->is_global && order->limit < 0 && !order->offset) { /* top-N */
    struct vonk_relation_order *top = RELATION_AS(clone(o, &order->relation), order);
    top->limit = slice->limit;
    top->offset = slice->offset;
    *out = &top->relation;
    return VONK_OK;
  }
  struct vonk_relation *input = lower(o, slice->input, slice->limit + slice->offset);
  if (input != slice->input) *out = opt_with_inputs(o, in, &input);
  return VONK_OK;
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) { return opt_rewrite(o, in, push, NULL, out); }

const struct vonk_rule opt_rule_push_limits = {
    .name = "push_limits",
    .doc = "Order and limit become a top-N; limits go towards the scans.",
    .apply = apply,
    .required = true, /* a recursion without an end of its own ends by its LIMIT */
};
