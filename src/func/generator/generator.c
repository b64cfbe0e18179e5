/* generator.c: explode, posexplode, inline, stack: a value is a list of structs, one for each row that is made.
 *
 * The lists of the argument are used as they are: only the struct around their elements is new.
 */
#include "func/bind_call.h"
#include "func/coercion.h"
#include "func/constant.h"
#include "func/lists.h"
#include "func/rows.h"
#include "kernel/gather.h"

/* The argument with other fields: CHILDREN are as many columns as the row has, over all elements. */
static STATUS put_lists(struct vonk_frame *frame, struct vonk_column *children) {
  const struct vonk_column *lists = &frame->arguments[0];
  void *memory;
  TRY(vonk_scratch_take(frame->task, frame->scratch, sizeof(struct vonk_column), &memory));
  struct vonk_column *record = memory;
  *record = (struct vonk_column){.type = frame->expr->type->element, .physical = VONK_PHYSICAL_STRUCT, .children = children};
  *frame->result = *lists;
  frame->result->type = frame->expr->type;
  frame->result->children = record;
  return VONK_OK;
}

static STATUS take_columns(struct vonk_frame *frame, uint32_t count, struct vonk_column **out) {
  void *memory;
  TRY(vonk_scratch_take(frame->task, frame->scratch, sizeof(struct vonk_column) * count, &memory));
  *out = memory;
  return VONK_OK;
}

static STATUS explode(struct vonk_frame *frame) {
  uint32_t count = vonk_type_child_count(frame->arguments[0].type);
  struct vonk_column *children;
  TRY(take_columns(frame, count, &children));
  memcpy(children, frame->arguments[0].children, sizeof *children * count);
  return put_lists(frame, children);
}

/* The place from 0 of each element in its list. */
static STATUS posexplode(struct vonk_frame *frame) {
  const struct vonk_column *lists = &frame->arguments[0];
  uint32_t count = vonk_type_child_count(lists->type);
  struct vonk_column *children;
  void *memory;
  TRY(take_columns(frame, count + 1, &children));
  TRY(vonk_scratch_take_rows(frame->task, frame->scratch, lists->child_count, sizeof(int32_t), &memory));
  memset(memory, 0, lists->child_count * sizeof(int32_t));
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row) || !vonk_column_row_valid(lists, row)) continue;
    struct vonk_list list = vonk_list_at(lists, row);
    for (uint32_t i = 0; i < list.length; i++) ((int32_t *)memory)[list.offset + i] = (int32_t)i;
  }
  children[0] = (struct vonk_column){.type = &vonk_type_int, .physical = VONK_PHYSICAL_I32, .data = memory};
  memcpy(children + 1, lists->children, sizeof *children * count);
  return put_lists(frame, children);
}

/* A struct that is null gives a row of nulls. */
static STATUS inline_structs(struct vonk_frame *frame) {
  const struct vonk_column *lists = &frame->arguments[0], *structs = &lists->children[0];
  uint32_t count = structs->type->field_count, rows = lists->child_count;
  struct vonk_column *children, flat;
  TRY(vonk_column_flatten(frame->task, frame->scratch, structs, rows, &flat));
  TRY(take_columns(frame, count, &children));
  memcpy(children, flat.children, sizeof *children * count);
  for (uint32_t i = 0; i < count && flat.valid; i++) {
    void *valid;
    if (children[i].encoding == VONK_CONST) TRY(vonk_column_flatten(frame->task, frame->scratch, &children[i], rows, &children[i]));
    TRY(vonk_scratch_take_rows(frame->task, frame->scratch, rows, 0, &valid));
    vonk_bits_and(flat.valid, children[i].valid, rows, valid);
    children[i].valid = valid;
  }
  return put_lists(frame, children);
}

static STATUS stack_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_builder *records = &frame->builder->children[0];
  uint32_t fields = records->child_count, given = frame->argument_count - 1;
  uint32_t rows = *(const uint32_t *)EXPR_AS(frame->expr, call)->data;
  for (uint32_t i = 0; i < rows * fields; i++) {
    struct vonk_builder *to = &records->children[i % fields];
    TRY(i < given ? vonk_builder_add_row(frame->task, to, &frame->arguments[i + 1], row) : vonk_builder_add_null(frame->task, to));
    if (i % fields == fields - 1) TRY(vonk_builder_end_struct(frame->task, records));
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}
static STATUS stack(struct vonk_frame *frame) { return vonk_rows_build(frame, stack_row); }

/* --- binding --- */

static void set_rows(struct vonk_bind_call *call, const struct vonk_type_field *fields, uint32_t count) {
  call->expr->type = vonk_type_array(call->task->arena, vonk_type_struct(call->task->arena, fields, count), false);
}

static STATUS bind_explode_from(struct vonk_bind_call *call, bool with_place) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  struct vonk_type_field fields[3] = {{.name = STR("pos"), .type = &vonk_type_int}};
  struct vonk_type_field *own = fields + with_place;
  if (type->id == VONK_TYPE_ARRAY) {
    *own++ = (struct vonk_type_field){.name = STR("col"), .type = type->element, .nullable = type->contains_null};
  } else if (type->id == VONK_TYPE_MAP) {
    *own++ = (struct vonk_type_field){.name = STR("key"), .type = type->key};
    *own++ = (struct vonk_type_field){.name = STR("value"), .type = type->element, .nullable = type->contains_null};
  } else {
    return vonk_bind_unexpected(call, 0, "(\"ARRAY\" or \"MAP\")");
  }
  set_rows(call, fields, (uint32_t)(own - fields));
  return VONK_OK;
}
static STATUS bind_explode(struct vonk_bind_call *call) { return bind_explode_from(call, false); }
static STATUS bind_posexplode(struct vonk_bind_call *call) { return bind_explode_from(call, true); }

