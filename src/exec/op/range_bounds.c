/* range_bounds.c: the ranges of keys that a repartition by range makes, in two operators with rows stored between them.
 *
 * The first passes rows on and samples their keys, some of each partition, all of small ones; the second, when all rows have
 * come, says in which range each lies. Bounds are chosen as Spark's RangePartitioner does: candidates weigh as many rows as
 * they stand for, and each bound is the first that reaches its share. Which rows of a large partition are sampled differs.
 */
#include "exec/execution_internal.h"
#include "exec/op/partition.h"
#include "exec/sort_key.h"
#include "expr/program.h"
#include "func/xorshift.h"
#include "kernel/scratch.h"
#include "kernel/select.h"

enum { SAMPLE_MAX = 1000000 };

struct sampled {
  struct vonk_str key;
  float weight;
};

struct sample {
  uint32_t partition;
  uint64_t row_count;
  ARRAY_OF(struct vonk_str) keys;
};

/* Shared by both: `bounds` of the relations. */
struct bounds {
  struct vonk_mutex lock;
  struct vonk_arena *arena;
  ARRAY_OF(struct sample *) samples;   /* by partition */
  struct vonk_str *keys;               /* rising */
  uint32_t count;
  bool known;
};

struct ranged {
  struct vonk_operator op;
  struct bounds *bounds;
  struct vonk_program *program;
  struct vonk_sort_key *sort_keys;
  uint32_t key_count, range_count;
};

struct worker {
  struct vonk_program_worker *program;
  struct vonk_column *results, *columns;
  struct vonk_text key;
  struct vonk_scratch scratch;
  struct sample *sample;
  uint64_t random;
};

/* --- bounds --- */

static int by_key(const void *a, const void *b) { return vonk_str_compare(((const struct sampled *)a)->key, ((const struct sampled *)b)->key); }

static struct sampled *candidates(struct bounds *bounds, uint64_t *count) {
  uint64_t n = 0;
  for (size_t s = 0; s < bounds->samples.count; s++) n += bounds->samples.items[s]->keys.count;
  struct sampled *all = ARENA_ARRAY(bounds->arena, struct sampled, n + 1);
  *count = 0;
  for (size_t s = 0; s < bounds->samples.count; s++) {
    const struct sample *sample = bounds->samples.items[s];
    for (size_t k = 0; k < sample->keys.count; k++) {
      all[(*count)++] = (struct sampled){sample->keys.items[k], (float)((double)sample->row_count / (double)sample->keys.count)};
    }
  }
  if (n) qsort(all, n, sizeof *all, by_key);
  return all;
}

static void choose_bounds(struct bounds *bounds, uint32_t ranges) {
  uint64_t count;
  const struct sampled *all = candidates(bounds, &count);
  double total = 0, passed = 0;
  if (ranges > count) ranges = (uint32_t)count;
  for (uint64_t i = 0; i < count; i++) total += all[i].weight;
  double share = total / ranges, wanted = share;
  bounds->keys = ARENA_ARRAY(bounds->arena, struct vonk_str, (size_t)ranges + 1);
  for (uint64_t i = 0; i < count && bounds->count + 1 < ranges; i++) {
    passed += all[i].weight;
    if (passed < wanted) continue;
    if (bounds->count && vonk_str_compare(all[i].key, bounds->keys[bounds->count - 1]) <= 0) continue;
    bounds->keys[bounds->count++] = all[i].key;
    wanted += share;
  }
}

