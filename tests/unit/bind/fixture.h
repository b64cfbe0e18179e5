/* fixture.h: a task, a catalog with TPC-H's tables as views of constants, and binding of a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bind/binder.h"
#include "sql/parser.h"
#include "type/type.h"

static struct vonk_error error;
static struct vonk_task task;
static struct vonk_conf *conf;
static struct vonk_catalog *catalog;
static struct vonk_catalog_session *session;

static const struct { const char *name, *columns; } tables[] = {
    {"region", "r_regionkey BIGINT, r_name STRING, r_comment STRING"},
    {"nation", "n_nationkey BIGINT, n_name STRING, n_regionkey BIGINT, n_comment STRING"},
    {"part", "p_partkey BIGINT, p_name STRING, p_mfgr STRING, p_brand STRING, p_type STRING, p_size INT, p_container STRING, "
             "p_retailprice DECIMAL(15,2), p_comment STRING"},
    {"supplier", "s_suppkey BIGINT, s_name STRING, s_address STRING, s_nationkey BIGINT, s_phone STRING, s_acctbal DECIMAL(15,2), s_comment STRING"},
    {"partsupp", "ps_partkey BIGINT, ps_suppkey BIGINT, ps_availqty INT, ps_supplycost DECIMAL(15,2), ps_comment STRING"},
    {"customer", "c_custkey BIGINT, c_name STRING, c_address STRING, c_nationkey BIGINT, c_phone STRING, c_acctbal DECIMAL(15,2), c_mktsegment STRING, "
                 "c_comment STRING"},
    {"orders", "o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus STRING, o_totalprice DECIMAL(15,2), o_orderdate DATE, o_orderpriority STRING, "
               "o_clerk STRING, o_shippriority INT, o_comment STRING"},
    {"lineitem", "l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber INT, l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2), "
                 "l_discount DECIMAL(15,2), l_tax DECIMAL(15,2), l_returnflag STRING, l_linestatus STRING, l_shipdate DATE, l_commitdate DATE, "
                 "l_receiptdate DATE, l_shipinstruct STRING, l_shipmode STRING, l_comment STRING"},
    {"t", "a INT, b STRING, c DOUBLE"},
    {"u", "a INT, d STRING, s STRUCT<x: INT, y: STRING>"},
};

/* "a INT, b STRING" as SELECT CAST(NULL AS INT) AS a, ... */
static void add_table(const char *name, const char *columns) {
  const struct vonk_type *schema;
  struct vonk_text text;
  assert_int_equal(vonk_sql_parse_schema(&task, vonk_str_of(columns), &schema), VONK_OK);
  vonk_text_init(&text, task.arena);
  vonk_text_add(&text, STR("SELECT "));
  for (uint32_t i = 0; i < schema->field_count; i++) {
    struct vonk_str type = vonk_type_sql(task.arena, schema->fields[i].type);
    vonk_text_addf(&text, "%sCAST(NULL AS " STR_FMT ") AS " STR_FMT, i ? ", " : "", STR_ARG(type), STR_ARG(schema->fields[i].name));
  }
  struct vonk_catalog_table view = {.kind = VONK_TABLE_TEMP_VIEW, .name = vonk_str_of(name), .view_text = vonk_text_str(&text)};
  assert_int_equal(vonk_catalog_put_temporary(&task, session, &view, false, NULL), VONK_OK);
}

static int setup(void **state) {
  (void)state;
  vonk_error_init(&error);
  task = (struct vonk_task){.arena = vonk_arena_create(NULL), .error = &error};
  conf = vonk_conf_create();
  catalog = vonk_catalog_create(STR("/nonexistent/warehouse"), NULL, NULL);
  session = vonk_catalog_session_create(catalog);
  for (size_t i = 0; i < COUNT_OF(tables); i++) add_table(tables[i].name, tables[i].columns);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  vonk_catalog_session_destroy(session);
  vonk_catalog_destroy(catalog);
  vonk_error_deinit(&error);
  vonk_arena_destroy(task.arena);
  vonk_conf_release(conf);
  return 0;
}

static inline enum vonk_status bind(const char *sql, struct vonk_relation **out) {
  struct vonk_sql_options options = {.ansi = true};
  struct vonk_bind_context context = {.catalog = session, .conf = conf, .user = STR("tester")};
  struct vonk_relation *unresolved;
  vonk_error_clear(&error);
  TRY(vonk_sql_parse_query(&task, vonk_str_of(sql), &options, &unresolved));
  return vonk_bind_query(&task, &context, unresolved, out);
}

static const char *found_or_error(enum vonk_status status, const struct vonk_relation *relation) {
  if (status == VONK_OK) return vonk_type_simple_string(task.arena, vonk_bind_schema(task.arena, relation)).data;
  struct vonk_str name = vonk_str_of(vonk_condition_name(error.condition));
  struct vonk_text text;
  vonk_text_init(&text, task.arena);
  vonk_text_add(&text, name);
  for (size_t i = 0; i < error.parameter_count; i++) vonk_text_addf(&text, " " STR_FMT, STR_ARG(error.parameters[i].value));
  vonk_text_add_char(&text, 0);
  return text.data;
}

/* The schema of SQL, or its error. */
static inline const char *schema_of(const char *sql) {
  struct vonk_relation *relation;
  enum vonk_status status = bind(sql, &relation);
  return found_or_error(status, relation);
}

/* The same of an unresolved relation. */
static inline const char *relation_schema(struct vonk_relation *unresolved) {
  struct vonk_bind_context context = {.catalog = session, .conf = conf, .user = STR("tester")};
  struct vonk_relation *relation;
  vonk_error_clear(&error);
  enum vonk_status status = vonk_bind_query(&task, &context, unresolved, &relation);
  return found_or_error(status, relation);
}
