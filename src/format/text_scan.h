/* text_scan.h: what the scans and readers of all formats of text have in common. */
#ifndef VONK_FORMAT_TEXT_SCAN_H
#define VONK_FORMAT_TEXT_SCAN_H

#include "format/scan_columns.h"
#include "format/text_source.h"
#include "kernel/scratch.h"

struct vonk_text_scan {
  struct vonk_scan scan;
  struct vonk_arena *arena;            /* holds all of it */
  struct vonk_text_rules rules;
  struct vonk_scan_columns columns;
};

/* A scan of SIZE bytes that begins so, over SPEC's files. */
STATUS vonk_text_scan_open(struct vonk_task *task, const struct vonk_format_type *type, const struct vonk_scan_spec *spec, const struct vonk_text_rules *rules,
                           size_t size, struct vonk_text_scan **out);
void vonk_text_scan_close(struct vonk_scan *scan);

struct vonk_text_reader {
  struct vonk_reader reader;
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_text_source source;
  bool is_over;                        /* there is no more: also of a file that is passed over */
  uint64_t row_at;
  struct vonk_column *out;             /* by the spec's columns; those of partitions are set */
};

/* A reader of SIZE bytes that begins so. A file that may be passed over (ignoreMissingFiles) is over at once. */
STATUS vonk_text_reader_open(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, size_t size, struct vonk_text_reader **out);
/* STATUS, but VONK_OK when the failure is of a file that may be passed over; the reader is over then. */
STATUS vonk_text_reader_status(struct vonk_task *task, struct vonk_text_reader *reader, enum vonk_status status);
/* ROW_COUNT rows with COLUMNS, by the scan's data columns, as the spec orders them. */
void vonk_text_reader_batch(struct vonk_text_reader *reader, const struct vonk_column *columns, uint32_t row_count, struct vonk_batch *out);
/* The source and the arena. */
void vonk_text_reader_close(struct vonk_text_reader *reader);

/* The sum of the files' sizes, and the row count unknown. */
void vonk_text_info(const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_type *schema, struct vonk_scan_info *info);

#endif
