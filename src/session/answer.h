/* answer.h: the few rows that a command answers (SHOW, DESCRIBE, SET, EXPLAIN), made value by value on the statement's arena. */
#ifndef VONK_SESSION_ANSWER_H
#define VONK_SESSION_ANSWER_H

#include "base/array.h"
#include "type/value.h"

struct vonk_answer {
  struct vonk_arena *arena;
  ARRAY_OF(struct vonk_type_field) columns;
  ARRAY_OF(const struct vonk_value *) rows; /* column_count values each */
};

void vonk_answer_column(struct vonk_answer *answer, const char *name, const struct vonk_type *type, bool nullable);
/* A row of texts, one per column; data NULL is null. */
void vonk_answer_texts(struct vonk_answer *answer, const struct vonk_str *texts);
/* VALUES are copied, one per column. */
void vonk_answer_row(struct vonk_answer *answer, const struct vonk_value *values);

#endif
