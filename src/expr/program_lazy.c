/* program_lazy.c: AND, OR, CASE and COALESCE: each branch is evaluated for the rows that ask for it only. */
#include "base/bits.h"
#include "expr/program_internal.h"
#include "kernel/compare.h"

static STATUS take_words(struct vonk_task *task, struct vonk_program_worker *worker, uint64_t **out) {
  void *memory;
  TRY(vonk_scratch_take_rows(task, &worker->scratch, worker->row_count, 0, &memory));
  *out = memory;
  return VONK_OK;
}

STATUS vonk_step_truth(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_column *column,
                       uint64_t **truth, uint64_t **falsity) {
  uint32_t count = worker->row_count;
  struct vonk_column flat = *column;
  TRY(take_words(task, worker, truth));
  if (falsity) TRY(take_words(task, worker, falsity));
  if (column->physical == VONK_PHYSICAL_NONE || column->encoding == VONK_CONST) {
    bool valid = vonk_column_row_valid(column, 0), value = valid && (*(const uint64_t *)column->data & 1);
    vonk_bits_fill(*truth, count, valid && value);
    if (falsity) vonk_bits_fill(*falsity, count, valid && !value);
    return VONK_OK;
  }
  if (column->encoding == VONK_DICT) TRY(vonk_column_flatten(task, &worker->scratch, column, count, &flat));
  vonk_bits_and(flat.data, flat.valid, count, *truth);
  if (!falsity) return VONK_OK;
  vonk_bits_not(flat.data, count, *falsity);
  vonk_bits_and(*falsity, flat.valid, count, *falsity);
  return VONK_OK;
}

/* A narrower set of rows: those of LIVE in BITS (or not in them). */
static STATUS narrow(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_live *live, const uint64_t *bits,
                     bool invert, struct vonk_live *out) {
  uint64_t *words;
  TRY(take_words(task, worker, &words));
  if (invert) vonk_bits_andnot(live->bits, bits, worker->row_count, words);
  else vonk_bits_and(live->bits, bits, worker->row_count, words);
  *out = (struct vonk_live){words, ++worker->last_live_id, live};
  return VONK_OK;
}

static struct vonk_column bool_column(const struct vonk_step *step, const uint64_t *data, const uint64_t *valid) {
  return (struct vonk_column){.type = step->expr->type, .encoding = VONK_FLAT, .physical = VONK_PHYSICAL_BOOL, .data = data, .valid = valid};
}

static STATUS eval_and_or(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_step *step,
                          const struct vonk_live *live, struct vonk_column *out) {
  bool is_and = step->kind == VONK_STEP_AND;
  struct vonk_column a, b;
  struct vonk_live rest;
  uint64_t *at, *af, *bt, *bf, *valid;
  size_t words = vonk_bits_words(worker->row_count);
  TRY(vonk_step_eval(task, worker, step->arguments[0], live, &a));
  TRY(vonk_step_truth(task, worker, &a, &at, &af));
  /* Where the first decides, the second is not asked. */
  TRY(narrow(task, worker, live, is_and ? af : at, true, &rest));
  TRY(take_words(task, worker, &valid));
  if (vonk_bits_none(rest.bits, worker->row_count)) {
    for (size_t w = 0; w < words; w++) valid[w] = at[w] | af[w];
    *out = bool_column(step, at, valid);
    return VONK_OK;
  }
  TRY(vonk_step_eval(task, worker, step->arguments[1], &rest, &b));
  TRY(vonk_step_truth(task, worker, &b, &bt, &bf));
  bool nulls = false;
  for (size_t w = 0; w < words; w++) {
    uint64_t t, f;
    if (is_and) t = at[w] & bt[w], f = af[w] | (bf[w] & rest.bits[w]);
    else t = at[w] | (bt[w] & rest.bits[w]), f = af[w] & bf[w];
    at[w] = t;
    valid[w] = t | f;
    nulls |= (~valid[w] & vonk_bits_word(live->bits, w)) != 0;
  }
  *out = bool_column(step, at, nulls ? valid : NULL);
  return VONK_OK;
}

