/* pipeline.c: runs a pipeline's workers.
 *
 * The pipeline goes through phases: each branch in turn, combine, finish parts. Workers run a phase independently; the last
 * that is through it moves the pipeline on and submits the workers again, so nobody waits at a barrier.
 */
#include "exec/execution_internal.h"

enum phase { PHASE_BRANCH, PHASE_COMBINE, PHASE_PARTS };

struct vonk_pipeline_worker {
  struct vonk_job job;
  struct vonk_pipeline *pipeline;
  struct vonk_context context;
  struct vonk_error error;
  _Atomic uint64_t unit;         /* lower bound of what it may yield; UINT64_MAX: nothing */
  bool source_open, sink_open, has_unit;
  uint32_t open_transforms;
  void *source_state, *sink_state;
  void **states;                 /* of the branch's transforms */
  bool *more;                    /* transform i has more for its last input */
  uint32_t drain_at;             /* no unit: the transform to drain next, or transform_count */
  bool is_last;                  /* there are no more units */
  struct vonk_batch *batches;    /* 0: the source's, i + 1: transform i's */
  uint32_t at;                   /* 0: pull, i + 1: push transform i, transform_count + 1: absorb */
};

static struct vonk_branch *branch_of(const struct vonk_pipeline_worker *w) { return &w->pipeline->branches[w->pipeline->branch]; }

static void close_branch(struct vonk_pipeline_worker *w) {
  struct vonk_branch *branch = branch_of(w);
  for (uint32_t i = 0; i < w->open_transforms; i++) {
    struct vonk_operator *op = branch->transforms[i];
    if (op->type->close_worker) op->type->close_worker(op, VONK_ROLE_TRANSFORM, w->states[i]);
  }
  w->open_transforms = 0;
  if (w->source_open && branch->source->type->close_worker) {
    branch->source->type->close_worker(branch->source, VONK_ROLE_SOURCE, w->source_state);
  }
  w->source_open = false;
}

/* --- measures: what happens until measure_end is OP's --- */

struct measure {
  struct vonk_budget *budget; /* of before */
  uint64_t start_ns;
};

static struct measure measure_begin(struct vonk_pipeline_worker *w, const struct vonk_operator *op) {
  struct measure measure = {w->context.task.budget, 0};
  if (!op->is_timed) return measure;
  if (op->budget) w->context.task.budget = op->budget;
  measure.start_ns = vonk_clock_monotonic_ns();
  return measure;
}

static void measure_end(struct vonk_pipeline_worker *w, struct vonk_operator *op, struct measure measure) {
  if (!op->is_timed) return;
  w->context.task.budget = measure.budget;
  atomic_fetch_add_explicit(&op->metrics.time_ns, vonk_clock_monotonic_ns() - measure.start_ns, memory_order_relaxed);
}

static STATUS open_role(struct vonk_pipeline_worker *w, struct vonk_operator *op, enum vonk_role role, void **state) {
  *state = NULL;
  if (!op->type->open_worker) return VONK_OK;
  struct measure measure = measure_begin(w, op);
  enum vonk_status status = op->type->open_worker(&w->context, op, role, state);
  measure_end(w, op, measure);
  return status;
}

static STATUS finish_part(struct vonk_pipeline_worker *w, uint32_t part) {
  struct vonk_operator *sink = w->pipeline->sink;
  struct measure measure = measure_begin(w, sink);
  enum vonk_status status = sink->type->finish(&w->context, sink, part);
  measure_end(w, sink, measure);
  return status;
}

static STATUS combine(struct vonk_pipeline_worker *w) {
  struct vonk_operator *sink = w->pipeline->sink;
  struct measure measure = measure_begin(w, sink);
  enum vonk_status status = sink->type->combine(&w->context, sink, w->sink_state);
  measure_end(w, sink, measure);
  return status;
}

