"""errors.py: the classes, conditions and parameters of errors."""
from play import program, since
from pyspark.sql import functions as F
from tables import people


@program
def unresolved_names(see):
    df = people(see.spark)
    see.fails(lambda: df.select("nothing").collect())
    see.fails(lambda: df.select(F.col("ag")).schema)
    see.fails(lambda: df.where("nothing > 1").collect())
    see.fails(lambda: df.orderBy("nothing").collect())
    see.fails(lambda: df.select(F.expr("no_such_function(1)")).collect())
    see.fails(lambda: see.spark.table("no_such_table").collect())
    see.fails(lambda: see.spark.sql("SELECT * FROM a.b.c.d").collect())
    see.fails(lambda: df.select("name.first").collect())
    other = people(see.spark)
    see.fails(lambda: df.select(other.id).collect())


@program
def ambiguous_names(see):
    df = people(see.spark).select("id", "name")
    both = df.crossJoin(df.withColumnRenamed("name", "other"))
    see.fails(lambda: both.select("id").collect())
    see.fails(lambda: df.select("id", "name", "id").select("id").collect())


@program
def parse_errors(see):
    spark = see.spark
    see.fails(lambda: spark.sql("SELEC 1"))
    see.fails(lambda: spark.sql("SELECT FROM t WHERE"))
    see.fails(lambda: spark.sql(""))
    see.fails(lambda: spark.sql("SELECT 'abc"))
    see.fails(lambda: spark.range(1).selectExpr("id +").collect())
    see.fails(lambda: spark.range(1).where("id = = 1").collect())
    see.fails(lambda: spark.range(1).select(F.col("id").cast("nonsense")).collect())


@program
def run_time_errors(see):
    spark = see.spark
    see.fails(lambda: spark.range(2).select(F.lit(1) / F.col("id")).collect())
    see.fails(lambda: spark.sql("SELECT CAST('abc' AS DOUBLE)").collect())
    see.fails(lambda: spark.sql("SELECT 2147483647 + 1").collect())
    see.fails(lambda: spark.sql("SELECT CAST(300 AS TINYINT)").collect())
    see.fails(lambda: spark.sql("SELECT element_at(array(1), 5)").collect())
    see.fails(lambda: spark.sql("SELECT to_date('xx', 'yyyy-MM-dd')").collect())
    see.fails(lambda: spark.sql("SELECT raise_error('mine')").collect())
    see.fails(lambda: spark.sql("SELECT assert_true(id < 1) FROM range(3)").collect())
    see.fails(lambda: spark.sql("SELECT date_add(DATE'2024-01-01', 'x')").collect())
    see.value(spark.range(1).count())


@program
def type_errors(see):
    df = people(see.spark)
    see.fails(lambda: df.where(df.name).collect())
    see.fails(lambda: df.where(df.id + 1).collect())
    see.fails(lambda: df.select(F.lit(True) + 1).collect())
    see.fails(lambda: df.select(F.array(F.lit(1), F.array(F.lit(2)))).collect())
    see.fails(lambda: df.select(F.abs(F.lit(True))).collect())
    see.fails(lambda: df.select(F.expr("substring(1)")).collect())
    see.fails(lambda: df.select(df.id["x"]).collect())
    see.fails(lambda: df.select(F.explode("id")).collect())
    see.fails(lambda: df.select(F.explode(F.array("id")), F.explode(F.array("age"))).collect())


@program
def client_side_errors(see):
    df = people(see.spark)
    see.fails(lambda: df.limit("x"))
    see.fails(lambda: df.join(df, on=3))
    see.fails(lambda: df.drop(5))
    see.fails(lambda: bool(df.id > 1))
    see.fails(lambda: df.sample("x"))
    see.fails(lambda: df.repartition("3.5", 2.5))


@program
@since("4.0")
def query_context(see):
    df = people(see.spark)
    for call in (lambda: see.spark.sql("SELECT 1 / id FROM range(2)").collect(), lambda: see.spark.sql("SELECT nothing FROM range(2)").collect(),
                 lambda: df.where("id / 0 > 1").collect()):
        try:
            call()
        except Exception as error:  # pylint: disable=broad-except
            see.value([(str(context.contextType()), context.objectType(), context.objectName(), context.startIndex(), context.stopIndex(), context.fragment())
                       for context in error.getQueryContext()])


