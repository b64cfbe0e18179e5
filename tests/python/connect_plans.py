"""connect_plans.py: Plan messages as PySpark's Connect client makes them, without a server: lines `NAME HEX` for decode_plan.

usage: PYTHON tests/python/connect_plans.py > tests/data/connect/plans.txt     (PYTHON has pyspark[connect] 4.2)
"""
import datetime
import decimal
import sys
import types
import warnings

warnings.simplefilter("ignore")
import pyarrow as pa
import pyspark.sql.connect.proto as pb
from pyspark.sql.connect import expressions, functions as F, plan as P
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.session import SparkSession
from pyspark.sql.connect.tvf import TableValuedFunction
from pyspark.sql.connect.window import Window
from pyspark.sql import types as T


class Client:
    """Takes what would be compressed as it is, and believes that every plan has one column."""
    thread_local = types.SimpleNamespace()
    session_id = "s"
    is_closed = True

    def _set_relation_in_plan(self, plan, relation):
        plan.root.CopyFrom(relation)

    def _set_command_in_plan(self, plan, command):
        plan.command.CopyFrom(command)

    def schema(self, *_):
        return ONE_INT


class Session(SparkSession):
    def __init__(self):
        self._client = Client()
        self._session_id = "s"

    def __del__(self):
        pass


class Pickler:
    """A function's bytes say where it was written: not in a file that is kept."""
    def dumps(self, value):
        return b"pickled"


expressions.CloudPickleSerializer = P.CloudPickleSerializer = Pickler
ONE_INT = T.StructType().add("a", T.IntegerType())
session = Session()
client = session._client


def frame(plan):
    return DataFrame(plan, session)


def message(thing):
    """Of a DataFrame, a plan with a command, or a Relation, Command or Expression message."""
    if isinstance(thing, DataFrame):
        return thing._plan.to_proto(client)
    if isinstance(thing, pb.Plan):
        return thing
    plan = pb.Plan()
    if isinstance(thing, pb.Relation):
        plan.root.CopyFrom(thing)
    elif isinstance(thing, pb.Command):
        plan.command.CopyFrom(thing)
    elif isinstance(thing, pb.Expression):
        plan.root.project.expressions.append(thing)
    else:
        plan.command.CopyFrom(thing.command(client))
    return plan


def literal(**members):
    return pb.Expression(literal=pb.Expression.Literal(**members))


def columns(t, u):
    """Expressions."""
    a, b, s = F.col("a"), F.col("b"), F.col("s")
    spec = Window.partitionBy("a").orderBy(F.desc("b"))
    yield "names", t.select("x", "y.`z.w`", "`p``q`", t["x"], "*", "s.*", t["*"], t.colRegex("`x.*`"), t.colRegex("t.`x.*`"), t.metadataColumn("_m"))
    yield "operators", t.select(a + 1, a - b, a * 2.5, a / b, a % 3, a ** 2, -a, a == b, a != b, a < b, a.eqNullSafe(b), a & b, a | ~b, a.bitwiseAND(b), b.like("x%"))
    yield "predicates", t.filter(a.isin(1, 2, 3) & b.isNull() | a.between(1, 5) & b.contains("x") & b.startswith("y") & a.isNaN())
    yield "literals", t.select(*map(F.lit, [None, True, 7, 1 << 40, 1.5, "text", b"\0\1", decimal.Decimal("12.340"), datetime.date(2024, 2, 29), [1, 2]]),
                               F.lit(datetime.timedelta(days=1, seconds=2)), F.lit(datetime.time(1, 2, 3)))
    yield "functions", t.select(F.count_distinct("a"), F.sum_distinct("b"), F.call_function("`x y`.f", a), F.expr("a + 1 AS c"), F.upper(s))
    yield "case", t.select(F.when(a > 1, "x").when(a > 0, "y").otherwise(None))
    yield "nested", t.select(F.col("m")["k"], s.getField("f"), F.col("l")[0], s.withField("q.r", F.lit(1)).dropFields("z"))
    yield "cast", t.select(a.cast("int"), a.cast(T.DecimalType(12, 3)), a.try_cast("array<string>"), a.cast(T.MapType(T.StringType("UTF8_LCASE"), T.TimeType(3))))
    yield "types", t.select(*(a.cast(each) for each in (
        T.NullType(), T.BinaryType(), T.BooleanType(), T.ByteType(), T.ShortType(), T.LongType(), T.FloatType(), T.DoubleType(), T.StringType(), T.CharType(3),
        T.VarcharType(4), T.DateType(), T.TimestampType(), T.TimestampNTZType(), T.CalendarIntervalType(), T.YearMonthIntervalType(0, 0), T.DayTimeIntervalType(1, 3),
        T.VariantType(), T.StructType().add("x", T.IntegerType(), False, {"comment": "c"}).add("y", T.ArrayType(T.LongType(), False)))))
    yield "lambda", t.select(F.transform("l", lambda v, i: v + i), F.aggregate("l", F.lit(0), lambda x, y: x + y, lambda x: x * 2))
    yield "window", t.select(F.row_number().over(spec), F.sum("x").over(spec.rowsBetween(-2, Window.currentRow)),
                             F.sum("x").over(Window.orderBy(a.asc_nulls_last()).rangeBetween(Window.unboundedPreceding, 3)), F.count("*").over(Window.partitionBy()))
    yield "alias", t.select(a.alias("x", metadata={"k": 1}), F.explode("m").alias("k", "v"))
    yield "udf", t.select(F.udf(lambda x: x, T.IntegerType())(a, b), F.udf(lambda x: x, T.ArrayType(T.IntegerType()))(s).alias("z"))
    yield "subqueries", t.filter(F.col("x") > u.agg(F.max("y")).scalar()).filter(u.filter(F.col("z") == t["x"].outer()).exists()).filter(F.col("x").isin(u.select("k")))
    origin = pb.Expression(unresolved_attribute=pb.Expression.UnresolvedAttribute(unparsed_identifier="a`b"))
    origin.common.origin.python_origin.fragment = "col"
    origin.common.origin.python_origin.call_site = "script.py:3"
    yield "origin", origin


