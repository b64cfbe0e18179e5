/* parser_internal.h: the state of the parser and what its files offer each other.
 *
 * Everything is read from an array of tokens; p->position is the next one. Functions that take a construct whole are named
 * parse_*. Depth: enter() and leave() frame each level of the recursion, grow() counts a node put on top of what the
 * level has so far, so depth + height bounds the depth of the tree; the C stack is measured as well.
 */
#ifndef VONK_SQL_PARSER_INTERNAL_H
#define VONK_SQL_PARSER_INTERNAL_H

#include "sql/lexer_internal.h"
#include "sql/parser.h"

enum { PARSER_STACK_MAX = 768 << 10, NAME_PARTS_MAX = 64 };

struct parser {
  struct vonk_task *task;
  struct vonk_arena *arena;
  struct vonk_sql_options options;
  struct vonk_str text;
  struct token *tokens; /* ends with TOKEN_END */
  uint32_t *close;      /* for each opening parenthesis the token that closes it, or the last token */
  uint32_t count, position;
  uint32_t depth, height;
  const char *stack;
  int64_t parameter_count;
};

/* Lists of the plan's shape that grow. */
struct expr_list { struct vonk_expr **items; size_t count, capacity; };
struct node_list { struct vonk_node **items; size_t count, capacity; };
struct str_list { struct vonk_str *items; size_t count, capacity; };
struct column_list { struct vonk_column_definition *items; size_t count, capacity; };
struct option_list { struct vonk_option *items; size_t count, capacity; };

static inline struct vonk_exprs exprs_of(struct expr_list list) { return (struct vonk_exprs){list.items, (uint32_t)list.count}; }
static inline struct vonk_nodes nodes_of(struct node_list list) { return (struct vonk_nodes){list.items, (uint32_t)list.count}; }
static inline struct vonk_name name_of(struct str_list list) { return (struct vonk_name){list.items, (uint32_t)list.count}; }
static inline struct vonk_options options_of(struct option_list list) { return (struct vonk_options){list.items, (uint32_t)list.count}; }

/* --- parser.c: tokens, places, errors --- */

static inline const struct token *peek(const struct parser *p) { return &p->tokens[p->position]; }
static inline const struct token *peek_at(const struct parser *p, uint32_t ahead) {
  uint32_t position = p->position + ahead;
  return &p->tokens[position < p->count ? position : p->count - 1];
}
static inline bool is_word(const struct token *token, enum keyword word) { return token->kind == TOKEN_WORD && token->word == word; }
static inline bool is_symbol(const struct token *token, enum symbol symbol) { return token->kind == TOKEN_SYMBOL && token->word == symbol; }
static inline bool at_word(const struct parser *p, enum keyword word) { return is_word(peek(p), word); }
static inline bool at_symbol(const struct parser *p, enum symbol symbol) { return is_symbol(peek(p), symbol); }
static inline bool at_words(const struct parser *p, enum keyword first, enum keyword second) {
  return at_word(p, first) && is_word(peek_at(p, 1), second);
}
static inline bool at_end(const struct parser *p) { return peek(p)->kind == TOKEN_END; }
static inline struct vonk_str token_text(const struct parser *p, const struct token *token) {
  return vonk_str_slice(p->text, token->start, token->stop);
}
static inline void skip(struct parser *p) { if (!at_end(p)) p->position++; }
static inline bool accept_word(struct parser *p, enum keyword word) { return at_word(p, word) ? (p->position++, true) : false; }
static inline bool accept_symbol(struct parser *p, enum symbol symbol) { return at_symbol(p, symbol) ? (p->position++, true) : false; }
static inline bool accept_words(struct parser *p, enum keyword first, enum keyword second) {
  return at_words(p, first, second) ? (p->position += 2, true) : false;
}
/* The next word is TEXT, whatever its case; for words that are not worth a keyword. */
bool at_text(const struct parser *p, uint32_t ahead, const char *text);
STATUS expect_word(struct parser *p, enum keyword word);
STATUS expect_symbol(struct parser *p, enum symbol symbol);

