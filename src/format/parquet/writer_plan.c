/* writer_plan.c: the settings of a job, by the names that Spark and parquet-java give them. */
#include "conf/conf.h"
#include "format/parquet/writer_internal.h"

enum {
  GROUP_ROWS = 122880,           /* what a scan reads as one unit */
  PAGE_ROWS = 20000,
  INDEX_BYTES = 64,
  BLOOM_BYTES_MAX = 128 << 20,
  SHARE_OF_COLUMNS = 16,
  SHARE_OF_GROUP = 8,
  COLUMN_BYTES_MIN = 16 << 10,
  GROUP_BYTES_MIN = 1 << 20,
};

static STATUS wrong(struct vonk_task *task, struct vonk_str key, struct vonk_str value) {
  return vonk_raise(task, VONK_INVALID_CONF_VALUE__TYPE_MISMATCH, NULL, "confName", key, "confValue", value, "confType", STR("number in its range"), NULL);
}

/* A size between LOW and HIGH, FALLBACK when it is not given. */
static STATUS read_size(struct vonk_task *task, const struct vonk_sink_options *options, struct vonk_str key, int64_t low, int64_t high, int64_t *value) {
  struct vonk_str text = vonk_sink_option(options, key);
  if (!text.data) return VONK_OK;
  if (!vonk_conf_parse_bytes(text, 1, value) || *value < low || *value > high) return wrong(task, key, text);
  return VONK_OK;
}

static bool read_flag(const struct vonk_sink_options *options, struct vonk_str key, bool fallback) {
  struct vonk_str text = vonk_sink_option(options, key);
  return text.data ? vonk_str_equal_nocase(text, STR("true")) : fallback;
}

/* KEY#COLUMN, else KEY. */
static struct vonk_str column_option(struct vonk_task *task, const struct vonk_sink_options *options, struct vonk_str key, struct vonk_str column) {
  struct vonk_str own = vonk_sink_option(options, vonk_str_format(task->arena, STR_FMT "#" STR_FMT, STR_ARG(key), STR_ARG(column)));
  return own.data ? own : vonk_sink_option(options, key);
}

static STATUS read_codec(struct vonk_task *task, const struct vonk_sink_options *options, struct parquet_plan *plan) {
  static const struct {
    const char *name, *suffix;
    enum vonk_codec codec;
  } codecs[] = {{"none", "", VONK_CODEC_NONE},         {"uncompressed", "", VONK_CODEC_NONE}, {"snappy", ".snappy", VONK_CODEC_SNAPPY},
                {"gzip", ".gz", VONK_CODEC_GZIP},      {"lzo", ".lzo", VONK_CODEC_LZO},       {"brotli", ".br", VONK_CODEC_BROTLI},
                {"lz4", ".lz4hadoop", VONK_CODEC_LZ4}, {"zstd", ".zstd", VONK_CODEC_ZSTD},    {"lz4_raw", ".lz4raw", VONK_CODEC_LZ4_RAW}};
  static const char *const keys[] = {"compression", "parquet.compression", "spark.sql.parquet.compression.codec"};
  struct vonk_str name = {0};
  for (size_t i = 0; i < COUNT_OF(keys) && !name.data; i++) name = vonk_sink_option(options, vonk_str_of(keys[i]));
  if (!name.data) name = STR("snappy");
  for (size_t i = 0; i < COUNT_OF(codecs); i++) {
    if (!vonk_str_equal_nocase(name, vonk_str_of(codecs[i].name))) continue;
    plan->codec = codecs[i].codec;
    plan->plan.suffix = vonk_str_format(task->arena, "%s.parquet", codecs[i].suffix);
    return plan->codec == VONK_CODEC_LZO ? vonk_unsupported(task, NULL, "writing with the codec LZO") : VONK_OK;
  }
  return vonk_raise(task, VONK_CODEC_NOT_AVAILABLE__WITH_AVAILABLE_CODECS_SUGGESTION, NULL, "codecName", vonk_str_lower(task->arena, name), "availableCodecs",
                    STR("brotli, uncompressed, snappy, lz4_raw, none, zstd, lz4, gzip"), NULL);
}

