"""record_schema.py: writes tpch/schema.txt, the type of each query's answer as real Spark gives it.

    tests/servers/spark python bench/record_schema.py DATA_FOLDER
"""
import pathlib
import sys

from pyspark.sql import SparkSession

sys.dont_write_bytecode = True
import tpch

spark = SparkSession.builder.config("spark.ui.enabled", "false").getOrCreate()
for table in tpch.TABLES:
    spark.read.parquet(f"{sys.argv[1]}/{table}.parquet").createTempView(table)
lines = [f"# recorded from Spark {spark.version} by bench/record_schema.py"]
for number, sql in tpch.queries("1").items():
    lines.append(f"Q{number} {spark.sql(sql)._jdf.schema().catalogString()}")
pathlib.Path(__file__).with_name("tpch").joinpath("schema.txt").write_text("\n".join(lines) + "\n")
