/* sample.c: rows by chance, as Spark draws them: a generator per visible partition, seeded with seed + partition, or, with replacement, with as
 * many draws from java.util.Random.
 *
 * Without replacement a row stays when the next double lies between the bounds. With replacement the number of copies is
 * Poisson distributed (the mean is upper - lower), drawn by multiplication of uniform numbers of another generator. Spark draws otherwise
 * where the mean is 40 and more, for which the numbers here are our own.
 */
#include <math.h>

#include "base/bits.h"
#include "exec/execution_internal.h"
#include "func/java_random.h"
#include "func/well19937c.h"
#include "func/xorshift.h"
#include "kernel/gather.h"

struct sample {
  struct vonk_operator op;
  double lower, upper;
  bool with_replacement;
  int64_t seed;
};

struct worker {
  bool started;
  uint32_t partition;
  uint64_t state;
  struct vonk_well well; /* with replacement */
  struct vonk_scratch output;
  struct vonk_column *columns;
  struct vonk_batch in;
  uint32_t at;      /* with replacement: the row and */
  uint32_t left;    /* its copies still to come */
  bool drawn;
  uint64_t mask[VONK_BATCH_WORDS];
};

static void seed_partition(struct worker *w, const struct sample *sample, uint32_t partition) {
  if (sample->with_replacement) {
    uint64_t random = vonk_java_random_seed(sample->seed);
    int64_t seed = 0;
    for (uint32_t i = 0; i <= partition; i++) seed = vonk_java_random_long(&random);
    vonk_well_seed(&w->well, seed);
  } else {
    w->state = vonk_xorshift_seed((int64_t)((uint64_t)sample->seed + partition));
  }
  w->partition = partition;
  w->started = true;
}

static uint32_t next_poisson(struct worker *w, double mean) {
  double limit = exp(-mean), product = 1;
  uint32_t count = 0;
  if (!(mean > 0)) return 0;
  for (; count < 1000 * mean; count++) {
    product *= vonk_well_double(&w->well);
    if (product < limit) break;
  }
  return count;
}

static STATUS sample_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                          struct vonk_operator **out) {
  (void)task;
  const struct vonk_relation_sample_of *plan = (const struct vonk_relation_sample_of *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_sample, relation, VONK_SHAPE_TRANSFORM, sizeof(struct sample));
  struct sample *sample = (struct sample *)op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  op->order_use[0] = VONK_ORDER_USED;
  sample->lower = plan->lower;
  sample->upper = plan->upper;
  sample->with_replacement = plan->with_replacement;
  sample->seed = plan->seed;
  op->one_worker = op->uses_partitions = true;
  *out = op;
  return VONK_OK;
}

static STATUS sample_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct worker *w = ARENA_NEW(context->task.arena, struct worker);
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, op->relation->column_count + 1);
  *state = w;
  return VONK_OK;
}

static void sample_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  if (state) vonk_scratch_deinit(&((struct worker *)state)->output);
}

static STATUS push_copies(struct vonk_context *context, struct sample *sample, struct worker *w, struct vonk_batch *out, enum vonk_step *step) {
  uint32_t rows[VONK_BATCH_ROWS], count = 0;
  while (w->at < w->in.row_count && count < VONK_BATCH_ROWS) {
    if (!w->drawn && vonk_batch_row_live(&w->in, w->at)) {
      w->left = next_poisson(w, sample->upper - sample->lower);
      w->drawn = true;
    }
    if (w->drawn && w->left) {
      rows[count++] = w->at;
      w->left--;
    } else {
      w->at++;
      w->drawn = false;
    }
  }
  *step = w->at < w->in.row_count ? VONK_STEP_HAVE_OUTPUT : VONK_STEP_NEED_INPUT;
  if (!count) return VONK_OK;
  vonk_scratch_reset(&w->output);
  for (uint32_t i = 0; i < w->in.column_count; i++) {
    TRY(vonk_column_gather(&context->task, &w->output, &w->in.columns[i], rows, count, &w->columns[i]));
  }
  out->columns = w->columns;
  out->column_count = w->in.column_count;
  out->row_count = out->live_count = count;
  return VONK_OK;
}

static STATUS sample_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                          struct vonk_batch *out, enum vonk_step *step) {
  struct sample *sample = (struct sample *)op;
  struct worker *w = state;
  *step = VONK_STEP_NEED_INPUT;
  if (in && (!w->started || in->partition != w->partition)) seed_partition(w, sample, in->partition);
  if (sample->with_replacement) {
    if (in) w->in = *in, w->at = 0, w->drawn = false;
    return push_copies(context, sample, w, out, step);
  }
  uint32_t kept = 0;
  memset(w->mask, 0, sizeof w->mask);
  for (uint32_t i = 0; i < in->row_count; i++) {
    if (!vonk_batch_row_live(in, i)) continue;
    double x = vonk_xorshift_double(&w->state);
    if (x < sample->lower || x >= sample->upper) continue;
    vonk_bits_set(w->mask, i);
    kept++;
  }
  if (!kept) return VONK_OK;
  *out = *in;
  out->live = w->mask;
  out->live_count = kept;
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_sample = {
    .name = "Sample",
    .relation = &vonk_relation_sample_of_type,
    .open = sample_open,
    .open_worker = sample_open_worker,
    .close_worker = sample_close_worker,
    .push = sample_push,
};
