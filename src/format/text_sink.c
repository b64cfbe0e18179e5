/* text_sink.c: rows to texts, texts to files. */
#include "format/text_sink.h"

#include <string.h>

#include "base/array.h"
#include "fs/fs.h"
#include "kernel/gather.h"
#include "wire/pack_stream.h"

enum { PIECE_BYTES = 4 << 20, PIECE_FIRST = 64 << 10 };

struct piece {
  struct vonk_piece piece;
  const struct vonk_text_sink_plan *plan;
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_arena *texts, *small;    /* of a batch; of a row */
  void *state;                         /* the format's */
  struct vonk_scratch scratch;
  struct vonk_buffer *bytes;           /* texts; compressed when it is sealed */
};

struct writer {
  struct vonk_writer writer;
  const struct vonk_text_sink_plan *plan;
  struct vonk_arena *arena;
  struct vonk_output *output;          /* borrowed */
  struct vonk_deflate *deflate;
  struct vonk_buffer *packed;          /* DEFLATE */
  uint64_t row_count;
};

/* --- the plan --- */

static const struct {
  const char *name, *class_name, *suffix;
  enum vonk_stream_codec codec;
} codecs[] = {{"none", "", "", VONK_STREAM_PLAIN},
              {"uncompressed", "", "", VONK_STREAM_PLAIN},
              {"bzip2", "org.apache.hadoop.io.compress.BZip2Codec", ".bz2", VONK_STREAM_BZIP2},
              {"deflate", "org.apache.hadoop.io.compress.DeflateCodec", ".deflate", VONK_STREAM_DEFLATE},
              {"gzip", "org.apache.hadoop.io.compress.GzipCodec", ".gz", VONK_STREAM_GZIP},
              {"lz4", "org.apache.hadoop.io.compress.Lz4Codec", ".lz4", VONK_STREAM_LZ4},
              {"snappy", "org.apache.hadoop.io.compress.SnappyCodec", ".snappy", VONK_STREAM_SNAPPY},
              {"zstd", "org.apache.hadoop.io.compress.ZStandardCodec", ".zst", VONK_STREAM_ZSTD}};

static STATUS read_codec(struct vonk_task *task, const struct vonk_sink_options *options, const char *extension, struct vonk_text_sink_plan *plan) {
  struct vonk_str name = vonk_sink_option(options, STR("compression"));
  if (!name.data) name = vonk_sink_option(options, STR("codec"));
  if (!name.data) name = STR("none");
  for (size_t i = 0; i < COUNT_OF(codecs); i++) {
    if (!vonk_str_equal_nocase(name, vonk_str_of(codecs[i].name)) && !vonk_str_equal(name, vonk_str_of(codecs[i].class_name))) continue;
    plan->codec = codecs[i].codec;
    plan->plan.suffix = vonk_str_format(task->arena, "%s%s", extension, codecs[i].suffix);
    return VONK_OK;
  }
  return vonk_raise(task, VONK_CODEC_NOT_AVAILABLE__WITH_AVAILABLE_CODECS_SUGGESTION, NULL, "codecName", name, "availableCodecs",
                    STR("bzip2, deflate, uncompressed, snappy, none, lz4, gzip, zstd"), NULL);
}

STATUS vonk_text_sink_plan_make(struct vonk_task *task, const struct vonk_sink_type *type, const struct vonk_sink_options *options, const char *reader, const char *extension,
                                struct vonk_text_sink_plan **out) {
  struct vonk_text_sink_plan *plan = ARENA_NEW(task->arena, struct vonk_text_sink_plan);
  struct vonk_text_rules rules;
  plan->plan.type = type;
  TRY(read_codec(task, options, extension, plan));
  TRY(vonk_text_rules_read(task, reader, options->items, options->item_count, &rules));
  if (rules.encoding != VONK_ENCODING_UTF8) return vonk_unsupported(task, NULL, "writing text in another encoding than UTF-8");
  plan->line_end = rules.line_end.size ? rules.line_end : STR("\n");
  *out = plan;
  return VONK_OK;
}

/* --- pieces --- */

STATUS vonk_text_piece_open(struct vonk_task *task, const struct vonk_sink_plan *plan, struct vonk_piece **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct piece *p = ARENA_NEW(arena, struct piece);
  p->piece.plan = plan;
  p->plan = (const struct vonk_text_sink_plan *)plan;
  p->arena = arena;
  p->texts = vonk_arena_create(task->budget);
  p->small = vonk_arena_create(task->budget);
  enum vonk_status status = vonk_buffer_create(task->budget, PIECE_FIRST, &p->bytes);
  if (status == VONK_OK && p->plan->open_state) status = p->plan->open_state(task, p->plan, &p->state);
  if (status != VONK_OK) {
    vonk_text_piece_close(&p->piece);
    return status;
  }
  *out = &p->piece;
  return VONK_OK;
}

void vonk_text_piece_close(struct vonk_piece *base) {
  struct piece *p = (struct piece *)base;
  if (p->state) p->plan->close_state(p->state);
  vonk_scratch_deinit(&p->scratch);
  vonk_buffer_release(p->bytes);
  vonk_arena_destroy(p->texts);
  vonk_arena_destroy(p->small);
  vonk_arena_destroy(p->arena);
}

static STATUS add_bytes(struct piece *p, struct vonk_str text) {
  if (p->bytes->capacity - p->bytes->size < text.size) {
    size_t wanted = p->bytes->size + text.size;
    TRY(vonk_buffer_grow(&p->bytes, wanted < 2 * p->bytes->capacity ? 2 * p->bytes->capacity : wanted));
  }
  if (text.size) memcpy(p->bytes->data + p->bytes->size, text.data, text.size);
  p->bytes->size += text.size;
  return VONK_OK;
}