/* The number of bounds below KEY. */
static uint32_t range_of(const struct bounds *bounds, struct vonk_str key) {
  uint32_t low = 0, high = bounds->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (vonk_str_compare(key, bounds->keys[middle]) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* --- both operators --- */

static STATUS create(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_operator_type *type, const struct vonk_relation *relation,
                     struct vonk_operator **out) {
  const struct vonk_relation_ranged *plan = (const struct vonk_relation_ranged *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, type, relation, VONK_SHAPE_TRANSFORM, sizeof(struct ranged));
  struct ranged *ranged = (struct ranged *)op;
  struct vonk_exprs keys = {ARENA_ARRAY(task->arena, struct vonk_expr *, plan->by.count + 1), plan->by.count};
  vonk_operator_set_inputs(op, &plan->input, 1);
  ranged->bounds = plan->bounds;
  ranged->key_count = keys.count;
  ranged->range_count = (uint32_t)plan->count;
  ranged->sort_keys = ARENA_ARRAY(task->arena, struct vonk_sort_key, keys.count + 1);
  for (uint32_t i = 0; i < keys.count; i++) {
    const struct vonk_expr_sort_order *order = (const struct vonk_expr_sort_order *)plan->by.items[i];
    keys.items[i] = order->child;
    ranged->sort_keys[i] = (struct vonk_sort_key){order->descending, order->nulls ? order->nulls == 2 : order->descending};
  }
  *out = op;
  return vonk_program_compile(task, &keys, vonk_relation_ids(task->arena, plan->input), &ranged->program);
}

static STATUS open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct ranged *ranged = (struct ranged *)op;
  struct vonk_arena *arena = context->task.arena;
  struct worker *w = ARENA_NEW(arena, struct worker);
  *state = w;
  w->results = ARENA_ARRAY(arena, struct vonk_column, ranged->key_count + 1);
  w->columns = ARENA_ARRAY(arena, struct vonk_column, op->relation->column_count + 1);
  vonk_text_init(&w->key, arena);
  return vonk_program_open_worker(&context->task, ranged->program, &w->program);
}

static void close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  struct worker *w = state;
  if (!w) return;
  if (w->program) vonk_program_close_worker(w->program);
  vonk_scratch_deinit(&w->scratch);
}

static struct vonk_str key_of(const struct ranged *ranged, struct worker *w, uint32_t row) {
  w->key.size = 0;
  for (uint32_t k = 0; k < ranged->key_count; k++) vonk_sort_key_add(&w->key, &ranged->sort_keys[k], &w->results[k], row);
  return vonk_text_str(&w->key);
}

/* --- sampling --- */

static bool samples_accepts(const struct vonk_relation *relation) { return ((const struct vonk_relation_ranged *)relation)->samples; }

static STATUS samples_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation, struct vonk_operator **out) {
  TRY(create(task, execution, &vonk_operator_range_samples, relation, out));
  struct bounds *bounds = ((struct ranged *)*out)->bounds;
  vonk_mutex_init(&bounds->lock);
  bounds->arena = vonk_arena_create(execution->budget);
  (*out)->uses_partitions = (*out)->one_worker = true; /* the same sample whatever the threads */
  (*out)->order_use[0] = VONK_ORDER_USED;
  return VONK_OK;
}

/* As many of each partition that three times the rows wanted come together. */
static uint64_t sample_size(const struct ranged *ranged, const struct vonk_pipeline *pipeline) {
  uint64_t wanted = (uint64_t)ranged->op.execution->partitioning.range_sample_rows * ranged->range_count, partitions = pipeline->partition_count;
  if (wanted > SAMPLE_MAX) wanted = SAMPLE_MAX;
  return (3 * wanted + partitions - 1) / (partitions ? partitions : 1);
}

/* A reservoir: once it is full a row takes the place of another by chance. */
static void take_sample(struct worker *w, struct bounds *bounds, struct vonk_str key, uint64_t size) {
  struct sample *sample = w->sample;
  sample->row_count++;
  if (sample->keys.count < size) {
    *ARRAY_PUSH(bounds->arena, &sample->keys) = vonk_str_copy(bounds->arena, key);
    return;
  }
  uint64_t place = (uint64_t)(vonk_xorshift_double(&w->random) * (double)sample->row_count);
  if (place < size) sample->keys.items[place] = vonk_str_copy(bounds->arena, key);
}

static STATUS samples_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                           struct vonk_batch *out, enum vonk_step *step) {
  struct ranged *ranged = (struct ranged *)op;
  struct bounds *bounds = ranged->bounds;
  struct worker *w = state;
  uint64_t size = sample_size(ranged, context->pipeline);
  *step = VONK_STEP_NEED_INPUT;
  *out = *in;
  TRY(vonk_program_eval(&context->task, w->program, in, w->results));
  if (!w->sample || w->sample->partition != in->partition) {
    w->sample = ARENA_NEW(bounds->arena, struct sample);
    w->sample->partition = in->partition;
    w->random = vonk_xorshift_seed(in->partition);
    *ARRAY_PUSH(bounds->arena, &bounds->samples) = w->sample;
  }
  for (uint32_t row = 0; row < in->row_count; row++) {
    if (vonk_batch_row_live(in, row)) take_sample(w, bounds, key_of(ranged, w, row), size);
  }
  return VONK_OK;
}

