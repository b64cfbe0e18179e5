/* connect_test.c: Spark Connect's messages to plans and back, where trees (tests/python/connect_decode_test.py) do not show it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/connect/decode.h"
#include "server/connect/encode.h"
#include "sql/parser.h"
#include "wire/compress.h"
#include "wire/protobuf.h"

static struct vonk_arena *arena;
static struct vonk_error error;
static struct vonk_task task;
static struct vonk_connect_decoder decoder;

enum { BYTE_LIMIT = 1 << 20 };

static int setup(void **state) {
  (void)state;
  arena = vonk_arena_create(NULL);
  vonk_error_init(&error);
  task = (struct vonk_task){.arena = arena, .error = &error};
  decoder = (struct vonk_connect_decoder){.task = &task, .byte_limit = BYTE_LIMIT, .session_id = STR("s")};
  return 0;
}

static int teardown(void **state) {
  (void)state;
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  return 0;
}

static void assert_condition(enum vonk_condition condition) {
  assert_true(error.set);
  assert_string_equal(vonk_condition_name(error.condition), vonk_condition_name(condition));
  vonk_error_clear(&error);
}

/* --- messages --- */

static struct vonk_text message(void) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  return text;
}

static void put_message(struct vonk_text *text, uint32_t number, struct vonk_text inside) { vonk_protobuf_put_bytes(text, number, vonk_text_str(&inside)); }

enum { RELATION_COMMON = 1, RELATION_PROJECT = 3, RELATION_RANGE = 15, RELATION_WITH_RELATIONS = 41, COMMON_PLAN_ID = 2 };
enum { PROJECT_INPUT = 1, PROJECT_EXPRESSIONS = 3, RANGE_END = 2, RANGE_STEP = 3 };
enum { EXPRESSION_ATTRIBUTE = 2, EXPRESSION_ALIAS = 6, EXPRESSION_SUBQUERY = 21 };

/* A Relation with PLAN_ID and MEMBER. */
static struct vonk_text relation(int64_t plan_id, uint32_t member, struct vonk_text inside) {
  struct vonk_text common = message(), out = message();
  vonk_protobuf_put_i64(&common, COMMON_PLAN_ID, plan_id);
  put_message(&out, RELATION_COMMON, common);
  put_message(&out, member, inside);
  return out;
}

static struct vonk_text range(int64_t plan_id) {
  struct vonk_text inside = message();
  vonk_protobuf_put_i64(&inside, RANGE_END, 9);
  vonk_protobuf_put_i64(&inside, RANGE_STEP, 1);
  return relation(plan_id, RELATION_RANGE, inside);
}

static struct vonk_text attribute(const char *name, int64_t plan_id) {
  struct vonk_text inside = message(), out = message();
  vonk_protobuf_put_bytes(&inside, 1, vonk_str_of(name));
  if (plan_id >= 0) vonk_protobuf_put_i64(&inside, 2, plan_id);
  put_message(&out, EXPRESSION_ATTRIBUTE, inside);
  return out;
}

static struct vonk_text project(int64_t plan_id, struct vonk_text input, struct vonk_text expression) {
  struct vonk_text inside = message();
  put_message(&inside, PROJECT_INPUT, input);
  put_message(&inside, PROJECT_EXPRESSIONS, expression);
  return relation(plan_id, RELATION_PROJECT, inside);
}

static const struct vonk_relation_project_star *decode_project(struct vonk_text text) {
  struct vonk_relation *out;
  assert_int_equal(vonk_connect_decode_relation(&decoder, vonk_text_str(&text), &out), VONK_OK);
  assert_true(RELATION_IS(out, project_star));
  return RELATION_AS(out, project_star);
}

static enum vonk_status decode(struct vonk_text text) {
  struct vonk_relation *out;
  return vonk_connect_decode_relation(&decoder, vonk_text_str(&text), &out);
}

/* --- plans --- */

