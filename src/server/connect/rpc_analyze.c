/* rpc_analyze.c: AnalyzePlan: what is known of a plan without running it, and small questions besides. */
#include "base/array.h"
#include "bind/binder.h"
#include "catalog/source.h"
#include "plan/command.h"
#include "plan/print.h"
#include "server/connect/decode.h"
#include "server/connect/encode.h"
#include "server/connect/rpc.h"
#include "server/connect/run.h"
#include "session/cache.h"
#include "session/execute.h"
#include "session/query.h"
#include "session/stream.h"
#include "type/tree.h"
#include "vonk_version.h"

enum { ANALYZE_SERVER_ID = 17, ANSWER_SESSION_ID = 1, ANSWER_SERVER_ID = 15 };

struct analysis {
  struct connect_rpc *rpc;
  struct vonk_statement *statement;
  struct vonk_connect_decoder decoder;
  struct vonk_protobuf question;   /* the message of the kind */
  struct vonk_text *answer;        /* inside the message of the kind */
};

/* --- plans --- */

static void put_type(struct vonk_text *out, uint32_t number, const struct vonk_type *type) {
  size_t begun = vonk_protobuf_begin(out, number);
  vonk_connect_put_type(out, type);
  vonk_protobuf_end(out, begun);
}

static STATUS decode(struct analysis *analysis, uint32_t number, struct vonk_node **out) {
  struct vonk_connect_plan plan;
  TRY(vonk_connect_decode_plan(&analysis->decoder, vonk_protobuf_message(&analysis->question, number).bytes, &plan));
  *out = plan.node;
  return VONK_OK;
}

static STATUS bind(struct analysis *analysis, uint32_t number, struct vonk_relation **out) {
  struct vonk_node *node;
  TRY(decode(analysis, number, &node));
  if (!node || node->type->node_class != VONK_CLASS_RELATION) {
    return vonk_raise(&analysis->rpc->task, VONK_CONNECT_INVALID_PLAN__ASSERTION_FAILURE, NULL, "message", STR("only queries can be analyzed"), NULL);
  }
  return vonk_statement_bind(analysis->statement, (struct vonk_relation *)(void *)node, out);
}

static STATUS schema(struct analysis *analysis) {
  struct vonk_relation *resolved;
  TRY(bind(analysis, 1, &resolved));
  put_type(analysis->answer, 1, vonk_bind_answer_schema(analysis->statement->arena, resolved));
  return VONK_OK;
}

static STATUS explain(struct analysis *analysis) {
  static const int32_t modes[] = {VONK_EXPLAIN_SIMPLE, VONK_EXPLAIN_SIMPLE, VONK_EXPLAIN_EXTENDED, VONK_EXPLAIN_CODEGEN, VONK_EXPLAIN_COST, VONK_EXPLAIN_FORMATTED};
  struct vonk_statement *statement = analysis->statement;
  struct vonk_command_explain *command = COMMAND_NEW(statement->arena, explain, NULL);
  int32_t mode = vonk_protobuf_i32(&analysis->question, 2);
  TRY(decode(analysis, 1, &command->statement));
  command->mode = mode >= 0 && mode < (int32_t)COUNT_OF(modes) ? modes[mode] : VONK_EXPLAIN_SIMPLE;
  TRY(vonk_statement_execute_node(statement, &command->node));
  vonk_protobuf_put_bytes(analysis->answer, 1, statement->answer.rows.items[0][0].text);
  return VONK_OK;
}

static STATUS tree_string(struct analysis *analysis) {
  struct vonk_relation *resolved;
  TRY(bind(analysis, 1, &resolved));
  uint32_t level = vonk_protobuf_has(&analysis->question, 2) ? (uint32_t)vonk_protobuf_i32(&analysis->question, 2) : 0;
  vonk_protobuf_put_bytes(analysis->answer, 1, vonk_type_tree(analysis->statement->arena, vonk_bind_schema(analysis->statement->arena, resolved), level));
  return VONK_OK;
}

static STATUS is_local(struct analysis *analysis) {
  struct vonk_relation *resolved;
  TRY(bind(analysis, 1, &resolved));
  vonk_protobuf_put_bool(analysis->answer, 1, RELATION_IS(resolved, rows));
  return VONK_OK;
}

