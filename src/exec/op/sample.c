/* sample.c: rows by chance, as Spark draws them: a generator per visible partition, seeded with seed + partition.
 *
 * The generator is Spark's XORShiftRandom, its seed scrambled by MurmurHash3 of Scala's library; without replacement a row
 * stays when the next double lies between the bounds. With replacement the number of copies is Poisson distributed (the mean is
 * upper - lower), drawn by multiplication of uniform numbers; the numbers drawn are our own.
 */
#include <math.h>

#include "base/bits.h"
#include "exec/execution_internal.h"
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
  struct vonk_scratch output;
  struct vonk_column *columns;
  struct vonk_batch in;
  uint32_t at;      /* with replacement: the row and */
  uint32_t left;    /* its copies still to come */
  bool drawn;
  uint64_t mask[VONK_BATCH_WORDS];
};

static uint32_t rotate(uint32_t x, int by) { return x << by | x >> (32 - by); }

/* scala.util.hashing.MurmurHash3.bytesHash of eight bytes, big-endian SEED. */
static uint32_t murmur(uint64_t seed, uint32_t hash) {
  uint64_t bytes = __builtin_bswap64(seed);
  for (int i = 0; i < 2; i++) {
    uint32_t k = (uint32_t)(bytes >> 32 * i);
    k = rotate(k * 0xCC9E2D51u, 15) * 0x1B873593u;
    hash = rotate(hash ^ k, 13) * 5 + 0xE6546B64u;
  }
  hash ^= 8;
  hash = (hash ^ hash >> 16) * 0x85EBCA6Bu;
  hash = (hash ^ hash >> 13) * 0xC2B2AE35u;
  return hash ^ hash >> 16;
}

static void seed_partition(struct worker *w, int64_t seed, uint32_t partition) {
  uint64_t value = (uint64_t)seed + partition;
  uint32_t low = murmur(value, 0x3C074A61u), high = murmur(value, low);
  w->state = (uint64_t)high << 32 | low;
  w->partition = partition;
  w->started = true;
}

static uint32_t next_bits(struct worker *w, int bits) {
  uint64_t s = w->state ^ w->state << 21;
  s ^= s >> 35;
  s ^= s << 4;
  w->state = s;
  return (uint32_t)(s & ((UINT64_C(1) << bits) - 1));
}

static double next_double(struct worker *w) {
  uint64_t high = (uint64_t)next_bits(w, 26) << 27;
  return (double)(high + next_bits(w, 27)) * 0x1p-53;
}

static uint32_t next_poisson(struct worker *w, double mean) {
  double limit = exp(-mean), product = next_double(w);
  uint32_t count = 0;
  for (; product > limit && count < 1000; count++) product *= next_double(w);
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
  op->one_worker = true;
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
  if (in && (!w->started || in->partition != w->partition)) seed_partition(w, sample->seed, in->partition);
  if (sample->with_replacement) {
    if (in) w->in = *in, w->at = 0, w->drawn = false;
    return push_copies(context, sample, w, out, step);
  }
  uint32_t kept = 0;
  memset(w->mask, 0, sizeof w->mask);
  for (uint32_t i = 0; i < in->row_count; i++) {
    if (!vonk_batch_row_live(in, i)) continue;
    double x = next_double(w);
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
