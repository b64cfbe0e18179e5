/* lambda_array.c: transform, filter, exists, forall, aggregate, zip_with, array_sort with a comparator.
 *
 * Bodies run over the elements of all rows of a batch at once. Where an element decides whether the next one is looked at
 * (exists, forall, where the body may fail) or depends on it (aggregate), all rows go one element on at a time.
 */
#include "func/bind_call.h"
#include "func/lambda_call.h"
#include "func/lists.h"
#include "func/rows.h"
#include "kernel/gather.h"

/* --- state --- */

struct lambda_state {
  struct vonk_arena *arena;
  struct vonk_lambda lambda, finish;   /* finish: of aggregate */
  struct vonk_builder accumulators[2], done;
  struct vonk_scratch inputs;          /* of the next body */
  bool has_builders;
};

static void close_lambda(void *object) {
  struct lambda_state *state = object;
  vonk_lambda_close(&state->lambda);
  vonk_lambda_close(&state->finish);
  vonk_scratch_deinit(&state->inputs);
  if (state->has_builders) {
    vonk_builder_deinit(&state->accumulators[0]);
    vonk_builder_deinit(&state->accumulators[1]);
    vonk_builder_deinit(&state->done);
  }
  vonk_arena_destroy(state->arena);
}

static STATUS open_at(struct vonk_task *task, const struct vonk_expr *expr, uint32_t index, void **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct lambda_state *state = ARENA_NEW(arena, struct lambda_state);
  state->arena = arena;
  *out = state;
  return vonk_lambda_open(task, expr, index, &state->lambda);
}
static STATUS open_second(struct vonk_task *task, const struct vonk_expr *expr, void **out) { return open_at(task, expr, 1, out); }
static STATUS open_third(struct vonk_task *task, const struct vonk_expr *expr, void **out) { return open_at(task, expr, 2, out); }

static STATUS open_aggregate(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  TRY(open_at(task, expr, 2, out));
  struct lambda_state *state = *out;
  TRY(vonk_lambda_open(task, expr, 3, &state->finish));
  const struct vonk_type *type = EXPR_AS(expr, call)->arguments.items[1]->type;
  TRY(vonk_builder_init(task, &state->accumulators[0], type));
  TRY(vonk_builder_init(task, &state->accumulators[1], type));
  TRY(vonk_builder_init(task, &state->done, type));
  state->has_builders = true;
  return VONK_OK;
}

/* --- all elements at once --- */

/* The body for each element of the first argument and its place. */
static STATUS eval_elements(struct vonk_frame *frame, struct vonk_lambda_elements *elements, struct vonk_column *body) {
  struct lambda_state *state = frame->state;
  uint64_t count = 0;
  for (uint32_t row = 0; row < frame->row_count; row++) count += vonk_lambda_list(frame, row).length;
  TRY(vonk_lambda_elements_init(frame, 2, count, elements));
  elements->columns[0] = &frame->arguments[0].children[0];
  for (uint32_t row = 0; row < frame->row_count; row++) {
    struct vonk_list list = vonk_lambda_list(frame, row);
    for (uint32_t i = 0; i < list.length; i++) {
      elements->rows[elements->count] = row;
      elements->places[0][elements->count] = list.offset + i;
      elements->places[1][elements->count++] = i;
    }
  }
  return vonk_lambda_eval_all(frame, &state->lambda, elements, body);
}

static STATUS transform(struct vonk_frame *frame) {
  struct vonk_lambda_elements elements;
  struct vonk_column body;
  TRY(eval_elements(frame, &elements, &body));
  uint32_t at = 0;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    for (uint32_t stop = at + vonk_lambda_list(frame, row).length; at < stop; at++) {
      TRY(vonk_builder_add_row(frame->task, &frame->builder->children[0], &body, at));
    }
    TRY(vonk_lambda_end_row(frame, row));
  }
  return VONK_OK;
}

