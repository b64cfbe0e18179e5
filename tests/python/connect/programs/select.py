"""select.py: projections, filters, order, limits."""
from play import program, since
from pyspark.sql import functions as F
from tables import orders, people


@program
def select_columns(see):
    df = people(see.spark)
    see(df.select("name", df.age, df["pay"], F.col("id").alias("key")))
    see(df.select("*", (df.age + 1).alias("next")).where("age IS NOT NULL"))
    see(df.select(df.age + 1, df.pay * 2, F.upper("name"), -df.age, df.age % 10, df.age / 2))
    see.value(df.columns)
    see.value(df.dtypes)


@program
def select_expr(see):
    df = people(see.spark)
    see(df.selectExpr("id", "age * 2 AS twice", "coalesce(region, 'none') region", "pay > 900"))
    see(df.select(F.expr("CASE WHEN age > 30 THEN 'old' ELSE 'young' END AS kind"), F.expr("name || '!'")))
    see(df.selectExpr("count(*)", "sum(pay)", "max(struct(age, name))"))


@program
def select_regex(see):
    df = people(see.spark)
    see.spark.conf.set("spark.sql.parser.quotedRegexColumnNames", "true")
    see(df.select(df.colRegex("`(id|na.*)`")))


@program
def filters(see):
    df = people(see.spark)
    see(df.filter(df.age > 30))
    see(df.where("region = 'north' AND pay IS NOT NULL"))
    see(df.filter((df.region == "south") | df.name.isNull()))
    see(df.filter(~(df.age < 34)))
    see(df.filter(df.region.eqNullSafe(None)))
    see(df.filter(df.name.isin("Ann", "Eve")).filter(df.age.between(30, 40)))
    see(df.filter(df.name.like("_e%")))
    see(df.filter(df.name.rlike("^[AB]")).select("name"))
    see(df.filter(df.name.startswith("A") | df.name.endswith("e") | df.name.contains("i")).select("name"))
    see(df.filter(df.name.ilike("ANN")).select(df.name.substr(1, 2)))


@program
def when_otherwise(see):
    df = people(see.spark)
    see(df.select("id", F.when(df.age > 40, "old").when(df.age > 20, "middle").otherwise("young").alias("kind")))
    see(df.select("id", F.when(df.pay > 1000, 1)))
    see(df.select(F.coalesce("region", F.lit("?")), F.nvl(df.region, F.lit("-")) if hasattr(F, "nvl") else F.lit("-"), F.ifnull("age", F.lit(0))))


@program
def casts(see):
    df = see.spark.createDataFrame([("12", 3.75, "2024-02-29", True)], "a STRING, b DOUBLE, c STRING, d BOOLEAN")
    see(df.select(df.a.cast("int"), df.b.cast("int"), df.c.cast("date"), df.d.cast("int"), df.b.cast("decimal(5,1)"), df.a.astype("bigint"),
                  df.c.cast("timestamp"), df.b.cast("string")))
    see.fails(lambda: df.select(F.lit("x1").cast("int")).collect())
    see(df.select(F.expr("try_cast('x1' AS INT)")))


@program
@since("4.0")
def try_casts(see):
    df = see.spark.range(1)
    see(df.select(F.lit("x1").try_cast("int"), F.lit("300").try_cast("byte"), F.lit("12").try_cast("long")))


@program
def sort_with_nulls(see):
    df = people(see.spark)
    see(df.orderBy("age", "id").select("id", "age"))
    see(df.orderBy(F.desc("age"), "id").select("id", "age"))
    see(df.orderBy(F.asc_nulls_last("age"), df.id.desc()).select("id", "age"))
    see(df.orderBy(df.age.desc_nulls_first(), "id").select("id", "age"))
    see(df.sort(["region", "id"], ascending=[False, True]).select("id", "region"))
    see(df.orderBy(df.pay * -1, F.col("id").desc()).select("id"))
    see(df.orderBy(F.lit(2)).limit(1).select(F.lit(1)))


@program
def limits(see):
    df = see.spark.range(0, 20, 1, 3)
    see(df.limit(4))
    see(df.offset(17) if hasattr(df, "offset") else df)
    see(df.orderBy(F.desc("id")).offset(2).limit(3))
    see.value(df.tail(3))
    see.value(df.head())
    see.value(df.head(2))
    see.value(df.first())
    see.value(df.take(3))
    see.value(df.limit(0).collect())
    see.value(df.where("id < 0").first())
    see.value(df.isEmpty())
    see.value(df.where("id < 0").isEmpty())
    see.value(df.count())


@program
def ranges(see):
    spark = see.spark
    see(spark.range(3))
    see(spark.range(5, 1, -2))
    see(spark.range(2, 10, 3, numPartitions=2))
    see(spark.range(0))
    see.fails(lambda: spark.range(0, 5, 0).collect())


