/* filter.c: see filter.h. */
#include "server/rest/filter.h"

#include "type/json.h"

struct reader {
  struct vonk_task *task;
  const struct vonk_sql_options *options;
  struct vonk_json json;
  struct vonk_str column;
  struct vonk_expr *condition;   /* of all read so far; NULL: none */
};

static STATUS invalid(struct reader *r, const char *reason) {
  return vonk_raise(r->task, VONK_REST_INVALID_FILTER, NULL, "column", r->column, "reason", vonk_str_of(reason), NULL);
}

struct vonk_expr *rest_column(struct vonk_arena *arena, struct vonk_str name) {
  struct vonk_expr_attribute *attribute = EXPR_NEW(arena, attribute, NULL);
  struct vonk_str *part = ARENA_NEW(arena, struct vonk_str);
  *part = name;
  attribute->name = (struct vonk_name){part, 1};
  return &attribute->expr;
}

static struct vonk_expr *call(struct reader *r, const char *name, struct vonk_expr *const *arguments, uint32_t count) {
  struct vonk_expr_function *function = EXPR_NEW(r->task->arena, function, NULL);
  struct vonk_str *part = ARENA_NEW(r->task->arena, struct vonk_str);
  *part = vonk_str_of(name);
  function->name = (struct vonk_name){part, 1};
  function->arguments = (struct vonk_exprs){ARENA_ARRAY(r->task->arena, struct vonk_expr *, count), count};
  memcpy(function->arguments.items, arguments, count * sizeof *arguments);
  return &function->expr;
}

static void add(struct reader *r, const char *name, struct vonk_expr *const *operands, uint32_t count) {
  struct vonk_expr *both[] = {r->condition, call(r, name, operands, count)};
  r->condition = both[0] ? call(r, "and", both, 2) : both[1];
}

static struct vonk_expr *constant(struct reader *r, struct vonk_value value) { return vonk_expr_literal_of(r->task->arena, &value, NULL); }

/* A text, number or truth; NULL is for the caller. Numbers are typed as in SQL: 1.50 is a decimal, 1e3 a double. */
static STATUS read_literal(struct reader *r, struct vonk_expr **out) {
  struct vonk_str number;
  switch (vonk_json_peek(&r->json)) {
    case '"': *out = constant(r, vonk_value_text(&vonk_type_string, vonk_json_string(&r->json))); break;
    case 't':
    case 'f': *out = constant(r, vonk_value_integer(&vonk_type_boolean, vonk_json_bool(&r->json))); break;
    case '[':
    case '{':
    case 'n': return invalid(r, "a value is a text, a number, true or false");
    default:
      number = vonk_json_skip(&r->json);
      if (!r->json.failed) return vonk_sql_parse_expression(r->task, vonk_str_trim(number), r->options, out);
  }
  return r->json.failed ? invalid(r, "a value is not well-formed") : VONK_OK;
}

/* The operand is the column, then the values of the list. */
static STATUS read_list(struct reader *r, const char *function, uint32_t least, uint32_t most) {
  ARRAY_OF(struct vonk_expr *) operands = {0};
  uint32_t count = 0;
  *ARRAY_PUSH(r->task->arena, &operands) = rest_column(r->task->arena, r->column);
  if (!vonk_json_accept(&r->json, '[')) return invalid(r, "in and between take a list");
  while (vonk_json_next_element(&r->json, &count)) TRY(read_literal(r, ARRAY_PUSH(r->task->arena, &operands)));
  if (r->json.failed) return invalid(r, "a list is not well-formed");
  if (count < least || count > most) return invalid(r, least == most ? "between takes a list of two values" : "a list of values must not be empty");
  add(r, function, operands.items, (uint32_t)operands.count);
  return VONK_OK;
}

static STATUS read_null(struct reader *r, bool is_null) {
  struct vonk_expr *column = rest_column(r->task->arena, r->column);
  add(r, is_null ? "isnull" : "isnotnull", &column, 1);
  return VONK_OK;
}

static const struct {
  const char *name, *function;
} comparisons[] = {{"=", "="}, {"==", "="}, {"!=", "!="}, {"<>", "!="}, {">", ">"}, {">=", ">="}, {"<", "<"}, {"<=", "<="}, {"like", "like"}};

/* A value that is null means that the column is. */
static STATUS read_comparison(struct reader *r, const char *function) {
  struct vonk_expr *operands[2] = {rest_column(r->task->arena, r->column)};
  bool equal = strcmp(function, "=") == 0;
  if (vonk_json_peek(&r->json) == 'n' && (equal || strcmp(function, "!=") == 0)) {
    (void)vonk_json_skip(&r->json);
    return read_null(r, equal);
  }
  TRY(read_literal(r, &operands[1]));
  add(r, function, operands, 2);
  return VONK_OK;
}

static STATUS read_operator(struct reader *r, struct vonk_str name) {
  for (size_t i = 0; i < COUNT_OF(comparisons); i++) {
    if (vonk_str_equal_nocase(name, vonk_str_of(comparisons[i].name))) return read_comparison(r, comparisons[i].function);
  }
  if (vonk_str_equal_nocase(name, STR("in"))) return read_list(r, "in", 1, UINT32_MAX);
  if (vonk_str_equal_nocase(name, STR("between"))) return read_list(r, "between", 2, 2);
  if (!vonk_str_equal_nocase(name, STR("is_null"))) return invalid(r, "the operators are =, !=, >, >=, <, <=, in, like, is_null and between");
  bool is_null = vonk_json_bool(&r->json);
  return r->json.failed ? invalid(r, "is_null takes true or false") : read_null(r, is_null);
}

static STATUS read_column(struct reader *r) {
  uint32_t count = 0;
  struct vonk_str name;
  switch (vonk_json_peek(&r->json)) {
    case '[': return read_list(r, "in", 1, UINT32_MAX);
    case '{': break;
    default: return read_comparison(r, "=");
  }
  vonk_json_expect(&r->json, '{');
  while (vonk_json_next_member(&r->json, &count, &name)) TRY(read_operator(r, name));
  if (r->json.failed) return invalid(r, "an object is not well-formed");
  return count ? VONK_OK : invalid(r, "an object without operators says nothing");
}

STATUS rest_filter_read(struct vonk_task *task, const struct vonk_sql_options *options, struct vonk_str filters, struct vonk_expr **out) {
  struct reader r = {.task = task, .options = options, .json = {.arena = task->arena, .text = filters}};
  uint32_t count = 0;
  vonk_json_expect(&r.json, '{');
  while (vonk_json_next_member(&r.json, &count, &r.column)) TRY(read_column(&r));
  *out = r.condition;
  return r.json.failed ? invalid(&r, "the filters are not well-formed") : VONK_OK;
}
