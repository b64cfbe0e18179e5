/* checkpoint.h: rows that a session keeps under an id until it is told to let them go: DataFrame.checkpoint, localCheckpoint.
 *
 * Unlike cached results they are not computed again, so they are never dropped: they are charged to the session. Plans that read
 * one keep it as long as they live.
 */
#ifndef VONK_SESSION_CHECKPOINT_H
#define VONK_SESSION_CHECKPOINT_H

#include "column/stored_batches.h"
#include "session/query.h"

struct vonk_checkpoints;

struct vonk_checkpoint {
  const struct vonk_type *schema;
  struct vonk_stored_batches batches;
};

struct vonk_checkpoints *vonk_checkpoints_create(struct vonk_budget *budget);
/* No statement may read one any more. Takes NULL. */
void vonk_checkpoints_destroy(struct vonk_checkpoints *checkpoints);

/* Runs RESOLVED and keeps its rows; *ID lives on the statement's arena. */
STATUS vonk_checkpoint_make(struct vonk_statement *statement, struct vonk_relation *resolved, struct vonk_str *id);
/* Runs RESOLVED, whose rows are kept in INTO under ID from then on: behind those that are there already with APPEND, else in their place. */
STATUS vonk_checkpoint_put(struct vonk_statement *statement, struct vonk_checkpoints *into, struct vonk_str id, struct vonk_relation *resolved, bool append,
                           uint64_t *row_count);
/* The same without rows. */
void vonk_checkpoint_put_empty(struct vonk_checkpoints *into, struct vonk_str id, const struct vonk_type *schema);
/* Kept until the statement's arena goes; NULL when there is none. */
const struct vonk_checkpoint *vonk_checkpoint_find(struct vonk_statement *statement, struct vonk_str id);
void vonk_checkpoint_remove(struct vonk_statement *statement, struct vonk_str id);

#endif