@program
def with_columns(see):
    df = people(see.spark).select("id", "name", "age")
    see(df.withColumn("twice", df.age * 2))
    see(df.withColumn("name", F.lower("name")))
    see(df.withColumns({"a": df.age + 1, "b": F.lit("x"), "id": df.id * 10}))
    see(df.withColumnRenamed("name", "who").withColumnRenamed("nothing", "else"))
    see(df.withColumnsRenamed({"id": "key", "age": "years"}))
    see(df.withMetadata("id", {"unit": "count"}))
    see(df.toDF("a", "b", "c"))
    see(df.drop("age", "nothing"))
    see(df.drop(df.id))
    see(df.select("*").alias("t").select("t.id", F.col("t.name")))


@program
def to_schema(see):
    from pyspark.sql.types import LongType, StringType, StructField, StructType
    df = people(see.spark).select("id", "name")
    see(df.to(StructType([StructField("name", StringType()), StructField("id", LongType())])))
    see.fails(lambda: df.to(StructType([StructField("id", StringType(), False), StructField("x", StringType(), False)])).collect())


@program
def distinct_rows(see):
    df = see.spark.createDataFrame([(1, "a", 2), (1, "a", 3), (2, "b", 2), (2, "b", 2), (None, "a", 2)], "x INT, y STRING, z INT")
    see.any_order(df.distinct())
    see.any_order(df.dropDuplicates())
    see.any_order(df.dropDuplicates(["x", "y"]).select("x", "y"))
    see.any_order(df.drop_duplicates(["z"]).select("z"))
    see.fails(lambda: df.dropDuplicates(["nothing"]).collect())


@program
def set_operations(see):
    left = see.spark.createDataFrame([(1, "a"), (1, "a"), (2, "b"), (None, "c")], "x INT, y STRING")
    right = see.spark.createDataFrame([(1, "a"), (3, "d"), (None, "c")], "x INT, y STRING")
    see(left.union(right))
    see.any_order(left.union(right).distinct())
    see.any_order(left.intersect(right))
    see.any_order(left.intersectAll(left))
    see.any_order(left.subtract(right))
    see.any_order(left.exceptAll(right))
    see(left.unionAll(right.select(F.col("x").cast("long"), "y")))
    see.fails(lambda: left.union(right.select("x")).collect())


@program
def union_by_name(see):
    left = see.spark.createDataFrame([(1, "a")], "x INT, y STRING")
    right = see.spark.createDataFrame([("b", 2)], "y STRING, x INT")
    wider = see.spark.createDataFrame([("c", 2.5)], "y STRING, z DOUBLE")
    see(left.unionByName(right))
    see(left.unionByName(wider, allowMissingColumns=True))
    see.fails(lambda: left.unionByName(wider).collect())


@program
def same_source_columns(see):
    df = people(see.spark)
    joined = df.alias("a").join(df.alias("b"), F.col("a.id") == F.col("b.age") - 26, "inner")
    see(joined.select("a.id", "b.id", "a.name").orderBy("a.id"))
    kept = df.filter(df.age > 20)
    see(kept.select(df.name, kept.id).orderBy(df.id))
    see.value(orders(see.spark).columns)


@program
def transforms(see):
    def add_key(df, by):
        return df.withColumn("key", df.id + by)
    see(people(see.spark).transform(add_key, 100).select("key"))
    see(people(see.spark).transform(add_key, by=5).select("key").limit(1))


@program
def sampling(see):
    df = see.spark.range(0, 1000, 1, 1)
    count = df.sample(0.1, 7).count()
    see.value(50 < count < 160)
    see.value(df.sample(fraction=0.1, seed=7).count() == count)
    see.value(df.sample(True, 0.5, 3).count() > 300)
    see.value(sorted(row.id for row in df.sample(0.01, 42).collect()))
    parts = df.randomSplit([0.3, 0.7], 11)
    see.value([part.count() for part in parts])
    see.value(sum(part.count() for part in parts))
    see.any_order(df.sampleBy(df.id % 3, {0: 0.02, 1: 0.0}, 5).select((df.id % 3).alias("k")).distinct())


@program
def random_columns(see):
    df = see.spark.range(0, 5, 1, 2)
    see(df.select("id", F.rand(3).alias("r"), F.randn(3).alias("n")))
    see(df.select("id", F.monotonically_increasing_id().alias("m")))


@program
def hints(see):
    df = people(see.spark)
    see(df.hint("broadcast").join(orders(see.spark), F.col("id") == F.col("person")).select("order_id").orderBy("order_id"))
    see.value(F.broadcast(df).count())
