"""connect_metrics_test: what clients hear of a query besides its rows: each operator's figures, as a tree."""
import json
import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import doctest_runs  # noqa: E402  pylint: disable=wrong-import-position
import server  # noqa: E402  pylint: disable=wrong-import-position

PROGRAM = """
import json, sys
from pyspark.sql import SparkSession, functions as F
spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
found = spark.range(0, 1000, 1, 2).where("id % 2 = 0").groupBy((F.col("id") % 3).alias("k")).count().toPandas().attrs["metrics"]
print(json.dumps([[m.name, m.plan_id, m.parent_plan_id, {v.name: [v.value, v.metric_type] for v in m.metrics}] for m in found]))
"""


class Metrics(unittest.TestCase):
    """Of one query."""

    def test_operators(self):
        python = doctest_runs.client_python(doctest_runs.CLIENT)
        if not python:
            self.skipTest(f"{doctest_runs.CLIENT} cannot be installed here")
        with server.running() as remote:
            done = subprocess.run([python, "-W", "ignore", "-c", PROGRAM, remote], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "SPARK_HOME": str(HERE)})
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        found = json.loads(done.stdout)
        by_name = {name: figures for name, _, _, figures in found}
        self.assertEqual(found[0][1], found[0][2], "the root is its own parent")
        known = set()
        for _, plan, parent, figures in found:
            self.assertNotIn(plan, known)
            known.add(plan)
            self.assertIn(parent, known, "parents come first")
            self.assertEqual(figures["numOutputRows"][1], "sum")
            self.assertEqual(figures["duration"][1], "nsTiming")
        self.assertEqual(by_name["HashAggregate"]["numOutputRows"][0], 3)
        self.assertEqual(by_name["Filter"]["numOutputRows"][0], 500)
        self.assertEqual(by_name["Range"]["numOutputRows"][0], 1000)
        self.assertGreater(by_name["Range"]["duration"][0], 0)


if __name__ == "__main__":
    unittest.main()
