/* writer_internal.h: the schema of a file being written, and the state of its leaves. */
#ifndef VONK_FORMAT_PARQUET_WRITER_INTERNAL_H
#define VONK_FORMAT_PARQUET_WRITER_INTERNAL_H

#include "format/parquet/metadata.h"
#include "format/sink.h"
#include "wire/compress.h"

enum { PARQUET_OUT_PATH_MAX = 200 };

struct parquet_out_node {
  struct vonk_str name;
  const struct vonk_type *type;
  bool nullable;
  uint8_t definition;                  /* of the node when it is not null */
  uint8_t repetition;                  /* lists and maps: of their entries */
  uint32_t leaf, leaf_count;
  struct parquet_out_node *children;   /* ARRAY: element; MAP: key, value; STRUCT: fields */
  uint32_t child_count;
};

struct parquet_out_leaf {
  const struct vonk_type *type;
  enum parquet_physical physical;
  uint32_t width;                      /* FIXED */
  uint8_t max_definition, max_repetition;
  struct vonk_str *path;
  uint32_t path_count;
  struct vonk_buffer *definitions, *repetitions, *plain; /* of the page under way */
  struct vonk_buffer *chunk;           /* finished pages */
  uint64_t plain_bytes, entry_count, null_count;         /* of the chunk */
};

extern const struct vonk_sink_type parquet_sink;

/* The tree of SCHEMA's fields and its leaves; ELEMENT_COUNT with the root. Raises for types Parquet cannot hold. */
STATUS parquet_out_build(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_type *schema, struct parquet_out_node **fields,
                         struct parquet_out_leaf **leaves, uint32_t *leaf_count, uint32_t *element_count);
/* All schema elements in thrift, the root first. */
void parquet_out_put_schema(struct vonk_text *text, const struct parquet_out_node *fields, uint32_t field_count);

#endif