STATUS vonk_text_piece_write(struct vonk_task *task, struct vonk_piece *base, const struct vonk_batch *batch) {
  struct piece *p = (struct piece *)base;
  struct vonk_batch dense;
  struct vonk_text text;
  vonk_scratch_reset(&p->scratch);
  TRY(vonk_task_check(task));
  TRY(vonk_batch_compact(task, &p->scratch, batch, &dense));
  vonk_arena_reset(p->texts);
  vonk_text_init(&text, p->texts);
  for (uint32_t row = 0; row < dense.row_count; row++) {
    TRY(p->plan->write_row(task, p->plan, p->state, dense.columns, row, p->small, &text));
    vonk_arena_reset(p->small);
  }
  TRY(add_bytes(p, vonk_text_str(&text)));
  p->piece.row_count += dense.row_count;
  p->piece.byte_size = p->bytes->capacity;
  p->piece.is_full = p->bytes->size >= PIECE_BYTES;
  return VONK_OK;
}

STATUS vonk_text_piece_seal(struct vonk_task *task, struct vonk_piece *base) {
  struct piece *p = (struct piece *)base;
  vonk_arena_reset(p->texts);
  vonk_scratch_deinit(&p->scratch);
  if (p->plan->codec == VONK_STREAM_PLAIN || p->plan->codec == VONK_STREAM_DEFLATE) return VONK_OK;
  struct vonk_buffer *packed;
  TRY(vonk_buffer_create(task->budget, p->bytes->size / 2 + PIECE_FIRST, &packed));
  if (!vonk_pack(p->plan->codec, vonk_str_make((const char *)p->bytes->data, p->bytes->size), &packed)) {
    vonk_buffer_release(packed);
    return VONK_NO_MEMORY;
  }
  vonk_buffer_release(p->bytes);
  p->bytes = packed;
  p->piece.byte_size = packed->capacity;
  return VONK_OK;
}

/* --- files --- */

void vonk_text_file_abort(struct vonk_writer *base) {
  struct writer *w = (struct writer *)base;
  vonk_pack_deflate_abort(w->deflate);
  vonk_buffer_release(w->packed);
  vonk_arena_destroy(w->arena);
}

static STATUS write_deflate(struct vonk_task *task, struct writer *w, struct vonk_str bytes, bool last) {
  w->packed->size = 0;
  if (!vonk_pack_deflate(&w->deflate, bytes, last, &w->packed)) return VONK_NO_MEMORY;
  return vonk_output_write(task, w->output, w->packed->data, w->packed->size);
}

static STATUS write_head(struct vonk_task *task, struct writer *w) {
  struct vonk_str head = w->plan->head;
  if (w->plan->codec == VONK_STREAM_DEFLATE) {
    TRY(vonk_buffer_create(task->budget, PIECE_FIRST, &w->packed));
    return head.size ? write_deflate(task, w, head, false) : VONK_OK;
  }
  if (!head.size || w->plan->codec == VONK_STREAM_PLAIN) return vonk_output_write(task, w->output, head.data, head.size);
  struct vonk_buffer *packed;
  TRY(vonk_buffer_create(task->budget, PIECE_FIRST, &packed));
  enum vonk_status status = vonk_pack(w->plan->codec, head, &packed) ? vonk_output_write(task, w->output, packed->data, packed->size) : VONK_NO_MEMORY;
  vonk_buffer_release(packed);
  return status;
}

STATUS vonk_text_file_open(struct vonk_task *task, const struct vonk_sink_plan *plan, struct vonk_output *output, struct vonk_writer **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct writer *w = ARENA_NEW(arena, struct writer);
  w->writer.plan = plan;
  w->plan = (const struct vonk_text_sink_plan *)plan;
  w->arena = arena;
  w->output = output;
  enum vonk_status status = write_head(task, w);
  if (status != VONK_OK) {
    vonk_text_file_abort(&w->writer);
    return status;
  }
  *out = &w->writer;
  return VONK_OK;
}

STATUS vonk_text_file_append(struct vonk_task *task, struct vonk_writer *base, const struct vonk_piece *piece) {
  struct writer *w = (struct writer *)base;
  const struct vonk_buffer *bytes = ((const struct piece *)piece)->bytes;
  w->row_count += piece->row_count;
  if (w->plan->codec == VONK_STREAM_DEFLATE) return write_deflate(task, w, vonk_str_make((const char *)bytes->data, bytes->size), false);
  return vonk_output_write(task, w->output, bytes->data, bytes->size);
}

/* A compressed file without pieces is an empty stream. */
static STATUS end_stream(struct vonk_task *task, struct writer *w) {
  if (w->plan->codec == VONK_STREAM_DEFLATE) return write_deflate(task, w, STR(""), true);
  if (w->plan->codec == VONK_STREAM_PLAIN || vonk_output_position(w->output)) return VONK_OK;
  struct vonk_buffer *packed;
  TRY(vonk_buffer_create(task->budget, PIECE_FIRST, &packed));
  enum vonk_status status = vonk_pack(w->plan->codec, STR(""), &packed) ? vonk_output_write(task, w->output, packed->data, packed->size) : VONK_NO_MEMORY;
  vonk_buffer_release(packed);
  return status;
}

STATUS vonk_text_file_finish(struct vonk_task *task, struct vonk_writer *base, struct vonk_sink_result *out) {
  struct writer *w = (struct writer *)base;
  enum vonk_status status = end_stream(task, w);
  *out = (struct vonk_sink_result){.row_count = w->row_count, .byte_size = vonk_output_position(w->output)};
  vonk_text_file_abort(base);
  return status;
}
