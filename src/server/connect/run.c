/* run.c: see run.h. */
#include "server/connect/run.h"

#include "bind/binder.h"
#include "exec/measures.h"
#include "server/connect/decode.h"
#include "server/connect/encode.h"
#include "server/connect/exception.h"
#include "session/execute.h"
#include "session/query.h"
#include "wire/protobuf.h"

/* ExecutePlanResponse */
enum {
  RESPONSE_ARROW_BATCH = 2, RESPONSE_METRICS = 4, RESPONSE_SQL_RESULT = 5, RESPONSE_OBSERVED = 6, RESPONSE_SCHEMA = 7, RESPONSE_RESOURCES = 10, RESPONSE_COMPLETE = 14,
  RESPONSE_PROGRESS = 18, RESPONSE_CHECKPOINT = 19
};
enum { BATCH_ROWS = 1, BATCH_DATA = 2, BATCH_OFFSET = 3, BATCH_CHUNK = 4, BATCH_CHUNKS = 5 };
/* Relation and its LocalRelation; ExecutionProgress */
enum { SQL_RESULT_RELATION = 1, RELATION_LOCAL = 11, LOCAL_DATA = 1, LOCAL_SCHEMA = 2, CHECKPOINT_RELATION = 1, REMOTE_RELATION_ID = 1 };
enum { PROGRESS_STAGES = 1, PROGRESS_TASKS = 2, STAGE_ID = 1, STAGE_TASKS = 2, STAGE_TASKS_DONE = 3, STAGE_BYTES = 4, STAGE_ENDED = 5 };
enum { PROGRESS_MS = 500 }; /* how often the engine tells how far it is */
enum { RECORD_BYTES_PERCENT = 70 }; /* of the message size that rows may take; the rest is for what is around them */

struct running {
  struct connect_operation *operation;
  struct vonk_statement *statement;
  struct vonk_task *task;          /* the statement's */
  struct vonk_task results;        /* the same, but responses are charged to the session: they outlive the statement */
};

/* --- results --- */

static struct vonk_ipc_options ipc_options(const struct vonk_statement *statement) {
  struct vonk_str codec = vonk_conf_text(statement->conf, VONK_CONF_ARROW_COMPRESSION_CODEC);
  int64_t rows = vonk_conf_int(statement->conf, VONK_CONF_ARROW_MAX_RECORDS);
  return (struct vonk_ipc_options){
      .zone_id = vonk_timezone_id(statement->zone),
      .large_offsets = vonk_conf_bool(statement->conf, VONK_CONF_ARROW_LARGE_VAR_TYPES),
      .codec = vonk_str_equal(codec, STR("zstd")) ? VONK_IPC_ZSTD : vonk_str_equal(codec, STR("lz4")) ? VONK_IPC_LZ4 : VONK_IPC_PLAIN,
      .row_limit = rows > 0 ? (uint64_t)rows : 0,
      .byte_limit = (uint64_t)vonk_conf_bytes(statement->conf, VONK_CONF_CONNECT_ARROW_BATCH_BYTES) * RECORD_BYTES_PERCENT / 100,
  };
}

/* Of how many bytes at the most clients get rows at once; 0: whole batches. Spark's rule: what the client prefers, within reason. */
static uint64_t chunk_bytes(const struct running *running) {
  enum { LEAST = 1024 };
  const struct connect_operation *operation = running->operation;
  int64_t most = vonk_conf_bytes(running->statement->conf, VONK_CONF_CONNECT_CHUNK_BYTES), wanted = operation->chunk_bytes;
  if (!operation->may_chunk || most <= 0) return 0;
  return (uint64_t)(wanted >= LEAST && wanted <= most ? wanted : most);
}

/* The bytes of ROWS from START up to STOP come where the text ends, so they are the last field of the last message. */
static void put_chunk(struct running *running, struct connect_rows *rows, uint64_t offset, uint64_t index, uint64_t count, uint64_t start, uint64_t stop) {
  struct vonk_text inner, outer, data;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  vonk_text_init(&inner, arena);
  vonk_text_init(&outer, arena);
  vonk_text_init(&data, arena);
  vonk_protobuf_put_i64(&inner, BATCH_ROWS, (int64_t)rows->piece->row_count);
  vonk_protobuf_put_i64(&inner, BATCH_OFFSET, (int64_t)offset);
  if (count) {
    vonk_protobuf_put_i64(&inner, BATCH_CHUNK, (int64_t)index);
    vonk_protobuf_put_i64(&inner, BATCH_CHUNKS, (int64_t)count);
  }
  vonk_protobuf_put_header(&data, BATCH_DATA, stop - start);
  vonk_protobuf_put_header(&outer, RESPONSE_ARROW_BATCH, inner.size + data.size + (stop - start));
  vonk_text_add(&outer, vonk_text_str(&inner));
  vonk_text_add(&outer, vonk_text_str(&data));
  connect_operation_put_rows(running->operation, vonk_text_str(&outer), rows, start, stop);
  vonk_arena_destroy(arena);
}

