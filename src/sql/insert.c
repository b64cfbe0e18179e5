/* insert.c: INSERT INTO and OVERWRITE, tables and directories. */
#include "sql/parser_internal.h"

static STATUS parse_directory(struct parser *p, struct vonk_command_insert *insert) {
  insert->mode = VONK_INSERT_OVERWRITE;
  if (peek(p)->kind == TOKEN_STRING) TRY(parse_string(p, &insert->directory));
  if (at_word(p, WORD_ROW) || at_word(p, WORD_STORED)) return fail_unsupported(p, p->position, "INSERT OVERWRITE DIRECTORY in Hive's formats");
  TRY(expect_word(p, WORD_USING));
  TRY(parse_identifier(p, &insert->format));
  if (accept_word(p, WORD_OPTIONS)) TRY(parse_options(p, &insert->options));
  for (uint32_t i = 0; i < insert->options.count && !insert->directory.data; i++) {
    if (vonk_str_equal_nocase(insert->options.items[i].key, STR("path"))) insert->directory = insert->options.items[i].value;
  }
  return insert->directory.data ? VONK_OK : fail_syntax(p);
}

static STATUS parse_target(struct parser *p, struct vonk_command_insert *insert) {
  accept_word(p, WORD_TABLE);
  TRY(parse_placed_name(p, &insert->table, &insert->at));
  if (at_word(p, WORD_WITH) && is_symbol(peek_at(p, 1), SYMBOL_OPEN)) {
    p->position++;
    TRY(parse_options(p, &insert->options));
  }
  TRY(parse_partition(p, &insert->partition));
  TRY(parse_if_not_exists(p, &insert->if_not_exists));
  if (at_words(p, WORD_BY, WORD_NAME)) {
    p->position += 2;
    insert->by_name = true;
  } else if (at_symbol(p, SYMBOL_OPEN) && !at_query(p, 0)) {
    TRY(parse_name_list(p, true, &insert->column_names));
  }
  if (insert->mode == VONK_INSERT_APPEND && at_word(p, WORD_REPLACE)) {
    p->position++;
    TRY(expect_word(p, WORD_WHERE));
    insert->mode = VONK_INSERT_REPLACE_WHERE;
    TRY(parse_expression(p, &insert->condition));
  }
  return VONK_OK;
}

STATUS parse_insert(struct parser *p, struct vonk_relation_with_cte *with, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_insert *insert = COMMAND_NEW(p->arena, insert, NULL);
  if (accept_word(p, WORD_OVERWRITE)) {
    insert->mode = VONK_INSERT_OVERWRITE;
    bool local = at_words(p, WORD_LOCAL, WORD_DIRECTORY);
    if (local || (at_word(p, WORD_DIRECTORY) && !is_symbol(peek_at(p, 1), SYMBOL_DOT))) {
      p->position += local ? 2 : 1;
      TRY(parse_directory(p, insert));
    } else {
      accept_word(p, WORD_INTO);
      TRY(parse_target(p, insert));
    }
  } else {
    accept_word(p, WORD_INTO);
    TRY(parse_target(p, insert));
  }
  if (with) {
    TRY(parse_query(p, &with->body));
    insert->query = &with->relation;
  } else {
    TRY(parse_query(p, &insert->query));
  }
  insert->node.origin = place(p, first);
  *out = &insert->node;
  return VONK_OK;
}