static STATUS filter(struct vonk_frame *frame) {
  struct vonk_lambda_elements elements;
  struct vonk_column body;
  TRY(eval_elements(frame, &elements, &body));
  uint32_t at = 0;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    for (uint32_t stop = at + vonk_lambda_list(frame, row).length; at < stop; at++) {
      if (!vonk_lambda_true(&body, at)) continue;
      TRY(vonk_builder_add_row(frame->task, &frame->builder->children[0], elements.columns[0], elements.places[0][at]));
    }
    TRY(vonk_lambda_end_row(frame, row));
  }
  return VONK_OK;
}

static STATUS zip_with(struct vonk_frame *frame) {
  struct lambda_state *state = frame->state;
  struct vonk_lambda_elements elements;
  struct vonk_column body, nothing[2];
  uint64_t count = 0;
  uint32_t *lengths, at = 0;
  void *memory;
  TRY(vonk_scratch_take(frame->task, frame->scratch, sizeof *lengths * frame->row_count, &memory));
  lengths = memory;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    bool both = vonk_lambda_row(frame, 0, row) && vonk_lambda_row(frame, 1, row);
    uint32_t a = both ? vonk_list_at(&frame->arguments[0], row).length : 0, b = both ? vonk_list_at(&frame->arguments[1], row).length : 0;
    count += lengths[row] = a > b ? a : b;
  }
  TRY(vonk_lambda_elements_init(frame, 2, count, &elements));
  for (uint32_t side = 0; side < 2; side++) {
    const struct vonk_column *lists = &frame->arguments[side];
    struct vonk_value null = vonk_value_null(lists->type->element);
    nothing[side] = vonk_column_const(frame->task->arena, &null);
    elements.columns[side] = lists->child_count ? &lists->children[0] : &nothing[side];
  }
  for (uint32_t row = 0; row < frame->row_count; row++) {
    for (uint32_t i = 0; i < lengths[row]; i++) {
      for (uint32_t side = 0; side < 2; side++) {
        struct vonk_list list = vonk_list_at(&frame->arguments[side], row);
        elements.places[side][elements.count] = i < list.length ? list.offset + i : VONK_GATHER_NULL;
      }
      elements.rows[elements.count++] = row;
    }
  }
  TRY(vonk_lambda_eval_all(frame, &state->lambda, &elements, &body));
  for (uint32_t row = 0; row < frame->row_count; row++) {
    for (uint32_t stop = at + lengths[row]; at < stop; at++) TRY(vonk_builder_add_row(frame->task, &frame->builder->children[0], &body, at));
    if (vonk_lambda_row(frame, 1, row)) TRY(vonk_lambda_end_row(frame, row));
    else TRY(vonk_row_add_null(frame));
  }
  return VONK_OK;
}

/* --- one element of each row at a time --- */

/* Rows that have an element at place STEP, from the COUNT rows of ROWS; returns their number. PLACES: where it is. */
static uint32_t rows_with(const struct vonk_frame *frame, uint32_t *rows, uint32_t count, uint32_t step, uint32_t *places) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_list list = vonk_list_at(&frame->arguments[0], rows[i]);
    if (step >= list.length) continue;
    places[kept] = list.offset + step;
    rows[kept++] = rows[i];
  }
  return kept;
}

static uint32_t valid_rows(const struct vonk_frame *frame, uint32_t *rows) {
  uint32_t count = 0;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (vonk_lambda_row(frame, 0, row)) rows[count++] = row;
  }
  return count;
}

/* The answer is DECISIVE as soon as one body is, else null when one is null, else not DECISIVE. */
static STATUS decide(struct vonk_frame *frame, bool decisive) {
  struct lambda_state *state = frame->state;
  uint32_t rows[VONK_BATCH_ROWS], places[VONK_BATCH_ROWS];
  KERNEL_ASSERT(frame->row_count <= VONK_BATCH_ROWS);
  for (uint32_t row = 0; row < frame->row_count; row++) {
    vonk_row_put_bool(frame, row, !decisive);
    if (!vonk_lambda_row(frame, 0, row)) vonk_row_put_null(frame, row);
  }
  uint32_t count = valid_rows(frame, rows);
  for (uint32_t step = 0; (count = rows_with(frame, rows, count, step, places)) > 0; step++) {
    struct vonk_column element, body;
    uint32_t kept = 0;
    TRY(vonk_task_check(frame->task));
    vonk_scratch_reset(&state->inputs);
    TRY(vonk_column_gather(frame->task, &state->inputs, &frame->arguments[0].children[0], places, count, &element));
    TRY(vonk_lambda_eval(frame, &state->lambda, &element, rows, count, &body));
    for (uint32_t i = 0; i < count; i++) {
      bool null = !vonk_column_row_valid(&body, i), decided = !null && vonk_read_bool(&body, i) == decisive;
      if (null) vonk_row_put_null(frame, rows[i]);
      if (!decided) {
        rows[kept++] = rows[i];
        continue;
      }
      vonk_row_put_bool(frame, rows[i], decisive);
      vonk_bits_set(frame->valid, rows[i]);
    }
    count = kept;
  }
  return VONK_OK;
}
static STATUS exists(struct vonk_frame *frame) { return decide(frame, true); }
static STATUS forall(struct vonk_frame *frame) { return decide(frame, false); }

