/* modify.c: UPDATE and DELETE. */
#include "sql/parser_internal.h"

/* A table's name with or without an alias. */
static STATUS parse_modified(struct parser *p, struct vonk_relation **out) {
  uint32_t first = p->position;
  struct vonk_relation_read *read = RELATION_NEW(p->arena, read, NULL);
  TRY(parse_name(p, &read->name));
  read->relation.node.origin = place(p, first);
  *out = &read->relation;
  if (at_word(p, WORD_SET) && !is_word(peek_at(p, 1), WORD_SET)) return VONK_OK; /* else it is the alias */
  return parse_table_alias(p, out);
}

static STATUS parse_where(struct parser *p, struct vonk_expr **out) { return accept_word(p, WORD_WHERE) ? parse_expression(p, out) : VONK_OK; }

/* SET a = x, b.c = y */
static STATUS parse_assignments(struct parser *p, struct vonk_command_update *update) {
  struct expr_list columns = {0}, values = {0};
  TRY(expect_word(p, WORD_SET));
  do {
    struct vonk_name name;
    uint32_t first = p->position;
    TRY(parse_name(p, &name));
    *ARRAY_PUSH(p->arena, &columns) = attribute_expr(p, name, first);
    TRY(expect_symbol(p, SYMBOL_EQUAL));
    TRY(parse_expression(p, ARRAY_PUSH(p->arena, &values)));
  } while (accept_symbol(p, SYMBOL_COMMA));
  update->columns = exprs_of(columns);
  update->values = exprs_of(values);
  return VONK_OK;
}

STATUS parse_update(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_update *update = COMMAND_NEW(p->arena, update, NULL);
  TRY(parse_modified(p, &update->table));
  TRY(parse_assignments(p, update));
  TRY(parse_where(p, &update->condition));
  update->node.origin = place(p, first);
  *out = &update->node;
  return VONK_OK;
}

STATUS parse_delete(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_delete_rows *delete_rows = COMMAND_NEW(p->arena, delete_rows, NULL);
  TRY(expect_word(p, WORD_FROM));
  TRY(parse_modified(p, &delete_rows->table));
  TRY(parse_where(p, &delete_rows->condition));
  delete_rows->node.origin = place(p, first);
  *out = &delete_rows->node;
  return VONK_OK;
}
