/* quantile_summary.h: approximate quantiles in little memory: M. Greenwald, S. Khanna, Space-efficient Online Computation of
 * Quantile Summaries, 2001, with the head buffer, thresholds and merge of Spark, so that answers agree.
 *
 * Lies in the state of an aggregate; memory is on the arena of the states. Zero bytes: empty.
 */
#ifndef VONK_FUNC_QUANTILE_SUMMARY_H
#define VONK_FUNC_QUANTILE_SUMMARY_H

#include "expr/function.h"

struct vonk_quantile_sample {
  double value;
  int64_t rank_step, uncertainty; /* g and delta of the paper */
};

struct vonk_quantile_summary {
  struct vonk_quantile_sample *samples, *spare; /* of one capacity */
  double *head;                   /* values not yet among the samples */
  int64_t count;                  /* of the values among the samples */
  uint32_t sample_count, sample_capacity, head_count, head_capacity;
  bool compressed;
};

void vonk_quantile_insert(struct vonk_task *task, struct vonk_quantile_summary *summary, double error, double value);
/* Takes the head in and drops samples that the error allows to drop. */
void vonk_quantile_compress(struct vonk_task *task, struct vonk_quantile_summary *summary, double error);
void vonk_quantile_merge(struct vonk_task *task, struct vonk_quantile_summary *from, struct vonk_quantile_summary *into, double error);
/* The value at SHARE of a compressed summary that is not empty. */
double vonk_quantile_query(const struct vonk_quantile_summary *summary, double error, double share);

STATUS vonk_quantile_save(struct vonk_task *task, const struct vonk_quantile_summary *summary, struct vonk_builder *bytes);
void vonk_quantile_load(struct vonk_task *task, struct vonk_str bytes, struct vonk_quantile_summary *summary);

#endif
