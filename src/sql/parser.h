/* parser.h: SQL text to unresolved plans.
 *
 * All functions put nodes on the task's arena; origins refer to a copy of the text there. README.md says what SQL becomes.
 * Errors are Spark's, with the place in the text.
 */
#ifndef VONK_SQL_PARSER_H
#define VONK_SQL_PARSER_H

#include "plan/command.h"
#include "plan/relation.h"

struct vonk_timezone;

enum { VONK_SQL_TEXT_MAX = 64 << 20 }; /* bytes of one statement */

struct vonk_sql_options {
  bool ansi;                       /* spark.sql.ansi.enabled */
  bool reserved_keywords;          /* spark.sql.ansi.enforceReservedKeywords, with ansi */
  bool double_quoted_names;        /* spark.sql.ansi.doubleQuotedIdentifiers, with ansi */
  bool escaped_strings;            /* spark.sql.parser.escapedStringLiterals: backslashes stay */
  bool regex_names;                /* spark.sql.parser.quotedRegexColumnNames */
  bool exponent_decimal;           /* spark.sql.legacy.exponentLiteralAsDecimal.enabled */
  bool legacy_interval;            /* spark.sql.legacy.interval.enabled: literals are CalendarIntervals */
  bool timestamp_ntz;              /* spark.sql.timestampType is TIMESTAMP_NTZ */
  bool set_ops_left_to_right;      /* spark.sql.legacy.setopsPrecedence.enabled */
  bool relation_precedence;        /* spark.sql.ansi.relationPrecedence, with ansi: JOIN before the comma */
  bool legacy_identifier;          /* spark.sql.legacy.identifierClause: IDENTIFIER only for whole names of columns, tables, functions */
  bool having_as_where;            /* spark.sql.legacy.parser.havingWithoutGroupByAsWhere */
  const struct vonk_timezone *zone;/* of TIMESTAMP literals without one; NULL is UTC */
  int64_t now_micros;              /* of DATE 'today' and the like */
  struct vonk_str object_type, object_name; /* of the view whose text this is, for origins; empty otherwise */
  /* IDENTIFIER(x): what the constant expression X gives. NULL: only strings are understood. */
  STATUS (*constant_text)(const void *object, struct vonk_task *task, struct vonk_expr *expr, struct vonk_str *out);
  const void *constant_object;
};

/* One statement, with or without a semicolon behind it: a relation or a command. */
STATUS vonk_sql_parse_statement(struct vonk_task *task, struct vonk_str text, const struct vonk_sql_options *options,
                                struct vonk_node **out);
/* A query only: the text of a view. */
STATUS vonk_sql_parse_query(struct vonk_task *task, struct vonk_str text, const struct vonk_sql_options *options,
                            struct vonk_relation **out);
/* One expression, perhaps with an alias: expr("a + 1 AS b"). */
STATUS vonk_sql_parse_expression(struct vonk_task *task, struct vonk_str text, const struct vonk_sql_options *options,
                                 struct vonk_expr **out);
/* A type as DDL writes it: "decimal(10,2)", "struct<a: int>". */
STATUS vonk_sql_parse_type(struct vonk_task *task, struct vonk_str text, const struct vonk_type **out);
/* "a INT, b STRING NOT NULL", or a type; a STRUCT either way (a type that is no struct becomes the field `value`). */
STATUS vonk_sql_parse_schema(struct vonk_task *task, struct vonk_str text, const struct vonk_type **out);
/* A type or a column list (a STRUCT then) in DDL or JSON, as clients and from_json write schemas. */
STATUS vonk_sql_parse_type_text(struct vonk_task *task, struct vonk_str text, const struct vonk_type **out);
/* "a.`b c`" to its parts. */
STATUS vonk_sql_parse_name(struct vonk_task *task, struct vonk_str text, struct vonk_name *out);

#endif
