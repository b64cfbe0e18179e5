"""functions.py: families of functions through F."""
from play import program, since
from pyspark.sql import functions as F


def one(see, *columns):
    see(see.spark.range(1).select(*columns))


@program
def string_functions(see):
    text, empty = F.lit("Hello, World"), F.lit(None).cast("string")
    one(see, F.upper(text), F.lower(text), F.length(text), F.reverse(text), F.initcap(F.lit("a bc")), F.trim(F.lit("  x ")), F.ltrim(F.lit("  x")), F.rtrim(F.lit("x  ")))
    one(see, F.substring(text, 2, 3), F.split(text, ", "), F.split(text, "o", 2), F.regexp_replace(text, "l+", "L"), F.regexp_extract(text, "(W\\w+)", 1),
        F.instr(text, "World"), F.locate("o", text, 6), F.lpad(F.lit("7"), 3, "0"), F.rpad(F.lit("7"), 3, "-"), F.repeat(F.lit("ab"), 2))
    one(see, F.concat(text, F.lit("!")), F.concat(text, empty), F.concat_ws("-", F.lit("a"), empty, F.lit("b")), F.translate(text, "lo", "01"), F.ascii(text),
        F.base64(F.lit(b"abc")), F.unbase64(F.lit("YWJj")), F.format_number(F.lit(1234.567), 2), F.format_string("%d-%s", F.lit(1), F.lit("x")), F.levenshtein(F.lit("kitten"), F.lit("sitting")))
    one(see, F.soundex(F.lit("Robert")), F.overlay(F.lit("SPARK_SQL"), F.lit("CORE"), 7), F.substring_index(F.lit("a.b.c"), ".", 2), F.sentences(F.lit("Hi there. Bye!")),
        F.encode(F.lit("a"), "UTF-8"), F.decode(F.lit(b"a"), "UTF-8"), F.left(text, F.lit(3)), F.right(text, F.lit(3)), F.contains(text, F.lit("ell")))


@program
def number_functions(see):
    one(see, F.abs(F.lit(-2)), F.ceil(F.lit(1.2)), F.floor(F.lit(-1.2)), F.round(F.lit(2.5)), F.bround(F.lit(2.5)), F.round(F.lit(1234), -2), F.sqrt(F.lit(2.0)),
        F.exp(F.lit(1.0)), F.log(F.lit(10.0)), F.log(2.0, F.lit(8.0)), F.pow(F.lit(2), F.lit(10)), F.signum(F.lit(-3.0)), F.pmod(F.lit(-7), F.lit(3)))
    one(see, F.greatest(F.lit(1), F.lit(3), F.lit(2)), F.least(F.lit("b"), F.lit("a")), F.hex(F.lit(255)), F.unhex(F.lit("FF")), F.bin(F.lit(5)), F.conv(F.lit("ff"), 16, 10),
        F.factorial(F.lit(5)), F.shiftleft(F.lit(1), 4), F.bitwise_not(F.lit(0)), F.bit_count(F.lit(7)), F.isnan(F.lit(float("nan"))), F.nanvl(F.lit(float("nan")), F.lit(1.0)))
    one(see, F.sin(F.lit(1.0)), F.atan2(F.lit(1.0), F.lit(2.0)), F.degrees(F.lit(3.14159)), F.cbrt(F.lit(27.0)), F.hypot(F.lit(3.0), F.lit(4.0)), F.rint(F.lit(2.5)), F.e(), F.pi())
    one(see, F.lit(5) % 3, F.lit(7) / 2, F.lit(2) ** 3, 10 - F.lit(4), F.lit(6).bitwiseAND(3), F.lit(6).bitwiseOR(1), F.lit(6).bitwiseXOR(2), -F.lit(1.5), F.try_divide(F.lit(1), F.lit(0)))


@program
def date_functions(see):
    day, time = F.lit("2024-02-29").cast("date"), F.lit("2024-02-29 13:14:15.5").cast("timestamp")
    one(see, F.year(day), F.month(day), F.dayofmonth(day), F.dayofweek(day), F.dayofyear(day), F.weekofyear(day), F.quarter(day), F.last_day(day), F.next_day(day, "Mon"))
    one(see, F.date_add(day, 1), F.date_sub(day, 1), F.add_months(day, 12), F.months_between(time, day), F.datediff(day, F.lit("2024-01-01").cast("date")), F.trunc(day, "month"),
        F.date_trunc("hour", time), F.date_format(time, "yyyy/MM/dd HH:mm:ss.SSS EEE"), F.to_date(F.lit("29.02.2024"), "dd.MM.yyyy"), F.to_timestamp(F.lit("2024-02-29 01:02:03")))
    one(see, F.hour(time), F.minute(time), F.second(time), F.unix_timestamp(time), F.from_unixtime(F.lit(0)), F.timestamp_seconds(F.lit(1)), F.to_utc_timestamp(time, "Asia/Tokyo"),
        F.from_utc_timestamp(time, "Asia/Tokyo"), F.make_date(F.lit(2024), F.lit(1), F.lit(2)), F.date_part(F.lit("YEAR"), day), F.extract(F.lit("MONTH"), day))
    one(see, F.expr("INTERVAL 1 DAY") + day, time - F.expr("INTERVAL '1' HOUR"), day - F.lit("2024-02-01").cast("date"), F.make_interval(F.lit(1)).cast("string"), F.unix_date(day))


