/* checkpoint.c: see checkpoint.h. */
#include "stream/checkpoint.h"

#include <inttypes.h>

#include "base/array.h"
#include "base/uuid.h"
#include "fs/numbered_log.h"
#include "type/json.h"

enum { METADATA_BYTES_MAX = 1 << 16 };

static struct vonk_str below(struct vonk_arena *arena, struct vonk_str folder, const char *name) {
  return vonk_str_format(arena, STR_FMT "/%s", STR_ARG(folder), name);
}

/* --- metadata --- */

static STATUS parse_metadata(struct vonk_task *task, struct vonk_str text, struct vonk_str *id) {
  struct vonk_json json = {.arena = task->arena, .text = text};
  uint32_t members = 0;
  struct vonk_str key;
  *id = (struct vonk_str){0};
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &members, &key)) {
    if (vonk_str_equal(key, STR("id"))) *id = vonk_json_string(&json);
    else (void)vonk_json_skip(&json);
  }
  return !json.failed && vonk_uuid_valid(*id) ? VONK_OK : vonk_raise(task, VONK_MALFORMED_LOG_FILE, NULL, "text", text, NULL);
}

static STATUS make_metadata(struct vonk_task *task, const struct vonk_stream_checkpoint *checkpoint, struct vonk_str path, struct vonk_str *id) {
  enum vonk_fs_claim claim = VONK_FS_ASK_AGAIN;
  int64_t planned, committed;
  TRY(vonk_stream_checkpoint_latest(task, checkpoint, &planned, &committed));
  if (planned >= 0 || committed >= 0) {
    return vonk_raise(task, VONK_STREAMING_CHECKPOINT_MISSING_METADATA_FILE, NULL, "checkpointLocation", vonk_fs_uri(task->arena, checkpoint->folder), NULL);
  }
  *id = vonk_uuid_random(task->arena);
  TRY(vonk_fs_make_folder(task, checkpoint->folder));
  struct vonk_str text = vonk_str_format(task->arena, "{\"id\":\"" STR_FMT "\"}", STR_ARG(*id));
  while (claim == VONK_FS_ASK_AGAIN) {
    TRY(vonk_task_check(task));
    TRY(vonk_fs_create_if_absent(task, path, text, &claim));
  }
  return claim == VONK_FS_WON ? VONK_OK : vonk_raise(task, VONK_CONCURRENT_STREAM_LOG_UPDATE, NULL, "batchId", STR("metadata"), NULL);
}

STATUS vonk_stream_checkpoint_open(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str folder, struct vonk_stream_checkpoint *out) {
  struct vonk_str path, text, id;
  struct vonk_fs_entry entry;
  bool found;
  while (folder.size > 1 && folder.data[folder.size - 1] == '/') folder.size--;
  *out = (struct vonk_stream_checkpoint){.folder = vonk_str_copy(arena, folder)};
  out->offsets = below(arena, folder, "offsets");
  out->commits = below(arena, folder, "commits");
  out->sources = below(arena, folder, "sources");
  path = below(task->arena, folder, "metadata");
  TRY(vonk_fs_stat(task, path, &found, &entry));
  if (found) {
    TRY(vonk_fs_read_small(task, path, METADATA_BYTES_MAX, &text));
    TRY(parse_metadata(task, text, &id));
  } else {
    TRY(make_metadata(task, out, path, &id));
  }
  out->query_id = vonk_str_copy(arena, id);
  return VONK_OK;
}

STATUS vonk_stream_checkpoint_latest(struct vonk_task *task, const struct vonk_stream_checkpoint *checkpoint, int64_t *planned, int64_t *committed) {
  TRY(vonk_numbered_log_latest(task, checkpoint->offsets, planned));
  return vonk_numbered_log_latest(task, checkpoint->commits, committed);
}

/* --- offsets --- */

/* What Spark keeps for the life of a query; those that are no settings here have its defaults. */
static const struct vonk_option kept[] = {
    {STR("spark.sql.shuffle.partitions"), STR("200")},
    {STR("spark.sql.streaming.stateStore.providerClass"), STR("org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider")},
    {STR("spark.sql.streaming.multipleWatermarkPolicy"), STR("min")},
    {STR("spark.sql.streaming.aggregation.stateFormatVersion"), STR("2")},
    {STR("spark.sql.streaming.join.stateFormatVersion"), STR("2")},
    {STR("spark.sql.streaming.flatMapGroupsWithState.stateFormatVersion"), STR("2")},
    {STR("spark.sql.streaming.stateStore.compression.codec"), STR("lz4")},
    {STR("spark.sql.streaming.stateStore.encodingFormat"), STR("unsaferow")},
    {STR("spark.sql.streaming.stateStore.rocksdb.formatVersion"), STR("5")},
    {STR("spark.sql.streaming.stateStore.rocksdb.mergeOperatorVersion"), STR("2")},
    {STR("spark.sql.streaming.stateStore.rowChecksum.enabled"), STR("false")},
    {STR("spark.sql.streaming.statefulOperator.useStrictDistribution"), STR("true")},
    {STR("spark.sql.streaming.queryEvolution.enableSourceEvolution"), STR("false")},
    {STR("spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan"), STR("false")},
    {STR("spark.sql.function.protobufExtensions.enabled"), STR("false")},
};

