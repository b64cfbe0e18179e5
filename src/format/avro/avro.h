/* avro.h: what reading, schemas and writing of Avro files share. */
#ifndef VONK_FORMAT_AVRO_AVRO_H
#define VONK_FORMAT_AVRO_AVRO_H

#include "avro/read.h"
#include "format/avro/container.h"
#include "format/sink.h"

extern const struct vonk_format_type vonk_format_avro;
extern const struct vonk_sink_type avro_sink;

/* What a scan's options say; on an arena. */
struct avro_setup {
  const struct vonk_avro_schema *schema; /* avroSchema, avroSchemaUrl: what values are resolved to; NULL: each file's own */
  struct vonk_avro_mapping mapping;
  bool positional;
  bool allow_incompatible;
  bool needs_extension;                /* files are passed over whose names do not end with .avro */
  enum vonk_avro_calendar calendar;    /* of files that do not say */
};
STATUS avro_setup_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_options *options, struct avro_setup *out);
/* The text of the options avroSchema or avroSchemaUrl; data is NULL when there is neither. On ARENA. */
STATUS avro_schema_text(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_option *items, uint32_t item_count, struct vonk_str *out);
bool avro_file_is_read(const struct avro_setup *setup, const struct vonk_scan_file *file);

STATUS avro_infer_schema(struct vonk_task *task, const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_scan_options *options,
                         const struct vonk_type *given, struct vonk_scan_info *info);
/* Raises for types that Spark does not keep in Avro files. */
STATUS avro_check_schema(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_scan_options *options);

#endif
