"""programs.py: programs with functions in Python, by name; prints `NAME: what came`, one line each.

usage: PYTHON programs.py ADDRESS [PART]     PART: only the programs that every client can run

What comes is the schema and the rows, or the error: its class, and the last line of the function's traceback.
"""
import datetime
import decimal
import re
import sys
import warnings

warnings.simplefilter("ignore")
import pandas as pd
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

TYPES = ("id, cast(id as string) s, cast(id as double) d, cast(id as decimal(10,2)) e, date'2020-01-01' dt, timestamp'2020-01-01 12:00:00' ts, "
         "timestamp_ntz'2020-01-01 12:00:00' tn, array(id, null) a, map('k', id) m, named_struct('a', id, 'b', 'x') st, cast('ab' as binary) b, "
         "id = 1 bo, if(id = 1, null, id) nn, interval '1' day iv, cast(id as float) f, cast(id as tinyint) ti")
LENIENT = [(1, "string"), (1.5, "int"), (1, "double"), ("a", "int"), (True, "string"), ([1, 2], "string"), (300, "tinyint"), (1, "boolean"), (None, "int"),
           ({"a": 1}, "map<string,int>"), ((1, "x"), "struct<a:int,b:string>"), ([1, None], "array<int>"), (decimal.Decimal("1.255"), "decimal(10,2)"),
           (bytearray(b"x"), "binary"), (datetime.date(2020, 1, 1), "date")]
ROWS = "select * from values (1, 'a', 1.0D), (2, 'b', 2.0D), (1, 'c', 3.0D), (null, 'd', 4.0D), (3, null, null) t(k, n, v)"