def literals():
    """Literals that other clients send."""
    numbers, texts = pb.Expression.Literal(), pb.Expression.Literal()
    numbers.data_type.array.element_type.long.SetInParent()
    numbers.specialized_array.longs.values.extend([1, -2, 1 << 40])
    texts.data_type.array.element_type.string.SetInParent()
    texts.data_type.array.contains_null = True
    for value in ("a", None):
        element = texts.array.elements.add()
        if value:
            element.string = value
        else:
            element.null.SetInParent()
    record = pb.Expression.Literal()
    record.data_type.struct.fields.add(name="d", data_type=pb.DataType(decimal=pb.DataType.Decimal(precision=5, scale=2)))
    record.data_type.struct.fields.add(name="m", nullable=True, data_type=pb.DataType(map=pb.DataType.Map(
        key_type=pb.DataType(string=pb.DataType.String()), value_type=pb.DataType(integer=pb.DataType.Integer()))))
    record.struct.elements.add(decimal=pb.Expression.Literal.Decimal(value="1.5"))
    inner = record.struct.elements.add()
    inner.map.keys.add(string="k")
    inner.map.values.add(integer=5)
    interval = pb.Expression.Literal(calendar_interval=pb.Expression.Literal.CalendarInterval(months=14, days=-3, microseconds=1500000))
    months = pb.Expression.Literal(year_month_interval=15)
    zone = pb.Expression.Literal(timestamp=1700000000000000)
    plan = pb.Relation()
    plan.project.expressions.extend(pb.Expression(literal=each) for each in (numbers, texts, record, interval, months, zone, pb.Expression.Literal(byte=-3),
                                                                            pb.Expression.Literal(timestamp_ntz=-1), pb.Expression.Literal(float=0.1)))
    yield "more_literals", plan
    yield "array_without_type", literal(array=pb.Expression.Literal.Array())
    wrong = pb.Expression.Literal(integer=1)
    wrong.data_type.string.SetInParent()
    yield "literal_of_another_type", pb.Expression(literal=wrong)
    yield "decimal_text", literal(decimal=pb.Expression.Literal.Decimal(value="1x"))
    yield "decimal_too_long", literal(decimal=pb.Expression.Literal.Decimal(value="1" * 40))