/* --- merging branches --- */

struct branch {
  struct vonk_column column;
  const uint64_t *rows;
};

static void put_rows(const struct vonk_column *from, const uint64_t *rows, uint32_t count, size_t size, char *data) {
  for (size_t i = vonk_bits_next(rows, count, 0); i < count; i = vonk_bits_next(rows, count, i + 1)) {
    size_t at = from->encoding == VONK_CONST ? 0 : i;
    switch (size) {
      case 4: memcpy(data + 4 * i, (const char *)from->data + 4 * at, 4); break;
      case 8: memcpy(data + 8 * i, (const char *)from->data + 8 * at, 8); break;
      case 16: memcpy(data + 16 * i, (const char *)from->data + 16 * at, 16); break;
      default: memcpy(data + size * i, (const char *)from->data + size * at, size);
    }
  }
}

static STATUS merge_fixed(struct vonk_task *task, struct vonk_program_worker *worker, const struct branch *branches, uint32_t branch_count,
                          enum vonk_physical physical, uint64_t *valid, struct vonk_column *out) {
  uint32_t count = worker->row_count;
  size_t size = physical == VONK_PHYSICAL_BOOL ? 0 : vonk_physical_size[physical], words = vonk_bits_words(count);
  void *data;
  TRY(vonk_scratch_take_rows(task, &worker->scratch, count, size, &data));
  memset(data, 0, size ? size * count : words * 8);
  memset(valid, 0, words * 8);
  for (uint32_t b = 0; b < branch_count; b++) {
    struct vonk_column c = branches[b].column;
    const uint64_t *rows = branches[b].rows;
    if (c.physical == VONK_PHYSICAL_NONE || vonk_bits_none(rows, count)) continue;
    if (c.encoding == VONK_DICT) TRY(vonk_column_flatten(task, &worker->scratch, &c, count, &c));
    if (c.encoding == VONK_CONST && !vonk_column_row_valid(&c, 0)) continue;
    if (c.physical != physical) TRY(vonk_column_widen(task, &worker->scratch, &c, count, physical, &c));
    for (size_t w = 0; w < words; w++) {
      valid[w] |= rows[w] & (c.encoding == VONK_CONST ? ~(uint64_t)0 : vonk_bits_word(c.valid, w));
      if (size) continue;
      uint64_t bits = c.encoding == VONK_CONST ? -(*(const uint64_t *)c.data & 1) : ((const uint64_t *)c.data)[w];
      ((uint64_t *)data)[w] |= bits & rows[w];
    }
    if (size) put_rows(&c, rows, count, size, data);
  }
  out->data = data;
  return VONK_OK;
}

/* Arrays, maps, structs: row by row. */
static STATUS merge_nested(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_step *step,
                           const struct branch *branches, uint32_t branch_count, struct vonk_column *out) {
  struct vonk_register *reg = &worker->registers[step - worker->program->steps];
  struct vonk_step_builder *own = reg->next_builder;
  if (!own) {
    own = ARENA_NEW(worker->arena, struct vonk_step_builder);
    TRY(vonk_builder_init(task, &own->builder, step->expr->type));
    own->next = reg->builders;
    reg->builders = own;
  } else {
    reg->next_builder = own->next;
  }
  for (uint32_t i = 0; i < worker->row_count; i++) {
    const struct vonk_column *from = NULL;
    for (uint32_t b = 0; b < branch_count && !from; b++) {
      if (vonk_bits_get(branches[b].rows, i)) from = &branches[b].column;
    }
    if (from && from->physical != VONK_PHYSICAL_NONE && vonk_column_row_valid(from, i)) TRY(vonk_builder_add_row(task, &own->builder, from, i));
    else TRY(vonk_builder_add_null(task, &own->builder));
  }
  return vonk_builder_finish(task, &own->builder, out);
}