static STATUS open_branch(struct vonk_pipeline_worker *w) {
  struct vonk_branch *branch = branch_of(w);
  if (!w->sink_open) {
    TRY(open_role(w, w->pipeline->sink, VONK_ROLE_SINK, &w->sink_state));
    w->sink_open = true;
  }
  if (w->source_open) return VONK_OK;
  uint32_t count = branch->transform_count;
  struct vonk_arena *arena = w->context.task.arena;
  w->states = ARENA_ARRAY(arena, void *, count + 1);
  w->more = ARENA_ARRAY(arena, bool, count + 1);
  w->batches = ARENA_ARRAY(arena, struct vonk_batch, count + 1);
  TRY(open_role(w, branch->source, VONK_ROLE_SOURCE, &w->source_state));
  w->source_open = true;
  for (uint32_t i = 0; i < count; i++) {
    TRY(open_role(w, branch->transforms[i], VONK_ROLE_TRANSFORM, &w->states[i]));
    w->open_transforms++;
  }
  w->at = 0;
  w->is_last = false;
  return VONK_OK;
}

/* False when there is none left. */
static bool claim_unit(struct vonk_pipeline_worker *w) {
  struct vonk_pipeline *p = w->pipeline;
  w->has_unit = false;
  if (atomic_load(&p->branch_stopped) || atomic_load(&p->stopped)) return false;
  /* Until the new unit stands there, the one before is the bound, so the floor never passes what this worker may yield; it
   * stays when there is no new one, since transforms may keep rows of it. */
  uint64_t unit = atomic_fetch_add(&p->next_unit, 1);
  if (unit >= atomic_load(&p->unit_end)) return false;
  atomic_store(&w->unit, unit);
  w->context.unit = (uint32_t)(unit - p->unit_base);
  w->has_unit = true;
  return true;
}

static void count_output(struct vonk_operator *op, const struct vonk_batch *batch) {
  uint32_t rows = batch->live ? batch->live_count : batch->row_count;
  atomic_fetch_add_explicit(&op->metrics.rows, rows, memory_order_relaxed);
  atomic_fetch_add_explicit(&op->metrics.batches, 1, memory_order_relaxed);
}

/* The level to go on with after level AT has nothing for the next: the deepest transform with more, or the source. */
static uint32_t level_below(const struct vonk_pipeline_worker *w, uint32_t at) {
  for (uint32_t i = at - 1; i > 0; i--) {
    if (w->more[i - 1]) return i;
  }
  return 0;
}

/* What transforms keep of a unit, or of all, comes out. */
static STATUS step_drain(struct vonk_pipeline_worker *w) {
  uint32_t i = w->drain_at;
  struct vonk_operator *op = branch_of(w)->transforms[i];
  struct vonk_batch *out = &w->batches[i + 1];
  enum vonk_step step = VONK_STEP_NEED_INPUT;
  *out = (struct vonk_batch){0};
  if (op->type->drain) TRY(op->type->drain(&w->context, op, w->states[i], w->is_last, out, &step));
  if (step == VONK_STEP_BLOCKED) return VONK_OK;
  w->context.wait_event = NULL;
  if (step == VONK_STEP_NEED_INPUT) w->drain_at++;
  if (out->row_count) {
    count_output(op, out);
    w->at = i + 2;
  }
  return VONK_OK;
}

/* Nobody wants what transforms in front of the one that said DONE still have. */
static void begin_drain(struct vonk_pipeline_worker *w) {
  uint32_t from = atomic_load(&w->pipeline->drain_from), count = branch_of(w)->transform_count;
  w->drain_at = from < count ? from : count;
}

