"""sail_engine.py: Sail, a Spark Connect server inside this process, asked through the stock PySpark client."""
import importlib.metadata
import os

import tpch


class Engine:
    version = importlib.metadata.version("pysail")

    def __init__(self, options):
        os.environ["SAIL_EXECUTION__DEFAULT_PARALLELISM"] = str(options.threads)
        os.environ.setdefault("SPARK_HOME", options.data)  # the client wants some folder
        from pysail.spark import SparkConnectServer
        from pyspark.sql import SparkSession
        self.server = SparkConnectServer()
        self.server.start(background=True)
        _, port = self.server.listening_address
        self.session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
        for table in tpch.TABLES:
            self.session.read.parquet(f"{options.data}/{table}.parquet").createOrReplaceTempView(table)

    def query(self, sql):
        return self.session.sql(sql).toArrow()

    def rows(self, table):
        return zip(*(column.to_pylist() for column in table.columns))