def scalar(s):
    """What every client can do."""
    plain = dict(useArrow=False)
    arrow = dict(useArrow=True)
    inc = F.udf(lambda x: None if x is None else x + 1, "long", **plain)
    double = F.udf(lambda x: x * 2, "long", **plain)
    ids = s.range(4)
    typed = s.sql(f"select {TYPES} from range(3)")
    yield "plain", lambda: ids.select(inc("id"), "id")
    yield "arrow", lambda: ids.select(F.udf(lambda x: x + 1, "long", **arrow)("id").alias("k"), "id")
    yield "pandas", lambda: ids.select(F.pandas_udf(lambda x: x + 1, "long")("id").alias("k"), "id")
    yield "chain", lambda: ids.select(inc(double(inc("id"))).alias("k"))
    yield "nested", lambda: ids.select((inc(F.col("id") + inc("id")) + inc("id")).alias("k"))
    yield "filter", lambda: ids.filter(F.udf(lambda x: x % 2 == 0, "boolean", **plain)("id"))
    yield "group_key", lambda: ids.groupBy(F.udf(lambda x: x % 2, "long", **plain)("id").alias("k")).agg(F.sum("id")).orderBy("k")
    yield "aggregate_argument", lambda: ids.agg(F.sum(inc("id")).alias("k"))
    yield "order", lambda: ids.orderBy(F.udf(lambda x: -x, "long", **plain)("id"))
    yield "inner_join", lambda: ids.join(s.range(3).toDF("b"), F.udf(lambda a, b: a == b + 1, "boolean", **plain)("id", "b")).orderBy("id")
    yield "outer_join", lambda: ids.join(s.range(3).toDF("b"), F.udf(lambda a, b: a == b, "boolean", **plain)("id", "b"), "left")
    yield "no_argument", lambda: ids.select(F.udf(lambda: 7, "int", **plain)().alias("k"))
    yield "nulls", lambda: s.sql("select * from values (1L), (null) t(a)").select(inc("a"))
    yield "no_rows", lambda: ids.filter("id < 0").select(inc("id"))
    yield "limit", lambda: s.range(1000000).select(inc("id").alias("k")).limit(3)
    yield "lenient", lambda: ids.limit(1).select(*[F.udf(lambda x, v=v: v, t, **plain)("id").alias("k") for v, t in LENIENT])
    for name, kind in typed.dtypes:
        yield f"repr_plain_{name}", lambda name=name: typed.select(F.udf(repr, "string", **plain)(name).alias("k"))
        yield f"plain_{name}", lambda name=name, kind=kind: typed.select(F.udf(lambda x: x, kind, **plain)(name).alias("k"))
        yield f"arrow_{name}", lambda name=name, kind=kind: typed.select(F.udf(lambda x: x, kind, **arrow)(name).alias("k"))
        yield f"pandas_{name}", lambda name=name, kind=kind: typed.select(F.pandas_udf(lambda x: x, kind)(name).alias("k"))
    yield "raises", lambda: ids.select(F.udf(lambda x: 1 // x, "long", **plain)("id"))
    s.udf.register("plus_ten", lambda x: x + 10, "long")
    yield "sql", lambda: s.sql("select plus_ten(id), PLUS_TEN(plus_ten(id)) q from range(3) where plus_ten(id) > 10")


def maps(s):
    """What every client can do with whole batches."""
    def named(frames):
        for frame in frames:
            yield frame.assign(b=frame["n"].str.upper())

    rows = s.sql(ROWS)
    yield "map_in_pandas", lambda: rows.mapInPandas(named, "k int, n string, v double, b string")
    yield "map_in_arrow", lambda: rows.mapInArrow(lambda batches: batches, rows.schema)
    yield "map_more", lambda: s.range(2).mapInPandas(lambda frames: (pd.concat([f, f]) for f in frames), "id long")


def mean(values: pd.Series) -> float:
    return float(values.mean())


def others(s):
    """All other kinds: complete for 4.2."""
    import pyarrow.compute as pc
    from typing import Iterator

    rows = s.sql(ROWS)
    average = F.pandas_udf(mean, "double")

    def twice(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        for batch in batches:
            yield batch * 2

    def sizes(key, left, right):
        return pd.DataFrame({"k": [key[0]], "l": [len(left)], "r": [len(right)]})

    yield "pandas_iterator", lambda: s.range(5).select(F.pandas_udf(twice, "long")("id").alias("k"))
    yield "arrow_udf", lambda: s.range(5).select(F.arrow_udf(lambda v: pc.add(v, 1), "long")("id").alias("k"))
    yield "pandas_struct", lambda: s.range(2).select(F.pandas_udf(lambda x: pd.DataFrame({"a": x, "b": x.astype(str)}), "a long, b string")("id").alias("k"))
    yield "pandas_length", lambda: s.range(0, 5, 1, 1).select(F.pandas_udf(lambda x: x[:1], "long")("id"))
    yield "pandas_type", lambda: s.range(5).select(F.pandas_udf(lambda x: x.astype(str) + "x", "long")("id"))
    yield "map_wrong_name", lambda: s.range(2).mapInPandas(lambda frames: (f.rename(columns={"id": "b"}) for f in frames), "a long")
    yield "apply_in_pandas", lambda: rows.groupBy("k").applyInPandas(lambda f: f.assign(v=f.v - f.v.mean()), rows.schema).orderBy("k", "n")
    yield "apply_with_key", lambda: rows.groupBy("k").applyInPandas(lambda key, f: pd.DataFrame({"k": [key[0]], "c": [len(f)]}), "k int, c long").orderBy("k")
    yield "apply_by_expression", lambda: s.range(6).groupBy((F.col("id") % 2).alias("m")).applyInPandas(lambda key, f: pd.DataFrame({"m": [key[0]], "s": [f.id.sum()]}), "m long, s long").orderBy("m")
    yield "apply_in_arrow", lambda: rows.groupBy("k").applyInArrow(lambda t: t, rows.schema).orderBy("k", "n")
    yield "apply_all", lambda: rows.groupBy().applyInPandas(lambda f: pd.DataFrame({"c": [len(f)]}), "c long")
    yield "co_group", lambda: rows.groupBy("k").cogroup(rows.filter("k = 1 or k is null").groupBy("k")).applyInPandas(sizes, "k int, l long, r long").orderBy("k")
    yield "co_group_arrow", lambda: rows.groupBy("k").cogroup(rows.groupBy("k")).applyInArrow(lambda a, b: a, rows.schema).orderBy("k", "n")
    yield "aggregate", lambda: rows.groupBy("k").agg(average("v")).orderBy("k")
    yield "aggregates", lambda: rows.groupBy("k").agg(average("v").alias("a"), F.pandas_udf(lambda x: int(x.count()), "long", F.PandasUDFType.GROUPED_AGG)("v").alias("c")).orderBy("k")
    yield "aggregate_all", lambda: rows.agg(average(F.col("v") * 2).alias("a"))
    yield "aggregate_mixed", lambda: rows.groupBy("k").agg(average("v"), F.sum("v"))
    yield "window", lambda: rows.select("k", "n", average("v").over(Window.partitionBy("k")).alias("a")).orderBy("k", "n")
    yield "named_argument", lambda: s.range(2).select(F.udf(lambda a, b: a - b, "long")(b=F.col("id"), a=F.lit(10)))
    yield "two_kinds", lambda: s.range(3).select(F.udf(lambda x: x + 1, "long", useArrow=False)("id").alias("a"), F.pandas_udf(lambda x: x * 3, "long")("id").alias("b"))


def shown(rows):
    """Older clients give bytearrays for binaries."""
    return re.sub(r"bytearray\((b'[^']*')\)", r"\1", str([tuple(row) for row in rows]))


def outcome(make):
    try:
        frame = make()
        return f"{frame.schema.simpleString()} {shown(frame.collect())}"
    except Exception as error:  # pylint: disable=broad-exception-caught
        lines = [line for line in str(error).splitlines() if line and not line.startswith((" ", "JVM", "\t", "org.apache"))]
        condition = error.getCondition() if hasattr(error, "getCondition") else error.getErrorClass()
        last = lines[-1].split(" SQLSTATE")[0] if "PythonException" in type(error).__name__ and lines else ""
        if last.startswith("SQLSTATE"):
            last = lines[-2]
        return f"{type(error).__name__} {condition} {last}".strip()


def main():
    s = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    s.conf.set("spark.sql.session.timeZone", "UTC")
    parts = [scalar, maps] if sys.argv[2:] else [scalar, maps, others]
    for part in parts:
        for name, make in part(s):
            print(f"{name}: {outcome(make)}", flush=True)
    s.stop()


if __name__ == "__main__":
    main()
