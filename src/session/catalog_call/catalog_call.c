/* catalog_call.c: finds the call by its number; what calls share. */
#include "session/catalog_call/catalog_call.h"

#include "session/execute.h"
#include "session/pattern.h"
#include "sql/parser.h"

#define VONK_CATALOG_CALL(number, identifier) {number, catalog_call_##identifier},
static const struct {
  int64_t number;
  STATUS (*run)(struct catalog_call *call);
} calls[] = {
#include "session/catalog_call/registry.def"
};
#undef VONK_CATALOG_CALL

STATUS vonk_catalog_call_run(struct vonk_statement *statement, const struct vonk_relation_catalog *asked, struct vonk_answer *answer) {
  struct catalog_call call = {statement, asked, answer};
  for (size_t i = 0; i < COUNT_OF(calls); i++) {
    if (calls[i].number == asked->call) return calls[i].run(&call);
  }
  return vonk_unsupported(&statement->task, asked->relation.node.origin, "this call of the catalog");
}

STATUS catalog_call_name(struct catalog_call *call, struct vonk_name *out) {
  struct vonk_statement *statement = call->statement;
  if (!call->asked->name.data) return vonk_sql_parse_name(&statement->task, call->asked->database, out);
  TRY(vonk_sql_parse_name(&statement->task, call->asked->name, out));
  if (call->asked->database.size == 0) return VONK_OK;
  struct vonk_str *parts = ARENA_ARRAY(statement->arena, struct vonk_str, out->count + 1);
  parts[0] = call->asked->database;
  memcpy(parts + 1, out->parts, out->count * sizeof *parts);
  *out = (struct vonk_name){parts, out->count + 1};
  return VONK_OK;
}

bool catalog_call_wants(const struct catalog_call *call, struct vonk_str name) {
  return !call->asked->pattern.data || vonk_pattern_matches(call->asked->pattern, name);
}

void catalog_call_text_column(struct catalog_call *call, const char *name) { vonk_answer_column(call->answer, name, &vonk_type_string, true); }

void catalog_call_answer_text(struct catalog_call *call, struct vonk_str text) {
  catalog_call_text_column(call, "value");
  vonk_answer_texts(call->answer, &text);
}

void catalog_call_answer_flag(struct catalog_call *call, bool flag) {
  struct vonk_value value = vonk_value_integer(&vonk_type_boolean, flag);
  vonk_answer_column(call->answer, "value", &vonk_type_boolean, false);
  vonk_answer_row(call->answer, &value);
}

STATUS catalog_call_command(struct catalog_call *call, struct vonk_node *command) {
  struct vonk_statement *statement = call->statement;
  struct vonk_answer kept = statement->answer;
  const struct vonk_type *schema = statement->schema;
  statement->answer = (struct vonk_answer){.arena = statement->arena};
  enum vonk_status status = vonk_statement_execute_node(statement, command);
  statement->answer = kept;
  statement->schema = schema;
  return status;
}

const struct vonk_type *catalog_call_names_type(struct catalog_call *call) { return vonk_type_array(call->answer->arena, &vonk_type_string, true); }

struct vonk_value catalog_call_names(struct catalog_call *call, const struct vonk_type *type, struct vonk_name names) {
  struct vonk_value *items = ARENA_ARRAY(call->answer->arena, struct vonk_value, names.count);
  for (uint32_t i = 0; i < names.count; i++) items[i] = vonk_value_text(&vonk_type_string, names.parts[i]);
  return (struct vonk_value){.type = type, .nested = {items, names.count}};
}

struct vonk_value catalog_call_text(struct vonk_str text) {
  return text.size ? vonk_value_text(&vonk_type_string, text) : vonk_value_null(&vonk_type_string);
}
