/* quantile_summary.c: samples are an array sorted by value; each step writes a new one into the spare array. */
#include "func/quantile_summary.h"

#include <math.h>
#include <stdlib.h>

enum { HEAD_MAX = 50000, HEAD_MIN = 16, COMPRESS_FROM = 10000 };

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
  if (x == y) return !!signbit(y) - !!signbit(x);
  return x < y ? -1 : 1;
}

/* Both arrays hold COUNT samples. */
static void reserve(struct vonk_task *task, struct vonk_quantile_summary *s, uint32_t count) {
  if (count <= s->sample_capacity) return;
  uint32_t capacity = count + count / 2;
  struct vonk_quantile_sample *samples = ARENA_ARRAY(task->arena, struct vonk_quantile_sample, capacity);
  if (s->sample_count) memcpy(samples, s->samples, s->sample_count * sizeof *samples);
  s->samples = samples;
  s->spare = ARENA_ARRAY(task->arena, struct vonk_quantile_sample, capacity);
  s->sample_capacity = capacity;
}

static void take_spare(struct vonk_quantile_summary *s, uint32_t count) {
  struct vonk_quantile_sample *old = s->samples;
  s->samples = s->spare;
  s->spare = old;
  s->sample_count = count;
}

static void take_head_in(struct vonk_task *task, struct vonk_quantile_summary *s, double error) {
  if (!s->head_count) return;
  qsort(s->head, s->head_count, sizeof *s->head, by_value);
  reserve(task, s, s->sample_count + s->head_count);
  uint32_t old = 0, n = 0;
  for (uint32_t i = 0; i < s->head_count; i++) {
    while (old < s->sample_count && s->samples[old].value <= s->head[i]) s->spare[n++] = s->samples[old++];
    s->count++;
    bool edge = n == 0 || (old == s->sample_count && i == s->head_count - 1);
    int64_t uncertainty = edge ? 0 : (int64_t)floor(2 * error * (double)s->count);
    s->spare[n++] = (struct vonk_quantile_sample){s->head[i], 1, uncertainty};
  }
  while (old < s->sample_count) s->spare[n++] = s->samples[old++];
  s->head_count = 0;
  take_spare(s, n);
}

/* From the last sample down, each joins the one behind it while both stay below LIMIT; the first sample stays. */
static void drop_samples(struct vonk_quantile_summary *s, double limit) {
  uint32_t count = s->sample_count, at = count;
  if (!count) return;
  struct vonk_quantile_sample head = s->samples[count - 1];
  for (int64_t i = (int64_t)count - 2; i >= 1; i--) {
    struct vonk_quantile_sample sample = s->samples[i];
    if ((double)(sample.rank_step + head.rank_step + head.uncertainty) < limit) {
      head.rank_step += sample.rank_step;
    } else {
      s->spare[--at] = head;
      head = sample;
    }
  }
  s->spare[--at] = head;
  if (s->samples[0].value <= head.value && count > 1) s->spare[--at] = s->samples[0];
  memmove(s->spare, s->spare + at, (count - at) * sizeof *s->spare);
  take_spare(s, count - at);
}

void vonk_quantile_compress(struct vonk_task *task, struct vonk_quantile_summary *s, double error) {
  if (s->compressed) return;
  take_head_in(task, s, error);
  drop_samples(s, 2 * error * (double)s->count);
  s->compressed = true;
}

void vonk_quantile_insert(struct vonk_task *task, struct vonk_quantile_summary *s, double error, double value) {
  if (s->head_count == s->head_capacity) {
    uint32_t capacity = s->head_capacity ? s->head_capacity * 2 : HEAD_MIN;
    double *head = ARENA_ARRAY(task->arena, double, capacity);
    if (s->head_count) memcpy(head, s->head, s->head_count * sizeof *head);
    s->head = head;
    s->head_capacity = capacity;
  }
  s->head[s->head_count++] = value;
  s->compressed = false;
  if (s->head_count < HEAD_MAX) return;
  take_head_in(task, s, error);
  if (s->sample_count >= COMPRESS_FROM) vonk_quantile_compress(task, s, error);
}

