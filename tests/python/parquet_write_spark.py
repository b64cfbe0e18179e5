"""parquet_write_spark: run by parquet_write_test with Spark's Python: SELECT FOLDER...: does each folder hold what Spark answers?"""
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, struct, to_json

session = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
           .config("spark.log.level", "ERROR").getOrCreate())


def rows(frame, millis):
    if millis:
        frame = frame.withColumn("ts", (col("ts").cast("double") * 1000).cast("long"))
    return sorted(row[0] for row in frame.select(to_json(struct("*"), {"ignoreNullFields": "false"})).collect())


wanted = session.sql(sys.argv[1])
for folder in sys.argv[2:]:
    frame = session.read.parquet(folder)
    same = rows(frame, False) == rows(wanted, False) or rows(frame, True) == rows(wanted, True)
    names = [field.dataType.simpleString() for field in frame.schema] == [field.dataType.simpleString() for field in wanted.schema]
    print("equal" if same and names else f"different:{folder}:{frame.schema.simpleString()}")
