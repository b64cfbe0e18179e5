#!/usr/bin/env python3
"""test_spark_local: tries the engine through app/: a session, DataFrames, SQL, Parquet files, the service. Exit code 1 when something fails."""
import json
import pathlib
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from app.config.spark_config import SparkConfig, get_spark  # noqa: E402  pylint: disable=wrong-import-position


def check_session(spark, _):
    info = SparkConfig.get_session_info()
    assert info["active"] and spark is get_spark(), info
    return f"{info['app_name']} on Spark {info['spark_version']} semantics, {info['default_parallelism']} threads"


def check_frames(spark, _):
    people = spark.createDataFrame([(1, "Ada", 36), (2, "Alan", 41), (3, "Grace", 85)], ["id", "name", "age"])
    names = [row.name for row in people.filter(people.age > 40).orderBy("name").collect()]
    assert names == ["Alan", "Grace"], names
    return "filter, order, collect"


def check_sql(spark, _):
    (row,) = spark.sql("SELECT count(*) AS n, sum(id) AS s FROM range(1000)").collect()
    assert (row.n, row.s) == (1000, 499500), row
    return "aggregate"


def check_parquet(spark, folder):
    place = f"{folder}/numbers"
    spark.range(10000).selectExpr("id", "id % 10 AS bucket").write.partitionBy("bucket").parquet(place)
    assert len(list(pathlib.Path(place).glob("bucket=*"))) == 10
    assert spark.read.parquet(place).filter("bucket = 3").count() == 1000
    return "partitioned write, pruned read"


def check_service(_, __):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{SparkConfig.rest_url()}/api/spark/health") as answer:
        health = json.load(answer)
    assert health["success"] and health["status"] == "healthy", health
    return SparkConfig.rest_url()


def main():
    failed = 0
    spark = get_spark()
    with tempfile.TemporaryDirectory(prefix="vonk-local-") as folder:
        for check in (check_session, check_frames, check_sql, check_parquet, check_service):
            name = check.__name__.removeprefix("check_")
            try:
                print(f"ok      {name}: {check(spark, folder)}")
            except Exception as error:  # pylint: disable=broad-exception-caught
                failed += 1
                print(f"FAILED  {name}: {type(error).__name__}: {error}")
    SparkConfig.stop()
    print(f"{5 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