/* Accumulators of rows whose elements are used up move to `done`; INDEX[row] is their place there. */
static STATUS retire(struct vonk_frame *frame, const struct vonk_column *accumulators, const uint32_t *rows, uint32_t count, uint32_t step,
                     uint32_t *index) {
  struct lambda_state *state = frame->state;
  for (uint32_t i = 0; i < count; i++) {
    if (vonk_list_at(&frame->arguments[0], rows[i]).length > step) continue;
    index[rows[i]] = state->done.row_count;
    TRY(vonk_builder_add_row(frame->task, &state->done, accumulators, i));
  }
  return VONK_OK;
}

/* Folds the lists of all rows; the final accumulators are in `done`. */
static STATUS fold(struct vonk_frame *frame, uint32_t *index) {
  struct lambda_state *state = frame->state;
  uint32_t rows[VONK_BATCH_ROWS], before[VONK_BATCH_ROWS], places[VONK_BATCH_ROWS], kept[VONK_BATCH_ROWS];
  struct vonk_column current, inputs[2], body;
  uint32_t count = valid_rows(frame, rows);
  vonk_scratch_reset(&state->inputs);
  TRY(vonk_column_gather(frame->task, &state->inputs, &frame->arguments[1], rows, count, &current));
  for (uint32_t step = 0;; step++) {
    TRY(vonk_task_check(frame->task));
    TRY(retire(frame, &current, rows, count, step, index));
    uint32_t live = 0;
    for (uint32_t i = 0; i < count; i++) {
      if (vonk_list_at(&frame->arguments[0], rows[i]).length > step) kept[live++] = i;
    }
    memcpy(before, rows, count * sizeof *rows);
    count = rows_with(frame, rows, count, step, places);
    if (count == 0) return VONK_OK;
    vonk_scratch_reset(&state->inputs);
    TRY(vonk_column_gather(frame->task, &state->inputs, &current, kept, count, &inputs[0]));
    TRY(vonk_column_gather(frame->task, &state->inputs, &frame->arguments[0].children[0], places, count, &inputs[1]));
    TRY(vonk_lambda_eval(frame, &state->lambda, inputs, rows, count, &body));
    struct vonk_builder *next = &state->accumulators[step & 1];
    vonk_builder_reset(next);
    for (uint32_t i = 0; i < count; i++) TRY(vonk_builder_add_row(frame->task, next, &body, i));
    TRY(vonk_builder_finish(frame->task, next, &current));
  }
}

static STATUS put_row(struct vonk_frame *frame, const struct vonk_column *from, uint32_t index, uint32_t row) {
  if (frame->builder) return vonk_builder_add_row(frame->task, frame->builder, from, index);
  if (!vonk_column_row_valid(from, index)) vonk_row_put_null(frame, row);
  else if (frame->data) vonk_list_copy_fixed(from, index, frame->data, vonk_physical_of(frame->expr->type), row);
  return VONK_OK;
}

