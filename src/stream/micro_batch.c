/* micro_batch.c: batch after batch, as Spark's MicroBatchExecution.
 *
 * Before the first batch the checkpoint says where the query was. A trigger asks all sources how far they are; when one is farther than
 * what was committed, the new offsets are written down, the rows between the old and the new ones are run through the plan into the sink,
 * and the commit is written. What was written down and not committed is run first, with the offsets it had.
 */
#include <string.h>

#include "base/clock.h"
#include "stream/stream_internal.h"

/* Offsets of all sources, with memory of their own: they outlive the trigger that found them. */
struct offsets {
  struct vonk_arena *arena;
  struct vonk_str *items;              /* data NULL: none yet */
};

struct run {
  struct vonk_stream_query *query;
  struct vonk_task *task;              /* of the query's thread */
  struct vonk_stream_runner *runner;
  struct offsets committed, available;
  struct vonk_str *latest;             /* as sources told them; of the trigger */
  struct vonk_options settings;
  int64_t batch;                       /* number of the next */
  int64_t watermark_ms, batch_ms;
  bool is_planned;                     /* the batch's offsets are written down */
  /* Of the trigger under way. */
  int64_t trigger_ms, previous_trigger_ms; /* the latter -1 at first */
  uint64_t trigger_ns;
  int64_t phase_ms[VONK_STREAM_PHASE_COUNT];
  int64_t told_ms;                     /* when listeners last heard of progress */
};

static void offsets_set(struct offsets *offsets, const struct vonk_str *items, uint32_t count) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_str *copies = ARENA_ARRAY(arena, struct vonk_str, count);
  for (uint32_t i = 0; i < count; i++) {
    if (items && items[i].data) copies[i] = vonk_str_copy(arena, items[i]);
  }
  vonk_arena_destroy(offsets->arena);
  *offsets = (struct offsets){arena, copies};
}

static bool same_offset(struct vonk_str a, struct vonk_str b) { return (a.data != NULL) == (b.data != NULL) && vonk_str_equal(a, b); }

static bool has_news(const struct run *run) {
  bool news = false;
  for (uint32_t i = 0; i < run->query->source_count; i++) {
    news |= run->available.items[i].data && !same_offset(run->available.items[i], run->committed.items[i]);
  }
  return news;
}

static void end_phase(struct run *run, enum vonk_stream_phase phase, uint64_t since_ns) {
  int64_t ms = (int64_t)((vonk_clock_monotonic_ns() - since_ns) / 1000000);
  run->phase_ms[phase] = (run->phase_ms[phase] < 0 ? 0 : run->phase_ms[phase]) + ms;
}

/* --- the beginning --- */

static STATUS open_sources(struct run *run) {
  struct vonk_stream_query *query = run->query;
  const struct vonk_stream_read *reads = run->runner->type->reads(run->runner, &query->source_count);
  query->sources = ARENA_ARRAY(query->arena, struct vonk_stream_source *, query->source_count);
  for (uint32_t i = 0; i < query->source_count; i++) {
    const struct vonk_stream_source_type *type;
    struct vonk_str folder = vonk_str_format(query->arena, STR_FMT "/%u", STR_ARG(query->checkpoint.sources), i);
    TRY(vonk_stream_source_find(run->task, reads[i].format, reads[i].origin, &type));
    TRY(type->open(run->task, &run->runner->context, &reads[i], query->arena, folder, &query->sources[i]));
    query->sources[i]->type = type;
  }
  return VONK_OK;
}

static STATUS check_count(struct run *run, const struct vonk_stream_planned *planned) {
  uint32_t count = run->query->source_count;
  if (planned->offset_count == count) return VONK_OK;
  return vonk_raisef(run->task, VONK__REQUIREMENT_FAILED, NULL, "message", "There are %u sources in the checkpoint offsets and now there are %u requested by the query. Cannot continue.",
                     planned->offset_count, count);
}

static STATUS read_planned(struct run *run, int64_t batch, struct vonk_stream_planned *out) {
  bool found;
  TRY(vonk_stream_checkpoint_planned(run->task, &run->query->checkpoint, batch, &found, out));
  if (found) return check_count(run, out);
  return vonk_raisef(run->task, VONK_BATCH_METADATA_NOT_FOUND, NULL, "batchMetadataFile", STR_FMT "/%lld", STR_ARG(run->query->checkpoint.offsets), (long long)batch);
}