static STATUS bind_inline(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  if (type->id != VONK_TYPE_ARRAY || type->element->id != VONK_TYPE_STRUCT) return vonk_bind_unexpected(call, 0, "\"ARRAY<STRUCT>\"");
  struct vonk_type_field *fields = ARENA_ARRAY(call->task->arena, struct vonk_type_field, type->element->field_count);
  for (uint32_t i = 0; i < type->element->field_count; i++) {
    fields[i] = type->element->fields[i];
    fields[i].nullable |= type->contains_null;
  }
  set_rows(call, fields, type->element->field_count);
  return VONK_OK;
}

/* Values of one column have one type, but for nulls. */
static STATUS stack_column(struct vonk_bind_call *call, uint32_t column, uint32_t columns, struct vonk_type_field *out) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *type = &vonk_type_void;
  for (uint32_t i = column + 1; i < call->arguments.count; i += columns) {
    const struct vonk_type *own = call->arguments.items[i]->type;
    if (own->id == VONK_TYPE_VOID) continue;
    if (type->id != VONK_TYPE_VOID && !vonk_type_same(type, own)) {
      return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__STACK_COLUMN_DIFF_TYPES, call->expr->node.origin, "sqlExpr",
                        vonk_bind_quote_expr(arena, call->expr), "columnIndex", vonk_str_format(arena, "%u", column), "leftParamIndex",
                        vonk_str_format(arena, "%u", column + 1), "leftType", vonk_bind_quote_type(arena, type), "rightParamIndex",
                        vonk_str_format(arena, "%u", i), "rightType", vonk_bind_quote_type(arena, own), NULL);
    }
    type = own;
  }
  for (uint32_t i = column + 1; i < call->arguments.count; i += columns) TRY(vonk_bind_coerce(call, i, type));
  *out = (struct vonk_type_field){.name = vonk_str_format(arena, "col%u", column), .type = type, .nullable = true};
  return VONK_OK;
}

static STATUS bind_stack(struct vonk_bind_call *call) {
  struct vonk_value count;
  struct vonk_arena *arena = call->task->arena;
  uint32_t given = call->arguments.count - 1;
  if (call->arguments.items[0]->type->id != VONK_TYPE_INT) return vonk_bind_unexpected(call, 0, "\"INT\"");
  TRY(vonk_bind_constant(call, 0, &count));
  if (count.is_null) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__UNEXPECTED_NULL, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                      "exprName", STR("`n`"), NULL);
  }
  if (count.integer <= 0) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__VALUE_OUT_OF_RANGE, call->expr->node.origin, "sqlExpr",
                      vonk_bind_quote_expr(arena, call->expr), "exprName", STR("`n`"), "valueRange", STR("(0, 2147483647]"), "currentValue",
                      vonk_str_format(arena, "%lld", (long long)count.integer), NULL);
  }
  uint32_t columns = (uint32_t)((given + count.integer - 1) / count.integer), *rows = ARENA_NEW(arena, uint32_t);
  *rows = (uint32_t)count.integer;
  EXPR_AS(call->expr, call)->data = rows;
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, columns);
  for (uint32_t i = 0; i < columns; i++) TRY(stack_column(call, i, columns, &fields[i]));
  set_rows(call, fields, columns);
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_nulls, row_eval, row_bind, ...)                                                 \
  {.name = row_name, .kind = VONK_GENERATOR, .signature = row_signature, .nulls = row_nulls, .eval = row_eval,           \
   .bind = row_bind, .group = "generator_funcs", __VA_ARGS__}

/* The binder makes X of X_outer and keeps rows without any. */
const struct vonk_function vonk_functions_generator[] = {
    ROW("explode", "(any) -> bind", VONK_NULLS_STRICT, explode, bind_explode, .doc = "A row for each element of an array, or each entry of a map.",
        .example = "SELECT explode(array(10, 20))"),
    ROW("explode_outer", "(any) -> bind", VONK_NULLS_STRICT, explode, bind_explode,
        .doc = "The same as explode, with a row of nulls where there is no element.", .example = "SELECT explode_outer(array(10, 20))"),
    ROW("posexplode", "(any) -> bind", VONK_NULLS_STRICT, posexplode, bind_posexplode,
        .doc = "A row for each element or entry, with its place from 0.", .example = "SELECT posexplode(array(10, 20))"),
    ROW("posexplode_outer", "(any) -> bind", VONK_NULLS_STRICT, posexplode, bind_posexplode,
        .doc = "The same as posexplode, with a row of nulls where there is no element.", .example = "SELECT posexplode_outer(map('a', 1))"),
    ROW("inline", "(any) -> bind", VONK_NULLS_STRICT, inline_structs, bind_inline, .doc = "A row for each struct of an array, a column for each field.",
        .example = "SELECT inline(array(struct(1, 'a'), struct(2, 'b')))"),
    ROW("inline_outer", "(any) -> bind", VONK_NULLS_STRICT, inline_structs, bind_inline,
        .doc = "The same as inline, with a row of nulls where there is no struct.", .example = "SELECT inline_outer(array(struct(1, 'a'), struct(2, 'b')))"),
    ROW("stack", "(any, any...) -> bind", VONK_NULLS_NEVER, stack, bind_stack, .doc = "Lays the values out in so many rows.",
        .example = "SELECT stack(2, 1, 2, 3)"),
    {0},
};