static void keeps_plan_ids(void **state) {
  (void)state;
  const struct vonk_relation_project_star *star = decode_project(project(7, range(3), attribute("id", 3)));
  assert_int_equal(star->relation.node.plan_id, 7);
  assert_int_equal(star->input->node.plan_id, 3);
  assert_int_equal(star->expressions.items[0]->node.plan_id, 3);
  star = decode_project(project(0, range(1), attribute("id", -1)));
  assert_int_equal(star->relation.node.plan_id, 0);
  assert_int_equal(star->expressions.items[0]->node.plan_id, -1);
}

/* NAME's parts, each in brackets; "-" where it cannot be read. */
static void assert_name(const char *name, const char *expected) {
  struct vonk_text text = project(1, range(1), attribute(name, -1)), shown = message();
  if (strcmp(expected, "-") == 0) {
    assert_int_equal(decode(text), VONK_FAILED);
    assert_condition(VONK_INVALID_ATTRIBUTE_NAME_SYNTAX);
    return;
  }
  const struct vonk_expr_attribute *read = EXPR_AS(decode_project(text)->expressions.items[0], attribute);
  for (uint32_t i = 0; i < read->name.count; i++) vonk_text_addf(&shown, "[" STR_FMT "]", STR_ARG(read->name.parts[i]));
  vonk_text_add_char(&shown, '\0');
  assert_string_equal(shown.data, expected);
}

static void reads_attribute_names(void **state) {
  (void)state;
  assert_name("a", "[a]");
  assert_name("a.b c.d", "[a][b c][d]");
  assert_name("`a.b`.c", "[a.b][c]");
  assert_name("`a``b`", "[a`b]");
  assert_name("``", "[]");
  assert_name("", "[]");
  assert_name("1 + 2", "[1 + 2]");
  static const char *const wrong[] = {"a.", ".a", "a..b", "`a", "a`b`", "`a`b", "`a`.", "```"};
  for (size_t i = 0; i < COUNT_OF(wrong); i++) assert_name(wrong[i], "-");
}

static struct vonk_text subquery(int64_t plan_id) {
  struct vonk_text inside = message(), out = message();
  vonk_protobuf_put_i64(&inside, 1, plan_id);
  vonk_protobuf_put_i64(&inside, 2, 1); /* scalar */
  put_message(&out, EXPRESSION_SUBQUERY, inside);
  return out;
}

static struct vonk_text with_relations(struct vonk_text root, struct vonk_text reference) {
  struct vonk_text inside = message();
  put_message(&inside, 1, root);
  put_message(&inside, 2, reference);
  return relation(20, RELATION_WITH_RELATIONS, inside);
}

static void subqueries_share_references(void **state) {
  (void)state;
  struct vonk_text inside = message();
  put_message(&inside, PROJECT_INPUT, range(1));
  put_message(&inside, PROJECT_EXPRESSIONS, subquery(5));
  put_message(&inside, PROJECT_EXPRESSIONS, subquery(5));
  const struct vonk_relation_project_star *wrapped = decode_project(with_relations(relation(10, RELATION_PROJECT, inside), range(5)));
  assert_int_equal(wrapped->relation.node.plan_id, 20);
  const struct vonk_relation_project_star *root = RELATION_AS(wrapped->input, project_star);
  assert_int_equal(root->relation.node.plan_id, 10);
  const struct vonk_expr_subquery *first = EXPR_AS(root->expressions.items[0], subquery), *second = EXPR_AS(root->expressions.items[1], subquery);
  assert_ptr_equal(first->plan, second->plan);
  assert_int_equal(first->plan->plan_id, 5);
  assert_int_equal(decode(with_relations(project(10, range(1), subquery(6)), range(5))), VONK_FAILED);
  assert_condition(VONK_CONNECT_INVALID_PLAN__INVALID_WITH_RELATION_REFERENCE);
  /* A reference that names itself. */
  assert_int_equal(decode(with_relations(project(10, range(1), subquery(5)), project(5, range(1), subquery(5)))), VONK_FAILED);
  assert_condition(VONK_CONNECT_INVALID_PLAN__INVALID_WITH_RELATION_REFERENCE);
}