static STATUS step_source(struct vonk_pipeline_worker *w, bool *ended) {
  struct vonk_branch *branch = branch_of(w);
  struct vonk_pipeline *p = w->pipeline;
  if (!w->has_unit) {
    if (w->source_open && w->drain_at < branch->transform_count) return step_drain(w);
    if (w->is_last && w->source_open) {
      *ended = true;
      return VONK_OK;
    }
    bool claimed = claim_unit(w);
    if (p->execution->result == p->sink) vonk_event_signal(&p->execution->changed);
    if (p->execution->options.write && p->execution->result == p->sink) vonk_event_signal(&p->execution->wake);
    if (!claimed) {
      w->is_last = true;
      *ended = !w->source_open;
      if (w->source_open) begin_drain(w);
      return VONK_OK;
    }
    TRY(open_branch(w));
  }
  struct vonk_batch *out = &w->batches[0];
  *out = (struct vonk_batch){0};
  enum vonk_step step = VONK_STEP_NEED_INPUT;
  TRY(branch->source->type->pull(&w->context, branch->source, w->source_state, out, &step));
  if (step == VONK_STEP_BLOCKED) return VONK_OK;
  w->context.wait_event = NULL;
  if (step == VONK_STEP_DONE) atomic_store(&p->branch_stopped, true);
  if (step != VONK_STEP_HAVE_OUTPUT) {
    w->has_unit = false;
    begin_drain(w);
  }
  if (out->row_count) {
    out->unit = p->unit_base + w->context.unit;
    out->partition += branch->partition_base;
    count_output(branch->source, out);
    w->at = 1;
  }
  return VONK_OK;
}

static STATUS step_transform(struct vonk_pipeline_worker *w) {
  uint32_t i = w->at - 1;
  struct vonk_operator *op = branch_of(w)->transforms[i];
  struct vonk_batch *in = &w->batches[i], *out = &w->batches[i + 1];
  *out = (struct vonk_batch){.partition = in->partition, .unit = in->unit, .first_row = in->first_row, .file = in->file};
  enum vonk_step step = VONK_STEP_NEED_INPUT;
  TRY(op->type->push(&w->context, op, w->states[i], w->more[i] ? NULL : in, out, &step));
  if (step == VONK_STEP_BLOCKED) return VONK_OK;
  w->context.wait_event = NULL;
  w->more[i] = step == VONK_STEP_HAVE_OUTPUT;
  if (step == VONK_STEP_DONE) {
    atomic_store(&w->pipeline->branch_stopped, true);
    if (atomic_load(&w->pipeline->drain_from) <= i) atomic_store(&w->pipeline->drain_from, i + 1);
    for (uint32_t below = 0; below < i; below++) w->more[below] = false;
    w->has_unit = false;
    begin_drain(w);
  }
  if (out->row_count) {
    count_output(op, out);
    w->at++;
  } else if (!w->more[i]) {
    w->at = level_below(w, w->at);
  }
  return VONK_OK;
}

static STATUS step_sink(struct vonk_pipeline_worker *w) {
  struct vonk_operator *sink = w->pipeline->sink;
  enum vonk_step step = VONK_STEP_NEED_INPUT;
  TRY(sink->type->absorb(&w->context, sink, w->sink_state, &w->batches[w->at - 1], &step));
  if (step == VONK_STEP_BLOCKED) return VONK_OK;
  w->context.wait_event = NULL;
  if (step == VONK_STEP_DONE) atomic_store(&w->pipeline->stopped, true);
  w->at = level_below(w, w->at);
  return VONK_OK;
}

static bool stopped(const struct vonk_pipeline_worker *w) {
  return atomic_load_explicit(&w->pipeline->stopped, memory_order_relaxed);
}

/* Moves on by one operator call. */
static STATUS step(struct vonk_pipeline_worker *w, bool *ended) {
  struct vonk_branch *branch = branch_of(w);
  uint32_t at = w->at;
  struct vonk_operator *op = at == 0 ? branch->source : at <= branch->transform_count ? branch->transforms[at - 1] : w->pipeline->sink;
  struct measure measure = measure_begin(w, op);
  enum vonk_status status = at == 0 ? step_source(w, ended) : at <= branch->transform_count ? step_transform(w) : step_sink(w);
  measure_end(w, op, measure);
  return status;
}