static STATUS merge(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_step *step, const struct vonk_live *live,
                    const struct branch *branches, uint32_t branch_count, struct vonk_column *out) {
  uint64_t *valid;
  enum vonk_physical physical = step->expr->physical;
  *out = (struct vonk_column){.type = step->expr->type, .encoding = VONK_FLAT, .physical = (uint8_t)physical};
  if (physical == VONK_PHYSICAL_NONE) return VONK_OK;
  if (physical == VONK_PHYSICAL_LIST || physical == VONK_PHYSICAL_STRUCT) return merge_nested(task, worker, step, branches, branch_count, out);
  for (uint32_t b = 0; b < branch_count; b++) {
    uint8_t wide = branches[b].column.physical;
    if (physical >= VONK_PHYSICAL_I8 && physical <= VONK_PHYSICAL_I128 && wide <= VONK_PHYSICAL_I128 && wide > physical) physical = wide;
  }
  out->physical = (uint8_t)physical;
  TRY(take_words(task, worker, &valid));
  TRY(merge_fixed(task, worker, branches, branch_count, physical, valid, out));
  bool nulls = false;
  for (size_t w = 0, words = vonk_bits_words(worker->row_count); w < words; w++) {
    uint64_t tail = w + 1 == words ? vonk_bits_tail(worker->row_count) : ~(uint64_t)0;
    nulls |= (~valid[w] & vonk_bits_word(live->bits, w) & tail) != 0;
  }
  if (nulls) out->valid = valid;
  return VONK_OK;
}

/* --- conditionals --- */

static STATUS take_branches(struct vonk_task *task, struct vonk_program_worker *worker, uint32_t count, struct branch **out) {
  void *memory;
  TRY(vonk_scratch_take(task, &worker->scratch, sizeof(struct branch) * count, &memory));
  *out = memory;
  return VONK_OK;
}

/* Evaluates a branch for ROWS, unless there are none. */
static STATUS eval_branch(struct vonk_task *task, struct vonk_program_worker *worker, uint32_t step, const struct vonk_live *rows, struct branch *out) {
  out->rows = rows->bits;
  out->column = (struct vonk_column){.physical = VONK_PHYSICAL_NONE};
  if (vonk_bits_none(rows->bits, worker->row_count)) return VONK_OK;
  return vonk_step_eval(task, worker, step, rows, &out->column);
}

static STATUS eval_when(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_step *step,
                        const struct vonk_live *live, struct vonk_column *out) {
  struct branch *branches;
  uint32_t count = 0, i = 0;
  void *memory;
  TRY(take_branches(task, worker, step->argument_count / 2 + 1, &branches));
  TRY(vonk_scratch_take(task, &worker->scratch, sizeof(struct vonk_live) * (step->argument_count + 2), &memory));
  struct vonk_live *lives = memory, *rest = lives++;
  *rest = *live;
  for (; i + 1 < step->argument_count; i += 2) {
    struct vonk_column condition;
    uint64_t *truth;
    if (rest != memory && vonk_bits_none(rest->bits, worker->row_count)) break;
    TRY(vonk_step_eval(task, worker, step->arguments[i], rest, &condition));
    TRY(vonk_step_truth(task, worker, &condition, &truth, NULL));
    struct vonk_live chosen;
    TRY(narrow(task, worker, rest, truth, false, &chosen));
    TRY(eval_branch(task, worker, step->arguments[i + 1], &chosen, &branches[count++]));
    TRY(narrow(task, worker, rest, truth, true, lives));
    rest = lives++;
  }
  if (step->argument_count % 2) TRY(eval_branch(task, worker, step->arguments[step->argument_count - 1], rest, &branches[count++]));
  return merge(task, worker, step, live, branches, count, out);
}

