/* explain.c: EXPLAIN [EXTENDED | FORMATTED | COST | CODEGEN | ANALYZE]: plans as text, ANALYZE with what running them took. */
#include <inttypes.h>

#include "bind/binder.h"
#include "exec/query.h"
#include "opt/optimizer.h"
#include "session/command/command.h"

static void put_section(struct vonk_text *text, const char *title, struct vonk_str body) {
  if (text->size) vonk_text_add_char(text, '\n');
  vonk_text_addf(text, "== %s ==\n" STR_FMT, title, STR_ARG(body));
  if (body.size == 0 || body.data[body.size - 1] != '\n') vonk_text_add_char(text, '\n');
}

/* "a: int, b: string", the line above an analyzed plan. */
static struct vonk_str columns_text(struct vonk_arena *arena, const struct vonk_relation *resolved) {
  const struct vonk_type *schema = vonk_bind_schema(arena, resolved);
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (uint32_t i = 0; i < schema->field_count; i++) {
    vonk_text_addf(&text, "%s" STR_FMT ": " STR_FMT, i ? ", " : "", STR_ARG(schema->fields[i].name),
                   STR_ARG(vonk_type_simple_string(arena, schema->fields[i].type)));
  }
  vonk_text_add_char(&text, '\n');
  return vonk_text_str(&text);
}

static void put_operator(struct vonk_text *text, const struct vonk_operator *op, int depth, bool measured) {
  for (int i = 1; i < depth; i++) vonk_text_add(text, STR("   "));
  if (depth) vonk_text_add(text, STR("+- "));
  vonk_text_addf(text, "%s", op->type->name);
  if (measured) {
    const struct vonk_operator_metrics *metrics = &op->metrics;
    vonk_text_addf(text, " (rows %" PRIu64 ", time %.1f ms, memory %" PRIu64 " KiB, spilled %" PRIu64 " KiB)", metrics->rows,
                   (double)metrics->time_ns / 1e6, metrics->memory_peak_bytes >> 10, metrics->spill_bytes >> 10);
  }
  vonk_text_add_char(text, '\n');
  for (uint32_t i = 0; i < op->child_count; i++) put_operator(text, op->children[i], depth + 1, measured);
}

/* Starts the plan to see its operators; with MEASURED runs it to its end. */
static STATUS physical_text(struct vonk_statement *statement, const struct vonk_relation *optimized, bool measured, struct vonk_str *out) {
  struct vonk_task *task = &statement->task;
  struct vonk_engine *engine;
  struct vonk_execution *execution;
  struct vonk_exec_options options = {.analyze = measured};
  struct vonk_batch batch;
  TRY(vonk_instance_engine(task, statement->session->instance, &engine));
  TRY(vonk_exec_start(task, engine, optimized, &options, &execution));
  enum vonk_status status = VONK_OK;
  while (measured && status == VONK_OK) {
    status = vonk_task_check(task);
    if (status == VONK_OK) status = vonk_execution_next(task, execution, &batch);
    if (batch.row_count == 0) break;
  }
  struct vonk_text text;
  vonk_text_init(&text, statement->arena);
  if (status == VONK_OK) put_operator(&text, vonk_execution_root(execution), 0, measured);
  *out = vonk_text_str(&text);
  vonk_execution_destroy(execution);
  return status;
}

STATUS vonk_command_explain_run(struct vonk_statement *statement, struct vonk_command_explain *command) {
  struct vonk_text text;
  vonk_text_init(&text, statement->arena);
  bool extended = command->mode == VONK_EXPLAIN_EXTENDED || command->mode == VONK_EXPLAIN_COST;
  if (extended) put_section(&text, "Parsed Logical Plan", vonk_node_print(statement->arena, command->statement));
  vonk_answer_column(&statement->answer, "plan", &vonk_type_string, false);
  if (command->statement->type->node_class == VONK_CLASS_RELATION) {
    struct vonk_relation *resolved, *optimized;
    struct vonk_str physical;
    TRY(vonk_statement_bind(statement, (struct vonk_relation *)command->statement, &resolved));
    TRY(vonk_optimize(&statement->task, statement->conf, resolved, &optimized));
    TRY(physical_text(statement, optimized, command->mode == VONK_EXPLAIN_ANALYZE, &physical));
    if (extended) {
      struct vonk_str plan = vonk_node_print(statement->arena, &resolved->node), columns = columns_text(statement->arena, resolved);
      put_section(&text, "Analyzed Logical Plan", vonk_str_format(statement->arena, STR_FMT STR_FMT, STR_ARG(columns), STR_ARG(plan)));
    }
    if (command->mode != VONK_EXPLAIN_SIMPLE) put_section(&text, "Optimized Logical Plan", vonk_node_print(statement->arena, &optimized->node));
    put_section(&text, "Physical Plan", physical);
  } else {
    put_section(&text, "Physical Plan", vonk_str_format(statement->arena, "Execute %s", command->statement->type->name));
  }
  vonk_answer_texts(&statement->answer, (struct vonk_str[]){vonk_text_str(&text)});
  return VONK_OK;
}