static void bounds_depth(void **state) {
  (void)state;
  struct vonk_text expression = attribute("a", -1);
  for (int i = 0; i < VONK_NODE_DEPTH_MAX + 10; i++) {
    struct vonk_text alias = message(), out = message();
    put_message(&alias, 1, expression);
    vonk_protobuf_put_bytes(&alias, 2, STR("a"));
    put_message(&out, EXPRESSION_ALIAS, alias);
    expression = out;
    if (i == VONK_NODE_DEPTH_MAX - 10) assert_int_equal(decode(project(1, range(1), expression)), VONK_OK);
  }
  assert_int_equal(decode(project(1, range(1), expression)), VONK_FAILED);
  assert_condition(VONK_FAILED_TO_PARSE_TOO_COMPLEX);
}

static void refuses_malformed_messages(void **state) {
  (void)state;
  struct vonk_text text = project(1, range(1), attribute("a\xff", -1)), cut = project(1, range(1), attribute("abc", -1));
  assert_int_equal(decode(text), VONK_FAILED);
  assert_condition(VONK_CONNECT_INVALID_PLAN__CANNOT_PARSE);
  for (size_t size = 1; size < cut.size; size++) {
    struct vonk_relation *out;
    assert_int_equal(vonk_connect_decode_relation(&decoder, vonk_str_make(cut.data, size), &out), VONK_FAILED);
    vonk_error_clear(&error);
  }
}

/* --- compressed plans --- */

static struct vonk_text compressed(struct vonk_str bytes) {
  char *packed = vonk_arena_alloc(arena, vonk_compress_bound(VONK_CODEC_ZSTD, bytes.size));
  size_t size = vonk_compress(VONK_CODEC_ZSTD, (const uint8_t *)bytes.data, bytes.size, (uint8_t *)packed, vonk_compress_bound(VONK_CODEC_ZSTD, bytes.size));
  struct vonk_text inside = message(), out = message();
  vonk_protobuf_put_bytes(&inside, 1, vonk_str_make(packed, size));
  vonk_protobuf_put_i64(&inside, 2, 1); /* a relation */
  vonk_protobuf_put_i64(&inside, 3, 1); /* zstd */
  put_message(&out, 3, inside);
  return out;
}

static void unpacks_plans(void **state) {
  (void)state;
  struct vonk_text inner = range(4), packed = compressed(vonk_text_str(&inner));
  struct vonk_connect_plan plan;
  assert_int_equal(vonk_connect_decode_plan(&decoder, vonk_text_str(&packed), &plan), VONK_OK);
  assert_true(RELATION_IS(plan.node, range));
  assert_int_equal(plan.node->plan_id, 4);
  char *zeros = vonk_arena_alloc(arena, BYTE_LIMIT + 1);
  packed = compressed(vonk_str_make(zeros, BYTE_LIMIT + 1));
  assert_int_equal(vonk_connect_decode_plan(&decoder, vonk_text_str(&packed), &plan), VONK_FAILED);
  assert_condition(VONK_CONNECT_INVALID_PLAN__PLAN_SIZE_LARGER_THAN_MAX);
  struct vonk_text inside = message(), wrong = message();
  vonk_protobuf_put_bytes(&inside, 1, STR("no zstd"));
  vonk_protobuf_put_i64(&inside, 2, 1);
  vonk_protobuf_put_i64(&inside, 3, 1);
  put_message(&wrong, 3, inside);
  assert_int_equal(vonk_connect_decode_plan(&decoder, vonk_text_str(&wrong), &plan), VONK_FAILED);
  assert_condition(VONK_CONNECT_INVALID_PLAN__CANNOT_PARSE);
}

