"""create.py: createDataFrame from everything, and results in every form."""
import datetime
import decimal

from play import program, since
from pyspark.sql import Row
from pyspark.sql import functions as F
from pyspark.sql import types as T
from tables import people

ALL_TYPES = T.StructType([
    T.StructField("b", T.BooleanType()), T.StructField("i8", T.ByteType()), T.StructField("i16", T.ShortType()), T.StructField("i32", T.IntegerType(), False),
    T.StructField("i64", T.LongType()), T.StructField("f32", T.FloatType()), T.StructField("f64", T.DoubleType()), T.StructField("d", T.DecimalType(20, 4)),
    T.StructField("s", T.StringType()), T.StructField("bin", T.BinaryType()), T.StructField("day", T.DateType()), T.StructField("ts", T.TimestampType()),
    T.StructField("ntz", T.TimestampNTZType()), T.StructField("dt", T.DayTimeIntervalType()), T.StructField("a", T.ArrayType(T.StringType())),
    T.StructField("m", T.MapType(T.StringType(), T.LongType())), T.StructField("st", T.StructType([T.StructField("x", T.IntegerType()), T.StructField("y", T.ArrayType(T.DoubleType()))]))])


def all_types_rows():
    full = (True, 1, -2, 3, 2**40, 0.5, -1.25, decimal.Decimal("12.3400"), "text\u00e9", bytearray(b"\x00\xff"), datetime.date(2024, 2, 29),
            datetime.datetime(2024, 2, 29, 12, 30, 1, 250), datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), datetime.timedelta(days=1, seconds=5),
            ["a", None, ""], {"k": 1, "l": None}, Row(x=7, y=[1.5, None]))
    return [full, tuple(5 if field.name == "i32" else None for field in ALL_TYPES)]


@program
def create_all_types(see):
    see(see.spark.createDataFrame(all_types_rows(), ALL_TYPES))


@program
def create_from_rows(see):
    spark = see.spark
    see(spark.createDataFrame([(1, "a"), (2, None)]))
    see(spark.createDataFrame([(1, "a"), (2, None)], ["x", "y"]))
    see(spark.createDataFrame([Row(p=1, q=[1, 2]), Row(p=2, q=[])]))
    see(spark.createDataFrame([{"b": 1, "a": "x"}, {"a": "y", "c": 2.5}]))
    see(spark.createDataFrame([1, 2, 3], "int"))
    see(spark.createDataFrame([["x", {"k": 1}]], "a STRING, b MAP<STRING, INT>"))
    see(spark.createDataFrame([], "a INT, b STRING"))
    see(spark.createDataFrame([(datetime.date(2020, 1, 1), 1.5, True, decimal.Decimal("1.5"), b"x")]))


@program
def create_errors(see):
    spark = see.spark
    see.fails(lambda: spark.createDataFrame([]))
    see.fails(lambda: spark.createDataFrame([("x",)], "a INT").collect())
    see.fails(lambda: spark.createDataFrame([(1, 2)], "a INT").collect())
    see.fails(lambda: spark.createDataFrame([(None,)], T.StructType([T.StructField("a", T.IntegerType(), False)])).collect())
    see.fails(lambda: spark.createDataFrame([(300,)], "a TINYINT").collect())


@program
def create_from_pandas(see):
    import pandas
    frame = pandas.DataFrame({"i": [1, 2, 3], "f": [0.5, None, 2.5], "s": ["a", None, "c"], "b": [True, False, True],
                              "t": pandas.to_datetime(["2024-01-01 00:00:00", "2024-01-02 03:04:05", None])})
    see(see.spark.createDataFrame(frame))
    see(see.spark.createDataFrame(frame[["i", "s"]], "x BIGINT, y STRING"))
    see(see.spark.createDataFrame(frame[["i"]], ["only"]))


@program
@since("4.0")
def create_from_arrow(see):
    import pyarrow
    table = pyarrow.table({"i": pyarrow.array([1, None], pyarrow.int32()), "s": ["x", None], "l": [[1, 2], None],
                           "d": pyarrow.array([decimal.Decimal("1.10"), None], pyarrow.decimal128(5, 2))})
    see(see.spark.createDataFrame(table))


