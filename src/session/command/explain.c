/* explain.c: EXPLAIN [EXTENDED | FORMATTED | COST | CODEGEN | ANALYZE]: plans as text, ANALYZE with what running them took. */
#include "bind/binder.h"
#include "exec/explain.h"
#include "opt/optimizer.h"
#include "plan/print.h"
#include "session/cache.h"
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

/* Makes the plan's operators to see them; with MEASURED runs them to their end. */
static STATUS physical_text(struct vonk_statement *statement, const struct vonk_relation *optimized, enum vonk_operators_form form,
                            struct vonk_str *out) {
  struct vonk_task *task = &statement->task;
  struct vonk_engine *engine;
  struct vonk_execution *execution;
  bool measured = form == VONK_OPERATORS_MEASURED;
  struct vonk_batch batch;
  TRY(vonk_instance_engine(task, statement->session->instance, &engine));
  struct vonk_exec_options options = vonk_statement_exec_options(statement, engine);
  options.analyze = measured;
  options.plan_only = !measured;
  TRY(vonk_exec_start(task, engine, optimized, &options, &execution));
  enum vonk_status status = VONK_OK;
  while (measured && status == VONK_OK) {
    status = vonk_task_check(task);
    if (status == VONK_OK) status = vonk_execution_next(task, execution, &batch);
    if (batch.row_count == 0) break;
  }
  *out = vonk_execution_explain(statement->arena, execution, form);
  vonk_execution_destroy(execution);
  return status;
}

static STATUS explain_query(struct vonk_statement *statement, enum vonk_explain_mode mode, struct vonk_relation *query, struct vonk_text *text) {
  struct vonk_arena *arena = statement->arena;
  struct vonk_relation *resolved, *optimized;
  struct vonk_str physical;
  enum vonk_operators_form form = mode == VONK_EXPLAIN_ANALYZE ? VONK_OPERATORS_MEASURED : mode == VONK_EXPLAIN_FORMATTED ? VONK_OPERATORS_NUMBERED
                                                                                                                         : VONK_OPERATORS_TREE;
  if (mode == VONK_EXPLAIN_EXTENDED) put_section(text, "Parsed Logical Plan", vonk_plan_tree(arena, &query->node, false));
  TRY(vonk_statement_bind(statement, query, &resolved));
  if (mode == VONK_EXPLAIN_EXTENDED) {
    struct vonk_str plan = vonk_plan_tree(arena, &resolved->node, false), columns = columns_text(arena, resolved);
    put_section(text, "Analyzed Logical Plan", vonk_str_format(arena, STR_FMT STR_FMT, STR_ARG(columns), STR_ARG(plan)));
  }
  if (mode == VONK_EXPLAIN_ANALYZE) TRY(vonk_cache_use(statement, resolved, false, &optimized));
  else TRY(vonk_cache_show(statement, resolved, &optimized));
  TRY(vonk_optimize(&statement->task, statement->conf, optimized, &optimized));
  if (mode == VONK_EXPLAIN_EXTENDED || mode == VONK_EXPLAIN_COST) {
    put_section(text, "Optimized Logical Plan", vonk_plan_tree(arena, &optimized->node, mode == VONK_EXPLAIN_COST));
  }
  if (mode == VONK_EXPLAIN_CODEGEN) vonk_text_add(text, STR("Found 0 WholeStageCodegen subtrees.\n"));
  TRY(physical_text(statement, optimized, form, &physical));
  put_section(text, "Physical Plan", physical);
  return VONK_OK;
}

STATUS vonk_command_explain_run(struct vonk_statement *statement, struct vonk_command_explain *command) {
  struct vonk_text text;
  vonk_text_init(&text, statement->arena);
  vonk_answer_column(&statement->answer, "plan", &vonk_type_string, true);
  if (command->statement->type->node_class == VONK_CLASS_RELATION) {
    TRY(explain_query(statement, (enum vonk_explain_mode)command->mode, (struct vonk_relation *)(void *)command->statement, &text));
  } else {
    put_section(&text, "Physical Plan", vonk_plan_tree(statement->arena, command->statement, false));
  }
  vonk_answer_texts(&statement->answer, (struct vonk_str[]){vonk_text_str(&text)});
  return VONK_OK;
}
