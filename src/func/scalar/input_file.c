/* input_file.c: from which piece of a file a row was read. Only operators between a scan and the next that gathers rows know. */
#include "column/batch.h"
#include "func/bind_call.h"
#include "func/rows.h"

static const struct vonk_batch_file *file_of(const struct vonk_frame *frame) { return frame->batch ? frame->batch->file : NULL; }

static STATUS open_name(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct vonk_text *text = ARENA_NEW(task->arena, struct vonk_text);
  (void)expr;
  vonk_text_init(text, task->arena);
  *out = text;
  return VONK_OK;
}

static STATUS name_row(struct vonk_frame *frame, uint32_t row) {
  (void)row;
  return vonk_row_add_str(frame, vonk_text_str(frame->state));
}

static STATUS name(struct vonk_frame *frame) {
  const struct vonk_batch_file *file = file_of(frame);
  struct vonk_text *text = frame->state;
  text->size = 0;
  if (file) vonk_text_add_uri(text, file->path, STR("file://"));
  return vonk_rows_build(frame, name_row);
}

static STATUS start_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_long(frame, row, file_of(frame) ? (int64_t)file_of(frame)->start : -1);
  return VONK_OK;
}
static STATUS start(struct vonk_frame *frame) { return vonk_rows_each(frame, start_row); }

static STATUS length_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_long(frame, row, file_of(frame) ? (int64_t)file_of(frame)->length : -1);
  return VONK_OK;
}
static STATUS length(struct vonk_frame *frame) { return vonk_rows_each(frame, length_row); }

#define ROW(row_name, row_type, row_eval, ...)                                                                           \
  {.name = row_name, .signature = "() -> " row_type, .nulls = VONK_NULLS_NEVER, .eval = row_eval, .flags = VONK_FN_NONDETERMINISTIC, \
   .group = "misc_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_input_file[] = {
    ROW("input_file_name", "string", name, .open = open_name, .doc = "The file a row was read from, empty when that is not known.",
        .example = "SELECT input_file_name()"),
    ROW("input_file_block_start", "bigint", start, .doc = "Where the piece of the file begins that a row was read from, or -1.",
        .example = "SELECT input_file_block_start()"),
    ROW("input_file_block_length", "bigint", length, .doc = "The size of the piece of the file that a row was read from, or -1.",
        .example = "SELECT input_file_block_length()"),
    {0},
};
