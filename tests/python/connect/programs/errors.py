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
