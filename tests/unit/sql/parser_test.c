/* parser_test.c: the shape of plans, splitting, types, and where errors stand. Shapes are what src/sql/README.md promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "sql/parser.h"

static struct vonk_arena *arena;
static struct vonk_error error;
static struct vonk_task task;

static int setup(void **state) {
  (void)state;
  arena = vonk_arena_create(NULL);
  vonk_error_init(&error);
  task = (struct vonk_task){.arena = arena, .error = &error};
  return 0;
}

static int teardown(void **state) {
  (void)state;
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  return 0;
}

static const struct vonk_sql_options ansi = {.ansi = true};

/* name(arg, ...) with literals as SQL: enough to see what was built. */
static void show(struct vonk_text *out, const struct vonk_expr *e) {
  if (EXPR_IS(e, function)) {
    const struct vonk_expr_function *f = (const void *)e;
    vonk_text_addf(out, STR_FMT "(", STR_ARG(f->name.parts[f->name.count - 1]));
    for (uint32_t i = 0; i < f->arguments.count; i++) {
      if (i) vonk_text_add(out, STR(", "));
      show(out, f->arguments.items[i]);
    }
    vonk_text_add_char(out, ')');
  } else if (EXPR_IS(e, attribute)) {
    const struct vonk_expr_attribute *a = (const void *)e;
    for (uint32_t i = 0; i < a->name.count; i++) vonk_text_addf(out, "%s" STR_FMT, i ? "." : "", STR_ARG(a->name.parts[i]));
  } else if (EXPR_IS(e, literal)) {
    vonk_text_add(out, vonk_value_sql(arena, &((const struct vonk_expr_literal *)e)->value));
  } else if (EXPR_IS(e, cast)) {
    const struct vonk_expr_cast *c = (const void *)e;
    vonk_text_add(out, STR("cast("));
    show(out, c->child);
    vonk_text_addf(out, ":" STR_FMT ")", STR_ARG(vonk_type_simple_string(arena, c->target)));
  } else if (EXPR_IS(e, extract)) {
    const struct vonk_expr_extract *x = (const void *)e;
    show(out, x->child);
    vonk_text_add_char(out, '[');
    show(out, x->extraction);
    vonk_text_add_char(out, ']');
  } else {
    vonk_text_addf(out, "<%s>", e->node.type->name);
  }
}

static void expression(const char *sql, const char *expected) {
  struct vonk_expr *expr;
  struct vonk_text out;
  vonk_text_init(&out, arena);
  if (vonk_sql_parse_expression(&task, vonk_str_of(sql), &ansi, &expr) != VONK_OK) {
    vonk_text_add(&out, vonk_error_message(&error, arena));
    vonk_error_clear(&error);
  } else {
    show(&out, expr);
  }
  assert_string_equal(vonk_str_copy(arena, vonk_text_str(&out)).data, expected);
}

static void test_expression__precedence(void **state) {
  (void)state;
  expression("a + b * c", "+(a, *(b, c))");
  expression("a - b - c", "-(-(a, b), c)");
  expression("a | b ^ c & d << 1", "|(a, ^(b, &(c, <<(d, 1))))");
  expression("not a = b and c or d", "or(and(not(==(a, b)), c), d)");
  expression("a and b and c and d", "and(and(a, b), and(c, d))");
  expression("a <> b", "not(==(a, b))");
  expression("a || b || c", "concat(concat(a, b), c)");
  expression("-a.b + +c", "+(-(a.b), positive(c))");
  expression("-1::string", "cast(-1:string)");
  expression("x not between 1 and 2 and y", "and(not(between(x, 1, 2)), y)");
  expression("x is not distinct from y", "<=>(x, y)");
  expression("x is not true", "not(<=>(x, true))");
  expression("a like 'x' escape '/'", "like(a, 'x', '/')");
  expression("a not like any ('x', 'y')", "or(not(like(a, 'x')), not(like(a, 'y')))");
  expression("a not in (1, 2)", "not(in(a, 1, 2))");
}

