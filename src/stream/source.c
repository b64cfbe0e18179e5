/* source.c: kinds of sources by format, and their options. */
#include "stream/source.h"

#include "base/array.h"
#include "type/text.h"

#define VONK_STREAM_SOURCE(name) extern const struct vonk_stream_source_type vonk_stream_source_##name;
#include "stream/source/registry.def"
#undef VONK_STREAM_SOURCE

static const struct vonk_stream_source_type *const types[] = {
#define VONK_STREAM_SOURCE(name) &vonk_stream_source_##name,
#include "stream/source/registry.def"
#undef VONK_STREAM_SOURCE
};

STATUS vonk_stream_source_find(struct vonk_task *task, struct vonk_str format, const struct vonk_origin *origin, const struct vonk_stream_source_type **out) {
  for (size_t i = 0; i < COUNT_OF(types); i++) {
    *out = types[i];
    if (types[i]->reads ? types[i]->reads(format) : vonk_str_equal_nocase(format, vonk_str_of(types[i]->name))) return VONK_OK;
  }
  return vonk_raise(task, VONK_DATA_SOURCE_NOT_FOUND, origin, "provider", format, NULL);
}

struct vonk_str vonk_stream_option(struct vonk_options options, struct vonk_str key) {
  for (uint32_t i = 0; i < options.count; i++) {
    if (vonk_str_equal_nocase(options.items[i].key, key)) return options.items[i].value;
  }
  return (struct vonk_str){0};
}

STATUS vonk_stream_option_long(struct vonk_task *task, const struct vonk_stream_read *read, struct vonk_str key, int64_t default_value, int64_t *out) {
  struct vonk_str text = vonk_stream_option(read->options, key);
  *out = default_value;
  if (!text.data || vonk_str_to_int64(text, out)) return VONK_OK;
  return vonk_raisef(task, VONK__ILLEGAL_ARGUMENT, read->origin, "message", "For input string: \"" STR_FMT "\"", STR_ARG(text));
}