@program
@since("4.0")
def assertions(see):
    from pyspark.testing import assertDataFrameEqual, assertSchemaEqual
    df = people(see.spark)
    see.value(assertDataFrameEqual(df, people(see.spark)))
    see.value(assertSchemaEqual(df.schema, people(see.spark).schema))


@program
@since("4.0")
def bad_arguments(see):
    spark, df = see.spark, people(see.spark)
    for call in (
            lambda: df.stat.cov("name", "id"), lambda: df.approxQuantile("id", [0.5], -1.0), lambda: spark.range(0, 10, 0).collect(),
            lambda: df.sample(2.0).collect(), lambda: df.sample(-1.0).collect(), lambda: df.repartition(0).collect(), lambda: df.limit(-1).collect(),
            lambda: df.offset(-1).collect(), lambda: df.tail(-1), lambda: df.crosstab("nope", "id").collect(), lambda: df.na.fill(1, ["nope"]).collect(),
            lambda: df.toDF("a").columns, lambda: df.select(F.col("id").cast("nope")).collect(), lambda: df.select(F.lit(1).alias("a", "b")).collect(),
            lambda: df.groupBy("nope").count().collect(), lambda: df.groupBy("id").agg({"age": "nofn"}).collect(),
            lambda: df.join(df, "id", "weird").collect(), lambda: df.dropDuplicates(["nope"]).collect(), lambda: df.repartition(2, "nope").collect(),
            lambda: df.write.format("nope").save(see.path("x")), lambda: df.write.mode("nope").save(see.path("x")), lambda: df.write.insertInto("nope"),
            lambda: spark.read.format("nope").load(see.path("x")).collect(), lambda: spark.read.parquet(see.path("nothing")).collect(),
            lambda: df.createTempView("a b"), lambda: df.unpivot("id", ["name", "age"], "v", "w").collect(),
            lambda: df.withColumn("y", F.col("id").getItem(0)).collect(), lambda: df.selectExpr("nofn(id)").collect(),
            lambda: df.filter("name").collect(), lambda: df.filter(F.col("id") + 1).collect(), lambda: df.randomSplit([-1.0, 2.0]),
            lambda: df.describe("nope").collect(), lambda: df.exceptAll(spark.range(1)).collect(), lambda: df.select(F.explode("id")).collect(),
            lambda: df.select(F.sum(F.sum("id"))).collect(), lambda: df.select(F.row_number()).collect()):
        see.fails(call)


@program
def bad_statements(see):
    for text in ("SELECT * FROM a.b.c", "DROP TABLE nothing", "DROP VIEW nothing", "DESCRIBE nothing", "USE nowhere", "SHOW TABLES IN nowhere", "SELECT ?",
                 "SELECT b FROM VALUES (1) AS t(b) GROUP BY 2", "SELECT * FROM VALUES (1) AS t(b) GROUP BY 1", "SELECT * FROM range(1, 10, 0)",
                 "SELECT sum(DISTINCT id) OVER () FROM range(3)", "SELECT 1 IN (SELECT 1, 2)", "SELECT CAST(1 AS DATE)", "SELECT array(1, DATE'2024-01-01')",
                 "SELECT CASE WHEN true THEN 1 ELSE DATE'2024-01-01' END", "SELECT 127Y + 1Y", "SELECT make_date(2023, 2, 29)",
                 "SELECT to_timestamp('2024-02-29 25', 'yyyy-MM-dd HH')", "SELECT to_date('2024-02-29 x', 'yyyy-MM-dd')", "SELECT extract(nonsense FROM DATE'2024-01-01')",
                 "SELECT '1' + TIMESTAMP'2024-01-01 00:00:00'", "SELECT a.b.c.nofunc(1)", "CREATE TABLE x (a INT) USING nonsense"):
        see.fails(lambda: see.spark.sql(text).collect())
