/* rebase.c: who wrote a file tells which calendar its old dates have. */
#include "format/parquet/rebase.h"

#include <string.h>

#include "type/calendar.h"
#include "type/julian.h"

void parquet_rebase_choose(struct vonk_arena *arena, const struct parquet_metadata *metadata, const struct vonk_scan_options *options, struct parquet_node *node) {
  bool is_int96 = node->conversion == PARQUET_INT96_TO_MICROS, is_legacy;
  if (node->type->id != VONK_TYPE_DATE && node->type->id != VONK_TYPE_TIMESTAMP) return;
  node->rebase = is_int96 ? options->rebase_int96 : options->rebase_datetime;
  if (is_int96 && !vonk_str_starts_with(metadata->created_by, STR("parquet-mr"))) node->local_zone = options->int96_zone;
  if (metadata->spark_version.data) {
    int major, minor;
    vonk_julian_version(metadata->spark_version, &major, &minor);
    is_legacy = is_int96 ? metadata->legacy_int96 || major < 3 || (major == 3 && minor < 1) : metadata->legacy_datetime || major < 3;
    node->rebase = is_legacy ? VONK_SCAN_REBASE_LEGACY : VONK_SCAN_REBASE_CORRECTED;
  }
  node->zone = &vonk_timezone_utc;
  if (node->rebase == VONK_SCAN_REBASE_LEGACY && metadata->spark_zone.data && !vonk_timezone_load(arena, metadata->spark_zone, &node->zone))
    node->zone = &vonk_timezone_utc;
}

/* By what is stored: the type may be another one that is wanted (adapt.h). */
static bool is_days(const struct parquet_node *node) { return node->physical == VONK_PHYSICAL_I32; }

static int64_t value_at(const struct parquet_node *node, const uint8_t *values, uint32_t i) {
  int32_t days;
  int64_t micros;
  if (is_days(node)) {
    memcpy(&days, values + (size_t)i * 4, 4);
    return days;
  }
  memcpy(&micros, values + (size_t)i * 8, 8);
  return micros;
}

bool parquet_rebase_needed(const struct parquet_node *node, const uint8_t *values, uint32_t count) {
  int64_t least = 0, limit = VONK_JULIAN_SWITCH_DAY;
  if (node->rebase == VONK_SCAN_REBASE_CORRECTED) return false;
  for (uint32_t i = 0; i < count; i++) {
    int64_t value = value_at(node, values, i);
    least = value < least ? value : least;
  }
  if (!is_days(node)) limit = node->rebase == VONK_SCAN_REBASE_EXCEPTION ? VONK_JULIAN_ANCIENT_MICROS : (VONK_JULIAN_SWITCH_DAY + 1) * VONK_MICROS_PER_DAY;
  return least < limit;
}

STATUS parquet_rebase(struct vonk_task *task, const struct parquet_source *source, uint8_t *values, uint32_t count) {
  const struct parquet_node *node = source->node;
  if (node->rebase == VONK_SCAN_REBASE_EXCEPTION) {
    bool is_int96 = node->conversion == PARQUET_INT96_TO_MICROS;
    struct vonk_str config = is_int96 ? STR("\"spark.sql.parquet.int96RebaseModeInRead\"") : STR("\"spark.sql.parquet.datetimeRebaseModeInRead\"");
    return vonk_raise(task, VONK_INCONSISTENT_BEHAVIOR_CROSS_VERSION__READ_ANCIENT_DATETIME, NULL, "format", is_int96 ? STR("Parquet INT96") : STR("Parquet"),
                      "config", config, "option", is_int96 ? STR("\"int96RebaseMode\"") : STR("\"datetimeRebaseMode\""), "path", source->path, NULL);
  }
  for (uint32_t i = 0; i < count; i++) {
    int64_t value = value_at(node, values, i);
    if (is_days(node)) {
      int32_t days = (int32_t)vonk_julian_rebase_days(value);
      memcpy(values + (size_t)i * 4, &days, 4);
    } else {
      value = vonk_julian_rebase_micros(node->zone, value);
      memcpy(values + (size_t)i * 8, &value, 8);
    }
  }
  return VONK_OK;
}

void parquet_rebase_local(const struct vonk_timezone *zone, uint8_t *values, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    int64_t micros;
    memcpy(&micros, values + (size_t)i * 8, 8);
    micros = vonk_timezone_to_utc(zone, micros);
    memcpy(values + (size_t)i * 8, &micros, 8);
  }
}
