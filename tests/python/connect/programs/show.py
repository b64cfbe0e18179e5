"""show.py: what is printed."""
import contextlib
import io

from play import program
from pyspark.sql import Window
from pyspark.sql import functions as F
from tables import people


@program
def shows(see):
    df = people(see.spark)
    see.printed(df.show)
    see.printed(lambda: df.show(2))
    see.printed(lambda: df.show(0))
    see.printed(lambda: df.where("false").show())
    see.printed(lambda: df.show(2, vertical=True))
    see.printed(lambda: df.show(n=3, truncate=3))
    see.printed(lambda: see.spark.range(25).show())


@program
def show_wide(see):
    df = see.spark.createDataFrame([("a" * 30, "short", 1.0), ("\u65e5\u672c\u8a9e", "two\nlines\ttab", None)], "long STRING, text STRING, x DOUBLE")
    see.printed(df.show)
    see.printed(lambda: df.show(truncate=False))
    see.printed(lambda: df.show(truncate=10, vertical=True))


@program
def show_types(see):
    see.printed(lambda: see.spark.sql("SELECT true b, 1.50BD d, CAST(1e10 AS DOUBLE) x, X'CAFE' bin, DATE'2024-01-01' day, TIMESTAMP'2024-01-01 10:00:00' t").show())
    see.printed(lambda: see.spark.sql("SELECT array(1, NULL) a, map('k', struct(1, 'x')) m, INTERVAL '2' HOUR i, INTERVAL '3' MONTH j, NULL n").show(truncate=False))


@program
def html(see):
    see.spark.conf.set("spark.sql.repl.eagerEval.enabled", "true")
    df = people(see.spark).select("id", "name").limit(2)
    see.value(repr(df))
    see.value(df._repr_html_())


@program
def explains(see):
    df = people(see.spark).where("age > 20").groupBy("region").count()
    for mode in ("simple", "extended", "codegen", "cost", "formatted"):
        with contextlib.redirect_stdout(io.StringIO()) as text:
            df.explain(mode=mode)
        see.value(len(text.getvalue()) > 20)
    with contextlib.redirect_stdout(io.StringIO()) as text:
        df.explain(True)
    see.value("== Physical Plan ==" in text.getvalue())
    see.fails(lambda: df.explain(mode="nonsense"))


@program
def semantics(see):
    df = people(see.spark)
    one, two, other = df.select("id").where("id > 1"), df.select("id").where("id > 1"), df.select("age")
    see.value([one.sameSemantics(two), one.sameSemantics(other), one.semanticHash() == two.semanticHash()])
    see.value(df.isLocal())
    see.value(df.isStreaming)
    see.value(df.inputFiles())


@program
def column_names(see):
    df = people(see.spark)
    see.value(df.select(F.col("age") + 1, F.lit("x"), F.lit(1.5), F.lit(None), F.sum("pay").over(Window.partitionBy("region")),
                        F.col("name").cast("string"), F.when(df.age > 1, 2), -F.col("age"), ~(df.age > 1), F.col("age").isin(1, 2), df.name.like("a%"),
                        F.concat_ws("-", "name", "region"), F.date_add(F.current_date(), 1), F.round("pay", 1), F.array(F.lit(1)), F.struct("id")).columns)
