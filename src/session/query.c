/* query.c: bind, optimise, execute. */
#include "session/query.h"

#include "base/clock.h"
#include "bind/binder.h"
#include "exec/partitioning.h"
#include "exec/query.h"
#include "opt/optimizer.h"
#include "session/cache.h"
#include "session/catalog_call/catalog_call.h"
#include "session/checkpoint.h"
#include "session/python.h"
#include "session/stream.h"
#include "session/watch.h"

struct vonk_sql_options vonk_statement_parse_options(struct vonk_statement *statement) {
  struct vonk_bind_context *context = ARENA_NEW(statement->arena, struct vonk_bind_context);
  vonk_statement_bind_context(statement, context);
  return vonk_bind_sql_options(context, statement->conf, statement->zone);
}

struct vonk_exec_options vonk_statement_exec_options(struct vonk_statement *statement, const struct vonk_engine *engine) {
  struct vonk_partitioning *partitioning = ARENA_NEW(statement->arena, struct vonk_partitioning);
  vonk_partitioning_read(statement->conf, vonk_engine_thread_count(engine), partitioning);
  return (struct vonk_exec_options){.force_spill = (uint32_t)vonk_conf_int(statement->conf, VONK_CONF_DEBUG_FORCE_SPILL),
                                    .dictionaries = vonk_conf_bool(statement->conf, VONK_CONF_DEBUG_DICTIONARIES), .partitioning = partitioning,
                                    .timed = statement->is_timed, .python = vonk_session_python_pool(statement->session)};
}

/* Rows for the binder, copied to the task's arena. */
static STATUS run_for_binder(void *object, struct vonk_task *task, struct vonk_relation *relation, uint32_t row_limit,
                             struct vonk_bind_rows *out) {
  struct vonk_statement *statement = object;
  struct vonk_engine *engine;
  struct vonk_execution *execution;
  struct vonk_batch batch;
  ARRAY_OF(struct vonk_value) values = {0};
  uint32_t rows = 0;
  TRY(vonk_instance_engine(task, statement->session->instance, &engine));
  TRY(vonk_cache_use(statement, relation, false, &relation));
  TRY(vonk_optimize(task, statement->conf, relation, &relation));
  struct vonk_exec_options options = vonk_statement_exec_options(statement, engine);
  TRY(vonk_exec_start(task, engine, relation, &options, &execution));
  enum vonk_status status;
  while ((status = vonk_execution_next(task, execution, &batch)) == VONK_OK && batch.row_count && rows < row_limit) {
    for (uint32_t row = 0; row < batch.row_count && rows < row_limit; row++) {
      if (!vonk_batch_row_live(&batch, row)) continue;
      for (uint32_t i = 0; i < batch.column_count; i++) {
        *ARRAY_PUSH(task->arena, &values) = vonk_column_get(&batch.columns[i], row, task->arena);
      }
      rows++;
    }
  }
  if (status == VONK_OK && !batch.row_count) status = vonk_execution_observed(&statement->task, execution, &statement->observed);
  vonk_execution_destroy(execution);
  *out = (struct vonk_bind_rows){values.items, rows, relation->column_count};
  return status;
}

static STATUS run_catalog(void *object, struct vonk_task *task, const struct vonk_relation_catalog *call, const struct vonk_type **schema,
                          struct vonk_bind_rows *out) {
  struct vonk_statement *statement = object;
  struct vonk_answer answer = {.arena = task->arena};
  TRY(vonk_catalog_call_run(statement, call, &answer));
  uint32_t width = (uint32_t)answer.columns.count, height = (uint32_t)answer.rows.count;
  struct vonk_value *values = ARENA_ARRAY(task->arena, struct vonk_value, (size_t)width * height);
  for (uint32_t i = 0; i < height; i++) memcpy(values + (size_t)i * width, answer.rows.items[i], width * sizeof *values);
  *schema = vonk_type_struct(task->arena, answer.columns.items, width);
  *out = (struct vonk_bind_rows){values, height, width};
  return VONK_OK;
}
static const struct vonk_expr *find_function(void *object, struct vonk_arena *arena, struct vonk_str name) {
  const struct vonk_statement *statement = object;
  return vonk_session_function(statement->session, arena, name);
}