static STATUS is_streaming(struct analysis *analysis) {
  struct vonk_relation *resolved;
  TRY(bind(analysis, 1, &resolved));
  vonk_protobuf_put_bool(analysis->answer, 1, vonk_stream_is_in(resolved));
  return VONK_OK;
}

/* Paths without a scheme are local. */
static STATUS put_files(void *object, struct vonk_node *node) {
  struct analysis *analysis = object;
  const struct vonk_relation_scan *scan = RELATION_AS(node, scan);
  for (uint32_t i = 0; scan && i < scan->source->file_count; i++) {
    struct vonk_str path = scan->source->files[i].path;
    const char *scheme = vonk_str_starts_with(path, STR("/")) ? "file://" : "";
    vonk_protobuf_put_bytes(analysis->answer, 1, vonk_str_format(analysis->statement->arena, "%s" STR_FMT, scheme, STR_ARG(path)));
  }
  return vonk_node_children(node, put_files, object);
}

static STATUS input_files(struct analysis *analysis) {
  struct vonk_relation *resolved;
  TRY(bind(analysis, 1, &resolved));
  return put_files(analysis, &resolved->node);
}

static STATUS same_semantics(struct analysis *analysis) {
  struct vonk_relation *target, *other;
  TRY(bind(analysis, 1, &target));
  TRY(bind(analysis, 2, &other));
  struct vonk_arena *arena = analysis->statement->arena;
  vonk_protobuf_put_bool(analysis->answer, 1, vonk_str_equal(vonk_cache_key(arena, target), vonk_cache_key(arena, other)));
  return VONK_OK;
}

static STATUS semantic_hash(struct analysis *analysis) {
  struct vonk_relation *resolved;
  TRY(bind(analysis, 1, &resolved));
  vonk_protobuf_put_i64(analysis->answer, 1, (int32_t)vonk_str_hash(vonk_cache_key(analysis->statement->arena, resolved)));
  return VONK_OK;
}

/* --- cached results --- */

static STATUS bind_relation(struct analysis *analysis, struct vonk_relation **out) {
  struct vonk_relation *relation;
  TRY(vonk_connect_decode_relation(&analysis->decoder, vonk_protobuf_message(&analysis->question, 1).bytes, &relation));
  return vonk_statement_bind(analysis->statement, relation, out);
}

static struct vonk_storage_level level_of(const struct vonk_protobuf *message) {
  return (struct vonk_storage_level){.use_disk = vonk_protobuf_bool(message, 1), .use_memory = vonk_protobuf_bool(message, 2),
                                     .use_off_heap = vonk_protobuf_bool(message, 3), .deserialized = vonk_protobuf_bool(message, 4),
                                     .replication = vonk_protobuf_i32(message, 5)};
}

/* Nothing runs yet: who reads first makes the rows. */
static STATUS persist(struct analysis *analysis) {
  struct vonk_statement *statement = analysis->statement;
  struct vonk_storage_level level = vonk_storage_level_default;
  struct vonk_relation *resolved;
  bool added;
  if (vonk_protobuf_has(&analysis->question, 2)) {
    struct vonk_protobuf asked = vonk_protobuf_message(&analysis->question, 2);
    level = level_of(&asked);
  }
  TRY(bind_relation(analysis, &resolved));
  return vonk_cache_add(statement, resolved, &level, vonk_plan_tree(statement->arena, &resolved->node, false), &added);
}

static STATUS unpersist(struct analysis *analysis) {
  struct vonk_relation *resolved;
  TRY(bind_relation(analysis, &resolved));
  vonk_cache_remove(analysis->statement, resolved);
  return VONK_OK;
}

static STATUS get_storage_level(struct analysis *analysis) {
  struct vonk_storage_level level = {.replication = 1};
  struct vonk_relation *resolved;
  TRY(bind_relation(analysis, &resolved));
  vonk_cache_has(analysis->statement, resolved, &level);
  size_t begun = vonk_protobuf_begin(analysis->answer, 1);
  vonk_connect_put_storage_level(analysis->answer, &level);
  vonk_protobuf_end(analysis->answer, begun);
  return VONK_OK;
}

/* --- small questions --- */

static STATUS spark_version(struct analysis *analysis) {
  vonk_protobuf_put_bytes(analysis->answer, 1, STR(VONK_SPARK_VERSION));
  return VONK_OK;
}

