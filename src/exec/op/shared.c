/* shared.c: a result with several readers, materialised once: CTEs, subqueries, cached results.
 *
 * All shared relations with one body read one store, the breaker that the body's pipeline ends in. A unit of the readers is a
 * batch, in the order of the body's units.
 */
#include "exec/execution_internal.h"
#include "exec/unit_batches.h"

struct store {
  struct vonk_operator op;
  const struct vonk_relation *body;
  struct vonk_operator *next;
  struct vonk_unit_batches batches;
};

static STATUS store_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step) {
  (void)state;
  *step = VONK_STEP_NEED_INPUT;
  return vonk_unit_batches_add(&context->task, &((struct store *)op)->batches, in);
}

static STATUS store_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  struct store *store = (struct store *)op;
  if (part != VONK_FINISH_END) return VONK_OK;
  vonk_unit_batches_sort(&store->batches);
  for (struct vonk_operator *reader = op->execution->operators; reader; reader = reader->next) {
    if (reader->store != op) continue;
    atomic_store(&reader->unit_count, (uint32_t)store->batches.list.count);
    reader->partition_count = context->pipeline->partition_count;
  }
  return VONK_OK;
}

static void store_close(struct vonk_operator *op) { vonk_unit_batches_deinit(&((struct store *)op)->batches); }

static const struct vonk_operator_type store_type = {.name = "Store", .absorb = store_absorb, .finish = store_finish, .close = store_close};

static STATUS find_store(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *body, struct vonk_operator **out) {
  for (struct vonk_operator *op = execution->stores; op; op = ((struct store *)op)->next) {
    *out = op;
    if (((struct store *)op)->body == body) return VONK_OK;
  }
  struct vonk_operator *op = vonk_operator_create(execution, &store_type, body, VONK_SHAPE_BREAKER, sizeof(struct store));
  struct store *store = (struct store *)op;
  store->body = body;
  vonk_unit_batches_init(&store->batches, execution->budget);
  vonk_operator_set_inputs(op, (struct vonk_relation *[]){(struct vonk_relation *)body}, 1);
  op->children = ARENA_ARRAY(task->arena, struct vonk_operator *, 1);
  execution->ordered = execution->partitioned = true; /* by some reader */
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
  *out = store->batches.list.items[context->unit].batch->batch;
  *step = VONK_STEP_NEED_INPUT;
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_shared = {
    .name = "Shared", .relation = &vonk_relation_shared_type, .open = shared_open, .pull = shared_pull};
