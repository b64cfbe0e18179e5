/* program_eval.c: one step over a batch: registers, arguments, nulls, bad rows, dictionaries. */
#include "base/bits.h"
#include "expr/cast.h"
#include "expr/program_internal.h"

enum { ARGUMENTS_ON_STACK = 8 };

/* --- calls --- */

struct call {
  struct vonk_task *task;
  struct vonk_program_worker *worker;
  const struct vonk_step *step;
  struct vonk_register *reg;
  struct vonk_column *arguments;  /* flat or constant */
  uint32_t row_count;
  const uint64_t *live;
  struct vonk_scratch *scratch;
  struct vonk_builder *builder;   /* for results of variable size; made on demand */
};

static bool is_fixed(enum vonk_physical physical) {
  return (physical >= VONK_PHYSICAL_BOOL && physical <= VONK_PHYSICAL_F64) || physical == VONK_PHYSICAL_INTERVAL;
}

static bool is_strict(const struct vonk_step *step) {
  return step->kind == VONK_STEP_CAST || step->function->nulls == VONK_NULLS_STRICT;
}

/* Rows where all arguments are not null; NULL means all. ALWAYS_NULL: a constant null is among them. */
static STATUS combine_validity(struct call *call, const uint64_t **out, bool *always_null) {
  uint64_t *valid = NULL;
  *out = NULL;
  *always_null = false;
  for (uint32_t i = 0; i < call->step->argument_count; i++) {
    const struct vonk_column *a = &call->arguments[i];
    if (call->worker->program->steps[call->step->arguments[i]].kind == VONK_STEP_LAMBDA) continue;
    if (a->physical == VONK_PHYSICAL_NONE || (a->encoding == VONK_CONST && !vonk_column_row_valid(a, 0))) {
      *always_null = true;
      return VONK_OK;
    }
    if (a->encoding == VONK_CONST || !a->valid) continue;
    if (!*out) {
      *out = a->valid;
      continue;
    }
    if (!valid) {
      void *memory;
      TRY(vonk_scratch_take_rows(call->task, call->scratch, call->row_count, 0, &memory));
      valid = memory;
    }
    vonk_bits_and(*out, a->valid, call->row_count, valid);
    *out = valid;
  }
  return VONK_OK;
}

static STATUS null_column(const struct vonk_type *type, enum vonk_physical physical, struct vonk_task *task,
                          struct vonk_scratch *scratch, struct vonk_column *out) {
  void *zeros;
  if (physical == VONK_PHYSICAL_STRUCT || physical == VONK_PHYSICAL_LIST) {
    struct vonk_value null = vonk_value_null(type);
    *out = vonk_column_const(task->arena, &null);
    return VONK_OK;
  }
  TRY(vonk_scratch_take(task, scratch, 64, &zeros));
  memset(zeros, 0, 64);
  *out = (struct vonk_column){.type = type, .encoding = VONK_CONST, .physical = (uint8_t)physical, .data = zeros, .valid = zeros};
  return VONK_OK;
}

static STATUS raise_bad(struct vonk_frame *frame, const struct vonk_step *step, uint32_t row) {
  if (step->kind == VONK_STEP_CAST) return vonk_cast_raise(frame, row);
  if (step->function->raise) return step->function->raise(frame, row);
  return vonk_raise(frame->task, VONK_ARITHMETIC_OVERFLOW, step->expr->node.origin, "message",
                    vonk_str_format(frame->task->arena, "%s overflow", step->function->name), "alternative", STR(""), "config",
                    STR("\"spark.sql.ansi.enabled\""), NULL);
}

static bool raises_bad(const struct vonk_step *step) {
  if (step->kind == VONK_STEP_CAST) return ((const struct vonk_expr_cast *)(const void *)step->expr)->mode == VONK_CAST_ANSI;
  return ((const struct vonk_expr_call *)(const void *)step->expr)->ansi && !vonk_str_starts_with(vonk_str_of(step->function->name), STR("try_"));
}

/* Bad live rows raise or become null. */
static STATUS settle_bad(struct vonk_frame *frame, const struct vonk_step *step, uint64_t *keep_bad) {
  size_t words = vonk_bits_words(frame->row_count);
  bool any = false;
  for (size_t w = 0; w < words; w++) {
    frame->bad[w] &= vonk_bits_word(frame->live, w);
    if (w + 1 == words) frame->bad[w] &= vonk_bits_tail(frame->row_count);
    any |= frame->bad[w] != 0;
  }
  if (!any) return VONK_OK;
  if (keep_bad) {
    memcpy(keep_bad, frame->bad, words * 8);
    return VONK_OK;
  }
  if (raises_bad(step)) return raise_bad(frame, step, (uint32_t)vonk_bits_next(frame->bad, frame->row_count, 0));
  for (size_t w = 0; w < words; w++) frame->valid[w] &= ~frame->bad[w];
  return VONK_OK;
}