/* Takes PIECE, whose first row is OFFSET of the result. */
static void put_piece(struct running *running, struct vonk_ipc_piece *piece, uint64_t offset) {
  struct connect_rows *rows = connect_rows_create(piece);
  uint64_t size = piece->byte_size, at_once = chunk_bytes(running), count = at_once ? (size + at_once - 1) / at_once : 0;
  if (count == 0) put_chunk(running, rows, offset, 0, 0, 0, size);
  for (uint64_t i = 0; i < count; i++) {
    uint64_t start = i * at_once;
    put_chunk(running, rows, offset, i, count, start, size - start < at_once ? size : start + at_once);
  }
  connect_rows_release(rows);
}

static STATUS take_piece(struct running *running, struct vonk_ipc_writer *writer, uint64_t *offset) {
  struct vonk_ipc_piece *piece;
  TRY(vonk_ipc_writer_take(&running->results, writer, &piece));
  uint64_t rows = piece->row_count;
  put_piece(running, piece, *offset);
  *offset += rows;
  return VONK_OK;
}

static STATUS write_rows(struct running *running, struct vonk_ipc_writer *writer) {
  uint64_t offset = 0;
  bool any = false;
  for (;;) {
    struct vonk_batch batch;
    TRY(vonk_statement_next_batch(running->statement, &batch));
    if (batch.row_count == 0) break;
    for (uint32_t position = 0; position < batch.live_count;) {
      TRY(vonk_ipc_writer_append(&running->results, writer, &batch, &position));
      if (position == batch.live_count && !vonk_ipc_writer_full(writer)) break;
      TRY(take_piece(running, writer, &offset));
      any = true;
    }
  }
  return vonk_ipc_writer_row_count(writer) || !any ? take_piece(running, writer, &offset) : VONK_OK;
}

static void put_type(struct vonk_text *out, uint32_t number, const struct vonk_type *type) {
  size_t begun = vonk_protobuf_begin(out, number);
  vonk_connect_put_type(out, type);
  vonk_protobuf_end(out, begun);
}

static STATUS put_schema(struct running *running) {
  struct vonk_text text;
  vonk_text_init(&text, running->statement->arena);
  put_type(&text, RESPONSE_SCHEMA, running->statement->schema);
  return connect_operation_put(running->operation, vonk_text_str(&text));
}

static STATUS send_rows(struct running *running) {
  struct vonk_ipc_options options = ipc_options(running->statement);
  struct vonk_ipc_writer *writer;
  TRY(put_schema(running));
  TRY(vonk_ipc_writer_create(&running->results, connect_arrow_schema(running->statement->arena, running->statement->schema), &options, &writer));
  enum vonk_status status = write_rows(running, writer);
  vonk_ipc_writer_destroy(writer);
  return status;
}

/* --- SQL --- */

static STATUS put_sql_result(struct running *running, struct vonk_str relation) {
  struct vonk_text text;
  vonk_text_init(&text, running->statement->arena);
  size_t result = vonk_protobuf_begin(&text, RESPONSE_SQL_RESULT);
  vonk_protobuf_put_bytes(&text, SQL_RESULT_RELATION, relation);
  vonk_protobuf_end(&text, result);
  return connect_operation_put(running->operation, vonk_text_str(&text));
}

/* Metadata is not among the bytes of the rows. */
static bool has_metadata(const struct vonk_type *schema) {
  bool found = false;
  for (uint32_t i = 0; i < schema->field_count; i++) found |= schema->fields[i].metadata.size > 0;
  return found;
}

