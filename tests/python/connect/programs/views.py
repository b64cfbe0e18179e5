"""views.py: temporary views, SQL with arguments, the catalog, settings."""
import datetime

from play import program, since
from pyspark.sql import functions as F
from tables import orders, people


@program
def temp_views(see):
    spark, df = see.spark, people(see.spark)
    df.createOrReplaceTempView("t")
    see(spark.sql("SELECT region, count(*) AS n FROM t GROUP BY region ORDER BY region"))
    see(spark.table("t").where("id = 1"))
    spark.table("t").where("id > 3").createOrReplaceTempView("t")
    see(spark.sql("SELECT id FROM t"))
    spark.sql("SELECT id * 10 AS id FROM t").createOrReplaceTempView("t")
    see(spark.table("t"))
    see.fails(lambda: df.createTempView("t"))
    see.value(spark.catalog.dropTempView("t"))
    see.value(spark.catalog.dropTempView("t"))
    see.fails(lambda: spark.table("t").collect())


@program
def views_keep_what_they_saw(see):
    spark = see.spark
    spark.range(3).createOrReplaceTempView("v")
    df = spark.table("v")
    spark.range(10, 12).createOrReplaceTempView("v")
    see(df)
    see(spark.table("v"))


@program
def global_views(see):
    spark = see.spark
    people(spark).createOrReplaceGlobalTempView("smoke_people")
    see(spark.sql("SELECT count(*) FROM global_temp.smoke_people"))
    see.fails(lambda: people(spark).createGlobalTempView("smoke_people"))
    see.fails(lambda: spark.sql("SELECT * FROM smoke_people").collect())
    see.value(spark.catalog.dropGlobalTempView("smoke_people"))
    see.fails(lambda: spark.table("global_temp.smoke_people").collect())


@program
def sql_with_arguments(see):
    spark = see.spark
    see(spark.sql("SELECT :a AS a, :b AS b", args={"a": 1, "b": "x"}))
    see(spark.sql("SELECT * FROM range(10) WHERE id > ? AND id < ?", args=[6, 9]))
    see(spark.sql("SELECT :d AS d, :n AS n", args={"d": datetime.date(2024, 1, 2), "n": None}))
    see.fails(lambda: spark.sql("SELECT :missing", args={"a": 1}).collect())
    see.fails(lambda: spark.sql("SELECT ?", args=[]).collect())


@program
@since("4.0")
def sql_with_frames(see):
    see(see.spark.sql("SELECT {x} AS x, count(*) AS n FROM {t}", x=7, t=people(see.spark)))


@program
@since("4.0")
def sql_with_columns_as_arguments(see):
    see(see.spark.sql("SELECT element_at(:m, 'a') AS x, :xs AS xs", args={"m": F.create_map(F.lit("a"), F.lit(1)), "xs": F.array(F.lit(1), F.lit(2))}))


@program
def sql_commands(see):
    spark = see.spark
    see(spark.sql("CREATE OR REPLACE TEMP VIEW w AS SELECT 1 AS x"))
    see(spark.sql("SHOW VIEWS").select("viewName", "isTemporary").where("viewName = 'w'"))
    see(spark.sql("DESCRIBE w"))
    see(spark.sql("SET spark.sql.shuffle.partitions"))
    see(spark.sql("SET x.y = z"))
    see.value(spark.conf.get("x.y"))
    see(spark.sql("VALUES (1, 'a'), (2, 'b') AS t(x, y)"))
    see(spark.sql("WITH q AS (SELECT 1 AS a) SELECT * FROM q"))
    see(spark.sql("DROP VIEW w"))


@program
def sql_then_frame(see):
    df = see.spark.sql("SELECT id, id % 2 AS odd FROM range(6)")
    see(df.groupBy("odd").agg(F.sum("id")).orderBy("odd"))
    see(df.join(see.spark.sql("SELECT 4 AS id"), "id"))


@program
def catalog_databases(see):
    catalog = see.spark.catalog
    see.value(catalog.currentCatalog())
    see.value(catalog.currentDatabase())
    see.value(catalog.databaseExists("default"))
    see.value(catalog.databaseExists("nowhere"))
    see.spark.sql("CREATE DATABASE IF NOT EXISTS smoke_db COMMENT 'for the test'")
    catalog.setCurrentDatabase("smoke_db")
    see.value(catalog.currentDatabase())
    found = catalog.getDatabase("smoke_db")
    see.value([found.name, found.catalog, found.description])
    see.value([database.name for database in catalog.listDatabases("smoke*")])
    catalog.setCurrentDatabase("default")
    see.spark.sql("DROP DATABASE smoke_db CASCADE")
    see.fails(lambda: catalog.setCurrentDatabase("nowhere"))
    see.fails(lambda: catalog.getDatabase("nowhere"))


