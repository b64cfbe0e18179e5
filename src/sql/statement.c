/* statement.c: which statement it is. */
#include "sql/parser_internal.h"

STATUS parse_statement(struct parser *p, struct vonk_node **out) {
  if (!at_query(p, 0)) return fail_syntax(p);
  struct vonk_relation *query;
  TRY(parse_query(p, &query));
  *out = &query->node;
  return VONK_OK;
}
