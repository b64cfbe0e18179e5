/* stream.c: starts streaming queries, and runs their batches: see stream.h. */
#include "session/stream.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "type/json.h"
#include "session/execute.h"
#include "session/stream_sink.h"
#include "stream/check.h"

/* Which source each stream of a plan is, in the order of binding: the same relation is the same source. */
struct vonk_stream_seen {
  struct vonk_arena *arena;
  ARRAY_OF(const struct vonk_relation_read *) relations;
  ARRAY_OF(struct vonk_stream_read) reads;
  ARRAY_OF(const struct vonk_type *) schemas;
};

struct runner {
  struct vonk_stream_runner runner;
  struct vonk_arena *arena;
  struct vonk_session *session;              /* the query's own */
  struct vonk_conf *conf;
  struct vonk_files files;
  struct vonk_relation *plan;                /* unresolved */
  struct vonk_stream_seen seen;              /* at the start: reads and schemas */
  struct vonk_stream_sink *sink;
};

#define INPUT_ROWS "__input_rows_" /* what sources are observed under */

/* --- what streams are while a plan is bound --- */

int64_t vonk_stream_now_micros(const struct vonk_statement *statement) {
  return statement->stream && statement->stream->batch ? statement->stream->batch->now_micros : vonk_clock_wall_micros();
}

bool vonk_stream_batch_runs(const struct vonk_statement *statement) { return statement->stream && statement->stream->batch; }

static struct vonk_name paths_of(struct vonk_arena *arena, const struct vonk_relation_read *read) {
  struct vonk_str path = vonk_stream_option(read->options, STR("path")), *part = ARENA_NEW(arena, struct vonk_str);
  if (read->paths.count || !path.data) return read->paths;
  *part = path;
  return (struct vonk_name){part, 1};
}

static STATUS read_of(struct vonk_task *task, const struct vonk_conf *conf, const struct vonk_relation_read *read, struct vonk_stream_read *out) {
  *out = (struct vonk_stream_read){.format = read->format, .paths = paths_of(task->arena, read), .options = read->options, .origin = read->relation.node.origin};
  if (!out->format.size) out->format = vonk_conf_text(conf, VONK_CONF_SOURCES_DEFAULT);
  if (!read->schema.size || vonk_type_from_json(task->arena, read->schema, &out->schema)) return VONK_OK;
  return vonk_sql_parse_schema(task, read->schema, &out->schema);
}

static struct vonk_relation *empty_rows(struct vonk_arena *arena, const struct vonk_type *schema) {
  struct vonk_relation_local_relation *local = RELATION_NEW(arena, local_relation, NULL);
  local->schema = vonk_type_json(arena, schema);
  return &local->relation;
}

/* ROWS, counted as those of source NUMBER. */
static struct vonk_relation *observed(struct vonk_arena *arena, struct vonk_relation *rows, size_t number) {
  struct vonk_relation_collect_metrics *metrics = RELATION_NEW(arena, collect_metrics, NULL);
  struct vonk_expr_function *count = EXPR_NEW(arena, function, NULL);
  struct vonk_expr_literal *one = EXPR_NEW(arena, literal, NULL);
  struct vonk_str *name = ARENA_NEW(arena, struct vonk_str);
  *name = STR("count");
  one->value = vonk_value_integer(&vonk_type_int, 1);
  one->expr.type = &vonk_type_int;
  count->name = (struct vonk_name){name, 1};
  count->arguments = (struct vonk_exprs){ARENA_NEW(arena, struct vonk_expr *), 1};
  count->arguments.items[0] = &one->expr;
  metrics->input = rows;
  metrics->name = vonk_str_format(arena, INPUT_ROWS "%zu", number);
  metrics->metrics = (struct vonk_exprs){ARENA_NEW(arena, struct vonk_expr *), 1};
  metrics->metrics.items[0] = &count->expr;
  return &metrics->relation;
}

/* The source of READ, numbered when it is met first. */
static size_t number_of(struct vonk_stream_seen *seen, const struct vonk_relation_read *read) {
  for (size_t i = 0; i < seen->relations.count; i++) {
    if (seen->relations.items[i] == read) return i;
  }
  *ARRAY_PUSH(seen->arena, &seen->relations) = read;
  return seen->relations.count - 1;
}

static STATUS find_rows(struct vonk_task *task, const struct vonk_stream_binding *binding, const struct vonk_relation_read *read, struct vonk_bind_stream *out) {
  size_t number = number_of(binding->seen, read);
  ASSERT(number < binding->batch->source_count);
  struct vonk_relation *rows = binding->batch->rows[number];
  out->schema = binding->schemas[number];
  out->rows = rows ? observed(task->arena, rows, number) : empty_rows(task->arena, out->schema);
  return VONK_OK;
}