static STATUS eval_coalesce(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_step *step,
                            const struct vonk_live *live, struct vonk_column *out) {
  struct branch *branches;
  void *memory;
  uint32_t count = 0;
  TRY(take_branches(task, worker, step->argument_count, &branches));
  TRY(vonk_scratch_take(task, &worker->scratch, sizeof(struct vonk_live) * (step->argument_count + 1), &memory));
  struct vonk_live *lives = memory;
  lives[0] = *live;
  for (uint32_t i = 0; i < step->argument_count; i++) {
    struct branch *branch = &branches[count];
    if (i && vonk_bits_none(lives[i].bits, worker->row_count)) break;
    TRY(vonk_step_eval(task, worker, step->arguments[i], &lives[i], &branch->column));
    const struct vonk_column *c = &branch->column;
    uint64_t *filled;
    TRY(take_words(task, worker, &filled));
    if (c->physical == VONK_PHYSICAL_NONE || c->encoding == VONK_CONST) {
      vonk_bits_fill(filled, worker->row_count, vonk_column_row_valid(c, 0));
    } else {
      vonk_bits_copy(c->valid, worker->row_count, filled);
    }
    if (i == 0 && vonk_bits_all(filled, worker->row_count)) {
      *out = *c;
      out->type = step->expr->type;
      return VONK_OK;
    }
    vonk_bits_and(filled, lives[i].bits, worker->row_count, filled);
    branch->rows = filled;
    count++;
    TRY(narrow(task, worker, &lives[i], filled, true, &lives[i + 1]));
  }
  return merge(task, worker, step, live, branches, count, out);
}

static STATUS eval_nullif(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_step *step,
                          const struct vonk_live *live, struct vonk_column *out) {
  struct vonk_column a, b;
  uint64_t *kept;
  TRY(vonk_step_eval(task, worker, step->arguments[0], live, &a));
  TRY(vonk_step_eval(task, worker, step->arguments[1], live, &b));
  TRY(take_words(task, worker, &kept));
  vonk_bits_fill(kept, worker->row_count, false);
  for (uint32_t i = 0; i < worker->row_count; i++) {
    if (!vonk_bits_get(live->bits, i) || !vonk_column_row_valid(&a, i)) continue;
    if (!vonk_column_row_valid(&b, i) || vonk_compare_rows(&a, i, &b, i) != 0) vonk_bits_set(kept, i);
  }
  TRY(vonk_column_flatten(task, &worker->scratch, &a, worker->row_count, out));
  out->type = step->expr->type;
  out->valid = kept;
  return VONK_OK;
}

static STATUS eval_nvl2(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_step *step,
                        const struct vonk_live *live, struct vonk_column *out) {
  struct vonk_column a;
  struct vonk_live rows[2];
  struct branch branches[2];
  uint64_t *filled;
  TRY(vonk_step_eval(task, worker, step->arguments[0], live, &a));
  TRY(take_words(task, worker, &filled));
  bool constant = a.physical == VONK_PHYSICAL_NONE || a.encoding == VONK_CONST;
  if (constant) vonk_bits_fill(filled, worker->row_count, vonk_column_row_valid(&a, 0));
  else vonk_bits_copy(a.valid, worker->row_count, filled);
  for (int i = 0; i < 2; i++) {
    TRY(narrow(task, worker, live, filled, i == 1, &rows[i]));
    TRY(eval_branch(task, worker, step->arguments[i + 1], &rows[i], &branches[i]));
  }
  return merge(task, worker, step, live, branches, 2, out);
}

STATUS vonk_step_eval_lazy(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_step *step,
                           const struct vonk_live *live, struct vonk_column *out) {
  switch (step->kind) {
    case VONK_STEP_AND:
    case VONK_STEP_OR: return eval_and_or(task, worker, step, live, out);
    case VONK_STEP_WHEN: return eval_when(task, worker, step, live, out);
    case VONK_STEP_COALESCE: return eval_coalesce(task, worker, step, live, out);
    case VONK_STEP_NULLIF: return eval_nullif(task, worker, step, live, out);
    default: ASSERT(step->kind == VONK_STEP_NVL2); return eval_nvl2(task, worker, step, live, out);
  }
}
