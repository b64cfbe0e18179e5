/* container.h: Avro's object container files (Avro 1.12): a head with metadata and a mark, then blocks of values with the mark behind each. */
#ifndef VONK_FORMAT_AVRO_CONTAINER_H
#define VONK_FORMAT_AVRO_CONTAINER_H

#include "avro/schema.h"
#include "format/scan.h"
#include "fs/fs.h"
#include "wire/avro_block.h"

enum { AVRO_MARK_BYTES = 16 };

/* Does not change; may be shared with other queries. */
struct avro_head {
  const struct vonk_avro_schema *schema;
  enum vonk_avro_codec codec;
  uint8_t mark[AVRO_MARK_BYTES];
  uint64_t byte_size;                  /* of the head: where the first block begins */
  struct vonk_str spark_version, spark_zone; /* data NULL: the file does not say */
  bool spark_legacy;                   /* dates are by the hybrid calendar */
};

/* Lives as long as ARENA. Comes from the options' cache if it can. Raises FAILED_READ_FILE. */
STATUS avro_head_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_file *file, const struct vonk_scan_options *options,
                      const struct avro_head **out);
/* FAILED_READ_FILE.NO_HINT. */
STATUS avro_bad_file(struct vonk_task *task, struct vonk_str path, struct vonk_str reason);

/* The blocks of a range of a file: those whose mark before them begins in it. */
struct avro_blocks {
  const struct avro_head *head;
  struct vonk_file *file;
  uint64_t start, end;                 /* the range */
  bool only_counts;                    /* what is in the blocks is not wanted */
  /* The block that is under way. */
  uint64_t row_count;
  const uint8_t *packed;
  size_t packed_size;
  /* Its own. */
  bool found;                          /* the first mark */
  uint64_t next;                       /* where the next block begins */
  struct vonk_buffer *window;
  uint64_t window_at;                  /* of its first byte, in the file */
};

/* HEAD and FILE are borrowed. */
void avro_blocks_open(const struct avro_head *head, struct vonk_file *file, uint64_t start, uint64_t end, bool only_counts, struct avro_blocks *out);
void avro_blocks_close(struct avro_blocks *blocks);
/* The next block; its bytes are valid until the next call. *ANY is false when there is none. */
STATUS avro_blocks_next(struct vonk_task *task, struct avro_blocks *blocks, bool *any);

#endif
