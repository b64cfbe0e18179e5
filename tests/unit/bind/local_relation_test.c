/* local_relation_test.c: rows that a program sent along: their schema, alone and under one that the program gives. Expected errors
 * are Spark's. */
#include "fixture.h"

#include "column/builder.h"
#include "column/ipc.h"

/* An Arrow stream of one row of nulls, or of zeros where nulls may not be, with the columns of DDL. */
static struct vonk_str stream_of(const char *ddl) {
  const struct vonk_type *type;
  struct vonk_ipc_options options = {0};
  struct vonk_ipc_writer *writer;
  struct vonk_ipc_piece *piece;
  uint32_t position = 0;
  assert_int_equal(vonk_sql_parse_schema(&task, vonk_str_of(ddl), &type), VONK_OK);
  struct vonk_column *columns = ARENA_ARRAY(task.arena, struct vonk_column, type->field_count);
  for (uint32_t i = 0; i < type->field_count; i++) {
    struct vonk_value value = {.type = type->fields[i].type, .is_null = type->fields[i].nullable};
    columns[i] = vonk_column_const(task.arena, &value);
  }
  struct vonk_batch batch = {.columns = columns, .column_count = type->field_count, .row_count = 1, .live_count = 1};
  assert_int_equal(vonk_ipc_writer_create(&task, type, &options, &writer), VONK_OK);
  assert_int_equal(vonk_ipc_writer_append(&task, writer, &batch, &position), VONK_OK);
  assert_int_equal(vonk_ipc_writer_take(&task, writer, &piece), VONK_OK);
  struct vonk_text text;
  vonk_text_init(&text, task.arena);
  for (uint32_t i = 0; i < piece->part_count; i++) vonk_text_add(&text, piece->parts[i]);
  vonk_ipc_piece_destroy(piece);
  vonk_ipc_writer_destroy(writer);
  return vonk_text_str(&text);
}

static struct vonk_relation *local(struct vonk_str arrow, const char *schema) {
  struct vonk_relation_local_relation *node = RELATION_NEW(task.arena, local_relation, NULL);
  node->arrow = arrow;
  node->schema = vonk_str_of(schema);
  return &node->relation;
}

static void check(struct vonk_relation *relation, const char *expected) {
  const char *found = relation_schema(relation);
  if (strcmp(found, expected) != 0) fprintf(stderr, "expected %s\nfound    %s\n", expected, found);
  assert_string_equal(found, expected);
}

static void test_local_relation__without_a_schema(void **state) {
  (void)state;
  check(local(stream_of("a BIGINT, b STRING"), NULL), "struct<a:bigint,b:string>");
  check(local(stream_of("a BIGINT, a BIGINT"), NULL), "struct<a:bigint,a:bigint>");
  check(local((struct vonk_str){0}, NULL), "CONNECT_INVALID_PLAN.SCHEMA_REQUIRED_FOR_LOCAL_RELATION");
  struct vonk_relation *relation = local(stream_of("a BIGINT NOT NULL COMMENT 'zz'"), NULL);
  struct vonk_bind_context context = {.catalog = session, .conf = conf, .user = STR("tester")};
  assert_int_equal(vonk_bind_query(&task, &context, relation, &relation), VONK_OK);
  assert_false(relation->columns[0].nullable);
  assert_true(vonk_str_equal(relation->columns[0].metadata, STR("{\"comment\":\"zz\"}")));
  assert_true(relation->estimated_rows == 1);
}

static void test_local_relation__names_and_casts(void **state) {
  (void)state;
  struct vonk_str both = stream_of("a BIGINT, b STRING"), whole = stream_of("a BIGINT NOT NULL");
  check(local((struct vonk_str){0}, "x INT, y STRING NOT NULL"), "struct<x:int,y:string>");
  check(local(both, "x BIGINT, y STRING"), "struct<x:bigint,y:string>");
  check(local(both, "x INT, y STRING"), "struct<x:int,y:string>");
  check(local(both, "{\"type\":\"struct\",\"fields\":[{\"name\":\"k\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}},"
                    "{\"name\":\"l\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]}"), "struct<k:bigint,l:string>");
  check(local(whole, "z BIGINT NOT NULL"), "struct<z:bigint>");
  check(local(whole, "BIGINT"), "struct<value:bigint>");
  check(local(whole, "\"integer\""), "struct<value:int>");
  check(local(stream_of("a BIGINT"), "z STRING"), "struct<z:string>");
  check(local(stream_of("a BIGINT, a BIGINT"), "a BIGINT, a INT"), "struct<a:bigint,a:int>");
  check(local(stream_of("a VOID"), "a INT"), "struct<a:int>");
  check(local(stream_of("m MAP<STRING, INT>, l ARRAY<INT>"), "m MAP<STRING, BIGINT>, l ARRAY<BIGINT>"), "struct<m:map<string,bigint>,l:array<bigint>>");
}

static void test_local_relation__structs(void **state) {
  (void)state;
  struct vonk_str rows = stream_of("s STRUCT<i: BIGINT, j: STRING>");
  check(local(rows, "v STRUCT<p: BIGINT, q: STRING>"), "struct<v:struct<p:bigint,q:string>>");
  check(local(rows, "v STRUCT<p: INT, q: STRING>"), "struct<v:struct<p:int,q:string>>");
  check(local(rows, "v STRUCT<p: BIGINT>"), "struct<v:struct<p:bigint>>");
  check(local(rows, "v STRUCT<p: BIGINT, q: STRING, r: INT>"), "struct<v:struct<p:bigint,q:string,r:int>>");
}

static void test_local_relation__errors(void **state) {
  (void)state;
  struct vonk_str both = stream_of("a BIGINT, b STRING");
  check(local(both, "x BIGINT"), "ASSIGNMENT_ARITY_MISMATCH 1 2");
  check(local(both, "x BIGINT, y STRING, z INT"), "ASSIGNMENT_ARITY_MISMATCH 3 2");
  check(local(both, "x BIGINT NOT NULL, y STRING"), "NULLABLE_COLUMN_OR_FIELD `col_0`");
  check(local(stream_of("a STRING"), "x INT"), "INVALID_COLUMN_OR_FIELD_DATA_TYPE `col_0` \"STRING\" \"INT\"");
  check(local(stream_of("a INTERVAL DAY TO SECOND"), "x INTERVAL DAY TO HOUR"),
        "INVALID_COLUMN_OR_FIELD_DATA_TYPE `col_0` \"INTERVAL DAY TO SECOND\" \"INTERVAL DAY TO HOUR\"");
  check(local(stream_of("a STRING"), "a CHAR(5)"), "UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING");
  check(local(both, "x INT INT"), "PARSE_SYNTAX_ERROR 'INT' ");
  check(local(both, "x FOO"), "UNSUPPORTED_DATATYPE \"FOO\"");
  check(local(stream_of("s STRUCT<i: INT>"), "s STRUCT<i: INT NOT NULL>"), "NULLABLE_COLUMN_OR_FIELD `col_0`.`col_0`");
  check(local(stream_of("m MAP<STRING, INT>"), "m MAP<INT, INT>"), "INVALID_COLUMN_OR_FIELD_DATA_TYPE `col_0`.`key` \"STRING\" \"INT\"");
  check(local(vonk_str_slice(both, 0, both.size - 100), NULL), "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION Arrow data with a message that is cut off FAILFAST");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_local_relation__without_a_schema),
      cmocka_unit_test(test_local_relation__names_and_casts),
      cmocka_unit_test(test_local_relation__structs),
      cmocka_unit_test(test_local_relation__errors),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
