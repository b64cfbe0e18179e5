/* sink.c: rows to blocks of Avro files. A piece holds packed blocks; a file has its own mark, which is written behind each. */
#include <string.h>

#include "avro/encode.h"
#include "avro/write.h"
#include "base/array.h"
#include "base/uuid.h"
#include "format/avro/avro.h"
#include "kernel/gather.h"
#include "type/timezone.h"
#include "vonk_version.h"

enum { PIECE_BYTES = 4 << 20, PIECE_FIRST = 64 << 10, BLOCK_BYTES_USUAL = 64000, BLOCK_BYTES_LEAST = 32, BLOCK_BYTES_MOST = 1 << 30 };

struct avro_plan {
  struct vonk_sink_plan plan;
  const struct vonk_type *schema;
  struct vonk_str text;                /* of the Avro schema */
  const struct vonk_avro_write_plan *values;
  enum vonk_avro_codec codec;
  int level;
  uint64_t block_bytes;                /* plain */
  struct vonk_str zone;                /* of the session, when dates are written by the hybrid calendar; else data is NULL */
};

struct avro_piece {
  struct vonk_piece piece;
  const struct avro_plan *plan;
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_scratch scratch;
  struct vonk_avro_writer writer;
  struct vonk_avro_packer packer;
  struct vonk_buffer *rows;            /* plain, of the block under way */
  uint64_t row_count;                  /* in it */
  struct vonk_buffer *blocks;          /* packed, with their heads */
  ARRAY_OF(size_t) ends;               /* of the blocks */
};

struct avro_writer {
  struct vonk_writer writer;
  const struct avro_plan *plan;
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_output *output;          /* borrowed */
  uint64_t row_count;
  uint8_t mark[AVRO_MARK_BYTES];
};

/* --- the plan --- */

static STATUS read_codec(struct vonk_task *task, const struct vonk_sink_options *options, struct avro_plan *plan) {
  struct vonk_str name = vonk_sink_option(options, STR("compression")), level = {0};
  int64_t number = -1;
  if (!name.data) name = vonk_sink_option(options, STR("spark.sql.avro.compression.codec"));
  struct vonk_str lower = vonk_str_lower(task->arena, name);
  bool plain = vonk_str_equal(lower, STR("uncompressed"));
  if (plain) plan->codec = VONK_AVRO_NULL;
  else if (vonk_str_equal(lower, STR("null")) || !vonk_avro_codec_find(lower, &plan->codec))
    return vonk_raise(task, VONK_CODEC_SHORT_NAME_NOT_FOUND, NULL, "codecName", lower, NULL);
  if (plan->codec == VONK_AVRO_DEFLATE) level = vonk_sink_option(options, STR("spark.sql.avro.deflate.level"));
  if (plan->codec == VONK_AVRO_XZ) level = vonk_sink_option(options, STR("spark.sql.avro.xz.level"));
  if (plan->codec == VONK_AVRO_ZSTANDARD) level = vonk_sink_option(options, STR("spark.sql.avro.zstandard.level"));
  if (level.data && vonk_str_to_int64(level, &number) && (number < -100 || number > 22)) number = -1;
  plan->level = (int)number;
  plan->plan.suffix = plain ? STR(".avro") : vonk_str_format(task->arena, "." STR_FMT ".avro", STR_ARG(lower));
  return VONK_OK;
}

static bool is_name(struct vonk_str name) {
  for (size_t i = 0; i < name.size; i++) {
    unsigned char c = (unsigned char)name.data[i];
    bool is_letter = (c | 32) >= 'a' && (c | 32) <= 'z', is_digit = c >= '0' && c <= '9';
    if (!is_letter && c != '_' && c < 0x80 && (!is_digit || i == 0)) return false;
  }
  return name.size > 0;
}

static STATUS check_names(struct vonk_task *task, const struct vonk_type *type) {
  for (uint32_t i = 0; i < type->field_count; i++) {
    const struct vonk_type_field *field = &type->fields[i];
    if (!is_name(field->name))
      return vonk_raise(task, VONK_INVALID_COLUMN_NAME_AS_PATH, NULL, "datasource", STR("AvroFileFormat"), "columnName", vonk_type_quote(task->arena, field->name), NULL);
    if (field->type->id == VONK_TYPE_STRUCT) TRY(check_names(task, field->type));
  }
  return VONK_OK;
}