@program
def create_large(see):
    rows = [(number, f"row {number}", [number]) for number in range(20000)]
    df = see.spark.createDataFrame(rows, "id INT, name STRING, l ARRAY<INT>")
    see(df.agg(F.count("*"), F.sum("id"), F.max("name"), F.sum(df.l[0])))
    see(df.where("id % 5000 = 17").orderBy("id"))


@program
def create_cached_relation(see):
    import pandas
    frame = pandas.DataFrame({"id": range(300000), "text": ["some text that is long enough " + str(number % 97) for number in range(300000)]})
    df = see.spark.createDataFrame(frame)
    see(df.agg(F.count("*"), F.sum("id"), F.countDistinct("text")))


@program
def to_pandas(see):
    df = people(see.spark).orderBy("id")
    see.frame(df.toPandas())
    see.frame(df.where("false").toPandas())
    see.frame(see.spark.sql("SELECT TIMESTAMP'2024-01-01 10:00:00' t, DATE'2024-01-01' d, array(1, 2) a, 1.5BD x, INTERVAL '1' DAY i").toPandas())


@program
@since("4.0")
def to_arrow(see):
    table = people(see.spark).orderBy("id").toArrow()
    see.value([(field.name, str(field.type), field.nullable) for field in table.schema])
    see.value(table.column("pay").to_pylist())
    see.value(see.spark.range(0, 100000, 1, 4).toArrow().num_rows)
    table = see.spark.sql("SELECT array(1) a, map('k', 1) m, named_struct('x', 1) s, 1.5BD d, CAST(NULL AS VOID) v, TIMESTAMP_NTZ'2024-01-01 00:00:00' n").toArrow()
    see.value([str(field.type) for field in table.schema])


@program
def collect_types(see):
    see(see.spark.sql("SELECT true, 1Y, 1S, 1, 1L, CAST(1.5 AS FLOAT), 1.5D, 1.50BD, 'x', X'00FF', DATE'2024-02-29', TIMESTAMP'2024-02-29 01:02:03.456789'"))
    see(see.spark.sql("SELECT TIMESTAMP_NTZ'2024-02-29 01:02:03', INTERVAL '1 02:03:04' DAY TO SECOND, NULL, array(1, NULL), map(1, 'a'), struct(1 AS a, 'b' AS b)"))
    see(see.spark.sql("SELECT CAST('NaN' AS DOUBLE), CAST('Infinity' AS FLOAT), DATE'0001-01-01', DATE'9999-12-31', -0.0D"))
    row = see.spark.sql("SELECT 1 AS a, 'x' AS b").first()
    see.value([row.a, row["b"], row[0], row.asDict(), "a" in row])


@program
def local_iterator(see):
    df = see.spark.range(0, 5000, 1, 3)
    see.value(sum(row.id for row in df.toLocalIterator()))
    see.value([row.id for row in see.spark.range(3).toLocalIterator(prefetchPartitions=True)])


@program
@since("4.0")
def for_each_row(see):
    df = see.spark.range(3)
    see.value(df.foreach(lambda row: None))
    see.value(df.foreachPartition(lambda rows: None))


@program
def to_json_rows(see):
    see(people(see.spark).select(F.to_json(F.struct("*")).alias("j")))


@program
def schemas(see):
    df = see.spark.createDataFrame(all_types_rows(), ALL_TYPES)
    see.printed(df.printSchema)
    see.printed(lambda: see.spark.sql("SELECT struct(1 AS a, array(struct('x' AS y)) AS b) AS s").printSchema())
    see.value(df.schema["d"].dataType.simpleString())
    see.value(repr(df))
    see.value(df.schema == ALL_TYPES)


@program
@since("4.0")
def schema_to_level(see):
    see.printed(lambda: see.spark.sql("SELECT struct(struct(1 AS a) AS b) AS s").printSchema(2))


@program
@since("4.1")
def time_type(see):
    see.fails(lambda: see.spark.sql("SELECT TIME'12:34:56' AS t").collect())
    see.spark.conf.set("spark.sql.timeType.enabled", "true")
    see(see.spark.sql("SELECT TIME'12:34:56.789' AS t"))
    see(see.spark.createDataFrame([(datetime.time(1, 2, 3),)], "t TIME"))
