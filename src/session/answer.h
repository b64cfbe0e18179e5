/* answer.h: the few rows that a command answers (SHOW, DESCRIBE, SET, EXPLAIN), made value by value on the statement's arena. */
#ifndef VONK_SESSION_ANSWER_H
#define VONK_SESSION_ANSWER_H

#include "base/array.h"
#include "column/batch.h"

struct vonk_answer {
  struct vonk_arena *arena;
  ARRAY_OF(struct vonk_type_field) columns;
  ARRAY_OF(const struct vonk_value *) rows; /* column_count values each */
};

void vonk_answer_column(struct vonk_answer *answer, const char *name, const struct vonk_type *type, bool nullable);
/* A column of texts with a comment in its metadata. */
void vonk_answer_described_column(struct vonk_answer *answer, const char *name, bool nullable, const char *comment);
/* A row of texts, one per column; data NULL is null. */
void vonk_answer_texts(struct vonk_answer *answer, const struct vonk_str *texts);
/* VALUES are copied, one per column. */
void vonk_answer_row(struct vonk_answer *answer, const struct vonk_value *values);

/* Rows of the answer, from number FIRST on, as a batch; row_count 0 behind the last. The batch's memory goes with ARENA. */
STATUS vonk_answer_batch(struct vonk_task *task, const struct vonk_answer *answer, size_t first, struct vonk_arena *arena, struct vonk_batch *out);

#endif
