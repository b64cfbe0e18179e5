/* routine.c: CREATE and DROP FUNCTION of Java classes. */
#include "plan/command.h"
#include "sql/parser_internal.h"

static STATUS check_qualifier(struct parser *p, uint32_t first, struct vonk_name name) {
  if (name.count == 1) return VONK_OK;
  return vonk_raise(p->task, VONK_INVALID_TEMP_OBJ_QUALIFIER, place(p, first), "objectType", STR("FUNCTION"), "objectName",
                    vonk_type_quote(p->arena, name.parts[name.count - 1]), "qualifier", vonk_type_quote(p->arena, name.parts[name.count - 2]), NULL);
}

/* USING JAR 'uri', FILE 'uri', ARCHIVE 'uri' */
static STATUS parse_resources(struct parser *p, struct vonk_options *out) {
  struct { struct vonk_option *items; size_t count, capacity; } list = {0};
  do {
    struct vonk_option *resource = ARRAY_PUSH(p->arena, &list);
    if (!at_text(p, 0, "jar") && !at_text(p, 0, "file") && !at_text(p, 0, "archive")) return fail_syntax(p);
    resource->key = vonk_str_lower(p->arena, token_text(p, peek(p)));
    p->position++;
    TRY(parse_string(p, &resource->value));
  } while (accept_symbol(p, SYMBOL_COMMA));
  *out = (struct vonk_options){list.items, (uint32_t)list.count};
  return VONK_OK;
}

STATUS parse_create_function(struct parser *p, uint32_t first, bool replace, bool temporary, struct vonk_node **out) {
  struct vonk_command_create_function *create = COMMAND_NEW(p->arena, create_function, NULL);
  p->position++;
  create->replace = replace;
  create->is_temporary = temporary;
  TRY(parse_if_not_exists(p, &create->if_not_exists));
  TRY(parse_name(p, &create->name));
  if (at_symbol(p, SYMBOL_OPEN)) return fail_unsupported(p, first, "functions in SQL");
  TRY(expect_word(p, WORD_AS));
  TRY(parse_string(p, &create->class_name));
  if (accept_word(p, WORD_USING)) TRY(parse_resources(p, &create->resources));
  create->node.origin = place(p, first);
  *out = &create->node;
  if (create->replace && create->if_not_exists) return fail(p, first, VONK_INVALID_SQL_SYNTAX__CREATE_ROUTINE_WITH_IF_NOT_EXISTS_AND_REPLACE, NULL, STR(""));
  if (temporary && create->if_not_exists) return fail(p, first, VONK_INVALID_SQL_SYNTAX__CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS, NULL, STR(""));
  return temporary ? check_qualifier(p, first, create->name) : VONK_OK;
}

STATUS parse_drop_function(struct parser *p, uint32_t first, struct vonk_node **out) {
  struct vonk_command_drop_function *drop = COMMAND_NEW(p->arena, drop_function, NULL);
  drop->is_temporary = accept_word(p, WORD_TEMPORARY) || accept_word(p, WORD_TEMP);
  if (!at_word(p, WORD_FUNCTION)) return fail_unsupported(p, first, "DROP VARIABLE");
  p->position++;
  TRY(parse_if_exists(p, &drop->if_exists));
  TRY(parse_name(p, &drop->name));
  drop->node.origin = place(p, first);
  *out = &drop->node;
  return drop->is_temporary ? check_qualifier(p, first, drop->name) : VONK_OK;
}