static STATUS unfit(struct vonk_task *task, struct vonk_str reason) {
  return vonk_raise(task, VONK_TASK_WRITE_FAILED, NULL, "path", STR("Avro"), "reason", reason, NULL);
}

static void read_calendar(struct vonk_task *task, const struct vonk_sink_options *options, struct avro_plan *plan, struct vonk_avro_write_spec *spec) {
  struct vonk_str mode = vonk_sink_option(options, STR("spark.sql.avro.datetimeRebaseModeInWrite"));
  spec->zone = options->zone ? options->zone : &vonk_timezone_utc;
  if (vonk_str_equal_nocase(mode, STR("EXCEPTION"))) spec->calendar = VONK_AVRO_CALENDAR_UNKNOWN;
  if (!vonk_str_equal_nocase(mode, STR("LEGACY"))) return;
  spec->calendar = VONK_AVRO_HYBRID;
  plan->zone = vonk_str_copy(task->arena, vonk_timezone_id(spec->zone));
}

static STATUS plan_values(struct vonk_task *task, const struct vonk_sink_options *options, struct avro_plan *plan) {
  struct vonk_str name = vonk_sink_option(options, STR("recordName")), space = vonk_sink_option(options, STR("recordNamespace")), problem;
  struct vonk_avro_write_spec spec = {.type = plan->schema, .positional = vonk_str_equal_nocase(vonk_sink_option(options, STR("positionalFieldMatching")), STR("true"))};
  TRY(avro_schema_text(task, task->arena, options->items, options->item_count, &plan->text));
  if (!plan->text.data) plan->text = vonk_avro_schema_of(task->arena, plan->schema, false, name.data ? name : STR("topLevelRecord"), space.data ? space : STR(""), &problem);
  if (!plan->text.data) return unfit(task, problem);
  plan->text = vonk_str_copy(task->arena, plan->text);
  spec.schema = vonk_avro_schema_parse(task->arena, plan->text, &problem);
  if (!spec.schema) return vonk_raise(task, VONK_STDS_INVALID_OPTION_VALUE__WITH_MESSAGE, NULL, "optionName", STR("avroSchema"), "message", problem, NULL);
  read_calendar(task, options, plan, &spec);
  plan->values = vonk_avro_write_plan_make(task->arena, &spec, &problem);
  return plan->values ? VONK_OK : unfit(task, problem);
}

static STATUS make_plan(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_sink_options *options, struct vonk_sink_plan **out) {
  struct avro_plan *plan = ARENA_NEW(task->arena, struct avro_plan);
  struct vonk_str interval = vonk_sink_option(options, STR("avro.mapred.sync.interval"));
  int64_t block_bytes = BLOCK_BYTES_USUAL;
  plan->plan.type = &avro_sink;
  plan->schema = schema;
  TRY(check_names(task, schema));
  TRY(avro_check_schema(task, schema, NULL));
  TRY(read_codec(task, options, plan));
  if (interval.data && (!vonk_str_to_int64(interval, &block_bytes) || block_bytes < BLOCK_BYTES_LEAST || block_bytes > BLOCK_BYTES_MOST)) block_bytes = BLOCK_BYTES_USUAL;
  plan->block_bytes = (uint64_t)block_bytes;
  TRY(plan_values(task, options, plan));
  *out = &plan->plan;
  return VONK_OK;
}

/* --- pieces --- */

static void close_piece(struct vonk_piece *base) {
  struct avro_piece *p = (struct avro_piece *)base;
  vonk_scratch_deinit(&p->scratch);
  vonk_avro_writer_deinit(&p->writer);
  vonk_avro_packer_deinit(&p->packer);
  vonk_buffer_release(p->rows);
  vonk_buffer_release(p->blocks);
  vonk_arena_destroy(p->arena);
}

