"""stream_client.py: programs of connect_stream_test.

usage: stream_client.py REMOTE PROGRAM
"""
import json
import os
import sys
import tempfile
import threading
import time

from pyspark.errors import AnalysisException, IllegalArgumentException, StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQueryListener

WAIT_SECONDS = 30


def batches(spark, rows=10):
    """Rows that depend on nothing but the number of batches."""
    return spark.readStream.format("rate-micro-batch").option("rowsPerBatch", rows).option("numPartitions", 2).load()


def wait_for(what):
    until = time.monotonic() + WAIT_SECONDS
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def condition_of(call, *classes):
    try:
        call()
    except classes as error:
        return error.getCondition()
    raise AssertionError("no error")


def life(spark):
    df = spark.readStream.format("rate").option("rowsPerSecond", 50).load()
    assert df.isStreaming and not spark.range(3).isStreaming
    assert df.schema.simpleString() == "struct<timestamp:timestamp,value:bigint>"
    query = df.selectExpr("value % 3 AS v").writeStream.format("console").queryName("life").start()
    assert query.isActive and query.name == "life"
    assert [(q.name, q.id) for q in spark.streams.active] == [("life", query.id)]
    assert spark.streams.get(query.id).runId == query.runId
    assert query.awaitTermination(1) is False
    wait_for(lambda: query.lastProgress and query.lastProgress.numInputRows)
    progress = json.loads(query.lastProgress.json)
    assert progress["sources"][0]["description"].startswith("RateStreamV2[rowsPerSecond=50"), progress
    assert set(progress["durationMs"]) == {"addBatch", "commitOffsets", "getBatch", "latestOffset", "queryPlanning", "triggerExecution", "walCommit"}
    assert set(query.status) == {"message", "isDataAvailable", "isTriggerActive"}
    query.explain()
    query.explain(True)
    query.stop()
    query.stop()
    assert not query.isActive and query.status["message"] == "Stopped" and query.exception() is None
    assert spark.streams.active == [] and spark.streams.get(query.id) is None
    assert query.awaitTermination(1) is True and spark.streams.awaitAnyTermination(1) is True
    spark.streams.resetTerminated()
    assert spark.streams.awaitAnyTermination(1) is False


def memory(spark):
    query = batches(spark).where("value % 2 = 0").writeStream.format("memory").queryName("evens").trigger(availableNow=True).start()
    assert query.awaitTermination(WAIT_SECONDS)
    assert [row.value for row in spark.table("evens").orderBy("value").collect()] == [0, 2, 4, 6, 8]
    assert spark.sql("SELECT DISTINCT CAST(timestamp AS STRING) FROM evens").count() == 1
    sources = query.lastProgress.sources
    assert (query.lastProgress.batchId, sources[0].numInputRows, query.lastProgress.sink.numOutputRows) == (0, 10, 5)
    # a batch without rows, beside rows that the session keeps
    kept = spark.range(5).cache()
    assert kept.count() == 5
    for sink in ("console", "memory"):
        empty = batches(spark).where("value < 0").writeStream.format(sink).queryName(f"empty_{sink}").trigger(availableNow=True).start()
        assert empty.awaitTermination(WAIT_SECONDS) and empty.exception() is None
    assert spark.table("empty_memory").count() == 0
    kept.unpersist()
    # joined with what does not stream, and with itself
    names = spark.createDataFrame([(0, "zero"), (1, "one")], "value INT, name STRING")
    joined = batches(spark).join(names, "value", "left").union(batches(spark, 3).select("value", "timestamp", F.lit("more").alias("name")))
    query = joined.writeStream.format("memory").queryName("joined").trigger(once=True).start()
    assert query.awaitTermination(WAIT_SECONDS)
    assert spark.sql("SELECT name, count(*) AS n FROM joined GROUP BY name ORDER BY name").collect() == [(None, 8), ("more", 3), ("one", 1), ("zero", 1)]
    assert [s.numInputRows for s in query.lastProgress.sources] == [10, 3]
    # a view over a stream streams
    batches(spark).createOrReplaceTempView("stream_view")
    assert spark.sql("SELECT value + 1 AS v FROM stream_view").isStreaming and spark.readStream.table("stream_view").isStreaming
    spark.sql("SELECT value + 1 AS v FROM stream_view").observe("seen", F.max("v").alias("most")).writeStream.format("memory").queryName("viewed").trigger(once=True).start().awaitTermination()
    assert spark.table("viewed").agg(F.sum("v")).first()[0] == 55