static void test_expression__primaries(void **state) {
  (void)state;
  expression("case a when 1 then 'x' else 'y' end", "when(==(a, 1), 'x', 'y')");
  expression("f(a)[0].b", "f(a)[0]['b']");
  expression("trim(leading 'x' from y)", "ltrim('x', y)");
  expression("substr(a from 2 for 3)", "substring(a, 2, 3)");
  expression("position('a' in b)", "locate('a', b)");
  expression("extract(year from d)", "extract('year', d)");
  expression("dateadd(day, 1, d)", "timestampadd('DAY', 1, d)");
  expression("(a, b)", "struct(a, b)");
  expression("date", "date");
  expression("current_date", "current_date");
  expression("'a' 'b'", "'ab'");
  expression("r'\\n'", "'\\\\n'");
  expression("'it''s'", "'it\\'s'");
  expression("2147483648", "2147483648L");
  expression("-128Y", "-128Y");
  expression("interval '1' day", "INTERVAL '1' DAY");
  expression("interval 1 year 2 months", "INTERVAL '1-2' YEAR TO MONTH");
  expression("128Y", "[INVALID_NUMERIC_LITERAL_RANGE] The number 128 is outside of -128 to 127, the range of tinyint. SQLSTATE: 22003");
}

static void test_statement__place_of_errors(void **state) {
  (void)state;
  static const struct { const char *sql, *condition, *value; uint32_t line, column; } cases[] = {
      {"select 1 from\nwhere a = 1", "PARSE_SYNTAX_ERROR", "'where'", 2, 0},
      {"select (1", "PARSE_SYNTAX_ERROR", "end of input", 1, 9},
      {"select 'a", "PARSE_SYNTAX_ERROR", "'''", 1, 7},
      {"selec 1", "PARSE_SYNTAX_ERROR", "'selec'", 1, 0},
      {" ", "PARSE_EMPTY_STATEMENT", NULL, 1, 1},
      {"select 1 /* x", "UNCLOSED_BRACKETED_COMMENT", NULL, 1, 9},
      {"merge into t using s on a = b", "UNSUPPORTED_FEATURE", "MERGE", 1, 0},
      {"set a b", "INVALID_SET_SYNTAX", NULL, 1, 0},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct vonk_node *node;
    assert_int_equal(vonk_sql_parse_statement(&task, vonk_str_of(cases[i].sql), &ansi, &node), VONK_FAILED);
    assert_string_equal(vonk_condition_name(error.condition), cases[i].condition);
    if (cases[i].value) assert_string_equal(vonk_str_copy(arena, error.parameters[0].value).data, cases[i].value);
    assert_int_equal(error.origin.line, cases[i].line);
    assert_int_equal(error.origin.column, cases[i].column);
    vonk_error_clear(&error);
  }
}

static void test_statement__depth_is_bounded(void **state) {
  (void)state;
  static const struct { const char *open, *middle, *close; } shapes[] = {
      {"(", "1", ")"}, {"- ", "a", ""}, {"not ", "a", ""}, {"f(", "1", ")"}, {"(select ", "1", ")"}, {"case when ", "a", " then 1 end"}, {"a + ", "a", ""}, {"a[", "1", "]"}};
  for (size_t i = 0; i < COUNT_OF(shapes); i++) {
    struct vonk_text text;
    vonk_text_init(&text, arena);
    vonk_text_add(&text, STR("select "));
    for (int n = 0; n < 100000; n++) vonk_text_add(&text, vonk_str_of(shapes[i].open));
    vonk_text_add(&text, vonk_str_of(shapes[i].middle));
    for (int n = 0; n < 100000; n++) vonk_text_add(&text, vonk_str_of(shapes[i].close));
    struct vonk_node *node;
    assert_int_equal(vonk_sql_parse_statement(&task, vonk_text_str(&text), &ansi, &node), VONK_FAILED);
    assert_int_equal(error.condition, VONK_FAILED_TO_PARSE_TOO_COMPLEX);
    vonk_error_clear(&error);
  }
  /* Width is no depth. */
  struct vonk_text text;
  vonk_text_init(&text, arena);
  vonk_text_add(&text, STR("select a = 1"));
  for (int n = 0; n < 20000; n++) vonk_text_add(&text, STR(" or a = 1"));
  struct vonk_node *node;
  assert_int_equal(vonk_sql_parse_statement(&task, vonk_text_str(&text), &ansi, &node), VONK_OK);
}