static STATUS ddl_parse(struct analysis *analysis) {
  const struct vonk_type *type;
  struct vonk_str text = vonk_protobuf_text(&analysis->question, 1);
  TRY(connect_rpc_check(analysis->rpc));
  TRY(vonk_sql_parse_type_text(&analysis->rpc->task, text, &type));
  put_type(analysis->answer, 1, type);
  return VONK_OK;
}

/* Columns as CREATE TABLE writes them. */
static STATUS json_to_ddl(struct analysis *analysis) {
  struct vonk_arena *arena = analysis->statement->arena;
  const struct vonk_type *type;
  struct vonk_str json = vonk_protobuf_text(&analysis->question, 1);
  struct vonk_text ddl;
  TRY(connect_rpc_check(analysis->rpc));
  TRY(vonk_sql_parse_type_text(&analysis->rpc->task, json, &type));
  vonk_text_init(&ddl, arena);
  for (uint32_t i = 0; type->id == VONK_TYPE_STRUCT && i < type->field_count; i++) {
    const struct vonk_type_field *field = &type->fields[i];
    struct vonk_str comment = vonk_type_field_comment(arena, field);
    vonk_text_addf(&ddl, "%s" STR_FMT " " STR_FMT "%s", i ? "," : "", STR_ARG(vonk_type_quote_name(arena, field->name)),
                   STR_ARG(vonk_type_sql(arena, field->type)), field->nullable ? "" : " NOT NULL");
    if (comment.data) {
      struct vonk_value value = vonk_value_text(&vonk_type_string, comment);
      vonk_text_addf(&ddl, " COMMENT " STR_FMT, STR_ARG(vonk_value_sql(arena, &value)));
    }
  }
  vonk_protobuf_put_bytes(analysis->answer, 1, vonk_text_str(&ddl));
  return VONK_OK;
}

/* --- the call --- */

static const struct {
  uint32_t question, answer;       /* field numbers of the request and the response */
  STATUS (*run)(struct analysis *analysis);
} kinds[] = {
    {4, 2, schema}, {5, 3, explain}, {6, 4, tree_string}, {7, 5, is_local}, {8, 6, is_streaming}, {9, 7, input_files}, {10, 8, spark_version},
    {11, 9, ddl_parse}, {12, 10, same_semantics}, {13, 11, semantic_hash}, {14, 12, persist}, {15, 13, unpersist}, {16, 14, get_storage_level},
    {18, 16, json_to_ddl},
};

static STATUS run(struct analysis *analysis, struct vonk_text *answer) {
  struct connect_rpc *rpc = analysis->rpc;
  analysis->answer = answer;
  connect_run_decoder(rpc->session, analysis->statement, &analysis->decoder);
  for (size_t i = 0; i < COUNT_OF(kinds); i++) {
    if (!vonk_protobuf_has(&rpc->message, kinds[i].question)) continue;
    analysis->question = vonk_protobuf_message(&rpc->message, kinds[i].question);
    size_t begun = vonk_protobuf_begin(answer, kinds[i].answer);
    TRY(kinds[i].run(analysis));
    vonk_protobuf_end(answer, begun);
    return connect_rpc_check(rpc);
  }
  return vonk_raise(&rpc->task, VONK_CONNECT_INVALID_PLAN__UNKNOWN_ANALYZE_METHOD, NULL, "other", STR("this one"), NULL);
}

/* The statement's error is the call's. */
STATUS connect_rpc_analyze_plan(struct connect_rpc *rpc) {
  struct vonk_text answer;
  TRY(connect_rpc_session(rpc, ANALYZE_SERVER_ID, true));
  connect_rpc_begin_answer(rpc, &answer, ANSWER_SESSION_ID, ANSWER_SERVER_ID);
  struct analysis analysis = {.rpc = rpc, .statement = vonk_statement_create(rpc->session->session, &rpc->cancel, NULL)};
  enum vonk_status status = run(&analysis, &answer);
  if (status != VONK_OK && !rpc->error.set) {
    status = vonk_task_memory_error(&analysis.statement->task, status);
    vonk_error_copy(&rpc->error, &analysis.statement->error);
  }
  vonk_statement_close(analysis.statement);
  TRY(status);
  connect_rpc_answer(rpc, &answer);
  return VONK_OK;
}