/* --- types and literals, there and back --- */

static const struct vonk_type *type_of(const char *text) {
  const struct vonk_type *type;
  assert_int_equal(vonk_sql_parse_type(&task, vonk_str_of(text), &type), VONK_OK);
  return type;
}

static void types_come_back(void **state) {
  (void)state;
  static const char *const types[] = {
      "void", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(10,2)", "decimal(38,0)", "string", "string collate utf8_lcase",
      "char(3)", "varchar(4)", "binary", "date", "timestamp", "timestamp_ntz", "time(3)", "time(0)", "interval year", "interval year to month", "interval month",
      "interval day", "interval hour to second", "interval second", "interval", "array<int>", "map<string, array<bigint>>",
      "struct<a: int, `b c`: struct<> NOT NULL COMMENT 'about'>", "variant",
  };
  for (size_t i = 0; i < COUNT_OF(types); i++) {
    const struct vonk_type *type = type_of(types[i]), *back;
    struct vonk_text text = message();
    vonk_connect_put_type(&text, type);
    assert_int_equal(vonk_connect_decode_type(&decoder, vonk_text_str(&text), &back), VONK_OK);
    assert_true(vonk_type_equal(type, back));
  }
}

/* As Spark's Python client encodes struct<a: decimal(10,2), é: array<string collate UTF8_LCASE> NOT NULL>. */
static void types_are_the_clients_bytes(void **state) {
  (void)state;
  static const char bytes[] = "\xaa\x01\x2c\x0a\x0d\x0a\x01\x61\x12\x06\x52\x04\x08\x02\x10\x0a\x18\x01\x0a\x1b\x0a\x02\xc3\xa9\x12\x15\xa2\x01\x12\x0a\x0e\x5a\x0c"
                              "\x12\x0a\x55\x54\x46\x38\x5f\x4c\x43\x41\x53\x45\x10\x01";
  const struct vonk_type *type;
  assert_int_equal(vonk_connect_decode_type(&decoder, vonk_str_make(bytes, sizeof bytes - 1), &type), VONK_OK);
  struct vonk_text text = message();
  vonk_connect_put_type(&text, type);
  assert_int_equal(text.size, sizeof bytes - 1);
  assert_memory_equal(text.data, bytes, text.size);
}

static void user_types_come_back(void **state) {
  (void)state;
  struct vonk_text udt = message(), sql_type = message(), type = message(), field = message(), structure = message(), whole = message(), back = message();
  vonk_connect_put_type(&sql_type, type_of("array<double>"));
  vonk_protobuf_put_bytes(&udt, 1, STR("udt"));
  vonk_protobuf_put_bytes(&udt, 3, STR("module.Point"));
  vonk_protobuf_put_bytes(&udt, 4, STR("gAWV"));
  put_message(&udt, 5, sql_type);
  put_message(&type, 23, udt);
  vonk_protobuf_put_bytes(&field, 1, STR("p"));
  put_message(&field, 2, type);
  vonk_protobuf_put_bytes(&field, 4, STR("{\"k\":[1,2]}"));
  put_message(&structure, 1, field);
  put_message(&whole, 21, structure);
  const struct vonk_type *read;
  assert_int_equal(vonk_connect_decode_type(&decoder, vonk_text_str(&whole), &read), VONK_OK);
  assert_int_equal(read->fields[0].type->id, VONK_TYPE_ARRAY);
  vonk_connect_put_type(&back, read);
  assert_int_equal(back.size, whole.size);
  assert_memory_equal(back.data, whole.data, back.size);
}

