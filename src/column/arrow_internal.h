/* arrow_internal.h: what reading Arrow's arrays needs inside the folder: field metadata, and arrays that are read in place. */
#ifndef VONK_COLUMN_ARROW_INTERNAL_H
#define VONK_COLUMN_ARROW_INTERNAL_H

#include "base/array.h"
#include "column/arrow.h"

/* The key of a field's metadata, as Spark writes and reads it; and what marks the metadata part of a variant. */
#define ARROW_METADATA_KEY STR("SPARK::metadata::json")
#define ARROW_VARIANT_KEY STR("variant")

/* The value of KEY in the metadata of a field (the interface's encoding, or NULL); data is NULL when it has none. */
struct vonk_str arrow_metadata_find(const char *metadata, struct vonk_str key);

/* Where arrays lie that batches may point into: all bytes from a buffer's start up to END may be read as long as the batches
 * live, for which they keep BODY (NULL: the caller sees to it). Our own arrays have this as their private_data. */
struct arrow_memory {
  const uint8_t *end;
  struct vonk_buffer *body;
};

/* A dictionary that was read already; values by the array they came from. */
struct arrow_known_dictionary {
  const struct ArrowArray *array;
  struct vonk_dictionary *dictionary;
  const uint64_t *valid; /* of its entries; NULL: no nulls */
};

struct vonk_arrow_reader {
  const struct ArrowSchema *schema;
  struct ArrowArray array; /* release is NULL where it is someone else's */
  const struct vonk_type *type;
  struct vonk_arena *arena;
  bool in_place;           /* arrays are ours: see arrow_memory */
  int64_t next;
  ARRAY_OF(struct arrow_known_dictionary) dictionaries;
};

/* COUNT rows (VONK_BATCH_ROWS at most) of ARRAY, a record batch of the reader's schema. Once all its dictionaries have been read,
 * which reading no rows does, threads may do so at the same time. */
STATUS arrow_read_rows(struct vonk_task *task, struct vonk_arrow_reader *reader, const struct ArrowArray *array, int64_t first, uint32_t count,
                       struct vonk_owned_batch **out);

#endif
