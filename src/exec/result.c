/* result.c: the sink at the end of a query: rows in order, bounded, with back-pressure.
 *
 * Batches are copied and queue up by unit. The reader gets those of units at the pipeline's floor; a worker ahead of it
 * waits when the buffer is full, the one at the floor when its own queue is.
 */
#include "exec/execution_internal.h"
#include "exec/memory.h"

enum { BUFFER_BYTES = 16 << 20 }; /* rows held for a slow reader */

struct queued {
  struct queued *next;
  struct vonk_owned_batch *batch;
  uint64_t byte_size;
};

struct unit_queue {
  struct unit_queue *next; /* rising units */
  uint64_t unit;
  uint64_t byte_size;
  struct queued *first, *last;
};

struct result {
  struct vonk_operator op;
  struct vonk_pipeline *pipeline;
  struct vonk_mutex lock;
  struct vonk_arena *arena;     /* queue nodes, reused through the free lists */
  struct unit_queue *units, *free_units;
  struct queued *free_queued;
  uint64_t byte_size, limit;    /* beyond the limit workers wait */
  uint32_t waiting;             /* workers that met a full buffer since the last wake */
  struct vonk_owned_batch *current; /* what the reader looks at */
};

static struct unit_queue *unit_of(struct result *r, uint64_t unit) {
  struct unit_queue **at = &r->units;
  while (*at && (*at)->unit < unit) at = &(*at)->next;
  if (*at && (*at)->unit == unit) return *at;
  struct unit_queue *made = r->free_units;
  if (made) r->free_units = made->next;
  else made = ARENA_NEW(r->arena, struct unit_queue);
  *made = (struct unit_queue){.next = *at, .unit = unit};
  *at = made;
  return made;
}

static STATUS result_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                            enum vonk_step *step) {
  (void)state;
  struct result *r = (struct result *)op;
  struct vonk_execution *execution = op->execution;
  uint64_t ticket = vonk_event_ticket(&execution->wake);
  vonk_mutex_lock(&r->lock);
  bool full = r->byte_size > r->limit;
  if (full && in->unit == vonk_pipeline_floor(r->pipeline)) {
    full = unit_of(r, in->unit)->byte_size > r->limit;
  }
  if (full) r->waiting++;
  vonk_mutex_unlock(&r->lock);
  if (full) {
    context->wait_event = &execution->wake;
    context->wait_ticket = ticket;
    *step = VONK_STEP_BLOCKED;
    return VONK_OK;
  }
  struct vonk_owned_batch *owned;
  TRY(vonk_batch_copy(&context->task, in, &owned));
  uint64_t bytes = vonk_owned_batch_byte_size(owned);
  vonk_mutex_lock(&r->lock);
  struct unit_queue *queue = unit_of(r, in->unit);
  struct queued *node = r->free_queued;
  if (node) r->free_queued = node->next;
  else node = ARENA_NEW(r->arena, struct queued);
  *node = (struct queued){.batch = owned, .byte_size = bytes};
  if (queue->last) queue->last->next = node;
  else queue->first = node;
  queue->last = node;
  queue->byte_size += bytes;
  r->byte_size += bytes;
  vonk_mutex_unlock(&r->lock);
  vonk_event_signal(&execution->changed);
  *step = VONK_STEP_NEED_INPUT;
  return VONK_OK;
}

/* Drops queues that are empty and complete; then the lowest unit's first batch if the order allows. The lock is held. */
static struct queued *take(struct result *r, uint64_t floor) {
  while (r->units && !r->units->first && r->units->unit < floor) {
    struct unit_queue *empty = r->units;
    r->units = empty->next;
    empty->next = r->free_units;
    r->free_units = empty;
  }
  struct unit_queue *queue = r->units;
  if (!queue || queue->unit > floor || !queue->first) return NULL;
  struct queued *node = queue->first;
  queue->first = node->next;
  if (!queue->first) queue->last = NULL;
  queue->byte_size -= node->byte_size;
  r->byte_size -= node->byte_size;
  return node;
}

static bool result_ready(void *object) {
  struct result *r = object;
  struct vonk_execution *execution = r->op.execution;
  if (atomic_load(&execution->failed) || atomic_load(&execution->ended)) return true;
  uint64_t floor = vonk_pipeline_floor(r->pipeline);
  vonk_mutex_lock(&r->lock);
  struct unit_queue *queue = r->units;
  while (queue && !queue->first && queue->unit < floor) queue = queue->next;
  bool ready = queue && queue->first && queue->unit <= floor;
  vonk_mutex_unlock(&r->lock);
  return ready;
}

STATUS vonk_result_next(struct vonk_task *task, struct vonk_operator *op, struct vonk_batch *out) {
  struct result *r = (struct result *)op;
  struct vonk_execution *execution = op->execution;
  vonk_owned_batch_destroy(r->current);
  r->current = NULL;
  vonk_engine_wait(execution->engine, &execution->changed, result_ready, r);
  if (atomic_load(&execution->failed)) return VONK_OK;
  TRY(vonk_task_check(task));
  /* The last rows were queued before the floor went up. */
  uint64_t floor = atomic_load(&execution->ended) ? UINT64_MAX : vonk_pipeline_floor(r->pipeline);
  vonk_mutex_lock(&r->lock);
  struct queued *node = take(r, floor);
  bool wake = r->waiting > 0;
  r->waiting = 0;
  if (node) {
    r->current = node->batch;
    node->next = r->free_queued;
    r->free_queued = node;
  }
  vonk_mutex_unlock(&r->lock);
  if (wake) vonk_event_signal(&execution->wake);
  if (r->current) *out = r->current->batch;
  return VONK_OK;
}

static void result_close(struct vonk_operator *op) {
  struct result *r = (struct result *)op;
  for (struct unit_queue *queue = r->units; queue; queue = queue->next) {
    for (struct queued *node = queue->first; node; node = node->next) vonk_owned_batch_destroy(node->batch);
  }
  vonk_owned_batch_destroy(r->current);
  vonk_arena_destroy(r->arena);
  vonk_mutex_deinit(&r->lock);
}

static const struct vonk_operator_type result_type = {.name = "Result", .absorb = result_absorb, .close = result_close};

struct vonk_operator *vonk_result_create(struct vonk_execution *execution, struct vonk_pipeline *pipeline) {
  struct vonk_operator *op = vonk_operator_create(execution, &result_type, execution->root->relation, VONK_SHAPE_BREAKER, sizeof(struct result));
  struct result *r = (struct result *)op;
  r->pipeline = pipeline;
  r->limit = vonk_memory_queue_size(execution, BUFFER_BYTES);
  vonk_mutex_init(&r->lock);
  r->arena = vonk_arena_create(execution->budget);
  return op;
}
