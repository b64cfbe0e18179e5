/* partitioning.h: by which settings the rows of a plan lie in visible partitions.
 *
 * Visible partitions are what Spark's users see: the files written, spark_partition_id(), the order of a repartition. They
 * are a property of the plan and of these settings; execution works by units all the same. Operators make them only where
 * somebody can tell (vonk_operator.partitioned).
 */
#ifndef VONK_EXEC_PARTITIONING_H
#define VONK_EXEC_PARTITIONING_H

#include "conf/conf.h"

struct vonk_partitioning {
  uint32_t leaf_parallelism;          /* of ranges, local rows, scans; 0: as many as threads */
  uint32_t default_parallelism;       /* partitions worth keeping behind an exchange; 0: as many as threads */
  uint64_t file_bytes_max, file_open_bytes;
  uint32_t file_partitions_min, file_partitions_max; /* 0: not set */
  uint32_t shuffle_partitions;
  double broadcast_bytes;             /* a side of a join that is no larger is sent to all; < 0: none is */
  uint32_t range_sample_rows;         /* of a partition */
  bool sorts_before_dealing;          /* spark.sql.execution.sortBeforeRepartition */
  bool adapts;                        /* REBALANCE does something */
  bool merges;                        /* small partitions behind an exchange are put together */
  uint64_t merged_bytes, merged_bytes_min;
};

/* As a session without settings has it, when CONF is NULL. */
void vonk_partitioning_read(const struct vonk_conf *conf, uint32_t thread_count, struct vonk_partitioning *out);

/* Puts neighbouring partitions of these SIZES (bytes) together, leaving out empty ones, as Spark's adaptive execution does:
 * STARTS[i] is the first of the i-th new partition, and what lies before the next belongs to it. Answers how many there are, at least one. */
uint32_t vonk_partitioning_merge(const struct vonk_partitioning *rules, const uint64_t *sizes, uint32_t count, uint32_t *starts);

#endif