/* Names of the nodes from the root down the first input. */
static void spine(const char *sql, const char *expected) {
  struct vonk_relation *relation;
  struct vonk_text out;
  vonk_text_init(&out, arena);
  if (vonk_sql_parse_query(&task, vonk_str_of(sql), &ansi, &relation) != VONK_OK) {
    print_message("%s\n", vonk_str_copy(arena, vonk_error_message(&error, arena)).data);
    fail();
  }
  for (struct vonk_node *node = &relation->node; node;) {
    vonk_text_addf(&out, "%s%s", out.size ? " " : "", node->type->name);
    struct vonk_node *next = NULL;
    for (uint32_t i = 0; i < node->type->field_count && !next; i++) {
      const struct vonk_field *field = &node->type->fields[i];
      if (field->kind != VONK_KIND_NODE) continue;
      struct vonk_node *child = *(struct vonk_node **)((char *)node + field->offset);
      if (child && child->type->node_class == VONK_CLASS_RELATION) next = child;
    }
    node = next;
  }
  assert_string_equal(vonk_str_copy(arena, vonk_text_str(&out)).data, expected);
}

static void test_query__layers(void **state) {
  (void)state;
  spine("select distinct a from t where b group by a having c order by a limit 1 offset 2",
        "limit offset sort deduplicate aggregate filter read");
  spine("select 1", "project");
  spine("select a from t x, u join v on x.a = v.a", "project join join subquery_alias read");
  spine("select a from t union select b from u intersect select c from v", "set_op project read");
  spine("with c as (select 1) select * from c", "with_cte project read");
  spine("from t select a", "project read");
  spine("select * from values (1, 2), (3, 4) as t(a, b)", "project subquery_alias values");
  spine("((select 1) union all (select 2)) limit all", "limit set_op project");
  spine("select a from t lateral view explode(b) x as y", "project lateral_view read");
  spine("select * from t tablesample (10 percent) s", "project subquery_alias sample read");
  spine("select sum(a) over w from t window w as (order by b)", "project window_clause read");
  spine("select /*+ broadcast(t) */ a from t", "hint project read");
  spine("select 1 having true", "having project");
  spine("select a from t cluster by a", "sort repartition project read");
}

static void test_type__both_ways(void **state) {
  (void)state;
  static const struct { const char *sql, *expected; } cases[] = {
      {"decimal(10,2)", "decimal(10,2)"}, {"array<array<int>>", "array<array<int>>"}, {"struct<a:int,b:map<string,array<bigint>>>", "struct<a:int,b:map<string,array<bigint>>>"},
      {"interval day to second", "interval day to second"}, {"char(3)", "char(3)"}, {"dec", "decimal(10,0)"}, {"timestamp_ntz", "timestamp_ntz"},
      {"struct<>", "struct<>"}, {"string collate UTF8_LCASE", "string collate UTF8_LCASE"}, {"STRUCT<a INT NOT NULL COMMENT 'x'>", "struct<a:int>"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    const struct vonk_type *type;
    assert_int_equal(vonk_sql_parse_type(&task, vonk_str_of(cases[i].sql), &type), VONK_OK);
    assert_string_equal(vonk_str_copy(arena, vonk_type_simple_string(arena, type)).data, cases[i].expected);
  }
  const struct vonk_type *schema;
  assert_int_equal(vonk_sql_parse_schema(&task, STR("a INT, b STRING NOT NULL"), &schema), VONK_OK);
  assert_int_equal(schema->field_count, 2);
  assert_false(schema->fields[1].nullable);
}

static void test_set__takes_any_text(void **state) {
  (void)state;
  struct vonk_node *node;
  assert_int_equal(vonk_sql_parse_statement(&task, STR("SET spark.x.y = it's \"; anything"), &ansi, &node), VONK_OK);
  struct vonk_command_set *set = COMMAND_AS(node, set);
  assert_non_null(set);
  assert_string_equal(vonk_str_copy(arena, set->key).data, "spark.x.y");
  assert_string_equal(vonk_str_copy(arena, set->value).data, "it's \"; anything");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_expression__precedence, setup, teardown),
      cmocka_unit_test_setup_teardown(test_expression__primaries, setup, teardown),
      cmocka_unit_test_setup_teardown(test_statement__place_of_errors, setup, teardown),
      cmocka_unit_test_setup_teardown(test_statement__depth_is_bounded, setup, teardown),
      cmocka_unit_test_setup_teardown(test_query__layers, setup, teardown),
      cmocka_unit_test_setup_teardown(test_type__both_ways, setup, teardown),
      cmocka_unit_test_setup_teardown(test_set__takes_any_text, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