/* *ENDED: the worker is through with the branch; else the slice is over or the context says what to wait for. */
static STATUS run_branch(struct vonk_pipeline_worker *w, uint64_t deadline_ns, bool *ended) {
  w->context.deadline_ns = deadline_ns;
  w->context.wait_event = NULL;
  if (w->pipeline->branch >= w->pipeline->branch_count) *ended = true;
  TRY(vonk_task_check(&w->context.task)); /* what waits is woken when it is cancelled */
  while (!*ended) {
    TRY(step(w, ended));
    if (w->context.wait_event) return VONK_OK;
    if (stopped(w)) *ended = true;
    TRY(vonk_task_check(&w->context.task));
    if (w->at == 0 || w->at > branch_of(w)->transform_count) {
      if (vonk_clock_monotonic_ns() > deadline_ns) return VONK_OK;
    }
  }
  return VONK_OK;
}

static STATUS run_parts(struct vonk_pipeline_worker *w, uint64_t deadline_ns, bool *ended) {
  for (;;) {
    uint32_t part = atomic_fetch_add(&w->pipeline->next_part, 1);
    if (part >= w->pipeline->sink->finish_count) break;
    TRY(finish_part(w, part));
    TRY(vonk_task_check(&w->context.task));
    if (vonk_clock_monotonic_ns() > deadline_ns) return VONK_OK;
  }
  *ended = true;
  return VONK_OK;
}

static void submit_all(struct vonk_pipeline *p) {
  uint32_t count = p->worker_count; /* the pipeline may be gone when the last job is in */
  atomic_store(&p->active_workers, count);
  for (uint32_t i = 0; i < count; i++) vonk_engine_submit(&p->execution->queue, &p->workers[i]->job);
}

static void close_all(struct vonk_pipeline *p) {
  for (uint32_t i = 0; i < p->worker_count; i++) {
    struct vonk_pipeline_worker *w = p->workers[i];
    if (p->branch < p->branch_count) close_branch(w);
    if (w->sink_open && p->sink->type->close_worker) p->sink->type->close_worker(p->sink, VONK_ROLE_SINK, w->sink_state);
    w->sink_open = false;
    vonk_error_deinit(&w->error);
    vonk_arena_destroy(w->context.task.arena);
  }
}

/* The next branch with units; false when there is none. */
static bool next_branch(struct vonk_pipeline *p, bool first) {
  if (!first) {
    for (uint32_t i = 0; i < p->worker_count; i++) close_branch(p->workers[i]);
    p->unit_base = atomic_load(&p->unit_end);
    p->branch++;
  }
  for (; p->branch < p->branch_count && !atomic_load(&p->stopped); p->branch++) {
    uint32_t units = atomic_load(&p->branches[p->branch].source->unit_count);
    if (!units) continue;
    atomic_store(&p->branch_stopped, false);
    atomic_store(&p->drain_from, 0);
    /* The floor stands at the base until the first claims (vonk_pipeline_floor): the end goes up last. */
    for (uint32_t i = 0; i < p->worker_count; i++) atomic_store(&p->workers[i]->unit, p->unit_base);
    atomic_store(&p->next_unit, p->unit_base);
    atomic_store(&p->unit_end, p->unit_base + units);
    return true;
  }
  p->branch = p->branch_count;
  return false;
}

static void end_pipeline(struct vonk_pipeline *p) {
  close_all(p);
  vonk_execution_pipeline_ended(p->execution, p);
}

