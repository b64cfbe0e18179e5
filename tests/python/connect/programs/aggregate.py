"""aggregate.py: groups, rollup, cube, pivot and the functions over them."""
from play import program, since
from pyspark.sql import functions as F
from tables import orders, people, sales


@program
def group_by(see):
    df = people(see.spark)
    see.any_order(df.groupBy("region").count())
    see.any_order(df.groupBy("region").agg(F.sum("pay"), F.avg("age"), F.min("name"), F.max(df.id).alias("last"), F.count("age")))
    see.any_order(df.groupBy(df.age > 30).agg({"pay": "max", "*": "count"}))
    see.any_order(df.groupBy("region", "age").agg(F.count("*").alias("n")).where("n > 1"))
    see.any_order(df.groupby("region").mean("age", "pay"))
    see.any_order(df.groupBy("region").sum())
    see.any_order(df.groupBy("region").min("age"))
    see.any_order(df.groupBy().max("age"))
    see(df.agg(F.count("*"), F.countDistinct("region"), F.sum_distinct("age"), F.first("name"), F.last("id")))
    see(df.groupBy(F.lit(1)).count())


@program
def aggregate_functions(see):
    df = people(see.spark)
    see(df.agg(F.stddev("age"), F.variance("age"), F.stddev_pop("age"), F.skewness("age"), F.kurtosis("age")))
    see(df.agg(F.corr("age", "pay"), F.covar_pop("age", "pay"), F.covar_samp("age", "pay")))
    see(df.agg(F.sort_array(F.collect_set("region")), F.collect_list("id"), F.max_by("name", "age"), F.min_by("name", "age")))
    see(df.agg(F.percentile_approx("age", 0.5), F.percentile_approx("age", [0.25, 0.75], 100), F.approx_count_distinct("region")))
    see(df.agg(F.bool_and(df.age > 10), F.some(df.age > 50), F.count_if(df.age > 30), F.any_value("region", True), F.mode("age")))
    see(df.agg(F.bit_and("id"), F.bit_or("id"), F.bit_xor("id"), F.product("id"), F.median("age"), F.percentile("age", 0.3)))
    see(df.agg(F.sum("id"), F.sum(F.col("id").cast("decimal(5,1)")), F.avg("id"), F.sum(F.col("id").cast("float"))))
    see(df.where("false").agg(F.sum("id"), F.count("*"), F.max("name"), F.collect_list("id")))


@program
def rollup_cube(see):
    df = sales(see.spark)
    see.any_order(df.rollup("year", "product").agg(F.sum("amount").alias("total"), F.grouping_id().alias("g")))
    see.any_order(df.cube("year", "product").agg(F.sum("amount"), F.grouping("year"), F.grouping("product")))
    see.any_order(df.rollup("year").count())


@program
@since("4.0")
def grouping_sets(see):
    df = sales(see.spark)
    see.any_order(df.groupingSets([["year"], ["product"], []], "year", "product").agg(F.sum("amount")))


@program
def pivots(see):
    df = sales(see.spark)
    see.any_order(df.groupBy("year").pivot("quarter").sum("amount"))
    see.any_order(df.groupBy("year").pivot("product", ["tea", "coffee", "milk"]).agg(F.sum("amount").alias("s"), F.count("quarter").alias("n")))
    see.fails(lambda: df.groupBy("year").pivot("product", ["tea"]).agg(F.count("*")).collect())
    see.any_order(df.groupBy("product").pivot("year").agg(F.first("amount")))


@program
def unpivots(see):
    df = see.spark.createDataFrame([(1, 11, 1.1), (2, 12, None)], "id INT, a INT, b DOUBLE")
    see(df.unpivot("id", ["a", "b"], "name", "value"))
    see(df.melt(["id"], None, "name", "value"))
    see(df.select("a", "b").unpivot([], None, "name", "value"))
    see.fails(lambda: df.withColumn("c", F.lit("x")).unpivot("id", ["a", "c"], "n", "v").collect())


@program
@since("4.0")
def transposes(see):
    df = see.spark.createDataFrame([("x", 1, 2), ("y", 3, 4)], "k STRING, a INT, b INT")
    see(df.transpose())
    see.fails(lambda: df.transpose("a").collect())


@program
def having_and_order(see):
    df = orders(see.spark)
    see(df.groupBy("person").agg(F.sum("price").alias("total")).filter("total > 1").orderBy(F.desc("total")))
    see(df.groupBy(F.month("day").alias("month")).agg(F.sum("price"), F.max("day")).orderBy("month"))


@program
def group_errors(see):
    df = people(see.spark)
    see.fails(lambda: df.groupBy("nothing").count().collect())
    see.fails(lambda: df.groupBy("region").agg(F.col("age")).collect())
    see.fails(lambda: df.select("region", F.sum("age")).collect())
    see.fails(lambda: df.groupBy("region").sum("name").collect())
    see.fails(lambda: df.agg(F.sum(F.sum("age"))).collect())
    see.fails(lambda: df.where(F.sum("age") > 1).collect())


@program
def describe_summary(see):
    df = people(see.spark)
    see(df.describe())
    see(df.describe("age", "name"))
    see(df.summary())
    see(df.select("age").summary("count", "min", "25%", "50%", "max", "count_distinct"))
    see.fails(lambda: df.summary("mean", "nonsense").collect())