def relations(t, u):
    """One of each kind, where `columns` has none."""
    yield "read_source", frame(P.DataSource("csv", "a int", {"header": "true", "sep": ";"}, ["/p", "/q"]))
    yield "read_named_options", frame(P.Read("c.d.t", {"k": "v"}))
    yield "range", frame(P.Range(0, 10, 2, 3))
    table = pa.table({"x": [1]})
    local = frame(P.LocalRelation(table, "x INT"))
    local_message = message(local)
    local_message.root.local_relation.data = b"arrow"
    yield "local", local_message
    yield "local_empty", frame(P.LocalRelation(None, '{"type":"struct","fields":[]}'))
    yield "local_chunked", frame(P.ChunkedCachedLocalRelation(["11", "22"], "a INT"))
    yield "sql", frame(P.SQL("SELECT :x, ?", None, {"x": F.lit(1)}))
    yield "sql_positional", frame(P.SQL("SELECT ?", [F.lit(1), F.expr("2")], None))
    yield "sql_over_views", frame(P.SQL("SELECT * FROM v", None, None, [P.SubqueryAlias(u._plan, "v")]))
    yield "sort", t.sort(F.desc("a"), "b").sortWithinPartitions("c")
    yield "limit", t.offset(5).limit(3)
    yield "tail", frame(P.Tail(t._plan, 4))
    yield "group", t.groupBy("a", F.col("b").alias("bb")).agg(F.sum("x").alias("s"))
    yield "rollup", t.rollup("a", "b").count()
    yield "cube", t.cube("a", "b").agg(F.grouping_id())
    yield "grouping_sets", t.groupingSets([("a",), ("b", "a"), ()], "a", "b").agg(F.sum("x"))
    yield "pivot", t.groupBy("a").pivot("p", ["u", "v"]).agg(F.sum("x"))
    yield "pivot_of_all", t.groupBy().pivot("p").agg(F.sum("x"), F.max("y"))
    yield "join", t.join(u, ["id"], "left").join(u.alias("q"), t["x"] == u["y"], "semi").crossJoin(u)
    yield "join_as_of", t._joinAsOf(u, "x", "y", ["id"], how="left", tolerance=F.lit(2), allowExactMatches=False, direction="nearest")
    yield "join_lateral", t.lateralJoin(u.filter(F.col("y") == t["x"].outer()), None, "left")
    yield "set_operations", t.union(u).unionByName(u, True).intersect(u).exceptAll(u).subtract(u)
    yield "distinct", t.distinct().dropDuplicates(["a", "b"])
    yield "sample", t.sample(True, 0.5, 42)
    yield "random_split", t.randomSplit([1.0, 3.0], 7)[1]
    yield "repartition", t.repartition(4).coalesce(2).repartition(3, "a").repartitionByRange(5, F.desc("a")).repartition("b")
    yield "to_df", frame(P.ToDF(t._plan, ["x", "y"]))
    yield "with_columns", t.withColumns({"x": F.lit(1), "y": F.col("x") + 1})
    yield "renamed", t.withColumnsRenamed({"a": "b", "c": "d"}).withColumnRenamed("x", "y.z")
    yield "drop", t.drop("a", F.col("b.c"))
    yield "hint", t.hint("broadcast").hint("rebalance", 3, "a")
    yield "unpivot", t.unpivot("id", ["a", "b"], "k", "v").unpivot("id", None, "k", "v")
    yield "transpose", t.transpose("a").transpose()
    yield "to_schema", t.to(ONE_INT)
    yield "show", frame(P.ShowString(t._plan, 20, 5, True))
    yield "html", frame(P.HtmlString(t._plan, 20, 5))
    yield "observe", t.observe("o", F.count("*").alias("n"), F.max("a"))
    yield "parse", frame(P.Parse(t._plan, pb.Parse.ParseFormat.PARSE_FORMAT_JSON, ONE_INT.json(), {"mode": "x"}))
    yield "fill_na", t.fillna(1, ["a"]).fillna({"a": 1, "b": "x"})
    yield "drop_na", t.dropna("all", subset=["a"]).dropna(thresh=2)
    yield "replace", t.replace([1, 2], [3, 4], ["a"]).replace("x", None)
    yield "summary", t.summary("min", "50%").describe("a")
    yield "crosstab", t.crosstab("a", "b")
    yield "covariance", frame(P.StatCov(t._plan, "a", "b"))
    yield "correlation", frame(P.StatCorr(t._plan, "a", "b", "pearson"))
    yield "quantile", frame(P.StatApproxQuantile(t._plan, ["a"], [0.25, 0.5], 0.01))
    yield "freq_items", t.freqItems(["a", "b"], 0.4)
    yield "sample_by", t.sampleBy("a", {1: 0.5, 2: 0.25}, 3)
    yield "map_partitions", t.mapInPandas(lambda x: x, ONE_INT).mapInArrow(lambda x: x, ONE_INT, barrier=True)
    yield "group_map", t.groupBy("a").applyInPandas(lambda x: x, ONE_INT)
    yield "co_group_map", t.groupBy("a").cogroup(u.groupBy("b")).applyInArrow(lambda x, y: x, ONE_INT)
    yield "table_function", TableValuedFunction(session).explode(F.array(F.lit(1)))
    yield "cached_remote", pb.Relation(cached_remote_relation=pb.CachedRemoteRelation(relation_id="id"))
    for call in (P.CurrentDatabase(), P.SetCurrentDatabase("d"), P.ListTables("d", "x*"), P.GetTable("t"), P.CreateTable("t", "/p", "csv", "about", ONE_INT, {"k": "v"}),
                 P.ListCatalogs(), P.DropTable("t", True, False), P.DropDatabase("d", True, True), P.CreateDatabase("d", True, {"k": "v"}), P.AnalyzeTable("t", True), P.RefreshByPath("/p")):
        yield "catalog_" + type(call).__name__, frame(call)