static const struct vonk_stored_batches *find_checkpoint(void *object, struct vonk_str id, const struct vonk_type **schema) {
  const struct vonk_checkpoint *checkpoint = vonk_checkpoint_find(object, id);
  if (checkpoint) *schema = checkpoint->schema;
  return checkpoint ? &checkpoint->batches : NULL;
}

void vonk_statement_bind_context(struct vonk_statement *statement, struct vonk_bind_context *out) {
  *out = (struct vonk_bind_context){
      .catalog = statement->session->catalog,
      .conf = statement->conf,
      .now_micros = vonk_stream_now_micros(statement),
      .find_stream = vonk_stream_find,
      .batch_runs = vonk_stream_batch_runs(statement),
      .user = statement->session->user,
      .run_query = run_for_binder,
      .run_catalog = run_catalog,
      .find_checkpoint = find_checkpoint,
      .run_object = statement,
      .find_function = find_function,
      .sealed = statement->session->sealed,
  };
}

STATUS vonk_statement_bind(struct vonk_statement *statement, struct vonk_relation *unresolved, struct vonk_relation **out) {
  struct vonk_bind_context context;
  vonk_statement_bind_context(statement, &context);
  return vonk_bind_query(&statement->task, &context, unresolved, out);
}

STATUS vonk_statement_ask(struct vonk_statement *statement, struct vonk_str sql, uint32_t row_limit, struct vonk_bind_rows *out) {
  struct vonk_sql_options options = vonk_statement_parse_options(statement);
  struct vonk_relation *query;
  TRY(vonk_sql_parse_query(&statement->task, sql, &options, &query));
  TRY(vonk_statement_bind(statement, query, &query));
  return run_for_binder(statement, &statement->task, query, row_limit, out);
}

STATUS vonk_statement_no_table(struct vonk_statement *statement, struct vonk_name name, bool builtin, const struct vonk_origin *origin) {
  return vonk_raise(&statement->task, VONK_TABLE_OR_VIEW_NOT_FOUND, origin, "relationName", vonk_name_quote(statement->arena, name), "searchPath",
                    vonk_catalog_search_path(statement->arena, statement->session->catalog, builtin), NULL);
}

STATUS vonk_statement_location(struct vonk_statement *statement, struct vonk_str database, struct vonk_str location, struct vonk_str *out) {
  bool absolute = location.size && (location.data[0] == '/' || vonk_str_find(location, STR(":/"), 0) != SIZE_MAX);
  *out = location;
  return absolute ? VONK_OK : vonk_catalog_table_location(&statement->task, statement->session->catalog, database, location, out);
}

/* WANTED: what the caller adds to the session's options. */
static STATUS run(struct vonk_statement *statement, struct vonk_relation *resolved, const struct vonk_exec_options *wanted) {
  struct vonk_task *task = &statement->task;
  struct vonk_engine *engine;
  TRY(vonk_optimize(task, statement->conf, resolved, &resolved));
  TRY(vonk_instance_engine(task, statement->session->instance, &engine));
  struct vonk_exec_options options = vonk_statement_exec_options(statement, engine);
  options.write = wanted->write;
  options.partitions = wanted->partitions;
  options.budget = wanted->budget;
  TRY(vonk_exec_start(task, engine, resolved, &options, &statement->execution));
  statement->watch = vonk_watch_create(statement);
  return VONK_OK;
}

static bool has_time(const struct vonk_type *type) {
  bool found = type->id == VONK_TYPE_TIME;
  for (uint32_t i = 0, count = vonk_type_child_count(type); i < count && !found; i++) found = has_time(vonk_type_child(type, i));
  return found;
}

STATUS vonk_statement_check_time(struct vonk_statement *statement, const struct vonk_type *type) {
  if (vonk_conf_bool(statement->conf, VONK_CONF_TIME_TYPE_ENABLED) || !has_time(type)) return VONK_OK;
  return vonk_raise(&statement->task, VONK_UNSUPPORTED_TIME_TYPE, NULL, NULL);
}