/* Needs a mask for bad rows: not where a proven range rules out the overflow. */
static bool may_fail(const struct vonk_step *step) {
  if (step->kind == VONK_STEP_CAST) return true;
  bool proven = (step->function->flags & VONK_FN_OVERFLOWS) && step->expr->range.known;
  return (step->function->flags & VONK_FN_RAISES) && !proven;
}

static STATUS pick_builder(struct call *call, struct vonk_builder **out) {
  struct vonk_register *reg = call->reg;
  if (call->builder) {
    *out = call->builder;
    return VONK_OK;
  }
  if (!reg->next_builder) {
    struct vonk_step_builder *fresh = ARENA_NEW(call->worker->arena, struct vonk_step_builder);
    TRY(vonk_builder_init(call->task, &fresh->builder, call->step->expr->type));
    struct vonk_step_builder **end = &reg->builders;
    while (*end) end = &(*end)->next;
    *end = reg->next_builder = fresh;
  }
  *out = &reg->next_builder->builder;
  reg->next_builder = reg->next_builder->next;
  return VONK_OK;
}

/* Runs the function over ready arguments. KEEP_BAD (dictionaries): bad rows are told, not raised. */
static STATUS run_call(struct call *call, uint64_t *keep_bad, struct vonk_column *out) {
  const struct vonk_step *step = call->step;
  const struct vonk_expr *expr = step->expr;
  enum vonk_physical physical = expr->physical;
  const uint64_t *valid = NULL;
  bool always_null = false, strict = is_strict(step);
  size_t words = vonk_bits_words(call->row_count);
  void *memory;
  if (strict) TRY(combine_validity(call, &valid, &always_null));
  if (always_null) return null_column(expr->type, physical, call->task, call->scratch, out);
  struct vonk_frame frame = {.task = call->task, .expr = expr, .batch = call->worker->batch, .row_count = call->row_count, .live = call->live,
                             .arguments = call->arguments, .argument_count = step->argument_count, .state = call->reg->state,
                             .scratch = call->scratch};
  if (valid && call->live) {
    TRY(vonk_scratch_take_rows(call->task, call->scratch, call->row_count, 0, &memory));
    vonk_bits_and(valid, call->live, call->row_count, memory);
    frame.live = memory;
  } else if (valid) {
    frame.live = valid;
  }
  TRY(vonk_scratch_take_rows(call->task, call->scratch, call->row_count, 0, &memory));
  frame.valid = memory;
  vonk_bits_copy(valid, call->row_count, frame.valid);
  if (may_fail(step)) {
    TRY(vonk_scratch_take_rows(call->task, call->scratch, call->row_count, 0, &memory));
    frame.bad = memory;
    memset(frame.bad, 0, words * 8);
  }
  struct vonk_column passed = {0};
  frame.result = &passed;
  if (is_fixed(physical)) {
    size_t size = physical == VONK_PHYSICAL_BOOL ? 0 : vonk_physical_size[physical];
    TRY(vonk_scratch_take_rows(call->task, call->scratch, call->row_count, size, &frame.data));
  } else if (physical != VONK_PHYSICAL_NONE) {
    TRY(pick_builder(call, &frame.builder));
  }
  TRY(step->kind == VONK_STEP_CAST ? vonk_cast_eval(&frame) : step->function->eval(&frame));
  if (frame.bad) TRY(settle_bad(&frame, step, keep_bad));
  if (passed.type) {
    *out = passed;
  } else if (frame.builder) {
    TRY(vonk_builder_finish(call->task, frame.builder, out));
    ASSERT(frame.builder->row_count == call->row_count);
  } else {
    *out = (struct vonk_column){.type = expr->type, .encoding = VONK_FLAT, .physical = (uint8_t)physical, .data = frame.data};
  }
  out->type = expr->type;
  bool nulls = !vonk_bits_all(frame.valid, call->row_count);
  if (nulls && out->valid && out->encoding != VONK_CONST) vonk_bits_and(frame.valid, out->valid, call->row_count, frame.valid);
  if (nulls && (out->encoding != VONK_CONST || call->row_count == 1)) out->valid = frame.valid;
  return VONK_OK;
}

/* --- dictionaries --- */