/* From token FIRST up to the last one read. */
const struct vonk_origin *place(struct parser *p, uint32_t first);
struct vonk_str source_text(const struct parser *p, uint32_t first);
/* PARSE_SYNTAX_ERROR at the next token. */
STATUS fail_syntax(struct parser *p);
STATUS fail_syntax_hint(struct parser *p, struct vonk_str hint);
/* Conditions without parameters, and with one: NAME NULL for none. */
STATUS fail(struct parser *p, uint32_t first, enum vonk_condition condition, const char *name, struct vonk_str value);
STATUS fail_unsupported(struct parser *p, uint32_t first, const char *feature);
STATUS fail_duplicate(struct parser *p, uint32_t first, const char *clause);

struct level { uint32_t height; };
STATUS enter(struct parser *p, struct level *level);
void leave(struct parser *p, const struct level *level);
STATUS grow(struct parser *p);

/* --- name.c --- */

/* May the token be a name here? As a column or table, an alias of a column, an alias of a table. */
bool is_name(const struct parser *p, const struct token *token);
bool at_column_alias(const struct parser *p);
bool at_table_alias(const struct parser *p);
STATUS parse_identifier(struct parser *p, struct vonk_str *out);
/* a.b.c, also IDENTIFIER('a.b'). */
STATUS parse_name(struct parser *p, struct vonk_name *out);
/* The same, and where it stands. */
STATUS parse_placed_name(struct parser *p, struct vonk_name *out, const struct vonk_origin **at);
/* (a, b, c); MANDATORY or empty when no parenthesis follows. */
STATUS parse_name_list(struct parser *p, bool mandatory, struct vonk_name *out);
/* Text of a quoted name. */
struct vonk_str unquote_name(struct parser *p, const struct token *token);

/* --- literal.c --- */

/* One or more string tokens, joined. */
STATUS parse_string(struct parser *p, struct vonk_str *out);
/* One token: in lists of options a second one is the value. */
STATUS parse_one_string(struct parser *p, struct vonk_str *out);
STATUS parse_string_expr(struct parser *p, struct vonk_expr **out);
bool at_number(const struct parser *p, uint32_t ahead);
STATUS parse_number(struct parser *p, bool negative, uint32_t first, struct vonk_expr **out);
/* An INTEGER token. */
STATUS parse_integer(struct parser *p, int64_t *out);
/* DATE '...', X'...' and the like: a word, then a string. */
STATUS parse_typed_literal(struct parser *p, struct vonk_expr **out);
struct vonk_expr *literal_expr(struct parser *p, struct vonk_value value, uint32_t first);
struct vonk_expr *string_expr(struct parser *p, struct vonk_str text, uint32_t first);

/* --- interval.c --- */

bool at_interval(const struct parser *p);
STATUS parse_interval(struct parser *p, struct vonk_expr **out);
/* The type of an interval out of the units its text names. */
STATUS interval_from_units(struct parser *p, uint32_t first, const struct vonk_interval *interval, const struct vonk_str *units,
                           uint32_t unit_count, struct vonk_value *out);

/* --- data_type.c --- */

STATUS parse_type(struct parser *p, const struct vonk_type **out);
/* a INT NOT NULL COMMENT 'x', ...: up to the token that is no comma. COLON: a: INT is fine too. */
STATUS parse_fields(struct parser *p, bool colon, const struct vonk_type **out);
struct vonk_str comment_metadata(struct parser *p, struct vonk_str comment);

/* --- expression.c, primary.c, call.c, window.c --- */