struct vonk_options vonk_stream_kept_settings(struct vonk_arena *arena, const struct vonk_conf *conf) {
  struct vonk_option *items = ARENA_ARRAY(arena, struct vonk_option, COUNT_OF(kept));
  for (size_t i = 0; i < COUNT_OF(kept); i++) {
    items[i] = kept[i];
    if (vonk_conf_get(conf, kept[i].key, &items[i].value)) items[i].value = vonk_str_copy(arena, items[i].value);
  }
  return (struct vonk_options){items, COUNT_OF(kept)};
}

STATUS vonk_stream_checkpoint_plan(struct vonk_task *task, const struct vonk_stream_checkpoint *checkpoint, int64_t batch, const struct vonk_stream_planned *planned) {
  struct vonk_text text;
  vonk_text_init(&text, task->arena);
  vonk_text_addf(&text, "{\"batchWatermarkMs\":%" PRId64 ",\"batchTimestampMs\":%" PRId64 ",\"conf\":{", planned->watermark_ms, planned->begun_ms);
  for (uint32_t i = 0; i < planned->settings.count; i++) {
    if (i) vonk_text_add_char(&text, ',');
    vonk_json_quote(&text, planned->settings.items[i].key);
    vonk_text_add_char(&text, ':');
    vonk_json_quote(&text, planned->settings.items[i].value);
  }
  vonk_text_add(&text, STR("}}"));
  for (uint32_t i = 0; i < planned->offset_count; i++) {
    vonk_text_add_char(&text, '\n');
    vonk_text_add(&text, planned->offsets[i].data ? planned->offsets[i] : STR("-"));
  }
  return vonk_numbered_log_add(task, checkpoint->offsets, batch, vonk_text_str(&text));
}

static void parse_settings(struct vonk_json *json, struct vonk_options *out) {
  struct { struct vonk_option *items; size_t count, capacity; } list = {0};
  uint32_t members = 0;
  struct vonk_str key;
  vonk_json_expect(json, '{');
  while (vonk_json_next_member(json, &members, &key)) {
    struct vonk_option *option = ARRAY_PUSH(json->arena, &list);
    option->key = key;
    option->value = vonk_json_string(json);
  }
  *out = (struct vonk_options){list.items, (uint32_t)list.count};
}

static bool parse_head(struct vonk_arena *arena, struct vonk_str line, struct vonk_stream_planned *out) {
  struct vonk_json json = {.arena = arena, .text = line};
  uint32_t members = 0;
  struct vonk_str key;
  bool good = true;
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &members, &key)) {
    if (vonk_str_equal(key, STR("batchWatermarkMs"))) good &= vonk_str_to_int64(vonk_json_skip(&json), &out->watermark_ms);
    else if (vonk_str_equal(key, STR("batchTimestampMs"))) good &= vonk_str_to_int64(vonk_json_skip(&json), &out->begun_ms);
    else if (vonk_str_equal(key, STR("conf"))) parse_settings(&json, &out->settings);
    else (void)vonk_json_skip(&json);
  }
  return good && !json.failed;
}

STATUS vonk_stream_checkpoint_planned(struct vonk_task *task, const struct vonk_stream_checkpoint *checkpoint, int64_t batch, bool *found,
                                      struct vonk_stream_planned *out) {
  struct { struct vonk_str *items; size_t count, capacity; } offsets = {0};
  struct vonk_str text;
  *out = (struct vonk_stream_planned){0};
  TRY(vonk_numbered_log_read(task, checkpoint->offsets, batch, found, &text));
  if (!*found) return VONK_OK;
  size_t at = 0, line_number = 0;
  while (at < text.size) {
    size_t end = vonk_str_find(text, STR("\n"), at);
    if (end == SIZE_MAX) end = text.size;
    struct vonk_str line = vonk_str_slice(text, at, end);
    at = end + 1;
    if (line_number++ == 0) {
      if (line.size && !parse_head(task->arena, line, out)) return vonk_raise(task, VONK_MALFORMED_LOG_FILE, NULL, "text", line, NULL);
    } else {
      *ARRAY_PUSH(task->arena, &offsets) = vonk_str_equal(line, STR("-")) ? (struct vonk_str){0} : line;
    }
  }
  out->offsets = offsets.items;
  out->offset_count = (uint32_t)offsets.count;
  return VONK_OK;
}

/* --- commits --- */

STATUS vonk_stream_checkpoint_commit(struct vonk_task *task, const struct vonk_stream_checkpoint *checkpoint, int64_t batch, int64_t next_watermark_ms) {
  struct vonk_str text = vonk_str_format(task->arena, "{\"nextBatchWatermarkMs\":%" PRId64 "}", next_watermark_ms);
  return vonk_numbered_log_add(task, checkpoint->commits, batch, text);
}

STATUS vonk_stream_checkpoint_purge(struct vonk_task *task, const struct vonk_stream_checkpoint *checkpoint, int64_t batch) {
  if (batch <= VONK_STREAM_BATCHES_KEPT) return VONK_OK;
  TRY(vonk_numbered_log_purge(task, checkpoint->offsets, batch - VONK_STREAM_BATCHES_KEPT));
  return vonk_numbered_log_purge(task, checkpoint->commits, batch - VONK_STREAM_BATCHES_KEPT);
}
