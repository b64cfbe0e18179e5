/* statement.c: the life of a statement: a task of its own over a snapshot of the session's settings. */
#include "base/clock.h"
#include "session/execute.h"

static const struct vonk_type no_columns = {.id = VONK_TYPE_STRUCT};

static const struct vonk_timezone *zone_of(struct vonk_arena *arena, const struct vonk_conf *conf) {
  struct vonk_str id = vonk_conf_text(conf, VONK_CONF_TIME_ZONE);
  if (id.size == 0) id = vonk_timezone_system_id(arena);
  const struct vonk_timezone *zone;
  return vonk_timezone_load(arena, id, &zone) ? zone : &vonk_timezone_utc;
}

struct vonk_statement *vonk_statement_create(struct vonk_session *session, struct vonk_cancel *cancel, const struct vonk_run_options *options) {
  struct vonk_budget *budget = vonk_budget_create(session->budget, "query", 0);
  struct vonk_arena *arena = vonk_arena_create(budget);
  struct vonk_statement *statement = ARENA_NEW(arena, struct vonk_statement);
  statement->session = session;
  statement->arena = arena;
  statement->budget = budget;
  vonk_error_init(&statement->error);
  statement->conf = vonk_session_conf(session);
  statement->start_ns = vonk_clock_monotonic_ns();
  statement->files = (struct vonk_files){session->instance->stores, statement->conf, statement->start_ns ^ (uintptr_t)statement, session->identity};
  statement->task = (struct vonk_task){arena, &statement->error, budget, cancel, &statement->files};
  statement->zone = zone_of(arena, statement->conf);
  if (options) memcpy(&statement->options, options, options->struct_size < sizeof *options ? options->struct_size : sizeof *options);
  statement->schema = &no_columns;
  statement->answer.arena = arena;
  statement->cells = vonk_arena_create(budget);
  return statement;
}

static void describe_columns(struct vonk_statement *statement) {
  struct vonk_arena *arena = statement->arena;
  const struct vonk_type *schema = statement->schema;
  statement->columns = ARENA_ARRAY(arena, struct vonk_column_facts, schema->field_count);
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    statement->columns[i] = (struct vonk_column_facts){
        .name = vonk_str_copy(arena, field->name).data,
        .type = vonk_str_copy(arena, vonk_type_simple_string(arena, field->type)).data,
        .nullable = field->nullable,
        .numeric = vonk_type_is_numeric(field->type),
    };
  }
}

int vonk_session_run(struct vonk_session *session, const char *sql, size_t size, const struct vonk_run_options *options,
                     struct vonk_statement **out) {
  atomic_store(&session->cancel.requested, false);
  struct vonk_statement *statement = vonk_statement_create(session, &session->cancel, options);
  statement->sql = vonk_session_substitute(statement->arena, statement->conf, vonk_str_make(sql, size));
  enum vonk_status status = vonk_statement_execute(statement);
  int code = vonk_problem_code(&session->problem, &statement->task, status);
  *out = status == VONK_OK ? statement : NULL;
  if (status == VONK_OK) {
    describe_columns(statement);
  } else {
    vonk_statement_close(statement);
  }
  return code;
}

size_t vonk_statement_column_count(const struct vonk_statement *statement) { return statement->schema->field_count; }

struct vonk_column_facts vonk_statement_column(const struct vonk_statement *statement, size_t column) {
  ASSERT(column < statement->schema->field_count);
  return statement->columns[column];
}

const char *vonk_statement_schema_text(const struct vonk_statement *statement) {
  return vonk_str_copy(statement->arena, vonk_type_simple_string(statement->arena, statement->schema)).data;
}