STATUS parse_expression(struct parser *p, struct vonk_expr **out);
/* With [AS] alias, [AS] (a, b). */
STATUS parse_named_expression(struct parser *p, struct vonk_expr **out);
/* Without AND, OR, NOT and predicates: operands of predicates. */
STATUS parse_operand(struct parser *p, struct vonk_expr **out);
STATUS parse_primary(struct parser *p, struct vonk_expr **out);
STATUS parse_expressions(struct parser *p, struct expr_list *out);
/* A function call from the name on; the name may be forced to other text by the caller. */
STATUS parse_call(struct parser *p, struct vonk_name name, uint32_t first, struct vonk_expr **out);
/* TRUE in *FOUND when a form with a grammar of its own (CAST, EXTRACT, TRIM, ...) began here and was read. */
STATUS parse_special_call(struct parser *p, bool *found, struct vonk_expr **out);
/* Lambdas: x -> e, (x, y) -> e; at_lambda looks ahead. */
bool at_lambda(const struct parser *p);
STATUS parse_lambda(struct parser *p, struct vonk_expr **out);
STATUS parse_over(struct parser *p, struct vonk_expr *function, struct vonk_expr **out);
STATUS parse_window_specification(struct parser *p, struct vonk_expr_window *window);
STATUS parse_sort_items(struct parser *p, struct vonk_exprs *out);
struct vonk_expr *function_expr(struct parser *p, const char *name, uint32_t first, uint32_t count, ...);
struct vonk_expr *attribute_expr(struct parser *p, struct vonk_name name, uint32_t first);

/* --- query.c, select.c, from.c --- */

/* SELECT, WITH, FROM, VALUES, TABLE, or a parenthesis before one of them. */
bool at_query(const struct parser *p, uint32_t ahead);
STATUS parse_query(struct parser *p, struct vonk_relation **out);
/* WITH and its definitions; the body is left to the caller. */
STATUS parse_with(struct parser *p, struct vonk_relation_with_cte **out);
/* (query), the parentheses included. */
STATUS parse_parenthesised_query(struct parser *p, struct vonk_relation **out);
STATUS parse_select(struct parser *p, struct vonk_relation *from, struct vonk_relation **out);
STATUS parse_from(struct parser *p, struct vonk_relation **out);
STATUS parse_values(struct parser *p, struct vonk_relation **out);
STATUS parse_window_clause(struct parser *p, struct vonk_relation *input, struct vonk_relation **out);
STATUS parse_table_alias(struct parser *p, struct vonk_relation **relation);
STATUS parse_pivot(struct parser *p, struct vonk_relation **relation);
STATUS parse_unpivot(struct parser *p, struct vonk_relation **relation);
STATUS parse_sample(struct parser *p, struct vonk_relation **relation);
STATUS parse_time_travel(struct parser *p, struct vonk_relation_read *read);

/* --- statement.c and the files of statements --- */

STATUS parse_statement(struct parser *p, struct vonk_node **out);
STATUS parse_create(struct parser *p, struct vonk_node **out);
STATUS parse_drop(struct parser *p, struct vonk_node **out);
/* routine.c; behind CREATE [TEMPORARY] and DROP. */
STATUS parse_create_function(struct parser *p, uint32_t first, bool replace, bool temporary, struct vonk_node **out);
STATUS parse_drop_function(struct parser *p, uint32_t first, struct vonk_node **out);
STATUS parse_alter(struct parser *p, struct vonk_node **out);
STATUS parse_repair(struct parser *p, struct vonk_node **out);
/* a INT NOT NULL COMMENT 'x' DEFAULT 1: one, and several with commas between. */
STATUS parse_column_definition(struct parser *p, struct vonk_column_definition *column);
STATUS parse_column_definitions(struct parser *p, struct column_list *columns);
STATUS parse_insert(struct parser *p, struct vonk_relation_with_cte *with, struct vonk_node **out);
STATUS parse_update(struct parser *p, struct vonk_node **out);
STATUS parse_delete(struct parser *p, struct vonk_node **out);
STATUS parse_show(struct parser *p, struct vonk_node **out);
STATUS parse_describe(struct parser *p, struct vonk_node **out);
STATUS parse_set(struct parser *p, struct vonk_node **out);
STATUS parse_reset(struct parser *p, struct vonk_node **out);
/* (key 'value', a.b = 1, ...) */
STATUS parse_options(struct parser *p, struct vonk_options *out);
/* PARTITION (a = 1, b) */
STATUS parse_partition(struct parser *p, struct vonk_options *out);
STATUS parse_if_exists(struct parser *p, bool *out);
STATUS parse_if_not_exists(struct parser *p, bool *out);

#endif
