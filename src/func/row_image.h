/* row_image.h: a row as the bytes in which Spark keeps it (UnsafeRow): what it deals rows out by depends on them.
 *
 * A bit for each null column in words of eight bytes, then eight bytes a column: a number, or (offset << 32 | size) of what
 * lies behind, padded to words. Arrays keep numbers in their own width.
 */
#ifndef VONK_FUNC_ROW_IMAGE_H
#define VONK_FUNC_ROW_IMAGE_H

#include "base/str.h"
#include "column/column.h"

/* Adds the image of ROW to TEXT. */
void vonk_row_image_add(struct vonk_text *text, const struct vonk_column *columns, uint32_t column_count, uint32_t row);
/* The image's size, on an average of a few of COLUMNS' rows 0..row_count-1. */
uint64_t vonk_row_image_average(struct vonk_task *task, const struct vonk_column *columns, uint32_t column_count, uint32_t row_count);
/* Spark's hash code of an image. */
int32_t vonk_row_image_hash(struct vonk_str image);

#endif