static STATUS aggregate(struct vonk_frame *frame) {
  struct lambda_state *state = frame->state;
  uint32_t index[VONK_BATCH_ROWS], rows[VONK_BATCH_ROWS];
  struct vonk_column done, result = {0};
  vonk_builder_reset(&state->done);
  TRY(fold(frame, index));
  TRY(vonk_builder_finish(frame->task, &state->done, &done));
  uint32_t count = 0;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (vonk_lambda_row(frame, 0, row)) rows[index[row]] = row, count++;
  }
  if (count) TRY(vonk_lambda_eval(frame, &state->finish, &done, rows, count, &result));
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (vonk_lambda_row(frame, 0, row)) TRY(put_row(frame, &result, index[row], row));
    else if (frame->builder) TRY(vonk_row_add_null(frame));
    else if (frame->valid) vonk_row_put_null(frame, row);
  }
  return VONK_OK;
}

/* --- sorting --- */

/* A merge sort of one row's elements that stops where it needs a comparison: all rows ask theirs in one batch. */
struct sort {
  uint32_t *from, *to;                 /* places of elements */
  uint32_t row, length, width, left, right, middle, end, out;
};

/* To the next comparison of from[left] and from[right]; false when all is sorted in `from`. */
static bool next_comparison(struct sort *s) {
  while (s->width < s->length) {
    if (s->left < s->middle && s->right < s->end) return true;
    while (s->left < s->middle) s->to[s->out++] = s->from[s->left++];
    while (s->right < s->end) s->to[s->out++] = s->from[s->right++];
    if (s->end == s->length) {
      uint32_t *swap = s->from;
      s->from = s->to;
      s->to = swap;
      s->width *= 2;
      s->out = s->end = 0;
    }
    s->left = s->end;
    s->middle = s->left + s->width < s->length ? s->left + s->width : s->length;
    s->end = s->middle + s->width < s->length ? s->middle + s->width : s->length;
    s->right = s->middle;
  }
  return false;
}

static STATUS start_sorts(struct vonk_frame *frame, struct sort *sorts, uint32_t *out) {
  uint32_t count = 0;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    struct vonk_list list = vonk_lambda_list(frame, row);
    void *memory;
    if (!vonk_lambda_row(frame, 0, row)) continue;
    TRY(vonk_scratch_take(frame->task, frame->scratch, sizeof(uint32_t) * 2 * ((size_t)list.length + 1), &memory));
    struct sort s = {.from = memory, .to = (uint32_t *)memory + list.length, .row = row, .length = list.length, .width = 1};
    s.middle = s.right = list.length > 1 ? 1 : list.length;
    s.end = list.length > 2 ? 2 : list.length;
    for (uint32_t i = 0; i < list.length; i++) s.from[i] = list.offset + i;
    sorts[count++] = s;
  }
  *out = count;
  return VONK_OK;
}

static STATUS null_comparison(struct vonk_frame *frame, const struct sort *s) {
  const struct vonk_column *elements = &frame->arguments[0].children[0];
  struct vonk_str shown[2];
  for (uint32_t side = 0; side < 2; side++) {
    struct vonk_value value = vonk_column_get(elements, s->from[side ? s->right : s->left], frame->task->arena);
    shown[side] = value.is_null ? STR("null") : vonk_value_sql(frame->task->arena, &value);
  }
  return vonk_raise(frame->task, VONK_COMPARATOR_RETURNS_NULL, frame->expr->node.origin, "firstValue", shown[0], "secondValue", shown[1], NULL);
}

static STATUS compare_once(struct vonk_frame *frame, struct sort *const *waiting, uint32_t count) {
  struct lambda_state *state = frame->state;
  const struct vonk_column *elements = &frame->arguments[0].children[0];
  uint32_t places[2][VONK_BATCH_ROWS], rows[VONK_BATCH_ROWS];
  struct vonk_column inputs[2], body;
  for (uint32_t i = 0; i < count; i++) {
    places[0][i] = waiting[i]->from[waiting[i]->left];
    places[1][i] = waiting[i]->from[waiting[i]->right];
    rows[i] = waiting[i]->row;
  }
  vonk_scratch_reset(&state->inputs);
  for (uint32_t side = 0; side < 2; side++) {
    TRY(vonk_column_gather(frame->task, &state->inputs, elements, places[side], count, &inputs[side]));
  }
  TRY(vonk_lambda_eval(frame, &state->lambda, inputs, rows, count, &body));
  for (uint32_t i = 0; i < count; i++) {
    struct sort *s = waiting[i];
    if (!vonk_column_row_valid(&body, i)) return null_comparison(frame, s);
    bool take_right = vonk_read_int(&body, i) > 0;
    s->to[s->out++] = s->from[take_right ? s->right++ : s->left++];
  }
  return VONK_OK;
}

