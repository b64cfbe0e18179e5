/* csv.h: what reading, schemas and writing of CSV files share. */
#ifndef VONK_FORMAT_CSV_CSV_H
#define VONK_FORMAT_CSV_CSV_H

#include "format/sink.h"
#include "format/text_source.h"
#include "text/csv_options.h"

extern const struct vonk_format_type vonk_format_csv;
extern const struct vonk_sink_type csv_sink;

/* What a scan's options say, on ARENA. */
struct csv_setup {
  struct vonk_text_options given;
  struct vonk_csv_options options;
  struct vonk_text_rules rules;
};
STATUS csv_setup_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_options *scan, struct csv_setup *out);
/* With multiLine: how records of TEXT end. */
void csv_detect_line_end(struct vonk_csv_options *options, struct vonk_str text);

STATUS csv_infer_schema(struct vonk_task *task, const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_scan_options *options,
                        const struct vonk_type *given, struct vonk_scan_info *info);

#endif