/* What a command has answered, as a local relation that the client keeps. */
static STATUS put_answer(struct running *running) {
  struct vonk_statement *statement = running->statement;
  struct vonk_ipc_options options = ipc_options(statement);
  struct vonk_ipc_writer *writer;
  struct vonk_ipc_piece *piece = NULL;
  struct vonk_batch batch;
  enum vonk_status status;
  options.row_limit = options.byte_limit = 0;
  options.codec = VONK_IPC_PLAIN;
  TRY(vonk_ipc_writer_create(&running->results, statement->schema, &options, &writer));
  do {
    uint32_t position = 0;
    status = vonk_statement_next_batch(statement, &batch);
    if (status == VONK_OK && batch.row_count) status = vonk_ipc_writer_append(&running->results, writer, &batch, &position);
  } while (status == VONK_OK && batch.row_count);
  if (status == VONK_OK) status = vonk_ipc_writer_take(&running->results, writer, &piece);
  vonk_ipc_writer_destroy(writer);
  TRY(status);
  struct vonk_text bytes, relation;
  vonk_text_init(&bytes, statement->arena);
  vonk_text_init(&relation, statement->arena);
  for (uint32_t i = 0; i < piece->part_count; i++) vonk_text_add(&bytes, piece->parts[i]);
  vonk_ipc_piece_destroy(piece);
  size_t local = vonk_protobuf_begin(&relation, RELATION_LOCAL);
  vonk_protobuf_put_bytes(&relation, LOCAL_DATA, vonk_text_str(&bytes));
  if (has_metadata(statement->schema)) vonk_protobuf_put_bytes(&relation, LOCAL_SCHEMA, vonk_type_json(statement->arena, statement->schema));
  vonk_protobuf_end(&relation, local);
  return put_sql_result(running, vonk_text_str(&relation));
}

/* A query is only looked at, and given back for the client to run; a command runs now. */
static STATUS run_sql(struct running *running, const struct vonk_connect_plan *plan) {
  struct vonk_statement *statement = running->statement;
  struct vonk_relation_sql *sql = RELATION_AS(plan->node, sql);
  struct vonk_node *node = plan->node;
  struct vonk_relation *resolved;
  if (sql) {
    struct vonk_sql_options options = vonk_statement_parse_options(statement);
    statement->sql = sql->text = vonk_session_substitute(statement->arena, statement->conf, sql->text);
    TRY(vonk_sql_parse_statement(running->task, sql->text, &options, &node));
    TRY(vonk_bind_arguments(running->task, sql, node, &node));
  }
  if (node->type->node_class != VONK_CLASS_RELATION) {
    TRY(vonk_statement_execute_node(statement, node));
    return put_answer(running);
  }
  TRY(vonk_statement_bind(statement, (struct vonk_relation *)(void *)node, &resolved));
  return put_sql_result(running, plan->sql_relation);
}

/* --- metrics --- */

static void put_metric(struct vonk_text *text, const char *key, const char *name, const char *type, uint64_t value) {
  enum { EXECUTION_METRICS = 4, KEY = 1, VALUE = 2, METRIC_NAME = 1, METRIC_VALUE = 2, METRIC_TYPE = 3 };
  size_t entry = vonk_protobuf_begin(text, EXECUTION_METRICS);
  vonk_protobuf_put_bytes(text, KEY, vonk_str_of(key));
  size_t inside = vonk_protobuf_begin(text, VALUE);
  vonk_protobuf_put_bytes(text, METRIC_NAME, vonk_str_of(name));
  vonk_protobuf_put_i64(text, METRIC_VALUE, (int64_t)value);
  vonk_protobuf_put_bytes(text, METRIC_TYPE, vonk_str_of(type));
  vonk_protobuf_end(text, inside);
  vonk_protobuf_end(text, entry);
}

/* What each operator did. Plans are numbered from 1, and the root is its own parent, as in Spark. */
static STATUS put_measures(struct running *running) {
  enum { OBJECT = 1, NAME = 1, PLAN_ID = 2, PARENT = 3 };
  struct vonk_measures *list;
  struct vonk_text text;
  if (!running->statement->execution) return VONK_OK;
  uint32_t count = vonk_execution_measures(running->statement->arena, running->statement->execution, &list);
  vonk_text_init(&text, running->statement->arena);
  size_t metrics = vonk_protobuf_begin(&text, RESPONSE_METRICS);
  for (uint32_t i = 0; i < count; i++) {
    size_t object = vonk_protobuf_begin(&text, OBJECT);
    vonk_protobuf_put_bytes(&text, NAME, vonk_str_of(list[i].name));
    vonk_protobuf_put_i64(&text, PLAN_ID, i + 1);
    vonk_protobuf_put_i64(&text, PARENT, (int64_t)list[i].parent + 1);
    put_metric(&text, "numOutputRows", "number of output rows", "sum", list[i].row_count);
    put_metric(&text, "numOutputBatches", "number of output batches", "sum", list[i].batch_count);
    put_metric(&text, "duration", "duration", "nsTiming", list[i].time_ns);
    if (list[i].spill_bytes) put_metric(&text, "spillSize", "spill size", "size", list[i].spill_bytes);
    vonk_protobuf_end(&text, object);
  }
  vonk_protobuf_end(&text, metrics);
  return connect_operation_put(running->operation, vonk_text_str(&text));
}

