/* partitioning.c: settings that have no value, or none that makes sense, are as Spark takes them. */
#include "exec/partitioning.h"

enum { PARTITIONS_MAX = 1 << 20 };

static uint32_t number(const struct vonk_conf *conf, enum vonk_conf_key key, uint32_t otherwise) {
  int64_t value = vonk_conf_is_set(conf, key) ? vonk_conf_int(conf, key) : 0;
  return value <= 0 ? otherwise : value > PARTITIONS_MAX ? PARTITIONS_MAX : (uint32_t)value;
}

static uint64_t bytes(const struct vonk_conf *conf, enum vonk_conf_key key) {
  int64_t value = vonk_conf_bytes(conf, key);
  return value > 0 ? (uint64_t)value : 0;
}

static void read_all(const struct vonk_conf *conf, uint32_t thread_count, struct vonk_partitioning *out) {
  bool merges = vonk_conf_bool(conf, VONK_CONF_ADAPTIVE_ENABLED) && vonk_conf_bool(conf, VONK_CONF_COALESCE_PARTITIONS);
  uint32_t parallelism = number(conf, VONK_CONF_DEFAULT_PARALLELISM, thread_count), shuffle = number(conf, VONK_CONF_SHUFFLE_PARTITIONS, 200);
  *out = (struct vonk_partitioning){
      .leaf_parallelism = number(conf, VONK_CONF_LEAF_PARALLELISM, parallelism),
      .default_parallelism = vonk_conf_bool(conf, VONK_CONF_PARALLELISM_FIRST) ? parallelism : 1,
      .file_bytes_max = bytes(conf, VONK_CONF_FILES_MAX_PARTITION_BYTES),
      .file_open_bytes = bytes(conf, VONK_CONF_FILES_OPEN_COST),
      .file_partitions_min = number(conf, VONK_CONF_FILES_MIN_PARTITION_NUM, 0),
      .file_partitions_max = number(conf, VONK_CONF_FILES_MAX_PARTITION_NUM, 0),
      .shuffle_partitions = merges ? number(conf, VONK_CONF_INITIAL_PARTITION_NUM, shuffle) : shuffle,
      .broadcast_bytes = (double)vonk_conf_bytes(conf, VONK_CONF_AUTO_BROADCAST_JOIN_THRESHOLD),
      .range_sample_rows = number(conf, VONK_CONF_RANGE_SAMPLE_SIZE, 100),
      .sorts_before_dealing = vonk_conf_bool(conf, VONK_CONF_SORT_BEFORE_REPARTITION),
      .adapts = vonk_conf_bool(conf, VONK_CONF_ADAPTIVE_ENABLED),
      .merges = merges,
      .merged_bytes = bytes(conf, VONK_CONF_ADVISORY_PARTITION_SIZE),
      .merged_bytes_min = bytes(conf, VONK_CONF_MIN_PARTITION_SIZE),
  };
}

void vonk_partitioning_read(const struct vonk_conf *conf, uint32_t thread_count, struct vonk_partitioning *out) {
  struct vonk_conf *own = conf ? NULL : vonk_conf_create();
  read_all(conf ? conf : own, thread_count, out);
  vonk_conf_release(own);
}

uint32_t vonk_partitioning_merge(const struct vonk_partitioning *rules, const uint64_t *sizes, uint32_t count, uint32_t *starts) {
  uint64_t total = 0, parallelism = rules->default_parallelism ? rules->default_parallelism : 1, filled = 0;
  for (uint32_t i = 0; i < count; i++) total += sizes[i];
  uint64_t wanted = (total + parallelism - 1) / parallelism;
  if (wanted > rules->merged_bytes) wanted = rules->merged_bytes;
  if (wanted < rules->merged_bytes_min) wanted = rules->merged_bytes_min;
  uint32_t made = 1;
  starts[0] = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (filled && sizes[i] && filled + sizes[i] > wanted) {
      starts[made++] = i;
      filled = 0;
    }
    filled += sizes[i];
  }
  return made;
}