static STATUS sort_with(struct vonk_frame *frame) {
  struct sort *sorts, *waiting[VONK_BATCH_ROWS];
  uint32_t count, at = 0;
  void *memory;
  TRY(vonk_scratch_take(frame->task, frame->scratch, sizeof *sorts * frame->row_count, &memory));
  sorts = memory;
  TRY(start_sorts(frame, sorts, &count));
  for (;;) {
    uint32_t asking = 0;
    for (uint32_t i = 0; i < count; i++) {
      if (next_comparison(&sorts[i])) waiting[asking++] = &sorts[i];
    }
    if (!asking) break;
    TRY(vonk_task_check(frame->task));
    TRY(compare_once(frame, waiting, asking));
  }
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (vonk_lambda_row(frame, 0, row)) {
      for (uint32_t i = 0; i < sorts[at].length; i++) {
        TRY(vonk_builder_add_row(frame->task, &frame->builder->children[0], &frame->arguments[0].children[0], sorts[at].from[i]));
      }
      at++;
    }
    TRY(vonk_lambda_end_row(frame, row));
  }
  return VONK_OK;
}

/* Nulls last. */
static STATUS sort_plain(struct vonk_frame *frame) {
  const struct vonk_column *elements = &frame->arguments[0].children[0];
  for (uint32_t row = 0; row < frame->row_count; row++) {
    struct vonk_list list = vonk_lambda_list(frame, row);
    void *memory;
    TRY(vonk_scratch_take(frame->task, frame->scratch, sizeof(uint32_t) * list.length, &memory));
    uint32_t *places = memory;
    for (uint32_t i = 0; i < list.length; i++) places[i] = list.offset + i;
    vonk_list_sort(elements, places, list.length, false, true);
    for (uint32_t i = 0; i < list.length; i++) TRY(vonk_builder_add_row(frame->task, &frame->builder->children[0], elements, places[i]));
    TRY(vonk_lambda_end_row(frame, row));
  }
  return VONK_OK;
}
static STATUS array_sort(struct vonk_frame *frame) { return frame->state ? sort_with(frame) : sort_plain(frame); }

static STATUS open_sort(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  return EXPR_AS(expr, call)->arguments.count > 1 ? open_second(task, expr, out) : VONK_OK;
}

/* --- binding --- */

static const struct vonk_expr *body_of(const struct vonk_bind_call *call, uint32_t index) {
  return EXPR_AS(call->arguments.items[index], lambda)->body;
}

static STATUS bind_transform(struct vonk_bind_call *call) {
  const struct vonk_expr *body = body_of(call, 1);
  call->expr->type = vonk_type_array(call->task->arena, body->type, body->nullable);
  call->expr->nullable = call->arguments.items[0]->nullable;
  return VONK_OK;
}

static STATUS bind_condition(struct vonk_bind_call *call) {
  const struct vonk_type *type = body_of(call, 1)->type;
  if (type->id != VONK_TYPE_BOOLEAN && type->id != VONK_TYPE_VOID) return vonk_bind_unexpected(call, 1, "\"BOOLEAN\"");
  return VONK_OK;
}

static STATUS bind_exists(struct vonk_bind_call *call) {
  call->expr->nullable = call->arguments.items[0]->nullable || body_of(call, 1)->nullable;
  return bind_condition(call);
}

static STATUS bind_filter(struct vonk_bind_call *call) {
  call->expr->type = call->arguments.items[0]->type;
  call->expr->nullable = call->arguments.items[0]->nullable;
  return bind_condition(call);
}

static STATUS bind_aggregate(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *start = call->arguments.items[1]->type;
  if (!vonk_type_same(body_of(call, 2)->type, start)) {
    return vonk_bind_unexpected(call, 2, vonk_str_copy(arena, vonk_bind_quote_type(arena, start)).data);
  }
  call->expr->type = body_of(call, 3)->type;
  return VONK_OK;
}