STATUS vonk_stream_find(void *object, struct vonk_task *task, const struct vonk_relation_read *read, struct vonk_bind_stream *out) {
  struct vonk_statement *statement = object;
  const struct vonk_stream_binding *binding = statement->stream;
  struct vonk_stream_context context = {statement->conf, statement->session->catalog};
  const struct vonk_stream_source_type *type;
  struct vonk_stream_description description;
  struct vonk_stream_read wanted;
  *out = (struct vonk_bind_stream){0};
  if (binding && binding->batch) return find_rows(task, binding, read, out);
  TRY(read_of(task, statement->conf, read, &wanted));
  TRY(vonk_stream_source_find(task, wanted.format, wanted.origin, &type));
  TRY(type->describe(task, &context, &wanted, &description));
  out->schema = description.schema;
  out->name = description.name;
  if (!binding || number_of(binding->seen, read) < binding->seen->reads.count) return VONK_OK;
  *ARRAY_PUSH(binding->seen->arena, &binding->seen->reads) = wanted;
  *ARRAY_PUSH(binding->seen->arena, &binding->seen->schemas) = description.schema;
  return VONK_OK;
}

bool vonk_stream_is_in(const struct vonk_relation *resolved) { return vonk_stream_reads(&resolved->node); }

/* --- batches --- */

static const struct vonk_stream_read *runner_reads(struct vonk_stream_runner *object, uint32_t *count) {
  struct runner *runner = (struct runner *)(void *)object;
  *count = (uint32_t)runner->seen.reads.count;
  return runner->seen.reads.items;
}

/* {"name":{"rows":1}} of what the plan itself observes; how many rows sources gave. */
static void take_observed(struct vonk_statement *statement, struct vonk_task *task, struct vonk_stream_outcome *out, uint32_t source_count) {
  struct vonk_text json;
  bool any = false;
  vonk_text_init(&json, task->arena);
  for (size_t i = 0; i < statement->observed.count; i++) {
    const struct vonk_observed *observed = &statement->observed.items[i];
    if (vonk_str_starts_with(observed->name, STR(INPUT_ROWS))) {
      int64_t number = -1;
      bool good = vonk_str_to_int64(vonk_str_slice(observed->name, sizeof INPUT_ROWS - 1, observed->name.size), &number);
      if (good && number >= 0 && number < source_count && observed->values) out->input_rows[number] = (uint64_t)observed->values[0].integer;
      continue;
    }
    vonk_text_add(&json, any ? STR(",") : STR("{"));
    vonk_json_quote(&json, observed->name);
    vonk_text_add(&json, STR(":{"));
    for (uint32_t k = 0; k < observed->keys.count && observed->values; k++) {
      if (k) vonk_text_add_char(&json, ',');
      vonk_json_quote(&json, observed->keys.parts[k]);
      vonk_text_add_char(&json, ':');
      vonk_json_put(&json, &observed->values[k], VONK_JSON_SPARK, statement->zone);
    }
    vonk_text_add_char(&json, '}');
    any = true;
  }
  if (!any) return;
  vonk_text_add_char(&json, '}');
  out->observed = vonk_text_str(&json);
}

static STATUS runner_run(struct vonk_task *task, struct vonk_stream_runner *object, const struct vonk_stream_batch *batch, struct vonk_stream_outcome *out) {
  struct runner *runner = (struct runner *)(void *)object;
  struct vonk_stream_seen seen = {.arena = task->arena};
  struct vonk_stream_binding binding = {batch, runner->seen.schemas.items, &seen};
  struct vonk_stream_sink_batch added = {.id = batch->id, .plan = runner->plan, .row_count = -1};
  struct vonk_statement *statement = vonk_statement_create(runner->session, task->cancel, NULL);
  statement->stream = &binding;
  enum vonk_status status = runner->sink->type->add(statement, runner->sink, &added);
  if (status == VONK_OK) {
    take_observed(statement, task, out, batch->source_count);
    out->output_rows = added.row_count;
    out->planning_ns = added.planning_ns;
  } else {
    status = vonk_task_memory_error(&statement->task, status);
    vonk_error_copy(task->error, &statement->error);
  }
  vonk_statement_close(statement);
  return status;
}

static STATUS runner_explain(struct vonk_task *task, struct vonk_stream_runner *object, bool extended, struct vonk_str *out) {
  struct runner *runner = (struct runner *)(void *)object;
  struct vonk_statement *statement = vonk_statement_create(runner->session, task->cancel, NULL);
  struct vonk_command_explain *command = COMMAND_NEW(statement->arena, explain, NULL);
  command->mode = extended ? VONK_EXPLAIN_EXTENDED : VONK_EXPLAIN_SIMPLE;
  command->statement = &runner->plan->node;
  enum vonk_status status = vonk_statement_execute_node(statement, &command->node);
  if (status == VONK_OK) *out = vonk_str_copy(task->arena, statement->answer.rows.items[0][0].text);
  else vonk_error_copy(task->error, &statement->error);
  vonk_statement_close(statement);
  return status;
}

