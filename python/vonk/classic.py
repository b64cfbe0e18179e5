"""classic: what programs written for Spark with a JVM use beside DataFrames, on a Spark Connect session of Vonk.

    SparkSession.builder.master("local[*]")     is accepted
    spark.sparkContext                          setLogLevel, appName, master, version, applicationId, uiWebUrl, defaultParallelism
    spark.newSession()                          for clients that do not have it
    df.rdd                                      getNumPartitions, collect, take, map, flatMap, filter, foreach

Anything else is an error that names the DataFrame way. The functions of df.rdd run in this process, over rows that are fetched
as they are needed. install() puts this into the installed client, for sessions that adopt() has named, or for all of this process.
"""
import re
import weakref

LOG_LEVELS = ("ALL", "DEBUG", "ERROR", "FATAL", "INFO", "OFF", "TRACE", "WARN")

# What to write instead, by the name that is missing.
INSTEAD_OF_RDD = {
    "aggregate": "df.agg(...)", "aggregateByKey": "df.groupBy(key).agg(...)", "cache": "df.cache()", "cartesian": "df.crossJoin(other)",
    "coalesce": "df.coalesce(n)", "cogroup": "df.groupBy(key).cogroup(other.groupBy(key)).applyInPandas(...)", "count": "df.count()",
    "countByKey": "df.groupBy(key).count()", "countByValue": "df.groupBy(*df.columns).count()", "distinct": "df.distinct()",
    "first": "df.first()", "fold": "df.agg(...)", "foldByKey": "df.groupBy(key).agg(...)", "foreachPartition": "df.foreachPartition(f)",
    "groupBy": "df.groupBy(...)", "groupByKey": "df.groupBy(key).agg(collect_list(...))", "isEmpty": "df.isEmpty()", "join": "df.join(other, key)",
    "keyBy": "df.withColumn('key', ...)", "keys": "df.select(key)", "leftOuterJoin": "df.join(other, key, 'left')", "mapPartitions": "df.mapInPandas(...) or df.mapInArrow(...)",
    "mapPartitionsWithIndex": "df.withColumn('p', spark_partition_id()).mapInPandas(...)", "mapValues": "df.withColumn(...)", "max": "df.agg(max(...))",
    "mean": "df.agg(avg(...))", "min": "df.agg(min(...))", "partitionBy": "df.repartition(n, key)", "persist": "df.persist()", "reduce": "df.agg(...)",
    "reduceByKey": "df.groupBy(key).agg(...)", "repartition": "df.repartition(n)", "sample": "df.sample(...)", "saveAsTextFile": "df.write.text(path)",
    "sortBy": "df.orderBy(...)", "sortByKey": "df.orderBy(key)", "subtract": "df.subtract(other)", "sum": "df.agg(sum(...))", "takeOrdered": "df.orderBy(...).take(n)",
    "toDF": "the DataFrame itself", "toLocalIterator": "df.toLocalIterator()", "top": "df.orderBy(desc(...)).take(n)", "union": "df.union(other)",
    "unpersist": "df.unpersist()", "values": "df.select(value)", "zipWithIndex": "df.withColumn('i', row_number().over(...))",
    "zipWithUniqueId": "df.withColumn('id', monotonically_increasing_id())",
}
INSTEAD_OF_CONTEXT = {
    "accumulator": "df.observe(...) or an aggregate", "addFile": "spark.addArtifact(path, file=True)", "addPyFile": "spark.addArtifact(path, pyfile=True)",
    "binaryFiles": "spark.read.format('binaryFile').load(path)", "broadcast": "a Python variable, which functions take along, or functions.broadcast(df) in a join",
    "cancelAllJobs": "spark.interruptAll()", "cancelJobGroup": "spark.interruptTag(tag)", "emptyRDD": "spark.createDataFrame([], schema)",
    "getConf": "spark.conf", "parallelize": "spark.createDataFrame(rows, schema)", "range": "spark.range(...)", "setJobGroup": "spark.addTag(tag)",
    "setCheckpointDir": "df.localCheckpoint()", "setLocalProperty": "spark.conf.set(key, value)", "statusTracker": "spark.registerProgressHandler(handler)",
    "textFile": "spark.read.text(path)", "union": "df.union(other)", "wholeTextFiles": "spark.read.text(path, wholetext=True)",
}


def not_offered(what, instead):
    """An error that hasattr() takes for a missing attribute, and that names what to write instead."""
    from pyspark.errors import PySparkAttributeError, PySparkNotImplementedError

    class NotOffered(PySparkNotImplementedError, PySparkAttributeError):
        """A part of Spark's older interface that needs a JVM."""

    advice = f"use {instead}" if instead else "use the DataFrame API"
    return NotOffered(f"[NOT_IMPLEMENTED] {what} needs a JVM, which Vonk does not have: {advice}.")


class ClassicRDD:
    """The rows of a DataFrame with Python functions over them: lazy, in the order of the partitions."""

    def __init__(self, df, steps=()):
        self._df, self._steps = df, tuple(steps)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise not_offered(f"df.rdd.{name}", INSTEAD_OF_RDD.get(name))

    def _with(self, kind, function):
        return ClassicRDD(self._df, (*self._steps, (kind, function)))

    def _items(self, rows):
        for kind, function in self._steps:
            rows = apply_step(kind, function, rows)
        return rows

    def map(self, f, preservesPartitioning=False):
        return self._with("map", f)

    def flatMap(self, f, preservesPartitioning=False):
        return self._with("flatMap", f)

    def filter(self, f):
        return self._with("filter", f)

    def collect(self):
        return list(self._items(iter(self._df.collect())))

    def take(self, num):
        if not self._steps:
            return self._df.take(num)
        found = []
        for item in self._items(self._df.toLocalIterator()) if num > 0 else ():
            found.append(item)
            if len(found) == num:
                break
        return found

    def foreach(self, f):
        for item in self._items(self._df.toLocalIterator()):
            f(item)

    def getNumPartitions(self):
        def one_row(batches):
            """Runs in a worker, which does not know this module, once for each partition, even an empty one."""
            import pyarrow
            for _ in batches:
                pass
            yield pyarrow.RecordBatch.from_pydict({"n": pyarrow.array([1], pyarrow.int32())})
        return self._df.mapInArrow(one_row, "n INT").count()