static STATUS open_piece(struct vonk_task *task, const struct vonk_sink_plan *base, struct vonk_piece **out) {
  const struct avro_plan *plan = (const struct avro_plan *)base;
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct avro_piece *p = ARENA_NEW(arena, struct avro_piece);
  p->piece.plan = base;
  p->plan = plan;
  p->arena = arena;
  p->writer.plan = plan->values;
  vonk_avro_packer_init(&p->packer, plan->codec, plan->level);
  enum vonk_status status = vonk_buffer_create(task->budget, PIECE_FIRST, &p->rows);
  if (status == VONK_OK) status = vonk_buffer_create(task->budget, PIECE_FIRST, &p->blocks);
  if (status != VONK_OK) {
    close_piece(&p->piece);
    return status;
  }
  *out = &p->piece;
  return VONK_OK;
}

/* The rows under way become a block. Its head tells the packed size, so the head is moved to where the block then begins. */
static STATUS end_block(struct avro_piece *p) {
  uint8_t head[2 * VONK_AVRO_VARINT_MAX];
  size_t begin = p->blocks->size, body = begin + sizeof head;
  if (!p->row_count) return VONK_OK;
  if (p->blocks->capacity < body) TRY(vonk_buffer_grow(&p->blocks, 2 * body));
  p->blocks->size = body;
  if (!vonk_avro_pack(&p->packer, p->rows->data, p->rows->size, &p->blocks)) return VONK_NO_MEMORY;
  size_t packed = p->blocks->size - body, head_size = vonk_avro_put_long(head, (int64_t)p->row_count);
  head_size += vonk_avro_put_long(head + head_size, (int64_t)packed);
  memcpy(p->blocks->data + begin, head, head_size);
  memmove(p->blocks->data + begin + head_size, p->blocks->data + body, packed);
  p->blocks->size = begin + head_size + packed;
  *ARRAY_PUSH(p->arena, &p->ends) = p->blocks->size;
  p->rows->size = 0;
  p->row_count = 0;
  return VONK_OK;
}

static STATUS raise_row(struct vonk_task *task, const struct avro_piece *p, enum vonk_avro_written written) {
  if (written == VONK_AVRO_NULL_FIELD)
    return vonk_raise(task, VONK_AVRO_CANNOT_WRITE_NULL_FIELD, NULL, "name", vonk_type_quote(task->arena, p->writer.problem), "dataType",
                      vonk_str_format(task->arena, "\"" STR_FMT "\"", STR_ARG(p->writer.schema->name)), NULL);
  return vonk_raise(task, VONK_INCONSISTENT_BEHAVIOR_CROSS_VERSION__WRITE_ANCIENT_DATETIME, NULL, "format", STR("Avro"), "config",
                    STR("\"spark.sql.avro.datetimeRebaseModeInWrite\""), NULL);
}

/* What is wrong is told as the reason why the task failed, as Spark does. */
static STATUS bad_row(struct vonk_task *task, const struct avro_piece *p, enum vonk_avro_written written) {
  if (written == VONK_AVRO_FULL) return VONK_NO_MEMORY;
  if (written == VONK_AVRO_UNFIT) return unfit(task, p->writer.problem);
  if (raise_row(task, p, written) != VONK_FAILED) return VONK_FAILED;
  struct vonk_str reason = vonk_error_sentence(task->error, task->arena);
  vonk_error_clear(task->error);
  return unfit(task, reason);
}

static STATUS write_batch(struct vonk_task *task, struct vonk_piece *base, const struct vonk_batch *batch) {
  struct avro_piece *p = (struct avro_piece *)base;
  struct vonk_batch dense;
  vonk_scratch_reset(&p->scratch);
  TRY(vonk_task_check(task));
  TRY(vonk_batch_compact(task, &p->scratch, batch, &dense));
  const struct vonk_column record = {.type = p->plan->schema, .physical = VONK_PHYSICAL_STRUCT, .children = dense.columns};
  for (uint32_t row = 0; row < dense.row_count; row++) {
    enum vonk_avro_written written = vonk_avro_write(&p->writer, &record, row, &p->rows);
    if (written != VONK_AVRO_WRITTEN) return bad_row(task, p, written);
    p->row_count++;
    if (p->rows->size >= p->plan->block_bytes) TRY(end_block(p));
  }
  p->piece.row_count += dense.row_count;
  p->piece.byte_size = p->blocks->capacity + p->rows->capacity;
  p->piece.is_full = p->blocks->size >= PIECE_BYTES;
  return VONK_OK;
}