static STATUS read_level(struct vonk_task *task, const struct vonk_sink_options *options, struct parquet_plan *plan) {
  int64_t level = -1;
  if (plan->codec == VONK_CODEC_ZSTD) TRY(read_size(task, options, STR("parquet.compression.codec.zstd.level"), 1, 22, &level));
  if (plan->codec == VONK_CODEC_BROTLI) TRY(read_size(task, options, STR("compression.brotli.quality"), 0, 11, &level));
  plan->codec_level = (int)level;
  return VONK_OK;
}

static STATUS read_sizes(struct vonk_task *task, const struct vonk_sink_options *options, struct parquet_plan *plan) {
  int64_t group_bytes = 128 << 20, group_rows = GROUP_ROWS, page_bytes = 1 << 20, page_rows = PAGE_ROWS, dictionary_bytes = 1 << 20, index_bytes = INDEX_BYTES;
  TRY(read_size(task, options, STR("parquet.block.size"), 1, INT64_MAX, &group_bytes));
  TRY(read_size(task, options, STR("parquet.block.row.count.limit"), 1, INT64_MAX, &group_rows));
  TRY(read_size(task, options, STR("parquet.page.size"), 1, INT32_MAX / 2, &page_bytes));
  TRY(read_size(task, options, STR("parquet.page.row.count.limit"), 1, INT32_MAX / 2, &page_rows));
  TRY(read_size(task, options, STR("parquet.dictionary.page.size"), 0, INT32_MAX / 2, &dictionary_bytes));
  TRY(read_size(task, options, STR("parquet.columnindex.truncate.length"), 1, INT32_MAX, &index_bytes));
  plan->group_bytes = (uint64_t)group_bytes, plan->group_rows = (uint64_t)group_rows;
  plan->page_bytes = (uint32_t)page_bytes, plan->page_rows = (uint32_t)page_rows;
  plan->dictionary_bytes = (uint32_t)dictionary_bytes, plan->index_bytes = (uint32_t)index_bytes;
  return VONK_OK;
}

static void read_timestamp(const struct vonk_sink_options *options, struct parquet_plan *plan) {
  struct vonk_str type = vonk_sink_option(options, STR("spark.sql.parquet.outputTimestampType"));
  plan->timestamp = PARQUET_OUT_I64;
  if (vonk_str_equal_nocase(type, STR("INT96"))) plan->timestamp = PARQUET_OUT_INT96;
  if (vonk_str_equal_nocase(type, STR("TIMESTAMP_MILLIS"))) plan->timestamp = PARQUET_OUT_MILLIS;
}

static STATUS set_leaf(struct vonk_task *task, const struct vonk_sink_options *options, struct parquet_out_leaf *leaf) {
  struct vonk_text path;
  vonk_text_init(&path, task->arena);
  for (uint32_t i = 0; i < leaf->path_count; i++) vonk_text_addf(&path, "%s" STR_FMT, i ? "." : "", STR_ARG(leaf->path[i]));
  struct vonk_str name = vonk_text_str(&path), text = column_option(task, options, STR("parquet.enable.dictionary"), name);
  leaf->dictionary = leaf->form != PARQUET_OUT_BOOLEAN && leaf->form != PARQUET_OUT_VOID && !vonk_str_equal_nocase(text, STR("false"));
  text = column_option(task, options, STR("parquet.bloom.filter.enabled"), name);
  if (!vonk_str_equal_nocase(text, STR("true")) || leaf->form == PARQUET_OUT_BOOLEAN || leaf->form == PARQUET_OUT_VOID) return VONK_OK;
  int64_t limit = 1 << 20, distinct = 0;
  double false_positives = 0.01;
  TRY(read_size(task, options, STR("parquet.bloom.filter.max.bytes"), 32, BLOOM_BYTES_MAX, &limit));
  text = column_option(task, options, STR("parquet.bloom.filter.fpp"), name);
  if (text.data && (!vonk_str_to_double(text, &false_positives) || false_positives <= 0 || false_positives >= 1))
    return wrong(task, STR("parquet.bloom.filter.fpp"), text);
  text = column_option(task, options, STR("parquet.bloom.filter.expected.ndv"), name);
  if (text.data && (!vonk_str_to_int64(text, &distinct) || distinct <= 0)) return wrong(task, STR("parquet.bloom.filter.expected.ndv"), text);
  leaf->bloom_bytes = parquet_out_bloom_size(distinct ? (uint64_t)distinct : INT64_MAX, false_positives, (uint32_t)limit);
  return VONK_OK;
}

