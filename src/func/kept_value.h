/* kept_value.h: one value of any type in the state of an aggregate.
 *
 * Its bytes (column/value_bytes.h) lie in the state when there are at most sixteen, else on the arena of the states, in a piece that
 * is used again while it is large enough. Zero bytes: nothing kept. A kept value may be copied as bytes when the copy replaces it.
 */
#ifndef VONK_FUNC_KEPT_VALUE_H
#define VONK_FUNC_KEPT_VALUE_H

#include "expr/function.h"

enum { VONK_KEPT_INLINE = 16 };

struct vonk_kept {
  union {
    char inlined[VONK_KEPT_INLINE];
    struct {
      char *piece;
      size_t capacity;
    };
  };
  uint32_t size;
  bool set, null;
  bool outside;     /* the piece exists */
};

static inline const char *vonk_kept_bytes(const struct vonk_kept *kept) { return kept->outside ? kept->piece : kept->inlined; }

/* Keeps ROW of COLUMN, which may be null, instead of what is there. */
void vonk_kept_put(struct vonk_task *task, struct vonk_kept *kept, const struct vonk_column *column, uint32_t row);
void vonk_kept_put_bytes(struct vonk_task *task, struct vonk_kept *kept, const char *bytes, size_t size);
/* SQL order of ROW of COLUMN, valid, and the value that is kept, not null. */
STATUS vonk_kept_compare_row(struct vonk_frame *frame, const struct vonk_kept *kept, const struct vonk_column *column, uint32_t row, int *order);
int vonk_kept_compare(const struct vonk_type *type, const struct vonk_kept *a, const struct vonk_kept *b);
/* Result ROW of the frame; null when nothing is kept. */
STATUS vonk_kept_result(struct vonk_frame *frame, uint32_t row, const struct vonk_kept *kept);
/* The value at BYTES as result ROW. */
STATUS vonk_result_put_bytes(struct vonk_frame *frame, uint32_t row, const char *bytes);
STATUS vonk_result_put_null(struct vonk_frame *frame, uint32_t row);

/* For save and load: size of and bytes of KEPT, and back; they return the end. */
size_t vonk_kept_saved_size(const struct vonk_kept *kept);
char *vonk_kept_save(const struct vonk_kept *kept, char *to);
const char *vonk_kept_load(struct vonk_task *task, const char *from, struct vonk_kept *kept);

#endif
