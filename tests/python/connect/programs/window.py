"""window.py: window functions."""
from play import program
from pyspark.sql import Window
from pyspark.sql import functions as F
from tables import people, sales


@program
def ranks(see):
    df = people(see.spark)
    by_age = Window.partitionBy("region").orderBy(F.desc("age"), "id")
    see(df.select("id", F.row_number().over(by_age).alias("n"), F.rank().over(Window.orderBy("pay")).alias("r"),
                  F.dense_rank().over(Window.orderBy("pay")).alias("d"), F.percent_rank().over(Window.orderBy("pay")).alias("p"),
                  F.cume_dist().over(Window.orderBy("pay")).alias("c"), F.ntile(2).over(Window.orderBy("id")).alias("t")).orderBy("id"))


@program
def neighbours(see):
    df = sales(see.spark).where("product = 'coffee'")
    order = Window.orderBy("year", "quarter")
    see(df.select("year", "quarter", F.lag("amount").over(order), F.lead("amount", 2, -1).over(order), F.first("amount").over(order),
                  F.last("amount").over(order.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)),
                  F.nth_value("amount", 2).over(order)).orderBy("year", "quarter"))


@program
def frames(see):
    df = sales(see.spark)
    part = Window.partitionBy("product").orderBy("year", "quarter")
    see(df.select("product", "year", "quarter", F.sum("amount").over(part).alias("running"),
                  F.avg("amount").over(part.rowsBetween(-1, 1)).alias("moving"), F.count("*").over(part.rowsBetween(0, Window.unboundedFollowing)).alias("left"),
                  F.max("amount").over(Window.partitionBy("product")).alias("top"))
        .orderBy("product", "year", "quarter"))
    see(df.select("quarter", F.sum("amount").over(Window.orderBy("quarter").rangeBetween(-1, Window.currentRow)).alias("s")).orderBy("quarter", "s"))


@program
def window_filters(see):
    df = people(see.spark).withColumn("n", F.row_number().over(Window.partitionBy("region").orderBy("id")))
    see(df.where("n = 1").orderBy("id").select("id", "region"))
    see.fails(lambda: people(see.spark).where(F.row_number().over(Window.orderBy("id")) == 1).collect())
    see.fails(lambda: people(see.spark).select(F.row_number().over(Window.partitionBy("id"))).collect())


@program
def time_windows(see):
    df = see.spark.sql("SELECT TIMESTAMP'2024-01-01 00:00:10' + make_dt_interval(0, 0, 0, 7 * id) AS t, id FROM range(6)")
    see(df.groupBy(F.window("t", "15 seconds")).agg(F.sum("id").alias("s")).orderBy("window"))
    see(df.groupBy(F.window("t", "20 seconds", "10 seconds")).count().orderBy("window").select("window.start", "count"))