static STATUS put_observed(struct running *running) {
  enum { NAME = 1, VALUES = 2, KEYS = 3, PLAN_ID = 4, ROOT_ERROR = 5, ERRORS = 6 };
  const struct vonk_observed_list *list = &running->statement->observed;
  struct vonk_text text;
  vonk_text_init(&text, running->statement->arena);
  for (size_t i = 0; i < list->count; i++) {
    const struct vonk_observed *observed = &list->items[i];
    size_t message = vonk_protobuf_begin(&text, RESPONSE_OBSERVED);
    vonk_protobuf_put_bytes(&text, NAME, observed->name);
    for (uint32_t k = 0; k < observed->keys.count && observed->values; k++) {
      size_t value = vonk_protobuf_begin(&text, VALUES);
      vonk_connect_put_literal(&text, &observed->values[k]);
      vonk_protobuf_end(&text, value);
    }
    for (uint32_t k = 0; k < observed->keys.count; k++) vonk_protobuf_put_bytes(&text, KEYS, observed->keys.parts[k]);
    if (observed->plan_id >= 0) vonk_protobuf_put_i64(&text, PLAN_ID, observed->plan_id);
    if (observed->error) {
      vonk_protobuf_put_i64(&text, ROOT_ERROR, 0);
      connect_exception_put(&text, ERRORS, observed->error, connect_exception_class(observed->error));
    }
    vonk_protobuf_end(&text, message);
  }
  return list->count ? connect_operation_put(running->operation, vonk_text_str(&text)) : VONK_OK;
}

/* --- commands --- */

/* A checkpoint answers the id under which the session keeps the rows. */
static STATUS put_checkpoint(struct running *running) {
  const struct vonk_answer *answer = &running->statement->answer;
  struct vonk_text text;
  vonk_text_init(&text, running->statement->arena);
  ASSERT(answer->rows.count == 1);
  size_t result = vonk_protobuf_begin(&text, RESPONSE_CHECKPOINT), relation = vonk_protobuf_begin(&text, CHECKPOINT_RELATION);
  vonk_protobuf_put_bytes(&text, REMOTE_RELATION_ID, answer->rows.items[0][0].text);
  vonk_protobuf_end(&text, relation);
  vonk_protobuf_end(&text, result);
  return connect_operation_put(running->operation, vonk_text_str(&text));
}

static STATUS put_empty(struct running *running, uint32_t number) {
  struct vonk_text text;
  vonk_text_init(&text, running->statement->arena);
  vonk_protobuf_put_bytes(&text, number, STR(""));
  return connect_operation_put(running->operation, vonk_text_str(&text));
}

static STATUS run_command(struct running *running, const struct vonk_connect_plan *plan) {
  switch ((enum vonk_connect_command)plan->command) {
    case VONK_CONNECT_SQL: return run_sql(running, plan);
    case VONK_CONNECT_GET_RESOURCES: return put_empty(running, RESPONSE_RESOURCES);
    case VONK_CONNECT_WRITE_STREAM:
    case VONK_CONNECT_STREAM_QUERY:
    case VONK_CONNECT_STREAM_MANAGER:
    case VONK_CONNECT_STREAM_LISTENER: return connect_run_stream(running->operation, running->statement, plan);
    case VONK_CONNECT_CHECKPOINT:
      TRY(vonk_statement_execute_node(running->statement, plan->node));
      return put_checkpoint(running);
    default: return vonk_statement_execute_node(running->statement, plan->node);
  }
}

