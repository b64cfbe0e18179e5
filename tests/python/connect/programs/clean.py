"""clean.py: na.* and stat.*."""
from play import program
from pyspark.sql import functions as F
from tables import people, sales


@program
def na_drop(see):
    df = people(see.spark)
    see(df.na.drop())
    see(df.dropna("all"))
    see(df.dropna(thresh=4))
    see(df.dropna(subset=["age", "pay"]))
    see(df.na.drop("any", subset="region").select("id"))


@program
def na_fill(see):
    df = people(see.spark)
    see(df.na.fill(0))
    see(df.fillna("?"))
    see(df.na.fill({"age": 1, "region": "none", "pay": 0.5}))
    see(df.na.fill(9, ["age"]))
    see(see.spark.createDataFrame([(None, None)], "a BOOLEAN, b BIGINT").na.fill(True))
    see.fails(lambda: df.na.fill(1, ["nothing"]).collect())


@program
def na_replace(see):
    df = people(see.spark)
    see(df.na.replace("Ann", "Anna"))
    see(df.replace([34, 51], [35, 52], "age"))
    see(df.na.replace({"north": "N", "south": None}, subset=["region"]))
    see(df.replace(1200.5, 1.0))


@program
def statistics(see):
    df = people(see.spark)
    see.value(round(df.stat.corr("id", "age"), 9))
    see.value(round(df.cov("id", "age"), 9))
    see.any_order(df.crosstab("region", "age"))
    see.value(df.approxQuantile("age", [0.0, 0.5, 1.0], 0.0))
    see.value(df.stat.approxQuantile(["age", "pay"], [0.5], 0.1))
    rows = df.stat.freqItems(["region"], 0.4).collect()
    see.value(sorted(str(item) for item in rows[0][0]))
    see.fails(lambda: df.stat.corr("name", "age"))
    see.fails(lambda: df.approxQuantile("age", [2.0], 0.0))


@program
def bucket_functions(see):
    df = sales(see.spark)
    see(df.select(F.width_bucket("amount", F.lit(20), F.lit(100), F.lit(4)).alias("w"), "amount").distinct().orderBy("amount"))
    see(df.agg(F.histogram_numeric("quarter", F.lit(2)), F.approx_percentile("amount", F.array(F.lit(0.1), F.lit(0.9)), F.lit(100))))
