"""store.py: reading and writing Parquet, tables, caches, partitions."""
import os

from play import program, since
from pyspark.sql import functions as F
from pyspark.sql import Observation
from tables import people, sales


def names_in(folder):
    return sorted({name.split("=")[0] if "=" in name else os.path.splitext(name)[1] for name in os.listdir(folder) if not name.startswith((".", "_"))})


@program
def write_parquet(see):
    path = see.path("p")
    people(see.spark).write.parquet(path)
    see.any_order(see.spark.read.parquet(path))
    see.any_order(see.spark.read.format("parquet").load(path).select("id").where("id < 3"))
    see.any_order(see.spark.read.load(path).select("name"))
    see.any_order(see.spark.sql(f"SELECT id FROM parquet.`{path}` WHERE age = 34"))


@program
def write_modes(see):
    path, df = see.path("p"), people(see.spark).select("id")
    df.write.parquet(path)
    see.fails(lambda: df.write.parquet(path))
    df.write.mode("append").parquet(path)
    see.value(see.spark.read.parquet(path).count())
    df.where("id = 1").write.mode("overwrite").parquet(path)
    see.value(see.spark.read.parquet(path).count())
    df.write.mode("ignore").parquet(path)
    see.value(see.spark.read.parquet(path).count())
    df.write.save(path, format="parquet", mode="append")
    see.value(see.spark.read.parquet(path).count())
    see.fails(lambda: df.write.mode("nonsense").parquet(path))


@program
def write_partitioned(see):
    path = see.path("p")
    sales(see.spark).write.partitionBy("year", "product").parquet(path)
    see.value(names_in(path))
    df = see.spark.read.parquet(path)
    see.any_order(df)
    see.any_order(df.where("year = 2023 AND product = 'tea'").select("quarter"))
    see.fails(lambda: sales(see.spark).write.partitionBy("nothing").parquet(see.path("q")))


@program
def write_file_counts(see):
    see.spark.range(0, 100, 1, 3).write.parquet(see.path("three"))
    see.value(len([name for name in os.listdir(see.path("three")) if name.endswith(".parquet")]))
    see.spark.range(100).coalesce(1).write.parquet(see.path("one"))
    see.value(len([name for name in os.listdir(see.path("one")) if name.endswith(".parquet")]))
    see.spark.range(100).repartition(4).write.option("compression", "zstd").parquet(see.path("four"))
    see.value(len([name for name in os.listdir(see.path("four")) if name.endswith(".zstd.parquet")]))
    see.value(os.path.exists(see.path("one") + "/_SUCCESS"))


@program
def read_options(see):
    people(see.spark).select("id", "name").coalesce(1).write.parquet(see.path("a"))
    people(see.spark).select(F.col("id"), F.col("age")).coalesce(1).write.parquet(see.path("b"))
    see.any_order(see.spark.read.schema("id INT, other STRING").parquet(see.path("a")))
    see.any_order(see.spark.read.option("mergeSchema", "true").parquet(see.path("a"), see.path("b")))
    see.fails(lambda: see.spark.read.parquet(see.path("nothing")).collect())
    see.fails(lambda: see.spark.read.format("nonsense").load(see.path("a")).collect())
    see.value(len(see.spark.read.parquet(see.path("a")).inputFiles()))


@program
def tables(see):
    spark = see.spark
    spark.sql("DROP TABLE IF EXISTS smoke_w")
    people(spark).select("id", "name").write.saveAsTable("smoke_w")
    see.any_order(spark.table("smoke_w"))
    see.fails(lambda: people(spark).write.saveAsTable("smoke_w"))
    people(spark).select("id", "name").where("id = 1").write.insertInto("smoke_w")
    see.value(spark.table("smoke_w").count())
    people(spark).select("name", "id").where("id = 2").write.mode("append").saveAsTable("smoke_w")
    see.value(spark.table("smoke_w").count())
    people(spark).select("id", "name").where("id = 3").write.insertInto("smoke_w", overwrite=True)
    see.any_order(spark.table("smoke_w"))
    people(spark).select("age").write.mode("overwrite").saveAsTable("smoke_w")
    see.any_order(spark.read.table("smoke_w"))
    see.fails(lambda: people(spark).write.insertInto("smoke_w"))
    spark.sql("DROP TABLE smoke_w")
    see.fails(lambda: people(spark).write.insertInto("smoke_w"))


