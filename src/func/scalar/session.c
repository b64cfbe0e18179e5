/* session.c: what a query knows of itself: types, the catalog, the user, partitions; and errors of the user's own. */
#include "column/batch.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/rows.h"
#include "vonk_version.h"

/* --- texts that are known when a call is bound --- */

static STATUS text_row(struct vonk_frame *frame, uint32_t row) {
  (void)row;
  return vonk_row_add_str(frame, *(const struct vonk_str *)EXPR_AS(frame->expr, call)->data);
}
static STATUS text_eval(struct vonk_frame *frame) { return vonk_rows_build(frame, text_row); }

static STATUS set_text(struct vonk_bind_call *call, struct vonk_str text) {
  struct vonk_str *kept = ARENA_NEW(call->task->arena, struct vonk_str);
  *kept = text;
  EXPR_AS(call->expr, call)->data = kept;
  call->expr->nullable = false;
  return VONK_OK;
}
static STATUS bind_typeof(struct vonk_bind_call *call) {
  return set_text(call, vonk_type_simple_string(call->task->arena, call->arguments.items[0]->type));
}
static STATUS bind_version(struct vonk_bind_call *call) { return set_text(call, STR(VONK_SPARK_VERSION " vonk")); }

/* The binder puts a literal in place of these: see bind/fold.c. */
static STATUS folded(struct vonk_frame *frame) { return vonk_unsupported(frame->task, frame->expr->node.origin, "the session's names here"); }

/* --- partitions --- */

struct count_state {
  uint32_t partition;
  int64_t count;
};

static STATUS open_count(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct count_state *state = ARENA_NEW(task->arena, struct count_state);
  (void)expr;
  state->partition = UINT32_MAX;
  *out = state;
  return VONK_OK;
}

/* The partition's number above 33 bits that count its rows. */
static STATUS monotonic_id(struct vonk_frame *frame) {
  struct count_state *state = frame->state;
  uint32_t partition = frame->batch ? frame->batch->partition : 0;
  if (state->partition != partition) *state = (struct count_state){.partition = partition};
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (vonk_bits_get(frame->live, row)) vonk_row_put_long(frame, row, ((int64_t)partition << 33) + state->count++);
  }
  return VONK_OK;
}

static STATUS partition_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_int(frame, row, frame->batch ? (int32_t)frame->batch->partition : 0);
  return VONK_OK;
}
static STATUS partition_id(struct vonk_frame *frame) { return vonk_rows_each(frame, partition_row); }

/* --- errors --- */

static STATUS raise_user(struct vonk_frame *frame, struct vonk_str message) {
  return vonk_raise(frame->task, VONK_USER_RAISED_EXCEPTION, frame->expr->node.origin, "errorMessage", message, NULL);
}

static STATUS raise_error(struct vonk_frame *frame) {
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    return raise_user(frame, vonk_row_valid(frame, 0, row) ? vonk_row_str(frame, 0, row) : STR("null"));
  }
  return VONK_OK;
}

static STATUS assert_true(struct vonk_frame *frame) {
  for (uint32_t row = 0; row < frame->row_count; row++) {
    bool holds = !vonk_bits_get(frame->live, row) || (vonk_row_valid(frame, 0, row) && vonk_row_bool(frame, 0, row));
    if (!holds) return raise_user(frame, vonk_row_valid(frame, 1, row) ? vonk_row_str(frame, 1, row) : STR("null"));
  }
  return VONK_OK;
}

static STATUS bind_raise(struct vonk_bind_call *call) {
  call->expr->raises = true;
  return VONK_OK;
}

/* Without a message: 'condition' is not true! */
static STATUS bind_assert(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  call->expr->raises = true;
  call->expr->nullable = true; /* it has the type VOID */
  if (call->arguments.count > 1) return VONK_OK;
  struct vonk_value value = vonk_value_text(&vonk_type_string, (struct vonk_str){0});
  value.text = vonk_str_format(arena, "'" STR_FMT "' is not true!", STR_ARG(vonk_expr_sql(arena, call->arguments.items[0])));
  struct vonk_expr **items = ARENA_ARRAY(arena, struct vonk_expr *, 2);
  items[0] = call->arguments.items[0];
  items[1] = vonk_expr_literal_of(arena, &value, call->expr->node.origin);
  call->arguments = (struct vonk_exprs){items, 2};
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, ...)                                                                      \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_NEVER, .eval = row_eval, .group = "misc_funcs", __VA_ARGS__}
#define NAME(row_name, ...) ROW(row_name, "() -> string", folded, .flags = VONK_FN_FOLD_ONCE, __VA_ARGS__)

const struct vonk_function vonk_functions_session[] = {
    ROW("typeof", "(any) -> string", text_eval, .bind = bind_typeof, .doc = "The type of the argument as text.", .example = "SELECT typeof(array(1.5))"),
    ROW("version", "() -> string", text_eval, .bind = bind_version, .doc = "The version of Spark whose answers are given, and the engine's name.",
        .example = "SELECT startswith(version(), '4.2')"),
    NAME("current_catalog", .doc = "The catalog in use.", .example = "SELECT current_catalog()"),
    NAME("current_database", .shown = "current_schema", .doc = "The database in use.", .example = "SELECT current_database()"),
    NAME("current_schema", .doc = "The same as current_database.", .example = "SELECT current_schema()"),
    NAME("current_path", .doc = "Where names without a schema are looked up.", .example = "SELECT current_path()"),
    NAME("current_user", .doc = "The name of the user.", .example = "SELECT current_user() = user()"),
    NAME("user", .doc = "The same as current_user.", .example = "SELECT length(user()) > 0"),
    NAME("session_user", .doc = "The same as current_user.", .example = "SELECT session_user() = user()"),
    ROW("monotonically_increasing_id", "() -> bigint", monotonic_id, .open = open_count, .flags = VONK_FN_NONDETERMINISTIC | VONK_FN_ONE_TASK,
        .doc = "A number that grows from row to row, with gaps between partitions.", .example = "SELECT monotonically_increasing_id()"),
    ROW("spark_partition_id", "() -> int", partition_id, .shown = "SPARK_PARTITION_ID", .flags = VONK_FN_NONDETERMINISTIC | VONK_FN_PARTITION,
        .doc = "Number of the partition a row is in.", .example = "SELECT spark_partition_id()"),
    ROW("raise_error", "(string) -> void", raise_error, .bind = bind_raise, .shown = "raise_error(USER_RAISED_EXCEPTION, map(errorMessage, $1))",
        .flags = VONK_FN_NONDETERMINISTIC, .doc = "Fails with a message.", .example = "SELECT raise_error('the bridge is open')"),
    ROW("assert_true", "(boolean, [string]) -> void", assert_true, .bind = bind_assert, .flags = VONK_FN_NONDETERMINISTIC,
        .doc = "Fails, perhaps with a message, unless the condition is true.", .example = "SELECT assert_true(1 < 2)"),
    {0},
};
