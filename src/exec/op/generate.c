/* generate.c: explode and its kin: each row once for each row that the generator makes of it.
 *
 * The generator is an expression whose value is a list of structs; elements are gathered beside the input's columns. OUTER
 * keeps rows whose list is empty or null, with nulls.
 */
#include "exec/execution_internal.h"
#include "expr/program.h"
#include "kernel/gather.h"
#include "kernel/select.h"

struct generate {
  struct vonk_operator op;
  struct vonk_program *program;
  uint32_t *kept;        /* input columns that go out */
  uint32_t kept_count, field_count;
  bool outer;
};

struct worker {
  struct vonk_program_worker *program;
  struct vonk_scratch flat, output;
  struct vonk_batch in;
  struct vonk_column list, *columns;
  struct vonk_column *nulls; /* a field: what OUTER gives where no row of the batch has an element */
  uint32_t rows[VONK_BATCH_ROWS + 64], row_count, at, element;
};

static STATUS generate_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                            struct vonk_operator **out) {
  const struct vonk_relation_generate *plan = (const struct vonk_relation_generate *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_generate, relation, VONK_SHAPE_TRANSFORM, sizeof(struct generate));
  struct generate *generate = (struct generate *)op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  generate->outer = plan->is_outer;
  generate->kept = ARENA_ARRAY(task->arena, uint32_t, relation->column_count + 1);
  for (uint32_t i = 0; i < relation->column_count; i++) {
    uint32_t at = UINT32_MAX;
    for (uint32_t k = 0; k < plan->input->column_count; k++) {
      if (plan->input->columns[k].id == relation->columns[i].id) at = k;
    }
    if (at == UINT32_MAX) break;
    generate->kept[generate->kept_count++] = at;
  }
  generate->field_count = relation->column_count - generate->kept_count;
  struct vonk_expr *expr = plan->generator;
  struct vonk_exprs exprs = {&expr, 1};
  *out = op;
  return vonk_program_compile(task, &exprs, vonk_relation_ids(task->arena, plan->input), &generate->program);
}

static STATUS generate_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  struct worker *w = ARENA_NEW(context->task.arena, struct worker);
  *state = w;
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, op->relation->column_count + 1);
  const struct generate *generate = (struct generate *)op;
  w->nulls = ARENA_ARRAY(context->task.arena, struct vonk_column, generate->field_count + 1);
  for (uint32_t i = 0; i < generate->field_count; i++) {
    struct vonk_value null = vonk_value_null(op->relation->columns[generate->kept_count + i].type);
    w->nulls[i] = vonk_column_const(context->task.arena, &null);
  }
  return vonk_program_open_worker(&context->task, generate->program, &w->program);
}

static void generate_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  struct worker *w = state;
  if (!w) return;
  if (w->program) vonk_program_close_worker(w->program);
  vonk_scratch_deinit(&w->flat);
  vonk_scratch_deinit(&w->output);
}

static const struct vonk_list *list_of(const struct worker *w, uint32_t row) {
  static const struct vonk_list none;
  return vonk_column_row_valid(&w->list, row) ? (const struct vonk_list *)w->list.data + (w->list.encoding == VONK_CONST ? 0 : row) : &none;
}

/* Up to a batch of (row, element); VONK_GATHER_NULL for the nulls of OUTER. */
static uint32_t collect(const struct generate *generate, struct worker *w, uint32_t *rows, uint32_t *elements) {
  uint32_t count = 0;
  while (w->at < w->row_count && count < VONK_BATCH_ROWS) {
    uint32_t row = w->rows[w->at];
    const struct vonk_list *list = list_of(w, row);
    bool pad = generate->outer && !list->length;
    if (pad || w->element < list->length) {
      rows[count] = row;
      elements[count++] = pad ? VONK_GATHER_NULL : list->offset + w->element;
      w->element++;
    }
    if (w->element >= list->length) w->at++, w->element = 0;
  }
  return count;
}

static STATUS generate_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                            struct vonk_batch *out, enum vonk_step *step) {
  struct generate *generate = (struct generate *)op;
  struct worker *w = state;
  struct vonk_task *task = &context->task;
  if (in) {
    struct vonk_column list;
    w->in = *in;
    w->row_count = vonk_select_rows(in->live, in->row_count, w->rows);
    w->at = w->element = 0;
    vonk_scratch_reset(&w->flat);
    TRY(vonk_program_eval(task, w->program, in, &list));
    w->list = list;
    if (list.encoding == VONK_DICT) TRY(vonk_column_flatten(task, &w->flat, &list, in->row_count, &w->list));
  }
  uint32_t rows[VONK_BATCH_ROWS], elements[VONK_BATCH_ROWS];
  uint32_t count = collect(generate, w, rows, elements);
  *step = w->at < w->row_count ? VONK_STEP_HAVE_OUTPUT : VONK_STEP_NEED_INPUT;
  if (!count) return VONK_OK;
  vonk_scratch_reset(&w->output);
  for (uint32_t i = 0; i < generate->kept_count; i++) {
    TRY(vonk_column_gather(task, &w->output, &w->in.columns[generate->kept[i]], rows, count, &w->columns[i]));
  }
  const struct vonk_column *made = &w->list.children[0];
  bool any = false;
  for (uint32_t i = 0; i < count && !any; i++) any = elements[i] != VONK_GATHER_NULL;
  for (uint32_t i = 0; i < generate->field_count; i++) {
    struct vonk_column *to = &w->columns[generate->kept_count + i];
    if (!any) *to = w->nulls[i];
    else TRY(vonk_column_gather_nullable(task, &w->output, &made->children[i], elements, count, to));
  }
  out->columns = w->columns;
  out->column_count = op->relation->column_count;
  out->row_count = out->live_count = count;
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_generate = {
    .name = "Generate",
    .relation = &vonk_relation_generate_type,
    .open = generate_open,
    .open_worker = generate_open_worker,
    .close_worker = generate_close_worker,
    .push = generate_push,
};