@program
def partitioned_tables(see):
    spark = see.spark
    spark.sql("DROP TABLE IF EXISTS smoke_p")
    sales(spark).write.partitionBy("year").saveAsTable("smoke_p")
    see.any_order(spark.table("smoke_p").where("quarter = 4"))
    see.any_order(spark.sql("SHOW PARTITIONS smoke_p"))
    see.value([(column.name, column.isPartition) for column in spark.catalog.listColumns("smoke_p")])
    spark.sql("DROP TABLE smoke_p")


@program
def write_to(see):
    spark = see.spark
    spark.sql("DROP TABLE IF EXISTS smoke_2")
    see.fails(lambda: people(spark).writeTo("smoke_2").append())
    people(spark).select("id", "region").writeTo("smoke_2").using("parquet").create()
    see.any_order(spark.table("smoke_2"))
    see.fails(lambda: people(spark).writeTo("smoke_2").using("parquet").create())
    spark.sql("DROP TABLE smoke_2")


@program
def caching(see):
    spark = see.spark
    df = spark.range(100).withColumn("r", F.rand())
    df.cache()
    first = df.agg(F.sum("r")).first()[0]
    see.value(abs(df.agg(F.sum("r")).first()[0] - first) < 1e-9)  # sums of parts, in any order
    see.value(str(df.storageLevel))
    df.unpersist()
    see.value(str(df.storageLevel))
    from pyspark import StorageLevel
    kept = people(spark).persist(StorageLevel.MEMORY_ONLY)
    see.value(str(kept.storageLevel))
    see.any_order(kept.select("id"))
    kept.unpersist(True)
    spark.range(3).createOrReplaceTempView("c")
    spark.catalog.cacheTable("c")
    see.value(spark.catalog.isCached("c"))
    spark.catalog.uncacheTable("c")
    see.value(spark.catalog.isCached("c"))
    spark.catalog.cacheTable("c")
    spark.catalog.clearCache()
    see.value(spark.catalog.isCached("c"))
    see.fails(lambda: spark.catalog.isCached("nothing"))


@program
@since("4.1")  # older clients let go of a result that they still use
def checkpoints(see):
    df = see.spark.range(10).withColumn("r", F.rand())
    kept = df.localCheckpoint()
    see.value(kept.collect() == kept.collect())
    see(kept.select("id").where("id > 7"))


@program
@since("4.0")
def observations(see):
    df = people(see.spark)
    watched = Observation("totals")
    seen = df.observe(watched, F.count(F.lit(1)).alias("rows"), F.max("age").alias("oldest"))
    see.value(len(seen.collect()))
    see.value(watched.get)


@program
def observed_by_name(see):
    df = people(see.spark).observe("metrics", F.sum("pay").alias("pay"), F.min("name").alias("name"))
    see(df.select("id"))
    see.fails(lambda: people(see.spark).observe("metrics", F.col("id")).collect())


@program
def partitions(see):
    df = see.spark.range(0, 12, 1, 3)
    see(df.withColumn("p", F.spark_partition_id()))
    see(df.groupBy(F.spark_partition_id().alias("p")).count().orderBy("p"))
    see(df.repartition(4).groupBy(F.spark_partition_id().alias("p")).count().orderBy("p"))
    see(df.coalesce(2).groupBy(F.spark_partition_id().alias("p")).count().orderBy("p"))
    see(df.repartition(5, "id").select("id", F.spark_partition_id().alias("p")).orderBy("id"))
    see(df.repartition(3, df.id % 2).select("id", F.spark_partition_id().alias("p")).orderBy("id"))
    see.value(df.repartition("id").select(F.spark_partition_id()).distinct().count() >= 1)
    see.fails(lambda: df.repartition(0).collect())


