"""orc_read_spark: run by orc_read_test with Spark's Python: writes one table to FOLDER/KIND in every way, and what Spark reads from it to FOLDER/KIND.json."""
import pathlib
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import struct, to_json

session = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
           .config("spark.log.level", "ERROR").getOrCreate())
table = session.range(0, 10000, 1, 2).selectExpr(
    "id", "IF(id % 7 = 0, NULL, id * id * id - 5000000) AS cube", "CAST(id % 200 - 100 AS TINYINT) AS tiny", "CAST(hash(id) % 30000 AS SMALLINT) AS small",
    "hash(id) AS noise", "xxhash64(id) AS wide_noise", "IF(id % 100 = 3, id * 1000000007, id % 50) AS patched", "id / 3 AS real", "CAST(id / 7 AS FLOAT) AS single",
    "id % 3 = 0 AS flag", "CONCAT('word ', id % 40) AS few", "MD5(CAST(id AS STRING)) AS many", "IF(id % 5 = 0, NULL, unhex(hex(id))) AS bytes",
    "date_add(DATE'1400-01-01', CAST(id * 20 AS INT)) AS day", "timestamp_micros(hash(id) * 1000003L) AS time",
    "CAST(timestamp_micros(hash(id) * 1000003L) AS TIMESTAMP_NTZ) AS ntz", "CAST(id / 100 AS DECIMAL(9,2)) AS money",
    "CAST(xxhash64(id) AS DECIMAL(38,10)) AS wide", "IF(id % 11 = 0, NULL, SEQUENCE(id, id + id % 4)) AS list",
    "NAMED_STRUCT('x', id, 'y', IF(id % 6 = 0, NULL, NAMED_STRUCT('z', CAST(id AS STRING)))) AS deep", "MAP('k', id, CONCAT('v', id % 9), NULL) AS pairs",
    "MAKE_DT_INTERVAL(0, id) AS took", "MAKE_YM_INTERVAL(0, CAST(id AS INT)) AS aged")
folder = pathlib.Path(sys.argv[1])
kinds = {codec: {"compression": codec} for codec in ("none", "zlib", "snappy", "lz4", "zstd")}
kinds["older"] = {"compression": "snappy", "orc.write.format": "0.11"}
kinds["stripes"] = {"compression": "zstd", "orc.stripe.size": "200000", "orc.row.index.stride": "1000", "orc.bloom.filter.columns": "few,many,cube"}
kinds["dictionaries"] = {"compression": "none", "orc.dictionary.key.threshold": "1"}
for name, options in kinds.items():
    table.write.options(**options).orc(str(folder / name))
    rows = session.read.orc(str(folder / name)).orderBy("id").select(to_json(struct("*"), {"ignoreNullFields": "false"})).collect()
    (folder / f"{name}.json").write_text("".join(row[0] + "\n" for row in rows))
