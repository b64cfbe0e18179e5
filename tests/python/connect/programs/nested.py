"""nested.py: arrays, maps, structs and functions over them."""
from play import program, since
from pyspark.sql import Row
from pyspark.sql import functions as F


def nested(spark):
    return spark.createDataFrame(
        [Row(id=1, xs=[3, 1, 2], m={"a": 1, "b": 2}, s=Row(x=1, y="u")), Row(id=2, xs=[], m={}, s=Row(x=None, y="v")), Row(id=3, xs=None, m=None, s=None)],
        "id INT, xs ARRAY<INT>, m MAP<STRING, INT>, s STRUCT<x: INT, y: STRING>")


@program
def nested_access(see):
    df = nested(see.spark)
    see(df)
    see(df.where("id = 1").select(df.xs[0], df.m["a"], df.s.x, F.col("s.y"), df.s["x"], df.m.getItem("b"), df.s.getField("y")))
    see(df.select("s.*"))
    see(df.where("id != 2").select(F.size("xs"), F.size("m"), F.map_keys("m"), F.map_values("m"), F.element_at("m", "a"), F.get("xs", F.lit(1)), F.element_at("xs", 1)))
    see.fails(lambda: df.where("id = 2").select(df.xs[0]).collect())


@program
def explodes(see):
    df = nested(see.spark)
    see(df.select("id", F.explode("xs")))
    see(df.select("id", F.explode_outer("xs").alias("x")))
    see(df.select("id", F.posexplode("xs")))
    see(df.select("id", F.explode("m")))
    see(df.select("id", F.inline(F.array("s"))).where("id < 3"))
    see(df.select("id", F.posexplode_outer("m").alias("p", "k", "v")))


@program
def array_functions(see):
    df = nested(see.spark).where("id = 1")
    see(df.select(F.sort_array("xs"), F.sort_array("xs", False), F.array_contains("xs", 2), F.array_position("xs", 1), F.array_distinct("xs"),
                  F.array_max("xs"), F.array_min("xs"), F.reverse("xs"), F.slice("xs", 2, 2), F.concat("xs", "xs"), F.array_join("xs", "-")))
    see(df.select(F.array_union("xs", F.array(F.lit(9))), F.array_except("xs", F.array(F.lit(1))), F.array_intersect("xs", F.array(F.lit(1), F.lit(7))),
                  F.arrays_overlap("xs", F.array(F.lit(7))), F.flatten(F.array("xs", "xs")), F.array_repeat("id", 3), F.sequence(F.lit(1), F.lit(5), F.lit(2)),
                  F.arrays_zip("xs", "xs"), F.array_remove("xs", 3), F.array_append("xs", 5), F.array_compact(F.array(F.lit(None), F.lit(1)))))


@program
def higher_order(see):
    df = nested(see.spark).where("id = 1")
    see(df.select(F.transform("xs", lambda x: x * 2), F.transform("xs", lambda x, i: x + i), F.filter("xs", lambda x: x > 1),
                  F.exists("xs", lambda x: x == 3), F.forall("xs", lambda x: x > 0), F.aggregate("xs", F.lit(0), lambda a, x: a + x),
                  F.aggregate("xs", F.lit(0), lambda a, x: a + x, lambda a: a * 10), F.zip_with("xs", "xs", lambda x, y: x * y)))
    see(df.select(F.map_filter("m", lambda k, v: v > 1), F.transform_keys("m", lambda k, v: F.upper(k)), F.transform_values("m", lambda k, v: v * 10),
                  F.map_zip_with("m", "m", lambda k, a, b: a + b), F.array_sort("xs", lambda a, b: b - a)))
    see(df.select(F.expr("transform(xs, x -> transform(xs, y -> x * y))")))
    see(df.select(F.transform("xs", lambda x: F.transform("xs", lambda y: x + y))))


@program
def struct_fields(see):
    df = nested(see.spark).where("id < 3")
    see(df.select(df.s.withField("z", F.lit(9)), df.s.withField("x", F.lit("one")), df.s.dropFields("x")))
    see(df.select(F.struct("id", F.col("s.x").alias("q")).alias("t")).select("t.*"))
    see(df.select(F.named_struct(F.lit("a"), df.id, F.lit("b"), F.lit(True))))
    see.fails(lambda: df.select(df.s.dropFields("x", "y")).collect())
    see.fails(lambda: df.select("s.nothing").collect())


@program
def map_functions(see):
    df = nested(see.spark).where("id = 1")
    see(df.select(F.create_map(F.lit("k"), "id"), F.map_concat("m", F.create_map(F.lit("z"), F.lit(0))), F.map_from_arrays(F.array(F.lit("p")), F.array("id")),
                  F.map_entries("m"), F.map_from_entries(F.array(F.struct(F.lit("e"), F.lit(1)))), F.map_contains_key("m", "a")))
    see.fails(lambda: df.select(F.create_map(F.lit(1), F.lit(2), F.lit(1), F.lit(3))).collect())


@program
def json_functions(see):
    df = see.spark.createDataFrame([('{"a": 1, "b": [1, 2], "c": {"d": "x"}}',), ("bad",), (None,)], "j STRING")
    see(df.select(F.get_json_object("j", "$.c.d"), F.from_json("j", "a INT, b ARRAY<INT>"), F.json_tuple("j", "a", "b")))
    see(df.limit(1).select(F.to_json(F.struct(F.lit(1).alias("x"), F.array(F.lit("y")).alias("l"))), F.schema_of_json(F.lit('{"a": 1}'))))


@program
@since("4.0")
def variants(see):
    df = see.spark.createDataFrame([('{"a": 1, "b": [1, "x", null]}',)], "j STRING")
    parsed = df.select(F.parse_json("j").alias("v"))
    see(parsed.select(F.variant_get("v", "$.a", "int"), F.variant_get("v", "$.b[1]", "string"), F.try_variant_get("v", "$.b", "int"), F.schema_of_variant("v")))
    see(parsed.select(F.to_json("v"), F.is_variant_null(F.parse_json(F.lit("null")))))
    see(parsed)
