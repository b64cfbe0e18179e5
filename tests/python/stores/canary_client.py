"""canary_client: what users of PySpark and of app/ do with keys, the right ones and others. For canary_test.py, in the Python of a client.

usage: canary_client connect ADDRESS | app      keys are in the environment: CANARY_KEY, CANARY_SECRET, CANARY_WRONG; the store at CANARY_STORE

What it prints is searched for the keys.
"""
import os
import pathlib
import subprocess
import sys
import traceback

KEY, SECRET, WRONG, STORE = (os.environ.pop(f"CANARY_{name}") for name in ("KEY", "SECRET", "WRONG", "STORE"))
START = "spark.hadoop.fs.s3a"


def tried(call):
    try:
        print(call())
    except Exception:  # pylint: disable=broad-exception-caught
        traceback.print_exc(file=sys.stdout)


def show_all(spark):
    for text in ("SET", "SET -v", f"SET {START}.secret.key", "SHOW TABLES", "EXPLAIN EXTENDED SELECT * FROM parquet.`s3a://lake/people` WHERE id > 3", "SHOW CREATE TABLE v"):
        tried(lambda: "\n".join(str(row) for row in spark.sql(text).collect()))  # pylint: disable=cell-var-from-loop


def use(spark):
    """With the keys of the session."""
    frame = spark.read.parquet("s3a://lake/people")
    frame.createOrReplaceTempView("v")
    frame.explain(True)
    frame.orderBy("name").show(3)
    frame.write.mode("overwrite").partitionBy("k").parquet("s3a://lake/copied")
    frame.cache().count()
    show_all(spark)


def environment_of_functions(spark):
    from pyspark.sql.functions import udf
    tried(lambda: spark.range(1).select(udf(lambda i: open("/proc/self/environ").read() + open("/proc/self/cmdline").read())("id")).collect())


def connect(address):
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.remote(address).config(f"{START}.endpoint", STORE).config(f"{START}.access.key", KEY).config(f"{START}.secret.key", SECRET).getOrCreate()
    use(spark)
    environment_of_functions(spark)
    spark.conf.set(f"{START}.secret.key", WRONG)
    spark.conf.set("fs.s3a.session.token", WRONG + "token")
    tried(lambda: spark.read.parquet("s3a://lake/people").count())
    tried(lambda: spark.sql(f"SET fs.s3a.secret.key={WRONG}").collect())
    tried(lambda: spark.sql("SELECT nothing").collect())
    tried(lambda: spark.read.option("fs.s3a.secret.key", WRONG).parquet("s3a://lake/people").explain(True))
    tried(lambda: spark.read.option("fs.s3a.access.key", WRONG).csv(f"s3a://{KEY}:{WRONG}@lake/people").count())
    tried(lambda: spark.sql(f"SELECT * FROM parquet.`s3a://{KEY}:{WRONG}@lake/people`").collect())
    show_all(spark)
    spark.stop()


def children():
    """The words and environments of the processes that this one has started, and of theirs; the server has the environment of this one."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    parents = dict(zip(map(int, listed[::2]), map(int, listed[1::2])))
    for process in parents:
        at = process
        while at in parents and at != os.getpid():
            at = parents[at]
        if at == os.getpid() != process:
            for name in ("cmdline", "environ"):
                tried(lambda: pathlib.Path(f"/proc/{process}/{name}").read_text(errors="replace"))  # pylint: disable=cell-var-from-loop


def app():
    from app.config.spark_config import SparkConfig, conf, get_spark
    from app.models.user_credentials import UserAWSCredentials
    from app.services.spark_parquet_service import spark_parquet_service
    conf.set(f"{START}.endpoint", STORE).set(f"{START}.access.key", KEY).set(f"{START}.secret.key", SECRET)
    use(get_spark())
    environment_of_functions(get_spark())
    os.environ["AWS_ENDPOINT_URL"] = STORE
    for secret in (SECRET, WRONG):
        credentials = UserAWSCredentials(KEY, secret, aws_session_token=None if secret == SECRET else WRONG + "token")
        print(credentials, repr(credentials))
        tried(lambda: spark_parquet_service.read_and_query("lake", "people", credentials, filters={"id": {"<": 3}}))  # pylint: disable=cell-var-from-loop
        tried(lambda: spark_parquet_service.modify_and_write_back("lake", "people", credentials, "UPDATE data_table SET id = 1", "out.parquet"))  # pylint: disable=cell-var-from-loop
        tried(lambda: spark_parquet_service.merge_multiple_files("lake", ["nothing"], credentials, "out.parquet"))  # pylint: disable=cell-var-from-loop
    children()
    SparkConfig.stop()


if __name__ == "__main__":
    connect(sys.argv[2]) if sys.argv[1] == "connect" else app()