/* Where the query was. */
static STATUS recover(struct run *run) {
  struct vonk_stream_query *query = run->query;
  struct vonk_stream_planned planned, before;
  int64_t latest, committed;
  offsets_set(&run->committed, NULL, query->source_count);
  offsets_set(&run->available, NULL, query->source_count);
  run->settings = vonk_stream_kept_settings(query->arena, run->runner->context.conf);
  TRY(vonk_stream_checkpoint_latest(run->task, &query->checkpoint, &latest, &committed));
  if (latest < 0) return VONK_OK;
  TRY(read_planned(run, latest, &planned));
  offsets_set(&run->available, planned.offsets, query->source_count);
  if (planned.settings.count) run->settings = vonk_options_copy(query->arena, planned.settings);
  run->batch_ms = planned.begun_ms;
  run->watermark_ms = planned.watermark_ms;
  run->batch = latest;
  run->is_planned = true;
  if (committed == latest) {
    run->batch = latest + 1;
    run->is_planned = false;
    offsets_set(&run->committed, planned.offsets, query->source_count);
  } else if (latest > 0) {
    TRY(read_planned(run, latest - 1, &before));
    offsets_set(&run->committed, before.offsets, query->source_count);
  }
  return VONK_OK;
}

/* --- a batch --- */

static STATUS find_offsets(struct run *run, struct vonk_task *task, bool unlimited, struct vonk_str *out) {
  struct vonk_stream_query *query = run->query;
  uint64_t since_ns = vonk_clock_monotonic_ns();
  for (uint32_t i = 0; i < query->source_count; i++) {
    struct vonk_stream_source *source = query->sources[i];
    struct vonk_stream_offsets found = {0};
    stream_say(query, "Getting offsets from " STR_FMT, STR_ARG(source->description));
    TRY(source->type->latest(task, source, run->available.items[i], unlimited, &found));
    out[i] = found.end.data ? found.end : run->available.items[i];
    run->latest[i] = found.latest;
  }
  end_phase(run, VONK_STREAM_LATEST_OFFSET, since_ns);
  return VONK_OK;
}

/* What the batch before had will not be asked for again. */
static STATUS commit_sources(struct run *run, struct vonk_task *task) {
  struct vonk_stream_query *query = run->query;
  for (uint32_t i = 0; i < query->source_count; i++) {
    struct vonk_stream_source *source = query->sources[i];
    if (source->type->commit && run->committed.items[i].data) TRY(source->type->commit(task, source, run->committed.items[i]));
  }
  return vonk_stream_checkpoint_purge(task, &query->checkpoint, run->batch);
}

/* Sets is_planned when there is something to do. */
static STATUS plan_batch(struct run *run, struct vonk_task *task) {
  struct vonk_stream_query *query = run->query;
  struct vonk_str *ends = ARENA_ARRAY(task->arena, struct vonk_str, query->source_count);
  TRY(find_offsets(run, task, query->spec.trigger.kind == VONK_STREAM_ONCE, ends));
  offsets_set(&run->available, ends, query->source_count);
  if (!has_news(run)) return VONK_OK;
  run->batch_ms = stream_now_ms();
  stream_say(query, "Writing offsets to log");
  struct vonk_stream_planned planned = {run->watermark_ms, run->batch_ms, run->settings, run->available.items, query->source_count};
  uint64_t since_ns = vonk_clock_monotonic_ns();
  TRY(vonk_stream_checkpoint_plan(task, &query->checkpoint, run->batch, &planned));
  TRY(commit_sources(run, task));
  end_phase(run, VONK_STREAM_WAL_COMMIT, since_ns);
  run->is_planned = true;
  return VONK_OK;
}

static STATUS get_rows(struct run *run, struct vonk_task *task, struct vonk_relation **rows) {
  struct vonk_stream_query *query = run->query;
  uint64_t since_ns = vonk_clock_monotonic_ns();
  for (uint32_t i = 0; i < query->source_count; i++) {
    struct vonk_str start = run->committed.items[i], end = run->available.items[i];
    struct vonk_stream_source *source = query->sources[i];
    if (!end.data || same_offset(start, end)) continue;
    TRY(source->type->rows(task, source, start, end, &rows[i]));
  }
  end_phase(run, VONK_STREAM_GET_BATCH, since_ns);
  return VONK_OK;
}

