/* bind_fuzz.c: any bytes as a Plan of Spark Connect that a session decodes, binds and optimises; nothing is executed.
 *
 * Good seeds are real plans: tests/fuzz/plan-seeds FOLDER writes those of tests/data/connect. Relations that read files are left out,
 * so that what the fuzzer makes up never asks this machine for its files, and so are rows that binding would have to ask queries for.
 */
#include <stdlib.h>

#include "bind/binder.h"
#include "opt/optimizer.h"
#include "plan/print.h"
#include "server/connect/decode.h"
#include "session/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct vonk_instance *instance;
static struct vonk_session *session;

static const char *const views[] = {
    "CREATE TEMP VIEW t AS SELECT id, id AS a, cast(id AS INT) AS b, cast(id AS STRING) AS c, id / 2 AS d, id % 2 = 0 AS e FROM range(10)",
    "CREATE TEMP VIEW nested AS SELECT array(1, 2) AS l, map('k', 1) AS m, named_struct('x', 1, 'y', 'z') AS s",
    "CREATE TEMP VIEW v(k, v) AS VALUES (1, DATE '2024-01-02'), (2, NULL)",
    "CREATE TEMP VIEW typed AS SELECT 1.25BD AS n, TIMESTAMP '2024-01-02 03:04:05' AS at, X'00ff' AS bytes, INTERVAL '1' DAY AS step",
};

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  static const struct vonk_setting settings[] = {{"spark.master", "local[1]"}, {"spark.driver.memory", "1g"}};
  struct vonk_instance_options options = VONK_OPTIONS_INIT(struct vonk_instance_options);
  struct vonk_statement *statement;
  (void)argc, (void)argv;
  options.settings = settings;
  options.setting_count = COUNT_OF(settings);
  if (vonk_instance_open(&options, &instance) || vonk_session_open(instance, NULL, &session)) abort();
  for (size_t i = 0; i < COUNT_OF(views); i++) {
    if (vonk_session_run(session, views[i], strlen(views[i]), NULL, &statement)) abort();
    vonk_statement_close(statement);
  }
  return 0;
}

static STATUS artifact(const void *object, struct vonk_task *task, struct vonk_str name, struct vonk_str *out, struct vonk_buffer **memory) {
  (void)object, (void)task, (void)memory;
  *out = name;
  return VONK_OK;
}

static STATUS no_query(void *object, struct vonk_task *task, struct vonk_relation *relation, uint32_t row_limit, struct vonk_bind_rows *out) {
  (void)object, (void)relation, (void)row_limit;
  *out = (struct vonk_bind_rows){0};
  return vonk_raisef(task, VONK_INTERNAL_ERROR, NULL, "message", "nothing is executed");
}

static STATUS reads_files(void *object, struct vonk_node *node) {
  bool *found = object;
  const struct vonk_relation_read *read = RELATION_AS(node, read);
  *found |= read && read->format.size > 0;
  return *found ? VONK_OK : vonk_node_children(node, reads_files, object);
}

/* The relation itself, or what a command works on. */
static STATUS bind(void *object, struct vonk_node *node) {
  struct vonk_statement *statement = object;
  struct vonk_bind_context context;
  struct vonk_relation *resolved;
  if (node->type->node_class != VONK_CLASS_RELATION) return vonk_node_children(node, bind, object);
  vonk_statement_bind_context(statement, &context);
  context.run_query = no_query;
  TRY(vonk_bind_query(&statement->task, &context, (struct vonk_relation *)(void *)node, &resolved));
  (void)vonk_bind_answer_schema(statement->arena, resolved);
  TRY(vonk_optimize(&statement->task, statement->conf, resolved, &resolved));
  (void)vonk_plan_tree(statement->arena, &resolved->node, true);
  return VONK_OK;
}

static STATUS run(struct vonk_statement *statement, struct vonk_str bytes) {
  struct vonk_connect_decoder decoder = {.task = &statement->task, .byte_limit = 1 << 16, .zone = statement->zone, .session_id = STR("s"), .artifact = artifact};
  struct vonk_connect_plan plan;
  bool with_files = false;
  TRY(vonk_connect_decode_plan(&decoder, bytes, &plan));
  if (!plan.node) return VONK_OK;
  TRY(reads_files(&with_files, plan.node));
  return with_files ? VONK_OK : bind(statement, plan.node);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vonk_cancel cancel = {0};
  struct vonk_statement *statement = vonk_statement_create(session, &cancel, NULL);
  enum vonk_status status = run(statement, vonk_str_make((const char *)data, size));
  ASSERT(status != VONK_FAILED || statement->error.set);
  if (statement->error.set) (void)vonk_error_render(&statement->error, statement->arena);
  vonk_statement_close(statement);
  return 0;
}