def functions(spark):
    """Functions in Python, by name and as they are."""
    spark.udf.register("twice", lambda x: 2 * x, "bigint")
    thrice = F.udf(lambda x: 3 * x, "bigint")
    frame = batches(spark).selectExpr("twice(value) AS a", "value").select("a", thrice("value").alias("b"))
    query = frame.mapInPandas(lambda frames: (f for f in frames), "a BIGINT, b BIGINT").writeStream.format("memory").queryName("made").trigger(once=True).start()
    assert query.awaitTermination(WAIT_SECONDS)
    assert sorted(tuple(row) for row in spark.table("made").collect()) == [(2 * i, 3 * i) for i in range(10)]


def restart(spark):
    with tempfile.TemporaryDirectory() as folder:
        ids, run_ids = set(), set()
        for _ in range(3):
            query = batches(spark).writeStream.format("noop").option("checkpointLocation", folder).trigger(availableNow=True).start()
            assert query.awaitTermination(WAIT_SECONDS)
            ids.add(query.id)
            run_ids.add(query.runId)
        assert len(ids) == 1 and len(run_ids) == 3
        assert query.lastProgress.batchId == 2 and query.lastProgress.sources[0].endOffset == '{"offset": 30, "timestamp": 3000}', query.lastProgress.json
        # a batch that was planned and not committed runs again with its number and offsets
        os.remove(os.path.join(folder, "commits/2"))
        query = batches(spark).writeStream.format("noop").option("checkpointLocation", folder).trigger(once=True).start()
        assert query.awaitTermination(WAIT_SECONDS)
        assert query.lastProgress.batchId == 2 and query.lastProgress.numInputRows == 10
        with open(os.path.join(folder, "offsets/2"), encoding="utf-8") as file:
            lines = file.read().split("\n")
        assert lines[0] == "v1" and json.loads(lines[1])["batchWatermarkMs"] == 0 and lines[2] == '{"offset":30,"timestamp":3000}'
        # a query that starts while another of its checkpoint runs takes its place
        first = batches(spark).writeStream.format("noop").option("checkpointLocation", folder).trigger(processingTime="1 hour").start()
        second = batches(spark).writeStream.format("noop").option("checkpointLocation", folder).trigger(processingTime="1 hour").start()
        assert not first.isActive and second.isActive and first.id == second.id
        second.stop()
        os.remove(os.path.join(folder, "metadata"))
        start = batches(spark).writeStream.format("noop").option("checkpointLocation", folder).start
        assert condition_of(start, Exception) == "STREAMING_CHECKPOINT_MISSING_METADATA_FILE"


def failure(spark):
    query = batches(spark).selectExpr("raise_error('no good') AS x").writeStream.format("noop").start()
    for wait in (query.awaitTermination, spark.streams.awaitAnyTermination, query.processAllAvailable):
        assert condition_of(wait, StreamingQueryException) == "STREAM_FAILED"
    assert not query.isActive and "USER_RAISED_EXCEPTION" in query.status["message"] and "no good" in str(query.exception())
    assert spark.streams.active == []
    spark.streams.resetTerminated()
    assert spark.streams.awaitAnyTermination(1) is False


