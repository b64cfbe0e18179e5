/* scan_pack.c: next fit, decreasing. */
#include "exec/op/scan_pack.h"

#include <stdlib.h>

enum { SPLITS_MAX = 1 << 24 };

struct split {
  uint64_t start, length;
  uint32_t file;
  uint32_t number;               /* in the order of the files */
};

struct rank {
  uint32_t place, partition;     /* of split NUMBER: in the order of reading */
};

/* Larger ones first; the others in the order of the files. */
static int by_length(const void *a, const void *b) {
  const struct split *x = a, *y = b;
  if (x->length != y->length) return x->length > y->length ? -1 : 1;
  return x->number < y->number ? -1 : x->number > y->number;
}

static uint64_t split_size(const struct vonk_scan_spec *spec, const struct vonk_partitioning *rules) {
  uint64_t bytes = 0, partitions = rules->file_partitions_min ? rules->file_partitions_min : rules->leaf_parallelism;
  for (uint32_t f = 0; f < spec->file_count; f++) bytes += spec->files[f].byte_size + rules->file_open_bytes;
  uint64_t share = bytes / (partitions ? partitions : 1);
  if (share < rules->file_open_bytes) share = rules->file_open_bytes;
  if (share > rules->file_bytes_max) share = rules->file_bytes_max;
  return share ? share : 1;
}

/* FIRST[f] is the number of file f's first split. */
static STATUS make_splits(struct vonk_task *task, const struct vonk_scan_spec *spec, uint64_t size, uint32_t *first, struct split **out, uint32_t *count) {
  uint64_t all = 0;
  for (uint32_t f = 0; f < spec->file_count; f++) {
    first[f] = (uint32_t)all;
    all += (spec->files[f].byte_size + size - 1) / size;
    if (all > SPLITS_MAX) return vonk_unsupported(task, NULL, "a scan of more than 16777216 splits (spark.sql.files.maxPartitionBytes)");
  }
  struct split *splits = ARENA_ARRAY(task->arena, struct split, all + 1);
  uint32_t n = 0;
  for (uint32_t f = 0; f < spec->file_count; f++) {
    for (uint64_t start = 0, end = spec->files[f].byte_size; start < end; start += size, n++) {
      splits[n] = (struct split){start, end - start < size ? end - start : size, f, n};
    }
  }
  *out = splits;
  *count = n;
  return VONK_OK;
}

/* Partitions of up to SIZE bytes from sorted SPLITS; how many there are. */
static uint32_t fill(const struct split *splits, uint32_t count, uint64_t size, uint64_t open_bytes, struct rank *ranks) {
  uint32_t partition = 0;
  uint64_t filled = 0;
  bool any = false;
  for (uint32_t i = 0; i < count; i++) {
    if (any && filled + splits[i].length > size) {
      partition++;
      filled = 0;
    }
    filled += splits[i].length + open_bytes;
    any = true;
    ranks[splits[i].number] = (struct rank){i, partition};
  }
  return count ? partition + 1 : 0;
}

struct placed {
  struct vonk_scan_place place;
  uint32_t rank;
};

static int by_rank(const void *a, const void *b) {
  const struct placed *x = a, *y = b;
  if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
  return x->place.unit < y->place.unit ? -1 : x->place.unit > y->place.unit;
}

static struct vonk_scan_place *place_units(struct vonk_arena *arena, const struct vonk_scan *scan, uint64_t size, const uint32_t *first, const struct rank *ranks) {
  struct placed *placed = ARENA_ARRAY(arena, struct placed, scan->unit_count + 1);
  for (uint32_t u = 0; u < scan->unit_count; u++) {
    const struct vonk_scan_unit *unit = &scan->units[u];
    uint64_t bytes = scan->spec->files[unit->file].byte_size, splits = (bytes + size - 1) / size, at = unit->file_middle / size;
    if (at >= splits) at = splits ? splits - 1 : 0;
    const struct rank *rank = splits ? &ranks[first[unit->file] + at] : &(struct rank){0};
    uint64_t start = at * size, length = bytes - start < size ? bytes - start : size;
    placed[u] = (struct placed){{u, rank->partition, start, length}, rank->place};
  }
  if (scan->unit_count) qsort(placed, scan->unit_count, sizeof *placed, by_rank);
  struct vonk_scan_place *places = ARENA_ARRAY(arena, struct vonk_scan_place, scan->unit_count + 1);
  for (uint32_t u = 0; u < scan->unit_count; u++) places[u] = placed[u].place;
  return places;
}

STATUS vonk_scan_pack(struct vonk_task *task, const struct vonk_scan *scan, const struct vonk_partitioning *rules, struct vonk_scan_place **places,
                      uint32_t *partition_count) {
  const struct vonk_scan_spec *spec = scan->spec;
  uint32_t *first = ARENA_ARRAY(task->arena, uint32_t, spec->file_count + 1), count = 0;
  uint64_t size = split_size(spec, rules), open_bytes = rules->file_open_bytes;
  struct split *splits = NULL;
  TRY(make_splits(task, spec, size, first, &splits, &count));
  if (count) qsort(splits, count, sizeof *splits, by_length);
  struct rank *ranks = ARENA_ARRAY(task->arena, struct rank, count + 1);
  *partition_count = fill(splits, count, size, open_bytes, ranks);
  if (rules->file_partitions_max && *partition_count > rules->file_partitions_max) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) bytes += splits[i].length + open_bytes;
    *partition_count = fill(splits, count, (bytes + rules->file_partitions_max - 1) / rules->file_partitions_max, open_bytes, ranks);
  }
  *places = place_units(task->arena, scan, size, first, ranks);
  return VONK_OK;
}