@program
def catalog_tables(see):
    spark, catalog = see.spark, see.spark.catalog
    spark.sql("DROP TABLE IF EXISTS smoke_t")
    people(spark).write.saveAsTable("smoke_t")
    people(spark).createOrReplaceTempView("smoke_v")
    see.value([(table.name, table.catalog, table.namespace, table.tableType, table.isTemporary) for table in sorted(catalog.listTables(), key=lambda t: t.name) if table.name.startswith("smoke")])
    see.value(catalog.tableExists("smoke_t"))
    see.value(catalog.tableExists("default.smoke_t"))
    see.value(catalog.tableExists("nothing"))
    found = catalog.getTable("smoke_t")
    see.value([found.name, found.tableType, found.isTemporary])
    see.value([(column.name, column.dataType, column.nullable, column.isPartition) for column in catalog.listColumns("smoke_t")])
    see.value([(column.name, column.dataType) for column in catalog.listColumns("smoke_v")])
    spark.sql("DROP TABLE smoke_t")
    see.fails(lambda: catalog.getTable("smoke_t"))
    see.fails(lambda: catalog.listColumns("smoke_t"))


@program
def catalog_functions(see):
    catalog = see.spark.catalog
    see.value(catalog.functionExists("upper"))
    see.value(catalog.functionExists("no_such_function"))
    see.value(sorted(function.name for function in catalog.listFunctions(pattern="bit_c*")))
    found = catalog.getFunction("upper")
    see.value([found.name, found.isTemporary])
    see.fails(lambda: catalog.getFunction("no_such_function"))


@program
def catalog_catalogs(see):
    catalog = see.spark.catalog
    see.value([found.name for found in catalog.listCatalogs()])
    catalog.setCurrentCatalog("spark_catalog")
    see.value(catalog.currentCatalog())
    see.fails(lambda: catalog.setCurrentCatalog("nowhere"))


@program
def settings(see):
    conf = see.spark.conf
    see.value(conf.get("spark.sql.shuffle.partitions"))
    conf.set("spark.sql.shuffle.partitions", "7")
    see.value(conf.get("spark.sql.shuffle.partitions"))
    conf.unset("spark.sql.shuffle.partitions")
    see.value(conf.get("spark.sql.shuffle.partitions"))
    conf.set("my.own", True)
    see.value(conf.get("my.own"))
    see.value(conf.get("not.there", "fallback"))
    see.value(conf.get("not.there", None))
    see.fails(lambda: conf.get("not.there"))
    see.value(conf.isModifiable("spark.sql.shuffle.partitions"))
    see.value(conf.isModifiable("spark.sql.warehouse.dir"))
    see.fails(lambda: conf.set("spark.sql.warehouse.dir", "/x"))
    see.fails(lambda: conf.set("spark.sql.shuffle.partitions", "many"))
    see.fails(lambda: conf.set("spark.executor.memory", "1g"))


@program
def ansi_setting(see):
    spark = see.spark
    see.fails(lambda: spark.sql("SELECT 1 / 0").collect())
    spark.conf.set("spark.sql.ansi.enabled", "false")
    see(spark.sql("SELECT 1 / 0, CAST('x' AS INT)"))
    spark.conf.set("spark.sql.ansi.enabled", True)
    see.fails(lambda: spark.sql("SELECT CAST('x' AS INT)").collect())


@program
def time_zone_setting(see):
    spark = see.spark
    df = spark.sql("SELECT TIMESTAMP'2024-07-01 12:00:00 UTC' AS t, CAST(TIMESTAMP'2024-07-01 12:00:00 UTC' AS STRING) AS s")
    see(df)
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    see(df.select("s"))
    see(spark.sql("SELECT CAST(TIMESTAMP'2024-07-01 12:00:00 UTC' AS STRING) AS s, hour(TIMESTAMP'2024-07-01 12:00:00 UTC')"))


@program
def sessions(see):
    see.value(see.spark.version)
    see.value(len(see.spark.session_id) if hasattr(see.spark, "session_id") else 36)
    other = type(see.spark).builder.remote(see.remote).create()
    people(see.spark).createOrReplaceTempView("mine")
    see.fails(lambda: other.table("mine").collect())
    other.conf.set("my.key", "1")
    see.value(see.spark.conf.get("my.key", "none"))
    other.stop()
    see.value(see.spark.table("mine").count())


@program
def tags_and_interrupts(see):
    spark = see.spark
    spark.addTag("one")
    spark.addTag("two")
    see.value(sorted(spark.getTags()))
    spark.removeTag("one")
    see.value(sorted(spark.getTags()))
    spark.clearTags()
    see.value(sorted(spark.getTags()))
    see.value(spark.interruptAll())
    see.value(spark.interruptTag("none"))
    see.fails(lambda: spark.addTag("a,b"))


@program
def current_facts(see):
    see(see.spark.sql("SELECT current_catalog(), current_database(), current_timezone()"))
    see(orders(see.spark).select(F.current_date() > "2020-01-01", F.current_timestamp().isNotNull(), F.now() == F.current_timestamp()).limit(1))
