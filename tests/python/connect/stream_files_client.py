"""stream_files_client.py: programs of connect_stream_files_test.

usage: stream_files_client.py REMOTE PROGRAM FOLDER      REMOTE "spark": Spark itself, in this process
"""
import os
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

SCHEMA = "id BIGINT, v STRING"
WAIT_SECONDS = 60


def add(spark, folder, first, count, per_file=10):
    """Files of PER_FILE rows each, ids from FIRST on."""
    for i in range(count):
        start = first + i * per_file
        spark.range(start, start + per_file).selectExpr("id", "CAST(id AS STRING) AS v").coalesce(1).write.mode("append").parquet(f"{folder}/in")


def copy(spark, folder, out="out", checkpoint="checkpoint", fmt="parquet", **options):
    """The query that all programs run: from the files of in/ to those of OUT."""
    reader = spark.readStream.schema(SCHEMA).options(**{"maxFilesPerTrigger": 2, **options})
    return reader.parquet(f"{folder}/in").writeStream.format(fmt).option("checkpointLocation", f"{folder}/{checkpoint}").option("path", f"{folder}/{out}")


def run(writer):
    query = writer.trigger(availableNow=True).start()
    assert query.awaitTermination(WAIT_SECONDS), "it does not end"
    return query


def check_rows(spark, folder, rows, out="out"):
    found = spark.read.schema(SCHEMA).parquet(f"{folder}/{out}").agg(F.count("id"), F.countDistinct("id"), F.min("id"), F.max("id")).first()
    assert tuple(found) == (rows, rows, 0, rows - 1), found


def files(spark, folder):
    add(spark, folder, 0, 5)
    query = run(copy(spark, folder))
    assert [(p.batchId, p.numInputRows) for p in query.recentProgress] == [(0, 20), (1, 20), (2, 10)]
    assert query.lastProgress.sources[0].endOffset == '{"logOffset": 2}'
    check_rows(spark, folder, 50)
    # what the log does not know does not count, and nothing new is nothing to do
    with open(f"{folder}/out/part-of-a-batch-that-died.parquet", "w", encoding="utf-8") as file:
        file.write("no Parquet")
    assert run(copy(spark, folder)).lastProgress is None
    check_rows(spark, folder, 50)
    # the logs are put together
    add(spark, folder, 50, 22)
    run(copy(spark, folder, maxFilesPerTrigger=1))
    check_rows(spark, folder, 270)
    assert {"9.compact", "19.compact"} <= set(os.listdir(f"{folder}/out/_spark_metadata")) & set(os.listdir(f"{folder}/checkpoint/sources/0"))
    # all at once, latest first, partitions, other formats
    query = copy(spark, folder, "latest", "checkpoint2", latestFirst="true", maxFilesPerTrigger=27).trigger(once=True).start()
    assert query.awaitTermination(WAIT_SECONDS) and query.lastProgress.numInputRows == 270
    run(copy(spark, folder, "json", "checkpoint3", "json", maxFilesPerTrigger=100).partitionBy("v"))
    assert spark.read.json(f"{folder}/json").count() == 270 and os.path.isdir(f"{folder}/json/v=7")
    assert spark.read.schema("v STRING, id BIGINT").json(f"{folder}/json").columns == ["v", "id"]
    partitioned = spark.readStream.schema("id BIGINT").json(f"{folder}/json")
    assert partitioned.columns == ["id", "v"]
    run(partitioned.where("v < 5").writeStream.format("memory").queryName("partitioned"))
    assert sorted(tuple(row) for row in spark.table("partitioned").collect()) == [(i, i) for i in range(5)]


def tables(spark, folder):
    spark.sql("DROP TABLE IF EXISTS streamed")
    add(spark, folder, 0, 3)
    reader = spark.readStream.schema(SCHEMA).parquet(f"{folder}/in")
    for i in (1, 2):
        query = reader.writeStream.option("checkpointLocation", f"{folder}/checkpoint").trigger(availableNow=True).toTable("streamed")
        assert query.awaitTermination(WAIT_SECONDS)
        assert spark.table("streamed").count() == 30 * i
        add(spark, folder, 30, 3)
    run(spark.readStream.table("streamed").where("id < 3").writeStream.format("memory").queryName("of_table"))
    assert spark.table("of_table").count() == 3
    # what is written over is gone, log and all
    spark.sql("INSERT OVERWRITE streamed SELECT 1, 'one'")
    assert spark.table("streamed").collect() == [(1, "one")]
    spark.sql("TRUNCATE TABLE streamed")
    assert spark.table("streamed").count() == 0
    spark.sql("DROP TABLE streamed")


def refused(spark, folder):
    os.mkdir(f"{folder}/in")
    df = spark.readStream.schema(SCHEMA).parquet(f"{folder}/in")
    spark.range(1).createOrReplaceTempView("some_view")

    def sink(**options):
        return df.writeStream.format("parquet").options(**{"checkpointLocation": f"{folder}/checkpoint", "path": f"{folder}/out", **options})
    for expected, call in [
            ("_LEGACY_ERROR_TEMP_2047", lambda: spark.readStream.schema("a INT").format("parquet").load().isStreaming),
            ("PATH_NOT_FOUND", lambda: spark.readStream.schema("a INT").parquet(f"{folder}/nothing").isStreaming),
            ("_LEGACY_ERROR_TEMP_2048", lambda: spark.readStream.json(f"{folder}/in").isStreaming),
            ("_LEGACY_ERROR_TEMP_1298", lambda: df.writeStream.format("parquet").start(f"{folder}/out")),
            ("_LEGACY_ERROR_TEMP_2047", lambda: df.writeStream.format("parquet").option("checkpointLocation", f"{folder}/checkpoint").start()),
            ("STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE", lambda: sink().outputMode("update").start()),
            ("_LEGACY_ERROR_TEMP_1196", lambda: sink().partitionBy("nothing").start()),
            ("_LEGACY_ERROR_TEMP_1190", lambda: sink().toTable("some_view")),
            (None, lambda: spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 0).parquet(f"{folder}/in").isStreaming)]:
        try:
            call()
        except Exception as error:  # pylint: disable=broad-except
            assert error.getCondition() == expected, (expected, error)
        else:
            raise AssertionError(expected)
    assert spark.readStream.text(f"{folder}/in").schema.simpleString() == "struct<value:string>"


def fill(spark, folder):
    add(spark, folder, 0, 60)


def check_filled(spark, folder):
    check_rows(spark, folder, 600)


def begin(spark, folder):
    """Copies without end; the server is killed meanwhile."""
    copy(spark, folder, maxFilesPerTrigger=1).start()


def finish(spark, folder):
    run(copy(spark, folder, maxFilesPerTrigger=1))



def more(spark, folder):
    """Three more files, copied in batches of two."""
    count = len([name for name in os.listdir(f"{folder}/in") if name.endswith(".parquet")]) if os.path.isdir(f"{folder}/in") else 0
    add(spark, folder, count * 10, 3)
    run(copy(spark, folder))
    check_rows(spark, folder, count * 10 + 30)


def main(remote, name, folder):
    builder = SparkSession.builder
    spark = (builder.master("local[1]").config("spark.ui.enabled", "false") if remote == "spark" else builder.remote(remote)).getOrCreate()
    {call.__name__: call for call in (files, tables, refused, fill, check_filled, begin, finish, more)}[name](spark, folder)


if __name__ == "__main__":
    main(*sys.argv[1:4])
