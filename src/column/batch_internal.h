/* batch_internal.h: making batches that own their memory. */
#ifndef VONK_COLUMN_BATCH_INTERNAL_H
#define VONK_COLUMN_BATCH_INTERNAL_H

#include "column/batch.h"

/* Empty; its arena is charged to the task's budget. */
struct vonk_owned_batch *vonk_owned_batch_create(struct vonk_task *task);
/* SIZE undefined bytes that live as long as the batch. */
STATUS vonk_owned_batch_buffer(struct vonk_task *task, struct vonk_owned_batch *owned, size_t size, void **data);
/* Room for COUNT values of SIZE bytes, in whole words of 64 rows; the rows behind COUNT are zero. */
STATUS vonk_owned_batch_values(struct vonk_task *task, struct vonk_owned_batch *owned, size_t count, size_t size, void **data);
/* Take over one reference. */
void vonk_owned_batch_keep_buffer(struct vonk_owned_batch *owned, struct vonk_buffer *buffer);
void vonk_owned_batch_keep(struct vonk_owned_batch *owned, struct vonk_dictionary *dictionary);

#endif