static void samples_close(struct vonk_operator *op) {
  struct bounds *bounds = ((struct ranged *)op)->bounds;
  vonk_arena_destroy(bounds->arena);
  vonk_mutex_deinit(&bounds->lock);
}

const struct vonk_operator_type vonk_operator_range_samples = {
    .name = "RangeSamples",
    .relation = &vonk_relation_ranged_type,
    .accepts = samples_accepts,
    .open = samples_open,
    .open_worker = open_worker,
    .close_worker = close_worker,
    .push = samples_push,
    .close = samples_close,
};

/* --- the range of each row --- */

static STATUS ranged_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation, struct vonk_operator **out) {
  return create(task, execution, &vonk_operator_ranged, relation, out);
}

/* All rows have been seen when the first of them is read again. */
static void know_bounds(struct ranged *ranged) {
  struct bounds *bounds = ranged->bounds;
  vonk_mutex_lock(&bounds->lock);
  if (!bounds->known) choose_bounds(bounds, ranged->range_count);
  bounds->known = true;
  vonk_mutex_unlock(&bounds->lock);
}

static STATUS ranged_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                          struct vonk_batch *out, enum vonk_step *step) {
  struct ranged *ranged = (struct ranged *)op;
  struct worker *w = state;
  void *targets;
  *step = VONK_STEP_NEED_INPUT;
  know_bounds(ranged);
  vonk_scratch_reset(&w->scratch);
  TRY(vonk_program_eval(&context->task, w->program, in, w->results));
  TRY(vonk_scratch_take_rows(&context->task, &w->scratch, in->row_count, sizeof(int32_t), &targets));
  for (uint32_t row = 0; row < in->row_count; row++) {
    if (vonk_batch_row_live(in, row)) ((int32_t *)targets)[row] = (int32_t)range_of(ranged->bounds, key_of(ranged, w, row));
  }
  if (in->column_count) memcpy(w->columns, in->columns, in->column_count * sizeof *w->columns);
  w->columns[in->column_count] = (struct vonk_column){.type = &vonk_type_int, .encoding = VONK_FLAT, .physical = VONK_PHYSICAL_I32, .data = targets};
  *out = *in;
  out->columns = w->columns;
  out->column_count = in->column_count + 1;
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_ranged = {
    .name = "Ranges",
    .relation = &vonk_relation_ranged_type,
    .open = ranged_open,
    .open_worker = open_worker,
    .close_worker = close_worker,
    .push = ranged_push,
};

struct vonk_relation *vonk_ranged(struct vonk_arena *arena, const struct vonk_relation_partition *plan, uint32_t range_count) {
  struct bounds *bounds = ARENA_NEW(arena, struct bounds);
  uint32_t count = plan->input->column_count;
  struct vonk_relation_ranged *samples = RELATION_NEW(arena, ranged, plan->relation.node.origin);
  samples->relation.columns = plan->input->columns;
  samples->relation.column_count = count;
  samples->input = plan->input;
  samples->by = plan->by;
  samples->count = range_count;
  samples->bounds = bounds;
  struct vonk_relation_ranged *ranged = RELATION_NEW(arena, ranged, plan->relation.node.origin);
  *ranged = *samples;
  samples->samples = true;
  struct vonk_relation_order *stored = RELATION_NEW(arena, order, plan->relation.node.origin);
  stored->relation.columns = samples->relation.columns;
  stored->relation.column_count = count;
  stored->input = &samples->relation;
  stored->limit = -1;
  struct vonk_plan_column *columns = ARENA_ARRAY(arena, struct vonk_plan_column, count + 1);
  if (count) memcpy(columns, plan->input->columns, count * sizeof *columns);
  columns[count] = (struct vonk_plan_column){.id = VONK_TARGET_ID, .name = STR("target"), .type = &vonk_type_int};
  ranged->relation.columns = columns;
  ranged->relation.column_count = count + 1;
  ranged->input = &stored->relation;
  return &ranged->relation;
}