static STATUS run(struct running *running) {
  struct vonk_connect_decoder decoder;
  struct vonk_connect_plan plan;
  connect_run_decoder(running->operation->session, running->statement, &decoder);
  struct vonk_buffer *message = decoder.memory = running->operation->plan;
  TRY(vonk_connect_decode_plan(&decoder, vonk_str_make((const char *)message->data, message->size), &plan));
  if (plan.command) {
    TRY(run_command(running, &plan));
  } else {
    TRY(vonk_statement_execute_node(running->statement, plan.node));
    TRY(send_rows(running));
    TRY(put_measures(running));
  }
  TRY(put_observed(running));
  return put_empty(running, RESPONSE_COMPLETE);
}

/* --- the thread --- */

static STATUS find_artifact(const void *object, struct vonk_task *task, struct vonk_str name, struct vonk_str *out, struct vonk_buffer **memory) {
  struct connect_session *session = (struct connect_session *)(uintptr_t)object;
  (void)task;
  vonk_mutex_lock(&session->lock);
  struct vonk_buffer *buffer = vonk_map_get(&session->artifacts, name); /* kept as long as the session is */
  *memory = buffer;
  *out = buffer ? vonk_str_make((const char *)buffer->data, buffer->size) : (struct vonk_str){0};
  vonk_mutex_unlock(&session->lock);
  return VONK_OK;
}

void connect_run_decoder(struct connect_session *session, struct vonk_statement *statement, struct vonk_connect_decoder *out) {
  *out = (struct vonk_connect_decoder){
      .task = &statement->task,
      .byte_limit = (size_t)vonk_conf_bytes(statement->conf, VONK_CONF_CONNECT_PLAN_BYTES),
      .zone = statement->zone,
      .session_id = session->id,
      .artifact = find_artifact,
      .artifact_object = session,
  };
}

STATUS connect_run_plan(struct connect_operation *operation) {
  struct vonk_run_options options = VONK_OPTIONS_INIT(struct vonk_run_options);
  options.progress = connect_operation_note_progress;
  options.progress_object = operation;
  options.progress_interval_ms = PROGRESS_MS;
  struct vonk_statement *statement = vonk_statement_create(operation->session->session, &operation->cancel, &options);
  statement->is_timed = true;
  struct running running = {operation, statement, &statement->task, statement->task};
  running.results.budget = operation->session->session->budget;
  enum vonk_status status = run(&running);
  if (status != VONK_OK) {
    status = vonk_task_memory_error(&statement->task, status);
    vonk_error_copy(&operation->error, &statement->error);
    operation->class_name = connect_exception_class(&statement->error);
  }
  vonk_statement_close(statement);
  return status;
}

/* --- progress --- */

uint64_t connect_progress_interval_ns(struct connect_session *session) {
  struct vonk_conf *conf = vonk_session_conf(session->session);
  int64_t ms = vonk_conf_time_ms(conf, VONK_CONF_CONNECT_PROGRESS_INTERVAL);
  vonk_conf_release(conf);
  return (uint64_t)(ms > 0 ? ms : 1) * 1000000;
}

bool connect_progress(struct vonk_arena *arena, struct connect_operation *operation, uint64_t last, struct vonk_str *out) {
  struct vonk_text text;
  vonk_mutex_lock(&operation->lock);
  struct vonk_progress progress = operation->progress;
  vonk_mutex_unlock(&operation->lock);
  if (progress.elapsed_ns == 0) return false;
  connect_operation_begin_response(&text, arena, operation);
  /* One without an id would be released as "all" by PySpark. */
  connect_operation_put_id(&text, operation, last);
  size_t message = vonk_protobuf_begin(&text, RESPONSE_PROGRESS), stage = vonk_protobuf_begin(&text, PROGRESS_STAGES);
  vonk_protobuf_put_i64(&text, STAGE_ID, 0);
  vonk_protobuf_put_i64(&text, STAGE_TASKS, (int64_t)progress.total_units);
  vonk_protobuf_put_i64(&text, STAGE_TASKS_DONE, (int64_t)progress.done_units);
  vonk_protobuf_put_i64(&text, STAGE_BYTES, (int64_t)progress.bytes_read);
  vonk_protobuf_put_bool(&text, STAGE_ENDED, false);
  vonk_protobuf_end(&text, stage);
  vonk_protobuf_put_i64(&text, PROGRESS_TASKS, progress.running_tasks);
  vonk_protobuf_end(&text, message);
  *out = vonk_text_str(&text);
  return true;
}
