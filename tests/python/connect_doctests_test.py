"""connect_doctests_test: a few docstrings of each of PySpark's modules pass; tests/campaigns/doctests runs them all."""
import concurrent.futures
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import doctest_runs  # noqa: E402  pylint: disable=wrong-import-position
import server  # noqa: E402  pylint: disable=wrong-import-position

DOCSTRINGS = {
    "functions": ["abs", "array_agg", "ceil", "coalesce", "date_add", "factorial", "lag", "map_from_arrays", "regexp_replace", "slice", "try_mod", "udf"],
    "dataframe": ["DataFrame.approxQuantile", "DataFrame.cache", "DataFrame.crosstab", "DataFrame.distinct", "DataFrame.dropDuplicates",
                  "DataFrame.exceptAll", "DataFrame.explain", "DataFrame.freqItems", "DataFrame.join", "DataFrame.mapInPandas",
                  "DataFrame.repartitionById", "DataFrame.sample", "DataFrame.sameSemantics", "DataFrame.transpose", "DataFrame.zipWithIndex"],
    "column": ["Column", "Column.__getitem__", "Column.asc", "Column.bitwiseAND", "Column.contains", "Column.desc_nulls_first", "Column.dropFields",
               "Column.eqNullSafe", "Column.getItem", "Column.isNaN", "Column.isNull", "Column.like"],
    "catalog": ["Catalog.clearCache", "Catalog.createTable", "Catalog.currentDatabase", "Catalog.dropDatabase", "Catalog.dropTable",
                "Catalog.functionExists", "Catalog.getDatabase", "Catalog.getTable", "Catalog.isCached", "Catalog.listColumns",
                "Catalog.listFunctions", "Catalog.listViews"],
    "session": ["SparkSession.conf", "SparkSession.createDataFrame", "SparkSession.emptyDataFrame", "SparkSession.range", "SparkSession.registerProgressHandler",
                "SparkSession.sql", "SparkSession.table", "SparkSession.tvf", "SparkSession.udf"],
    "readwriter": ["DataFrameReader.parquet", "DataFrameReader.table", "DataFrameWriter.insertInto", "DataFrameWriter.mode", "DataFrameWriter.parquet", "DataFrameWriter.partitionBy",
                   "DataFrameWriter.saveAsTable"],
    "window": ["Window", "Window.orderBy", "Window.partitionBy", "Window.rangeBetween", "Window.rowsBetween"],
    "group": ["GroupedData.agg", "GroupedData.applyInArrow", "GroupedData.applyInPandas", "GroupedData.avg", "GroupedData.count", "GroupedData.max",
              "GroupedData.min", "GroupedData.pivot", "GroupedData.sum", "PandasCogroupedOps.applyInArrow"],
    "streaming_query": ["StreamingQuery.id", "StreamingQuery.isActive", "StreamingQuery.explain", "StreamingQueryManager.active", "StreamingQueryManager.addListener",
                        "StreamingQueryManager.resetTerminated"],
    "streaming_readwriter": ["DataStreamReader.schema", "DataStreamWriter.queryName", "DataStreamWriter.start"],
}


class Doctests(unittest.TestCase):
    """One server and one client of each module."""

    def test_docstrings(self):
        python = doctest_runs.client_python(doctest_runs.CLIENT)
        if not python:
            self.skipTest(f"{doctest_runs.CLIENT} cannot be installed here")
        before = os.environ.get("PYSPARK_PYTHON")
        os.environ["PYSPARK_PYTHON"] = python  # of the server's workers
        try:
            with server.running(None, "--conf", "spark.sql.session.timeZone=America/Los_Angeles") as remote, concurrent.futures.ThreadPoolExecutor(2) as pool:
                runs = {name: pool.submit(doctest_runs.run_module, python, name, remote, docs) for name, docs in DOCSTRINGS.items()}
        finally:
            os.environ.pop("PYSPARK_PYTHON")
            if before is not None:
                os.environ["PYSPARK_PYTHON"] = before
        for name, docs in DOCSTRINGS.items():
            results, ended = runs[name].result()
            with self.subTest(name):
                self.assertIsNone(ended)
                self.assertEqual({doc: results.get(doc, "not run") for doc in docs}, dict.fromkeys(docs))


if __name__ == "__main__":
    unittest.main()