@program
def range_partitions(see):
    df = see.spark.range(0, 100, 1, 4)
    see(df.repartitionByRange(2, F.desc("id")).groupBy(F.spark_partition_id().alias("p")).agg(F.min("id") > 40, F.count("*") > 20).orderBy("p"))
    sorted_parts = df.repartition(3, df.id % 3).sortWithinPartitions(F.desc("id"))
    see(sorted_parts.groupBy(F.spark_partition_id().alias("p")).agg(F.first("id"), F.last("id")).orderBy("p"))


@program
def file_metadata(see):
    people(see.spark).coalesce(1).write.parquet(see.path("m"))
    df = see.spark.read.parquet(see.path("m"))
    see.any_order(df.select("id", F.col("_metadata.file_size") > 100, F.input_file_name().contains("part-")).where("id < 3"))


@program
def file_metadata_frames(see):
    see.spark.range(0, 4, 1, 1).selectExpr("id AS a", "id * 2 AS b").write.parquet(see.path("m"))
    see.spark.range(0, 2, 1, 1).selectExpr("id AS a", "'z' AS _metadata").write.parquet(see.path("clash"))
    df, clash = see.spark.read.parquet(see.path("m")), see.spark.read.parquet(see.path("clash"))
    row = F.col("_metadata.row_index")
    see(df)
    see(df.select("*", row))
    see(df.select(F.col("_metadata").getField("row_index").alias("r"), df["_metadata.row_index"], df["_metadata"]["row_index"]))
    see(df.select("a").filter(row > 1))
    see(df.select("a").select(row))
    see(df.select("a").withColumn("r", row).drop("_metadata"))
    see(df.filter("a > 0").sort(F.desc("_metadata.row_index")))
    see(df.select("a").sort(F.desc("_metadata.row_index")))
    see(df.alias("x").select("x._metadata.row_index"))
    see(df.select("a").alias("x").alias("y").select("_metadata.row_index", "y.a"))
    see(df.join(see.spark.range(2), F.col("a") == F.col("id")).select("id", row).orderBy("id"))
    see(df.join(see.spark.range(2), F.col("a") == F.col("id"), "left_semi").select(row).orderBy(row))
    see(df.groupBy((row % 2).alias("k")).count().orderBy("k"))
    see(df.dropDuplicates(["a"]).select(row).orderBy(row))
    see(df.limit(2).select(row))
    see(df.toDF("x", "y").select("x", row))
    see(df.withColumnRenamed("a", "x").select("x", row))
    see(df.fillna(0).select("a", row))
    see(df.select("a", F.explode(F.array(F.lit(1)))).select("col", row))
    see(df.withColumn("_metadata", F.lit(1)).select("_metadata", "a"))
    see(see.spark.read.schema("b LONG").parquet(see.path("m")).select("b", row))
    see.value(df.select("_metadata.*").columns)
    see.value(df.select("_metadata").schema.json())
    see(clash.select("a", "_metadata", "__metadata.row_index"))
    see.fails(lambda: df.groupBy("a").count().select(row).collect())
    see.fails(lambda: df.union(df).select(row).collect())
    see.fails(lambda: df.join(df.alias("y"), "a").select(row).collect())
    see.fails(lambda: df.select("_metadata.nope").collect())
    see.fails(lambda: df.select("row_index").collect())


@program
@since("4.0")
def metadata_column(see):
    see.spark.range(0, 2, 1, 1).selectExpr("id AS a", "'z' AS _metadata").write.parquet(see.path("clash"))
    see.spark.range(0, 2, 1, 1).selectExpr("id AS a").write.parquet(see.path("m"))
    df, clash = see.spark.read.parquet(see.path("m")), see.spark.read.parquet(see.path("clash"))
    see(df.select("a", df.metadataColumn("_metadata").getField("row_index")))
    see(clash.select("a", clash.metadataColumn("_metadata").getField("row_index").alias("r"), "_metadata"))
    see.value(clash.select(clash.metadataColumn("_metadata")).columns)
    see.fails(lambda: df.select(df.metadataColumn("a")).collect())
    see.fails(lambda: df.select(df.metadataColumn("nope")).collect())
    see.fails(lambda: df.select(df.metadataColumn("_metadata.row_index")).collect())