@program
def hash_functions(see):
    one(see, F.md5(F.lit(b"x")), F.sha1(F.lit("x")), F.sha2(F.lit("x"), 256), F.crc32(F.lit("x")), F.hash(F.lit(1), F.lit("x")), F.xxhash64(F.lit(1), F.lit("x")))


@program
def literals(see):
    import datetime
    import decimal
    one(see, F.lit(1), F.lit(2**40), F.lit(1.5), F.lit("x"), F.lit(True), F.lit(None), F.lit(b"x"), F.lit(datetime.date(2024, 1, 1)), F.lit(datetime.datetime(2024, 1, 1, 2)),
        F.lit(decimal.Decimal("1.50")), F.lit(datetime.timedelta(hours=1)), F.lit([1, 2]), F.lit(["a"]))
    see.value(see.spark.range(1).select(F.lit(F.lit(3)), F.lit([[1], [2]])).collect())


@program
def call_functions(see):
    see(see.spark.range(3).select(F.call_function("abs", F.lit(-1)), F.call_function("sum", "id")))
    see.fails(lambda: see.spark.range(1).select(F.call_function("nothing", F.lit(1))).collect())


@program
@since("4.0")
def functions_of_four(see):
    one(see, F.try_parse_json(F.lit("{")), F.randstr(F.lit(5), F.lit(1)).isNotNull(), F.uniform(F.lit(1), F.lit(10), F.lit(3)).isNotNull(), F.is_valid_utf8(F.lit("x")), F.dayname(F.lit("2024-01-01").cast("date")),
        F.monthname(F.lit("2024-01-01").cast("date")), F.try_mod(F.lit(1), F.lit(0)), F.collation(F.lit("x")), F.listagg(F.lit("a")))


@program
def user_functions(see):
    from pyspark.sql.types import IntegerType
    twice = F.udf(lambda x: x * 2, IntegerType())
    df = see.spark.range(3).select(F.col("id").cast("int").alias("x"))
    see(df.select(twice("x")))
    see.spark.udf.register("thrice", lambda x: x * 3, "int")
    see(see.spark.sql("SELECT thrice(4) AS t"))

    @F.udf("string")
    def spell(x):
        return None if x == 1 else f"<{x}>"
    see(df.select(spell("x").alias("s")))


@program
def nullability(see):
    spark = see.spark
    see(spark.sql("SELECT a[0], a[i], element_at(a, 1), element_at(a, i + 1), get(a, i), array(i)[0], element_at(array(i), -1), get(array(i), 3), m['k'] "
                  "FROM (SELECT array(id) AS a, CAST(id AS INT) AS i, map('k', id) AS m FROM range(1))"))
    see(spark.sql("SELECT array_contains(a, 1L), array_contains(b, 1L), arrays_overlap(a, a), arrays_overlap(a, b), forall(a, x -> x > 0), exists(b, x -> x > 0), "
                  "array_append(a, 1L), array_repeat(1L, 2), map_keys(m), map_values(m), map_entries(m) "
                  "FROM (SELECT array(id) AS a, array(id, NULL) AS b, map(id, id) AS m FROM range(1))"))
    see(spark.sql("SELECT CASE WHEN true THEN 1 END AS a, CASE WHEN id > 0 THEN 1 END AS b, if(id > 0, 1, 2) AS c, coalesce(NULL, id) AS d, nullif(id, 1L) AS e, "
                  "id / 2 AS f, id + 1 AS g, try_add(id, 1) AS h, CAST(id AS STRING) AS i, CAST(id AS INT) AS j, CAST('1' AS INT) AS k, sum(id) OVER () AS l FROM range(1)"))
    see(spark.sql("SELECT to_date('2024-01-02', 'yyyy-MM-dd') AS a, to_timestamp('2024-01-02 03', 'yyyy-MM-dd HH') AS b, make_date(2024, 1, 2) AS c, timestamp_seconds(1) AS d, "
                  "timestamp_seconds(1.5D) AS e, next_day(DATE'2024-01-02', 'MON') AS f, CAST(make_interval(1) AS STRING) AS g, mask('aB1') AS h, url_encode('a b') AS i, right('abc', 2) AS j"))
