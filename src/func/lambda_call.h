/* lambda_call.h: runs a lambda of a call over elements of arrays and maps.
 *
 * A lambda is a program of its own: its inputs are its parameters and, behind the call's own arguments, what the lambdas of
 * the call use from around them (expr/lambda.h). It is compiled once a worker.
 */
#ifndef VONK_FUNC_LAMBDA_CALL_H
#define VONK_FUNC_LAMBDA_CALL_H

#include "expr/program.h"
#include "func/lists.h"

enum { VONK_LAMBDA_PARAMETERS_MAX = 3 };

struct vonk_lambda {
  struct vonk_arena *arena;          /* program, worker's small things */
  struct vonk_program_worker *worker;
  struct vonk_column *inputs;        /* parameters, then captures */
  uint32_t parameter_count, capture_count, first_capture;
  struct vonk_scratch scratch;       /* inputs and the flat result of the last eval */
  struct vonk_builder collected;     /* results of more than one batch */
  bool has_collected;
};

/* The lambda that is argument INDEX of the call EXPR. Close it also when open failed. */
STATUS vonk_lambda_open(struct vonk_task *task, const struct vonk_expr *expr, uint32_t index, struct vonk_lambda *out);
void vonk_lambda_close(struct vonk_lambda *lambda);

/* The body for COUNT (at most VONK_BATCH_ROWS) elements: PARAMETERS are columns of COUNT rows, element i belongs to row ROWS[i] of FRAME.
 * OUT is FLAT and valid until the next call. */
STATUS vonk_lambda_eval(struct vonk_frame *frame, struct vonk_lambda *lambda, const struct vonk_column *parameters, const uint32_t *rows,
                        uint32_t count, struct vonk_column *out);

/* Elements of all rows of a frame, in order. Parameter p of element i is row PLACES[p][i] of COLUMNS[p] (VONK_GATHER_NULL: null), or
 * the number PLACES[p][i] itself where the column is NULL. */
struct vonk_lambda_elements {
  uint32_t count;
  uint32_t *rows;
  uint32_t *places[VONK_LAMBDA_PARAMETERS_MAX];
  const struct vonk_column *columns[VONK_LAMBDA_PARAMETERS_MAX];
};
/* Room for COUNT elements on the frame's scratch. */
STATUS vonk_lambda_elements_init(struct vonk_frame *frame, uint32_t parameter_count, uint64_t count, struct vonk_lambda_elements *out);
/* The body for all of them; OUT has elements->count rows and lives until the next call. */
STATUS vonk_lambda_eval_all(struct vonk_frame *frame, struct vonk_lambda *lambda, const struct vonk_lambda_elements *elements,
                            struct vonk_column *out);

/* Live and not null: has ROW a list in argument INDEX? */
static inline bool vonk_lambda_row(const struct vonk_frame *frame, uint32_t index, uint32_t row) {
  bool live = !frame->live || (frame->live[row >> 6] >> (row & 63) & 1);
  return live && vonk_column_row_valid(&frame->arguments[index], row);
}
/* The entry of ROW in the first argument, which is a list; none where there is none to look at. */
static inline struct vonk_list vonk_lambda_list(const struct vonk_frame *frame, uint32_t row) {
  return vonk_lambda_row(frame, 0, row) ? vonk_list_at(&frame->arguments[0], row) : (struct vonk_list){0, 0};
}
/* Ends row ROW of a result that is a list where the first argument is. */
static inline STATUS vonk_lambda_end_row(struct vonk_frame *frame, uint32_t row) {
  return vonk_lambda_row(frame, 0, row) ? vonk_builder_end_list(frame->task, frame->builder) : vonk_builder_add_null(frame->task, frame->builder);
}
static inline bool vonk_lambda_true(const struct vonk_column *body, uint32_t row) { return vonk_column_row_valid(body, row) && vonk_read_bool(body, row); }

#endif