static void runner_close(struct vonk_stream_runner *object) {
  struct runner *runner = (struct runner *)(void *)object;
  struct vonk_session *session = runner->session;
  vonk_conf_release(runner->conf);
  vonk_arena_destroy(runner->arena);
  vonk_session_close(session);
}

static const struct vonk_stream_runner_type runner_type = {.reads = runner_reads, .run = runner_run, .explain = runner_explain, .close = runner_close};

/* --- starting --- */

static STATUS read_mode(struct vonk_statement *statement, struct vonk_str text, enum vonk_stream_mode *out) {
  if (!text.size || vonk_str_equal_nocase(text, STR("append"))) *out = VONK_STREAM_APPEND;
  else if (vonk_str_equal_nocase(text, STR("complete"))) *out = VONK_STREAM_COMPLETE;
  else if (vonk_str_equal_nocase(text, STR("update"))) *out = VONK_STREAM_UPDATE;
  else return vonk_raise(&statement->task, VONK_STREAMING_OUTPUT_MODE__INVALID, NULL, "outputMode", text, NULL);
  return VONK_OK;
}

static struct vonk_str mode_name(enum vonk_stream_mode mode) {
  return mode == VONK_STREAM_APPEND ? STR("append") : mode == VONK_STREAM_COMPLETE ? STR("complete") : STR("update");
}

static STATUS read_trigger(struct vonk_statement *statement, const struct vonk_command_write_stream *command, struct vonk_str format, struct vonk_stream_trigger *out) {
  struct vonk_task *task = &statement->task;
  *out = (struct vonk_stream_trigger){VONK_STREAM_PROCESSING_TIME, 0};
  switch ((enum vonk_stream_trigger_asked)command->trigger) {
    case VONK_STREAM_ASK_DEFAULT: return VONK_OK;
    case VONK_STREAM_ASK_INTERVAL: return vonk_stream_trigger_interval(task, command->interval, &out->interval_ms);
    case VONK_STREAM_ASK_AVAILABLE_NOW: out->kind = VONK_STREAM_AVAILABLE_NOW; return VONK_OK;
    case VONK_STREAM_ASK_ONCE: out->kind = VONK_STREAM_ONCE; return VONK_OK;
    case VONK_STREAM_ASK_CONTINUOUS: return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_2253, NULL, "sourceName", format, NULL);
    case VONK_STREAM_ASK_REAL_TIME: break;
  }
  return vonk_raise(task, VONK_STREAMING_REAL_TIME_MODE__OPERATOR_OR_SINK_NOT_IN_ALLOWLIST, NULL, "errorType", STR("sink"), "message",
                    vonk_str_format(task->arena, STR_FMT " is", STR_ARG(format)), NULL);
}

/* The option, or a folder below the setting's, or a temporary one. */
static STATUS find_checkpoint(struct vonk_statement *statement, const struct vonk_command_write_stream *command, const struct vonk_stream_sink_type *sink,
                              struct vonk_stream_spec *spec) {
  struct vonk_arena *arena = statement->arena;
  struct vonk_str unique = vonk_uuid_random(arena), setting = vonk_conf_text(statement->conf, VONK_CONF_STREAMING_CHECKPOINT);
  const char *temporary = getenv("TMPDIR");
  spec->checkpoint = vonk_stream_option(command->options, STR("checkpointLocation"));
  if (spec->checkpoint.size) return VONK_OK;
  if (setting.size) {
    spec->checkpoint = vonk_str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(setting), STR_ARG(command->name.size ? command->name : unique));
    return VONK_OK;
  }
  if (!sink->makes_checkpoint) return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_1298, NULL, "config", vonk_conf_rows[VONK_CONF_STREAMING_CHECKPOINT].key, NULL);
  spec->is_temporary = true;
  spec->checkpoint = vonk_str_format(arena, "%s/temporary-" STR_FMT, temporary && *temporary ? temporary : "/tmp", STR_ARG(unique));
  return VONK_OK;
}

/* What sources are known by lives as long as the query. */
static void keep_seen(struct runner *runner, const struct vonk_stream_seen *seen) {
  struct vonk_arena *arena = runner->arena;
  for (size_t i = 0; i < seen->reads.count; i++) {
    const struct vonk_stream_read *read = &seen->reads.items[i];
    *ARRAY_PUSH(arena, &runner->seen.schemas) = vonk_type_copy(arena, seen->schemas.items[i]);
    *ARRAY_PUSH(arena, &runner->seen.reads) = (struct vonk_stream_read){
        .format = vonk_str_copy(arena, read->format),
        .paths = vonk_name_copy(arena, read->paths),
        .options = vonk_options_copy(arena, read->options),
        .schema = read->schema ? vonk_type_copy(arena, read->schema) : NULL,
    };
  }
}