static STATUS run_batch(struct run *run, struct vonk_task *task, struct vonk_stream_outcome *outcome) {
  struct vonk_stream_query *query = run->query;
  struct vonk_relation **rows = ARENA_ARRAY(task->arena, struct vonk_relation *, query->source_count);
  struct vonk_stream_batch batch = {run->batch, run->batch_ms * 1000, rows, query->source_count};
  stream_say(query, "Processing new data");
  TRY(get_rows(run, task, rows));
  uint64_t since_ns = vonk_clock_monotonic_ns();
  TRY(run->runner->type->run(task, run->runner, &batch, outcome));
  run->phase_ms[VONK_STREAM_QUERY_PLANNING] = (int64_t)(outcome->planning_ns / 1000000);
  end_phase(run, VONK_STREAM_ADD_BATCH, since_ns + outcome->planning_ns);
  since_ns = vonk_clock_monotonic_ns();
  TRY(vonk_stream_checkpoint_commit(task, &query->checkpoint, run->batch, run->watermark_ms));
  end_phase(run, VONK_STREAM_COMMIT_OFFSETS, since_ns);
  return VONK_OK;
}

/* --- telling --- */

static struct vonk_str idle_json(const struct run *run, struct vonk_arena *arena) {
  struct vonk_str time = vonk_stream_time(arena, run->trigger_ms);
  return vonk_str_format(arena, "{\"id\":\"" STR_FMT "\",\"runId\":\"" STR_FMT "\",\"timestamp\":\"" STR_FMT "\"}", STR_ARG(run->query->checkpoint.query_id),
                         STR_ARG(run->query->run_id), STR_ARG(time));
}

static void tell_progress(struct run *run, struct vonk_arena *arena, const struct vonk_stream_outcome *outcome) {
  struct vonk_stream_query *query = run->query;
  struct vonk_stream_source_progress *sources = ARENA_ARRAY(arena, struct vonk_stream_source_progress, query->source_count);
  for (uint32_t i = 0; i < query->source_count; i++) {
    sources[i] = (struct vonk_stream_source_progress){query->sources[i]->description, run->committed.items[i], run->available.items[i], run->latest[i],
                                                      outcome->input_rows[i]};
  }
  struct vonk_stream_progress progress = {
      .id = query->checkpoint.query_id,
      .run_id = query->run_id,
      .name = query->spec.name,
      .begun_ms = run->trigger_ms,
      .batch_id = run->batch,
      .input_seconds = run->previous_trigger_ms < 0 ? -1 : (double)(run->trigger_ms - run->previous_trigger_ms) / 1000,
      .processing_seconds = (double)((vonk_clock_monotonic_ns() - run->trigger_ns) / 1000000) / 1000,
      .sources = sources,
      .source_count = query->source_count,
      .sink = run->runner->sink,
      .output_rows = outcome->output_rows,
      .observed = outcome->observed,
  };
  memcpy(progress.phase_ms, run->phase_ms, sizeof progress.phase_ms);
  struct vonk_str json = vonk_stream_progress_json(arena, &progress);
  stream_keep_progress(query, json);
  stream_manager_tell(query->manager, VONK_STREAM_EVENT_PROGRESS, vonk_str_format(arena, "{\"progress\":" STR_FMT "}", STR_ARG(json)));
}

static void tell_idle(struct run *run, struct vonk_arena *arena) {
  enum { INTERVAL_MS = 10000 };
  if (run->trigger_ms - run->told_ms < INTERVAL_MS) return;
  run->told_ms = run->trigger_ms;
  stream_manager_tell(run->query->manager, VONK_STREAM_EVENT_IDLE, idle_json(run, arena));
}

/* --- triggers --- */

static void set_flags(struct vonk_stream_query *query, bool is_trigger_active, bool is_data_available) {
  vonk_mutex_lock(&query->lock);
  query->is_trigger_active = is_trigger_active;
  query->is_data_available = is_data_available;
  vonk_mutex_unlock(&query->lock);
}

/* A trigger after which there was nothing more to do. */
static void note_quiet(struct vonk_stream_query *query) {
  vonk_mutex_lock(&query->lock);
  query->is_trigger_active = query->is_data_available = false;
  query->quiet++;
  vonk_condition_variable_broadcast(&query->changed);
  vonk_mutex_unlock(&query->lock);
}

