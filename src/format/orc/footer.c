/* footer.c: the last byte tells the size of the postscript, which tells the sizes of the footer and of the statistics before it. */
#include "format/orc/footer.h"

#include <string.h>

#include "format/orc/stream.h"

/* What is understood of a footer takes up to MEMORY_FACTOR times its bytes. */
enum { POSTSCRIPT_MAX = 256, FOOTER_BYTES_MAX = 256 << 20, MEMORY_FACTOR = 20 };

static STATUS bad_footer(struct vonk_task *task, struct vonk_str path, bool for_schema, const char *reason) {
  enum vonk_condition condition = for_schema ? VONK_FAILED_READ_FILE__CANNOT_READ_FILE_FOOTER : VONK_FAILED_READ_FILE__NO_HINT;
  return vonk_raise(task, condition, NULL, "path", path, "reason", vonk_str_of(reason), NULL);
}

/* A part of the tail, decompressed, on MEMORY. */
static STATUS read_part(struct vonk_task *task, struct vonk_arena *memory, struct orc_input *input, uint64_t offset, uint64_t size, struct vonk_str *out) {
  struct vonk_buffer *buffer;
  TRY(vonk_task_memory_error_reading(task, orc_input_read(task, input, offset, size, FOOTER_BYTES_MAX, &buffer), input->file->path));
  enum vonk_status status = vonk_task_check_room_reading(task, (uint64_t)buffer->size * MEMORY_FACTOR, input->file->path);
  if (status == VONK_OK) *out = (struct vonk_str){vonk_arena_copy(memory, buffer->data, buffer->size), buffer->size};
  vonk_buffer_release(buffer);
  return status;
}

/* What has the right form may still point outside of the file. */
static bool stripes_fit(const struct orc_metadata *m, uint64_t byte_size) {
  for (uint32_t i = 0; i < m->stripe_count; i++) {
    const struct orc_stripe *s = &m->stripes[i];
    uint64_t end;
    if (__builtin_add_overflow(s->offset, s->index_size, &end) || __builtin_add_overflow(end, s->data_size, &end) ||
        __builtin_add_overflow(end, s->footer_size, &end) || end > byte_size)
      return false;
  }
  return true;
}

static STATUS read_parts(struct vonk_task *task, struct vonk_arena *memory, struct vonk_file *file, bool for_schema, struct orc_metadata *out) {
  const struct orc_postscript *p = &out->postscript;
  struct orc_input input;
  struct vonk_str footer, statistics;
  uint64_t left = file->byte_size - 1 - p->byte_size;
  if (p->footer_size > left || p->metadata_size > left - p->footer_size) return bad_footer(task, file->path, for_schema, "the footer is longer than the file");
  TRY(orc_input_open(task, file, out, NULL, &input));
  enum vonk_status status = read_part(task, memory, &input, left - p->footer_size, p->footer_size, &footer);
  if (status == VONK_OK && !orc_footer_read_message(memory, footer, out)) status = bad_footer(task, file->path, for_schema, "the footer is malformed");
  if (status == VONK_OK && out->is_encrypted) status = vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "encrypted ORC files (" STR_FMT ")", STR_ARG(file->path));
  if (status == VONK_OK && !stripes_fit(out, left)) status = bad_footer(task, file->path, for_schema, "a stripe lies outside of the file");
  if (status == VONK_OK && p->metadata_size) {
    status = read_part(task, memory, &input, left - p->footer_size - p->metadata_size, p->metadata_size, &statistics);
    if (status == VONK_OK && !orc_stripe_statistics_read(memory, statistics, out)) status = bad_footer(task, file->path, for_schema, "the statistics are malformed");
  }
  orc_input_close(&input);
  return status;
}

static STATUS read_metadata(struct vonk_task *task, struct vonk_arena *memory, struct vonk_file *file, bool for_schema, struct orc_metadata *out) {
  char tail[POSTSCRIPT_MAX];
  size_t size = file->byte_size < sizeof tail ? (size_t)file->byte_size : sizeof tail;
  TRY(vonk_file_read(task, file, file->byte_size - size, size, tail));
  if (!orc_postscript_read((struct vonk_str){tail, size}, &out->postscript)) return bad_footer(task, file->path, for_schema, "the file does not end as an ORC file does");
  return read_parts(task, memory, file, for_schema, out);
}

/* From the file itself, then kept in FOOTERS unless that is NULL. */
static STATUS load_metadata(struct vonk_task *task, struct vonk_arena *arena, struct vonk_footer_cache *footers, bool for_schema, struct orc_footer *footer) {
  struct vonk_file *file;
  TRY(vonk_file_open(task, footer->key.path, &file));
  struct vonk_arena *memory = footers ? vonk_footer_cache_arena(footers) : arena;
  struct orc_metadata *metadata = ARENA_NEW(memory, struct orc_metadata);
  footer->key = (struct vonk_footer_key){footer->key.path, file->byte_size, file->mtime_ns, file->inode};
  metadata->number = vonk_page_cache_next_file();
  enum vonk_status status = file->byte_size ? read_metadata(task, memory, file, for_schema, metadata) : VONK_OK;
  vonk_file_close(file);
  if (status == VONK_OK && footers) vonk_footer_cache_keep(footers, &footer->key, memory, metadata, arena);
  if (status != VONK_OK && footers) vonk_arena_destroy(memory);
  TRY(status);
  footer->metadata = *metadata;
  return VONK_OK;
}

STATUS orc_footer_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_file *file, const struct vonk_scan_options *options,
                       bool for_schema, struct orc_footer *out) {
  struct vonk_str path = vonk_str_copy(arena, file->path);
  *out = (struct orc_footer){.key = {path, file->byte_size, file->mtime_ns, file->inode}};
  const struct orc_metadata *known = options->footers ? vonk_footer_cache_find(options->footers, &out->key, arena) : NULL;
  if (known) out->metadata = *known;
  else TRY(load_metadata(task, arena, options->footers, for_schema, out));
  if (out->key.byte_size == 0) return VONK_OK;
  if (!orc_schema_build(arena, &out->metadata, &out->schema)) return bad_footer(task, path, for_schema, "its root is no struct");
  return VONK_OK;
}
