"""record.py: asks real Spark for the answers the .test files expect, and rewrites the files.

Run by `tests/run --record` under tests/servers/spark. The rows are rendered by Spark's own HiveResult, as its SQL
shell and its golden files do, so nothing here has an opinion on how a value looks. Every file gets a session of its own and
an empty catalog. A query or statement that Spark refuses becomes an `error` block, and an `error` block that it answers a query.
"""
import logging
import pathlib
import re
import shutil
import sys
import tempfile

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

import testfile
from testfile import ROOT


def start(warehouse):
    settings = {"spark.sql.warehouse.dir": warehouse, "spark.sql.session.timeZone": "UTC", "spark.ui.enabled": "false",
                "spark.sql.shuffle.partitions": "4", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
                "spark.ui.showConsoleProgress": "false"}
    builder = SparkSession.builder.appName("record")
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def ask(spark, sql):
    """Spark's answer to one statement."""
    try:
        frame = spark.sql(sql)
        java = spark.sparkContext._jvm
        java.org.apache.spark.sql.classic.SparkSession.setActiveSession(spark._jsparkSession)
        plan = frame._jdf.queryExecution().executedPlan()
        rows = java.org.apache.spark.sql.execution.HiveResult.hiveResultString(plan)
        rows = [testfile.one_line(rows.apply(index)) for index in range(rows.size())]
        return testfile.Answer(testfile.one_line(frame._jdf.schema().catalogString()), rows)
    except PySparkException as error:
        if error.getCondition() is None:
            print(f"without a condition, so it cannot be a test: {sql}: {error}", flush=True)
            return testfile.Answer(condition="(none)", sqlstate="-")
        return testfile.Answer(condition=error.getCondition(), sqlstate=error.getSqlState() or "-",
                               place=place_of(error, sql))
    except Py4JJavaError as error:
        return answer_of_java(error)


def answer_of_java(error):
    """The condition of an exception that PySpark has no class for; its place is left open."""
    thrown = error.java_exception
    while thrown is not None:
        condition = condition_of(thrown)
        if condition is not None:
            return testfile.Answer(condition=condition, sqlstate=thrown.getSqlState() or "-", place=None)
        thrown = thrown.getCause()
    print(f"without a condition, so it cannot be a test: {error.java_exception}", flush=True)
    return testfile.Answer(condition="(none)", sqlstate="-")


def condition_of(thrown):
    """None for an exception of Java's or a library's own."""
    try:
        return thrown.getCondition()
    except Py4JError:
        return None


def place_of(error, sql):
    """LINE:COLUMN, both from 1, of what the error points at in SQL, or None."""
    for context in error.getQueryContext():
        try:
            start = context.startIndex()
        except PySparkException:
            return None
        if context.objectType() or start < 0:
            return None
        # Java counts UTF-16 units.
        before = sql.encode("utf-16-le")[:2 * start].decode("utf-16-le", "ignore")
        return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    match = re.search(r"\(line (\d+), pos (\d+)\)", str(error))
    return f"{match.group(1)}:{int(match.group(2)) + 1}" if match else None


def record_file(spark, path, warehouse):
    head, blocks = testfile.parse(path.read_text())
    with tempfile.TemporaryDirectory(prefix="vonk-record-") as scratch:
        places = testfile.Places(scratch, warehouse)
        for block in blocks:
            answer = ask(spark, places.fill(block.sql))
            if answer.condition is not None:
                block.kind, block.flags = "error", []
                block.condition, block.sqlstate, block.place = answer.condition, answer.sqlstate, answer.place
            elif block.kind != "statement":
                block.kind = "query"
                block.schema = places.blank(answer.schema)
                block.rows = [testfile.steady(places.blank(row)) for row in answer.rows]
    mark = f"# recorded from Spark {spark.version}"
    head = [line for line in head if not line.startswith("# recorded from Spark")]
    path.write_text(testfile.file_text([mark] + head, blocks))
    print(f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}: {len(blocks)} blocks", flush=True)


def empty_catalog(spark, warehouse):
    spark.sql("USE default")
    for row in spark.sql("SHOW DATABASES").collect():
        for table in spark.sql(f"SHOW TABLES IN `{row[0]}`").collect():
            if not table.isTemporary:
                kind = "VIEW" if spark.catalog.getTable(f"`{row[0]}`.`{table.tableName}`").tableType == "VIEW" else "TABLE"
                spark.sql(f"DROP {kind} `{row[0]}`.`{table.tableName}`")
        if row[0] == "default":
            spark.sql("COMMENT ON DATABASE default IS 'default database'")
        else:
            spark.sql(f"DROP DATABASE `{row[0]}` CASCADE")
    for table in spark.sql("SHOW TABLES IN global_temp").collect():
        if table.namespace:
            spark.sql(f"DROP VIEW global_temp.`{table.tableName}`")
    shutil.rmtree(warehouse, ignore_errors=True)


def main():
    # PySpark logs every refused statement with its Java stack.
    logging.disable(logging.CRITICAL)
    warehouse = tempfile.mkdtemp(prefix="vonk-warehouse-")
    spark = start(warehouse)
    try:
        for path in sys.argv[1:]:
            session = spark.newSession()
            record_file(session, pathlib.Path(path), warehouse)
            empty_catalog(session, warehouse)
    finally:
        shutil.rmtree(warehouse, ignore_errors=True)


if __name__ == "__main__":
    main()