static void finish_batch(struct run *run, struct vonk_arena *arena, const struct vonk_stream_outcome *outcome) {
  struct vonk_stream_query *query = run->query;
  end_phase(run, VONK_STREAM_TRIGGER_EXECUTION, run->trigger_ns);
  tell_progress(run, arena, outcome);
  run->told_ms = stream_now_ms();
  offsets_set(&run->committed, run->available.items, query->source_count);
  run->batch++;
  run->is_planned = false;
  vonk_mutex_lock(&query->lock);
  query->has_run = true;
  query->is_trigger_active = query->is_data_available = false;
  vonk_mutex_unlock(&query->lock);
}

/* *RAN: there was a batch. */
static STATUS run_trigger(struct run *run, struct vonk_task *task, bool *ran) {
  struct vonk_stream_query *query = run->query;
  struct vonk_stream_outcome outcome = {.input_rows = ARENA_ARRAY(task->arena, uint64_t, query->source_count), .output_rows = -1};
  run->previous_trigger_ms = run->trigger_ms;
  run->trigger_ms = stream_now_ms();
  run->trigger_ns = vonk_clock_monotonic_ns();
  run->latest = ARENA_ARRAY(task->arena, struct vonk_str, query->source_count);
  for (int i = 0; i < VONK_STREAM_PHASE_COUNT; i++) run->phase_ms[i] = -1;
  set_flags(query, true, false);
  if (!run->is_planned) TRY(plan_batch(run, task));
  *ran = run->is_planned;
  if (!*ran) {
    stream_say(query, "Waiting for data to arrive");
    note_quiet(query);
    tell_idle(run, task->arena);
    return VONK_OK;
  }
  set_flags(query, true, true);
  TRY(run_batch(run, task, &outcome));
  finish_batch(run, task->arena, &outcome);
  stream_say(query, "Waiting for next trigger");
  return VONK_OK;
}

/* Until the query ends. */
static STATUS run_triggers(struct run *run) {
  enum { POLL_MS = 10 };
  struct vonk_stream_query *query = run->query;
  const struct vonk_stream_trigger *trigger = &query->spec.trigger;
  for (;;) {
    struct vonk_task task = *run->task;
    int64_t next_ms = vonk_stream_trigger_next(trigger, stream_now_ms());
    bool ran = false;
    TRY(vonk_task_check(&task));
    task.arena = vonk_arena_create(run->runner->budget);
    enum vonk_status status = run_trigger(run, &task, &ran);
    vonk_arena_destroy(task.arena);
    TRY(status);
    if (trigger->kind == VONK_STREAM_ONCE || (trigger->kind == VONK_STREAM_AVAILABLE_NOW && !ran)) return VONK_OK;
    if (trigger->kind == VONK_STREAM_PROCESSING_TIME && trigger->interval_ms == 0 && !ran) next_ms = stream_now_ms() + POLL_MS;
    TRY(stream_sleep_until(run->task, query, next_ms));
  }
}

static STATUS run_all(struct run *run) {
  struct vonk_stream_query *query = run->query;
  TRY(open_sources(run));
  TRY(recover(run));
  for (uint32_t i = 0; i < query->source_count && query->spec.trigger.kind == VONK_STREAM_AVAILABLE_NOW; i++) {
    TRY(query->sources[i]->type->fix_end(run->task, query->sources[i]));
  }
  return run_triggers(run);
}

STATUS stream_run_batches(struct vonk_stream_query *query, struct vonk_task *task) {
  struct run run = {.query = query, .task = task, .runner = query->runner, .trigger_ms = -1, .told_ms = stream_now_ms()};
  enum vonk_status status = run_all(&run);
  struct vonk_text details;
  vonk_text_init(&details, query->arena);
  for (uint32_t i = 0; i < query->source_count && run.committed.arena && run.available.arena && status == VONK_FAILED; i++) {
    vonk_text_addf(&details, "\nSource " STR_FMT ": committed " STR_FMT ", available " STR_FMT, STR_ARG(query->sources[i]->description),
                   STR_ARG(run.committed.items[i]), STR_ARG(run.available.items[i]));
  }
  query->details = vonk_text_str(&details);
  vonk_arena_destroy(run.committed.arena);
  vonk_arena_destroy(run.available.arena);
  return status;
}