void vonk_quantile_merge(struct vonk_task *task, struct vonk_quantile_summary *from, struct vonk_quantile_summary *into, double error) {
  vonk_quantile_compress(task, from, error);
  vonk_quantile_compress(task, into, error);
  if (!from->count) return;
  if (!into->count) {
    *into = *from;
    return;
  }
  int64_t own_more = (int64_t)floor(2 * error * (double)from->count), other_more = (int64_t)floor(2 * error * (double)into->count);
  reserve(task, into, into->sample_count + from->sample_count);
  uint32_t own = 0, other = 0, n = 0;
  while (own < into->sample_count && other < from->sample_count) {
    bool takes_own = into->samples[own].value < from->samples[other].value;
    struct vonk_quantile_sample sample = takes_own ? into->samples[own] : from->samples[other];
    sample.uncertainty += takes_own ? (other ? own_more : 0) : own ? other_more : 0;
    if (takes_own) own++;
    else other++;
    into->spare[n++] = sample;
  }
  while (own < into->sample_count) into->spare[n++] = into->samples[own++];
  while (other < from->sample_count) into->spare[n++] = from->samples[other++];
  take_spare(into, n);
  into->count += from->count;
  drop_samples(into, 2 * error * (double)into->count);
}

double vonk_quantile_query(const struct vonk_quantile_summary *s, double error, double share) {
  const struct vonk_quantile_sample *samples = s->samples;
  uint32_t count = s->sample_count;
  if (share <= error || count == 1) return samples[0].value;
  if (share >= 1 - error) return samples[count - 1].value;
  int64_t rank = (int64_t)ceil(share * (double)s->count), widest = 0, low = 0;
  for (uint32_t i = 0; i < count; i++) {
    int64_t width = samples[i].rank_step + samples[i].uncertainty;
    if (width > widest) widest = width;
  }
  double allowed = (double)widest / 2;
  for (uint32_t i = 0; i + 1 < count; i++) {
    low += samples[i].rank_step;
    if ((double)(low + samples[i].uncertainty) - allowed <= (double)rank && (double)rank <= (double)low + allowed) return samples[i].value;
  }
  return samples[count - 1].value;
}

STATUS vonk_quantile_save(struct vonk_task *task, const struct vonk_quantile_summary *s, struct vonk_builder *bytes) {
  size_t samples = s->sample_count * sizeof *s->samples, head = s->head_count * sizeof *s->head, size = sizeof *s + samples + head;
  char *to;
  TRY(vonk_builder_reserve_bytes(task, bytes, size, &to));
  memcpy(to, s, sizeof *s);
  if (samples) memcpy(to + sizeof *s, s->samples, samples);
  if (head) memcpy(to + sizeof *s + samples, s->head, head);
  return vonk_builder_commit_bytes(task, bytes, size);
}

void vonk_quantile_load(struct vonk_task *task, struct vonk_str bytes, struct vonk_quantile_summary *s) {
  struct vonk_quantile_summary saved;
  memcpy(&saved, bytes.data, sizeof saved);
  *s = (struct vonk_quantile_summary){.count = saved.count, .compressed = saved.compressed};
  reserve(task, s, saved.sample_count);
  size_t samples = saved.sample_count * sizeof *s->samples;
  if (samples) memcpy(s->samples, bytes.data + sizeof saved, samples);
  s->sample_count = saved.sample_count;
  if (!saved.head_count) return;
  s->head = ARENA_ARRAY(task->arena, double, saved.head_capacity);
  memcpy(s->head, bytes.data + sizeof saved + samples, saved.head_count * sizeof *s->head);
  s->head_count = saved.head_count;
  s->head_capacity = saved.head_capacity;
}