/* Called by the last worker of a phase, with its context. */
static STATUS move_on(struct vonk_pipeline_worker *w, bool *ended) {
  struct vonk_pipeline *p = w->pipeline;
  struct vonk_operator *sink = p->sink;
  if (p->phase == PHASE_BRANCH) {
    if (next_branch(p, false)) {
      submit_all(p);
      return VONK_OK;
    }
    atomic_store(&p->input_ended, true);
    p->phase = PHASE_COMBINE;
    if (sink->type->combine) {
      submit_all(p);
      return VONK_OK;
    }
  }
  if (p->phase == PHASE_COMBINE) {
    p->phase = PHASE_PARTS;
    atomic_store(&p->next_part, 0);
    if (sink->type->finish) {
      TRY(finish_part(w, VONK_FINISH_PLAN));
      if (sink->finish_count) {
        submit_all(p);
        return VONK_OK;
      }
    }
  }
  if (sink->type->finish) TRY(finish_part(w, VONK_FINISH_END));
  *ended = true;
  return VONK_OK;
}

static STATUS run_phase(struct vonk_pipeline_worker *w, uint64_t deadline_ns, bool *ended) {
  switch (w->pipeline->phase) {
    case PHASE_BRANCH: return run_branch(w, deadline_ns, ended);
    case PHASE_COMBINE:
      if (w->sink_open) TRY(combine(w));
      *ended = true;
      return VONK_OK;
    default: return run_parts(w, deadline_ns, ended);
  }
}

static enum vonk_job_answer worker_run(struct vonk_job *job, uint64_t deadline_ns, struct vonk_event **event, uint64_t *ticket) {
  struct vonk_pipeline_worker *w = (struct vonk_pipeline_worker *)job;
  struct vonk_pipeline *p = w->pipeline;
  bool ended = false;
  if (!atomic_load(&p->execution->failed)) {
    enum vonk_status status = run_phase(w, deadline_ns, &ended);
    if (status != VONK_OK) {
      status = vonk_task_memory_error(&w->context.task, status);
      vonk_execution_fail(p->execution, status, &w->error);
      ended = true;
    }
  } else {
    ended = true;
  }
  if (!ended) {
    if (!w->context.wait_event) return VONK_JOB_READY;
    *event = w->context.wait_event;
    *ticket = w->context.wait_ticket;
    return VONK_JOB_BLOCKED;
  }
  atomic_store(&w->unit, UINT64_MAX);
  if (p->execution->result == p->sink) vonk_event_signal(&p->execution->changed);
  if (atomic_load(&p->execution->wake.ticket)) vonk_event_signal(&p->execution->wake);
  if (atomic_fetch_sub(&p->active_workers, 1) != 1) return VONK_JOB_ENDED;
  bool all_ended = false;
  if (!atomic_load(&p->execution->failed)) {
    enum vonk_status status = move_on(w, &all_ended);
    if (status != VONK_OK) {
      status = vonk_task_memory_error(&w->context.task, status);
      vonk_execution_fail(p->execution, status, &w->error);
      all_ended = true;
    }
  } else {
    all_ended = true;
  }
  if (all_ended) end_pipeline(p);
  return VONK_JOB_ENDED;
}

static uint32_t wanted_workers(const struct vonk_pipeline *p) {
  uint64_t units = 0;
  for (uint32_t i = 0; i < p->branch_count; i++) {
    const struct vonk_branch *branch = &p->branches[i];
    uint64_t count = atomic_load(&branch->source->unit_count);
    if (count > units) units = count;
    for (uint32_t k = 0; k < branch->transform_count; k++) {
      if (branch->transforms[k]->one_worker) return 1;
    }
    if (branch->source->one_worker) return 1;
  }
  if (p->sink->one_worker) return 1;
  uint32_t limit = p->execution->worker_limit;
  return units < 1 ? 1 : units < limit ? (uint32_t)units : limit;
}

/* Partitions of SOURCE's branch begin with number BASE. */
static void set_base(struct vonk_pipeline *p, const struct vonk_operator *source, uint32_t base) {
  for (uint32_t i = 0; i < p->branch_count; i++) {
    if (p->branches[i].source == source) p->branches[i].partition_base = base;
  }
}

