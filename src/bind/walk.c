/* walk.c: searching and rewriting bound trees where the generic bottom-up transform does not serve: from the top down, and
 * into the plans of subqueries for the columns they take from outside. */
#include "bind/binder_internal.h"

#include "expr/function.h"

struct search {
  bind_test *test;
  const void *object;
  bool into_plans;
  struct vonk_node *found;
};

static STATUS look(void *object, struct vonk_node *node) {
  struct search *search = object;
  if (search->found) return VONK_OK;
  if (search->test(search->object, node)) {
    search->found = node;
    return VONK_OK;
  }
  if (EXPR_IS(node, subquery) && !search->into_plans) {
    struct vonk_expr_subquery *subquery = EXPR_AS(node, subquery);
    for (uint32_t i = 0; i < subquery->values.count; i++) TRY(look(object, &subquery->values.items[i]->node));
    return VONK_OK;
  }
  return vonk_node_children(node, look, object);
}

struct vonk_node *bind_find(const struct vonk_node *node, bool into_plans, bind_test *test, const void *object) {
  struct search search = {test, object, into_plans, NULL};
  if (look(&search, (struct vonk_node *)(uintptr_t)node) != VONK_OK) ASSERT(!"a search cannot fail");
  return search.found;
}

bool bind_test_aggregate(const void *object, const struct vonk_node *node) {
  (void)object;
  return EXPR_IS(node, aggregate);
}

bool bind_test_window(const void *object, const struct vonk_node *node) {
  (void)object;
  return EXPR_IS(node, window_call);
}

bool bind_test_generator(const void *object, const struct vonk_node *node) {
  (void)object;
  return node->type->node_class == VONK_CLASS_EXPR && bind_is_generator((const struct vonk_expr *)node);
}

struct substitution {
  struct binder *b;
  const uint64_t *from;
  struct vonk_expr **to;
  uint32_t count;
  bool inside_plan;
};

/* A bare column keeps its mark; anything else cannot stand inside a plan as a column, so its own columns are marked. */
static STATUS mark_outer(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct binder *b = object;
  struct vonk_expr_column *column = EXPR_AS(node, column);
  if (!column) return vonk_node_map_children(b->arena, node, mark_outer, object, out);
  if (column->outer) {
    *out = node;
    return VONK_OK;
  }
  *out = vonk_node_clone(b->arena, node);
  ((struct vonk_expr_column *)(void *)*out)->outer = true;
  return VONK_OK;
}

static STATUS substitute(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct substitution *s = object;
  struct vonk_expr_column *column = EXPR_AS(node, column);
  if (column) {
    *out = node;
    if (column->outer != s->inside_plan) return VONK_OK;
    for (uint32_t i = 0; i < s->count; i++) {
      if (s->from[i] != column->id) continue;
      if (s->inside_plan) return mark_outer(s->b, &s->to[i]->node, out);
      *out = &s->to[i]->node;
      return VONK_OK;
    }
    return VONK_OK;
  }
  bool was_inside = s->inside_plan;
  if (node->type->node_class == VONK_CLASS_RELATION) s->inside_plan = true;
  enum vonk_status status = vonk_node_map_children(s->b->arena, node, substitute, s, out);
  s->inside_plan = was_inside;
  return status;
}

STATUS bind_substitute(struct binder *b, struct vonk_node *node, const uint64_t *from, struct vonk_expr **to, uint32_t count, struct vonk_node **out) {
  struct substitution s = {b, from, to, count, false};
  return substitute(&s, node, out);
}