/* The only argument that is not constant, when it is DICT with fewer entries than live rows, and no other obstacle. */
static bool dictionary_argument(const struct vonk_program_worker *worker, const struct vonk_step *step,
                                const struct vonk_column *arguments, uint32_t *out) {
  bool found = false;
  if (step->kind == VONK_STEP_CALL && (step->function->flags & (VONK_FN_NONDETERMINISTIC | VONK_FN_ONE_TASK))) return false;
  if (!is_strict(step) || !step->expr->deterministic) return false;
  for (uint32_t i = 0; i < step->argument_count; i++) {
    if (arguments[i].encoding == VONK_CONST) continue;
    if (arguments[i].encoding != VONK_DICT || found) return false;
    /* The cache knows the dictionary only: the other arguments must be the same for all batches. */
    for (uint32_t k = 0; k < step->argument_count; k++) {
      if (k != i && !worker->program->steps[step->arguments[k]].constant) return false;
    }
    found = true;
    *out = i;
  }
  uint32_t limit = worker->batch->live ? worker->batch->live_count : worker->row_count;
  return found && arguments[*out].dictionary->entry_count > 0 && arguments[*out].dictionary->entry_count < limit;
}

static STATUS fill_cache(struct call *call, uint32_t dict_argument) {
  struct vonk_step_cache *cache = &call->reg->cache;
  struct vonk_column *arguments = call->arguments, entries[ARGUMENTS_ON_STACK];
  struct vonk_dictionary *dictionary = arguments[dict_argument].dictionary;
  void *bad;
  cache->dictionary_id = 0;
  vonk_scratch_reset(&cache->scratch);
  if (!is_fixed(call->step->expr->physical) && !cache->has_builder) {
    TRY(vonk_builder_init(call->task, &cache->builder, call->step->expr->type));
    cache->has_builder = true;
  }
  if (cache->has_builder) vonk_builder_reset(&cache->builder);
  memcpy(entries, arguments, sizeof *entries * call->step->argument_count);
  entries[dict_argument] = dictionary->entries;
  entries[dict_argument].type = arguments[dict_argument].type;
  TRY(vonk_scratch_take_rows(call->task, &cache->scratch, dictionary->entry_count, 0, &bad));
  memset(bad, 0, vonk_bits_words(dictionary->entry_count) * 8);
  cache->bad = bad;
  struct call inner = *call;
  inner.arguments = entries;
  inner.row_count = dictionary->entry_count;
  inner.live = NULL;
  inner.scratch = &cache->scratch;
  inner.builder = cache->has_builder ? &cache->builder : NULL;
  TRY(run_call(&inner, cache->bad, &cache->column));
  cache->dictionary_id = dictionary->id;
  return VONK_OK;
}

static void lookup_bits(const uint64_t *bits, const uint32_t *codes, uint32_t count, uint64_t *out) {
  for (uint32_t from = 0; from < count; from += 64) {
    uint32_t stop = count - from < 64 ? count - from : 64;
    uint64_t word = 0;
    for (uint32_t k = 0; k < stop; k++) word |= (bits[codes[from + k] >> 6] >> (codes[from + k] & 63) & 1) << k;
    out[from >> 6] = word;
  }
}

/* Entries that failed matter where a live row refers to them. */
static STATUS settle_entries(struct call *call, const struct vonk_column *dict, const struct vonk_column *arguments,
                             uint32_t dict_argument, struct vonk_column *out) {
  const uint64_t *bad_entries = call->reg->cache.bad;
  void *bad, *valid;
  if (vonk_bits_none(bad_entries, dict->dictionary->entry_count)) return VONK_OK;
  TRY(vonk_scratch_take_rows(call->task, call->scratch, call->row_count, 0, &bad));
  TRY(vonk_scratch_take_rows(call->task, call->scratch, call->row_count, 0, &valid));
  lookup_bits(bad_entries, dict->codes, call->row_count, bad);
  vonk_bits_and(bad, dict->valid, call->row_count, bad);
  vonk_bits_and(bad, call->live, call->row_count, bad);
  if (vonk_bits_none(bad, call->row_count)) return VONK_OK;
  if (!raises_bad(call->step)) {
    vonk_bits_andnot(out->valid, bad, call->row_count, valid);
    out->valid = valid;
    return VONK_OK;
  }
  struct vonk_column flat[ARGUMENTS_ON_STACK];
  memcpy(flat, arguments, sizeof *flat * call->step->argument_count);
  TRY(vonk_column_flatten(call->task, call->scratch, dict, call->row_count, &flat[dict_argument]));
  struct vonk_frame frame = {.task = call->task, .expr = call->step->expr, .row_count = call->row_count, .arguments = flat,
                             .argument_count = call->step->argument_count, .state = call->reg->state, .scratch = call->scratch};
  return raise_bad(&frame, call->step, (uint32_t)vonk_bits_next(bad, call->row_count, 0));
}