static void literals_come_back(void **state) {
  (void)state;
  static const char *const literals[] = {
      "NULL", "true", "3Y", "-3S", "7", "1099511627776L", "1.5F", "-0.25D", "12.340", "'text'", "X'00FF'", "DATE'2024-02-29'", "TIMESTAMP'2024-01-01 00:00:00'",
      "TIMESTAMP_NTZ'1969-12-31 23:59:59.9'", "INTERVAL '1-3' YEAR TO MONTH", "INTERVAL '1 00:00:02' DAY TO SECOND", "TIME'01:02:03.5'",
  };
  const struct vonk_sql_options options = {.ansi = true};
  for (size_t i = 0; i < COUNT_OF(literals); i++) {
    struct vonk_expr *expr;
    struct vonk_value back;
    struct vonk_text text = message();
    assert_int_equal(vonk_sql_parse_expression(&task, vonk_str_of(literals[i]), &options, &expr), VONK_OK);
    const struct vonk_value *value = &EXPR_AS(expr, literal)->value;
    vonk_connect_put_literal(&text, value);
    assert_int_equal(vonk_connect_decode_literal(&decoder, vonk_text_str(&text), &back), VONK_OK);
    assert_true(vonk_value_equal(value, &back));
    assert_true(vonk_type_equal(value->type, back.type));
  }
}

static void nested_literals_come_back(void **state) {
  (void)state;
  const struct vonk_type *type = type_of("struct<m: map<string, array<int>>>"), *map = type->fields[0].type;
  struct vonk_value numbers[] = {vonk_value_integer(&vonk_type_int, 5), vonk_value_null(&vonk_type_int)};
  struct vonk_value entries[] = {vonk_value_text(&vonk_type_string, STR("k")), {.type = map->element, .nested = {numbers, 2}},
                                 vonk_value_text(&vonk_type_string, STR("l")), vonk_value_null(map->element)};
  struct vonk_value field = {.type = map, .nested = {entries, 2}};
  struct vonk_value value = {.type = type, .nested = {&field, 1}}, back;
  struct vonk_text text = message();
  vonk_connect_put_literal(&text, &value);
  assert_int_equal(vonk_connect_decode_literal(&decoder, vonk_text_str(&text), &back), VONK_OK);
  assert_true(vonk_value_equal(&value, &back));
}

static void reads_types_of_texts(void **state) {
  (void)state;
  const struct vonk_type *type;
  assert_int_equal(vonk_sql_parse_type_text(&task, STR("int"), &type), VONK_OK);
  assert_int_equal(type->id, VONK_TYPE_INT);
  assert_int_equal(vonk_sql_parse_type_text(&task, STR("a int, b array<string>"), &type), VONK_OK);
  assert_int_equal(type->field_count, 2);
  assert_int_equal(vonk_sql_parse_type_text(&task, STR("{\"type\":\"struct\",\"fields\":[{\"name\":\"x\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]}"), &type), VONK_OK);
  assert_int_equal(type->field_count, 1);
  assert_int_equal(vonk_sql_parse_type_text(&task, STR("a int int"), &type), VONK_FAILED);
  assert_condition(VONK_PARSE_SYNTAX_ERROR);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(keeps_plan_ids, setup, teardown),
      cmocka_unit_test_setup_teardown(reads_attribute_names, setup, teardown),
      cmocka_unit_test_setup_teardown(subqueries_share_references, setup, teardown),
      cmocka_unit_test_setup_teardown(bounds_depth, setup, teardown),
      cmocka_unit_test_setup_teardown(refuses_malformed_messages, setup, teardown),
      cmocka_unit_test_setup_teardown(unpacks_plans, setup, teardown),
      cmocka_unit_test_setup_teardown(types_come_back, setup, teardown),
      cmocka_unit_test_setup_teardown(types_are_the_clients_bytes, setup, teardown),
      cmocka_unit_test_setup_teardown(user_types_come_back, setup, teardown),
      cmocka_unit_test_setup_teardown(literals_come_back, setup, teardown),
      cmocka_unit_test_setup_teardown(nested_literals_come_back, setup, teardown),
      cmocka_unit_test_setup_teardown(reads_types_of_texts, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
