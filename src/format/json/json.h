/* json.h: what reading, schemas and writing of JSON files share. */
#ifndef VONK_FORMAT_JSON_JSON_H
#define VONK_FORMAT_JSON_JSON_H

#include "format/sink.h"
#include "format/text_source.h"
#include "text/json_options.h"

extern const struct vonk_format_type vonk_format_json;
extern const struct vonk_sink_type json_sink;

/* What a scan's options say, on ARENA. */
struct json_setup {
  struct vonk_text_options given;
  struct vonk_json_options options;
  struct vonk_text_rules rules;
};
STATUS json_setup_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_options *scan, struct json_setup *out);
/* With multiLine: the file's text, without a byte order mark. */
struct vonk_str json_file_text(const struct vonk_text_source *source);

STATUS json_infer_schema(struct vonk_task *task, const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_scan_options *options,
                         const struct vonk_type *given, struct vonk_scan_info *info);

#endif