static STATUS run_by_entry(struct call *call, uint32_t dict_argument, struct vonk_column *out) {
  struct vonk_step_cache *cache = &call->reg->cache;
  const struct vonk_column dict = call->arguments[dict_argument];
  if (cache->dictionary_id != dict.dictionary->id) TRY(fill_cache(call, dict_argument));
  if (cache->column.encoding == VONK_CONST) {
    TRY(vonk_column_flatten(call->task, call->scratch, &cache->column, call->row_count, out));
  } else {
    TRY(vonk_column_gather(call->task, call->scratch, &cache->column, dict.codes, call->row_count, out));
  }
  if (dict.valid && out->valid) {
    void *valid;
    TRY(vonk_scratch_take_rows(call->task, call->scratch, call->row_count, 0, &valid));
    vonk_bits_and(dict.valid, out->valid, call->row_count, valid);
    out->valid = valid;
  } else if (dict.valid) {
    out->valid = dict.valid;
  }
  return settle_entries(call, &dict, call->arguments, dict_argument, out);
}

/* --- steps --- */

static STATUS eval_call(struct vonk_task *task, struct vonk_program_worker *worker, uint32_t index, const struct vonk_live *live,
                        struct vonk_column *out) {
  const struct vonk_step *step = &worker->program->steps[index];
  struct vonk_column on_stack[ARGUMENTS_ON_STACK], *arguments = on_stack;
  bool all_const = true;
  uint32_t dict_argument = 0;
  if (step->argument_count > ARGUMENTS_ON_STACK) {
    void *memory;
    TRY(vonk_scratch_take(task, &worker->scratch, sizeof *arguments * step->argument_count, &memory));
    arguments = memory;
  }
  for (uint32_t i = 0; i < step->argument_count; i++) {
    arguments[i] = (struct vonk_column){0};
    if (worker->program->steps[step->arguments[i]].kind == VONK_STEP_LAMBDA) {
      all_const = false;
      continue;
    }
    TRY(vonk_step_eval(task, worker, step->arguments[i], live, &arguments[i]));
    all_const &= arguments[i].encoding == VONK_CONST;
  }
  struct call call = {task, worker, step, &worker->registers[index], arguments, worker->row_count, live->bits, &worker->scratch, NULL};
  if (step->argument_count <= ARGUMENTS_ON_STACK && dictionary_argument(worker, step, arguments, &dict_argument)) {
    return run_by_entry(&call, dict_argument, out);
  }
  if (all_const && step->expr->deterministic && (step->argument_count || step->constant)) {
    call.row_count = 1;
    call.live = NULL;
    /* No live row, no error. */
    if (vonk_bits_none(live->bits, worker->row_count)) return null_column(step->expr->type, step->expr->physical, task, &worker->scratch, out);
    TRY(run_call(&call, NULL, out));
    out->encoding = VONK_CONST;
    if (out->physical == VONK_PHYSICAL_STRUCT) {
      for (uint32_t k = 0, fields = vonk_type_child_count(out->type); k < fields; k++) out->children[k].encoding = VONK_CONST;
    }
    return VONK_OK;
  }
  bool takes_dict = step->kind == VONK_STEP_CALL && (step->function->flags & VONK_FN_DICT);
  for (uint32_t i = 0; i < step->argument_count && !takes_dict; i++) {
    if (arguments[i].encoding == VONK_DICT) TRY(vonk_column_flatten(task, &worker->scratch, &arguments[i], worker->row_count, &arguments[i]));
  }
  return run_call(&call, NULL, out);
}

static bool covers(uint32_t id, const struct vonk_live *live) {
  for (; live; live = live->parent) {
    if (live->id == id) return true;
  }
  return false;
}

STATUS vonk_step_eval(struct vonk_task *task, struct vonk_program_worker *worker, uint32_t index, const struct vonk_live *live,
                      struct vonk_column *out) {
  const struct vonk_step *step = &worker->program->steps[index];
  struct vonk_register *reg = &worker->registers[index];
  if (reg->kept || (reg->live_id && covers(reg->live_id, live))) {
    *out = reg->column;
    return VONK_OK;
  }
  switch (step->kind) {
    case VONK_STEP_COLUMN:
      reg->column = worker->batch->columns[step->ordinal];
      reg->live_id = 1;
      *out = reg->column;
      return VONK_OK;
    case VONK_STEP_CALL:
    case VONK_STEP_CAST: TRY(eval_call(task, worker, index, live, out)); break;
    default: TRY(vonk_step_eval_lazy(task, worker, step, live, out));
  }
  if (step->constant && out->encoding == VONK_CONST && !vonk_bits_none(live->bits, worker->row_count)) {
    struct vonk_value value = vonk_column_get(out, 0, worker->arena);
    value.type = step->expr->type;
    *out = vonk_column_const(worker->arena, &value);
    reg->kept = true;
  }
  reg->column = *out;
  reg->live_id = live->id;
  return VONK_OK;
}