def apply_step(kind, function, rows):
    """One step over an iterator; a function of its own so that each keeps its FUNCTION."""
    if kind == "map":
        return (function(row) for row in rows)
    if kind == "filter":
        return (row for row in rows if function(row))
    return (item for row in rows for item in function(row))


class ClassicContext:
    """spark.sparkContext."""

    def __init__(self, spark):
        self._spark = spark

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise not_offered(f"spark.sparkContext.{name}", INSTEAD_OF_CONTEXT.get(name))

    def _setting(self, key, fallback=None):
        return self._spark.conf.get(key, fallback)

    def setLogLevel(self, logLevel):
        """Checked and taken; the server writes its log by its own settings."""
        if str(logLevel).upper() not in LOG_LEVELS:
            raise ValueError(f"Supplied level {logLevel} did not match one of: {','.join(LOG_LEVELS)}")

    @property
    def appName(self):
        return self._setting("spark.app.name", "vonk")

    @property
    def master(self):
        return self._setting("spark.master", "local[*]")

    @property
    def version(self):
        return self._spark.version

    @property
    def applicationId(self):
        return self._setting("spark.app.id", f"local-{self._spark._session_id}")

    @property
    def uiWebUrl(self):
        return self._setting("spark.ui.webUrl")

    @property
    def defaultParallelism(self):
        named = self._setting("spark.default.parallelism")
        return int(named) if named else threads_of(self.master)

    def stop(self):
        self._spark.stop()


def threads_of(master):
    """local, local[N], local[*], local[N, failures]: how many threads."""
    import os
    found = re.fullmatch(r"local(?:\[\s*([0-9]+|\*)\s*(?:,.*)?\])?", master or "")
    if found and found.group(1) is None:
        return 1
    return int(found.group(1)) if found and found.group(1) != "*" else len(os.sched_getaffinity(0))


class Adopted:
    """The sessions that get the classic interface."""

    def __init__(self):
        self.everyone, self.installed, self.sessions = False, False, weakref.WeakSet()

    def __contains__(self, spark):
        return self.everyone or spark in self.sessions


adopted = Adopted()


def adopt(spark):
    """Gives SPARK, and its DataFrames, the classic interface."""
    adopted.sessions.add(spark)


def refuse(spark_class_name, name):
    """What the client itself says without us."""
    from pyspark.errors import PySparkAttributeError
    return PySparkAttributeError(f"[JVM_ATTRIBUTE_NOT_SUPPORTED] Attribute `{name}` of {spark_class_name} needs a JVM.")


def context_of(spark):
    if spark not in adopted:
        raise refuse("SparkSession", "sparkContext")
    return ClassicContext(spark)


def rdd_of(df):
    if df._session not in adopted:
        raise refuse("DataFrame", "rdd")
    return ClassicRDD(df)


def new_session(spark):
    """A session of the same user on the same server, with settings and temporary views of its own."""
    if spark not in adopted:
        raise refuse("SparkSession", "newSession")
    made = type(spark)(spark.client._builder, userId=spark.client._user_id)
    adopt(made)
    return made


def forget_master(builder):
    """The server decides about its threads; the client refuses a master beside a remote address."""
    builder._options.pop("spark.master", None)


def without_master(method):
    """METHOD of a builder, with the master left out before and after."""
    import functools

    @functools.wraps(method)
    def call(builder, *arguments, **named):
        forget_master(builder)
        found = method(builder, *arguments, **named)
        if found is builder:
            forget_master(builder)
        return found
    return call


def patch_builder(builder_class):
    """Lets SparkSession.builder take a master."""
    builder_class.master = lambda builder, master: builder
    for name in ("config", "getOrCreate", "create", "remote", "appName", "_validate_startup_urls"):
        method = getattr(builder_class, name, None)
        if method:
            setattr(builder_class, name, without_master(method))


def patch_package(package):
    """pyspark.SparkContext, which would start a JVM or is missing, becomes a way to the session's context."""
    class SparkContext(getattr(package, "SparkContext", object)):
        """Stands in for Spark's class of this name."""

        def __init__(self, *arguments, **named):
            raise not_offered("SparkContext(...)", "SparkSession.builder.getOrCreate(), then spark.sparkContext")

        @classmethod
        def getOrCreate(cls, conf=None):
            from pyspark.sql import SparkSession
            builder = SparkSession.builder
            return (builder.config(conf=conf) if conf else builder).getOrCreate().sparkContext
    package.SparkContext = SparkContext


def install(everyone=False):
    """Patches the client's Spark Connect session, once; EVERYONE: for all sessions of this process, not only adopted ones."""
    adopted.everyone = adopted.everyone or everyone
    if adopted.installed:
        return
    adopted.installed = True
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.session import SparkSession
    SparkSession.sparkContext = property(context_of)
    if not hasattr(SparkSession, "newSession"):
        SparkSession.newSession = new_session
    DataFrame.rdd = property(rdd_of)
    if everyone:
        patch_builder(SparkSession.Builder)
