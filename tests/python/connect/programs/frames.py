"""frames.py: what DataFrames have besides SQL: observed metrics, numbered rows and partitions, samples, the order of groups."""
from play import program, since
from pyspark.sql import functions as F
from pyspark.sql import Observation, Window
from tables import people


def totals(df, *metrics):
    """What the metrics come to over the rows of DF."""
    watched = Observation("totals")
    df.observe(watched, *metrics).collect()
    return watched.get


@program
@since("4.0")
def observed_metrics(see):
    df = people(see.spark).coalesce(1)
    see.value(totals(df, (F.sum("id") * 2 + 1).alias("twice"), F.max("age"), F.avg("pay"), F.lit("fixed").alias("fixed")))
    see.value(totals(df, F.struct(F.min("name"), F.max("pay")).alias("pair"), F.collect_list("region"), F.first("name"), F.last("region", ignorenulls=True)))
    see.value(totals(df, F.sum(F.col("id").cast("decimal(10,2)")).alias("exact"), F.expr("count_if(age > 30)").alias("old"), F.max(F.lit(None)).alias("none")))
    see.value(totals(see.spark.range(0), F.count(F.lit(1)).alias("rows"), F.sum("id")))
    see.value(totals(see.spark.range(0, 1000, 1, 1).limit(7), F.count(F.lit(1)).alias("rows")))
    see.value(totals(see.spark.range(0, 1000, 1, 2).where("id % 10 = 3").withColumn("x", F.col("id") * 2), F.sum("x").alias("x"), F.count("x").alias("rows")))
    two = [Observation("before"), Observation("after")]
    counted = df.observe(two[0], F.count(F.lit(1)).alias("rows")).where("age > 30").observe(two[1], F.count(F.lit(1)).alias("rows"))
    see(counted.select("id"))
    see.value([one.get for one in two])
    written = Observation("written")
    df.observe(written, F.sum("id").alias("ids")).write.parquet(see.path("observed"))
    see.value(written.get)


@program
@since("4.0")
def observed_errors(see):
    df = people(see.spark)
    over = Window.partitionBy("region")
    see.fails(lambda: df.observe("m", F.col("id").alias("x")).collect())
    see.fails(lambda: df.observe("m", (F.sum("id") + F.col("id")).alias("x")).collect())
    see.fails(lambda: df.observe("m", F.sum(F.max("id")).alias("x")).collect())
    see.fails(lambda: df.observe("m", F.countDistinct("id")).collect())
    see.fails(lambda: df.observe("m", F.expr("sum(id) FILTER (WHERE id > 1)")).collect())
    see.fails(lambda: df.observe("m", F.sum("id").over(over).alias("x")).collect())
    see.fails(lambda: df.observe("m", F.rand(1)).collect())
    see.fails(lambda: df.observe("m", F.count("id")).observe("m", F.sum("id")).collect())
    see.fails(lambda: df.observe("m", (F.sum("id") / F.lit(0)).alias("x")).collect())
    see.fails(lambda: df.observe("m", F.count("nothing")).collect())


@program
@since("4.1")
def numbered_partitions(see):
    df = see.spark.range(0, 8, 1, 2).select("id", F.when(F.col("id") == 7, None).otherwise((F.col("id") - 4).cast("int")).alias("p"))
    see(df.repartitionById(3, "p").select("id", "p", F.spark_partition_id().alias("at")))
    see(df.repartitionById(3, F.col("p") * 2).groupBy(F.spark_partition_id().alias("at")).count().orderBy("at"))
    see.fails(lambda: df.repartitionById(3, "id").collect())
    see.fails(lambda: df.repartitionById(3, F.lit("a")).collect())


@program
@since("4.2")
def numbered_rows(see):
    df = see.spark.range(0, 9, 1, 3).where("id % 4 <> 1")
    see(df.zipWithIndex())
    see(df.select(F.col("id").alias("index")).zipWithIndex("row"))
    see(df.limit(0).zipWithIndex())


@program
def frequent_items(see):
    df = see.spark.range(0, 5000, 1, 1).select((F.col("id") % 7).alias("a"), F.when(F.col("id") % 3 > 0, (F.col("id") % 50).cast("string")).alias("s"))
    for support in (0.02, 0.1, 0.2, 0.34, 1.0):
        row = df.freqItems(["a", "s"], support).collect()[0]
        see.value([sorted(map(str, items)) for items in row])
    see(df.limit(0).freqItems(["s"]))
    see(df.limit(3).freqItems([]))
    see.value(df.select(F.struct("a").alias("t"), F.col("a").alias("a.b")).freqItems(["t.a", "`a.b`"]).columns)
    see.fails(lambda: df.freqItems(["nothing"]).collect())


@program
def drawn_with_replacement(see):
    see(see.spark.range(0, 40, 1, 1).sample(True, 0.5, 3))
    see(see.spark.range(0, 40, 1, 2).sample(True, 1.7, -42))
    see.value(see.spark.range(0, 20000, 1, 4).sample(True, 0.3, 99).agg(F.count("*"), F.sum("id")).collect())
    see(see.spark.range(0, 3, 1, 1).sample(True, 30.5, 7).groupBy("id").count().orderBy("id"))
    see(see.spark.range(0, 10, 1, 1).sample(True, 0.0, 7))


@program
def order_of_groups(see):
    numbers = see.spark.range(0, 90, 1, 2).select(F.concat(F.lit("k"), F.col("id") % 30).alias("k"), (F.col("id") % 4).alias("v"))
    see(numbers.groupBy("k").count())
    see(numbers.groupBy("k", "v").agg(F.sum("v").alias("s")).limit(20))
    see(numbers.groupBy("v").agg(F.collect_list("k").alias("ks")).select("v", F.size("ks")))
    see(numbers.groupBy("v").agg(F.min("k"), F.max("k")))
    see(numbers.distinct().limit(15))
    see(numbers.select(F.when(F.col("v") > 1, F.col("k")).alias("k"), "v").distinct().limit(25))
    see(numbers.dropDuplicates(["v"]))
    see(see.spark.range(0, 20, 1, 1).groupBy((F.col("id") % 6).alias("m")).count())
    see(numbers.groupBy("v").count().where("v <> 2").select("v"))