static STATUS seal(struct vonk_task *task, struct vonk_piece *base) {
  struct avro_piece *p = (struct avro_piece *)base;
  (void)task;
  vonk_scratch_deinit(&p->scratch);
  TRY(end_block(p));
  vonk_buffer_release(p->rows);
  p->rows = NULL;
  p->piece.byte_size = p->blocks->capacity;
  return VONK_OK;
}

/* --- files --- */

static void abort_file(struct vonk_writer *base) { vonk_arena_destroy(((struct avro_writer *)base)->arena); }

static void add_pair(struct vonk_text *out, struct vonk_str key, struct vonk_str value) {
  vonk_avro_add_bytes(out, key);
  vonk_avro_add_bytes(out, value);
}

static STATUS write_head(struct vonk_task *task, struct avro_writer *w) {
  const struct avro_plan *plan = w->plan;
  bool is_packed = plan->codec != VONK_AVRO_NULL, is_hybrid = plan->zone.data != NULL;
  struct vonk_text out;
  vonk_text_init(&out, w->arena);
  vonk_text_add(&out, STR("Obj\1"));
  vonk_avro_add_long(&out, 2 + is_packed + 2 * is_hybrid);
  add_pair(&out, STR("avro.schema"), plan->text);
  add_pair(&out, STR("org.apache.spark.version"), STR(VONK_SPARK_VERSION));
  if (is_hybrid) add_pair(&out, STR("org.apache.spark.legacyDateTime"), STR(""));
  if (is_hybrid) add_pair(&out, STR("org.apache.spark.timeZone"), plan->zone);
  if (is_packed) add_pair(&out, STR("avro.codec"), vonk_str_of(vonk_avro_codec_name(plan->codec)));
  vonk_avro_add_long(&out, 0);
  vonk_text_add(&out, vonk_str_make((const char *)w->mark, sizeof w->mark));
  return vonk_output_write(task, w->output, out.data, out.size);
}

static STATUS open_file(struct vonk_task *task, const struct vonk_sink_plan *plan, struct vonk_output *output, struct vonk_writer **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct avro_writer *w = ARENA_NEW(arena, struct avro_writer);
  w->writer.plan = plan;
  w->plan = (const struct avro_plan *)plan;
  w->arena = arena;
  w->output = output;
  vonk_uuid_bytes(w->mark);
  enum vonk_status status = write_head(task, w);
  if (status != VONK_OK) {
    abort_file(&w->writer);
    return status;
  }
  *out = &w->writer;
  return VONK_OK;
}

static STATUS append(struct vonk_task *task, struct vonk_writer *base, const struct vonk_piece *piece) {
  struct avro_writer *w = (struct avro_writer *)base;
  const struct avro_piece *p = (const struct avro_piece *)piece;
  size_t at = 0;
  for (size_t i = 0; i < p->ends.count; i++) {
    TRY(vonk_task_check(task));
    TRY(vonk_output_write(task, w->output, p->blocks->data + at, p->ends.items[i] - at));
    TRY(vonk_output_write(task, w->output, w->mark, sizeof w->mark));
    at = p->ends.items[i];
  }
  w->row_count += piece->row_count;
  return VONK_OK;
}

static STATUS finish(struct vonk_task *task, struct vonk_writer *base, struct vonk_sink_result *out) {
  const struct avro_writer *w = (const struct avro_writer *)base;
  (void)task;
  *out = (struct vonk_sink_result){.row_count = w->row_count, .byte_size = vonk_output_position(w->output)};
  abort_file(base);
  return VONK_OK;
}

const struct vonk_sink_type avro_sink = {
    .name = "avro",
    .plan = make_plan,
    .open_piece = open_piece,
    .write = write_batch,
    .seal = seal,
    .close_piece = close_piece,
    .open_file = open_file,
    .append = append,
    .finish = finish,
    .abort = abort_file,
};