def refused(spark):
    df, static = batches(spark), spark.range(5).withColumnRenamed("id", "value")

    def start(frame, mode="append", **options):
        return frame.writeStream.format(options.pop("format", "noop")).outputMode(mode).options(**options).start

    legacy = "_LEGACY_ERROR_TEMP_3102"
    for expected, call in [
            (legacy, df.collect), (legacy, df.show), (legacy, df.count), ("CALL_ON_STREAMING_DATASET_UNSUPPORTED", lambda: df.write.parquet("/nowhere/x")),
            ("WRITE_STREAM_NOT_ALLOWED", start(static)),
            ("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION", start(df.groupBy("value").count())), ("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION", start(df, "complete")),
            (legacy, start(df.sort("value"))), (legacy, start(df.limit(3), "update")), (legacy, start(df.offset(3))), (legacy, start(df.sample(0.5))),
            ("NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING", start(df.selectExpr("row_number() OVER (ORDER BY value) AS r"))),
            (legacy, start(df.join(static, "value", "right"))), (legacy, start(static.join(df, "value", "left"))), (legacy, start(df.join(static, "value", "full"))),
            (legacy, start(static.join(df, "value", "semi"))), (legacy, start(df.select("value").union(static))), (legacy, start(static.exceptAll(df.select("value")))),
            (legacy, start(df.select("value").intersect(static))), (legacy, start(df.select(F.monotonically_increasing_id()))),
            ("_LEGACY_ERROR_TEMP_1194", start(df, format="memory")), ("STREAMING_OUTPUT_MODE.INVALID", start(df, "sometimes")),
            ("INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER", df.writeStream.format("noop").trigger(processingTime="now and then").start),
            ("DATA_SOURCE_NOT_FOUND", start(df, format="nowhere")), ("DATA_SOURCE_NOT_FOUND", lambda: spark.readStream.format("nowhere").load().isStreaming),
            ("_LEGACY_ERROR_TEMP_2242", lambda: spark.readStream.schema("a INT").format("rate").load().isStreaming),
            ("_LEGACY_ERROR_TEMP_2253", df.writeStream.format("noop").trigger(continuous="1 second").start)]:
        assert condition_of(call, Exception) == expected, expected
    for options in ({"rowsPerSecond": 0}, {"rowsPerSecond": "many"}, {"numPartitions": 0}, {"rampUpTime": "-1s"}):
        assert condition_of(lambda options=options: spark.readStream.format("rate").options(**options).load().schema, IllegalArgumentException) is None
    spark.range(1).createOrReplaceTempView("static_view")
    assert condition_of(lambda: spark.readStream.table("static_view").isStreaming, AnalysisException) == "_LEGACY_ERROR_TEMP_1008"
    first = batches(spark).writeStream.format("noop").queryName("twice").trigger(processingTime="1 hour").start()
    assert condition_of(batches(spark).writeStream.format("noop").queryName("twice").start, IllegalArgumentException) is None
    first.stop()
    assert spark.streams.active == []
    df.explain()
    df.select("value").explain(True)


def listener(spark):
    heard, done = [], threading.Event()

    class Listener(StreamingQueryListener):
        """Keeps what it hears."""

        def onQueryStarted(self, event):
            heard.append(("started", event.name))

        def onQueryProgress(self, event):
            heard.append(("progress", event.progress.batchId, event.progress.numInputRows))

        def onQueryIdle(self, event):
            pass

        def onQueryTerminated(self, event):
            heard.append(("terminated", event.exception, event.errorClassOnException))
            done.set()

    own = Listener()
    spark.streams.addListener(own)
    batches(spark).writeStream.format("noop").queryName("heard").trigger(availableNow=True).start().awaitTermination()
    assert done.wait(WAIT_SECONDS)
    spark.streams.removeListener(own)
    assert heard == [("started", "heard"), ("progress", 0, 10), ("terminated", None, None)], heard
    spark.streams.addListener(own)
    spark.streams.removeListener(own)


def session_ends(spark):
    spark.readStream.format("rate").load().writeStream.format("noop").start()
    batches(spark).writeStream.format("memory").queryName("left_running").start()
    assert len(spark.streams.active) == 2
    spark.stop()


def main(remote, name):
    programs = {call.__name__: call for call in (life, memory, functions, restart, failure, refused, listener, session_ends)}
    programs[name](SparkSession.builder.remote(remote).getOrCreate())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