/* Binds the plan as the query will, in its own session. */
static STATUS look_at_plan(struct vonk_statement *statement, struct runner *runner, enum vonk_stream_mode mode, const struct vonk_type **schema) {
  struct vonk_stream_seen seen = {.arena = statement->arena};
  struct vonk_stream_binding binding = {.seen = &seen};
  struct vonk_task *task = &statement->task;
  struct vonk_relation *resolved;
  struct vonk_bind_context context;
  statement->stream = &binding;
  vonk_statement_bind_context(statement, &context);
  context.catalog = runner->session->catalog;
  enum vonk_status status = vonk_bind_query(task, &context, runner->plan, &resolved);
  statement->stream = NULL;
  TRY(status);
  keep_seen(runner, &seen);
  if (!vonk_stream_is_in(resolved)) return vonk_raise(task, VONK_WRITE_STREAM_NOT_ALLOWED, NULL, NULL);
  *schema = vonk_type_copy(runner->arena, vonk_bind_schema(statement->arena, resolved));
  return vonk_stream_check(task, resolved, mode_name(mode));
}

static STATUS open_sink(struct vonk_statement *statement, struct runner *runner, const struct vonk_stream_sink_type *type, struct vonk_stream_sink_request *request) {
  TRY(look_at_plan(statement, runner, request->mode, &request->schema));
  if (!(type->modes & request->mode)) {
    return vonk_raise(&statement->task, VONK_STREAMING_OUTPUT_MODE__UNSUPPORTED_DATASOURCE, NULL, "outputMode", mode_name(request->mode), "className",
                      request->format_name, NULL);
  }
  TRY(type->open(statement, request, &runner->sink));
  runner->sink->type = type;
  runner->runner.sink = runner->sink->description;
  return VONK_OK;
}

/* *OUT is to be closed whatever becomes of it. */
static STATUS create_runner(struct vonk_statement *statement, const struct vonk_command_write_stream *command, struct runner **out) {
  struct vonk_session *session;
  int code = vonk_session_clone(statement->session, &session);
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct runner *runner = *out = ARENA_NEW(arena, struct runner);
  runner->arena = arena;
  runner->session = session;
  runner->conf = vonk_session_conf(session);
  if (code != VONK_RUN_OK) {
    vonk_error_copy(statement->task.error, &session->error);
    return VONK_FAILED;
  }
  runner->files = (struct vonk_files){session->instance->stores, runner->conf, 0, session->identity};
  runner->seen.arena = arena;
  runner->plan = (struct vonk_relation *)(void *)vonk_node_copy(arena, &command->query->node);
  runner->runner = (struct vonk_stream_runner){.type = &runner_type, .context = {runner->conf, session->catalog}, .files = &runner->files, .budget = session->budget};
  return VONK_OK;
}

/* The files of a table go by the table's format. */
static STATUS find_sink(struct vonk_statement *statement, const struct vonk_command_write_stream *command, struct vonk_str format,
                        const struct vonk_stream_sink_type **out) {
  return vonk_stream_sink_find(statement, command->table.count ? STR("parquet") : format, out);
}

static STATUS prepare(struct vonk_statement *statement, const struct vonk_command_write_stream *command, struct runner *runner, struct vonk_stream_spec *spec) {
  const struct vonk_stream_sink_type *type;
  struct vonk_stream_sink_request request = {.command = command, .format_name = command->format, .arena = runner->arena};
  if (command->foreach || command->foreach_batch) return vonk_unsupported(&statement->task, NULL, command->foreach ? "foreach" : "foreachBatch");
  if (!request.format_name.size) request.format_name = vonk_conf_text(statement->conf, VONK_CONF_SOURCES_DEFAULT);
  TRY(read_mode(statement, command->output_mode, &request.mode));
  TRY(read_trigger(statement, command, request.format_name, &spec->trigger));
  TRY(find_sink(statement, command, request.format_name, &type));
  if (command->name.size) spec->name = command->name;
  spec->may_recover = type->recovers & request.mode;
  TRY(open_sink(statement, runner, type, &request));
  return find_checkpoint(statement, command, type, spec);
}

STATUS vonk_stream_start(struct vonk_statement *statement, const struct vonk_command_write_stream *command, struct vonk_stream_query **out) {
  struct vonk_stream_spec spec = {0};
  struct runner *runner;
  enum vonk_status status = create_runner(statement, command, &runner);
  if (status == VONK_OK) status = prepare(statement, command, runner, &spec);
  if (status == VONK_OK) return vonk_stream_query_start(&statement->task, statement->session->streams, &spec, &runner->runner, out);
  runner_close(&runner->runner);
  return status;
}