enum parquet_encoding parquet_out_code_encoding(const struct parquet_plan *plan) { return plan->version_2 ? PARQUET_RLE_DICTIONARY : PARQUET_PLAIN_DICTIONARY; }

enum parquet_encoding parquet_out_plain_encoding(const struct parquet_plan *plan, const struct parquet_out_leaf *leaf) {
  if (!plan->version_2) return PARQUET_PLAIN;
  switch (leaf->physical) {
    case PARQUET_BOOLEAN: return PARQUET_RLE;
    case PARQUET_INT32:
    case PARQUET_INT64: return PARQUET_DELTA_BINARY_PACKED;
    case PARQUET_BYTE_ARRAY:
    case PARQUET_FIXED: return PARQUET_DELTA_BYTE_ARRAY;
    default: return PARQUET_PLAIN;
  }
}

/* The schema as files say it: all may be null, but keys of maps. */
static const struct vonk_type *all_nullable(struct vonk_arena *arena, const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_ARRAY: return vonk_type_array(arena, all_nullable(arena, type->element), true);
    case VONK_TYPE_MAP: return vonk_type_map(arena, all_nullable(arena, type->key), all_nullable(arena, type->element), true);
    case VONK_TYPE_STRUCT: {
      struct vonk_type_field *fields = vonk_arena_copy(arena, type->fields, type->field_count * sizeof *fields);
      for (uint32_t i = 0; i < type->field_count; i++) {
        fields[i].type = all_nullable(arena, fields[i].type);
        fields[i].nullable = true;
      }
      return vonk_type_struct(arena, fields, type->field_count);
    }
    /* Lengths are the catalog's: the values have been checked. */
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: return &vonk_type_string;
    default: return type;
  }
}

static uint64_t at_most(uint64_t value, uint64_t limit, uint64_t least) {
  if (limit < least) limit = least;
  return value < limit ? value : limit;
}

/* MEMORY is a piece's share of all there is: the columns' dictionaries and pages and the row group take a part of it each. */
static void fit_memory(struct parquet_plan *plan, uint64_t memory) {
  uint64_t column = memory / SHARE_OF_COLUMNS / (plan->leaf_count ? plan->leaf_count : 1);
  plan->dictionary_bytes = (uint32_t)at_most(plan->dictionary_bytes, column, COLUMN_BYTES_MIN);
  plan->page_bytes = (uint32_t)at_most(plan->page_bytes, 2 * column, COLUMN_BYTES_MIN);
  plan->group_bytes = at_most(plan->group_bytes, memory / SHARE_OF_GROUP, GROUP_BYTES_MIN);
}

STATUS parquet_out_plan(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_sink_options *options, struct vonk_sink_plan **out) {
  struct parquet_plan *plan = ARENA_NEW(task->arena, struct parquet_plan);
  struct vonk_str version = vonk_sink_option(options, STR("parquet.writer.version"));
  plan->plan.type = &parquet_sink;
  plan->schema = all_nullable(task->arena, schema);
  plan->version_2 = vonk_str_equal_nocase(version, STR("v2")) || vonk_str_equal_nocase(version, STR("PARQUET_2_0"));
  plan->legacy = read_flag(options, STR("spark.sql.parquet.writeLegacyFormat"), false);
  plan->field_ids = read_flag(options, STR("spark.sql.parquet.fieldId.write.enabled"), true);
  plan->checksums = read_flag(options, STR("parquet.page.write-checksum.enabled"), true);
  TRY(read_codec(task, options, plan));
  TRY(read_level(task, options, plan));
  TRY(read_sizes(task, options, plan));
  read_timestamp(options, plan);
  TRY(parquet_out_build(task, plan));
  for (uint32_t i = 0; i < plan->leaf_count; i++) TRY(set_leaf(task, options, &plan->leaves[i]));
  if (options->memory_bytes) fit_memory(plan, options->memory_bytes / (options->piece_count ? options->piece_count : 1));
  *out = &plan->plan;
  return VONK_OK;
}