static STATUS bind_zip(struct vonk_bind_call *call) {
  const struct vonk_expr *body = body_of(call, 2);
  call->expr->type = vonk_type_array(call->task->arena, body->type, body->nullable);
  call->expr->nullable = call->arguments.items[0]->nullable || call->arguments.items[1]->nullable;
  return VONK_OK;
}

static STATUS bind_sort(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  call->expr->type = call->arguments.items[0]->type;
  call->expr->nullable = call->arguments.items[0]->nullable;
  if (call->arguments.count == 1) return vonk_bind_orderable(call, 0);
  const struct vonk_type *type = body_of(call, 1)->type;
  call->expr->raises = true;
  if (type->id == VONK_TYPE_INT) return VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__UNEXPECTED_RETURN_TYPE, call->expr->node.origin, "sqlExpr",
                    vonk_bind_quote_expr(arena, call->expr), "functionName", STR("`lambdafunction`"), "expectedType", STR("\"INT\""), "actualType",
                    vonk_bind_quote_type(arena, type), NULL);
}

#define ROW(row_name, row_signature, row_eval, row_open, row_bind, ...)                                                  \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_CUSTOM, .eval = row_eval, .open = row_open,         \
   .close = close_lambda, .bind = row_bind, .group = "lambda_funcs", __VA_ARGS__}
#define FOLD "(array<T>, any, lambda2, lambda1) -> bind"

const struct vonk_function vonk_functions_lambda_array[] = {
    ROW("transform", "(array<T>, lambda1) -> bind", transform, open_second, bind_transform,
        .doc = "An array of what a lambda makes of each element, or of each element and its place from 0.",
        .example = "SELECT transform(array(1, 2, 3), x -> x * 10)"),
    ROW("filter", "(array<T>, lambda1) -> bind", filter, open_second, bind_filter,
        .doc = "The elements for which a lambda is true; it may take the place from 0 as well.",
        .example = "SELECT filter(array(1, NULL, 3), x -> x IS NOT NULL)"),
    ROW("exists", "(array<T>, lambda1) -> boolean", exists, open_second, bind_exists,
        .doc = "True when a lambda is true for at least one element.", .example = "SELECT exists(array(1, 2, 3), x -> x % 2 = 0)"),
    ROW("forall", "(array<T>, lambda1) -> boolean", forall, open_second, bind_exists, .doc = "True when a lambda is true for every element.",
        .example = "SELECT forall(array(1, 2, 3), x -> x > 0)"),
    ROW("aggregate", FOLD, aggregate, open_aggregate, bind_aggregate,
        .doc = "Folds an array: a start value, a lambda that takes what was reached and an element, and perhaps one for the end.",
        .example = "SELECT aggregate(array(1, 2, 3), 0, (sum, x) -> sum + x, sum -> sum * 10)"),
    ROW("reduce", FOLD, aggregate, open_aggregate, bind_aggregate, .doc = "The same as aggregate.",
        .example = "SELECT reduce(array(1, 2, 3), 0, (sum, x) -> sum + x)"),
    ROW("zip_with", "(array<T>, array<V>, lambda2) -> bind", zip_with, open_third, bind_zip,
        .doc = "What a lambda makes of the elements of two arrays at the same place; the shorter one goes on with nulls.",
        .example = "SELECT zip_with(array(1, 2), array('a', 'b', 'c'), (x, y) -> concat(x, y))"),
    ROW("array_sort", "(array<T>, [lambda2]) -> bind", array_sort, open_sort, bind_sort,
        .shown = "array_sort($1, lambdafunction((IF(((namedlambdavariable() IS NULL) AND (namedlambdavariable() IS NULL)), 0, "
                 "(IF((namedlambdavariable() IS NULL), 1, (IF((namedlambdavariable() IS NULL), -1, "
                 "(IF((namedlambdavariable() < namedlambdavariable()), -1, (IF((namedlambdavariable() > namedlambdavariable()), 1, "
                 "0)))))))))), namedlambdavariable(), namedlambdavariable()))",
        .doc = "The array sorted, nulls last, or by a lambda that compares two elements with a negative number, 0 or a positive one.",
        .example = "SELECT array_sort(array(3, 1, NULL, 2))"),
    {0},
};