def commands(t, u):
    yield "write", write(t._plan, source="parquet", path="/p", mode="append", options={"k": "v"}, partitioning_cols=["a"])
    yield "write_table", write(t._plan, table_name="d.t", table_save_method="save_as_table", mode="overwrite", num_buckets=4, bucket_cols=["b"], sort_cols=["c"])
    yield "insert_into", write(t._plan, table_name="t", table_save_method="insert_into")
    second = P.WriteOperationV2(t._plan, "d.t")
    second.provider, second.mode, second.partitioning_columns = "parquet", "overwrite", [F.years("a")]
    second.overwrite_condition, second.table_properties = (F.col("a") > 1), {"p": "q"}
    yield "write_to", second
    yield "view", P.CreateView(t._plan, "v", False, True)
    yield "global_view", P.CreateView(t._plan, "v", True, False)
    yield "sql_command", P.SQL("INSERT INTO t VALUES (:x)", None, {"x": F.lit(1)})
    old = pb.Command()
    old.sql_command.sql = "SELECT ?"
    old.sql_command.pos_args.add(integer=3)
    yield "sql_command_of_old_clients", old
    yield "checkpoint", P.Checkpoint(t._plan, True, False, None)
    yield "remove_checkpoint", P.RemoveRemoteCachedRelation(P.CachedRemoteRelation("id", session))
    yield "resources", pb.Command(get_resources_command=pb.GetResourcesCommand())
    function = pb.Command()
    function.register_function.function_name = "f"
    function.register_function.deterministic = True
    function.register_function.python_udf.output_type.unparsed.data_type_string = "a int, b string"
    function.register_function.python_udf.eval_type = 100
    function.register_function.python_udf.command = b"pickled"
    yield "register_function", function


def write(child, **members):
    operation = P.WriteOperation(child)
    for name, value in members.items():
        assert hasattr(operation, name), name
        setattr(operation, name, value)
    return operation


def wrong():
    """What no client should send, and what is refused."""
    star = pb.Expression(unresolved_star=pb.Expression.UnresolvedStar(unparsed_target="a"))
    yield "plan_of_nothing", pb.Plan()
    yield "relation_of_nothing", pb.Relation(common=pb.RelationCommon(plan_id=1))
    yield "filter_of_nothing", pb.Relation(filter=pb.Filter(condition=star))
    yield "expression_of_nothing", pb.Expression()
    yield "command_of_nothing", pb.Command()
    yield "catalog_of_nothing", pb.Relation(catalog=pb.Catalog())
    yield "read_of_nothing", pb.Relation(read=pb.Read())
    yield "type_of_nothing", pb.Expression(cast=pb.Expression.Cast(expr=literal(integer=1), type=pb.DataType()))
    yield "star_target", star
    yield "name", pb.Expression(unresolved_attribute=pb.Expression.UnresolvedAttribute(unparsed_identifier="a..b"))
    yield "lambda_of_nothing", pb.Expression(lambda_function=pb.Expression.LambdaFunction(function=star))
    yield "window_of_nothing", pb.Expression(window=pb.Expression.Window())
    yield "join_type", pb.Relation(join=pb.Join(left=pb.Relation(range=pb.Range(step=1)), right=pb.Relation(range=pb.Range(step=1))))
    yield "reference", pb.Expression(subquery_expression=pb.SubqueryExpression(plan_id=9, subquery_type=1))
    yield "watermark", pb.Relation(with_watermark=pb.WithWatermark())
    yield "scala_function", pb.Expression(common_inline_user_defined_function=pb.CommonInlineUserDefinedFunction(scalar_scala_udf=pb.ScalarScalaUDF()))
    yield "extension", pb.Relation(extension={"type_url": "x/y.Z"})
    yield "merge", pb.Command(merge_into_table_command=pb.MergeIntoTableCommand(target_table_name="a.b"))
    yield "stream", pb.Command(streaming_query_command=pb.StreamingQueryCommand())
    yield "geometry", pb.Expression(literal=pb.Expression.Literal(null=pb.DataType(geometry=pb.DataType.Geometry(srid=0))))
    deep = literal(integer=1)
    for _ in range(40):
        deep = pb.Expression(alias=pb.Expression.Alias(expr=deep, name=["a"]))
    yield "deep", deep


def main():
    t, u = frame(P.Read("a.`b c`")), frame(P.Read("u"))
    for group in (columns(t, u), literals(), relations(t, u), commands(t, u), wrong()):
        for name, thing in group:
            sys.stdout.write(f"{name} {message(thing).SerializeToString(deterministic=True).hex()}\n")


if __name__ == "__main__":
    main()