static STATUS start(struct vonk_statement *statement, struct vonk_relation *resolved, const struct vonk_write_spec *write) {
  TRY(vonk_cache_use(statement, resolved, true, &resolved));
  statement->schema = vonk_bind_answer_schema(statement->arena, resolved);
  TRY(vonk_statement_check_time(statement, statement->schema));
  return run(statement, resolved, &(struct vonk_exec_options){.write = write});
}

STATUS vonk_statement_start(struct vonk_statement *statement, struct vonk_relation *resolved) { return start(statement, resolved, NULL); }

/* A cancelled execution may end without having said so itself. */
static STATUS after_waiting(struct vonk_statement *statement, enum vonk_status status) {
  vonk_watch_leave(statement->watch);
  if (!vonk_task_cancelled(&statement->task)) return status;
  vonk_error_clear(statement->task.error);
  return vonk_task_check(&statement->task);
}

/* The same for the rows of a command. */
static STATUS next_answer(struct vonk_statement *statement, struct vonk_batch *out) {
  vonk_arena_reset(statement->cells);
  TRY(vonk_answer_batch(&statement->task, &statement->answer, statement->answer_at, statement->cells, out));
  statement->answer_at += out->row_count;
  return VONK_OK;
}

STATUS vonk_statement_next_batch(struct vonk_statement *statement, struct vonk_batch *out) {
  TRY(vonk_task_check(&statement->task));
  if (!statement->execution) return next_answer(statement, out);
  vonk_watch_enter(statement->watch);
  enum vonk_status status = vonk_execution_next(&statement->task, statement->execution, out);
  if (status == VONK_OK && !out->row_count) status = vonk_execution_observed(&statement->task, statement->execution, &statement->observed);
  return after_waiting(statement, status);
}

STATUS vonk_statement_run_rows(struct vonk_statement *statement, struct vonk_relation *resolved, struct vonk_budget *budget, vonk_statement_batch *fn, void *object,
                               uint32_t *partition_count) {
  struct vonk_batch batch = {.row_count = 1};
  enum vonk_status status = run(statement, resolved, &(struct vonk_exec_options){.partitions = true, .budget = budget});
  if (status == VONK_OK) status = vonk_execution_partition_count(&statement->task, statement->execution, partition_count);
  while (status == VONK_OK && batch.row_count) {
    status = vonk_statement_next_batch(statement, &batch);
    if (status == VONK_OK && batch.row_count) status = fn(object, &statement->task, &batch);
  }
  vonk_statement_stop(statement);
  return status;
}

STATUS vonk_statement_run_write(struct vonk_statement *statement, struct vonk_relation *resolved, const struct vonk_write_spec *spec) {
  TRY(start(statement, resolved, spec));
  vonk_watch_enter(statement->watch);
  enum vonk_status status = vonk_execution_run(&statement->task, statement->execution);
  if (status == VONK_OK) status = vonk_execution_observed(&statement->task, statement->execution, &statement->observed);
  return after_waiting(statement, status);
}

void vonk_statement_progress(const struct vonk_statement *statement, struct vonk_progress *out) {
  *out = (struct vonk_progress){.elapsed_ns = vonk_clock_monotonic_ns() - statement->start_ns,
                                .memory_bytes = vonk_budget_used(statement->session->instance->budget)};
  if (statement->execution) vonk_execution_progress(statement->execution, &out->done_units, &out->total_units);
}

void vonk_statement_stop(struct vonk_statement *statement) {
  static const struct vonk_type no_columns = {.id = VONK_TYPE_STRUCT};
  vonk_watch_destroy(statement->watch);
  vonk_execution_destroy(statement->execution);
  statement->watch = NULL;
  statement->execution = NULL;
  statement->schema = &no_columns;
}

void vonk_statement_close(struct vonk_statement *statement) {
  if (!statement) return;
  struct vonk_budget *budget = statement->budget;
  vonk_statement_stop(statement);
  vonk_conf_release(statement->conf);
  vonk_error_deinit(&statement->error);
  vonk_arena_destroy(statement->cells);
  vonk_arena_destroy(statement->arena);
  vonk_budget_destroy(budget);
}
