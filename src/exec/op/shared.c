/* shared.c: a result with several readers, materialised once: CTEs, subqueries, cached results.
 *
 * All shared relations with one body read one store, the breaker that the body's pipeline ends in. A unit of the readers is a
 * batch, in the order of the body's units.
 */
#include "exec/execution_internal.h"
#include "exec/stored_batches.h"

struct kept {
  uint64_t unit;
  struct vonk_owned_batch *batch;
};

struct store {
  struct vonk_operator op;
  const struct vonk_relation *body;
  struct vonk_operator *next;
  struct vonk_arena *arena;
  struct vonk_mutex lock;
  ARRAY_OF(struct kept) kept;
};

static STATUS store_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step) {
  (void)state;
  struct store *store = (struct store *)op;
  struct vonk_owned_batch *owned;
  *step = VONK_STEP_NEED_INPUT;
  TRY(vonk_batch_copy(&context->task, in, &owned));
  vonk_mutex_lock(&store->lock);
  *ARRAY_PUSH(store->arena, &store->kept) = (struct kept){in->unit, owned};
  vonk_mutex_unlock(&store->lock);
  return VONK_OK;
}

/* By unit; batches of one unit came in order. Bottom-up merge, so that they stay so. */
static void sort_kept(struct kept *items, struct kept *space, size_t count) {
  for (size_t width = 1; width < count; width *= 2) {
    for (size_t from = 0; from < count; from += 2 * width) {
      size_t middle = from + width < count ? from + width : count, end = from + 2 * width < count ? from + 2 * width : count;
      size_t a = from, b = middle;
      for (size_t to = from; to < end; to++) {
        space[to] = a < middle && (b == end || items[a].unit <= items[b].unit) ? items[a++] : items[b++];
      }
    }
    memcpy(items, space, count * sizeof *items);
  }
}

static STATUS store_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  struct store *store = (struct store *)op;
  if (part != VONK_FINISH_END) return VONK_OK;
  sort_kept(store->kept.items, ARENA_ARRAY(context->task.arena, struct kept, store->kept.count + 1), store->kept.count);
  for (struct vonk_operator *reader = op->execution->operators; reader; reader = reader->next) {
    if (reader->store == op) atomic_store(&reader->unit_count, (uint32_t)store->kept.count);
  }
  return VONK_OK;
}

static void store_close(struct vonk_operator *op) {
  struct store *store = (struct store *)op;
  for (size_t i = 0; i < store->kept.count; i++) vonk_owned_batch_destroy(store->kept.items[i].batch);
  vonk_arena_destroy(store->arena);
  vonk_mutex_deinit(&store->lock);
}

static const struct vonk_operator_type store_type = {.name = "Store", .absorb = store_absorb, .finish = store_finish, .close = store_close};

static STATUS find_store(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *body, struct vonk_operator **out) {
  for (struct vonk_operator *op = execution->stores; op; op = ((struct store *)op)->next) {
    *out = op;
    if (((struct store *)op)->body == body) return VONK_OK;
  }
  struct vonk_operator *op = vonk_operator_create(execution, &store_type, body, VONK_SHAPE_BREAKER, sizeof(struct store));
  struct store *store = (struct store *)op;
  store->body = body;
  store->arena = vonk_arena_create(execution->budget);
  vonk_mutex_init(&store->lock);
  vonk_operator_set_inputs(op, (struct vonk_relation *[]){(struct vonk_relation *)body}, 1);
  op->children = ARENA_ARRAY(task->arena, struct vonk_operator *, 1);
  execution->ordered = true; /* of some reader */
  TRY(vonk_operator_make(task, execution, body, &op->children[0]));
  store->next = execution->stores;
  execution->stores = op;
  *out = op;
  return VONK_OK;
}

static STATUS shared_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                          struct vonk_operator **out) {
  const struct vonk_relation_shared *plan = (const struct vonk_relation_shared *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_shared, relation, VONK_SHAPE_READER, sizeof *op);
  *out = op;
  return find_store(task, execution, plan->body, &op->store);
}

static STATUS shared_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  (void)state;
  struct store *store = (struct store *)op->store;
  *out = store->kept.items[context->unit].batch->batch;
  out->partition = 0;
  *step = VONK_STEP_NEED_INPUT;
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_shared = {
    .name = "Shared", .relation = &vonk_relation_shared_type, .open = shared_open, .pull = shared_pull};
