"""join.py: joins and subqueries."""
from play import program, since
from pyspark.sql import functions as F
from tables import orders, people


@program
def join_kinds(see):
    who, what = people(see.spark), orders(see.spark)
    for kind in ("inner", "left", "right", "outer", "left_semi", "left_anti"):
        see.any_order(who.join(what, who.id == what.person, kind).drop("age", "pay", "region"))


@program
def join_using(see):
    what = orders(see.spark).withColumnRenamed("person", "id")
    who = people(see.spark).select("id", "name")
    for kind in ("inner", "left", "right", "full", "semi", "anti"):
        see.any_order(who.join(what, "id", kind))
    see.any_order(who.join(what, ["id"]).select("id", who.id, what.id))


@program
def join_several_conditions(see):
    who = people(see.spark)
    other = who.select(F.col("id").alias("other_id"), F.col("region").alias("other_region"), "age")
    see.any_order(who.join(other, [who.region == other.other_region, who.id < other.other_id]).select("id", "other_id"))
    see.fails(lambda: who.join(other, who.id == other.other_id).select(who.age, other.age).collect())
    see.any_order(who.join(other, who.region.eqNullSafe(other.other_region) & (who.id != other.other_id)).select("id", "other_id"))


@program
def cross_joins(see):
    left, right = see.spark.range(2), see.spark.range(10, 12).toDF("other")
    see.any_order(left.crossJoin(right))
    see.any_order(left.join(right))
    see.any_order(left.join(right, how="cross"))


@program
def join_errors(see):
    who, what = people(see.spark), orders(see.spark)
    see.fails(lambda: who.join(what, "id").collect())
    see.fails(lambda: who.join(who, who.id == who.id).select("id").collect())
    see.fails(lambda: who.join(what, who.id == what.person).select("nothing").collect())
    see.fails(lambda: who.join(what, who.id == what.person, "sideways").collect())
    see.fails(lambda: who.join(what, who.id + 1).collect())


@program
@since("4.0")
def lateral_joins(see):
    who, what = people(see.spark), orders(see.spark)
    inner = what.where(what.person == F.col("id").outer()).select("order_id", "price")
    see.any_order(who.select("id", "name").lateralJoin(inner))
    see.any_order(who.select("id").lateralJoin(see.spark.range(1).select((F.col("id").outer() * 10).alias("ten"))))
    see.any_order(who.select("id").lateralJoin(inner.select("order_id"), how="left"))


@program
@since("4.0")
def scalar_subqueries(see):
    who, what = people(see.spark), orders(see.spark)
    top = what.select(F.max("price")).scalar()
    see(what.where(F.col("price") == top).select("order_id"))
    counted = what.where(F.col("person") == F.col("id").outer()).select(F.count("*")).scalar()
    see(who.select("id", counted.alias("orders")).orderBy("id"))
    see.fails(lambda: who.select(what.select("order_id").scalar()).collect())


@program
@since("4.0")
def exists_subqueries(see):
    who, what = people(see.spark), orders(see.spark)
    match = what.where(F.col("person") == F.col("id").outer())
    see(who.where(match.exists()).select("id").orderBy("id"))
    see(who.where(~match.exists()).select("id").orderBy("id"))


@program
@since("4.1")
def in_subqueries(see):
    who, what = people(see.spark), orders(see.spark)
    see(who.where(F.col("id").isin(what.select("person"))).select("id").orderBy("id"))


@program
@since("4.0")
def table_valued_functions(see):
    spark = see.spark
    see(spark.tvf.range(2, 5))
    see(spark.tvf.explode(F.array(F.lit(1), F.lit(2))))
    see(spark.tvf.posexplode(F.array(F.lit("a"), F.lit("b"))))
    see(spark.tvf.json_tuple(F.lit('{"a": 1, "b": 2}'), F.lit("a"), F.lit("b")))
    see(spark.tvf.stack(F.lit(2), F.lit(1), F.lit(2), F.lit(3)))
    see(spark.tvf.inline(F.array(F.struct(F.lit(1).alias("x"), F.lit("u").alias("y")))))
