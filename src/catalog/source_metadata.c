/* source_metadata.c: what a file tells of itself, as the fields of the hidden column _metadata. */
#include "catalog/source.h"

static const struct {
  const char *name;
  const struct vonk_type *type;
} fields_of[VONK_METADATA_COUNT] = {
    [VONK_METADATA_FILE_PATH] = {"file_path", &vonk_type_string},
    [VONK_METADATA_FILE_NAME] = {"file_name", &vonk_type_string},
    [VONK_METADATA_FILE_SIZE] = {"file_size", &vonk_type_long},
    [VONK_METADATA_FILE_BLOCK_START] = {"file_block_start", &vonk_type_long},
    [VONK_METADATA_FILE_BLOCK_LENGTH] = {"file_block_length", &vonk_type_long},
    [VONK_METADATA_FILE_MODIFICATION_TIME] = {"file_modification_time", &vonk_type_timestamp},
    [VONK_METADATA_ROW_INDEX] = {"row_index", &vonk_type_long},
};

const struct vonk_type *vonk_source_metadata_type(struct vonk_arena *arena, const struct vonk_source *source) {
  uint32_t count = source->format->knows_rows ? VONK_METADATA_COUNT : VONK_METADATA_ROW_INDEX;
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, count);
  for (uint32_t i = 0; i < count; i++) fields[i] = (struct vonk_type_field){.name = vonk_str_of(fields_of[i].name), .type = fields_of[i].type};
  return vonk_type_struct(arena, fields, count);
}

void vonk_source_metadata_of_file(struct vonk_arena *arena, const struct vonk_scan_file *file, struct vonk_value *fields) {
  enum { NANOS_PER_MILLI = 1000000, MICROS_PER_MILLI = 1000 };
  struct vonk_text path;
  vonk_text_init(&path, arena);
  vonk_text_add_uri(&path, file->path, STR("file:"));
  struct vonk_str uri = vonk_text_str(&path);
  size_t name = uri.size;
  while (name && uri.data[name - 1] != '/') name--;
  int64_t millis = file->mtime_ns / NANOS_PER_MILLI;
  fields[VONK_METADATA_FILE_PATH] = vonk_value_text(&vonk_type_string, uri);
  fields[VONK_METADATA_FILE_NAME] = vonk_value_text(&vonk_type_string, vonk_str_slice(uri, name, uri.size));
  fields[VONK_METADATA_FILE_SIZE] = vonk_value_integer(&vonk_type_long, (int64_t)file->byte_size);
  fields[VONK_METADATA_FILE_MODIFICATION_TIME] = vonk_value_integer(&vonk_type_timestamp, millis * MICROS_PER_MILLI);
}
