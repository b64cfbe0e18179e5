/* inline_shared.c: a shared body that is read once, or costs nothing to run again, stands at its readers.
 *
 * There filters and column pruning reach it. Bodies that compute something for several readers stay shared: they run once.
 */
#include "opt/optimizer_internal.h"

/* The readers of each body; a body's own readers count once, however many read it. */
struct readers {
  struct opt *o;
  struct reader_count {
    const struct vonk_relation *body;
    uint32_t count;
  } *items;
  size_t count, capacity;
};

static struct reader_count *find(struct readers *readers, const struct vonk_relation *body) {
  for (size_t i = 0; i < readers->count; i++) {
    if (readers->items[i].body == body) return &readers->items[i];
  }
  return NULL;
}

static void count_readers(struct readers *readers, struct vonk_relation *relation) {
  const struct vonk_relation_shared *shared = RELATION_AS(relation, shared);
  uint32_t count;
  struct vonk_relation **inputs = opt_inputs(relation, &count);
  struct reader_count *known = shared ? find(readers, shared->body) : NULL;
  if (known) {
    known->count++;
  } else if (shared) {
    *ARRAY_PUSH(readers->o->arena, readers) = (struct reader_count){shared->body, 1};
    count_readers(readers, shared->body);
  }
  for (uint32_t i = 0; i < count; i++) count_readers(readers, inputs[i]);
}

/* A column, a literal, a field: nothing is computed. */
static bool is_plain(const struct vonk_expr *expr) {
  return EXPR_IS(expr, column) || EXPR_IS(expr, literal) || (EXPR_IS(expr, cast) && opt_is_movable(expr) && is_plain(EXPR_AS(expr, cast)->child));
}

static bool all_movable(struct vonk_exprs exprs, bool plain) {
  for (uint32_t i = 0; i < exprs.count; i++) {
    if (!opt_is_movable(exprs.items[i]) || (plain && !is_plain(exprs.items[i]))) return false;
  }
  return true;
}

/* Reading it again is as good as keeping its rows: a source, narrowed and filtered. */
static bool is_cheap(const struct vonk_relation *relation) {
  const struct vonk_relation_project *project = RELATION_AS(relation, project);
  const struct vonk_relation_select *select = RELATION_AS(relation, select);
  if (project) return all_movable(project->expressions, true) && is_cheap(project->input);
  if (select) return all_movable(select->conjuncts, false) && is_cheap(select->input);
  return RELATION_IS(relation, scan) || RELATION_IS(relation, range_of) || RELATION_IS(relation, rows) || RELATION_IS(relation, stream);
}

static STATUS inline_one(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  struct readers *readers = object;
  TRY(vonk_task_check(o->task));
  const struct vonk_relation_shared *shared = RELATION_AS(in, shared);
  struct reader_count *known = shared ? find(readers, shared->body) : NULL;
  if (!known || (known->count > 1 && !is_cheap(shared->body))) return opt_rewrite_inputs(o, in, inline_one, object, out);
  return inline_one(o, object, opt_inline_shared(o, shared), out);
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) {
  struct readers readers = {.o = o};
  count_readers(&readers, in);
  return inline_one(o, &readers, in, out);
}

const struct vonk_rule opt_rule_inline_shared = {
    .name = "inline_shared",
    .doc = "Common table expressions that are read once, or only read a source, are part of the query around them.",
    .apply = apply,
};