static uint32_t number_partitions(struct vonk_pipeline *p, struct vonk_operator *op, uint32_t first);

static uint32_t number_union(struct vonk_pipeline *p, struct vonk_operator *op, uint32_t first) {
  uint32_t each = op->child_count ? number_partitions(p, op->children[0], first) : 0, count = each;
  bool zips = op->zips;
  for (uint32_t i = 1; i < op->child_count && zips; i++) zips = number_partitions(p, op->children[i], first) == each;
  for (uint32_t i = 1; i < op->child_count && !zips; i++) count += number_partitions(p, op->children[i], first + count);
  return count;
}

/* Numbers the visible partitions of OP's rows from FIRST on; how many there are. All that the pipeline waited for has ended, so
 * sources know theirs. */
static uint32_t number_partitions(struct vonk_pipeline *p, struct vonk_operator *op, uint32_t first) {
  uint32_t count = 0;
  switch (op->shape) {
    case VONK_SHAPE_TRANSFORM:
      op->first_partition = first;
      op->input_partitions = number_partitions(p, op->children[0], first);
      return op->partition_limit && op->partition_limit < op->input_partitions ? op->partition_limit : op->input_partitions;
    case VONK_SHAPE_UNION: return number_union(p, op, first);
    case VONK_SHAPE_JOIN:
      count = number_partitions(p, op->children[op->probe_child], first);
      /* What was on disk counts for the last partition. */
      set_base(p, op, op->emits_unmatched || !count ? first + count : first + count - 1);
      return count + op->emits_unmatched;
    default:
      set_base(p, op, first);
      return op->partition_count;
  }
}

STATUS vonk_pipeline_start(struct vonk_task *task, struct vonk_pipeline *p) {
  (void)task;
  struct vonk_execution *execution = p->execution;
  uint32_t count = wanted_workers(p);
  p->partition_count = number_partitions(p, p->input, 0);
  atomic_store(&p->numbered, true);
  p->workers = ARENA_ARRAY(execution->arena, struct vonk_pipeline_worker *, count);
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_pipeline_worker *w = ARENA_NEW(execution->arena, struct vonk_pipeline_worker);
    p->workers[i] = w;
    vonk_error_init(&w->error);
    w->job.run = worker_run;
    w->pipeline = p;
    atomic_store(&w->unit, 0);
    w->context = (struct vonk_context){.execution = execution, .pipeline = p, .worker = i};
    w->context.task = (struct vonk_task){.arena = vonk_arena_create(execution->budget), .error = &w->error,
                                         .budget = execution->budget, .cancel = &execution->cancel, .files = execution->files};
  }
  atomic_store(&p->worker_count, count);
  p->phase = PHASE_BRANCH;
  next_branch(p, true); /* without any, the workers find none and go on to the next phase */
  submit_all(p);
  return VONK_OK;
}

uint64_t vonk_pipeline_floor(const struct vonk_pipeline *pipeline) {
  struct vonk_pipeline *p = (struct vonk_pipeline *)pipeline;
  if (atomic_load(&p->input_ended)) return UINT64_MAX;
  /* Before the workers' bounds (claim_unit). Claims that found nothing have raised the next unit past the end. */
  uint64_t floor = atomic_load(&p->next_unit), end = atomic_load(&p->unit_end);
  if (end < floor) floor = end;
  for (uint32_t i = 0; i < p->worker_count; i++) {
    uint64_t unit = atomic_load(&p->workers[i]->unit);
    if (unit < floor) floor = unit;
  }
  return floor;
}

void vonk_pipeline_progress(const struct vonk_pipeline *pipeline, uint64_t *done, uint64_t *total) {
  struct vonk_pipeline *p = (struct vonk_pipeline *)pipeline;
  uint64_t next = atomic_load(&p->next_unit), end = atomic_load(&p->unit_end);
  *total = end;
  *done = next < end ? next : end;
}
