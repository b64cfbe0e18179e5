/* recursion.c: the anchor's rows, then the step's over those of the round before, until a round gives none.
 *
 * Each round is a query. What a round gives is copied and read by the next through a `rows` relation, as is the whole by the
 * query around. Recursions inside a step run anew in each round, since they may read its rows.
 */
#include "exec/recursion.h"

#include "base/map.h"
#include "column/stored_batches.h"

struct runner {
  struct vonk_task *task;
  struct vonk_task *caller;
  struct vonk_engine *engine;
  const struct vonk_exec_options *options;
  struct vonk_map done;                  /* by address: a shared body stays one */
};

/* --- what stands for working nodes --- */

struct substitution {
  struct vonk_arena *arena;
  uint64_t working_id;
  const struct vonk_stored_batches *batches;
};

static struct vonk_relation *rows_of(struct vonk_arena *arena, const struct vonk_relation *like, const struct vonk_stored_batches *batches) {
  struct vonk_relation_rows *rows = RELATION_NEW(arena, rows, like->node.origin);
  rows->relation.columns = like->columns;
  rows->relation.column_count = like->column_count;
  rows->relation.estimated_rows = like->estimated_rows;
  rows->batches = batches;
  return &rows->relation;
}

static STATUS substitute(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct substitution *s = object;
  const struct vonk_relation_working *working = RELATION_AS(node, working);
  *out = node;
  if (working && working->working_id == s->working_id) *out = &rows_of(s->arena, &working->relation, s->batches)->node;
  return VONK_OK;
}

/* --- rounds --- */

/* All rows so far: batches of the rounds behind each other. */
struct rounds {
  ARRAY_OF(struct vonk_owned_batch *) batches;
  size_t last_round;                     /* where its batches begin */
  int64_t row_count;
};

static void destroy_batch(void *batch) { vonk_owned_batch_destroy(batch); }

static STATUS keep(struct runner *r, struct rounds *rounds, const struct vonk_batch *batch) {
  struct vonk_owned_batch *copy;
  TRY(vonk_task_check(r->caller));
  TRY(vonk_batch_copy(r->task, batch, &copy));
  vonk_arena_on_reset(r->task->arena, destroy_batch, copy);
  *ARRAY_PUSH(r->task->arena, &rounds->batches) = copy;
  rounds->row_count += batch->live ? batch->live_count : batch->row_count;
  return VONK_OK;
}

/* Runs QUERY to its end, or until LIMIT rows are there. */
static STATUS run_round(struct runner *r, const struct vonk_relation *query, int64_t limit, struct rounds *rounds) {
  struct vonk_execution *execution;
  struct vonk_exec_options options = *r->options;
  struct vonk_batch batch;
  options.analyze = false;
  options.write = NULL; /* rounds give rows, whatever the query does with all of them */
  options.budget = r->task->budget; /* what is kept may share memory with the round */
  rounds->last_round = rounds->batches.count;
  TRY(vonk_exec_start(r->task, r->engine, query, &options, &execution));
  enum vonk_status status = VONK_OK;
  while (status == VONK_OK && (limit < 0 || rounds->row_count < limit)) {
    status = vonk_execution_next(r->task, execution, &batch);
    if (status != VONK_OK || !batch.row_count) break;
    status = keep(r, rounds, &batch);
  }
  vonk_execution_destroy(execution);
  return status;
}

static STATUS raise_limit(struct runner *r, const struct vonk_relation_recursion *recursion, bool rows) {
  struct vonk_str limit = vonk_str_format(r->task->arena, "%lld", (long long)(rows ? recursion->row_limit : recursion->level_limit));
  const struct vonk_origin *origin = recursion->relation.node.origin;
  if (rows) return vonk_raise(r->task, VONK_RECURSION_ROW_LIMIT_EXCEEDED, origin, "rowLimit", limit, NULL);
  return vonk_raise(r->task, VONK_RECURSION_LEVEL_LIMIT_EXCEEDED, origin, "levelLimit", limit, NULL);
}

static const struct vonk_stored_batches *stored(struct runner *r, const struct rounds *rounds, size_t from) {
  struct vonk_stored_batches *batches = ARENA_NEW(r->task->arena, struct vonk_stored_batches);
  batches->count = (uint32_t)(rounds->batches.count - from);
  batches->items = vonk_arena_copy(r->task->arena, rounds->batches.items + from, batches->count * sizeof *batches->items);
  return batches;
}

static STATUS run_recursion(struct runner *r, const struct vonk_relation_recursion *recursion, struct vonk_relation **out) {
  struct rounds rounds = {0};
  TRY(run_round(r, recursion->anchor, recursion->limit, &rounds));
  for (int64_t level = 1; rounds.batches.count > rounds.last_round; level++) {
    if (recursion->limit >= 0 && rounds.row_count >= recursion->limit) break;
    if (recursion->limit < 0 && recursion->row_limit >= 0 && rounds.row_count > recursion->row_limit) return raise_limit(r, recursion, true);
    if (recursion->level_limit >= 0 && level > recursion->level_limit) return raise_limit(r, recursion, false);
    struct substitution s = {r->task->arena, recursion->working_id, stored(r, &rounds, rounds.last_round)};
    struct vonk_node *step;
    TRY(vonk_node_transform(r->task, &recursion->step->node, true, substitute, &s, &step));
    TRY(run_round(r, (const struct vonk_relation *)(void *)step, recursion->limit, &rounds));
  }
  *out = rows_of(r->task->arena, &recursion->relation, stored(r, &rounds, 0));
  return VONK_OK;
}

/* --- the query around --- */

static STATUS replace(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct runner *r = object;
  struct vonk_str key = {(const char *)&node, sizeof node};
  struct vonk_node *known = node->type->node_class == VONK_CLASS_RELATION ? vonk_map_get(&r->done, key) : NULL;
  *out = known ? known : node;
  if (known || node->type->node_class != VONK_CLASS_RELATION) return VONK_OK;
  struct vonk_relation *rows = NULL;
  if (RELATION_IS(node, recursion)) {
    TRY(run_recursion(r, RELATION_AS(node, recursion), &rows));
    *out = &rows->node;
  } else {
    struct vonk_node *changed;
    TRY(vonk_node_map_children(r->task->arena, node, replace, r, &changed));
    *out = changed;
  }
  vonk_map_put(&r->done, key, *out);
  return VONK_OK;
}

static STATUS find_recursion(void *object, struct vonk_node *node) {
  bool *found = object;
  if (RELATION_IS(node, recursion)) *found = true;
  return *found || node->type->node_class != VONK_CLASS_RELATION ? VONK_OK : vonk_node_children(node, find_recursion, object);
}

STATUS vonk_recursions_run(struct vonk_task *task, struct vonk_task *caller, struct vonk_engine *engine,
                           const struct vonk_exec_options *options, const struct vonk_relation *relation, const struct vonk_relation **out) {
  struct runner r = {.task = task, .caller = caller, .engine = engine, .options = options};
  struct vonk_node *root = (struct vonk_node *)(uintptr_t)&relation->node, *changed;
  bool found = false;
  *out = relation;
  TRY(find_recursion(&found, root));
  if (!found) return VONK_OK;
  vonk_map_init(&r.done, task->arena, false);
  TRY(replace(&r, root, &changed));
  *out = (const struct vonk_relation *)(const void *)changed;
  return VONK_OK;
}
